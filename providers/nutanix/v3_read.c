/* SPDX-License-Identifier: Apache-2.0 */
/* v3_read.c: machines as v3 tells of them. */
#include <string.h>

#include "providers/nutanix/v3.h"
#include "runtime/base/text.h"

enum { NICS_MOST = 64, ADDRESSES_MOST = 16 };

bool v3_is_failed(const struct json *entity)
{
	const struct json *resources = json_path(entity, "status", "resources", NULL);

	/* A failed change says ERROR too, of a thing that is there: a machine has a power state then, a volume its disk. */
	return text_equal(json_text(json_path(entity, "status", "state", NULL), ""), "ERROR") && !json_get(resources, "power_state") &&
	       json_size(json_get(resources, "disk_list")) == 0;
}

static enum provider_machine_state state_read(const struct json *vm, const char **native_state)
{
	const char *state = json_text(json_path(vm, "status", "state", NULL), "");
	const char *power = json_text(json_path(vm, "status", "resources", "power_state", NULL), NULL);

	*native_state = power && !text_equal(state, "PENDING") ? power : state;
	if (text_equal(state, "DELETE_PENDING"))
		return PROVIDER_MACHINE_TRANSITION;
	if (text_equal(state, "PENDING"))
		return power ? PROVIDER_MACHINE_TRANSITION : PROVIDER_MACHINE_BUILDING;
	if (!power)
		return text_equal(state, "ERROR") ? PROVIDER_MACHINE_FAILED : PROVIDER_MACHINE_BUILDING;
	return nutanix_power_state(power);
}

const struct json *v3_disk_of(const struct json *vm)
{
	const struct json *disks = json_path(vm, "status", "resources", "disk_list", NULL);

	for (size_t i = 0; i < json_size(disks); i++) {
		const struct json *disk = json_at(disks, i);
		const char *type = json_text(json_path(disk, "device_properties", "device_type", NULL), "DISK");

		if (text_equal(type, "DISK"))
			return disk;
	}
	return NULL;
}

static void addresses_read(struct arena *arena, const struct json *nics, struct provider_machine *machine)
{
	machine->addresses = ARENA_ARRAY(arena, ADDRESSES_MOST, const char *);
	for (size_t i = 0; i < json_size(nics) && i < NICS_MOST; i++) {
		const struct json *points = json_get(json_at(nics, i), "ip_endpoint_list");

		for (size_t k = 0; k < json_size(points) && machine->address_count < ADDRESSES_MOST; k++) {
			const char *ip = json_text(json_get(json_at(points, k), "ip"), NULL);

			if (!text_is_empty(ip))
				machine->addresses[machine->address_count++] = ip;
		}
	}
}

static int64_t disk_bytes_of(const struct json *disk)
{
	int64_t mib = json_int(json_get(disk, "disk_size_mib"), 0);

	return json_int(json_get(disk, "disk_size_bytes"), mib > 0 && mib < INT32_MAX ? mib * NUTANIX_MIB : 0);
}

void v3_machine_read(struct arena *arena, const struct json *vm, struct provider_machine *machine, struct nutanix_marks *marks)
{
	const struct json *resources = json_path(vm, "status", "resources", NULL);
	const struct json *source = resources;
	const char *native_state;

	/* What was accepted just now has nothing but its spec. */
	if (!json_get(source, "num_sockets"))
		source = json_path(vm, "spec", "resources", NULL);
	*marks = nutanix_marks_read(arena, json_text(json_path(vm, "spec", "description", NULL), NULL), NULL);
	*machine = (struct provider_machine){
		.native_id = v3_uuid_of(vm),
		.name = json_text(json_path(vm, "status", "name", NULL), json_text(json_path(vm, "spec", "name", NULL), "")),
		.state = state_read(vm, &native_state),
		.size = marks->size,
		.image = marks->image,
		.memory_mib = json_int(json_get(source, "memory_size_mib"), 0),
		.disk_gib = nutanix_gib_up(disk_bytes_of(v3_disk_of(vm))),
		.created_us = nutanix_time_of(json_path(vm, "metadata", "creation_time", NULL)),
		.zone = json_text(json_path(vm, "spec", "cluster_reference", "uuid", NULL), NULL),
		.network = json_text(json_path(json_at(json_get(source, "nic_list"), 0), "subnet_reference", "uuid", NULL), NULL),
		.tags = v3_tags_read(arena, json_get(vm, "metadata"), marks),
		.marks = marks->ours,
	};
	machine->native_state = native_state;
	machine->vcpus =
		nutanix_vcpus_of(json_int(json_get(source, "num_sockets"), 1), json_int(json_get(source, "num_vcpus_per_socket"), 1));
	if (!machine->image)
		machine->image = json_text(json_path(v3_disk_of(vm), "data_source_reference", "uuid", NULL), NULL);
	addresses_read(arena, json_get(resources, "nic_list"), machine);
}

struct provider_result v3_machine_get(struct provider_session *session, struct provider_call *call, const char *native_id,
				      struct json **vm, struct provider_machine *machine, struct nutanix_marks *marks)
{
	struct provider_result result = v3_get(session, call, "vms", native_id, "machine", vm);

	if (result.error == PROVIDER_OK)
		v3_machine_read(call->arena, *vm, machine, marks);
	return result;
}

struct provider_result v3_machine_read_one(struct provider_session *session, struct provider_call *call, const char *native_id,
					   struct provider_machine *machine)
{
	struct json *vm;
	struct nutanix_marks marks;

	return v3_machine_get(session, call, native_id, &vm, machine, &marks);
}

struct provider_result v3_machine_find(struct provider_session *session, struct provider_call *call,
				       const struct provider_intent *intent, struct provider_machine *machine)
{
	struct json *vm = NULL;
	struct nutanix_marks marks;
	const char *free_uuid;
	struct provider_result result = v3_find(session, call, "vms", "machine", intent, false, &vm, &free_uuid);

	if (result.error == PROVIDER_OK)
		v3_machine_read(call->arena, vm, machine, &marks);
	return result;
}

struct provider_result v3_machine_list(struct provider_session *session, struct provider_call *call, struct provider_page *page,
				       struct provider_machine **machines, size_t *count)
{
	const struct json *entities = NULL;
	struct nutanix_marks marks;
	struct provider_result result = v3_page(session, call, "vms", "vm", page, &entities);

	if (result.error != PROVIDER_OK)
		return result;
	*machines = ARENA_ARRAY(call->arena, json_size(entities), struct provider_machine);
	*count = 0;
	for (size_t i = 0; i < json_size(entities); i++) {
		v3_machine_read(call->arena, json_at(entities, i), &(*machines)[*count], &marks);
		*count += (*machines)[*count].native_id != NULL;
	}
	return PROVIDER_DONE;
}
