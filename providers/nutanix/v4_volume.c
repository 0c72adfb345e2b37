/* SPDX-License-Identifier: Apache-2.0 */
/* v4_volume.c: volumes of v4: volume groups with one disk, which machines are attached to. */
#include "providers/nutanix/v4.h"
#include "runtime/base/id.h"
#include "runtime/base/text.h"

enum { SIZE_GIB_MOST = 65536, SEARCH_LIMIT = 100 };

/* What is read of one: the group, its disks and its machines are three lists. */
struct group {
	const struct json *data, *disk;
	const char *etag;
	size_t disk_count;
	struct provider_volume volume;
};

static const char *path_of(struct provider_session *session, struct provider_call *call, const char *native_id, const char *rest)
{
	return v4_path(session, call->arena, "volumes", "config/volume-groups/%s%s", native_id, rest);
}

static const char *groups_path(struct provider_session *session, struct provider_call *call)
{
	return v4_path(session, call->arena, "volumes", "config/volume-groups");
}

static struct provider_result details_read(struct provider_session *session, struct provider_call *call, struct group *group)
{
	struct provider_volume *volume = &group->volume;
	const char *type = json_text(json_get(group->data, "attachmentType"), "");
	const struct json *rows;
	int64_t total;
	struct provider_result result = v4_list(session, call, path_of(session, call, volume->native_id, "/disks"), NULL, 0,
						V4_LIMIT_MOST, &rows, &total);

	if (result.error != PROVIDER_OK)
		return result;
	group->disk = json_at(rows, 0);
	group->disk_count = json_size(rows);
	volume->size_gib = nutanix_gib_up(json_int(json_get(group->disk, "diskSizeBytes"), 0));
	volume->type = json_text(json_get(group->disk, "storageContainerId"), NULL);
	if (!text_equal(type, "NONE")) {
		result = v4_list(session, call, path_of(session, call, volume->native_id, "/vm-attachments"), NULL, 0, V4_LIMIT_MOST,
				 &rows, &total);
		if (result.error != PROVIDER_OK)
			return result;
		volume->machine = v4_id_of(json_at(rows, 0));
	}
	volume->state = volume->machine || text_equal(type, "EXTERNAL") ? PROVIDER_VOLUME_ATTACHED :
			group->disk				       ? PROVIDER_VOLUME_AVAILABLE :
									 PROVIDER_VOLUME_BUILDING;
	volume->native_state = type[0] ? type : volume->machine ? "DIRECT" : "NONE";
	return PROVIDER_DONE;
}

static void group_read(struct arena *arena, const struct json *data, struct group *group)
{
	struct nutanix_marks marks = nutanix_marks_read(arena, json_text(json_get(data, "description"), NULL), NULL);

	*group = (struct group){ .data = data };
	group->volume = (struct provider_volume){ .native_id = v4_id_of(data),
						  .name = json_text(json_get(data, "name"), ""),
						  .zone = json_text(json_get(data, "clusterReference"), NULL),
						  .marks = marks.ours };
}

static struct provider_result group_get(struct provider_session *session, struct provider_call *call, const char *native_id,
					struct group *group)
{
	const struct json *data;
	const char *etag;
	struct provider_result result = nutanix_id_check(call->arena, "volume", native_id);

	if (result.error == PROVIDER_OK)
		result = v4_get(session, call, path_of(session, call, native_id, ""), "reading the volume", &data, &etag);
	if (result.error != PROVIDER_OK)
		return result;
	group_read(call->arena, data, group);
	group->etag = etag;
	if (!text_equal(group->volume.native_id, native_id))
		return provider_fail(call->arena, PROVIDER_UNAVAILABLE, "Prism Central answers with another volume than it was asked for");
	return details_read(session, call, group);
}

static struct provider_result volume_get(struct provider_session *session, struct provider_call *call, const char *native_id,
					 struct provider_volume *volume)
{
	struct group group;
	struct provider_result result = group_get(session, call, native_id, &group);

