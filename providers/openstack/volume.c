/* SPDX-License-Identifier: Apache-2.0 */
/* volume.c: volumes of Cinder: made, listed, grown, deleted. Sources: the Block Storage API v3 reference;
 * cinder/volume/api.py. */
#include "providers/openstack/volume.h"

#include <string.h>

#include "providers/kit/flight.h"
#include "providers/openstack/marks.h"
#include "providers/openstack/page.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

enum { SIZE_GIB_MOST = 1048576 };

/* ---- reading ---- */

static const struct {
	const char *status;
	enum provider_volume_state state;
} STATES[] = {
	{ "available", PROVIDER_VOLUME_AVAILABLE },
	{ "in-use", PROVIDER_VOLUME_ATTACHED },
	{ "creating", PROVIDER_VOLUME_BUILDING },
	{ "downloading", PROVIDER_VOLUME_BUILDING },
	{ "attaching", PROVIDER_VOLUME_TRANSITION },
	{ "detaching", PROVIDER_VOLUME_TRANSITION },
	{ "deleting", PROVIDER_VOLUME_TRANSITION },
	{ "extending", PROVIDER_VOLUME_TRANSITION },
	{ "reserved", PROVIDER_VOLUME_TRANSITION },
	{ "maintenance", PROVIDER_VOLUME_TRANSITION },
	{ "retyping", PROVIDER_VOLUME_TRANSITION },
	{ "uploading", PROVIDER_VOLUME_TRANSITION },
	{ "backing-up", PROVIDER_VOLUME_TRANSITION },
	{ "restoring-backup", PROVIDER_VOLUME_TRANSITION },
	{ "awaiting-transfer", PROVIDER_VOLUME_TRANSITION },
};

static enum provider_volume_state state_of(const char *status)
{
	for (size_t i = 0; i < COUNT_OF(STATES); i++)
		if (text_equal(STATES[i].status, status))
			return STATES[i].state;
	return text_starts_with(status, "error") ? PROVIDER_VOLUME_FAILED : PROVIDER_VOLUME_UNKNOWN;
}

static const char *text_of(struct arena *arena, const struct json *object, const char *key)
{
	const char *text = json_text(json_get(object, key), NULL);
	return text_is_empty(text) ? NULL : arena_strdup(arena, text);
}

bool openstack_volume_read(struct arena *arena, const struct json *json, struct provider_volume *volume)
{
	const struct json *attachment = json_at(json_get(json, "attachments"), 0);
	const char *id = text_of(arena, json, "id"), *status = text_of(arena, json, "status"),
		   *name = text_of(arena, json, "name");
	if (!openstack_is_id(id))
		return false;
	*volume = (struct provider_volume){ .native_id = id,
					    .name = name ? name : id,
					    .native_state = status ? status : "unknown",
					    .size_gib = json_int(json_get(json, "size"), 0),
					    .type = text_of(arena, json, "volume_type"),
					    .zone = text_of(arena, json, "availability_zone"),
					    .machine = text_of(arena, attachment, "server_id"),
					    .device = text_of(arena, attachment, "device"),
					    .marks = openstack_marks_read(json_get(json, "metadata")) };
	volume->state = state_of(volume->native_state);
	const char *created = json_text(json_get(json, "created_at"), "");
	/* "2018-11-28T06:21:12.715987": of UTC, without saying so. */
	if (!time_parse(created, &volume->created_us))
		(void)time_parse(arena_printf(arena, "%sZ", created), &volume->created_us);
	return true;
}

struct provider_result openstack_volume_ask(struct provider_session *session, struct provider_call *call,
					    const char *method, const char *path, const struct json *body,
					    const char *what, struct openstack_reply *reply)
{
	return openstack_ask(
		session, call,
		&(struct openstack_request){
			.service = OPENSTACK_VOLUME, .method = method, .path = path, .body = body, .what = what },
		reply);
}

struct provider_result openstack_volume_look(struct provider_session *session, struct provider_call *call,
					     const char *path, const char *member, const char *what,
					     struct openstack_reply *reply)
{
	return openstack_ask(session, call,
			     &(struct openstack_request){ .service = OPENSTACK_VOLUME,
							  .method = "GET",
							  .path = path,
							  .what = what,
							  .is_read = true,
							  .member = member },
			     reply);
}

struct provider_result openstack_volume_get(struct provider_session *session, struct provider_call *call,
					    const char *native_id, struct provider_volume *volume)
{
	struct openstack_reply reply;
	if (!openstack_is_id(native_id))
		return openstack_not_found(call, "volume", native_id);
	struct provider_result result =
		openstack_volume_look(session, call, arena_printf(call->arena, "/volumes/%s", native_id), "volume",
				      "reading the volume", &reply);
	if (result.error == PROVIDER_OK && !openstack_volume_read(call->arena, json_get(reply.json, "volume"), volume))
		return openstack_senseless(call, "reading the volume");
	return result;
}

