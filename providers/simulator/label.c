/* SPDX-License-Identifier: Apache-2.0 */
/* label.c: what a simulated machine is called, and the tags that it bears. */
#include <stdio.h>
#include <string.h>

#include "providers/simulator/world.h"
#include "runtime/base/text.h"

struct provider_result sim_rename(struct provider_session *session, struct provider_call *call, const char *native_id,
				  const char *name, struct provider_task *task)
{
	struct sim_visit visit;
	struct sim_machine *machine;
	struct provider_result result = sim_enter(session, call, VERB_RENAME, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	*task = (struct provider_task){ NULL };
	result = sim_machine_need(&visit, native_id, &machine);
	if (result.error == PROVIDER_OK && (text_is_empty(name) || strlen(name) > SIM_TEXT_MOST))
		result = provider_fail(call->arena, PROVIDER_INVALID, "the name must have 1 to %d characters", SIM_TEXT_MOST);
	if (result.error != PROVIDER_OK || strcmp(machine->name, name) == 0)
		return sim_leave(&visit, result);
	struct sim_machine changed = *machine;
	snprintf(changed.name, sizeof changed.name, "%s", name);
	return sim_leave(&visit, sim_machine_commit(visit.world, call->arena, machine, &changed));
}

/* The rest of what a machine has stays as it is. */
static const struct json *more_with(struct sim_world *world, struct arena *arena, const struct json *old,
				    const struct json *tags)
{
	struct json *more = json_object(arena);
	const char *key;
	const struct json *value;
	for (size_t i = 0; json_member(old, i, &key, &value); i++)
		if (!text_equal(key, "tags"))
			json_set(more, key, value);
	if (json_size(tags) > 0)
		json_set(more, "tags", tags);
	return json_size(more) > 0 ? sim_json_copy(world->arena, more) : NULL;
}

static bool are_equal(struct arena *arena, const struct json *a, const struct json *b)
{
	const struct json *empty = json_object(arena);
	return text_equal(json_print_canonical(arena, a ? a : empty), json_print_canonical(arena, b ? b : empty));
}

struct provider_result sim_tag(struct provider_session *session, struct provider_call *call, const char *native_id,
			       const struct json *tags, struct provider_task *task)
{
	struct sim_visit visit;
	struct sim_machine *machine;
	struct provider_result result = sim_enter(session, call, VERB_TAG, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	*task = (struct provider_task){ NULL };
	result = sim_machine_need(&visit, native_id, &machine);
	if (result.error == PROVIDER_OK)
		result = sim_tags_check(call->arena, tags);
	if (result.error != PROVIDER_OK || are_equal(call->arena, json_get(machine->more, "tags"), tags))
		return sim_leave(&visit, result);
	struct sim_machine changed = *machine;
	changed.more = more_with(visit.world, call->arena, machine->more, tags);
	return sim_leave(&visit, sim_machine_commit(visit.world, call->arena, machine, &changed));
}
