/* SPDX-License-Identifier: Apache-2.0 */
/* address.c: floating addresses of Neutron, and the port of a machine that one is at. */
#include "providers/kit/flight.h"
#include "providers/openstack/marks.h"
#include "providers/openstack/network.h"
#include "runtime/base/text.h"

static bool address_read(struct arena *arena, const struct json *json, struct provider_address *address)
{
	const char *id = json_text(json_get(json, "id"), NULL),
		   *ip = json_text(json_get(json, "floating_ip_address"), NULL);
	const char *machine = json_text(json_path(json, "port_details", "device_id", NULL), NULL);
	if (!openstack_is_id(id) || text_is_empty(ip))
		return false;
	*address = (struct provider_address){ .native_id = arena_strdup(arena, id),
					      .address = arena_strdup(arena, ip),
					      .machine = text_is_empty(machine) ? NULL : arena_strdup(arena, machine),
					      .marks = openstack_description_read(
						      arena, json_text(json_get(json, "description"), NULL), NULL) };
	return true;
}

static struct provider_result ask(struct provider_session *session, struct provider_call *call, const char *method,
				  const char *native_id, const struct json *body, const char *what,
				  struct openstack_reply *reply)
{
	const char *path = native_id ? arena_printf(call->arena, "/floatingips/%s", native_id) : "/floatingips";
	bool is_read = text_equal(method, "GET");
	if (native_id && !openstack_is_id(native_id))
		return openstack_not_found(call, "address", native_id);
	return is_read ? openstack_network_look(session, call, path, "floatingip", what, reply)
		       : openstack_network_ask(session, call, method, path, body, what, reply);
}

/* ---- whose it is: clouds without port_details only name the port ---- */

static struct provider_result owner_find(struct provider_session *session, struct provider_call *call,
					 const struct json *json, struct provider_address *address)
{
	struct openstack_reply reply;
	const char *port = json_text(json_get(json, "port_id"), NULL);
	if (!openstack_is_id(port) || address->machine)
		return PROVIDER_DONE;
	struct provider_result result =
		openstack_network_look(session, call, arena_printf(call->arena, "/ports/%s", port), "port",
				       "reading the address's port", &reply);
	const char *machine = json_text(json_path(reply.json, "port", "device_id", NULL), NULL);
	if (result.error == PROVIDER_OK && !text_is_empty(machine))
		address->machine = machine;
	return result.error == PROVIDER_NOT_FOUND ? PROVIDER_DONE : result;
}

struct provider_result openstack_address_list(struct provider_session *session, struct provider_call *call,
					      const struct provider_intent *intent, struct provider_page *page,
					      struct provider_address **addresses, size_t *count)
{
	static const struct openstack_list LIST = { .service = OPENSTACK_NETWORK,
						    .path = "/floatingips",
						    .rows = "floatingips",
						    .what = "listing the addresses" };
	const struct json *rows;
	struct provider_result result = openstack_list_page(session, call, &LIST, page, &rows);
	if (result.error != PROVIDER_OK)
		return result;
	*addresses = ARENA_ARRAY(call->arena, json_size(rows) + 1, struct provider_address);
	*count = 0;
	for (size_t i = 0; result.error == PROVIDER_OK && i < json_size(rows); i++) {
		struct provider_address *address = &(*addresses)[*count];
		if (!address_read(call->arena, json_at(rows, i), address) ||
		    !openstack_is_wanted(session, &address->marks, intent))
			continue;
		result = owner_find(session, call, json_at(rows, i), address);
		++*count;
	}
	return result;
}

/* ---- allocating ---- */

static struct provider_result external_find(struct provider_session *session, struct provider_call *call,
					    const char **network)
{
	struct openstack_reply reply;
	struct provider_result result = openstack_network_look(session, call, "/networks?router:external=true&limit=1",
							       "networks", "looking for an external network", &reply);
	if (result.error != PROVIDER_OK)
		return result;
	*network = json_text(json_get(json_at(json_get(reply.json, "networks"), 0), "id"), NULL);
	if (!*network)
		return provider_fail(call->arena, PROVIDER_INVALID,
				     "there is no external network that addresses could come from");
	return result;
}

static struct provider_result allocate_now(struct provider_session *session, struct provider_call *call,
					   const struct provider_intent *intent, const char *network,
					   struct provider_address *address)
{
	struct openstack_reply reply;
	struct json *floating, *body = openstack_network_body(call->arena, "floatingip", &floating);
	const char *description;
	struct provider_result result = openstack_description_make(session, call, intent, NULL, &description);
	if (result.error != PROVIDER_OK)
		return result;
	json_set_text(floating, "floating_network_id", network);
	json_set_text(floating, "description", description);
	result = ask(session, call, "POST", NULL, body, "allocating an address", &reply);
	if (result.error == PROVIDER_NOT_FOUND)
		result.error = PROVIDER_INVALID;
	if (result.error == PROVIDER_OK && !address_read(call->arena, json_get(reply.json, "floatingip"), address))
		return provider_fail(call->arena, PROVIDER_UNKNOWN_OUTCOME,
				     "OpenStack did not say which address it gave; look for it");
	return result;
}

