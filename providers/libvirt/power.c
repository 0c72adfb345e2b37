/* SPDX-License-Identifier: Apache-2.0 */
/* power.c: switching machines on and off. */
#include <string.h>

#include "providers/libvirt/sidecar.h"
#include "runtime/base/id.h"
#include "runtime/base/text.h"

#define STATE(name) (1u << PROVIDER_MACHINE_##name)
#define SHUTDOWN_HANDLE "shutdown:"

static int start(virDomainPtr domain)
{
	return virDomainCreate(domain);
}

static int stop(virDomainPtr domain)
{
	return virDomainDestroy(domain);
}

static int ask_down(virDomainPtr domain)
{
	return virDomainShutdown(domain);
}

static int ask_reboot(virDomainPtr domain)
{
	return virDomainReboot(domain, 0);
}

static int reset(virDomainPtr domain)
{
	return virDomainReset(domain, 0);
}

static int suspend(virDomainPtr domain)
{
	return virDomainSuspend(domain);
}

static int resume(virDomainPtr domain)
{
	return virDomainResume(domain);
}

struct move {
	int (*act)(virDomainPtr domain);
	uint32_t from, already; /* states; `already`: nothing is left to do */
	const char *failure;
};

#define FIRST_MOVE VERB_START
static const struct move MOVES[] = {
	[VERB_START - FIRST_MOVE] = { start, STATE(STOPPED) | STATE(BUILDING) | STATE(FAILED), STATE(RUNNING),
				      "the machine cannot be started" },
	[VERB_STOP - FIRST_MOVE] = { stop,
				     STATE(RUNNING) | STATE(SUSPENDED) | STATE(TRANSITION) | STATE(FAILED) | STATE(UNKNOWN),
				     STATE(STOPPED) | STATE(BUILDING), "the machine cannot be switched off" },
	[VERB_SHUTDOWN - FIRST_MOVE] = { ask_down, STATE(RUNNING) | STATE(TRANSITION), STATE(STOPPED) | STATE(BUILDING),
					 "the guest cannot be asked to shut down" },
	[VERB_REBOOT - FIRST_MOVE] = { ask_reboot, STATE(RUNNING), 0, "the guest cannot be asked to reboot" },
	[VERB_RESET - FIRST_MOVE] = { reset, STATE(RUNNING), 0, "the machine cannot be reset" },
	[VERB_SUSPEND - FIRST_MOVE] = { suspend, STATE(RUNNING), STATE(SUSPENDED), "the machine cannot be suspended" },
	[VERB_RESUME - FIRST_MOVE] = { resume, STATE(SUSPENDED), STATE(RUNNING), "the machine cannot be resumed" },
};

struct power_arguments {
	const char *native_id;
	enum provider_verb verb;
	bool is_waiting; /* a shutdown that the guest has still to carry out */
};

/* A machine whose create was cut off is as good as any other once somebody started it. */
static struct provider_result mark_complete(struct libvirt_work *work, virDomainPtr domain)
{
	struct provider_machine machine;
	struct libvirt_marks marks;
	struct provider_result result = libvirt_domain_tell(work, domain, &machine, &marks);
	if (result.error != PROVIDER_OK || marks.is_complete)
		return result;
	marks.is_complete = true;
	return libvirt_marks_write(work, domain, &marks);
}

static struct provider_result power_do(struct libvirt_work *work, void *pointer)
{
	struct power_arguments *arguments = pointer;
	const struct move *move = &MOVES[arguments->verb - FIRST_MOVE];
	virDomainPtr domain;
	enum provider_machine_state state;
	const char *native_state;
	struct provider_result result = libvirt_domain_find(work, arguments->native_id, &domain);
	if (result.error == PROVIDER_OK)
		result = libvirt_domain_state(work, domain, &state, &native_state);
	if (result.error != PROVIDER_OK || (move->already & (1u << state)))
		return result;
	if (!(move->from & (1u << state)))
		return provider_fail(work->arena, PROVIDER_CONFLICT, "the machine is %s; %s is not possible now", native_state,
				     provider_verb_name(arguments->verb));
	if (move->act(domain) != 0)
		return libvirt_fail(work, move->failure);
	if (arguments->verb == VERB_SHUTDOWN)
		arguments->is_waiting = virDomainIsActive(domain) == 1;
	return arguments->verb == VERB_START ? mark_complete(work, domain) : PROVIDER_DONE;
}

struct provider_result libvirt_power(struct provider_session *session, struct provider_call *call, const char *native_id,
				     enum provider_verb verb, struct provider_task *task)
{
	*task = (struct provider_task){ NULL };
	if (verb < VERB_START || verb > VERB_RESUME)
		return provider_fail(call->arena, PROVIDER_INVALID, "%s is no power verb", provider_verb_name(verb));
	struct libvirt_work *work = libvirt_work_new(session, verb);
	struct power_arguments *arguments = ARENA_NEW(work->arena, struct power_arguments);
	arguments->native_id = arena_strdup(work->arena, text_or_empty(native_id));
	arguments->verb = verb;
	struct provider_result result = libvirt_run(work, call, power_do, arguments);
	if (result.error == PROVIDER_OK && arguments->is_waiting)
		task->handle = arena_printf(call->arena, SHUTDOWN_HANDLE "%s", native_id);
	return result;
}

static struct provider_result shutdown_task(struct provider_session *session, struct provider_call *call,
					    const char *native_id, struct provider_task_status *status)
{
	struct provider_machine machine;
	struct provider_result result = libvirt_get(session, call, native_id, &machine);
	if (result.error != PROVIDER_OK && result.error != PROVIDER_NOT_FOUND)
		return result;
	bool is_over = result.error == PROVIDER_NOT_FOUND || machine.state == PROVIDER_MACHINE_STOPPED ||
		       machine.state == PROVIDER_MACHINE_FAILED;
	*status = (struct provider_task_status){ .state = is_over ? TASK_DONE : TASK_RUNNING,
						 .progress_percent = is_over ? 100 : 50,
						 .native_id = arena_strdup(call->arena, native_id) };
	return PROVIDER_DONE;
}

/* What goes on after its verb: a guest that shuts down or lets go of a disk, and the copy of a disk. */
static const struct {
	const char *handle;
	struct provider_result (*look)(struct provider_session *, struct provider_call *, const char *uuid,
				       struct provider_task_status *status);
} TASKS[] = {
	{ SHUTDOWN_HANDLE, shutdown_task },
	{ LIBVIRT_DETACH_HANDLE, libvirt_detach_task },
	{ LIBVIRT_IMAGE_HANDLE, libvirt_image_task },
};

struct provider_result libvirt_task(struct provider_session *session, struct provider_call *call, const char *handle,
				    struct provider_task_status *status)
{
	for (size_t i = 0; handle && i < sizeof TASKS / sizeof TASKS[0]; i++) {
		const char *uuid = handle + strlen(TASKS[i].handle);
		if (text_starts_with(handle, TASKS[i].handle) && id_is_uuid(uuid))
			return TASKS[i].look(session, call, uuid, status);
	}
	return provider_fail(call->arena, PROVIDER_NOT_FOUND, "libvirt has no such task");
}
