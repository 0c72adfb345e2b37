/* SPDX-License-Identifier: Apache-2.0 */
/* network_make.c: a network with its subnet, at a router when one is named; each part is looked for before it is made.
 */
#include <string.h>

#include "providers/kit/flight.h"
#include "providers/openstack/marks.h"
#include "providers/openstack/network.h"
#include "providers/openstack/networks.h"
#include "runtime/base/text.h"

/* ---- making ---- */

static struct provider_result spec_check(struct provider_call *call, const struct provider_network_spec *spec)
{
	struct provider_result result = openstack_name_check(call, "network", spec->name);
	if (result.error == PROVIDER_OK && openstack_cidr_family(spec->cidr) == 0)
		result = provider_fail(call->arena, PROVIDER_INVALID, "give the network's addresses as 10.0.3.0/24");
	if (result.error == PROVIDER_OK && spec->parent && !openstack_is_id(spec->parent))
		result = provider_fail(call->arena, PROVIDER_INVALID,
				       "a network's parent is the id of a router; there is none \"%.64s\"",
				       spec->parent);
	return result;
}

static struct provider_result find(struct provider_session *session, struct provider_call *call,
				   const struct provider_intent *intent, struct provider_made_network *found)
{
	struct provider_page page = { NULL, 0 };
	do {
		struct provider_made_network *networks;
		size_t count;
		struct provider_result result = openstack_network_list(session, call, intent, &page, &networks, &count);
		if (result.error != PROVIDER_OK)
			return result;
		if (count > 0) {
			*found = networks[0];
			return result;
		}
	} while (page.token);
	return openstack_not_found(call, "network for", intent->resource);
}

static struct provider_result network_make(struct provider_session *session, struct provider_call *call,
					   const struct provider_network_spec *spec, const char **network_id)
{
	struct openstack_reply reply;
	struct json *network, *body = openstack_network_body(call->arena, "network", &network);
	const char *description;
	struct provider_result result = openstack_description_make(session, call, &spec->intent, NULL, &description);
	if (result.error != PROVIDER_OK)
		return result;
	json_set_text(network, "name", spec->name);
	json_set_text(network, "description", description);
	if (spec->zone) {
		struct json *zones = json_array(call->arena);
		json_append_text(zones, spec->zone);
		json_set(network, "availability_zone_hints", zones);
	}
	result = openstack_network_ask(session, call, "POST", "/networks", body, "creating the network", &reply);
	if (result.error == PROVIDER_NOT_FOUND) /* the zone */
		result.error = PROVIDER_INVALID;
	if (result.error == PROVIDER_OK)
		*network_id = json_text(json_path(reply.json, "network", "id", NULL), NULL);
	if (result.error == PROVIDER_OK && !openstack_is_id(*network_id))
		return provider_fail(call->arena, PROVIDER_UNKNOWN_OUTCOME,
				     "OpenStack did not say which network it made; look for it");
	return result;
}

static struct provider_result subnet_make(struct provider_session *session, struct provider_call *call,
					  const struct provider_network_spec *spec, const char *network_id)
{
	struct openstack_reply reply;
	struct json *subnet, *body = openstack_network_body(call->arena, "subnet", &subnet);
	json_set_text(subnet, "network_id", network_id);
	json_set_text(subnet, "name", spec->name);
	json_set_text(subnet, "cidr", spec->cidr);
	json_set_int(subnet, "ip_version", openstack_cidr_family(spec->cidr));
	return openstack_network_ask(session, call, "POST", "/subnets", body, "creating the subnet", &reply);
}

static struct provider_result subnet_of(struct provider_session *session, struct provider_call *call,
					const char *network_id, const char **subnet_id)
{
	struct openstack_reply reply;
	struct provider_result result =
		openstack_network_look(session, call, arena_printf(call->arena, "/subnets?network_id=%s", network_id),
				       "subnets", "reading the subnet", &reply);
	*subnet_id = json_text(json_get(json_at(json_get(reply.json, "subnets"), 0), "id"), NULL);
	return result;
}

static struct provider_result router_join(struct provider_session *session, struct provider_call *call,
					  const char *router, const char *network_id)
{
	struct openstack_reply reply;
	struct json *body = json_object(call->arena);
	const char *subnet_id = NULL;
	struct provider_result result = subnet_of(session, call, network_id, &subnet_id);
	if (result.error != PROVIDER_OK || !subnet_id)
		return result;
	json_set_text(body, "subnet_id", subnet_id);
	result = openstack_network_ask(session, call, "PUT",
				       arena_printf(call->arena, "/routers/%s/add_router_interface", router), body,
				       "attaching the network to the router", &reply);
	if (result.error == PROVIDER_NOT_FOUND)
		return provider_fail(call->arena, PROVIDER_INVALID,
				     "there is no router \"%s\"; leave the parent out, or give another one", router);
	/* "Router already has a port on subnet": by an earlier attempt. */
	bool is_joined = result.error == PROVIDER_INVALID && result.message &&
			 strstr(result.message, "already has a port on subnet");
	return is_joined ? PROVIDER_DONE : result;
}

static void drop(struct provider_session *session, struct provider_call *call, const char *network_id)
{
	struct openstack_reply reply;
	(void)openstack_network_ask(session, call, "DELETE", arena_printf(call->arena, "/networks/%s", network_id),
				    NULL, "deleting the network", &reply);
}

