/* SPDX-License-Identifier: Apache-2.0 */
/* v3_image.c: images that are made from the first disk of a machine, in v3. */
#include "providers/nutanix/v3.h"
#include "runtime/base/text.h"

static void image_read(struct arena *arena, const struct json *entity, struct provider_made_image *image)
{
	const struct json *status = json_get(entity, "status");
	const char *state = json_text(json_get(status, "state"), "");
	struct nutanix_marks marks =
		nutanix_marks_read(arena, json_text(json_path(entity, "spec", "description", NULL), NULL), NULL);
	const char *name = json_text(json_get(status, "name"), json_text(json_path(entity, "spec", "name", NULL), ""));

	*image = (struct provider_made_image){
		.image = { .native_id = v3_uuid_of(entity),
			   .name = name,
			   .os = "unknown",
			   .architecture = "x86_64",
			   .min_disk_gib = nutanix_gib_up(json_int(json_path(status, "resources", "size_bytes", NULL), 0)) },
		.is_ready = text_equal(state, "COMPLETE"),
		.is_failed = text_equal(state, "ERROR"),
		.marks = marks.ours,
	};
}

static struct provider_result image_list(struct provider_session *session, struct provider_call *call,
					 const struct provider_intent *intent, struct provider_page *page,
					 struct provider_made_image **images, size_t *count)
{
	const struct json *entities = NULL;
	struct json *entity = NULL;
	const char *free_uuid;
	struct provider_result result;

	*count = 0;
	if (intent) {
		result = v3_find(session, call, "images", "image", intent, false, &entity, &free_uuid);
		page->token = NULL;
		*images = ARENA_NEW(call->arena, struct provider_made_image);
		if (result.error == PROVIDER_OK)
			image_read(call->arena, entity, &(*images)[(*count)++]);
		return result.error == PROVIDER_NOT_FOUND ? PROVIDER_DONE : result;
	}
	result = v3_page(session, call, "images", "image", page, &entities);
	if (result.error != PROVIDER_OK)
		return result;
	*images = ARENA_ARRAY(call->arena, json_size(entities), struct provider_made_image);
	for (size_t i = 0; i < json_size(entities); i++) {
		const char *type = json_text(json_path(json_at(entities, i), "status", "resources", "image_type", NULL), "DISK_IMAGE");

		if (v3_uuid_of(json_at(entities, i)) && text_equal(type, "DISK_IMAGE"))
			image_read(call->arena, json_at(entities, i), &(*images)[(*count)++]);
	}
	return PROVIDER_DONE;
}

static struct provider_result disk_find(struct provider_session *session, struct provider_call *call, const char *machine,
					const char **disk)
{
	struct json *vm;
	struct provider_machine found;
	struct nutanix_marks marks;
	struct provider_result result = v3_machine_get(session, call, machine, &vm, &found, &marks);

	if (result.error == PROVIDER_OK)
		result = nutanix_state_check(call->arena, VERB_IMAGE_CREATE, found.state, found.native_state);
	if (result.error != PROVIDER_OK)
		return result;
	*disk = json_text(json_get(v3_disk_of(vm), "uuid"), NULL);
	return *disk ? PROVIDER_DONE : provider_fail(call->arena, PROVIDER_CONFLICT, "the machine has no disk to make an image of");
}

static const struct json *body_json(struct arena *arena, const struct provider_image_spec *spec, const char *description,
				    const char *disk, const char *uuid)
{
	struct json *body = json_object(arena), *image = nutanix_object(arena, "name", spec->name);
	struct json *resources = nutanix_object(arena, "image_type", "DISK_IMAGE");

	json_set(resources, "data_source_reference", v3_reference(arena, "vm_disk", disk));
	json_set_text(image, "description", description);
	json_set(image, "resources", resources);
	json_set_text(body, "api_version", "3.1");
	json_set(body, "spec", image);
	json_set(body, "metadata", v3_reference(arena, "image", uuid));
	return body;
}

static struct provider_result image_create(struct provider_session *session, struct provider_call *call,
					   const struct provider_image_spec *spec, struct provider_task *task, const char **native_id)
{
	struct nutanix_marks marks = nutanix_marks_new(session, &spec->intent);
	struct json *entity = NULL;
	const char *description, *disk, *uuid = NULL, *work = "-";

	*task = (struct provider_task){ NULL };
	*native_id = NULL;
	struct provider_result result = nutanix_name_check(call->arena, text_or_empty(spec->name), NUTANIX_NAME_MOST);
	if (result.error == PROVIDER_OK)
		result = nutanix_marks_print(call->arena, NULL, &marks, &description);
	if (result.error == PROVIDER_OK)
		result = disk_find(session, call, spec->machine, &disk);
	if (result.error == PROVIDER_OK)
		result = v3_find(session, call, "images", "image", &spec->intent, true, &entity, &uuid);
	if (result.error == PROVIDER_NOT_FOUND && uuid) {
		result = v3_change(session, call, "POST", V3 "images", body_json(call->arena, spec, description, disk, uuid),
				   "making the image", &work);
		if (result.error == PROVIDER_OK) {
			*native_id = uuid;
			*task = v3_handle(call->arena, "create", work, uuid, NULL);
			return result;
		}
		if (result.error == PROVIDER_CONFLICT)
			result = v3_find(session, call, "images", "image", &spec->intent, false, &entity, &uuid);
	}
	if (result.error != PROVIDER_OK)
		return result;
	*native_id = v3_uuid_of(entity);
	work = v3_task_of(entity);
	if (text_equal(json_text(json_path(entity, "status", "state", NULL), ""), "PENDING") && !text_equal(work, "-"))
		*task = v3_handle(call->arena, "create", work, *native_id, NULL);
	return result;
}

static struct provider_result image_remove(struct provider_session *session, struct provider_call *call, const char *native_id,
					   struct provider_task *task)
{
	const char *work = "-";
	struct provider_result result = nutanix_id_check(call->arena, "image", native_id);

	*task = (struct provider_task){ NULL };
	if (result.error == PROVIDER_OK)
		result = v3_change(session, call, "DELETE", arena_printf(call->arena, V3 "images/%s", native_id), NULL,
				   "deleting the image", &work);
	if (result.error == PROVIDER_OK && !text_equal(work, "-"))
		*task = v3_handle(call->arena, "work", work, native_id, NULL);
	return result.error == PROVIDER_NOT_FOUND ? PROVIDER_DONE : result;
}

const struct provider_image_ops v3_image_ops = { .create = image_create, .list = image_list, .remove = image_remove };
