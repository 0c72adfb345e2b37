/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot.c: what a simulated machine was like once. */
#include <string.h>

#include "providers/simulator/world.h"
#include "runtime/base/text.h"

#define SNAPSHOTS_MOST 64

static const struct sim_snapshot *snapshot_find(const struct sim_machine *machine, const char *name)
{
	const struct sim_snapshot *each = machine->snapshots;
	while (each && !text_equal(each->name, name))
		each = each->next;
	return each;
}

static size_t snapshot_count(const struct sim_machine *machine)
{
	size_t count = 0;
	for (const struct sim_snapshot *each = machine->snapshots; each; each = each->next)
		count++;
	return count;
}

static struct provider_result steady_need(struct sim_visit *visit, const char *native_id, struct sim_machine **machine)
{
	struct provider_result result = sim_machine_need(visit, native_id, machine);
	if (result.error != PROVIDER_OK || (*machine)->due_us == 0)
		return result;
	return provider_fail(visit->call->arena, PROVIDER_CONFLICT, "the machine is %s; wait until that is over",
			     text_or_empty((*machine)->native_state));
}

static struct provider_result snapshot_need(struct sim_visit *visit, const char *native_id, const char *snapshot_id,
					    struct sim_machine **machine, const struct sim_snapshot **snapshot)
{
	struct provider_result result = steady_need(visit, native_id, machine);
	if (result.error != PROVIDER_OK)
		return result;
	*snapshot = snapshot_find(*machine, snapshot_id);
	return *snapshot ? result :
			   provider_fail(visit->call->arena, PROVIDER_NOT_FOUND, "the machine has no snapshot \"%.64s\"",
					 text_or_empty(snapshot_id));
}

static struct provider_result work_and_commit(struct sim_visit *visit, struct sim_machine *machine,
					      struct sim_machine *changed, enum provider_verb verb, struct provider_task *task)
{
	struct sim_work work = { verb, machine->state, machine->state, "working on snapshots" };
	struct provider_result started = sim_work_start(visit, changed, &work, task);
	if (visit->does_work_fail) {
		changed->snapshots = machine->snapshots;
		changed->current_snapshot = machine->current_snapshot;
		changed->vcpus = machine->vcpus;
		changed->memory_mib = machine->memory_mib;
		changed->size = machine->size;
	}
	struct provider_result result = sim_machine_commit(visit->world, visit->call->arena, machine, changed);
	return result.error == PROVIDER_OK ? started : result;
}

static struct provider_result take(struct sim_visit *visit, const char *native_id, const char *name,
				   struct provider_task *task)
{
	struct arena *arena = visit->call->arena;
	struct sim_machine *machine;
	if (text_is_empty(name) || strlen(name) > SIM_TEXT_MOST)
		return provider_fail(arena, PROVIDER_INVALID, "a snapshot's name must have 1 to %d characters", SIM_TEXT_MOST);
	struct provider_result result = sim_machine_need(visit, native_id, &machine);
	if (result.error == PROVIDER_OK && snapshot_find(machine, name)) {
		task->handle = sim_work_handle(arena, visit->world, machine, VERB_SNAPSHOT_CREATE);
		return PROVIDER_DONE;
	}
	if (result.error == PROVIDER_OK)
		result = steady_need(visit, native_id, &machine);
	if (result.error != PROVIDER_OK)
		return result;
	if (snapshot_count(machine) >= SNAPSHOTS_MOST)
		return provider_fail(arena, PROVIDER_QUOTA, "a machine has at most %d snapshots; delete one", SNAPSHOTS_MOST);
	struct sim_world *world = visit->world;
	struct sim_snapshot *snapshot = ARENA_NEW(world->arena, struct sim_snapshot);
	*snapshot = (struct sim_snapshot){ .next = machine->snapshots,
					   .name = arena_strdup(world->arena, name),
					   .created_us = visit->now_us,
					   .vcpus = machine->vcpus,
					   .memory_mib = machine->memory_mib,
					   .size = machine->size };
	struct sim_machine changed = *machine;
	changed.snapshots = snapshot;
	changed.current_snapshot = snapshot->name;
	return work_and_commit(visit, machine, &changed, VERB_SNAPSHOT_CREATE, task);
}

