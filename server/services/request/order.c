/* SPDX-License-Identifier: Apache-2.0 */
/* order.c: the rules of orders: submit, begin, end, settle. */
#include "server/services/request/order.h"

#include "runtime/base/id.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/engine/engine.h"
#include "server/services/iam/iam.h"
#include "server/services/request/order_begin.h"

enum { VIOLATIONS_MOST = 16 };

/** allowed_moves[from] is a set of 1 << to. FULFILLED, FAILED, REJECTED and CANCELLED are ends. */
static const unsigned allowed_moves[] = {
	[ORDER_PENDING_APPROVAL] = 1u << ORDER_FULFILLING | 1u << ORDER_REJECTED | 1u << ORDER_CANCELLED,
	[ORDER_FULFILLING] = 1u << ORDER_FULFILLED | 1u << ORDER_FAILED,
	[ORDER_FULFILLED] = 0,
	[ORDER_FAILED] = 0,
	[ORDER_REJECTED] = 0,
	[ORDER_CANCELLED] = 0,
};

static const char *state_name(enum order_state state)
{
	static const char *const names[] = { "new",    "PENDING_APPROVAL", "FULFILLING", "FULFILLED",
					     "FAILED", "REJECTED",	   "CANCELLED" };
	return names[state];
}

struct status order_move(struct arena *arena, struct order_row *order, enum order_state to)
{
	if (!(allowed_moves[order->state] & 1u << to))
		return status_fail(arena, STATUS_FAILED_PRECONDITION, "ORDER_STATE",
				   "the order is %s and cannot become %s any more; read it again", state_name(order->state),
				   state_name(to));
	order->state = to;
	return OK;
}

struct status order_load(struct store_tx *tx, const char *name, struct order_view *order)
{
	TRY(order_store_get(tx, name, &order->row));
	TRY(order_store_items(tx, name, &order->items, &order->item_count));
	TRY(order_store_stages(tx, name, &order->stages, &order->stage_count));
	return order_store_decisions(tx, name, &order->decisions, &order->decision_count);
}

struct status order_refuse_blocked(struct arena *arena, const struct plan *plan)
{
	if (!plan->blockers)
		return OK;
	struct status status = status_fail(arena, STATUS_FAILED_PRECONDITION, "ORDER_BLOCKED", "the order cannot be accepted: %s",
					   plan->blockers->message);
	unsigned count = 0;
	for (const struct plan_blocker *b = plan->blockers; b && count < VIOLATIONS_MOST; b = b->next, count++)
		status = status_with_field(arena, status, b->field, "%s: %s", b->reason, b->message);
	return status;
}

static struct order_item_row item_of_plan(const struct plan_item *planned, int number)
{
	return (struct order_item_row){
		.item = {
			.number = number,
			.action = planned->action,
			.state = ITEM_PENDING,
			.choice = planned->choice,
			.product_version = planned->product_version,
			.deployment = planned->deployment,
			.verb = planned->verb,
			.parameters = planned->parameters,
		},
		.product = planned->product_name,
		.connection = planned->connection,
		.hourly = planned->hourly,
		.monthly = planned->monthly,
		.vcpus = planned->vcpus,
		.memory_mib = planned->memory_mib,
		.disk_gib = planned->disk_gib,
		.is_reserved = planned->action == ORDER_ADD,
	};
}

void order_take_plan(struct order_row *row, const struct plan *plan)
{
	row->plan_digest = plan->digest;
	row->currency = plan->currency;
	row->hourly = plan->hourly;
	row->monthly = plan->monthly;
}

/** What the ADD items of a plan take; changes of what exists are taken when they are made. */
struct quota_delta order_reservation(const struct plan *plan)
{
	struct quota_delta sum = { 0 };
	for (size_t i = 0; i < plan->item_count; i++)
		if (plan->items[i].action == ORDER_ADD)
			quota_add(&sum, &plan->items[i].delta);
	return sum;
}

struct status order_put_plan(struct store_tx *tx, const char *order, const struct plan *plan)
{
	for (size_t i = 0; i < plan->item_count; i++) {
		struct order_item_row item = item_of_plan(&plan->items[i], (int)i + 1);
		TRY(order_store_put_item(tx, order, &item));
	}
	return order_store_put_stages(tx, order, plan);
}

/** Every approved order becomes one durable operation, in the transaction that approved it. */
struct status order_begin(struct store_tx *tx, struct order_row *row, int64_t now_us)
{
	struct arena *arena = store_arena(tx);
	struct json *input = json_object(arena);
	const char *id;

	json_set_text(input, "order", row->name);
	struct operation_spec spec = {
		.kind = REQUEST_FULFIL_ORDER,
		.tenant = row->tenant,
		.project = row->project,
		.target = row->name,
		.requested_by = row->requester,
		.input = input,
	};
	TRY(order_move(arena, row, ORDER_FULFILLING));
	TRY(operation_create(tx, &spec, &id));
	row->operation = arena_printf(arena, "%s/operations/%s", row->project, id);
	row->updated_us = now_us;
	return order_store_update(tx, row);
}

