/* SPDX-License-Identifier: Apache-2.0 */
/* v4_image.c: images that are made from the first disk of a machine, in v4. */
#include "providers/nutanix/v4.h"
#include "runtime/base/id.h"
#include "runtime/base/text.h"

static const char *images_path(struct provider_session *session, struct provider_call *call)
{
	return v4_path(session, call->arena, "vmm", "content/images");
}

static void image_read(struct arena *arena, const struct json *row, struct provider_made_image *image)
{
	struct nutanix_marks marks = nutanix_marks_read(arena, json_text(json_get(row, "description"), NULL), NULL);
	int64_t bytes = json_int(json_get(row, "sizeBytes"), 0);

	*image = (struct provider_made_image){
		.image = { .native_id = v4_id_of(row),
			   .name = json_text(json_get(row, "name"), ""),
			   .os = "unknown",
			   .architecture = "x86_64",
			   .min_disk_gib = nutanix_gib_up(bytes) },
		.is_ready = bytes > 0, /* it has a size when it is whole */
		.marks = marks.ours,
	};
}

/* By intent: descriptions of images can be filtered by; what comes is looked at all the same. */
static struct provider_result image_list(struct provider_session *session, struct provider_call *call,
					 const struct provider_intent *intent, struct provider_page *page,
					 struct provider_made_image **images, size_t *count)
{
	const struct json *rows = NULL;
	const char *query = v4_filter(call->arena, "type eq Vmm.Content.ImageType'DISK_IMAGE'");

	*count = 0;
	if (intent && !id_is_uuid(text_or_empty(intent->resource)))
		return PROVIDER_DONE;
	if (intent)
		query = v4_filter(call->arena, "contains(description, '%s')", intent->resource);
	struct provider_result result = v4_page(session, call, images_path(session, call), query, page, &rows);
	if (result.error != PROVIDER_OK)
		return result;
	*images = ARENA_ARRAY(call->arena, json_size(rows), struct provider_made_image);
	for (size_t i = 0; i < json_size(rows); i++) {
		struct provider_made_image image;

		image_read(call->arena, json_at(rows, i), &image);
		if (!image.image.native_id || (intent && (!text_equal(image.marks.resource, intent->resource) ||
							  !text_equal(image.marks.installation, session->installation))))
			continue;
		(*images)[(*count)++] = image;
	}
	return PROVIDER_DONE;
}

static struct provider_result source_find(struct provider_session *session, struct provider_call *call, const char *machine,
					  struct json **source, const char **cluster)
{
	const struct json *vm;
	struct provider_machine found;
	struct nutanix_marks marks;
	struct provider_result result = v4_machine_get(session, call, machine, &vm, &found, &marks, NULL);

	if (result.error == PROVIDER_OK)
		result = nutanix_state_check(call->arena, VERB_IMAGE_CREATE, found.state, found.native_state);
	if (result.error != PROVIDER_OK)
		return result;
	const struct json *disk = v4_disk_of(vm);
	const char *id = json_text(json_path(disk, "backingInfo", "diskExtId", NULL), v4_id_of(disk));
	if (!id)
		return provider_fail(call->arena, PROVIDER_CONFLICT, "the machine has no disk to make an image of");
	*source = nutanix_object(call->arena, "$objectType", "vmm.v4.content.VmDiskSource");
	json_set_text(*source, "extId", id);
	*cluster = found.zone;
	return PROVIDER_DONE;
}

static struct provider_result image_create(struct provider_session *session, struct provider_call *call,
					   const struct provider_image_spec *spec, struct provider_task *task, const char **native_id)
{
	struct nutanix_marks marks = nutanix_marks_new(session, &spec->intent);
	const char *description, *cluster = NULL, *work = "-";
	struct json *source = NULL, *body = nutanix_object(call->arena, "name", spec->name);
	const struct json *data;

	*task = (struct provider_task){ NULL };
	*native_id = NULL;
	struct provider_result result = nutanix_name_check(call->arena, text_or_empty(spec->name), NUTANIX_NAME_MOST);
	if (result.error == PROVIDER_OK && !id_is_uuid(text_or_empty(spec->intent.resource)))
		result = provider_fail(call->arena, PROVIDER_INVALID, "the image's id must be a UUID");
	if (result.error == PROVIDER_OK)
		result = nutanix_marks_print(call->arena, NULL, &marks, &description);
	if (result.error == PROVIDER_OK)
		result = source_find(session, call, spec->machine, &source, &cluster);
	if (result.error != PROVIDER_OK)
		return result;
	json_set_text(body, "description", description);
	json_set_text(body, "type", "DISK_IMAGE");
	json_set(body, "source", source);
	if (cluster) {
		struct json *clusters = json_array(call->arena);
		json_append_text(clusters, cluster);
		json_set(body, "clusterLocationExtIds", clusters);
	}
	struct v4_change change = {
		.method = "POST", .path = images_path(session, call), .body = body, .what = "making the image"
	};
	result = v4_send_once(session, call, &change, "image", spec->intent.resource, &work);
	if (result.error != PROVIDER_OK)
		return result;
	if (!text_equal(work, "-") && v4_task_get(session, call, work, &data).error == PROVIDER_OK)
		*native_id = v4_task_entity(data, ":image");
	*task = v4_handle(call->arena, "image", work, *native_id ? *native_id : "-", NULL);
	return result;
}

static struct provider_result image_remove(struct provider_session *session, struct provider_call *call, const char *native_id,
					   struct provider_task *task)
{
	const char *path = arena_printf(call->arena, "%s/%s", images_path(session, call), text_or_empty(native_id)), *work = "-";
	struct v4_change change = { .method = "DELETE", .path = path, .what = "deleting the image" };
	struct provider_result result = nutanix_id_check(call->arena, "image", native_id);

	*task = (struct provider_task){ NULL };
	if (result.error == PROVIDER_OK)
		result = v4_send_read(session, call, path, &change, &work);
	if (result.error == PROVIDER_OK && !text_equal(work, "-"))
		*task = v4_handle(call->arena, "work", work, native_id, NULL);
	return result.error == PROVIDER_NOT_FOUND ? PROVIDER_DONE : result;
}

const struct provider_image_ops v4_image_ops = { .create = image_create, .list = image_list, .remove = image_remove };
