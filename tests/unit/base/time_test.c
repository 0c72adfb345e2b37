/* SPDX-License-Identifier: Apache-2.0 */
/* time_test.c: the calendar and the two clocks. */
#include "tests/support/arena_fixture.h"

#include <stdio.h>
#include <time.h>

#include "runtime/base/time.h"

static int64_t at(const char *text)
{
	int64_t time_us;

	if (!time_parse(text, &time_us))
		fail_msg("%s does not parse", text);
	return time_us;
}

static void times_are_read_and_written_as_rfc_3339(void **state)
{
	assert_true(at("1970-01-01T00:00:00Z") == 0);
	assert_true(at("2026-11-23T12:00:00Z") == INT64_C(1795435200000000));
	assert_true(at("2026-11-23t21:00:00.5+09:00") == INT64_C(1795435200500000));
	assert_true(at("1969-12-31T23:59:59.999999Z") == -1);
	assert_true(at("2026-11-23T12:00:00.123456789Z") == INT64_C(1795435200123456));
	assert_string_equal(time_format(*state, INT64_C(1795435200000000)), "2026-11-23T12:00:00Z");
	assert_string_equal(time_format(*state, -1), "1969-12-31T23:59:59.999999Z");
	assert_string_equal(time_format(*state, 500000), "1970-01-01T00:00:00.500000Z");
	assert_string_equal(time_format(*state, at("0001-01-01T00:00:00Z")), "0001-01-01T00:00:00Z");
	assert_string_equal(time_format(*state, at("9999-12-31T23:59:59.999999Z")), "9999-12-31T23:59:59.999999Z");
	assert_string_equal(time_format_day(*state, -1), "1969-12-31");
}

static void malformed_times_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"2026-11-23",
		"2026-11-23T12:00:00",
		"2026-11-23 12:00:00Z",
		"2026-11-23T12:00:00z ",
		"2026-02-29T00:00:00Z",
		"1900-02-29T00:00:00Z",
		"2026-13-01T00:00:00Z",
		"2026-00-01T00:00:00Z",
		"2026-11-31T00:00:00Z",
		"2026-11-23T24:00:00Z",
		"2026-11-23T23:60:00Z",
		"2026-11-23T23:59:60Z",
		"2026-11-23T12:00:00.Z",
		"2026-11-23T12:00:00+0900",
		"2026-11-23T12:00:00+24:00",
		"0000-01-01T00:00:00Z",
		"0001-01-01T00:00:00+00:01",
		"9999-12-31T23:59:59-00:01",
		"+026-11-23T12:00:00Z",
		"2026-1-23T12:00:00Z",
	};
	int64_t time_us = 7;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		if (time_parse(bad[i], &time_us))
			fail_msg("%s parses", bad[i]);
	}
	assert_false(time_parse(NULL, &time_us));
	assert_false(time_parse_day("2026-11-23T", &time_us));
	assert_false(time_parse_day("2026-2-3", &time_us));
	assert_int_equal(time_us, 7);
	assert_true(time_parse_day("2000-02-29", &time_us));
	assert_true(time_us == at("2000-02-29T00:00:00Z"));
}

/* libc's calendar is the peer that nobody here wrote. */
static void the_calendar_agrees_with_libc(void **state)
{
	for (int64_t day = -719162; day < 2932896; day += 97) {
		time_t seconds = (time_t)(day * 86400 + 86399);
		struct tm parts;
		char expected[40];
		int64_t back;

		assert_non_null(gmtime_r(&seconds, &parts));
		snprintf(expected, sizeof expected, "%04d-%02d-%02dT%02d:%02d:%02dZ", parts.tm_year + 1900,
			 parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
		assert_string_equal(time_format(*state, (int64_t)seconds * TIME_US_PER_SECOND), expected);
		assert_true(time_parse(expected, &back));
		assert_true(back == (int64_t)seconds * TIME_US_PER_SECOND);
		if (day % 1000 == 0)
			arena_reset(*state);
	}
}

static void days_and_months_start_where_the_calendar_says(void **state)
{
	(void)state;
	assert_true(time_day_start(at("2026-11-23T12:34:56Z")) == at("2026-11-23T00:00:00Z"));
	assert_true(time_day_start(-1) == -TIME_US_PER_DAY);
	assert_true(time_day_start(0) == 0);
	assert_true(time_month_start(at("2024-02-29T23:59:59Z")) == at("2024-02-01T00:00:00Z"));
	assert_true(time_next_month_start(at("2024-02-29T23:59:59Z")) == at("2024-03-01T00:00:00Z"));
	assert_true(time_next_month_start(at("2026-12-01T00:00:00Z")) == at("2027-01-01T00:00:00Z"));
}

static void the_fake_clock_moves_only_when_told(void **state)
{
	(void)state;
	time_fake_set(1000);
	assert_int_equal(time_now_us(), 1000);
	assert_int_equal(time_monotonic_us(), 1000);
	time_fake_advance(5);
	assert_int_equal(time_now_us(), 1005);
	assert_int_equal(time_monotonic_us(), 1005);
	time_fake_off();
	assert_true(time_now_us() > INT64_C(1700000000000000));
	int64_t before = time_monotonic_us();
	assert_true(time_monotonic_us() >= before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(times_are_read_and_written_as_rfc_3339),
		ARENA_TEST(malformed_times_are_refused),
		ARENA_TEST(the_calendar_agrees_with_libc),
		ARENA_TEST(days_and_months_start_where_the_calendar_says),
		ARENA_TEST(the_fake_clock_moves_only_when_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
