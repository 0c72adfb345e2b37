/* SPDX-License-Identifier: Apache-2.0 */
/* throttle.c: what it costs a call of a known caller to be counted: the tag of its credential, the clock, two buckets. */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "runtime/base/time.h"
#include "server/services/iam/fingerprint.h"
#include "server/throttle.h"

enum { CALLERS = 64, CALLS = 10 * 1000 * 1000 };

int main(void)
{
	static char headers[CALLERS][112];
	const uint64_t key[2] = { 0x5eed, 0xcafe };
	const struct throttle_rate rates[THROTTLE_KIND_COUNT] = { { 1000000, 10000000 }, { 1000000, 10000000 }, { 1000, 1000 } };
	struct throttle *throttle = throttle_new(rates);
	struct throttle_refusal refusal;
	uint64_t passed = 0;

	for (unsigned i = 0; i < CALLERS; i++) {
		snprintf(headers[i], sizeof headers[i], "Bearer gaon_01960000-0000-7000-8000-%012u_%043u", i, i);
		throttle_learn(throttle,
			       &(struct throttle_caller){
				       fingerprint_of(key, 0, slice_text(headers[i])).low | 1, 1, 1 + i % 4, 100 + i },
			       time_monotonic_us());
	}
	clock_t began = clock(); /* of this process: other work on the machine does not count */
	for (unsigned i = 0; i < CALLS; i++) {
		uint64_t tag = fingerprint_of(key, 0, slice_text(headers[i % CALLERS])).low | 1;
		passed += throttle_admit(throttle, tag, time_monotonic_us(), &refusal) == THROTTLE_PASS;
	}
	double took_ns = (double)(clock() - began) * (1e9 / CLOCKS_PER_SEC);
	printf("%.0f ns a call of a known caller (%" PRIu64 " of %d passed)\n", took_ns / CALLS, passed, CALLS);
	throttle_free(throttle);
	return 0;
}
