/* SPDX-License-Identifier: Apache-2.0 */
/* session.c: a list of sessions under one lock, which is never held while one is opened or closed. */
#include "server/engine/session.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "runtime/base/memory.h"
#include "runtime/base/time.h"

enum { WAIT_MOST_MS = 1000 };

enum entry_state { ENTRY_OPENING, ENTRY_OPEN, ENTRY_FAILED };

struct session_entry {
	struct session_entry *next;
	struct arena *arena; /* the entry's own: config, and whatever `open` leaves there */
	const char *connection;
	int64_t revision;
	enum entry_state state;
	bool is_outdated; /* nobody new may have it; the last one closes it */
	unsigned users;   /* holders, and those who wait for it */
	int64_t used_us;  /* monotonic */
	const struct provider *provider;
	struct provider_session *session;
	struct provider_result failure;
};

struct session_cache {
	pthread_mutex_t lock;
	pthread_cond_t opened;
	struct session_entry *first;
};

struct session_cache *session_cache_new(void)
{
	struct session_cache *cache = MEMORY_NEW(struct session_cache);
	pthread_condattr_t monotonic;

	pthread_mutex_init(&cache->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&cache->opened, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return cache;
}

static void entry_close(struct session_entry *entry)
{
	if (entry->session != NULL && entry->provider->ops->close != NULL)
		entry->provider->ops->close(entry->session);
	arena_free(entry->arena);
}

static void close_list(struct session_entry *list)
{
	for (struct session_entry *entry = list, *next; entry != NULL; entry = next) {
		next = entry->next;
		entry_close(entry);
	}
}

void session_cache_free(struct session_cache *cache)
{
	if (cache == NULL)
		return;
	close_list(cache->first);
	pthread_cond_destroy(&cache->opened);
	pthread_mutex_destroy(&cache->lock);
	memory_free(cache);
}

/* Under the lock: takes out what nobody holds and nobody may have any more, or (idle_us ≥ 0) has not been used for so long. */
static struct session_entry *take_closable(struct session_cache *cache, int64_t idle_us)
{
	struct session_entry *closable = NULL;
	int64_t now_us = time_monotonic_us();

	for (struct session_entry **link = &cache->first; *link != NULL;) {
		struct session_entry *entry = *link;
		bool is_idle = idle_us >= 0 && entry->state == ENTRY_OPEN && now_us - entry->used_us >= idle_us;

		if (entry->users > 0 || !(entry->is_outdated || is_idle)) {
			link = &entry->next;
			continue;
		}
		*link = entry->next;
		entry->next = closable;
		closable = entry;
	}
	return closable;
}

static struct session_entry *find_current(struct session_cache *cache, const struct session_request *request)
{
	for (struct session_entry *entry = cache->first; entry != NULL; entry = entry->next) {
		if (entry->is_outdated || strcmp(entry->connection, request->connection) != 0)
			continue;
		if (entry->revision >= request->revision)
			return entry;
		entry->is_outdated = true;
	}
	return NULL;
}

static struct session_entry *entry_new(struct session_cache *cache, const struct session_request *request)
{
	struct arena *arena = arena_new(0);
	struct session_entry *entry = ARENA_NEW(arena, struct session_entry);

	entry->arena = arena;
	entry->connection = arena_strdup(arena, request->connection);
	entry->revision = request->revision;
	entry->users = 1;
	entry->next = cache->first;
	cache->first = entry;
	return entry;
}

/* ---- opening ---- */

static struct provider_result from_status(struct arena *arena, struct status status)
{
	bool is_passing = status.code == STATUS_UNAVAILABLE || status.code == STATUS_RESOURCE_EXHAUSTED ||
			  status.code == STATUS_ABORTED;

