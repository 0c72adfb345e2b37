/* SPDX-License-Identifier: Apache-2.0 */
/* operation.c: operations as others see them: made, read, listed, asked to stop. */
#include "server/engine/operation.h"

#include <string.h>

#include "runtime/base/id.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/store/change.h"

#define COLUMNS                                                                                               \
	"id, kind, tenant, project, target, connection, requested_by, state, step, attempt, progress_percent, " \
	"input, memo, created_us, started_us, ended_us, due_us, deadline_us, fence, is_cancel_requested, "      \
	"failure_code, failure_reason, failure_message, revision, lease_owner, is_begun, is_prepared, "         \
	"step_deadline_us, line, left_behind, failures"

static const char CREATE[] =
	"INSERT INTO operation (" COLUMNS ")"
	" VALUES ($1, $2, $3, $4, $5, $6, $7, 1, 0, 1, 0, $8, '{}', $9, 0, 0, $10, 0, 0, 0,"
	" 0, NULL, NULL, 1, NULL, 0, 0, 0, 0, NULL, 0)";

static const char GET[] = "SELECT " COLUMNS " FROM operation WHERE id = $1";

static const char CANCEL[] = "UPDATE operation SET is_cancel_requested = 1, revision = revision + 1,"
			     " due_us = CASE WHEN lease_owner IS NULL THEN $2 ELSE due_us END"
			     " WHERE id = $1 AND state <= 2 AND is_cancel_requested = 0";

static const char NOTE_CANCEL[] =
	"INSERT INTO operation_step (operation, number, name, is_undo, outcome, note, provider_request_id, attempts,"
	" started_us, ended_us)"
	" SELECT $1, COALESCE(MAX(number), 0) + 1, 'cancel', 0, 'done', $2, NULL, 1, $3, $3"
	" FROM operation_step WHERE operation = $1";

static const char STEPS[] = "SELECT number, name, is_undo, outcome, note, provider_request_id, attempts, started_us,"
			    " ended_us FROM operation_step WHERE operation = $1 ORDER BY number";

static const char TRIM[] =
	"DELETE FROM operation WHERE id IN (SELECT id FROM operation WHERE state > 3 AND ended_us < $1 ORDER BY ended_us LIMIT $2)";

static struct status parse_object(struct store_tx *tx, const char *text, struct json **value)
{
	return json_parse(store_arena(tx), slice_text(text), NULL, value);
}

static struct status row_to_operation(struct store_tx *tx, const struct rows *rows, struct operation_row *row)
{
	struct json *input = NULL;
	struct json *memo = NULL;

	TRY(parse_object(tx, row_text(rows, 11), &input));
	TRY(parse_object(tx, row_text(rows, 12), &memo));
	*row = (struct operation_row){
		.operation = {
			.id = row_text(rows, 0),
			.kind = row_text(rows, 1),
			.tenant = row_text(rows, 2),
			.project = row_text(rows, 3),
			.target = row_text(rows, 4),
			.connection = row_text(rows, 5),
			.requested_by = row_text(rows, 6),
			.state = (enum operation_state)row_int(rows, 7),
			.step = (unsigned)row_int(rows, 8),
			.attempt = (unsigned)row_int(rows, 9),
			.progress_percent = (unsigned)row_int(rows, 10),
			.input = input,
			.memo = memo,
			.created_us = row_int(rows, 13),
			.started_us = row_int(rows, 14),
			.ended_us = row_int(rows, 15),
			.due_us = row_int(rows, 16),
			.deadline_us = row_int(rows, 17),
			.fence = row_int(rows, 18),
			.is_cancel_requested = row_bool(rows, 19),
			.failure = {
				.code = (enum status_code)row_int(rows, 20),
				.reason = row_text(rows, 21),
				.message = row_text(rows, 22),
			},
			.revision = row_int(rows, 23),
		},
		.input_text = row_text(rows, 11),
		.memo_text = row_text(rows, 12),
		.lease_owner = row_text(rows, 24),
		.is_begun = row_bool(rows, 25),
		.is_prepared = row_bool(rows, 26),
		.step_deadline_us = row_int(rows, 27),
		.line = (unsigned)row_int(rows, 28),
		.left_behind = row_text(rows, 29),
		.failures = (unsigned)row_int(rows, 30),
	};
	return OK;
}

struct status operation_changed(struct store_tx *tx, const struct operation *operation, bool is_new)
{
	const char *parent = operation->project != NULL ? operation->project : operation->tenant;
	const struct change change = {
		.tenant = operation->tenant,
		.project = operation->project,
		.type = "operation",
		.name = arena_printf(store_arena(tx), "%s/operations/%s", parent, operation->id),
		.kind = is_new ? CHANGE_CREATED : CHANGE_UPDATED,
		.at_us = time_now_us(),
	};

	store_mark(tx, STORE_MARK_OPERATION);
	return change_append(tx, &change);
}

