/* SPDX-License-Identifier: Apache-2.0 */
/* machine_image_work.c: makes an image from a machine at the cloud, and deletes it: intent first, found by it ever after. */
#include "providers/image.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/lifecycle/machine_image.h"
#include "server/services/lifecycle/room.h"
#include "server/services/request/request.h"

enum { POLL_MS = 500 };

static const char *step_image(const struct step *step)
{
	return json_text(json_get(step->input, "image"), "");
}

static const char *memo_text(const struct step *step, const char *key)
{
	return json_text(json_get(step->memo, key), "");
}

static struct provider_intent intent_of(const struct step *step)
{
	return (struct provider_intent){ .resource = resource_leaf(step_image(step)), .operation = step->operation->id,
					 .tenant = step->operation->tenant, .project = step->operation->project };
}

static struct status prepare_create(struct store_tx *tx, struct step *step)
{
	struct machine machine;

	TRY(machine_get(tx, step_machine(step), &machine));
	json_set_text(step->memo, "machine_id", machine.native_id);
	return making_prepare(tx, step);
}

static struct status prepare_delete(struct store_tx *tx, struct step *step)
{
	struct machine_image image;

	TRY(machine_image_get(tx, step_image(step), &image));
	json_set_text(step->memo, "image_id", image.native_id);
	return OK;
}

/** One look, by our intent: the first page is enough, an intent is that of one image. NOT_FOUND when there is none. */
static struct provider_result look(struct reach *reach, struct step *step, struct provider_made_image *seen)
{
	struct provider_intent intent = intent_of(step);
	struct provider_page page = { NULL, 0 };
	struct provider_made_image *images = NULL;
	size_t count = 0;
	struct provider_result result =
		reach->provider->ops->image->list(reach->session, &reach->call, &intent, &page, &images, &count);

	if (result.error != PROVIDER_OK)
		return result;
	if (count == 0)
		return provider_fail(step->arena, PROVIDER_NOT_FOUND, "the cloud has no image of this intent");
	*seen = images[0];
	json_set_text(step->memo, "image_id", seen->image.native_id);
	return result;
}

/* ---- making ---- */

static struct provider_result find(struct reach *reach, struct step *step)
{
	struct provider_made_image seen = { .is_ready = false };

	return look(reach, step, &seen);
}

static struct provider_result make(struct reach *reach, struct step *step, struct provider_task *task,
				   const char **native_id)
{
	struct provider_image_spec spec = {
		.intent = intent_of(step),
		.name = json_text(json_get(step->input, "display_name"), "image"),
		.machine = memo_text(step, "machine_id"),
		.may_stop = json_bool(json_get(step->input, "may_stop"), false),
	};

	return reach->provider->ops->image->create(reach->session, &reach->call, &spec, task, native_id);
}

static struct step_result act_create(struct step *step)
{
	static const struct making MAKING = {
		.what = "the image", .memo_id = "image_id", .find = find, .make = make, .waits_out_conflicts = true
	};

	return making_act(step, &MAKING);
}

/** Whoever could see it at the cloud from now on is told whose it is. */
static struct status record_create(struct store_tx *tx, struct step *step, const struct step_result *result)
{
	const char *id = memo_text(step, "image_id");
	struct machine_image image;

	if (result->verdict == STEP_FAILED || text_is_empty(id))
		return OK;
	TRY(machine_image_get(tx, step_image(step), &image));
	if (text_equal(image.native_id, id))
		return OK;
	image.native_id = id;
	image.updated_us = time_now_us();
	return machine_image_update(tx, &image);
}

static struct step_result judge_new(struct step *step, struct provider_result said, const struct provider_made_image *seen)
{
	if (said.error == PROVIDER_NOT_FOUND)
		return step_again(POLL_MS, "not visible yet");
	if (said.error != PROVIDER_OK)
		return step_failed(step->arena, said);
	if (seen->is_failed)
		return step_failed(step->arena, provider_fail(step->arena, PROVIDER_INVALID, "the cloud made the image but it failed"));
	if (!seen->is_ready)
		return step_again(POLL_MS, NULL);
	step->scratch = arena_memdup(step->arena, seen, sizeof *seen);
	return step_done(seen->image.min_disk_gib > 0 ? NULL : "the cloud does not tell its size: it is not metered");
}

static struct step_result act_await(struct step *step)
{
	struct reach reach;
	struct step_result result;
	struct provider_made_image seen = { .is_ready = false };

	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	result = reach_task(&reach, step);
	if (result.verdict == STEP_DONE)
		result = judge_new(step, look(&reach, step, &seen), &seen);
	reach_close(&reach);
	return result;
}

/** It is there: offered, and where its size is known metered and counted as what it is. */
static struct status record_await(struct store_tx *tx, struct step *step, const struct step_result *result)
{
	const struct provider_made_image *seen = step->scratch;
	struct machine_image image;

