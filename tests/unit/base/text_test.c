/* SPDX-License-Identifier: Apache-2.0 */
/* text_test.c: growing text and strict reading. */
#include "tests/support/arena_fixture.h"

#include <string.h>

#include "runtime/base/text.h"

static void a_text_grows_and_stays_terminated(void **state)
{
	struct text text = text_new(*state);

	assert_string_equal(text.data, "");
	for (int i = 0; i < 1000; i++) {
		text_printf(&text, "%d", i % 10);
		text_append(&text, "ab");
		text_append_char(&text, 'c');
	}
	text_append_slice(&text, slice_of(NULL, 0));
	assert_int_equal(text.size, 4000);
	assert_int_equal(strlen(text.data), 4000);
	assert_memory_equal(text.data + 3996, "9abc", 4);
}

static void utf8_is_read_as_rfc_3629_says(void **state)
{
	static const char *const good[] = {
		"", "a", "\xc2\x80", "가온", "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf"
	};
	static const char *const bad[] = { "\x80",         "\xc0\x80",         "\xc1\xbf",         "\xe0\x9f\xbf",
					   "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
					   "\xff",         "a\xe2\x82",        "\xe2\x28\xa1" };

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		assert_true(text_is_utf8(slice_text(good[i])));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(text_is_utf8(slice_text(bad[i])));
}

static void ill_formed_bytes_are_replaced_one_by_one(void **state)
{
	assert_string_equal(text_to_utf8(*state, slice_of("a\xff\xe2\x82\0"
							  "b가",
							  9)),
			    "a����"
			    "b가");
}

static void printable_refuses_controls(void **state)
{
	(void)state;
	assert_true(text_is_printable(slice_text("a\tb\r\n가")));
	assert_false(text_is_printable(slice_text("a\x1b[31m")));
	assert_false(text_is_printable(slice_text("\x7f")));
	assert_false(text_is_printable(slice_of("a\0b", 3)));
}

static void integers_are_whole_exact_or_refused(void **state)
{
	static const char *const bad[] = { "",
					   "-",
					   "+1",
					   " 1",
					   "1 ",
					   "0x1",
					   "1.0",
					   "--1",
					   "9223372036854775808",
					   "-9223372036854775809",
					   "99999999999999999999999" };
	int64_t number = 42;
	uint64_t natural = 42;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(text_to_int64(bad[i], &number));
	assert_false(text_to_int64(NULL, &number));
	assert_int_equal(number, 42);
	assert_true(text_to_int64("9223372036854775807", &number));
	assert_true(number == INT64_MAX);
	assert_true(text_to_int64("-9223372036854775808", &number));
	assert_true(number == INT64_MIN);
	assert_true(text_to_int64("-0", &number));
	assert_int_equal(number, 0);
	assert_true(text_to_uint64("18446744073709551615", &natural));
	assert_true(natural == UINT64_MAX);
	assert_false(text_to_uint64("18446744073709551616", &natural));
	assert_false(text_to_uint64("-1", &natural));
}

static void comparisons_take_null(void **state)
{
	(void)state;
	assert_true(text_equal(NULL, NULL));
	assert_false(text_equal(NULL, ""));
	assert_true(text_equal("a", "a"));
	assert_true(text_starts_with("tenants/a", "tenants/"));
	assert_false(text_starts_with("ten", "tenants/"));
	assert_true(text_ends_with("a.json", ".json"));
	assert_false(text_ends_with("json", ".json"));
	assert_false(text_ends_with(NULL, "x"));
	assert_string_equal(text_or_empty(NULL), "");
	assert_true(text_is_empty(NULL));
}

static void a_split_gives_all_parts_also_empty_ones(void **state)
{
	char **parts;

	assert_int_equal(text_split(*state, "a//b/", '/', &parts), 4);
	assert_string_equal(parts[0], "a");
	assert_string_equal(parts[1], "");
	assert_string_equal(parts[2], "b");
	assert_string_equal(parts[3], "");
	assert_int_equal(text_split(*state, "", ',', &parts), 1);
	assert_string_equal(parts[0], "");
	assert_string_equal(text_lower(*state, "AbZ-가"), "abz-가");
}

