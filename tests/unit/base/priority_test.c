/* SPDX-License-Identifier: Apache-2.0 */
/* priority_test.c: priorities are a thread's own. */
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include "runtime/base/priority.h"
#include "tests/support/arena_fixture.h"

static int niceness(void)
{
	return getpriority(PRIO_PROCESS, (id_t)gettid());
}

static void *go_back(void *before)
{
	*(int *)before = niceness();
	priority_background();
	return NULL;
}

static void *go_back_and_tell(void *after)
{
	int before;

	go_back(&before);
	*(int *)after = niceness();
	return NULL;
}

static int in_a_thread(void *(*run)(void *))
{
	pthread_t thread;
	int found = -1;

	assert_int_equal(pthread_create(&thread, NULL, run, &found), 0);
	pthread_join(thread, NULL);
	return found;
}

static void background_work_steps_back_and_takes_no_other_thread_with_it(void **state)
{
	int ours = niceness();
	(void)state;

	assert_true(in_a_thread(go_back_and_tell) >= 10);
	assert_int_equal(niceness(), ours);
	assert_int_equal(in_a_thread(go_back), ours);
}

static void who_answers_keeps_the_niceness_that_it_was_given(void **state)
{
	int ours = niceness();
	(void)state;

	priority_answers();
	assert_int_equal(niceness(), ours);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(background_work_steps_back_and_takes_no_other_thread_with_it),
		cmocka_unit_test(who_answers_keeps_the_niceness_that_it_was_given),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
