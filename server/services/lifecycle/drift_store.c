/* SPDX-License-Identifier: Apache-2.0 */
/* drift_store.c: the SQL of drift, and of what was agreed with a cloud. */
#include <string.h>

#include "runtime/base/text.h"
#include "server/services/lifecycle/drift.h"

enum { TAGS_MOST_BYTES = 16384 };

#define DRIFT_COLUMNS                                                                                                \
	"connection, native_id, field, machine, expected, observed, action, outcome, operation, is_open, reverts," \
	" reverts_since_us, first_seen_us, last_seen_us"

static const char PUT_DRIFT[] =
	"INSERT INTO drift (" DRIFT_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
	" ON CONFLICT (connection, native_id, field) DO UPDATE SET machine = $4, expected = $5, observed = $6, action = $7,"
	" outcome = $8, operation = $9, is_open = $10, reverts = $11, reverts_since_us = $12, first_seen_us = $13,"
	" last_seen_us = $14";
static const char LIST_DRIFTS[] =
	"SELECT " DRIFT_COLUMNS " FROM drift WHERE connection = $1 AND native_id = $2 ORDER BY field";
static const char FORGET_DRIFT[] = "DELETE FROM drift WHERE connection = $1 AND native_id = $2 AND field = $3";
static const char FORGET_DRIFTS[] = "DELETE FROM drift WHERE connection = $1 AND native_id = $2";
static const char TRIM_DRIFTS[] = "DELETE FROM drift WHERE connection = $1 AND is_open = 0 AND last_seen_us < $2";
static const char GET_BASELINE[] = "SELECT name, network, tags, imported_us FROM machine_baseline WHERE machine = $1";
static const char PUT_BASELINE[] =
	"INSERT INTO machine_baseline (machine, name, network, tags, imported_us) VALUES ($1, $2, $3, $4, $5)"
	" ON CONFLICT (machine) DO UPDATE SET name = $2, network = $3, tags = $4, imported_us = $5";

struct status drift_put(struct store_tx *tx, const struct drift *drift)
{
	return store_execute(tx, PUT_DRIFT,
			     SQL_ARGS(sql_text(drift->connection), sql_text(drift->native_id), sql_text(drift->field),
				      sql_text(drift->machine), sql_text(text_or_empty(drift->expected)),
				      sql_text(text_or_empty(drift->observed)), sql_int(drift->action),
				      sql_text(text_or_empty(drift->outcome)), sql_text(text_or_empty(drift->operation)),
				      sql_bool(drift->is_open), sql_int(drift->reverts), sql_int(drift->reverts_since_us),
				      sql_int(drift->first_seen_us), sql_int(drift->last_seen_us)),
			     NULL);
}

struct status drifts_of(struct store_tx *tx, const char *connection, const char *native_id, struct drift **drifts,
			size_t *count)
{
	struct rows *rows;
	size_t at = 0;

	TRY(store_query(tx, LIST_DRIFTS, SQL_ARGS(sql_text(connection), sql_text(native_id)), &rows));
	struct drift *all = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows) + 1, struct drift);
	while (store_next(rows))
		all[at++] = (struct drift){
			.connection = row_text(rows, 0),
			.native_id = row_text(rows, 1),
			.field = row_text(rows, 2),
			.machine = row_text(rows, 3),
			.expected = row_text(rows, 4),
			.observed = row_text(rows, 5),
			.action = (enum drift_action)row_int(rows, 6),
			.outcome = row_text(rows, 7),
			.operation = row_text(rows, 8),
			.is_open = row_bool(rows, 9),
			.reverts = row_int(rows, 10),
			.reverts_since_us = row_int(rows, 11),
			.first_seen_us = row_int(rows, 12),
			.last_seen_us = row_int(rows, 13),
		};
	*drifts = all;
	*count = at;
	return OK;
}

struct status drift_forget(struct store_tx *tx, const char *connection, const char *native_id, const char *field)
{
	return store_execute(tx, FORGET_DRIFT, SQL_ARGS(sql_text(connection), sql_text(native_id), sql_text(field)), NULL);
}

struct status drift_forget_all(struct store_tx *tx, const char *connection, const char *native_id)
{
	return store_execute(tx, FORGET_DRIFTS, SQL_ARGS(sql_text(connection), sql_text(native_id)), NULL);
}

struct status drift_trim(struct store_tx *tx, const char *connection, int64_t before_us)
{
	return store_execute(tx, TRIM_DRIFTS, SQL_ARGS(sql_text(connection), sql_int(before_us)), NULL);
}

struct status baseline_get(struct store_tx *tx, const char *machine, struct baseline *baseline, bool *is_found)
{
	struct rows *rows;

	TRY(store_query(tx, GET_BASELINE, SQL_ARGS(sql_text(machine)), &rows));
	*is_found = store_next(rows);
	*baseline = (struct baseline){ .name = "", .network = "", .tags = "" };
	if (*is_found)
		*baseline = (struct baseline){ row_text(rows, 0), row_text(rows, 1), row_text(rows, 2), row_int(rows, 3) };
	return OK;
}

struct status baseline_put(struct store_tx *tx, const char *machine, const struct baseline *baseline)
{
	return store_execute(tx, PUT_BASELINE,
			     SQL_ARGS(sql_text(machine), sql_text(baseline->name), sql_text(baseline->network),
				      sql_text(baseline->tags), sql_int(baseline->imported_us)),
			     NULL);
}

const char *baseline_tags(struct arena *arena, const struct json *tags)
{
	if (!tags)
		return "";
	const char *text = json_print_canonical(arena, tags);
	return strlen(text) > TAGS_MOST_BYTES ? "" : text;
}

struct status baseline_take(struct store_tx *tx, const char *machine, const struct provider_machine *seen)
{
	struct baseline baseline;
	bool is_found;

	TRY(baseline_get(tx, machine, &baseline, &is_found));
	baseline.name = text_or_empty(seen->name);
	baseline.network = text_or_empty(seen->network);
	baseline.tags = baseline_tags(store_arena(tx), seen->tags);
	return baseline_put(tx, machine, &baseline);
}

struct status baseline_agree(struct store_tx *tx, const char *machine, enum drift_field field, const struct provider_machine *seen)
{
	struct baseline baseline;
	bool is_found;

	TRY(baseline_get(tx, machine, &baseline, &is_found));
	if (field == DRIFT_NAME)
		baseline.name = text_or_empty(seen->name);
	else if (field == DRIFT_TAGS)
		baseline.tags = baseline_tags(store_arena(tx), seen->tags);
	return baseline_put(tx, machine, &baseline);
}
