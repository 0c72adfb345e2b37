/* SPDX-License-Identifier: Apache-2.0 */
/* throttle.h: how often somebody may call: a bucket for each tenant, principal and address of a stranger. Bounded, and without a lock. */
#ifndef GAON_SERVER_THROTTLE_H
#define GAON_SERVER_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/base/slice.h"

enum throttle_kind { THROTTLE_TENANT, THROTTLE_PRINCIPAL, THROTTLE_STRANGER, THROTTLE_KIND_COUNT };

struct throttle_rate {
	int64_t per_second; /* 0: as often as they like */
	int64_t burst;      /* so many at once, after a while of silence; at least 1 */
};

struct throttle;

/** NULL when every rate is 0: then nothing has to be asked. */
struct throttle *throttle_new(const struct throttle_rate rates[THROTTLE_KIND_COUNT]);
/** Takes NULL. */
void throttle_free(struct throttle *throttle);

/*
 * Who calls is a number that tells callers apart and that nobody outside can choose (a keyed hash); 0 is nobody, and never refused.
 * `now_us` is monotonic.
 */

struct throttle_refusal {
	enum throttle_kind kind;
	int64_t wait_us; /* until one call would be taken again */
};

enum throttle_verdict {
	THROTTLE_PASS,
	THROTTLE_REFUSE,  /* one of its buckets is empty */
	THROTTLE_UNKNOWN, /* a credential that was never learnt: a stranger */
};

/** Takes one call from the buckets of whose credential it is. NULL lets everybody pass. */
enum throttle_verdict throttle_admit(struct throttle *throttle, uint64_t credential, int64_t now_us,
				     struct throttle_refusal *refusal);
/** Takes one call of a stranger from its address's bucket: PASS or REFUSE. */
enum throttle_verdict throttle_admit_stranger(struct throttle *throttle, uint64_t address, int64_t now_us,
					      struct throttle_refusal *refusal);

struct throttle_caller {
	uint64_t credential, address, tenant, principal;
};
/** A stranger's credential was good: its call is taken from their buckets instead of the address's, and so are those that come. */
void throttle_learn(struct throttle *throttle, const struct throttle_caller *caller, int64_t now_us);

/** How often a kind of bucket was empty, since the start. */
uint64_t throttle_refused(const struct throttle *throttle, enum throttle_kind kind);
int64_t throttle_per_second(const struct throttle *throttle, enum throttle_kind kind);

/**
 * The part of a peer ("ipv4:10.0.0.7:41022") that stands for who it is: without the port, and of IPv6 the first 64 bits, because
 * everybody has as many of the rest as they like. In `text` or `peer`.
 */
enum { THROTTLE_ADDRESS_SIZE = 8 };
struct slice throttle_address(const char *peer, char text[THROTTLE_ADDRESS_SIZE]);

#endif
