/* SPDX-License-Identifier: Apache-2.0 */
/* vm.c: a virtual machine's properties as a machine of ours. */
#include "providers/vsphere/vm.h"

#include <string.h>
#include <strings.h>

#include "runtime/base/text.h"
#include "runtime/base/time.h"

#define ADDRESSES_MOST 64
#define GIB (INT64_C(1) << 30)

/* The first is known since 6.7 only: an older server would refuse the whole question. */
static const char *const PATHS[] = {
	"config.createDate",
	"name",
	"config.template",
	"config.instanceUuid",
	"config.guestId",
	"config.firmware",
	"config.files.vmPathName",
	"config.hardware.numCPU",
	"config.hardware.memoryMB",
	"config.hardware.numCoresPerSocket",
	"config.hardware.device",
	"config.extraConfig",
	"runtime.powerState",
	"runtime.connectionState",
	"runtime.host",
	"guest.net",
	"guest.toolsRunningStatus",
	NULL,
};

const char *const *vsphere_vm_paths(const struct vsphere_place *place)
{
	return place->has_create_date ? PATHS : PATHS + 1;
}

/* ---- what we wrote onto it ---- */

const char *vsphere_extra(const struct vsphere_vm *vm, const char *key)
{
	const struct xml *config = vm->extras;

	for (const struct xml *each = config ? config->children : NULL; each; each = each->next)
		if (text_equal(xml_text(xml_child(each, "key"), NULL), key)) {
			const char *value = xml_text(xml_child(each, "value"), NULL);
			return text_is_empty(value) ? NULL : value;
		}
	return NULL;
}

static const char *kept(struct arena *arena, const char *text)
{
	return text ? arena_strdup(arena, text) : NULL;
}

static enum vsphere_kind kind_read(const struct vsphere_vm *vm, const struct vsphere_place *place, const char *prefix)
{
	const char *kind = vm->is_ours ? vsphere_extra(vm, "gaon.kind") : NULL;

	if (vm->is_template || text_equal(kind, "image"))
		return VSPHERE_IMAGE;
	if (text_equal(kind, "volume"))
		return VSPHERE_VOLUME;
	return !vm->is_ours && !place->is_vcenter && text_starts_with(vm->name, prefix) ? VSPHERE_IMAGE : VSPHERE_MACHINE;
}

static void marks_read(struct arena *arena, struct vsphere_vm *vm)
{
	struct provider_machine *machine = &vm->machine;
	struct json *tags;

	/* A copy that somebody made of one of ours bears its marks too, but another instanceUuid: it is not ours. */
	const char *resource = vsphere_extra(vm, "gaon.resource");
	vm->is_ours = resource && strcasecmp(resource, vm->uuid) == 0;
	if (!vm->is_ours)
		return;
	machine->marks.resource = kept(arena, resource);
	machine->marks.operation = kept(arena, vsphere_extra(vm, "gaon.operation"));
	machine->marks.connection = kept(arena, vsphere_extra(vm, "gaon.connection"));
	machine->marks.installation = kept(arena, vsphere_extra(vm, "gaon.installation"));
	machine->image = vm->image = kept(arena, vsphere_extra(vm, "gaon.image"));
	machine->size = kept(arena, vsphere_extra(vm, "gaon.size"));
	vm->claim = kept(arena, vsphere_extra(vm, "gaon.machine"));
	vm->phase = kept(arena, vsphere_extra(vm, "gaon.phase"));
	const char *written = vsphere_extra(vm, "gaon.tags");
	if (written && status_is_ok(json_parse(arena, slice_text(written), NULL, &tags)) && json_kind(tags) == JSON_OBJECT)
		machine->tags = tags;
	if (!machine->created_us) {
		const char *created = vsphere_extra(vm, "gaon.created");
		if (created)
			(void)time_parse(created, &machine->created_us);
	}
}

/* ---- what vSphere says ---- */

