/* SPDX-License-Identifier: Apache-2.0 */
/* power.c: start, stop, reboot, suspend, resume: ask, then see that it is so. */
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/lifecycle/room.h"

enum { POLL_MS = 300, GRACE_DEFAULT_S = 60 };

#define STATE(name) (1u << MACHINE_##name)

static const struct power_verb verbs[] = {
	{ "start", "machine-start", VERB_START, STATE(STOPPED) | STATE(SUSPENDED), MACHINE_RUNNING },
	{ "stop", "machine-stop", VERB_STOP, STATE(RUNNING) | STATE(SUSPENDED), MACHINE_STOPPED },
	{ "reboot", "machine-reboot", VERB_REBOOT, STATE(RUNNING), MACHINE_RUNNING },
	{ "suspend", "machine-suspend", VERB_SUSPEND, STATE(RUNNING), MACHINE_SUSPENDED },
	{ "resume", "machine-resume", VERB_RESUME, STATE(SUSPENDED), MACHINE_RUNNING },
};

const struct power_verb *power_find(const char *word)
{
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
		if (text_equal(verbs[i].word, word))
			return &verbs[i];
	return NULL;
}

static const struct power_verb *verb_of(const struct step *step)
{
	return power_find(step->operation->kind + sizeof "machine-" - 1);
}

static const char *native_id_of(const struct step *step)
{
	return json_text(json_get(step->memo, "native_id"), "");
}

/** Every act needs the cloud's id; the row has it. */
static struct status prepare(struct store_tx *tx, struct step *step)
{
	struct machine machine;

	TRY(machine_get(tx, step_machine(step), &machine));
	json_set_text(step->memo, "native_id", machine.native_id);
	return OK;
}

static bool is_forced(const struct step *step)
{
	return json_bool(json_get(step->input, "force"), false);
}

/** How long a guest may take to stop: none when it is forced. */
static int64_t grace_us(const struct step *step)
{
	/* Nor for one that is suspended: it cannot be asked. */
	bool is_suspended = json_int(json_get(step->input, "state_before"), 0) == MACHINE_SUSPENDED;
	return is_forced(step) || is_suspended ? 0 : json_int(json_get(step->input, "grace_seconds"), GRACE_DEFAULT_S) * TIME_US_PER_SECOND;
}

static struct step_result send(struct reach *reach, struct step *step, enum provider_verb verb)
{
	struct provider_task task = { 0 };
	struct provider_result result =
		reach->provider->ops->power(reach->session, &reach->call, native_id_of(step), verb, &task);

	if (result.error == PROVIDER_UNSUPPORTED && verb == VERB_RESET)
		return send(reach, step, VERB_REBOOT);
	if (result.error != PROVIDER_OK)
		return step_failed_or_busy(step, result);
	reach_keep_task(step, &task);
	return (struct step_result){ .verdict = STEP_DONE, .progress_percent = 30, .provider_request_id = result.request_id,
				     .note = arena_printf(step->arena, "sent %s", provider_verb_name(verb)) };
}

/** A stop begins by asking the guest; a forced reboot resets, where the cloud can. */
static struct step_result send_first(struct reach *reach, struct step *step)
{
	enum provider_verb verb = verb_of(step)->verb;

	if (verb == VERB_STOP) {
		struct step_result result = down_turn(reach, step, grace_us(step));
		if (result.verdict == STEP_AGAIN)
			result.verdict = STEP_DONE;
		return result;
	}
	if (verb == VERB_START && json_int(json_get(step->input, "state_before"), 0) == MACHINE_SUSPENDED)
		verb = VERB_RESUME;
	if (verb == VERB_REBOOT && is_forced(step) && reach->provider->traits[VERB_RESET].support != SUPPORT_NONE)
		verb = VERB_RESET;
	return send(reach, step, verb);
}

/** It was asked for a state that the machine has reached by itself: its guest switched it off, say. */
static bool is_there_already(struct reach *reach, struct step *step)
{
	struct provider_machine seen = { 0 };
	struct provider_result said = reach->provider->ops->get(reach->session, &reach->call, native_id_of(step), &seen);

	return said.error == PROVIDER_OK && machine_state_of(seen.state) == verb_of(step)->wanted;
}

static struct step_result act_send(struct step *step)
{
	struct reach reach;
	struct step_result result;
	struct provider_machine seen = { 0 };

	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	bool is_repeat = step->attempt > 1 || step->is_resumed;
	struct provider_result said =
		is_repeat ? reach.provider->ops->get(reach.session, &reach.call, native_id_of(step), &seen) : PROVIDER_DONE;
	if (said.error != PROVIDER_OK)
		result = step_failed(step->arena, said);
	else if (is_repeat && verb_of(step)->verb != VERB_REBOOT && machine_state_of(seen.state) == verb_of(step)->wanted)
		result = step_done("an earlier attempt had its effect");
	else
		result = send_first(&reach, step);
	if (result.verdict == STEP_FAILED && result.error == PROVIDER_CONFLICT && verb_of(step)->verb != VERB_REBOOT &&
	    is_there_already(&reach, step))
		result = step_done("it is so already");
	reach_close(&reach);
	return result;
}

static struct step_result act_await(struct step *step)
{
	struct reach reach;
	struct step_result result;
	struct provider_machine seen = { 0 };

	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	result = reach_task(&reach, step);
	if (result.verdict == STEP_DONE) {
		struct provider_result said =
			reach.provider->ops->get(reach.session, &reach.call, native_id_of(step), &seen);
		if (said.error != PROVIDER_OK)
			result = step_failed(step->arena, said);
		else if (machine_state_of(seen.state) != verb_of(step)->wanted)
			result = verb_of(step)->verb == VERB_STOP ? down_turn(&reach, step, grace_us(step))
								  : step_again(POLL_MS, NULL);
		else
			step->scratch = arena_memdup(step->arena, &seen, sizeof seen);
	}
	reach_close(&reach);
	return result;
}

static struct status record_await(struct store_tx *tx, struct step *step, const struct step_result *result)
{
	if (result->verdict != STEP_DONE || !step->scratch)
		return OK;
	json_set_int(step->memo, "settled_state", verb_of(step)->wanted);
	return settle_observed(tx, step_machine(step), step->scratch);
}

#define NO_UNDO "the machine stays as the cloud left it; ask for the opposite to go back"

static const struct workflow_step steps[] = {
	{ "send", { .prepare = prepare, .act = act_send }, .no_undo = NO_UNDO, .timeout_s = 300 },
	{ "await", { .act = act_await, .record = record_await }, .no_undo = NO_UNDO, .timeout_s = 4200 },
};

#define POWER_WORKFLOW(word)                                                                                       \
	const struct workflow workflow_machine_##word = {                                                          \
		.kind = "machine-" #word, .steps = steps, .step_count = 2, .deadline_s = 4500, .ended = settle_machine, \
	}

POWER_WORKFLOW(start);
POWER_WORKFLOW(stop);
POWER_WORKFLOW(reboot);
POWER_WORKFLOW(suspend);
POWER_WORKFLOW(resume);
