/* SPDX-License-Identifier: Apache-2.0 */
/* v3_create.c: a new machine in v3: one call makes and starts it, under a UUID that Prism Central gave us before. */
#include "providers/nutanix/v3.h"
#include "runtime/base/text.h"

/* What is found out before the machine is asked for. */
struct plan {
	const struct provider_machine_spec *spec;
	struct provider_resize_spec numbers;
	const char **networks;
	const char *cluster;
	struct json *disk_source; /* where the first disk comes from */
	int64_t disk_bytes;
	const char *boot;
	const char *description;
};

static struct provider_result missing(struct provider_call *call, struct provider_result result, const char *what, const char *id)
{
	if (result.error != PROVIDER_NOT_FOUND)
		return result;
	return provider_fail(call->arena, PROVIDER_INVALID, "there is no %s \"%.64s\"; list the %ss and choose one", what, id, what);
}

static struct provider_result image_plan(struct provider_session *session, struct provider_call *call, struct plan *plan)
{
	const char *image = plan->spec->image, *template = nutanix_template_of(image);
	struct json *entity;
	int64_t bytes = 0;
	struct provider_result result;

	if (template) {
		result = v3_get(session, call, "vms", template, "machine", &entity);
		const struct json *disk = result.error == PROVIDER_OK ? v3_disk_of(entity) : NULL;
		if (result.error == PROVIDER_OK && !disk)
			result = provider_fail(call->arena, PROVIDER_INVALID, "the template %s has no disk", template);
		if (result.error != PROVIDER_OK)
			return missing(call, result, "image", image);
		plan->disk_source = v3_reference(call->arena, "vm_disk", json_text(json_get(disk, "uuid"), ""));
		plan->boot = json_text(json_path(entity, "spec", "resources", "boot_config", "boot_type", NULL), plan->boot);
		bytes = json_int(json_get(disk, "disk_size_bytes"), 0);
	} else {
		result = v3_get(session, call, "images", image, "image", &entity);
		if (result.error != PROVIDER_OK)
			return missing(call, result, "image", image);
		plan->disk_source = v3_reference(call->arena, "image", image);
		bytes = json_int(json_path(entity, "status", "resources", "size_bytes", NULL), 0);
	}
	plan->disk_bytes = plan->spec->disk_gib * NUTANIX_GIB;
	if (plan->disk_bytes < bytes && bytes < INT64_MAX / 2)
		plan->disk_bytes = (bytes + NUTANIX_MIB - 1) / NUTANIX_MIB * NUTANIX_MIB;
	return PROVIDER_DONE;
}

static struct provider_result network_plan(struct provider_session *session, struct provider_call *call, struct plan *plan)
{
	plan->networks = nutanix_networks_of(session, call->arena, plan->spec);
	for (size_t i = 0; plan->networks[i]; i++) {
		struct json *subnet;
		struct provider_result result = v3_get(session, call, "subnets", plan->networks[i], "network", &subnet);

		if (result.error != PROVIDER_OK)
			return missing(call, result, "network", plan->networks[i]);
		if (!plan->cluster)
			plan->cluster = json_text(json_path(subnet, "spec", "cluster_reference", "uuid", NULL), NULL);
	}
	return PROVIDER_DONE;
}

/* The spec's zone, the option's cluster, the network's, or the only one. */
static struct provider_result cluster_plan(struct provider_session *session, struct provider_call *call, struct plan *plan)
{
	if (plan->spec->zone) {
		struct json *cluster;
		struct provider_result result = v3_get(session, call, "clusters", plan->spec->zone, "zone", &cluster);
		plan->cluster = plan->spec->zone;
		return missing(call, result, "zone", plan->spec->zone);
	}
	if (!session->options.cluster && plan->cluster)
		return PROVIDER_DONE;
	return v3_cluster_choose(session, call, &plan->cluster);
}

static struct json *disk_json(struct arena *arena, int index, int64_t bytes, const char *container)
{
	struct json *disk = json_object(arena), *properties = nutanix_object(arena, "device_type", "DISK");
	struct json *address = nutanix_object(arena, "adapter_type", "SCSI");

	json_set_int(address, "device_index", index);
	json_set(properties, "disk_address", address);
	json_set(disk, "device_properties", properties);
	if (bytes > 0) {
		json_set_int(disk, "disk_size_bytes", bytes);
		json_set_int(disk, "disk_size_mib", (bytes + NUTANIX_MIB - 1) / NUTANIX_MIB);
	}
	if (container) {
		struct json *storage = json_object(arena);
		json_set(storage, "storage_container_reference", v3_reference(arena, "storage_container", container));
		json_set(disk, "storage_config", storage);
	}
	return disk;
}

static struct json *disks_json(struct provider_session *session, struct arena *arena, const struct plan *plan)
{
	struct json *list = json_array(arena);
	struct json *first = disk_json(arena, 0, plan->disk_bytes, session->options.storage_container);

	json_set(first, "data_source_reference", plan->disk_source);
	json_append(list, first);
	for (size_t i = 0; i < plan->spec->disk_count; i++) {
		const struct provider_disk_spec *more = &plan->spec->disks[i];
		const char *container = more->type ? more->type : session->options.storage_container;

		json_append(list, disk_json(arena, (int)i + 1, more->size_gib * NUTANIX_GIB, container));
	}
	return list;
}

static struct json *nics_json(struct arena *arena, const struct plan *plan)
{
	struct json *list = json_array(arena);

	for (size_t i = 0; plan->networks[i]; i++) {
		struct json *nic = json_object(arena);

		json_set(nic, "subnet_reference", v3_reference(arena, "subnet", plan->networks[i]));
		json_set_bool(nic, "is_connected", true);
		json_append(list, nic);
	}
	return list;
}

