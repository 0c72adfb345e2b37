/* SPDX-License-Identifier: Apache-2.0 */
/* priority_test.c: priorities are a thread's own. */
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include "runtime/base/priority.h"
#include "runtime/base/time.h"
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

/* ---- in real time, while there is work ---- */

static int policy(void)
{
	return sched_getscheduler(0) & ~SCHED_RESET_ON_FORK;
}

static void *may_be_urgent(void *answer)
{
	const struct sched_param lowest = { .sched_priority = 1 };

	*(int *)answer = sched_setscheduler(0, SCHED_RR, &lowest) == 0;
	return NULL;
}

static void *answer_and_tell(void *found)
{
	priority_answers();
	priority_answer();
	*(int *)found = policy();
	return NULL;
}

static void *answer_until_work_is_long_over(void *found)
{
	int *policies = found;

	priority_answers();
	priority_answer();
	policies[0] = policy();
	priority_work_begin();
	priority_answer();
	policies[1] = policy();
	policies[2] = in_a_thread(answer_and_tell);
	priority_work_end();
	time_fake_advance(TIME_US_PER_SECOND / 2);
	priority_answer();
	policies[3] = policy();
	time_fake_advance(TIME_US_PER_SECOND);
	priority_answer();
	policies[4] = policy();
	return NULL;
}

static void answers_are_urgent_while_there_is_work_and_a_little_longer(void **state)
{
	int policies[5], ours = policy(), urgent = in_a_thread(may_be_urgent) ? SCHED_RR : SCHED_OTHER;
	pthread_t thread;
	(void)state;

	time_fake_set(TIME_US_PER_SECOND);
	assert_int_equal(pthread_create(&thread, NULL, answer_until_work_is_long_over, policies), 0);
	pthread_join(thread, NULL);
	time_fake_off();
	assert_int_equal(policies[0], SCHED_OTHER);
	assert_int_equal(policies[1], urgent);
	assert_int_equal(policies[2], urgent);
	assert_int_equal(policies[3], urgent);
	assert_int_equal(policies[4], SCHED_OTHER);
	assert_int_equal(policy(), ours);
	assert_int_equal(in_a_thread(answer_and_tell), SCHED_OTHER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(background_work_steps_back_and_takes_no_other_thread_with_it),
		cmocka_unit_test(answers_are_urgent_while_there_is_work_and_a_little_longer),
		cmocka_unit_test(who_answers_keeps_the_niceness_that_it_was_given),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
