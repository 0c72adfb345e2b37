/* SPDX-License-Identifier: Apache-2.0 */
/* v3_volume.c: volumes of v3: volume groups with one disk, which machines are attached to. */
#include "providers/nutanix/v3.h"
#include "runtime/base/id.h"
#include "runtime/base/text.h"

enum { SIZE_GIB_MOST = 65536 };

static const struct json *first_disk(const struct json *group)
{
	return json_at(json_path(group, "status", "resources", "disk_list", NULL), 0);
}

static const char *attached_to(const struct json *group)
{
	const struct json *list = json_path(group, "status", "resources", "attachment_list", NULL);

	for (size_t i = 0; i < json_size(list); i++) {
		const char *vm = json_text(json_path(json_at(list, i), "vm_reference", "uuid", NULL), NULL);

		if (vm)
			return vm;
	}
	return NULL;
}

static void volume_read(struct arena *arena, const struct json *group, struct provider_volume *volume)
{
	const struct json *disk = first_disk(group);
	const char *state = json_text(json_path(group, "status", "state", NULL), "");
	struct nutanix_marks marks =
		nutanix_marks_read(arena, json_text(json_path(group, "spec", "description", NULL), NULL), NULL);
	int64_t mib = json_int(json_get(disk, "disk_size_mib"), 0);

	*volume = (struct provider_volume){
		.native_id = v3_uuid_of(group),
		.name = json_text(json_path(group, "spec", "name", NULL), ""),
		.native_state = state,
		.size_gib = nutanix_gib_up(json_int(json_get(disk, "disk_size_bytes"), mib > 0 && mib < INT32_MAX ? mib * NUTANIX_MIB : 0)),
		.type = json_text(json_get(disk, "storage_container_uuid"), NULL),
		.zone = json_text(json_path(group, "spec", "cluster_reference", "uuid", NULL), NULL),
		.machine = attached_to(group),
		.created_us = nutanix_time_of(json_path(group, "metadata", "creation_time", NULL)),
		.marks = marks.ours,
	};
	if (text_equal(state, "COMPLETE"))
		volume->state = volume->machine ? PROVIDER_VOLUME_ATTACHED : PROVIDER_VOLUME_AVAILABLE;
	else if (text_equal(state, "ERROR"))
		volume->state = disk ? PROVIDER_VOLUME_UNKNOWN : PROVIDER_VOLUME_FAILED;
	else
		volume->state = disk ? PROVIDER_VOLUME_TRANSITION : PROVIDER_VOLUME_BUILDING;
}

static struct provider_result volume_get(struct provider_session *session, struct provider_call *call, const char *native_id,
					 struct provider_volume *volume)
{
	struct json *group;
	struct provider_result result = v3_get(session, call, "volume_groups", native_id, "volume", &group);

	if (result.error == PROVIDER_OK)
		volume_read(call->arena, group, volume);
	return result;
}

static struct provider_result volume_list(struct provider_session *session, struct provider_call *call,
					  const struct provider_intent *intent, struct provider_page *page,
					  struct provider_volume **volumes, size_t *count)
{
	const struct json *entities = NULL;
	struct json *group = NULL;
	const char *free_uuid;
	struct provider_result result;

	*count = 0;
	if (intent) {
		result = v3_find(session, call, "volume_groups", "volume", intent, false, &group, &free_uuid);
		page->token = NULL;
		*volumes = ARENA_NEW(call->arena, struct provider_volume);
		if (result.error == PROVIDER_OK)
			volume_read(call->arena, group, &(*volumes)[(*count)++]);
		return result.error == PROVIDER_NOT_FOUND ? PROVIDER_DONE : result;
	}
	result = v3_page(session, call, "volume_groups", "volume_group", page, &entities);
	if (result.error != PROVIDER_OK)
		return result;
	*volumes = ARENA_ARRAY(call->arena, json_size(entities), struct provider_volume);
	for (size_t i = 0; i < json_size(entities); i++) {
		const struct json *disks = json_path(json_at(entities, i), "status", "resources", "disk_list", NULL);

		if (!v3_uuid_of(json_at(entities, i)) || json_size(disks) > 1)
			continue;
		volume_read(call->arena, json_at(entities, i), &(*volumes)[(*count)++]);
	}
	return PROVIDER_DONE;
}

/* ---- create ---- */

