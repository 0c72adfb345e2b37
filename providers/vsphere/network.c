/* SPDX-License-Identifier: Apache-2.0 */
/* network.c: networks that machines can be attached to: standard, distributed, and NSX's opaque ones. */
#include <stdlib.h>
#include <string.h>

#include "providers/vsphere/vm.h"
#include "providers/vsphere/vsphere.h"
#include "runtime/base/text.h"

static bool is_distributed(struct vsphere_ref ref)
{
	return text_equal(ref.type, "DistributedVirtualPortgroup");
}

static struct provider_result distributed_read(struct provider_session *session, struct provider_call *call,
					       struct vsphere_network *network)
{
	static const char *const GROUP[] = { "key", "config.distributedVirtualSwitch", NULL };
	static const char *const SWITCH[] = { "uuid", NULL };
	const struct xml *object;

	struct provider_result result = vsphere_properties(session, call, network->ref, GROUP, &object);
	if (result.error != PROVIDER_OK)
		return result;
	network->port_group_key = vsphere_property_text(object, "key", network->ref.id);
	struct vsphere_ref ref = vsphere_ref_read(vsphere_property(object, "config.distributedVirtualSwitch"));
	if (!ref.id)
		return provider_fail(call->arena, PROVIDER_FORBIDDEN,
				     "this account does not see the switch of \"%.100s\"; give its role System.Read on it", network->name);
	result = vsphere_properties(session, call, ref, SWITCH, &object);
	if (result.error == PROVIDER_OK)
		network->switch_uuid = vsphere_property_text(object, "uuid", NULL);
	if (result.error == PROVIDER_OK && !network->switch_uuid)
		return provider_fail(call->arena, PROVIDER_UNAVAILABLE, "the switch of \"%.100s\" has no id yet; try again",
				     network->name);
	return result;
}

static struct provider_result opaque_read(struct provider_session *session, struct provider_call *call,
					  struct vsphere_network *network)
{
	static const char *const PATHS[] = { "summary", NULL };
	const struct xml *object;

	struct provider_result result = vsphere_properties(session, call, network->ref, PATHS, &object);
	if (result.error != PROVIDER_OK)
		return result;
	const struct xml *summary = vsphere_property(object, "summary");
	network->opaque_id = xml_text(xml_child(summary, "opaqueNetworkId"), NULL);
	network->opaque_type = xml_text(xml_child(summary, "opaqueNetworkType"), "nsx.LogicalSwitch");
	return result;
}

struct provider_result vsphere_network_find(struct provider_session *session, struct provider_call *call,
					    const struct vsphere_place *place, const char *id, struct vsphere_network *network)
{
	const struct vsphere_named *found = NULL;

	/* The option is a name, an order an id. */
	for (size_t i = 0; i < place->network_count && !found; i++)
		if (text_equal(place->networks[i].ref.id, id) || text_equal(place->networks[i].name, id))
			found = &place->networks[i];
	if (!found)
		return provider_fail(call->arena, PROVIDER_INVALID,
				     "there is no network \"%.100s\" in the datacenter; list the networks and choose one", id);
	*network = (struct vsphere_network){ .ref = found->ref, .name = found->name };
	if (is_distributed(found->ref))
		return distributed_read(session, call, network);
	return text_equal(found->ref.type, "OpaqueNetwork") ? opaque_read(session, call, network) : PROVIDER_DONE;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct provider_network *)a)->name, ((const struct provider_network *)b)->name);
}

/* The switches of distributed port groups; and which of these are uplinks, which no machine is attached to. */
static struct provider_result groups_read(struct provider_session *session, struct provider_call *call,
					  const struct vsphere_place *place, struct provider_network *networks, size_t *count)
{
	static const char *const PATHS[] = { "config.distributedVirtualSwitch", "tag", NULL };
	const struct xml **objects;
	size_t group_count;

	struct provider_result result = vsphere_collect(session, call, place->datacenter->ref, "DistributedVirtualPortgroup", PATHS,
							&objects, &group_count);
	for (size_t i = 0; i < group_count && result.error == PROVIDER_OK; i++) {
		const char *id = vsphere_object_ref(objects[i]).id;
		bool is_uplink = false;
		const struct xml *tags = vsphere_property(objects[i], "tag");
		for (const struct xml *tag = tags ? tags->children : NULL; tag; tag = tag->next)
			is_uplink = is_uplink || text_equal(xml_text(xml_child(tag, "key"), NULL), "SYSTEM/DVS.UPLINKPG");
		for (size_t j = 0; j < *count; j++) {
			if (!text_equal(networks[j].native_id, id))
				continue;
			networks[j].parent = vsphere_ref_read(vsphere_property(objects[i], "config.distributedVirtualSwitch")).id;
			if (is_uplink)
				networks[j] = networks[--*count];
			break;
		}
	}
	return result;
}

struct provider_result vsphere_networks(struct provider_session *session, struct provider_call *call, struct provider_page *page,
					struct provider_network **networks, size_t *count)
{
	const struct vsphere_service *service;
	const struct vsphere_place *place;
	size_t total = 0, first = 0;

	struct provider_result result = vsphere_enter(session, call, &service);
	if (result.error == PROVIDER_OK)
		result = vsphere_place(session, call, &place);
	if (result.error != PROVIDER_OK)
		return result;
	struct provider_network *all = ARENA_ARRAY(call->arena, place->network_count, struct provider_network);
	for (size_t i = 0; i < place->network_count; i++)
		all[total++] = (struct provider_network){ .native_id = place->networks[i].ref.id, .name = place->networks[i].name };
	if (service->is_vcenter)
		result = groups_read(session, call, place, all, &total);
	if (result.error != PROVIDER_OK)
		return result;
	qsort(all, total, sizeof *all, by_name);
	result = provider_page_cut(call->arena, page, total, &first, count);
	*networks = all + first;
	return result;
}