	TRY(record_create(tx, step, result));
	if (result->verdict != STEP_DONE || !seen)
		return OK;
	TRY(machine_image_get(tx, step_image(step), &image));
	image.os = text_or_empty(seen->image.os);
	image.architecture = text_or_empty(seen->image.architecture);
	image.updated_us = time_now_us();
	if (seen->image.min_disk_gib > 0) {
		struct quota_delta delta = { .disk_gib = seen->image.min_disk_gib - image.quota_gib };
		image.size_gib = image.quota_gib = seen->image.min_disk_gib;
		image.metered_us = image.updated_us;
		TRY(request_quota_follow(tx, image.project, &delta));
	}
	TRY(catalog_offer_image(tx, image.connection, &seen->image, &image.image));
	return machine_image_update(tx, &image);
}

/* ---- deleting, and the undo of making ---- */

static struct step_result remove_seen(struct reach *reach, struct step *step, const char *native_id)
{
	struct provider_task task = { 0 };
	struct provider_result said = reach->provider->ops->image->remove(reach->session, &reach->call, native_id, &task);
	bool was_sent = json_bool(json_get(step->memo, "is_sent"), false);

	if (said.error == PROVIDER_OK)
		json_set_bool(step->memo, "is_sent", true);
	if (said.error == PROVIDER_OK || said.error == PROVIDER_NOT_FOUND || (said.error == PROVIDER_CONFLICT && was_sent))
		return step_again(POLL_MS, "removing it");
	return step_failed_or_busy(step, said);
}

static struct step_result act_remove(struct step *step)
{
	struct reach reach;
	struct step_result result;
	struct provider_made_image seen = { .is_ready = false };
	bool was_known = !text_is_empty(memo_text(step, "image_id"));

	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	struct provider_result said = look(&reach, step, &seen);
	if (said.error == PROVIDER_OK)
		result = remove_seen(&reach, step, seen.image.native_id);
	else if (said.error != PROVIDER_NOT_FOUND)
		result = step_failed(step->arena, said);
	else
		result = making_not_found(&reach, step, was_known && json_bool(json_get(step->memo, "is_sent"), false),
					  "the cloud confirms that it is gone");
	reach_close(&reach);
	return result;
}

static struct status record_gone(struct store_tx *tx, struct step *step, const struct step_result *result)
{
	struct machine_image image;

	if (result->verdict != STEP_DONE)
		return OK;
	TRY(machine_image_get(tx, step_image(step), &image));
	if (image.state == MACHINE_IMAGE_DELETED)
		return OK;
	TRY(machine_image_meter(tx, &image, time_now_us()));
	TRY(catalog_withdraw_image(tx, image.connection, image.native_id));
	image.state = MACHINE_IMAGE_DELETED;
	image.image = "";
	image.updated_us = time_now_us();
	return machine_image_update(tx, &image);
}

/** Should the undo fail in the end, what it found can still be deleted. */
static struct status record_uncreate(struct store_tx *tx, struct step *step, const struct step_result *result)
{
	struct machine_image image;

	TRY(machine_image_get(tx, step_image(step), &image));
	if (result->verdict == STEP_DONE) {
		TRY(catalog_withdraw_image(tx, image.connection, image.native_id));
		image.native_id = image.image = "";
	} else {
		image.native_id = memo_text(step, "image_id");
	}
	image.updated_us = time_now_us();
	return machine_image_update(tx, &image);
}

static struct status ended(struct store_tx *tx, const struct operation *operation, void *context)
{
	(void)context;
	return machine_image_settle(tx, operation);
}

/* ---- the workflows: whole disks are copied, so they may take hours ---- */

static const struct workflow_step create_steps[] = {
	{ "create-image", { .prepare = prepare_create, .act = act_create, .record = record_create },
	  { .act = act_remove, .record = record_uncreate }, .timeout_s = 7200 },
	{ "await-image", { .act = act_await, .record = record_await }, .no_undo = "create-image's undo removes it", .timeout_s = 14400 },
};
static const struct workflow_step delete_steps[] = {
	{ "delete-image", { .prepare = prepare_delete, .act = act_remove, .record = record_gone },
	  .no_undo = "what was deleted does not come back; a failed delete is repeated", .timeout_s = 1800 },
};

const struct workflow workflow_machine_image_create = {
	.kind = KIND_MACHINE_IMAGE_CREATE, .steps = create_steps, .step_count = 2, .deadline_s = 21600, .ended = ended,
};
const struct workflow workflow_machine_image_delete = {
	.kind = KIND_MACHINE_IMAGE_DELETE, .steps = delete_steps, .step_count = 1, .deadline_s = 3600, .ended = ended,
};
