/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz.h: a fuzz target gives seeds and tries one input; it aborts (FUZZ_CHECK) on what must not be. */
#ifndef GAON_TESTS_SUPPORT_FUZZ_H
#define GAON_TESTS_SUPPORT_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/** Texts that the parser likes, and some that it does not; NULL ends them. */
extern const char *const fuzz_seeds[];

/** libFuzzer's own name and shape. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_CHECK(claim_)                                                                                             \
	do {                                                                                                           \
		if (!(claim_)) {                                                                                       \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #claim_);                           \
			abort();                                                                                       \
		}                                                                                                      \
	} while (0)

#endif
