/* SPDX-License-Identifier: Apache-2.0 */
/* gate.h: whether a cloud is asked now: a circuit breaker by origin, throttles by bucket. Private to the kit. Thread-safe. */
#ifndef GAON_PROVIDERS_KIT_GATE_H
#define GAON_PROVIDERS_KIT_GATE_H

#include <stdbool.h>
#include <stdint.h>

struct gate;

/** What an exchange said about the other side. */
enum gate_news {
	GATE_NO_NEWS, /* it was not asked, or we left too early to know */
	GATE_ALIVE,
	GATE_DEAD,
};

struct gate *gate_new(void);
void gate_free(struct gate *gate);

/**
 * 0: go, and gate_leave must follow; else how many ms it stays closed. `*is_probe`: the one that is let through to see whether a
 * dead one lives again.
 */
int64_t gate_enter(struct gate *gate, const char *origin, bool *is_probe);
void gate_leave(struct gate *gate, const char *origin, bool is_probe, enum gate_news news);

/** How many ms the bucket stays closed; 0: it is open. */
int64_t gate_throttled_ms(struct gate *gate, const char *bucket);
/** Closes it for this long, or, when the cloud did not say (0), for 1 s, doubling to 60 s. Returns how long. */
int64_t gate_throttle(struct gate *gate, const char *bucket, int64_t retry_after_ms);
/** An answer that was no refusal: the next throttle starts small again. */
void gate_flow(struct gate *gate, const char *bucket);

/** Between half of `most` and `most`. */
int64_t gate_jitter(struct gate *gate, int64_t most);

#endif
