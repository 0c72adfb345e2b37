/* SPDX-License-Identifier: Apache-2.0 */
/* catalogue.c: what a provider says of itself and offers. */
#include <string.h>

#include "runtime/base/text.h"
#include "tests/contract/provider/contract.h"

static bool has_op(enum provider_verb verb)
{
	const struct provider_ops *ops = room.ops;
	switch (verb) {
	case VERB_SIZES:
		return ops->sizes != NULL;
	case VERB_IMAGES:
		return ops->images != NULL;
	case VERB_NETWORKS:
		return ops->networks != NULL;
	case VERB_CREATE:
		return ops->create != NULL;
	case VERB_FIND:
		return ops->find != NULL;
	case VERB_GET:
		return ops->get != NULL;
	case VERB_LIST:
		return ops->list != NULL;
	case VERB_RESIZE:
		return ops->resize != NULL;
	case VERB_DELETE:
		return ops->remove != NULL;
	case VERB_SNAPSHOT_CREATE:
		return ops->snapshot_create != NULL;
	case VERB_SNAPSHOT_LIST:
		return ops->snapshot_list != NULL;
	case VERB_SNAPSHOT_REVERT:
		return ops->snapshot_revert != NULL;
	case VERB_SNAPSHOT_DELETE:
		return ops->snapshot_delete != NULL;
	case VERB_CONSOLE:
		return ops->console != NULL;
	case VERB_USAGE:
		return ops->usage != NULL;
	default:
		return ops->power != NULL;
	}
}

static void a_verb_without_a_function_is_said_to_be_unsupported(void **state)
{
	(void)state;
	for (int verb = 0; verb < VERB_COUNT; verb++) {
		const struct provider_trait *trait = &room.row->traits[verb];
		if (!has_op((enum provider_verb)verb))
			assert_int_equal(trait->support, SUPPORT_NONE);
		/* The probe only takes away, and says why. */
		if (trait->support == SUPPORT_NONE)
			assert_int_equal(room.info.support[verb], SUPPORT_NONE);
		if (trait->support != SUPPORT_NONE && room.info.support[verb] == SUPPORT_NONE)
			assert_non_null(room.info.notes[verb]);
		if (trait->is_asynchronous)
			assert_non_null(room.ops->task);
	}
	assert_non_null(room.ops->open);
	assert_non_null(room.ops->close);
	assert_non_null(room.ops->probe);
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
	PERSIST(result, (page = (struct provider_page){ NULL, 0 }, room.ops->sizes(room.session, &call, &page, &sizes, &all)));
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
	PERSIST(result, (page = (struct provider_page){ NULL, 0 }, room.ops->images(room.session, &call, &page, &images, &count)));
	assert_done(result);
	assert_true(count > 0);
	for (size_t i = 0; i < count; i++) {
		assert_non_null(images[i].native_id);
		assert_non_null(images[i].name);
		assert_non_null(images[i].os);
	}
	PERSIST(result,
		(page = (struct provider_page){ NULL, 0 }, room.ops->networks(room.session, &call, &page, &networks, &count)));
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
	struct provider_config config = { .connection = "c", .installation = "i", .endpoint = endpoint, .options = json };
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

const struct CMUnitTest catalogue_tests[] = {
	cmocka_unit_test(a_verb_without_a_function_is_said_to_be_unsupported),
	cmocka_unit_test(what_is_lost_with_the_process_is_said),
	cmocka_unit_test(sizes_come_in_pages_each_once),
	cmocka_unit_test(images_and_networks_have_ids_and_names),
	cmocka_unit_test(a_page_token_of_nobody_is_refused),
	cmocka_unit_test(a_wrong_address_or_option_is_refused),
};
const size_t catalogue_test_count = sizeof catalogue_tests / sizeof catalogue_tests[0];