	if (result.error == PROVIDER_OK)
		*volume = group.volume;
	return result;
}

/* v4 filters volume groups by no description: all of them are looked through. */
static struct provider_result volume_search(struct provider_session *session, struct provider_call *call,
					    const struct provider_intent *intent, struct provider_volume *volumes, size_t *count)
{
	int64_t total = 1;

	for (int64_t page = 0; page * SEARCH_LIMIT < total && page < V4_PAGES_MOST; page++) {
		const struct json *rows;
		struct provider_result result =
			v4_list(session, call, groups_path(session, call), NULL, page, SEARCH_LIMIT, &rows, &total);

		for (size_t i = 0; result.error == PROVIDER_OK && i < json_size(rows); i++) {
			const char *description = json_text(json_get(json_at(rows, i), "description"), NULL);
			struct nutanix_marks marks = nutanix_marks_read(call->arena, description, NULL);

			if (!nutanix_marks_are(&marks, session, intent) || !v4_id_of(json_at(rows, i)))
				continue;
			result = volume_get(session, call, v4_id_of(json_at(rows, i)), &volumes[0]);
			*count = result.error == PROVIDER_OK;
			return result.error == PROVIDER_NOT_FOUND ? PROVIDER_DONE : result;
		}
		if (result.error != PROVIDER_OK || json_size(rows) == 0)
			return result;
	}
	return PROVIDER_DONE;
}

static struct provider_result volume_list(struct provider_session *session, struct provider_call *call,
					  const struct provider_intent *intent, struct provider_page *page,
					  struct provider_volume **volumes, size_t *count)
{
	const struct json *rows = NULL;

	*count = 0;
	if (intent) {
		page->token = NULL;
		*volumes = ARENA_NEW(call->arena, struct provider_volume);
		return volume_search(session, call, intent, *volumes, count);
	}
	struct provider_result result = v4_page(session, call, groups_path(session, call), NULL, page, &rows);
	if (result.error != PROVIDER_OK)
		return result;
	*volumes = ARENA_ARRAY(call->arena, json_size(rows), struct provider_volume);
	for (size_t i = 0; i < json_size(rows); i++) {
		struct group group;

		group_read(call->arena, json_at(rows, i), &group);
		if (!group.volume.native_id)
			continue;
		result = details_read(session, call, &group);
		/* Deleted while the list is read. */
		if (result.error == PROVIDER_NOT_FOUND || group.disk_count > 1)
			continue;
		if (result.error != PROVIDER_OK)
			return result;
		(*volumes)[(*count)++] = group.volume;
	}
	return PROVIDER_DONE;
}

/* ---- create ---- */

static struct provider_result spec_check(struct provider_session *session, struct provider_call *call,
					 const struct provider_volume_spec *spec, const char **cluster)
{
	struct arena *arena = call->arena;
	struct provider_result result = nutanix_name_check(arena, text_or_empty(spec->name), NUTANIX_NAME_MOST);

	if (result.error == PROVIDER_OK && !id_is_uuid(text_or_empty(spec->intent.resource)))
		result = provider_fail(arena, PROVIDER_INVALID, "the volume's id must be a UUID");
	if (result.error == PROVIDER_OK && (spec->size_gib < 1 || spec->size_gib > SIZE_GIB_MOST))
		result = provider_fail(arena, PROVIDER_INVALID, "the volume must have 1 to %d GiB", SIZE_GIB_MOST);
	if (result.error == PROVIDER_OK && spec->type && !id_is_uuid(spec->type))
		result = provider_fail(arena, PROVIDER_INVALID, "the type of a volume is a storage container, by its UUID");
	if (result.error == PROVIDER_OK && spec->snapshot)
		result = provider_fail(arena, PROVIDER_INVALID, "volumes of a Prism Central do not begin as a snapshot here");
	if (result.error == PROVIDER_OK && json_size(spec->tags) > 0)
		result = provider_fail(arena, PROVIDER_INVALID, "volumes of a Prism Central have no tags here");
	if (result.error == PROVIDER_OK && spec->zone && !id_is_uuid(spec->zone))
		result = provider_fail(arena, PROVIDER_INVALID, "there is no zone \"%.64s\": a zone is a cluster, by its UUID", spec->zone);
	if (result.error != PROVIDER_OK)
		return result;
	*cluster = spec->zone;
	return spec->zone ? v4_cluster_check(session, call, spec->zone) : v4_cluster_choose(session, call, cluster);
}