static struct provider_result volume_list(struct provider_session *session, struct provider_call *call,
					  const struct provider_intent *intent, struct provider_page *page,
					  struct provider_volume **volumes, size_t *count)
{
	struct openstack_list list = {
		.service = OPENSTACK_VOLUME, .path = "/volumes/detail", .rows = "volumes", .what = "listing the volumes"
	};
	const struct json *rows;
	if (intent) {
		struct json *filter = json_object(call->arena);
		json_set_text(filter, MARK_RESOURCE, intent->resource);
		list.query = arena_printf(call->arena, "metadata=%s",
					  http_encode(call->arena, json_print(call->arena, filter)));
	}
	struct provider_result result = openstack_list_page(session, call, &list, page, &rows);
	if (result.error != PROVIDER_OK)
		return result;
	*volumes = ARENA_ARRAY(call->arena, json_size(rows) + 1, struct provider_volume);
	*count = 0;
	for (size_t i = 0; i < json_size(rows); i++) {
		struct provider_volume *volume = &(*volumes)[*count];
		bool is_one = openstack_volume_read(call->arena, json_at(rows, i), volume);
		/* Seen once more here: a cloud may not know the filter, and then shows all. */
		*count += is_one && (!intent || openstack_is_of(session, &volume->marks, intent));
	}
	return result;
}

/* ---- making ---- */

static struct provider_result spec_check(struct provider_call *call, const struct provider_volume_spec *spec)
{
	struct provider_result result = openstack_name_check(call, "volume", spec->name);
	if (result.error != PROVIDER_OK)
		return result;
	if (spec->size_gib < 1 || spec->size_gib > SIZE_GIB_MOST)
		return provider_fail(call->arena, PROVIDER_INVALID, "a volume must have 1 to %d GiB", SIZE_GIB_MOST);
	if (spec->snapshot && !openstack_is_id(spec->snapshot))
		return provider_fail(call->arena, PROVIDER_INVALID, "there is no volume snapshot \"%.64s\"",
				     spec->snapshot);
	return result;
}

static struct provider_result create_now(struct provider_session *session, struct provider_call *call,
					 const struct provider_volume_spec *spec, const char **native_id)
{
	struct openstack_reply reply;
	struct json *body = json_object(call->arena), *volume = json_object(call->arena),
		    *metadata = json_object(call->arena);
	struct provider_result result = openstack_tags_set(call, spec->tags, metadata);
	if (result.error != PROVIDER_OK)
		return result;
	openstack_marks_set(session, &spec->intent, metadata);
	json_set_int(volume, "size", spec->size_gib);
	json_set_text(volume, "name", spec->name);
	json_set(volume, "metadata", metadata);
	const char *type = spec->type || spec->snapshot ? spec->type : session->options.volume_type;
	if (type)
		json_set_text(volume, "volume_type", type);
	if (spec->zone)
		json_set_text(volume, "availability_zone", spec->zone);
	if (spec->snapshot)
		json_set_text(volume, "snapshot_id", spec->snapshot);
	json_set(body, "volume", volume);
	result = openstack_volume_ask(session, call, "POST", "/volumes", body, "creating the volume", &reply);
	/* What it lacks is what was asked for: a type, a snapshot. */
	if (result.error == PROVIDER_NOT_FOUND)
		result.error = PROVIDER_INVALID;
	if (result.error == PROVIDER_OK)
		*native_id = json_text(json_path(reply.json, "volume", "id", NULL), NULL);
	return result;
}

static struct provider_result volume_create(struct provider_session *session, struct provider_call *call,
					    const struct provider_volume_spec *spec, struct provider_task *task,
					    const char **native_id)
{
	struct provider_page page = { NULL, 0 };
	struct provider_volume *volumes;
	size_t count = 0;
	*task = (struct provider_task){ NULL };
	*native_id = NULL;
	struct provider_result result = spec_check(call, spec);
	if (result.error == PROVIDER_OK)
		result = flight_begin(session->flights, call, spec->intent.resource);
	if (result.error != PROVIDER_OK)
		return result;
	do
		result = volume_list(session, call, &spec->intent, &page, &volumes, &count);
	while (result.error == PROVIDER_OK && count == 0 && page.token);
	if (result.error == PROVIDER_OK && count > 0)
		*native_id = volumes[0].native_id;
	else if (result.error == PROVIDER_OK)
		result = create_now(session, call, spec, native_id);
	flight_end(session->flights, spec->intent.resource);
	if (result.error == PROVIDER_OK && *native_id)
		task->handle = arena_printf(call->arena, "volume:%s", *native_id);
	return result;
}

static struct provider_result failed(struct provider_call *call, const struct provider_volume *volume, const char *what)
{
	return provider_fail(call->arena, PROVIDER_CAPACITY,
			     "%s failed at OpenStack: the volume is in the state %s; no backend may have room for it",
			     what, volume->native_state);
}

