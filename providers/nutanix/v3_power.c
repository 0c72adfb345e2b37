/* SPDX-License-Identifier: Apache-2.0 */
/* v3_power.c: switching machines in v3: on and off are a change of the spec, the rest are actions. */
#include "providers/nutanix/v3.h"
#include "runtime/base/text.h"

static struct provider_result power_edit(struct v3_edit *edit, const void *context)
{
	const char *wanted = context;
	struct json *mechanism = nutanix_object(edit->arena, "mechanism", "HARD");

	edit->is_so_already = edit->machine.state == nutanix_power_state(wanted);
	json_set_text(edit->resources, "power_state", wanted);
	json_set(edit->resources, "power_state_mechanism", mechanism);
	return PROVIDER_DONE;
}

struct provider_result v3_power_begin(struct provider_session *session, struct provider_call *call, const char *machine,
				      const char *power_state, const char **task)
{
	bool is_start = text_equal(power_state, "ON");

	return v3_machine_edit(session, call, machine, is_start ? VERB_START : VERB_STOP,
			       is_start ? "starting the machine" : "switching the machine off", power_edit, power_state, task);
}

static struct provider_result action(struct provider_session *session, struct provider_call *call, const char *native_id,
				     enum provider_verb verb, const char *name, struct provider_task *task)
{
	struct json *vm;
	struct provider_machine machine;
	struct nutanix_marks marks;
	const char *work = "-";
	struct provider_result result = v3_machine_get(session, call, native_id, &vm, &machine, &marks);

	if (result.error == PROVIDER_OK && verb == VERB_SHUTDOWN && machine.state == PROVIDER_MACHINE_STOPPED)
		return PROVIDER_DONE;
	if (result.error == PROVIDER_OK)
		result = nutanix_state_check(call->arena, verb, machine.state, machine.native_state);
	if (result.error == PROVIDER_OK)
		result = v3_change(session, call, "POST", arena_printf(call->arena, V3 "vms/%s/%s", native_id, name),
				   json_object(call->arena), provider_verb_name(verb), &work);
	if (result.error == PROVIDER_OK)
		*task = v3_handle(call->arena, verb == VERB_SHUTDOWN ? "shutdown" : "work", work, native_id, NULL);
	return result;
}

struct provider_result v3_power(struct provider_session *session, struct provider_call *call, const char *native_id,
				enum provider_verb verb, struct provider_task *task)
{
	const char *work = "-";
	struct provider_result result;

	*task = (struct provider_task){ NULL };
	switch (verb) {
	case VERB_START:
	case VERB_STOP:
		result = v3_power_begin(session, call, native_id, verb == VERB_START ? "ON" : "OFF", &work);
		if (result.error == PROVIDER_OK && !text_equal(work, "-"))
			*task = v3_handle(call->arena, "work", work, native_id, NULL);
		return result;
	case VERB_SHUTDOWN:
		return action(session, call, native_id, verb, "acpi_shutdown", task);
	case VERB_REBOOT:
		return action(session, call, native_id, verb, "acpi_reboot", task);
	case VERB_RESET:
		return action(session, call, native_id, verb, "reset", task);
	default:
		return provider_fail(call->arena, PROVIDER_UNSUPPORTED, "Prism Central cannot %s a machine", provider_verb_name(verb));
	}
}
