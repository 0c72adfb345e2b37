/* SPDX-License-Identifier: Apache-2.0 */
/* claim.c: finding work: the oldest due operation whose connection has a place free. */
#include <string.h>

#include "runtime/base/log.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/engine/internal.h"
#include "server/store/failpoint.h"

enum { CANDIDATES = 8, MISSED_PAUSE_US = 100000, MOST_CROWDED = 16, SHARES = 4 };

struct search {
	struct engine *engine;
	struct turn *turn;
	const char *blocked[MOST_BLOCKED]; /* connections without a free place */
	const char *crowded[MOST_CROWDED]; /* tenants that have their share of the workers */
	struct exclusion exclusion;
	int64_t now_us, next_due_us;
	bool is_found;
};

static const struct workflow *find_workflow(const struct engine *engine, const char *kind)
{
	for (unsigned i = 0; i < engine->workflow_count; i++)
		if (strcmp(engine->workflows[i]->kind, kind) == 0)
			return engine->workflows[i];
	return NULL;
}

/*
 * A look costs microseconds and no commit; only who sees work asks for the writer. First for tenants that have less than
 * their share of the workers, then for anybody: nobody waits behind another's heap, and no worker idles for fairness.
 */
static struct status look(struct store_tx *tx, void *context)
{
	struct search *search = context;
	const char **ids = NULL;
	size_t count = 0;

	TRY(operation_due(tx, search->now_us, &search->exclusion, 1, &ids, &count));
	if (count == 0 && search->exclusion.tenant_count > 0) {
		search->exclusion.tenant_count = 0;
		TRY(operation_due(tx, search->now_us, &search->exclusion, 1, &ids, &count));
	}
	search->is_found = count > 0;
	return search->is_found ? OK : operation_next_due(tx, &search->exclusion, &search->next_due_us);
}

static bool take_place(struct search *search, const char *connection)
{
	pthread_mutex_lock(&search->engine->lock);
	bool is_taken = limits_take(search->engine->limits, connection, search->now_us);

	pthread_mutex_unlock(&search->engine->lock);
	return is_taken;
}

static void give_place(struct search *search, const char *connection)
{
	pthread_mutex_lock(&search->engine->lock);
	limits_release(search->engine->limits, connection);
	pthread_mutex_unlock(&search->engine->lock);
}

/* The first claim of all starts the operation's clock. */
static struct status start(struct store_tx *tx, struct search *search, struct operation_row *row)
{
	const struct workflow *workflow = find_workflow(search->engine, row->operation.kind);
	int64_t deadline_s = workflow != NULL && workflow->deadline_s > 0 ? workflow->deadline_s : DEADLINE_S;

	row->operation.state = OPERATION_RUNNING;
	row->operation.started_us = search->now_us;
	row->operation.deadline_us = search->now_us + deadline_s * TIME_US_PER_SECOND;
	TRY(operation_save(tx, row));
	return operation_changed(tx, &row->operation, false);
}

static struct status claim_one(struct store_tx *tx, struct search *search, const char *id)
{
	struct operation_row *row = &search->turn->row;
	int64_t until_us = search->now_us + search->engine->options.lease_ms * TIME_US_PER_MS;

	TRY(operation_read_row(tx, id, row));
	if (!take_place(search, row->operation.connection))
		return OK;
	search->turn->is_resumed = row->lease_owner != NULL;
	row->lease_owner = search->engine->owner;

	struct status status = operation_claim(tx, row, search->engine->owner, until_us, &search->is_found);

	if (status_is_ok(status) && search->is_found && row->operation.state == OPERATION_PENDING)
		status = start(tx, search, row);
	if (!status_is_ok(status) || !search->is_found)
		give_place(search, row->operation.connection);
	return status;
}

static struct status claim(struct store_tx *tx, void *context)
{
	struct search *search = context;
	const char **ids = NULL;
	size_t count = 0;

	search->is_found = false;
	TRY(operation_due(tx, search->now_us, &search->exclusion, CANDIDATES, &ids, &count));
	for (size_t i = 0; i < count && !search->is_found; i++)
		TRY(claim_one(tx, search, ids[i]));
	return OK;
}

static void note_next_due(struct search *search, int64_t opens_us)
{
	struct engine *engine = search->engine;
	int64_t next_us = search->next_due_us < opens_us ? search->next_due_us : opens_us;

	pthread_mutex_lock(&engine->lock);
	if (next_us < engine->next_due_us)
		engine->next_due_us = next_us;
	pthread_mutex_unlock(&engine->lock);
}

