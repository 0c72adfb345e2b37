/* SPDX-License-Identifier: Apache-2.0 */
/* alter.c: another size, another name, other tags: one ReconfigVM each. */
#include <string.h>

#include "providers/vsphere/vsphere.h"
#include "providers/vsphere/work.h"
#include "runtime/base/text.h"

static struct provider_result send(struct provider_session *session, struct provider_call *call, const struct vsphere_vm *vm,
				   const struct xml *method, struct provider_task *task)
{
	const char *id;

	struct provider_result result = vsphere_begin(session, call, method, &id, NULL);
	if (result.error == PROVIDER_OK)
		vsphere_task_alone(call, id, vm->ref.id, task);
	return result;
}

struct provider_result vsphere_resize(struct provider_session *session, struct provider_call *call, const char *native_id,
				      const struct provider_resize_spec *spec, struct provider_task *task)
{
	struct provider_resize_spec numbers = { .vcpus = spec->vcpus, .memory_mib = spec->memory_mib };
	struct vsphere_vm vm;

	*task = (struct provider_task){ NULL };
	struct provider_result result = vsphere_vm_get(session, call, native_id, VSPHERE_MACHINE, &vm);
	if (result.error == PROVIDER_OK)
		result = vsphere_numbers_check(call->arena, session, spec->size, &numbers);
	if (result.error != PROVIDER_OK)
		return result;
	bool is_so = vm.machine.vcpus == numbers.vcpus && vm.machine.memory_mib == numbers.memory_mib;
	if (is_so && text_equal(vm.machine.size, numbers.size))
		return PROVIDER_DONE;
	if (vm.machine.state != PROVIDER_MACHINE_STOPPED)
		return provider_fail(call->arena, PROVIDER_CONFLICT, "the machine is %s; stop it to give it another size",
				     vm.machine.native_state);
	struct xml *method = vsphere_method(call->arena, "ReconfigVM_Task", vm.ref);
	struct xml *config = xml_add(method, "spec");
	vsphere_add_numbers(config, &numbers, vm.cores_per_socket);
	if (vm.is_ours)
		vsphere_add_option(config, "extraConfig", "gaon.size", numbers.size);
	return send(session, call, &vm, method, task);
}

struct provider_result vsphere_rename(struct provider_session *session, struct provider_call *call, const char *native_id,
				      const char *name, struct provider_task *task)
{
	/* Its name is made unique as it was in the beginning; a foreign one gets the name as it is, by an id of no digits. */
	static const char NOBODY[] = "00000000-0000-4000-8000-000000000000";
	struct vsphere_vm vm;

	*task = (struct provider_task){ NULL };
	struct provider_result result = vsphere_vm_get(session, call, native_id, VSPHERE_MACHINE, &vm);
	if (result.error != PROVIDER_OK)
		return result;
	const char *resource = vm.is_ours ? vm.machine.marks.resource : NOBODY;
	const char *made = vsphere_name_make(call->arena, name, resource);
	if (!made)
		return provider_fail(call->arena, PROVIDER_INVALID, "a machine's name must have 1 to %d printable characters",
				     VSPHERE_NAME_MOST - VSPHERE_SUFFIX);
	if (!vm.is_ours)
		made = arena_strndup(call->arena, made, strlen(made) - VSPHERE_SUFFIX);
	if (text_equal(vm.name, made))
		return PROVIDER_DONE;
	struct xml *method = vsphere_method(call->arena, "Rename_Task", vm.ref);
	xml_add_text(method, "newName", made);
	return send(session, call, &vm, method, task);
}

struct provider_result vsphere_tag(struct provider_session *session, struct provider_call *call, const char *native_id,
				   const struct json *tags, struct provider_task *task)
{
	struct vsphere_vm vm;

	*task = (struct provider_task){ NULL };
	struct provider_result result = vsphere_tags_check(call->arena, tags);
	if (result.error == PROVIDER_OK)
		result = vsphere_vm_get(session, call, native_id, VSPHERE_MACHINE, &vm);
	if (result.error != PROVIDER_OK)
		return result;
	if (!vm.is_ours)
		return provider_fail(call->arena, PROVIDER_CONFLICT,
				     "tags are kept beside the marks of a machine that Gaon made; this one has none");
	struct xml *method = vsphere_method(call->arena, "ReconfigVM_Task", vm.ref);
	vsphere_add_tags(xml_add(method, "spec"), tags);
	return send(session, call, &vm, method, task);
}
