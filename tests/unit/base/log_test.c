/* SPDX-License-Identifier: Apache-2.0 */
/* log_test.c: each event is one line of JSON. */
#include "tests/support/arena_fixture.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/json.h"
#include "runtime/base/log.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

static int ends[2];

static int open_pipe(void **state)
{
	if (pipe(ends) != 0)
		return -1;
	log_set_descriptor(ends[1]);
	log_set_level(LOG_INFO);
	return arena_setup(state);
}

static int close_pipe(void **state)
{
	log_set_descriptor(STDERR_FILENO);
	close(ends[0]);
	close(ends[1]);
	return arena_teardown(state);
}

static struct slice written(struct arena *arena)
{
	static char data[1 << 16];
	ssize_t size;

	/* the marker keeps an empty pipe from blocking */
	assert_int_equal(write(ends[1], "", 1), 1);
	size = read(ends[0], data, sizeof data);
	assert_true(size >= 1);
	return slice_of(arena_memdup(arena, data, (size_t)size), (size_t)size - 1);
}

static struct json *parse_line(struct arena *arena, struct slice line)
{
	struct json *value;

	assert_true(line.size > 0 && line.data[line.size - 1] == '\n');
	assert_ok(json_parse(arena, line, NULL, &value));
	return value;
}

static void an_event_is_a_line_of_json(void **state)
{
	int64_t time_us;

	log_event(LOG_WARNING, "server.serving", LOG_TEXT("address", "a\"b\\\n\x1b\xff가"), LOG_INT("port", -7),
		  LOG_TEXT("none", (const char *)NULL));
	const struct json *value = parse_line(*state, written(*state));
	assert_string_equal(json_text(json_get(value, "level"), ""), "warning");
	assert_string_equal(json_text(json_get(value, "event"), ""), "server.serving");
	assert_string_equal(json_text(json_get(value, "address"), ""), "a\"b\\\n\x1b�가");
	assert_int_equal(json_int(json_get(value, "port"), 0), -7);
	assert_string_equal(json_text(json_get(value, "none"), "x"), "");
	assert_int_equal(json_size(value), 6);
	assert_true(time_parse(json_text(json_get(value, "time"), ""), &time_us));
}

static void events_below_the_level_are_dropped(void **state)
{
	enum log_level level;

	log_event(LOG_DEBUG, "quiet", LOG_INT("n", 1));
	assert_int_equal(written(*state).size, 0);
	assert_true(log_parse_level("debug", &level));
	log_set_level(level);
	log_event(LOG_DEBUG, "quiet", LOG_INT("n", 1));
	assert_true(written(*state).size > 0);
	assert_false(log_parse_level("loud", &level));
}

static void a_line_that_grows_too_long_is_cut_and_still_json(void **state)
{
	char *big = arena_zalloc(*state, 5001);

	memset(big, 'x', 5000);
	memset(big + 1020, '\xea', 20);
	log_event(LOG_INFO, "big", LOG_TEXT("a", big), LOG_TEXT("b", big), LOG_TEXT("c", big), LOG_TEXT("d", big),
		  LOG_INT("e", 1));
	struct slice line = written(*state);
	assert_true(line.size <= 4096);
	const struct json *value = parse_line(*state, line);
	assert_true(json_bool(json_get(value, "truncated"), false));
	assert_true(strlen(json_text(json_get(value, "a"), "")) > 1000);
	assert_null(json_get(value, "e"));
}

static void *log_many(void *pointer)
{
	for (int i = 0; i < 50; i++)
		log_event(LOG_INFO, "thread", LOG_TEXT("who", pointer), LOG_INT("number", i));
	return NULL;
}

static void lines_of_threads_never_mix(void **state)
{
	pthread_t threads[4];
	size_t lines = 0;

	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, log_many, "abc"), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	struct slice rest = written(*state);
	while (rest.size > 0) {
		const char *end = memchr(rest.data, '\n', rest.size);

		assert_non_null(end);
		size_t size = (size_t)(end + 1 - rest.data);
		assert_string_equal(json_text(json_get(parse_line(*state, slice_of(rest.data, size)), "who"), ""),
				    "abc");
		rest = slice_of(rest.data + size, rest.size - size);
		lines++;
	}
	assert_int_equal(lines, 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_event_is_a_line_of_json, open_pipe, close_pipe),
		cmocka_unit_test_setup_teardown(events_below_the_level_are_dropped, open_pipe, close_pipe),
		cmocka_unit_test_setup_teardown(a_line_that_grows_too_long_is_cut_and_still_json, open_pipe,
						close_pipe),
		cmocka_unit_test_setup_teardown(lines_of_threads_never_mix, open_pipe, close_pipe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