	return provider_fail(arena, is_passing ? PROVIDER_UNAVAILABLE : PROVIDER_INVALID, "%s",
			     status.message != NULL ? status.message : "the connection could not be read");
}

static struct provider_result open_entry(struct session_entry *entry, const struct provider_call *call,
					 const struct session_request *request)
{
	struct session_source source = { .provider = NULL };
	struct provider_call opening = *call;
	struct status status = request->load(entry->arena, request->context, &source);

	opening.arena = entry->arena;
	if (!status_is_ok(status))
		return from_status(entry->arena, status);
	if (source.provider == NULL || source.provider->ops == NULL)
		return provider_fail(entry->arena, PROVIDER_UNSUPPORTED,
				     "this kind of provider is not built into this server; use one that has it");
	entry->provider = source.provider;
	return source.provider->ops->open(&opening, &source.config, &entry->session);
}

/* Into the caller's arena: the entry's may go as soon as the lock does. */
static struct provider_result copy_failure(struct arena *arena, struct provider_result failure)
{
	failure.message = failure.message != NULL ? arena_strdup(arena, failure.message) : NULL;
	failure.request_id = failure.request_id != NULL ? arena_strdup(arena, failure.request_id) : NULL;
	return failure;
}

/* Under the lock; says whether the entry is open, and takes care of a failed one. */
static struct provider_result settle(struct session_entry *entry, struct arena *arena, const struct provider **provider,
				     struct provider_session **session)
{
	entry->used_us = time_monotonic_us();
	if (entry->state == ENTRY_OPEN) {
		*provider = entry->provider;
		*session = entry->session;
		return PROVIDER_DONE;
	}
	entry->users--;
	return copy_failure(arena, entry->failure);
}

static void wait_a_while(struct session_cache *cache, int64_t left_us)
{
	struct timespec until;
	int64_t wait_us = left_us < WAIT_MOST_MS * TIME_US_PER_MS ? left_us : WAIT_MOST_MS * TIME_US_PER_MS;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += wait_us * 1000 % 1000000000;
	until.tv_sec += wait_us / TIME_US_PER_SECOND + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_cond_timedwait(&cache->opened, &cache->lock, &until);
}

/* Under the lock: another thread is opening it. False at the deadline. */
static bool wait_until_opened(struct session_cache *cache, const struct session_entry *entry,
			      const struct provider_call *call)
{
	while (entry->state == ENTRY_OPENING) {
		int64_t left_us = call->deadline_us - time_monotonic_us();

		if (left_us <= 0 || (call->is_cancelled != NULL && atomic_load(call->is_cancelled)))
			return false;
		wait_a_while(cache, left_us);
	}
	return true;
}

static void open_and_tell(struct session_cache *cache, struct session_entry *entry, const struct provider_call *call,
			  const struct session_request *request)
{
	pthread_mutex_unlock(&cache->lock);

	struct provider_result result = open_entry(entry, call, request);

	pthread_mutex_lock(&cache->lock);
	entry->failure = result;
	entry->state = result.error == PROVIDER_OK ? ENTRY_OPEN : ENTRY_FAILED;
	entry->is_outdated |= entry->state == ENTRY_FAILED;
	pthread_cond_broadcast(&cache->opened);
}

struct provider_result session_acquire(struct session_cache *cache, struct provider_call *call,
				       const struct session_request *request, const struct provider **provider,
				       struct provider_session **session)
{
	bool is_ready = true;

	pthread_mutex_lock(&cache->lock);

	struct session_entry *entry = find_current(cache, request);

	if (entry == NULL) {
		entry = entry_new(cache, request);
		open_and_tell(cache, entry, call, request);
	} else {
		entry->users++;
		is_ready = wait_until_opened(cache, entry, call);
	}

	struct provider_result result = { .error = PROVIDER_UNAVAILABLE };

	if (is_ready)
		result = settle(entry, call->arena, provider, session);
	else
		entry->users--;

	struct session_entry *closable = take_closable(cache, -1);

	pthread_mutex_unlock(&cache->lock);
	close_list(closable);
	return is_ready ? result :
			  provider_fail(call->arena, PROVIDER_UNAVAILABLE,
					"the connection is still being opened; it is tried again");
}

/* ---- giving back ---- */

static void give_back(struct session_cache *cache, struct provider_session *session, bool is_dead)
{
	pthread_mutex_lock(&cache->lock);
	for (struct session_entry *entry = cache->first; entry != NULL; entry = entry->next)
		if (entry->state == ENTRY_OPEN && entry->session == session) {
			entry->users--;
			entry->is_outdated |= is_dead;
			entry->used_us = time_monotonic_us();
			break;
		}

	struct session_entry *closable = take_closable(cache, -1);

	pthread_mutex_unlock(&cache->lock);
	close_list(closable);
}

void session_release(struct session_cache *cache, struct provider_session *session)
{
	if (session != NULL)
		give_back(cache, session, false);
}

void session_discard(struct session_cache *cache, struct provider_session *session)
{
	if (session != NULL)
		give_back(cache, session, true);
}

void session_sweep(struct session_cache *cache, int64_t idle_ms)
{
	pthread_mutex_lock(&cache->lock);
	struct session_entry *closable = take_closable(cache, idle_ms * TIME_US_PER_MS);

	pthread_mutex_unlock(&cache->lock);
	close_list(closable);
}

size_t session_count(struct session_cache *cache)
{
	size_t count = 0;

	pthread_mutex_lock(&cache->lock);
	for (const struct session_entry *entry = cache->first; entry != NULL; entry = entry->next)
		count++;
	pthread_mutex_unlock(&cache->lock);
	return count;
}
