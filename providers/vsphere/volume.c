/* SPDX-License-Identifier: Apache-2.0 */
/* volume.c: disks that live apart from machines: each is kept by a machine of its own that is never started. */
#include <string.h>

#include "providers/vsphere/vsphere.h"
#include "providers/vsphere/work.h"
#include "runtime/base/id.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

/*
 * A file on a datastore bears no marks and cannot be asked for by an id. So a volume is the first disk of a virtual machine that
 * is its keeper: that one has the name, the marks and the size, and is found as machines are. Attaching adds the same file to
 * another machine. Where it is attached the keeper notes (the claim), and the machine's own devices decide.
 */

#define KIB_PER_GIB (INT64_C(1) << 20)
#define SIZE_GIB_MOST (62 * 1024)
#define CONTROLLER_KEY 1000
#define KEEPER_MEMORY_MIB 4

const struct xml *vsphere_disk_of_file(const struct vsphere_vm *vm, const char *file)
{
	for (const struct xml *each = vm->devices ? vm->devices->children : NULL; each; each = each->next)
		if (vsphere_is_disk(each) && !text_is_empty(file) && text_equal(vsphere_disk_file(each), file))
			return each;
	return NULL;
}

bool vsphere_has_volumes(const struct vsphere_vm *vm)
{
	for (const struct xml *each = vm->is_ours && vm->extras ? vm->extras->children : NULL; each; each = each->next)
		if (text_starts_with(xml_text(xml_child(each, "key"), ""), VSPHERE_VOLUME_KEY) &&
		    vsphere_disk_of_file(vm, xml_text(xml_child(each, "value"), "")))
			return true;
	return false;
}

static const char *file_of(const struct vsphere_vm *keeper)
{
	return vsphere_disk_file(vsphere_boot_disk(keeper->devices));
}

/* The machine that it is attached to; ref.id NULL: none. */
static struct provider_result holder_find(struct provider_session *session, struct provider_call *call,
					  const struct vsphere_vm *keeper, struct vsphere_vm *holder)
{
	*holder = (struct vsphere_vm){ .name = "" };
	if (!vsphere_is_id(keeper->claim))
		return PROVIDER_DONE;
	struct provider_result result = vsphere_vm_get(session, call, keeper->claim, VSPHERE_MACHINE, holder);
	if (result.error != PROVIDER_OK || !vsphere_disk_of_file(holder, file_of(keeper)))
		*holder = (struct vsphere_vm){ .name = "" };
	return result.error == PROVIDER_NOT_FOUND ? PROVIDER_DONE : result;
}

/* "scsi0:1" */
static const char *device_of(struct arena *arena, const struct vsphere_vm *holder, const char *file)
{
	const struct xml *disk = vsphere_disk_of_file(holder, file);
	int64_t key = vsphere_device_int(disk, "controllerKey", -1), bus = 0;

	for (const struct xml *each = holder->devices ? holder->devices->children : NULL; each; each = each->next)
		if (vsphere_device_int(each, "key", -2) == key)
			bus = vsphere_device_int(each, "busNumber", 0);
	return arena_printf(arena, "scsi%lld:%lld", (long long)bus, (long long)vsphere_device_int(disk, "unitNumber", 0));
}

/* "[datastore] …" */
static const char *datastore_of(struct arena *arena, const char *file)
{
	const char *end = strstr(file, "] ");

	return file[0] == '[' && end ? arena_strndup(arena, file + 1, (size_t)(end - file - 1)) : NULL;
}

static struct provider_result tell(struct provider_session *session, struct provider_call *call, const struct vsphere_vm *keeper,
				   struct provider_volume *volume)
{
	struct vsphere_vm holder;
	const char *file = file_of(keeper);

	struct provider_result result = holder_find(session, call, keeper, &holder);
	if (result.error != PROVIDER_OK)
		return result;
	bool is_attached = holder.ref.id != NULL;
	*volume = (struct provider_volume){
		.native_id = keeper->ref.id,
		.name = keeper->machine.name,
		.state = is_attached ? PROVIDER_VOLUME_ATTACHED : PROVIDER_VOLUME_AVAILABLE,
		.native_state = is_attached ? "attached" : "kept",
		.size_gib = keeper->machine.disk_gib,
		.type = datastore_of(call->arena, file),
		.zone = keeper->machine.zone,
		.machine = holder.ref.id,
		.device = is_attached ? device_of(call->arena, &holder, file) : NULL,
		.created_us = keeper->machine.created_us,
		.marks = keeper->machine.marks,
	};
	if (!file[0]) { /* the keeper without its disk: somebody took it */
		volume->state = PROVIDER_VOLUME_FAILED;
		volume->native_state = "without a disk";
	}
	return result;
}

