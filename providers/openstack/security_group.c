/* SPDX-License-Identifier: Apache-2.0 */
/* security_group.c: security groups of Neutron; which rules are to be added, and which to go. */
#include <string.h>
#include <strings.h>

#include "providers/kit/flight.h"
#include "providers/openstack/marks.h"
#include "providers/openstack/network.h"
#include "runtime/base/text.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

enum { RULES_MOST = 500, PORT_MOST = 65535 };

/* ---- rules in our words and in Neutron's ---- */

static bool protocol_is_known(const char *protocol)
{
	static const char *const KNOWN[] = { "tcp", "udp", "icmp", "any" };
	for (size_t i = 0; i < COUNT_OF(KNOWN); i++)
		if (text_equal(KNOWN[i], protocol))
			return true;
	return false;
}

/* Numbers, and ICMP by its three names. */
static const char *protocol_read(struct arena *arena, const char *protocol)
{
	static const char *const NAMES[][2] = { { "6", "tcp" },         { "17", "udp" }, { "1", "icmp" },
						{ "58", "icmp" },       { "0", "any" },  { "icmpv6", "icmp" },
						{ "ipv6-icmp", "icmp" } };
	for (size_t i = 0; protocol && i < COUNT_OF(NAMES); i++)
		if (text_equal(protocol, NAMES[i][0]))
			return NAMES[i][1];
	return protocol ? arena_strdup(arena, protocol) : "any";
}

bool openstack_rule_read(struct arena *arena, const struct json *json, struct provider_rule *rule)
{
	const char *direction = json_text(json_get(json, "direction"), NULL);
	const char *cidr = json_text(json_get(json, "remote_ip_prefix"), NULL),
		   *group = json_text(json_get(json, "remote_group_id"), NULL);
	bool is_6 = strcasecmp(json_text(json_get(json, "ethertype"), "IPv4"), "IPv6") == 0;
	int64_t first = json_int(json_get(json, "port_range_min"), 0),
		last = json_int(json_get(json, "port_range_max"), 0);
	bool is_ingress = text_equal(direction, "ingress");
	if ((!is_ingress && !text_equal(direction, "egress")) || first < 0 || last < first || last > PORT_MOST)
		return false;
	*rule = (struct provider_rule){ .direction = is_ingress ? PROVIDER_INGRESS : PROVIDER_EGRESS,
					.protocol = protocol_read(arena, json_text(json_get(json, "protocol"), NULL)),
					.first_port = (int32_t)first,
					.last_port = (int32_t)last };
	rule->group = group ? arena_strdup(arena, group) : NULL;
	if (!group)
		rule->cidr = cidr ? arena_strdup(arena, cidr) : is_6 ? "::/0" : "0.0.0.0/0";
	return true;
}

static struct provider_result rule_check(struct provider_call *call, const struct provider_rule *rule, size_t index)
{
	bool has_ports = text_equal(rule->protocol, "tcp") || text_equal(rule->protocol, "udp");
	bool is_port_good =
		has_ports ? rule->first_port >= 0 && rule->first_port <= rule->last_port && rule->last_port <= PORT_MOST
			  : rule->first_port == 0 && rule->last_port == 0;
	if (!protocol_is_known(rule->protocol))
		return provider_fail(call->arena, PROVIDER_INVALID,
				     "the rule %zu: the protocol must be tcp, udp, icmp or any", index + 1);
	if (!is_port_good)
		return provider_fail(
			call->arena, PROVIDER_INVALID,
			"the rule %zu: give ports from 0 to %d, the smaller first, and to tcp and udp only", index + 1,
			PORT_MOST);
	if (!rule->cidr == !rule->group)
		return provider_fail(call->arena, PROVIDER_INVALID, "the rule %zu: give either a cidr or a group",
				     index + 1);
	if (rule->cidr ? openstack_cidr_family(rule->cidr) == 0 : !openstack_is_id(rule->group))
		return provider_fail(call->arena, PROVIDER_INVALID, "the rule %zu: there is no %s \"%.64s\"", index + 1,
				     rule->cidr ? "network" : "security group", rule->cidr ? rule->cidr : rule->group);
	return PROVIDER_DONE;
}

