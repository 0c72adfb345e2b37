/* SPDX-License-Identifier: Apache-2.0 */
/* network.c: networks that are made, and security groups with just the rules that were asked for. */
#include <string.h>

#include "runtime/base/text.h"
#include "tests/contract/provider/things.h"

static const char *cidr(struct arena *arena, unsigned number)
{
	return arena_printf(arena, "%s.%u.0/24", room.peer->network_prefix ? room.peer->network_prefix : "10.77",
			    number + 1);
}

static struct provider_result create(struct provider_call *call, const void *argument, struct provider_task *task,
				     const char **native_id)
{
	const struct thing_spec *spec = argument;
	struct provider_network_spec network = { .intent = spec->intent,
						 .name = spec->name,
						 .parent = room.peer->network_parent };
	network.cidr = cidr(call->arena, spec->number);
	return room.ops->network->create(room.session, call, &network, task, native_id);
}

static struct provider_result list(struct provider_session *session, struct provider_call *call,
				   const struct provider_intent *intent, struct provider_page *page,
				   struct thing **things, size_t *count)
{
	struct provider_made_network *rows;
	struct provider_result result = room.ops->network->list(session, call, intent, page, &rows, count);
	if (result.error != PROVIDER_OK)
		return result;
	*things = ARENA_ARRAY(call->arena, *count, struct thing);
	for (size_t i = 0; i < *count; i++)
		(*things)[i] = (struct thing){ .native_id = rows[i].network.native_id,
					       .name = rows[i].network.name,
					       .marks = rows[i].marks,
					       .is_settled = true };
	return result;
}

static struct provider_result remove_network(struct provider_call *call, const char *native_id,
					     struct provider_task *task)
{
	return room.ops->network->remove(room.session, call, native_id, task);
}

static struct thing_kind NETWORK = { VERB_NETWORK_CREATE, VERB_NETWORK_LIST, VERB_NETWORK_DELETE,     .has_name = true,
				     .create = create,    .list = list,      .remove = remove_network };

static bool is_offered(const char *network, struct provider_network *found)
{
	bool is_found = false;
	struct provider_page page = { NULL, 0 };
	do {
		struct provider_network *networks = NULL;
		size_t count = 0;
		struct provider_result result;
		const char *token = page.token;
		PERSIST(result, (page = (struct provider_page){ .token = token },
				 room.ops->networks(room.session, &call, &page, &networks, &count)));
		assert_done(result);
		for (size_t i = 0; i < count; i++) {
			if (!text_equal(networks[i].native_id, network))
				continue;
			is_found = true;
			*found = networks[i];
		}
	} while (page.token);
	return is_found;
}

static void a_machine_is_attached_to_a_network_that_was_made(void **state)
{
	struct provider_task task = { NULL };
	struct provider_result result;
	struct provider_network found;
	(void)state;
	need(VERB_NETWORK_CREATE);
	need(VERB_NETWORK_DELETE);
	struct thing_spec spec = thing_spec_new(&NETWORK, "front");
	const char *network = thing_make(&spec);
	assert_true(is_offered(network, &found));
	assert_non_null(found.cidr);
	assert_non_null(strstr(found.cidr, cidr(room.arena, 0)));
	struct provider_machine_spec machine = spec_new("on-our-network");
	machine.network = network;
	const char *id = machine_make(&machine);
	PERSIST(result, room.ops->network->remove(room.session, &call, network, &task));
	assert_class(result, PROVIDER_CONFLICT);
	assert_true(is_offered(network, &found));
	machine_delete(id);
	thing_delete(&NETWORK, network);
	assert_false(is_offered(network, &found));
}

