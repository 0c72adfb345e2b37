/* SPDX-License-Identifier: Apache-2.0 */
/* internal.h: what the files of this room share: the engine, and a turn: one worker's hold on one operation. */
#ifndef GAON_ENGINE_INTERNAL_H
#define GAON_ENGINE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "server/engine/limit.h"
#include "server/engine/operation.h"

enum {
	MOST_WORKFLOWS = 64,
	MOST_TICKS = 32,
	MOST_BLOCKED = 64,         /* connections left out of one search for work */
	ACT_MOST_MS = 60 * 1000,   /* one act, whatever its step allows */
	UNDO_TIMEOUT_S = 600,      /* of a step that sets none */
	DEADLINE_S = 24 * 3600,    /* of a workflow that sets none */
};

struct tick {
	const char *name;
	int64_t interval_us, next_us; /* monotonic */
	bool is_running;
	struct status (*run)(struct arena *arena, void *context);
	void *context;
};

/** One worker's hold on one operation, from its claim until it gives it back. */
struct turn {
	struct engine *engine;
	struct arena *arena;
	struct operation_row row;        /* as it is stored */
	const struct workflow *workflow; /* NULL: nobody knows its kind */
	bool is_resumed;                 /* its former worker never gave it back */

	/* What others see of it. */
	const char *id, *tenant;
	int64_t fence;
	atomic_bool is_undoing;          /* not to be stopped */
	atomic_bool is_asked;            /* somebody cancelled the operation */
	atomic_bool is_cancelled;        /* the act should end: asked, lease lost, or shutting down */
	atomic_llong renew_until_us;     /* monotonic: beyond it the worker is taken for hung, and its lease may lapse */
	struct turn *next, **link;       /* the engine's list of turns, for the heart */
};

struct engine_counters {
	atomic_ullong claims, acts, retries, polls, succeeded, failed, cancelled, leases_lost, ticks_failed;
};

struct engine {
	struct store *store;
	struct engine_options options;
	char *owner; /* "<replica>/<id of this start>" */
	struct engine_counters counters;

	/* Before engine_start only. */
	const struct workflow *workflows[MOST_WORKFLOWS];
	unsigned workflow_count;
	struct tick ticks[MOST_TICKS]; /* their `next_us` and `is_running`: under `lock` */
	unsigned tick_count;

	/* Never held across I/O or a transaction. */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct limits *limits;
	bool is_woken;          /* there may be work: somebody should look */
	int64_t next_due_us;    /* wall clock, as far as known */
	int64_t kept_until_us;  /* monotonic: one idle worker waits until then, the others for a wake; INT64_MAX: nobody does */
	bool is_stopping, is_abandoned;
	bool is_orphaned; /* engine_stop is through with it: the last worker frees it */
	unsigned running_threads, in_store;
	struct turn *turns;

	pthread_t *threads;
	unsigned thread_count;
	pthread_t heart;
	bool has_heart;
	pthread_cond_t heart_changed;
	bool heart_stops; /* after the workers did */
};

/**
 * Claims the oldest due operation; *turn NULL when there is none, and then next_due_us is known. False when the store
 * failed, which is logged (claim.c).
 */
MUST_CHECK bool turn_claim(struct engine *engine, struct turn **turn);
/** Runs steps until the operation waits, ends, or is lost; then gives it back and frees the turn (turn.c). */
void turn_run(struct turn *turn);
void turn_end(struct turn *turn);

/** Takes over what was written. */
void turn_adopt(struct turn *turn, const struct operation_row *row);
/** After so many failures in a row. Full jitter: anything up to twice the last pause, at most retry_most_ms. */
int64_t turn_pause_us(const struct turn *turn, unsigned failures);

enum round_end {
	ROUND_GO_ON,   /* we still hold the operation: decide what is next */
	ROUND_RELEASED,/* it waits */
	ROUND_LOST,    /* the lease or the store is gone: nothing more may be done */
};
/** Runs the current step, or its undo, once (round.c). */
enum round_end round_run(struct turn *turn, struct arena *arena);
/** Parses what `row` holds as text, for callbacks. */
MUST_CHECK struct status round_parse(struct arena *arena, struct operation_row *row);

/** Turns a row towards compensation: from here on the steps that were begun are undone, last first. */
void turn_compensate(struct arena *arena, struct operation_row *row, struct status cause);

/** store_write, unless the engine was abandoned: then UNAVAILABLE / ENGINE_STOPPED. */
MUST_CHECK struct status engine_write(struct engine *engine, struct arena *arena, store_work work, void *context);
MUST_CHECK struct status engine_read(struct engine *engine, struct arena *arena, store_work work, void *context);
void engine_wake(struct engine *engine);

/** For pthread_cond_timedwait on this room's conditions. */
struct timespec engine_after_us(int64_t us);
void engine_free(struct engine *engine);

/** A worker's thread (workers.c). */
void *work_loop(void *engine);

/** Renews the leases of the running turns and tells them when they are asked to stop (heart.c). */
void *heart_loop(void *engine);

#endif
