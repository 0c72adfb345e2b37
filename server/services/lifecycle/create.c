/* SPDX-License-Identifier: Apache-2.0 */
/* create.c: makes a machine at its cloud: intent first, found by it ever after. */
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/lifecycle/drift.h"
#include "server/services/lifecycle/room.h"

enum { POLL_MS = 300 };

static struct provider_intent intent_of(const struct step *step)
{
	return (struct provider_intent){
		.resource = resource_leaf(step_machine(step)),
		.operation = step->operation->id,
		.tenant = step->operation->tenant,
		.project = step->operation->project,
	};
}

static struct provider_machine_spec spec_of(const struct step *step)
{
	const struct json *choice = json_get(step->input, "choice");

	return (struct provider_machine_spec){
		.intent = intent_of(step),
		.name = json_text(json_get(choice, "display_name"), "machine"),
		.image = json_text(json_get(choice, "image_native"), NULL),
		.network = json_text(json_get(choice, "network_native"), NULL),
		.size = json_text(json_get(choice, "size_native"), NULL),
		.vcpus = (int32_t)json_int(json_get(choice, "vcpus"), 1),
		.memory_mib = json_int(json_get(choice, "memory_mib"), 0),
		.disk_gib = json_int(json_get(choice, "disk_gib"), 0),
		.user_data = json_text(json_get(choice, "user_data"), NULL),
		.ssh_key = json_text(json_get(choice, "ssh_key"), NULL),
	};
}

static struct provider_result find(struct reach *reach, struct step *step)
{
	struct provider_intent intent = intent_of(step);
	struct provider_machine found = { 0 };
	struct provider_result result = reach->provider->ops->find(reach->session, &reach->call, &intent, &found);

	if (result.error == PROVIDER_OK)
		json_set_text(step->memo, "native_id", found.native_id);
	return result;
}

static struct provider_result make(struct reach *reach, struct step *step, struct provider_task *task,
				   const char **native_id)
{
	struct provider_machine_spec spec = spec_of(step);

	return reach->provider->ops->create(reach->session, &reach->call, &spec, task, native_id);
}

static struct step_result act_create(struct step *step)
{
	static const struct making MAKING = {
		.what = "the machine", .memo_id = "native_id", .find = find, .make = make
	};

	return making_act(step, &MAKING);
}

static struct status record_create(struct store_tx *tx, struct step *step, const struct step_result *result)
{
	const char *native_id = json_text(json_get(step->memo, "native_id"), NULL);
	struct machine machine;

	if (result->verdict != STEP_DONE || !native_id)
		return OK;
	TRY(machine_get(tx, step_machine(step), &machine));
	machine.native_id = native_id;
	machine.updated_us = time_now_us();
	return machine_update(tx, &machine);
}

/** One look at the new machine: by its id, or by its intent while the cloud has not told the id. */
static struct provider_result look(struct reach *reach, struct step *step, struct provider_machine *seen)
{
	const char *native_id = json_text(json_get(step->memo, "native_id"), NULL);
	struct provider_intent intent = intent_of(step);

	if (native_id)
		return reach->provider->ops->get(reach->session, &reach->call, native_id, seen);
	return reach->provider->ops->find(reach->session, &reach->call, &intent, seen);
}

/** Whose reply was lost may have been made, but off: where that is a stage of its own, nobody is left who would begin the next. */
static struct step_result start_adopted(struct reach *reach, struct step *step, const char *native_id)
{
	struct provider_task task = { 0 };
	struct provider_result result =
		reach->provider->ops->power(reach->session, &reach->call, native_id, VERB_START, &task);

	if (result.error == PROVIDER_CONFLICT)
		return step_again(POLL_MS, "waiting for what the cloud is doing with it");
	if (result.error != PROVIDER_OK)
		return step_failed(step->arena, result);
	reach_keep_task(step, &task);
	return step_again(POLL_MS, "it was made, but off; starting it");
}

static struct step_result judge_new(struct reach *reach, struct step *step, struct provider_result result,
				    struct provider_machine *seen)
{
	if (result.error == PROVIDER_NOT_FOUND)
		return step_again(POLL_MS, "not visible yet");
	if (result.error != PROVIDER_OK)
		return step_failed(step->arena, result);
	json_set_text(step->memo, "native_id", seen->native_id);
	if (seen->state == PROVIDER_MACHINE_FAILED)
		return step_failed(step->arena, provider_fail(step->arena, PROVIDER_INVALID,
							      "the cloud made the machine but it failed (%s)", seen->native_state));
	if (seen->state == PROVIDER_MACHINE_STOPPED && json_bool(json_get(step->memo, "is_adopted"), false) &&
	    reach->provider->ops->power)
		return start_adopted(reach, step, seen->native_id);
	if (seen->state != PROVIDER_MACHINE_RUNNING)
		return (struct step_result){ .verdict = STEP_AGAIN, .after_ms = POLL_MS, .progress_percent = 60 };
	step->scratch = arena_memdup(step->arena, seen, sizeof *seen);
	return step_done("the machine runs");
}

