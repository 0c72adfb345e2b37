/* SPDX-License-Identifier: Apache-2.0 */
/* networks.c: networks with the addresses of their subnets: those that there are, and our own. */
#include <string.h>

#include "providers/openstack/marks.h"
#include "providers/openstack/network.h"
#include "providers/openstack/networks.h"
#include "runtime/base/text.h"

/* ---- the subnets of a page of networks ---- */

struct subnets {
	struct arena *arena;
	struct provider_network *networks;
	size_t count;
};

static bool subnet_add(void *context, const struct json *row)
{
	struct subnets *subnets = context;
	const char *of = json_text(json_get(row, "network_id"), NULL), *cidr = json_text(json_get(row, "cidr"), NULL);
	for (size_t i = 0; cidr && i < subnets->count; i++) {
		struct provider_network *network = &subnets->networks[i];
		if (text_equal(network->native_id, of))
			network->cidr = network->cidr ? arena_printf(subnets->arena, "%s, %s", network->cidr, cidr)
						      : arena_strdup(subnets->arena, cidr);
	}
	return true;
}

struct provider_result openstack_subnets_add(struct provider_session *session, struct provider_call *call,
					     struct provider_network *networks, size_t count)
{
	enum { AT_ONCE = 50 }; /* ids in one address */
	struct subnets subnets = { .arena = call->arena, .networks = networks, .count = count };
	struct provider_result result = PROVIDER_DONE;
	for (size_t first = 0; first < count && result.error == PROVIDER_OK; first += AT_ONCE) {
		struct text query = text_new(call->arena);
		text_append(&query, "fields=id&fields=cidr&fields=network_id");
		for (size_t i = first; i < count && i < first + AT_ONCE; i++)
			text_printf(&query, "&network_id=%s", networks[i].native_id);
		const struct openstack_list list = { .service = OPENSTACK_NETWORK,
						     .path = "/subnets",
						     .query = query.data,
						     .rows = "subnets",
						     .what = "listing the subnets" };
		result = openstack_list_walk(session, call, &list, subnet_add, &subnets);
	}
	return result;
}

/* ---- those that there are ---- */

bool openstack_network_read(struct arena *arena, const struct json *json, struct provider_made_network *network)
{
	const char *id = json_text(json_get(json, "id"), NULL), *name = json_text(json_get(json, "name"), NULL);
	const struct json *zones = json_get(json, "availability_zone_hints");
	if (!openstack_is_id(id))
		return false;
	const char *zone = json_size(zones) == 1 ? json_text(json_at(zones, 0), NULL) : NULL;
	*network = (struct provider_made_network){
		.network = { .native_id = arena_strdup(arena, id),
			     .name = arena_strdup(arena, text_is_empty(name) ? id : name),
			     .zone = zone ? arena_strdup(arena, zone) : NULL },
		.marks = openstack_description_read(arena, json_text(json_get(json, "description"), NULL), NULL),
	};
	return true;
}

/* Machines are not attached to an external network, unless its owner shares it. */
static bool is_for_machines(const struct json *json)
{
	return !json_bool(json_get(json, "router:external"), false) || json_bool(json_get(json, "shared"), false);
}

struct provider_result openstack_networks(struct provider_session *session, struct provider_call *call,
					  struct provider_page *page, struct provider_network **networks, size_t *count)
{
	static const struct openstack_list LIST = {
		.service = OPENSTACK_NETWORK, .path = "/networks", .rows = "networks", .what = "listing the networks"
	};
	const struct json *rows;
	struct provider_result result = openstack_list_page(session, call, &LIST, page, &rows);
	if (result.error != PROVIDER_OK)
		return result;
	struct provider_network *told = ARENA_ARRAY(call->arena, json_size(rows) + 1, struct provider_network);
	size_t told_count = 0;
	for (size_t i = 0; i < json_size(rows); i++) {
		struct provider_made_network network;
		if (is_for_machines(json_at(rows, i)) &&
		    openstack_network_read(call->arena, json_at(rows, i), &network))
			told[told_count++] = network.network;
	}
	result = openstack_subnets_add(session, call, told, told_count);
	*networks = told;
	*count = told_count;
	return result;
}

struct provider_result openstack_network_list(struct provider_session *session, struct provider_call *call,
					      const struct provider_intent *intent, struct provider_page *page,
					      struct provider_made_network **networks, size_t *count)
{
	static const struct openstack_list LIST = { .service = OPENSTACK_NETWORK,
						    .path = "/networks",
						    .query = "router:external=false",
						    .rows = "networks",
						    .what = "listing our networks" };
	const struct json *rows;
	struct provider_result result = openstack_list_page(session, call, &LIST, page, &rows);
	if (result.error != PROVIDER_OK)
		return result;
	struct provider_made_network *told =
		ARENA_ARRAY(call->arena, json_size(rows) + 1, struct provider_made_network);
	struct provider_network *plain = ARENA_ARRAY(call->arena, json_size(rows) + 1, struct provider_network);
	size_t told_count = 0;
	for (size_t i = 0; i < json_size(rows); i++)
		if (openstack_network_read(call->arena, json_at(rows, i), &told[told_count]) &&
		    openstack_is_wanted(session, &told[told_count].marks, intent))
			told_count++;
	for (size_t i = 0; i < told_count; i++)
		plain[i] = told[i].network;
	result = openstack_subnets_add(session, call, plain, told_count);
	for (size_t i = 0; i < told_count; i++)
		told[i].network = plain[i];
	*networks = told;
	*count = told_count;
	return result;
}
