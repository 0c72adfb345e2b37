/* SPDX-License-Identifier: Apache-2.0 */
/* create.c: a machine is cloned (vCenter) or made (ESXi, empty ones), configured, started; and gone on with from anywhere. */
#include "providers/vsphere/vsphere.h"
#include "providers/vsphere/work.h"
#include "runtime/base/text.h"

#define KIB_PER_GIB (INT64_C(1) << 20)
#define CONTROLLER_KEY 1000
#define CARD_TYPE "VirtualVmxnet3"
#define CONTROLLER_TYPE "ParaVirtualSCSIController"

/* ---- what is sent ---- */

static struct xml *clone_method(struct arena *arena, const struct provider_session *session, const struct vsphere_place *place,
				const struct vsphere_plan *plan)
{
	bool is_default = plan->compute == place->compute;
	/* Said also where DRS would choose: without it a clone stays with its template's host. */
	const struct vsphere_host *host = vsphere_host_choose(place, plan->compute);
	struct xml *method = vsphere_method(arena, "CloneVM_Task", plan->image.ref);

	vsphere_add_ref(method, "folder", place->folder);
	xml_add_text(method, "name", plan->name);
	struct xml *spec = xml_add(method, "spec");
	struct xml *location = xml_add(spec, "location");
	vsphere_add_ref(location, "datastore", plan->datastore->ref);
	vsphere_add_ref(location, "pool", is_default && place->pool.id ? place->pool : plan->compute->pool);
	if (host)
		vsphere_add_ref(location, "host", host->ref);
	vsphere_add_bool(spec, "template", false);
	struct xml *config = xml_add(spec, "config");
	xml_add_text(config, "uuid", plan->spec->intent.resource);
	xml_add_text(config, "instanceUuid", plan->spec->intent.resource);
	vsphere_add_numbers(config, &plan->numbers, plan->image.cores_per_socket);
	size_t used = 0;
	const struct xml *devices = plan->image.devices;
	for (const struct xml *each = devices ? devices->children : NULL; each && used < plan->network_count; each = each->next)
		if (vsphere_is_network_card(each))
			vsphere_change_card(config, each, &plan->networks[used++]);
	for (; used < plan->network_count; used++)
		vsphere_add_card(config, CARD_TYPE, -100 - (int64_t)used, &plan->networks[used]);
	vsphere_add_more_disks(config, session, plan, devices, CONTROLLER_KEY);
	vsphere_add_new(config, session, plan, VSPHERE_PHASE_START);
	vsphere_add_bool(spec, "powerOn", false);
	return method;
}

/* The image's own kind of controller and cards, which its guest is sure to have drivers for. */
static const char *controller_of(const struct vsphere_plan *plan)
{
	const struct xml *devices = plan->image.devices;
	int64_t key = vsphere_device_int(vsphere_boot_disk(devices), "controllerKey", -1);

	for (const struct xml *each = devices ? devices->children : NULL; each; each = each->next)
		if (vsphere_is_disk_controller(each) && vsphere_device_int(each, "key", -2) == key)
			return vsphere_type(each);
	return CONTROLLER_TYPE;
}

static const char *card_of(const struct vsphere_plan *plan)
{
	const struct xml *devices = plan->image.devices;

	for (const struct xml *each = devices ? devices->children : NULL; each; each = each->next)
		if (vsphere_is_network_card(each))
			return vsphere_type(each);
	return CARD_TYPE;
}

static struct xml *make_method(struct arena *arena, const struct provider_session *session, const struct vsphere_place *place,
			       const struct vsphere_plan *plan, const char *path, const char *phase)
{
	bool is_default = plan->compute == place->compute;
	struct xml *method = vsphere_method(arena, "CreateVM_Task", place->folder);
	struct xml *config = xml_add(method, "config");

	xml_add_text(config, "name", plan->name);
	xml_add_text(config, "uuid", plan->spec->intent.resource);
	xml_add_text(config, "instanceUuid", plan->spec->intent.resource);
	xml_add_text(config, "guestId", plan->guest_id);
	xml_add_text(xml_add(config, "files"), "vmPathName", path);
	vsphere_add_numbers(config, &plan->numbers, 1);
	vsphere_add_controller(config, controller_of(plan), CONTROLLER_KEY);
	for (size_t i = 0; i < plan->network_count; i++)
		vsphere_add_card(config, card_of(plan), -100 - (int64_t)i, &plan->networks[i]);
	struct vsphere_new_disk disk = { .key = -1, .controller = CONTROLLER_KEY, .file = "", .is_new = true };
	disk.kib = (plan->spec->disk_gib > 0 ? plan->spec->disk_gib : 1) * KIB_PER_GIB;
	disk.is_thin = text_equal(session->options.disk_mode, "thin");
	if (!plan->image.ref.id)
		vsphere_add_disk(config, &disk);
	vsphere_add_more_disks(config, session, plan, NULL, CONTROLLER_KEY);
	vsphere_add_new(config, session, plan, phase);
	if (plan->image.firmware)
		xml_add_text(config, "firmware", plan->image.firmware);
	vsphere_add_ref(method, "pool", is_default && place->pool.id ? place->pool : plan->compute->pool);
	if (vsphere_host_choose(place, plan->compute))
		vsphere_add_ref(method, "host", vsphere_host_choose(place, plan->compute)->ref);
	return method;
}