static struct json *rule_print(struct arena *arena, const char *group_id, const struct provider_rule *rule)
{
	struct json *json = json_object(arena);
	bool is_6 = rule->cidr && openstack_cidr_family(rule->cidr) == 6;
	json_set_text(json, "security_group_id", group_id);
	json_set_text(json, "direction", rule->direction == PROVIDER_INGRESS ? "ingress" : "egress");
	json_set_text(json, "ethertype", is_6 ? "IPv6" : "IPv4");
	if (!text_equal(rule->protocol, "any"))
		json_set_text(json, "protocol",
			      is_6 && text_equal(rule->protocol, "icmp") ? "ipv6-icmp" : rule->protocol);
	if (rule->last_port > 0) {
		json_set_int(json, "port_range_min", rule->first_port);
		json_set_int(json, "port_range_max", rule->last_port);
	}
	json_set_text(json, rule->cidr ? "remote_ip_prefix" : "remote_group_id", rule->cidr ? rule->cidr : rule->group);
	return json;
}

static bool is_same(const struct provider_rule *a, const struct provider_rule *b)
{
	return a->direction == b->direction && text_equal(a->protocol, b->protocol) && a->first_port == b->first_port &&
	       a->last_port == b->last_port && text_equal(a->cidr, b->cidr) && text_equal(a->group, b->group);
}

/* ---- groups ---- */

static bool group_read(struct arena *arena, const struct json *json, struct provider_security_group *group)
{
	const char *id = json_text(json_get(json, "id"), NULL), *name = json_text(json_get(json, "name"), NULL);
	const struct json *rules = json_get(json, "security_group_rules");
	if (!openstack_is_id(id))
		return false;
	*group = (struct provider_security_group){ .native_id = arena_strdup(arena, id),
						   .name = arena_strdup(arena, text_is_empty(name) ? id : name) };
	group->marks =
		openstack_description_read(arena, json_text(json_get(json, "description"), ""), &group->description);
	group->rules = ARENA_ARRAY(arena, json_size(rules) + 1, struct provider_rule);
	for (size_t i = 0; i < json_size(rules); i++)
		group->rule_count += openstack_rule_read(arena, json_at(rules, i), &group->rules[group->rule_count]);
	return true;
}

struct provider_result openstack_security_group_list(struct provider_session *session, struct provider_call *call,
						     const struct provider_intent *intent, struct provider_page *page,
						     struct provider_security_group **groups, size_t *count)
{
	static const struct openstack_list LIST = { .service = OPENSTACK_NETWORK,
						    .path = "/security-groups",
						    .rows = "security_groups",
						    .what = "listing the security groups" };
	const struct json *rows;
	struct provider_result result = openstack_list_page(session, call, &LIST, page, &rows);
	if (result.error != PROVIDER_OK)
		return result;
	*groups = ARENA_ARRAY(call->arena, json_size(rows) + 1, struct provider_security_group);
	*count = 0;
	for (size_t i = 0; i < json_size(rows); i++) {
		struct provider_security_group *group = &(*groups)[*count];
		*count += group_read(call->arena, json_at(rows, i), group) &&
			  openstack_is_wanted(session, &group->marks, intent);
	}
	return result;
}

static struct provider_result look_and_create(struct provider_session *session, struct provider_call *call,
					      const struct provider_security_group_spec *spec, const char *description,
					      const char **native_id)
{
	struct openstack_reply reply;
	struct provider_page page = { NULL, 0 };
	struct json *group, *body = openstack_network_body(call->arena, "security_group", &group);
	struct provider_security_group *found;
	size_t count = 0;
	struct provider_result result;
	do
		result = openstack_security_group_list(session, call, &spec->intent, &page, &found, &count);
	while (result.error == PROVIDER_OK && count == 0 && page.token);
	if (result.error != PROVIDER_OK || count > 0) {
		*native_id = count > 0 ? found[0].native_id : NULL;
		return result;
	}
	json_set_text(group, "name", spec->name);
	json_set_text(group, "description", description);
	result = openstack_network_ask(session, call, "POST", "/security-groups", body, "creating the security group",
				       &reply);
	if (result.error == PROVIDER_OK)
		*native_id = json_text(json_path(reply.json, "security_group", "id", NULL), NULL);
	return result;
}

struct provider_result openstack_security_group_create(struct provider_session *session, struct provider_call *call,
						       const struct provider_security_group_spec *spec,
						       const char **native_id)
{
	const char *description;
	*native_id = NULL;
	struct provider_result result = openstack_name_check(call, "security group", spec->name);
	if (result.error == PROVIDER_OK && spec->parent)
		result = provider_fail(call->arena, PROVIDER_INVALID,
				       "OpenStack's security groups belong to the project; leave the parent out");
	if (result.error == PROVIDER_OK)
		result = openstack_description_make(session, call, &spec->intent, spec->description, &description);
	if (result.error == PROVIDER_OK)
		result = flight_begin(session->flights, call, spec->intent.resource);
	if (result.error != PROVIDER_OK)
		return result;
	result = look_and_create(session, call, spec, description, native_id);
	flight_end(session->flights, spec->intent.resource);
	return result;
}

