/* SPDX-License-Identifier: Apache-2.0 */
/* v3_change.c: changing what is there: read it, change its spec, write it back, again when somebody else was faster. */
#include "providers/nutanix/v3.h"

#include "runtime/base/text.h"

/* What the answer's metadata has that a request may have: the rest is the server's to say. */
static struct json *metadata_of(struct arena *arena, const struct json *entity)
{
	static const char *const KEPT[] = { "kind", "uuid", "spec_version", "entity_version", "project_reference", "owner_reference",
					    "categories", "categories_mapping" };
	struct json *metadata = json_object(arena);

	for (size_t i = 0; i < sizeof KEPT / sizeof KEPT[0]; i++) {
		const struct json *value = json_path(entity, "metadata", KEPT[i], NULL);

		if (value)
			json_set(metadata, KEPT[i], value);
	}
	return metadata;
}

static void edit_begin(struct arena *arena, const struct json *entity, struct v3_edit *edit)
{
	*edit = (struct v3_edit){ .arena = arena, .entity = entity };
	edit->spec = v3_copy(arena, json_get(entity, "spec"));
	edit->resources = v3_copy(arena, json_path(entity, "spec", "resources", NULL));
	edit->metadata = metadata_of(arena, entity);
	edit->marks = nutanix_marks_read(arena, json_text(json_get(edit->spec, "description"), NULL), &edit->text);
}

static struct provider_result edit_write(struct provider_session *session, struct provider_call *call, const char *collection,
					 const char *native_id, const char *what, struct v3_edit *edit, const char **task)
{
	struct json *body = json_object(call->arena);

	if (edit->description)
		json_set_text(edit->spec, "description", edit->description);
	json_set(edit->spec, "resources", edit->resources);
	json_set(body, "spec", edit->spec);
	json_set(body, "metadata", edit->metadata);
	json_set_text(body, "api_version", "3.1");
	return v3_change(session, call, "PUT", arena_printf(call->arena, V3 "%s/%s", collection, native_id), body, what, task);
}

struct provider_result v3_machine_edit(struct provider_session *session, struct provider_call *call, const char *native_id,
				       enum provider_verb verb, const char *what, v3_editor editor, const void *context,
				       const char **task)
{
	struct provider_result result = PROVIDER_DONE;

	for (int i = 0; i < NUTANIX_EDITS_MOST; i++) {
		struct json *vm;
		struct v3_edit edit;
		struct provider_machine machine;
		struct nutanix_marks marks;

		result = v3_machine_get(session, call, native_id, &vm, &machine, &marks);
		if (result.error != PROVIDER_OK)
			return result;
		edit_begin(call->arena, vm, &edit);
		edit.machine = machine;
		result = editor(&edit, context);
		*task = "-";
		if (result.error != PROVIDER_OK || edit.is_so_already)
			return result;
		result = nutanix_state_check(call->arena, verb, machine.state, machine.native_state);
		if (result.error == PROVIDER_OK)
			result = edit_write(session, call, "vms", native_id, what, &edit, task);
		else
			return result;
		if (result.error != PROVIDER_CONFLICT)
			return result;
	}
	return result;
}

struct provider_result v3_volume_edit(struct provider_session *session, struct provider_call *call, const char *native_id,
				      const char *what, v3_editor editor, const void *context, const char **task)
{
	struct provider_result result = PROVIDER_DONE;

	for (int i = 0; i < NUTANIX_EDITS_MOST; i++) {
		struct json *group;
		struct v3_edit edit;

		result = v3_get(session, call, "volume_groups", native_id, "volume", &group);
		if (result.error != PROVIDER_OK)
			return result;
		edit_begin(call->arena, group, &edit);
		result = editor(&edit, context);
		*task = "-";
		if (result.error != PROVIDER_OK || edit.is_so_already)
			return result;
		result = edit_write(session, call, "volume_groups", native_id, what, &edit, task);
		if (result.error != PROVIDER_CONFLICT)
			return result;
	}
	return result;
}

static struct provider_task task_of(struct provider_call *call, const char *task, const char *native_id)
{
	return text_equal(task, "-") ? (struct provider_task){ NULL } : v3_handle(call->arena, "work", task, native_id, NULL);
}

/* ---- resize ---- */

static struct provider_result resize_edit(struct v3_edit *edit, const void *context)
{
	const struct provider_resize_spec *numbers = context;

