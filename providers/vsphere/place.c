/* SPDX-License-Identifier: Apache-2.0 */
/* place.c: datacenter, clusters, datastores, folders, pools: looked up by the names in the options. */
#include <string.h>

#include "providers/vsphere/session.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

#define FRESH_US (60 * TIME_US_PER_SECOND)

static struct vsphere_ref ref_copy(struct arena *arena, struct vsphere_ref ref)
{
	if (!ref.id)
		return (struct vsphere_ref){ NULL, NULL };
	return (struct vsphere_ref){ arena_strdup(arena, ref.type), arena_strdup(arena, ref.id) };
}

static const char *text_copy(struct arena *arena, const struct xml *object, const char *path)
{
	return arena_strdup(arena, vsphere_property_text(object, path, ""));
}

static size_t refs_copy(struct arena *arena, const struct xml *value, struct vsphere_ref **refs)
{
	size_t count = 0;

	for (const struct xml *each = value ? value->children : NULL; each; each = each->next)
		count++;
	*refs = ARENA_ARRAY(arena, count, struct vsphere_ref);
	count = 0;
	for (const struct xml *each = value ? value->children : NULL; each; each = each->next) {
		(*refs)[count] = ref_copy(arena, vsphere_ref_read(each));
		count += (*refs)[count].id != NULL;
	}
	return count;
}

/* ---- datacenters ---- */

static struct provider_result datacenters_read(struct provider_session *session, struct provider_call *call,
					       const struct vsphere_service *service, struct vsphere_place *place)
{
	static const char *const PATHS[] = { "name", "vmFolder", "hostFolder", NULL };
	const char *wanted = session->options.datacenter;
	const struct xml **objects;
	size_t count;

	struct provider_result result = vsphere_collect(session, call, service->root, "Datacenter", PATHS, &objects, &count);
	if (result.error != PROVIDER_OK)
		return result;
	place->datacenters = ARENA_ARRAY(place->arena, count, struct vsphere_datacenter);
	for (size_t i = 0; i < count; i++) {
		struct vsphere_datacenter *row = &place->datacenters[place->datacenter_count++];
		row->ref = ref_copy(place->arena, vsphere_object_ref(objects[i]));
		row->name = text_copy(place->arena, objects[i], "name");
		row->vm_folder = ref_copy(place->arena, vsphere_ref_read(vsphere_property(objects[i], "vmFolder")));
		row->host_folder = ref_copy(place->arena, vsphere_ref_read(vsphere_property(objects[i], "hostFolder")));
		if (!row->ref.id || !row->vm_folder.id || !row->host_folder.id)
			place->datacenter_count--; /* one that this account may not look into */
		else if (wanted && (text_equal(row->name, wanted) || text_equal(row->ref.id, wanted)))
			place->datacenter = row;
	}
	if (!wanted && place->datacenter_count == 1)
		place->datacenter = place->datacenters;
	if (place->datacenter)
		return result;
	if (place->datacenter_count == 0)
		return provider_fail(call->arena, PROVIDER_FORBIDDEN,
				     "this account sees no datacenter; give its role the privilege System.View on one");
	if (wanted)
		return provider_fail(call->arena, PROVIDER_INVALID, "vSphere has no datacenter \"%.100s\"; set the option datacenter",
				     wanted);
	return provider_fail(call->arena, PROVIDER_INVALID,
			     "vSphere has %zu datacenters; name one with the option datacenter or the connection's region",
			     place->datacenter_count);
}

/* ---- clusters and hosts ---- */

static struct provider_result computes_read(struct provider_session *session, struct provider_call *call,
					    struct vsphere_place *place)
{
	static const char *const PATHS[] = { "name", "resourcePool", "host", "datastore", NULL };
	const char *wanted = session->options.compute;
	const struct xml **objects;
	size_t count;