/* ---- just these rules ---- */

/* In one request, so all of them or none. */
static struct provider_result rules_add(struct provider_session *session, struct provider_call *call,
					const struct json *rules)
{
	struct openstack_reply reply;
	struct json *body = json_object(call->arena);
	if (json_size(rules) == 0)
		return PROVIDER_DONE;
	json_set(body, "security_group_rules", rules);
	struct provider_result result = openstack_network_ask(session, call, "POST", "/security-group-rules", body,
							      "adding rules to the security group", &reply);
	/* The group was there a moment ago: it is the one that a rule names. */
	if (result.error == PROVIDER_NOT_FOUND)
		result.error = PROVIDER_INVALID;
	return result;
}

static struct provider_result surplus_remove(struct provider_session *session, struct provider_call *call,
					     const struct json *there, const struct provider_rule *rules, size_t count)
{
	struct openstack_reply reply;
	struct provider_result result = PROVIDER_DONE;
	for (size_t i = 0; result.error == PROVIDER_OK && i < json_size(there); i++) {
		struct provider_rule rule;
		const char *id = json_text(json_get(json_at(there, i), "id"), NULL);
		bool is_wanted = false;
		if (openstack_rule_read(call->arena, json_at(there, i), &rule))
			for (size_t k = 0; k < count; k++)
				is_wanted = is_wanted || is_same(&rule, &rules[k]);
		if (is_wanted || !openstack_is_id(id))
			continue;
		result = openstack_network_ask(session, call, "DELETE",
					       arena_printf(call->arena, "/security-group-rules/%s", id), NULL,
					       "removing a rule of the security group", &reply);
		if (result.error == PROVIDER_NOT_FOUND)
			result = PROVIDER_DONE;
	}
	return result;
}

struct provider_result openstack_security_group_rules(struct provider_session *session, struct provider_call *call,
						      const char *native_id, const struct provider_rule *rules,
						      size_t count)
{
	struct openstack_reply reply;
	struct provider_security_group group;
	struct json *missing = json_array(call->arena);
	struct provider_result result = PROVIDER_DONE;
	if (count > RULES_MOST)
		return provider_fail(call->arena, PROVIDER_INVALID, "a security group takes at most %d rules here",
				     RULES_MOST);
	for (size_t i = 0; result.error == PROVIDER_OK && i < count; i++)
		result = rule_check(call, &rules[i], i);
	if (result.error == PROVIDER_OK && !openstack_is_id(native_id))
		result = openstack_not_found(call, "security group", native_id);
	if (result.error == PROVIDER_OK)
		result = openstack_network_look(session, call,
						arena_printf(call->arena, "/security-groups/%s", native_id),
						"security_group", "reading the security group", &reply);
	if (result.error != PROVIDER_OK)
		return result;
	const struct json *json = json_get(reply.json, "security_group");
	if (!group_read(call->arena, json, &group))
		return openstack_senseless(call, "reading the security group");
	for (size_t i = 0; i < count; i++) {
		bool is_there = false;
		for (size_t k = 0; k < group.rule_count; k++)
			is_there = is_there || is_same(&rules[i], &group.rules[k]);
		for (size_t k = 0; k < i; k++) /* said twice */
			is_there = is_there || is_same(&rules[i], &rules[k]);
		if (!is_there)
			json_append(missing, rule_print(call->arena, native_id, &rules[i]));
	}
	/* First what is to come: what is wrong with it is said before anything goes. */
	result = rules_add(session, call, missing);
	if (result.error == PROVIDER_OK)
		result = surplus_remove(session, call, json_get(json, "security_group_rules"), rules, count);
	return result;
}

struct provider_result openstack_security_group_remove(struct provider_session *session, struct provider_call *call,
						       const char *native_id)
{
	struct openstack_reply reply;
	if (!openstack_is_id(native_id))
		return PROVIDER_DONE;
	struct provider_result result = openstack_network_ask(
		session, call, "DELETE", arena_printf(call->arena, "/security-groups/%s", native_id), NULL,
		"deleting the security group", &reply);
	return result.error == PROVIDER_NOT_FOUND ? PROVIDER_DONE : result;
}