static const struct {
	const char *word;
	enum provider_machine_state state;
} POWERS[] = {
	{ "poweredOn", PROVIDER_MACHINE_RUNNING },
	{ "poweredOff", PROVIDER_MACHINE_STOPPED },
	{ "suspended", PROVIDER_MACHINE_SUSPENDED },
};

static void state_read(struct arena *arena, const struct xml *object, struct vsphere_vm *vm)
{
	const char *connection = vsphere_property_text(object, "runtime.connectionState", "connected");

	vm->machine.native_state = vm->power;
	vm->machine.state = PROVIDER_MACHINE_UNKNOWN;
	for (size_t i = 0; i < sizeof POWERS / sizeof POWERS[0]; i++)
		if (text_equal(POWERS[i].word, vm->power))
			vm->machine.state = POWERS[i].state;
	if (vm->phase && vm->machine.state == PROVIDER_MACHINE_STOPPED)
		vm->machine.state = PROVIDER_MACHINE_BUILDING;
	if (text_equal(connection, "connected"))
		return;
	/* Of a host that its vCenter has lost nothing is known; a machine whose files are gone is broken. */
	vm->machine.native_state = arena_strdup(arena, connection);
	vm->machine.state = text_equal(connection, "disconnected") ? PROVIDER_MACHINE_UNKNOWN : PROVIDER_MACHINE_FAILED;
}

static void addresses_read(struct arena *arena, const struct xml *net, struct provider_machine *machine)
{
	const char **addresses = ARENA_ARRAY(arena, ADDRESSES_MOST, const char *);
	size_t count = 0;

	for (const struct xml *card = net ? net->children : NULL; card; card = card->next)
		for (const struct xml *each = xml_child(card, "ipAddress"); each && count < ADDRESSES_MOST;
		     each = xml_next_child(each, "ipAddress"))
			if (!text_is_empty(each->text) && strncasecmp(each->text, "fe80:", 5) != 0)
				addresses[count++] = arena_strdup(arena, each->text);
	machine->addresses = addresses;
	machine->address_count = count;
}

static void hardware_read(struct arena *arena, const struct xml *object, struct vsphere_vm *vm)
{
	struct provider_machine *machine = &vm->machine;

	vm->devices = vsphere_property(object, "config.hardware.device");
	vm->cores_per_socket = xml_int(vsphere_property(object, "config.hardware.numCoresPerSocket"), 1);
	machine->vcpus = (int32_t)xml_int(vsphere_property(object, "config.hardware.numCPU"), 0);
	machine->memory_mib = xml_int(vsphere_property(object, "config.hardware.memoryMB"), 0);
	int64_t bytes = vsphere_disk_bytes(vsphere_boot_disk(vm->devices));
	machine->disk_gib = bytes > 0 ? (bytes - 1) / GIB + 1 : 0;
	for (const struct xml *each = vm->devices ? vm->devices->children : NULL; each && !machine->network; each = each->next)
		if (vsphere_is_network_card(each))
			machine->network = vsphere_card_network(arena, each);
}

/* A size that somebody has changed the numbers of is none any more. */
static void size_check(const struct provider_session *session, struct provider_machine *machine)
{
	const struct provider_size *size = machine->size ? provider_size_find(&session->options.sizes, machine->size) : NULL;

	if (!size || size->vcpus != machine->vcpus || size->memory_mib != machine->memory_mib)
		machine->size = NULL;
}

