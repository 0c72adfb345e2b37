/* SPDX-License-Identifier: Apache-2.0 */
/* attachment.c: a volume at a machine. Nova does it, and tells Cinder; asked of Cinder alone the machine would not
 * know. */
#include "providers/openstack/machine.h"
#include "providers/openstack/volume.h"
#include "runtime/base/text.h"

static struct provider_result ask(struct provider_session *session, struct provider_call *call, const char *machine,
				  const char *volume, const struct json *body)
{
	struct openstack_reply reply;
	const char *path = arena_printf(call->arena, "/servers/%s/os-volume_attachments%s%s", machine, body ? "" : "/",
					body ? "" : volume);
	return openstack_ask(
		session, call,
		&(struct openstack_request){ .service = OPENSTACK_COMPUTE,
					     .method = body ? "POST" : "DELETE",
					     .path = path,
					     .body = body,
					     .what = body ? "attaching the volume" : "detaching the volume" },
		&reply);
}

struct provider_result openstack_volume_attach(struct provider_session *session, struct provider_call *call,
					       const char *native_id, const char *machine, struct provider_task *task)
{
	struct provider_volume volume;
	struct json *body = json_object(call->arena), *argument = json_object(call->arena);
	*task = (struct provider_task){ NULL };
	struct provider_result result = openstack_volume_get(session, call, native_id, &volume);
	if (result.error == PROVIDER_OK && !openstack_is_id(machine))
		result = openstack_not_found(call, "machine", machine);
	if (result.error != PROVIDER_OK)
		return result;
	bool is_there = text_equal(volume.machine, machine);
	if (volume.machine && !is_there)
		return provider_fail(call->arena, PROVIDER_CONFLICT,
				     "the volume is attached to the machine %s; detach it first", volume.machine);
	if (!is_there) {
		json_set_text(argument, "volumeId", native_id);
		json_set(body, "volumeAttachment", argument);
		result = ask(session, call, machine, native_id, body);
	}
	if (result.error == PROVIDER_OK && !(is_there && volume.state == PROVIDER_VOLUME_ATTACHED))
		task->handle = arena_printf(call->arena, "attach:%s:%s", native_id, machine);
	return result;
}

struct provider_result openstack_attach_poll(struct provider_session *session, struct provider_call *call,
					     const struct openstack_handle *handle, struct provider_task_status *status)
{
	struct provider_volume volume;
	struct provider_result result = openstack_volume_get(session, call, handle->id, &volume);
	if (result.error != PROVIDER_OK)
		return result;
	if (volume.state == PROVIDER_VOLUME_ATTACHED && text_equal(volume.machine, handle->more))
		return openstack_task_done(status);
	if (volume.state == PROVIDER_VOLUME_TRANSITION)
		return openstack_task_running(status, 50, volume.native_state);
	return openstack_task_failed(status, provider_fail(call->arena, PROVIDER_CONFLICT,
							   "OpenStack could not attach the volume; it is %s now",
							   volume.native_state));
}

struct provider_result openstack_volume_detach(struct provider_session *session, struct provider_call *call,
					       const char *native_id, struct provider_task *task)
{
	struct provider_volume volume;
	*task = (struct provider_task){ NULL };
	struct provider_result result = openstack_volume_get(session, call, native_id, &volume);
	if (result.error != PROVIDER_OK)
		return result;
	bool is_leaving = text_equal(volume.native_state, "detaching");
	if (!volume.machine && volume.state == PROVIDER_VOLUME_AVAILABLE)
		return result;
	if (!volume.machine && !is_leaving)
		return provider_fail(call->arena, PROVIDER_CONFLICT, "the volume is %s; it cannot be detached now",
				     volume.native_state);
	if (!is_leaving)
		result = ask(session, call, volume.machine, native_id, NULL);
	if (result.error == PROVIDER_NOT_FOUND) /* detached, or the machine deleted, meanwhile */
		result = PROVIDER_DONE;
	if (result.error == PROVIDER_OK)
		task->handle = arena_printf(call->arena, "detach:%s", native_id);
	return result;
}

struct provider_result openstack_detach_poll(struct provider_session *session, struct provider_call *call,
					     const struct openstack_handle *handle, struct provider_task_status *status)
{
	struct provider_volume volume;
	struct provider_result result = openstack_volume_get(session, call, handle->id, &volume);
	if (result.error == PROVIDER_NOT_FOUND)
		return openstack_task_done(status);
	if (result.error != PROVIDER_OK)
		return result;
	if (volume.state == PROVIDER_VOLUME_AVAILABLE)
		return openstack_task_done(status);
	if (volume.state == PROVIDER_VOLUME_TRANSITION)
		return openstack_task_running(status, 50, volume.native_state);
	return openstack_task_failed(status, provider_fail(call->arena, PROVIDER_CONFLICT,
							   "OpenStack could not detach the volume; it is %s now",
							   volume.native_state));
}
