/* SPDX-License-Identifier: Apache-2.0 */
/* images.c: images to order from, and those that are made from machines. */
#include <string.h>

#include "providers/kit/flight.h"
#include "providers/openstack/image.h"
#include "providers/openstack/marks.h"
#include "providers/openstack/task.h"
#include "providers/openstack/things.h"
#include "runtime/base/text.h"

/* ---- to order from ---- */

struct provider_result openstack_images(struct provider_session *session, struct provider_call *call,
					struct provider_page *page, struct provider_image **images, size_t *count)
{
	static const struct openstack_list LIST = { .service = OPENSTACK_IMAGE,
						    .path = "/images",
						    .query = "status=active",
						    .rows = "images",
						    .what = "listing the images" };
	const struct json *rows;
	struct provider_result result = openstack_list_page(session, call, &LIST, page, &rows);
	if (result.error != PROVIDER_OK)
		return result;
	struct provider_image *told = ARENA_ARRAY(call->arena, json_size(rows) + 1, struct provider_image);
	size_t told_count = 0;
	for (size_t i = 0; i < json_size(rows); i++) {
		struct openstack_image image;
		/* Snapshots of machines are a machine's own affair. */
		if (openstack_image_read(call->arena, json_at(rows, i), &image) && !image.snapshot_of &&
		    image.made.is_ready)
			told[told_count++] = image.made.image;
	}
	*images = told;
	*count = told_count;
	return PROVIDER_DONE;
}

/* ---- made by us ---- */

/* What is the project's own: with the intent, only what bears its mark. */
static struct provider_result own_query(struct provider_session *session, struct provider_call *call,
					const struct provider_intent *intent, const char **query)
{
	const char *project = NULL;
	struct provider_result result = openstack_project(session, call, &project);
	if (result.error != PROVIDER_OK)
		return result;
	struct text text = text_new(call->arena);
	text_append(&text, "visibility=private");
	if (project)
		text_printf(&text, "&owner=%s", http_encode(call->arena, project));
	if (intent)
		text_printf(&text, "&" MARK_RESOURCE "=%s", http_encode(call->arena, intent->resource));
	*query = text.data;
	return result;
}

static struct provider_result image_list(struct provider_session *session, struct provider_call *call,
					 const struct provider_intent *intent, struct provider_page *page,
					 struct provider_made_image **images, size_t *count)
{
	struct openstack_list list = {
		.service = OPENSTACK_IMAGE, .path = "/images", .rows = "images", .what = "listing our images"
	};
	const struct json *rows;
	struct provider_result result = own_query(session, call, intent, &list.query);
	if (result.error == PROVIDER_OK)
		result = openstack_list_page(session, call, &list, page, &rows);
	if (result.error != PROVIDER_OK)
		return result;
	struct provider_made_image *told = ARENA_ARRAY(call->arena, json_size(rows) + 1, struct provider_made_image);
	size_t told_count = 0;
	for (size_t i = 0; i < json_size(rows); i++) {
		struct openstack_image image;
		if (!openstack_image_read(call->arena, json_at(rows, i), &image) || image.snapshot_of)
			continue;
		if (!intent || openstack_is_of(session, &image.made.marks, intent))
			told[told_count++] = image.made;
	}
	*images = told;
	*count = told_count;
	return PROVIDER_DONE;
}

static struct provider_result look_and_take(struct provider_session *session, struct provider_call *call,
					    const struct provider_image_spec *spec, const char **native_id)
{
	struct provider_page page = { NULL, 0 };
	struct provider_made_image *images;
	struct json *properties = json_object(call->arena);
	size_t count = 0;
	struct provider_result result = image_list(session, call, &spec->intent, &page, &images, &count);
	if (result.error != PROVIDER_OK)
		return result;
	if (count > 0) {
		*native_id = images[0].image.native_id;
		return result;
	}
	openstack_marks_set(session, &spec->intent, properties);
	return openstack_image_take(session, call, spec->machine, spec->name, properties, native_id);
}

