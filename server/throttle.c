/* SPDX-License-Identifier: Apache-2.0 */
/* throttle.c: buckets that are one number each, in tables of a fixed size. */
#include "server/throttle.h"

#include <arpa/inet.h>
#include <stdatomic.h>
#include <string.h>

#include "runtime/base/memory.h"
#include "runtime/base/text.h"

enum {
	WAYS = 4,
	BUCKET_SETS = 1024, /* × WAYS = 4,096 of each kind */
	KNOWN_SETS = 2048,  /* × WAYS = 8,192 credentials */
};

#define NS_PER_US INT64_C(1000)
#define NS_PER_SECOND INT64_C(1000000000)

/*
 * The generic cell rate algorithm: `full_ns` is when the bucket will be full again. A call moves it on by 1/rate; it is taken
 * when that is not further ahead than the burst lasts. So one compare-and-swap is all.
 */
struct bucket {
	atomic_uint_least64_t tag; /* 0: nobody's */
	atomic_int_least64_t full_ns;
};

/* A torn one is told by its tag, which is written last and read twice; what it says decides nothing but who is counted. */
struct known {
	atomic_uint_least64_t tag, tenant, principal;
};

struct buckets {
	int64_t per_second, interval_ns, burst_ns;
	atomic_uint_least64_t refused;
	struct bucket *table; /* NULL: off */
};

struct throttle {
	struct buckets kinds[THROTTLE_KIND_COUNT];
	struct known *known;
	atomic_uint turn; /* which way of a full set is given up next */
};

struct throttle *throttle_new(const struct throttle_rate rates[THROTTLE_KIND_COUNT])
{
	struct throttle *throttle = NULL;

	for (unsigned kind = 0; kind < THROTTLE_KIND_COUNT; kind++) {
		if (rates[kind].per_second <= 0)
			continue;
		if (!throttle)
			throttle = MEMORY_NEW(struct throttle);
		struct buckets *buckets = &throttle->kinds[kind];
		int64_t interval_ns = NS_PER_SECOND / rates[kind].per_second;
		buckets->per_second = rates[kind].per_second;
		buckets->interval_ns = interval_ns > 0 ? interval_ns : 1;
		buckets->burst_ns = buckets->interval_ns * (rates[kind].burst > 0 ? rates[kind].burst : 1);
		buckets->table = MEMORY_ARRAY((size_t)BUCKET_SETS * WAYS, struct bucket);
	}
	if (throttle)
		throttle->known = MEMORY_ARRAY((size_t)KNOWN_SETS * WAYS, struct known);
	return throttle;
}

void throttle_free(struct throttle *throttle)
{
	if (!throttle)
		return;
	for (unsigned kind = 0; kind < THROTTLE_KIND_COUNT; kind++)
		memory_free(throttle->kinds[kind].table);
	memory_free(throttle->known);
	memory_free(throttle);
}

/** Its own, else that of its set which is nearest to full: what is full says nothing, and can be given up without loss. */
static struct bucket *bucket_of(struct buckets *buckets, uint64_t tag)
{
	struct bucket *set = &buckets->table[tag % BUCKET_SETS * WAYS], *fullest = set;

	for (unsigned i = 0; i < WAYS; i++) {
		if (atomic_load_explicit(&set[i].tag, memory_order_relaxed) == tag)
			return &set[i];
		if (atomic_load_explicit(&set[i].full_ns, memory_order_relaxed) <
		    atomic_load_explicit(&fullest->full_ns, memory_order_relaxed))
			fullest = &set[i];
	}
	atomic_store_explicit(&fullest->full_ns, 0, memory_order_relaxed);
	atomic_store_explicit(&fullest->tag, tag, memory_order_relaxed);
	return fullest;
}

/** 0 when it was taken, else how long to wait. */
static int64_t take(struct buckets *buckets, uint64_t tag, int64_t now_ns)
{
	if (!buckets->table || tag == 0)
		return 0;
	struct bucket *bucket = bucket_of(buckets, tag);
	int64_t full_ns = atomic_load_explicit(&bucket->full_ns, memory_order_relaxed), next_ns;

	do {
		next_ns = (full_ns > now_ns ? full_ns : now_ns) + buckets->interval_ns;
		if (next_ns - now_ns > buckets->burst_ns) {
			atomic_fetch_add_explicit(&buckets->refused, 1, memory_order_relaxed);
			return next_ns - now_ns - buckets->burst_ns;
		}
	} while (!atomic_compare_exchange_weak_explicit(&bucket->full_ns, &full_ns, next_ns, memory_order_relaxed,
							memory_order_relaxed));
	return 0;
}

/** May go below what is there: nobody is stopped for a call that is under way already. */
static void charge(struct buckets *buckets, uint64_t tag, int64_t now_ns, int64_t by_ns)
{
	if (!buckets->table || tag == 0)
		return;
	struct bucket *bucket = bucket_of(buckets, tag);
	int64_t full_ns = atomic_load_explicit(&bucket->full_ns, memory_order_relaxed);

	while (!atomic_compare_exchange_weak_explicit(&bucket->full_ns, &full_ns, (full_ns > now_ns ? full_ns : now_ns) + by_ns,
						      memory_order_relaxed, memory_order_relaxed))
		continue;
}

