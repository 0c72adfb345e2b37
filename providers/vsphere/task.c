/* SPDX-License-Identifier: Apache-2.0 */
/* task.c: looks at a task of vSphere by its `info`, and begins what comes after it. */
#include "providers/vsphere/vsphere.h"
#include "providers/vsphere/work.h"
#include "runtime/base/text.h"

struct stage_row {
	const char *name;
	const char *words;  /* for people */
	vsphere_step *next; /* after the stage's task, or (without a task) each time that it is looked at; NULL: nothing more */
	/** Of a task that ended in a fault: true when what was wanted is so all the same. */
	bool (*is_fine)(const struct vsphere_fault *fault);
	/** The next step can tell by itself how the task ended, should the server have forgotten it. */
	bool looks_itself;
};

static bool is_on(const struct vsphere_fault *fault)
{
	return text_equal(fault->type, "InvalidPowerState") &&
	       text_equal(xml_text(xml_child(fault->detail, "existingState"), NULL), "poweredOn");
}

static bool is_off(const struct vsphere_fault *fault)
{
	return text_equal(fault->type, "InvalidPowerState") &&
	       text_equal(xml_text(xml_child(fault->detail, "existingState"), NULL), "poweredOff");
}

static bool is_gone(const struct vsphere_fault *fault)
{
	return vsphere_fault_class(fault, PROVIDER_INVALID) == PROVIDER_NOT_FOUND;
}

/* A later stage looks itself at what is there: whoever lost the race for a name or a place goes on with the winner's. */
static bool is_there(const struct vsphere_fault *fault)
{
	return text_equal(fault->type, "DuplicateName") || text_equal(fault->type, "FileAlreadyExists") ||
	       text_equal(fault->type, "AlreadyExists");
}

/* Another attempt put its disk there meanwhile. */
static bool is_taken(const struct vsphere_fault *fault)
{
	return text_equal(fault->type, "InvalidDeviceSpec") || text_equal(fault->type, "ConcurrentAccess");
}

static const struct stage_row STAGES[] = {
	{ "alone", NULL, NULL, NULL, false },
	{ "on", "starting", NULL, is_on, false },
	{ "off", "switching off", NULL, is_off, false },
	{ "shutdown", "waiting for the guest to shut down", vsphere_shutdown_look, NULL, true },
	/* a machine is made */
	{ "clone", "cloning the template", vsphere_clone_done, is_there, false },
	{ "settle", "waiting for the clone", vsphere_settle, NULL, true },
	{ "shell", "making the machine", vsphere_shell_done, is_there, false },
	{ "copy", "copying the disk", vsphere_copy_done, NULL, false },
	{ "attach", "attaching the disk", vsphere_attach_done, is_taken, true },
	{ "configure", "configuring", vsphere_configure_done, NULL, true },
	{ "start", "starting", vsphere_start_done, is_on, true },
	{ "finish", "starting", vsphere_finish_done, NULL, true },
	{ "volume-claim", "attaching", vsphere_claim_done, NULL, true },
	/* a machine is removed */
	{ "remove-off", "switching off", vsphere_off_done, is_off, true },
	{ "remove-release", "detaching volumes", vsphere_release_done, NULL, true },
	{ "remove-destroy", "destroying", vsphere_destroy_done, is_gone, true },
	{ "remove-clean", "removing the folder", NULL, is_gone, true },
};

static const struct stage_row *stage_find(const char *name)
{
	for (size_t i = 0; i < sizeof STAGES / sizeof STAGES[0]; i++)
		if (text_equal(STAGES[i].name, name))
			return &STAGES[i];
	return NULL;
}

static struct provider_result no_task(struct provider_call *call)
{
	return provider_fail(call->arena, PROVIDER_NOT_FOUND, "vSphere has no such task (any more)");
}

/* The task's info: *info NULL when the server has forgotten it. */
static struct provider_result info_read(struct provider_session *session, struct provider_call *call, const char *task,
					const struct xml **info)
{
	static const char *const PATHS[] = { "info", NULL };
	const struct xml *object;

	*info = NULL;
	struct provider_result result = vsphere_properties(session, call, (struct vsphere_ref){ "Task", task }, PATHS, &object);
	if (result.error == PROVIDER_NOT_FOUND)
		return PROVIDER_DONE;
	if (result.error == PROVIDER_OK)
		*info = vsphere_property(object, "info");
	return result;
}

