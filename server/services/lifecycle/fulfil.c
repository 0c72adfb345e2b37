/* SPDX-License-Identifier: Apache-2.0 */
/* fulfil.c: an approved order becomes operations, one an item; this one waits for them. */
#include "runtime/base/id.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/lifecycle/room.h"
#include "server/services/request/request.h"

enum { POLL_MS = 250 };

static const char *order_of(const struct step *step)
{
	return json_text(json_get(step->input, "order"), "");
}

/** What is remembered of the items' operations: memo "operations", an array of ids. */
static struct json *operations_of(struct step *step)
{
	struct json *operations = json_array(step->arena);
	json_set(step->memo, "operations", operations);
	return operations;
}

static struct status insert_deployment(struct store_tx *tx, const struct order *order, const struct order_item *item,
				       int64_t now_us)
{
	int64_t lease_days = json_int(json_get(item->choice, "lease_days"), 0);
	struct deployment deployment = {
		.name = item->deployment,
		.tenant = resource_tenant(store_arena(tx), order->project),
		.project = order->project,
		.display_name = json_text(json_get(item->choice, "display_name"), ""),
		.order_name = order->name,
		.product_version = item->product_version,
		.parameters = item->parameters,
		.state = DEPLOYMENT_CREATING,
		.lease_end_us = lease_days > 0 ? now_us + lease_days * TIME_US_PER_DAY : 0,
		.owner = order->requester,
		.created_us = now_us,
		.updated_us = now_us,
	};
	return deployment_insert(tx, &deployment);
}

static struct machine machine_of(struct arena *arena, const struct order *order, const struct order_item *item, int64_t now_us)
{
	const struct json *choice = item->choice;

	return (struct machine){
		/* The machine's id is the intent: the cloud is told it before anything is made, and it is found by it. */
		.name = arena_printf(arena, "%s/machines/%s", order->project, id_new(arena)),
		.tenant = resource_tenant(arena, order->project),
		.project = order->project,
		.display_name = json_text(json_get(choice, "display_name"), ""),
		.state = MACHINE_CREATING,
		.connection = json_text(json_get(choice, "connection"), ""),
		.deployment = item->deployment,
		.product_version = item->product_version,
		.rate_card = json_text(json_get(choice, "rate_card"), ""),
		.size = json_text(json_get(choice, "size"), ""),
		.image = json_text(json_get(choice, "image"), ""),
		.network = json_text(json_get(choice, "network"), ""),
		.vcpus = (int32_t)json_int(json_get(choice, "vcpus"), 0),
		.memory_mib = json_int(json_get(choice, "memory_mib"), 0),
		.disk_gib = json_int(json_get(choice, "disk_gib"), 0),
		.owner = order->requester,
		.created_us = now_us,
		.updated_us = now_us,
	};
}

/** ADD: deployment, machine and the operation that makes it, all in this transaction. */
static struct status begin_add(struct store_tx *tx, const struct order *order, const struct order_item *item, const char **id)
{
	struct arena *arena = store_arena(tx);
	int64_t now_us = time_now_us();
	struct machine machine = machine_of(arena, order, item, now_us);
	struct json *input = json_object(arena);

	*id = id_new(arena);
	json_set_text(input, "machine", machine.name);
	json_set_text(input, "order", order->name);
	json_set_int(input, "item", item->number);
	json_set(input, "choice", item->choice);
	struct operation_spec spec = {
		.id = *id,
		.kind = KIND_MACHINE_CREATE,
		.tenant = machine.tenant,
		.project = machine.project,
		.target = machine.name,
		.connection = machine.connection,
		.requested_by = order->requester,
		.input = input,
	};
	machine.operation = arena_printf(arena, "%s/operations/%s", machine.project, *id);
	TRY(insert_deployment(tx, order, item, now_us));
	TRY(machine_insert(tx, &machine));
	return operation_create(tx, &spec, id);
}

/** The first machine of a deployment that is still there. */
static struct status find_machine(struct store_tx *tx, const char *deployment, struct machine *machine)
{
	struct machine *machines;
	size_t count;

	TRY(machines_of_deployment(tx, deployment, &machines, &count));
	for (size_t i = 0; i < count; i++)
		if (machine_exists(&machines[i])) {
			*machine = machines[i];
			return OK;
		}
	return resource_not_found(store_arena(tx), "Deployment", deployment);
}