/* ---- making ---- */

static struct xml *keeper_method(struct arena *arena, const struct provider_session *session, const struct vsphere_place *place,
				 const struct vsphere_compute *compute, const struct provider_volume_spec *spec, const char *name,
				 const char *path)
{
	struct xml *method = vsphere_method(arena, "CreateVM_Task", place->folder);
	struct xml *config = xml_add(method, "config");
	const struct provider_resize_spec numbers = { .vcpus = 1, .memory_mib = KEEPER_MEMORY_MIB };
	const struct vsphere_new_disk disk = { .key = -1,
					       .controller = CONTROLLER_KEY,
					       .kib = spec->size_gib * KIB_PER_GIB,
					       .file = "",
					       .is_new = true,
					       .is_thin = text_equal(session->options.disk_mode, "thin") };

	xml_add_text(config, "name", name);
	xml_add_text(config, "uuid", spec->intent.resource);
	xml_add_text(config, "instanceUuid", spec->intent.resource);
	xml_add_text(config, "guestId", "otherGuest64");
	xml_add_text(config, "annotation", "Keeps a volume of Gaon. It is never started; deleting it deletes the volume.");
	xml_add_text(xml_add(config, "files"), "vmPathName", path);
	vsphere_add_numbers(config, &numbers, 1);
	vsphere_add_controller(config, "ParaVirtualSCSIController", CONTROLLER_KEY);
	vsphere_add_disk(config, &disk);
	vsphere_add_marks(config, session, &spec->intent, VSPHERE_VOLUME, NULL);
	vsphere_add_option(config, "extraConfig", "gaon.created", time_format(arena, time_now_us()));
	vsphere_add_tags(config, spec->tags);
	bool is_default = compute == place->compute;
	vsphere_add_ref(method, "pool", is_default && place->pool.id ? place->pool : compute->pool);
	if (vsphere_host_choose(place, compute))
		vsphere_add_ref(method, "host", vsphere_host_choose(place, compute)->ref);
	return method;
}

static struct provider_result spec_check(struct provider_call *call, const struct provider_volume_spec *spec, const char *name)
{
	if (!name)
		return provider_fail(call->arena, PROVIDER_INVALID,
				     "a volume needs a UUID as its resource and a name of 1 to %d printable characters",
				     VSPHERE_NAME_MOST - VSPHERE_SUFFIX);
	if (spec->size_gib < 1 || spec->size_gib > SIZE_GIB_MOST)
		return provider_fail(call->arena, PROVIDER_INVALID, "a volume must have 1 to %d GiB", SIZE_GIB_MOST);
	if (spec->snapshot)
		return provider_fail(call->arena, PROVIDER_INVALID, "volumes of vSphere have no snapshots; make an empty one");
	return vsphere_tags_check(call->arena, spec->tags);
}

static struct provider_result volume_create(struct provider_session *session, struct provider_call *call,
					    const struct provider_volume_spec *spec, struct provider_task *task,
					    const char **native_id)
{
	struct vsphere_work work = { .stage = "settle", .resource = spec->intent.resource };
	const char *name = vsphere_name_make(call->arena, spec->name, spec->intent.resource);
	const struct vsphere_place *place;
	const struct vsphere_datastore *datastore;
	const char *path, *id = NULL;

	*task = (struct provider_task){ NULL };
	*native_id = NULL;
	struct provider_result result = spec_check(call, spec, name);
	if (result.error == PROVIDER_OK)
		result = vsphere_place(session, call, &place);
	if (result.error != PROVIDER_OK)
		return result;
	const struct vsphere_compute *compute = spec->zone ? vsphere_compute_find(place, spec->zone) : place->compute;
	if (!compute)
		return provider_fail(call->arena, PROVIDER_INVALID,
				     "the datacenter has no cluster or host \"%.100s\"; list the regions and choose a zone", spec->zone);
	result = vsphere_datastore_choose(call, place, compute, spec->type, &datastore);
	if (result.error == PROVIDER_OK)
		result = vsphere_made_find(session, call, spec->intent.resource, &id);
	if (result.error == PROVIDER_OK && !id)
		result = vsphere_path_make(session, call, place, datastore->name, spec->intent.resource, &path);
	if (result.error != PROVIDER_OK)
		return result;
	if (id) {
		work.vm = id;
		result = vsphere_settle(session, call, &work, NULL);
	} else {
		work.stage = "shell";
		result = vsphere_make(session, call, keeper_method(call->arena, session, place, compute, spec, name, path), &work);
	}
	if (result.error != PROVIDER_OK)
		return result;
	*native_id = work.vm;
	task->handle = work.stage ? vsphere_work_print(call->arena, &work) : NULL;
	return result;
}

/* ---- telling ---- */

