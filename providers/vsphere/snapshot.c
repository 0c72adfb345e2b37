/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot.c: the tree of a machine's snapshots, as a list of names. */
#include <stdlib.h>
#include <string.h>

#include "providers/vsphere/vsphere.h"
#include "runtime/base/text.h"

#define NAME_MOST 80
#define SNAPSHOTS_MOST 256

struct leaves {
	struct vsphere_snapshot rows[SNAPSHOTS_MOST];
	size_t count;
};

static void walk(struct arena *arena, const struct xml *list, const char *current, struct leaves *leaves)
{
	for (const struct xml *each = list; each && leaves->count < SNAPSHOTS_MOST; each = each->next) {
		struct vsphere_ref ref = vsphere_ref_read(xml_child(each, "snapshot"));
		struct vsphere_snapshot *leaf = &leaves->rows[leaves->count];
		if (!ref.id)
			continue;
		*leaf = (struct vsphere_snapshot){ .ref = ref };
		leaf->told.name = arena_strdup(arena, xml_text(xml_child(each, "name"), ""));
		leaf->told.created_us = vsphere_time(xml_child(each, "createTime"), 0);
		leaf->told.is_current = text_equal(ref.id, current);
		leaves->count++;
		/* The depth is bounded by the parser's. */
		for (const struct xml *child = xml_child(each, "childSnapshotList"); child && leaves->count < SNAPSHOTS_MOST;
		     child = xml_next_child(child, "childSnapshotList")) {
			struct xml only = *child;
			only.next = NULL;
			walk(arena, &only, current, leaves);
		}
	}
}

static int by_age(const void *a, const void *b)
{
	const struct vsphere_snapshot *first = a, *second = b;

	if (first->told.created_us != second->told.created_us)
		return first->told.created_us < second->told.created_us ? -1 : 1;
	return strcmp(first->ref.id, second->ref.id);
}

static const struct vsphere_snapshot *leaf_find(const struct leaves *leaves, const char *id)
{
	for (size_t i = 0; i < leaves->count; i++)
		if (text_equal(leaves->rows[i].told.native_id, id))
			return &leaves->rows[i];
	return NULL;
}

static struct leaves *leaves_parse(struct arena *arena, const struct xml *info)
{
	struct leaves *leaves = ARENA_NEW(arena, struct leaves);
	const char *current = vsphere_ref_read(xml_child(info, "currentSnapshot")).id;

	for (const struct xml *root = xml_child(info, "rootSnapshotList"); root; root = xml_next_child(root, "rootSnapshotList")) {
		struct xml only = *root;
		only.next = NULL;
		walk(arena, &only, current, leaves);
	}
	qsort(leaves->rows, leaves->count, sizeof leaves->rows[0], by_age);
	for (size_t i = 0; i < leaves->count; i++) {
		struct vsphere_snapshot *row = &leaves->rows[i];
		bool is_first = !leaf_find(leaves, row->told.name);
		row->told.native_id = is_first && row->told.name[0] && row->told.name[0] != '#' ?
					      row->told.name :
					      arena_printf(arena, "#%s", row->ref.id);
	}
	return leaves;
}

size_t vsphere_snapshots_read(struct arena *arena, const struct xml *info, const struct vsphere_snapshot **rows)
{
	struct leaves *leaves = leaves_parse(arena, info);

	*rows = leaves->rows;
	return leaves->count;
}

static struct provider_result leaves_read(struct provider_session *session, struct provider_call *call, const char *native_id,
					  struct leaves **leaves)
{
	static const char *const PATHS[] = { "snapshot", NULL };
	const struct xml *object;

	if (!vsphere_is_id(native_id))
		return provider_fail(call->arena, PROVIDER_NOT_FOUND, "vSphere has no machine of this id");
	struct provider_result result =
		vsphere_properties(session, call, (struct vsphere_ref){ "VirtualMachine", native_id }, PATHS, &object);
	if (result.error != PROVIDER_OK)
		return result;
	*leaves = leaves_parse(call->arena, vsphere_property(object, "snapshot"));
	return result;
}

