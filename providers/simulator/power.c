/* SPDX-License-Identifier: Apache-2.0 */
/* power.c: which machine may go from which state to which. */
#include "providers/simulator/world.h"

#define STATE(name) (1u << PROVIDER_MACHINE_##name)

struct move {
	struct sim_work work;
	uint32_t from;
	bool is_repeatable; /* already there: nothing to do */
	bool is_boot;
};

#define FIRST_MOVE VERB_START
static const struct move MOVES[] = {
	[VERB_START - FIRST_MOVE] = { { VERB_START, PROVIDER_MACHINE_RUNNING, PROVIDER_MACHINE_UNKNOWN, "starting" },
				      STATE(STOPPED), true, true },
	[VERB_STOP - FIRST_MOVE] = { { VERB_STOP, PROVIDER_MACHINE_STOPPED, PROVIDER_MACHINE_UNKNOWN, "stopping" },
				     STATE(RUNNING) | STATE(SUSPENDED) | STATE(FAILED), true, false },
	[VERB_SHUTDOWN - FIRST_MOVE] = { { VERB_SHUTDOWN, PROVIDER_MACHINE_STOPPED, PROVIDER_MACHINE_UNKNOWN, "shutting down" },
					 STATE(RUNNING), true, false },
	[VERB_REBOOT - FIRST_MOVE] = { { VERB_REBOOT, PROVIDER_MACHINE_RUNNING, PROVIDER_MACHINE_UNKNOWN, "rebooting" },
				       STATE(RUNNING), false, true },
	[VERB_RESET - FIRST_MOVE] = { { VERB_RESET, PROVIDER_MACHINE_RUNNING, PROVIDER_MACHINE_UNKNOWN, "resetting" },
				      STATE(RUNNING), false, true },
	[VERB_SUSPEND - FIRST_MOVE] = { { VERB_SUSPEND, PROVIDER_MACHINE_SUSPENDED, PROVIDER_MACHINE_UNKNOWN, "suspending" },
					STATE(RUNNING), true, false },
	[VERB_RESUME - FIRST_MOVE] = { { VERB_RESUME, PROVIDER_MACHINE_RUNNING, PROVIDER_MACHINE_UNKNOWN, "resuming" },
				       STATE(SUSPENDED), true, false },
};

static struct provider_result move_machine(struct sim_visit *visit, const char *native_id, const struct move *move,
					   struct provider_task *task)
{
	struct arena *arena = visit->call->arena;
	struct sim_machine *machine;
	struct provider_result result = sim_machine_need(visit, native_id, &machine);
	if (result.error != PROVIDER_OK)
		return result;
	if (move->is_repeatable && machine->state == move->work.good_end)
		return PROVIDER_DONE;
	if (!(move->from & (1u << machine->state)))
		return provider_fail(arena, PROVIDER_CONFLICT, "the machine is %s; %s is not possible now",
				     provider_machine_state_name(machine->state), provider_verb_name(move->work.verb));
	if (move->work.verb == VERB_SHUTDOWN && visit->world->options.deaf_guests)
		return PROVIDER_DONE;
	struct sim_machine changed = *machine;
	struct sim_work work = move->work;
	work.bad_end = machine->state; /* work that fails leaves the machine as it was */
	changed.boots += move->is_boot;
	struct provider_result started = sim_work_start(visit, &changed, &work, task);
	result = sim_machine_commit(visit->world, arena, machine, &changed);
	return result.error == PROVIDER_OK ? started : result;
}

struct provider_result sim_power(struct provider_session *session, struct provider_call *call, const char *native_id,
				 enum provider_verb verb, struct provider_task *task)
{
	struct sim_visit visit;
	if (verb < VERB_START || verb > VERB_RESUME)
		return provider_fail(call->arena, PROVIDER_INVALID, "%s is no power verb", provider_verb_name(verb));
	struct provider_result result = sim_enter(session, call, verb, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	*task = (struct provider_task){ NULL };
	return sim_leave(&visit, move_machine(&visit, native_id, &MOVES[verb - FIRST_MOVE], task));
}
