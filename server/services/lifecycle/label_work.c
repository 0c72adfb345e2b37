/* SPDX-License-Identifier: Apache-2.0 */
/* label_work.c: changes a machine's name or tags at its cloud, and looks at what became of it. */
#include "server/services/lifecycle/label_work.h"

#include "runtime/base/text.h"
#include "runtime/base/time.h"

enum { POLL_MS = 300 };

struct status label_prepare(struct store_tx *tx, struct step *step)
{
	struct machine machine;

	TRY(machine_get(tx, step_machine(step), &machine));
	json_set_text(step->memo, "native_id", machine.native_id);
	return OK;
}

const char *label_native_id(const struct step *step)
{
	return json_text(json_get(step->memo, "native_id"), "");
}

struct step_result label_sent(struct step *step, struct provider_result said, const struct provider_task *task)
{
	if (said.error != PROVIDER_OK)
		return step_failed_or_busy(step, said);
	reach_keep_task(step, task);
	return (struct step_result){ .verdict = STEP_DONE, .provider_request_id = said.request_id };
}

struct step_result label_act_rename(struct step *step)
{
	const char *name = json_text(json_get(step->input, "name"), NULL);
	struct reach reach;
	struct step_result result;
	struct provider_task task = { 0 };

	if (!name)
		return step_done("its name is as it should be");
	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	result = reach.provider->ops->rename
			 ? label_sent(step,
				      reach.provider->ops->rename(reach.session, &reach.call, label_native_id(step),
								  name, &task),
				      &task)
			 : step_done("this cloud renames no machines");
	reach_close(&reach);
	return result;
}

struct step_result label_act_await(struct step *step)
{
	struct reach reach;
	struct step_result result;

	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	result = reach_task(&reach, step);
	reach_close(&reach);
	return result;
}

struct step_result label_act_look(struct step *step)
{
	struct reach reach;
	struct step_result result;
	struct provider_machine seen = { 0 };

	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	struct provider_result said =
		reach.provider->ops->get(reach.session, &reach.call, label_native_id(step), &seen);
	if (said.error != PROVIDER_OK)
		result = step_failed(step->arena, said);
	else if (machine_state_of(seen.state) == MACHINE_UPDATING)
		result = step_again(POLL_MS, NULL);
	else
		result = step_done(NULL);
	if (result.verdict == STEP_DONE)
		step->scratch = arena_memdup(step->arena, &seen, sizeof seen);
	reach_close(&reach);
	return result;
}

struct status label_record_look(struct store_tx *tx, struct step *step, const struct step_result *result)
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
