/* SPDX-License-Identifier: Apache-2.0 */
/* task.c: work that takes time. Its handle says which machine, from when to when, and how it ends: nothing to lose. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "providers/simulator/world.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

#define HANDLE_PARTS 6 /* task:<verb>:<native id>:<start us>:<due us>:<class at the end> */

struct provider_result sim_work_start(struct sim_visit *visit, struct sim_machine *changed, const struct sim_work *work,
				      struct provider_task *task)
{
	struct sim_world *world = visit->world;
	struct arena *arena = visit->call->arena;
	bool fails = sim_draw(world) < world->options.task_failure_rate;
	enum provider_machine_state end = fails ? work->bad_end : work->good_end;
	visit->does_work_fail = fails;
	if (fails)
		changed->next_vcpus = 0;
	if (world->options.work_ms == 0 && end != PROVIDER_MACHINE_GONE) {
		sim_machine_become(changed, end, visit->now_us);
		task->handle = NULL;
		return fails ? provider_fail(arena, PROVIDER_UNAVAILABLE, "the simulator failed by its task_failure_rate")
			     : PROVIDER_DONE;
	}
	changed->state = work->verb == VERB_CREATE ? PROVIDER_MACHINE_BUILDING : PROVIDER_MACHINE_TRANSITION;
	changed->native_state = sim_intern(world, work->native_state);
	changed->next_state = end;
	changed->due_us = visit->now_us + world->options.work_ms * TIME_US_PER_MS;
	char native_id[SIMULATOR_ID_SIZE];
	sim_native_id(changed->number, native_id);
	task->handle = world->options.work_ms == 0 ?
			       NULL :
			       arena_printf(arena, "task:%s:%s:%" PRId64 ":%" PRId64 ":%s", provider_verb_name(work->verb),
					    native_id, visit->now_us, changed->due_us, fails ? "UNAVAILABLE" : "OK");
	return PROVIDER_DONE;
}

const char *sim_work_handle(struct arena *arena, const struct sim_world *world, const struct sim_machine *machine,
			    enum provider_verb verb)
{
	char native_id[SIMULATOR_ID_SIZE];
	int64_t work_us = world->options.work_ms * TIME_US_PER_MS;
	if (machine->due_us == 0 || work_us == 0)
		return NULL;
	sim_native_id(machine->number, native_id);
	return arena_printf(arena, "task:%s:%s:%" PRId64 ":%" PRId64 ":OK", provider_verb_name(verb), native_id,
			    machine->due_us - work_us, machine->due_us);
}

struct handle {
	const char *verb, *native_id;
	int64_t start_us, due_us;
	bool fails;
};

static bool handle_read(struct arena *arena, const char *text, struct handle *handle)
{
	char **parts;
	if (!text || strlen(text) > SIM_NAME_SIZE || text_split(arena, text, ':', &parts) != HANDLE_PARTS ||
	    !text_equal(parts[0], "task"))
		return false;
	handle->verb = parts[1];
	handle->native_id = parts[2];
	handle->fails = text_equal(parts[5], "UNAVAILABLE");
	return (handle->fails || text_equal(parts[5], "OK")) && text_to_int64(parts[3], &handle->start_us) &&
	       text_to_int64(parts[4], &handle->due_us) && handle->due_us > handle->start_us;
}

static void tell(struct arena *arena, const struct handle *handle, int64_t now_us, struct provider_task_status *status)
{
	*status = (struct provider_task_status){ .native_id = handle->native_id };
	if (now_us < handle->due_us) {
		int64_t done = now_us > handle->start_us ? now_us - handle->start_us : 0;
		status->state = TASK_RUNNING;
		status->progress_percent = (unsigned)(done * 100 / (handle->due_us - handle->start_us));
		return;
	}
	status->state = handle->fails ? TASK_FAILED : TASK_DONE;
	status->progress_percent = 100;
	if (handle->fails)
		status->failure = provider_fail(arena, PROVIDER_UNAVAILABLE, "the simulator failed this %s by its task_failure_rate",
						handle->verb);
}

struct provider_result sim_task(struct provider_session *session, struct provider_call *call, const char *handle,
				struct provider_task_status *status)
{
	struct sim_visit visit;
	struct handle read;
	if (!handle_read(call->arena, handle, &read))
		return provider_fail(call->arena, PROVIDER_NOT_FOUND, "the simulator has no such task");
	/* A poll counts as a look at the machine: it is throttled and fails like one. */
	struct provider_result result = sim_enter(session, call, VERB_GET, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	tell(call->arena, &read, visit.now_us, status);
	/* What a snapshot's task made is the snapshot, not its machine. */
	struct sim_machine *machine;
	if (text_equal(read.verb, provider_verb_name(VERB_SNAPSHOT_CREATE)) &&
	    sim_machine_need(&visit, read.native_id, &machine).error == PROVIDER_OK)
		status->native_id = arena_strdup(call->arena, text_or_empty(machine->current_snapshot));
	return sim_leave(&visit, PROVIDER_DONE);
}