	edit->is_so_already = edit->machine.vcpus == numbers->vcpus && edit->machine.memory_mib == numbers->memory_mib &&
			      text_equal(edit->marks.size, numbers->size);
	json_set_int(edit->resources, "num_sockets", numbers->vcpus);
	json_set_int(edit->resources, "num_vcpus_per_socket", 1);
	json_set_int(edit->resources, "memory_size_mib", numbers->memory_mib);
	edit->marks.size = numbers->size;
	return nutanix_marks_print(edit->arena, edit->text, &edit->marks, &edit->description);
}

struct provider_result v3_resize(struct provider_session *session, struct provider_call *call, const char *native_id,
				 const struct provider_resize_spec *spec, struct provider_task *task)
{
	struct provider_resize_spec numbers = *spec;
	const char *work = "-";
	struct provider_result result = nutanix_id_check(call->arena, "machine", native_id);

	*task = (struct provider_task){ NULL };
	if (result.error == PROVIDER_OK)
		result = provider_size_resolve(call->arena, &session->options.sizes, spec->size, &numbers);
	if (result.error == PROVIDER_OK)
		result = v3_machine_edit(session, call, native_id, VERB_RESIZE, "resizing the machine", resize_edit, &numbers, &work);
	if (result.error == PROVIDER_OK)
		*task = task_of(call, work, native_id);
	return result;
}

/* ---- rename ---- */

static struct provider_result rename_edit(struct v3_edit *edit, const void *context)
{
	const char *name = context;

	edit->is_so_already = text_equal(edit->machine.name, name);
	json_set_text(edit->spec, "name", name);
	return PROVIDER_DONE;
}

struct provider_result v3_rename(struct provider_session *session, struct provider_call *call, const char *native_id,
				 const char *name, struct provider_task *task)
{
	const char *work = "-";
	struct provider_result result = nutanix_name_check(call->arena, text_or_empty(name), NUTANIX_NAME_MOST);

	*task = (struct provider_task){ NULL };
	if (result.error == PROVIDER_OK)
		result = v3_machine_edit(session, call, native_id, VERB_RENAME, "renaming the machine", rename_edit, name, &work);
	if (result.error == PROVIDER_OK)
		*task = task_of(call, work, native_id);
	return result;
}

/* ---- tag ---- */

static struct provider_result tag_edit(struct v3_edit *edit, const void *context)
{
	const struct json *tags = context;
	const struct json *now = edit->machine.tags;

	edit->is_so_already = edit->marks.ours.resource &&
			      text_equal(json_print_canonical(edit->arena, now ? now : json_object(edit->arena)),
					 json_print_canonical(edit->arena, tags));
	v3_tags_write(edit->arena, edit->metadata, edit->marks.tags, tags);
	edit->marks.tags = nutanix_tag_keys(edit->arena, tags);
	return nutanix_marks_print(edit->arena, edit->text, &edit->marks, &edit->description);
}

struct provider_result v3_tag(struct provider_session *session, struct provider_call *call, const char *native_id,
			      const struct json *tags, struct provider_task *task)
{
	const char *work = "-";
	struct json *vm;
	struct provider_result result = nutanix_tags_check(call->arena, tags, NUTANIX_API_V3);

	*task = (struct provider_task){ NULL };
	/* No categories are made for a machine that is not there. */
	if (result.error == PROVIDER_OK)
		result = v3_get(session, call, "vms", native_id, "machine", &vm);
	if (result.error == PROVIDER_OK)
		result = v3_tags_ensure(session, call, tags);
	if (result.error == PROVIDER_OK)
		result = v3_machine_edit(session, call, native_id, VERB_TAG, "tagging the machine", tag_edit, tags, &work);
	if (result.error == PROVIDER_OK)
		*task = task_of(call, work, native_id);
	return result;
}

/* ---- remove ---- */

struct provider_result v3_remove(struct provider_session *session, struct provider_call *call, const char *native_id,
				 struct provider_task *task)
{
	const char *work = "-";
	size_t left = 0;
	struct provider_result result = nutanix_id_check(call->arena, "machine", native_id);

	*task = (struct provider_task){ NULL };
	if (result.error != PROVIDER_OK)
		return PROVIDER_DONE; /* nothing of Prism Central is called so */
	result = v3_change(session, call, "DELETE", arena_printf(call->arena, V3 "vms/%s", native_id), NULL, "deleting the machine",
			   &work);
	if (result.error == PROVIDER_OK) {
		*task = v3_handle(call->arena, "delete", work, native_id, NULL);
		return result;
	}
	if (result.error != PROVIDER_NOT_FOUND)
		return result;
	/* It is gone; an attempt before may have left its recovery points. */
	result = v3_snapshots_sweep(session, call, native_id, &left);
	if (result.error == PROVIDER_OK && left > 0)
		*task = v3_handle(call->arena, "sweep", "-", native_id, NULL);
	return result;
}