static struct status begin_existing(struct store_tx *tx, const struct order *order, const struct order_item *item,
				    const char **id)
{
	struct machine machine;
	struct machine_begin begin = { .order = order->name, .order_item = item->number, .requested_by = order->requester,
				       .now_us = time_now_us() };

	TRY(find_machine(tx, item->deployment, &machine));
	if (item->action == ORDER_CHANGE)
		return resize_begin(tx, &machine, json_text(json_get(item->choice, "size"), ""), true, &begin, id);
	if (item->action == ORDER_REMOVE) {
		struct deployment deployment;
		begin.kind = KIND_MACHINE_DELETE;
		begin.allowed = ~0u;
		begin.meanwhile = MACHINE_DELETING;
		begin.verb = VERB_DELETE;
		TRY(deployment_get(tx, item->deployment, &deployment));
		return deployment_begin_delete(tx, &deployment, &begin, id);
	}
	const struct power_verb *verb = power_find(item->verb);
	if (!verb)
		return status_fail(store_arena(tx), STATUS_INVALID_ARGUMENT, "VERB_UNKNOWN", "a machine cannot %s", item->verb);
	begin.kind = verb->kind;
	begin.allowed = verb->allowed;
	begin.meanwhile = MACHINE_UPDATING;
	begin.verb = verb->verb;
	return machine_begin(tx, &machine, &begin, id);
}

/** One item begins, or is settled as failed: what is wrong with one does not hold the others up. */
static struct status begin_item(struct store_tx *tx, struct json *operations, const struct order *order,
				const struct order_item *item)
{
	const char *id = NULL;

	if (item->state != ITEM_PENDING)
		return OK;
	struct status status = item->action == ORDER_ADD ? begin_add(tx, order, item, &id) : begin_existing(tx, order, item, &id);
	if (status.code == STATUS_UNAVAILABLE || status.code == STATUS_INTERNAL || status.code == STATUS_DATA_LOSS ||
	    (item->action == ORDER_ADD && !status_is_ok(status)))
		return status;
	if (!status_is_ok(status))
		return request_item_settle(tx, order->name, item->number, ITEM_FAILED, NULL, status.message);
	if (!id)
		return request_item_settle(tx, order->name, item->number, ITEM_FULFILLED, NULL, NULL);
	json_append_text(operations, id);
	return request_item_settle(tx, order->name, item->number, ITEM_FULFILLING,
				   arena_printf(store_arena(tx), "%s/operations/%s", order->project, id), NULL);
}

static struct status begin_items(struct store_tx *tx, struct step *step, const struct step_result *result)
{
	struct order order;
	struct json *operations = operations_of(step);

	(void)result;
	TRY(request_order_get(tx, order_of(step), &order));
	for (size_t i = 0; i < order.item_count; i++)
		TRY(begin_item(tx, operations, &order, &order.items[i]));
	return OK;
}

struct progress {
	struct step *step;
	unsigned running, percent_sum, count;
	bool has_failed;
};

static struct status read_progress(struct store_tx *tx, void *context)
{
	struct progress *progress = context;
	const struct json *ids = json_get(progress->step->memo, "operations");

	for (size_t i = 0; i < json_size(ids); i++) {
		struct operation operation;
		TRY(operation_get(tx, json_text(json_at(ids, i), ""), &operation));
		progress->count++;
		progress->percent_sum += operation.state == OPERATION_SUCCEEDED ? 100 : operation.progress_percent;
		progress->running += operation.state < OPERATION_SUCCEEDED;
		progress->has_failed = progress->has_failed || operation.state > OPERATION_SUCCEEDED;
	}
	return OK;
}

static struct step_result act_await(struct step *step)
{
	const struct lifecycle_options *options = step->context;
	struct progress progress = { .step = step };
	struct status status = store_read(options->store, step->arena, read_progress, &progress);

	if (!status_is_ok(status))
		return step_refused(PROVIDER_UNAVAILABLE, status);
	if (progress.running > 0) {
		struct step_result result = step_again(POLL_MS, NULL);
		result.progress_percent = progress.percent_sum / progress.count;
		return result;
	}
	if (progress.has_failed)
		return step_refused(PROVIDER_INVALID,
				    status_fail(step->arena, STATUS_ABORTED, "ITEM_FAILED",
						"at least one item of the order failed; the order and its items' operations say why"));
	return step_done(NULL);
}

/** However it ended, no item is left open. */
static struct status ended(struct store_tx *tx, const struct operation *operation, void *context)
{
	struct order order;

	(void)context;
	TRY(request_order_get(tx, json_text(json_get(operation->input, "order"), ""), &order));
	for (size_t i = 0; i < order.item_count; i++)
		if (order.items[i].state == ITEM_PENDING)
			TRY(request_item_settle(tx, order.name, order.items[i].number, ITEM_CANCELLED, NULL,
						"the order ended before this item began"));
	return settle_audit(tx, operation);
}

static const struct workflow_step steps[] = {
	{ "begin-items", { .record = begin_items }, .no_undo = "each item's own operation undoes what it did", .timeout_s = 60 },
	{ "await-items", { .act = act_await }, .no_undo = "it only waits", .timeout_s = 7200 },
};

const struct workflow workflow_fulfil_order = {
	.kind = REQUEST_FULFIL_ORDER, .steps = steps, .step_count = 2, .deadline_s = 7300, .ended = ended,
};
