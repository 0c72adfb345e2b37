/* SPDX-License-Identifier: Apache-2.0 */
/* day_store.c: the sums by day. They are added in C, where an overflow is told, and not in SQL, where it may become a double. */
#include "server/services/cost/day_store.h"

#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/cost/ledger.h"

enum { KEY_MOST = 6, VALUES_MOST = KEY_MOST + 6 };

#define SUMS "quantity_units, quantity_fraction, billed_units, billed_fraction"

/** A table of sums: the key's values come first in each statement. */
struct day_table {
	size_t key_size;
	const char *find, *insert, *update;
};

static const struct day_table BY_RESOURCE = {
	6,
	"SELECT " SUMS " FROM cost_day WHERE project = $1 AND day_us = $2 AND product = $3 AND meter = $4 AND currency = $5"
	" AND resource = $6",
	"INSERT INTO cost_day (project, day_us, product, meter, currency, resource, " SUMS ", tenant, month_us)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
	"UPDATE cost_day SET quantity_units = $7, quantity_fraction = $8, billed_units = $9, billed_fraction = $10"
	" WHERE project = $1 AND day_us = $2 AND product = $3 AND meter = $4 AND currency = $5 AND resource = $6",
};

static const struct day_table BY_PROJECT = {
	5,
	"SELECT " SUMS " FROM cost_project_day WHERE project = $1 AND day_us = $2 AND product = $3 AND meter = $4"
	" AND currency = $5",
	"INSERT INTO cost_project_day (project, day_us, product, meter, currency, " SUMS ", tenant, month_us)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
	"UPDATE cost_project_day SET quantity_units = $6, quantity_fraction = $7, billed_units = $8, billed_fraction = $9"
	" WHERE project = $1 AND day_us = $2 AND product = $3 AND meter = $4 AND currency = $5",
};

/** The values of a statement: the key, then sums. */
struct day_values {
	struct sql_value values[VALUES_MOST];
	size_t count;
};

static void bind_amount(struct day_values *values, struct amount amount)
{
	values->values[values->count++] = sql_int(amount.units);
	values->values[values->count++] = sql_int(amount.fraction);
}

static struct status add_to(struct store_tx *tx, const struct day_table *table, const struct ledger_line *line,
			    const struct day_values *key)
{
	struct arena *arena = store_arena(tx);
	struct day_values values = *key;
	struct amount quantity = line->usage.quantity, billed = line->billed;
	struct rows *rows;

	values.count = table->key_size;
	TRY(store_query(tx, table->find, values.values, values.count, &rows));
	bool is_there = store_next(rows);
	if (is_there) {
		TRY(amount_add(arena, row_amount(rows, 0), quantity, &quantity));
		TRY(amount_add(arena, row_amount(rows, 2), billed, &billed));
	}
	bind_amount(&values, quantity);
	bind_amount(&values, billed);
	if (is_there)
		return store_execute(tx, table->update, values.values, values.count, NULL);
	values.values[values.count++] = sql_text(line->tenant);
	values.values[values.count++] = sql_int(time_month_start(line->usage.start_us));
	return store_execute(tx, table->insert, values.values, values.count, NULL);
}

static const char FIND_RESOURCE[] = "SELECT billed_units, billed_fraction FROM cost_resource_day"
				    " WHERE project = $1 AND day_us = $2 AND resource = $3 AND currency = $4";
static const char INSERT_RESOURCE[] =
	"INSERT INTO cost_resource_day (project, day_us, resource, currency, billed_units, billed_fraction, tenant, month_us)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
static const char UPDATE_RESOURCE[] = "UPDATE cost_resource_day SET billed_units = $5, billed_fraction = $6"
				      " WHERE project = $1 AND day_us = $2 AND resource = $3 AND currency = $4";

/** Only what it cost: units of different meters do not add up. */
static struct status add_to_resource(struct store_tx *tx, const struct ledger_line *line)
{
	const struct cost_usage *usage = &line->usage;
	struct day_values values = { { sql_text(usage->project), sql_int(time_day_start(usage->start_us)),
				       sql_text(usage->resource), sql_text(line->currency) },
				     4 };
	struct amount billed = line->billed;
	struct rows *rows;

	TRY(store_query(tx, FIND_RESOURCE, values.values, values.count, &rows));
	bool is_there = store_next(rows);
	if (is_there)
		TRY(amount_add(store_arena(tx), row_amount(rows, 0), billed, &billed));
	bind_amount(&values, billed);
	if (is_there)
		return store_execute(tx, UPDATE_RESOURCE, values.values, values.count, NULL);
	values.values[values.count++] = sql_text(line->tenant);
	values.values[values.count++] = sql_int(time_month_start(usage->start_us));
	return store_execute(tx, INSERT_RESOURCE, values.values, values.count, NULL);
}

struct status day_add(struct store_tx *tx, const struct ledger_line *line)
{
	const struct cost_usage *usage = &line->usage;
	const char *product =
		text_is_empty(usage->product_version) ? "" : resource_parent(store_arena(tx), usage->product_version);
	const struct day_values key = {
		{ sql_text(usage->project), sql_int(time_day_start(usage->start_us)), sql_text(product),
		  sql_int(usage->meter), sql_text(line->currency), sql_text(usage->resource) },
		KEY_MOST,
	};

	TRY(add_to(tx, &BY_RESOURCE, line, &key));
	TRY(add_to(tx, &BY_PROJECT, line, &key));
	return add_to_resource(tx, line);
}
