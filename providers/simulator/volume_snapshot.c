/* SPDX-License-Identifier: Apache-2.0 */
/* volume_snapshot.c: what a simulated volume held once. A snapshot outlives its volume. */
#include <stdio.h>
#include <string.h>

#include "providers/simulator/thing.h"
#include "runtime/base/text.h"

static struct sim_thing *snapshot_find(struct sim_visit *visit, int64_t volume, const char *name)
{
	struct sim_thing *next;
	for (struct sim_thing *each = visit->world->things[SIM_VOLUME_SNAPSHOT].oldest; each; each = next) {
		next = each->next;
		if (each->volume == volume && text_equal(each->name, name) && sim_thing_settle(visit->world, each, visit->now_us))
			return each;
	}
	return NULL;
}

static struct provider_result take(struct sim_visit *visit, struct sim_making *making, const char *native_id,
				   const char *name, const char **snapshot_id)
{
	struct arena *arena = visit->call->arena;
	struct sim_thing *volume;
	if (text_is_empty(name) || strlen(name) > SIM_TEXT_MOST)
		return provider_fail(arena, PROVIDER_INVALID, "a snapshot's name must have 1 to %d characters", SIM_TEXT_MOST);
	struct provider_result result = sim_thing_need(visit, SIM_VOLUME, native_id, &volume);
	if (result.error != PROVIDER_OK)
		return result;
	struct sim_thing *same = snapshot_find(visit, (int64_t)volume->number, name);
	if (same) {
		*snapshot_id = sim_thing_id(arena, same);
		making->task->handle = sim_thing_handle(arena, same, making->verb);
		return PROVIDER_DONE;
	}
	if (volume->state != SIM_READY && volume->state != SIM_ATTACHED)
		return provider_fail(arena, PROVIDER_CONFLICT, "the volume is busy; wait until that is over");
	struct sim_thing filled = { .kind = SIM_VOLUME_SNAPSHOT,
				    .size_gib = volume->size_gib,
				    .volume = (int64_t)volume->number,
				    .zone = volume->zone };
	snprintf(filled.name, sizeof filled.name, "%s", name);
	return sim_thing_make(visit, making, &filled, snapshot_id);
}

struct provider_result sim_volume_snapshot_create(struct provider_session *session, struct provider_call *call,
						  const char *native_id, const char *name, struct provider_task *task,
						  const char **snapshot_id)
{
	struct sim_visit visit;
	struct sim_making making = {
		.session = session, .verb = VERB_VOLUME_SNAPSHOT_CREATE, .takes_time = true, .task = task
	};
	struct provider_result result = sim_enter(session, call, VERB_VOLUME_SNAPSHOT_CREATE, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	*task = (struct provider_task){ NULL };
	*snapshot_id = NULL;
	return sim_leave(&visit, take(&visit, &making, native_id, name, snapshot_id));
}

struct provider_result sim_volume_snapshot_list(struct provider_session *session, struct provider_call *call,
						const char *native_id, struct provider_snapshot **snapshots, size_t *count)
{
	struct sim_visit visit;
	struct sim_thing *volume, *next;
	struct provider_result result = sim_enter(session, call, VERB_VOLUME_SNAPSHOT_LIST, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	result = sim_thing_need(&visit, SIM_VOLUME, native_id, &volume);
	if (result.error != PROVIDER_OK)
		return sim_leave(&visit, result);
	size_t most = 0, filled = 0;
	for (struct sim_thing *each = visit.world->things[SIM_VOLUME_SNAPSHOT].oldest; each; each = each->next)
		most += each->volume == (int64_t)volume->number;
	struct provider_snapshot *rows = ARENA_ARRAY(call->arena, most, struct provider_snapshot);
	for (struct sim_thing *each = visit.world->things[SIM_VOLUME_SNAPSHOT].oldest; each; each = next) {
		next = each->next;
		if (each->volume != (int64_t)volume->number || !sim_thing_settle(visit.world, each, visit.now_us))
			continue;
		rows[filled++] = (struct provider_snapshot){ .native_id = sim_thing_id(call->arena, each),
							     .name = arena_strdup(call->arena, each->name),
							     .created_us = each->created_us };
	}
	*snapshots = rows;
	*count = filled;
	return sim_leave(&visit, PROVIDER_DONE);
}

struct provider_result sim_volume_snapshot_remove(struct provider_session *session, struct provider_call *call,
						  const char *snapshot_id, struct provider_task *task)
{
	struct sim_visit visit;
	struct provider_result result = sim_enter(session, call, VERB_VOLUME_SNAPSHOT_DELETE, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	struct sim_thing *snapshot = sim_thing_by_id(&visit, SIM_VOLUME_SNAPSHOT, snapshot_id);
	return sim_leave(&visit, sim_thing_remove(&visit, snapshot, VERB_VOLUME_SNAPSHOT_DELETE, task));
}