struct provider_result vsphere_path_make(struct provider_session *session, struct provider_call *call,
					 const struct vsphere_place *place, const char *datastore, const char *resource,
					 const char **path)
{
	const struct vsphere_service *service;
	struct vsphere_fault fault = { .type = "" };
	const struct xml *response;

	*path = arena_printf(call->arena, "[%s]", datastore);
	struct provider_result result = vsphere_enter(session, call, &service);
	if (result.error != PROVIDER_OK || place->is_vcenter)
		return result;
	struct xml *method = vsphere_method(call->arena, "MakeDirectory", service->file_manager);
	xml_add_text(method, "name", arena_printf(call->arena, "[%s] gaon-%s", datastore, resource));
	vsphere_add_ref(method, "datacenter", place->datacenter->ref);
	vsphere_add_bool(method, "createParentDirectories", false);
	*path = arena_printf(call->arena, "[%s] gaon-%s/gaon-%s.vmx", datastore, resource, resource);
	result = vsphere_send(session, call, method, false, &response, &fault);
	return text_equal(fault.type, "FileAlreadyExists") ? PROVIDER_DONE : result;
}

struct provider_result vsphere_make(struct provider_session *session, struct provider_call *call, const struct xml *method,
				    struct vsphere_work *work)
{
	struct vsphere_fault fault = { .type = "" };

	struct provider_result result = vsphere_begin(session, call, method, &work->task, &fault);
	if (!text_equal(fault.type, "DuplicateName"))
		return result;
	/* Somebody has the name: most likely an earlier attempt of ours, which the next look finds. */
	work->task = NULL;
	work->stage = "settle";
	return PROVIDER_DONE;
}

static struct provider_result begin(struct provider_session *session, struct provider_call *call, const struct vsphere_plan *plan,
				    struct vsphere_work *work)
{
	const char *resource = plan->spec->intent.resource, *path;
	const struct vsphere_place *place;

	struct provider_result result = vsphere_place(session, call, &place);
	if (result.error != PROVIDER_OK)
		return result;
	*work = (struct vsphere_work){ .resource = resource, .image = plan->image.ref.id, .disk_gib = plan->spec->disk_gib };
	if (plan->image.ref.id && place->is_vcenter) {
		work->stage = "clone";
		return vsphere_make(session, call, clone_method(call->arena, session, place, plan), work);
	}
	work->stage = "shell";
	result = vsphere_path_make(session, call, place, plan->datastore->name, resource, &path);
	if (result.error != PROVIDER_OK)
		return result;
	const char *phase = plan->image.ref.id ? VSPHERE_PHASE_DISK : VSPHERE_PHASE_START;
	return vsphere_make(session, call, make_method(call->arena, session, place, plan, path, phase), work);
}

static void hand_out(struct provider_call *call, const struct vsphere_work *work, struct provider_task *task,
		     const char **native_id)
{
	*native_id = work->vm;
	task->handle = work->stage ? vsphere_work_print(call->arena, work) : NULL;
}

struct provider_result vsphere_create(struct provider_session *session, struct provider_call *call,
				      const struct provider_machine_spec *spec, struct provider_task *task, const char **native_id)
{
	struct vsphere_plan plan;
	struct vsphere_work work = { .resource = spec->intent.resource, .disk_gib = spec->disk_gib };
	struct vsphere_vm vm;
	const char *id = NULL;

	*task = (struct provider_task){ NULL };
	*native_id = NULL;
	struct provider_result result = vsphere_plan_make(session, call, spec, &plan);
	if (result.error == PROVIDER_OK)
		result = vsphere_vm_by_uuid(session, call, spec->intent.resource, &id);
	if (result.error != PROVIDER_OK)
		return result;
	if (id) {
		result = vsphere_vm_get(session, call, id, VSPHERE_MACHINE, &vm);
		work.image = plan.image.ref.id;
		if (result.error == PROVIDER_OK)
			result = vsphere_resume(session, call, &vm, &work);
	} else {
		result = begin(session, call, &plan, &work);
	}
	if (result.error == PROVIDER_OK)
		hand_out(call, &work, task, native_id);
	return result;
}