static struct step_result act_await(struct step *step)
{
	struct reach reach;
	struct step_result result;
	struct provider_machine seen = { 0 };

	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	result = reach_task(&reach, step);
	if (result.verdict == STEP_DONE)
		result = judge_new(&reach, step, look(&reach, step, &seen), &seen);
	reach_close(&reach);
	return result;
}

static struct status record_await(struct store_tx *tx, struct step *step, const struct step_result *result)
{
	struct machine machine;
	const struct provider_machine *seen = step->scratch;

	if (result->verdict != STEP_DONE)
		return OK;
	TRY(machine_get(tx, step_machine(step), &machine));
	machine_observe(store_arena(tx), &machine, seen);
	TRY(settle_size(tx, &machine, seen));
	machine.metered_us = time_now_us();
	machine.updated_us = machine.metered_us;
	TRY(machine_update(tx, &machine));
	TRY(baseline_take(tx, machine.name, seen));
	json_set_int(step->memo, "settled_state", MACHINE_RUNNING);
	return deployment_set_state(tx, machine.deployment, DEPLOYMENT_ACTIVE, machine.updated_us);
}

/** Undo: whatever the create left is found by its intent, removed, and seen to be gone. */
static struct step_result act_uncreate(struct step *step)
{
	struct reach reach;
	struct step_result result;
	struct provider_intent intent = intent_of(step);
	struct provider_machine found = { 0 };
	struct provider_task task = { 0 };

	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	struct provider_result said = reach.provider->ops->find(reach.session, &reach.call, &intent, &found);
	if (said.error == PROVIDER_NOT_FOUND) {
		result = making_not_found(&reach, step, false, "nothing is left at the cloud");
	} else if (said.error != PROVIDER_OK) {
		result = step_failed(step->arena, said);
	} else {
		json_remove(step->memo, "gone_since_us");
		json_set_text(step->memo, "native_id", found.native_id);
		said = reach.provider->ops->remove(reach.session, &reach.call, found.native_id, &task);
		result = said.error == PROVIDER_OK ? step_again(POLL_MS, "removing what was made")
						   : step_failed(step->arena, said);
	}
	reach_close(&reach);
	return result;
}

static struct status record_uncreate(struct store_tx *tx, struct step *step, const struct step_result *result)
{
	struct machine machine;

	TRY(machine_get(tx, step_machine(step), &machine));
	if (result->verdict != STEP_DONE) {
		/* Should the undo fail in the end, what it found can still be deleted. */
		const char *found = json_text(json_get(step->memo, "native_id"), machine.native_id);
		if (text_equal(found, machine.native_id))
			return OK;
		machine.native_id = found;
		machine.updated_us = time_now_us();
		return machine_update(tx, &machine);
	}
	machine.native_id = "";
	machine.is_running = false;
	machine.updated_us = time_now_us();
	return machine_update(tx, &machine);
}

static struct status ended(struct store_tx *tx, const struct operation *operation, void *context)
{
	struct machine machine;

	if (operation->state != OPERATION_SUCCEEDED) {
		TRY(machine_get(tx, json_text(json_get(operation->input, "machine"), ""), &machine));
		machine.state = MACHINE_FAILED;
		machine.metered_us = 0;
		machine.updated_us = time_now_us();
		TRY(machine_update(tx, &machine));
		TRY(deployment_set_state(tx, machine.deployment, DEPLOYMENT_FAILED, machine.updated_us));
	}
	return settle_machine(tx, operation, context);
}

static const struct workflow_step steps[] = {
	{ "create-machine",
	  { .prepare = making_prepare, .act = act_create, .record = record_create },
	  { .act = act_uncreate, .record = record_uncreate },
	  .timeout_s = 600 },
	{ "await-machine",
	  { .act = act_await, .record = record_await },
	  .no_undo = "create-machine's undo removes the machine",
	  .timeout_s = 1800 },
};

const struct workflow workflow_machine_create = {
	.kind = KIND_MACHINE_CREATE, .steps = steps, .step_count = 2, .deadline_s = 3600, .ended = ended,
};
