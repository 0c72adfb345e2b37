/* SPDX-License-Identifier: Apache-2.0 */
/* limits.c: deadlines, cancellation, many callers at once. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "runtime/base/time.h"
#include "tests/contract/provider/contract.h"

#define CALLERS 8
#define ROUNDS 10

static void a_call_whose_deadline_has_passed_does_nothing(void **state)
{
	struct provider_machine_spec spec = spec_new("late");
	struct provider_task task;
	const char *id = NULL;
	struct provider_machine machine;
	(void)state;
	struct provider_call call = call_within(-1);
	assert_class(room.ops->create(room.session, &call, &spec, &task, &id), PROVIDER_UNAVAILABLE);
	assert_class(room.ops->find(room.session, &call, &spec.intent, &machine), PROVIDER_UNAVAILABLE);
	assert_int_equal(list_count(NULL, spec.intent.resource), 0);
}

static void a_cancelled_call_comes_back_at_once(void **state)
{
	atomic_bool is_cancelled = true;
	struct provider_machine_spec spec = spec_new("cancelled");
	struct provider_task task;
	const char *id = NULL;
	(void)state;
	struct provider_call call = call_now();
	call.is_cancelled = &is_cancelled;
	int64_t start = time_monotonic_us();
	assert_class(room.ops->create(room.session, &call, &spec, &task, &id), PROVIDER_UNAVAILABLE);
	assert_true(time_monotonic_us() - start < TIME_US_PER_SECOND);
	assert_int_equal(list_count(NULL, spec.intent.resource), 0);
}

static void a_short_deadline_is_kept(void **state)
{
	(void)state;
	/* Whatever comes of it, it comes in time, and it is one of the classes that say what to do. */
	for (int i = 0; i < 20; i++) {
		struct provider_page page = { NULL, 0 };
		struct provider_machine *machines;
		size_t count;
		struct provider_call call = call_within(1);
		int64_t start = time_monotonic_us();
		struct provider_result result = room.ops->list(room.session, &call, &page, &machines, &count);
		assert_true(time_monotonic_us() - start < TIME_US_PER_SECOND);
		assert_true(result.error == PROVIDER_OK || provider_error_is_retryable(result.error));
	}
}

static void *look_around(void *argument)
{
	bool *is_good = argument;
	struct arena *arena = arena_new(0);
	for (int i = 0; i < ROUNDS && *is_good; i++) {
		struct provider_machine *machines;
		size_t count;
		struct provider_result result;
		unsigned tries = 0;
		do {
			struct provider_page page = { NULL, 0 };
			struct provider_call call = call_now();
			call.arena = arena;
			result = room.ops->list(room.session, &call, &page, &machines, &count);
		} while (must_retry(result, &tries));
		*is_good = result.error == PROVIDER_OK;
		if (!*is_good)
			fprintf(stderr, "%s: %s\n", provider_error_name(result.error), result.message);
	}
	arena_free(arena);
	return NULL;
}

static void many_callers_share_one_session(void **state)
{
	pthread_t threads[CALLERS];
	bool is_good[CALLERS];
	(void)state;
	for (int i = 0; i < CALLERS; i++) {
		is_good[i] = true;
		assert_int_equal(pthread_create(&threads[i], NULL, look_around, &is_good[i]), 0);
	}
	for (int i = 0; i < CALLERS; i++) {
		pthread_join(threads[i], NULL);
		assert_true(is_good[i]);
	}
}

static const struct CMUnitTest TESTS[] = {
	cmocka_unit_test(a_call_whose_deadline_has_passed_does_nothing),
	cmocka_unit_test(a_cancelled_call_comes_back_at_once),
	cmocka_unit_test(a_short_deadline_is_kept),
	cmocka_unit_test(many_callers_share_one_session),
};
const struct suite_part limit_part = { TESTS, sizeof TESTS / sizeof TESTS[0] };
