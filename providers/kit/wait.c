/* SPDX-License-Identifier: Apache-2.0 */
/* wait.c: one bounded wait on a condition variable. */
#include "providers/kit/wait.h"

#include <time.h>

#include "runtime/base/time.h"

enum { LOOK_MS = 50, LOOK_RARELY_MS = 1000 };

bool wait_is_over(const struct provider_call *call)
{
	return time_monotonic_us() >= call->deadline_us || (call->is_cancelled && atomic_load(call->is_cancelled));
}

void wait_init(pthread_cond_t *condition)
{
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(condition, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

void wait_on(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct provider_call *call, int64_t most_us)
{
	int64_t look_us = (call->is_cancelled ? LOOK_MS : LOOK_RARELY_MS) * TIME_US_PER_MS;
	int64_t wait_us = least(least(most_us, look_us), call->deadline_us - time_monotonic_us());
	struct timespec until;

	if (wait_us <= 0)
		return;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += wait_us % TIME_US_PER_SECOND * 1000;
	until.tv_sec += wait_us / TIME_US_PER_SECOND + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_cond_timedwait(condition, mutex, &until);
}

static int64_t real_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * TIME_US_PER_SECOND + now.tv_nsec / 1000;
}

bool wait_for(const struct provider_call *call, int64_t pause_us)
{
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t never;
	int64_t end_us = real_us() + pause_us;

	if (wait_is_over(call) || call->deadline_us - time_monotonic_us() <= pause_us)
		return false;
	wait_init(&never);
	pthread_mutex_lock(&mutex);
	while (real_us() < end_us && !wait_is_over(call))
		wait_on(&never, &mutex, call, end_us - real_us());
	pthread_mutex_unlock(&mutex);
	pthread_cond_destroy(&never);
	return !wait_is_over(call);
}
