/* SPDX-License-Identifier: Apache-2.0 */
/* json_test.c: strict in, exact out. */
#include "tests/support/arena_fixture.h"

#include <math.h>
#include <string.h>

#include "runtime/base/json.h"
#include "runtime/base/text.h"

static struct json *parsed(struct arena *arena, const char *source)
{
	struct json *value = NULL;

	assert_ok(json_parse(arena, slice_text(source), NULL, &value));
	return value;
}

static void values_are_read_and_defaults_given(void **state)
{
	const struct json *value = parsed(*state, "{\"a\":{\"b\":[1,2.5,\"x\",true,null]},\"n\":-9223372036854775808}");
	const struct json *array = json_path(value, "a", "b", NULL);

	assert_int_equal(json_size(array), 5);
	assert_int_equal(json_int(json_at(array, 0), 9), 1);
	assert_true(json_real(json_at(array, 0), 9) == 1.0);
	assert_true(json_real(json_at(array, 1), 9) == 2.5);
	assert_int_equal(json_int(json_at(array, 1), 9), 9);
	assert_string_equal(json_text(json_at(array, 2), "no"), "x");
	assert_true(json_bool(json_at(array, 3), false));
	assert_int_equal(json_kind(json_at(array, 4)), JSON_NULL);
	assert_null(json_at(array, 5));
	assert_true(json_int(json_get(value, "n"), 0) == INT64_MIN);
	assert_null(json_path(value, "a", "c", "d", NULL));
	assert_string_equal(json_text(json_path(value, "a", "c", NULL), "otherwise"), "otherwise");
	assert_int_equal(json_size(NULL), 0);
	assert_int_equal(json_kind(NULL), JSON_NULL);
	assert_null(json_get(array, "a"));
}

static void every_kind_is_told_apart(void **state)
{
	static const struct {
		const char *source;
		enum json_kind kind;
	} rows[] = { { "null", JSON_NULL }, { "true", JSON_BOOL }, { "false", JSON_BOOL }, { "1", JSON_INT },
		     { "1.0", JSON_REAL },  { "\"\"", JSON_TEXT }, { "[]", JSON_ARRAY },   { "{}", JSON_OBJECT } };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(json_kind(parsed(*state, rows[i].source)), rows[i].kind);
}

static void malformed_sources_are_refused_with_a_place(void **state)
{
	static const char *const bad[] = { "",
					   "{",
					   "[1,]",
					   "{\"a\":1,\"a\":2}",
					   "nul",
					   "01",
					   "\"\\u0000\"",
					   "\"\xff\"",
					   "[1] x",
					   "\"\\ud800\"",
					   "1e999",
					   "{1:2}",
					   "\"a\nb\"",
					   "NaN",
					   "99999999999999999999",
					   "\xef\xbb\xbf{}" };
	struct json *value = NULL;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct status status = json_parse(*state, slice_text(bad[i]), NULL, &value);

		if (status_is_ok(status))
			fail_msg("%s parses", bad[i]);
		assert_int_equal(status.code, STATUS_INVALID_ARGUMENT);
		assert_string_equal(status.reason, "JSON_MALFORMED");
		assert_null(value);
	}
	struct status status = json_parse(*state, slice_text("{\n \"a\": x}"), NULL, &value);
	assert_non_null(strstr(status.message, "line 2"));
}

static void a_refusal_does_not_repeat_the_source(void **state)
{
	struct json *value;
	struct status status = json_parse(*state, slice_text("{\"password\":hunter2}"), NULL, &value);

	assert_null(strstr(status.message, "hunter2"));
}

static void depth_size_and_count_are_bounded(void **state)
{
	struct json_limits limits = { .size_bytes = 20, .depth = 2, .values = 4 };
	struct json *value;
	char *deep = arena_zalloc(*state, 200001);

	assert_ok(json_parse(*state, slice_text("[[1]]"), &limits, &value));
	assert_fails(json_parse(*state, slice_text("[[[1]]]"), &limits, &value), STATUS_INVALID_ARGUMENT,
		     "JSON_TOO_DEEP");
	assert_fails(json_parse(*state, slice_text("[1,2,3,4,5]"), &limits, &value), STATUS_INVALID_ARGUMENT,
		     "JSON_TOO_LARGE");
	assert_fails(json_parse(*state, slice_text("\"12345678901234567890\""), &limits, &value),
		     STATUS_INVALID_ARGUMENT, "JSON_TOO_LARGE");
	/* brackets within texts are no nesting */
	assert_ok(json_parse(*state, slice_text("[\"[[[{{{\\\"[[,,,\"]"), &limits, &value));
	memset(deep, '[', 200000);
	assert_fails(json_parse(*state, slice_text(deep), NULL, &value), STATUS_INVALID_ARGUMENT, "JSON_TOO_DEEP");
}