struct provider_result vsphere_snapshot_list(struct provider_session *session, struct provider_call *call,
					     const char *native_id, struct provider_snapshot **snapshots, size_t *count)
{
	struct leaves *leaves;

	struct provider_result result = leaves_read(session, call, native_id, &leaves);
	if (result.error != PROVIDER_OK)
		return result;
	*snapshots = ARENA_ARRAY(call->arena, leaves->count, struct provider_snapshot);
	for (size_t i = 0; i < leaves->count; i++)
		(*snapshots)[i] = leaves->rows[i].told;
	*count = leaves->count;
	return result;
}

static bool is_name(const char *name)
{
	return !text_is_empty(name) && strlen(name) <= NAME_MOST && name[0] != '#' && !strpbrk(name, "\t\n\r") &&
	       text_is_utf8(slice_text(name)) && text_is_printable(slice_text(name));
}

struct provider_result vsphere_snapshot_create(struct provider_session *session, struct provider_call *call,
					       const char *native_id, const char *name, struct provider_task *task,
					       const char **snapshot_id)
{
	struct leaves *leaves;
	struct vsphere_vm vm;
	const char *id;

	*task = (struct provider_task){ NULL };
	*snapshot_id = NULL;
	if (!is_name(name))
		return provider_fail(call->arena, PROVIDER_INVALID,
				     "a snapshot's name must have 1 to %d printable bytes, and no '#' in front", NAME_MOST);
	struct provider_result result = vsphere_vm_get(session, call, native_id, VSPHERE_MACHINE, &vm);
	if (result.error == PROVIDER_OK)
		result = leaves_read(session, call, native_id, &leaves);
	if (result.error != PROVIDER_OK)
		return result;
	*snapshot_id = arena_strdup(call->arena, name);
	if (leaf_find(leaves, name))
		return PROVIDER_DONE;
	struct xml *method = vsphere_method(call->arena, "CreateSnapshot_Task", vm.ref);
	xml_add_text(method, "name", name);
	vsphere_add_bool(method, "memory",
			 vm.machine.state == PROVIDER_MACHINE_RUNNING && session->options.has_memory_snapshots &&
				 !vsphere_has_volumes(&vm)); /* an independent disk allows no memory */
	vsphere_add_bool(method, "quiesce", false);
	result = vsphere_begin(session, call, method, &id, NULL);
	if (result.error == PROVIDER_OK)
		vsphere_task_alone(call, id, vm.ref.id, task);
	return result;
}

/* The task of a method on a snapshot. */
static struct provider_result act(struct provider_session *session, struct provider_call *call, const char *native_id,
				  const struct xml *method, struct provider_task *task)
{
	const char *id;

	struct provider_result result = vsphere_begin(session, call, method, &id, NULL);
	if (result.error == PROVIDER_OK)
		vsphere_task_alone(call, id, native_id, task);
	return result;
}

struct provider_result vsphere_snapshot_revert(struct provider_session *session, struct provider_call *call,
					       const char *native_id, const char *snapshot_id, struct provider_task *task)
{
	struct leaves *leaves;

	*task = (struct provider_task){ NULL };
	struct provider_result result = leaves_read(session, call, native_id, &leaves);
	if (result.error != PROVIDER_OK)
		return result;
	const struct vsphere_snapshot *leaf = leaf_find(leaves, snapshot_id);
	if (!leaf)
		return provider_fail(call->arena, PROVIDER_NOT_FOUND, "the machine has no snapshot \"%.80s\"",
				     text_or_empty(snapshot_id));
	return act(session, call, native_id, vsphere_method(call->arena, "RevertToSnapshot_Task", leaf->ref), task);
}

struct provider_result vsphere_snapshot_delete(struct provider_session *session, struct provider_call *call,
					       const char *native_id, const char *snapshot_id, struct provider_task *task)
{
	struct leaves *leaves;

	*task = (struct provider_task){ NULL };
	struct provider_result result = leaves_read(session, call, native_id, &leaves);
	if (result.error != PROVIDER_OK)
		return result;
	const struct vsphere_snapshot *leaf = leaf_find(leaves, snapshot_id);
	if (!leaf)
		return PROVIDER_DONE;
	struct xml *method = vsphere_method(call->arena, "RemoveSnapshot_Task", leaf->ref);
	vsphere_add_bool(method, "removeChildren", false);
	return act(session, call, native_id, method, task);
}