static struct provider_result image_create(struct provider_session *session, struct provider_call *call,
					   const struct provider_image_spec *spec, struct provider_task *task,
					   const char **native_id)
{
	*task = (struct provider_task){ NULL };
	*native_id = NULL;
	struct provider_result result = openstack_name_check(call, "image", spec->name);
	if (result.error == PROVIDER_OK && !openstack_is_id(spec->machine))
		result = openstack_not_found(call, "machine", spec->machine);
	if (result.error == PROVIDER_OK)
		result = flight_begin(session->flights, call, spec->intent.resource);
	if (result.error != PROVIDER_OK)
		return result;
	result = look_and_take(session, call, spec, native_id);
	flight_end(session->flights, spec->intent.resource);
	if (result.error == PROVIDER_OK)
		task->handle = arena_printf(call->arena, "image:%s:%s", *native_id, spec->machine);
	return result;
}

/* An image is ready when Glance says so; the machine, when Nova no longer works on it. */
struct provider_result openstack_image_poll(struct provider_session *session, struct provider_call *call,
					    const struct openstack_handle *handle, struct provider_task_status *status)
{
	struct openstack_image image;
	struct openstack_server server;
	struct provider_result result = openstack_image_get(session, call, handle->id, &image);
	if (result.error == PROVIDER_NOT_FOUND || (result.error == PROVIDER_OK && image.made.is_failed))
		return openstack_task_failed(
			status,
			provider_fail(call->arena, PROVIDER_CONFLICT,
				      "OpenStack gave the image up while it was made; see that the machine is well"));
	if (result.error != PROVIDER_OK)
		return result;
	status->native_id = image.made.image.native_id;
	if (!image.made.is_ready)
		return openstack_task_running(
			status, 40, arena_printf(call->arena, "the image is %s", text_or_empty(image.status)));
	if (handle->more[0] == '\0')
		return openstack_task_done(status);
	result = openstack_server_get(session, call, handle->more, &server);
	if (result.error != PROVIDER_OK && result.error != PROVIDER_NOT_FOUND)
		return result;
	bool is_busy =
		result.error == PROVIDER_OK && server.task_state && text_starts_with(server.task_state, "image_");
	return is_busy ? openstack_task_running(status, 90, server.machine.native_state) : openstack_task_done(status);
}

/* ---- removing ---- */

static const char *ids_join(struct arena *arena, const char *const *ids, size_t count)
{
	struct text text = text_new(arena);
	for (size_t i = 0; i < count; i++)
		text_printf(&text, "%s%s", i > 0 ? "," : "", ids[i]);
	return text.data;
}

static struct provider_result image_remove(struct provider_session *session, struct provider_call *call,
					   const char *native_id, struct provider_task *task)
{
	struct openstack_image image;
	*task = (struct provider_task){ NULL };
	struct provider_result result = openstack_image_get(session, call, native_id, &image);
	if (result.error == PROVIDER_NOT_FOUND)
		return PROVIDER_DONE;
	if (result.error == PROVIDER_OK)
		result = openstack_image_drop(session, call, native_id);
	if (result.error == PROVIDER_OK && image.volume_snapshot_count > 0)
		task->handle = arena_printf(call->arena, "image-delete:%s:%s", native_id,
					    ids_join(call->arena, image.volume_snapshots, image.volume_snapshot_count));
	return result;
}

/* One of the volume snapshots that were under it, and then the others. */
struct provider_result openstack_image_delete_poll(struct provider_session *session, struct provider_call *call,
						   const struct openstack_handle *handle,
						   struct provider_task_status *status)
{
	size_t size = strcspn(handle->more, ",");
	const char *first = arena_strndup(call->arena, handle->more, size);
	bool is_gone = false;
	if (!openstack_is_id(first))
		return openstack_task_unknown(call);
	struct provider_result result = openstack_volume_snapshot_drop(session, call, first, &is_gone);
	if (result.error != PROVIDER_OK)
		return result;
	if (is_gone && handle->more[size] == '\0')
		return openstack_task_done(status);
	if (is_gone)
		status->next_handle =
			arena_printf(call->arena, "image-delete:%s:%s", handle->id, handle->more + size + 1);
	return openstack_task_running(status, 50, "deleting the volume snapshots under it");
}

const struct provider_image_ops openstack_image_ops = {
	.create = image_create,
	.list = image_list,
	.remove = image_remove,
};