static const struct json *body_json(struct provider_session *session, struct arena *arena, const struct provider_volume_spec *spec,
				    const char *cluster, const char *description)
{
	struct json *group = nutanix_object(arena, "name", spec->name), *disk = json_object(arena), *disks = json_array(arena);
	const char *container = spec->type ? spec->type : session->options.storage_container;

	json_set_int(disk, "index", 0);
	json_set_int(disk, "diskSizeBytes", spec->size_gib * NUTANIX_GIB);
	if (container) {
		struct json *source = v4_reference(arena, container);
		json_set_text(source, "entityType", "STORAGE_CONTAINER");
		json_set(disk, "diskDataSourceReference", source);
	}
	json_append(disks, disk);
	json_set_text(group, "description", description);
	json_set_text(group, "clusterReference", cluster);
	json_set_text(group, "sharingStatus", "NOT_SHARED");
	json_set_text(group, "usageType", "USER");
	json_set(group, "disks", disks);
	return group;
}

static struct provider_result volume_create(struct provider_session *session, struct provider_call *call,
					    const struct provider_volume_spec *spec, struct provider_task *task,
					    const char **native_id)
{
	struct nutanix_marks marks = nutanix_marks_new(session, &spec->intent);
	const char *cluster, *description, *work = "-";
	const struct json *data;

	*task = (struct provider_task){ NULL };
	*native_id = NULL;
	struct provider_result result = spec_check(session, call, spec, &cluster);
	if (result.error == PROVIDER_OK)
		result = nutanix_marks_print(call->arena, NULL, &marks, &description);
	if (result.error != PROVIDER_OK)
		return result;
	struct v4_change change = { .method = "POST",
				    .path = groups_path(session, call),
				    .body = body_json(session, call->arena, spec, cluster, description),
				    .what = "making the volume" };
	result = v4_send_once(session, call, &change, "volume", spec->intent.resource, &work);
	if (result.error != PROVIDER_OK)
		return result;
	if (!text_equal(work, "-") && v4_task_get(session, call, work, &data).error == PROVIDER_OK)
		*native_id = v4_task_entity(data, ":volume-group");
	*task = v4_handle(call->arena, "volume", work, *native_id ? *native_id : "-", NULL);
	return result;
}

/* ---- attach, detach, grow, remove ---- */

/* One change of a group: its path from the group's on, and what it says. */
struct group_change {
	const char *method, *rest, *what;
	const struct json *body;
};

static struct provider_result group_change(struct provider_session *session, struct provider_call *call, const struct group *group,
					   const struct group_change *change, struct provider_task *task)
{
	const char *work = "-";
	const char *path = path_of(session, call, group->volume.native_id, change->rest);
	bool is_of_disk = text_starts_with(change->rest, "/disks/");
	struct v4_change sent = { .method = change->method, .path = path, .body = change->body, .what = change->what };
	struct provider_result result;

	if (!is_of_disk)
		sent.etag = group->etag;
	result = v4_send_read(session, call, is_of_disk ? path : path_of(session, call, group->volume.native_id, ""), &sent, &work);
	if (result.error == PROVIDER_OK && !text_equal(work, "-"))
		*task = v4_handle(call->arena, "work", work, group->volume.native_id, NULL);
	return result;
}