static struct turn *turn_new(struct engine *engine)
{
	struct arena *arena = arena_new(0);
	struct turn *turn = ARENA_NEW(arena, struct turn);

	turn->engine = engine;
	turn->arena = arena;
	atomic_store(&turn->renew_until_us, time_monotonic_us() + ACT_MOST_MS * TIME_US_PER_MS);
	return turn;
}

static void list_turn(struct turn *turn)
{
	struct engine *engine = turn->engine;

	pthread_mutex_lock(&engine->lock);
	turn->next = engine->turns;
	turn->link = &engine->turns;
	if (turn->next != NULL)
		turn->next->link = &turn->next;
	engine->turns = turn;
	pthread_mutex_unlock(&engine->lock);
}

static struct status search_and_claim(struct search *search, int64_t opens_us)
{
	struct engine *engine = search->engine;
	struct arena *arena = search->turn->arena;

	TRY(engine_read(engine, arena, look, search));
	if (!search->is_found) {
		note_next_due(search, opens_us);
		return OK;
	}

	struct status status = engine_write(engine, arena, claim, search);

	/* The commit itself may fail after the place was taken. */
	if (!status_is_ok(status) && search->is_found)
		give_place(search, search->turn->row.operation.connection);
	if (!status_is_ok(status))
		search->is_found = false;
	/* Somebody else was quicker, or all that is due waits for its connection: nobody may ever wake us for the rest. */
	if (!search->is_found) {
		search->next_due_us = search->now_us + MISSED_PAUSE_US;
		note_next_due(search, opens_us);
	}
	return status;
}

static bool is_listed(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static unsigned count_turns(const struct engine *engine, const char *tenant)
{
	unsigned count = 0;

	for (const struct turn *turn = engine->turns; turn != NULL; turn = turn->next)
		count += strcmp(turn->tenant, tenant) == 0;
	return count;
}

/* Under the lock; the names are copied, because their turns may end. */
static size_t list_crowded(const struct engine *engine, struct arena *arena, const char **names)
{
	unsigned share = engine->options.workers / SHARES > 0 ? engine->options.workers / SHARES : 1;
	size_t count = 0;

	for (const struct turn *turn = engine->turns; turn != NULL && count < MOST_CROWDED; turn = turn->next)
		if (!is_listed(names, count, turn->tenant) && count_turns(engine, turn->tenant) >= share)
			names[count++] = arena_strdup(arena, turn->tenant);
	return count;
}

bool turn_claim(struct engine *engine, struct turn **turn)
{
	struct search search = { .engine = engine, .turn = turn_new(engine), .now_us = time_now_us(),
				 .next_due_us = INT64_MAX };
	int64_t opens_us = INT64_MAX;

	pthread_mutex_lock(&engine->lock);
	search.exclusion = (struct exclusion){
		.connections = search.blocked,
		.tenants = search.crowded,
		.connection_count = limits_blocked(engine->limits, search.now_us, search.blocked, MOST_BLOCKED, &opens_us),
		.tenant_count = list_crowded(engine, search.turn->arena, search.crowded),
	};
	pthread_mutex_unlock(&engine->lock);

	struct status status = search_and_claim(&search, opens_us);

	if (!search.is_found) {
		/* The status goes with the arena: here is the last place that can tell. */
		if (!status_is_ok(status) && !text_equal(status.reason, "ENGINE_STOPPED"))
			log_event(LOG_WARNING, "engine.claim.failed", LOG_TEXT("reason", status.reason),
				  LOG_TEXT("message", status.message));
		arena_free(search.turn->arena);
		*turn = NULL;
		return status_is_ok(status);
	}
	failpoint("engine.after_claim");
	search.turn->id = search.turn->row.operation.id;
	search.turn->tenant = search.turn->row.operation.tenant;
	search.turn->fence = search.turn->row.operation.fence;
	atomic_store(&search.turn->is_undoing, search.turn->row.operation.state == OPERATION_COMPENSATING);
	search.turn->workflow = find_workflow(engine, search.turn->row.operation.kind);
	list_turn(search.turn);
	atomic_fetch_add_explicit(&engine->counters.claims, 1, memory_order_relaxed);
	*turn = search.turn;
	return true;
}

void turn_end(struct turn *turn)
{
	struct engine *engine = turn->engine;

	pthread_mutex_lock(&engine->lock);
	*turn->link = turn->next;
	if (turn->next != NULL)
		turn->next->link = turn->link;
	limits_release(engine->limits, turn->row.operation.connection);
	engine->is_woken = true; /* a place is free */
	pthread_cond_signal(&engine->changed);
	pthread_mutex_unlock(&engine->lock);
	arena_free(turn->arena);
}
