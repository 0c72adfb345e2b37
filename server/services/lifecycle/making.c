/* SPDX-License-Identifier: Apache-2.0 */
/* making.c: makes something at a cloud once: after any doubt it is found by its intent first, and adopted. */
#include "runtime/base/time.h"
#include "server/services/lifecycle/room.h"

enum { GONE_POLL_MS = 300 };

/* ---- whether it is certain that nothing was made; then nobody waits for what may still turn up ---- */

/*
 * "is_absent" is said by an attempt that failed and is kept with its end; prepare, which is committed before the next
 * one acts, takes it back as "was_absent". So whoever dies in an act leaves no claim behind.
 */
struct status making_prepare(struct store_tx *tx, struct step *step)
{
	(void)tx;
	json_set_bool(step->memo, "was_absent", json_bool(json_get(step->memo, "is_absent"), false));
	json_remove(step->memo, "is_absent");
	return OK;
}

static bool is_certainly_absent(const struct step *step)
{
	if (step->is_resumed || json_get(step->memo, "looking_since_us"))
		return false;
	return step->attempt == 1 || json_bool(json_get(step->memo, "was_absent"), false);
}

static void learn(struct step *step, enum provider_error error)
{
	/* A CONFLICT may be with what an earlier attempt made. */
	if (error != PROVIDER_OK && error != PROVIDER_UNKNOWN_OUTCOME && error != PROVIDER_CONFLICT)
		json_set_bool(step->memo, "is_absent", true);
}

/** How much longer what is not seen may still turn up, since the first look that did not find it. */
static int64_t invisible_ms(const struct reach *reach, struct step *step, const char *since)
{
	int64_t since_us = json_int(json_get(step->memo, since), 0);

	if (since_us == 0)
		json_set_int(step->memo, since, since_us = time_now_us());
	return (since_us - time_now_us()) / TIME_US_PER_MS + reach->provider->visibility_delay_ms;
}

/* ---- making ---- */

/** DONE: adopted. AGAIN: it may not be visible yet. Anything else with `*may_make`: it is certain that there is none.
 */
static struct step_result look_first(struct reach *reach, struct step *step, const struct making *making,
				     bool *may_make)
{
	struct provider_result said = making->find(reach, step);

	*may_make = false;
	if (said.error == PROVIDER_OK) {
		json_set_bool(step->memo, "is_adopted", true);
		json_remove(step->memo, "looking_since_us");
		return step_done(arena_printf(step->arena, "adopted %s found by its intent, instead of making it again",
					      making->what));
	}
	if (said.error != PROVIDER_NOT_FOUND)
		return step_failed(step->arena, said);
	int64_t wait_ms = invisible_ms(reach, step, "looking_since_us");
	if (wait_ms > 0)
		return step_again(
			wait_ms + 1,
			arena_printf(step->arena, "waiting until %s made earlier would be visible", making->what));
	json_remove(step->memo, "looking_since_us");
	*may_make = true;
	return step_done(NULL);
}

static struct step_result make_now(struct reach *reach, struct step *step, const struct making *making)
{
	struct provider_task task = { 0 };
	const char *native_id = NULL;
	struct provider_result said = making->make(reach, step, &task, &native_id);

	learn(step, said.error);
	if (said.error != PROVIDER_OK)
		return making->waits_out_conflicts ? step_failed_or_busy(step, said) : step_failed(step->arena, said);
	reach_keep_task(step, &task);
	if (native_id)
		json_set_text(step->memo, making->memo_id, native_id);
	return (struct step_result){ .verdict = STEP_DONE,
				     .progress_percent = 20,
				     .provider_request_id = said.request_id };
}

struct step_result making_act(struct step *step, const struct making *making)
{
	struct reach reach;
	struct step_result result;
	bool may_make = true;

	if (!reach_open(step, step->operation->connection, &reach, &result)) {
		if (is_certainly_absent(step))
			learn(step, PROVIDER_UNAVAILABLE);
		return result;
	}
	if (!is_certainly_absent(step))
		result = look_first(&reach, step, making, &may_make);
	if (may_make)
		result = make_now(&reach, step, making);
	reach_close(&reach);
	return result;
}

/* ---- its undo ---- */

struct step_result making_not_found(const struct reach *reach, struct step *step, bool was_seen, const char *note)
{
	int64_t wait_ms = invisible_ms(reach, step, "gone_since_us");

	if (was_seen || json_bool(json_get(step->memo, "is_absent"), false) || wait_ms <= 0)
		return step_done(note);
	return step_again(GONE_POLL_MS, "making sure that nothing is left");
}
