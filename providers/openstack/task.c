/* SPDX-License-Identifier: Apache-2.0 */
/* task.c: which work a handle is of; making and deleting a machine. */
#include "providers/openstack/task.h"

#include <string.h>

#include "providers/openstack/machine.h"
#include "runtime/base/text.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

static const struct {
	const char *kind;
	openstack_poll poll;
} KINDS[] = {
	{ "create", openstack_create_poll },
	{ "delete", openstack_delete_poll },
	{ "power", openstack_power_poll },
	{ "wake", openstack_wake_poll },
	{ "resize", openstack_resize_poll },
	{ "confirm", openstack_confirm_poll },
	{ "back", openstack_back_poll },
	{ "image", openstack_image_poll },
	{ "image-delete", openstack_image_delete_poll },
	{ "revert", openstack_revert_poll },
	{ "volume", openstack_volume_poll },
	{ "volume-delete", openstack_volume_delete_poll },
	{ "attach", openstack_attach_poll },
	{ "detach", openstack_detach_poll },
	{ "grow", openstack_grow_poll },
	{ "volume-snapshot", openstack_volume_snapshot_poll },
	{ "volume-snapshot-delete", openstack_volume_snapshot_delete_poll },
};

bool openstack_handle_read(struct arena *arena, const char *text, const char **kind, struct openstack_handle *handle)
{
	const char *colon = text && strlen(text) <= PROVIDER_HANDLE_MOST ? strchr(text, ':') : NULL;
	if (!colon)
		return false;
	size_t id_size = strcspn(colon + 1, ":");
	*kind = arena_strndup(arena, text, (size_t)(colon - text));
	handle->id = arena_strndup(arena, colon + 1, id_size);
	handle->more = colon[1 + id_size] == ':' ? arena_strdup(arena, colon + 2 + id_size) : "";
	return openstack_is_id(handle->id);
}

struct provider_result openstack_task_unknown(struct provider_call *call)
{
	return provider_fail(call->arena, PROVIDER_NOT_FOUND, "OpenStack has no such task");
}

struct provider_result openstack_task(struct provider_session *session, struct provider_call *call, const char *handle,
				      struct provider_task_status *status)
{
	struct openstack_handle read;
	const char *kind;
	*status = (struct provider_task_status){ .state = TASK_RUNNING };
	if (!openstack_handle_read(call->arena, handle, &kind, &read))
		return openstack_task_unknown(call);
	for (size_t i = 0; i < COUNT_OF(KINDS); i++)
		if (text_equal(KINDS[i].kind, kind))
			return KINDS[i].poll(session, call, &read, status);
	return openstack_task_unknown(call);
}

struct provider_result openstack_task_running(struct provider_task_status *status, unsigned percent, const char *stage)
{
	status->state = TASK_RUNNING;
	status->progress_percent = percent;
	status->stage = stage;
	return PROVIDER_DONE;
}

struct provider_result openstack_task_done(struct provider_task_status *status)
{
	status->state = TASK_DONE;
	status->progress_percent = 100;
	return PROVIDER_DONE;
}

struct provider_result openstack_task_failed(struct provider_task_status *status, struct provider_result failure)
{
	status->state = TASK_FAILED;
	status->progress_percent = 100;
	status->failure = failure;
	return PROVIDER_DONE;
}

/* ---- making and deleting a machine ---- */

struct provider_result openstack_create_poll(struct provider_session *session, struct provider_call *call,
					     const struct openstack_handle *handle, struct provider_task_status *status)
{
	struct openstack_server server;
	struct provider_result result = openstack_server_get(session, call, handle->id, &server);
	if (result.error == PROVIDER_NOT_FOUND)
		return openstack_task_failed(status, provider_fail(call->arena, PROVIDER_NOT_FOUND,
								   "the machine was deleted while it was made"));
	if (result.error != PROVIDER_OK)
		return result;
	status->native_id = server.machine.native_id;
	if (server.machine.state == PROVIDER_MACHINE_BUILDING)
		return openstack_task_running(status, 40, server.machine.native_state);
	if (server.machine.state == PROVIDER_MACHINE_FAILED)
		return openstack_task_failed(status, openstack_server_failed(call, &server, "making the machine"));
	return openstack_task_done(status);
}

struct provider_result openstack_delete_poll(struct provider_session *session, struct provider_call *call,
					     const struct openstack_handle *handle, struct provider_task_status *status)
{
	struct openstack_server server;
	bool left = false;
	struct provider_result result = openstack_server_look(session, call, handle->id, &server);
	bool is_gone = result.error == PROVIDER_NOT_FOUND;
	if (!is_gone && result.error != PROVIDER_OK)
		return result;
	/* DELETED: for a moment it is in Nova's books still, and counts against the quota; SOFT_DELETED ones stay
	 * there. */
	is_gone = is_gone || text_equal(server.status, "SOFT_DELETED");
	if (!is_gone && text_equal(server.status, "ERROR") && !server.task_state)
		return openstack_task_failed(status, openstack_server_failed(call, &server, "deleting the machine"));
	if (!is_gone)
		return openstack_task_running(status, 40, server.machine.native_state);
	result = openstack_snapshot_drop(session, call, handle->id, &left);
	if (result.error != PROVIDER_OK)
		return result;
	return left ? openstack_task_running(status, 80, "deleting its snapshots") : openstack_task_done(status);
}
