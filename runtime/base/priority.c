/* SPDX-License-Identifier: Apache-2.0 */
/* priority.c: niceness and slices of a thread; all of it is advice, which an older kernel or a jail may not take. */
#include "runtime/base/priority.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/base/time.h"

/* RESET_ON_FORK: what such a thread starts is not urgent too (linux/sched.h). */
enum { BACKGROUND_NICE = 10, SLICE_NS = 200000, RESET_ON_FORK = 1 };
/* Work comes in bursts: a thread that sleeps between two of them stays urgent. */
enum { URGENT_AFTER_US = 1000000 };

static atomic_int working;
static atomic_llong work_ended_us;
static _Thread_local bool is_urgent, is_refused;

/* The first version of the kernel's struct sched_attr (linux/sched/types.h), which Debian's libc does not declare. */
struct scheduling {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime_ns, deadline_ns, period_ns;
};

static bool set(const struct scheduling *wanted)
{
	return syscall(SYS_sched_setattr, 0, wanted, 0) == 0;
}

void priority_answers(void)
{
	/* Whose slice is shorter than that of the thread that runs takes its place at once when it wakes. */
	const struct scheduling wanted = {
		.size = sizeof wanted,
		.nice = getpriority(PRIO_PROCESS, (id_t)gettid()),
		.runtime_ns = SLICE_NS,
	};

	(void)set(&wanted);
}

static bool is_work_near(void)
{
	return atomic_load_explicit(&working, memory_order_relaxed) > 0 ||
	       (is_urgent && time_monotonic_us() - atomic_load_explicit(&work_ended_us, memory_order_relaxed) < URGENT_AFTER_US);
}

void priority_answer(void)
{
	/* A short slice does not help who is preempted by what it has just woken, or by the disk's answer: that is ended by the
	 * clock's tick alone, milliseconds later. */
	const struct scheduling urgent = { .size = sizeof urgent, .policy = SCHED_RR, .flags = RESET_ON_FORK, .priority = 1 };
	bool is_wanted = is_work_near();

	if (is_wanted == is_urgent || is_refused)
		return;
	is_urgent = is_wanted;
	if (!is_wanted)
		priority_answers();
	else if (!set(&urgent))
		is_refused = true;
}

void priority_work_begin(void)
{
	atomic_fetch_add_explicit(&working, 1, memory_order_relaxed);
}

void priority_work_end(void)
{
	atomic_store_explicit(&work_ended_us, time_monotonic_us(), memory_order_relaxed);
	atomic_fetch_sub_explicit(&working, 1, memory_order_relaxed);
}

void priority_background(void)
{
	/* Linux keeps niceness for each thread. */
	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), BACKGROUND_NICE);
}
