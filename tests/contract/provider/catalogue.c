/* SPDX-License-Identifier: Apache-2.0 */
/* catalogue.c: what a provider says of itself and offers. */
#include <string.h>

#include "runtime/base/text.h"
#include "tests/contract/provider/contract.h"

/* Where the function of a verb stands: in the row's own table, or in that of a family. */
enum family { MACHINES, VOLUMES, IMAGES, NETWORKS };
struct place {
	enum family family;
	size_t offset;
};
#define OP(member_)                                                                                                    \
	{                                                                                                              \
		MACHINES, offsetof(struct provider_ops, member_)                                                       \
	}
#define VOLUME_OP(member_)                                                                                             \
	{                                                                                                              \
		VOLUMES, offsetof(struct provider_volume_ops, member_)                                                 \
	}
#define IMAGE_OP(member_)                                                                                              \
	{                                                                                                              \
		IMAGES, offsetof(struct provider_image_ops, member_)                                                   \
	}
#define NETWORK_OP(member_)                                                                                            \
	{                                                                                                              \
		NETWORKS, offsetof(struct provider_network_ops, member_)                                               \
	}

static const struct place PLACES[VERB_COUNT] = {
	[VERB_REGIONS] = OP(regions),
	[VERB_SIZES] = OP(sizes),
	[VERB_IMAGES] = OP(images),
	[VERB_NETWORKS] = OP(networks),
	[VERB_QUOTAS] = OP(quotas),
	[VERB_PRICES] = OP(prices),
	[VERB_CREATE] = OP(create),
	[VERB_FIND] = OP(find),
	[VERB_GET] = OP(get),
	[VERB_LIST] = OP(list),
	[VERB_CHANGES] = OP(changes),
	[VERB_START] = OP(power),
	[VERB_STOP] = OP(power),
	[VERB_SHUTDOWN] = OP(power),
	[VERB_REBOOT] = OP(power),
	[VERB_RESET] = OP(power),
	[VERB_SUSPEND] = OP(power),
	[VERB_RESUME] = OP(power),
	[VERB_RESIZE] = OP(resize),
	[VERB_RENAME] = OP(rename),
	[VERB_TAG] = OP(tag),
	[VERB_DELETE] = OP(remove),
	[VERB_SNAPSHOT_CREATE] = OP(snapshot_create),
	[VERB_SNAPSHOT_LIST] = OP(snapshot_list),
	[VERB_SNAPSHOT_REVERT] = OP(snapshot_revert),
	[VERB_SNAPSHOT_DELETE] = OP(snapshot_delete),
	[VERB_CONSOLE] = OP(console),
	[VERB_CONSOLE_URL] = OP(console_url),
	[VERB_USAGE] = OP(usage),
	[VERB_METRICS] = OP(metrics),
	[VERB_BILL] = OP(bill),
	[VERB_VOLUME_CREATE] = VOLUME_OP(create),
	[VERB_VOLUME_GET] = VOLUME_OP(get),
	[VERB_VOLUME_LIST] = VOLUME_OP(list),
	[VERB_VOLUME_ATTACH] = VOLUME_OP(attach),
	[VERB_VOLUME_DETACH] = VOLUME_OP(detach),
	[VERB_VOLUME_GROW] = VOLUME_OP(grow),
	[VERB_VOLUME_DELETE] = VOLUME_OP(remove),
	[VERB_VOLUME_SNAPSHOT_CREATE] = VOLUME_OP(snapshot_create),
	[VERB_VOLUME_SNAPSHOT_LIST] = VOLUME_OP(snapshot_list),
	[VERB_VOLUME_SNAPSHOT_DELETE] = VOLUME_OP(snapshot_remove),
	[VERB_IMAGE_CREATE] = IMAGE_OP(create),
	[VERB_IMAGE_LIST] = IMAGE_OP(list),
	[VERB_IMAGE_DELETE] = IMAGE_OP(remove),
	[VERB_NETWORK_CREATE] = NETWORK_OP(create),
	[VERB_NETWORK_LIST] = NETWORK_OP(list),
	[VERB_NETWORK_DELETE] = NETWORK_OP(remove),
	[VERB_SECURITY_GROUP_CREATE] = NETWORK_OP(security_group_create),
	[VERB_SECURITY_GROUP_LIST] = NETWORK_OP(security_group_list),
	[VERB_SECURITY_GROUP_RULES] = NETWORK_OP(security_group_rules),
	[VERB_SECURITY_GROUP_DELETE] = NETWORK_OP(security_group_remove),
	[VERB_ADDRESS_ALLOCATE] = NETWORK_OP(address_allocate),
	[VERB_ADDRESS_LIST] = NETWORK_OP(address_list),
	[VERB_ADDRESS_ASSOCIATE] = NETWORK_OP(address_associate),
	[VERB_ADDRESS_DISASSOCIATE] = NETWORK_OP(address_disassociate),
	[VERB_ADDRESS_RELEASE] = NETWORK_OP(address_release),
	[VERB_KEY_PAIR_IMPORT] = NETWORK_OP(key_pair_import),
	[VERB_KEY_PAIR_LIST] = NETWORK_OP(key_pair_list),
	[VERB_KEY_PAIR_DELETE] = NETWORK_OP(key_pair_remove),
};

