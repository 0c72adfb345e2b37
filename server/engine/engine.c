/* SPDX-License-Identifier: Apache-2.0 */
/* engine.c: an engine made, started and stopped; and the store as long as its workers may use it. */
#include "server/engine/engine.h"

#include <assert.h>
#include <string.h>
#include <time.h>

#include "runtime/base/id.h"
#include "runtime/base/log.h"
#include "runtime/base/memory.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/engine/internal.h"

enum { STOP_EXTRA_MS = 1000, QUEUE_PAUSE_MS = 10, QUEUE_TRIES = 500 };

/* ---- the store, as long as we may use it ---- */

static bool enter_store(struct engine *engine)
{
	pthread_mutex_lock(&engine->lock);
	bool is_allowed = !engine->is_abandoned;

	engine->in_store += is_allowed;
	pthread_mutex_unlock(&engine->lock);
	return is_allowed;
}

static void leave_store(struct engine *engine)
{
	pthread_mutex_lock(&engine->lock);
	if (--engine->in_store == 0 && engine->is_abandoned)
		pthread_cond_broadcast(&engine->changed);
	pthread_mutex_unlock(&engine->lock);
}

static const struct status stopped = { .code = STATUS_UNAVAILABLE,
				       .reason = "ENGINE_STOPPED",
				       .message = "the server is shutting down" };

static struct status write_once(struct engine *engine, struct arena *arena, store_work work, void *context)
{
	if (!enter_store(engine))
		return stopped;

	struct status status = store_write(engine->store, arena, work, context);

	leave_store(engine);
	return status;
}

struct timespec engine_after_us(int64_t us)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += us % TIME_US_PER_SECOND * 1000;
	until.tv_sec += us / TIME_US_PER_SECOND + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	return until;
}

/* On the heart's condition, because a wake for idle workers must not be spent here. */
static void pause_for_queue(struct engine *engine)
{
	const struct timespec until = engine_after_us(QUEUE_PAUSE_MS * TIME_US_PER_MS);

	pthread_mutex_lock(&engine->lock);
	pthread_cond_timedwait(&engine->heart_changed, &engine->lock, &until);
	pthread_mutex_unlock(&engine->lock);
}

/* A flood of calls must not cost an operation its lease: a worker can wait where a call cannot. */
struct status engine_write(struct engine *engine, struct arena *arena, store_work work, void *context)
{
	struct status status = write_once(engine, arena, work, context);

	for (int i = 0; i < QUEUE_TRIES && text_equal(status.reason, "STORE_QUEUE_FULL"); i++) {
		pause_for_queue(engine);
		status = write_once(engine, arena, work, context);
	}
	return status;
}

struct status engine_read(struct engine *engine, struct arena *arena, store_work work, void *context)
{
	if (!enter_store(engine))
		return stopped;

	struct status status = store_read(engine->store, arena, work, context);

	leave_store(engine);
	return status;
}

/* ---- making ---- */

static struct engine_options with_defaults(const struct engine_options *given)
{
	struct engine_options options = *given;

	if (options.workers == 0)
		options.workers = 8;
	if (options.lease_ms <= 0)
		options.lease_ms = 30000;
	if (options.retry_first_ms <= 0)
		options.retry_first_ms = 500;
	if (options.retry_most_ms <= 0)
		options.retry_most_ms = 60000;
	if (options.connection_concurrency == 0)
		options.connection_concurrency = 8;
	if (options.replica == NULL)
		options.replica = "local";
	return options;
}

void engine_wake(struct engine *engine)
{
	pthread_mutex_lock(&engine->lock);
	engine->is_woken = true;
	pthread_cond_signal(&engine->changed);
	pthread_mutex_unlock(&engine->lock);
}

static void hear_commit(void *context, int64_t marks)
{
	if (marks & STORE_MARK_OPERATION)
		engine_wake(context);
}

struct engine *engine_new(struct store *store, const struct engine_options *options)
{
	struct engine *engine = MEMORY_NEW(struct engine);
	struct arena *arena = arena_new(0);
	pthread_condattr_t monotonic;

	engine->store = store;
	engine->options = with_defaults(options);
	engine->owner = memory_strdup(arena_printf(arena, "%s/%s", engine->options.replica, id_new(arena)));
	engine->limits = limits_new(engine->options.connection_concurrency, engine->options.connection_rate_per_s);
	engine->next_due_us = INT64_MAX;
	engine->kept_until_us = INT64_MAX;
	pthread_mutex_init(&engine->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&engine->changed, &monotonic);
	pthread_cond_init(&engine->heart_changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	arena_free(arena);
	if (!engine->options.is_manual)
		store_on_commit(store, hear_commit, engine);
	return engine;
}

void engine_register(struct engine *engine, const struct workflow *workflow)
{
	assert(engine->workflow_count < MOST_WORKFLOWS && engine->thread_count == 0);
	engine->workflows[engine->workflow_count++] = workflow;
}

void engine_every(struct engine *engine, const char *name, int64_t interval_ms,
		  struct status (*run)(struct arena *arena, void *context), void *context)
{
	assert(engine->tick_count < MOST_TICKS && engine->thread_count == 0);
	engine->ticks[engine->tick_count++] = (struct tick){
		.name = name,
		.interval_us = interval_ms * TIME_US_PER_MS,
		.run = run,
		.context = context,
	};
}

struct next_due {
	int64_t due_us;
};

static struct status read_next_due(struct store_tx *tx, void *context)
{
	const struct exclusion nothing = { .connection_count = 0 };

	return operation_next_due(tx, &nothing, &((struct next_due *)context)->due_us);
}

struct status engine_next_due(struct engine *engine, struct arena *arena, int64_t *due_us)
{
	struct next_due next = { INT64_MAX };

