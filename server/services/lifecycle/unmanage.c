/* SPDX-License-Identifier: Apache-2.0 */
/* unmanage.c: lets a machine go: it stays at its cloud, and Gaon forgets that it is its own. */
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/lifecycle/drift.h"
#include "server/services/lifecycle/import.h"
#include "server/services/lifecycle/observed.h"
#include "server/services/lifecycle/room.h"
#include "server/services/lifecycle/snapshot.h"
#include "server/services/lifecycle/volume.h"
#include "server/services/request/request.h"

struct status unmanage_begin(struct store_tx *tx, struct machine *machine, bool is_forced, const char *requested_by,
			     int64_t now_us, const char **id)
{
	struct json *extra = json_object(store_arena(tx));
	struct volume *volumes;
	size_t volume_count;
	struct machine_begin begin = {
		.kind = KIND_MACHINE_UNMANAGE,
		.allowed = ~0u,
		.meanwhile = MACHINE_UPDATING,
		.verb = VERB_COUNT,
		.extra = extra,
		.requested_by = requested_by,
		.now_us = now_us,
	};

	if (machine_exists(machine) && machine->is_protected)
		return status_fail(store_arena(tx), STATUS_FAILED_PRECONDITION, "DELETION_PROTECTED",
				   "%s is protected; take the protection off first", machine->name);
	TRY(volumes_of_machine(tx, machine->name, &volumes, &volume_count));
	if (volume_count > 0)
		return status_fail(store_arena(tx), STATUS_FAILED_PRECONDITION, "VOLUMES_ATTACHED",
				   "%s is attached to it and stays Gaon's; detach it first", volumes[0].name);
	json_set_bool(extra, "force", is_forced);
	return machine_begin(tx, machine, &begin, id);
}

static struct status prepare(struct store_tx *tx, struct step *step)
{
	struct machine machine;

	TRY(machine_get(tx, step_machine(step), &machine));
	json_set_text(step->memo, "native_id", machine.native_id);
	return OK;
}

static struct step_result act_look(struct step *step)
{
	const char *native_id = json_text(json_get(step->memo, "native_id"), "");
	struct reach reach;
	struct step_result result;
	struct provider_machine seen = { 0 };
	bool has_ours = false;

	if (json_bool(json_get(step->input, "force"), false) || text_is_empty(native_id))
		return step_done("the cloud is not asked");
	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	struct provider_result said = reach.provider->ops->get(reach.session, &reach.call, native_id, &seen);
	if (said.error == PROVIDER_NOT_FOUND)
		result = step_done("the cloud does not have it any more");
	else if (said.error != PROVIDER_OK)
		result = step_failed(step->arena, said);
	else
		result = step_done(NULL);
	if (said.error == PROVIDER_OK) {
		const struct json *tags = tags_without_ours(step->arena, seen.tags, &has_ours);
		if (has_ours)
			json_set(step->memo, "tags", tags);
	}
	reach_close(&reach);
	return result;
}

static struct step_result act_untag(struct step *step)
{
	const struct json *tags = json_get(step->memo, "tags");
	struct reach reach;
	struct step_result result;
	struct provider_task task = { 0 };

	if (!tags)
		return step_done("it bears no tags of ours");
	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	if (!reach.provider->ops->tag) {
		result = step_done("this cloud changes no tags");
	} else {
		struct provider_result said = reach.provider->ops->tag(
			reach.session, &reach.call, json_text(json_get(step->memo, "native_id"), ""), tags, &task);
		if (said.error == PROVIDER_OK)
			reach_keep_task(step, &task);
		result = said.error == PROVIDER_OK || said.error == PROVIDER_NOT_FOUND || said.error == PROVIDER_UNSUPPORTED
				 ? step_done(said.message)
				 : step_failed_or_busy(step, said);
	}
	reach_close(&reach);
	return result;
}

static struct step_result act_await(struct step *step)
{
	struct reach reach;
	struct step_result result;

	if (!json_get(step->memo, "task"))
		return step_done(NULL);
	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	result = reach_task(&reach, step);
	reach_close(&reach);
	return result;
}

/** Metered to this moment; what it held of the quotas goes back; whatever marks it bears, it is nobody's orphan. */
static struct status record_release(struct store_tx *tx, struct step *step, const struct step_result *result)
{
	struct machine machine, *siblings;
	struct deployment deployment;
	size_t count;
	bool is_last = true;

	(void)result;
	TRY(machine_get(tx, step_machine(step), &machine));
	if (machine.state == MACHINE_DELETED)
		return OK;
	TRY(deployment_get(tx, machine.deployment, &deployment));
	TRY(machine_meter(tx, &machine, time_now_us()));
	machine.state = MACHINE_DELETED;
	machine.is_running = false;
	machine.metered_us = 0;
	machine.updated_us = time_now_us();
	TRY(machine_update(tx, &machine));
	TRY(snapshot_forget(tx, machine.name));
	struct quota_delta back = { -1, -machine.vcpus, -machine.memory_mib, -machine.disk_gib };
	if (deployment.state != DEPLOYMENT_FAILED)
		TRY(request_quota_adjust(tx, machine.project, &back));
	if (!text_is_empty(machine.native_id)) {
		TRY(released_put(tx, &machine, machine.updated_us));
		TRY(drift_forget_all(tx, machine.connection, machine.native_id));
		TRY(observed_set_state(tx, machine.connection, machine.native_id, OBSERVED_FOREIGN, ""));
	}
	json_set_bool(step->memo, "is_released", true);
	TRY(machines_of_deployment(tx, machine.deployment, &siblings, &count));
	for (size_t i = 0; i < count; i++)
		is_last = is_last && !machine_exists(&siblings[i]);
	return is_last ? deployment_set_state(tx, machine.deployment, DEPLOYMENT_DELETED, machine.updated_us) : OK;
}

static struct status ended(struct store_tx *tx, const struct operation *operation, void *context)
{
	struct machine machine;

	TRY(settle_machine(tx, operation, context));
	if (!json_bool(json_get(operation->memo, "is_released"), false))
		return OK;
	TRY(machine_get(tx, json_text(json_get(operation->input, "machine"), ""), &machine));
	machine.state_message = "let go: it is still at its cloud, and no longer managed";
	return machine_update(tx, &machine);
}

#define NO_UNDO "what was let go can be imported again"

static const struct workflow_step steps[] = {
	{ "look", { .prepare = prepare, .act = act_look }, .no_undo = NO_UNDO, .timeout_s = 300 },
	{ "untag", { .act = act_untag }, .no_undo = NO_UNDO, .timeout_s = 300 },
	{ "await", { .act = act_await }, .no_undo = NO_UNDO, .timeout_s = 900 },
	{ "release", { .record = record_release }, .no_undo = NO_UNDO, .timeout_s = 60 },
};

const struct workflow workflow_machine_unmanage = {
	.kind = KIND_MACHINE_UNMANAGE, .steps = steps, .step_count = 4, .deadline_s = 1800, .ended = ended,
};
