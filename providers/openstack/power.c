/* SPDX-License-Identifier: Apache-2.0 */
/* power.c: switching machines: what is asked of Nova from which status, and when it is done. */
#include "providers/openstack/machine.h"
#include "providers/openstack/task.h"
#include "runtime/base/text.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

enum already { ALREADY_NEVER, ALREADY_RUNNING, ALREADY_STOPPED, ALREADY_SUSPENDED };
static const enum provider_machine_state ALREADY[] = {
	[ALREADY_RUNNING] = PROVIDER_MACHINE_RUNNING,
	[ALREADY_STOPPED] = PROVIDER_MACHINE_STOPPED,
	[ALREADY_SUSPENDED] = PROVIDER_MACHINE_SUSPENDED,
};

struct way {
	enum provider_verb verb;
	const char *status;        /* of Nova */
	const char *action, *type; /* {action: null}, or {action: {"type": type}} */
	bool is_first_step;        /* the verb itself comes after it */
};

/* What Nova takes from which status; what is missing here is a conflict. */
static const struct way WAYS[] = {
	{ VERB_START, "SHUTOFF", "os-start", NULL, false },
	{ VERB_START, "SHELVED", "unshelve", NULL, false },
	{ VERB_START, "SHELVED_OFFLOADED", "unshelve", NULL, false },
	{ VERB_START, "ERROR", "reboot", "HARD", false },
	{ VERB_STOP, "ACTIVE", "os-stop", NULL, false },
	{ VERB_STOP, "ERROR", "os-stop", NULL, false },
	/* Nova stops no machine that sleeps. */
	{ VERB_STOP, "SUSPENDED", "resume", NULL, true },
	{ VERB_STOP, "PAUSED", "unpause", NULL, true },
	{ VERB_SHUTDOWN, "ACTIVE", "os-stop", NULL, false },
	{ VERB_REBOOT, "ACTIVE", "reboot", "SOFT", false },
	{ VERB_RESET, "ACTIVE", "reboot", "HARD", false },
	{ VERB_SUSPEND, "ACTIVE", "suspend", NULL, false },
	{ VERB_RESUME, "SUSPENDED", "resume", NULL, false },
	{ VERB_RESUME, "PAUSED", "unpause", NULL, false },
};

static const struct {
	enum provider_verb verb;
	enum already already; /* nothing is left to do */
	enum already after;
	const char *what;
} MOVES[] = {
	{ VERB_START, ALREADY_RUNNING, ALREADY_RUNNING, "starting the machine" },
	{ VERB_STOP, ALREADY_STOPPED, ALREADY_STOPPED, "stopping the machine" },
	{ VERB_SHUTDOWN, ALREADY_STOPPED, ALREADY_STOPPED, "shutting the machine down" },
	{ VERB_REBOOT, ALREADY_NEVER, ALREADY_RUNNING, "rebooting the machine" },
	{ VERB_RESET, ALREADY_NEVER, ALREADY_RUNNING, "resetting the machine" },
	{ VERB_SUSPEND, ALREADY_SUSPENDED, ALREADY_SUSPENDED, "suspending the machine" },
	{ VERB_RESUME, ALREADY_RUNNING, ALREADY_RUNNING, "resuming the machine" },
};

static size_t move_of(enum provider_verb verb)
{
	size_t at = 0;
	while (at < COUNT_OF(MOVES) && MOVES[at].verb != verb)
		at++;
	return at;
}

static const struct way *way_of(enum provider_verb verb, const struct openstack_server *server)
{
	if (server->machine.state == PROVIDER_MACHINE_TRANSITION)
		return NULL;
	for (size_t i = 0; i < COUNT_OF(WAYS); i++)
		if (WAYS[i].verb == verb && text_equal(WAYS[i].status, server->status))
			return &WAYS[i];
	return NULL;
}

/* Looks, asks, and says in the handle what is awaited. */
static struct provider_result step(struct provider_session *session, struct provider_call *call, const char *native_id,
				   size_t move, const char **handle)
{
	struct openstack_server server;
	enum provider_verb verb = MOVES[move].verb;
	struct json *type = json_object(call->arena);
	*handle = NULL;
	struct provider_result result = openstack_server_get(session, call, native_id, &server);
	if (result.error != PROVIDER_OK)
		return result;
	if (MOVES[move].already != ALREADY_NEVER && server.machine.state == ALREADY[MOVES[move].already])
		return PROVIDER_DONE;
	const struct way *way = way_of(verb, &server);
	if (!way)
		return provider_fail(call->arena, PROVIDER_CONFLICT, "the machine is %s; %s is not possible now",
				     server.machine.native_state, provider_verb_name(verb));
	if (way->type)
		json_set_text(type, "type", way->type);
	result = openstack_server_action(session, call, native_id, way->action, way->type ? type : NULL,
					 MOVES[move].what, NULL);
	if (result.error == PROVIDER_OK)
		*handle = arena_printf(call->arena, "%s:%s:%s", way->is_first_step ? "wake" : "power", native_id,
				       provider_verb_name(verb));
	return result;
}

struct provider_result openstack_power(struct provider_session *session, struct provider_call *call,
				       const char *native_id, enum provider_verb verb, struct provider_task *task)
{
	size_t move = move_of(verb);
	*task = (struct provider_task){ NULL };
	if (move == COUNT_OF(MOVES))
		return provider_fail(call->arena, PROVIDER_INVALID, "%s is no power verb", provider_verb_name(verb));
	return step(session, call, native_id, move, &task->handle);
}

static size_t move_named(const char *name)
{
	size_t at = 0;
	while (at < COUNT_OF(MOVES) && !text_equal(provider_verb_name(MOVES[at].verb), name))
		at++;
	return at;
}

struct provider_result openstack_power_poll(struct provider_session *session, struct provider_call *call,
					    const struct openstack_handle *handle, struct provider_task_status *status)
{
	struct openstack_server server;
	size_t move = move_named(handle->more);
	if (move == COUNT_OF(MOVES))
		return openstack_task_unknown(call);
	struct provider_result result = openstack_server_get(session, call, handle->id, &server);
	if (result.error != PROVIDER_OK)
		return result;
	if (server.machine.state == PROVIDER_MACHINE_TRANSITION)
		return openstack_task_running(status, 50, MOVES[move].what);
	if (server.machine.state == ALREADY[MOVES[move].after])
		return openstack_task_done(status);
	return openstack_task_failed(status, openstack_server_failed(call, &server, MOVES[move].what));
}

/* It was asleep: once it is awake, the verb itself. */
struct provider_result openstack_wake_poll(struct provider_session *session, struct provider_call *call,
					   const struct openstack_handle *handle, struct provider_task_status *status)
{
	struct openstack_server server;
	size_t move = move_named(handle->more);
	const char *next = NULL;
	if (move == COUNT_OF(MOVES))
		return openstack_task_unknown(call);
	struct provider_result result = openstack_server_get(session, call, handle->id, &server);
	if (result.error != PROVIDER_OK)
		return result;
	bool is_asleep = server.machine.state == PROVIDER_MACHINE_SUSPENDED ||
			 server.machine.state == PROVIDER_MACHINE_TRANSITION;
	if (is_asleep)
		return openstack_task_running(status, 20, "waiting until the machine is awake");
	result = step(session, call, handle->id, move, &next);
	if (result.error != PROVIDER_OK)
		return result;
	if (!next)
		return openstack_task_done(status);
	status->next_handle = next;
	return openstack_task_running(status, 50, MOVES[move].what);
}