static void a_network_with_wrong_addresses_is_refused(void **state)
{
	static const char *const WRONG[] = { "", "nonsense", "10.77.1.0", "10.77.1.0/99", "300.1.1.0/24" };
	(void)state;
	need(VERB_NETWORK_CREATE);
	need(VERB_NETWORK_LIST);
	for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
		struct provider_network_spec spec = {
			.intent = intent_new(), .name = "wrong", .cidr = WRONG[i], .parent = room.peer->network_parent
		};
		struct provider_task task = { NULL };
		const char *id = NULL;
		struct provider_result result;
		PERSIST(result, room.ops->network->create(room.session, &call, &spec, &task, &id));
		assert_class(result, PROVIDER_INVALID);
		assert_int_equal(thing_count(&NETWORK, &spec.intent, NULL, NULL), 0);
	}
}

/* ---- security groups ---- */

static struct provider_result group_create(struct provider_call *call, const void *argument, struct provider_task *task,
					   const char **native_id)
{
	const struct thing_spec *spec = argument;
	struct provider_security_group_spec group = { .intent = spec->intent,
						      .name = spec->name,
						      .description = "made by a test",
						      .parent = room.peer->network_parent };
	task->handle = NULL;
	return room.ops->network->security_group_create(room.session, call, &group, native_id);
}

static struct provider_result group_list(struct provider_session *session, struct provider_call *call,
					 const struct provider_intent *intent, struct provider_page *page,
					 struct thing **things, size_t *count)
{
	struct provider_security_group *rows;
	struct provider_result result =
		room.ops->network->security_group_list(session, call, intent, page, &rows, count);
	if (result.error != PROVIDER_OK)
		return result;
	*things = ARENA_ARRAY(call->arena, *count, struct thing);
	for (size_t i = 0; i < *count; i++)
		(*things)[i] = (struct thing){
			.native_id = rows[i].native_id, .name = rows[i].name, .marks = rows[i].marks, .is_settled = true
		};
	return result;
}

static struct provider_result group_remove(struct provider_call *call, const char *native_id,
					   struct provider_task *task)
{
	task->handle = NULL;
	return room.ops->network->security_group_remove(room.session, call, native_id);
}

static struct thing_kind GROUP = { VERB_SECURITY_GROUP_CREATE, VERB_SECURITY_GROUP_LIST, VERB_SECURITY_GROUP_DELETE,
				   .has_name = true,           .create = group_create,   .list = group_list,
				   .remove = group_remove };

static struct provider_security_group group_get(const struct provider_intent *intent)
{
	struct provider_security_group *rows;
	size_t count = 0;
	struct provider_page page;
	struct provider_result result;
	PERSIST(result, (page = (struct provider_page){ NULL, 0 },
			 room.ops->network->security_group_list(room.session, &call, intent, &page, &rows, &count)));
	assert_done(result);
	assert_int_equal(count, 1);
	return rows[0];
}

static bool is_same_rule(const struct provider_rule *a, const struct provider_rule *b)
{
	return a->direction == b->direction && text_equal(a->protocol, b->protocol) && a->first_port == b->first_port &&
	       a->last_port == b->last_port && text_equal(a->cidr, b->cidr) && text_equal(a->group, b->group);
}

static void rules_become(const char *id, const struct provider_intent *intent, const struct provider_rule *rules,
			 size_t count)
{
	struct provider_result result;
	for (int i = 0; i < 2; i++) { /* the second time there is nothing to do */
		PERSIST(result, room.ops->network->security_group_rules(room.session, &call, id, rules, count));
		assert_done(result);
	}
	struct provider_security_group group = group_get(intent);
	for (size_t i = 0; i < count; i++) {
		size_t same = 0;
		for (size_t k = 0; k < group.rule_count; k++)
			same += is_same_rule(&rules[i], &group.rules[k]);
		if (same != 1)
			fail_msg("the rule %zu (%s %d to %d) is there %zu times", i, rules[i].protocol,
				 rules[i].first_port, rules[i].last_port, same);
	}
	assert_int_equal(group.rule_count, count);
}

