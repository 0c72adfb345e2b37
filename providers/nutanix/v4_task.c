/* SPDX-License-Identifier: Apache-2.0 */
/* v4_task.c: work under way in v4, stage by stage. */
#include "providers/nutanix/v4.h"
#include "runtime/base/id.h"
#include "runtime/base/text.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

/* What comes after the task of a stage has succeeded; `data` is the task, NULL when the stage has none. */
struct stage {
	struct provider_session *session;
	struct provider_call *call;
	const struct nutanix_handle *handle;
	const struct json *data;
	struct provider_task_status *status;
};
typedef struct provider_result (*stage_next)(struct stage *stage);

static void go_on(struct stage *stage, const char *name, const char *task, const char *entity)
{
	stage->status->state = TASK_RUNNING;
	stage->status->stage = name;
	stage->status->next_handle = v4_handle(stage->call->arena, name, task, entity, stage->handle->extra).handle;
}

static const char *entity_of(const struct stage *stage, const char *kind)
{
	const char *made = stage->data ? v4_task_entity(stage->data, kind) : NULL;

	return made ? made : id_is_uuid(stage->handle->entity) ? stage->handle->entity : NULL;
}

/* Made, but off: v4 starts nothing by itself. Whoever asks again with this handle gets the same start. */
static struct provider_result create_next(struct stage *stage)
{
	const char *machine = entity_of(stage, ":vm"), *task = "-";

	if (!machine)
		return provider_fail(stage->call->arena, PROVIDER_UNAVAILABLE,
				     "Prism Central's task does not say which machine it made; retry");
	struct provider_result result =
		v4_power_begin(stage->session, stage->call, machine, "ON", stage->handle->task, &task);
	/* What acts on machines may see a new one a moment later than what tells of it. */
	if (result.error == PROVIDER_NOT_FOUND) {
		go_on(stage, "create", stage->handle->task, machine);
		return PROVIDER_DONE;
	}
	stage->status->native_id = machine;
	if (result.error == PROVIDER_OK && !text_equal(task, "-"))
		go_on(stage, "start", task, machine);
	return result;
}

static struct provider_result made_next(struct stage *stage)
{
	stage->status->native_id = stage->handle->entity;
	return PROVIDER_DONE;
}

static struct provider_result volume_next(struct stage *stage)
{
	stage->status->native_id = entity_of(stage, ":volume-group");
	return PROVIDER_DONE;
}

static struct provider_result image_next(struct stage *stage)
{
	stage->status->native_id = entity_of(stage, ":image");
	return PROVIDER_DONE;
}

static struct provider_result shutdown_next(struct stage *stage)
{
	struct provider_machine machine;
	struct provider_result result =
		v4_machine_read_one(stage->session, stage->call, stage->handle->entity, &machine);

	if (result.error == PROVIDER_OK && machine.state != PROVIDER_MACHINE_STOPPED)
		go_on(stage, "shutdown", "-", stage->handle->entity);
	return result;
}

static struct provider_result delete_next(struct stage *stage)
{
	size_t left = 0;
	struct provider_result result = v4_snapshots_sweep(stage->session, stage->call, stage->handle->entity, &left);

	if (result.error == PROVIDER_OK && left > 0)
		go_on(stage, "sweep", "-", stage->handle->entity);
	return result;
}

static struct provider_result tag_next(struct stage *stage)
{
	const char *task = "-";
	const struct json *tags = v4_tags_unpack(stage->call->arena, stage->handle->extra);

	if (!tags)
		return provider_fail(stage->call->arena, PROVIDER_NOT_FOUND, "the handle of the tags cannot be read");
	struct provider_result result = v4_tag_step(stage->session, stage->call, stage->handle->entity, tags, &task);
	if (result.error == PROVIDER_OK && !text_equal(task, "-"))
		go_on(stage, "tag", task, stage->handle->entity);
	return result;
}

