/* SPDX-License-Identifier: Apache-2.0 */
/* sweep.c: removes orphans one after the other: looked at once more, removed, seen to be gone, each with a line in the journal. */
#include "server/services/lifecycle/sweep.h"

#include "runtime/base/id.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/catalog/catalog.h"
#include "server/services/lifecycle/room.h"

enum { POLL_MS = 300, TRIES_MOST = 5, GONE_WAIT_S = 900 };

/** Any machine of ours by its id, whatever connection it is on, that is there or on its way. */
static const char LIVES[] =
	"SELECT 1 FROM machine WHERE uid = $1 AND state <> 7 AND NOT (state = 8 AND native_id = '' AND operation = '') LIMIT 1";

/** Is somebody making it, or is it a machine that we know after all? */
static struct status is_wanted(struct store_tx *tx, const struct observed *orphan, bool *wanted)
{
	struct rows *rows;
	struct machine machine;
	struct operation making;

	TRY(machine_of_native(tx, orphan->connection, orphan->native_id, &machine, wanted));
	*wanted = *wanted && machine_exists(&machine);
	if (*wanted || text_is_empty(orphan->resource_mark))
		return OK;
	TRY(store_query(tx, LIVES, SQL_ARGS(sql_text(orphan->resource_mark)), &rows));
	*wanted = store_count(rows) > 0;
	if (*wanted || text_is_empty(orphan->operation_mark))
		return OK;
	struct status status = operation_get(tx, orphan->operation_mark, &making);
	*wanted = status_is_ok(status) && making.state < OPERATION_SUCCEEDED;
	return status.code == STATUS_NOT_FOUND ? OK : status;
}

struct status sweep_find(struct store_tx *tx, const char *connection, int64_t grace_us, int64_t now_us,
			 struct observed **orphans, size_t *count)
{
	struct observed *found;
	size_t found_count, kept = 0;

	TRY(observed_orphans(tx, connection, now_us - grace_us, SWEEP_MOST + 1, &found, &found_count));
	for (size_t i = 0; i < found_count; i++) {
		bool wanted;
		TRY(is_wanted(tx, &found[i], &wanted));
		if (!wanted)
			found[kept++] = found[i];
	}
	*orphans = found;
	*count = kept;
	return OK;
}

struct status sweep_begin(struct store_tx *tx, const char *connection, const struct observed *orphans, size_t count,
			  const char *requested_by, const char **id)
{
	struct arena *arena = store_arena(tx);
	struct json *input = json_object(arena), *list = json_array(arena);
	struct operation_spec spec = {
		.id = id_new(arena),
		.kind = KIND_ORPHAN_SWEEP,
		.tenant = resource_tenant(arena, connection),
		.target = connection,
		.connection = connection,
		.requested_by = requested_by,
		.input = input,
	};
	const char *name = arena_printf(arena, "%s/operations/%s", spec.tenant, spec.id);

	TRY(catalog_verb_check(tx, connection, VERB_DELETE));
	for (size_t i = 0; i < count; i++) {
		json_append_text(list, orphans[i].native_id);
		TRY(observed_set_operation(tx, connection, orphans[i].native_id, name));
	}
	json_set(input, "orphans", list);
	return operation_create(tx, &spec, id);
}

/* ---- one after the other: memo "at" which one, "phase" how far with it ---- */

enum phase { PHASE_CHECK, PHASE_REMOVE, PHASE_VERIFY };

static size_t at(const struct step *step)
{
	return (size_t)json_int(json_get(step->memo, "at"), 0);
}

static const char *native_id_of(const struct step *step)
{
	return json_text(json_at(json_get(step->input, "orphans"), at(step)), NULL);
}

/** From act to record: what came of the one that is dealt with; `outcome` NULL: not yet. */
struct verdict {
	const char *outcome, *note;
	bool is_gone;
};

static struct step_result settled(struct step *step, const char *outcome, bool is_gone, const char *note)
{
	struct verdict *verdict = ARENA_NEW(step->arena, struct verdict);

	*verdict = (struct verdict){ outcome, note, is_gone };
	step->scratch = verdict;
	return step_again(1, NULL);
}

/** One that fails for now is tried again a few times, and then left for the next sweep: it does not hold up the others. */
static struct step_result failed(struct step *step, struct provider_result said)
{
	int64_t tries = json_int(json_get(step->memo, "tries"), 0) + 1;

	if (said.error == PROVIDER_THROTTLED)
		return step_failed(step->arena, said);
	json_set_int(step->memo, "tries", tries);
	if (provider_error_is_retryable(said.error) && tries < TRIES_MOST)
		return step_again(said.retry_after_ms > 0 ? said.retry_after_ms : POLL_MS * (1 << tries), said.message);
	json_set_bool(step->memo, "has_failed", true);
	return settled(step, "failed", false, arena_printf(step->arena, "%s; it is left for the next sweep", said.message));
}

struct recheck {
	const struct step *step;
	struct observed orphan;
	bool is_ours;
};

static struct status recheck(struct store_tx *tx, void *context)
{
	struct recheck *check = context;
	const char *name = arena_printf(store_arena(tx), "%s/operations/%s", check->step->operation->tenant, check->step->operation->id);
	bool wanted, is_released;

	TRY(observed_get(tx, check->step->operation->target, native_id_of(check->step), &check->orphan, &check->is_ours));
	check->is_ours = check->is_ours && check->orphan.state == OBSERVED_ORPHAN_SUSPECT && text_equal(check->orphan.operation, name);
	if (!check->is_ours)
		return OK;
	TRY(is_wanted(tx, &check->orphan, &wanted));
	TRY(released_is(tx, check->orphan.connection, check->orphan.native_id, &is_released));
	check->is_ours = !wanted && !is_released;
	return OK;
}

