/* SPDX-License-Identifier: Apache-2.0 */
/* round.c: one run of one step: prepare (committed), act (no lock, no transaction), record (committed, fenced). */
#include <string.h>

#include "runtime/base/log.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/engine/internal.h"
#include "server/store/failpoint.h"

struct round {
	struct turn *turn;
	struct arena *arena;
	const struct workflow_step *definition;
	const struct step_action *action;
	bool is_undo;
	bool is_fresh;         /* this round prepared it: watchers have not seen it wait */
	bool keeps_memo;       /* the callback's changes are not to be kept: it was rolled back */
	bool calls_record;
	bool is_released;
	bool is_skipped;       /* an undo that is none */
	struct step step;
	struct step_result result;
	struct operation_row row; /* as it will be written */
	struct operation_step line;
};

/* ---- setting up ---- */

struct status round_parse(struct arena *arena, struct operation_row *row)
{
	struct json *input = NULL;

	TRY(json_parse(arena, slice_text(row->input_text), NULL, &input));
	row->operation.input = input;
	return json_parse(arena, slice_text(row->memo_text), NULL, &row->operation.memo);
}

static bool is_empty(const struct step_action *action)
{
	return action->prepare == NULL && action->act == NULL && action->record == NULL;
}

static struct status round_begin(struct turn *turn, struct arena *arena, struct round *round)
{
	*round = (struct round){ .turn = turn, .arena = arena, .calls_record = true, .row = turn->row };
	TRY(round_parse(arena, &round->row));
	round->is_undo = turn->row.operation.state == OPERATION_COMPENSATING;
	round->definition = &turn->workflow->steps[turn->row.operation.step - round->is_undo];
	round->action = round->is_undo ? &round->definition->undo : &round->definition->run;
	round->line = (struct operation_step){
		.number = turn->row.line,
		.name = round->definition->name,
		.is_undo = round->is_undo,
		.attempts = turn->row.operation.attempt,
		.started_us = time_now_us(),
	};
	turn->row.operation.input = round->row.operation.input;
	turn->row.operation.memo = round->row.operation.memo;
	round->step = (struct step){
		.arena = arena,
		.operation = &turn->row.operation,
		.input = round->row.operation.input,
		.memo = round->row.operation.memo,
		.attempt = turn->row.operation.attempt,
		.is_resumed = turn->is_resumed && turn->row.is_prepared,
		.deadline_us = time_monotonic_us() + ACT_MOST_MS * TIME_US_PER_MS,
		.is_cancelled = &turn->is_cancelled,
		.context = turn->workflow->context,
	};
	if (round->row.step_deadline_us == 0) {
		int64_t timeout_s = round->definition->timeout_s;

		if (timeout_s == 0)
			timeout_s = round->is_undo ? UNDO_TIMEOUT_S : DEADLINE_S;
		round->row.step_deadline_us = time_now_us() + timeout_s * TIME_US_PER_SECOND;
	}
	return OK;
}

/* An undo has its own time; the operation's deadline is for going forward. */
static int64_t last_moment(const struct round *round)
{
	int64_t step_us = round->row.step_deadline_us;
	int64_t whole_us = round->row.operation.deadline_us;

	return round->is_undo || step_us < whole_us ? step_us : whole_us;
}

/* ---- prepare ---- */

static struct status prepare(struct store_tx *tx, void *context)
{
	struct round *round = context;
	struct operation_row *row = &round->row;
	bool is_news = !row->is_begun;

	if (round->action->prepare != NULL)
		TRY(round->action->prepare(tx, &round->step));
	row->memo_text = json_print(round->arena, round->step.memo);
	row->is_begun = true;
	row->is_prepared = true;
	row->operation.due_us = time_now_us() + round->turn->engine->options.lease_ms * TIME_US_PER_MS;
	round->line.outcome = "running";
	TRY(operation_write_line(tx, row->operation.id, &round->line));
	row->line = round->line.number;
	TRY(operation_save(tx, row));
	return is_news ? operation_changed(tx, &row->operation, false) : OK;
}