static void a_security_group_has_just_the_rules_that_were_asked_for(void **state)
{
	(void)state;
	need(VERB_SECURITY_GROUP_CREATE);
	need(VERB_SECURITY_GROUP_RULES);
	struct thing_spec spec = thing_spec_new(&GROUP, "web rules");
	const char *id = thing_make(&spec);
	const struct provider_rule first[] = {
		{ PROVIDER_INGRESS, "tcp", 22, 22, "192.0.2.0/24", NULL },
		{ PROVIDER_INGRESS, "tcp", 8000, 8100, "0.0.0.0/0", NULL },
		{ PROVIDER_INGRESS, "icmp", 0, 0, "0.0.0.0/0", NULL },
		{ PROVIDER_EGRESS, "any", 0, 0, "0.0.0.0/0", NULL },
	};
	const struct provider_rule second[] = {
		{ PROVIDER_INGRESS, "tcp", 8000, 8100, "0.0.0.0/0", NULL }, /* was there */
		{ PROVIDER_INGRESS, "tcp", 8000, 8100, "198.51.100.7/32", NULL },
		{ PROVIDER_INGRESS, "udp", 53, 53, NULL, id }, /* from its own members */
		{ PROVIDER_INGRESS, "tcp", 0, 0, "192.0.2.0/24", NULL },
		{ PROVIDER_EGRESS, "tcp", 443, 443, "0.0.0.0/0", NULL },
	};
	rules_become(id, &spec.intent, first, sizeof first / sizeof first[0]);
	rules_become(id, &spec.intent, second, sizeof second / sizeof second[0]);
	rules_become(id, &spec.intent, first, 1);
	rules_become(id, &spec.intent, NULL, 0);
	thing_delete(&GROUP, id);
}

static void a_wrong_rule_is_refused_and_changes_nothing(void **state)
{
	static const struct provider_rule WRONG[] = {
		{ PROVIDER_INGRESS, "carrier pigeon", 0, 0, "0.0.0.0/0", NULL },
		{ PROVIDER_INGRESS, "tcp", 90, 80, "0.0.0.0/0", NULL },
		{ PROVIDER_INGRESS, "tcp", 1, 70000, "0.0.0.0/0", NULL },
		{ PROVIDER_INGRESS, "tcp", 80, 80, "nowhere", NULL },
		{ PROVIDER_INGRESS, "tcp", 80, 80, NULL, NULL },
		{ PROVIDER_INGRESS, "tcp", 80, 80, NULL, WRONG_ID },
	};
	const struct provider_rule good = { PROVIDER_INGRESS, "tcp", 22, 22, "192.0.2.0/24", NULL };
	struct provider_result result;
	(void)state;
	need(VERB_SECURITY_GROUP_RULES);
	struct thing_spec spec = thing_spec_new(&GROUP, "wrong rules");
	const char *id = thing_make(&spec);
	rules_become(id, &spec.intent, &good, 1);
	for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
		PERSIST(result, room.ops->network->security_group_rules(room.session, &call, id, &WRONG[i], 1));
		if (result.error != PROVIDER_INVALID)
			fail_msg("the wrong rule %zu is %s", i, provider_error_name(result.error));
	}
	struct provider_security_group group = group_get(&spec.intent);
	assert_int_equal(group.rule_count, 1);
	assert_true(is_same_rule(&group.rules[0], &good));
	PERSIST(result, room.ops->network->security_group_rules(room.session, &call, WRONG_ID, &good, 1));
	assert_class(result, PROVIDER_NOT_FOUND);
	thing_delete(&GROUP, id);
}

static const struct CMUnitTest TESTS[] = {
	THING_TESTS("a_network", &NETWORK),
	cmocka_unit_test(a_machine_is_attached_to_a_network_that_was_made),
	cmocka_unit_test(a_network_with_wrong_addresses_is_refused),
	THING_TESTS("a_security_group", &GROUP),
	cmocka_unit_test(a_security_group_has_just_the_rules_that_were_asked_for),
	cmocka_unit_test(a_wrong_rule_is_refused_and_changes_nothing),
};
const struct suite_part network_part = { TESTS, sizeof TESTS / sizeof TESTS[0] };
