/* SPDX-License-Identifier: Apache-2.0 */
/* query_store.c: sums over the days: one statement, put together from fixed pieces; every value is bound. */
#include "server/services/cost/query_store.h"

#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/cost/ledger.h"

enum { VALUES_MOST = 7 + KEY_COUNT + 1 };

/** A column and where it is read to; keys are told by these rows only. */
static const struct {
	const char *column;
	bool is_number;
} KEYS[KEY_COUNT] = {
	[KEY_DAY] = { "day_us", true },	    [KEY_MONTH] = { "month_us", true },	  [KEY_PROJECT] = { "project", false },
	[KEY_RESOURCE] = { "resource", false }, [KEY_PRODUCT] = { "product", false }, [KEY_METER] = { "meter", true },
	[KEY_CURRENCY] = { "currency", false },
};

/** A statement that grows, with its values. */
struct composed {
	struct text sql;
	struct sql_value values[VALUES_MOST];
	size_t count;
};

static void bind(struct composed *composed, struct sql_value value)
{
	composed->values[composed->count++] = value;
	text_printf(&composed->sql, "$%zu", composed->count);
}

static void append_keys(struct composed *composed, const struct cost_query *query)
{
	const char *comma = " ";

	for (int key = 0; key < KEY_COUNT; key++) {
		if (!query->keys[key])
			continue;
		text_printf(&composed->sql, "%s%s", comma, KEYS[key].column);
		comma = ", ";
	}
}

/** The place of a sum: its keys, one a line; a name holds no line feed. */
const char *cost_sum_place(struct arena *arena, const struct cost_query *query, const struct cost_sum *sum)
{
	const char *texts[KEY_COUNT] = { [KEY_PROJECT] = sum->project,
					 [KEY_RESOURCE] = sum->resource,
					 [KEY_PRODUCT] = sum->product,
					 [KEY_CURRENCY] = sum->currency };
	struct text place = text_new(arena);
	const char *separator = "";

	for (int key = 0; key < KEY_COUNT; key++) {
		if (!query->keys[key])
			continue;
		text_append(&place, separator);
		if (KEYS[key].is_number)
			text_printf(&place, "%lld", (long long)(key == KEY_METER ? sum->meter : sum->period_us));
		else
			text_append(&place, texts[key]);
		separator = "\n";
	}
	return place.data;
}

/** … AND (keys) > (values) */
static struct status append_after(struct arena *arena, struct composed *composed, const struct cost_query *query,
				  const char *after)
{
	const char *opening = ") > (";
	char **parts;
	size_t count = text_split(arena, after, '\n', &parts), next = 0;

	text_append(&composed->sql, " AND (");
	append_keys(composed, query);
	for (int key = 0; key < KEY_COUNT; key++) {
		int64_t number = 0;

		if (!query->keys[key])
			continue;
		if (next == count || (KEYS[key].is_number && !text_to_int64(parts[next], &number)))
			return status_invalid_field(arena, "page_token", "is not a token of this query");
		text_append(&composed->sql, opening);
		bind(composed, KEYS[key].is_number ? sql_int(number) : sql_text(parts[next]));
		opening = ", ";
		next++;
	}
	text_append(&composed->sql, ")");
	return OK;
}

/** The smallest table that keeps apart what the query asks for. */
static const char *table_of(const struct cost_query *query)
{
	if (!query->keys[KEY_RESOURCE] && text_is_empty(query->resource))
		return "cost_project_day";
	/* A single resource is found by an index of the whole. */
	return query->keys[KEY_PRODUCT] || query->keys[KEY_METER] || !text_is_empty(query->resource) ? "cost_day" :
												      "cost_resource_day";
}

