/* SPDX-License-Identifier: Apache-2.0 */
/* turn.c: what a worker does with the operation that it holds: decide, run a step, decide again, until it waits or ends. */
#include <string.h>
#include <sys/random.h>

#include "runtime/base/log.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/engine/internal.h"
#include "server/store/failpoint.h"

void turn_adopt(struct turn *turn, const struct operation_row *row)
{
	struct operation_row *kept = &turn->row;

	*kept = *row;
	kept->memo_text = arena_strdup(turn->arena, row->memo_text);
	kept->operation.failure = status_copy(turn->arena, row->operation.failure);
	if (row->left_behind != NULL)
		kept->left_behind = arena_strdup(turn->arena, row->left_behind);
	kept->operation.input = NULL; /* each round parses its own */
	kept->operation.memo = NULL;
	atomic_store(&turn->is_undoing, row->operation.state == OPERATION_COMPENSATING);
}

int64_t turn_pause_us(const struct turn *turn, unsigned failures)
{
	int64_t most_ms = turn->engine->options.retry_most_ms;
	int64_t ms = turn->engine->options.retry_first_ms;
	uint64_t random = 0;

	for (unsigned i = 1; i < failures && ms < most_ms; i++)
		ms *= 2;
	if (ms > most_ms)
		ms = most_ms;
	if (getrandom(&random, sizeof random, 0) != sizeof random)
		random = (uint64_t)time_now_us();
	return (int64_t)(random % (uint64_t)(ms * TIME_US_PER_MS)) + 1;
}

/* ---- towards the end ---- */

void turn_compensate(struct arena *arena, struct operation_row *row, struct status cause)
{
	struct operation *operation = &row->operation;

	operation->state = OPERATION_COMPENSATING;
	/* From here on: how many are left to undo. The current one counts when it may have had an effect. */
	operation->step += row->is_begun;
	operation->attempt = 1;
	row->failures = 0;
	operation->failure = status_copy(arena, cause);
	row->is_begun = false;
	row->is_prepared = false;
	row->step_deadline_us = 0;
	row->line = 0;
}

struct change_of_mind {
	struct turn *turn;
	struct operation_row row;
	struct operation_step line;
};

static struct status write_compensation(struct store_tx *tx, void *context)
{
	struct change_of_mind *mind = context;

	if (mind->line.number != 0)
		TRY(operation_write_line(tx, mind->row.operation.id, &mind->line));
	TRY(operation_save(tx, &mind->row));
	return operation_changed(tx, &mind->row.operation, false);
}

/* Between two acts: it was cancelled, or its time is over. */
static enum round_end compensate(struct turn *turn, struct arena *arena, struct status cause)
{
	struct change_of_mind mind = {
		.turn = turn,
		.row = turn->row,
		.line = {
			.number = turn->row.line,
			.outcome = "failed",
			.note = cause.message,
			.attempts = turn->row.operation.attempt,
			.ended_us = time_now_us(),
		},
	};

	turn_compensate(arena, &mind.row, cause);
	if (!status_is_ok(engine_write(turn->engine, arena, write_compensation, &mind)))
		return ROUND_LOST;
	turn_adopt(turn, &mind.row);
	return ROUND_GO_ON;
}

/* ---- the end ---- */

struct ending {
	struct turn *turn;
	struct operation_row row;
};

static struct status write_end(struct store_tx *tx, void *context)
{
	struct ending *ending = context;
	const struct workflow *workflow = ending->turn->workflow;

	TRY(round_parse(store_arena(tx), &ending->row));
	/* The fence first: `ended` must not see a state that is no longer ours to end. */
	TRY(operation_save(tx, &ending->row));
	if (workflow != NULL && workflow->ended != NULL)
		TRY(workflow->ended(tx, &ending->row.operation, workflow->context));
	return operation_changed(tx, &ending->row.operation, false);
}

static struct status write_row(struct store_tx *tx, void *context)
{
	return operation_save(tx, context);
}

static enum operation_state end_state(const struct operation_row *row)
{
	if (row->operation.state == OPERATION_RUNNING && status_is_ok(row->operation.failure))
		return OPERATION_SUCCEEDED;
	if (row->left_behind == NULL && text_equal(row->operation.failure.reason, "OPERATION_CANCELLED"))
		return OPERATION_CANCELLED;
	return OPERATION_FAILED;
}

