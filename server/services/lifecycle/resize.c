/* SPDX-License-Identifier: Apache-2.0 */
/* resize.c: gives a machine another size: stopped where the cloud needs it, and started again. */
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/catalog/catalog.h"
#include "server/services/lifecycle/room.h"
#include "server/services/request/request.h"

enum { POLL_MS = 300, GUEST_GRACE_S = 60 };

/** Disks do not shrink or grow with the size, so they are no part of the difference. */
static struct quota_delta difference(const struct machine *machine, int32_t vcpus, int64_t memory_mib)
{
	return (struct quota_delta){ .vcpus = vcpus - machine->vcpus, .memory_mib = memory_mib - machine->memory_mib };
}

static struct quota_delta only_more(struct quota_delta delta)
{
	delta.vcpus = delta.vcpus > 0 ? delta.vcpus : 0;
	delta.memory_mib = delta.memory_mib > 0 ? delta.memory_mib : 0;
	return delta;
}

struct status resize_begin(struct store_tx *tx, struct machine *machine, const char *size, bool allow_restart,
			   struct machine_begin *begin, const char **id)
{
	struct provider_size found;
	struct json *extra = json_object(store_arena(tx));

	TRY(catalog_size_get(tx, machine->connection, size, &found));
	if (machine->state == MACHINE_RUNNING && !allow_restart)
		return status_fail(store_arena(tx), STATUS_FAILED_PRECONDITION, "RESTART_NEEDED",
				   "the machine must be stopped and started again for this; stop it first or set allow_restart");
	begin->kind = KIND_MACHINE_RESIZE;
	begin->allowed = 1u << MACHINE_RUNNING | 1u << MACHINE_STOPPED;
	begin->meanwhile = MACHINE_UPDATING;
	begin->verb = VERB_RESIZE;
	begin->extra = extra;
	/* Before the quota is touched: who catches the failure commits what was done so far. */
	TRY(machine_check(tx, machine, begin));
	struct quota_delta delta = difference(machine, found.vcpus, found.memory_mib), more = only_more(delta);
	TRY(request_quota_adjust(tx, machine->project, &more));
	json_set_text(extra, "size", size);
	json_set_text(extra, "size_native", found.native_id);
	json_set_int(extra, "vcpus", found.vcpus);
	json_set_int(extra, "memory_mib", found.memory_mib);
	json_set_int(extra, "more_vcpus", more.vcpus);
	json_set_int(extra, "more_memory_mib", more.memory_mib);
	json_set_bool(extra, "was_running", machine->state == MACHINE_RUNNING);
	return machine_begin(tx, machine, begin, id);
}

struct status resize_back(struct store_tx *tx, struct machine *machine, struct machine_begin *begin, const char **id)
{
	struct json *extra = json_object(store_arena(tx));
	struct provider_size found = { .native_id = NULL };

	/* By its own size while the catalog still has it so; else by the numbers, where the cloud takes them. */
	if (!text_is_empty(machine->size) && status_is_ok(catalog_size_get(tx, machine->connection, machine->size, &found)) &&
	    found.vcpus == machine->vcpus && found.memory_mib == machine->memory_mib)
		json_set_text(extra, "size_native", found.native_id);
	json_set_text(extra, "size", machine->size);
	json_set_int(extra, "vcpus", machine->vcpus);
	json_set_int(extra, "memory_mib", machine->memory_mib);
	json_set_bool(extra, "was_running", machine->state == MACHINE_RUNNING);
	begin->kind = KIND_MACHINE_RESIZE;
	begin->allowed = 1u << MACHINE_RUNNING | 1u << MACHINE_STOPPED;
	begin->meanwhile = MACHINE_UPDATING;
	begin->verb = VERB_RESIZE;
	begin->extra = extra;
	return machine_begin(tx, machine, begin, id);
}

static struct status prepare(struct store_tx *tx, struct step *step)
{
	struct machine machine;

	TRY(machine_get(tx, step_machine(step), &machine));
	json_set_text(step->memo, "native_id", machine.native_id);
	return OK;
}

static bool was_running(const struct step *step)
{
	return json_bool(json_get(step->input, "was_running"), false);
}

static struct provider_result get(struct reach *reach, struct step *step, struct provider_machine *seen)
{
	return reach->provider->ops->get(reach->session, &reach->call, json_text(json_get(step->memo, "native_id"), ""), seen);
}

static struct provider_result power(struct reach *reach, struct step *step, enum provider_verb verb)
{
	struct provider_task task = { 0 };
	struct provider_result result = reach->provider->ops->power(
		reach->session, &reach->call, json_text(json_get(step->memo, "native_id"), ""), verb, &task);
	if (result.error == PROVIDER_OK)
		reach_keep_task(step, &task);
	return result;
}

static struct step_result bring_up(struct reach *reach, struct step *step)
{
	struct provider_result result = power(reach, step, VERB_START);
	return result.error == PROVIDER_OK || result.error == PROVIDER_CONFLICT ? step_again(POLL_MS, "starting it")
										: step_failed(step->arena, result);
}

/** Drives the machine to a state, one call a turn. */
static struct step_result drive(struct step *step, enum provider_machine_state wanted)
{
	struct reach reach;
	struct step_result result;
	struct provider_machine seen = { 0 };

	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	result = reach_task(&reach, step);
	if (result.verdict == STEP_DONE) {
		struct provider_result said = get(&reach, step, &seen);
		if (said.error != PROVIDER_OK)
			result = step_failed(step->arena, said);
		else if (seen.state == wanted)
			step->scratch = arena_memdup(step->arena, &seen, sizeof seen);
		else if (seen.state == PROVIDER_MACHINE_TRANSITION || seen.state == PROVIDER_MACHINE_BUILDING)
			result = step_again(POLL_MS, NULL);
		else
			result = wanted == PROVIDER_MACHINE_STOPPED
					 ? down_turn(&reach, step, GUEST_GRACE_S * TIME_US_PER_SECOND)
					 : bring_up(&reach, step);
	}
	reach_close(&reach);
	return result;
}

