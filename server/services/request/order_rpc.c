/* SPDX-License-Identifier: Apache-2.0 */
/* order_rpc.c: orders on the wire. */
#include "gaon/request/v1/request.handlers.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/iam/iam.h"
#include "server/services/request/order.h"

static const char ORDER_NAME[] = "tenants/{}/projects/{}/orders/{}";

static struct status reply_with(struct call *call, const char *name, Gaon__Order *reply)
{
	struct order_view order;

	TRY(order_load(call->tx, name, &order));
	order_to_wire(call->arena, &order, reply);
	return OK;
}

/** The project exists and the items are sound: what preview and create begin with. */
static struct status make_plan(struct call *call, const char *project, const char *field, size_t count, Gaon__OrderItem **items,
			       struct plan *plan)
{
	const char *ids[2];

	TRY(resource_parse(call->arena, "parent", project, "tenants/{}/projects/{}", ids));
	TRY(iam_project_check(call->tx, project));
	TRY(plan_from_wire(call->arena, field, count, items, plan));
	return plan_make(call->tx, project, NULL, call->now_us, plan);
}

struct status request_preview_order(struct call *call, const Gaon__PreviewOrderRequest *request,
				    Gaon__PreviewOrderResponse *reply)
{
	struct plan plan;

	TRY(make_plan(call, request->parent, "items", request->n_items, request->items, &plan));
	plan_to_wire(call->arena, &plan, reply);
	return OK;
}

struct status request_create_order(struct call *call, const Gaon__CreateOrderRequest *request, Gaon__Order *reply)
{
	struct plan plan;
	const char *name;

	TRY(make_plan(call, request->parent, "order.items", request->order->n_items, request->order->items, &plan));
	TRY(order_refuse_blocked(call->arena, &plan));
	if (!text_is_empty(request->plan_digest) && !text_equal(request->plan_digest, plan.digest))
		return status_fail(call->arena, STATUS_ABORTED, "PLAN_CHANGED",
				   "the plan or its price is not the one that was previewed; preview it again");
	TRY(order_submit(call, request->parent, request->order->justification, &plan, &name));
	return reply_with(call, name, reply);
}

struct status request_get_order(struct call *call, const Gaon__GetOrderRequest *request, Gaon__Order *reply)
{
	const char *ids[3];

	TRY(resource_parse(call->arena, "name", request->name, ORDER_NAME, ids));
	return reply_with(call, request->name, reply);
}

static struct status orders_to_wire(struct call *call, const struct order_row *rows, size_t count, Gaon__Order ***orders)
{
	Gaon__Order **list = ARENA_ARRAY(call->arena, count + 1, Gaon__Order *);

	for (size_t i = 0; i < count; i++) {
		list[i] = ARENA_NEW(call->arena, Gaon__Order);
		gaon__order__init(list[i]);
		TRY(reply_with(call, rows[i].name, list[i]));
	}
	*orders = list;
	return OK;
}

struct status request_list_orders(struct call *call, const Gaon__ListOrdersRequest *request, Gaon__ListOrdersResponse *reply)
{
	struct page page;
	struct order_row *rows;
	size_t count;

	TRY(iam_project_check(call->tx, request->parent));
	TRY(page_read(call->arena, request->page_size, request->page_token,
		      arena_printf(call->arena, "orders %s %d", request->parent, (int)request->state), &page));
	TRY(order_store_list(call->tx, request->parent, (enum order_state)request->state, page.after, page.limit + 1, &rows,
			     &count));
	if (count > page.limit) {
		count = page.limit;
		reply->next_page_token = page_next(call->arena, &page, rows[count - 1].name);
	}
	TRY(orders_to_wire(call, rows, count, &reply->orders));
	reply->n_orders = count;
	return OK;
}

/** Reads the order that a request speaks of, and holds its etag against the present one. */
static struct status find(struct call *call, const char *name, const char *etag, struct order_view *order)
{
	const char *ids[3];

	TRY(resource_parse(call->arena, "name", name, ORDER_NAME, ids));
	TRY(order_load(call->tx, name, order));
	return etag_check(call->arena, etag, order->row.revision);
}

struct status request_cancel_order(struct call *call, const Gaon__CancelOrderRequest *request, Gaon__Order *reply)
{
	struct order_view order;
	bool allowed = true;

	TRY(find(call, request->name, request->etag, &order));
	if (!text_equal(order.row.requester, call->principal->name))
		TRY(iam_allows(call->tx, call->principal, "request.orders.approve", order.row.project, &allowed));
	if (!allowed)
		return status_fail(call->arena, STATUS_PERMISSION_DENIED, "NOT_YOUR_ORDER",
				   "only %s or an approver can withdraw this order", order.row.requester);
	TRY(order_end(call, &order, ORDER_CANCELLED, request->comment));
	return reply_with(call, request->name, reply);
}

struct status request_approve_order(struct call *call, const Gaon__ApproveOrderRequest *request, Gaon__Order *reply)
{
	struct order_view order;

	TRY(find(call, request->name, request->etag, &order));
	TRY(order_approve(call, &order, request->plan_digest, request->comment));
	return reply_with(call, request->name, reply);
}

struct status request_reject_order(struct call *call, const Gaon__RejectOrderRequest *request, Gaon__Order *reply)
{
	struct order_view order;
	bool may;

	TRY(find(call, request->name, request->etag, &order));
	if (order.row.state != ORDER_PENDING_APPROVAL)
		return order_move(call->arena, &order.row, ORDER_REJECTED);
	TRY(order_may_decide(call, &order, &may));
	if (!may)
		return status_fail(call->arena, STATUS_PERMISSION_DENIED, "NOT_AN_APPROVER",
				   "the open stage of this order is not yours to decide");
	const struct order_stage *stage = order_open_stage(&order);
	struct order_decision decision = {
		.stage = stage ? stage->number : 0,
		.principal = call->principal->name,
		.comment = request->comment,
		.plan_digest = order.row.plan_digest,
		.at_us = call->now_us,
	};
	TRY(order_store_decide(call->tx, order.row.name, &decision));
	TRY(order_end(call, &order, ORDER_REJECTED, request->comment));
	return reply_with(call, request->name, reply);
}

struct status request_list_pending_approvals(struct call *call, const Gaon__ListPendingApprovalsRequest *request,
					     Gaon__ListPendingApprovalsResponse *reply)
{
	struct page page;
	struct order_row *rows;
	size_t count, kept = 0;

	TRY(page_read(call->arena, request->page_size, request->page_token,
		      arena_printf(call->arena, "pending %s", request->parent), &page));
	/* Every page looks at one stretch of waiting orders and shows those that are the caller's, so it may be short. */
	TRY(order_store_waiting(call->tx, request->parent, page.after, page.limit + 1, &rows, &count));
	bool has_more = count > page.limit;
	if (has_more)
		count = page.limit;
	const char *last = count > 0 ? rows[count - 1].name : NULL;
	for (size_t i = 0; i < count; i++) {
		struct order_view order;
		bool may;
		TRY(order_load(call->tx, rows[i].name, &order));
		TRY(order_may_decide(call, &order, &may));
		if (may)
			rows[kept++] = rows[i];
	}
	TRY(orders_to_wire(call, rows, kept, &reply->orders));
	reply->n_orders = kept;
	if (has_more)
		reply->next_page_token = page_next(call->arena, &page, last);
	return OK;
}
