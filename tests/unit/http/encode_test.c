/* SPDX-License-Identifier: Apache-2.0 */
/* encode_test.c: percent-encoding and Retry-After. */
#include "tests/support/arena_fixture.h"

#include "runtime/base/time.h"
#include "runtime/http/http.h"

static void all_but_unreserved_characters_are_encoded(void **state)
{
	struct http_header fields[] = { { "a b", "1&2" }, { "Action", "DescribeInstances" }, { "empty", "" } };

	assert_string_equal(http_encode(*state, "aZ09-._~"), "aZ09-._~");
	assert_string_equal(http_encode(*state, "a/b c+d:가%"), "a%2Fb%20c%2Bd%3A%EA%B0%80%25");
	assert_string_equal(http_encode(*state, NULL), "");
	assert_string_equal(http_encode_path(*state, "/a b/c"), "/a%20b/c");
	assert_string_equal(http_encode_form(*state, fields, 3), "a%20b=1%262&Action=DescribeInstances&empty=");
}

static int64_t wait_of(const char *value)
{
	struct http_header headers[] = { { "Other", "9" }, { "retry-after", value } };
	struct http_response response = { .headers = headers, .header_count = 2 };

	return http_retry_after_ms(&response);
}

static void retry_after_is_seconds_or_a_date(void **state)
{
	struct http_response none = { 0 };
	int64_t now_us;

	(void)state;
	assert_true(time_parse("1994-11-06T08:49:30Z", &now_us));
	time_fake_set(now_us);
	assert_int_equal(wait_of("120"), 120000);
	assert_int_equal(wait_of("Sun, 06 Nov 1994 08:49:37 GMT"), 7000);
	assert_int_equal(wait_of("Sun, 06 Nov 1994 08:49:07 GMT"), 0);
	assert_int_equal(wait_of("-5"), 0);
	assert_int_equal(wait_of("soon"), 0);
	assert_int_equal(wait_of("99999999999"), 86400000);
	assert_int_equal(http_retry_after_ms(&none), 0);
	time_fake_off();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(all_but_unreserved_characters_are_encoded),
		ARENA_TEST(retry_after_is_seconds_or_a_date),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
