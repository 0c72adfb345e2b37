/* SPDX-License-Identifier: Apache-2.0 */
/* v4_read.c: machines as v4 tells of them. */
#include <string.h>

#include "providers/nutanix/v4.h"
#include "runtime/base/text.h"

enum { NICS_MOST = 64, ADDRESSES_MOST = 16 };

const struct json *v4_disk_of(const struct json *vm)
{
	const struct json *disks = json_get(vm, "disks");

	for (size_t i = 0; i < json_size(disks); i++) {
		const struct json *backing = json_get(json_at(disks, i), "backingInfo");
		const char *type = json_text(json_get(backing, "$objectType"), "vmm.v4.ahv.config.VmDisk");

		if (text_ends_with(type, ".VmDisk"))
			return json_at(disks, i);
	}
	return NULL;
}

/* Newer ones say nicNetworkInfo, and networkInfo too for those who know only that. */
static const struct json *network_info(const struct json *nic)
{
	const struct json *info = json_get(nic, "networkInfo");

	return info ? info : json_get(nic, "nicNetworkInfo");
}

static void address_add(struct provider_machine *machine, const struct json *address)
{
	const char *value = json_text(json_get(address, "value"), NULL);

	for (size_t i = 0; i < machine->address_count; i++)
		if (text_equal(machine->addresses[i], value))
			return;
	if (!text_is_empty(value) && machine->address_count < ADDRESSES_MOST)
		machine->addresses[machine->address_count++] = value;
}

static void addresses_read(struct arena *arena, const struct json *nics, struct provider_machine *machine)
{
	machine->addresses = ARENA_ARRAY(arena, ADDRESSES_MOST, const char *);
	for (size_t i = 0; i < json_size(nics) && i < NICS_MOST; i++) {
		const struct json *info = network_info(json_at(nics, i));
		const struct json *learned = json_path(info, "ipv4Info", "learnedIpAddresses", NULL);

		address_add(machine, json_path(info, "ipv4Config", "ipAddress", NULL));
		for (size_t k = 0; k < json_size(learned) && k < ADDRESSES_MOST; k++)
			address_add(machine, json_at(learned, k));
	}
}

static const char *image_of(const struct json *vm)
{
	return json_text(json_path(v4_disk_of(vm), "backingInfo", "dataSource", "reference", "imageExtId", NULL), NULL);
}

void v4_machine_read(struct arena *arena, const struct json *vm, struct provider_machine *machine, struct nutanix_marks *marks)
{
	const char *power = json_text(json_get(vm, "powerState"), "UNDETERMINED");

	*marks = nutanix_marks_read(arena, json_text(json_get(vm, "description"), NULL), NULL);
	*machine = (struct provider_machine){
		.native_id = v4_id_of(vm),
		.name = json_text(json_get(vm, "name"), ""),
		.state = nutanix_power_state(power),
		.native_state = power,
		.size = marks->size,
		.image = marks->image ? marks->image : image_of(vm),
		.vcpus = nutanix_vcpus_of(json_int(json_get(vm, "numSockets"), 1), json_int(json_get(vm, "numCoresPerSocket"), 1)),
		.memory_mib = json_int(json_get(vm, "memorySizeBytes"), 0) / NUTANIX_MIB,
		.disk_gib = nutanix_gib_up(json_int(json_path(v4_disk_of(vm), "backingInfo", "diskSizeBytes", NULL), 0)),
		.created_us = nutanix_time_of(json_get(vm, "createTime")),
		.zone = json_text(json_path(vm, "cluster", "extId", NULL), NULL),
		.network = json_text(json_path(network_info(json_at(json_get(vm, "nics"), 0)), "subnet", "extId", NULL), NULL),
		.marks = marks->ours,
	};
	addresses_read(arena, json_get(vm, "nics"), machine);
}

struct provider_result v4_machine_get(struct provider_session *session, struct provider_call *call, const char *native_id,
				      const struct json **vm, struct provider_machine *machine, struct nutanix_marks *marks,
				      const char **etag)
{
	struct provider_result result = nutanix_id_check(call->arena, "machine", native_id);

	if (result.error == PROVIDER_OK)
		result = v4_get(session, call, v4_path(session, call->arena, "vmm", "ahv/config/vms/%s", native_id),
				"reading the machine", vm, etag);
	if (result.error != PROVIDER_OK)
		return result;
	v4_machine_read(call->arena, *vm, machine, marks);
	if (!text_equal(machine->native_id, native_id))
		return provider_fail(call->arena, PROVIDER_UNAVAILABLE,
				     "Prism Central answers with another machine than it was asked for");
	return PROVIDER_DONE;
}

struct provider_result v4_machine_read_one(struct provider_session *session, struct provider_call *call, const char *native_id,
					   struct provider_machine *machine)
{
	const struct json *vm;
	struct nutanix_marks marks;
	struct provider_result result = v4_machine_get(session, call, native_id, &vm, machine, &marks, NULL);

	return result.error == PROVIDER_OK ? v4_tags_read(session, call, vm, &marks, machine) : result;
}

struct provider_result v4_machine_list(struct provider_session *session, struct provider_call *call, struct provider_page *page,
				       struct provider_machine **machines, size_t *count)
{
	const struct json *rows = NULL;
	struct provider_result result =
		v4_page(session, call, v4_path(session, call->arena, "vmm", "ahv/config/vms"), NULL, page, &rows);

	if (result.error != PROVIDER_OK)
		return result;
	*machines = ARENA_ARRAY(call->arena, json_size(rows), struct provider_machine);
	*count = 0;
	for (size_t i = 0; i < json_size(rows) && result.error == PROVIDER_OK; i++) {
		struct provider_machine *machine = &(*machines)[*count];
		struct nutanix_marks marks;

		v4_machine_read(call->arena, json_at(rows, i), machine, &marks);
		if (!machine->native_id)
			continue;
		result = v4_tags_read(session, call, json_at(rows, i), &marks, machine);
		(*count)++;
	}
	return result;
}

/*
 * v4 filters by no description, and not by categories: all descriptions are looked through, without the rest of the machines. Only
 * who lost a reply asks so.
 */
struct provider_result v4_machine_find(struct provider_session *session, struct provider_call *call,
				       const struct provider_intent *intent, struct provider_machine *machine)
{
	const char *path = v4_path(session, call->arena, "vmm", "ahv/config/vms");
	int64_t total = 1;

	for (int64_t page = 0; page * V4_LIMIT_MOST < total; page++) {
		const struct json *rows;
		struct provider_result result = page < V4_PAGES_MOST ?
							v4_list(session, call, path, "$select=extId,description", page, V4_LIMIT_MOST,
								&rows, &total) :
							provider_fail(call->arena, PROVIDER_UNAVAILABLE,
								      "Prism Central has more machines than can be looked through");

		if (result.error != PROVIDER_OK)
			return result;
		for (size_t i = 0; i < json_size(rows); i++) {
			const struct json *row = json_at(rows, i);
			struct nutanix_marks marks =
				nutanix_marks_read(call->arena, json_text(json_get(row, "description"), NULL), NULL);

			if (nutanix_marks_are(&marks, session, intent) && v4_id_of(row))
				return v4_machine_read_one(session, call, v4_id_of(row), machine);
		}
		if (json_size(rows) == 0)
			break;
	}
	return provider_fail(call->arena, PROVIDER_NOT_FOUND, "no machine was made for %s", text_or_empty(intent->resource));
}
