/* SPDX-License-Identifier: Apache-2.0 */
/* rename.c: gives a machine another name, at its cloud and here together. */
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/catalog/catalog.h"
#include "server/services/lifecycle/drift.h"
#include "server/services/lifecycle/label_work.h"
#include "server/services/lifecycle/room.h"

/** Who cannot have the name at the cloud may still have it here. */
static struct status say_what_can_be(struct arena *arena, struct status status)
{
	if (text_equal(status.reason, "VERB_UNSUPPORTED"))
		status.message =
			arena_printf(arena, "%s; UpdateMachine changes its display_name alone", status.message);
	return status;
}

struct status rename_begin(struct store_tx *tx, struct machine *machine, const char *name, struct machine_begin *begin,
			   const char **id)
{
	struct arena *arena = store_arena(tx);
	struct json *extra = json_object(arena);
	const char *misfit = catalog_machine_name_misfit(name);

	if (misfit)
		return status_invalid_field(arena, "display_name", "%s", misfit);
	json_set_text(extra, "name", name);
	begin->kind = KIND_MACHINE_RENAME;
	begin->meanwhile = MACHINE_UPDATING;
	begin->verb = VERB_RENAME;
	begin->extra = extra;
	TRY(reach_states(tx, machine->connection, VERB_RENAME, &begin->allowed));
	return say_what_can_be(arena, machine_begin(tx, machine, begin, id));
}

/** The cloud has it under the new name: so have we, and whatever the cloud made of the name is agreed to. */
static struct status record_look(struct store_tx *tx, struct step *step, const struct step_result *result)
{
	struct machine machine;

	if (result->verdict != STEP_DONE || !step->scratch)
		return OK;
	TRY(label_record_look(tx, step, result));
	TRY(machine_get(tx, step_machine(step), &machine));
	machine.display_name = json_text(json_get(step->input, "name"), machine.display_name);
	TRY(machine_update(tx, &machine));
	return baseline_agree(tx, machine.name, DRIFT_NAME, step->scratch);
}

#define NO_UNDO "it keeps the name that the cloud has; rename it to the old one to go back"

static const struct workflow_step steps[] = {
	{ "rename", { .prepare = label_prepare, .act = label_act_rename }, .no_undo = NO_UNDO, .timeout_s = 300 },
	{ "await-name", { .act = label_act_await }, .no_undo = NO_UNDO, .timeout_s = 900 },
	{ "look", { .act = label_act_look, .record = record_look }, .no_undo = NO_UNDO, .timeout_s = 900 },
};

const struct workflow workflow_machine_rename = {
	.kind = KIND_MACHINE_RENAME,
	.steps = steps,
	.step_count = 3,
	.deadline_s = 2400,
	.ended = settle_machine,
};
