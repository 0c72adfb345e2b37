/* SPDX-License-Identifier: Apache-2.0 */
/* cache.c: two set-associative tables in shards, each behind its own mutex that is held for a few compares. */
#include "server/services/iam/cache.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "runtime/base/memory.h"
#include "runtime/base/time.h"

enum {
	SHARDS = 16,
	WAYS = 4,
	CREDENTIAL_SETS = 64, /* × WAYS × SHARDS = 4,096 callers */
	DECISION_SETS = 256,  /* 16,384 decisions */
	USES = 4096,
	USE_SEED = 16, /* beside enum cache_credential */
};

/* One remembered caller: freed when its slot and all calls have let go of it. */
struct pinned {
	struct cached_principal who;
	atomic_int_fast64_t noted_us; /* when its key's use was last written into `uses` */
	atomic_uint pins;
	struct arena *arena;
};

struct credential_slot {
	struct fingerprint tag;
	uint64_t epoch;
	int64_t until_us;
	struct pinned *pinned;
};

struct decision_slot {
	struct fingerprint tag;
	uint64_t epoch; /* 0: empty */
	int64_t until_us;
};

/* `lock` guards all the rest of its shard. */
struct shard {
	pthread_mutex_t lock;
	unsigned turn;
	struct credential_slot credentials[CREDENTIAL_SETS][WAYS];
	struct decision_slot decisions[DECISION_SETS][WAYS];
};

struct cache {
	uint64_t key[2];
	atomic_uint_fast64_t epoch;  /* raised by cache_drop; answers of older ones do not count */
	atomic_uint_fast64_t number; /* of the next remembered caller */
	struct shard *shards;

	pthread_mutex_t uses_lock; /* guards uses */
	struct cache_use *uses;    /* an open table by the key's fingerprint; a full neighbourhood forgets */
};

struct cache *cache_new(const uint64_t key[2])
{
	struct cache *cache = MEMORY_NEW(struct cache);

	cache->key[0] = key[0];
	cache->key[1] = key[1];
	atomic_init(&cache->epoch, 1);
	atomic_init(&cache->number, 1);
	cache->shards = MEMORY_ARRAY(SHARDS, struct shard);
	cache->uses = MEMORY_ARRAY(USES, struct cache_use);
	for (unsigned i = 0; i < SHARDS; i++)
		pthread_mutex_init(&cache->shards[i].lock, NULL);
	pthread_mutex_init(&cache->uses_lock, NULL);
	return cache;
}

static void unpin(void *pointer)
{
	struct pinned *pinned = pointer;

	if (pinned != NULL && atomic_fetch_sub_explicit(&pinned->pins, 1, memory_order_acq_rel) == 1)
		arena_free(pinned->arena);
}

static const struct cached_principal *pin_for(struct pinned *pinned, struct arena *arena)
{
	arena_defer(arena, unpin, pinned);
	return &pinned->who;
}

void cache_free(struct cache *cache)
{
	if (cache == NULL)
		return;
	for (unsigned i = 0; i < SHARDS; i++) {
		for (unsigned slot = 0; slot < CREDENTIAL_SETS * WAYS; slot++)
			unpin(cache->shards[i].credentials[slot / WAYS][slot % WAYS].pinned);
		pthread_mutex_destroy(&cache->shards[i].lock);
	}
	pthread_mutex_destroy(&cache->uses_lock);
	memory_free(cache->shards);
	memory_free(cache->uses);
	memory_wipe(cache->key, sizeof cache->key);
	memory_free(cache);
}

uint64_t cache_epoch(const struct cache *cache)
{
	return atomic_load_explicit(&cache->epoch, memory_order_acquire);
}

void cache_drop(struct cache *cache)
{
	atomic_fetch_add_explicit(&cache->epoch, 1, memory_order_acq_rel);
}

struct fingerprint cache_fingerprint(const struct cache *cache, enum cache_credential kind, struct slice credential)
{
	return fingerprint_of(cache->key, kind, credential);
}

struct fingerprint cache_decision_fingerprint(const struct cache *cache, const struct cached_principal *who,
					      const void *method, struct slice container)
{
	const uint64_t key[2] = { cache->key[0] ^ who->number, cache->key[1] };

	return fingerprint_of(key, (uint64_t)(uintptr_t)method, container);
}

static struct shard *shard_of(struct cache *cache, struct fingerprint tag)
{
	return &cache->shards[tag.high % SHARDS];
}

static void note_use_of(struct cache *cache, struct pinned *pinned, int64_t now_us)
{
	if (pinned->who.api_key_id == NULL ||
	    now_us - atomic_load_explicit(&pinned->noted_us, memory_order_relaxed) < TIME_US_PER_MINUTE)
		return;
	atomic_store_explicit(&pinned->noted_us, now_us, memory_order_relaxed);
	cache_note_use(cache, pinned->who.api_key_id, now_us);
}

const struct cached_principal *cache_find(struct cache *cache, struct fingerprint credential, int64_t now_us,
					  struct arena *arena)
{
	struct shard *shard = shard_of(cache, credential);
	struct credential_slot *set = shard->credentials[credential.low % CREDENTIAL_SETS];
	uint64_t epoch = cache_epoch(cache);
	struct pinned *found = NULL;

