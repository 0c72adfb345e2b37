/* SPDX-License-Identifier: Apache-2.0 */
/* gate.c: few rows under one lock, which is never held while a cloud is asked. */
#include "providers/kit/gate.h"

#include <pthread.h>

#include "runtime/base/memory.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

enum {
	FAILURES_TO_OPEN = 5,
	PAUSE_FIRST_MS = 1000,
	PAUSE_MOST_MS = 60 * 1000,
	RETRY_AFTER_MOST_MS = 15 * 60 * 1000, /* whatever a cloud says: later it is asked again */
	PROBE_MOST_MS = 5 * 60 * 1000,        /* longer than an exchange may take */
	ROWS_MOST = 64,
};

struct circuit {
	char *origin;
	unsigned failures;      /* in a row */
	int64_t pause_ms;       /* of the last opening; 0: closed */
	int64_t open_until_us;  /* nobody is let through before */
	int64_t probe_until_us; /* somebody is seeing; 0: nobody */
};

struct bucket {
	char *name; /* NULL: of requests without one */
	int64_t pause_ms;
	int64_t closed_until_us;
};

struct gate {
	pthread_mutex_t lock; /* guards what follows: verbs run on several threads */
	struct circuit circuits[ROWS_MOST];
	size_t circuit_count;
	struct bucket buckets[ROWS_MOST];
	size_t bucket_count;
	uint64_t draws;
};

struct gate *gate_new(void)
{
	struct gate *gate = MEMORY_NEW(struct gate);

	pthread_mutex_init(&gate->lock, NULL);
	/* Only to spread what several processes do at once: nothing is kept secret by it. */
	gate->draws = (uint64_t)time_now_us() ^ (uint64_t)(uintptr_t)gate;
	return gate;
}

void gate_free(struct gate *gate)
{
	if (!gate)
		return;
	for (size_t i = 0; i < gate->circuit_count; i++)
		memory_free(gate->circuits[i].origin);
	for (size_t i = 0; i < gate->bucket_count; i++)
		memory_free(gate->buckets[i].name);
	pthread_mutex_destroy(&gate->lock);
	memory_free(gate);
}

/* The last row is shared by all that find no place: an account has a handful of endpoints. */
static struct circuit *circuit_of(struct gate *gate, const char *origin)
{
	for (size_t i = 0; i < gate->circuit_count; i++)
		if (text_equal(gate->circuits[i].origin, origin))
			return &gate->circuits[i];
	if (gate->circuit_count < ROWS_MOST)
		gate->circuits[gate->circuit_count++].origin = memory_strdup(origin);
	return &gate->circuits[gate->circuit_count - 1];
}

static struct bucket *bucket_of(struct gate *gate, const char *name)
{
	for (size_t i = 0; i < gate->bucket_count; i++)
		if (text_equal(gate->buckets[i].name, name))
			return &gate->buckets[i];
	if (gate->bucket_count < ROWS_MOST)
		gate->buckets[gate->bucket_count++].name = memory_strdup(name);
	return &gate->buckets[gate->bucket_count - 1];
}

static int64_t ms_until(int64_t at_us, int64_t now_us)
{
	return at_us > now_us ? (at_us - now_us + TIME_US_PER_MS - 1) / TIME_US_PER_MS : 0;
}

static int64_t doubled(int64_t pause_ms)
{
	if (pause_ms == 0)
		return PAUSE_FIRST_MS;
	return pause_ms < PAUSE_MOST_MS / 2 ? pause_ms * 2 : PAUSE_MOST_MS;
}

int64_t gate_enter(struct gate *gate, const char *origin, bool *is_probe)
{
	int64_t now_us = time_monotonic_us();
	int64_t closed_ms = 0;

	*is_probe = false;
	pthread_mutex_lock(&gate->lock);
	struct circuit *circuit = circuit_of(gate, origin);
	if (circuit->pause_ms > 0) {
		closed_ms = ms_until(circuit->open_until_us, now_us);
		if (closed_ms == 0 && circuit->probe_until_us > now_us)
			closed_ms = PAUSE_FIRST_MS;
		*is_probe = closed_ms == 0;
		if (*is_probe)
			circuit->probe_until_us = now_us + PROBE_MOST_MS * TIME_US_PER_MS;
	}
	pthread_mutex_unlock(&gate->lock);
	return closed_ms;
}

static void count_failure(struct circuit *circuit, bool is_probe)
{
	circuit->failures++;
	/* One that had left before the circuit opened says nothing new. */
	if (is_probe || (circuit->pause_ms == 0 && circuit->failures >= FAILURES_TO_OPEN)) {
		circuit->pause_ms = doubled(circuit->pause_ms);
		circuit->open_until_us = time_monotonic_us() + circuit->pause_ms * TIME_US_PER_MS;
	}
}

void gate_leave(struct gate *gate, const char *origin, bool is_probe, enum gate_news news)
{
	pthread_mutex_lock(&gate->lock);
	struct circuit *circuit = circuit_of(gate, origin);
	if (news == GATE_DEAD)
		count_failure(circuit, is_probe);
	if (news == GATE_ALIVE) {
		circuit->failures = 0;
		circuit->pause_ms = 0;
	}
	if (is_probe)
		circuit->probe_until_us = 0;
	pthread_mutex_unlock(&gate->lock);
}

int64_t gate_throttled_ms(struct gate *gate, const char *bucket)
{
	pthread_mutex_lock(&gate->lock);
	int64_t closed_ms = ms_until(bucket_of(gate, bucket)->closed_until_us, time_monotonic_us());
	pthread_mutex_unlock(&gate->lock);
	return closed_ms;
}

int64_t gate_throttle(struct gate *gate, const char *name, int64_t retry_after_ms)
{
	int64_t now_us = time_monotonic_us();

	pthread_mutex_lock(&gate->lock);
	struct bucket *bucket = bucket_of(gate, name);
	/* Those who were under way when it closed are refused as well: one refusal, not many. */
	if (bucket->closed_until_us <= now_us)
		bucket->pause_ms = doubled(bucket->pause_ms);
	int64_t wait_ms = retry_after_ms > 0 ? retry_after_ms : bucket->pause_ms;
	if (wait_ms > RETRY_AFTER_MOST_MS)
		wait_ms = RETRY_AFTER_MOST_MS;
	if (bucket->closed_until_us < now_us + wait_ms * TIME_US_PER_MS)
		bucket->closed_until_us = now_us + wait_ms * TIME_US_PER_MS;
	pthread_mutex_unlock(&gate->lock);
	return wait_ms;
}

void gate_flow(struct gate *gate, const char *bucket)
{
	pthread_mutex_lock(&gate->lock);
	struct bucket *found = bucket_of(gate, bucket);
	if (found->closed_until_us <= time_monotonic_us())
		found->pause_ms = 0;
	pthread_mutex_unlock(&gate->lock);
}

int64_t gate_jitter(struct gate *gate, int64_t most)
{
	pthread_mutex_lock(&gate->lock);
	/* Knuth's multiplier; the high bits are the good ones. */
	gate->draws = gate->draws * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	uint64_t draw = gate->draws >> 33;
	pthread_mutex_unlock(&gate->lock);
	return most / 2 + (int64_t)(draw % (uint64_t)(most / 2 + 1));
}