struct status order_submit(struct call *call, const char *project, const char *justification, struct plan *plan,
			   const char **name)
{
	struct arena *arena = call->arena;
	struct order_row row = {
		.name = arena_printf(arena, "%s/orders/%s", project, id_new(arena)),
		.tenant = resource_tenant(arena, project),
		.project = project,
		.requester = call->principal->name,
		.justification = text_or_empty(justification),
		.state = ORDER_PENDING_APPROVAL,
		.operation = "",
		.state_message = "",
		.created_us = call->now_us,
		.updated_us = call->now_us,
	};
	struct quota_delta reservation = order_reservation(plan);

	for (size_t i = 0; i < plan->item_count; i++)
		if (plan->items[i].action == ORDER_ADD)
			plan->items[i].deployment = arena_printf(arena, "%s/deployments/%s", project, id_new(arena));
	order_take_plan(&row, plan);
	TRY(order_store_insert(call->tx, &row));
	TRY(order_put_plan(call->tx, row.name, plan));
	TRY(request_quota_adjust(call->tx, project, &reservation));
	if (plan->stage_count == 0)
		TRY(order_begin(call->tx, &row, call->now_us));
	*name = row.name;
	return OK;
}

/** Gives back what an item still holds of the quotas; once. */
static struct status release_item(struct store_tx *tx, const char *project, struct order_item_row *item)
{
	if (!item->is_reserved)
		return OK;
	struct quota_delta back = { -1, -item->vcpus, -item->memory_mib, -item->disk_gib };
	item->is_reserved = false;
	return request_quota_adjust(tx, project, &back);
}

struct status order_end(struct call *call, struct order_view *order, enum order_state end, const char *message)
{
	TRY(order_move(call->arena, &order->row, end));
	for (size_t i = 0; i < order->item_count; i++) {
		TRY(release_item(call->tx, order->row.project, &order->items[i]));
		order->items[i].item.state = ITEM_CANCELLED;
		TRY(order_store_set_item_standing(call->tx, order->row.name, &order->items[i]));
	}
	order->row.state_message = text_or_empty(message);
	order->row.updated_us = call->now_us;
	return order_store_update(call->tx, &order->row);
}

/* ---- the face for others ---- */

static const char OPEN_ORDERS[] = "SELECT 1 FROM request_order WHERE (project = $1 OR tenant = $1) AND state IN (1, 2) LIMIT 1";

/** For iam: whoever deletes a project decides about its open orders first. */
static struct status owns_open_orders(struct store_tx *tx, const char *name, bool *owns)
{
	struct rows *rows;

	TRY(store_query(tx, OPEN_ORDERS, SQL_ARGS(sql_text(name)), &rows));
	*owns = store_next(rows);
	return OK;
}

void request_prepare(void)
{
	iam_register_owner(owns_open_orders);
}

struct status request_order_get(struct store_tx *tx, const char *name, struct order *order)
{
	struct order_row row;
	struct order_item_row *items;
	size_t count;

	TRY(order_store_get(tx, name, &row));
	TRY(order_store_items(tx, name, &items, &count));
	struct order_item *plain = ARENA_ARRAY(store_arena(tx), count + 1, struct order_item);
	for (size_t i = 0; i < count; i++)
		plain[i] = items[i].item;
	*order = (struct order){ row.name, row.project, row.requester, row.plan_digest, plain, count };
	return OK;
}

static bool item_is_settled(const struct order_item_row *item)
{
	return item->item.state >= ITEM_FULFILLED;
}

/** When its last item is settled the order is over. */
static struct status settle_order(struct store_tx *tx, const char *name)
{
	struct order_row row;
	const char *message;
	bool is_open;

	TRY(order_store_outcome(tx, name, &is_open, &message));
	if (is_open)
		return OK;
	TRY(order_store_get(tx, name, &row));
	if (row.state != ORDER_FULFILLING)
		return OK;
	TRY(order_move(store_arena(tx), &row, message ? ORDER_FAILED : ORDER_FULFILLED));
	if (message)
		row.state_message = message;
	row.updated_us = time_now_us();
	return order_store_update(tx, &row);
}

struct status request_item_settle(struct store_tx *tx, const char *order, int number, enum order_item_state state,
				  const char *operation, const char *message)
{
	struct order_item_row item;

	TRY(order_store_item_standing(tx, order, number, &item));
	if (item_is_settled(&item))
		return OK;
	item.item.state = state;
	item.operation = operation ? operation : item.operation;
	item.message = message ? message : item.message;
	if (state == ITEM_FULFILLED)
		item.is_reserved = false; /* from now on the deployment holds it */
	else if (item_is_settled(&item))
		TRY(release_item(tx, resource_project(store_arena(tx), order), &item));
	TRY(order_store_set_item_standing(tx, order, &item));
	return item_is_settled(&item) ? settle_order(tx, order) : OK;
}
