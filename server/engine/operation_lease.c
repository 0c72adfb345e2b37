/* SPDX-License-Identifier: Apache-2.0 */
/* operation_lease.c: at most one worker runs an operation; who lost his lease can write nothing. */
#include <string.h>

#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/engine/operation.h"

/* The guard is the fence that was read: of two claims from the same state, one finds it changed. */
static const char CLAIM[] = "UPDATE operation SET fence = fence + 1, lease_owner = $3, due_us = $4"
			    " WHERE id = $1 AND fence = $2 AND state <= 3 RETURNING fence, is_cancel_requested";

static const char RENEW[] = "UPDATE operation SET due_us = $3"
			    " WHERE id = $1 AND fence = $2 AND lease_owner IS NOT NULL RETURNING is_cancel_requested";

static const char VOID_LEASES[] = "UPDATE operation SET due_us = $3"
				  " WHERE state <= 3 AND lease_owner LIKE $1 AND lease_owner <> $2 AND due_us > $3";

static const char SAVE[] =
	"UPDATE operation SET state = $3, step = $4, attempt = $5, progress_percent = $6, memo = $7, started_us = $8,"
	" ended_us = $9, due_us = CASE WHEN is_cancel_requested = 1 AND $21 = 1 THEN 0 ELSE $10 END, deadline_us = $11,"
	" failure_code = $12, failure_reason = $13, failure_message = $14,"
	" lease_owner = $15, is_begun = $16, is_prepared = $17, step_deadline_us = $18, line = $19, left_behind = $20,"
	" failures = $22,"
	" revision = revision + 1"
	" WHERE id = $1 AND fence = $2 RETURNING is_cancel_requested";

static const char NEW_LINE[] =
	"INSERT INTO operation_step (operation, number, name, is_undo, outcome, note, provider_request_id, attempts,"
	" started_us, ended_us)"
	" SELECT $1, COALESCE(MAX(number), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9"
	" FROM operation_step WHERE operation = $1 RETURNING number";

static const char CHANGE_LINE[] = "UPDATE operation_step SET outcome = $3, note = COALESCE($4, note),"
				  " provider_request_id = COALESCE($5, provider_request_id),"
				  " attempts = $6, ended_us = $7 WHERE operation = $1 AND number = $2";

/* A statement that grows with what is left out, and its values. */
struct search {
	struct text sql;
	struct sql_value *values;
	size_t used;
};

static struct search search_new(struct store_tx *tx, const struct exclusion *exclusion, const char *sql)
{
	size_t most = exclusion->connection_count + exclusion->tenant_count + 2;
	struct search search = { text_new(store_arena(tx)), ARENA_ARRAY(store_arena(tx), most, struct sql_value), 0 };

	text_append(&search.sql, sql);
	return search;
}

static void add_list(struct search *search, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		search->values[search->used++] = sql_text(names[i]);
		text_printf(&search->sql, i == 0 ? "$%zu" : ", $%zu", search->used);
	}
}

static void exclude(struct search *search, const struct exclusion *exclusion)
{
	if (exclusion->connection_count > 0) {
		text_append(&search->sql, " AND (connection IS NULL OR connection NOT IN (");
		add_list(search, exclusion->connections, exclusion->connection_count);
		text_append(&search->sql, "))");
	}
	if (exclusion->tenant_count > 0) {
		text_append(&search->sql, " AND tenant NOT IN (");
		add_list(search, exclusion->tenants, exclusion->tenant_count);
		text_append(&search->sql, ")");
	}
}

struct status operation_due(struct store_tx *tx, int64_t now_us, const struct exclusion *exclusion, unsigned most,
			    const char ***ids, size_t *count)
{
	struct search search =
		search_new(tx, exclusion, "SELECT id FROM operation WHERE state <= 3 AND due_us <= $1");
	struct rows *rows = NULL;

	search.values[search.used++] = sql_int(now_us);
	exclude(&search, exclusion);
	search.values[search.used++] = sql_int(most);
	text_printf(&search.sql, " ORDER BY due_us LIMIT $%zu", search.used);
	TRY(store_query_dynamic(tx, search.sql.data, search.values, search.used, &rows));
	*ids = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows), const char *);
	*count = 0;
	while (store_next(rows))
		(*ids)[(*count)++] = row_text(rows, 0);
	return OK;
}