	struct provider_result result = vsphere_collect(session, call, place->datacenter->host_folder, "ComputeResource", PATHS,
							&objects, &count);
	if (result.error != PROVIDER_OK)
		return result;
	place->computes = ARENA_ARRAY(place->arena, count, struct vsphere_compute);
	for (size_t i = 0; i < count; i++) {
		struct vsphere_compute *row = &place->computes[place->compute_count++];
		row->ref = ref_copy(place->arena, vsphere_object_ref(objects[i]));
		row->name = text_copy(place->arena, objects[i], "name");
		row->pool = ref_copy(place->arena, vsphere_ref_read(vsphere_property(objects[i], "resourcePool")));
		row->host_count = refs_copy(place->arena, vsphere_property(objects[i], "host"), &row->hosts);
		row->datastore_count = refs_copy(place->arena, vsphere_property(objects[i], "datastore"), &row->datastores);
		if (!row->ref.id || !row->pool.id)
			place->compute_count--;
		else if (wanted ? text_equal(row->name, wanted) || text_equal(row->ref.id, wanted) : !place->compute)
			place->compute = row;
	}
	if (place->compute)
		return result;
	if (wanted)
		return provider_fail(call->arena, PROVIDER_INVALID, "there is no cluster or host \"%.100s\"; set the option compute",
				     wanted);
	return provider_fail(call->arena, PROVIDER_INVALID, "the datacenter \"%.100s\" has no host that this account sees",
			     place->datacenter->name);
}

static struct provider_result hosts_read(struct provider_session *session, struct provider_call *call,
					 struct vsphere_place *place)
{
	static const char *const PATHS[] = { "runtime.connectionState", "runtime.inMaintenanceMode", "hardware.memorySize",
					     "summary.quickStats.overallMemoryUsage", NULL };
	const struct xml **objects;
	size_t count;

	struct provider_result result = vsphere_collect(session, call, place->datacenter->host_folder, "HostSystem", PATHS, &objects,
							&count);
	if (result.error != PROVIDER_OK)
		return result;
	place->hosts = ARENA_ARRAY(place->arena, count, struct vsphere_host);
	place->host_count = count;
	for (size_t i = 0; i < count; i++) {
		struct vsphere_host *row = &place->hosts[i];
		row->ref = ref_copy(place->arena, vsphere_object_ref(objects[i]));
		row->free_mib = (xml_int(vsphere_property(objects[i], "hardware.memorySize"), 0) >> 20) -
				xml_int(vsphere_property(objects[i], "summary.quickStats.overallMemoryUsage"), 0);
		row->is_usable = !vsphere_bool(vsphere_property(objects[i], "runtime.inMaintenanceMode"), false) &&
				 text_equal(vsphere_property_text(objects[i], "runtime.connectionState", "connected"), "connected");
	}
	return result;
}

/* ---- datastores ---- */

static struct provider_result datastores_read(struct provider_session *session, struct provider_call *call,
					      struct vsphere_place *place)
{
	static const char *const PATHS[] = { "name", "summary.accessible", "summary.freeSpace", "summary.capacity",
					     "summary.maintenanceMode", NULL };
	const struct xml **objects;
	size_t count;

	struct provider_result result = vsphere_collect(session, call, place->datacenter->ref, "Datastore", PATHS, &objects, &count);
	if (result.error != PROVIDER_OK)
		return result;
	place->datastores = ARENA_ARRAY(place->arena, count, struct vsphere_datastore);
	for (size_t i = 0; i < count; i++) {
		struct vsphere_datastore *row = &place->datastores[i];
		row->ref = ref_copy(place->arena, vsphere_object_ref(objects[i]));
		row->name = text_copy(place->arena, objects[i], "name");
		row->free_bytes = xml_int(vsphere_property(objects[i], "summary.freeSpace"), 0);
		row->capacity_bytes = xml_int(vsphere_property(objects[i], "summary.capacity"), 0);
		row->is_usable = vsphere_bool(vsphere_property(objects[i], "summary.accessible"), true) &&
				 text_equal(vsphere_property_text(objects[i], "summary.maintenanceMode", "normal"), "normal");
	}
	place->datastore_count = count;
	place->datastore = session->options.datastore ? arena_strdup(place->arena, session->options.datastore) : NULL;
	return result;
}

static struct provider_result networks_read(struct provider_session *session, struct provider_call *call,
					    struct vsphere_place *place)
{
	static const char *const PATHS[] = { "name", NULL };
	const struct xml **objects;
	size_t count;

	struct provider_result result = vsphere_collect(session, call, place->datacenter->ref, "Network", PATHS, &objects, &count);
	if (result.error != PROVIDER_OK)
		return result;
	place->networks = ARENA_ARRAY(place->arena, count, struct vsphere_named);
	for (size_t i = 0; i < count; i++) {
		struct vsphere_named *row = &place->networks[place->network_count];
		row->ref = ref_copy(place->arena, vsphere_object_ref(objects[i]));
		row->name = text_copy(place->arena, objects[i], "name");
		place->network_count += row->ref.id != NULL;
	}
	return result;
}

