/* SPDX-License-Identifier: Apache-2.0 */
/* metrics_store.c: what was last fetched of machines' metrics. */
#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "server/services/lifecycle/metrics.h"

static const char PUT_FETCH[] =
	"INSERT INTO machine_metric_fetch (machine, start_us, end_us, fetched_us) VALUES ($1, $2, $3, $4)"
	" ON CONFLICT (machine) DO UPDATE SET start_us = $2, end_us = $3, fetched_us = $4";
static const char GET_FETCH[] = "SELECT start_us, end_us, fetched_us FROM machine_metric_fetch WHERE machine = $1";
static const char FORGET_FETCH[] = "DELETE FROM machine_metric_fetch WHERE machine = $1";
static const char FORGET_METRICS[] = "DELETE FROM machine_metric WHERE machine = $1";
static const char INSERT_METRIC[] = "INSERT INTO machine_metric (machine, metric, content) VALUES ($1, $2, $3)";
static const char LIST_METRICS[] =
	"SELECT metric, content FROM machine_metric WHERE machine = $1 AND metric > $2 ORDER BY metric LIMIT $3";

static const char *content_of(struct arena *arena, const struct metric *metric)
{
	struct json *content = json_object(arena), *points = json_array(arena);

	json_set(content, "minimum", json_new_real(arena, metric->minimum));
	json_set(content, "average", json_new_real(arena, metric->average));
	json_set(content, "maximum", json_new_real(arena, metric->maximum));
	json_set(content, "last", json_new_real(arena, metric->last));
	json_set_int(content, "last_us", metric->last_us);
	json_set_int(content, "sample_count", metric->sample_count);
	for (size_t i = 0; i < metric->point_count; i++) {
		json_append(points, json_new_int(arena, metric->points[i].time_us));
		json_append(points, json_new_real(arena, metric->points[i].value));
	}
	json_set(content, "points", points);
	return json_print(arena, content);
}

static struct status read_row(struct store_tx *tx, const struct rows *rows, struct metric *metric)
{
	struct json *content;

	TRY(json_parse(store_arena(tx), slice_text(row_text(rows, 1)), NULL, &content));
	const struct json *points = json_get(content, "points");
	*metric = (struct metric){
		.name = row_text(rows, 0),
		.minimum = json_real(json_get(content, "minimum"), 0),
		.average = json_real(json_get(content, "average"), 0),
		.maximum = json_real(json_get(content, "maximum"), 0),
		.last = json_real(json_get(content, "last"), 0),
		.last_us = json_int(json_get(content, "last_us"), 0),
		.sample_count = json_int(json_get(content, "sample_count"), 0),
		.point_count = json_size(points) / 2,
	};
	metric->points = ARENA_ARRAY(store_arena(tx), metric->point_count + 1, struct metric_point);
	for (size_t i = 0; i < metric->point_count; i++)
		metric->points[i] = (struct metric_point){ json_int(json_at(points, 2 * i), 0), json_real(json_at(points, 2 * i + 1), 0) };
	return OK;
}

struct status metrics_put(struct store_tx *tx, const char *machine, const struct metrics_fetch *fetch, const struct metric *metrics,
			  size_t count)
{
	TRY(store_execute(tx, FORGET_METRICS, SQL_ARGS(sql_text(machine)), NULL));
	for (size_t i = 0; i < count; i++)
		TRY(store_execute(tx, INSERT_METRIC,
				  SQL_ARGS(sql_text(machine), sql_text(metrics[i].name),
					   sql_text(content_of(store_arena(tx), &metrics[i]))),
				  NULL));
	return store_execute(tx, PUT_FETCH,
			     SQL_ARGS(sql_text(machine), sql_int(fetch->start_us), sql_int(fetch->end_us), sql_int(fetch->fetched_us)),
			     NULL);
}

struct status metrics_fetched(struct store_tx *tx, const char *machine, struct metrics_fetch *fetch)
{
	struct rows *rows;

	TRY(store_query(tx, GET_FETCH, SQL_ARGS(sql_text(machine)), &rows));
	if (!store_next(rows))
		return status_fail(store_arena(tx), STATUS_NOT_FOUND, "METRICS_NOT_FETCHED",
				   "the metrics of this machine were never fetched; call FetchMachineMetrics first");
	*fetch = (struct metrics_fetch){ row_int(rows, 0), row_int(rows, 1), row_int(rows, 2) };
	return OK;
}

struct status metrics_list(struct store_tx *tx, const char *machine, const char *after, unsigned most, struct metric **metrics,
			   size_t *count)
{
	struct rows *rows;
	size_t at = 0;

	TRY(store_query(tx, LIST_METRICS, SQL_ARGS(sql_text(machine), sql_text(text_or_empty(after)), sql_int(most)), &rows));
	struct metric *all = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows) + 1, struct metric);
	while (store_next(rows))
		TRY(read_row(tx, rows, &all[at++]));
	*metrics = all;
	*count = at;
	return OK;
}

struct status metrics_forget(struct store_tx *tx, const char *machine)
{
	TRY(store_execute(tx, FORGET_METRICS, SQL_ARGS(sql_text(machine)), NULL));
	return store_execute(tx, FORGET_FETCH, SQL_ARGS(sql_text(machine)), NULL);
}