/** Which rows: whose, and of which days. */
static void append_conditions(struct arena *arena, struct composed *composed, const struct cost_query *query)
{
	bool is_by_month = query->keys[KEY_RESOURCE] && query->keys[KEY_MONTH] && text_is_empty(query->resource);
	const char *project = query->project || text_is_empty(query->resource) ? query->project :
										 resource_project(arena, query->resource);

	if (query->tenant) {
		text_append(&composed->sql, " tenant = ");
		bind(composed, sql_text(query->tenant));
		text_append(&composed->sql, " AND");
	}
	if (project) {
		text_append(&composed->sql, " project = ");
		bind(composed, sql_text(project));
		text_append(&composed->sql, " AND");
	}
	/* By month, rows are read in the order of the months' index, and a page ends it: the sign keeps the days' index out of it. */
	text_printf(&composed->sql, " %sday_us >= ", is_by_month ? "+" : "");
	bind(composed, sql_int(query->start_us));
	text_printf(&composed->sql, " AND %sday_us < ", is_by_month ? "+" : "");
	bind(composed, sql_int(query->end_us));
	if (is_by_month) {
		text_append(&composed->sql, " AND month_us >= ");
		bind(composed, sql_int(time_month_start(query->start_us)));
		text_append(&composed->sql, " AND month_us <= ");
		bind(composed, sql_int(time_month_start(query->end_us - 1)));
	}
	if (!text_is_empty(query->resource)) {
		text_append(&composed->sql, " AND resource = ");
		bind(composed, sql_text(query->resource));
	}
}

static struct status compose(struct arena *arena, const struct cost_query *query, const char *after, unsigned most,
			     struct composed *composed)
{
	composed->sql = text_new(arena);
	text_append(&composed->sql, "SELECT");
	append_keys(composed, query);
	text_append(&composed->sql, "," LEDGER_SUM("billed"));
	if (query->keys[KEY_METER])
		text_append(&composed->sql, "," LEDGER_SUM("quantity"));
	text_printf(&composed->sql, " FROM %s WHERE", table_of(query));
	append_conditions(arena, composed, query);
	if (after)
		TRY(append_after(arena, composed, query, after));
	text_append(&composed->sql, " GROUP BY");
	append_keys(composed, query);
	text_append(&composed->sql, " ORDER BY");
	append_keys(composed, query);
	text_append(&composed->sql, " LIMIT ");
	bind(composed, sql_int(most));
	return OK;
}

static struct status read_sum(struct arena *arena, const struct rows *rows, const struct cost_query *query,
			      struct cost_sum *sum)
{
	const char *texts[KEY_COUNT] = { "", "", "", "", "", "", "" };
	int64_t numbers[KEY_COUNT] = { 0 };
	unsigned column = 0;

	for (int key = 0; key < KEY_COUNT; key++) {
		if (!query->keys[key])
			continue;
		if (KEYS[key].is_number)
			numbers[key] = row_int(rows, column++);
		else
			texts[key] = row_text(rows, column++);
	}
	*sum = (struct cost_sum){
		.period_us = query->keys[KEY_DAY] ? numbers[KEY_DAY] : numbers[KEY_MONTH],
		.project = texts[KEY_PROJECT],
		.resource = texts[KEY_RESOURCE],
		.product = texts[KEY_PRODUCT],
		.currency = texts[KEY_CURRENCY],
		.meter = (int)numbers[KEY_METER],
	};
	TRY(ledger_sum(arena, rows, column, &sum->billed));
	return query->keys[KEY_METER] ? ledger_sum(arena, rows, column + 4, &sum->quantity) : OK;
}

struct status cost_sums(struct store_tx *tx, const struct cost_query *query, const char *after, unsigned most,
			struct cost_sum **sums, size_t *count)
{
	struct arena *arena = store_arena(tx);
	struct composed composed = { .count = 0 };
	struct rows *rows;

	TRY(compose(arena, query, after, most, &composed));
	TRY(store_query_dynamic(tx, composed.sql.data, composed.values, composed.count, &rows));
	struct cost_sum *read = ARENA_ARRAY(arena, (size_t)store_count(rows), struct cost_sum);
	size_t read_count = 0;
	while (store_next(rows))
		TRY(read_sum(arena, rows, query, &read[read_count++]));
	*sums = read;
	*count = read_count;
	return OK;
}

struct status cost_product_used(struct store_tx *tx, const char *product, bool *is_used)
{
	static const char FIND[] = "SELECT 1 FROM cost_day WHERE product = $1 LIMIT 1";
	struct rows *rows;

	TRY(store_query(tx, FIND, SQL_ARGS(sql_text(product)), &rows));
	*is_used = store_count(rows) > 0;
	return OK;
}
