/* SPDX-License-Identifier: Apache-2.0 */
/* fingerprint.h: what the caches are keyed by: SipHash-2-4 with 128 bits of output under a key that only this process knows. */
#ifndef GAON_SERVICES_IAM_FINGERPRINT_H
#define GAON_SERVICES_IAM_FINGERPRINT_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/base/slice.h"

struct fingerprint {
	uint64_t low, high;
};

/**
 * A pseudo-random function of `bytes` and `seed`: without the key nobody can find two inputs of one fingerprint, so a cache may
 * compare fingerprints instead of credentials, and no credential stays in memory.
 */
struct fingerprint fingerprint_of(const uint64_t key[2], uint64_t seed, struct slice bytes);

static inline bool fingerprint_equal(struct fingerprint a, struct fingerprint b)
{
	return ((a.low ^ b.low) | (a.high ^ b.high)) == 0;
}

#endif
