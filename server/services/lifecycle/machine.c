/* SPDX-License-Identifier: Apache-2.0 */
/* machine.c: the rules of machines: states, beginnings, metering. */
#include "server/services/lifecycle/machine.h"

#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/engine/engine.h"
#include "server/services/catalog/catalog.h"
#include "server/services/cost/cost.h"

static const char *const state_names[] = {
	[MACHINE_CREATING] = "CREATING",   [MACHINE_RUNNING] = "RUNNING",   [MACHINE_STOPPED] = "STOPPED",
	[MACHINE_SUSPENDED] = "SUSPENDED", [MACHINE_UPDATING] = "UPDATING", [MACHINE_DELETING] = "DELETING",
	[MACHINE_DELETED] = "DELETED",	   [MACHINE_FAILED] = "FAILED",	    [MACHINE_MISSING] = "MISSING",
};

bool machine_exists(const struct machine *machine)
{
	return machine->state != MACHINE_DELETED && !(machine->state == MACHINE_FAILED && text_is_empty(machine->native_id));
}

enum machine_state machine_state_of(enum provider_machine_state state)
{
	switch (state) {
	case PROVIDER_MACHINE_RUNNING:
		return MACHINE_RUNNING;
	case PROVIDER_MACHINE_STOPPED:
		return MACHINE_STOPPED;
	case PROVIDER_MACHINE_SUSPENDED:
		return MACHINE_SUSPENDED;
	case PROVIDER_MACHINE_FAILED:
		return MACHINE_FAILED;
	case PROVIDER_MACHINE_GONE:
		return MACHINE_MISSING;
	case PROVIDER_MACHINE_BUILDING:
	case PROVIDER_MACHINE_TRANSITION:
	case PROVIDER_MACHINE_UNKNOWN:
		break;
	}
	return MACHINE_UPDATING;
}

/** "RUNNING or SUSPENDED" */
static const char *states_to_text(struct arena *arena, uint32_t states)
{
	struct text text = text_new(arena);

	for (unsigned state = MACHINE_CREATING; state <= MACHINE_MISSING; state++)
		if (states & 1u << state)
			text_printf(&text, "%s%s", text.size ? " or " : "", state_names[state]);
	return text.data;
}

struct status machine_check(struct store_tx *tx, const struct machine *machine, const struct machine_begin *begin)
{
	struct arena *arena = store_arena(tx);

	if (machine->state == MACHINE_FAILED && !machine_exists(machine))
		return status_fail(arena, STATUS_FAILED_PRECONDITION, "MACHINE_STATE",
				   "the machine was never made, so there is nothing to work on or delete; order a new one");
	if (!machine_exists(machine))
		return resource_not_found(arena, "Machine", machine->name);
	if (!text_is_empty(machine->operation))
		return status_with_metadata(arena,
			status_fail(arena, STATUS_FAILED_PRECONDITION, "MACHINE_BUSY",
				    "another operation works on the machine; wait for %s and retry", machine->operation),
			"operation", machine->operation);
	if (!(begin->allowed & 1u << machine->state))
		return status_fail(arena, STATUS_FAILED_PRECONDITION, "MACHINE_STATE",
				   "the machine is %s; this needs %s", state_names[machine->state],
				   states_to_text(arena, begin->allowed));
	return begin->verb == VERB_COUNT ? OK : catalog_verb_check(tx, machine->connection, begin->verb);
}

static const struct json *operation_input(struct arena *arena, const struct machine *machine, const struct machine_begin *begin)
{
	struct json *input = json_object(arena);
	const char *key;
	const struct json *value;

	json_set_text(input, "machine", machine->name);
	json_set_int(input, "state_before", machine->state);
	if (begin->order) {
		json_set_text(input, "order", begin->order);
		json_set_int(input, "item", begin->order_item);
	}
	for (size_t i = 0; begin->extra && json_member(begin->extra, i, &key, &value); i++)
		json_set(input, key, value);
	return input;
}

static struct status operation_new(struct store_tx *tx, const struct machine *machine, const struct machine_begin *begin,
				   const char **id)
{
	struct operation_spec spec = {
		.kind = begin->kind,
		.tenant = machine->tenant,
		.project = machine->project,
		.target = machine->name,
		.connection = machine->connection,
		.requested_by = begin->requested_by,
		.input = operation_input(store_arena(tx), machine, begin),
	};
	return operation_create(tx, &spec, id);
}

struct status machine_begin(struct store_tx *tx, struct machine *machine, const struct machine_begin *begin, const char **id)
{
	TRY(machine_check(tx, machine, begin));
	TRY(operation_new(tx, machine, begin, id));
	TRY(machine_meter(tx, machine, begin->now_us));
	machine->operation = arena_printf(store_arena(tx), "%s/operations/%s", machine->project, *id);
	machine->state = begin->meanwhile;
	machine->updated_us = begin->now_us;
	return machine_update(tx, machine);
}

struct status machine_begin_look(struct store_tx *tx, const char *name, const struct machine_begin *begin, const char **id)
{
	struct machine machine;

	TRY(machine_get(tx, name, &machine));
	if (!machine_exists(&machine))
		return resource_not_found(store_arena(tx), "Machine", name);
	TRY(catalog_verb_check(tx, machine.connection, begin->verb));
	return operation_new(tx, &machine, begin, id);
}

struct status machine_meter(struct store_tx *tx, struct machine *machine, int64_t now_us)
{
	if (machine->metered_us == 0 || now_us <= machine->metered_us)
		return OK;
	struct cost_metering metering = {
		.project = machine->project,
		.resource = machine->name,
		.resource_display_name = machine->display_name,
		.product_version = machine->product_version,
		.rate_card = machine->rate_card,
		.shape = { .vcpus = machine->vcpus, .memory_mib = machine->memory_mib, .disk_gib = machine->disk_gib },
		.is_running = machine->is_running,
		.from_us = machine->metered_us,
		.to_us = now_us,
	};
	TRY(cost_meter_machine(tx, &metering));
	machine->metered_us = now_us;
	return OK;
}

void machine_observe(struct arena *arena, struct machine *machine, const struct provider_machine *seen)
{
	struct json *addresses = json_array(arena);

	for (size_t i = 0; i < seen->address_count; i++)
		json_append_text(addresses, seen->addresses[i]);
	machine->addresses = addresses;
	if (seen->native_id)
		machine->native_id = seen->native_id;
	machine->native_state = text_or_empty(seen->native_state);
	machine->is_running = seen->state == PROVIDER_MACHINE_RUNNING;
}
