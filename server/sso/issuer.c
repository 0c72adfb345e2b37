/* SPDX-License-Identifier: Apache-2.0 */
/* issuer.c: issuers' keys: a small table, one thread that fills it. */
#include "server/sso/issuer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "runtime/base/json.h"
#include "runtime/base/memory.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/sso/issuer_fetch.h"

enum { ISSUERS_MOST = 256, RETRY_MS = 500 };

#define FRESH_US (10 * TIME_US_PER_MINUTE)      /* older keys are fetched again, beside their use */
#define UNKNOWN_KEY_US (30 * TIME_US_PER_SECOND) /* an unknown key id asks again at most so often */
#define FAILED_US (5 * TIME_US_PER_SECOND)      /* a failed fetch is tried again after */
#define STALE_US TIME_US_PER_DAY                /* keys of an issuer that is down are used so long */

/* Freed when the table and all calls have let go of it. */
struct held_set {
	struct jwk_set *set;
	atomic_uint pins;
};

struct entry {
	char *issuer, *jwks_uri; /* NULL: free */
	struct held_set *held;   /* NULL: none yet */
	int64_t fetched_us, tried_us, used_us; /* monotonic */
	bool is_wanted, is_fetching, has_failed;
};

struct issuer_keys {
	struct issuer_options options;
	struct issuer_fetcher *fetcher; /* NULL where options.fetch is the test's */
	pthread_t thread;

	pthread_mutex_t lock; /* guards all below; never held while fetching */
	pthread_cond_t changed;
	bool is_closing;
	struct entry entries[ISSUERS_MOST];
};

static void let_go(void *pointer)
{
	struct held_set *held = pointer;

	if (held == NULL || atomic_fetch_sub_explicit(&held->pins, 1, memory_order_acq_rel) != 1)
		return;
	jwk_set_free(held->set);
	memory_free(held);
}

/* ---- the thread ---- */

/* OpenID Connect Discovery §4: the document must be the issuer's own, else its keys are anybody's. */
static struct status discover(struct issuer_keys *keys, struct arena *arena, const char *issuer, const char **jwks_uri)
{
	size_t size = strlen(issuer);
	struct slice body;
	struct json *document = NULL;
	static const struct json_limits limits = { JWKS_BYTES_MOST, 8, 10000 };

	while (size > 0 && issuer[size - 1] == '/')
		size--;
	TRY(keys->options.fetch(keys->options.fetch_context, arena,
				arena_printf(arena, "%.*s/.well-known/openid-configuration", (int)size, issuer), &body));
	TRY(json_parse(arena, body, &limits, &document));
	if (!text_equal(json_text(json_get(document, "issuer"), NULL), issuer))
		return status_fail(arena, STATUS_UNAUTHENTICATED, "ISSUER_WRONG", "the discovery document is another issuer's");
	*jwks_uri = json_text(json_get(document, "jwks_uri"), "");
	/* An issuer on https does not send us to keys that anybody on the way could change. */
	if (text_starts_with(issuer, "https://") && !text_starts_with(*jwks_uri, "https://"))
		return status_fail(arena, STATUS_UNAUTHENTICATED, "ISSUER_WRONG", "the discovery document names keys without TLS");
	return OK;
}

static struct status fetch_set(struct issuer_keys *keys, struct arena *arena, const char *issuer, const char *jwks_uri,
			       struct jwk_set **set)
{
	struct slice body;

	if (text_is_empty(jwks_uri))
		TRY(discover(keys, arena, issuer, &jwks_uri));
	TRY(keys->options.fetch(keys->options.fetch_context, arena, jwks_uri, &body));
	return jwk_set_parse(arena, body, set);
}

/* With the lock held: takes in what the fetch gave. */
static void settle_entry(struct entry *entry, struct jwk_set *set)
{
	entry->is_fetching = false;
	entry->has_failed = set == NULL;
	entry->tried_us = time_monotonic_us();
	if (set == NULL)
		return;
	let_go(entry->held);
	entry->held = MEMORY_NEW(struct held_set);
	entry->held->set = set;
	atomic_init(&entry->held->pins, 1);
	entry->fetched_us = entry->tried_us;
}

static struct entry *next_wanted(struct issuer_keys *keys)
{
	for (size_t i = 0; i < ISSUERS_MOST; i++)
		if (keys->entries[i].is_wanted)
			return &keys->entries[i];
	return NULL;
}

static void *fetch_loop(void *context)
{
	struct issuer_keys *keys = context;

	pthread_setname_np(pthread_self(), "gaon-issuers");
	pthread_mutex_lock(&keys->lock);
	while (!keys->is_closing) {
		struct entry *entry = next_wanted(keys);

		if (entry == NULL) {
			pthread_cond_wait(&keys->changed, &keys->lock);
			continue;
		}

		struct arena *arena = arena_new(0);
		const char *issuer = arena_strdup(arena, entry->issuer), *jwks_uri = arena_strdup(arena, entry->jwks_uri);
		struct jwk_set *set = NULL;

		entry->is_wanted = false;
		entry->is_fetching = true;
		pthread_mutex_unlock(&keys->lock);

		struct status status = fetch_set(keys, arena, issuer, jwks_uri, &set);

		pthread_mutex_lock(&keys->lock);
		settle_entry(entry, status_is_ok(status) ? set : NULL);
		pthread_cond_broadcast(&keys->changed);
		arena_free(arena);
	}
	pthread_mutex_unlock(&keys->lock);
	return NULL;
}

/* ---- its face ---- */

struct status issuer_keys_new(struct arena *arena, const struct issuer_options *options, struct issuer_keys **keys)
{
	struct issuer_keys *made = MEMORY_NEW(struct issuer_keys);

