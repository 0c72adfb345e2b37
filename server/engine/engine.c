/* SPDX-License-Identifier: Apache-2.0 */
/* engine.c: the workers: woken by commits and by the clock; a waiting operation holds none of them. */
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

enum { IDLE_MOST_MS = 1000, STORE_PAUSE_US = 1000000, STOP_EXTRA_MS = 1000, QUEUE_PAUSE_MS = 10,
       QUEUE_TRIES = 500 };

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

/* A flood of calls must not cost an operation its lease: a worker can wait where a call cannot. */
struct status engine_write(struct engine *engine, struct arena *arena, store_work work, void *context)
{
	const struct timespec pause = { 0, QUEUE_PAUSE_MS * 1000000 };
	struct status status = write_once(engine, arena, work, context);

	for (int i = 0; i < QUEUE_TRIES && text_equal(status.reason, "STORE_QUEUE_FULL"); i++) {
		nanosleep(&pause, NULL);
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

/* ---- periodic jobs ---- */

/* Under the lock. */
static struct tick *take_due_tick(struct engine *engine, int64_t *next_us)
{
	int64_t now_us = time_monotonic_us();

	*next_us = INT64_MAX;
	for (unsigned i = 0; i < engine->tick_count; i++) {
		struct tick *tick = &engine->ticks[i];

		if (tick->is_running)
			continue;
		if (tick->next_us <= now_us) {
			tick->is_running = true;
			return tick;
		}
		if (tick->next_us < *next_us)
			*next_us = tick->next_us;
	}
	return NULL;
}

static void run_tick(struct engine *engine, struct tick *tick)
{
	struct arena *arena = arena_new(0);
	struct status status = tick->run(arena, tick->context);

	if (!status_is_ok(status)) {
		atomic_fetch_add_explicit(&engine->counters.ticks_failed, 1, memory_order_relaxed);
		log_event(LOG_WARNING, "engine.tick.failed", LOG_TEXT("tick", tick->name),
			  LOG_TEXT("reason", status.reason), LOG_TEXT("message", status.message));
	}
	arena_free(arena);
	pthread_mutex_lock(&engine->lock);
	tick->is_running = false;
	tick->next_us = time_monotonic_us() + tick->interval_us;
	pthread_cond_signal(&engine->changed); /* somebody must wait for its next time */
	pthread_mutex_unlock(&engine->lock);
}

/* ---- workers ---- */

enum task { TASK_STOP, TASK_LOOK, TASK_TICK };

static void wait_until_due(struct engine *engine, int64_t next_tick_us)
{
	struct timespec until;
	int64_t wait_us = IDLE_MOST_MS * TIME_US_PER_MS; /* no longer, because wall clocks jump */
	int64_t now_us = time_now_us();
	int64_t monotonic_us = time_monotonic_us();

	if (engine->next_due_us != INT64_MAX && engine->next_due_us - now_us < wait_us)
		wait_us = engine->next_due_us - now_us;
	if (next_tick_us != INT64_MAX && next_tick_us - monotonic_us < wait_us)
		wait_us = next_tick_us - monotonic_us;
	if (wait_us < 1)
		wait_us = 1;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += wait_us / TIME_US_PER_SECOND;
	until.tv_nsec += wait_us % TIME_US_PER_SECOND * 1000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	engine->has_timekeeper = true;
	pthread_cond_timedwait(&engine->changed, &engine->lock, &until);
	engine->has_timekeeper = false;
}

static enum task next_task(struct engine *engine, struct tick **tick)
{
	enum task task = TASK_STOP;

	pthread_mutex_lock(&engine->lock);
	while (!engine->is_stopping) {
		int64_t next_tick_us = 0;

		*tick = take_due_tick(engine, &next_tick_us);
		if (*tick != NULL) {
			task = TASK_TICK;
			break;
		}
		if (engine->is_woken || time_now_us() >= engine->next_due_us) {
			engine->is_woken = false;
			engine->next_due_us = INT64_MAX; /* the look finds it anew */
			task = TASK_LOOK;
			break;
		}
		if (engine->has_timekeeper)
			pthread_cond_wait(&engine->changed, &engine->lock);
		else
			wait_until_due(engine, next_tick_us);
	}
	pthread_cond_signal(&engine->changed); /* the next one keeps the time */
	pthread_mutex_unlock(&engine->lock);
	return task;
}

static bool look_for_work(struct engine *engine)
{
	struct turn *turn = NULL;

	if (!turn_claim(engine, &turn)) {
		pthread_mutex_lock(&engine->lock);
		if (engine->next_due_us > time_now_us() + STORE_PAUSE_US)
			engine->next_due_us = time_now_us() + STORE_PAUSE_US;
		pthread_mutex_unlock(&engine->lock);
		return false;
	}
	if (turn == NULL)
		return false;
	engine_wake(engine); /* where one was, there may be more */
	turn_run(turn);
	return true;
}

static void engine_free(struct engine *engine)
{
	pthread_cond_destroy(&engine->changed);
	pthread_cond_destroy(&engine->heart_changed);
	pthread_mutex_destroy(&engine->lock);
	limits_free(engine->limits);
	memory_free(engine->threads);
	memory_free(engine->owner);
	memory_free(engine);
}

static void *work_loop(void *context)
{
	struct engine *engine = context;
	struct tick *tick = NULL;

	pthread_setname_np(pthread_self(), "gaon-worker");
	for (enum task task; (task = next_task(engine, &tick)) != TASK_STOP;) {
		if (task == TASK_TICK)
			run_tick(engine, tick);
		else
			look_for_work(engine);
	}
	pthread_mutex_lock(&engine->lock);
	bool is_last = --engine->running_threads == 0 && engine->is_orphaned;

	pthread_cond_broadcast(&engine->changed);
	pthread_mutex_unlock(&engine->lock);
	if (is_last)
		engine_free(engine);
	return NULL;
}

unsigned engine_run_due(struct engine *engine)
{
	struct tick *tick = NULL;
	int64_t next_us = 0;
	unsigned turns = 0;

	for (unsigned i = 0; i < engine->tick_count; i++) {
		pthread_mutex_lock(&engine->lock);
		tick = take_due_tick(engine, &next_us);
		pthread_mutex_unlock(&engine->lock);
		if (tick != NULL)
			run_tick(engine, tick);
	}
	while (look_for_work(engine))
		turns++;
	return turns;
}

struct next_due {
	int64_t due_us;
};

static struct status read_next_due(struct store_tx *tx, void *context)
{
	return operation_next_due(tx, NULL, 0, &((struct next_due *)context)->due_us);
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

/* True when all threads have gone by then. Under the lock. */
static bool wait_for_threads(struct engine *engine, int64_t most_ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += most_ms / 1000;
	until.tv_nsec += most_ms % 1000 * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
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
	pthread_cond_signal(&engine->heart_changed);
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
