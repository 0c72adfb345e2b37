/* SPDX-License-Identifier: Apache-2.0 */
/* reach.c: how a machine is reached: addresses that are ours, and key pairs. */
#include "runtime/base/id.h"
#include "runtime/base/text.h"
#include "tests/contract/provider/things.h"

/* Public halves of keys that nobody has. */
#define KEY "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJiNIkdvWlb7I86lWFUPDGFtwfXYc9y15FtU0yatFOkl"
#define OTHER_KEY "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGw1XDANoAHvF86AogNwm9GiOmkggH2dFU2E6zkKaaZt"

static struct provider_result allocate(struct provider_call *call, const void *argument, struct provider_task *task,
				       const char **native_id)
{
	const struct thing_spec *spec = argument;
	struct provider_address address = { .native_id = NULL };
	task->handle = NULL;
	struct provider_result result = room.ops->network->address_allocate(room.session, call, &spec->intent,
									    room.peer->address_network, &address);
	*native_id = result.error == PROVIDER_OK ? address.native_id : NULL;
	return result;
}

static struct provider_result list(struct provider_session *session, struct provider_call *call,
				   const struct provider_intent *intent, struct provider_page *page,
				   struct thing **things, size_t *count)
{
	struct provider_address *rows;
	struct provider_result result = room.ops->network->address_list(session, call, intent, page, &rows, count);
	if (result.error != PROVIDER_OK)
		return result;
	*things = ARENA_ARRAY(call->arena, *count, struct thing);
	for (size_t i = 0; i < *count; i++)
		(*things)[i] =
			(struct thing){ .native_id = rows[i].native_id, .marks = rows[i].marks, .is_settled = true };
	return result;
}

static struct provider_result release(struct provider_call *call, const char *native_id, struct provider_task *task)
{
	task->handle = NULL;
	return room.ops->network->address_release(room.session, call, native_id);
}

static struct thing_kind ADDRESS = { VERB_ADDRESS_ALLOCATE, VERB_ADDRESS_LIST, VERB_ADDRESS_RELEASE,
				     .create = allocate,    .list = list,      .remove = release };

static struct provider_address address_get(const struct provider_intent *intent)
{
	struct provider_address *rows;
	size_t count = 0;
	struct provider_page page;
	struct provider_result result;
	PERSIST(result, (page = (struct provider_page){ NULL, 0 },
			 room.ops->network->address_list(room.session, &call, intent, &page, &rows, &count)));
	assert_done(result);
	assert_int_equal(count, 1);
	assert_non_null(rows[0].address);
	return rows[0];
}

static void an_address_is_given_to_a_machine_and_taken_back(void **state)
{
	struct provider_machine_spec machine = spec_new("reachable");
	struct provider_result result;
	(void)state;
	need(VERB_ADDRESS_ALLOCATE);
	need(VERB_ADDRESS_ASSOCIATE);
	need(VERB_ADDRESS_DISASSOCIATE);
	const char *id = machine_make(&machine);
	struct thing_spec spec = thing_spec_new(&ADDRESS, NULL);
	const char *address = thing_make(&spec);
	assert_null(address_get(&spec.intent).machine);
	for (int i = 0; i < 2; i++) {
		PERSIST(result, room.ops->network->address_associate(room.session, &call, address, id));
		assert_done(result);
		assert_non_null(address_get(&spec.intent).machine);
		assert_string_equal(address_get(&spec.intent).machine, id);
	}
	for (int i = 0; i < 2; i++) {
		PERSIST(result, room.ops->network->address_disassociate(room.session, &call, address));
		assert_done(result);
		assert_null(address_get(&spec.intent).machine);
	}
	PERSIST(result, room.ops->network->address_associate(room.session, &call, address, WRONG_ID));
	assert_class(result, PROVIDER_NOT_FOUND);
	PERSIST(result, room.ops->network->address_associate(room.session, &call, WRONG_ID, id));
	assert_class(result, PROVIDER_NOT_FOUND);
	PERSIST(result, room.ops->network->address_disassociate(room.session, &call, WRONG_ID));
	assert_class(result, PROVIDER_NOT_FOUND);
	thing_delete(&ADDRESS, address);
	machine_delete(id);
}

static size_t keys_named(const char *name)
{
	size_t found = 0;
	struct provider_page page = { NULL, 0 };
	do {
		struct provider_key_pair *pairs = NULL;
		size_t count = 0;
		struct provider_result result;
		const char *token = page.token;
		PERSIST(result, (page = (struct provider_page){ .token = token },
				 room.ops->network->key_pair_list(room.session, &call, &page, &pairs, &count)));
		assert_done(result);
		for (size_t i = 0; i < count; i++)
			found += text_equal(pairs[i].name, name);
	} while (page.token);
	return found;
}

static void a_key_pair_is_known_by_its_name_and_has_one_key(void **state)
{
	struct provider_key_pair first = { .native_id = NULL }, again = { .native_id = NULL }, other;
	struct provider_result result;
	(void)state;
	need(VERB_KEY_PAIR_IMPORT);
	need(VERB_KEY_PAIR_LIST);
	need(VERB_KEY_PAIR_DELETE);
	const char *name = arena_printf(room.arena, "key-%s", id_new(room.arena));
	PERSIST(result, room.ops->network->key_pair_import(room.session, &call, name, KEY, &first));
	assert_done(result);
	assert_non_null(first.native_id);
	assert_string_equal(first.name, name);
	/* What follows the key is a comment, and no part of it. */
	PERSIST(result,
		room.ops->network->key_pair_import(room.session, &call, name, KEY " somebody@example.org", &again));
	assert_done(result);
	assert_string_equal(first.native_id, again.native_id);
	PERSIST(result, room.ops->network->key_pair_import(room.session, &call, name, OTHER_KEY, &other));
	assert_class(result, PROVIDER_CONFLICT);
	assert_int_equal(keys_named(name), 1);
	for (int i = 0; i < 2; i++) {
		PERSIST(result, room.ops->network->key_pair_remove(room.session, &call, first.native_id));
		assert_done(result);
		assert_int_equal(keys_named(name), 0);
	}
	PERSIST(result, room.ops->network->key_pair_import(room.session, &call, name, "no key", &other));
	assert_class(result, PROVIDER_INVALID);
	PERSIST(result, room.ops->network->key_pair_import(room.session, &call, "", KEY, &other));
	assert_class(result, PROVIDER_INVALID);
	assert_int_equal(keys_named(name), 0);
}

static const struct CMUnitTest TESTS[] = {
	THING_TESTS("an_address", &ADDRESS),
	cmocka_unit_test(an_address_is_given_to_a_machine_and_taken_back),
	cmocka_unit_test(a_key_pair_is_known_by_its_name_and_has_one_key),
};
const struct suite_part reach_part = { TESTS, sizeof TESTS / sizeof TESTS[0] };