static struct provider_result revert_off_next(struct stage *stage)
{
	const char *task = "-", *seed = stage->handle->task;
	struct provider_result result = v4_revert_begin(stage->session, stage->call, stage->handle->entity, stage->handle->extra,
							text_equal(seed, "-") ? NULL : seed, &task);

	if (result.error == PROVIDER_OK)
		go_on(stage, "revert-to-run", task, stage->handle->entity);
	return result;
}

static struct provider_result revert_run_next(struct stage *stage)
{
	const char *task = "-", *seed = stage->handle->task;
	struct provider_result result = v4_power_begin(stage->session, stage->call, stage->handle->entity, "ON",
						       text_equal(seed, "-") ? NULL : seed, &task);

	if (result.error == PROVIDER_OK && !text_equal(task, "-"))
		go_on(stage, "work", task, stage->handle->entity);
	return result;
}

static const struct {
	const char *name;
	stage_next next;
} STAGES[] = {
	{ "work", NULL },          { "create", create_next }, { "start", made_next },   { "shutdown", shutdown_next },
	{ "delete", delete_next }, { "sweep", delete_next },  { "tag", tag_next },      { "revert-off", revert_off_next },
	{ "revert", NULL },        { "volume", volume_next }, { "image", image_next },  { "revert-to-run", revert_run_next },
};

static struct provider_result task_ask(struct stage *stage)
{
	struct provider_result result = v4_task_get(stage->session, stage->call, stage->handle->task, &stage->data);

	if (result.error != PROVIDER_OK)
		return result;
	const char *word = json_text(json_get(stage->data, "status"), "");
	int64_t percent = json_int(json_get(stage->data, "progressPercentage"), 0);
	stage->status->progress_percent = percent < 0 ? 0 : percent > 100 ? 100 : (unsigned)percent;
	if (text_equal(word, "SUCCEEDED"))
		stage->status->state = TASK_DONE;
	if (text_equal(word, "FAILED") || text_equal(word, "CANCELED")) {
		stage->status->state = TASK_FAILED;
		stage->status->failure = nutanix_task_failure(stage->call->arena, stage->data);
	}
	return result;
}

/* A task that failed because of when it was asked for, and not of what: it is begun anew. */
static bool failed_too_early(const struct stage *stage)
{
	return text_equal(stage->handle->stage, "start") && stage->status->failure.error == PROVIDER_NOT_FOUND;
}

struct provider_result v4_task(struct provider_session *session, struct provider_call *call, const char *text,
			       struct provider_task_status *status)
{
	struct nutanix_handle handle;
	struct provider_task_status read = { .state = TASK_RUNNING };
	struct stage stage = { session, call, &handle, NULL, &read };
	struct provider_result result = nutanix_handle_read(call->arena, text, &handle);
	const char *task = "-";
	size_t row = 0;

	if (result.error != PROVIDER_OK)
		return result;
	while (row < COUNT_OF(STAGES) && !text_equal(STAGES[row].name, handle.stage))
		row++;
	if (row == COUNT_OF(STAGES))
		return provider_fail(call->arena, PROVIDER_NOT_FOUND, "no task of a Prism Central is at the stage \"%.32s\"",
				     handle.stage);
	if (text_equal(handle.task, "-"))
		read.state = TASK_DONE;
	else
		result = task_ask(&stage);
	if (result.error == PROVIDER_OK && read.state == TASK_FAILED && text_equal(handle.stage, "delete") &&
	    read.failure.error == PROVIDER_NOT_FOUND)
		read.state = TASK_DONE;
	if (result.error == PROVIDER_OK && read.state == TASK_FAILED && failed_too_early(&stage)) {
		result = v4_power_begin(session, call, handle.entity, "ON", handle.task, &task);
		if (result.error == PROVIDER_OK)
			go_on(&stage, "start", task, handle.entity);
	}
	if (result.error == PROVIDER_OK && read.state == TASK_DONE && STAGES[row].next)
		result = STAGES[row].next(&stage);
	if (result.error == PROVIDER_OK)
		*status = read;
	return result;
}
