/* SPDX-License-Identifier: Apache-2.0 */
/* made_image.c: simulated images that were made from machines. */
#include <stdio.h>

#include "providers/simulator/thing.h"
#include "runtime/base/text.h"

static void tell(struct arena *arena, const struct sim_thing *thing, struct provider_image *out)
{
	*out = (struct provider_image){ .native_id = sim_thing_id(arena, thing),
					.name = arena_strdup(arena, thing->name),
					.os = arena_strdup(arena, text_or_empty(thing->text)),
					.architecture = arena_strdup(arena, text_or_empty(thing->architecture)),
					.min_disk_gib = thing->size_gib };
}

size_t sim_made_images(struct sim_visit *visit, struct provider_image **images)
{
	size_t count = 0, most = 0;
	struct sim_thing *next;
	for (struct sim_thing *each = visit->world->things[SIM_IMAGE].oldest; each; each = each->next)
		most++;
	*images = ARENA_ARRAY(visit->call->arena, most, struct provider_image);
	for (struct sim_thing *each = visit->world->things[SIM_IMAGE].oldest; each; each = next) {
		next = each->next;
		if (sim_thing_settle(visit->world, each, visit->now_us) && each->state == SIM_READY && sim_is_visible(visit, each))
			tell(visit->call->arena, each, &(*images)[count++]);
	}
	return count;
}

bool sim_made_image(struct sim_visit *visit, const char *native_id, struct provider_image *image)
{
	const struct sim_thing *thing = sim_thing_by_id(visit, SIM_IMAGE, native_id);
	if (!thing || thing->state != SIM_READY)
		return false;
	tell(visit->call->arena, thing, image);
	return true;
}

static struct provider_result make(struct sim_visit *visit, const struct sim_making *making,
				   const struct provider_image_spec *spec, const char **native_id)
{
	struct arena *arena = visit->call->arena;
	struct sim_machine *machine;
	struct provider_image source;
	struct provider_result result = sim_words_check(arena, &spec->intent, spec->name);
	if (result.error == PROVIDER_OK)
		result = sim_machine_need(visit, spec->machine, &machine);
	if (result.error != PROVIDER_OK)
		return result;
	if (machine->due_us != 0 || machine->state == PROVIDER_MACHINE_FAILED)
		return provider_fail(arena, PROVIDER_CONFLICT, "the machine is %s; take a running or stopped one",
				     provider_machine_state_name(machine->state));
	bool is_known = sim_image_find(visit, machine->image, &source);
	struct sim_thing filled = { .kind = SIM_IMAGE,
				    .size_gib = machine->disk_gib,
				    .text = is_known ? sim_intern(visit->world, source.os) : "unknown",
				    .architecture = is_known ? sim_intern(visit->world, source.architecture) : "x86_64" };
	snprintf(filled.name, sizeof filled.name, "%s", spec->name);
	return sim_thing_make(visit, making, &filled, native_id);
}

static struct provider_result image_create(struct provider_session *session, struct provider_call *call,
					   const struct provider_image_spec *spec, struct provider_task *task,
					   const char **native_id)
{
	struct sim_visit visit;
	struct sim_making making = {
		.session = session, .intent = &spec->intent, .verb = VERB_IMAGE_CREATE, .takes_time = true, .task = task
	};
	struct provider_result result = sim_enter(session, call, VERB_IMAGE_CREATE, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	if (!sim_thing_again(&visit, SIM_IMAGE, &making, native_id))
		result = make(&visit, &making, spec, native_id);
	return sim_leave(&visit, result);
}

static struct provider_result image_list(struct provider_session *session, struct provider_call *call,
					 const struct provider_intent *intent, struct provider_page *page,
					 struct provider_made_image **images, size_t *count)
{
	struct sim_visit visit;
	struct sim_thing **things;
	struct provider_result result = sim_enter(session, call, VERB_IMAGE_LIST, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	result = sim_thing_page(&visit, session, SIM_IMAGE, intent, page, &things, count);
	if (result.error != PROVIDER_OK)
		return sim_leave(&visit, result);
	*images = ARENA_ARRAY(call->arena, *count, struct provider_made_image);
	for (size_t i = 0; i < *count; i++) {
		struct provider_made_image *image = &(*images)[i];
		tell(call->arena, things[i], &image->image);
		image->is_ready = things[i]->state == SIM_READY;
		image->is_failed = things[i]->state == SIM_FAILED;
		image->marks = sim_thing_marks(call->arena, things[i]);
	}
	return sim_leave(&visit, result);
}

static struct provider_result image_remove(struct provider_session *session, struct provider_call *call,
					   const char *native_id, struct provider_task *task)
{
	struct sim_visit visit;
	struct provider_result result = sim_enter(session, call, VERB_IMAGE_DELETE, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	struct sim_thing *image = sim_thing_by_id(&visit, SIM_IMAGE, native_id);
	return sim_leave(&visit, sim_thing_remove(&visit, image, VERB_IMAGE_DELETE, task));
}

const struct provider_image_ops sim_image_ops = { .create = image_create, .list = image_list, .remove = image_remove };