static struct provider_result running(struct provider_call *call, const struct stage_row *row, const struct vsphere_work *work,
				      int64_t progress, bool is_other, struct provider_task_status *status)
{
	*status = (struct provider_task_status){ .state = TASK_RUNNING,
						 .progress_percent = progress < 0 ? 0 : progress > 99 ? 99 : (unsigned)progress,
						 .native_id = work->vm,
						 .stage = row ? row->words : NULL };
	if (is_other)
		status->next_handle = vsphere_work_print(call->arena, work);
	return PROVIDER_DONE;
}

static struct provider_result failed(struct provider_call *call, const struct stage_row *row, const struct vsphere_work *work,
				     const struct vsphere_fault *fault, struct provider_task_status *status)
{
	/* The task is over, so what it did is known: nothing, or what the next look finds. */
	*status = (struct provider_task_status){
		.state = TASK_FAILED,
		.native_id = work->vm,
		.failure = provider_fail(call->arena, vsphere_fault_class(fault, PROVIDER_INVALID), "%s failed: %s",
					 row->words ? row->words : "the task", vsphere_fault_text(call->arena, fault)),
	};
	return PROVIDER_DONE;
}

/* The stage's own work is over: what is next? A refusal of it ends the whole; trouble on the way does not. */
static struct provider_result go_on(struct provider_session *session, struct provider_call *call, const struct stage_row *row,
				    struct vsphere_work *work, const struct xml *made, struct provider_task_status *status)
{
	const char *task = work->task, *stage = work->stage;
	struct provider_result result = PROVIDER_DONE;

	if (row->next) {
		result = row->next(session, call, work, made);
	} else {
		work->stage = NULL;
	}
	if (result.error != PROVIDER_OK && provider_error_is_retryable(result.error))
		return result;
	if (result.error != PROVIDER_OK) {
		*status = (struct provider_task_status){ .state = TASK_FAILED, .native_id = work->vm, .failure = result };
		return PROVIDER_DONE;
	}
	if (!work->stage) {
		*status = (struct provider_task_status){ .state = TASK_DONE, .progress_percent = 100, .native_id = work->vm };
		return PROVIDER_DONE;
	}
	bool is_other = !text_equal(task, work->task) || !text_equal(stage, work->stage);
	return running(call, stage_find(work->stage), work, 0, is_other, status);
}

struct provider_result vsphere_task(struct provider_session *session, struct provider_call *call, const char *handle,
				    struct provider_task_status *status)
{
	struct vsphere_work work;
	const struct xml *info = NULL;

	if (!vsphere_work_read(call->arena, handle, &work))
		return no_task(call);
	const struct stage_row *row = stage_find(work.stage);
	if (!row || (!work.task && !row->next))
		return no_task(call);
	if (!work.task)
		return go_on(session, call, row, &work, NULL, status);
	struct provider_result result = info_read(session, call, work.task, &info);
	if (result.error != PROVIDER_OK)
		return result;
	if (!info)
		return row->looks_itself && row->next ? go_on(session, call, row, &work, NULL, status) : no_task(call);
	const char *state = xml_text(xml_child(info, "state"), "");
	if (text_equal(state, "queued") || text_equal(state, "running"))
		return running(call, row, &work, xml_int(xml_child(info, "progress"), 0), false, status);
	if (text_equal(state, "error")) {
		struct vsphere_fault fault = vsphere_fault_of_task(xml_child(info, "error"));
		if (!row->is_fine || !row->is_fine(&fault))
			return failed(call, row, &work, &fault, status);
		return go_on(session, call, row, &work, NULL, status);
	}
	if (!text_equal(state, "success"))
		return provider_fail(call->arena, PROVIDER_UNAVAILABLE, "vSphere tells no state of the task %s; try again", work.task);
	return go_on(session, call, row, &work, xml_child(info, "result"), status);
}