	pthread_mutex_lock(&shard->lock);
	for (unsigned i = 0; i < WAYS && found == NULL; i++)
		if (set[i].pinned != NULL && fingerprint_equal(set[i].tag, credential) && set[i].epoch == epoch &&
		    now_us < set[i].until_us)
			found = set[i].pinned;
	if (found != NULL)
		atomic_fetch_add_explicit(&found->pins, 1, memory_order_relaxed);
	pthread_mutex_unlock(&shard->lock);
	if (found == NULL)
		return NULL;
	note_use_of(cache, found, now_us);
	return pin_for(found, arena);
}

static struct pinned *copy_of(struct cache *cache, const struct cached_principal *who)
{
	struct arena *arena = arena_new(0);
	struct pinned *pinned = ARENA_NEW(arena, struct pinned);
	struct principal *copy = &pinned->who.principal;

	*copy = who->principal;
	pinned->arena = arena;
	pinned->who.number = atomic_fetch_add_explicit(&cache->number, 1, memory_order_relaxed);
	pinned->who.api_key_id = who->api_key_id == NULL ? NULL : arena_strdup(arena, who->api_key_id);
	copy->name = arena_strdup(arena, copy->name);
	copy->tenant = arena_strdup(arena, copy->tenant);
	copy->display_name = arena_strdup(arena, copy->display_name);
	copy->members = ARENA_ARRAY(arena, copy->member_count, const char *);
	for (size_t i = 0; i < copy->member_count; i++)
		copy->members[i] = arena_strdup(arena, who->principal.members[i]);
	atomic_init(&pinned->noted_us, who->used_us);
	atomic_init(&pinned->pins, 2); /* the slot and the call */
	return pinned;
}

const struct cached_principal *cache_keep(struct cache *cache, struct fingerprint credential, uint64_t epoch,
					  const struct cached_principal *principal, int64_t until_us, struct arena *arena)
{
	struct pinned *pinned = copy_of(cache, principal);
	struct shard *shard = shard_of(cache, credential);
	struct credential_slot *set = shard->credentials[credential.low % CREDENTIAL_SETS];

	pthread_mutex_lock(&shard->lock);
	struct credential_slot *slot = &set[shard->turn++ % WAYS];

	for (unsigned i = 0; i < WAYS; i++)
		if (set[i].pinned == NULL || set[i].epoch != cache_epoch(cache) || fingerprint_equal(set[i].tag, credential))
			slot = &set[i];

	struct pinned *old = slot->pinned;

	*slot = (struct credential_slot){ credential, epoch, until_us, pinned };
	pthread_mutex_unlock(&shard->lock);
	unpin(old);
	return pin_for(pinned, arena);
}

bool cache_allows(struct cache *cache, struct fingerprint decision, int64_t now_us)
{
	struct shard *shard = shard_of(cache, decision);
	const struct decision_slot *set = shard->decisions[decision.low % DECISION_SETS];
	uint64_t epoch = cache_epoch(cache);
	bool is_found = false;

	pthread_mutex_lock(&shard->lock);
	for (unsigned i = 0; i < WAYS && !is_found; i++)
		is_found = set[i].epoch == epoch && fingerprint_equal(set[i].tag, decision) && now_us < set[i].until_us;
	pthread_mutex_unlock(&shard->lock);
	return is_found;
}

void cache_allow(struct cache *cache, struct fingerprint decision, uint64_t epoch, int64_t until_us)
{
	struct shard *shard = shard_of(cache, decision);
	struct decision_slot *set = shard->decisions[decision.low % DECISION_SETS];

	pthread_mutex_lock(&shard->lock);
	struct decision_slot *slot = &set[shard->turn++ % WAYS];

	for (unsigned i = 0; i < WAYS; i++)
		if (set[i].epoch != cache_epoch(cache) || fingerprint_equal(set[i].tag, decision))
			slot = &set[i];
	*slot = (struct decision_slot){ decision, epoch, until_us };
	pthread_mutex_unlock(&shard->lock);
}

void cache_note_use(struct cache *cache, const char *api_key_id, int64_t now_us)
{
	struct fingerprint tag = fingerprint_of(cache->key, USE_SEED, slice_text(api_key_id));

	pthread_mutex_lock(&cache->uses_lock);
	struct cache_use *use = &cache->uses[tag.low % USES];

	for (unsigned i = 0; i < WAYS; i++) {
		struct cache_use *other = &cache->uses[(tag.low + i) % USES];

		if (other->at_us != 0 && strcmp(other->api_key_id, api_key_id) != 0)
			continue;
		use = other;
		break;
	}
	snprintf(use->api_key_id, sizeof use->api_key_id, "%s", api_key_id);
	use->at_us = now_us;
	pthread_mutex_unlock(&cache->uses_lock);
}

size_t cache_take_uses(struct cache *cache, struct cache_use *uses, size_t most)
{
	size_t count = 0;

	pthread_mutex_lock(&cache->uses_lock);
	for (size_t i = 0; i < USES && count < most; i++) {
		if (cache->uses[i].at_us == 0)
			continue;
		uses[count++] = cache->uses[i];
		cache->uses[i] = (struct cache_use){ .at_us = 0 };
	}
	pthread_mutex_unlock(&cache->uses_lock);
	return count;
}
