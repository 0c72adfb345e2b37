/* SPDX-License-Identifier: Apache-2.0 */
/* wait.h: waiting in real time, a little at a time, so that fake clocks and cancellations are seen. Private to the kit. */
#ifndef GAON_PROVIDERS_KIT_WAIT_H
#define GAON_PROVIDERS_KIT_WAIT_H

#include <pthread.h>

#include "providers/provider.h"

bool wait_is_over(const struct provider_call *call);
/** A condition variable on the monotonic clock. */
void wait_init(pthread_cond_t *condition);
/** Under the mutex: until it is signalled, `most_us` have passed, or it is time to look at the call again. */
void wait_on(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct provider_call *call, int64_t most_us);
/** False: the call was cancelled, or its deadline came first. */
bool wait_for(const struct provider_call *call, int64_t pause_us);

#endif
