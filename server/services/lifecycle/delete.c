/* SPDX-License-Identifier: Apache-2.0 */
/* delete.c: removes a machine, and is done only when the cloud confirms that it is gone. */
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/lifecycle/drift.h"
#include "server/services/lifecycle/metrics.h"
#include "server/services/lifecycle/room.h"
#include "server/services/lifecycle/snapshot.h"
#include "server/services/lifecycle/tag.h"
#include "server/services/lifecycle/volume.h"
#include "server/services/request/request.h"

enum { POLL_MS = 300 };

static struct status prepare(struct store_tx *tx, struct step *step)
{
	struct json *attached = json_array(step->arena);
	struct machine machine;
	struct volume *volumes;
	size_t count;

	TRY(machine_get(tx, step_machine(step), &machine));
	json_set_text(step->memo, "native_id", machine.native_id);
	TRY(volumes_of_machine(tx, machine.name, &volumes, &count));
	for (size_t i = 0; i < count; i++)
		json_append_text(attached, volumes[i].native_id);
	json_set(step->memo, "attached", attached);
	return OK;
}

/** Some clouds delete what is attached together with the machine: volumes outlive it, so they come off first. */
static struct step_result detach_volumes(struct reach *reach, struct step *step)
{
	const struct json *attached = json_get(step->memo, "attached");

	for (size_t i = 0; i < json_size(attached) && reach->provider->ops->volume; i++) {
		const char *id = json_text(json_at(attached, i), "");
		struct provider_volume seen = { 0 };
		struct provider_task task = { 0 };
		struct provider_result said = reach->provider->ops->volume->get(reach->session, &reach->call, id, &seen);
		bool is_off = said.error == PROVIDER_NOT_FOUND || (said.error == PROVIDER_OK && text_is_empty(seen.machine));

		if (is_off)
			continue;
		if (said.error == PROVIDER_OK)
			said = reach->provider->ops->volume->detach(reach->session, &reach->call, id, &task);
		return said.error == PROVIDER_OK || said.error == PROVIDER_CONFLICT ? step_again(POLL_MS, "detaching its volumes")
										    : step_failed(step->arena, said);
	}
	json_remove(step->memo, "attached");
	return step_done(NULL);
}

/** One look: by the cloud's id, or by our intent for a machine whose id we never learnt. */
static struct provider_result look(struct reach *reach, struct step *step, struct provider_machine *seen)
{
	const char *native_id = json_text(json_get(step->memo, "native_id"), "");
	struct provider_intent intent = { .resource = resource_leaf(step_machine(step)), .operation = step->operation->id,
					  .tenant = step->operation->tenant, .project = step->operation->project };

	if (!text_is_empty(native_id))
		return reach->provider->ops->get(reach->session, &reach->call, native_id, seen);
	return reach->provider->ops->find(reach->session, &reach->call, &intent, seen);
}

static struct step_result act_remove(struct step *step)
{
	struct reach reach;
	struct step_result result;
	struct provider_task task = { 0 };
	struct provider_machine seen = { 0 };
	const char *native_id = json_text(json_get(step->memo, "native_id"), "");

	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	result = detach_volumes(&reach, step);
	if (result.verdict != STEP_DONE) {
		reach_close(&reach);
		return result;
	}
	struct provider_result said = PROVIDER_DONE;
	if (text_is_empty(native_id)) {
		said = look(&reach, step, &seen);
		native_id = said.error == PROVIDER_OK ? seen.native_id : "";
		if (said.error == PROVIDER_OK)
			json_set_text(step->memo, "native_id", seen.native_id);
	}
	if (said.error == PROVIDER_OK)
		said = reach.provider->ops->remove(reach.session, &reach.call, native_id, &task);
	if (said.error != PROVIDER_OK && said.error != PROVIDER_NOT_FOUND) {
		result = step_failed(step->arena, said);
	} else {
		reach_keep_task(step, &task);
		result = (struct step_result){ .verdict = STEP_DONE, .progress_percent = 50,
					       .provider_request_id = said.request_id };
	}
	reach_close(&reach);
	return result;
}

