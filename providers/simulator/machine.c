/* SPDX-License-Identifier: Apache-2.0 */
/* machine.c: making, resizing and deleting simulated machines. */
#include <stdio.h>
#include <string.h>

#include "providers/simulator/world.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

static const struct sim_work CREATING = { VERB_CREATE, PROVIDER_MACHINE_RUNNING, PROVIDER_MACHINE_FAILED, "building" };
static const struct sim_work DELETING = { VERB_DELETE, PROVIDER_MACHINE_GONE, PROVIDER_MACHINE_FAILED, "deleting" };

static const char *what_is_full(const struct sim_world *world, const struct sim_account *account, int64_t more_vcpus)
{
	const struct sim_options *options = &world->options;
	if (options->quota > 0 && account && account->machines >= options->quota)
		return "quota";
	if (options->capacity > 0 && (int64_t)world->count >= options->capacity)
		return "capacity";
	if (options->capacity_vcpus > 0 && world->vcpus + more_vcpus > options->capacity_vcpus)
		return "capacity_vcpus";
	return NULL;
}

static struct provider_result room_check(struct sim_visit *visit, struct provider_session *session, int32_t vcpus)
{
	struct sim_account *account = sim_account(visit->world, session->connection);
	const char *full = what_is_full(visit->world, account, vcpus);
	if (full) {
		/* What was deleted meanwhile makes room, but only when somebody looks. */
		sim_settle_all(visit->world, visit->now_us);
		full = what_is_full(visit->world, account, vcpus);
	}
	if (!full)
		return PROVIDER_DONE;
	return provider_fail(visit->call->arena, full[0] == 'q' ? PROVIDER_QUOTA : PROVIDER_CAPACITY,
			     "the simulator is full by its %s; delete machines or raise it", full);
}

static void fill(struct sim_visit *visit, struct provider_session *session, const struct provider_machine_spec *spec,
		 struct sim_machine *machine)
{
	struct sim_world *world = visit->world;
	machine->number = world->next_number;
	snprintf(machine->name, sizeof machine->name, "%s", spec->name);
	snprintf(machine->machine, sizeof machine->machine, "%s", spec->intent.resource);
	snprintf(machine->operation, sizeof machine->operation, "%s", text_or_empty(spec->intent.operation));
	machine->account = sim_account(world, session->connection);
	machine->installation = sim_intern(world, session->installation);
	machine->image = sim_intern(world, spec->image);
	machine->network = sim_intern(world, spec->network);
	machine->size = sim_intern(world, spec->size);
	machine->zone = sim_intern(world, spec->zone ? spec->zone : sim_zone_default());
	machine->more = sim_spec_more(world, visit->call->arena, spec);
	machine->disk_gib = spec->disk_gib;
	machine->created_us = visit->now_us;
	machine->visible_us = visit->now_us + world->options.late_visibility_ms * TIME_US_PER_MS;
	machine->boots = 1;
}

static struct provider_result make(struct sim_visit *visit, struct provider_session *session,
				   const struct provider_machine_spec *spec, struct provider_task *task, uint64_t *number)
{
	struct provider_resize_spec numbers = { .vcpus = spec->vcpus, .memory_mib = spec->memory_mib };
	struct provider_result result = sim_spec_check(visit, spec, &numbers);
	if (result.error == PROVIDER_OK)
		result = room_check(visit, session, numbers.vcpus);
	if (result.error != PROVIDER_OK)
		return result;
	struct sim_world *world = visit->world;
	struct sim_machine filled = { .vcpus = numbers.vcpus, .memory_mib = numbers.memory_mib };
	fill(visit, session, spec, &filled);
	struct provider_result work = sim_work_start(visit, &filled, &CREATING, task);
	if (world->journal >= 0 && !sim_journal_put(world, &filled))
		return provider_fail(visit->call->arena, PROVIDER_UNAVAILABLE,
				     "the simulator cannot write its state file; nothing was made");
	struct sim_machine *machine = sim_machine_spare(world);
	*machine = filled;
	world->next_number++;
	sim_machine_link(world, machine);
	*number = machine->number;
	return work;
}

