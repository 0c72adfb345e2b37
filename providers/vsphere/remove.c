/* SPDX-License-Identifier: Apache-2.0 */
/* remove.c: off, destroyed with its disks, its folder gone. */
#include <string.h>

#include "providers/vsphere/vsphere.h"
#include "providers/vsphere/work.h"
#include "runtime/base/text.h"

/* Only what create named so: nothing else is ever deleted by its folder. */
static const char *own_folder(struct arena *arena, const struct vsphere_vm *vm)
{
	const char *close = strstr(vm->path, "] ");
	const char *slash = strrchr(vm->path, '/');

	if (!vm->is_ours || !close || !slash || slash < close)
		return NULL;
	const char *folder = arena_strndup(arena, close + 2, (size_t)(slash - close - 2));
	if (!text_equal(folder, arena_printf(arena, "gaon-%s", vm->machine.marks.resource)))
		return NULL;
	return arena_strndup(arena, vm->path, (size_t)(slash - vm->path));
}

static struct provider_result destroy(struct provider_session *session, struct provider_call *call, struct vsphere_work *work)
{
	struct vsphere_ref vm = { "VirtualMachine", work->vm };

	work->stage = "remove-destroy";
	struct provider_result result =
		vsphere_begin(session, call, vsphere_method(call->arena, "Destroy_Task", vm), &work->task, NULL);
	return result.error == PROVIDER_NOT_FOUND ? vsphere_destroy_done(session, call, work, NULL) : result;
}

/* Volumes live on: they are taken off before vSphere destroys all that is attached. */
static struct provider_result release(struct provider_session *session, struct provider_call *call, const struct vsphere_vm *vm,
				      struct vsphere_work *work)
{
	struct xml *method = vsphere_method(call->arena, "ReconfigVM_Task", vm->ref);
	struct xml *config = xml_add(method, "spec");
	size_t count = 0;

	for (const struct xml *each = vm->is_ours ? vm->extras->children : NULL; each; each = each->next) {
		const char *key = xml_text(xml_child(each, "key"), "");
		const struct xml *disk = vsphere_disk_of_file(vm, xml_text(xml_child(each, "value"), ""));
		if (text_starts_with(key, VSPHERE_VOLUME_KEY) && disk) {
			vsphere_remove_device(config, disk);
			count++;
		}
	}
	if (count == 0)
		return destroy(session, call, work);
	work->stage = "remove-release";
	return vsphere_begin(session, call, method, &work->task, NULL);
}

struct provider_result vsphere_remove_begin(struct provider_session *session, struct provider_call *call,
					    const struct vsphere_vm *vm, struct vsphere_work *work)
{
	*work = (struct vsphere_work){ .vm = vm->ref.id, .file = own_folder(call->arena, vm) };
	if (text_equal(vm->power, "poweredOff") || vm->is_template)
		return release(session, call, vm, work);
	work->stage = "remove-off";
	return vsphere_begin(session, call, vsphere_method(call->arena, "PowerOffVM_Task", vm->ref), &work->task, NULL);
}

struct provider_result vsphere_off_done(struct provider_session *session, struct provider_call *call, struct vsphere_work *work,
					const struct xml *made)
{
	struct vsphere_vm vm;

	(void)made;
	struct provider_result result = vsphere_vm_get(session, call, text_or_empty(work->vm), VSPHERE_ANY, &vm);
	if (result.error == PROVIDER_NOT_FOUND)
		return vsphere_destroy_done(session, call, work, NULL);
	return result.error == PROVIDER_OK ? release(session, call, &vm, work) : result;
}

struct provider_result vsphere_release_done(struct provider_session *session, struct provider_call *call,
					    struct vsphere_work *work, const struct xml *made)
{
	(void)made;
	return destroy(session, call, work);
}

/* What failed attempts to make it left in its folder. */
struct provider_result vsphere_destroy_done(struct provider_session *session, struct provider_call *call,
					    struct vsphere_work *work, const struct xml *made)
{
	const struct vsphere_service *service;
	const struct vsphere_place *place;

	(void)made;
	if (!work->file) {
		work->stage = NULL;
		return PROVIDER_DONE;
	}
	struct provider_result result = vsphere_enter(session, call, &service);
	if (result.error == PROVIDER_OK)
		result = vsphere_place(session, call, &place);
	if (result.error != PROVIDER_OK)
		return result;
	struct xml *method = vsphere_method(call->arena, "DeleteDatastoreFile_Task", service->file_manager);
	xml_add_text(method, "name", work->file);
	vsphere_add_ref(method, "datacenter", place->datacenter->ref);
	work->stage = "remove-clean";
	return vsphere_begin(session, call, method, &work->task, NULL);
}

struct provider_result vsphere_remove(struct provider_session *session, struct provider_call *call, const char *native_id,
				      struct provider_task *task)
{
	struct vsphere_work work;
	struct vsphere_vm vm;

	*task = (struct provider_task){ NULL };
	struct provider_result result = vsphere_vm_get(session, call, native_id, VSPHERE_ANY, &vm);
	if (result.error == PROVIDER_NOT_FOUND)
		return PROVIDER_DONE;
	if (result.error != PROVIDER_OK)
		return result;
	if (vm.kind != VSPHERE_MACHINE)
		return provider_fail(call->arena, PROVIDER_INVALID, "%s is an image or a volume; delete it as that", native_id);
	result = vsphere_remove_begin(session, call, &vm, &work);
	if (result.error == PROVIDER_OK && work.stage)
		task->handle = vsphere_work_print(call->arena, &work);
	return result;
}
