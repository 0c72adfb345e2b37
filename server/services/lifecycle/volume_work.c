/* SPDX-License-Identifier: Apache-2.0 */
/* volume_work.c: attaches, detaches and removes volumes at the cloud: what the workflows are put together from. */
#include "server/services/lifecycle/volume_work.h"

#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/request/request.h"

const char *step_volume(const struct step *step)
{
	return json_text(json_get(step->input, "volume"), "");
}

static const char *memo_text(const struct step *step, const char *key)
{
	return json_text(json_get(step->memo, key), "");
}

struct status volume_prepare(struct store_tx *tx, struct step *step)
{
	const char *machine_name = json_text(json_get(step->input, "machine"), NULL);
	struct volume volume;
	struct machine machine;

	TRY(volume_get(tx, step_volume(step), &volume));
	json_set_text(step->memo, "volume_id", volume.native_id);
	if (!machine_name)
		return OK;
	TRY(machine_get(tx, machine_name, &machine));
	json_set_text(step->memo, "machine_id", machine.native_id);
	return OK;
}

/** The first page is enough: an intent is that of one volume. */
static struct provider_result find(struct reach *reach, struct step *step, struct provider_volume *seen)
{
	struct provider_intent intent = { .resource = resource_leaf(step_volume(step)), .operation = step->operation->id,
					  .tenant = step->operation->tenant, .project = step->operation->project };
	struct provider_page page = { NULL, 0 };
	struct provider_volume *volumes = NULL;
	size_t count = 0;
	struct provider_result result =
		reach->provider->ops->volume->list(reach->session, &reach->call, &intent, &page, &volumes, &count);

	if (result.error != PROVIDER_OK)
		return result;
	if (count == 0)
		return provider_fail(step->arena, PROVIDER_NOT_FOUND, "the cloud has no volume of this intent");
	*seen = volumes[0];
	return result;
}

struct provider_result volume_look(struct reach *reach, struct step *step, struct provider_volume *seen)
{
	const char *id = memo_text(step, "volume_id");

	if (!text_is_empty(id))
		return reach->provider->ops->volume->get(reach->session, &reach->call, id, seen);
	struct provider_result result = find(reach, step, seen);
	if (result.error == PROVIDER_OK)
		json_set_text(step->memo, "volume_id", seen->native_id);
	return result;
}

/** What a verb answered that began something. */
static struct step_result begun(struct step *step, struct provider_result said, const struct provider_task *task)
{
	if (said.error != PROVIDER_OK)
		return step_failed_or_busy(step, said);
	reach_keep_task(step, task);
	return (struct step_result){ .verdict = STEP_DONE, .progress_percent = 50, .provider_request_id = said.request_id };
}

struct step_result volume_act_attach(struct step *step)
{
	struct reach reach;
	struct step_result result;
	struct provider_task task = { 0 };

	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	result = begun(step,
		       reach.provider->ops->volume->attach(reach.session, &reach.call, memo_text(step, "volume_id"),
							   memo_text(step, "machine_id"), &task),
		       &task);
	reach_close(&reach);
	return result;
}

struct step_result volume_act_detach(struct step *step)
{
	struct reach reach;
	struct step_result result;
	struct provider_task task = { 0 };

	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	result = begun(step,
		       reach.provider->ops->volume->detach(reach.session, &reach.call, memo_text(step, "volume_id"), &task),
		       &task);
	reach_close(&reach);
	return result;
}

/** DONE once it is attached to `machine` (a native id; "": nowhere), with what was seen in `scratch`. */
static struct step_result judge(struct step *step, struct provider_result said, const struct provider_volume *seen,
				const char *machine)
{
	if (said.error != PROVIDER_OK)
		return step_failed(step->arena, said);
	if (seen->state == PROVIDER_VOLUME_FAILED)
		return step_failed(step->arena, provider_fail(step->arena, PROVIDER_INVALID, "the cloud says that the volume failed (%s)",
							      text_or_empty(seen->native_state)));
	if (!text_equal(text_or_empty(seen->machine), machine) || seen->state == PROVIDER_VOLUME_TRANSITION ||
	    seen->state == PROVIDER_VOLUME_BUILDING)
		return step_again(VOLUME_POLL_MS, NULL);
	step->scratch = arena_memdup(step->arena, seen, sizeof *seen);
	return step_done(NULL);
}

