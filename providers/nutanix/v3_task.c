/* SPDX-License-Identifier: Apache-2.0 */
/* v3_task.c: work under way in v3, stage by stage. */
#include "providers/nutanix/v3.h"
#include "runtime/base/id.h"
#include "runtime/base/text.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

/* What comes after the task of a stage has succeeded. `status` says it; nothing said means that all is done. */
typedef struct provider_result (*stage_next)(struct provider_session *session, struct provider_call *call,
					     const struct nutanix_handle *handle, struct provider_task_status *status);

static void go_on(struct provider_call *call, const struct nutanix_handle *handle, const char *stage, const char *task,
		  struct provider_task_status *status)
{
	status->state = TASK_RUNNING;
	status->stage = stage;
	status->next_handle = v3_handle(call->arena, stage, task, handle->entity, handle->extra).handle;
}

static struct provider_result made_next(struct provider_session *session, struct provider_call *call,
					const struct nutanix_handle *handle, struct provider_task_status *status)
{
	(void)session;
	(void)call;
	status->native_id = handle->entity;
	return PROVIDER_DONE;
}

/* The guest was asked: it is done when it has gone down. */
static struct provider_result shutdown_next(struct provider_session *session, struct provider_call *call,
					    const struct nutanix_handle *handle, struct provider_task_status *status)
{
	struct provider_machine machine;
	struct provider_result result = v3_machine_read_one(session, call, handle->entity, &machine);

	if (result.error == PROVIDER_OK && machine.state != PROVIDER_MACHINE_STOPPED)
		go_on(call, handle, "shutdown", "-", status);
	return result;
}

static struct provider_result delete_next(struct provider_session *session, struct provider_call *call,
					  const struct nutanix_handle *handle, struct provider_task_status *status)
{
	size_t left = 0;
	struct provider_result result = v3_snapshots_sweep(session, call, handle->entity, &left);

	if (result.error == PROVIDER_OK && left > 0)
		go_on(call, handle, "sweep", "-", status);
	return result;
}

/* The machine was switched off for a revert, and is to run again after it. */
static struct provider_result revert_off_next(struct provider_session *session, struct provider_call *call,
					      const struct nutanix_handle *handle, struct provider_task_status *status)
{
	const char *task = "-";
	struct provider_result result = v3_revert_begin(session, call, handle->entity, handle->extra, &task);

	if (result.error == PROVIDER_OK)
		go_on(call, handle, "revert-to-run", task, status);
	return result;
}

static struct provider_result revert_run_next(struct provider_session *session, struct provider_call *call,
					      const struct nutanix_handle *handle, struct provider_task_status *status)
{
	const char *task = "-";
	struct provider_result result = v3_power_begin(session, call, handle->entity, "ON", &task);

	if (result.error == PROVIDER_OK && !text_equal(task, "-"))
		go_on(call, handle, "work", task, status);
	return result;
}

static const struct {
	const char *name;
	stage_next next;
} STAGES[] = {
	{ "work", NULL },          { "create", made_next },           { "shutdown", shutdown_next },
	{ "delete", delete_next }, { "sweep", delete_next },          { "revert-off", revert_off_next },
	{ "revert", NULL },        { "revert-to-run", revert_run_next },
};

static struct provider_result task_ask(struct provider_session *session, struct provider_call *call, const char *task,
				       struct provider_task_status *status)
{
	struct nutanix_answer answer;
	struct nutanix_request request = { .method = "GET",
					   .path = arena_printf(call->arena, V3 "tasks/%s", task),
					   .what = "reading the task",
					   .is_read = true };
	struct provider_result result = nutanix_send(session, call, &request, &answer);

	if (result.error != PROVIDER_OK)
		return result;
	const char *word = json_text(json_get(answer.body, "status"), "");
	int64_t percent = json_int(json_get(answer.body, "percentage_complete"), 0);
	status->progress_percent = percent < 0 ? 0 : percent > 100 ? 100 : (unsigned)percent;
	if (text_equal(word, "SUCCEEDED"))
		status->state = TASK_DONE;
	if (text_equal(word, "FAILED") || text_equal(word, "ABORTED")) {
		status->state = TASK_FAILED;
		status->failure = nutanix_task_failure(call->arena, answer.body);
	}
	return result;
}

struct provider_result v3_task(struct provider_session *session, struct provider_call *call, const char *text,
			       struct provider_task_status *status)
{
	struct nutanix_handle handle;
	struct provider_task_status read = { .state = TASK_RUNNING };
	struct provider_result result = nutanix_handle_read(call->arena, text, &handle);
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
		result = task_ask(session, call, handle.task, &read);
	/* A machine that went away while somebody waited for it to be deleted is what was wanted. */
	if (result.error == PROVIDER_OK && read.state == TASK_FAILED && text_equal(handle.stage, "delete") &&
	    read.failure.error == PROVIDER_NOT_FOUND)
		read.state = TASK_DONE;
	if (result.error == PROVIDER_OK && read.state == TASK_DONE && STAGES[row].next)
		result = STAGES[row].next(session, call, &handle, &read);
	if (result.error == PROVIDER_OK)
		*status = read;
	return result;
}