static struct provider_result volume_get(struct provider_session *session, struct provider_call *call, const char *native_id,
					 struct provider_volume *volume)
{
	struct vsphere_vm keeper;

	struct provider_result result = vsphere_vm_get(session, call, native_id, VSPHERE_VOLUME, &keeper);
	return result.error == PROVIDER_OK ? tell(session, call, &keeper, volume) : result;
}

static struct provider_result list_of_intent(struct provider_session *session, struct provider_call *call,
					     const struct provider_intent *intent, struct vsphere_vm *keeper, size_t *count)
{
	const char *id = NULL;

	*count = 0;
	if (!id_is_uuid(text_or_empty(intent->resource)))
		return PROVIDER_DONE;
	struct provider_result result = vsphere_vm_by_uuid(session, call, intent->resource, &id);
	if (result.error != PROVIDER_OK || !id)
		return result;
	result = vsphere_vm_get(session, call, id, VSPHERE_VOLUME, keeper);
	if (result.error == PROVIDER_NOT_FOUND)
		return PROVIDER_DONE;
	*count = result.error == PROVIDER_OK && text_equal(keeper->machine.marks.installation, session->installation);
	return result;
}

static struct provider_result volume_list(struct provider_session *session, struct provider_call *call,
					  const struct provider_intent *intent, struct provider_page *page,
					  struct provider_volume **volumes, size_t *count)
{
	struct vsphere_vm one, *all = &one;
	size_t total = 0;
	struct provider_result result = intent ? list_of_intent(session, call, intent, &one, &total) :
						 vsphere_vms(session, call, page, &all, &total);

	if (result.error != PROVIDER_OK)
		return result;
	*volumes = ARENA_ARRAY(call->arena, total, struct provider_volume);
	*count = 0;
	for (size_t i = 0; i < total && result.error == PROVIDER_OK; i++)
		if (all[i].kind == VSPHERE_VOLUME)
			result = tell(session, call, &all[i], &(*volumes)[(*count)++]);
	return result;
}

/* ---- attaching ---- */

struct provider_result vsphere_claim_done(struct provider_session *session, struct provider_call *call, struct vsphere_work *work,
					  const struct xml *made)
{
	struct vsphere_new_disk disk = { .key = -1, .is_independent = true };
	struct vsphere_vm keeper, vm;

	(void)made;
	struct provider_result result = vsphere_vm_get(session, call, text_or_empty(work->image), VSPHERE_VOLUME, &keeper);
	if (result.error == PROVIDER_OK)
		result = vsphere_vm_get(session, call, text_or_empty(work->vm), VSPHERE_MACHINE, &vm);
	if (result.error != PROVIDER_OK)
		return result;
	disk.file = file_of(&keeper);
	disk.kib = vsphere_disk_bytes(vsphere_boot_disk(keeper.devices)) / 1024;
	work->stage = NULL;
	if (vsphere_disk_of_file(&vm, disk.file))
		return result;
	if (!vsphere_disk_place(vm.devices, 0, &disk.controller, &disk.unit))
		return provider_fail(call->arena, PROVIDER_INVALID, "the machine has no free place on a controller for another disk");
	struct xml *method = vsphere_method(call->arena, "ReconfigVM_Task", vm.ref);
	struct xml *config = xml_add(method, "spec");
	vsphere_add_disk(config, &disk);
	if (vm.is_ours)
		vsphere_add_option(config, "extraConfig", arena_printf(call->arena, VSPHERE_VOLUME_KEY "%s", keeper.ref.id), disk.file);
	work->stage = "alone";
	return vsphere_begin(session, call, method, &work->task, NULL);
}

static struct provider_result volume_attach(struct provider_session *session, struct provider_call *call, const char *native_id,
					    const char *machine, struct provider_task *task)
{
	struct vsphere_work work = { .stage = "volume-claim", .image = native_id, .vm = machine };
	struct vsphere_vm keeper, vm, holder;

	*task = (struct provider_task){ NULL };
	struct provider_result result = vsphere_vm_get(session, call, native_id, VSPHERE_VOLUME, &keeper);
	if (result.error == PROVIDER_OK)
		result = vsphere_vm_get(session, call, machine, VSPHERE_MACHINE, &vm);
	if (result.error == PROVIDER_OK)
		result = holder_find(session, call, &keeper, &holder);
	if (result.error != PROVIDER_OK)
		return result;
	if (text_equal(holder.ref.id, machine))
		return result;
	if (holder.ref.id)
		return provider_fail(call->arena, PROVIDER_CONFLICT, "the volume is attached to %s; detach it first", holder.ref.id);
	if (vm.machine.state != PROVIDER_MACHINE_RUNNING && vm.machine.state != PROVIDER_MACHINE_STOPPED)
		return provider_fail(call->arena, PROVIDER_CONFLICT, "the machine is %s; start or stop it to attach a volume",
				     vm.machine.native_state);
	if (!vm.is_ours)
		return provider_fail(call->arena, PROVIDER_CONFLICT,
				     "vSphere would destroy the volume together with a machine that Gaon did not make; choose another one");
	struct xml *method = vsphere_method(call->arena, "ReconfigVM_Task", keeper.ref);
	vsphere_add_option(xml_add(method, "spec"), "extraConfig", "gaon.machine", machine);
	result = vsphere_begin(session, call, method, &work.task, NULL);
	if (result.error == PROVIDER_OK)
		task->handle = vsphere_work_print(call->arena, &work);
	return result;
}

