/* SPDX-License-Identifier: Apache-2.0 */
/* v4_create.c: a new machine in v4: made by one call, which is asked for once by its request id; started by another. */
#include "providers/nutanix/v4.h"
#include "runtime/base/text.h"

#define AHV "vmm.v4.ahv.config."

struct plan {
	const struct provider_machine_spec *spec;
	struct provider_resize_spec numbers;
	const char **networks;
	const char *cluster;
	struct json *disk_source; /* where the first disk comes from */
	int64_t disk_bytes;
	const struct json *boot;
	const char *description;
	struct json *categories;
};

static struct json *typed(struct arena *arena, const char *type)
{
	return nutanix_object(arena, "$objectType", arena_printf(arena, AHV "%s", type));
}

static struct provider_result missing(struct provider_call *call, struct provider_result result, const char *what, const char *id)
{
	if (result.error != PROVIDER_NOT_FOUND)
		return result;
	return provider_fail(call->arena, PROVIDER_INVALID, "there is no %s \"%.64s\"; list the %ss and choose one", what, id, what);
}

static struct provider_result template_plan(struct provider_session *session, struct provider_call *call, const char *template,
					    struct plan *plan, int64_t *bytes)
{
	const struct json *vm;
	struct provider_machine machine;
	struct nutanix_marks marks;
	struct provider_result result = v4_machine_get(session, call, template, &vm, &machine, &marks, NULL);

	if (result.error != PROVIDER_OK)
		return missing(call, result, "image", plan->spec->image);
	const struct json *disk = v4_disk_of(vm);
	const char *id = json_text(json_path(disk, "backingInfo", "diskExtId", NULL), v4_id_of(disk));
	if (!id)
		return provider_fail(call->arena, PROVIDER_INVALID, "the template %s has no disk", template);
	plan->disk_source = typed(call->arena, "VmDiskReference");
	json_set_text(plan->disk_source, "diskExtId", id);
	const char *boot = json_text(json_path(vm, "bootConfig", "$objectType", NULL), NULL);
	if (boot)
		plan->boot = typed(call->arena, text_ends_with(boot, "UefiBoot") ? "UefiBoot" : "LegacyBoot");
	*bytes = json_int(json_path(disk, "backingInfo", "diskSizeBytes", NULL), 0);
	return PROVIDER_DONE;
}

static struct provider_result image_plan(struct provider_session *session, struct provider_call *call, struct plan *plan)
{
	const char *image = plan->spec->image, *template = nutanix_template_of(image);
	struct provider_result result;
	int64_t bytes = 0;

	if (template) {
		result = template_plan(session, call, template, plan, &bytes);
	} else {
		const struct json *data;
		result = missing(call,
				 v4_get(session, call, v4_path(session, call->arena, "vmm", "content/images/%s", image),
					"reading the image", &data, NULL),
				 "image", image);
		if (result.error == PROVIDER_OK) {
			plan->disk_source = typed(call->arena, "ImageReference");
			json_set_text(plan->disk_source, "imageExtId", image);
			bytes = json_int(json_get(data, "sizeBytes"), 0);
		}
	}
	plan->disk_bytes = plan->spec->disk_gib * NUTANIX_GIB;
	if (plan->disk_bytes < bytes && bytes < INT64_MAX / 2)
		plan->disk_bytes = (bytes + NUTANIX_MIB - 1) / NUTANIX_MIB * NUTANIX_MIB;
	return result;
}

static struct provider_result network_plan(struct provider_session *session, struct provider_call *call, struct plan *plan)
{
	plan->networks = nutanix_networks_of(session, call->arena, plan->spec);
	for (size_t i = 0; plan->networks[i]; i++) {
		const struct json *subnet;
		struct provider_result result =
			v4_get(session, call, v4_path(session, call->arena, "networking", "config/subnets/%s", plan->networks[i]),
			       "reading the network", &subnet, NULL);

		if (result.error != PROVIDER_OK)
			return missing(call, result, "network", plan->networks[i]);
		if (!plan->cluster)
			plan->cluster = json_text(json_get(subnet, "clusterReference"), NULL);
	}
	return PROVIDER_DONE;
}

static struct provider_result cluster_plan(struct provider_session *session, struct provider_call *call, struct plan *plan)
{
	if (plan->spec->zone) {
		plan->cluster = plan->spec->zone;
		return v4_cluster_check(session, call, plan->cluster);
	}
	if (!session->options.cluster && plan->cluster)
		return PROVIDER_DONE;
	return v4_cluster_choose(session, call, &plan->cluster);
}

static struct provider_result plan_make(struct provider_session *session, struct provider_call *call,
					const struct provider_machine_spec *spec, struct plan *plan)
{
	struct nutanix_marks marks = nutanix_marks_new(session, &spec->intent);

	marks.image = spec->image;
	marks.size = plan->numbers.size;
	marks.tags = nutanix_tag_keys(call->arena, spec->tags);
	plan->boot = typed(call->arena, text_equal(session->options.boot, "UEFI") ? "UefiBoot" : "LegacyBoot");
	struct provider_result result = nutanix_marks_print(call->arena, NULL, &marks, &plan->description);
	if (result.error == PROVIDER_OK)
		result = image_plan(session, call, plan);
	if (result.error == PROVIDER_OK)
		result = network_plan(session, call, plan);
	if (result.error == PROVIDER_OK)
		result = cluster_plan(session, call, plan);
	return result.error == PROVIDER_OK ? v4_tags_ensure(session, call, spec->tags, &plan->categories) : result;
}

