/* SPDX-License-Identifier: Apache-2.0 */
/* priority.c: niceness and slices of a thread; all of it is advice, which an older kernel or a jail may not take. */
#include "runtime/base/priority.h"

#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { BACKGROUND_NICE = 10, SLICE_NS = 200000 };

/* The first version of the kernel's struct sched_attr (linux/sched/types.h), which Debian's libc does not declare. */
struct scheduling {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime_ns, deadline_ns, period_ns;
};

void priority_answers(void)
{
	/* Whose slice is shorter than that of the thread that runs takes its place at once when it wakes. */
	const struct scheduling wanted = {
		.size = sizeof wanted,
		.nice = getpriority(PRIO_PROCESS, (id_t)gettid()),
		.runtime_ns = SLICE_NS,
	};

	(void)syscall(SYS_sched_setattr, 0, &wanted, 0);
}

void priority_background(void)
{
	/* Linux keeps niceness for each thread. */
	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), BACKGROUND_NICE);
}
