/* SPDX-License-Identifier: Apache-2.0 */
/* image.c: images made from machines: a clone that becomes a template; on a host a machine that stays off. */
#include <string.h>

#include "providers/vsphere/vsphere.h"
#include "providers/vsphere/work.h"
#include "runtime/base/id.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

/* What an image bears: no user data of the machine that it was made from. */
static void image_marks(struct xml *config, const struct provider_session *session, const struct provider_image_spec *spec,
			const char *phase)
{
	static const char *const EMPTY[] = { "gaon.image", "gaon.size", "gaon.tags", "guestinfo.userdata", "guestinfo.userdata.encoding",
					     "guestinfo.metadata", "guestinfo.metadata.encoding" };

	vsphere_add_marks(config, session, &spec->intent, VSPHERE_IMAGE, phase);
	vsphere_add_option(config, "extraConfig", "gaon.created", time_format(config->arena, time_now_us()));
	for (size_t i = 0; i < sizeof EMPTY / sizeof EMPTY[0]; i++)
		vsphere_add_option(config, "extraConfig", EMPTY[i], "");
}

static struct xml *clone_method(struct arena *arena, const struct provider_session *session, const struct vsphere_place *place,
				const struct provider_image_spec *spec, const char *name, const struct vsphere_vm *vm)
{
	const struct vsphere_compute *compute = vsphere_compute_find(place, text_or_empty(vm->machine.zone));
	struct xml *method = vsphere_method(arena, "CloneVM_Task", vm->ref);

	vsphere_add_ref(method, "folder", place->template_folder);
	xml_add_text(method, "name", name);
	struct xml *clone = xml_add(method, "spec");
	vsphere_add_ref(xml_add(clone, "location"), "pool", compute ? compute->pool : place->compute->pool);
	/* A template at once could not take its marks on every version: it becomes one in the end. */
	vsphere_add_bool(clone, "template", false);
	struct xml *config = xml_add(clone, "config");
	xml_add_text(config, "uuid", spec->intent.resource);
	xml_add_text(config, "instanceUuid", spec->intent.resource);
	image_marks(config, session, spec, VSPHERE_PHASE_START);
	vsphere_add_bool(clone, "powerOn", false);
	return method;
}

static struct provider_result begin(struct provider_session *session, struct provider_call *call,
				    const struct provider_image_spec *spec, const char *name, struct vsphere_work *work)
{
	const struct vsphere_place *place;
	struct vsphere_vm vm;

	struct provider_result result = vsphere_place(session, call, &place);
	if (result.error == PROVIDER_OK)
		result = vsphere_vm_get(session, call, spec->machine, VSPHERE_MACHINE, &vm);
	if (result.error != PROVIDER_OK)
		return result;
	if (vsphere_has_volumes(&vm))
		return provider_fail(call->arena, PROVIDER_CONFLICT,
				     "volumes are attached to the machine and would become part of the image; detach them first");
	*work = (struct vsphere_work){ .stage = "clone", .resource = spec->intent.resource, .is_image = true };
	return vsphere_make(session, call, clone_method(call->arena, session, place, spec, name, &vm), work);
}

static struct provider_result image_create(struct provider_session *session, struct provider_call *call,
					   const struct provider_image_spec *spec, struct provider_task *task,
					   const char **native_id)
{
	const struct vsphere_service *service;
	const char *name = vsphere_name_make(call->arena, spec->name, spec->intent.resource);
	struct vsphere_work work = { .resource = spec->intent.resource, .is_image = true };
	const char *id = NULL;

	*task = (struct provider_task){ NULL };
	*native_id = NULL;
	if (!name)
		return provider_fail(call->arena, PROVIDER_INVALID,
				     "an image needs a UUID as its resource and a name of 1 to %d printable characters",
				     VSPHERE_NAME_MOST - VSPHERE_SUFFIX);
	struct provider_result result = vsphere_enter(session, call, &service);
	if (result.error == PROVIDER_OK && !service->is_vcenter)
		return provider_fail(call->arena, PROVIDER_UNSUPPORTED,
				     "a standalone host makes no templates; use a vCenter, or name a stopped machine %s…",
				     session->options.template_prefix);
	if (result.error == PROVIDER_OK)
		result = vsphere_made_find(session, call, spec->intent.resource, &id);
	if (result.error != PROVIDER_OK)
		return result;
	if (id) {
		work.vm = id;
		work.stage = "settle";
		result = vsphere_settle(session, call, &work, NULL);
	} else {
		result = begin(session, call, spec, name, &work);
	}
	if (result.error != PROVIDER_OK)
		return result;
	*native_id = work.vm;
	task->handle = work.stage ? vsphere_work_print(call->arena, &work) : NULL;
	return result;
}

struct provider_result vsphere_image_finish(struct provider_session *session, struct provider_call *call,
					    struct vsphere_work *work, const struct xml *made)
{
	struct vsphere_ref ref = { "VirtualMachine", work->vm };
	const struct xml *response;
	struct vsphere_vm vm;

	(void)made;
	struct provider_result result = vsphere_vm_get(session, call, text_or_empty(work->vm), VSPHERE_ANY, &vm);
	if (result.error == PROVIDER_OK && vm.phase && !vm.is_template) {
		/* A template takes no changes: what it was still to become is taken off before. */
		struct xml *method = vsphere_method(call->arena, "ReconfigVM_Task", ref);
		vsphere_add_option(xml_add(method, "spec"), "extraConfig", "gaon.phase", "");
		work->stage = "configure";
		return vsphere_begin(session, call, method, &work->task, NULL);
	}
	if (result.error == PROVIDER_OK && !vm.is_template)
		result = vsphere_send(session, call, vsphere_method(call->arena, "MarkAsTemplate", ref), false, &response, NULL);
	if (result.error == PROVIDER_OK)
		work->stage = NULL;
	return result;
}

static struct provider_result image_list(struct provider_session *session, struct provider_call *call,
					 const struct provider_intent *intent, struct provider_page *page,
					 struct provider_made_image **images, size_t *count)
{
	const struct vsphere_place *place;
	struct vsphere_vm *vms;
	size_t found = 0, total = 0, first = 0;

	struct provider_result result = vsphere_place(session, call, &place);
	if (result.error == PROVIDER_OK)
		result = vsphere_images_read(session, call, &vms, &found);
	if (result.error != PROVIDER_OK)
		return result;
	struct provider_made_image *all = ARENA_ARRAY(call->arena, found, struct provider_made_image);
	for (size_t i = 0; i < found; i++) {
		const struct provider_marks *marks = &vms[i].machine.marks;
		bool is_of_it = !intent || (text_equal(marks->resource, intent->resource) &&
					    text_equal(marks->installation, session->installation));
		if (is_of_it)
			all[total++] = (struct provider_made_image){ .image = vsphere_image_tell(&vms[i]),
								     .is_ready = vsphere_is_ready(place, &vms[i]),
								     .marks = *marks };
	}
	result = provider_page_cut(call->arena, page, total, &first, count);
	*images = all + first;
	return result;
}

static struct provider_result image_remove(struct provider_session *session, struct provider_call *call, const char *native_id,
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
	if (vm.kind != VSPHERE_IMAGE)
		return provider_fail(call->arena, PROVIDER_INVALID, "%s is a machine or a volume; delete it as that", native_id);
	result = vsphere_remove_begin(session, call, &vm, &work);
	if (result.error == PROVIDER_OK && work.stage)
		task->handle = vsphere_work_print(call->arena, &work);
	return result;
}

const struct provider_image_ops vsphere_image_ops = {
	.create = image_create,
	.list = image_list,
	.remove = image_remove,
};
