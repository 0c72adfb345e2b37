/* SPDX-License-Identifier: Apache-2.0 */
/* volume_create.c: makes a volume where a machine is, and attaches it: intent first, found by it ever after. */
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/lifecycle/volume_work.h"
#include "server/services/request/request.h"

/** Where clouds have zones a volume must be in its machine's. */
static struct step_result act_look_at_machine(struct step *step)
{
	struct reach reach;
	struct step_result result;
	struct provider_machine seen = { 0 };

	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	struct provider_result said = reach.provider->ops->get(
		reach.session, &reach.call, json_text(json_get(step->memo, "machine_id"), ""), &seen);
	if (said.error != PROVIDER_OK) {
		result = step_failed(step->arena, said);
	} else {
		json_set_text(step->memo, "zone", text_or_empty(seen.zone));
		result = step_done(text_is_empty(seen.zone) ? NULL : arena_printf(step->arena, "its machine is in %s", seen.zone));
	}
	reach_close(&reach);
	return result;
}

static const char *text_or_null(const struct json *value)
{
	const char *text = json_text(value, NULL);
	return text_is_empty(text) ? NULL : text;
}

static struct provider_result find(struct reach *reach, struct step *step)
{
	struct provider_volume seen = { 0 };

	return volume_look(reach, step, &seen);
}

static struct provider_result make(struct reach *reach, struct step *step, struct provider_task *task,
				   const char **native_id)
{
	struct provider_volume_spec spec = {
		.intent = { .resource = resource_leaf(step_volume(step)), .operation = step->operation->id,
			    .tenant = step->operation->tenant, .project = step->operation->project },
		.name = json_text(json_get(step->input, "display_name"), "volume"),
		.size_gib = json_int(json_get(step->input, "size_gib"), 0),
		.type = text_or_null(json_get(step->input, "type")),
		.zone = text_or_null(json_get(step->memo, "zone")),
	};

	return reach->provider->ops->volume->create(reach->session, &reach->call, &spec, task, native_id);
}

static struct step_result act_create(struct step *step)
{
	static const struct making MAKING = {
		.what = "the volume", .memo_id = "volume_id", .find = find, .make = make
	};

	return making_act(step, &MAKING);
}

static struct step_result act_await(struct step *step)
{
	struct reach reach;
	struct step_result result;
	struct provider_volume seen = { 0 };

	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	result = reach_task(&reach, step);
	if (result.verdict == STEP_DONE) {
		struct provider_result said = volume_look(&reach, step, &seen);
		if (said.error == PROVIDER_NOT_FOUND)
			result = step_again(VOLUME_POLL_MS, "not visible yet");
		else if (said.error != PROVIDER_OK)
			result = step_failed(step->arena, said);
		else if (seen.state == PROVIDER_VOLUME_FAILED)
			result = step_failed(step->arena,
					     provider_fail(step->arena, PROVIDER_INVALID, "the cloud made the volume but it failed (%s)",
							   text_or_empty(seen.native_state)));
		else if (seen.state == PROVIDER_VOLUME_AVAILABLE || seen.state == PROVIDER_VOLUME_ATTACHED)
			step->scratch = arena_memdup(step->arena, &seen, sizeof seen);
		else
			result = step_again(VOLUME_POLL_MS, NULL);
	}
	reach_close(&reach);
	return result;
}

/** From now on it is there, and metered. */
static struct status record_await(struct store_tx *tx, struct step *step, const struct step_result *result)
{
	struct volume volume;

	if (result->verdict != STEP_DONE || !step->scratch)
		return OK;
	TRY(volume_get(tx, step_volume(step), &volume));
	volume_observe(&volume, step->scratch);
	volume.updated_us = time_now_us();
	if (volume.metered_us == 0)
		volume.metered_us = volume.updated_us;
	return volume_update(tx, &volume);
}

static struct status record_uncreate(struct store_tx *tx, struct step *step, const struct step_result *result)
{
	struct volume volume;

	TRY(volume_get(tx, step_volume(step), &volume));
	/* Should the undo fail in the end, what it found can still be deleted. */
	volume.native_id = result->verdict == STEP_DONE ? "" : json_text(json_get(step->memo, "volume_id"), volume.native_id);
	if (result->verdict == STEP_DONE)
		volume.machine = "";
	volume.updated_us = time_now_us();
	return volume_update(tx, &volume);
}

static struct status ended(struct store_tx *tx, const struct operation *operation, void *context)
{
	struct volume volume;

	(void)context;
	TRY(volume_settle(tx, operation));
	TRY(volume_get(tx, json_text(json_get(operation->input, "volume"), ""), &volume));
	/* What could not be removed is still there, and counts until it is deleted. */
	if (operation->state == OPERATION_SUCCEEDED || volume_exists(&volume))
		return OK;
	struct quota_delta back = { .disk_gib = -volume.size_gib };
	return request_quota_adjust(tx, operation->project, &back);
}

#define BY_CREATE "create-volume's undo detaches and removes it"

static const struct workflow_step steps[] = {
	{ "look-at-machine", { .prepare = volume_prepare, .act = act_look_at_machine }, .no_undo = "it only reads", .timeout_s = 120 },
	{ "create-volume",
	  { .prepare = making_prepare, .act = act_create },
	  { .act = volume_act_remove, .record = record_uncreate },
	  .timeout_s = 600 },
	{ "await-volume", { .act = act_await, .record = record_await }, .no_undo = BY_CREATE, .timeout_s = 900 },
	{ "attach-volume", { .act = volume_act_attach }, .no_undo = BY_CREATE, .timeout_s = 600 },
	{ "await-attached", { .act = volume_act_await_attached, .record = volume_record_attached }, .no_undo = BY_CREATE,
	  .timeout_s = 900 },
};

const struct workflow workflow_volume_create = {
	.kind = KIND_VOLUME_CREATE, .steps = steps, .step_count = sizeof steps / sizeof steps[0], .deadline_s = 3600, .ended = ended,
};
