/* SPDX-License-Identifier: Apache-2.0 */
/* volume.c: simulated disks that live apart from machines. */
#include <stdio.h>
#include <string.h>

#include "providers/simulator/thing.h"
#include "runtime/base/text.h"

#define SIZE_GIB_MOST 65536

static const char *const TYPES[] = { "standard", "fast" };

/* An attached volume that is being detached, and the like, is TRANSITION. */
static const enum provider_volume_state STATES[SIM_THING_STATE_COUNT] = {
	[SIM_BUILDING] = PROVIDER_VOLUME_BUILDING, [SIM_READY] = PROVIDER_VOLUME_AVAILABLE,
	[SIM_ATTACHED] = PROVIDER_VOLUME_ATTACHED, [SIM_BUSY] = PROVIDER_VOLUME_TRANSITION,
	[SIM_FAILED] = PROVIDER_VOLUME_FAILED,     [SIM_GONE] = PROVIDER_VOLUME_UNKNOWN,
};

static void tell(struct arena *arena, const struct sim_thing *thing, struct provider_volume *out)
{
	char machine[SIMULATOR_ID_SIZE];
	sim_native_id((uint64_t)thing->machine, machine);
	*out = (struct provider_volume){
		.native_id = sim_thing_id(arena, thing),
		.name = arena_strdup(arena, thing->name),
		.state = STATES[thing->state],
		.native_state = provider_volume_state_name(STATES[thing->state]),
		.size_gib = thing->size_gib,
		.type = arena_strdup(arena, text_or_empty(thing->type)),
		.zone = arena_strdup(arena, text_or_empty(thing->zone)),
		.machine = thing->machine != 0 ? arena_strdup(arena, machine) : NULL,
		.device = thing->machine != 0 ? arena_printf(arena, "/dev/disk/by-id/%s", sim_thing_id(arena, thing)) : NULL,
		.created_us = thing->created_us,
		.marks = sim_thing_marks(arena, thing),
	};
}

static bool is_type(const char *type)
{
	for (size_t i = 0; i < sizeof TYPES / sizeof TYPES[0]; i++)
		if (text_equal(TYPES[i], type))
			return true;
	return false;
}

static struct provider_result quota_check(struct sim_visit *visit, const struct provider_session *session)
{
	int64_t most = visit->world->options.volume_quota, size_gib;
	if (most == 0 ||
	    sim_thing_count(visit, SIM_VOLUME, sim_account(visit->world, session->connection), &size_gib) < most)
		return PROVIDER_DONE;
	return provider_fail(visit->call->arena, PROVIDER_QUOTA,
			     "the simulator is full by its volume_quota; delete volumes or raise it");
}

static struct provider_result fill(struct sim_visit *visit, const struct provider_volume_spec *spec, struct sim_thing *filled)
{
	struct arena *arena = visit->call->arena;
	const char *type = spec->type ? spec->type : TYPES[0], *zone = spec->zone ? spec->zone : sim_zone_default();
	struct provider_result result = sim_words_check(arena, &spec->intent, spec->name);
	if (result.error != PROVIDER_OK)
		return result;
	if (spec->size_gib < 1 || spec->size_gib > SIZE_GIB_MOST)
		return provider_fail(arena, PROVIDER_INVALID, "a volume has 1 to %d GiB", SIZE_GIB_MOST);
	if (!is_type(type))
		return provider_fail(arena, PROVIDER_INVALID, "there is no volume type \"%.64s\"; take \"%s\" or \"%s\"", type,
				     TYPES[0], TYPES[1]);
	if (!sim_zone_exists(zone))
		return provider_fail(arena, PROVIDER_INVALID, "the simulator has no zone \"%.64s\"; list the regions and choose one",
				     zone);
	if (spec->snapshot) {
		const struct sim_thing *snapshot = sim_thing_by_id(visit, SIM_VOLUME_SNAPSHOT, spec->snapshot);
		if (!snapshot || snapshot->state != SIM_READY)
			return provider_fail(arena, PROVIDER_INVALID, "the simulator has no volume snapshot \"%.64s\" to begin with",
					     spec->snapshot);
		if (snapshot->size_gib > spec->size_gib)
			return provider_fail(arena, PROVIDER_INVALID, "the snapshot has %lld GiB; ask for at least as much",
					     (long long)snapshot->size_gib);
	}
	*filled = (struct sim_thing){ .kind = SIM_VOLUME,
				      .size_gib = spec->size_gib,
				      .type = sim_intern(visit->world, type),
				      .zone = sim_intern(visit->world, zone) };
	snprintf(filled->name, sizeof filled->name, "%s", spec->name);
	return PROVIDER_DONE;
}

