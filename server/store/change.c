/* SPDX-License-Identifier: Apache-2.0 */
/* change.c: the change feed's SQL. */
#include "server/store/change.h"

#include <inttypes.h>
#include <string.h>

#include "runtime/base/time.h"

/* The update holds the row until the commit: on PostgreSQL too, nobody gets a later position and commits earlier. */
static const char NEXT_POSITION[] = "UPDATE change_head SET newest = newest + 1 WHERE id = 1 RETURNING newest";

static const char APPEND[] = "INSERT INTO change (sequence, tenant, project, type, name, kind, at_us)"
			     " VALUES ($1, $2, $3, $4, $5, $6, $7)";

static const char HEAD[] = "SELECT newest, trimmed FROM change_head WHERE id = 1";

#define READ_COLUMNS "SELECT sequence, tenant, project, type, name, kind, at_us FROM change WHERE sequence > $1 AND type = $2"

static const char READ_ALL[] = READ_COLUMNS " ORDER BY sequence LIMIT $3";
static const char READ_TENANT[] = READ_COLUMNS " AND tenant = $4 ORDER BY sequence LIMIT $3";
static const char READ_PROJECT[] = READ_COLUMNS " AND tenant = $4 AND project = $5 ORDER BY sequence LIMIT $3";
static const char READ_NAME[] = READ_COLUMNS " AND name = $4 ORDER BY sequence LIMIT $3";
static const char READ_NAME_TENANT[] = READ_COLUMNS " AND name = $4 AND tenant = $5 ORDER BY sequence LIMIT $3";

/* Positions grow with time, so what is old is a run from the front. */
static const char LAST_TO_TRIM[] = "SELECT MAX(sequence) FROM"
				   " (SELECT sequence, at_us FROM change ORDER BY sequence LIMIT $1) AS oldest"
				   " WHERE at_us < $2";
static const char TRIM[] = "DELETE FROM change WHERE sequence <= $1";
static const char REMEMBER_TRIM[] = "UPDATE change_head SET trimmed = $1 WHERE id = 1";

struct status change_append(struct store_tx *tx, const struct change *change)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, NEXT_POSITION, SQL_NO_ARGS, &rows));
	if (!store_next(rows))
		return status_fail(store_arena(tx), STATUS_DATA_LOSS, "STORE_DAMAGED",
				   "the change feed has lost its head; restore the last backup");
	TRY(store_execute(tx, APPEND,
			  SQL_ARGS(sql_int(row_int(rows, 0)), sql_text(change->tenant), sql_text(change->project),
				   sql_text(change->type), sql_text(change->name), sql_int(change->kind),
				   sql_int(change->at_us != 0 ? change->at_us : time_now_us())),
			  NULL));
	store_mark(tx, STORE_MARK_CHANGE);
	return OK;
}

static struct status read_head(struct store_tx *tx, int64_t *newest, int64_t *trimmed)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, HEAD, SQL_NO_ARGS, &rows));
	*newest = store_next(rows) ? row_int(rows, 0) : 0;
	*trimmed = store_count(rows) > 0 ? row_int(rows, 1) : 0;
	return OK;
}

static struct status select_changes(struct store_tx *tx, int64_t after, const struct change_filter *filter,
				    unsigned most, struct rows **rows)
{
	const struct sql_value from = sql_int(after);
	const struct sql_value type = sql_text(filter->type);
	const struct sql_value limit = sql_int(most);
	const struct sql_value tenant = sql_text(filter->tenant);

	if (filter->name != NULL && filter->tenant != NULL)
		return store_query(tx, READ_NAME_TENANT, SQL_ARGS(from, type, limit, sql_text(filter->name), tenant), rows);
	if (filter->name != NULL)
		return store_query(tx, READ_NAME, SQL_ARGS(from, type, limit, sql_text(filter->name)), rows);
	if (filter->project != NULL)
		return store_query(tx, READ_PROJECT, SQL_ARGS(from, type, limit, tenant, sql_text(filter->project)), rows);
	if (filter->tenant != NULL)
		return store_query(tx, READ_TENANT, SQL_ARGS(from, type, limit, tenant), rows);
	return store_query(tx, READ_ALL, SQL_ARGS(from, type, limit), rows);
}

struct status change_read(struct store_tx *tx, int64_t after, const struct change_filter *filter, unsigned most,
			  struct change **changes, size_t *count)
{
	int64_t newest = 0;
	int64_t trimmed = 0;
	struct rows *rows = NULL;

	TRY(read_head(tx, &newest, &trimmed));
	if (after < trimmed)
		return status_fail(store_arena(tx), STATUS_OUT_OF_RANGE, "CHANGE_TOO_OLD",
				   "changes after this position are forgotten; list again and watch from there");
	if (after > newest)
		return status_fail(store_arena(tx), STATUS_OUT_OF_RANGE, "CHANGE_IN_FUTURE",
				   "this position was never given out; list again and watch from there");
	TRY(select_changes(tx, after, filter, most, &rows));

	struct change *found = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows), struct change);

	*count = 0;
	while (store_next(rows))
		found[(*count)++] = (struct change){
			.sequence = row_int(rows, 0),
			.tenant = row_text(rows, 1),
			.project = row_text(rows, 2),
			.type = row_text(rows, 3),
			.name = row_text(rows, 4),
			.kind = (enum change_kind)row_int(rows, 5),
			.at_us = row_int(rows, 6),
		};
	*changes = found;
	return OK;
}

struct status change_newest(struct store_tx *tx, int64_t *sequence)
{
	int64_t trimmed = 0;

	return read_head(tx, sequence, &trimmed);
}

struct status change_trim(struct store_tx *tx, int64_t before_us, int64_t most, int64_t *forgotten)
{
	struct rows *rows = NULL;

	if (forgotten)
		*forgotten = 0;
	TRY(store_query(tx, LAST_TO_TRIM, SQL_ARGS(sql_int(most), sql_int(before_us)), &rows));
	if (!store_next(rows) || row_is_null(rows, 0))
		return OK;

	const struct sql_value last = sql_int(row_int(rows, 0));

	TRY(store_execute(tx, TRIM, SQL_ARGS(last), forgotten));
	return store_execute(tx, REMEMBER_TRIM, SQL_ARGS(last), NULL);
}
