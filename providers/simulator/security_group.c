/* SPDX-License-Identifier: Apache-2.0 */
/* security_group.c: simulated security groups, with just the rules that were asked for. */
#include <stdio.h>
#include <string.h>

#include "providers/simulator/thing.h"
#include "runtime/base/text.h"

#define RULES_MOST 200
#define PORT_MOST 65535

static const struct protocol {
	const char *name;
	bool has_ports;
} PROTOCOLS[] = { { "tcp", true }, { "udp", true }, { "icmp", false }, { "any", false } };
#define PROTOCOL_COUNT (sizeof PROTOCOLS / sizeof PROTOCOLS[0])

bool sim_group_exists(struct sim_visit *visit, const char *native_id)
{
	return sim_thing_by_id(visit, SIM_GROUP, native_id) != NULL;
}

static const char *what_is_wrong(struct sim_visit *visit, const struct provider_rule *rule)
{
	const struct protocol *protocol = NULL;
	for (size_t i = 0; i < PROTOCOL_COUNT; i++)
		if (text_equal(PROTOCOLS[i].name, rule->protocol))
			protocol = &PROTOCOLS[i];
	bool has_ports = rule->first_port != 0 || rule->last_port != 0;
	if (!protocol)
		return "its protocol is none of tcp, udp, icmp and any";
	if (has_ports && (!protocol->has_ports || rule->first_port < 0 || rule->last_port > PORT_MOST ||
			  rule->first_port > rule->last_port))
		return "its ports are no range from 0 to 65535 of tcp or udp";
	if ((rule->cidr == NULL) == (rule->group == NULL))
		return "it needs either a cidr or a group";
	if (rule->cidr && !sim_is_cidr(rule->cidr))
		return "its cidr is no network; write it as 192.0.2.0/24";
	if (rule->group && !sim_group_exists(visit, rule->group))
		return "its group is not there";
	return NULL;
}

static struct json *rules_write(struct arena *arena, const struct provider_rule *rules, size_t count)
{
	struct json *array = json_array(arena);
	for (size_t i = 0; i < count; i++) {
		struct json *row = json_object(arena);
		json_set_int(row, "direction", rules[i].direction);
		json_set_text(row, "protocol", rules[i].protocol);
		json_set_int(row, "first_port", rules[i].first_port);
		json_set_int(row, "last_port", rules[i].last_port);
		if (rules[i].cidr)
			json_set_text(row, "cidr", rules[i].cidr);
		if (rules[i].group)
			json_set_text(row, "group", rules[i].group);
		json_append(array, row);
	}
	return array;
}

static const char *text_copy(struct arena *arena, const struct json *value)
{
	const char *text = json_text(value, NULL);
	return text ? arena_strdup(arena, text) : NULL;
}

static void rules_tell(struct arena *arena, const struct json *rules, struct provider_security_group *out)
{
	out->rule_count = json_size(rules);
	out->rules = ARENA_ARRAY(arena, out->rule_count, struct provider_rule);
	for (size_t i = 0; i < out->rule_count; i++) {
		const struct json *row = json_at(rules, i);
		out->rules[i] = (struct provider_rule){
			.direction = json_int(json_get(row, "direction"), 0) == 0 ? PROVIDER_INGRESS : PROVIDER_EGRESS,
			.protocol = text_copy(arena, json_get(row, "protocol")),
			.first_port = (int32_t)json_int(json_get(row, "first_port"), 0),
			.last_port = (int32_t)json_int(json_get(row, "last_port"), 0),
			.cidr = text_copy(arena, json_get(row, "cidr")),
			.group = text_copy(arena, json_get(row, "group")),
		};
	}
}

static struct provider_result make(struct sim_visit *visit, const struct sim_making *making,
				   const struct provider_security_group_spec *spec, const char **native_id)
{
	struct arena *arena = visit->call->arena;
	struct provider_result result = sim_words_check(arena, &spec->intent, spec->name);
	if (result.error != PROVIDER_OK)
		return result;
	if (strlen(text_or_empty(spec->description)) > SIM_TEXT_MOST)
		return provider_fail(arena, PROVIDER_INVALID, "the description has at most %d characters", SIM_TEXT_MOST);
	if (spec->parent && !sim_network_exists(visit, spec->parent))
		return provider_fail(arena, PROVIDER_INVALID, "the simulator has no network \"%.64s\"; list the networks",
				     spec->parent);
	struct sim_thing filled = { .kind = SIM_GROUP,
				    .text = arena_strdup(visit->world->arena, text_or_empty(spec->description)),
				    .parent = sim_intern(visit->world, spec->parent) };
	snprintf(filled.name, sizeof filled.name, "%s", spec->name);
	return sim_thing_make(visit, making, &filled, native_id);
}

