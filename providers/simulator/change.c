/* SPDX-License-Identifier: Apache-2.0 */
/* change.c: what happened since a cursor. A ring remembers which machines changed; how they are is told as it is now. */
#include <inttypes.h>
#include <string.h>

#include "providers/simulator/world.h"
#include "runtime/base/text.h"

#define ROOM_FIRST 256

/* As many as the option keeps, but no memory for them before they are there. */
static void make_room(struct sim_world *world)
{
	uint64_t wanted = world->change_room == 0 ? ROOM_FIRST : world->change_room * 2;
	uint64_t most = (uint64_t)world->options.changes_kept;
	if (wanted > most)
		wanted = most > world->change_room ? most : world->change_room;
	if (wanted == world->change_room)
		return;
	struct sim_change *changes = ARENA_ARRAY(world->arena, wanted, struct sim_change);
	for (uint64_t i = 0; i < world->change_room && i < world->change_count; i++) {
		uint64_t at = world->change_count - 1 - i;
		changes[at % wanted] = world->changes[at % world->change_room];
	}
	world->changes = changes;
	world->change_room = wanted;
}

void sim_change_note(struct sim_world *world, const struct sim_machine *machine, bool is_gone)
{
	/* What nobody could see yet is told when it shows. */
	if (!machine->is_announced)
		return;
	if (world->change_count >= world->change_room)
		make_room(world);
	world->changes[world->change_count++ % world->change_room] = (struct sim_change){ machine->number, is_gone };
}

/* "<birth>.<number of the next change>". What another world gave, or this one before a restart, is only too old. */
static struct provider_result cursor_read(struct sim_visit *visit, const char *text, uint64_t *next, bool *is_known)
{
	const struct sim_world *world = visit->world;
	const char *dot = strchr(text, '.');
	if (!dot || !text_to_uint64(dot + 1, next))
		return provider_fail(visit->call->arena, PROVIDER_INVALID,
				     "the cursor is none that the simulator gave; begin without one");
	size_t size = (size_t)(dot - text);
	uint64_t kept = (uint64_t)world->options.changes_kept < world->change_room ? (uint64_t)world->options.changes_kept :
										    world->change_room;
	*is_known = strlen(world->birth) == size && memcmp(world->birth, text, size) == 0 && *next <= world->change_count &&
		    world->change_count - *next <= kept;
	return PROVIDER_DONE;
}

/* Whether a later change in the same answer is of the same machine: once is enough. */
static bool comes_again(const struct sim_world *world, uint64_t at, uint64_t end)
{
	uint64_t number = world->changes[at % world->change_room].number;
	for (uint64_t later = at + 1; later < end; later++)
		if (world->changes[later % world->change_room].number == number)
			return true;
	return false;
}

static void tell_changes(struct sim_visit *visit, uint64_t next, struct provider_changes *changes)
{
	struct sim_world *world = visit->world;
	struct arena *arena = visit->call->arena;
	uint64_t most = (uint64_t)world->options.page_size, end = world->change_count;
	changes->has_more = end - next > most;
	if (changes->has_more)
		end = next + most;
	changes->machines = ARENA_ARRAY(arena, (size_t)(end - next), struct provider_machine);
	changes->count = 0;
	for (uint64_t at = next; at < end; at++) {
		struct sim_machine *machine = sim_machine_by_number(world, world->changes[at % world->change_room].number);
		if (comes_again(world, at, end))
			continue;
		struct provider_machine *row = &changes->machines[changes->count];
		if (machine) {
			sim_machine_tell(arena, world, machine, row);
		} else {
			char native_id[SIMULATOR_ID_SIZE];
			/* The change that it went by comes later in the ring, or is this one. */
			if (!world->changes[at % world->change_room].is_gone)
				continue;
			sim_native_id(world->changes[at % world->change_room].number, native_id);
			*row = (struct provider_machine){ .native_id = arena_strdup(arena, native_id), .state = PROVIDER_MACHINE_GONE };
		}
		changes->count++;
	}
	changes->cursor = arena_printf(arena, "%s.%" PRIu64, world->birth, end);
}

struct provider_result sim_changes(struct provider_session *session, struct provider_call *call,
				   struct provider_changes *changes)
{
	struct sim_visit visit;
	struct provider_result result = sim_enter(session, call, VERB_CHANGES, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	const char *cursor = changes->cursor;
	uint64_t next = 0;
	bool is_known = true;
	sim_settle_all(visit.world, visit.now_us);
	if (cursor)
		result = cursor_read(&visit, cursor, &next, &is_known);
	else
		next = visit.world->change_count;
	if (result.error != PROVIDER_OK)
		return sim_leave(&visit, result);
	*changes = (struct provider_changes){ .cursor = NULL };
	if (is_known)
		tell_changes(&visit, next, changes);
	return sim_leave(&visit, result);
}
