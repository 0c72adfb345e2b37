/* SPDX-License-Identifier: Apache-2.0 */
/* cache.h: who a credential is and what that principal may, remembered until a right changes or time runs out. */
#ifndef GAON_SERVICES_IAM_CACHE_H
#define GAON_SERVICES_IAM_CACHE_H

#include "server/services/iam/fingerprint.h"
#include "server/services/iam/iam.h"

struct cache;

/** A remembered caller. Pinned by the arena of every call that uses it. */
struct cached_principal {
	struct principal principal;
	uint64_t number;        /* never given twice: keys its decisions */
	const char *api_key_id; /* NULL: not an API key */
	int64_t used_us;        /* when its use was noted */
};

struct cache *cache_new(const uint64_t key[2]);
void cache_free(struct cache *cache);

/**
 * The state of rights that answers belong to. Take it BEFORE the first statement of the transaction that computes an answer: an
 * answer under an older epoch than the present one is not kept, so a read that began before a change cannot outlive it.
 */
uint64_t cache_epoch(const struct cache *cache);
/** A right changed: nothing remembered counts any more. From any thread; never waits. */
void cache_drop(struct cache *cache);

/** What a credential is: a certificate's name must never be taken for an authorization header that spells it. A name is none. */
enum cache_credential { CACHE_AUTHORIZATION, CACHE_CERTIFICATE, CACHE_NAME };

struct fingerprint cache_fingerprint(const struct cache *cache, enum cache_credential kind, struct slice credential);
struct fingerprint cache_decision_fingerprint(const struct cache *cache, const struct cached_principal *who,
					      const void *method, struct slice container);

/** NULL when unknown. Else pinned until `arena` goes, and the use of its key noted (at most once a minute). */
const struct cached_principal *cache_find(struct cache *cache, struct fingerprint credential, int64_t now_us,
					  struct arena *arena);
/** Remembers a copy of `principal` until `until_us`; gives the copy, pinned until `arena` goes. */
const struct cached_principal *cache_keep(struct cache *cache, struct fingerprint credential, uint64_t epoch,
					  const struct cached_principal *principal, int64_t until_us, struct arena *arena);

/** Only "yes" is remembered: a refusal is written down anyway. */
bool cache_allows(struct cache *cache, struct fingerprint decision, int64_t now_us);
void cache_allow(struct cache *cache, struct fingerprint decision, uint64_t epoch, int64_t until_us);

/* ---- when keys were used ---- */

struct cache_use {
	char api_key_id[40];
	int64_t at_us;
};

/** Notes that the key was used. */
void cache_note_use(struct cache *cache, const char *api_key_id, int64_t now_us);
/** Takes at most `most` notes out. */
size_t cache_take_uses(struct cache *cache, struct cache_use *uses, size_t most);

#endif
