/* SPDX-License-Identifier: Apache-2.0 */
/* v4_change.c: changing machines in v4: read with the ETag, write with If-Match, again when somebody else was faster. */
#include "providers/nutanix/v4.h"

#include "runtime/base/text.h"

static const char *path_of(struct provider_session *session, struct provider_call *call, const char *native_id)
{
	return v4_path(session, call->arena, "vmm", "ahv/config/vms/%s", native_id);
}

struct provider_result v4_machine_edit(struct provider_session *session, struct provider_call *call, const char *native_id,
				       enum provider_verb verb, const char *what, v4_editor editor, const void *context,
				       const char **task)
{
	struct provider_result result = PROVIDER_DONE;

	for (int i = 0; i < NUTANIX_EDITS_MOST; i++) {
		const struct json *vm;
		const char *etag;
		struct v4_edit edit = { .arena = call->arena };

		result = v4_machine_get(session, call, native_id, &vm, &edit.machine, &edit.marks, &etag);
		if (result.error != PROVIDER_OK)
			return result;
		edit.vm = v4_copy(call->arena, vm);
		(void)nutanix_marks_read(call->arena, json_text(json_get(vm, "description"), NULL), &edit.text);
		json_remove(edit.vm, "links");
		json_remove(edit.vm, "tenantId");
		result = editor(&edit, context);
		*task = "-";
		if (result.error != PROVIDER_OK || edit.is_so_already)
			return result;
		result = nutanix_state_check(call->arena, verb, edit.machine.state, edit.machine.native_state);
		if (result.error != PROVIDER_OK)
			return result;
		struct v4_change change = {
			.method = "PUT", .path = path_of(session, call, native_id), .body = edit.vm, .what = what, .etag = etag
		};
		result = v4_send(session, call, &change, task);
		if (result.error != PROVIDER_CONFLICT)
			return result;
	}
	return result;
}

struct provider_result v4_machine_act(struct provider_session *session, struct provider_call *call, const char *native_id,
				      const char *action, const struct json *body, const char *what, const char *seed,
				      const char **task)
{
	struct provider_result result = PROVIDER_DONE;

	for (int i = 0; i < NUTANIX_EDITS_MOST; i++) {
		const struct json *vm;
		const char *etag;
		struct provider_machine machine;
		struct nutanix_marks marks;

		result = v4_machine_get(session, call, native_id, &vm, &machine, &marks, &etag);
		if (result.error != PROVIDER_OK)
			return result;
		struct v4_change change = { .method = "POST",
					    .path = arena_printf(call->arena, "%s/$actions/%s", path_of(session, call, native_id), action),
					    .body = body,
					    .what = what,
					    .etag = etag };
		result = seed ? v4_send_once(session, call, &change, action, seed, task) : v4_send(session, call, &change, task);
		if (result.error != PROVIDER_CONFLICT)
			return result;
	}
	return result;
}

static struct provider_task task_of(struct provider_call *call, const char *task, const char *native_id)
{
	return text_equal(task, "-") ? (struct provider_task){ NULL } : v4_handle(call->arena, "work", task, native_id, NULL);
}

static struct provider_result description_set(struct v4_edit *edit)
{
	const char *description;
	struct provider_result result = nutanix_marks_print(edit->arena, edit->text, &edit->marks, &description);

	if (result.error == PROVIDER_OK)
		json_set_text(edit->vm, "description", description);
	return result;
}

/* ---- resize ---- */

static struct provider_result resize_edit(struct v4_edit *edit, const void *context)
{
	const struct provider_resize_spec *numbers = context;

	edit->is_so_already = edit->machine.vcpus == numbers->vcpus && edit->machine.memory_mib == numbers->memory_mib &&
			      text_equal(edit->marks.size, numbers->size);
	json_set_int(edit->vm, "numSockets", numbers->vcpus);
	json_set_int(edit->vm, "numCoresPerSocket", 1);
	json_set_int(edit->vm, "memorySizeBytes", numbers->memory_mib * NUTANIX_MIB);
	edit->marks.size = numbers->size;
	return description_set(edit);
}

struct provider_result v4_resize(struct provider_session *session, struct provider_call *call, const char *native_id,
				 const struct provider_resize_spec *spec, struct provider_task *task)
{
	struct provider_resize_spec numbers = *spec;
	const char *work = "-";
	struct provider_result result = nutanix_id_check(call->arena, "machine", native_id);

	*task = (struct provider_task){ NULL };
	if (result.error == PROVIDER_OK)
		result = provider_size_resolve(call->arena, &session->options.sizes, spec->size, &numbers);
	if (result.error == PROVIDER_OK)
		result = v4_machine_edit(session, call, native_id, VERB_RESIZE, "resizing the machine", resize_edit, &numbers, &work);
	if (result.error == PROVIDER_OK)
		*task = task_of(call, work, native_id);
	return result;
}

/* ---- rename ---- */

static struct provider_result rename_edit(struct v4_edit *edit, const void *context)
{
	const char *name = context;

	edit->is_so_already = text_equal(edit->machine.name, name);
	json_set_text(edit->vm, "name", name);
	return PROVIDER_DONE;
}

struct provider_result v4_rename(struct provider_session *session, struct provider_call *call, const char *native_id,
				 const char *name, struct provider_task *task)
{
	const char *work = "-";
	struct provider_result result = nutanix_name_check(call->arena, text_or_empty(name), NUTANIX_NAME_MOST);

	*task = (struct provider_task){ NULL };
	if (result.error == PROVIDER_OK)
		result = v4_machine_edit(session, call, native_id, VERB_RENAME, "renaming the machine", rename_edit, name, &work);
	if (result.error == PROVIDER_OK)
		*task = task_of(call, work, native_id);
	return result;
}

/* ---- remove ---- */

static struct provider_result machine_delete(struct provider_session *session, struct provider_call *call, const char *native_id,
					     const char **task)
{
	struct provider_result result = PROVIDER_DONE;

	for (int i = 0; i < NUTANIX_EDITS_MOST; i++) {
		const struct json *vm;
		const char *etag;
		struct provider_machine machine;
		struct nutanix_marks marks;

		result = v4_machine_get(session, call, native_id, &vm, &machine, &marks, &etag);
		if (result.error != PROVIDER_OK)
			return result;
		struct v4_change change = {
			.method = "DELETE", .path = path_of(session, call, native_id), .what = "deleting the machine", .etag = etag
		};
		result = v4_send(session, call, &change, task);
		if (result.error != PROVIDER_CONFLICT)
			return result;
	}
	return result;
}

struct provider_result v4_remove(struct provider_session *session, struct provider_call *call, const char *native_id,
				 struct provider_task *task)
{
	const char *work = "-";
	size_t left = 0;
	struct provider_result result = nutanix_id_check(call->arena, "machine", native_id);

	*task = (struct provider_task){ NULL };
	if (result.error != PROVIDER_OK)
		return PROVIDER_DONE; /* nothing of Prism Central is called so */
	result = machine_delete(session, call, native_id, &work);
	if (result.error == PROVIDER_OK) {
		*task = v4_handle(call->arena, "delete", work, native_id, NULL);
		return result;
	}
	if (result.error != PROVIDER_NOT_FOUND)
		return result;
	/* It is gone; an attempt before may have left its recovery points. */
	result = v4_snapshots_sweep(session, call, native_id, &left);
	if (result.error == PROVIDER_OK && left > 0)
		*task = v4_handle(call->arena, "sweep", "-", native_id, NULL);
	return result;
}