struct provider_result sim_group_create(struct provider_session *session, struct provider_call *call,
					const struct provider_security_group_spec *spec, const char **native_id)
{
	struct sim_visit visit;
	struct sim_making making = { .session = session, .intent = &spec->intent, .verb = VERB_SECURITY_GROUP_CREATE };
	struct provider_result result = sim_enter(session, call, VERB_SECURITY_GROUP_CREATE, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	if (!sim_thing_again(&visit, SIM_GROUP, &making, native_id))
		result = make(&visit, &making, spec, native_id);
	return sim_leave(&visit, result);
}

struct provider_result sim_group_list(struct provider_session *session, struct provider_call *call,
				      const struct provider_intent *intent, struct provider_page *page,
				      struct provider_security_group **groups, size_t *count)
{
	struct sim_visit visit;
	struct sim_thing **things;
	struct arena *arena = call->arena;
	struct provider_result result = sim_enter(session, call, VERB_SECURITY_GROUP_LIST, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	result = sim_thing_page(&visit, session, SIM_GROUP, intent, page, &things, count);
	if (result.error != PROVIDER_OK)
		return sim_leave(&visit, result);
	*groups = ARENA_ARRAY(arena, *count, struct provider_security_group);
	for (size_t i = 0; i < *count; i++) {
		(*groups)[i] = (struct provider_security_group){
			.native_id = sim_thing_id(arena, things[i]),
			.name = arena_strdup(arena, things[i]->name),
			.description = arena_strdup(arena, text_or_empty(things[i]->text)),
			.parent = things[i]->parent ? arena_strdup(arena, things[i]->parent) : NULL,
			.marks = sim_thing_marks(arena, things[i]),
		};
		rules_tell(arena, things[i]->rules, &(*groups)[i]);
	}
	return sim_leave(&visit, result);
}

static struct provider_result rules_set(struct sim_visit *visit, const char *native_id, const struct provider_rule *rules,
					size_t count)
{
	struct arena *arena = visit->call->arena;
	struct sim_thing *group;
	struct provider_result result = sim_thing_need(visit, SIM_GROUP, native_id, &group);
	if (result.error != PROVIDER_OK)
		return result;
	if (count > RULES_MOST)
		return provider_fail(arena, PROVIDER_QUOTA, "a security group has at most %d rules", RULES_MOST);
	for (size_t i = 0; i < count; i++) {
		const char *wrong = what_is_wrong(visit, &rules[i]);
		if (wrong)
			return provider_fail(arena, PROVIDER_INVALID, "the rule %zu is wrong: %s", i, wrong);
	}
	struct sim_thing changed = *group;
	changed.rules = sim_json_copy(visit->world->arena, rules_write(arena, rules, count));
	return sim_thing_commit(visit, group, &changed);
}

struct provider_result sim_group_rules(struct provider_session *session, struct provider_call *call, const char *native_id,
				       const struct provider_rule *rules, size_t count)
{
	struct sim_visit visit;
	struct provider_result result = sim_enter(session, call, VERB_SECURITY_GROUP_RULES, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	return sim_leave(&visit, rules_set(&visit, native_id, rules, count));
}

/* Another group lets this one's members in. */
static bool is_named_by_another(struct sim_visit *visit, const struct sim_thing *group, const char *native_id)
{
	for (struct sim_thing *each = visit->world->things[SIM_GROUP].oldest; each; each = each->next)
		for (size_t i = 0; each != group && i < json_size(each->rules); i++)
			if (text_equal(json_text(json_get(json_at(each->rules, i), "group"), NULL), native_id))
				return true;
	return false;
}

struct provider_result sim_group_remove(struct provider_session *session, struct provider_call *call, const char *native_id)
{
	struct sim_visit visit;
	struct provider_result result = sim_enter(session, call, VERB_SECURITY_GROUP_DELETE, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	struct sim_thing *group = sim_thing_by_id(&visit, SIM_GROUP, native_id);
	if (!group)
		return sim_leave(&visit, PROVIDER_DONE);
	if (sim_machine_uses(&visit, "security_groups", native_id) || is_named_by_another(&visit, group, native_id))
		return sim_leave(&visit, provider_fail(call->arena, PROVIDER_CONFLICT,
						       "machines or rules use the security group; take it out of them first"));
	return sim_leave(&visit, sim_thing_drop(&visit, group));
}