/* ---- paths ---- */

static struct provider_result path_find(struct provider_session *session, struct provider_call *call,
					const struct vsphere_service *service, const char *path, struct vsphere_ref *found)
{
	struct xml *method = vsphere_method(call->arena, "FindByInventoryPath", service->search_index);
	const struct xml *response;

	xml_add_text(method, "inventoryPath", path);
	struct provider_result result = vsphere_send(session, call, method, true, &response, NULL);
	if (result.error == PROVIDER_OK)
		*found = vsphere_ref_read(xml_child(response, "returnval"));
	return result;
}

static struct provider_result folder_find(struct provider_session *session, struct provider_call *call,
					  const struct vsphere_service *service, struct vsphere_place *place, const char *option,
					  const char *path, struct vsphere_ref *folder)
{
	struct vsphere_ref found = { NULL, NULL };

	*folder = place->datacenter->vm_folder;
	if (!path)
		return PROVIDER_DONE;
	struct provider_result result = path_find(session, call, service,
						  arena_printf(call->arena, "%s/vm/%s", place->datacenter->name, path), &found);
	if (result.error != PROVIDER_OK)
		return result;
	if (!text_equal(found.type, "Folder") || !found.id)
		return provider_fail(call->arena, PROVIDER_INVALID, "there is no folder \"%.200s\" for machines; set the option %s", path,
				     option);
	*folder = ref_copy(place->arena, found);
	return result;
}

static struct provider_result pool_find(struct provider_session *session, struct provider_call *call,
					const struct vsphere_service *service, struct vsphere_place *place)
{
	const char *wanted = session->options.resource_pool;
	struct vsphere_ref found = { NULL, NULL };

	if (!wanted)
		return PROVIDER_DONE;
	bool is_path = text_starts_with(wanted, "Resources/") || text_equal(wanted, "Resources");
	const char *path = arena_printf(call->arena, "%s/host/%s/%s%s", place->datacenter->name, place->compute->name,
					is_path ? "" : "Resources/", wanted);
	struct provider_result result = path_find(session, call, service, path, &found);
	if (result.error != PROVIDER_OK)
		return result;
	if (!found.id || (!text_equal(found.type, "ResourcePool") && !text_equal(found.type, "VirtualApp")))
		return provider_fail(call->arena, PROVIDER_INVALID,
				     "\"%.100s\" has no resource pool \"%.100s\"; set the option resource_pool", place->compute->name,
				     wanted);
	place->pool = ref_copy(place->arena, found);
	return result;
}

/* ---- the place ---- */

/* "6.5", "6.7.3", "8.0.2.0" */
static bool is_since_6_7(const char *version)
{
	size_t digits = strspn(version, "0123456789");
	bool has_one_digit = digits == 1 && version[1] == '.';

	if (digits > 1)
		return true;
	return has_one_digit && (version[0] > '6' || (version[0] == '6' && version[2] >= '7' && version[2] <= '9'));
}

static struct provider_result place_look(struct provider_session *session, struct provider_call *call,
					 struct vsphere_place *place)
{
	const struct vsphere_service *service;
	const struct vsphere_options *options = &session->options;

	struct provider_result result = vsphere_enter(session, call, &service);
	if (result.error == PROVIDER_OK)
		place->is_vcenter = service->is_vcenter;
	if (result.error == PROVIDER_OK)
		place->has_create_date = is_since_6_7(service->api_version);
	if (result.error == PROVIDER_OK)
		result = datacenters_read(session, call, service, place);
	if (result.error == PROVIDER_OK)
		result = computes_read(session, call, place);
	if (result.error == PROVIDER_OK)
		result = hosts_read(session, call, place);
	if (result.error == PROVIDER_OK)
		result = datastores_read(session, call, place);
	if (result.error == PROVIDER_OK)
		result = networks_read(session, call, place);
	if (result.error == PROVIDER_OK)
		result = folder_find(session, call, service, place, "folder", options->folder, &place->folder);
	if (result.error == PROVIDER_OK)
		result = folder_find(session, call, service, place, "template_folder", options->template_folder,
				     &place->template_folder);
	if (result.error == PROVIDER_OK)
		result = pool_find(session, call, service, place);
	return result;
}

void vsphere_place_release(void *pointer)
{
	struct vsphere_place *place = pointer;

	if (place && atomic_fetch_sub(&place->references, 1) == 1)
		arena_free(place->arena);
}

