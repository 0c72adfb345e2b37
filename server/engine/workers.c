/* SPDX-License-Identifier: Apache-2.0 */
/* workers.c: what a worker does next: a periodic job, a look for work, or to wait for a wake or the clock. */
#include <time.h>

#include "runtime/base/log.h"
#include "runtime/base/priority.h"
#include "runtime/base/time.h"
#include "server/engine/internal.h"

enum { IDLE_MOST_MS = 1000, STORE_PAUSE_US = 1000000 };

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

static int64_t wait_us(const struct engine *engine, int64_t next_tick_us)
{
	int64_t wait = IDLE_MOST_MS * TIME_US_PER_MS; /* no longer, because wall clocks jump */
	int64_t now_us = time_now_us();
	int64_t monotonic_us = time_monotonic_us();

	if (engine->next_due_us != INT64_MAX && engine->next_due_us - now_us < wait)
		wait = engine->next_due_us - now_us;
	if (next_tick_us != INT64_MAX && next_tick_us - monotonic_us < wait)
		wait = next_tick_us - monotonic_us;
	return wait > 1 ? wait : 1;
}

/*
 * One idle worker keeps the time. A look may find what is due before the keeper would wake; it cannot tell that one, so who
 * looked keeps the time too. That the first to wake says that nobody does costs no more than another keeper.
 */
static void wait_for_work(struct engine *engine, int64_t next_tick_us)
{
	int64_t wait = wait_us(engine, next_tick_us), until_us = time_monotonic_us() + wait;

	if (until_us >= engine->kept_until_us) {
		pthread_cond_wait(&engine->changed, &engine->lock);
		return;
	}
	const struct timespec until = engine_after_us(wait);

	engine->kept_until_us = until_us;
	pthread_cond_timedwait(&engine->changed, &engine->lock, &until);
	engine->kept_until_us = INT64_MAX;
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
		wait_for_work(engine, next_tick_us);
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
	priority_work_begin();
	turn_run(turn);
	priority_work_end();
	return true;
}

void *work_loop(void *context)
{
	struct engine *engine = context;
	struct tick *tick = NULL;

	pthread_setname_np(pthread_self(), "gaon-worker");
	priority_background();
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