static struct step_result await(struct step *step, const char *machine)
{
	struct reach reach;
	struct step_result result;
	struct provider_volume seen = { 0 };

	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	result = reach_task(&reach, step);
	if (result.verdict == STEP_DONE)
		result = judge(step, volume_look(&reach, step, &seen), &seen, machine);
	reach_close(&reach);
	return result;
}

struct step_result volume_act_await_attached(struct step *step)
{
	return await(step, memo_text(step, "machine_id"));
}

static struct step_result act_await_detached(struct step *step)
{
	return await(step, "");
}

/** The undo of an attach, and a detach in one step: sends it again as long as the cloud shows it attached. */
struct step_result volume_act_undo_attach(struct step *step)
{
	struct reach reach;
	struct step_result result;
	struct provider_volume seen = { 0 };
	struct provider_task task = { 0 };

	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	struct provider_result said = volume_look(&reach, step, &seen);
	if (said.error == PROVIDER_NOT_FOUND || (said.error == PROVIDER_OK && text_is_empty(seen.machine))) {
		result = step_done("it is attached nowhere");
	} else if (said.error != PROVIDER_OK) {
		result = step_failed(step->arena, said);
	} else {
		said = reach.provider->ops->volume->detach(reach.session, &reach.call, seen.native_id, &task);
		result = said.error == PROVIDER_OK || said.error == PROVIDER_CONFLICT ? step_again(VOLUME_POLL_MS, "detaching it")
										      : step_failed(step->arena, said);
	}
	reach_close(&reach);
	return result;
}

static struct status record_seen(struct store_tx *tx, struct step *step, const struct step_result *result, const char *machine)
{
	const struct provider_volume *seen = step->scratch;
	struct volume volume;

	if (result->verdict != STEP_DONE || !seen)
		return OK;
	TRY(volume_get(tx, step_volume(step), &volume));
	volume_observe(&volume, seen);
	volume.machine = machine;
	volume.updated_us = time_now_us();
	return volume_update(tx, &volume);
}

struct status volume_record_attached(struct store_tx *tx, struct step *step, const struct step_result *result)
{
	return record_seen(tx, step, result, json_text(json_get(step->input, "machine"), ""));
}

static struct status record_detached(struct store_tx *tx, struct step *step, const struct step_result *result)
{
	return record_seen(tx, step, result, "");
}

/* ---- growing ---- */

static int64_t wanted_gib(const struct step *step)
{
	return json_int(json_get(step->input, "size_gib"), 0);
}

static struct step_result act_grow(struct step *step)
{
	struct reach reach;
	struct step_result result;
	struct provider_task task = { 0 };

	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	result = begun(step,
		       reach.provider->ops->volume->grow(reach.session, &reach.call, memo_text(step, "volume_id"),
							 wanted_gib(step), &task),
		       &task);
	reach_close(&reach);
	return result;
}

static struct step_result act_await_grown(struct step *step)
{
	struct reach reach;
	struct step_result result;
	struct provider_volume seen = { 0 };

	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	result = reach_task(&reach, step);
	if (result.verdict == STEP_DONE) {
		struct provider_result said = volume_look(&reach, step, &seen);
		if (said.error != PROVIDER_OK)
			result = step_failed(step->arena, said);
		else if (seen.size_gib < wanted_gib(step))
			result = step_again(VOLUME_POLL_MS, "the cloud does not show the new size yet");
		else
			step->scratch = arena_memdup(step->arena, &seen, sizeof seen);
	}
	reach_close(&reach);
	return result;
}

static struct status record_grown(struct store_tx *tx, struct step *step, const struct step_result *result)
{
	struct volume volume;

	if (result->verdict != STEP_DONE || !step->scratch)
		return OK;
	TRY(volume_get(tx, step_volume(step), &volume));
	TRY(volume_meter(tx, &volume, time_now_us()));
	volume_observe(&volume, step->scratch);
	volume.size_gib = wanted_gib(step);
	volume.updated_us = time_now_us();
	json_set_bool(step->memo, "grown", true);
	return volume_update(tx, &volume);
}

/** A volume that did not grow gives back what it had reserved. */
static struct status ended_grow(struct store_tx *tx, const struct operation *operation, void *context)
{
	(void)context;
	if (!json_bool(json_get(operation->memo, "grown"), false)) {
		struct quota_delta back = { .disk_gib = -json_int(json_get(operation->input, "more_gib"), 0) };
		TRY(request_quota_adjust(tx, operation->project, &back));
	}
	return volume_settle(tx, operation);
}

