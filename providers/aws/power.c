/* SPDX-License-Identifier: Apache-2.0 */
/* power.c: starting, stopping and rebooting. */
#include "providers/aws/machine.h"

#include "runtime/base/text.h"
#include "runtime/base/time.h"

struct power_row {
	enum provider_verb verb;
	enum aws_action action;
	const char *after;
	bool is_hard; /* the guest is not asked */
};

static const struct power_row ROWS[] = {
	{ VERB_START, AWS_START_INSTANCES, "running", false },
	{ VERB_STOP, AWS_STOP_INSTANCES, "stopped", true },
	{ VERB_SHUTDOWN, AWS_STOP_INSTANCES, "stopped", false },
	{ VERB_REBOOT, AWS_REBOOT_INSTANCES, NULL, false },
};

struct provider_result aws_switch(CALL, const char *native_id, enum aws_action action, bool is_hard)
{
	struct aws_query query = aws_query_new(call->arena, action);

	aws_query_add_at(&query, "InstanceId", 1, native_id);
	if (is_hard) {
		aws_query_add(&query, "Force", "true");
		aws_query_add(&query, "SkipOsShutdown", "true");
	}
	return aws_ask(session, call, &query, NULL);
}

/* A reboot leaves no trace in the state, so it is only asked of what runs. */
static struct provider_result reboot(CALL, const char *native_id)
{
	const struct xml *instance;

	struct provider_result result = aws_instance(session, call, native_id, &instance);
	if (result.error != PROVIDER_OK)
		return result;
	if (!text_equal(aws_instance_state(instance), "running"))
		return provider_fail(call->arena, PROVIDER_CONFLICT,
				     "the machine is %s; only a running one can be rebooted",
				     aws_instance_state(instance));
	return aws_switch(session, call, native_id, AWS_REBOOT_INSTANCES, false);
}

struct provider_result aws_power(CALL, const char *native_id, enum provider_verb verb, struct provider_task *task)
{
	const struct power_row *row = NULL;

	*task = (struct provider_task){ NULL };
	for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
		if (ROWS[i].verb == verb)
			row = &ROWS[i];
	if (!row)
		return provider_fail(call->arena, PROVIDER_UNSUPPORTED, "AWS cannot %s a machine",
				     provider_verb_name(verb));
	if (!aws_is_id(native_id, "i-"))
		return provider_fail(call->arena, PROVIDER_NOT_FOUND, "AWS has no such machine in this region");
	if (verb == VERB_REBOOT)
		return reboot(session, call, native_id);
	struct provider_result result = aws_switch(session, call, native_id, row->action, row->is_hard);
	if (result.error == PROVIDER_OK) {
		const char *parts[] = { row->after, native_id,
					arena_printf(call->arena, "%lld", (long long)time_now_us()) };

		task->handle = aws_handle(call->arena, "state", parts, 3);
	}
	return result;
}