static enum provider_error class_of(struct status status)
{
	switch (status.code) {
	case STATUS_UNAVAILABLE:
	case STATUS_ABORTED:
	case STATUS_RESOURCE_EXHAUSTED:
	case STATUS_DEADLINE_EXCEEDED:
		return PROVIDER_UNAVAILABLE;
	default:
		return PROVIDER_INVALID;
	}
}

static void fail_with(struct round *round, struct status status)
{
	round->result = (struct step_result){
		.verdict = STEP_FAILED,
		.error = class_of(status),
		.status = status,
	};
	round->calls_record = false;
	round->keeps_memo = true;
}

static bool is_lost(struct status status)
{
	return text_equal(status.reason, "LEASE_LOST") || text_equal(status.reason, "ENGINE_STOPPED");
}

/* The store says no to a worker: nothing it did since its last commit counts, and whoever comes next resumes. */
static enum round_end lose(struct round *round, struct status why)
{
	log_event(LOG_WARNING, "engine.step.lost", LOG_TEXT("operation", round->turn->id),
		  LOG_TEXT("step", round->definition->name), LOG_TEXT("reason", why.reason));
	atomic_fetch_add_explicit(&round->turn->engine->counters.leases_lost, 1, memory_order_relaxed);
	return ROUND_LOST;
}

/* ---- act ---- */

static void learn(struct round *round)
{
	struct engine *engine = round->turn->engine;
	const struct step_result *result = &round->result;
	enum provider_error error = result->verdict == STEP_FAILED ? result->error : PROVIDER_OK;

	pthread_mutex_lock(&engine->lock);
	limits_learn(engine->limits, round->row.operation.connection, error, result->after_ms, time_now_us());
	pthread_mutex_unlock(&engine->lock);
}

static void act(struct round *round)
{
	struct turn *turn = round->turn;
	int64_t left_us = last_moment(round) - time_now_us();

	if (round->action->act == NULL) {
		round->result = (struct step_result){ .verdict = STEP_DONE };
		return;
	}
	if (left_us > ACT_MOST_MS * TIME_US_PER_MS)
		left_us = ACT_MOST_MS * TIME_US_PER_MS;
	round->step.deadline_us = time_monotonic_us() + left_us;
	atomic_store(&turn->renew_until_us,
		     round->step.deadline_us + turn->engine->options.lease_ms * TIME_US_PER_MS);
	atomic_fetch_add_explicit(&turn->engine->counters.acts, 1, memory_order_relaxed);
	failpoint(round->is_undo ? "engine.before_undo_act" : "engine.before_act");
	round->result = round->action->act(&round->step);
	failpoint(round->is_undo ? "engine.after_undo_act" : "engine.after_act");
	atomic_store(&turn->renew_until_us, time_monotonic_us() + ACT_MOST_MS * TIME_US_PER_MS);
	learn(round);
	if (round->result.verdict == STEP_FAILED && status_is_ok(round->result.status))
		round->result.status = status_fail(round->arena, STATUS_INTERNAL, "STEP_FAILED",
						   "step %s failed without saying why", round->definition->name);
}

/* ---- what an outcome means ---- */

static void next_step(struct round *round)
{
	struct operation_row *row = &round->row;

	if (round->is_undo)
		row->operation.step--;
	else
		row->operation.step++;
	row->operation.attempt = 1;
	row->failures = 0;
	row->is_begun = false;
	row->is_prepared = false;
	row->step_deadline_us = 0;
	row->line = 0;
	round->line.ended_us = time_now_us();
}

static void release(struct round *round, int64_t due_us)
{
	struct operation_row *row = &round->row;

	/* Whatever it waits for, its deadline wakes it too. */
	row->operation.due_us = due_us < last_moment(round) ? due_us : last_moment(round);
	row->lease_owner = NULL;
	row->is_due_on_cancel = !round->is_undo;
	round->is_released = true;
}

static void done(struct round *round)
{
	unsigned steps = round->turn->workflow->step_count;

	round->line.outcome = round->is_skipped ? "skipped" : "done";
	next_step(round);
	if (!round->is_undo && round->row.operation.step * 100 / steps > round->row.operation.progress_percent)
		round->row.operation.progress_percent = round->row.operation.step * 100 / steps;
}