static const struct vsphere_place *place_kept(struct provider_session *session)
{
	struct vsphere_place *place = NULL;

	pthread_mutex_lock(&session->mutex);
	if (session->place && time_monotonic_us() - session->place->looked_us < FRESH_US) {
		place = session->place;
		atomic_fetch_add(&place->references, 1);
	}
	pthread_mutex_unlock(&session->mutex);
	return place;
}

static void place_keep(struct provider_session *session, struct vsphere_place *place)
{
	pthread_mutex_lock(&session->mutex);
	struct vsphere_place *old = session->place;
	session->place = place;
	atomic_fetch_add(&place->references, 1);
	pthread_mutex_unlock(&session->mutex);
	vsphere_place_release(old);
}

struct provider_result vsphere_place(struct provider_session *session, struct provider_call *call,
				     const struct vsphere_place **place)
{
	*place = place_kept(session);
	if (!*place) {
		struct arena *arena = arena_new(0);
		struct vsphere_place *made = ARENA_NEW(arena, struct vsphere_place);
		made->arena = arena;
		atomic_init(&made->references, 1);
		made->looked_us = time_monotonic_us();
		struct provider_result result = place_look(session, call, made);
		if (result.error != PROVIDER_OK) {
			arena_free(arena);
			return result;
		}
		place_keep(session, made);
		*place = made;
	}
	arena_defer(call->arena, vsphere_place_release, (void *)*place);
	return PROVIDER_DONE;
}

const struct vsphere_compute *vsphere_compute_find(const struct vsphere_place *place, const char *id)
{
	for (size_t i = 0; i < place->compute_count; i++)
		if (text_equal(place->computes[i].ref.id, id))
			return &place->computes[i];
	return NULL;
}

const struct vsphere_compute *vsphere_compute_of_host(const struct vsphere_place *place, const char *host)
{
	for (size_t i = 0; i < place->compute_count; i++)
		for (size_t j = 0; j < place->computes[i].host_count; j++)
			if (text_equal(place->computes[i].hosts[j].id, host))
				return &place->computes[i];
	return NULL;
}

const struct vsphere_host *vsphere_host_choose(const struct vsphere_place *place, const struct vsphere_compute *compute)
{
	const struct vsphere_host *best = NULL;

	for (size_t i = 0; i < place->host_count; i++) {
		const struct vsphere_host *row = &place->hosts[i];
		if (row->is_usable && vsphere_compute_of_host(place, row->ref.id) == compute &&
		    (!best || row->free_mib > best->free_mib))
			best = row;
	}
	return best;
}

const struct vsphere_datastore *vsphere_datastore_named(const struct vsphere_place *place, const char *name)
{
	for (size_t i = 0; i < place->datastore_count; i++)
		if (text_equal(place->datastores[i].name, name) || text_equal(place->datastores[i].ref.id, name))
			return &place->datastores[i];
	return NULL;
}

static bool is_reached(const struct vsphere_compute *compute, const struct vsphere_datastore *datastore)
{
	for (size_t i = 0; i < compute->datastore_count; i++)
		if (text_equal(compute->datastores[i].id, datastore->ref.id))
			return true;
	return false;
}

struct provider_result vsphere_datastore_choose(struct provider_call *call, const struct vsphere_place *place,
						const struct vsphere_compute *compute, const char *name,
						const struct vsphere_datastore **datastore)
{
	const struct vsphere_datastore *best = NULL;
	const char *wanted = name ? name : place->datastore;

	if (wanted) {
		best = vsphere_datastore_named(place, wanted);
		if (!best || !is_reached(compute, best))
			return provider_fail(call->arena, PROVIDER_INVALID,
					     "\"%.100s\" reaches no datastore \"%.100s\"; choose another one, or set the option datastore",
					     compute->name, wanted);
		if (!best->is_usable)
			return provider_fail(call->arena, PROVIDER_CAPACITY,
					     "the datastore \"%.100s\" is not accessible now; see to it in vSphere", wanted);
	}
	for (size_t i = 0; i < place->datastore_count && !wanted; i++) {
		const struct vsphere_datastore *row = &place->datastores[i];
		if (row->is_usable && is_reached(compute, row) && (!best || row->free_bytes > best->free_bytes))
			best = row;
	}
	if (!best)
		return provider_fail(call->arena, PROVIDER_CAPACITY, "\"%.100s\" reaches no datastore that is accessible",
				     compute->name);
	*datastore = best;
	return PROVIDER_DONE;
}
