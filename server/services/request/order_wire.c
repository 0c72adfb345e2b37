/* SPDX-License-Identifier: Apache-2.0 */
/* order_wire.c: orders and plans as messages. */
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/request/order.h"
#include "server/services/wire/wire.h"

static Gaon__Money *price(struct arena *arena, const char *currency, struct amount amount)
{
	return text_is_empty(currency) ? NULL : wire_money(arena, currency, amount);
}

static Gaon__OrderItem *item_to_wire(struct arena *arena, const struct order_item_row *row, const char *currency)
{
	Gaon__OrderItem *message = ARENA_NEW(arena, Gaon__OrderItem);

	gaon__order_item__init(message);
	message->number = row->item.number;
	message->action = (Gaon__OrderAction)row->item.action;
	message->product = text_or_empty(row->product);
	message->product_version = text_or_empty(row->item.product_version);
	message->parameters = wire_map(arena, &gaon__order_item__parameters_entry__descriptor, row->item.parameters,
				       &message->n_parameters);
	message->deployment = text_or_empty(row->item.deployment);
	message->verb = text_or_empty(row->item.verb);
	message->connection = text_or_empty(row->connection);
	message->state = (Gaon__OrderItemState)row->item.state;
	message->operation = text_or_empty(row->operation);
	message->message = text_or_empty(row->message);
	message->hourly = price(arena, currency, row->hourly);
	message->monthly = price(arena, currency, row->monthly);
	message->vcpus = row->vcpus;
	message->memory_mib = row->memory_mib;
	message->disk_gib = row->disk_gib;
	return message;
}

static const char **approvers_to_wire(struct arena *arena, const struct json *approvers, size_t *count)
{
	const char **names = ARENA_ARRAY(arena, json_size(approvers) + 1, const char *);
	*count = json_size(approvers);
	for (size_t i = 0; i < *count; i++)
		names[i] = json_text(json_at(approvers, i), "");
	return names;
}

static Gaon__Decision *decision_to_wire(struct arena *arena, const struct order_decision *decision)
{
	Gaon__Decision *message = ARENA_NEW(arena, Gaon__Decision);

	gaon__decision__init(message);
	message->principal = decision->principal;
	message->approved = decision->is_approved;
	message->comment = decision->comment;
	message->plan_digest = decision->plan_digest;
	message->decision_time = wire_timestamp(arena, decision->at_us);
	message->superseded = decision->is_superseded;
	return message;
}

static Gaon__ApprovalStage *stage_to_wire(struct arena *arena, const struct order_view *order, const struct order_stage *stage)
{
	Gaon__ApprovalStage *message = ARENA_NEW(arena, Gaon__ApprovalStage);

	gaon__approval_stage__init(message);
	message->number = stage->number;
	message->policy = stage->policy;
	message->approvers = approvers_to_wire(arena, stage->approvers, &message->n_approvers);
	message->quorum = stage->quorum;
	message->complete = order_stage_is_complete(order, stage);
	message->decisions = ARENA_ARRAY(arena, order->decision_count + 1, Gaon__Decision *);
	for (size_t i = 0; i < order->decision_count; i++)
		if (order->decisions[i].stage == stage->number)
			message->decisions[message->n_decisions++] = decision_to_wire(arena, &order->decisions[i]);
	return message;
}

void order_to_wire(struct arena *arena, const struct order_view *order, Gaon__Order *message)
{
	const struct order_row *row = &order->row;

	message->name = row->name;
	message->requester = row->requester;
	message->justification = row->justification;
	message->state = (Gaon__OrderState)row->state;
	message->plan_digest = row->plan_digest;
	message->hourly = price(arena, row->currency, row->hourly);
	message->monthly = price(arena, row->currency, row->monthly);
	message->operation = text_or_empty(row->operation);
	message->state_message = text_or_empty(row->state_message);
	message->etag = etag_format(arena, row->revision);
	message->create_time = wire_timestamp(arena, row->created_us);
	message->update_time = wire_timestamp(arena, row->updated_us);
	message->items = ARENA_ARRAY(arena, order->item_count + 1, Gaon__OrderItem *);
	message->n_items = order->item_count;
	for (size_t i = 0; i < order->item_count; i++)
		message->items[i] = item_to_wire(arena, &order->items[i], row->currency);
	message->approval_stages = ARENA_ARRAY(arena, order->stage_count + 1, Gaon__ApprovalStage *);
	message->n_approval_stages = order->stage_count;
	for (size_t i = 0; i < order->stage_count; i++)
		message->approval_stages[i] = stage_to_wire(arena, order, &order->stages[i]);
}