struct status operation_create(struct store_tx *tx, const struct operation_spec *spec, const char **id)
{
	const char *own = spec->id != NULL ? spec->id : id_new(store_arena(tx));
	const char *input = spec->input != NULL ? json_print(store_arena(tx), spec->input) : "{}";
	const struct operation made = { .id = own, .tenant = spec->tenant, .project = spec->project };
	int64_t now_us = time_now_us();

	TRY(store_execute(tx, CREATE,
			  SQL_ARGS(sql_text(own), sql_text(spec->kind), sql_text(spec->tenant), sql_text(spec->project),
				   sql_text(spec->target), sql_text(spec->connection), sql_text(spec->requested_by),
				   sql_text(input), sql_int(now_us), sql_int(spec->due_us != 0 ? spec->due_us : now_us)),
			  NULL));
	TRY(operation_changed(tx, &made, true));
	if (id != NULL)
		*id = own;
	return OK;
}

struct status operation_read_row(struct store_tx *tx, const char *id, struct operation_row *row)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, GET, SQL_ARGS(sql_text(id)), &rows));
	if (!store_next(rows))
		return status_fail(store_arena(tx), STATUS_NOT_FOUND, "OPERATION_NOT_FOUND",
				   "there is no such operation; list the operations to see which there are");
	return row_to_operation(tx, rows, row);
}

struct status operation_get(struct store_tx *tx, const char *id, struct operation *operation)
{
	struct operation_row row;

	TRY(operation_read_row(tx, id, &row));
	*operation = row.operation;
	return OK;
}

struct status operation_cancel(struct store_tx *tx, const char *id, const char *by)
{
	struct operation operation;
	int64_t changed = 0;
	int64_t now_us = time_now_us();

	TRY(operation_get(tx, id, &operation));
	if (operation.state >= OPERATION_SUCCEEDED)
		return status_fail(store_arena(tx), STATUS_FAILED_PRECONDITION, "OPERATION_ENDED",
				   "the operation has ended; there is nothing left to stop");
	TRY(store_execute(tx, CANCEL, SQL_ARGS(sql_text(id), sql_int(now_us)), &changed));
	if (changed == 0)
		return OK; /* it is being undone already, or was asked before */
	TRY(store_execute(tx, NOTE_CANCEL,
			  SQL_ARGS(sql_text(id),
				   sql_text(arena_printf(store_arena(tx), "asked for by %s", by != NULL ? by : "the system")),
				   sql_int(now_us)),
			  NULL));
	return operation_changed(tx, &operation, false);
}

/* ---- lists ---- */

struct condition {
	const char *column;
	struct sql_value value;
};

struct status operation_list(struct store_tx *tx, const struct operation_filter *filter, const char *after_id,
			     unsigned most, struct operation **operations, size_t *count)
{
	const struct condition conditions[] = {
		{ "tenant =", sql_text(filter->tenant) },
		{ "project =", sql_text(filter->project) },
		{ "target =", sql_text(filter->target) },
		{ "kind =", sql_text(filter->kind) },
		{ "state =", filter->state != 0 ? sql_int(filter->state) : sql_null() },
		{ "id <", sql_text(after_id) },
	};
	struct sql_value values[sizeof conditions / sizeof conditions[0] + 1];
	struct text sql = text_new(store_arena(tx));
	size_t used = 0;
	struct rows *rows = NULL;

	text_append(&sql, "SELECT " COLUMNS " FROM operation");
	for (size_t i = 0; i < sizeof conditions / sizeof conditions[0]; i++) {
		if (conditions[i].value.kind == SQL_NULL)
			continue;
		values[used++] = conditions[i].value;
		text_printf(&sql, " %s %s $%zu", used == 1 ? "WHERE" : "AND", conditions[i].column, used);
	}
	values[used++] = sql_int(most);
	text_printf(&sql, " ORDER BY id DESC LIMIT $%zu", used);
	TRY(store_query_dynamic(tx, sql.data, values, used, &rows));

	struct operation *found = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows), struct operation);
	size_t filled = 0;

	while (store_next(rows)) {
		struct operation_row row;

		TRY(row_to_operation(tx, rows, &row));
		found[filled++] = row.operation;
	}
	*operations = found;
	*count = filled;
	return OK;
}

struct status operation_steps(struct store_tx *tx, const char *id, struct operation_step **steps, size_t *count)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, STEPS, SQL_ARGS(sql_text(id)), &rows));

	struct operation_step *found = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows), struct operation_step);

	*count = 0;
	while (store_next(rows))
		found[(*count)++] = (struct operation_step){
			.number = (unsigned)row_int(rows, 0),
			.name = row_text(rows, 1),
			.is_undo = row_bool(rows, 2),
			.outcome = row_text(rows, 3),
			.note = row_text(rows, 4),
			.provider_request_id = row_text(rows, 5),
			.attempts = (unsigned)row_int(rows, 6),
			.started_us = row_int(rows, 7),
			.ended_us = row_int(rows, 8),
		};
	*steps = found;
	return OK;
}

struct status operation_trim(struct store_tx *tx, int64_t before_us, unsigned most, int64_t *forgotten)
{
	return store_execute(tx, TRIM, SQL_ARGS(sql_int(before_us), sql_int(most)), forgotten);
}