	made->options = *options;
	if (options->fetch == NULL) {
		struct status status = issuer_fetcher_new(arena, options->allow_loopback_http, &made->fetcher);

		if (!status_is_ok(status)) {
			memory_free(made);
			return status;
		}
		made->options.fetch = issuer_fetcher_fetch;
		made->options.fetch_context = made->fetcher;
	}
	pthread_mutex_init(&made->lock, NULL);
	pthread_cond_init(&made->changed, NULL);
	if (pthread_create(&made->thread, NULL, fetch_loop, made) != 0) {
		issuer_fetcher_free(made->fetcher);
		memory_free(made);
		return status_fail(arena, STATUS_RESOURCE_EXHAUSTED, "ISSUER_THREAD",
				   "the thread that fetches issuers' keys could not be started; raise the limit on threads");
	}
	*keys = made;
	return OK;
}

void issuer_keys_free(struct issuer_keys *keys)
{
	if (keys == NULL)
		return;
	pthread_mutex_lock(&keys->lock);
	keys->is_closing = true;
	issuer_fetcher_cancel(keys->fetcher);
	pthread_cond_broadcast(&keys->changed);
	pthread_mutex_unlock(&keys->lock);
	pthread_join(keys->thread, NULL);
	for (size_t i = 0; i < ISSUERS_MOST; i++) {
		let_go(keys->entries[i].held);
		memory_free(keys->entries[i].issuer);
		memory_free(keys->entries[i].jwks_uri);
	}
	issuer_fetcher_free(keys->fetcher);
	pthread_mutex_destroy(&keys->lock);
	pthread_cond_destroy(&keys->changed);
	memory_free(keys);
}

void issuer_keys_settle(struct issuer_keys *keys)
{
	pthread_mutex_lock(&keys->lock);
	for (;;) {
		bool is_busy = next_wanted(keys) != NULL;

		for (size_t i = 0; i < ISSUERS_MOST; i++)
			is_busy |= keys->entries[i].is_fetching;
		if (!is_busy)
			break;
		pthread_cond_wait(&keys->changed, &keys->lock);
	}
	pthread_mutex_unlock(&keys->lock);
}

/* The source's entry, or the one that was idle longest, made its own; NULL when all are being fetched. */
static struct entry *entry_of(struct issuer_keys *keys, const struct issuer_source *source)
{
	struct entry *oldest = NULL;

	for (size_t i = 0; i < ISSUERS_MOST; i++) {
		struct entry *entry = &keys->entries[i];

		if (text_equal(entry->issuer, source->issuer) && text_equal(entry->jwks_uri, source->jwks_uri))
			return entry;
		if (!entry->is_fetching && (oldest == NULL || entry->used_us < oldest->used_us))
			oldest = entry;
	}
	if (oldest == NULL)
		return NULL;
	let_go(oldest->held);
	memory_free(oldest->issuer);
	memory_free(oldest->jwks_uri);
	*oldest = (struct entry){ .issuer = memory_strdup(source->issuer), .jwks_uri = memory_strdup(source->jwks_uri) };
	return oldest;
}

static void want(struct issuer_keys *keys, struct entry *entry)
{
	if (entry->is_wanted || entry->is_fetching)
		return;
	entry->is_wanted = true;
	pthread_cond_broadcast(&keys->changed);
}

static bool is_due(const struct entry *entry, int64_t now_us, int64_t after_us)
{
	return entry->tried_us == 0 || now_us - entry->tried_us >= after_us;
}

/* With the lock held: what the caller gets, and what is set going. True: the keys as they are. */
static bool look(struct issuer_keys *keys, struct entry *entry, const char *key_id, bool *is_pending)
{
	int64_t now_us = time_monotonic_us();
	bool is_usable = entry->held != NULL && now_us - entry->fetched_us < STALE_US;

	entry->used_us = now_us;
	if (!is_usable) {
		if (is_due(entry, now_us, FAILED_US))
			want(keys, entry);
	} else if (*key_id != '\0' && !jwk_set_has(entry->held->set, key_id)) {
		if (is_due(entry, now_us, UNKNOWN_KEY_US))
			want(keys, entry);
		is_usable = !entry->is_wanted && !entry->is_fetching;
	} else if (now_us - entry->fetched_us >= FRESH_US && is_due(entry, now_us, UNKNOWN_KEY_US)) {
		want(keys, entry);
	}
	*is_pending = entry->is_wanted || entry->is_fetching;
	return is_usable;
}

struct status issuer_keys_get(struct issuer_keys *keys, struct arena *arena, const struct issuer_source *source,
			      const char *key_id, const struct jwk_set **set)
{
	struct held_set *held = NULL;
	bool is_pending = false;

	pthread_mutex_lock(&keys->lock);
	struct entry *entry = entry_of(keys, source);

	if (entry != NULL && look(keys, entry, key_id, &is_pending)) {
		held = entry->held;
		atomic_fetch_add_explicit(&held->pins, 1, memory_order_relaxed);
	}
	pthread_mutex_unlock(&keys->lock);
	if (held != NULL) {
		arena_defer(arena, let_go, held);
		*set = held->set;
		return OK;
	}
	if (is_pending || entry == NULL)
		return status_with_retry(arena,
					 status_fail(arena, STATUS_UNAVAILABLE, "JWKS_PENDING",
						     "the identity provider's keys are being fetched; try again in a moment"),
					 RETRY_MS);
	return status_with_retry(arena,
				 status_fail(arena, STATUS_UNAVAILABLE, "JWKS_UNREACHABLE",
					     "the identity provider's keys could not be fetched; check its address, and that"
					     " this server may reach it"),
				 FAILED_US / TIME_US_PER_MS);
}
