/* SPDX-License-Identifier: Apache-2.0 */
/* drift_revert.c: brings back what was changed at a cloud: size and power by their own workflows, name and tags by one here. */
#include "runtime/base/text.h"
#include "server/services/lifecycle/drift.h"
#include "server/services/lifecycle/label_work.h"
#include "server/services/lifecycle/room.h"

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
			 ? label_sent(step, reach.provider->ops->tag(reach.session, &reach.call, label_native_id(step), tags, &task),
				      &task)
			 : step_done("this cloud has no tags");
	reach_close(&reach);
	return result;
}

#define NO_UNDO "what was brought back is as it should be"

static const struct workflow_step steps[] = {
	{ "rename", { .prepare = label_prepare, .act = label_act_rename }, .no_undo = NO_UNDO, .timeout_s = 300 },
	{ "await-name", { .act = label_act_await }, .no_undo = NO_UNDO, .timeout_s = 900 },
	{ "tag", { .act = act_tag }, .no_undo = NO_UNDO, .timeout_s = 300 },
	{ "await-tags", { .act = label_act_await }, .no_undo = NO_UNDO, .timeout_s = 900 },
	{ "look", { .act = label_act_look, .record = label_record_look }, .no_undo = NO_UNDO, .timeout_s = 900 },
};

const struct workflow workflow_machine_restore = {
	.kind = KIND_MACHINE_RESTORE, .steps = steps, .step_count = 5, .deadline_s = 3600, .ended = settle_machine,
};