struct provider_result sim_snapshot_create(struct provider_session *session, struct provider_call *call,
					   const char *native_id, const char *name, struct provider_task *task,
					   const char **snapshot_id)
{
	struct sim_visit visit;
	struct provider_result result = sim_enter(session, call, VERB_SNAPSHOT_CREATE, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	*task = (struct provider_task){ NULL };
	result = take(&visit, native_id, name, task);
	*snapshot_id = result.error == PROVIDER_OK ? arena_strdup(call->arena, name) : NULL;
	return sim_leave(&visit, result);
}

struct provider_result sim_snapshot_list(struct provider_session *session, struct provider_call *call,
					 const char *native_id, struct provider_snapshot **snapshots, size_t *count)
{
	struct sim_visit visit;
	struct sim_machine *machine;
	struct provider_result result = sim_enter(session, call, VERB_SNAPSHOT_LIST, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	result = sim_machine_need(&visit, native_id, &machine);
	if (result.error != PROVIDER_OK)
		return sim_leave(&visit, result);
	*count = snapshot_count(machine);
	*snapshots = ARENA_ARRAY(call->arena, *count, struct provider_snapshot);
	struct provider_snapshot *row = *snapshots + *count; /* oldest first */
	for (const struct sim_snapshot *each = machine->snapshots; each; each = each->next)
		*--row = (struct provider_snapshot){ .native_id = arena_strdup(call->arena, each->name),
						     .name = arena_strdup(call->arena, each->name),
						     .created_us = each->created_us,
						     .is_current = text_equal(each->name, machine->current_snapshot) };
	return sim_leave(&visit, result);
}

struct provider_result sim_snapshot_revert(struct provider_session *session, struct provider_call *call,
					   const char *native_id, const char *snapshot_id, struct provider_task *task)
{
	struct sim_visit visit;
	struct sim_machine *machine;
	const struct sim_snapshot *snapshot;
	struct provider_result result = sim_enter(session, call, VERB_SNAPSHOT_REVERT, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	*task = (struct provider_task){ NULL };
	result = snapshot_need(&visit, native_id, snapshot_id, &machine, &snapshot);
	if (result.error != PROVIDER_OK)
		return sim_leave(&visit, result);
	struct sim_machine changed = *machine;
	changed.vcpus = snapshot->vcpus;
	changed.memory_mib = snapshot->memory_mib;
	changed.size = snapshot->size;
	changed.current_snapshot = snapshot->name;
	return sim_leave(&visit, work_and_commit(&visit, machine, &changed, VERB_SNAPSHOT_REVERT, task));
}

/* The list without one: the newer ones are copied, the older ones shared. */
static const struct sim_snapshot *list_without(struct sim_world *world, const struct sim_snapshot *list,
					       const struct sim_snapshot *gone)
{
	const struct sim_snapshot *first = NULL;
	const struct sim_snapshot **link = &first;
	for (; list != gone; list = list->next) {
		struct sim_snapshot *copy = arena_memdup(world->arena, list, sizeof *list);
		*link = copy;
		link = &copy->next;
	}
	*link = gone->next;
	return first;
}

struct provider_result sim_snapshot_delete(struct provider_session *session, struct provider_call *call,
					   const char *native_id, const char *snapshot_id, struct provider_task *task)
{
	struct sim_visit visit;
	struct sim_machine *machine;
	const struct sim_snapshot *snapshot = NULL;
	struct provider_result result = sim_enter(session, call, VERB_SNAPSHOT_DELETE, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	*task = (struct provider_task){ NULL };
	result = sim_machine_need(&visit, native_id, &machine);
	if (result.error == PROVIDER_OK && !snapshot_find(machine, snapshot_id)) {
		/* Gone already, or going. */
		task->handle = sim_work_handle(call->arena, visit.world, machine, VERB_SNAPSHOT_DELETE);
		return sim_leave(&visit, PROVIDER_DONE);
	}
	if (result.error == PROVIDER_OK)
		result = snapshot_need(&visit, native_id, snapshot_id, &machine, &snapshot);
	if (result.error != PROVIDER_OK)
		return sim_leave(&visit, result);
	struct sim_machine changed = *machine;
	changed.snapshots = list_without(visit.world, machine->snapshots, snapshot);
	if (text_equal(changed.current_snapshot, snapshot->name))
		changed.current_snapshot = snapshot->next ? snapshot->next->name : NULL;
	return sim_leave(&visit, work_and_commit(&visit, machine, &changed, VERB_SNAPSHOT_DELETE, task));
}