static void again(struct round *round)
{
	int64_t after_ms = round->result.after_ms > 0 ? round->result.after_ms : 1000;

	round->line.outcome = "waiting";
	round->row.failures = 0;
	release(round, time_now_us() + after_ms * TIME_US_PER_MS);
	atomic_fetch_add_explicit(&round->turn->engine->counters.polls, 1, memory_order_relaxed);
}

static const char *failure_note(struct round *round, const char *then)
{
	const char *told = round->result.note != NULL ? round->result.note : round->result.status.message;

	return arena_printf(round->arena, "%s; %s", told, then);
}

static void give_up_undo(struct round *round)
{
	struct operation_row *row = &round->row;

	round->line.outcome = "failed";
	round->line.note = failure_note(round, "it could not be undone: look at the provider for what may be left");
	row->left_behind = row->left_behind == NULL ?
				   round->definition->name :
				   arena_printf(round->arena, "%s, %s", row->left_behind, round->definition->name);
	next_step(round);
}

static void give_up(struct round *round)
{
	struct status cause = round->result.status;

	round->line.outcome = "failed";
	round->line.note = failure_note(round, "what was done is undone");
	round->line.ended_us = time_now_us();
	/* An act that stopped because it was asked to has not failed. */
	if (round->row.operation.is_cancel_requested || atomic_load(&round->turn->is_asked))
		cause = status_fail(round->arena, STATUS_CANCELLED, "OPERATION_CANCELLED",
				    "the operation was cancelled; what it had done was undone");
	turn_compensate(round->arena, &round->row, cause);
}

static void failed(struct round *round)
{
	enum provider_error error = round->result.error;
	struct operation_row *row = &round->row;
	int64_t due_us = time_now_us() + turn_pause_us(round->turn, row->failures + 1);

	if (error == PROVIDER_THROTTLED)
		due_us += round->result.after_ms * TIME_US_PER_MS;
	if (!provider_error_is_retryable(error) || due_us >= last_moment(round)) {
		if (round->is_undo)
			give_up_undo(round);
		else
			give_up(round);
		return;
	}
	round->line.outcome = "retried";
	round->line.note = failure_note(round, "it is tried again");
	row->operation.attempt++;
	row->failures++;
	row->is_prepared = false;
	release(round, due_us);
	atomic_fetch_add_explicit(&round->turn->engine->counters.retries, 1, memory_order_relaxed);
}

/* ---- record ---- */

/* Watchers want news, not every poll. */
static bool is_news(const struct round *round, unsigned progress_before)
{
	return round->result.verdict != STEP_AGAIN || round->is_fresh ||
	       round->row.operation.progress_percent != progress_before;
}

static void apply_result(struct round *round)
{
	static void (*const outcomes[])(struct round *round) = {
		[STEP_DONE] = done,
		[STEP_AGAIN] = again,
		[STEP_FAILED] = failed,
	};

	round->line.note = round->result.note;
	round->line.provider_request_id = round->result.provider_request_id;
	if (!round->is_undo && round->result.progress_percent > round->row.operation.progress_percent)
		round->row.operation.progress_percent =
			round->result.progress_percent < 100 ? round->result.progress_percent : 99;
	outcomes[round->result.verdict](round);
}

static struct status record(struct store_tx *tx, void *context)
{
	struct round *round = context;
	unsigned progress_before = round->row.operation.progress_percent;

	if (round->calls_record && round->action->record != NULL)
		TRY(round->action->record(tx, &round->step, &round->result));
	if (!round->keeps_memo)
		round->row.memo_text = json_print(round->arena, round->step.memo);
	round->row.operation.due_us = time_now_us() + round->turn->engine->options.lease_ms * TIME_US_PER_MS;
	apply_result(round);
	TRY(operation_write_line(tx, round->row.operation.id, &round->line));
	if (round->is_released)
		round->row.line = round->line.number;
	TRY(operation_save(tx, &round->row));
	return is_news(round, progress_before) ? operation_changed(tx, &round->row.operation, false) : OK;
}

