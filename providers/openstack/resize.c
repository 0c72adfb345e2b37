/* SPDX-License-Identifier: Apache-2.0 */
/* resize.c: another size in stages: resize, until Nova asks "is it good?"; confirm; or back, when it cannot be
 * confirmed. */
#include <string.h>

#include "providers/openstack/machine.h"
#include "providers/openstack/task.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

enum { CONFIRM_S = 300 };

#define VERIFY "VERIFY_RESIZE"

static struct provider_result ask(struct provider_session *session, struct provider_call *call, const char *native_id,
				  const char *size)
{
	struct json *argument = json_object(call->arena);
	json_set_text(argument, "flavorRef", size);
	struct provider_result result =
		openstack_server_action(session, call, native_id, "resize", argument, "resizing the machine", NULL);
	/* The machine was there a moment ago: it is the size that is not. */
	if (result.error == PROVIDER_NOT_FOUND)
		result.error = PROVIDER_INVALID;
	return result;
}

struct provider_result openstack_resize(struct provider_session *session, struct provider_call *call,
					const char *native_id, const struct provider_resize_spec *spec,
					struct provider_task *task)
{
	struct openstack_server server;
	*task = (struct provider_task){ NULL };
	if (text_is_empty(spec->size))
		return provider_fail(call->arena, PROVIDER_INVALID,
				     "OpenStack has fixed sizes; list the sizes and choose one");
	struct provider_result result = openstack_server_get(session, call, native_id, &server);
	if (result.error != PROVIDER_OK)
		return result;
	bool is_asked = text_equal(server.status, "RESIZE") || text_equal(server.status, VERIFY);
	if (!is_asked && text_equal(server.machine.size, spec->size))
		return result;
	bool is_steady =
		server.machine.state == PROVIDER_MACHINE_RUNNING || server.machine.state == PROVIDER_MACHINE_STOPPED;
	/* Asked for before, and the answer was lost: it goes on where it is. */
	if (!is_steady && !(text_equal(server.status, VERIFY) && text_equal(server.machine.size, spec->size)))
		return provider_fail(call->arena, PROVIDER_CONFLICT,
				     "the machine is %s; it takes another size when it runs or is stopped",
				     server.machine.native_state);
	if (is_steady)
		result = ask(session, call, native_id, spec->size);
	if (result.error == PROVIDER_OK)
		task->handle = arena_printf(call->arena, "resize:%s:%s", native_id, spec->size);
	return result;
}

/* What it came to, once nothing goes on any more. */
static struct provider_result judge(struct provider_call *call, const struct openstack_server *server, const char *size,
				    struct provider_task_status *status)
{
	if (text_equal(server->status, "ERROR"))
		return openstack_task_failed(status, openstack_server_failed(call, server, "resizing the machine"));
	if (server->machine.state == PROVIDER_MACHINE_TRANSITION)
		return openstack_task_running(status, 40, server->machine.native_state);
	if (text_equal(server->machine.size, size))
		return openstack_task_done(status);
	/* Nova gives its reason to administrators only. */
	return openstack_task_failed(
		status,
		provider_fail(call->arena, PROVIDER_CAPACITY,
			      "OpenStack left the machine at its old size; no host may have room for \"%.64s\"", size));
}

struct provider_result openstack_resize_poll(struct provider_session *session, struct provider_call *call,
					     const struct openstack_handle *handle, struct provider_task_status *status)
{
	struct openstack_server server;
	struct provider_result result = openstack_server_get(session, call, handle->id, &server);
	if (result.error != PROVIDER_OK)
		return result;
	if (!text_equal(server.status, VERIFY) || server.task_state)
		return judge(call, &server, handle->more, status);
	result = openstack_server_action(session, call, handle->id, "confirmResize", NULL, "confirming the new size",
					 NULL);
	/* It may be under way already, by this very step: the next one sees. */
	if (result.error != PROVIDER_OK && result.error != PROVIDER_CONFLICT && result.error != PROVIDER_INVALID)
		return result;
	int64_t now_s = time_now_us() / TIME_US_PER_SECOND;
	status->next_handle =
		arena_printf(call->arena, "confirm:%s:%lld:%s", handle->id, (long long)now_s, handle->more);
	return openstack_task_running(status, 80, "confirming the new size");
}

struct provider_result openstack_confirm_poll(struct provider_session *session, struct provider_call *call,
					      const struct openstack_handle *handle,
					      struct provider_task_status *status)
{
	struct openstack_server server;
	const char *colon = strchr(handle->more, ':');
	int64_t since_s;
	if (!colon ||
	    !text_to_int64(arena_strndup(call->arena, handle->more, (size_t)(colon - handle->more)), &since_s))
		return openstack_task_unknown(call);
	struct provider_result result = openstack_server_get(session, call, handle->id, &server);
	if (result.error != PROVIDER_OK)
		return result;
	if (!text_equal(server.status, VERIFY))
		return judge(call, &server, colon + 1, status);
	if (time_now_us() / TIME_US_PER_SECOND < since_s + CONFIRM_S)
		return openstack_task_running(status, 90, "confirming the new size");
	result = openstack_server_action(session, call, handle->id, "revertResize", NULL, "going back to the old size",
					 NULL);
	if (result.error != PROVIDER_OK)
		return result;
	status->next_handle = arena_printf(call->arena, "back:%s", handle->id);
	return openstack_task_running(status, 90, "going back to the old size");
}

struct provider_result openstack_back_poll(struct provider_session *session, struct provider_call *call,
					   const struct openstack_handle *handle, struct provider_task_status *status)
{
	struct openstack_server server;
	struct provider_result result = openstack_server_get(session, call, handle->id, &server);
	if (result.error != PROVIDER_OK)
		return result;
	if (server.machine.state == PROVIDER_MACHINE_TRANSITION)
		return openstack_task_running(status, 95, "going back to the old size");
	return openstack_task_failed(
		status,
		provider_fail(call->arena, PROVIDER_CONFLICT,
			      "OpenStack could not confirm the new size in %d s, and the machine is at its old one",
			      CONFIRM_S));
}
