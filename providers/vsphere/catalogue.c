/* SPDX-License-Identifier: Apache-2.0 */
/* catalogue.c: regions and zones, sizes, images, and what there is room for. */
#include <stdlib.h>
#include <string.h>

#include "providers/vsphere/vsphere.h"
#include "runtime/base/text.h"

#define GIB (INT64_C(1) << 30)
#define FRESH_DISK_GIB 1

struct provider_result vsphere_regions(struct provider_session *session, struct provider_call *call, struct provider_page *page,
				       struct provider_region **regions, size_t *count)
{
	const struct vsphere_place *place;
	size_t total = 0, first = 0;

	struct provider_result result = vsphere_place(session, call, &place);
	if (result.error != PROVIDER_OK)
		return result;
	struct provider_region *all = ARENA_ARRAY(call->arena, place->datacenter_count + place->compute_count, struct provider_region);
	for (size_t i = 0; i < place->datacenter_count; i++)
		all[total++] = (struct provider_region){ .native_id = place->datacenters[i].ref.id, .name = place->datacenters[i].name };
	for (size_t i = 0; i < place->compute_count; i++)
		all[total++] = (struct provider_region){ .native_id = place->computes[i].ref.id,
							 .name = place->computes[i].name,
							 .parent = place->datacenter->ref.id };
	result = provider_page_cut(call->arena, page, total, &first, count);
	*regions = all + first;
	return result;
}

struct provider_result vsphere_sizes(struct provider_session *session, struct provider_call *call, struct provider_page *page,
				     struct provider_size **sizes, size_t *count)
{
	const struct provider_size_table *table = &session->options.sizes;
	size_t first = 0;

	struct provider_result result = provider_page_cut(call->arena, page, table->count, &first, count);
	*sizes = table->sizes + first;
	return result;
}

/* ---- images ---- */

static const char *os_of(const char *guest)
{
	if (text_starts_with(guest, "win"))
		return "windows";
	static const char *const LINUXES[] = { "linux", "Linux", "ubuntu", "debian", "centos", "rhel", "sles", "oracle", "fedora",
					       "photon", "vmwarePhoton", "coreos", "amazon", "rocky", "alma", "flatcar", "opensuse" };
	for (size_t i = 0; i < sizeof LINUXES / sizeof LINUXES[0]; i++)
		if (strstr(guest, LINUXES[i]))
			return "linux";
	return "unknown";
}

static const char *architecture_of(const char *guest)
{
	if (text_starts_with(guest, "arm") || text_ends_with(guest, "Arm64Guest"))
		return "aarch64";
	return strstr(guest, "64") ? "x86_64" : "i686";
}

static int by_name(const void *a, const void *b)
{
	const struct provider_image *first = a, *second = b;
	int order = strcmp(first->name, second->name);

	return order != 0 ? order : strcmp(first->native_id, second->native_id);
}

static size_t fresh_add(struct provider_session *session, struct arena *arena, struct provider_image *images)
{
	size_t count = json_size(session->options.fresh_guests);

	for (size_t i = 0; i < count; i++) {
		const char *guest = json_text(json_at(session->options.fresh_guests, i), "");
		images[i] = (struct provider_image){ .native_id = arena_printf(arena, "fresh:%s", guest),
						     .name = arena_printf(arena, "empty machine (%s)", guest),
						     .os = os_of(guest),
						     .architecture = architecture_of(guest),
						     .min_disk_gib = FRESH_DISK_GIB };
	}
	return count;
}

struct found_image {
	const struct found_image *next;
	const char *id;
};

struct image_search {
	struct arena *arena; /* of what is kept */
	const struct provider_session *session;
	const struct vsphere_place *place;
	const struct found_image *images;
	size_t count;
};

static void image_look(const struct xml *object, struct arena *page, void *context)
{
	struct image_search *search = context;
	struct vsphere_vm vm;

	vsphere_vm_read(page, search->session, search->place, object, &vm);
	if (vm.kind != VSPHERE_IMAGE)
		return;
	struct found_image *found = ARENA_NEW(search->arena, struct found_image);
	*found = (struct found_image){ search->images, arena_strdup(search->arena, vm.ref.id) };
	search->images = found;
	search->count++;
}

/*
 * Machines are paged by the server, and among many of them are some templates. So all are asked for just what tells one from the
 * other, and then each template for the rest.
 */
