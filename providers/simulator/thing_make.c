/* SPDX-License-Identifier: Apache-2.0 */
/* thing_make.c: making, changing, removing and listing things: what is the same whatever they are. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "providers/simulator/thing.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

static const char *handle_of(struct arena *arena, const struct sim_thing *thing, enum provider_verb verb, bool fails)
{
	return arena_printf(arena, "task:%s:%s:%" PRId64 ":%" PRId64 ":%s", provider_verb_name(verb), sim_thing_id(arena, thing),
			    thing->begun_us, thing->due_us, fails ? "UNAVAILABLE" : "OK");
}

const char *sim_thing_handle(struct arena *arena, const struct sim_thing *thing, enum provider_verb verb)
{
	if (thing->due_us == 0 || thing->due_us <= thing->begun_us)
		return NULL;
	return handle_of(arena, thing, verb, thing->next_state == SIM_FAILED);
}

struct provider_result sim_thing_work(struct sim_visit *visit, struct sim_thing *changed, enum provider_verb verb,
				      enum sim_thing_state end, struct provider_task *task)
{
	struct sim_world *world = visit->world;
	bool fails = sim_draw(world) < world->options.task_failure_rate;
	bool is_new = changed->state == SIM_BUILDING;
	if (fails) {
		changed->next_size_gib = changed->size_gib;
		changed->next_machine = changed->machine;
		end = is_new ? SIM_FAILED : changed->state;
	}
	visit->does_work_fail = fails;
	changed->next_state = end;
	changed->begun_us = visit->now_us;
	changed->due_us = visit->now_us + world->options.work_ms * TIME_US_PER_MS;
	task->handle = NULL;
	if (world->options.work_ms == 0)
		return fails ? provider_fail(visit->call->arena, PROVIDER_UNAVAILABLE,
					     "the simulator failed by its task_failure_rate")
			     : PROVIDER_DONE;
	changed->state = is_new ? SIM_BUILDING : SIM_BUSY;
	task->handle = handle_of(visit->call->arena, changed, verb, fails);
	return PROVIDER_DONE;
}

struct provider_result sim_thing_change(struct sim_visit *visit, struct sim_thing *thing, struct sim_thing *changed,
					enum provider_verb verb, enum sim_thing_state end, struct provider_task *task)
{
	struct provider_result work = sim_thing_work(visit, changed, verb, end, task);
	struct provider_result result = sim_thing_commit(visit, thing, changed);
	if (result.error != PROVIDER_OK)
		return result;
	(void)sim_thing_settle(visit->world, thing, visit->now_us);
	return work;
}

bool sim_thing_again(struct sim_visit *visit, enum sim_kind kind, const struct sim_making *making, const char **native_id)
{
	struct arena *arena = visit->call->arena;
	*native_id = NULL;
	if (making->task)
		making->task->handle = NULL;
	struct sim_thing *same =
		visit->world->options.client_token ? sim_thing_by_intent(visit, kind, making->intent->resource) : NULL;
	if (!same)
		return false;
	*native_id = sim_thing_id(arena, same);
	if (making->task && same->state == SIM_BUILDING)
		making->task->handle = sim_thing_handle(arena, same, making->verb);
	return true;
}

struct provider_result sim_thing_make(struct sim_visit *visit, const struct sim_making *making, struct sim_thing *filled,
				      const char **native_id)
{
	struct sim_world *world = visit->world;
	struct arena *arena = visit->call->arena;
	if (making->intent) {
		snprintf(filled->resource, sizeof filled->resource, "%s", making->intent->resource);
		snprintf(filled->operation, sizeof filled->operation, "%s", text_or_empty(making->intent->operation));
	}
	filled->number = world->next_thing;
	filled->account = sim_account(world, making->session->connection);
	filled->installation = sim_intern(world, making->session->installation);
	filled->created_us = visit->now_us;
	filled->visible_us = visit->now_us + (making->intent ? world->options.late_visibility_ms * TIME_US_PER_MS : 0);
	filled->next_size_gib = filled->size_gib;
	filled->state = making->takes_time ? SIM_BUILDING : SIM_READY;
	struct provider_result work = PROVIDER_DONE;
	if (making->takes_time)
		work = sim_thing_work(visit, filled, making->verb, SIM_READY, making->task);
	if (world->journal >= 0 && !sim_thing_put(world, filled))
		return provider_fail(arena, PROVIDER_UNAVAILABLE, "the simulator cannot write its state file; nothing was made");
	sim_thing_link(world, filled);
	*native_id = world->options.late_id && making->task && making->task->handle ? NULL : sim_thing_id(arena, filled);
	return work;
}

struct provider_result sim_thing_remove(struct sim_visit *visit, struct sim_thing *thing, enum provider_verb verb,
					struct provider_task *task)
{
	task->handle = NULL;
	if (!thing)
		return PROVIDER_DONE;
	if (thing->due_us != 0 && thing->next_state == SIM_GONE) {
		task->handle = sim_thing_handle(visit->call->arena, thing, verb);
		return PROVIDER_DONE;
	}
	if (thing->due_us != 0)
		return provider_fail(visit->call->arena, PROVIDER_CONFLICT, "the %s is busy; wait until that is over",
				     sim_kind_name(thing->kind));
	struct sim_thing changed = *thing;
	return sim_thing_change(visit, thing, &changed, verb, SIM_GONE, task);
}

struct provider_result sim_thing_drop(struct sim_visit *visit, struct sim_thing *thing)
{
	struct sim_thing changed = *thing;
	changed.next_state = SIM_GONE;
	changed.begun_us = changed.due_us = visit->now_us;
	struct provider_result result = sim_thing_commit(visit, thing, &changed);
	if (result.error == PROVIDER_OK)
		(void)sim_thing_settle(visit->world, thing, visit->now_us);
	return result;
}

/* Whether this list shows it. */
static bool is_wanted(const struct sim_visit *visit, const struct provider_session *session, const struct sim_thing *thing,
		      const struct provider_intent *intent)
{
	if (!sim_is_visible(visit, thing))
		return false;
	return !intent || (text_equal(thing->resource, text_or_empty(intent->resource)) &&
			   text_equal(thing->installation, session->installation));
}

