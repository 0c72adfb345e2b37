/* SPDX-License-Identifier: Apache-2.0 */
/* import.c: takes a machine that exists at a cloud into a project: looked at once more, tagged, then managed and metered. */
#include "server/services/lifecycle/import.h"

#include "runtime/base/id.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/catalog/catalog.h"
#include "server/services/lifecycle/drift.h"
#include "server/services/lifecycle/observed.h"
#include "server/services/lifecycle/room.h"
#include "server/services/request/request.h"

enum { POLL_MS = 300 };

/* ---- the beginning ---- */

static struct status find_observed(struct store_tx *tx, const struct import *import, struct observed *observed)
{
	struct arena *arena = store_arena(tx);
	struct machine machine;
	bool is_found;

	TRY(observed_get(tx, import->connection, import->native_id, observed, &is_found));
	if (!is_found)
		return status_fail(arena, STATUS_NOT_FOUND, "OBSERVED_RESOURCE_NOT_FOUND",
				   "no look at \"%s\" has seen \"%s\"; sync the connection, then list its observed resources",
				   import->connection, import->native_id);
	TRY(machine_of_native(tx, import->connection, import->native_id, &machine, &is_found));
	if ((is_found && machine_exists(&machine)) || observed->state == OBSERVED_MANAGED || observed->state == OBSERVED_IMPORTED)
		return status_fail(arena, STATUS_ALREADY_EXISTS, "MACHINE_MANAGED", "it is managed already, as %s",
				   is_found && machine_exists(&machine) ? machine.name : observed->machine);
	if (!text_is_empty(observed->operation))
		return status_fail(arena, STATUS_FAILED_PRECONDITION, "OBSERVED_RESOURCE_BUSY",
				   "an operation works on it; wait for %s and retry", observed->operation);
	if (observed->state == OBSERVED_GONE)
		return status_fail(arena, STATUS_FAILED_PRECONDITION, "OBSERVED_RESOURCE_GONE",
				   "the last look at the connection did not find it any more; sync it and look again");
	return OK;
}

static struct machine machine_of(struct arena *arena, const struct import *import, const struct observed *observed)
{
	return (struct machine){
		.name = arena_printf(arena, "%s/machines/%s", import->project, id_new(arena)),
		.tenant = resource_tenant(arena, import->project),
		.project = import->project,
		.display_name = text_is_empty(import->display_name) ? observed->display_name : import->display_name,
		.state = MACHINE_UPDATING,
		.state_message = "being imported",
		.connection = import->connection,
		.native_id = import->native_id,
		.native_state = observed->native_state,
		.deployment = arena_printf(arena, "%s/deployments/%s", import->project, id_new(arena)),
		.product_version = import->product_version,
		.rate_card = import->rate_card,
		.vcpus = observed->vcpus,
		.memory_mib = observed->memory_mib,
		.disk_gib = observed->disk_gib,
		.labels = import->labels,
		.owner = import->requested_by,
		.is_protected = import->is_protected,
		.created_us = import->now_us,
		.updated_us = import->now_us,
	};
}

/** By our names for them, where the catalog has any; else by the cloud's. */
static struct status name_offerings(struct store_tx *tx, const struct observed *observed, struct machine *machine)
{
	TRY(catalog_name_of(tx, machine->connection, CATALOG_SIZE, observed->size, &machine->size));
	TRY(catalog_name_of(tx, machine->connection, CATALOG_IMAGE, observed->image, &machine->image));
	TRY(catalog_name_of(tx, machine->connection, CATALOG_NETWORK, observed->network, &machine->network));
	if (text_is_empty(machine->image))
		machine->image = observed->image;
	if (text_is_empty(machine->network))
		machine->network = observed->network;
	return OK;
}

static struct status insert(struct store_tx *tx, const struct import *import, const struct machine *machine)
{
	struct deployment deployment = {
		.name = machine->deployment,
		.tenant = machine->tenant,
		.project = machine->project,
		.display_name = machine->display_name,
		.order_name = "", /* nobody ordered it */
		.product_version = machine->product_version,
		.parameters = json_object(store_arena(tx)),
		.state = DEPLOYMENT_CREATING,
		.owner = machine->owner,
		.created_us = import->now_us,
		.updated_us = import->now_us,
	};
	struct quota_delta taken = { 1, machine->vcpus, machine->memory_mib, machine->disk_gib };
	struct baseline baseline = { .name = "", .network = "", .tags = "", .imported_us = import->now_us };

