/* SPDX-License-Identifier: Apache-2.0 */
/* drift_revert.c: brings back what was changed at a cloud: size and power by their own workflows, name and tags by one here. */
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/lifecycle/drift.h"
#include "server/services/lifecycle/room.h"

enum { POLL_MS = 300 };

/** Which verb takes a machine from where it is to where its row has it; NULL: none does it alone. */
static const struct power_verb *way_back(enum machine_state seen, enum machine_state wanted)
{
	static const struct {
		enum machine_state seen, wanted;
		const char *word;
	} WAYS[] = {
		{ MACHINE_STOPPED, MACHINE_RUNNING, "start" },	 { MACHINE_SUSPENDED, MACHINE_RUNNING, "resume" },
		{ MACHINE_RUNNING, MACHINE_STOPPED, "stop" },	 { MACHINE_SUSPENDED, MACHINE_STOPPED, "stop" },
		{ MACHINE_RUNNING, MACHINE_SUSPENDED, "suspend" },
	};

	for (size_t i = 0; i < sizeof WAYS / sizeof WAYS[0]; i++)
		if (WAYS[i].seen == seen && WAYS[i].wanted == wanted)
			return power_find(WAYS[i].word);
	return NULL;
}

static struct status begin_power(struct store_tx *tx, struct machine *machine, enum machine_state seen,
				 struct machine_begin *begin, const char **id)
{
	const struct power_verb *verb = way_back(seen, machine->state);

	if (!verb)
		return status_fail(store_arena(tx), STATUS_FAILED_PRECONDITION, "MACHINE_STATE",
				   "no single step leads back from where it is; start it first");
	begin->kind = verb->kind;
	begin->allowed = ~0u; /* its row has the state that is wanted, not the one that it is in */
	begin->verb = verb->verb;
	return machine_begin(tx, machine, begin, id);
}

static struct status begin_restore(struct store_tx *tx, struct machine *machine, const struct revert *wanted,
				   struct machine_begin *begin, const char **id)
{
	struct json *extra = json_object(store_arena(tx));

	if (wanted->name)
		json_set_text(extra, "name", wanted->name);
	if (wanted->tags)
		json_set_text(extra, "tags", wanted->tags);
	begin->kind = KIND_MACHINE_RESTORE;
	begin->allowed = ~0u;
	begin->verb = wanted->name ? VERB_RENAME : VERB_TAG;
	begin->extra = extra;
	return machine_begin(tx, machine, begin, id);
}

struct status revert_begin(struct store_tx *tx, struct machine *machine, const struct revert *wanted, int64_t now_us,
			   struct revert *done, const char **operation)
{
	struct machine_begin begin = { .meanwhile = MACHINE_UPDATING, .requested_by = "engine/drift", .now_us = now_us };
	const char *id;

	*done = (struct revert){ .size = false };
	if (wanted->size) {
		/* It ends in the power that the row has, so it brings that back too. */
		TRY(resize_back(tx, machine, &begin, &id));
		done->size = true;
		done->power = wanted->power;
	} else if (wanted->power) {
		TRY(begin_power(tx, machine, wanted->seen, &begin, &id));
		done->power = true;
	} else {
		TRY(begin_restore(tx, machine, wanted, &begin, &id));
		done->name = wanted->name;
		done->tags = wanted->tags;
	}
	*operation = machine->operation;
	return OK;
}

/* ---- the workflow "machine-restore" ---- */

static struct status prepare(struct store_tx *tx, struct step *step)
{
	struct machine machine;

	TRY(machine_get(tx, step_machine(step), &machine));
	json_set_text(step->memo, "native_id", machine.native_id);
	return OK;
}

static const char *native_id_of(const struct step *step)
{
	return json_text(json_get(step->memo, "native_id"), "");
}