/* The token is the number of the last thing told: it holds also when that one is gone meanwhile. */
struct provider_result sim_thing_page(struct sim_visit *visit, struct provider_session *session, enum sim_kind kind,
				      const struct provider_intent *intent, struct provider_page *page,
				      struct sim_thing ***things, size_t *count)
{
	struct arena *arena = visit->call->arena;
	uint64_t after = 0;
	if (page->token && !text_to_uint64(page->token, &after))
		return provider_fail(arena, PROVIDER_INVALID, "the page token is not one of this list; start from the first page");
	size_t most = page->size == 0 ? 100 : page->size;
	if (most > (size_t)visit->world->options.page_size)
		most = (size_t)visit->world->options.page_size;
	struct sim_thing **rows = ARENA_ARRAY(arena, most, struct sim_thing *);
	struct sim_thing *each = sim_thing_by_number(visit->world, after), *next;
	each = each && each->kind == kind ? each->next : visit->world->things[kind].oldest;
	size_t filled = 0;
	uint64_t last = after;
	for (; each && filled < most; each = next) {
		next = each->next;
		if (each->number <= after || !sim_thing_settle(visit->world, each, visit->now_us) ||
		    !is_wanted(visit, session, each, intent))
			continue;
		rows[filled++] = each;
		last = each->number;
	}
	page->token = each ? arena_printf(arena, "%" PRIu64, last) : NULL;
	*things = rows;
	*count = filled;
	return PROVIDER_DONE;
}

static const char *copy(struct arena *arena, const char *text)
{
	return text && *text ? arena_strdup(arena, text) : NULL;
}

struct provider_marks sim_thing_marks(struct arena *arena, const struct sim_thing *thing)
{
	if (thing->resource[0] == '\0')
		return (struct provider_marks){ .resource = NULL };
	return (struct provider_marks){
		.resource = copy(arena, thing->resource),
		.operation = copy(arena, thing->operation),
		.connection = thing->account ? arena_strdup(arena, thing->account->connection) : NULL,
		.installation = copy(arena, thing->installation),
	};
}