static struct provider_result spec_check(struct provider_session *session, struct provider_call *call,
					 const struct provider_volume_spec *spec, const char **cluster)
{
	struct arena *arena = call->arena;
	struct provider_result result = nutanix_name_check(arena, text_or_empty(spec->name), NUTANIX_NAME_MOST);
	struct json *entity;

	*cluster = spec->zone;
	if (result.error == PROVIDER_OK && (spec->size_gib < 1 || spec->size_gib > SIZE_GIB_MOST))
		result = provider_fail(arena, PROVIDER_INVALID, "the volume must have 1 to %d GiB", SIZE_GIB_MOST);
	if (result.error == PROVIDER_OK && spec->type && !id_is_uuid(spec->type))
		result = provider_fail(arena, PROVIDER_INVALID, "the type of a volume is a storage container, by its UUID");
	if (result.error == PROVIDER_OK && spec->snapshot)
		result = provider_fail(arena, PROVIDER_INVALID, "volumes of a Prism Central do not begin as a snapshot here");
	if (result.error == PROVIDER_OK && json_size(spec->tags) > 0)
		result = provider_fail(arena, PROVIDER_INVALID, "volumes of a Prism Central have no tags here");
	if (result.error != PROVIDER_OK)
		return result;
	if (spec->zone) {
		result = v3_get(session, call, "clusters", spec->zone, "zone", &entity);
		if (result.error == PROVIDER_NOT_FOUND)
			return provider_fail(arena, PROVIDER_INVALID, "there is no zone \"%.64s\"", spec->zone);
		return result;
	}
	return v3_cluster_choose(session, call, cluster);
}

static const struct json *body_json(struct provider_session *session, struct arena *arena, const struct provider_volume_spec *spec,
				    const char *cluster, const char *description, const char *uuid)
{
	struct json *body = json_object(arena), *group = nutanix_object(arena, "name", spec->name), *resources = json_object(arena);
	struct json *disk = json_object(arena), *disks = json_array(arena), *metadata = v3_reference(arena, "volume_group", uuid);
	const char *container = spec->type ? spec->type : session->options.storage_container;

	json_set_int(disk, "index", 0);
	json_set_int(disk, "disk_size_mib", spec->size_gib * 1024);
	if (container)
		json_set_text(disk, "storage_container_uuid", container);
	json_append(disks, disk);
	json_set(resources, "disk_list", disks);
	json_set_text(resources, "usage_type", "USER");
	json_set_text(resources, "sharing_status", "NOT_SHARED");
	json_set_text(group, "description", description);
	json_set(group, "resources", resources);
	json_set(group, "cluster_reference", v3_reference(arena, "cluster", cluster));
	if (session->options.project)
		json_set(metadata, "project_reference", v3_reference(arena, "project", session->options.project));
	json_set_text(body, "api_version", "3.1");
	json_set(body, "spec", group);
	json_set(body, "metadata", metadata);
	return body;
}

static void adopt(struct provider_call *call, const struct json *group, struct provider_task *task, const char **native_id)
{
	const char *work = v3_task_of(group);

	*native_id = v3_uuid_of(group);
	if (text_equal(json_text(json_path(group, "status", "state", NULL), ""), "PENDING") && !text_equal(work, "-"))
		*task = v3_handle(call->arena, "create", work, *native_id, NULL);
}

static struct provider_result volume_create(struct provider_session *session, struct provider_call *call,
					    const struct provider_volume_spec *spec, struct provider_task *task,
					    const char **native_id)
{
	struct nutanix_marks marks = nutanix_marks_new(session, &spec->intent);
	struct json *group = NULL;
	const char *cluster, *description, *uuid = NULL, *work = "-";

	*task = (struct provider_task){ NULL };
	*native_id = NULL;
	struct provider_result result = spec_check(session, call, spec, &cluster);
	if (result.error == PROVIDER_OK)
		result = nutanix_marks_print(call->arena, NULL, &marks, &description);
	if (result.error == PROVIDER_OK)
		result = v3_find(session, call, "volume_groups", "volume", &spec->intent, true, &group, &uuid);
	if (result.error == PROVIDER_NOT_FOUND && uuid) {
		result = v3_change(session, call, "POST", V3 "volume_groups",
				   body_json(session, call->arena, spec, cluster, description, uuid), "making the volume", &work);
		if (result.error == PROVIDER_OK) {
			*native_id = uuid;
			*task = v3_handle(call->arena, "create", work, uuid, NULL);
			return result;
		}
		if (result.error == PROVIDER_CONFLICT)
			result = v3_find(session, call, "volume_groups", "volume", &spec->intent, false, &group, &uuid);
	}
	if (result.error == PROVIDER_OK)
		adopt(call, group, task, native_id);
	return result;
}

/* ---- attach, detach, grow, remove ---- */

static struct provider_result attach_edit(struct v3_edit *edit, const void *context)
{
	const char *machine = context, *now = attached_to(edit->entity);
	struct json *list = json_array(edit->arena), *attachment = json_object(edit->arena);

