/* SPDX-License-Identifier: Apache-2.0 */
/* v4_power.c: switching machines in v4: an action each. */
#include "providers/nutanix/v4.h"
#include "runtime/base/text.h"

struct action_row {
	enum provider_verb verb;
	const char *action, *what, *stage;
	enum provider_machine_state after; /* UNKNOWN: it is done each time */
};

static const struct action_row ROWS[] = {
	{ VERB_START, "power-on", "starting the machine", "work", PROVIDER_MACHINE_RUNNING },
	{ VERB_STOP, "power-off", "switching the machine off", "work", PROVIDER_MACHINE_STOPPED },
	{ VERB_SHUTDOWN, "shutdown", "asking the guest to shut down", "shutdown", PROVIDER_MACHINE_STOPPED },
	{ VERB_REBOOT, "reboot", "asking the guest to reboot", "work", PROVIDER_MACHINE_UNKNOWN },
	{ VERB_RESET, "reset", "resetting the machine", "work", PROVIDER_MACHINE_UNKNOWN },
};

static struct provider_result act(struct provider_session *session, struct provider_call *call, const char *native_id,
				  const struct action_row *row, const char *seed, const char **task)
{
	const struct json *vm;
	struct provider_machine machine;
	struct nutanix_marks marks;
	struct provider_result result = v4_machine_get(session, call, native_id, &vm, &machine, &marks, NULL);

	*task = "-";
	if (result.error == PROVIDER_OK && row->after != PROVIDER_MACHINE_UNKNOWN && machine.state == row->after)
		return result;
	if (result.error == PROVIDER_OK)
		result = nutanix_state_check(call->arena, row->verb, machine.state, machine.native_state);
	if (result.error == PROVIDER_OK)
		result = v4_machine_act(session, call, native_id, row->action, NULL, row->what, seed, task);
	return result;
}

struct provider_result v4_power_begin(struct provider_session *session, struct provider_call *call, const char *machine,
				      const char *power_state, const char *seed, const char **task)
{
	return act(session, call, machine, text_equal(power_state, "ON") ? &ROWS[0] : &ROWS[1], seed, task);
}

struct provider_result v4_power(struct provider_session *session, struct provider_call *call, const char *native_id,
				enum provider_verb verb, struct provider_task *task)
{
	const char *work = "-";

	*task = (struct provider_task){ NULL };
	for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
		if (ROWS[i].verb != verb)
			continue;
		struct provider_result result = act(session, call, native_id, &ROWS[i], NULL, &work);
		if (result.error == PROVIDER_OK && !text_equal(work, "-"))
			*task = v4_handle(call->arena, ROWS[i].stage, work, native_id, NULL);
		return result;
	}
	return provider_fail(call->arena, PROVIDER_UNSUPPORTED, "Prism Central cannot %s a machine", provider_verb_name(verb));
}
