/* SPDX-License-Identifier: Apache-2.0 */
/* failure.c: what Prism Central says when it says no, in both of its ways, and what class that is. */
#include <string.h>

#include "providers/nutanix/session.h"
#include "runtime/base/text.h"
#include "tests/support/arena_fixture.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))
#define V3(reason_)                                                                                                    \
	"{\"code\":422,\"message_list\":[{\"message\":\"so\",\"reason\":\"" reason_ "\"}],\"state\":\"ERROR\"}"
#define V4(code_, group_)                                                                                              \
	"{\"data\":{\"$objectType\":\"vmm.v4.error.ErrorResponse\",\"error\":["                                          \
	"{\"message\":\"so\",\"severity\":\"ERROR\",\"code\":\"" code_ "\",\"errorGroup\":\"" group_ "\"}]}}"

static struct json *read_json(struct arena *arena, const char *text)
{
	struct json *value = NULL;

	assert_ok(json_parse(arena, slice_text(text), NULL, &value));
	return value;
}

static void a_known_word_is_a_class(void **state)
{
	static const struct {
		const char *body;
		enum provider_error error;
	} ROWS[] = {
		{ V3("ENTITY_NOT_FOUND"), PROVIDER_NOT_FOUND },
		{ V3("INVALID_UUID"), PROVIDER_NOT_FOUND },
		{ V3("CONCURRENT_REQUESTS_NOT_ALLOWED"), PROVIDER_CONFLICT },
		{ V3("ACCESS_DENIED"), PROVIDER_FORBIDDEN },
		{ V3("QUOTA_EXCEEDED"), PROVIDER_QUOTA },
		{ V3("RESOURCE_SHORTAGE"), PROVIDER_CAPACITY },
		{ V3("ACTION_NOT_SUPPORTED"), PROVIDER_UNSUPPORTED },
		{ V3("RATE_LIMIT_EXCEEDED"), PROVIDER_THROTTLED },
		{ V3("SOMETHING_NEW"), PROVIDER_INVALID },
		{ V4("VMM-30100", "VM_NOT_FOUND"), PROVIDER_NOT_FOUND },
		{ V4("VMM-30303", "VM_ETAG_MISMATCH"), PROVIDER_CONFLICT },
		{ V4("VMM-99999", "VM_NOT_FOUND"), PROVIDER_NOT_FOUND },
		{ V4("VMM-99999", "SOMETHING_NEW"), PROVIDER_INVALID },
	};

	for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
		const char *text = NULL;

		assert_int_equal(nutanix_error_read(*state, read_json(*state, ROWS[i].body), PROVIDER_INVALID, &text), ROWS[i].error);
		assert_string_equal(text, "so");
	}
}

static void all_messages_are_told(void **state)
{
	const char *text = NULL;
	const char *v3 = "{\"message_list\":[{\"message\":\"one\"},{\"message\":\"two\",\"reason\":\"ENTITY_NOT_FOUND\"},"
			 "{\"reason\":\"THREE\"}]}";
	const char *schema = "{\"data\":{\"error\":{\"error\":\"Bad Request\",\"statusCode\":400,\"validationErrorMessages\":["
			     "{\"message\":\"must not be null\",\"attributePath\":\"body.name\"}]}}}";

	assert_int_equal(nutanix_error_read(*state, read_json(*state, v3), PROVIDER_INVALID, &text), PROVIDER_NOT_FOUND);
	assert_string_equal(text, "one; two; THREE");
	assert_int_equal(nutanix_error_read(*state, read_json(*state, schema), PROVIDER_INVALID, &text), PROVIDER_INVALID);
	assert_string_equal(text, "body.name; must not be null");
}

static void no_word_in_a_body_turns_a_refused_login_into_something_else(void **state)
{
	const char *text;

	assert_int_equal(nutanix_error_read(*state, read_json(*state, V3("ENTITY_NOT_FOUND")), PROVIDER_AUTH, &text), PROVIDER_AUTH);
	assert_int_equal(nutanix_error_read(*state, read_json(*state, V4("VMM-30100", "x")), PROVIDER_FORBIDDEN, &text),
			 PROVIDER_FORBIDDEN);
}

static void a_body_of_another_kind_says_nothing(void **state)
{
	static const char *const BODIES[] = { "{}", "[]", "null", "\"x\"", "{\"message_list\":7}", "{\"data\":{\"error\":7}}",
					      "{\"data\":{\"error\":[7,null]}}", "{\"message_list\":[[],{\"message\":5}]}" };

	for (size_t i = 0; i < COUNT_OF(BODIES); i++) {
		const char *text = "";

		assert_int_equal(nutanix_error_read(*state, read_json(*state, BODIES[i]), PROVIDER_CAPACITY, &text), PROVIDER_CAPACITY);
		assert_null(text);
	}
}

static void a_failed_task_has_its_reason(void **state)
{
	static const struct {
		const char *task;
		enum provider_error error;
		const char *message;
	} ROWS[] = {
		{ "{\"status\":\"FAILED\",\"error_code\":\"RESOURCE_SHORTAGE\",\"error_detail\":\"no memory\"}", PROVIDER_CAPACITY,
		  "Prism Central's task ended as FAILED: no memory" },
		{ "{\"status\":\"ABORTED\"}", PROVIDER_INVALID,
		  "Prism Central's task ended as ABORTED: it gives no reason; look at the task in Prism Central" },
		{ "{\"status\":\"FAILED\",\"errorMessages\":[{\"message\":\"gone\",\"code\":\"VMM-30100\"}]}", PROVIDER_NOT_FOUND,
		  "Prism Central's task ended as FAILED: gone" },
		{ "{\"status\":\"CANCELED\",\"legacyErrorMessage\":\"a person did\"}", PROVIDER_INVALID,
		  "Prism Central's task ended as CANCELED: a person did" },
	};

	for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
		struct provider_result result = nutanix_task_failure(*state, read_json(*state, ROWS[i].task));

		assert_int_equal(result.error, ROWS[i].error);
		assert_string_equal(result.message, ROWS[i].message);
	}
}

static void a_task_that_talks_much_is_cut_between_characters(void **state)
{
	struct text body = text_new(*state);

	text_append(&body, "{\"status\":\"FAILED\",\"error_detail\":\"x");
	for (int i = 0; i < 5000; i++)
		text_append(&body, "가");
	text_append(&body, "\"}");
	struct provider_result result = nutanix_task_failure(*state, read_json(*state, body.data));
	assert_true(text_is_utf8(slice_text(result.message)));
	assert_true(strlen(result.message) < 2000);
}

static void a_500_with_a_known_word_is_what_the_word_says(void **state)
{
	struct http_response known = { .status = 500, .body = slice_text(V3("RESOURCE_SHORTAGE")) };
	struct http_response page = { .status = 502, .body = slice_text("<html>Bad Gateway</html>") };

	(void)state;
	assert_int_equal(nutanix_classify(&known, false), PROVIDER_CAPACITY);
	assert_int_equal(nutanix_classify(&page, false), PROVIDER_OK); /* the kit decides */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(a_known_word_is_a_class),
		ARENA_TEST(all_messages_are_told),
		ARENA_TEST(no_word_in_a_body_turns_a_refused_login_into_something_else),
		ARENA_TEST(a_body_of_another_kind_says_nothing),
		ARENA_TEST(a_failed_task_has_its_reason),
		ARENA_TEST(a_task_that_talks_much_is_cut_between_characters),
		ARENA_TEST(a_500_with_a_known_word_is_what_the_word_says),
	};

	return cmocka_run_group_tests_name("nutanix: failures", tests, NULL, NULL);
}