	TRY(store_read(engine->store, arena, read_next_due, &next));
	*due_us = next.due_us;
	return OK;
}

/* ---- starting and stopping ---- */

static struct status void_leases(struct store_tx *tx, void *context)
{
	struct engine *engine = context;

	return operation_void_leases(tx, engine->options.replica, engine->owner, time_now_us());
}

struct status engine_start(struct engine *engine)
{
	struct arena *arena = arena_new(0);
	struct status status = store_write(engine->store, arena, void_leases, engine);

	if (!status_is_ok(status)) {
		log_event(LOG_ERROR, "engine.start.failed", LOG_TEXT("reason", status.reason),
			  LOG_TEXT("message", status.message));
		status = (struct status){ .code = status.code,
					  .reason = "ENGINE_STORE",
					  .message = "the operations of the last run could not be taken up; the log says why" };
	}
	arena_free(arena);
	TRY(status);
	if (engine->options.is_manual)
		return OK;
	engine->is_woken = true;
	engine->thread_count = engine->options.workers;
	engine->threads = MEMORY_ARRAY(engine->thread_count, pthread_t);
	for (unsigned i = 0; i < engine->thread_count; i++) {
		pthread_mutex_lock(&engine->lock);
		engine->running_threads++;
		pthread_mutex_unlock(&engine->lock);
		if (pthread_create(&engine->threads[i], NULL, work_loop, engine) == 0)
			continue;
		pthread_mutex_lock(&engine->lock);
		engine->running_threads--;
		pthread_mutex_unlock(&engine->lock);
		engine->thread_count = i;
		break;
	}
	if (engine->thread_count == 0 || pthread_create(&engine->heart, NULL, heart_loop, engine) != 0)
		return (struct status){ .code = STATUS_RESOURCE_EXHAUSTED,
					.reason = "ENGINE_THREAD",
					.message = "the engine's threads could not be started; raise the limit on threads" };
	engine->has_heart = true;
	return OK;
}

void engine_free(struct engine *engine)
{
	pthread_cond_destroy(&engine->changed);
	pthread_cond_destroy(&engine->heart_changed);
	pthread_mutex_destroy(&engine->lock);
	limits_free(engine->limits);
	memory_free(engine->threads);
	memory_free(engine->owner);
	memory_free(engine);
}

/* True when all threads have gone by then. Under the lock. */
static bool wait_for_threads(struct engine *engine, int64_t most_ms)
{
	const struct timespec until = engine_after_us(most_ms * TIME_US_PER_MS);

	while (engine->running_threads > 0)
		if (pthread_cond_timedwait(&engine->changed, &engine->lock, &until) != 0)
			return engine->running_threads == 0;
	return true;
}

static void cancel_turns(struct engine *engine)
{
	for (struct turn *turn = engine->turns; turn != NULL; turn = turn->next)
		atomic_store(&turn->is_cancelled, true);
}

static void stop_heart(struct engine *engine)
{
	if (!engine->has_heart)
		return;
	pthread_mutex_lock(&engine->lock);
	engine->heart_stops = true;
	pthread_cond_broadcast(&engine->heart_changed);
	pthread_mutex_unlock(&engine->lock);
	pthread_join(engine->heart, NULL);
}

void engine_stop(struct engine *engine, int64_t grace_ms)
{
	if (engine == NULL)
		return;
	pthread_mutex_lock(&engine->lock);
	engine->is_stopping = true;
	pthread_cond_broadcast(&engine->changed);

	bool is_done = wait_for_threads(engine, grace_ms);

	if (!is_done) {
		cancel_turns(engine);
		is_done = wait_for_threads(engine, STOP_EXTRA_MS);
	}
	if (!is_done) {
		engine->is_abandoned = true;
		while (engine->in_store > 0)
			pthread_cond_wait(&engine->changed, &engine->lock);
	}
	pthread_mutex_unlock(&engine->lock);
	stop_heart(engine);
	if (!engine->options.is_manual)
		store_off_commit(engine->store, hear_commit, engine);
	for (unsigned i = 0; i < engine->thread_count; i++) {
		if (is_done)
			pthread_join(engine->threads[i], NULL);
		else
			pthread_detach(engine->threads[i]);
	}
	/* A worker that hangs in a provider still looks at the engine when it comes back: the last one frees it. */
	pthread_mutex_lock(&engine->lock);
	engine->is_orphaned = true;

	bool is_ours = engine->running_threads == 0;

	pthread_mutex_unlock(&engine->lock);
	if (is_ours)
		engine_free(engine);
}

void engine_limit(struct engine *engine, const char *connection, unsigned concurrency, unsigned rate_per_s)
{
	pthread_mutex_lock(&engine->lock);
	limits_set(engine->limits, connection, concurrency, rate_per_s);
	pthread_mutex_unlock(&engine->lock);
}

size_t engine_metrics(struct engine *engine, struct engine_metric *metrics, size_t most)
{
	const struct {
		const char *name;
		const atomic_ullong *counter;
	} table[] = {
		{ "claims", &engine->counters.claims },
		{ "acts", &engine->counters.acts },
		{ "retries", &engine->counters.retries },
		{ "polls", &engine->counters.polls },
		{ "succeeded", &engine->counters.succeeded },
		{ "failed", &engine->counters.failed },
		{ "cancelled", &engine->counters.cancelled },
		{ "leases_lost", &engine->counters.leases_lost },
		{ "ticks_failed", &engine->counters.ticks_failed },
	};
	size_t count = sizeof table / sizeof table[0];

	for (size_t i = 0; i < count && i < most; i++)
		metrics[i] = (struct engine_metric){ table[i].name,
						     atomic_load_explicit(table[i].counter, memory_order_relaxed) };
	return count < most ? count : most;
}
