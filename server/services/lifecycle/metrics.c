/* SPDX-License-Identifier: Apache-2.0 */
/* metrics.c: fetches a machine's metrics in an operation, sums them up, and keeps that. */
#include "server/services/lifecycle/metrics.h"

#include <math.h>
#include <string.h>

#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/lifecycle/room.h"

/* Beyond that it is no measurement, and sums would leave what a double holds. */
static const double VALUE_MOST = 1e18;

/* ---- what a cloud sent ---- */

static bool is_name(const char *name)
{
	size_t size = strlen(text_or_empty(name));

	return size > 0 && size <= METRIC_NAME_MOST && text_is_printable(slice_text(name)) && !strpbrk(name, " \t\r\n");
}

/** The one of that name, new where there is none yet; NULL: one too many. */
static struct metric *metric_of(struct arena *arena, struct metric *metrics, size_t *count, const char *name)
{
	for (size_t i = 0; i < *count; i++)
		if (text_equal(metrics[i].name, name))
			return &metrics[i];
	if (*count == METRICS_MOST)
		return NULL;
	metrics[*count] = (struct metric){
		.name = name,
		.minimum = INFINITY,
		.maximum = -INFINITY,
		.points = ARENA_ARRAY(arena, METRIC_SAMPLES_MOST, struct metric_point),
	};
	return &metrics[(*count)++];
}

static void add(struct metric *metric, const struct provider_sample *sample)
{
	metric->sample_count++;
	metric->average += (sample->value - metric->average) / (double)metric->sample_count;
	metric->minimum = sample->value < metric->minimum ? sample->value : metric->minimum;
	metric->maximum = sample->value > metric->maximum ? sample->value : metric->maximum;
	metric->last = sample->value;
	metric->last_us = sample->time_us;
	/* A ring until all are there: the newest stay. */
	metric->points[(size_t)(metric->sample_count - 1) % METRIC_SAMPLES_MOST] = (struct metric_point){ sample->time_us, sample->value };
}

/** The ring, unrolled: oldest first. */
static void unroll(struct arena *arena, struct metric *metric)
{
	size_t total = (size_t)metric->sample_count;
	size_t first = total > METRIC_SAMPLES_MOST ? total % METRIC_SAMPLES_MOST : 0;
	struct metric_point *points = ARENA_ARRAY(arena, METRIC_SAMPLES_MOST, struct metric_point);

	metric->point_count = total < METRIC_SAMPLES_MOST ? total : METRIC_SAMPLES_MOST;
	for (size_t i = 0; i < metric->point_count; i++)
		points[i] = metric->points[(first + i) % METRIC_SAMPLES_MOST];
	metric->points = points;
}

void metrics_gather(struct arena *arena, const struct provider_metrics_query *query, const struct provider_sample *samples,
		    size_t count, struct metric **metrics, size_t *metric_count)
{
	struct metric *all = ARENA_ARRAY(arena, METRICS_MOST, struct metric);
	size_t found = 0;

	for (size_t i = 0; i < count; i++) {
		const struct provider_sample *sample = &samples[i];
		bool is_in_time = sample->time_us >= query->start_us && sample->time_us < query->end_us;
		bool is_number = sample->value >= -VALUE_MOST && sample->value <= VALUE_MOST; /* what is none is neither */
		if (!is_name(sample->metric) || !is_in_time || !is_number)
			continue;
		struct metric *metric = metric_of(arena, all, &found, sample->metric);
		if (metric && sample->time_us > metric->last_us)
			add(metric, sample);
	}
	for (size_t i = 0; i < found; i++)
		unroll(arena, &all[i]);
	*metrics = all;
	*metric_count = found;
}

/* ---- the workflow ---- */

struct fetched {
	struct metric *metrics;
	size_t count;
};

static struct provider_metrics_query query_of(const struct step *step)
{
	return (struct provider_metrics_query){
		.start_us = json_int(json_get(step->input, "start_us"), 0),
		.end_us = json_int(json_get(step->input, "end_us"), 0),
		.period_s = (int32_t)json_int(json_get(step->input, "period_s"), 0),
	};
}

static struct status prepare(struct store_tx *tx, struct step *step)
{
	struct machine machine;

	TRY(machine_get(tx, step_machine(step), &machine));
	json_set_text(step->memo, "native_id", machine.native_id);
	return OK;
}

static struct step_result act_fetch(struct step *step)
{
	struct reach reach;
	struct step_result result;
	struct provider_metrics_query query = query_of(step);
	struct provider_sample *samples = NULL;
	struct fetched *fetched = ARENA_NEW(step->arena, struct fetched);
	size_t count = 0;

	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	struct provider_result said = reach.provider->ops->metrics(
		reach.session, &reach.call, json_text(json_get(step->memo, "native_id"), ""), &query, &samples, &count);
	if (said.error != PROVIDER_OK) {
		result = step_failed(step->arena, said);
	} else {
		metrics_gather(step->arena, &query, samples, count, &fetched->metrics, &fetched->count);
		result = step_done(arena_printf(step->arena, "%zu metrics", fetched->count));
		result.provider_request_id = said.request_id;
	}
	step->scratch = fetched;
	reach_close(&reach);
	return result;
}

static struct status record_fetch(struct store_tx *tx, struct step *step, const struct step_result *result)
{
	const struct fetched *fetched = step->scratch;
	struct provider_metrics_query query = query_of(step);
	struct metrics_fetch fetch = { query.start_us, query.end_us, time_now_us() };
	struct machine machine;

	if (result->verdict != STEP_DONE)
		return OK;
	TRY(machine_get(tx, step_machine(step), &machine));
	/* Of what was deleted meanwhile nothing is kept. */
	return machine_exists(&machine) ? metrics_put(tx, machine.name, &fetch, fetched->metrics, fetched->count) : OK;
}

static struct status ended(struct store_tx *tx, const struct operation *operation, void *context)
{
	(void)context;
	return settle_audit(tx, operation);
}

static const struct workflow_step steps[] = {
	{ "fetch", { .prepare = prepare, .act = act_fetch, .record = record_fetch }, .no_undo = "it only reads", .timeout_s = 120 },
};

const struct workflow workflow_metrics_fetch = {
	.kind = KIND_METRICS_FETCH, .steps = steps, .step_count = 1, .deadline_s = 180, .ended = ended,
};