static struct provider_result look_and_allocate(struct provider_session *session, struct provider_call *call,
						const struct provider_intent *intent, const char *network,
						struct provider_address *address)
{
	struct provider_page page = { NULL, 0 };
	do {
		struct provider_address *found;
		size_t count = 0;
		struct provider_result result = openstack_address_list(session, call, intent, &page, &found, &count);
		if (result.error != PROVIDER_OK)
			return result;
		if (count > 0) {
			*address = found[0];
			return result;
		}
	} while (page.token);
	return allocate_now(session, call, intent, network, address);
}

struct provider_result openstack_address_allocate(struct provider_session *session, struct provider_call *call,
						  const struct provider_intent *intent, const char *network,
						  struct provider_address *address)
{
	struct provider_result result = PROVIDER_DONE;
	network = network ? network : session->options.address_network;
	if (!network)
		result = external_find(session, call, &network);
	if (result.error == PROVIDER_OK)
		result = flight_begin(session->flights, call, intent->resource);
	if (result.error != PROVIDER_OK)
		return result;
	result = look_and_allocate(session, call, intent, network, address);
	flight_end(session->flights, intent->resource);
	return result;
}

/* ---- giving it to a machine ---- */

/* The first port with an IPv4 address: what Nova itself would take. */
static struct provider_result port_find(struct provider_session *session, struct provider_call *call,
					const char *machine, const char **port)
{
	struct openstack_reply reply;
	*port = NULL;
	if (!openstack_is_id(machine))
		return openstack_not_found(call, "machine", machine);
	struct provider_result result =
		openstack_network_look(session, call, arena_printf(call->arena, "/ports?device_id=%s", machine),
				       "ports", "looking for the machine's port", &reply);
	const struct json *ports = json_get(reply.json, "ports");
	for (size_t i = 0; result.error == PROVIDER_OK && i < json_size(ports) && !*port; i++) {
		const struct json *fixed = json_get(json_at(ports, i), "fixed_ips");
		for (size_t k = 0; k < json_size(fixed); k++)
			if (openstack_cidr_family(arena_printf(
				    call->arena, "%s/32", json_text(json_get(json_at(fixed, k), "ip_address"), ""))) ==
			    4)
				*port = json_text(json_get(json_at(ports, i), "id"), NULL);
	}
	if (result.error == PROVIDER_OK && !*port)
		return openstack_not_found(call, "port with an IPv4 address of the machine", machine);
	return result;
}

static struct provider_result address_get(struct provider_session *session, struct provider_call *call,
					  const char *native_id, struct provider_address *address)
{
	struct openstack_reply reply;
	struct provider_result result =
		ask(session, call, "GET", native_id ? native_id : "", NULL, "reading the address", &reply);
	const struct json *json = json_get(reply.json, "floatingip");
	if (result.error != PROVIDER_OK)
		return result;
	if (!address_read(call->arena, json, address))
		return openstack_senseless(call, "reading the address");
	return owner_find(session, call, json, address);
}

static struct provider_result port_set(struct provider_session *session, struct provider_call *call,
				       const char *native_id, const char *port, const char *what)
{
	struct openstack_reply reply;
	struct json *floating, *body = openstack_network_body(call->arena, "floatingip", &floating);
	json_set_text(floating, "port_id", port); /* NULL: null */
	return ask(session, call, "PUT", native_id, body, what, &reply);
}

struct provider_result openstack_address_associate(struct provider_session *session, struct provider_call *call,
						   const char *native_id, const char *machine)
{
	struct provider_address address;
	const char *port;
	struct provider_result result = address_get(session, call, native_id, &address);
	if (result.error != PROVIDER_OK || (address.machine && text_equal(address.machine, machine)))
		return result;
	if (address.machine)
		return provider_fail(call->arena, PROVIDER_CONFLICT,
				     "the address is at the machine %s; take it away there first", address.machine);
	result = port_find(session, call, machine, &port);
	return result.error == PROVIDER_OK
		       ? port_set(session, call, native_id, port, "giving the address to the machine")
		       : result;
}

struct provider_result openstack_address_disassociate(struct provider_session *session, struct provider_call *call,
						      const char *native_id)
{
	return port_set(session, call, native_id ? native_id : "", NULL, "taking the address away");
}

struct provider_result openstack_address_release(struct provider_session *session, struct provider_call *call,
						 const char *native_id)
{
	struct openstack_reply reply;
	struct provider_result result =
		ask(session, call, "DELETE", native_id ? native_id : "", NULL, "releasing the address", &reply);
	return result.error == PROVIDER_NOT_FOUND ? PROVIDER_DONE : result;
}