static bool has_op(const struct provider_ops *ops, enum provider_verb verb)
{
	const char *const tables[] = { (const char *)ops, (const char *)ops->volume, (const char *)ops->image,
				       (const char *)ops->network };
	const char *table = tables[PLACES[verb].family];
	struct provider_result (*function)(void) = NULL;
	if (table)
		memcpy(&function, table + PLACES[verb].offset, sizeof function);
	return function != NULL;
}

static void a_verb_has_a_function_just_when_its_row_supports_it(void **state)
{
	size_t power_verbs = 0, families[4] = { 0 };
	(void)state;
	for (int verb = 0; verb < VERB_COUNT; verb++) {
		const struct provider_trait *trait = &room.row->traits[verb];
		const char *name = provider_verb_name((enum provider_verb)verb);
		bool is_power = verb >= VERB_START && verb <= VERB_RESUME;
		power_verbs += is_power && trait->support != SUPPORT_NONE;
		families[PLACES[verb].family] += trait->support != SUPPORT_NONE;
		for (int i = 0; i < 2; i++) { /* the witness hides nothing, and adds nothing */
			const struct provider_ops *ops = i == 0 ? room.row->ops : room.ops;
			if (!has_op(ops, (enum provider_verb)verb) && trait->support != SUPPORT_NONE)
				fail_msg("%s is claimed, and has no function", name);
			/* One function does all of power. */
			if (has_op(ops, (enum provider_verb)verb) && trait->support == SUPPORT_NONE && !is_power)
				fail_msg("%s has a function, and is not claimed", name);
		}
		if (trait->is_asynchronous)
			assert_non_null(room.ops->task);
		if (trait->support == SUPPORT_NONE)
			assert_true(!trait->is_asynchronous && trait->states == 0 && !trait->note);
	}
	assert_true((room.ops->power != NULL) == (power_verbs > 0));
	assert_true((room.ops->volume != NULL) == (families[VOLUMES] > 0));
	assert_true((room.ops->image != NULL) == (families[IMAGES] > 0));
	assert_true((room.ops->network != NULL) == (families[NETWORKS] > 0));
	assert_non_null(room.ops->open);
	assert_non_null(room.ops->close);
	assert_non_null(room.ops->probe);
}

/* What is made and cannot be found again, or not be removed, would be lost. */
static void what_can_be_made_can_be_found_and_removed(void **state)
{
	static const enum provider_verb TRIPLES[][3] = {
		{ VERB_CREATE, VERB_FIND, VERB_DELETE },
		{ VERB_SNAPSHOT_CREATE, VERB_SNAPSHOT_LIST, VERB_SNAPSHOT_DELETE },
		{ VERB_VOLUME_CREATE, VERB_VOLUME_LIST, VERB_VOLUME_DELETE },
		{ VERB_VOLUME_ATTACH, VERB_VOLUME_GET, VERB_VOLUME_DETACH },
		{ VERB_VOLUME_SNAPSHOT_CREATE, VERB_VOLUME_SNAPSHOT_LIST, VERB_VOLUME_SNAPSHOT_DELETE },
		{ VERB_IMAGE_CREATE, VERB_IMAGE_LIST, VERB_IMAGE_DELETE },
		{ VERB_NETWORK_CREATE, VERB_NETWORK_LIST, VERB_NETWORK_DELETE },
		{ VERB_SECURITY_GROUP_CREATE, VERB_SECURITY_GROUP_LIST, VERB_SECURITY_GROUP_DELETE },
		{ VERB_ADDRESS_ALLOCATE, VERB_ADDRESS_LIST, VERB_ADDRESS_RELEASE },
		{ VERB_ADDRESS_ASSOCIATE, VERB_ADDRESS_LIST, VERB_ADDRESS_DISASSOCIATE },
		{ VERB_KEY_PAIR_IMPORT, VERB_KEY_PAIR_LIST, VERB_KEY_PAIR_DELETE },
	};
	(void)state;
	for (size_t i = 0; i < sizeof TRIPLES / sizeof TRIPLES[0]; i++)
		for (int k = 1; k < 3; k++)
			if (room.info.support[TRIPLES[i][0]] != SUPPORT_NONE &&
			    room.info.support[TRIPLES[i][k]] == SUPPORT_NONE)
				fail_msg("there is %s without %s", provider_verb_name(TRIPLES[i][0]),
					 provider_verb_name(TRIPLES[i][k]));
}

