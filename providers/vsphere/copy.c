/* SPDX-License-Identifier: Apache-2.0 */
/* copy.c: a standalone host clones nothing: the image's disk is copied into the new machine's folder and attached. */
#include <string.h>

#include "providers/vsphere/vsphere.h"
#include "providers/vsphere/work.h"
#include "runtime/base/id.h"
#include "runtime/base/text.h"

/* "[datastore] folder" of "[datastore] folder/name.vmx" */
static const char *folder_of(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? arena_strndup(arena, path, (size_t)(slash - path)) : NULL;
}

/* A name that no other attempt has: what one of them leaves behind goes with the folder when the machine is removed. */
static const char *disk_name(struct arena *arena, const char *folder)
{
	return arena_printf(arena, "%s/disk-%s.vmdk", folder, id_new(arena));
}

struct provider_result vsphere_copy_begin(struct provider_session *session, struct provider_call *call,
					  const struct vsphere_vm *vm, struct vsphere_work *work)
{
	const struct vsphere_service *service;
	const struct vsphere_place *place;
	struct vsphere_vm image;

	struct provider_result result = vsphere_enter(session, call, &service);
	if (result.error == PROVIDER_OK)
		result = vsphere_place(session, call, &place);
	if (result.error == PROVIDER_OK)
		result = vsphere_vm_get(session, call, text_or_empty(work->image), VSPHERE_ANY, &image);
	if (result.error == PROVIDER_NOT_FOUND)
		return provider_fail(call->arena, PROVIDER_INVALID, "the image %s is gone; choose another one",
				     text_or_empty(work->image));
	if (result.error != PROVIDER_OK)
		return result;
	const struct xml *disk = vsphere_boot_disk(image.devices);
	const char *folder = folder_of(call->arena, vm->path);
	if (!disk || !folder)
		return provider_fail(call->arena, PROVIDER_INVALID, "the image %s has no disk to copy; choose another one", work->image);
	work->file = disk_name(call->arena, folder);
	work->stage = "copy";
	struct xml *method = vsphere_method(call->arena, "CopyVirtualDisk_Task", service->disk_manager);
	xml_add_text(method, "sourceName", vsphere_disk_file(disk));
	vsphere_add_ref(method, "sourceDatacenter", place->datacenter->ref);
	xml_add_text(method, "destName", work->file);
	vsphere_add_ref(method, "destDatacenter", place->datacenter->ref);
	/* Without a word a host makes it thick and for a BusLogic controller. */
	struct xml *format = vsphere_add_typed(method, "destSpec", "VirtualDiskSpec");
	xml_add_text(format, "diskType", text_equal(session->options.disk_mode, "thin") ? "thin" : "preallocated");
	xml_add_text(format, "adapterType", "lsiLogic");
	vsphere_add_bool(method, "force", false);
	return vsphere_begin(session, call, method, &work->task, NULL);
}

struct provider_result vsphere_shell_done(struct provider_session *session, struct provider_call *call, struct vsphere_work *work,
					  const struct xml *made)
{
	return vsphere_clone_done(session, call, work, made);
}

/* The copy is whole: it becomes the first disk, and the machine is what it is to be. */
struct provider_result vsphere_copy_done(struct provider_session *session, struct provider_call *call, struct vsphere_work *work,
					 const struct xml *made)
{
	struct vsphere_new_disk disk = { .key = -1, .file = work->file };
	struct vsphere_vm vm, image;

	(void)made;
	struct provider_result result = vsphere_vm_get(session, call, text_or_empty(work->vm), VSPHERE_ANY, &vm);
	if (result.error != PROVIDER_OK)
		return result;
	/* Another attempt was faster. */
	if (!text_equal(vm.phase, VSPHERE_PHASE_DISK))
		return vsphere_resume(session, call, &vm, work);
	result = vsphere_vm_get(session, call, text_or_empty(work->image), VSPHERE_ANY, &image);
	if (result.error != PROVIDER_OK)
		return result;
	disk.kib = vsphere_disk_bytes(vsphere_boot_disk(image.devices)) / 1024;
	if (!vsphere_disk_place(vm.devices, 0, &disk.controller, &disk.unit))
		return provider_fail(call->arena, PROVIDER_INVALID, "the machine %s has no controller for its disk", work->vm);
	struct xml *method = vsphere_method(call->arena, "ReconfigVM_Task", vm.ref);
	struct xml *config = xml_add(method, "spec");
	vsphere_add_disk(config, &disk);
	vsphere_add_option(config, "extraConfig", "gaon.phase", VSPHERE_PHASE_START);
	work->stage = "attach";
	return vsphere_begin(session, call, method, &work->task, NULL);
}

struct provider_result vsphere_attach_done(struct provider_session *session, struct provider_call *call, struct vsphere_work *work,
					   const struct xml *made)
{
	struct vsphere_vm vm;

	(void)made;
	struct provider_result result = vsphere_vm_get(session, call, text_or_empty(work->vm), VSPHERE_ANY, &vm);
	if (result.error == PROVIDER_OK)
		result = vsphere_resume(session, call, &vm, work);
	return result;
}