struct provider_result vsphere_images_read(struct provider_session *session, struct provider_call *call, struct vsphere_vm **vms,
					   size_t *count)
{
	static const char *const PATHS[] = { "name", "config.template", "config.instanceUuid", "config.extraConfig", NULL };
	struct image_search search = { .arena = call->arena, .session = session };

	struct provider_result result = vsphere_place(session, call, &search.place);
	if (result.error == PROVIDER_OK)
		result = vsphere_scan(session, call, search.place->template_folder, "VirtualMachine", PATHS,
				      &(struct vsphere_visitor){ image_look, &search });
	if (result.error != PROVIDER_OK)
		return result;
	*vms = ARENA_ARRAY(call->arena, search.count, struct vsphere_vm);
	*count = 0;
	for (const struct found_image *each = search.images; each; each = each->next) {
		result = vsphere_vm_get(session, call, each->id, VSPHERE_IMAGE, &(*vms)[*count]);
		if (result.error == PROVIDER_OK)
			(*count)++;
		else if (result.error != PROVIDER_NOT_FOUND) /* deleted since, or a machine again */
			return result;
	}
	return PROVIDER_DONE;
}

struct provider_image vsphere_image_tell(const struct vsphere_vm *vm)
{
	return (struct provider_image){ .native_id = vm->ref.id,
					.name = vm->machine.name,
					.os = os_of(vm->guest_id),
					.architecture = architecture_of(vm->guest_id),
					.min_disk_gib = vm->machine.disk_gib };
}

struct provider_result vsphere_images(struct provider_session *session, struct provider_call *call, struct provider_page *page,
				      struct provider_image **images, size_t *count)
{
	const struct vsphere_place *place;
	struct vsphere_vm *vms;
	size_t found = 0, total = 0, first = 0;

	struct provider_result result = vsphere_place(session, call, &place);
	if (result.error == PROVIDER_OK)
		result = vsphere_images_read(session, call, &vms, &found);
	if (result.error != PROVIDER_OK)
		return result;
	struct provider_image *all =
		ARENA_ARRAY(call->arena, found + json_size(session->options.fresh_guests), struct provider_image);
	for (size_t i = 0; i < found; i++) {
		bool is_usable = vsphere_boot_disk(vms[i].devices) && vsphere_is_ready(place, &vms[i]) &&
				 (place->is_vcenter || vsphere_disk_count(vms[i].devices) == 1);
		if (is_usable)
			all[total++] = vsphere_image_tell(&vms[i]);
	}
	qsort(all, total, sizeof *all, by_name);
	total += fresh_add(session, call->arena, all + total);
	result = provider_page_cut(call->arena, page, total, &first, count);
	*images = all + first;
	return result;
}

/* ---- room ---- */

/* What machines are given together may be more than there is: so of memory only the limit is told. */
static struct provider_result memory_limit(struct provider_session *session, struct provider_call *call,
					   const struct vsphere_place *place, int64_t *limit_mib)
{
	static const char *const PATHS[] = { "runtime.memory.maxUsage", NULL };
	struct vsphere_ref pool = place->pool.id ? place->pool : place->compute->pool;
	const struct xml *object;

	struct provider_result result = vsphere_properties(session, call, pool, PATHS, &object);
	if (result.error != PROVIDER_OK)
		return result;
	int64_t most = xml_int(vsphere_property(object, "runtime.memory.maxUsage"), -1);
	*limit_mib = most > 0 ? most >> 20 : -1;
	return result;
}

struct provider_result vsphere_quotas(struct provider_session *session, struct provider_call *call,
				      struct provider_quota **quotas, size_t *count)
{
	const struct vsphere_place *place;
	const struct vsphere_datastore *datastore;
	struct provider_quota *rows = ARENA_ARRAY(call->arena, 2, struct provider_quota);
	int64_t limit_mib = -1;

	struct provider_result result = vsphere_place(session, call, &place);
	if (result.error == PROVIDER_OK)
		result = vsphere_datastore_choose(call, place, place->compute, NULL, &datastore);
	if (result.error == PROVIDER_OK)
		result = memory_limit(session, call, place, &limit_mib);
	if (result.error != PROVIDER_OK)
		return result;
	int64_t used = datastore->capacity_bytes - datastore->free_bytes;
	rows[0] = (struct provider_quota){ .name = "memory_mib", .limit = limit_mib, .used = -1 };
	rows[1] = (struct provider_quota){ .name = "disk_gib",
					   .limit = datastore->capacity_bytes / GIB,
					   .used = used > 0 ? used / GIB : 0 };
	*quotas = rows;
	*count = 2;
	return result;
}