static struct step_result act_stop(struct step *step)
{
	return was_running(step) ? drive(step, PROVIDER_MACHINE_STOPPED) : step_done("it is stopped already");
}

static struct step_result act_start(struct step *step)
{
	return was_running(step) ? drive(step, PROVIDER_MACHINE_RUNNING) : step_done("it was stopped before, and stays so");
}

static struct status record_seen(struct store_tx *tx, struct step *step, const struct step_result *result)
{
	const struct provider_machine *seen = step->scratch;

	if (result->verdict != STEP_DONE || !seen)
		return OK;
	json_set_int(step->memo, "settled_state", machine_state_of(seen->state));
	return settle_resized(tx, step_machine(step), seen);
}

static struct step_result act_resize(struct step *step)
{
	struct reach reach;
	struct step_result result;
	struct provider_task task = { 0 };
	struct provider_resize_spec spec = {
		.size = json_text(json_get(step->input, "size_native"), NULL),
		.vcpus = (int32_t)json_int(json_get(step->input, "vcpus"), 0),
		.memory_mib = json_int(json_get(step->input, "memory_mib"), 0),
	};

	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	struct provider_result said = reach.provider->ops->resize(
		reach.session, &reach.call, json_text(json_get(step->memo, "native_id"), ""), &spec, &task);
	if (said.error != PROVIDER_OK) {
		result = step_failed_or_busy(step, said);
	} else {
		reach_keep_task(step, &task);
		result = (struct step_result){ .verdict = STEP_DONE, .progress_percent = 60,
					       .provider_request_id = said.request_id };
	}
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
		struct provider_result said = get(&reach, step, &seen);
		if (said.error != PROVIDER_OK)
			result = step_failed(step->arena, said);
		else if (seen.vcpus != json_int(json_get(step->input, "vcpus"), 0) ||
			 seen.memory_mib != json_int(json_get(step->input, "memory_mib"), 0))
			result = step_again(POLL_MS, "the cloud does not show the new size yet");
		else
			step->scratch = arena_memdup(step->arena, &seen, sizeof seen);
	}
	reach_close(&reach);
	return result;
}

/** The new size stands: from now on it is metered and shown so, and what is less goes back to the quota. */
static struct status record_await(struct store_tx *tx, struct step *step, const struct step_result *result)
{
	struct machine machine;

	if (result->verdict != STEP_DONE || !step->scratch)
		return OK;
	TRY(machine_get(tx, step_machine(step), &machine));
	/* What it grew by was reserved at the beginning; what the cloud made of it meanwhile was followed. */
	struct quota_delta rest = difference(&machine, (int32_t)json_int(json_get(step->input, "vcpus"), 0),
					     json_int(json_get(step->input, "memory_mib"), 0));
	rest.vcpus -= json_int(json_get(step->input, "more_vcpus"), 0);
	rest.memory_mib -= json_int(json_get(step->input, "more_memory_mib"), 0);
	TRY(request_quota_follow(tx, machine.project, &rest));
	TRY(machine_meter(tx, &machine, time_now_us()));
	machine_observe(store_arena(tx), &machine, step->scratch);
	machine.vcpus = (int32_t)json_int(json_get(step->input, "vcpus"), machine.vcpus);
	machine.memory_mib = json_int(json_get(step->input, "memory_mib"), machine.memory_mib);
	machine.size = json_text(json_get(step->input, "size"), machine.size);
	machine.updated_us = time_now_us();
	if (!text_is_empty(machine.size))
		TRY(deployment_set_parameter(tx, machine.deployment, "size", machine.size, machine.updated_us));
	json_set_bool(step->memo, "resized", true);
	json_set_int(step->memo, "settled_state", machine.is_running ? MACHINE_RUNNING : MACHINE_STOPPED);
	return machine_update(tx, &machine);
}

/** A resize that did not come about gives back what it had reserved. */
static struct status ended(struct store_tx *tx, const struct operation *operation, void *context)
{
	if (!json_bool(json_get(operation->memo, "resized"), false)) {
		struct quota_delta back = { .vcpus = -json_int(json_get(operation->input, "more_vcpus"), 0),
					    .memory_mib = -json_int(json_get(operation->input, "more_memory_mib"), 0) };
		TRY(request_quota_adjust(tx, operation->project, &back));
	}
	return settle_machine(tx, operation, context);
}

static const struct workflow_step steps[] = {
	{ "stop", { .prepare = prepare, .act = act_stop, .record = record_seen }, { .act = act_start, .record = record_seen },
	  .timeout_s = 600 },
	{ "resize", { .act = act_resize }, .no_undo = "a size that the cloud refused is not there", .timeout_s = 900 },
	{ "await-size", { .act = act_await, .record = record_await }, .no_undo = "the new size stands", .timeout_s = 900 },
	{ "start", { .act = act_start, .record = record_seen }, .no_undo = "the undo of stop starts it", .timeout_s = 600 },
};

const struct workflow workflow_machine_resize = {
	.kind = KIND_MACHINE_RESIZE, .steps = steps, .step_count = 4, .deadline_s = 3600, .ended = ended,
};