static void resource_ids_follow_aip_122(void **state)
{
	char longest[65];

	(void)state;
	memset(longest, 'a', 64);
	longest[63] = '\0';
	assert_true(text_is_resource_id("a"));
	assert_true(text_is_resource_id("web-1"));
	assert_true(text_is_resource_id(longest));
	longest[63] = 'a';
	longest[64] = '\0';
	assert_false(text_is_resource_id(longest));
	assert_false(text_is_resource_id(""));
	assert_false(text_is_resource_id(NULL));
	assert_false(text_is_resource_id("1a"));
	assert_false(text_is_resource_id("-a"));
	assert_false(text_is_resource_id("a-"));
	assert_false(text_is_resource_id("A"));
	assert_false(text_is_resource_id("a_b"));
	assert_false(text_is_resource_id("a\n"));
}

static void hex_goes_there_and_back(void **state)
{
	struct slice bytes;

	assert_string_equal(text_to_hex(*state, slice_of("\x00\xff\x10", 3)), "00ff10");
	assert_true(text_from_hex(*state, "00fF10", &bytes));
	assert_true(slice_equal(bytes, slice_of("\x00\xff\x10", 3)));
	assert_false(text_from_hex(*state, "0", &bytes));
	assert_false(text_from_hex(*state, "0g", &bytes));
	assert_true(text_from_hex(*state, "", &bytes));
	assert_int_equal(bytes.size, 0);
}

static void base64_passes_the_vectors_of_rfc_4648(void **state)
{
	static const struct {
		const char *plain, *encoded, *url;
	} rows[] = {
		{ "", "", "" },
		{ "f", "Zg==", "Zg" },
		{ "fo", "Zm8=", "Zm8" },
		{ "foo", "Zm9v", "Zm9v" },
		{ "foob", "Zm9vYg==", "Zm9vYg" },
		{ "fooba", "Zm9vYmE=", "Zm9vYmE" },
		{ "foobar", "Zm9vYmFy", "Zm9vYmFy" },
		{ "\xfb\xff\xfe", "+//+", "-__-" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct slice bytes;

		assert_string_equal(text_to_base64(*state, slice_text(rows[i].plain)), rows[i].encoded);
		assert_string_equal(text_to_base64url(*state, slice_text(rows[i].plain)), rows[i].url);
		assert_true(text_from_base64(*state, slice_text(rows[i].encoded), &bytes));
		assert_true(slice_is(bytes, rows[i].plain));
		assert_true(text_from_base64url(*state, slice_text(rows[i].url), &bytes));
		assert_true(slice_is(bytes, rows[i].plain));
	}
}

static void base64_that_is_not_canonical_is_refused(void **state)
{
	static const char *const bad_url[] = { "Zg==", "Zh", "Zm9", "A", "Zm9v Zm9v", "Zm9v\n", "+//+", "Zm=v" };
	static const char *const bad[] = { "Zg", "Zh==", "Zm9=", "Zg=", "====", "Zg==Zg==", "-__-", "=", "A===" };
	struct slice bytes;

	for (size_t i = 0; i < sizeof bad_url / sizeof bad_url[0]; i++)
		assert_false(text_from_base64url(*state, slice_text(bad_url[i]), &bytes));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(text_from_base64(*state, slice_text(bad[i]), &bytes));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(a_text_grows_and_stays_terminated),
		ARENA_TEST(utf8_is_read_as_rfc_3629_says),
		ARENA_TEST(ill_formed_bytes_are_replaced_one_by_one),
		ARENA_TEST(printable_refuses_controls),
		ARENA_TEST(integers_are_whole_exact_or_refused),
		ARENA_TEST(comparisons_take_null),
		ARENA_TEST(a_split_gives_all_parts_also_empty_ones),
		ARENA_TEST(resource_ids_follow_aip_122),
		ARENA_TEST(hex_goes_there_and_back),
		ARENA_TEST(base64_passes_the_vectors_of_rfc_4648),
		ARENA_TEST(base64_that_is_not_canonical_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