struct status operation_next_due(struct store_tx *tx, const struct exclusion *exclusion, int64_t *due_us)
{
	struct search search = search_new(tx, exclusion, "SELECT due_us FROM operation WHERE state <= 3");
	struct rows *rows = NULL;

	exclude(&search, exclusion);
	text_append(&search.sql, " ORDER BY due_us LIMIT 1");
	TRY(store_query_dynamic(tx, search.sql.data, search.values, search.used, &rows));
	*due_us = store_next(rows) ? row_int(rows, 0) : INT64_MAX;
	return OK;
}

struct status operation_claim(struct store_tx *tx, struct operation_row *row, const char *owner, int64_t until_us,
			      bool *is_claimed)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, CLAIM,
			SQL_ARGS(sql_text(row->operation.id), sql_int(row->operation.fence), sql_text(owner),
				 sql_int(until_us)),
			&rows));
	*is_claimed = store_next(rows);
	if (*is_claimed) {
		row->operation.fence = row_int(rows, 0);
		row->operation.is_cancel_requested = row_bool(rows, 1);
		row->operation.due_us = until_us;
	}
	return OK;
}

struct status operation_renew(struct store_tx *tx, const char *id, int64_t fence, int64_t until_us, bool *is_ours,
			      bool *is_cancel_requested)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, RENEW, SQL_ARGS(sql_text(id), sql_int(fence), sql_int(until_us)), &rows));
	*is_ours = store_next(rows);
	*is_cancel_requested = *is_ours && row_bool(rows, 0);
	return OK;
}

struct status operation_void_leases(struct store_tx *tx, const char *replica, const char *owner, int64_t now_us)
{
	const char *pattern = arena_printf(store_arena(tx), "%s/%%", replica);

	return store_execute(tx, VOID_LEASES, SQL_ARGS(sql_text(pattern), sql_text(owner), sql_int(now_us)), NULL);
}

struct status operation_save(struct store_tx *tx, struct operation_row *row)
{
	const struct operation *o = &row->operation;
	struct rows *rows = NULL;

	TRY(store_query(tx, SAVE,
			SQL_ARGS(sql_text(o->id), sql_int(o->fence), sql_int(o->state), sql_int(o->step),
				 sql_int(o->attempt), sql_int(o->progress_percent), sql_text(row->memo_text),
				 sql_int(o->started_us), sql_int(o->ended_us), sql_int(o->due_us),
				 sql_int(o->deadline_us), sql_int(o->failure.code), sql_text(o->failure.reason),
				 sql_text(o->failure.message), sql_text(row->lease_owner), sql_bool(row->is_begun),
				 sql_bool(row->is_prepared), sql_int(row->step_deadline_us), sql_int(row->line),
				 sql_text(row->left_behind), sql_bool(row->is_due_on_cancel), sql_int(row->failures)),
			&rows));
	if (!store_next(rows))
		return status_fail(store_arena(tx), STATUS_ABORTED, "LEASE_LOST",
				   "another worker has taken over this operation; what this one did is thrown away");
	row->operation.is_cancel_requested = row_bool(rows, 0);
	return OK;
}

struct status operation_write_line(struct store_tx *tx, const char *id, struct operation_step *line)
{
	struct rows *rows = NULL;

	if (line->number != 0)
		return store_execute(tx, CHANGE_LINE,
				     SQL_ARGS(sql_text(id), sql_int(line->number), sql_text(line->outcome),
					      sql_text(line->note), sql_text(line->provider_request_id),
					      sql_int(line->attempts), sql_int(line->ended_us)),
				     NULL);
	TRY(store_query(tx, NEW_LINE,
			SQL_ARGS(sql_text(id), sql_text(line->name), sql_bool(line->is_undo), sql_text(line->outcome),
				 sql_text(line->note), sql_text(line->provider_request_id), sql_int(line->attempts),
				 sql_int(line->started_us), sql_int(line->ended_us)),
			&rows));
	line->number = store_next(rows) ? (unsigned)row_int(rows, 0) : 0;
	return OK;
}

struct status operation_note(struct store_tx *tx, const char *id, const char *name, const char *outcome, const char *note)
{
	struct operation_step line = { .name = name, .outcome = outcome, .note = note, .attempts = 1,
				       .started_us = time_now_us(), .ended_us = time_now_us() };

	return operation_write_line(tx, id, &line);
}