struct provider_result sim_create(struct provider_session *session, struct provider_call *call,
				  const struct provider_machine_spec *spec, struct provider_task *task,
				  const char **native_id)
{
	struct sim_visit visit;
	struct provider_result result = sim_enter(session, call, VERB_CREATE, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	*task = (struct provider_task){ NULL };
	*native_id = NULL;
	uint64_t number = 0;
	bool is_token = visit.world->options.client_token;
	struct sim_machine *same =
		is_token ? sim_machine_settle(visit.world, sim_machine_by_intent(visit.world, spec->intent.resource), visit.now_us) :
			   NULL;
	if (same) {
		number = same->number;
		if (same->state == PROVIDER_MACHINE_BUILDING)
			task->handle = sim_work_handle(call->arena, visit.world, same, VERB_CREATE);
	} else {
		result = make(&visit, session, spec, task, &number);
	}
	char id[SIMULATOR_ID_SIZE];
	sim_native_id(number, id);
	if (number != 0 && (!visit.world->options.late_id || !task->handle))
		*native_id = arena_strdup(call->arena, id);
	return sim_leave(&visit, result);
}

static struct provider_result resize(struct sim_visit *visit, const char *native_id, const struct provider_resize_spec *spec,
				     struct provider_task *task)
{
	struct arena *arena = visit->call->arena;
	struct sim_machine *machine;
	struct provider_resize_spec numbers = *spec;
	struct provider_result result = sim_machine_need(visit, native_id, &machine);
	if (result.error == PROVIDER_OK)
		result = provider_size_resolve(arena, &visit->world->sizes, spec->size, &numbers);
	if (result.error != PROVIDER_OK)
		return result;
	if (machine->state != PROVIDER_MACHINE_STOPPED)
		return provider_fail(arena, PROVIDER_CONFLICT, "the machine is %s; stop it before it is resized",
				     provider_machine_state_name(machine->state));
	int64_t most = visit->world->options.capacity_vcpus;
	if (most > 0 && visit->world->vcpus + numbers.vcpus - machine->vcpus > most)
		return provider_fail(arena, PROVIDER_CAPACITY, "the simulator is full by its capacity_vcpus; choose a smaller size");
	static const struct sim_work RESIZING = { VERB_RESIZE, PROVIDER_MACHINE_STOPPED, PROVIDER_MACHINE_STOPPED, "resizing" };
	struct sim_machine changed = *machine;
	changed.next_vcpus = numbers.vcpus;
	changed.next_memory_mib = numbers.memory_mib;
	struct provider_result work = sim_work_start(visit, &changed, &RESIZING, task);
	if (changed.next_vcpus > 0)
		changed.size = sim_intern(visit->world, numbers.size);
	if (changed.next_vcpus > 0 && changed.due_us == 0) {
		changed.vcpus = changed.next_vcpus;
		changed.memory_mib = changed.next_memory_mib;
		changed.next_vcpus = 0;
	}
	result = sim_machine_commit(visit->world, arena, machine, &changed);
	return result.error == PROVIDER_OK ? work : result;
}

struct provider_result sim_resize(struct provider_session *session, struct provider_call *call, const char *native_id,
				  const struct provider_resize_spec *spec, struct provider_task *task)
{
	struct sim_visit visit;
	struct provider_result result = sim_enter(session, call, VERB_RESIZE, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	*task = (struct provider_task){ NULL };
	return sim_leave(&visit, resize(&visit, native_id, spec, task));
}

struct provider_result sim_remove(struct provider_session *session, struct provider_call *call, const char *native_id,
				  struct provider_task *task)
{
	struct sim_visit visit;
	struct provider_result result = sim_enter(session, call, VERB_DELETE, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	*task = (struct provider_task){ NULL };
	struct sim_machine *machine =
		sim_machine_settle(visit.world, sim_machine_by_id(visit.world, native_id), visit.now_us);
	/* Gone, or going: a second delete has nothing to do but to wait. */
	if (machine && machine->due_us != 0 && machine->next_state == PROVIDER_MACHINE_GONE)
		task->handle = sim_work_handle(call->arena, visit.world, machine, VERB_DELETE);
	if (!machine || task->handle)
		return sim_leave(&visit, PROVIDER_DONE);
	struct sim_machine changed = *machine;
	struct provider_result work = sim_work_start(&visit, &changed, &DELETING, task);
	result = sim_machine_commit(visit.world, call->arena, machine, &changed);
	if (result.error == PROVIDER_OK)
		(void)sim_machine_settle(visit.world, machine, visit.now_us);
	return sim_leave(&visit, result.error == PROVIDER_OK ? work : result);
}
