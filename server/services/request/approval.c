/* SPDX-License-Identifier: Apache-2.0 */
/* approval.c: who may decide, and what a decision is bound to. */
#include <string.h>

#include "runtime/base/text.h"
#include "server/services/iam/iam.h"
#include "server/services/request/order.h"
#include "server/services/request/order_begin.h"
#include "server/services/request/policy.h"

bool order_stage_is_complete(const struct order_view *order, const struct order_stage *stage)
{
	int approvals = 0;

	for (size_t i = 0; i < order->decision_count; i++) {
		const struct order_decision *decision = &order->decisions[i];
		approvals += decision->stage == stage->number && decision->is_approved && !decision->is_superseded;
	}
	return approvals >= stage->quorum;
}

const struct order_stage *order_open_stage(const struct order_view *order)
{
	for (size_t i = 0; i < order->stage_count; i++)
		if (!order_stage_is_complete(order, &order->stages[i]))
			return &order->stages[i];
	return NULL;
}

/** In any stage: two stages are two pairs of eyes, however somebody comes to be named in both. */
static bool has_decided(const struct order_view *order, const char *principal)
{
	for (size_t i = 0; i < order->decision_count; i++)
		if (!order->decisions[i].is_superseded && text_equal(order->decisions[i].principal, principal))
			return true;
	return false;
}

/** Named itself, through a group, or by a role held in the project; a stage that names nobody is open to every approver. */
static struct status is_named(struct call *call, const struct order_view *order, const struct order_stage *stage, bool *named)
{
	*named = json_size(stage->approvers) == 0;
	for (size_t i = 0; !*named && i < json_size(stage->approvers); i++) {
		const char *name = json_text(json_at(stage->approvers, i), "");
		if (iam_is_member(call->principal, name))
			*named = true;
		else if (text_starts_with(name, "roles/") || strstr(name, "/roles/"))
			TRY(iam_holds_role(call->tx, call->principal, name, order->row.project, named));
	}
	return OK;
}

struct status order_may_decide(struct call *call, const struct order_view *order, bool *may)
{
	const struct order_stage *stage = order_open_stage(order);

	*may = false;
	if (order->row.state != ORDER_PENDING_APPROVAL || text_equal(order->row.requester, call->principal->name))
		return OK;
	if (!stage) {
		*may = true;
		return OK;
	}
	return has_decided(order, call->principal->name) ? OK : is_named(call, order, stage, may);
}

/** The same question, with the reason for a no. */
static struct status check_may_decide(struct call *call, const struct order_view *order, const struct order_stage *stage)
{
	bool named;

	if (text_equal(order->row.requester, call->principal->name))
		return status_fail(call->arena, STATUS_PERMISSION_DENIED, "SELF_APPROVAL",
				   "nobody decides on their own order; ask one of the approvers");
	if (has_decided(order, call->principal->name))
		return status_fail(call->arena, STATUS_FAILED_PRECONDITION, "ALREADY_DECIDED",
				   "you have approved this order already, and nobody does so twice, in another stage either; it "
				   "waits for somebody else");
	TRY(is_named(call, order, stage, &named));
	if (!named)
		return status_fail(call->arena, STATUS_PERMISSION_DENIED, "NOT_AN_APPROVER",
				   "stage %d of this order is not yours to decide; its policy is %s", stage->number, stage->policy);
	return OK;
}

static struct plan_item replanned(const struct order_item_row *row)
{
	return (struct plan_item){
		.action = row->item.action,
		.product = row->item.product_version, /* the version that was ordered, not a newer one */
		/* A new deployment's name was chosen when the order was submitted: it is no part of the plan. */
		.deployment = row->item.action == ORDER_ADD ? NULL : row->item.deployment,
		.verb = row->item.verb,
		.parameters = row->item.parameters,
		.present = row->item.action == ORDER_ADD ? row->connection : NULL,
	};
}

/** Plans the order again as things stand now. */
static struct status replan(struct call *call, const struct order_view *order, struct plan *plan)
{
	struct quota_delta reserved = { 0 };

	plan->items = ARENA_ARRAY(call->arena, order->item_count + 1, struct plan_item);
	plan->item_count = order->item_count;
	for (size_t i = 0; i < order->item_count; i++) {
		const struct order_item_row *row = &order->items[i];
		struct quota_delta held = { 1, row->vcpus, row->memory_mib, row->disk_gib };
		plan->items[i] = replanned(row);
		if (row->item.action == ORDER_CHANGE) {
			struct json *size = json_object(call->arena);
			json_set(size, "size", json_get(row->item.parameters, "size"));
			plan->items[i].parameters = size;
		}
		if (row->is_reserved)
			quota_add(&reserved, &held);
	}
	return plan_make(call->tx, order->row.project, &reserved, call->now_us, plan);
}

/** The order gets the new plan, and what was approved before no longer counts. Kept although the call fails. */
static struct status void_approvals(struct call *call, struct order_view *order, struct plan *plan)
{
	struct quota_delta old = { 0 }, fresh = order_reservation(plan);

	for (size_t i = 0; i < order->item_count; i++) {
		struct quota_delta held = { 1, order->items[i].vcpus, order->items[i].memory_mib, order->items[i].disk_gib };
		if (order->items[i].is_reserved)
			quota_add(&old, &held);
		plan->items[i].deployment = order->items[i].item.deployment;
	}
	old = quota_negate(&old);
	quota_add(&fresh, &old);
	TRY(request_quota_adjust(call->tx, order->row.project, &fresh));
	order_take_plan(&order->row, plan);
	order->row.updated_us = call->now_us;
	TRY(order_store_supersede(call->tx, order->row.name));
	TRY(order_put_plan(call->tx, order->row.name, plan));
	TRY(order_store_update(call->tx, &order->row));
	call->commits_on_failure = true;
	return status_fail(call->arena, STATUS_ABORTED, "PLAN_CHANGED",
			   "what the order makes or costs has changed, so earlier approvals are void; read it again and decide anew");
}

struct status order_approve(struct call *call, struct order_view *order, const char *plan_digest, const char *comment)
{
	struct plan plan = { 0 };
	const struct order_stage *stage = order_open_stage(order);

	if (order->row.state != ORDER_PENDING_APPROVAL)
		return order_move(call->arena, &order->row, ORDER_FULFILLING);
	if (stage)
		TRY(check_may_decide(call, order, stage));
	if (!text_equal(plan_digest, order->row.plan_digest))
		return status_fail(call->arena, STATUS_ABORTED, "PLAN_CHANGED",
				   "that is not the present plan of the order; read it again and decide on what it says now");
	TRY(replan(call, order, &plan));
	TRY(order_refuse_blocked(call->arena, &plan));
	if (!text_equal(plan.digest, order->row.plan_digest))
		return void_approvals(call, order, &plan);
	/* The plan that voided the approvals may have left no policy that wants one: somebody has seen it, so it begins. */
	if (!stage)
		return order_begin(call->tx, &order->row, call->now_us);

	struct order_decision decision = {
		.stage = stage->number,
		.principal = call->principal->name,
		.is_approved = true,
		.comment = text_or_empty(comment),
		.plan_digest = plan_digest,
		.at_us = call->now_us,
	};
	TRY(order_store_decide(call->tx, order->row.name, &decision));
	TRY(order_store_decisions(call->tx, order->row.name, &order->decisions, &order->decision_count));
	if (!order_open_stage(order))
		return order_begin(call->tx, &order->row, call->now_us);
	order->row.updated_us = call->now_us;
	return order_store_update(call->tx, &order->row);
}