static struct json *disk_json(struct arena *arena, int index, int64_t bytes, const char *container, const struct json *source)
{
	struct json *disk = json_object(arena), *backing = typed(arena, "VmDisk");
	struct json *address = nutanix_object(arena, "busType", "SCSI");

	json_set_int(address, "index", index);
	if (bytes > 0)
		json_set_int(backing, "diskSizeBytes", bytes);
	if (container)
		json_set(backing, "storageContainer", v4_reference(arena, container));
	if (source) {
		struct json *data_source = json_object(arena);
		json_set(data_source, "reference", source);
		json_set(backing, "dataSource", data_source);
	}
	json_set(disk, "diskAddress", address);
	json_set(disk, "backingInfo", backing);
	return disk;
}

static struct json *disks_json(struct provider_session *session, struct arena *arena, const struct plan *plan)
{
	struct json *list = json_array(arena);

	json_append(list, disk_json(arena, 0, plan->disk_bytes, session->options.storage_container, plan->disk_source));
	for (size_t i = 0; i < plan->spec->disk_count; i++) {
		const struct provider_disk_spec *more = &plan->spec->disks[i];
		const char *container = more->type ? more->type : session->options.storage_container;

		json_append(list, disk_json(arena, (int)i + 1, more->size_gib * NUTANIX_GIB, container, NULL));
	}
	return list;
}

static struct json *nics_json(struct arena *arena, const struct plan *plan)
{
	struct json *list = json_array(arena);

	for (size_t i = 0; plan->networks[i]; i++) {
		struct json *nic = json_object(arena), *info = nutanix_object(arena, "nicType", "NORMAL_NIC");
		struct json *backing = json_object(arena);

		json_set_text(info, "vlanMode", "ACCESS");
		json_set(info, "subnet", v4_reference(arena, plan->networks[i]));
		json_set_bool(backing, "isConnected", true);
		json_set(nic, "networkInfo", info);
		json_set(nic, "backingInfo", backing);
		json_append(list, nic);
	}
	return list;
}

static struct json *guest_json(struct arena *arena, const struct nutanix_seed *seed)
{
	struct json *guest = json_object(arena), *config = typed(arena, "CloudInit"), *script = typed(arena, "Userdata");

	json_set_text(script, "value", seed->user_data);
	json_set_text(config, "datasourceType", "CONFIG_DRIVE_V2");
	json_set_text(config, "metadata", seed->meta_data);
	json_set(config, "cloudInitScript", script);
	json_set(guest, "config", config);
	return guest;
}

static const struct json *body_json(struct provider_session *session, struct arena *arena, const struct plan *plan)
{
	struct json *vm = typed(arena, "Vm");
	struct nutanix_seed seed = nutanix_seed_of(arena, plan->spec);

	json_set_text(vm, "name", plan->spec->name);
	json_set_text(vm, "description", plan->description);
	json_set_int(vm, "numSockets", plan->numbers.vcpus);
	json_set_int(vm, "numCoresPerSocket", 1);
	json_set_int(vm, "memorySizeBytes", plan->numbers.memory_mib * NUTANIX_MIB);
	json_set(vm, "cluster", v4_reference(arena, plan->cluster));
	json_set(vm, "bootConfig", plan->boot);
	json_set(vm, "disks", disks_json(session, arena, plan));
	if (plan->networks[0])
		json_set(vm, "nics", nics_json(arena, plan));
	if (json_size(plan->categories) > 0)
		json_set(vm, "categories", plan->categories);
	if (session->options.project)
		json_set(vm, "project", v4_reference(arena, session->options.project));
	if (seed.user_data)
		json_set(vm, "guestCustomization", guest_json(arena, &seed));
	return vm;
}

struct provider_result v4_create(struct provider_session *session, struct provider_call *call,
				 const struct provider_machine_spec *spec, struct provider_task *task, const char **native_id)
{
	struct plan plan = { .spec = spec };
	const char *work = "-", *entity = NULL;
	const struct json *data;

	*task = (struct provider_task){ NULL };
	*native_id = NULL;
	struct provider_result result = nutanix_spec_check(session, call, spec, &plan.numbers);
	if (result.error == PROVIDER_OK)
		result = nutanix_tags_check(call->arena, spec->tags, NUTANIX_API_V4);
	if (result.error == PROVIDER_OK)
		result = plan_make(session, call, spec, &plan);
	if (result.error != PROVIDER_OK)
		return result;
	struct v4_change change = { .method = "POST",
				    .path = v4_path(session, call->arena, "vmm", "ahv/config/vms"),
				    .body = body_json(session, call->arena, &plan),
				    .what = "creating the machine" };
	result = v4_send_once(session, call, &change, "create", spec->intent.resource, &work);
	if (result.error != PROVIDER_OK)
		return result;
	/* The task knows which machine it makes, mostly from its start. */
	if (!text_equal(work, "-") && v4_task_get(session, call, work, &data).error == PROVIDER_OK)
		entity = v4_task_entity(data, ":vm");
	*native_id = entity;
	*task = v4_handle(call->arena, "create", work, entity ? entity : "-", NULL);
	return result;
}
