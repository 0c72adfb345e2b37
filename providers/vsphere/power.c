/* SPDX-License-Identifier: Apache-2.0 */
/* power.c: switching: looks at the state first, as vSphere tells of a wrong one only in the end of a task. */
#include "providers/vsphere/vsphere.h"
#include "providers/vsphere/work.h"
#include "runtime/base/text.h"

#define STATE(name_) (1u << PROVIDER_MACHINE_##name_)

struct move {
	enum provider_verb verb;
	unsigned from, already; /* machine states; in `already` there is nothing to do */
	const char *method;
	const char *stage; /* of its task; NULL: it has none */
};
static const struct move MOVES[] = {
	{ VERB_START, STATE(STOPPED) | STATE(BUILDING), STATE(RUNNING), "PowerOnVM_Task", "on" },
	{ VERB_STOP, STATE(RUNNING) | STATE(SUSPENDED), STATE(STOPPED), "PowerOffVM_Task", "off" },
	{ VERB_SHUTDOWN, STATE(RUNNING), STATE(STOPPED), "ShutdownGuest", NULL },
	{ VERB_REBOOT, STATE(RUNNING), 0, "RebootGuest", NULL },
	{ VERB_RESET, STATE(RUNNING), 0, "ResetVM_Task", "alone" },
	{ VERB_SUSPEND, STATE(RUNNING), STATE(SUSPENDED), "SuspendVM_Task", "alone" },
	{ VERB_RESUME, STATE(SUSPENDED), STATE(RUNNING), "PowerOnVM_Task", "on" },
};

static const struct move *move_of(enum provider_verb verb)
{
	for (size_t i = 0; i < sizeof MOVES / sizeof MOVES[0]; i++)
		if (MOVES[i].verb == verb)
			return &MOVES[i];
	return NULL;
}

static struct provider_result move(struct provider_session *session, struct provider_call *call, const struct vsphere_vm *vm,
				   const char *method, const char *stage, struct provider_task *task)
{
	struct vsphere_work work = { .stage = stage, .vm = vm->ref.id };
	const struct xml *response;
	struct provider_result result;

	if (stage) {
		result = vsphere_begin(session, call, vsphere_method(call->arena, method, vm->ref), &work.task, NULL);
	} else {
		work.stage = "shutdown";
		result = vsphere_send(session, call, vsphere_method(call->arena, method, vm->ref), false, &response, NULL);
	}
	if (result.error == PROVIDER_OK && !(text_equal(method, "RebootGuest")))
		task->handle = vsphere_work_print(call->arena, &work);
	return result;
}

struct provider_result vsphere_power(struct provider_session *session, struct provider_call *call, const char *native_id,
				     enum provider_verb verb, struct provider_task *task)
{
	const struct move *row = move_of(verb);
	struct vsphere_vm vm;

	*task = (struct provider_task){ NULL };
	if (!row)
		return provider_fail(call->arena, PROVIDER_UNSUPPORTED, "vSphere does not do %s", provider_verb_name(verb));
	struct provider_result result = vsphere_vm_get(session, call, native_id, VSPHERE_MACHINE, &vm);
	if (result.error != PROVIDER_OK)
		return result;
	if (row->already & (1u << vm.machine.state))
		return PROVIDER_DONE;
	if (!(row->from & (1u << vm.machine.state)))
		return provider_fail(call->arena, PROVIDER_CONFLICT, "%s does not fit: the machine is %s", provider_verb_name(verb),
				     vm.machine.native_state);
	if (verb == VERB_REBOOT && !vm.has_tools && session->options.resets_without_tools)
		return move(session, call, &vm, "ResetVM_Task", "alone", task);
	return move(session, call, &vm, row->method, row->stage, task);
}

/* A guest that was asked to shut down: there is no task, only its state. */
struct provider_result vsphere_shutdown_look(struct provider_session *session, struct provider_call *call,
					     struct vsphere_work *work, const struct xml *made)
{
	struct vsphere_vm vm;

	(void)made;
	struct provider_result result = vsphere_vm_get(session, call, text_or_empty(work->vm), VSPHERE_ANY, &vm);
	if (result.error == PROVIDER_OK && text_equal(vm.power, "poweredOff"))
		work->stage = NULL;
	return result;
}