static enum round_end write_record(struct round *round)
{
	const struct operation_row before = round->row;
	const struct operation_step line_before = round->line;

	failpoint("engine.before_record");

	struct status status = engine_write(round->turn->engine, round->arena, record, round);

	if (!status_is_ok(status) && !is_lost(status)) {
		/* The act is done, but its record was refused: that is the step's failure now. */
		round->row = before;
		round->line = line_before;
		round->is_released = false;
		fail_with(round, status);
		status = engine_write(round->turn->engine, round->arena, record, round);
	}
	if (!status_is_ok(status))
		return lose(round, status);
	failpoint("engine.after_record");
	turn_adopt(round->turn, &round->row);
	return round->is_released ? ROUND_RELEASED : ROUND_GO_ON;
}

/* ---- one run ---- */

static enum round_end skip_undo(struct round *round)
{
	round->result = (struct step_result){ .verdict = STEP_DONE };
	round->result.note = round->definition->no_undo;
	round->calls_record = false;
	round->is_skipped = true;
	return write_record(round);
}

/* 0, or when the connection may be asked again. */
static int64_t admit(struct round *round)
{
	struct engine *engine = round->turn->engine;

	if (round->action->act == NULL)
		return 0;
	pthread_mutex_lock(&engine->lock);
	int64_t ready_us = limits_admit(engine->limits, round->row.operation.connection, time_now_us());

	pthread_mutex_unlock(&engine->lock);
	return ready_us;
}

static struct status put_off(struct store_tx *tx, void *context)
{
	return operation_save(tx, &((struct round *)context)->row);
}

static enum round_end wait_for_connection(struct round *round, int64_t ready_us)
{
	if (!round->row.is_begun)
		round->row.step_deadline_us = 0; /* its time has not begun */
	round->row.operation.due_us = ready_us;
	round->row.lease_owner = NULL;
	round->row.is_due_on_cancel = !round->is_undo;

	struct status status = engine_write(round->turn->engine, round->arena, put_off, round);

	return status_is_ok(status) ? ROUND_RELEASED : lose(round, status);
}

/* True when act may run; else *end says how the round ended. */
static bool prepare_round(struct round *round, enum round_end *end)
{
	const struct operation_row before = round->row;
	const struct operation_step line_before = round->line;

	failpoint("engine.before_prepare");

	struct status status = engine_write(round->turn->engine, round->arena, prepare, round);

	if (status_is_ok(status)) {
		failpoint("engine.after_prepare");
		turn_adopt(round->turn, &round->row);
		round->turn->row.operation.input = round->step.input;
		round->turn->row.operation.memo = round->step.memo;
		round->is_fresh = true;
		return true;
	}
	if (is_lost(status)) {
		*end = lose(round, status);
		return false;
	}
	round->row = before;
	round->line = line_before;
	fail_with(round, status);
	*end = write_record(round);
	return false;
}

static bool is_undo_late(const struct round *round)
{
	return round->is_undo && time_now_us() >= round->row.step_deadline_us;
}

enum round_end round_run(struct turn *turn, struct arena *arena)
{
	struct round round;

	if (!status_is_ok(round_begin(turn, arena, &round)))
		return ROUND_LOST;
	if (round.is_undo && is_empty(round.action))
		return skip_undo(&round);
	if (is_undo_late(&round)) {
		fail_with(&round, status_fail(arena, STATUS_DEADLINE_EXCEEDED, "STEP_TIMEOUT", "the undo did not end in time"));
		return write_record(&round);
	}

	int64_t ready_us = admit(&round);

	if (ready_us != 0)
		return wait_for_connection(&round, ready_us);
	if (!round.row.is_prepared) {
		enum round_end ended = ROUND_LOST;

		if (!prepare_round(&round, &ended))
			return ended;
	}
	act(&round);
	/* What act learnt is kept, whatever becomes of its record: an undo may need it. */
	round.row.memo_text = json_print(arena, round.step.memo);
	return write_record(&round);
}
