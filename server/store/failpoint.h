/* SPDX-License-Identifier: Apache-2.0 */
/* failpoint.h: named places where a test can kill or hold the process, to prove that nothing depends on luck. */
#ifndef GAON_STORE_FAILPOINT_H
#define GAON_STORE_FAILPOINT_H

#include <stdatomic.h>

extern atomic_int failpoint_armed;

void failpoint_hit(const char *name);

/**
 * Nothing, unless the environment says GAON_FAILPOINT=name:action (several: comma-separated) when the process starts:
 *   kill           SIGKILL to ourselves;  kill@3  at the third time it is reached
 *   sleep_500      hold this thread for 500 ms; sleep_500@3 likewise
 * Costs one relaxed load otherwise.
 */
static inline void failpoint(const char *name)
{
	if (atomic_load_explicit(&failpoint_armed, memory_order_relaxed) != 0)
		failpoint_hit(name);
}

/** Reads such a text instead of the environment: for tests that fork. NULL disarms. False when it is malformed. */
_Bool failpoint_arm(const char *text);

#endif