static struct provider_result attach_once(struct provider_session *session, struct provider_call *call, const char *native_id,
					  const char *machine, struct provider_task *task)
{
	struct group group;
	struct group_change change = { "POST", "/$actions/attach-vm", "attaching the volume", v4_reference(call->arena, machine) };
	struct provider_result result = group_get(session, call, native_id, &group);

	if (result.error != PROVIDER_OK || text_equal(group.volume.machine, machine))
		return result;
	if (group.volume.state == PROVIDER_VOLUME_ATTACHED)
		return provider_fail(call->arena, PROVIDER_CONFLICT, "the volume is attached to %.36s; detach it first",
				     group.volume.machine ? group.volume.machine : "somebody else");
	return group_change(session, call, &group, &change, task);
}

static struct provider_result volume_attach(struct provider_session *session, struct provider_call *call, const char *native_id,
					    const char *machine, struct provider_task *task)
{
	const struct json *vm;
	struct provider_machine found;
	struct nutanix_marks marks;
	struct provider_result result = nutanix_id_check(call->arena, "volume", native_id);

	*task = (struct provider_task){ NULL };
	if (result.error == PROVIDER_OK)
		result = v4_machine_get(session, call, machine, &vm, &found, &marks, NULL);
	if (result.error == PROVIDER_OK)
		result = nutanix_state_check(call->arena, VERB_VOLUME_ATTACH, found.state, found.native_state);
	return result.error == PROVIDER_OK ? attach_once(session, call, native_id, machine, task) : result;
}

static struct provider_result volume_detach(struct provider_session *session, struct provider_call *call, const char *native_id,
					    struct provider_task *task)
{
	struct group group;
	struct provider_result result = group_get(session, call, native_id, &group);

	*task = (struct provider_task){ NULL };
	if (result.error != PROVIDER_OK || !group.volume.machine)
		return result;
	struct group_change change = { "POST", "/$actions/detach-vm", "detaching the volume",
				       v4_reference(call->arena, group.volume.machine) };
	return group_change(session, call, &group, &change, task);
}

static struct provider_result volume_grow(struct provider_session *session, struct provider_call *call, const char *native_id,
					  int64_t size_gib, struct provider_task *task)
{
	struct group group;
	struct provider_result result = group_get(session, call, native_id, &group);

	*task = (struct provider_task){ NULL };
	if (result.error != PROVIDER_OK)
		return result;
	if (size_gib < group.volume.size_gib || size_gib > SIZE_GIB_MOST || !v4_id_of(group.disk))
		return provider_fail(call->arena, PROVIDER_INVALID, "the volume has %lld GiB and can only grow, to %d at most",
				     (long long)group.volume.size_gib, SIZE_GIB_MOST);
	if (size_gib == group.volume.size_gib)
		return result;
	const char *rest = arena_printf(call->arena, "/disks/%s", v4_id_of(group.disk));
	struct json *body = v4_copy(call->arena, group.disk);
	json_remove(body, "links");
	json_remove(body, "tenantId");
	json_set_int(body, "diskSizeBytes", size_gib * NUTANIX_GIB);
	struct group_change change = { "PUT", rest, "growing the volume", body };
	return group_change(session, call, &group, &change, task);
}

static struct provider_result volume_remove(struct provider_session *session, struct provider_call *call, const char *native_id,
					    struct provider_task *task)
{
	struct group group;
	struct group_change change = { "DELETE", "", "deleting the volume", NULL };
	struct provider_result result = group_get(session, call, native_id, &group);

	*task = (struct provider_task){ NULL };
	if (result.error == PROVIDER_OK && group.volume.state == PROVIDER_VOLUME_ATTACHED)
		return provider_fail(call->arena, PROVIDER_CONFLICT, "the volume is attached to %.36s; detach it first",
				     group.volume.machine ? group.volume.machine : "somebody else");
	if (result.error == PROVIDER_OK)
		result = group_change(session, call, &group, &change, task);
	return result.error == PROVIDER_NOT_FOUND ? PROVIDER_DONE : result;
}

const struct provider_volume_ops v4_volume_ops = {
	.create = volume_create,
	.get = volume_get,
	.list = volume_list,
	.attach = volume_attach,
	.detach = volume_detach,
	.grow = volume_grow,
	.remove = volume_remove,
};