/* ---- going on ---- */

struct provider_result vsphere_resume(struct provider_session *session, struct provider_call *call, const struct vsphere_vm *vm,
				      struct vsphere_work *work)
{
	work->vm = vm->ref.id;
	work->task = NULL;
	if (!vm->is_whole) {
		work->stage = "settle";
		return PROVIDER_DONE;
	}
	if (!vm->is_ours || !text_equal(vm->machine.marks.installation, session->installation))
		return provider_fail(call->arena, PROVIDER_CONFLICT,
				     "the machine %s has the id that was to be made, but is not of this Gaon; see to it in vSphere",
				     vm->ref.id);
	if (!vm->phase && work->is_image)
		return vsphere_image_finish(session, call, work, NULL);
	if (!vm->phase) {
		work->stage = NULL;
		return PROVIDER_DONE;
	}
	if (text_equal(vm->phase, VSPHERE_PHASE_DISK))
		return vsphere_copy_begin(session, call, vm, work);
	int64_t kib = work->disk_gib * KIB_PER_GIB;
	const struct xml *disk = vsphere_boot_disk(vm->devices);
	if (!disk || kib * 1024 <= vsphere_disk_bytes(disk) || !text_equal(vm->power, "poweredOff"))
		return vsphere_start_begin(session, call, work, NULL);
	struct xml *method = vsphere_method(call->arena, "ReconfigVM_Task", vm->ref);
	vsphere_grow_disk(xml_add(method, "spec"), disk, kib);
	work->stage = "configure";
	return vsphere_begin(session, call, method, &work->task, NULL);
}

/* A clone that is there, or will be: by the task's result, else by our id, else (without a configuration) by its name. */
struct provider_result vsphere_settle(struct provider_session *session, struct provider_call *call, struct vsphere_work *work,
				      const struct xml *made)
{
	struct provider_result result = PROVIDER_DONE;
	struct vsphere_vm vm;

	(void)made;
	if (!work->vm)
		result = vsphere_made_find(session, call, work->resource, &work->vm);
	if (result.error != PROVIDER_OK)
		return result;
	if (!work->vm)
		return provider_fail(call->arena, PROVIDER_CONFLICT,
				     "another machine has the name that was to be made; order it under another name");
	result = vsphere_vm_get(session, call, work->vm, VSPHERE_ANY, &vm);
	if (result.error != PROVIDER_OK)
		return result;
	if (vm.is_whole && vm.is_ours && (vm.is_template || vm.kind == VSPHERE_VOLUME)) {
		work->stage = NULL;
		return PROVIDER_DONE;
	}
	if (vm.is_whole && !vm.is_ours)
		return provider_fail(call->arena, PROVIDER_CONFLICT,
				     "the clone %s did not take its configuration and is of no use; it can be deleted", work->vm);
	work->task = NULL;
	work->stage = "settle";
	return vsphere_resume(session, call, &vm, work);
}

struct provider_result vsphere_clone_done(struct provider_session *session, struct provider_call *call, struct vsphere_work *work,
					  const struct xml *made)
{
	const char *id = vsphere_ref_read(made).id;

	if (vsphere_is_id(id))
		work->vm = id;
	return vsphere_settle(session, call, work, made);
}

struct provider_result vsphere_configure_done(struct provider_session *session, struct provider_call *call,
					      struct vsphere_work *work, const struct xml *made)
{
	return vsphere_start_begin(session, call, work, made);
}

struct provider_result vsphere_start_begin(struct provider_session *session, struct provider_call *call, struct vsphere_work *work,
					   const struct xml *made)
{
	(void)made;
	struct vsphere_ref vm = { "VirtualMachine", work->vm };
	if (work->is_image)
		return vsphere_image_finish(session, call, work, NULL);
	work->stage = "start";
	return vsphere_begin(session, call, vsphere_method(call->arena, "PowerOnVM_Task", vm), &work->task, NULL);
}

/* Now it is as it was asked for: what it was still to become is taken off it. */
struct provider_result vsphere_start_done(struct provider_session *session, struct provider_call *call, struct vsphere_work *work,
					  const struct xml *made)
{
	struct xml *method = vsphere_method(call->arena, "ReconfigVM_Task", (struct vsphere_ref){ "VirtualMachine", work->vm });

	(void)made;
	vsphere_add_option(xml_add(method, "spec"), "extraConfig", "gaon.phase", "");
	work->stage = "finish";
	return vsphere_begin(session, call, method, &work->task, NULL);
}

struct provider_result vsphere_finish_done(struct provider_session *session, struct provider_call *call, struct vsphere_work *work,
					   const struct xml *made)
{
	(void)session;
	(void)call;
	(void)made;
	work->stage = NULL;
	return PROVIDER_DONE;
}
