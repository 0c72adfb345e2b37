/* SPDX-License-Identifier: Apache-2.0 */
/* usage_store.c: the ledger's tables. */
#include "server/services/cost/usage_store.h"

#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/cost/ledger.h"

#define LINE_COLUMNS                                                                                               \
	" u.id, u.tenant, u.project, u.source_key, u.resource, u.resource_display_name, u.product_version,"        \
	" u.rate_card, u.meter, u.quantity_units, u.quantity_fraction, u.start_us, u.end_us, c.currency,"          \
	" c.price_units, c.price_fraction, c.billed_units, c.billed_fraction"                                      \
	" FROM usage_record u JOIN charge c ON c.id = u.id"

static const char INSERT_USAGE[] =
	"INSERT INTO usage_record (id, tenant, project, source_key, resource, resource_display_name, product_version,"
	" rate_card, meter, quantity_units, quantity_fraction, start_us, end_us, recorded_us)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
	" ON CONFLICT (project, source_key) DO NOTHING";
static const char USAGE_BY_KEY[] = "SELECT" LINE_COLUMNS " WHERE u.project = $1 AND u.source_key = $2";
static const char INSERT_CHARGE[] =
	"INSERT INTO charge (id, currency, price_units, price_fraction, billed_units, billed_fraction)"
	" VALUES ($1, $2, $3, $4, $5, $6)";

static const char RESOURCE_SEEN[] =
	"INSERT INTO cost_resource (resource, display_name, seen_us) VALUES ($1, $2, $3)"
	" ON CONFLICT (resource) DO UPDATE SET display_name = excluded.display_name, seen_us = excluded.seen_us"
	" WHERE excluded.seen_us > cost_resource.seen_us"
	" OR (excluded.seen_us = cost_resource.seen_us AND excluded.display_name > cost_resource.display_name)";
static const char RESOURCE_NAME[] = "SELECT display_name FROM cost_resource WHERE resource = $1";

static const char LIST_PROJECT[] =
	"SELECT" LINE_COLUMNS " WHERE u.project = $1 AND u.start_us >= $2 AND u.start_us < $3"
	" AND (u.start_us < $4 OR (u.start_us = $4 AND u.id < $5)) ORDER BY u.start_us DESC, u.id DESC LIMIT $6";
static const char LIST_RESOURCE[] =
	"SELECT" LINE_COLUMNS " WHERE u.project = $1 AND u.resource = $7 AND u.start_us >= $2 AND u.start_us < $3"
	" AND (u.start_us < $4 OR (u.start_us = $4 AND u.id < $5)) ORDER BY u.start_us DESC, u.id DESC LIMIT $6";

static void read_line(const struct rows *rows, struct ledger_line *line)
{
	*line = (struct ledger_line){
		.id = row_text(rows, 0),
		.tenant = row_text(rows, 1),
		.usage = { .project = row_text(rows, 2),
			   .source_key = row_text(rows, 3),
			   .resource = row_text(rows, 4),
			   .resource_display_name = row_text(rows, 5),
			   .product_version = row_text(rows, 6),
			   .rate_card = row_text(rows, 7),
			   .meter = (enum cost_meter)row_int(rows, 8),
			   .quantity = row_amount(rows, 9),
			   .start_us = row_int(rows, 11),
			   .end_us = row_int(rows, 12) },
		.currency = row_text(rows, 13),
		.unit_price = row_amount(rows, 14),
		.billed = row_amount(rows, 16),
	};
}

struct status usage_insert(struct store_tx *tx, const struct ledger_line *line, int64_t now_us, bool *is_new)
{
	const struct cost_usage *usage = &line->usage;
	int64_t changed;

	TRY(store_execute(tx, INSERT_USAGE,
			  SQL_ARGS(sql_text(line->id), sql_text(line->tenant), sql_text(usage->project),
				   sql_text(usage->source_key), sql_text(usage->resource),
				   sql_text(usage->resource_display_name), sql_text(usage->product_version),
				   sql_text(usage->rate_card), sql_int(usage->meter), SQL_AMOUNT(usage->quantity),
				   sql_int(usage->start_us), sql_int(usage->end_us), sql_int(now_us)),
			  &changed));
	*is_new = changed > 0;
	return OK;
}

struct status usage_by_key(struct store_tx *tx, const char *project, const char *source_key, struct ledger_line *line)
{
	struct rows *rows;

	TRY(store_query(tx, USAGE_BY_KEY, SQL_ARGS(sql_text(project), sql_text(source_key)), &rows));
	if (!store_next(rows))
		return resource_not_found(store_arena(tx), "UsageRecord", source_key);
	read_line(rows, line);
	return OK;
}

struct status charge_insert(struct store_tx *tx, const struct ledger_line *line)
{
	return store_execute(tx, INSERT_CHARGE,
			     SQL_ARGS(sql_text(line->id), sql_text(line->currency), SQL_AMOUNT(line->unit_price),
				      SQL_AMOUNT(line->billed)),
			     NULL);
}

struct status cost_resource_seen(struct store_tx *tx, const char *resource, const char *display_name, int64_t seen_us)
{
	return store_execute(tx, RESOURCE_SEEN, SQL_ARGS(sql_text(resource), sql_text(display_name), sql_int(seen_us)),
			     NULL);
}

struct status cost_resource_display_name(struct store_tx *tx, const char *resource, const char **display_name)
{
	struct rows *rows;

	TRY(store_query(tx, RESOURCE_NAME, SQL_ARGS(sql_text(resource)), &rows));
	*display_name = store_next(rows) ? row_text(rows, 0) : "";
	return OK;
}

struct status ledger_list(struct store_tx *tx, const struct ledger_filter *filter, struct ledger_line **lines, size_t *count)
{
	const struct sql_value values[] = {
		sql_text(filter->project),
		sql_int(filter->start_us),
		sql_int(filter->end_us),
		sql_int(filter->after_id ? filter->after_us : INT64_MAX),
		sql_text(text_or_empty(filter->after_id)),
		sql_int(filter->most),
		sql_text(filter->resource),
	};
	bool is_any = text_is_empty(filter->resource);
	struct rows *rows;

	TRY(store_query(tx, is_any ? LIST_PROJECT : LIST_RESOURCE, values, is_any ? 6 : 7, &rows));
	*lines = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows), struct ledger_line);
	for (*count = 0; store_next(rows); (*count)++)
		read_line(rows, &(*lines)[*count]);
	return OK;
}