static void the_probe_only_takes_away_and_says_why(void **state)
{
	(void)state;
	for (int verb = 0; verb < VERB_COUNT; verb++) {
		enum provider_support claimed = room.row->traits[verb].support, found = room.info.support[verb];
		if (claimed == SUPPORT_NONE)
			assert_int_equal(found, SUPPORT_NONE);
		if (claimed != SUPPORT_NONE && found == SUPPORT_NONE)
			assert_false(text_is_empty(room.info.notes[verb]));
	}
}

static void what_is_lost_with_the_process_is_said(void **state)
{
	(void)state;
	assert_non_null(room.info.product);
	assert_non_null(room.info.version);
	if (room.info.is_ephemeral)
		assert_non_null(room.info.warning);
}

static void sizes_come_in_pages_each_once(void **state)
{
	struct provider_page page = { NULL, 2 };
	size_t seen = 0, all = 0;
	struct provider_size *sizes;
	struct provider_result result;
	bool has_ours = false;
	(void)state;
	do {
		size_t count = 0;
		const char *token = page.token;
		PERSIST(result, (page = (struct provider_page){ token, 2 },
				 room.ops->sizes(room.session, &call, &page, &sizes, &count)));
		assert_done(result);
		assert_in_range(count, 1, 2);
		for (size_t i = 0; i < count; i++) {
			assert_true(sizes[i].vcpus > 0 && sizes[i].memory_mib > 0);
			has_ours = has_ours || text_equal(sizes[i].native_id, room.peer->size);
		}
		seen += count;
	} while (page.token);
	assert_true(has_ours);
	if (room.peer->is_faulty)
		return; /* its pages are small whatever is asked for */
	PERSIST(result,
		(page = (struct provider_page){ NULL, 0 }, room.ops->sizes(room.session, &call, &page, &sizes, &all)));
	assert_done(result);
	assert_int_equal(seen, all);
}

static void images_and_networks_have_ids_and_names(void **state)
{
	struct provider_page page;
	struct provider_image *images;
	struct provider_network *networks;
	size_t count = 0;
	struct provider_result result;
	(void)state;
	PERSIST(result, (page = (struct provider_page){ NULL, 0 },
			 room.ops->images(room.session, &call, &page, &images, &count)));
	assert_done(result);
	assert_true(count > 0);
	for (size_t i = 0; i < count; i++) {
		assert_non_null(images[i].native_id);
		assert_non_null(images[i].name);
		assert_non_null(images[i].os);
	}
	PERSIST(result, (page = (struct provider_page){ NULL, 0 },
			 room.ops->networks(room.session, &call, &page, &networks, &count)));
	assert_done(result);
	assert_true(count > 0);
	for (size_t i = 0; i < count; i++)
		assert_non_null(networks[i].native_id);
}

static void a_page_token_of_nobody_is_refused(void **state)
{
	struct provider_page page;
	struct provider_size *sizes;
	struct provider_machine *machines;
	size_t count;
	struct provider_result result;
	(void)state;
	PERSIST(result, (page = (struct provider_page){ "no token", 5 },
			 room.ops->sizes(room.session, &call, &page, &sizes, &count)));
	assert_class(result, PROVIDER_INVALID);
	PERSIST(result, (page = (struct provider_page){ "no token", 5 },
			 room.ops->list(room.session, &call, &page, &machines, &count)));
	assert_class(result, PROVIDER_INVALID);
}

static void open_refuses(const char *endpoint, const char *options)
{
	struct json *json;
	struct provider_call call = call_now();
	struct provider_session *session = NULL;
	assert_true(status_is_ok(json_parse(room.arena, slice_text(options), NULL, &json)));
	struct provider_config config = {
		.connection = "c", .installation = "i", .endpoint = endpoint, .options = json
	};
	assert_class(room.ops->open(&call, &config, &session), PROVIDER_INVALID);
	assert_null(session);
}

static void a_wrong_address_or_option_is_refused(void **state)
{
	(void)state;
	open_refuses("", "{}");
	open_refuses("no address", "{}");
	open_refuses(room.peer->endpoint, "{\"no_such_option\": 1}");
	open_refuses(room.peer->endpoint, "{\"sizes\": 5}");
	open_refuses(room.peer->endpoint, "{\"sizes\": [{\"id\": \"x\", \"vcpus\": 0, \"memory_mib\": 5}]}");
}

static const struct CMUnitTest TESTS[] = {
	cmocka_unit_test(a_verb_has_a_function_just_when_its_row_supports_it),
	cmocka_unit_test(what_can_be_made_can_be_found_and_removed),
	cmocka_unit_test(the_probe_only_takes_away_and_says_why),
	cmocka_unit_test(what_is_lost_with_the_process_is_said),
	cmocka_unit_test(sizes_come_in_pages_each_once),
	cmocka_unit_test(images_and_networks_have_ids_and_names),
	cmocka_unit_test(a_page_token_of_nobody_is_refused),
	cmocka_unit_test(a_wrong_address_or_option_is_refused),
};
const struct suite_part catalogue_part = { TESTS, sizeof TESTS / sizeof TESTS[0] };