	TRY(request_quota_adjust(tx, machine->project, &taken));
	TRY(deployment_insert(tx, &deployment));
	TRY(machine_insert(tx, machine));
	return baseline_put(tx, machine->name, &baseline);
}

struct status import_begin(struct store_tx *tx, const struct import *import, const char **id)
{
	struct arena *arena = store_arena(tx);
	struct json *input = json_object(arena);
	struct observed observed;

	TRY(find_observed(tx, import, &observed));
	struct machine machine = machine_of(arena, import, &observed);
	TRY(name_offerings(tx, &observed, &machine));
	*id = id_new(arena);
	json_set_text(input, "machine", machine.name);
	json_set_text(input, "native_id", import->native_id);
	json_set_int(input, "was", observed.state);
	json_set_bool(input, "untagged", import->is_untagged);
	struct operation_spec spec = {
		.id = *id,
		.kind = KIND_MACHINE_IMPORT,
		.tenant = machine.tenant,
		.project = machine.project,
		.target = machine.name,
		.connection = machine.connection,
		.requested_by = import->requested_by,
		.input = input,
	};
	machine.operation = arena_printf(arena, "%s/operations/%s", machine.project, *id);
	TRY(insert(tx, import, &machine));
	TRY(operation_create(tx, &spec, id));
	return observed_set_operation(tx, import->connection, import->native_id, machine.operation);
}

/* ---- the workflow ---- */

static const char *native_id_of(const struct step *step)
{
	return json_text(json_get(step->input, "native_id"), "");
}

static struct step_result look(struct reach *reach, struct step *step, struct provider_machine *seen)
{
	struct provider_result said = reach->provider->ops->get(reach->session, &reach->call, native_id_of(step), seen);

	if (said.error == PROVIDER_OK && seen->state == PROVIDER_MACHINE_GONE)
		said = provider_fail(step->arena, PROVIDER_NOT_FOUND, "the cloud does not have it any more");
	return said.error == PROVIDER_OK ? step_done(NULL) : step_failed(step->arena, said);
}

/** It is there, and what tags it has: they are put back should the import fail. */
static struct step_result act_verify(struct step *step)
{
	struct reach reach;
	struct step_result result;
	struct provider_machine seen = { 0 };

	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	result = look(&reach, step, &seen);
	if (result.verdict == STEP_DONE && seen.tags && !json_get(step->memo, "tags"))
		json_set(step->memo, "tags", seen.tags);
	reach_close(&reach);
	return result;
}

static struct step_result put_tags(struct reach *reach, struct step *step, const struct json *tags)
{
	struct provider_task task = { 0 };
	struct provider_result said =
		reach->provider->ops->tag(reach->session, &reach->call, native_id_of(step), tags, &task);

	if (said.error == PROVIDER_UNSUPPORTED)
		return step_done("the cloud takes no tags here; it is known by its id");
	if (said.error != PROVIDER_OK)
		return step_failed_or_busy(step, said);
	reach_keep_task(step, &task);
	json_set_bool(step->memo, "is_tagged", true);
	return (struct step_result){ .verdict = STEP_DONE, .provider_request_id = said.request_id };
}

static struct step_result act_tag(struct step *step)
{
	const struct lifecycle_options *options = step->context;
	struct reach reach;
	struct step_result result;

	if (json_bool(json_get(step->input, "untagged"), false))
		return step_done("it was asked for without tags; it is known by its id");
	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	result = reach.provider->ops->tag
			 ? put_tags(&reach, step, tags_with_ours(step->arena, json_get(step->memo, "tags"), options->installation,
								 step_machine(step)))
			 : step_done("this cloud has no tags; it is known by its id");
	reach_close(&reach);
	return result;
}

/** Whatever became of the tagging: the tags are as they were. */
static struct step_result act_untag(struct step *step)
{
	struct reach reach;
	struct step_result result;
	const struct json *tags = json_get(step->memo, "tags");