static struct step_result turn_check(struct reach *reach, struct step *step)
{
	const struct lifecycle_options *options = step->context;
	struct recheck check = { .step = step };
	struct provider_machine seen = { 0 };

	struct status status = store_read(options->store, step->arena, recheck, &check);
	if (!status_is_ok(status))
		return step_refused(PROVIDER_UNAVAILABLE, status);
	if (!check.is_ours)
		return settled(step, "skipped", false, "it is no orphan any more");
	struct provider_result said = reach->provider->ops->get(reach->session, &reach->call, native_id_of(step), &seen);
	if (said.error == PROVIDER_NOT_FOUND || (said.error == PROVIDER_OK && seen.state == PROVIDER_MACHINE_GONE))
		return settled(step, "done", true, "it was gone already");
	if (said.error != PROVIDER_OK)
		return failed(step, said);
	/* What the cloud says now counts, not what the last look saw: an id may have gone to somebody else's machine meanwhile. */
	if (!text_equal(seen.marks.installation, options->installation) ||
	    !text_equal(text_or_empty(seen.marks.resource), check.orphan.resource_mark) ||
	    (seen.marks.connection && !text_equal(seen.marks.connection, step->operation->target)))
		return settled(step, "skipped", false, "it does not bear our marks any more");
	json_set_int(step->memo, "phase", PHASE_REMOVE);
	return step_again(1, NULL);
}

static struct step_result turn_remove(struct reach *reach, struct step *step)
{
	struct provider_task task = { 0 };
	struct provider_result said = reach->provider->ops->remove(reach->session, &reach->call, native_id_of(step), &task);

	if (said.error != PROVIDER_OK && said.error != PROVIDER_NOT_FOUND)
		return failed(step, said);
	reach_keep_task(step, &task);
	json_set_int(step->memo, "phase", PHASE_VERIFY);
	json_set_int(step->memo, "removed_us", time_now_us());
	return step_again(1, NULL);
}

static struct step_result turn_verify(struct reach *reach, struct step *step)
{
	struct provider_machine seen = { 0 };
	bool is_late = time_now_us() - json_int(json_get(step->memo, "removed_us"), 0) > GONE_WAIT_S * TIME_US_PER_SECOND;
	struct step_result result = reach_task(reach, step);

	if (result.verdict == STEP_FAILED)
		return failed(step, (struct provider_result){ .error = result.error, .message = result.note });
	if (result.verdict == STEP_AGAIN && !is_late)
		return result;
	struct provider_result said = reach->provider->ops->get(reach->session, &reach->call, native_id_of(step), &seen);
	if (said.error == PROVIDER_NOT_FOUND || (said.error == PROVIDER_OK && seen.state == PROVIDER_MACHINE_GONE))
		return settled(step, "done", true, "removed; the cloud confirms that it is gone");
	if (said.error != PROVIDER_OK)
		return failed(step, said);
	if (is_late)
		return failed(step, provider_fail(step->arena, PROVIDER_INVALID, "the cloud accepted to remove it, but still has it"));
	return step_again(POLL_MS, NULL);
}

static struct step_result act_sweep(struct step *step)
{
	struct reach reach;
	struct step_result result;

	if (!native_id_of(step))
		return json_bool(json_get(step->memo, "has_failed"), false)
			       ? step_refused(PROVIDER_INVALID, status_fail(step->arena, STATUS_ABORTED, "ORPHANS_LEFT",
									    "at least one orphan could not be removed; the lines of "
									    "this operation say which and why"))
			       : step_done(NULL);
	if (!reach_open(step, step->operation->target, &reach, &result))
		return result;
	switch ((enum phase)json_int(json_get(step->memo, "phase"), PHASE_CHECK)) {
	case PHASE_CHECK:
		result = turn_check(&reach, step);
		break;
	case PHASE_REMOVE:
		result = turn_remove(&reach, step);
		break;
	case PHASE_VERIFY:
		result = turn_verify(&reach, step);
		break;
	}
	reach_close(&reach);
	return result;
}

/** The line of one that is settled, and on to the next. */
static struct status record_sweep(struct store_tx *tx, struct step *step, const struct step_result *result)
{
	const struct verdict *verdict = step->scratch;
	const char *native_id = native_id_of(step);

	if (!verdict || !native_id || result->verdict != STEP_AGAIN)
		return OK;
	TRY(operation_note(tx, step->operation->id, native_id, verdict->outcome, verdict->note));
	TRY(observed_set_operation(tx, step->operation->target, native_id, ""));
	if (verdict->is_gone)
		TRY(observed_set_gone(tx, step->operation->target, native_id, false));
	json_set_int(step->memo, "at", (int64_t)at(step) + 1);
	json_remove(step->memo, "phase");
	json_remove(step->memo, "tries");
	json_remove(step->memo, "task");
	return OK;
}

/** However it ended, it holds none of them any more. */
static struct status ended(struct store_tx *tx, const struct operation *operation, void *context)
{
	const struct json *orphans = json_get(operation->input, "orphans");

	(void)context;
	for (size_t i = (size_t)json_int(json_get(operation->memo, "at"), 0); i < json_size(orphans); i++)
		TRY(observed_set_operation(tx, operation->target, json_text(json_at(orphans, i), ""), ""));
	return settle_audit(tx, operation);
}

static const struct workflow_step steps[] = {
	{ "sweep", { .act = act_sweep, .record = record_sweep }, .no_undo = "what was removed does not come back", .timeout_s = 14400 },
};

const struct workflow workflow_orphan_sweep = {
	.kind = KIND_ORPHAN_SWEEP, .steps = steps, .step_count = 1, .deadline_s = 14400, .ended = ended,
};
