/* SPDX-License-Identifier: Apache-2.0 */
/* words.c: the classes, the verbs, the rows, and what adapters share. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "providers/size.h"
#include "runtime/base/text.h"

static struct arena *arena;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new(0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void every_class_and_verb_has_its_own_word(void **state)
{
	(void)state;
	for (int i = 0; i <= PROVIDER_UNSUPPORTED; i++)
		for (int j = 0; j < i; j++)
			assert_string_not_equal(provider_error_name((enum provider_error)i), provider_error_name((enum provider_error)j));
	for (int i = 0; i < VERB_COUNT; i++)
		for (int j = 0; j < i; j++)
			assert_string_not_equal(provider_verb_name((enum provider_verb)i), provider_verb_name((enum provider_verb)j));
	assert_string_equal(provider_verb_name(VERB_SNAPSHOT_CREATE), "snapshot-create");
	assert_string_equal(provider_machine_state_name(PROVIDER_MACHINE_GONE), "gone");
}

static void only_what_may_pass_by_itself_is_retried(void **state)
{
	(void)state;
	for (int i = 0; i <= PROVIDER_UNSUPPORTED; i++)
		assert_int_equal(provider_error_is_retryable((enum provider_error)i),
				 i == PROVIDER_THROTTLED || i == PROVIDER_UNAVAILABLE || i == PROVIDER_UNKNOWN_OUTCOME ||
					 i == PROVIDER_CAPACITY);
}

static void a_result_becomes_a_status_with_its_details(void **state)
{
	(void)state;
	assert_true(status_is_ok(provider_status(arena, PROVIDER_DONE)));
	struct provider_result result = provider_fail(arena, PROVIDER_THROTTLED, "wait %d", 5);
	result.retry_after_ms = 1500;
	result.request_id = "req-1";
	struct status status = provider_status(arena, result);
	assert_int_equal(status.code, STATUS_RESOURCE_EXHAUSTED);
	assert_string_equal(status.reason, "PROVIDER_THROTTLED");
	assert_string_equal(status.message, "wait 5");
	int found = 0;
	for (const struct status_detail *detail = status.details; detail; detail = detail->next) {
		found += detail->kind == STATUS_DETAIL_RETRY && detail->number == 1500;
		found += detail->kind == STATUS_DETAIL_METADATA && text_equal(detail->value, "req-1");
	}
	assert_int_equal(found, 2);
}

static void every_row_is_there_once_and_unbuilt_ones_have_no_ops(void **state)
{
	static const char *const KNOWN[] = { "simulator", "libvirt", "aws", "nutanix", "vsphere", "openstack", "kubernetes" };
	(void)state;
	for (size_t i = 0; i < sizeof KNOWN / sizeof KNOWN[0]; i++) {
		const struct provider *row = provider_find(KNOWN[i]);
		assert_non_null(row);
		assert_string_equal(row->kind, KNOWN[i]);
		assert_non_null(row->title);
		if (!row->ops)
			for (int verb = 0; verb < VERB_COUNT; verb++)
				assert_int_equal(row->traits[verb].support, SUPPORT_NONE);
	}
	for (size_t i = 0; i < provider_count; i++)
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(providers[i]->kind, providers[j]->kind);
	assert_non_null(provider_find("simulator")->ops);
	assert_null(provider_find("no-such-cloud"));
	assert_null(provider_find(NULL));
}

static void every_option_is_explained(void **state)
{
	(void)state;
	for (size_t i = 0; i < provider_count; i++)
		for (size_t j = 0; j < providers[i]->option_count; j++) {
			assert_false(text_is_empty(providers[i]->options[j].name));
			assert_false(text_is_empty(providers[i]->options[j].help));
		}
}

static void pages_cover_a_table_without_gap_or_overlap(void **state)
{
	(void)state;
	for (unsigned size = 1; size <= 8; size++) {
		struct provider_page page = { NULL, size };
		size_t expected = 0, first, count;
		do {
			assert_int_equal(provider_page_cut(arena, &page, 7, &first, &count).error, PROVIDER_OK);
			assert_int_equal(first, expected);
			expected += count;
		} while (page.token);
		assert_int_equal(expected, 7);
	}
	struct provider_page past = { "99", 5 };
	size_t first, count;
	assert_int_equal(provider_page_cut(arena, &past, 7, &first, &count).error, PROVIDER_OK);
	assert_int_equal(count, 0);
	assert_null(past.token);
	past.token = "-1";
	assert_int_equal(provider_page_cut(arena, &past, 7, &first, &count).error, PROVIDER_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_class_and_verb_has_its_own_word, set_up, tear_down),
		cmocka_unit_test_setup_teardown(only_what_may_pass_by_itself_is_retried, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_result_becomes_a_status_with_its_details, set_up, tear_down),
		cmocka_unit_test_setup_teardown(every_row_is_there_once_and_unbuilt_ones_have_no_ops, set_up, tear_down),
		cmocka_unit_test_setup_teardown(every_option_is_explained, set_up, tear_down),
		cmocka_unit_test_setup_teardown(pages_cover_a_table_without_gap_or_overlap, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
