/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot.c: takes, reverts to and deletes snapshots at the cloud. */
#include "server/services/lifecycle/snapshot.h"

#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/lifecycle/room.h"

enum { POLL_MS = 300 };

static const char *snapshot_name(const struct json *input)
{
	return json_text(json_get(input, "snapshot"), "");
}

static const char *memo_text(const struct step *step, const char *key)
{
	return json_text(json_get(step->memo, key), "");
}

static struct status prepare(struct store_tx *tx, struct step *step)
{
	struct machine machine;
	struct snapshot snapshot;

	TRY(machine_get(tx, step_machine(step), &machine));
	TRY(snapshot_get(tx, snapshot_name(step->input), &snapshot));
	json_set_text(step->memo, "native_id", machine.native_id);
	json_set_text(step->memo, "snapshot_id", snapshot.native_id);
	return OK;
}

/** Is there one of our name already? Sets memo "snapshot_id" when so. */
static struct provider_result find(struct reach *reach, struct step *step, bool *is_found)
{
	struct provider_snapshot *snapshots;
	size_t count = 0;
	const char *wanted = resource_leaf(snapshot_name(step->input));
	struct provider_result result = reach->provider->ops->snapshot_list(reach->session, &reach->call,
									    memo_text(step, "native_id"), &snapshots, &count);

	*is_found = false;
	for (size_t i = 0; result.error == PROVIDER_OK && i < count; i++)
		if (text_equal(snapshots[i].name, wanted)) {
			json_set_text(step->memo, "snapshot_id", snapshots[i].native_id);
			*is_found = true;
		}
	return result;
}

static struct step_result take(struct reach *reach, struct step *step)
{
	struct provider_task task = { 0 };
	const char *id = NULL;
	struct provider_result result = reach->provider->ops->snapshot_create(reach->session, &reach->call,
									      memo_text(step, "native_id"),
									      resource_leaf(snapshot_name(step->input)), &task, &id);

	if (result.error != PROVIDER_OK)
		return step_failed_or_busy(step, result);
	reach_keep_task(step, &task);
	if (id)
		json_set_text(step->memo, "snapshot_id", id);
	return (struct step_result){ .verdict = STEP_DONE, .progress_percent = 50, .provider_request_id = result.request_id };
}

static struct step_result act_take(struct step *step)
{
	struct reach reach;
	struct step_result result;
	bool is_found = false;

	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	struct provider_result said =
		step->attempt > 1 || step->is_resumed ? find(&reach, step, &is_found) : PROVIDER_DONE;
	if (said.error != PROVIDER_OK)
		result = step_failed(step->arena, said);
	else
		result = is_found ? step_done("found the snapshot of an earlier attempt") : take(&reach, step);
	reach_close(&reach);
	return result;
}

/** The task is done: the cloud must list it now. */
static struct step_result act_await_taken(struct step *step)
{
	struct reach reach;
	struct step_result result;
	bool is_found;

	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	result = reach_task(&reach, step);
	if (result.verdict == STEP_DONE) {
		struct provider_result said = find(&reach, step, &is_found);
		if (said.error != PROVIDER_OK)
			result = step_failed(step->arena, said);
		else if (!is_found)
			result = step_again(POLL_MS, "the cloud does not list it yet");
	}
	reach_close(&reach);
	return result;
}

static struct status record_taken(struct store_tx *tx, struct step *step, const struct step_result *result)
{
	struct snapshot snapshot;

	if (result->verdict != STEP_DONE)
		return OK;
	TRY(snapshot_get(tx, snapshot_name(step->input), &snapshot));
	snapshot.state = SNAPSHOT_READY;
	snapshot.native_id = memo_text(step, "snapshot_id");
	json_set_int(step->memo, "settled_state", json_int(json_get(step->input, "state_before"), MACHINE_RUNNING));
	return snapshot_update(tx, &snapshot);
}