	edit->is_so_already = text_equal(now, machine);
	if (now && !edit->is_so_already)
		return provider_fail(edit->arena, PROVIDER_CONFLICT, "the volume is attached to the machine %.36s; detach it first", now);
	json_set(attachment, "vm_reference", v3_reference(edit->arena, "vm", machine));
	json_append(list, attachment);
	json_set(edit->resources, "attachment_list", list);
	return PROVIDER_DONE;
}

static struct provider_result detach_edit(struct v3_edit *edit, const void *context)
{
	(void)context;
	edit->is_so_already = attached_to(edit->entity) == NULL;
	json_set(edit->resources, "attachment_list", json_array(edit->arena));
	return PROVIDER_DONE;
}

static struct provider_result grow_edit(struct v3_edit *edit, const void *context)
{
	int64_t size_gib = *(const int64_t *)context;
	struct provider_volume volume;
	struct json *disks = json_array(edit->arena);
	struct json *disk = v3_copy(edit->arena, json_at(json_get(edit->resources, "disk_list"), 0));

	volume_read(edit->arena, edit->entity, &volume);
	if (size_gib < volume.size_gib || size_gib > SIZE_GIB_MOST)
		return provider_fail(edit->arena, PROVIDER_INVALID, "the volume has %lld GiB and can only grow, to %d at most",
				     (long long)volume.size_gib, SIZE_GIB_MOST);
	edit->is_so_already = size_gib == volume.size_gib;
	json_set_int(disk, "disk_size_mib", size_gib * 1024);
	json_set_int(disk, "disk_size_bytes", size_gib * NUTANIX_GIB);
	json_append(disks, disk);
	json_set(edit->resources, "disk_list", disks);
	return PROVIDER_DONE;
}

static struct provider_result change(struct provider_session *session, struct provider_call *call, const char *native_id,
				     const char *what, v3_editor editor, const void *context, struct provider_task *task)
{
	const char *work = "-";
	struct provider_result result = v3_volume_edit(session, call, native_id, what, editor, context, &work);

	*task = (struct provider_task){ NULL };
	if (result.error == PROVIDER_OK && !text_equal(work, "-"))
		*task = v3_handle(call->arena, "work", work, native_id, NULL);
	return result;
}

static struct provider_result volume_attach(struct provider_session *session, struct provider_call *call, const char *native_id,
					    const char *machine, struct provider_task *task)
{
	struct provider_machine found;
	struct provider_result result = nutanix_id_check(call->arena, "volume", native_id);

	*task = (struct provider_task){ NULL };
	if (result.error == PROVIDER_OK)
		result = v3_machine_read_one(session, call, machine, &found);
	if (result.error == PROVIDER_OK)
		result = nutanix_state_check(call->arena, VERB_VOLUME_ATTACH, found.state, found.native_state);
	return result.error == PROVIDER_OK ?
		       change(session, call, native_id, "attaching the volume", attach_edit, machine, task) :
		       result;
}

static struct provider_result volume_detach(struct provider_session *session, struct provider_call *call, const char *native_id,
					    struct provider_task *task)
{
	return change(session, call, native_id, "detaching the volume", detach_edit, NULL, task);
}

static struct provider_result volume_grow(struct provider_session *session, struct provider_call *call, const char *native_id,
					  int64_t size_gib, struct provider_task *task)
{
	return change(session, call, native_id, "growing the volume", grow_edit, &size_gib, task);
}

static struct provider_result volume_remove(struct provider_session *session, struct provider_call *call, const char *native_id,
					    struct provider_task *task)
{
	struct provider_volume volume;
	const char *work = "-";
	struct provider_result result = volume_get(session, call, native_id, &volume);

	*task = (struct provider_task){ NULL };
	if (result.error == PROVIDER_OK && volume.machine)
		return provider_fail(call->arena, PROVIDER_CONFLICT, "the volume is attached to the machine %.36s; detach it first",
				     volume.machine);
	if (result.error == PROVIDER_OK)
		result = v3_change(session, call, "DELETE", arena_printf(call->arena, V3 "volume_groups/%s", native_id), NULL,
				   "deleting the volume", &work);
	if (result.error == PROVIDER_OK && !text_equal(work, "-"))
		*task = v3_handle(call->arena, "work", work, native_id, NULL);
	return result.error == PROVIDER_NOT_FOUND ? PROVIDER_DONE : result;
}

const struct provider_volume_ops v3_volume_ops = {
	.create = volume_create,
	.get = volume_get,
	.list = volume_list,
	.attach = volume_attach,
	.detach = volume_detach,
	.grow = volume_grow,
	.remove = volume_remove,
};
