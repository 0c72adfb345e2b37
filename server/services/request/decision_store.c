/* SPDX-License-Identifier: Apache-2.0 */
/* decision_store.c: the SQL of an order's stages and of what was decided. */
#include "server/services/request/order_store.h"

static const char CLEAR_STAGES[] = "DELETE FROM request_stage WHERE order_name = $1";
static const char PUT_STAGE[] =
	"INSERT INTO request_stage (order_name, number, policy, approvers, quorum) VALUES ($1, $2, $3, $4, $5)";
static const char LIST_STAGES[] =
	"SELECT number, policy, approvers, quorum FROM request_stage WHERE order_name = $1 ORDER BY number";
static const char PUT_DECISION[] =
	"INSERT INTO request_decision (order_name, number, stage, principal, is_approved, comment, plan_digest, at_us,"
	" is_superseded)"
	" VALUES ($1, (SELECT coalesce(max(number), 0) + 1 FROM request_decision WHERE order_name = $1), $2, $3, $4, $5, $6,"
	" $7, 0)";
static const char SUPERSEDE[] = "UPDATE request_decision SET is_superseded = 1 WHERE order_name = $1";
static const char LIST_DECISIONS[] =
	"SELECT number, stage, principal, is_approved, comment, plan_digest, at_us, is_superseded FROM request_decision"
	" WHERE order_name = $1 ORDER BY number";

struct status order_store_put_stages(struct store_tx *tx, const char *order, const struct plan *plan)
{
	TRY(store_execute(tx, CLEAR_STAGES, SQL_ARGS(sql_text(order)), NULL));
	for (size_t i = 0; i < plan->stage_count; i++) {
		const struct plan_stage *stage = &plan->stages[i];
		TRY(store_execute(tx, PUT_STAGE,
				  SQL_ARGS(sql_text(order), sql_int((int64_t)i + 1), sql_text(stage->policy),
					   sql_text(json_print(store_arena(tx), stage->approvers)), sql_int(stage->quorum)),
				  NULL));
	}
	return OK;
}

struct status order_store_stages(struct store_tx *tx, const char *order, struct order_stage **stages, size_t *count)
{
	struct rows *rows;
	size_t at = 0;

	TRY(store_query(tx, LIST_STAGES, SQL_ARGS(sql_text(order)), &rows));
	struct order_stage *all = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows) + 1, struct order_stage);
	while (store_next(rows)) {
		struct json *approvers;
		TRY(json_parse(store_arena(tx), slice_text(row_text(rows, 2)), NULL, &approvers));
		all[at++] = (struct order_stage){ (int)row_int(rows, 0), row_text(rows, 1), approvers, (int)row_int(rows, 3) };
	}
	*stages = all;
	*count = at;
	return OK;
}

struct status order_store_decide(struct store_tx *tx, const char *order, const struct order_decision *decision)
{
	return store_execute(tx, PUT_DECISION,
			     SQL_ARGS(sql_text(order), sql_int(decision->stage), sql_text(decision->principal),
				      sql_bool(decision->is_approved), sql_text(decision->comment),
				      sql_text(decision->plan_digest), sql_int(decision->at_us)),
			     NULL);
}

struct status order_store_supersede(struct store_tx *tx, const char *order)
{
	return store_execute(tx, SUPERSEDE, SQL_ARGS(sql_text(order)), NULL);
}

struct status order_store_decisions(struct store_tx *tx, const char *order, struct order_decision **decisions, size_t *count)
{
	struct rows *rows;
	size_t at = 0;

	TRY(store_query(tx, LIST_DECISIONS, SQL_ARGS(sql_text(order)), &rows));
	struct order_decision *all = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows) + 1, struct order_decision);
	while (store_next(rows))
		all[at++] = (struct order_decision){
			.number = (int)row_int(rows, 0),
			.stage = (int)row_int(rows, 1),
			.principal = row_text(rows, 2),
			.is_approved = row_bool(rows, 3),
			.comment = row_text(rows, 4),
			.plan_digest = row_text(rows, 5),
			.at_us = row_int(rows, 6),
			.is_superseded = row_bool(rows, 7),
		};
	*decisions = all;
	*count = at;
	return OK;
}
