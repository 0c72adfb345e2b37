/* SPDX-License-Identifier: Apache-2.0 */
/* limit.c: additive increase, multiplicative decrease, per connection. */
#include "server/engine/limit.h"

#include <string.h>

#include "runtime/base/memory.h"
#include "runtime/base/time.h"

enum { THROTTLE_LEAST_MS = 1000, SUCCESSES_PER_PLACE = 10 };

struct limit {
	char *connection;
	unsigned concurrency; /* places when all is well */
	int64_t interval_us;  /* between two calls; 0: any */
	unsigned places, taken, successes;
	int64_t closed_until_us; /* the cloud told us to wait */
	int64_t next_call_us;    /* by our own rate */
};

struct limits {
	unsigned concurrency;
	int64_t interval_us; /* between two calls; 0: any */
	struct limit *rows;
	size_t count, capacity;
};

struct limits *limits_new(unsigned concurrency, unsigned rate_per_s)
{
	struct limits *limits = MEMORY_NEW(struct limits);

	limits->concurrency = concurrency;
	limits->interval_us = rate_per_s > 0 ? TIME_US_PER_SECOND / rate_per_s : 0;
	return limits;
}

void limits_free(struct limits *limits)
{
	if (limits == NULL)
		return;
	for (size_t i = 0; i < limits->count; i++)
		memory_free(limits->rows[i].connection);
	memory_free(limits->rows);
	memory_free(limits);
}

/* A connection that was never seen is made; there are as many as an installation has clouds: few. */
static struct limit *find(struct limits *limits, const char *connection)
{
	for (size_t i = 0; i < limits->count; i++)
		if (strcmp(limits->rows[i].connection, connection) == 0)
			return &limits->rows[i];
	if (limits->count == limits->capacity) {
		limits->capacity = limits->capacity == 0 ? 16 : limits->capacity * 2;
		limits->rows = memory_resize(limits->rows, limits->capacity, sizeof *limits->rows);
	}

	struct limit *made = &limits->rows[limits->count++];

	*made = (struct limit){ .connection = memory_strdup(connection), .concurrency = limits->concurrency,
				.interval_us = limits->interval_us, .places = limits->concurrency };
	return made;
}

void limits_set(struct limits *limits, const char *connection, unsigned concurrency, unsigned rate_per_s)
{
	struct limit *limit = find(limits, connection);
	unsigned wanted = concurrency > 0 ? concurrency : limits->concurrency;

	/* A connection that was throttled keeps its few places until it has won them back. */
	if (limit->places == limit->concurrency || limit->places > wanted)
		limit->places = wanted;
	limit->concurrency = wanted;
	limit->interval_us = rate_per_s > 0 ? TIME_US_PER_SECOND / rate_per_s : limits->interval_us;
}

static bool is_open(const struct limit *limit, int64_t now_us)
{
	return limit->taken < limit->places && limit->closed_until_us <= now_us && limit->next_call_us <= now_us;
}

bool limits_take(struct limits *limits, const char *connection, int64_t now_us)
{
	if (connection == NULL)
		return true;

	struct limit *limit = find(limits, connection);

	if (!is_open(limit, now_us))
		return false;
	limit->taken++;
	return true;
}

void limits_release(struct limits *limits, const char *connection)
{
	if (connection != NULL)
		find(limits, connection)->taken--;
}

int64_t limits_admit(struct limits *limits, const char *connection, int64_t now_us)
{
	if (connection == NULL)
		return 0;

	struct limit *limit = find(limits, connection);
	int64_t open_us = limit->closed_until_us > limit->next_call_us ? limit->closed_until_us : limit->next_call_us;

	if (open_us > now_us)
		return open_us;
	limit->next_call_us = limit->interval_us > 0 ? now_us + limit->interval_us : 0;
	return 0;
}

void limits_learn(struct limits *limits, const char *connection, enum provider_error error, int64_t retry_after_ms,
		  int64_t now_us)
{
	if (connection == NULL)
		return;

	struct limit *limit = find(limits, connection);

	if (error == PROVIDER_THROTTLED) {
		int64_t wait_ms = retry_after_ms > THROTTLE_LEAST_MS ? retry_after_ms : THROTTLE_LEAST_MS;

		limit->closed_until_us = now_us + wait_ms * TIME_US_PER_MS;
		limit->places = limit->places > 1 ? limit->places / 2 : 1;
		limit->successes = 0;
		return;
	}
	if (error == PROVIDER_OK && limit->places < limit->concurrency && ++limit->successes >= SUCCESSES_PER_PLACE) {
		limit->places++;
		limit->successes = 0;
	}
}

size_t limits_blocked(const struct limits *limits, int64_t now_us, const char **names, size_t most, int64_t *opens_us)
{
	size_t count = 0;

	*opens_us = INT64_MAX;
	for (size_t i = 0; i < limits->count && count < most; i++) {
		const struct limit *limit = &limits->rows[i];
		int64_t open_us =
			limit->closed_until_us > limit->next_call_us ? limit->closed_until_us : limit->next_call_us;

		if (is_open(limit, now_us))
			continue;
		names[count++] = limit->connection;
		/* A full one opens when somebody leaves, who wakes the engine. */
		if (open_us > now_us && open_us < *opens_us)
			*opens_us = open_us;
	}
	return count;
}
