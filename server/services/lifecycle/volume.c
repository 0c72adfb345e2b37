/* SPDX-License-Identifier: Apache-2.0 */
/* volume.c: the rules of volumes: states, beginnings, endings, metering. */
#include "server/services/lifecycle/volume.h"

#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/catalog/catalog.h"
#include "server/services/cost/cost.h"
#include "server/services/lifecycle/room.h"

#define AT_REST (1u << MACHINE_RUNNING | 1u << MACHINE_STOPPED | 1u << MACHINE_SUSPENDED)

static const char *const state_names[] = {
	[VOLUME_CREATING] = "CREATING", [VOLUME_AVAILABLE] = "AVAILABLE", [VOLUME_ATTACHED] = "ATTACHED",
	[VOLUME_UPDATING] = "UPDATING", [VOLUME_DELETING] = "DELETING",	  [VOLUME_DELETED] = "DELETED",
	[VOLUME_FAILED] = "FAILED",
};

bool volume_exists(const struct volume *volume)
{
	return volume->state != VOLUME_DELETED && !(volume->state == VOLUME_FAILED && text_is_empty(volume->native_id));
}

/** "AVAILABLE or FAILED" */
static const char *states_to_text(struct arena *arena, uint32_t states)
{
	struct text text = text_new(arena);

	for (unsigned state = VOLUME_CREATING; state <= VOLUME_FAILED; state++)
		if (states & 1u << state)
			text_printf(&text, "%s%s", text.size ? " or " : "", state_names[state]);
	return text.data;
}

/** The verb is asked of the volume's own connection below, so not of the machine's. */
static struct status check_machine(struct store_tx *tx, const struct volume_begin *begin)
{
	const struct machine_begin probe = { .allowed = AT_REST, .verb = VERB_COUNT };

	return begin->machine ? machine_check(tx, begin->machine, &probe) : OK;
}

struct status volume_check(struct store_tx *tx, const struct volume *volume, const struct volume_begin *begin)
{
	struct arena *arena = store_arena(tx);

	if (!volume_exists(volume))
		return resource_not_found(arena, "Volume", volume->name);
	if (!text_is_empty(volume->operation))
		return status_with_metadata(arena,
					    status_fail(arena, STATUS_FAILED_PRECONDITION, "VOLUME_BUSY",
							"another operation works on the volume; wait for %s and retry",
							volume->operation),
					    "operation", volume->operation);
	if (!(begin->allowed & 1u << volume->state))
		return status_fail(arena, STATUS_FAILED_PRECONDITION, "VOLUME_STATE", "the volume is %s; this needs %s",
				   state_names[volume->state], states_to_text(arena, begin->allowed));
	TRY(check_machine(tx, begin));
	return catalog_verb_check(tx, volume->connection, begin->verb);
}

static const struct json *operation_input(struct arena *arena, const struct volume *volume, const struct volume_begin *begin)
{
	struct json *input = json_object(arena);
	const char *key;
	const struct json *value;

	json_set_text(input, "volume", volume->name);
	json_set_int(input, "state_before", volume->state);
	if (begin->machine)
		json_set_text(input, "machine", begin->machine->name);
	for (size_t i = 0; begin->extra && json_member(begin->extra, i, &key, &value); i++)
		json_set(input, key, value);
	return input;
}

struct status volume_begin(struct store_tx *tx, struct volume *volume, const struct volume_begin *begin, const char **id)
{
	struct arena *arena = store_arena(tx);

	TRY(volume_check(tx, volume, begin));
	struct operation_spec spec = {
		.kind = begin->kind,
		.tenant = volume->tenant,
		.project = volume->project,
		.target = volume->name,
		.connection = volume->connection,
		.requested_by = begin->requested_by,
		.input = operation_input(arena, volume, begin),
	};
	TRY(operation_create(tx, &spec, id));
	volume->operation = arena_printf(arena, "%s/operations/%s", volume->project, *id);
	volume->state = begin->meanwhile;
	volume->updated_us = begin->now_us;
	if (begin->machine) {
		begin->machine->operation = volume->operation;
		begin->machine->updated_us = begin->now_us;
		TRY(machine_update(tx, begin->machine));
	}
	return volume_update(tx, volume);
}

struct status volume_meter(struct store_tx *tx, struct volume *volume, int64_t now_us)
{
	if (volume->metered_us == 0 || now_us <= volume->metered_us)
		return OK;
	struct cost_metering metering = {
		.project = volume->project,
		.resource = volume->name,
		.resource_display_name = volume->display_name,
		.product_version = volume->product_version,
		.rate_card = volume->rate_card,
		.shape = { .disk_gib = volume->size_gib },
		.from_us = volume->metered_us,
		.to_us = now_us,
	};
	TRY(cost_meter_machine(tx, &metering));
	volume->metered_us = now_us;
	return OK;
}

void volume_observe(struct volume *volume, const struct provider_volume *seen)
{
	if (seen->native_id)
		volume->native_id = seen->native_id;
	volume->native_state = text_or_empty(seen->native_state);
	volume->device = text_or_empty(seen->device);
	if (!text_is_empty(seen->type))
		volume->type = seen->type;
	if (!text_is_empty(seen->zone))
		volume->zone = seen->zone;
}

struct status volume_release(struct store_tx *tx, const char *machine, int64_t now_us)
{
	struct volume *volumes;
	size_t count;

	TRY(volumes_of_machine(tx, machine, &volumes, &count));
	for (size_t i = 0; i < count; i++) {
		volumes[i].machine = volumes[i].device = "";
		if (volumes[i].state == VOLUME_ATTACHED)
			volumes[i].state = VOLUME_AVAILABLE;
		volumes[i].updated_us = now_us;
		TRY(volume_update(tx, &volumes[i]));
	}
	return OK;
}

/** What an operation that did not succeed left as it was; UPDATING and the like are nobody's any more. */
static enum volume_state resting_state(const struct volume *volume, const struct operation *operation)
{
	enum volume_state before = (enum volume_state)json_int(json_get(operation->input, "state_before"), VOLUME_AVAILABLE);

	if (volume->state == VOLUME_DELETED || volume->state == VOLUME_FAILED)
		return volume->state;
	if (operation->state != OPERATION_SUCCEEDED && before == VOLUME_CREATING)
		return VOLUME_FAILED;
	return text_is_empty(volume->machine) ? VOLUME_AVAILABLE : VOLUME_ATTACHED;
}

struct status volume_settle(struct store_tx *tx, const struct operation *operation)
{
	const char *machine = json_text(json_get(operation->input, "machine"), NULL);
	struct volume volume;

	TRY(volume_get(tx, json_text(json_get(operation->input, "volume"), ""), &volume));
	TRY(volume_meter(tx, &volume, time_now_us()));
	volume.state = resting_state(&volume, operation);
	if (volume.state == VOLUME_FAILED)
		volume.metered_us = 0;
	volume.state_message = status_is_ok(operation->failure) ? "" : text_or_empty(operation->failure.message);
	volume.operation = "";
	volume.updated_us = time_now_us();
	TRY(volume_update(tx, &volume));
	if (machine)
		TRY(settle_free_machine(tx, operation, machine));
	return settle_audit(tx, operation);
}
