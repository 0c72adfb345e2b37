/* SPDX-License-Identifier: Apache-2.0 */
/* heart.c: while an act runs, somebody else keeps its lease; and tells it when it is asked to stop. */
#include "runtime/base/log.h"
#include "runtime/base/time.h"
#include "server/engine/internal.h"

#include <string.h>

enum { BEAT_MOST_MS = 1000, MOST_BEATS = 256 };

/* A turn as the heart saw it: the turn itself may be gone by the time the store answers. */
struct beat {
	const char *id;
	int64_t fence;
	bool is_ours, is_cancel_requested;
};

struct beats {
	struct engine *engine;
	struct beat rows[MOST_BEATS];
	size_t count;
};

static void list_beats(struct beats *beats, struct arena *arena)
{
	struct engine *engine = beats->engine;
	int64_t now_us = time_monotonic_us();

	beats->count = 0;
	pthread_mutex_lock(&engine->lock);
	for (struct turn *turn = engine->turns; turn != NULL && beats->count < MOST_BEATS; turn = turn->next) {
		/* A hung worker keeps its lease no longer than its act could last. */
		if (now_us > atomic_load(&turn->renew_until_us)) {
			atomic_store(&turn->is_cancelled, true);
			continue;
		}
		beats->rows[beats->count++] = (struct beat){
			.id = arena_strdup(arena, turn->id),
			.fence = turn->fence,
		};
	}
	pthread_mutex_unlock(&engine->lock);
}

static struct status renew(struct store_tx *tx, void *context)
{
	struct beats *beats = context;
	int64_t until_us = time_now_us() + beats->engine->options.lease_ms * TIME_US_PER_MS;

	for (size_t i = 0; i < beats->count; i++)
		TRY(operation_renew(tx, beats->rows[i].id, beats->rows[i].fence, until_us, &beats->rows[i].is_ours,
				    &beats->rows[i].is_cancel_requested));
	return OK;
}

static struct status look(struct store_tx *tx, void *context)
{
	struct beats *beats = context;

	for (size_t i = 0; i < beats->count; i++) {
		struct operation operation;

		TRY(operation_get(tx, beats->rows[i].id, &operation));
		beats->rows[i].is_ours = operation.fence == beats->rows[i].fence;
		beats->rows[i].is_cancel_requested = operation.is_cancel_requested;
	}
	return OK;
}

static void tell(struct beats *beats)
{
	struct engine *engine = beats->engine;

	pthread_mutex_lock(&engine->lock);
	for (struct turn *turn = engine->turns; turn != NULL; turn = turn->next)
		for (size_t i = 0; i < beats->count; i++) {
			const struct beat *beat = &beats->rows[i];

			if (beat->fence != turn->fence || strcmp(beat->id, turn->id) != 0)
				continue;
			if (beat->is_cancel_requested)
				atomic_store(&turn->is_asked, true);
			if ((beat->is_cancel_requested && !atomic_load(&turn->is_undoing)) || !beat->is_ours)
				atomic_store(&turn->is_cancelled, true);
		}
	pthread_mutex_unlock(&engine->lock);
}

static void beat_once(struct engine *engine, bool renews)
{
	struct arena *arena = arena_new(0);
	struct beats *beats = ARENA_NEW(arena, struct beats);

	beats->engine = engine;
	list_beats(beats, arena);
	if (beats->count > 0) {
		struct status status = renews ? engine_write(engine, arena, renew, beats) :
						engine_read(engine, arena, look, beats);

		if (status_is_ok(status))
			tell(beats);
		else
			log_event(LOG_WARNING, "engine.heart.failed", LOG_TEXT("reason", status.reason));
	}
	arena_free(arena);
}

static void wait_ms(struct engine *engine, int64_t ms)
{
	const struct timespec until = engine_after_us(ms * TIME_US_PER_MS);

	pthread_mutex_lock(&engine->lock);
	while (!engine->heart_stops && pthread_cond_timedwait(&engine->heart_changed, &engine->lock, &until) == 0)
		;
	pthread_mutex_unlock(&engine->lock);
}

void *heart_loop(void *context)
{
	struct engine *engine = context;
	int64_t third_ms = engine->options.lease_ms / 3 > 0 ? engine->options.lease_ms / 3 : 1;
	int64_t pause_ms = third_ms < BEAT_MOST_MS ? third_ms : BEAT_MOST_MS;
	int64_t since_ms = 0;

	pthread_setname_np(pthread_self(), "gaon-heart");
	for (;;) {
		wait_ms(engine, pause_ms);
		pthread_mutex_lock(&engine->lock);
		bool is_over = engine->heart_stops;

		pthread_mutex_unlock(&engine->lock);
		if (is_over)
			return NULL;
		since_ms += pause_ms;

		bool renews = since_ms >= third_ms;

		beat_once(engine, renews);
		if (renews)
			since_ms = 0;
	}
}