static struct provider_result volume_detach(struct provider_session *session, struct provider_call *call, const char *native_id,
					    struct provider_task *task)
{
	struct vsphere_vm keeper, holder;
	const char *id;

	*task = (struct provider_task){ NULL };
	struct provider_result result = vsphere_vm_get(session, call, native_id, VSPHERE_VOLUME, &keeper);
	if (result.error == PROVIDER_OK)
		result = holder_find(session, call, &keeper, &holder);
	if (result.error != PROVIDER_OK || !holder.ref.id)
		return result;
	struct xml *method = vsphere_method(call->arena, "ReconfigVM_Task", holder.ref);
	struct xml *config = xml_add(method, "spec");
	vsphere_remove_device(config, vsphere_disk_of_file(&holder, file_of(&keeper)));
	vsphere_add_option(config, "extraConfig", arena_printf(call->arena, VSPHERE_VOLUME_KEY "%s", keeper.ref.id), "");
	result = vsphere_begin(session, call, method, &id, NULL);
	if (result.error == PROVIDER_OK)
		vsphere_task_alone(call, id, NULL, task);
	return result;
}

/* ---- growing, removing ---- */

/* The keeper of a volume that is attached nowhere. */
static struct provider_result free_keeper(struct provider_session *session, struct provider_call *call, const char *native_id,
					  struct vsphere_vm *keeper)
{
	struct vsphere_vm holder;

	struct provider_result result = vsphere_vm_get(session, call, native_id, VSPHERE_VOLUME, keeper);
	if (result.error == PROVIDER_OK)
		result = holder_find(session, call, keeper, &holder);
	if (result.error == PROVIDER_OK && holder.ref.id)
		return provider_fail(call->arena, PROVIDER_CONFLICT, "the volume is attached to %s; detach it first", holder.ref.id);
	return result;
}

static struct provider_result volume_grow(struct provider_session *session, struct provider_call *call, const char *native_id,
					  int64_t size_gib, struct provider_task *task)
{
	struct vsphere_vm keeper;
	const char *id;

	*task = (struct provider_task){ NULL };
	struct provider_result result = free_keeper(session, call, native_id, &keeper);
	if (result.error != PROVIDER_OK)
		return result;
	const struct xml *disk = vsphere_boot_disk(keeper.devices);
	if (!disk || size_gib < keeper.machine.disk_gib || size_gib < 1 || size_gib > SIZE_GIB_MOST)
		return provider_fail(call->arena, PROVIDER_INVALID, "the volume has %lld GiB; it can only be given more, up to %d",
				     (long long)keeper.machine.disk_gib, SIZE_GIB_MOST);
	if (size_gib == keeper.machine.disk_gib)
		return result;
	struct xml *method = vsphere_method(call->arena, "ReconfigVM_Task", keeper.ref);
	vsphere_grow_disk(xml_add(method, "spec"), disk, size_gib * KIB_PER_GIB);
	result = vsphere_begin(session, call, method, &id, NULL);
	if (result.error == PROVIDER_OK)
		vsphere_task_alone(call, id, NULL, task);
	return result;
}

static struct provider_result volume_remove(struct provider_session *session, struct provider_call *call, const char *native_id,
					    struct provider_task *task)
{
	struct vsphere_work work;
	struct vsphere_vm keeper;

	*task = (struct provider_task){ NULL };
	struct provider_result result = free_keeper(session, call, native_id, &keeper);
	if (result.error == PROVIDER_NOT_FOUND)
		return PROVIDER_DONE;
	if (result.error == PROVIDER_OK)
		result = vsphere_remove_begin(session, call, &keeper, &work);
	if (result.error == PROVIDER_OK && work.stage)
		task->handle = vsphere_work_print(call->arena, &work);
	return result;
}

const struct provider_volume_ops vsphere_volume_ops = {
	.create = volume_create,
	.get = volume_get,
	.list = volume_list,
	.attach = volume_attach,
	.detach = volume_detach,
	.grow = volume_grow,
	.remove = volume_remove,
};