/** Ends a turn: by the result of a verb that may have given a task. */
static struct step_result sent(struct step *step, struct provider_result said, const struct provider_task *task)
{
	if (said.error != PROVIDER_OK)
		return step_failed_or_busy(step, said);
	reach_keep_task(step, task);
	return (struct step_result){ .verdict = STEP_DONE, .provider_request_id = said.request_id };
}

static struct step_result act_rename(struct step *step)
{
	const char *name = json_text(json_get(step->input, "name"), NULL);
	struct reach reach;
	struct step_result result;
	struct provider_task task = { 0 };

	if (!name)
		return step_done("its name is as it should be");
	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	result = reach.provider->ops->rename ? sent(step, reach.provider->ops->rename(reach.session, &reach.call, native_id_of(step),
										      name, &task), &task)
					     : step_done("this cloud renames no machines");
	reach_close(&reach);
	return result;
}

static struct step_result act_tag(struct step *step)
{
	const char *text = json_text(json_get(step->input, "tags"), NULL);
	struct reach reach;
	struct step_result result;
	struct provider_task task = { 0 };
	struct json *tags;

	if (!text)
		return step_done("its tags are as they should be");
	struct status status = json_parse(step->arena, slice_text(text), NULL, &tags);
	if (!status_is_ok(status))
		return step_refused(PROVIDER_INVALID, status);
	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	result = reach.provider->ops->tag
			 ? sent(step, reach.provider->ops->tag(reach.session, &reach.call, native_id_of(step), tags, &task), &task)
			 : step_done("this cloud has no tags");
	reach_close(&reach);
	return result;
}

static struct step_result act_await(struct step *step)
{
	struct reach reach;
	struct step_result result;

	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	result = reach_task(&reach, step);
	reach_close(&reach);
	return result;
}

/** Its power goes on as it was: only a look tells what that is now. */
static struct step_result act_look(struct step *step)
{
	struct reach reach;
	struct step_result result;
	struct provider_machine seen = { 0 };

	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	struct provider_result said = reach.provider->ops->get(reach.session, &reach.call, native_id_of(step), &seen);
	if (said.error != PROVIDER_OK)
		result = step_failed(step->arena, said);
	else if (machine_state_of(seen.state) == MACHINE_UPDATING)
		result = step_again(POLL_MS, NULL);
	else
		result = step_done("brought back");
	if (result.verdict == STEP_DONE)
		step->scratch = arena_memdup(step->arena, &seen, sizeof seen);
	reach_close(&reach);
	return result;
}

static struct status record_look(struct store_tx *tx, struct step *step, const struct step_result *result)
{
	struct machine machine;

	if (result->verdict != STEP_DONE || !step->scratch)
		return OK;
	TRY(machine_get(tx, step_machine(step), &machine));
	TRY(machine_meter(tx, &machine, time_now_us()));
	machine_observe(store_arena(tx), &machine, step->scratch);
	machine.updated_us = time_now_us();
	json_set_int(step->memo, "settled_state", json_int(json_get(step->input, "state_before"), MACHINE_STOPPED));
	return machine_update(tx, &machine);
}

#define NO_UNDO "what was brought back is as it should be"

static const struct workflow_step steps[] = {
	{ "rename", { .prepare = prepare, .act = act_rename }, .no_undo = NO_UNDO, .timeout_s = 300 },
	{ "await-name", { .act = act_await }, .no_undo = NO_UNDO, .timeout_s = 900 },
	{ "tag", { .act = act_tag }, .no_undo = NO_UNDO, .timeout_s = 300 },
	{ "await-tags", { .act = act_await }, .no_undo = NO_UNDO, .timeout_s = 900 },
	{ "look", { .act = act_look, .record = record_look }, .no_undo = NO_UNDO, .timeout_s = 900 },
};

const struct workflow workflow_machine_restore = {
	.kind = KIND_MACHINE_RESTORE, .steps = steps, .step_count = 5, .deadline_s = 3600, .ended = settle_machine,
};