void vsphere_vm_read(struct arena *arena, const struct provider_session *session, const struct vsphere_place *place,
		     const struct xml *object, struct vsphere_vm *vm)
{
	struct vsphere_ref ref = vsphere_object_ref(object);

	*vm = (struct vsphere_vm){ .ref = { "VirtualMachine", arena_strdup(arena, text_or_empty(ref.id)) },
				   .name = arena_strdup(arena, vsphere_property_text(object, "name", "")),
				   .uuid = arena_strdup(arena, vsphere_property_text(object, "config.instanceUuid", "")),
				   .path = arena_strdup(arena, vsphere_property_text(object, "config.files.vmPathName", "")),
				   .power = arena_strdup(arena, vsphere_property_text(object, "runtime.powerState", "unknown")),
				   .guest_id = arena_strdup(arena, vsphere_property_text(object, "config.guestId", "otherGuest64")),
				   .firmware = kept(arena, vsphere_property_text(object, "config.firmware", NULL)) };
	vm->is_template = vsphere_bool(vsphere_property(object, "config.template"), false);
	vm->is_whole = vsphere_property(object, "config.files.vmPathName") != NULL;
	vm->has_tools = text_equal(vsphere_property_text(object, "guest.toolsRunningStatus", NULL), "guestToolsRunning");
	vm->machine.native_id = vm->ref.id;
	vm->machine.created_us = vsphere_time(vsphere_property(object, "config.createDate"), 0);
	hardware_read(arena, object, vm);
	vm->extras = vsphere_property(object, "config.extraConfig");
	marks_read(arena, vm);
	vm->kind = kind_read(vm, place, session->options.template_prefix);
	size_check(session, &vm->machine);
	state_read(arena, object, vm);
	addresses_read(arena, vsphere_property(object, "guest.net"), &vm->machine);
	vm->machine.name = vsphere_name_read(arena, vm->name, vm->machine.marks.resource);
	if (!vm->is_whole)
		vm->machine.state = PROVIDER_MACHINE_BUILDING;
	struct vsphere_ref host = vsphere_ref_read(vsphere_property(object, "runtime.host"));
	const struct vsphere_compute *compute = host.id ? vsphere_compute_of_host(place, host.id) : NULL;
	vm->machine.zone = compute ? arena_strdup(arena, compute->ref.id) : NULL;
}

struct provider_result vsphere_vm_get(struct provider_session *session, struct provider_call *call, const char *native_id,
				      unsigned kinds, struct vsphere_vm *vm)
{
	const struct vsphere_place *place;
	const struct xml *object;

	/* What can be no id is not sent. */
	if (!vsphere_is_id(native_id))
		return provider_fail(call->arena, PROVIDER_NOT_FOUND, "vSphere has no machine of this id");
	struct provider_result result = vsphere_place(session, call, &place);
	if (result.error == PROVIDER_OK)
		result = vsphere_properties(session, call, (struct vsphere_ref){ "VirtualMachine", native_id },
					    vsphere_vm_paths(place), &object);
	if (result.error != PROVIDER_OK)
		return result;
	vsphere_vm_read(call->arena, session, place, object, vm);
	if (!(vm->kind & kinds))
		return provider_fail(call->arena, PROVIDER_NOT_FOUND, "%s is %s in vSphere, and not what was asked for", native_id,
				     vm->kind == VSPHERE_IMAGE	? "an image" :
				     vm->kind == VSPHERE_VOLUME ? "the keeper of a volume" :
								  "a machine");
	return result;
}

struct provider_result vsphere_vm_by_uuid(struct provider_session *session, struct provider_call *call, const char *uuid,
					  const char **id)
{
	const struct vsphere_service *service;
	const struct vsphere_place *place;
	const struct xml *response;

	*id = NULL;
	struct provider_result result = vsphere_place(session, call, &place);
	if (result.error == PROVIDER_OK)
		result = vsphere_enter(session, call, &service);
	if (result.error != PROVIDER_OK)
		return result;
	struct xml *method = vsphere_method(call->arena, "FindByUuid", service->search_index);
	vsphere_add_ref(method, "datacenter", place->datacenter->ref);
	xml_add_text(method, "uuid", uuid);
	vsphere_add_bool(method, "vmSearch", true);
	vsphere_add_bool(method, "instanceUuid", true);
	result = vsphere_send(session, call, method, true, &response, NULL);
	if (result.error == PROVIDER_OK)
		*id = vsphere_ref_read(xml_child(response, "returnval")).id;
	return result;
}

bool vsphere_is_ready(const struct vsphere_place *place, const struct vsphere_vm *vm)
{
	return vm->kind == VSPHERE_IMAGE && (place->is_vcenter ? vm->is_template : !vm->phase);
}
