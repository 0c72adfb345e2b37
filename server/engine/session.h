/* SPDX-License-Identifier: Apache-2.0 */
/* session.h: open provider sessions, one per connection, shared by the workers; opened anew when the connection changes. */
#ifndef GAON_ENGINE_SESSION_H
#define GAON_ENGINE_SESSION_H

#include <stddef.h>
#include <stdint.h>

#include "providers/provider.h"
#include "runtime/base/arena.h"
#include "runtime/base/status.h"

struct session_cache;

/** Thread-safe. */
struct session_cache *session_cache_new(void);
/** Closes them all; nobody may hold one any more. Takes NULL. */
void session_cache_free(struct session_cache *cache);

struct session_source {
	const struct provider *provider;
	struct provider_config config; /* in the arena that `load` got, which lives as long as the session */
};

struct session_request {
	const char *connection;
	int64_t revision; /* of its settings and credentials: a session of an older one is not used any more */
	/** Called only when a session must be opened; no lock is held. */
	struct status (*load)(struct arena *arena, void *context, struct session_source *source);
	void *context;
};

/**
 * A session on the connection: the open one, or a new one, opened on this thread (others that want it wait for it until
 * their own deadline). Blocks at most until call->deadline_us. Give it back with session_release or session_discard.
 * Fails as `open` or `load` did; UNAVAILABLE when another thread's open takes too long; UNSUPPORTED for a kind that is not
 * built in.
 */
struct provider_result session_acquire(struct session_cache *cache, struct provider_call *call,
				       const struct session_request *request, const struct provider **provider,
				       struct provider_session **session);
void session_release(struct session_cache *cache, struct provider_session *session);
/** As session_release, for one that turned out to be dead: the next caller opens a new one. */
void session_discard(struct session_cache *cache, struct provider_session *session);

/** Closes those that nobody used for `idle_ms`. Blocks as closing does: for a periodic job. */
void session_sweep(struct session_cache *cache, int64_t idle_ms);

size_t session_count(struct session_cache *cache);

#endif