static struct step_result act_verify(struct step *step)
{
	struct reach reach;
	struct step_result result;
	struct provider_machine seen = { 0 };

	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	result = reach_task(&reach, step);
	if (result.verdict == STEP_DONE) {
		struct provider_result said = look(&reach, step, &seen);
		if (said.error == PROVIDER_NOT_FOUND || (said.error == PROVIDER_OK && seen.state == PROVIDER_MACHINE_GONE))
			result = step_done("the cloud confirms that it is gone");
		else if (said.error == PROVIDER_OK)
			result = step_again(POLL_MS, NULL);
		else
			result = step_failed(step->arena, said);
	}
	reach_close(&reach);
	return result;
}

/** What its deployment was: of one that never came to be, the quota went back when its order failed. */
static enum deployment_state deployment_before(const struct json *input)
{
	return (enum deployment_state)json_int(json_get(input, "deployment_before"), DEPLOYMENT_ACTIVE);
}

/** The tombstone is set, the quota goes back, and a deployment without machines is done. */
static struct status record_verify(struct store_tx *tx, struct step *step, const struct step_result *result)
{
	struct machine machine, *siblings;
	size_t count;
	bool is_last = true;

	if (result->verdict != STEP_DONE)
		return OK;
	TRY(machine_get(tx, step_machine(step), &machine));
	if (machine.state == MACHINE_DELETED)
		return OK;
	TRY(machine_meter(tx, &machine, time_now_us()));
	machine.state = MACHINE_DELETED;
	machine.is_running = false;
	machine.metered_us = 0;
	machine.updated_us = time_now_us();
	TRY(machine_update(tx, &machine));
	TRY(snapshot_forget(tx, machine.name));
	TRY(metrics_forget(tx, machine.name));
	TRY(tag_forget(tx, machine.name));
	TRY(volume_release(tx, machine.name, machine.updated_us));
	TRY(drift_forget_all(tx, machine.connection, machine.native_id));
	struct quota_delta back = { -1, -machine.vcpus, -machine.memory_mib, -machine.disk_gib };
	if (deployment_before(step->input) != DEPLOYMENT_FAILED)
		TRY(request_quota_adjust(tx, machine.project, &back));
	TRY(machines_of_deployment(tx, machine.deployment, &siblings, &count));
	for (size_t i = 0; i < count; i++)
		is_last = is_last && !machine_exists(&siblings[i]);
	return is_last ? deployment_set_state(tx, machine.deployment, DEPLOYMENT_DELETED, machine.updated_us) : OK;
}

/** What could not be deleted is as it was, so that it can be tried again. */
static struct status ended(struct store_tx *tx, const struct operation *operation, void *context)
{
	struct machine machine;
	struct deployment deployment;

	if (operation->state != OPERATION_SUCCEEDED) {
		TRY(machine_get(tx, json_text(json_get(operation->input, "machine"), ""), &machine));
		TRY(deployment_get(tx, machine.deployment, &deployment));
		if (deployment.state == DEPLOYMENT_DELETING)
			TRY(deployment_set_state(tx, deployment.name, deployment_before(operation->input), time_now_us()));
	}
	return settle_machine(tx, operation, context);
}

#define NO_UNDO "what was deleted does not come back; a failed delete is repeated"

static const struct workflow_step steps[] = {
	{ "delete-machine", { .prepare = prepare, .act = act_remove }, .no_undo = NO_UNDO, .timeout_s = 900 },
	{ "verify-gone", { .act = act_verify, .record = record_verify }, .no_undo = NO_UNDO, .timeout_s = 1800 },
};

const struct workflow workflow_machine_delete = {
	.kind = KIND_MACHINE_DELETE, .steps = steps, .step_count = 2, .deadline_s = 3600, .ended = ended,
};