static bool find_known(struct throttle *throttle, uint64_t tag, uint64_t *tenant, uint64_t *principal)
{
	struct known *set = &throttle->known[tag % KNOWN_SETS * WAYS];

	for (unsigned i = 0; i < WAYS; i++) {
		if (atomic_load_explicit(&set[i].tag, memory_order_acquire) != tag)
			continue;
		*tenant = atomic_load_explicit(&set[i].tenant, memory_order_acquire);
		*principal = atomic_load_explicit(&set[i].principal, memory_order_acquire);
		return atomic_load_explicit(&set[i].tag, memory_order_relaxed) == tag;
	}
	return false;
}

static enum throttle_verdict judge(struct throttle *throttle, enum throttle_kind kind, uint64_t tag, int64_t now_us,
				   struct throttle_refusal *refusal)
{
	int64_t wait_ns = take(&throttle->kinds[kind], tag, now_us * NS_PER_US);

	if (wait_ns == 0)
		return THROTTLE_PASS;
	*refusal = (struct throttle_refusal){ kind, (wait_ns + NS_PER_US - 1) / NS_PER_US };
	return THROTTLE_REFUSE;
}

enum throttle_verdict throttle_admit(struct throttle *throttle, uint64_t credential, int64_t now_us,
				     struct throttle_refusal *refusal)
{
	uint64_t tenant, principal;

	if (!throttle)
		return THROTTLE_PASS;
	if (credential == 0 || !find_known(throttle, credential, &tenant, &principal))
		return THROTTLE_UNKNOWN;
	/* The narrower one first: what it refuses is not taken from the tenant's others. */
	enum throttle_verdict verdict = judge(throttle, THROTTLE_PRINCIPAL, principal, now_us, refusal);
	return verdict == THROTTLE_PASS ? judge(throttle, THROTTLE_TENANT, tenant, now_us, refusal) : verdict;
}

enum throttle_verdict throttle_admit_stranger(struct throttle *throttle, uint64_t address, int64_t now_us,
					      struct throttle_refusal *refusal)
{
	return judge(throttle, THROTTLE_STRANGER, address, now_us, refusal);
}

static void keep(struct throttle *throttle, const struct throttle_caller *caller)
{
	struct known *set = &throttle->known[caller->credential % KNOWN_SETS * WAYS];
	struct known *slot = &set[atomic_fetch_add_explicit(&throttle->turn, 1, memory_order_relaxed) % WAYS];

	for (unsigned i = 0; i < WAYS; i++) {
		uint64_t tag = atomic_load_explicit(&set[i].tag, memory_order_relaxed);
		if (tag == 0 || tag == caller->credential)
			slot = &set[i];
	}
	atomic_store_explicit(&slot->tag, 0, memory_order_release);
	atomic_store_explicit(&slot->tenant, caller->tenant, memory_order_release);
	atomic_store_explicit(&slot->principal, caller->principal, memory_order_release);
	atomic_store_explicit(&slot->tag, caller->credential, memory_order_release);
}

void throttle_learn(struct throttle *throttle, const struct throttle_caller *caller, int64_t now_us)
{
	struct buckets *kinds = throttle->kinds;
	int64_t now_ns = now_us * NS_PER_US;

	if (caller->credential != 0)
		keep(throttle, caller);
	charge(&kinds[THROTTLE_STRANGER], caller->address, now_ns, -kinds[THROTTLE_STRANGER].interval_ns);
	charge(&kinds[THROTTLE_PRINCIPAL], caller->principal, now_ns, kinds[THROTTLE_PRINCIPAL].interval_ns);
	charge(&kinds[THROTTLE_TENANT], caller->tenant, now_ns, kinds[THROTTLE_TENANT].interval_ns);
}

uint64_t throttle_refused(const struct throttle *throttle, enum throttle_kind kind)
{
	return throttle ? atomic_load_explicit(&throttle->kinds[kind].refused, memory_order_relaxed) : 0;
}

int64_t throttle_per_second(const struct throttle *throttle, enum throttle_kind kind)
{
	return throttle ? throttle->kinds[kind].per_second : 0;
}

struct slice throttle_address(const char *peer, char text[THROTTLE_ADDRESS_SIZE])
{
	static const char six[] = "ipv6:[";
	const char *port = strrchr(text_or_empty(peer), ':'), *end = strchr(text_or_empty(peer), ']');
	char host[INET6_ADDRSTRLEN];
	struct in6_addr address;

	if (text_starts_with(text_or_empty(peer), six) && end && (size_t)(end - peer) - (sizeof six - 1) < sizeof host) {
		size_t size = (size_t)(end - peer) - (sizeof six - 1);
		memcpy(host, peer + sizeof six - 1, size);
		host[size] = '\0';
		if (inet_pton(AF_INET6, host, &address) == 1) {
			memcpy(text, &address, THROTTLE_ADDRESS_SIZE);
			return slice_of(text, THROTTLE_ADDRESS_SIZE);
		}
	}
	return port ? slice_of(peer, (size_t)(port - peer)) : slice_text(text_or_empty(peer));
}
