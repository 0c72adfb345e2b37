/* SPDX-License-Identifier: Apache-2.0 */
/* internal.h: what the files of this room share: the store and its transactions. */
#ifndef GAON_STORE_INTERNAL_H
#define GAON_STORE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "server/store/driver.h"

enum { STORE_IDLE_READERS = 64, STORE_LISTENERS = 8 };

/** A read connection. Its snapshot stays open while nothing is committed: the next read sees the same moment. */
struct reader {
	struct connection *connection; /* NULL: none */
	uint64_t commits;              /* `store->committed` before the snapshot began */
	bool is_open;
};

struct store_listener {
	void (*hear)(void *context, int64_t marks);
	void *context;
};

/** Counters: written with relaxed atomics by whoever did the thing, read by store_metrics. */
struct store_counters {
	atomic_ullong reads, statements, writes, writes_failed, commits, commits_failed, largest_group, commit_us,
		queue_refused, upkeeps, readers_opened;
};

struct store {
	struct arena *arena; /* the store's own memory */
	const struct store_driver *driver;
	struct database *database;
	struct store_options options;
	struct store_counters counters;

	/* The pool of read connections: owned by `pool_lock`. Newest first, so that the warm ones are used again. */
	pthread_mutex_t pool_lock;
	struct reader idle[STORE_IDLE_READERS];
	unsigned idle_count;
	bool are_readers_closed; /* the writer works on the log: no idle reader keeps its snapshot */
	atomic_ullong committed; /* how often; grows before anybody is told of a commit */

	/* The queue of writes: owned by `queue_lock`, because every thread may add and the writer takes. */
	pthread_mutex_t queue_lock;
	pthread_cond_t queue_filled;
	struct store_job *first, *last;
	unsigned queued;
	bool is_closing;

	/* Only the writer thread touches these. */
	pthread_t writer;
	struct connection *connection;

	/* Owned by `listener_lock`: held while they are told, so that one which leaves is not told afterwards. */
	pthread_mutex_t listener_lock;
	struct store_listener listeners[STORE_LISTENERS];
	unsigned listener_count;
};

struct store_tx {
	struct store *store;
	struct arena *arena;
	struct connection *connection; /* a reader's is taken at its first statement */
	struct reader reader;          /* of a read */
	bool is_write;
	int64_t marks;
	struct status failure; /* of a statement: the transaction can only end with it */
};

/** Starts and ends the writer thread (writer.c). */
MUST_CHECK struct status writer_start(struct store *store, struct arena *arena);
void writer_stop(struct store *store);

/** Ends the snapshots of idle readers, and lets none be kept until store_reopen_readers: an open one keeps the log from beginning anew. */
void store_close_readers(struct store *store, struct arena *arena);
void store_reopen_readers(struct store *store);

/** Runs a schema step in a write transaction. */
MUST_CHECK struct status store_script(struct store_tx *tx, const char *sql);

static inline void count_up(atomic_ullong *counter, uint64_t by)
{
	atomic_fetch_add_explicit(counter, by, memory_order_relaxed);
}

#endif
