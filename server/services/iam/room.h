/* SPDX-License-Identifier: Apache-2.0 */
/* room.h: what the files of this room share and nobody else sees. */
#ifndef GAON_SERVICES_IAM_ROOM_H
#define GAON_SERVICES_IAM_ROOM_H

#include <pthread.h>
#include <stdatomic.h>

#include "server/services/iam/iam.h"

enum {
	TENANT_DEPTH_MOST = 16,  /* the root is 1 */
	GROUP_DEPTH_MOST = 16,
	GROUPS_OF_ONE_MOST = 500,
	ACCOUNT_KEYS_MOST = 100, /* API keys of one account */
	HASH_SIZE = 32,
};

struct cache;
struct issuer_keys;
struct verified_tokens;

struct iam {
	struct store *store;
	unsigned char secret[32];
	bool allow_loopback_http;
	struct cache *cache;
	struct issuer_keys *issuer_keys;
	struct verified_tokens *verified;

	/* Wrong bootstrap tokens in the running minute: a guesser is slowed, whoever holds the token is not locked out for long. */
	pthread_mutex_t guess_lock;
	int64_t guess_minute_us;
	unsigned guesses;
};

/** The one of this process; NULL before iam_new. Handlers reach it here, as their call carries no room of its own. */
struct iam *iam_of_process(void);

/** Every change of a right ends with this: raises the revision and lets the caches forget when the transaction commits. */
MUST_CHECK struct status iam_touch(struct store_tx *tx, int64_t *revision);

/** Rooms that were registered with iam_register_owner: does any of them own something in `name`? */
MUST_CHECK struct status iam_is_owned(struct store_tx *tx, const char *name, bool *is_owned);

#endif