struct provider_result openstack_volume_poll(struct provider_session *session, struct provider_call *call,
					     const struct openstack_handle *handle, struct provider_task_status *status)
{
	struct provider_volume volume;
	struct provider_result result = openstack_volume_get(session, call, handle->id, &volume);
	if (result.error == PROVIDER_NOT_FOUND)
		return openstack_task_failed(status, result);
	if (result.error != PROVIDER_OK)
		return result;
	status->native_id = volume.native_id;
	if (volume.state == PROVIDER_VOLUME_FAILED)
		return openstack_task_failed(status, failed(call, &volume, "making the volume"));
	if (volume.state == PROVIDER_VOLUME_BUILDING)
		return openstack_task_running(status, 50, volume.native_state);
	return openstack_task_done(status);
}

/* ---- growing ---- */

static struct provider_result volume_grow(struct provider_session *session, struct provider_call *call,
					  const char *native_id, int64_t size_gib, struct provider_task *task)
{
	struct openstack_reply reply;
	struct provider_volume volume;
	struct json *body = json_object(call->arena), *argument = json_object(call->arena);
	*task = (struct provider_task){ NULL };
	struct provider_result result = openstack_volume_get(session, call, native_id, &volume);
	if (result.error != PROVIDER_OK)
		return result;
	const char *handle = arena_printf(call->arena, "grow:%s:%lld", native_id, (long long)size_gib);
	if (volume.size_gib > size_gib || size_gib > SIZE_GIB_MOST)
		return provider_fail(call->arena, PROVIDER_INVALID,
				     "the volume has %lld GiB; give more, and at most %d", (long long)volume.size_gib,
				     SIZE_GIB_MOST);
	if (volume.size_gib == size_gib)
		return result;
	if (text_equal(volume.native_state, "extending")) { /* by an earlier attempt */
		task->handle = handle;
		return result;
	}
	json_set_int(argument, "new_size", size_gib);
	/* Of one that is attached (since 3.42) Cinder says itself whether it can. */
	json_set(body, "os-extend", argument);
	result = openstack_volume_ask(session, call, "POST", arena_printf(call->arena, "/volumes/%s/action", native_id),
				      body, "growing the volume", &reply);
	if (result.error == PROVIDER_OK)
		task->handle = handle;
	return result;
}

struct provider_result openstack_grow_poll(struct provider_session *session, struct provider_call *call,
					   const struct openstack_handle *handle, struct provider_task_status *status)
{
	struct provider_volume volume;
	int64_t size_gib;
	if (!text_to_int64(handle->more, &size_gib))
		return openstack_task_unknown(call);
	struct provider_result result = openstack_volume_get(session, call, handle->id, &volume);
	if (result.error != PROVIDER_OK)
		return result;
	if (volume.state == PROVIDER_VOLUME_TRANSITION)
		return openstack_task_running(status, 50, volume.native_state);
	if (volume.state == PROVIDER_VOLUME_FAILED || volume.size_gib < size_gib)
		return openstack_task_failed(status, failed(call, &volume, "growing the volume"));
	return openstack_task_done(status);
}

/* ---- deleting ---- */

static struct provider_result volume_remove(struct provider_session *session, struct provider_call *call,
					    const char *native_id, struct provider_task *task)
{
	struct openstack_reply reply;
	*task = (struct provider_task){ NULL };
	if (!openstack_is_id(native_id))
		return PROVIDER_DONE;
	struct provider_result result =
		openstack_volume_ask(session, call, "DELETE", arena_printf(call->arena, "/volumes/%s", native_id), NULL,
				     "deleting the volume", &reply);
	if (result.error == PROVIDER_NOT_FOUND)
		return PROVIDER_DONE;
	if (result.error == PROVIDER_OK)
		task->handle = arena_printf(call->arena, "volume-delete:%s", native_id);
	return result;
}

struct provider_result openstack_volume_delete_poll(struct provider_session *session, struct provider_call *call,
						    const struct openstack_handle *handle,
						    struct provider_task_status *status)
{
	struct provider_volume volume;
	struct provider_result result = openstack_volume_get(session, call, handle->id, &volume);
	if (result.error == PROVIDER_NOT_FOUND)
		return openstack_task_done(status);
	if (result.error != PROVIDER_OK)
		return result;
	if (text_equal(volume.native_state, "error_deleting"))
		return openstack_task_failed(
			status,
			provider_fail(call->arena, PROVIDER_CONFLICT,
				      "OpenStack could not delete the volume; its operator must look at the backend"));
	return openstack_task_running(status, 50, volume.native_state);
}

const struct provider_volume_ops openstack_volume_ops = {
	.create = volume_create,
	.get = openstack_volume_get,
	.list = volume_list,
	.attach = openstack_volume_attach,
	.detach = openstack_volume_detach,
	.grow = volume_grow,
	.remove = volume_remove,
	.snapshot_create = openstack_volume_snapshot_create,
	.snapshot_list = openstack_volume_snapshot_list,
	.snapshot_remove = openstack_volume_snapshot_remove,
};
