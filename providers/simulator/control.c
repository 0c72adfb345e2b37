/* SPDX-License-Identifier: Apache-2.0 */
/* control.c: changing a simulated cloud behind the adapter's back, for tests. */
#include <stdio.h>
#include <string.h>

#include "providers/simulator/thing.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

size_t simulator_count(const char *endpoint, const char *machine)
{
	struct sim_world *world = sim_world_lock(endpoint);
	if (!world)
		return 0;
	size_t count = 0;
	struct sim_machine *next;
	for (struct sim_machine *each = world->oldest; each; each = next) {
		next = each->next;
		if (sim_machine_settle(world, each, time_now_us()) && (!machine || text_equal(each->machine, machine)))
			count++;
	}
	pthread_mutex_unlock(&world->mutex);
	return count;
}

bool simulator_plant(const char *endpoint, const char *name, char native_id[SIMULATOR_ID_SIZE])
{
	struct sim_world *world = sim_world_lock(endpoint);
	if (!world)
		return false;
	struct sim_machine *machine = sim_machine_spare(world);
	machine->number = world->next_number++;
	snprintf(machine->name, sizeof machine->name, "%s", name);
	machine->vcpus = 1;
	machine->memory_mib = 512;
	machine->boots = 1;
	machine->created_us = time_now_us();
	sim_machine_become(machine, PROVIDER_MACHINE_RUNNING, machine->created_us);
	sim_machine_link(world, machine);
	sim_native_id(machine->number, native_id);
	bool is_kept = world->journal < 0 || sim_journal_put(world, machine);
	pthread_mutex_unlock(&world->mutex);
	return is_kept;
}

/* With the machine settled and the world locked; the world is unlocked when there is no such machine. */
static struct sim_machine *machine_lock(const char *endpoint, const char *native_id, struct sim_world **world)
{
	*world = sim_world_lock(endpoint);
	if (!*world)
		return NULL;
	struct sim_machine *machine = sim_machine_settle(*world, sim_machine_by_id(*world, native_id), time_now_us());
	if (!machine)
		pthread_mutex_unlock(&(*world)->mutex);
	return machine;
}

static bool change(struct sim_world *world, struct sim_machine *machine, const struct sim_machine *changed)
{
	struct arena *arena = arena_new(0);
	bool is_done = sim_machine_commit(world, arena, machine, changed).error == PROVIDER_OK;
	(void)sim_machine_settle(world, machine, time_now_us());
	pthread_mutex_unlock(&world->mutex);
	arena_free(arena);
	return is_done;
}

size_t simulator_disks(const char *endpoint, const char *native_id)
{
	struct sim_world *world = sim_world_lock(endpoint);
	size_t count = 0;
	if (!world)
		return 0;
	sim_settle_all(world, time_now_us());
	const struct sim_machine *wanted = sim_machine_by_id(world, native_id);
	for (const struct sim_machine *each = world->oldest; each; each = each->next)
		if (!native_id || each == wanted)
			count += 1 + json_size(json_get(each->more, "disks"));
	pthread_mutex_unlock(&world->mutex);
	return count;
}

size_t simulator_volumes(const char *endpoint)
{
	struct sim_world *world = sim_world_lock(endpoint);
	struct sim_thing *next;
	size_t count = 0;
	if (!world)
		return 0;
	for (struct sim_thing *each = world->things[SIM_VOLUME].oldest; each; each = next) {
		next = each->next;
		count += sim_thing_settle(world, each, time_now_us()) != NULL;
	}
	pthread_mutex_unlock(&world->mutex);
	return count;
}

bool simulator_vanish(const char *endpoint, const char *native_id)
{
	struct sim_world *world;
	struct sim_machine *machine = machine_lock(endpoint, native_id, &world);
	if (!machine)
		return false;
	struct sim_machine changed = *machine;
	changed.next_state = PROVIDER_MACHINE_GONE;
	changed.due_us = time_now_us();
	return change(world, machine, &changed);
}

bool simulator_alter(const char *endpoint, const char *native_id, int32_t vcpus, int64_t memory_mib)
{
	struct sim_world *world;
	struct sim_machine *machine = machine_lock(endpoint, native_id, &world);
	if (!machine)
		return false;
	struct sim_machine changed = *machine;
	changed.vcpus = vcpus;
	changed.memory_mib = memory_mib;
	changed.size = NULL;
	return change(world, machine, &changed);
}

uint64_t simulator_calls(const char *endpoint, enum provider_verb verb)
{
	struct sim_world *world = sim_world_lock(endpoint);
	if (!world)
		return 0;
	uint64_t calls = world->calls[verb];
	pthread_mutex_unlock(&world->mutex);
	return calls;
}