static struct step_result act_revert_or_delete(struct step *step)
{
	struct reach reach;
	struct step_result result;
	struct provider_task task = { 0 };

	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	bool is_revert = text_equal(step->operation->kind, KIND_SNAPSHOT_REVERT);
	struct provider_result said =
		(is_revert ? reach.provider->ops->snapshot_revert : reach.provider->ops->snapshot_delete)(
			reach.session, &reach.call, memo_text(step, "native_id"), memo_text(step, "snapshot_id"), &task);
	if (said.error == PROVIDER_OK || (said.error == PROVIDER_NOT_FOUND && !is_revert)) {
		reach_keep_task(step, &task);
		result = (struct step_result){ .verdict = STEP_DONE, .progress_percent = 50,
					       .provider_request_id = said.request_id };
	} else {
		result = step_failed_or_busy(step, said);
	}
	reach_close(&reach);
	return result;
}

/** Waits for the task and looks at the machine: a revert may have changed its power and its size. */
static struct step_result act_await(struct step *step)
{
	struct reach reach;
	struct step_result result;
	struct provider_machine seen = { 0 };

	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	result = reach_task(&reach, step);
	if (result.verdict == STEP_DONE) {
		struct provider_result said =
			reach.provider->ops->get(reach.session, &reach.call, memo_text(step, "native_id"), &seen);
		if (said.error != PROVIDER_OK)
			result = step_failed(step->arena, said);
		else if (seen.state == PROVIDER_MACHINE_TRANSITION || seen.state == PROVIDER_MACHINE_BUILDING)
			result = step_again(POLL_MS, NULL);
		else
			step->scratch = arena_memdup(step->arena, &seen, sizeof seen);
	}
	reach_close(&reach);
	return result;
}

static struct status record_await(struct store_tx *tx, struct step *step, const struct step_result *result)
{
	const struct provider_machine *seen = step->scratch;

	if (result->verdict != STEP_DONE || !seen)
		return OK;
	json_set_int(step->memo, "settled_state", machine_state_of(seen->state));
	if (!text_equal(step->operation->kind, KIND_SNAPSHOT_DELETE))
		return settle_resized(tx, step_machine(step), seen);
	TRY(snapshot_remove(tx, snapshot_name(step->input)));
	return settle_observed(tx, step_machine(step), seen);
}

/** A snapshot that could not be taken is said to be so; one that could not be deleted is still there. */
static struct status ended(struct store_tx *tx, const struct operation *operation, void *context)
{
	struct snapshot snapshot;
	struct status found = snapshot_get(tx, snapshot_name(operation->input), &snapshot);

	if (status_is_ok(found) && snapshot.state != SNAPSHOT_READY && operation->state != OPERATION_SUCCEEDED) {
		/* Only one that was taken has an id at the cloud. */
		snapshot.state = text_is_empty(snapshot.native_id) ? SNAPSHOT_FAILED : SNAPSHOT_READY;
		TRY(snapshot_update(tx, &snapshot));
	}
	return settle_machine(tx, operation, context);
}

#define NO_UNDO "the snapshot or the machine stays as the cloud left it"

static const struct workflow_step create_steps[] = {
	{ "create-snapshot", { .prepare = prepare, .act = act_take }, .no_undo = NO_UNDO, .timeout_s = 900 },
	{ "await-snapshot", { .act = act_await_taken, .record = record_taken }, .no_undo = NO_UNDO, .timeout_s = 1800 },
};
static const struct workflow_step other_steps[] = {
	{ "send", { .prepare = prepare, .act = act_revert_or_delete }, .no_undo = NO_UNDO, .timeout_s = 900 },
	{ "await", { .act = act_await, .record = record_await }, .no_undo = NO_UNDO, .timeout_s = 1800 },
};

const struct workflow workflow_snapshot_create = {
	.kind = KIND_SNAPSHOT_CREATE, .steps = create_steps, .step_count = 2, .deadline_s = 3600, .ended = ended,
};
const struct workflow workflow_snapshot_revert = {
	.kind = KIND_SNAPSHOT_REVERT, .steps = other_steps, .step_count = 2, .deadline_s = 3600, .ended = ended,
};
const struct workflow workflow_snapshot_delete = {
	.kind = KIND_SNAPSHOT_DELETE, .steps = other_steps, .step_count = 2, .deadline_s = 3600, .ended = ended,
};