static struct provider_result volume_create(struct provider_session *session, struct provider_call *call,
					    const struct provider_volume_spec *spec, struct provider_task *task,
					    const char **native_id)
{
	struct sim_visit visit;
	struct sim_thing filled;
	struct sim_making making = {
		.session = session, .intent = &spec->intent, .verb = VERB_VOLUME_CREATE, .takes_time = true, .task = task
	};
	struct provider_result result = sim_enter(session, call, VERB_VOLUME_CREATE, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	if (!sim_thing_again(&visit, SIM_VOLUME, &making, native_id)) {
		result = fill(&visit, spec, &filled);
		if (result.error == PROVIDER_OK)
			result = quota_check(&visit, session);
		if (result.error == PROVIDER_OK)
			result = sim_thing_make(&visit, &making, &filled, native_id);
	}
	return sim_leave(&visit, result);
}

static struct provider_result volume_get(struct provider_session *session, struct provider_call *call, const char *native_id,
					 struct provider_volume *volume)
{
	struct sim_visit visit;
	struct sim_thing *thing;
	struct provider_result result = sim_enter(session, call, VERB_VOLUME_GET, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	result = sim_thing_need(&visit, SIM_VOLUME, native_id, &thing);
	if (result.error == PROVIDER_OK && !sim_is_visible(&visit, thing))
		result = provider_fail(call->arena, PROVIDER_NOT_FOUND, "the simulator does not show this volume yet");
	if (result.error == PROVIDER_OK)
		tell(call->arena, thing, volume);
	return sim_leave(&visit, result);
}

static struct provider_result volume_list(struct provider_session *session, struct provider_call *call,
					  const struct provider_intent *intent, struct provider_page *page,
					  struct provider_volume **volumes, size_t *count)
{
	struct sim_visit visit;
	struct sim_thing **things;
	struct provider_result result = sim_enter(session, call, VERB_VOLUME_LIST, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	result = sim_thing_page(&visit, session, SIM_VOLUME, intent, page, &things, count);
	if (result.error != PROVIDER_OK)
		return sim_leave(&visit, result);
	*volumes = ARENA_ARRAY(call->arena, *count, struct provider_volume);
	for (size_t i = 0; i < *count; i++)
		tell(call->arena, things[i], &(*volumes)[i]);
	return sim_leave(&visit, result);
}

static struct provider_result busy(struct sim_visit *visit, const struct sim_thing *volume)
{
	return provider_fail(visit->call->arena, PROVIDER_CONFLICT, "the volume is %s; wait until that is over",
			     provider_volume_state_name(STATES[volume->state]));
}

static struct provider_result attach(struct sim_visit *visit, const char *native_id, const char *machine_id,
				     struct provider_task *task)
{
	struct arena *arena = visit->call->arena;
	struct sim_thing *volume;
	struct sim_machine *machine;
	struct provider_result result = sim_thing_need(visit, SIM_VOLUME, native_id, &volume);
	if (result.error == PROVIDER_OK)
		result = sim_machine_need(visit, machine_id, &machine);
	if (result.error != PROVIDER_OK)
		return result;
	int64_t number = (int64_t)machine->number;
	if (volume->next_machine == number && (volume->state == SIM_ATTACHED || volume->state == SIM_BUSY)) {
		task->handle = sim_thing_handle(arena, volume, VERB_VOLUME_ATTACH);
		return PROVIDER_DONE;
	}
	if (volume->state == SIM_ATTACHED)
		return provider_fail(arena, PROVIDER_CONFLICT, "the volume is attached to another machine; detach it there first");
	if (volume->state != SIM_READY)
		return busy(visit, volume);
	if (machine->state != PROVIDER_MACHINE_RUNNING && machine->state != PROVIDER_MACHINE_STOPPED)
		return provider_fail(arena, PROVIDER_CONFLICT, "the machine is %s; attach to one that is running or stopped",
				     provider_machine_state_name(machine->state));
	if (machine->zone && !text_equal(machine->zone, volume->zone))
		return provider_fail(arena, PROVIDER_INVALID, "the volume is in the zone %s and the machine in %s; they must be in one",
				     text_or_empty(volume->zone), machine->zone);
	struct sim_thing changed = *volume;
	changed.next_machine = number;
	return sim_thing_change(visit, volume, &changed, VERB_VOLUME_ATTACH, SIM_ATTACHED, task);
}

static struct provider_result volume_attach(struct provider_session *session, struct provider_call *call,
					    const char *native_id, const char *machine, struct provider_task *task)
{
	struct sim_visit visit;
	struct provider_result result = sim_enter(session, call, VERB_VOLUME_ATTACH, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	*task = (struct provider_task){ NULL };
	return sim_leave(&visit, attach(&visit, native_id, machine, task));
}

static struct provider_result volume_detach(struct provider_session *session, struct provider_call *call,
					    const char *native_id, struct provider_task *task)
{
	struct sim_visit visit;
	struct sim_thing *volume;
	struct provider_result result = sim_enter(session, call, VERB_VOLUME_DETACH, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	*task = (struct provider_task){ NULL };
	result = sim_thing_need(&visit, SIM_VOLUME, native_id, &volume);
	if (result.error != PROVIDER_OK)
		return sim_leave(&visit, result);
	if (volume->state == SIM_BUSY && volume->machine != 0 && volume->next_machine == 0) {
		task->handle = sim_thing_handle(call->arena, volume, VERB_VOLUME_DETACH);
		return sim_leave(&visit, PROVIDER_DONE);
	}
	if (volume->state == SIM_READY)
		return sim_leave(&visit, PROVIDER_DONE);
	if (volume->state != SIM_ATTACHED)
		return sim_leave(&visit, busy(&visit, volume));
	struct sim_thing changed = *volume;
	changed.next_machine = 0;
	return sim_leave(&visit, sim_thing_change(&visit, volume, &changed, VERB_VOLUME_DETACH, SIM_READY, task));
}

static struct provider_result grow(struct sim_visit *visit, const char *native_id, int64_t size_gib,
				   struct provider_task *task)
{
	struct arena *arena = visit->call->arena;
	struct sim_thing *volume;
	struct provider_result result = sim_thing_need(visit, SIM_VOLUME, native_id, &volume);
	if (result.error != PROVIDER_OK)
		return result;
	if (size_gib < volume->next_size_gib || size_gib > SIZE_GIB_MOST)
		return provider_fail(arena, PROVIDER_INVALID, "the volume has %lld GiB and only grows, to at most %d",
				     (long long)volume->next_size_gib, SIZE_GIB_MOST);
	if (size_gib == volume->next_size_gib) {
		task->handle = volume->size_gib == size_gib ? NULL : sim_thing_handle(arena, volume, VERB_VOLUME_GROW);
		return PROVIDER_DONE;
	}
	if (volume->state != SIM_READY && volume->state != SIM_ATTACHED)
		return busy(visit, volume);
	struct sim_thing changed = *volume;
	changed.next_size_gib = size_gib;
	return sim_thing_change(visit, volume, &changed, VERB_VOLUME_GROW, volume->state, task);
}

static struct provider_result volume_grow(struct provider_session *session, struct provider_call *call, const char *native_id,
					  int64_t size_gib, struct provider_task *task)
{
	struct sim_visit visit;
	struct provider_result result = sim_enter(session, call, VERB_VOLUME_GROW, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	*task = (struct provider_task){ NULL };
	return sim_leave(&visit, grow(&visit, native_id, size_gib, task));
}

static struct provider_result volume_remove(struct provider_session *session, struct provider_call *call,
					    const char *native_id, struct provider_task *task)
{
	struct sim_visit visit;
	struct provider_result result = sim_enter(session, call, VERB_VOLUME_DELETE, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	struct sim_thing *volume = sim_thing_by_id(&visit, SIM_VOLUME, native_id);
	if (volume && (volume->machine != 0 || volume->next_machine != 0))
		result = provider_fail(call->arena, PROVIDER_CONFLICT, "the volume is attached to a machine; detach it first");
	else
		result = sim_thing_remove(&visit, volume, VERB_VOLUME_DELETE, task);
	return sim_leave(&visit, result);
}

const struct provider_volume_ops sim_volume_ops = {
	.create = volume_create,
	.get = volume_get,
	.list = volume_list,
	.attach = volume_attach,
	.detach = volume_detach,
	.grow = volume_grow,
	.remove = volume_remove,
	.snapshot_create = sim_volume_snapshot_create,
	.snapshot_list = sim_volume_snapshot_list,
	.snapshot_remove = sim_volume_snapshot_remove,
};