static void count_end(struct engine *engine, enum operation_state state)
{
	atomic_ullong *counter = state == OPERATION_SUCCEEDED ? &engine->counters.succeeded :
				 state == OPERATION_CANCELLED ? &engine->counters.cancelled :
								&engine->counters.failed;

	atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

/* What hangs on the end could not be settled: it stays as it is, and is tried again. */
static enum round_end put_off_end(struct turn *turn, struct arena *arena, struct status why)
{
	struct operation_row row = turn->row;

	if (text_equal(why.reason, "LEASE_LOST") || text_equal(why.reason, "ENGINE_STOPPED"))
		return ROUND_LOST;
	log_event(LOG_ERROR, "engine.end.failed", LOG_TEXT("operation", turn->id), LOG_TEXT("kind", row.operation.kind),
		  LOG_TEXT("reason", why.reason), LOG_TEXT("message", why.message));
	row.operation.due_us = time_now_us() + turn_pause_us(turn, row.operation.attempt++);
	row.lease_owner = NULL;
	if (!status_is_ok(engine_write(turn->engine, arena, write_row, &row)))
		return ROUND_LOST;
	return ROUND_RELEASED;
}

static enum round_end end(struct turn *turn, struct arena *arena)
{
	struct ending ending = { turn, turn->row };
	struct operation *operation = &ending.row.operation;

	operation->state = end_state(&ending.row);
	operation->ended_us = time_now_us();
	operation->due_us = operation->ended_us;
	ending.row.lease_owner = NULL;
	if (operation->state == OPERATION_SUCCEEDED)
		operation->progress_percent = 100;
	if (ending.row.left_behind != NULL)
		operation->failure.message = arena_printf(
			arena, "%s; these steps could not be undone, look at the provider for what may be left: %s",
			operation->failure.message, ending.row.left_behind);
	failpoint("engine.before_end");

	struct status status = engine_write(turn->engine, arena, write_end, &ending);

	if (!status_is_ok(status))
		return put_off_end(turn, arena, status);
	failpoint("engine.after_end");
	count_end(turn->engine, operation->state);
	return ROUND_RELEASED;
}

/* ---- deciding ---- */

static enum round_end fail_unknown(struct turn *turn, struct arena *arena)
{
	turn->row.operation.failure = status_fail(
		turn->arena, STATUS_FAILED_PRECONDITION, "WORKFLOW_UNKNOWN",
		"this release knows no work of the kind %s; look at the provider for what may be left of it",
		turn->row.operation.kind);
	return end(turn, arena);
}

static enum round_end decide_running(struct turn *turn, struct arena *arena)
{
	const struct operation_row *row = &turn->row;
	const struct operation *operation = &row->operation;
	int64_t now_us = time_now_us();

	if (operation->step >= turn->workflow->step_count)
		return end(turn, arena);

	const struct workflow_step *step = &turn->workflow->steps[operation->step];

	if (operation->is_cancel_requested)
		return compensate(turn, arena,
				  status_fail(arena, STATUS_CANCELLED, "OPERATION_CANCELLED",
					      "the operation was cancelled; what it had done was undone"));
	if (now_us >= operation->deadline_us)
		return compensate(turn, arena,
				  status_fail(arena, STATUS_DEADLINE_EXCEEDED, "OPERATION_DEADLINE",
					      "the operation did not end in time; it was at step %s", step->name));
	if (row->step_deadline_us != 0 && now_us >= row->step_deadline_us)
		return compensate(turn, arena,
				  status_fail(arena, STATUS_DEADLINE_EXCEEDED, "STEP_TIMEOUT",
					      "step %s did not end within %u seconds", step->name, step->timeout_s));
	return round_run(turn, arena);
}

static enum round_end decide(struct turn *turn, struct arena *arena)
{
	if (turn->workflow == NULL)
		return fail_unknown(turn, arena);
	if (turn->row.operation.state == OPERATION_RUNNING)
		return decide_running(turn, arena);
	return turn->row.operation.step == 0 ? end(turn, arena) : round_run(turn, arena);
}

/* The server stops: what waits for nothing waits for the next start. */
static bool give_back(struct turn *turn, struct arena *arena)
{
	struct operation_row row = turn->row;

	pthread_mutex_lock(&turn->engine->lock);
	bool is_stopping = turn->engine->is_stopping;

	pthread_mutex_unlock(&turn->engine->lock);
	if (!is_stopping)
		return false;
	row.operation.due_us = time_now_us();
	row.lease_owner = NULL;

	struct status status = engine_write(turn->engine, arena, write_row, &row);

	(void)status; /* or else its lease lapses */
	return true;
}

void turn_run(struct turn *turn)
{
	enum round_end result = ROUND_GO_ON;

	while (result == ROUND_GO_ON) {
		struct arena *arena = arena_new(0);

		result = decide(turn, arena);
		if (result == ROUND_GO_ON && give_back(turn, arena))
			result = ROUND_RELEASED;
		arena_free(arena);
		turn->is_resumed = false; /* of the claim's first round only: later ones are our own */
	}
	turn_end(turn);
}
