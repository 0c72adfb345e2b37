/* SPDX-License-Identifier: Apache-2.0 */
/* flight.c: a list of the intents that somebody is at. */
#include "providers/kit/flight.h"

#include <pthread.h>

#include "providers/kit/wait.h"
#include "runtime/base/memory.h"
#include "runtime/base/text.h"

struct flight {
	char *resource;
	struct flight *next;
};

struct flights {
	pthread_mutex_t mutex; /* guards what follows: callers of one session meet here */
	pthread_cond_t ended;
	struct flight *first;
};

struct flights *flights_new(void)
{
	struct flights *flights = MEMORY_NEW(struct flights);
	pthread_mutex_init(&flights->mutex, NULL);
	wait_init(&flights->ended);
	return flights;
}

void flights_free(struct flights *flights)
{
	if (!flights)
		return;
	pthread_cond_destroy(&flights->ended);
	pthread_mutex_destroy(&flights->mutex);
	memory_free(flights);
}

static struct flight **place_of(struct flights *flights, const char *resource)
{
	struct flight **at = &flights->first;
	while (*at && !text_equal((*at)->resource, resource))
		at = &(*at)->next;
	return at;
}

struct provider_result flight_begin(struct flights *flights, struct provider_call *call, const char *resource)
{
	bool is_ours = false;
	pthread_mutex_lock(&flights->mutex);
	for (;;) {
		struct flight **at = place_of(flights, resource);
		if (!*at) {
			*at = MEMORY_NEW(struct flight);
			(*at)->resource = memory_strdup(resource);
			is_ours = true;
		}
		if (is_ours || wait_is_over(call))
			break;
		wait_on(&flights->ended, &flights->mutex, call, INT64_MAX);
	}
	pthread_mutex_unlock(&flights->mutex);
	if (is_ours)
		return PROVIDER_DONE;
	return provider_fail(call->arena, PROVIDER_UNAVAILABLE,
			     "somebody else is making the same thing; look for it, and try again");
}

void flight_end(struct flights *flights, const char *resource)
{
	pthread_mutex_lock(&flights->mutex);
	struct flight **at = place_of(flights, resource);
	struct flight *over = *at;
	if (over) {
		*at = over->next;
		memory_free(over->resource);
		memory_free(over);
	}
	pthread_cond_broadcast(&flights->ended);
	pthread_mutex_unlock(&flights->mutex);
}
