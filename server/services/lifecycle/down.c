/* SPDX-License-Identifier: Apache-2.0 */
/* down.c: brings a machine down: asks its guest, asks again (one that boots does not listen yet), then switches it off. */
#include "runtime/base/time.h"
#include "server/services/lifecycle/room.h"

enum { POLL_MS = 300, CONFLICTS_MOST = 10 };
#define ASK_AGAIN_US (5 * TIME_US_PER_SECOND)

/** No task is kept: whether the guest obeys is seen from the machine's state, and a task of one that does not never ends. */
static struct step_result send(struct reach *reach, struct step *step, enum provider_verb verb, const char *note)
{
	struct provider_task task = { 0 };
	struct provider_result result = reach->provider->ops->power(
		reach->session, &reach->call, json_text(json_get(step->memo, "native_id"), ""), verb, &task);

	if (result.error != PROVIDER_OK)
		return step_failed(step->arena, result);
	return (struct step_result){ .verdict = STEP_AGAIN, .after_ms = POLL_MS, .progress_percent = 30, .note = note,
				     .provider_request_id = result.request_id };
}

static bool can_ask(const struct reach *reach, const struct step *step)
{
	return reach->provider->traits[VERB_SHUTDOWN].support != SUPPORT_NONE &&
	       !json_bool(json_get(step->memo, "down_unasked"), false);
}

/** A switch that meets CONFLICT a few times met a machine that was going down anyhow. */
static struct step_result forced(struct step *step, struct step_result result)
{
	int64_t conflicts = json_int(json_get(step->memo, "down_conflicts"), 0) + 1;

	if (result.verdict != STEP_FAILED || result.error != PROVIDER_CONFLICT || conflicts > CONFLICTS_MOST)
		return result;
	json_set_int(step->memo, "down_conflicts", conflicts);
	return step_again(POLL_MS, "it cannot be switched off now");
}

struct step_result down_turn(struct reach *reach, struct step *step, int64_t grace_us)
{
	int64_t now_us = time_now_us();
	int64_t since_us = json_int(json_get(step->memo, "down_since_us"), 0);
	int64_t asked_us = json_int(json_get(step->memo, "down_asked_us"), 0);

	if (since_us == 0)
		json_set_int(step->memo, "down_since_us", since_us = now_us);
	if (json_bool(json_get(step->memo, "down_forced"), false) && now_us < asked_us + ASK_AGAIN_US)
		return step_again(POLL_MS, NULL);
	bool is_forced = now_us >= since_us + grace_us || !can_ask(reach, step);
	if (!is_forced && asked_us != 0 && now_us < asked_us + ASK_AGAIN_US)
		return step_again(POLL_MS, NULL);

	json_set_int(step->memo, "down_asked_us", now_us);
	if (is_forced) {
		json_set_bool(step->memo, "down_forced", true);
		return forced(step, send(reach, step, VERB_STOP, "switching it off"));
	}
	struct step_result result = send(reach, step, VERB_SHUTDOWN, "asking the guest to stop");
	/* One that boots or is suspended cannot be asked now, but later; it is switched off when its time is over. */
	if (result.verdict == STEP_FAILED && result.error == PROVIDER_CONFLICT)
		return step_again(POLL_MS, "the guest cannot be asked now");
	if (result.verdict == STEP_FAILED && result.error == PROVIDER_UNSUPPORTED) {
		json_set_bool(step->memo, "down_unasked", true);
		json_set_bool(step->memo, "down_forced", true);
		return send(reach, step, VERB_STOP, "switching it off");
	}
	return result;
}
