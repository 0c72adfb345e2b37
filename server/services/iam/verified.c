/* SPDX-License-Identifier: Apache-2.0 */
/* verified.c: tokens whose signature and claims held. */
#include "server/services/iam/verified.h"

#include <pthread.h>

#include "runtime/base/memory.h"
#include "runtime/base/time.h"

enum { SETS = 256, WAYS = 4 };

#define KEPT_US (5 * TIME_US_PER_MINUTE)

struct slot {
	struct fingerprint tag;
	int64_t until_us; /* 0: empty */
	struct verified verified;
};

/* `lock` guards the rest. */
struct verified_tokens {
	pthread_mutex_t lock;
	unsigned turn;
	struct slot slots[SETS][WAYS];
};

struct verified_tokens *verified_new(void)
{
	struct verified_tokens *tokens = MEMORY_NEW(struct verified_tokens);

	pthread_mutex_init(&tokens->lock, NULL);
	return tokens;
}

void verified_free(struct verified_tokens *tokens)
{
	if (tokens == NULL)
		return;
	pthread_mutex_destroy(&tokens->lock);
	memory_free(tokens);
}

bool verified_find(struct verified_tokens *tokens, struct fingerprint tag, int64_t now_us, struct verified *verified)
{
	const struct slot *set = tokens->slots[tag.low % SETS];
	bool is_found = false;

	pthread_mutex_lock(&tokens->lock);
	for (unsigned i = 0; i < WAYS && !is_found; i++) {
		is_found = now_us < set[i].until_us && fingerprint_equal(set[i].tag, tag);
		if (is_found)
			*verified = set[i].verified;
	}
	pthread_mutex_unlock(&tokens->lock);
	return is_found;
}

void verified_keep(struct verified_tokens *tokens, struct fingerprint tag, int64_t now_us, const struct verified *verified)
{
	struct slot *set = tokens->slots[tag.low % SETS];
	int64_t until_us = now_us + KEPT_US < verified->expires_us ? now_us + KEPT_US : verified->expires_us;

	pthread_mutex_lock(&tokens->lock);
	struct slot *slot = &set[tokens->turn++ % WAYS];

	for (unsigned i = 0; i < WAYS; i++)
		if (set[i].until_us <= now_us || fingerprint_equal(set[i].tag, tag))
			slot = &set[i];
	*slot = (struct slot){ tag, until_us, *verified };
	pthread_mutex_unlock(&tokens->lock);
}