static Gaon__OrderItem *planned_to_wire(struct arena *arena, const struct plan_item *planned, int number)
{
	struct order_item_row row = {
		.item = { .number = number, .action = planned->action, .product_version = planned->product_version,
			  .deployment = planned->deployment, .verb = planned->verb, .parameters = planned->parameters },
		.product = text_is_empty(planned->product_name) ? planned->product : planned->product_name,
		.connection = planned->connection,
		.hourly = planned->hourly,
		.monthly = planned->monthly,
		.vcpus = planned->vcpus,
		.memory_mib = planned->memory_mib,
		.disk_gib = planned->disk_gib,
	};
	Gaon__OrderItem *message = item_to_wire(arena, &row, planned->currency);
	message->placement = text_or_empty(planned->placement);
	return message;
}

static void effects_to_wire(struct arena *arena, const struct plan *plan, Gaon__PreviewOrderResponse *message)
{
	size_t count = 0;

	for (const struct quota_effect *effect = plan->effects; effect; effect = effect->next)
		count++;
	message->quota_effects = ARENA_ARRAY(arena, count + 1, Gaon__QuotaEffect *);
	for (const struct quota_effect *effect = plan->effects; effect; effect = effect->next) {
		Gaon__QuotaEffect *one = ARENA_NEW(arena, Gaon__QuotaEffect);
		gaon__quota_effect__init(one);
		one->quota = effect->quota;
		one->metric = (Gaon__QuotaMetric)effect->metric;
		one->limit = effect->limit;
		one->used = effect->used;
		one->added = effect->added;
		message->quota_effects[message->n_quota_effects++] = one;
	}
}

static void blockers_to_wire(struct arena *arena, const struct plan *plan, Gaon__PreviewOrderResponse *message)
{
	size_t count = 0;

	for (const struct plan_blocker *blocker = plan->blockers; blocker; blocker = blocker->next)
		count++;
	message->blockers = ARENA_ARRAY(arena, count + 1, Gaon__Blocker *);
	for (const struct plan_blocker *blocker = plan->blockers; blocker; blocker = blocker->next) {
		Gaon__Blocker *one = ARENA_NEW(arena, Gaon__Blocker);
		gaon__blocker__init(one);
		one->reason = blocker->reason;
		one->field = blocker->field;
		one->message = blocker->message;
		message->blockers[message->n_blockers++] = one;
	}
}

void plan_to_wire(struct arena *arena, const struct plan *plan, Gaon__PreviewOrderResponse *message)
{
	message->plan_digest = plan->digest;
	message->hourly = price(arena, plan->currency, plan->hourly);
	message->monthly = price(arena, plan->currency, plan->monthly);
	message->items = ARENA_ARRAY(arena, plan->item_count + 1, Gaon__OrderItem *);
	message->n_items = plan->item_count;
	for (size_t i = 0; i < plan->item_count; i++)
		message->items[i] = planned_to_wire(arena, &plan->items[i], (int)i + 1);
	message->approval_stages = ARENA_ARRAY(arena, plan->stage_count + 1, Gaon__ApprovalStage *);
	message->n_approval_stages = plan->stage_count;
	for (size_t i = 0; i < plan->stage_count; i++) {
		Gaon__ApprovalStage *stage = ARENA_NEW(arena, Gaon__ApprovalStage);
		gaon__approval_stage__init(stage);
		stage->number = (int32_t)i + 1;
		stage->policy = plan->stages[i].policy;
		stage->approvers = approvers_to_wire(arena, plan->stages[i].approvers, &stage->n_approvers);
		stage->quorum = plan->stages[i].quorum;
		message->approval_stages[i] = stage;
	}
	effects_to_wire(arena, plan, message);
	blockers_to_wire(arena, plan, message);
}

static struct status item_from_wire(struct arena *arena, const char *field, Gaon__OrderItem *message, struct plan_item *item)
{
	*item = (struct plan_item){
		.action = message->action ? (enum order_action)message->action : ORDER_ADD,
		.product = message->product,
		.deployment = message->deployment,
		.verb = message->verb,
		.parameters = wire_map_read(arena, message->n_parameters, message->parameters),
	};
	if (item->action == ORDER_ADD && text_is_empty(item->product))
		return status_invalid_field(arena, arena_printf(arena, "%s.product", field),
					    "says what is ordered, \"tenants/gaon/products/linux-machine\"");
	if (item->action == ORDER_ADD && !text_is_empty(item->deployment))
		return status_invalid_field(arena, arena_printf(arena, "%s.deployment", field),
					    "is chosen by the server for a new deployment; leave it empty");
	if (item->action != ORDER_ADD && text_is_empty(item->deployment))
		return status_invalid_field(arena, arena_printf(arena, "%s.deployment", field), "says which deployment it is about");
	return OK;
}

struct status plan_from_wire(struct arena *arena, const char *field, size_t count, Gaon__OrderItem **items, struct plan *plan)
{
	*plan = (struct plan){ .items = ARENA_ARRAY(arena, count + 1, struct plan_item), .item_count = count };
	for (size_t i = 0; i < count; i++)
		TRY(item_from_wire(arena, arena_printf(arena, "%s[%zu]", field, i), items[i], &plan->items[i]));
	return OK;
}
