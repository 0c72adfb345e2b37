/* SPDX-License-Identifier: Apache-2.0 */
/* table.c: twenty thousand machines, each found at once by its id and by its intent. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "providers/simulator/world.h"
#include "runtime/base/text.h"

#define TABLE_FIRST 256

size_t sim_hash_text(const char *text)
{
	uint64_t hash = UINT64_C(14695981039346656037);
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
	return (size_t)(hash ^ (hash >> 32));
}

size_t sim_hash_number(uint64_t number)
{
	number *= UINT64_C(0x9e3779b97f4a7c15);
	return (size_t)(number >> 32);
}

void sim_native_id(uint64_t number, char native_id[SIMULATOR_ID_SIZE])
{
	snprintf(native_id, SIMULATOR_ID_SIZE, "sim-%010" PRIu64, number);
}

struct sim_machine *sim_machine_by_number(struct sim_world *world, uint64_t number)
{
	if (world->by_id.size == 0)
		return NULL;
	struct sim_machine *machine = world->by_id.buckets[sim_hash_number(number) & (world->by_id.size - 1)];
	while (machine && machine->number != number)
		machine = machine->next_by_id;
	return machine;
}

struct sim_machine *sim_machine_by_id(struct sim_world *world, const char *native_id)
{
	uint64_t number = 0;
	char canonical[SIMULATOR_ID_SIZE];
	if (!native_id || !text_starts_with(native_id, "sim-"))
		return NULL;
	for (const char *digit = native_id + 4; *digit; digit++) {
		if (*digit < '0' || *digit > '9' || digit - native_id > 18)
			return NULL;
		number = number * 10 + (uint64_t)(*digit - '0');
	}
	sim_native_id(number, canonical);
	return text_equal(canonical, native_id) ? sim_machine_by_number(world, number) : NULL;
}

struct sim_machine *sim_machine_by_intent(struct sim_world *world, const char *machine)
{
	if (world->by_intent.size == 0 || text_is_empty(machine))
		return NULL;
	struct sim_machine *found = NULL;
	struct sim_machine *each = world->by_intent.buckets[sim_hash_text(machine) & (world->by_intent.size - 1)];
	for (; each; each = each->next_by_intent)
		if (strcmp(each->machine, machine) == 0 && (!found || each->number < found->number))
			found = each;
	return found;
}

struct sim_machine *sim_machine_spare(struct sim_world *world)
{
	struct sim_machine *machine = world->spare;
	if (!machine)
		return ARENA_NEW(world->arena, struct sim_machine);
	world->spare = machine->next;
	memset(machine, 0, sizeof *machine);
	return machine;
}

static void hash_in(struct sim_world *world, struct sim_machine *machine)
{
	struct sim_machine **bucket = &world->by_id.buckets[sim_hash_number(machine->number) & (world->by_id.size - 1)];
	machine->next_by_id = *bucket;
	*bucket = machine;
	if (machine->machine[0] == '\0')
		return;
	bucket = &world->by_intent.buckets[sim_hash_text(machine->machine) & (world->by_intent.size - 1)];
	machine->next_by_intent = *bucket;
	*bucket = machine;
}

/* Doubled tables: the old arrays stay in the world's arena, together never more than the present one. */
static void grow(struct sim_world *world)
{
	size_t size = world->by_id.size == 0 ? TABLE_FIRST : world->by_id.size * 2;
	world->by_id = (struct sim_table){ ARENA_ARRAY(world->arena, size, struct sim_machine *), size };
	world->by_intent = (struct sim_table){ ARENA_ARRAY(world->arena, size, struct sim_machine *), size };
	for (struct sim_machine *machine = world->oldest; machine; machine = machine->next) {
		machine->next_by_id = machine->next_by_intent = NULL;
		hash_in(world, machine);
	}
}

void sim_machine_link(struct sim_world *world, struct sim_machine *machine)
{
	if (world->count >= world->by_id.size)
		grow(world);
	machine->previous = world->newest;
	machine->next = NULL;
	if (world->newest)
		world->newest->next = machine;
	else
		world->oldest = machine;
	world->newest = machine;
	hash_in(world, machine);
	world->count++;
	world->vcpus += machine->vcpus;
	if (machine->account)
		machine->account->machines++;
}

static void unchain(struct sim_machine **link, const struct sim_machine *machine, bool is_by_id)
{
	while (*link != machine)
		link = is_by_id ? &(*link)->next_by_id : &(*link)->next_by_intent;
	*link = is_by_id ? machine->next_by_id : machine->next_by_intent;
}

void sim_machine_drop(struct sim_world *world, struct sim_machine *machine)
{
	unchain(&world->by_id.buckets[sim_hash_number(machine->number) & (world->by_id.size - 1)], machine, true);
	if (machine->machine[0])
		unchain(&world->by_intent.buckets[sim_hash_text(machine->machine) & (world->by_intent.size - 1)], machine, false);
	if (machine->previous)
		machine->previous->next = machine->next;
	else
		world->oldest = machine->next;
	if (machine->next)
		machine->next->previous = machine->previous;
	else
		world->newest = machine->previous;
	world->count--;
	world->vcpus -= machine->vcpus;
	if (machine->account)
		machine->account->machines--;
	machine->next = world->spare;
	world->spare = machine;
}

void sim_machine_become(struct sim_machine *machine, enum provider_machine_state state, int64_t at_us)
{
	machine->state = state;
	machine->due_us = 0;
	if (state == PROVIDER_MACHINE_RUNNING && machine->running_since_us == 0)
		machine->running_since_us = at_us;
	if (state != PROVIDER_MACHINE_RUNNING && machine->running_since_us != 0) {
		machine->ran_us += at_us - machine->running_since_us;
		machine->running_since_us = 0;
	}
}

struct sim_machine *sim_machine_settle(struct sim_world *world, struct sim_machine *machine, int64_t now_us)
{
	if (!machine)
		return NULL;
	if (!machine->is_announced && now_us >= machine->visible_us) {
		machine->is_announced = true;
		sim_change_note(world, machine, false);
	}
	if (machine->due_us == 0 || now_us < machine->due_us)
		return machine;
	bool is_gone = machine->next_state == PROVIDER_MACHINE_GONE;
	sim_change_note(world, machine, is_gone);
	if (is_gone) {
		sim_stay_keep(world, machine, machine->due_us);
		sim_machine_drop(world, machine);
		return NULL;
	}
	sim_machine_become(machine, machine->next_state, machine->due_us);
	if (machine->next_vcpus > 0) {
		world->vcpus += machine->next_vcpus - machine->vcpus;
		machine->vcpus = machine->next_vcpus;
		machine->memory_mib = machine->next_memory_mib;
		machine->next_vcpus = 0;
	}
	return machine;
}

void sim_settle_all(struct sim_world *world, int64_t now_us)
{
	struct sim_machine *next;
	for (struct sim_machine *each = world->oldest; each; each = next) {
		next = each->next;
		(void)sim_machine_settle(world, each, now_us);
	}
}

struct provider_result sim_machine_commit(struct sim_world *world, struct arena *arena, struct sim_machine *machine,
					  const struct sim_machine *changed)
{
	if (world->journal >= 0 && !sim_journal_put(world, changed))
		return provider_fail(arena, PROVIDER_UNAVAILABLE, "the simulator cannot write its state file; nothing was changed");
	world->vcpus += changed->vcpus - machine->vcpus;
	*machine = *changed;
	sim_change_note(world, machine, false);
	return PROVIDER_DONE;
}
