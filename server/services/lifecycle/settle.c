/* SPDX-License-Identifier: Apache-2.0 */
/* settle.c: what every operation on a machine ends with. */
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/iam/iam.h"
#include "server/services/lifecycle/room.h"
#include "server/services/request/request.h"

const char *step_machine(const struct step *step)
{
	return json_text(json_get(step->input, "machine"), "");
}

struct status settle_size(struct store_tx *tx, struct machine *machine, const struct provider_machine *seen)
{
	struct quota_delta delta = { .vcpus = seen->vcpus > 0 ? seen->vcpus - machine->vcpus : 0,
				     .memory_mib = seen->memory_mib > 0 ? seen->memory_mib - machine->memory_mib : 0 };

	machine->vcpus += (int32_t)delta.vcpus;
	machine->memory_mib += delta.memory_mib;
	return request_quota_follow(tx, machine->project, &delta);
}

static struct status settle(struct store_tx *tx, const char *name, const struct provider_machine *seen, bool takes_size)
{
	struct machine machine;

	TRY(machine_get(tx, name, &machine));
	TRY(machine_meter(tx, &machine, time_now_us()));
	machine_observe(store_arena(tx), &machine, seen);
	if (takes_size)
		TRY(settle_size(tx, &machine, seen));
	machine.updated_us = time_now_us();
	return machine_update(tx, &machine);
}

struct status settle_observed(struct store_tx *tx, const char *name, const struct provider_machine *seen)
{
	return settle(tx, name, seen, false);
}

struct status settle_resized(struct store_tx *tx, const char *name, const struct provider_machine *seen)
{
	return settle(tx, name, seen, true);
}

struct status settle_free_machine(struct store_tx *tx, const struct operation *operation, const char *name)
{
	struct machine machine;

	TRY(machine_get(tx, name, &machine));
	if (!text_equal(resource_leaf(machine.operation), operation->id))
		return OK;
	machine.operation = "";
	machine.updated_us = time_now_us();
	return machine_update(tx, &machine);
}

/** The state that a free machine has: the cloud's last word. */
static enum machine_state resting_state(const struct machine *machine, const struct operation *operation)
{
	int64_t settled = json_int(json_get(operation->memo, "settled_state"), 0);

	if (machine->state == MACHINE_DELETED || machine->state == MACHINE_MISSING || machine->state == MACHINE_FAILED)
		return machine->state;
	if (settled)
		return (enum machine_state)settled;
	if (operation->state == OPERATION_SUCCEEDED)
		return machine->is_running ? MACHINE_RUNNING : MACHINE_STOPPED;
	return (enum machine_state)json_int(json_get(operation->input, "state_before"), MACHINE_STOPPED);
}

struct status settle_item(struct store_tx *tx, const struct operation *operation)
{
	const char *order = json_text(json_get(operation->input, "order"), NULL);
	bool is_done = operation->state == OPERATION_SUCCEEDED;

	if (!order)
		return OK;
	return request_item_settle(tx, order, (int)json_int(json_get(operation->input, "item"), 0),
				   is_done ? ITEM_FULFILLED : ITEM_FAILED, NULL,
				   is_done ? NULL : text_or_empty(operation->failure.message));
}

struct status settle_audit(struct store_tx *tx, const struct operation *operation)
{
	struct audit_entry entry = {
		.tenant = operation->tenant,
		.principal = operation->requested_by,
		.method = "operation",
		.service_method = arena_printf(store_arena(tx), "engine/%s", operation->kind),
		.resource = operation->target,
		.trace_id = operation->id,
		.status = operation->failure,
		.at_us = time_now_us(),
	};
	return iam_audit(tx, &entry);
}

struct status settle_machine(struct store_tx *tx, const struct operation *operation, void *context)
{
	struct machine machine;

	(void)context;
	TRY(machine_get(tx, json_text(json_get(operation->input, "machine"), ""), &machine));
	TRY(machine_meter(tx, &machine, time_now_us()));
	machine.state = resting_state(&machine, operation);
	machine.state_message = status_is_ok(operation->failure) ? "" : text_or_empty(operation->failure.message);
	machine.operation = "";
	machine.updated_us = time_now_us();
	TRY(machine_update(tx, &machine));
	TRY(settle_item(tx, operation));
	return settle_audit(tx, operation);
}