	if (json_bool(json_get(step->input, "untagged"), false))
		return step_done(NULL);
	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	result = reach.provider->ops->tag ? put_tags(&reach, step, tags ? tags : json_object(step->arena)) : step_done(NULL);
	if (result.verdict == STEP_FAILED && result.error == PROVIDER_NOT_FOUND)
		result = step_done("it is gone, and its tags with it");
	reach_close(&reach);
	return result;
}

static struct step_result act_await(struct step *step)
{
	struct reach reach;
	struct step_result result;
	struct provider_machine seen = { 0 };

	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	result = reach_task(&reach, step);
	if (result.verdict == STEP_DONE)
		result = look(&reach, step, &seen);
	if (result.verdict == STEP_DONE && machine_state_of(seen.state) == MACHINE_UPDATING)
		result = step_again(POLL_MS, "it is on its way from one state to another");
	if (result.verdict == STEP_DONE)
		step->scratch = arena_memdup(step->arena, &seen, sizeof seen);
	reach_close(&reach);
	return result;
}

/** From here on it is ours: as the cloud has it now, metered from now. */
static struct status record_await(struct store_tx *tx, struct step *step, const struct step_result *result)
{
	const struct provider_machine *seen = step->scratch;
	struct machine machine;

	if (result->verdict != STEP_DONE || !seen)
		return OK;
	TRY(machine_get(tx, step_machine(step), &machine));
	struct quota_delta disk = { .disk_gib = seen->disk_gib > 0 ? seen->disk_gib - machine.disk_gib : 0 };
	machine.disk_gib += disk.disk_gib;
	TRY(request_quota_follow(tx, machine.project, &disk));
	machine_observe(store_arena(tx), &machine, seen);
	TRY(settle_size(tx, &machine, seen));
	machine.metered_us = time_now_us();
	machine.updated_us = machine.metered_us;
	TRY(machine_update(tx, &machine));
	TRY(baseline_take(tx, machine.name, seen));
	json_set_int(step->memo, "settled_state", machine_state_of(seen->state));
	TRY(released_forget(tx, machine.connection, machine.native_id));
	TRY(observed_set_state(tx, machine.connection, machine.native_id, OBSERVED_IMPORTED, machine.name));
	return deployment_set_state(tx, machine.deployment, DEPLOYMENT_ACTIVE, machine.updated_us);
}

/** What was not imported was never ours: its row says so, and nothing that deletes can reach it. */
static struct status give_up(struct store_tx *tx, const struct operation *operation, struct machine *machine)
{
	struct quota_delta back = { -1, -machine->vcpus, -machine->memory_mib, -machine->disk_gib };
	int64_t was = json_int(json_get(operation->input, "was"), OBSERVED_FOREIGN);
	bool is_gone = text_equal(operation->failure.reason, "PROVIDER_NOT_FOUND");

	machine->state = MACHINE_DELETED;
	machine->is_running = false;
	machine->metered_us = 0;
	machine->updated_us = time_now_us();
	TRY(machine_update(tx, machine));
	TRY(request_quota_follow(tx, machine->project, &back));
	TRY(deployment_set_state(tx, machine->deployment, DEPLOYMENT_FAILED, machine->updated_us));
	if (is_gone)
		return observed_set_gone(tx, machine->connection, machine->native_id, false);
	return observed_set_state(tx, machine->connection, machine->native_id, (enum observed_state)was, "");
}

static struct status ended(struct store_tx *tx, const struct operation *operation, void *context)
{
	struct machine machine;

	TRY(machine_get(tx, json_text(json_get(operation->input, "machine"), ""), &machine));
	if (operation->state != OPERATION_SUCCEEDED)
		TRY(give_up(tx, operation, &machine));
	TRY(observed_set_operation(tx, machine.connection, machine.native_id, ""));
	return settle_machine(tx, operation, context);
}

static const struct workflow_step steps[] = {
	{ "verify", { .act = act_verify }, .no_undo = "it only reads", .timeout_s = 300 },
	{ "tag", { .act = act_tag }, { .act = act_untag }, .timeout_s = 300 },
	{ "await", { .act = act_await, .record = record_await }, .no_undo = "tag's undo takes the tags off", .timeout_s = 900 },
};

const struct workflow workflow_machine_import = {
	.kind = KIND_MACHINE_IMPORT, .steps = steps, .step_count = 3, .deadline_s = 1800, .ended = ended,
};