static struct provider_result parts_make(struct provider_session *session, struct provider_call *call,
					 const struct provider_network_spec *spec, const char **native_id)
{
	struct provider_made_network found = { .network = { .native_id = NULL } };
	struct provider_result result = find(session, call, &spec->intent, &found);
	const char *network_id = found.network.native_id;
	bool is_new = result.error == PROVIDER_NOT_FOUND;
	if (is_new)
		result = network_make(session, call, spec, &network_id);
	if (result.error != PROVIDER_OK)
		return result;
	if (!found.network.cidr)
		result = subnet_make(session, call, spec, network_id);
	if (result.error == PROVIDER_OK && spec->parent)
		result = router_join(session, call, spec->parent, network_id);
	/* What was refused for good leaves nothing behind; anything else is finished by the next attempt. */
	if (is_new && result.error != PROVIDER_OK && !provider_error_is_retryable(result.error))
		drop(session, call, network_id);
	*native_id = result.error == PROVIDER_OK ? network_id : NULL;
	return result;
}

static struct provider_result network_create(struct provider_session *session, struct provider_call *call,
					     const struct provider_network_spec *spec, struct provider_task *task,
					     const char **native_id)
{
	*task = (struct provider_task){ NULL };
	*native_id = NULL;
	struct provider_result result = spec_check(call, spec);
	if (result.error == PROVIDER_OK)
		result = flight_begin(session->flights, call, spec->intent.resource);
	if (result.error != PROVIDER_OK)
		return result;
	result = parts_make(session, call, spec, native_id);
	flight_end(session->flights, spec->intent.resource);
	return result;
}

/* ---- removing ---- */

/* Takes the routers off it. False: something else is attached. */
static struct provider_result routers_leave(struct provider_session *session, struct provider_call *call,
					    const char *network_id, bool *is_free)
{
	struct openstack_reply reply, ignored;
	struct provider_result result =
		openstack_network_look(session, call, arena_printf(call->arena, "/ports?network_id=%s", network_id),
				       "ports", "reading the network's ports", &reply);
	const struct json *ports = json_get(reply.json, "ports");
	*is_free = true;
	for (size_t i = 0; result.error == PROVIDER_OK && i < json_size(ports); i++) {
		const char *owner = json_text(json_get(json_at(ports, i), "device_owner"), "");
		/* DHCP and the like go by themselves. */
		*is_free = *is_free && text_starts_with(owner, "network:");
	}
	for (size_t i = 0; result.error == PROVIDER_OK && *is_free && i < json_size(ports); i++) {
		const struct json *port = json_at(ports, i);
		struct json *body = json_object(call->arena);
		const char *router = json_text(json_get(port, "device_id"), NULL),
			   *id = json_text(json_get(port, "id"), NULL);
		if (!text_starts_with(json_text(json_get(port, "device_owner"), ""), "network:router_interface") ||
		    !openstack_is_id(router))
			continue;
		json_set_text(body, "port_id", id);
		result = openstack_network_ask(session, call, "PUT",
					       arena_printf(call->arena, "/routers/%s/remove_router_interface", router),
					       body, "taking the network off the router", &ignored);
		if (result.error == PROVIDER_NOT_FOUND)
			result = PROVIDER_DONE;
	}
	return result;
}

static struct provider_result network_remove(struct provider_session *session, struct provider_call *call,
					     const char *native_id, struct provider_task *task)
{
	struct openstack_reply reply;
	struct provider_made_network network;
	bool is_free = false;
	*task = (struct provider_task){ NULL };
	const char *path = arena_printf(call->arena, "/networks/%s", openstack_is_id(native_id) ? native_id : "");
	if (!openstack_is_id(native_id))
		return PROVIDER_DONE;
	struct provider_result result =
		openstack_network_ask(session, call, "DELETE", path, NULL, "deleting the network", &reply);
	if (result.error == PROVIDER_NOT_FOUND)
		return PROVIDER_DONE;
	if (result.error != PROVIDER_CONFLICT)
		return result;
	/* Of a network that Gaon made, the router is no reason to keep it. */
	struct provider_result read =
		openstack_network_look(session, call, path, "network", "reading the network", &reply);
	if (read.error != PROVIDER_OK ||
	    !openstack_network_read(call->arena, json_get(reply.json, "network"), &network) || !network.marks.resource)
		return result;
	read = routers_leave(session, call, native_id, &is_free);
	if (read.error != PROVIDER_OK || !is_free)
		return read.error != PROVIDER_OK ? read : result;
	result = openstack_network_ask(session, call, "DELETE", path, NULL, "deleting the network", &reply);
	return result.error == PROVIDER_NOT_FOUND ? PROVIDER_DONE : result;
}

const struct provider_network_ops openstack_network_ops = {
	.create = network_create,
	.list = openstack_network_list,
	.remove = network_remove,
	.security_group_create = openstack_security_group_create,
	.security_group_list = openstack_security_group_list,
	.security_group_rules = openstack_security_group_rules,
	.security_group_remove = openstack_security_group_remove,
	.address_allocate = openstack_address_allocate,
	.address_list = openstack_address_list,
	.address_associate = openstack_address_associate,
	.address_disassociate = openstack_address_disassociate,
	.address_release = openstack_address_release,
	.key_pair_import = openstack_key_pair_import,
	.key_pair_list = openstack_key_pair_list,
	.key_pair_remove = openstack_key_pair_remove,
};