static struct json *resources_json(struct provider_session *session, struct arena *arena, const struct plan *plan)
{
	struct json *resources = json_object(arena);
	struct nutanix_seed seed = nutanix_seed_of(arena, plan->spec);

	json_set_int(resources, "num_sockets", plan->numbers.vcpus);
	json_set_int(resources, "num_vcpus_per_socket", 1);
	json_set_int(resources, "memory_size_mib", plan->numbers.memory_mib);
	json_set_text(resources, "power_state", "ON");
	json_set(resources, "boot_config", nutanix_object(arena, "boot_type", plan->boot));
	json_set(resources, "disk_list", disks_json(session, arena, plan));
	json_set(resources, "nic_list", nics_json(arena, plan));
	if (seed.user_data) {
		struct json *cloud_init = nutanix_object(arena, "user_data", seed.user_data), *guest = json_object(arena);

		json_set_text(cloud_init, "meta_data", seed.meta_data);
		json_set(guest, "cloud_init", cloud_init);
		json_set(resources, "guest_customization", guest);
	}
	return resources;
}

static const struct json *body_json(struct provider_session *session, struct arena *arena, const struct plan *plan, const char *uuid)
{
	struct json *body = json_object(arena), *spec = nutanix_object(arena, "name", plan->spec->name);
	struct json *metadata = v3_reference(arena, "vm", uuid);

	json_set_text(spec, "description", plan->description);
	json_set(spec, "resources", resources_json(session, arena, plan));
	json_set(spec, "cluster_reference", v3_reference(arena, "cluster", plan->cluster));
	if (session->options.project)
		json_set(metadata, "project_reference", v3_reference(arena, "project", session->options.project));
	if (json_size(plan->spec->tags) > 0)
		v3_tags_write(arena, metadata, NULL, plan->spec->tags);
	json_set_text(body, "api_version", "3.1");
	json_set(body, "spec", spec);
	json_set(body, "metadata", metadata);
	return body;
}

static struct provider_result plan_make(struct provider_session *session, struct provider_call *call,
					const struct provider_machine_spec *spec, struct plan *plan)
{
	struct nutanix_marks marks = nutanix_marks_new(session, &spec->intent);

	marks.image = spec->image;
	marks.size = plan->numbers.size;
	marks.tags = nutanix_tag_keys(call->arena, spec->tags);
	plan->spec = spec;
	plan->boot = session->options.boot;
	struct provider_result result = nutanix_marks_print(call->arena, NULL, &marks, &plan->description);
	if (result.error == PROVIDER_OK)
		result = image_plan(session, call, plan);
	if (result.error == PROVIDER_OK)
		result = network_plan(session, call, plan);
	if (result.error == PROVIDER_OK)
		result = cluster_plan(session, call, plan);
	return result.error == PROVIDER_OK ? v3_tags_ensure(session, call, spec->tags) : result;
}

/* What an attempt before has begun. */
static void adopt(struct provider_call *call, const struct json *vm, struct provider_task *task, const char **native_id)
{
	const char *work = v3_task_of(vm);

	*native_id = v3_uuid_of(vm);
	if (text_equal(json_text(json_path(vm, "status", "state", NULL), ""), "PENDING") && !text_equal(work, "-"))
		*task = v3_handle(call->arena, "create", work, *native_id, NULL);
}

struct provider_result v3_create(struct provider_session *session, struct provider_call *call,
				 const struct provider_machine_spec *spec, struct provider_task *task, const char **native_id)
{
	struct plan plan = { .spec = spec };
	struct json *vm = NULL;
	const char *uuid = NULL, *work = "-";

	*task = (struct provider_task){ NULL };
	*native_id = NULL;
	struct provider_result result = nutanix_spec_check(session, call, spec, &plan.numbers);
	if (result.error == PROVIDER_OK)
		result = nutanix_tags_check(call->arena, spec->tags, NUTANIX_API_V3);
	if (result.error != PROVIDER_OK)
		return result;
	result = v3_find(session, call, "vms", "machine", &spec->intent, false, &vm, &uuid);
	if (result.error == PROVIDER_OK) {
		adopt(call, vm, task, native_id);
		return result;
	}
	if (result.error == PROVIDER_NOT_FOUND)
		result = plan_make(session, call, spec, &plan);
	if (result.error != PROVIDER_OK)
		return result;
	result = v3_find(session, call, "vms", "machine", &spec->intent, true, &vm, &uuid);
	if (result.error == PROVIDER_NOT_FOUND && !uuid)
		return provider_fail(call->arena, PROVIDER_CONFLICT,
				     "%d attempts to make this machine have failed; remove them and make it anew", V3_IDENTIFIERS);
	if (result.error == PROVIDER_NOT_FOUND) {
		result = v3_change(session, call, "POST", V3 "vms", body_json(session, call->arena, &plan, uuid), "creating the machine",
				   &work);
		if (result.error == PROVIDER_OK) {
			*native_id = uuid;
			*task = v3_handle(call->arena, "create", work, uuid, NULL);
			return result;
		}
		if (result.error != PROVIDER_CONFLICT)
			return result;
		/* Somebody else made it with this UUID in between. */
		struct provider_result refused = result;
		result = v3_find(session, call, "vms", "machine", &spec->intent, false, &vm, &uuid);
		if (result.error == PROVIDER_NOT_FOUND)
			return refused;
	}
	if (result.error == PROVIDER_OK)
		adopt(call, vm, task, native_id);
	return result;
}