static void what_is_built_prints_in_the_order_it_was_set(void **state)
{
	struct json *object = json_object(*state);
	struct json *array = json_array(*state);

	json_set_text(object, "z", "a\"\\\n\x01/가");
	json_set_int(object, "a", INT64_MIN);
	json_set_bool(object, "t", true);
	json_set_text(object, "null", NULL);
	json_append(array, json_new_real(*state, 0.1));
	json_append_text(array, "x");
	json_append(array, NULL);
	json_append(array, json_new_real(*state, NAN));
	json_set(object, "list", array);
	json_set_int(object, "gone", 1);
	json_remove(object, "gone");
	json_remove(object, "never");
	assert_string_equal(json_print(*state, object),
			    "{\"z\":\"a\\\"\\\\\\n\\u0001/가\",\"a\":-9223372036854775808,\"t\":true,\"null\":null,"
			    "\"list\":[0.1,\"x\",null,null]}");
	assert_string_equal(json_print(*state, parsed(*state, "[ {} , [ ] ]")), "[{},[]]");
	assert_string_equal(json_print_pretty(*state, parsed(*state, "{\"a\":[1,{}]}")),
			    "{\n  \"a\": [\n    1,\n    {}\n  ]\n}");
	assert_string_equal(json_print(*state, NULL), "null");
}

static void ill_formed_utf8_is_never_written(void **state)
{
	struct json *object = json_object(*state);

	json_set_text(object, "k\xff", "v\xfe");
	assert_string_equal(json_print(*state, object), "{\"k�\":\"v�\"}");
}

/* RFC 8785 §3.2.3 and appendix B. */
static void the_canonical_form_is_that_of_rfc_8785(void **state)
{
	const struct json *value = parsed(*state, "{\"\\u20ac\":\"Euro Sign\",\"\\r\":\"Carriage Return\","
						  "\"\\ufb33\":\"Hebrew Letter Dalet With Dagesh\",\"1\":\"One\","
						  "\"\\ud83d\\ude00\":\"Emoji: Grinning Face\",\"\\u0080\":\"Control\","
						  "\"\\u00f6\":\"Latin Small Letter O With Diaeresis\"}");

	assert_string_equal(json_print_canonical(*state, value),
			    "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xc2\x80\":\"Control\","
			    "\"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\","
			    "\"😀\":\"Emoji: Grinning Face\",\"\xef\xac\xb3\":\"Hebrew Letter Dalet With Dagesh\"}");
}

static void reals_print_as_in_rfc_8785_appendix_b(void **state)
{
	static const struct {
		uint64_t bits;
		const char *expected;
	} rows[] = {
		{ 0x0000000000000000, "0" },
		{ 0x8000000000000000, "0" },
		{ 0x0000000000000001, "5e-324" },
		{ 0x8000000000000001, "-5e-324" },
		{ 0x7fefffffffffffff, "1.7976931348623157e+308" },
		{ 0x4340000000000000, "9007199254740992" },
		{ 0x4430000000000000, "295147905179352830000" },
		{ 0x44b52d02c7e14af5, "9.999999999999997e+22" },
		{ 0x44b52d02c7e14af6, "1e+23" },
		{ 0x44b52d02c7e14af7, "1.0000000000000001e+23" },
		{ 0x444b1ae4d6e2ef4e, "999999999999999700000" },
		{ 0x444b1ae4d6e2ef4f, "999999999999999900000" },
		{ 0x444b1ae4d6e2ef50, "1e+21" },
		{ 0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7" },
		{ 0x3eb0c6f7a0b5ed8d, "0.000001" },
		{ 0x41b3de4355555553, "333333333.3333332" },
		{ 0x41b3de4355555557, "333333333.33333343" },
		{ 0xbecbf647612f3696, "-0.0000033333333333333333" },
		{ 0x43143ff3c1cb0959, "1424953923781206.2" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		double number;

		memcpy(&number, &rows[i].bits, sizeof number);
		assert_string_equal(json_print_canonical(*state, json_new_real(*state, number)), rows[i].expected);
	}
}

static void a_real_stays_a_real(void **state)
{
	static const double numbers[] = { 0, 1, -3, 2e20, 1e21, 0.5, 123456789012345680000.0 };

	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		const struct json *again = parsed(*state, json_print(*state, json_new_real(*state, numbers[i])));

		assert_int_equal(json_kind(again), JSON_REAL);
		assert_true(json_real(again, -1) == numbers[i]);
	}
}

static void members_come_in_order(void **state)
{
	const struct json *value = parsed(*state, "{\"b\":1,\"a\":2}");
	const struct json *member;
	const char *key;

	assert_true(json_member(value, 0, &key, &member));
	assert_string_equal(key, "b");
	assert_true(json_member(value, 1, &key, &member));
	assert_string_equal(key, "a");
	assert_int_equal(json_int(member, 0), 2);
	assert_false(json_member(value, 2, &key, &member));
	assert_false(json_member(NULL, 0, &key, &member));
}

static void a_value_outlives_the_arena_of_its_parts(void **state)
{
	struct json *object = json_object(*state);
	struct arena *other = arena_new(0);

	json_set(object, "part", parsed(other, "[1,[2]]"));
	arena_free(other);
	assert_string_equal(json_print(*state, object), "{\"part\":[1,[2]]}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(values_are_read_and_defaults_given),
		ARENA_TEST(every_kind_is_told_apart),
		ARENA_TEST(malformed_sources_are_refused_with_a_place),
		ARENA_TEST(a_refusal_does_not_repeat_the_source),
		ARENA_TEST(depth_size_and_count_are_bounded),
		ARENA_TEST(what_is_built_prints_in_the_order_it_was_set),
		ARENA_TEST(ill_formed_utf8_is_never_written),
		ARENA_TEST(the_canonical_form_is_that_of_rfc_8785),
		ARENA_TEST(reals_print_as_in_rfc_8785_appendix_b),
		ARENA_TEST(a_real_stays_a_real),
		ARENA_TEST(members_come_in_order),
		ARENA_TEST(a_value_outlives_the_arena_of_its_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