/* ---- deleting ---- */

struct step_result volume_act_remove(struct step *step)
{
	struct reach reach;
	struct step_result result;
	struct provider_volume seen = { 0 };
	struct provider_task task = { 0 };

	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	const struct provider_volume_ops *ops = reach.provider->ops->volume;
	struct provider_result said = volume_look(&reach, step, &seen);
	if (said.error == PROVIDER_NOT_FOUND) {
		/* Only what was never seen may still turn up. */
		result = making_not_found(&reach, step, !text_is_empty(memo_text(step, "volume_id")),
					  "the cloud confirms that it is gone");
	} else if (said.error != PROVIDER_OK) {
		result = step_failed(step->arena, said);
	} else {
		said = text_is_empty(seen.machine) ? ops->remove(reach.session, &reach.call, seen.native_id, &task)
						   : ops->detach(reach.session, &reach.call, seen.native_id, &task);
		result = said.error == PROVIDER_OK || said.error == PROVIDER_CONFLICT || said.error == PROVIDER_NOT_FOUND
				 ? step_again(VOLUME_POLL_MS, text_is_empty(seen.machine) ? "removing it" : "detaching it")
				 : step_failed(step->arena, said);
	}
	reach_close(&reach);
	return result;
}

static struct status record_gone(struct store_tx *tx, struct step *step, const struct step_result *result)
{
	struct volume volume;

	if (result->verdict != STEP_DONE)
		return OK;
	TRY(volume_get(tx, step_volume(step), &volume));
	if (volume.state == VOLUME_DELETED)
		return OK;
	TRY(volume_meter(tx, &volume, time_now_us()));
	volume.state = VOLUME_DELETED;
	volume.machine = volume.device = "";
	volume.metered_us = 0;
	volume.updated_us = time_now_us();
	struct quota_delta back = { .disk_gib = -volume.size_gib };
	TRY(request_quota_adjust(tx, volume.project, &back));
	return volume_update(tx, &volume);
}

struct status volume_ended(struct store_tx *tx, const struct operation *operation, void *context)
{
	(void)context;
	return volume_settle(tx, operation);
}

/* ---- the workflows ---- */

static const struct workflow_step attach_steps[] = {
	{ "attach-volume", { .prepare = volume_prepare, .act = volume_act_attach }, { .act = volume_act_undo_attach },
	  .timeout_s = 600 },
	{ "await-attached", { .act = volume_act_await_attached, .record = volume_record_attached },
	  .no_undo = "the undo of attach-volume detaches it", .timeout_s = 900 },
};
static const struct workflow_step detach_steps[] = {
	{ "detach-volume", { .prepare = volume_prepare, .act = volume_act_detach }, .no_undo = "it stays where the cloud left it",
	  .timeout_s = 600 },
	{ "await-detached", { .act = act_await_detached, .record = record_detached },
	  .no_undo = "it stays where the cloud left it", .timeout_s = 900 },
};
static const struct workflow_step grow_steps[] = {
	{ "grow-volume", { .prepare = volume_prepare, .act = act_grow }, .no_undo = "a size that the cloud refused is not there",
	  .timeout_s = 600 },
	{ "await-size", { .act = act_await_grown, .record = record_grown }, .no_undo = "the new size stands", .timeout_s = 900 },
};
static const struct workflow_step delete_steps[] = {
	{ "delete-volume", { .prepare = volume_prepare, .act = volume_act_remove, .record = record_gone },
	  .no_undo = "what was deleted does not come back; a failed delete is repeated", .timeout_s = 1800 },
};

#define WORKFLOW(kind_, steps_, ended_)                                                                                  \
	{ .kind = kind_, .steps = steps_, .step_count = sizeof steps_ / sizeof steps_[0], .deadline_s = 3600, .ended = ended_ }

const struct workflow workflow_volume_attach = WORKFLOW(KIND_VOLUME_ATTACH, attach_steps, volume_ended);
const struct workflow workflow_volume_detach = WORKFLOW(KIND_VOLUME_DETACH, detach_steps, volume_ended);
const struct workflow workflow_volume_grow = WORKFLOW(KIND_VOLUME_GROW, grow_steps, ended_grow);
const struct workflow workflow_volume_delete = WORKFLOW(KIND_VOLUME_DELETE, delete_steps, volume_ended);
