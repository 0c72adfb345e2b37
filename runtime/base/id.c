/* SPDX-License-Identifier: Apache-2.0 */
/* id.c: UUIDv7 with the random part as a counter within one millisecond. */
#include "runtime/base/id.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "runtime/base/time.h"

enum { RANDOM_A_BITS = 12, RANDOM_B_BITS = 62 };

struct last {
	uint64_t ms;
	uint64_t high; /* rand_a, 12 bits */
	uint64_t low;  /* rand_b, 62 bits */
};

/* The newest id of this process: what makes the next one greater. */
static struct last last;
static pthread_mutex_t last_mutex = PTHREAD_MUTEX_INITIALIZER;

static void random_words(uint64_t words[2])
{
	/* Up to 256 bytes getrandom(2) is neither short nor interrupted once the kernel is seeded. */
	if (getrandom(words, 2 * sizeof words[0], 0) != (ssize_t)(2 * sizeof words[0])) {
		fputs("gaon: the kernel gives no random numbers\n", stderr);
		abort();
	}
}

static void start_millisecond(uint64_t ms, const uint64_t words[2])
{
	last.ms = ms;
	last.high = words[0] >> (64 - RANDOM_A_BITS);
	last.low = words[1] >> (64 - RANDOM_B_BITS);
}

/* RFC 9562 §6.2, method 2: "the random data is [...] incremented by a random value for each UUID" of the same tick. */
static void step_within(const uint64_t words[2])
{
	last.low += 1 + (words[0] & UINT32_MAX);
	if (last.low >> RANDOM_B_BITS == 0)
		return;
	last.low &= (UINT64_C(1) << RANDOM_B_BITS) - 1;
	last.high++;
	if (last.high >> RANDOM_A_BITS != 0)
		start_millisecond(last.ms + 1, words);
}

char *id_new(struct arena *arena)
{
	uint64_t now_ms = (uint64_t)(time_now_us() / TIME_US_PER_MS) & ((UINT64_C(1) << 48) - 1);
	uint64_t words[2];

	random_words(words);
	pthread_mutex_lock(&last_mutex);
	if (now_ms > last.ms)
		start_millisecond(now_ms, words);
	else
		step_within(words);
	struct last id = last;
	pthread_mutex_unlock(&last_mutex);

	uint64_t left = id.ms << 16 | UINT64_C(7) << 12 | id.high;
	uint64_t right = UINT64_C(2) << RANDOM_B_BITS | id.low;
	return arena_printf(arena, "%08llx-%04llx-%04llx-%04llx-%012llx", (unsigned long long)(left >> 32),
			    (unsigned long long)(left >> 16 & 0xffff), (unsigned long long)(left & 0xffff),
			    (unsigned long long)(right >> 48), (unsigned long long)(right & ((UINT64_C(1) << 48) - 1)));
}

bool id_is_uuid(const char *text)
{
	if (!text || strnlen(text, 37) != 36)
		return false;
	for (size_t i = 0; i < 36; i++) {
		bool is_hyphen = i == 8 || i == 13 || i == 18 || i == 23;
		bool is_hex = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');

		if (is_hyphen ? text[i] != '-' : !is_hex)
			return false;
	}
	return true;
}
