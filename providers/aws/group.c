/* SPDX-License-Identifier: Apache-2.0 */
/* group.c: security groups. */
#include "providers/aws/machine.h"

#include "providers/aws/mark.h"
#include "runtime/base/text.h"

#define RULES_MOST 200
#define DESCRIPTION_OTHERWISE "made by Gaon"

struct provider_result aws_group_list(CALL, const struct provider_intent *intent, struct provider_page *page,
				      struct provider_security_group **groups, size_t *count)
{
	static const struct aws_listing LISTING = { .action = AWS_DESCRIBE_SECURITY_GROUPS,
						    .set = "securityGroupInfo" };
	const struct xml **items;

	struct provider_result result = aws_list_page(session, call, &LISTING, intent, page, &items, count);
	if (result.error != PROVIDER_OK)
		return result;
	*groups = ARENA_ARRAY(call->arena, *count + 1, struct provider_security_group);
	for (size_t i = 0; i < *count; i++)
		aws_group_read(call->arena, items[i], &(*groups)[i]);
	return result;
}

/* ---- making ---- */

/* "a-z, A-Z, 0-9, spaces, and ._-:/()#,@[]+=&;{}!$*", and not beginning with sg- */
static bool is_plain(const char *text)
{
	for (const char *c = text; *c; c++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ._-:/()#,@[]+=&;{}!$*", *c))
			return false;
	return true;
}

static struct provider_result spec_check(struct arena *arena, const struct provider_security_group_spec *spec)
{
	struct provider_result result = aws_intent_check(arena, &spec->intent, text_or_empty(spec->name));

	if (result.error != PROVIDER_OK)
		return result;
	if (!is_plain(spec->name) || text_starts_with(spec->name, "sg-") ||
	    !is_plain(text_or_empty(spec->description)) || strlen(text_or_empty(spec->description)) > AWS_TEXT_MOST)
		return provider_fail(arena, PROVIDER_INVALID,
				     "AWS takes letters, digits, blanks and ._-:/()#,@[]+=&;{}!$* in a security "
				     "group's name and description, "
				     "and no name that begins with sg-");
	if (spec->parent && !aws_is_id(spec->parent, "vpc-"))
		return provider_fail(arena, PROVIDER_INVALID, "AWS has no VPC \"%.64s\"; give its id, as in vpc-…",
				     spec->parent);
	return result;
}

struct provider_result aws_group_create(CALL, const struct provider_security_group_spec *spec, const char **native_id)
{
	struct aws_query query = aws_query_new(call->arena, AWS_CREATE_SECURITY_GROUP);
	struct provider_page page = { NULL, 0 };
	struct provider_security_group *groups;
	struct xml *root;
	size_t count = 0;

	*native_id = NULL;
	struct provider_result result = spec_check(call->arena, spec);
	if (result.error == PROVIDER_OK)
		result = aws_group_list(session, call, &spec->intent, &page, &groups, &count);
	if (result.error != PROVIDER_OK)
		return result;
	if (count > 0) {
		*native_id = groups[0].native_id;
		return result;
	}
	aws_query_add(&query, "GroupName", spec->name);
	aws_query_add(&query, "GroupDescription",
		      text_is_empty(spec->description) ? DESCRIPTION_OTHERWISE : spec->description);
	aws_query_add(&query, "VpcId", spec->parent);
	aws_mark(&query, session, "security-group", NULL, &spec->intent, NULL);
	result = aws_named(aws_ask(session, call, &query, &root));
	if (result.error != PROVIDER_OK)
		return result;
	*native_id = xml_text(xml_child(root, "groupId"), NULL);
	return aws_is_id(*native_id, "sg-")
		       ? result
		       : provider_fail(call->arena, PROVIDER_UNKNOWN_OUTCOME,
				       "AWS made a security group but did not say which; find it by its intent");
}

struct provider_result aws_group_remove(CALL, const char *native_id)
{
	struct aws_query query = aws_query_new(call->arena, AWS_DELETE_SECURITY_GROUP);

	if (!aws_is_id(native_id, "sg-"))
		return PROVIDER_DONE;
	aws_query_add(&query, "GroupId", native_id);
	return aws_gone(aws_ask(session, call, &query, NULL));
}

/* ---- rules ---- */

static const char *const PROTOCOLS[][2] = { { "tcp", "tcp" }, { "udp", "udp" }, { "icmp", "icmp" }, { "any", "-1" } };

static const char *protocol_of(const struct provider_rule *rule)
{
	for (size_t i = 0; i < sizeof PROTOCOLS / sizeof PROTOCOLS[0]; i++)
		if (text_equal(PROTOCOLS[i][0], rule->protocol)) {
			bool is_six = i == 2 && rule->cidr && strchr(rule->cidr, ':');

			return is_six ? "icmpv6" : PROTOCOLS[i][1];
		}
	return NULL;
}

static bool has_ports(const struct provider_rule *rule)
{
	return text_equal(rule->protocol, "tcp") || text_equal(rule->protocol, "udp");
}

static struct provider_result rules_check(struct arena *arena, const struct provider_rule *rules, size_t count)
{
	if (count > RULES_MOST)
		return provider_fail(arena, PROVIDER_INVALID, "a security group takes at most %d rules here",
				     RULES_MOST);
	for (size_t i = 0; i < count; i++) {
		const struct provider_rule *rule = &rules[i];
		bool is_range =
			rule->first_port >= 0 && rule->first_port <= rule->last_port && rule->last_port <= UINT16_MAX;
		bool has_one = (rule->cidr != NULL) != (rule->group != NULL);

		if (!protocol_of(rule) || !is_range || (!has_ports(rule) && rule->last_port != 0))
			return provider_fail(
				arena, PROVIDER_INVALID,
				"rule %zu: give tcp, udp, icmp or any, and for tcp and udp ports of 0 to 65535", i + 1);
		if (!has_one || (rule->group && !aws_is_id(rule->group, "sg-")) ||
		    (rule->cidr && !aws_is_range(rule->cidr)))
			return provider_fail(
				arena, PROVIDER_INVALID,
				"rule %zu: give either a range, as in 10.0.0.0/8, or a security group, as in sg-…",
				i + 1);
	}
	return PROVIDER_DONE;
}

/* Both as they stand at AWS: all ports are 0 to 65535, and -1 where there are none. */
struct wire_rule {
	bool is_egress;
	const char *protocol, *cidr, *group;
	int64_t first_port, last_port;
	const char *id; /* of one that is there */
	bool is_kept;
};

static struct wire_rule wire_of(const struct provider_rule *rule)
{
	bool is_all = rule->first_port == 0 && rule->last_port == 0;

	return (struct wire_rule){ .is_egress = rule->direction == PROVIDER_EGRESS,
				   .protocol = protocol_of(rule),
				   .cidr = rule->cidr,
				   .group = rule->group,
				   .first_port = has_ports(rule) ? rule->first_port : -1,
				   .last_port = !has_ports(rule) ? -1
						: is_all         ? UINT16_MAX
								 : rule->last_port };
}

static struct wire_rule wire_read(const struct xml *item)
{
	const char *four = xml_text(xml_child(item, "cidrIpv4"), NULL);

	return (struct wire_rule){ .is_egress = text_equal(xml_text(xml_child(item, "isEgress"), ""), "true"),
				   .protocol = xml_text(xml_child(item, "ipProtocol"), ""),
				   .cidr = four ? four : xml_text(xml_child(item, "cidrIpv6"), NULL),
				   .group = xml_text(xml_path(item, "referencedGroupInfo", "groupId", NULL), NULL),
				   .first_port = xml_int(xml_child(item, "fromPort"), -1),
				   .last_port = xml_int(xml_child(item, "toPort"), -1),
				   .id = xml_text(xml_child(item, "securityGroupRuleId"), NULL) };
}

static bool are_same(const struct wire_rule *a, const struct wire_rule *b)
{
	return a->is_egress == b->is_egress && text_equal(a->protocol, b->protocol) && text_equal(a->cidr, b->cidr) &&
	       text_equal(a->group, b->group) && a->first_port == b->first_port && a->last_port == b->last_port;
}

/* A group that is not there has no rules, and no failure either: so it is asked for first. */
static struct provider_result present_read(CALL, const char *native_id, struct wire_rule **rules, size_t *count)
{
	struct aws_query asking = aws_query_new(call->arena, AWS_DESCRIBE_SECURITY_GROUPS);
	struct aws_query query = aws_query_new(call->arena, AWS_DESCRIBE_SECURITY_GROUP_RULES);
	const struct xml *item;
	struct xml *root;

	aws_query_add_at(&asking, "GroupId", 1, native_id);
	struct provider_result result = aws_ask(session, call, &asking, NULL);
	if (result.error != PROVIDER_OK)
		return result;
	aws_query_filter(&query, "group-id", native_id);
	aws_query_add_int(&query, "MaxResults", 1000); /* "the maximum is 1000": as many as a group can have */
	result = aws_ask(session, call, &query, &root);
	if (result.error != PROVIDER_OK)
		return result;
	*rules = ARENA_ARRAY(call->arena, aws_items(root, "securityGroupRuleSet", &item) + 1, struct wire_rule);
	for (*count = 0; item; item = xml_next_child(item, "item"))
		(*rules)[(*count)++] = wire_read(item);
	return result;
}

static struct provider_result rules_add(CALL, const char *native_id, bool is_egress, const struct wire_rule *rules,
					size_t count)
{
	struct aws_query query = aws_query_new(call->arena, is_egress ? AWS_AUTHORIZE_EGRESS : AWS_AUTHORIZE_INGRESS);
	size_t asked = 0;

	aws_query_add(&query, "GroupId", native_id);
	for (size_t i = 0; i < count; i++) {
		const char *prefix = arena_printf(call->arena, "IpPermissions.%zu", asked + 1);
		bool is_six = rules[i].cidr && strchr(rules[i].cidr, ':');

		if (rules[i].is_kept || rules[i].is_egress != is_egress)
			continue;
		asked++;
		aws_query_add(&query, arena_printf(call->arena, "%s.IpProtocol", prefix), rules[i].protocol);
		if (!text_equal(rules[i].protocol, "-1")) {
			aws_query_add_int(&query, arena_printf(call->arena, "%s.FromPort", prefix),
					  rules[i].first_port);
			aws_query_add_int(&query, arena_printf(call->arena, "%s.ToPort", prefix), rules[i].last_port);
		}
		aws_query_add(
			&query,
			arena_printf(call->arena, is_six ? "%s.Ipv6Ranges.1.CidrIpv6" : "%s.IpRanges.1.CidrIp", prefix),
			rules[i].cidr);
		aws_query_add(&query, arena_printf(call->arena, "%s.Groups.1.GroupId", prefix), rules[i].group);
	}
	/* One that somebody else added meanwhile is a CONFLICT: the next attempt sees it. */
	return asked > 0 ? aws_named(aws_ask(session, call, &query, NULL)) : PROVIDER_DONE;
}

static struct provider_result rules_take(CALL, const char *native_id, bool is_egress, const struct wire_rule *rules,
					 size_t count)
{
	struct aws_query query = aws_query_new(call->arena, is_egress ? AWS_REVOKE_EGRESS : AWS_REVOKE_INGRESS);
	size_t asked = 0;

	aws_query_add(&query, "GroupId", native_id);
	for (size_t i = 0; i < count; i++)
		if (!rules[i].is_kept && rules[i].is_egress == is_egress && rules[i].id)
			aws_query_add_at(&query, "SecurityGroupRuleId", ++asked, rules[i].id);
	return asked > 0 ? aws_gone(aws_ask(session, call, &query, NULL)) : PROVIDER_DONE;
}

/* First what is new, then away with what is no more: nobody who may stay is shut out in between. */
struct provider_result aws_group_rules(CALL, const char *native_id, const struct provider_rule *rules, size_t count)
{
	struct wire_rule *wanted = ARENA_ARRAY(call->arena, count + 1, struct wire_rule), *present;
	size_t there, different = 0;

	if (!aws_is_id(native_id, "sg-"))
		return provider_fail(call->arena, PROVIDER_NOT_FOUND, "AWS has no such security group in this region");
	struct provider_result result = rules_check(call->arena, rules, count);
	if (result.error == PROVIDER_OK)
		result = present_read(session, call, native_id, &present, &there);
	for (size_t i = 0; result.error == PROVIDER_OK && i < count; i++) {
		struct wire_rule rule = wire_of(&rules[i]);

		for (size_t row = 0; row < there; row++)
			if (are_same(&rule, &present[row]))
				rule.is_kept = present[row].is_kept = true;
		for (size_t row = 0; row < different; row++)
			rule.is_kept = rule.is_kept || are_same(&rule, &wanted[row]);
		wanted[different++] = rule;
	}
	for (int egress = 0; egress < 2 && result.error == PROVIDER_OK; egress++)
		result = rules_add(session, call, native_id, egress == 1, wanted, different);
	for (int egress = 0; egress < 2 && result.error == PROVIDER_OK; egress++)
		result = rules_take(session, call, native_id, egress == 1, present, there);
	return result;
}
