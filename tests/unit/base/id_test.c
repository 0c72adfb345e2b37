/* SPDX-License-Identifier: Apache-2.0 */
/* id_test.c: ids are UUIDv7, ordered, and nobody gets one twice. */
#include "tests/support/arena_fixture.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/id.h"
#include "runtime/base/time.h"

enum { THREADS = 4, PER_THREAD = 5000, ID_SIZE = 37 };

static void an_id_is_a_uuid_of_version_7_that_tells_its_time(void **state)
{
	time_fake_off();
	/* later than any id of this process, so that the time is the one we set */
	int64_t now_us = time_now_us() + TIME_US_PER_HOUR;
	time_fake_set(now_us);
	const char *id = id_new(*state);
	time_fake_off();

	assert_true(id_is_uuid(id));
	assert_int_equal(id[14], '7');
	assert_non_null(strchr("89ab", id[19]));
	char digits[13] = { 0 };
	memcpy(digits, id, 8);
	memcpy(digits + 8, id + 9, 4);
	assert_true(strtoll(digits, NULL, 16) == now_us / TIME_US_PER_MS);
}

static void ids_rise_even_when_the_clock_stands_or_steps_back(void **state)
{
	const char *before = id_new(*state);

	time_fake_set(time_now_us());
	for (int i = 0; i < 10000; i++) {
		if (i == 5000)
			time_fake_set(1000);
		const char *id = id_new(*state);
		assert_true(strcmp(before, id) < 0);
		before = id;
	}
	time_fake_off();
}

static void *make_ids(void *pointer)
{
	char(*ids)[ID_SIZE] = pointer;
	struct arena *arena = arena_new(0);

	for (int i = 0; i < PER_THREAD; i++)
		memcpy(ids[i], id_new(arena), ID_SIZE);
	arena_free(arena);
	return NULL;
}

static int compare_ids(const void *a, const void *b)
{
	return memcmp(a, b, ID_SIZE);
}

static void threads_never_get_the_same_id(void **state)
{
	static char ids[THREADS * PER_THREAD][ID_SIZE];
	pthread_t threads[THREADS];

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, make_ids, ids[i * PER_THREAD]), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	qsort(ids, THREADS * PER_THREAD, ID_SIZE, compare_ids);
	for (int i = 1; i < THREADS * PER_THREAD; i++)
		assert_memory_not_equal(ids[i - 1], ids[i], ID_SIZE);
}

static void only_lower_case_uuids_are_ids(void **state)
{
	(void)state;
	assert_true(id_is_uuid("01890a5d-ac96-774b-bcce-b302099a8057"));
	assert_false(id_is_uuid("01890A5D-ac96-774b-bcce-b302099a8057"));
	assert_false(id_is_uuid("01890a5dac96-774b-bcce-b302099a80570"));
	assert_false(id_is_uuid("01890a5d-ac96-774b-bcce-b302099a805"));
	assert_false(id_is_uuid("01890a5d-ac96-774b-bcce-b302099a80577"));
	assert_false(id_is_uuid("01890a5d-ac96-774b-bcce-b302099a805g"));
	assert_false(id_is_uuid(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(an_id_is_a_uuid_of_version_7_that_tells_its_time),
		ARENA_TEST(ids_rise_even_when_the_clock_stands_or_steps_back),
		ARENA_TEST(threads_never_get_the_same_id),
		ARENA_TEST(only_lower_case_uuids_are_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
