/* SPDX-License-Identifier: Apache-2.0 */
/* machine_spec.c: what is asked for when a simulated machine is made: checked, and kept as it was. */
#include <string.h>

#include "providers/simulator/thing.h"
#include "runtime/base/text.h"

#define TAGS_MOST 64
#define MORE_MOST 16
#define DISK_GIB_MOST 65536

struct provider_result sim_words_check(struct arena *arena, const struct provider_intent *intent, const char *name)
{
	if (text_is_empty(intent->resource) || strlen(intent->resource) >= SIM_INTENT_SIZE ||
	    strlen(text_or_empty(intent->operation)) >= SIM_INTENT_SIZE)
		return provider_fail(arena, PROVIDER_INVALID, "the intent's ids must have 1 to %d characters", SIM_INTENT_SIZE - 1);
	if (text_is_empty(name) || strlen(name) > SIM_TEXT_MOST)
		return provider_fail(arena, PROVIDER_INVALID, "the name must have 1 to %d characters", SIM_TEXT_MOST);
	return PROVIDER_DONE;
}

struct provider_result sim_tags_check(struct arena *arena, const struct json *tags)
{
	const char *key;
	const struct json *value;
	if (tags && (json_kind(tags) != JSON_OBJECT || json_size(tags) > TAGS_MOST))
		return provider_fail(arena, PROVIDER_INVALID, "tags are an object of at most %d texts", TAGS_MOST);
	for (size_t i = 0; tags && json_member(tags, i, &key, &value); i++)
		if (*key == '\0' || strlen(key) > SIM_TEXT_MOST || json_kind(value) != JSON_TEXT ||
		    strlen(json_text(value, "")) > SIM_TEXT_MOST)
			return provider_fail(arena, PROVIDER_INVALID,
					     "the tag \"%.64s\": give a key of 1 and a text of at most %d characters", key,
					     SIM_TEXT_MOST);
	return PROVIDER_DONE;
}

static struct provider_result network_check(struct sim_visit *visit, const char *network)
{
	if (network && sim_network_exists(visit, network))
		return PROVIDER_DONE;
	return provider_fail(visit->call->arena, PROVIDER_INVALID,
			     "the simulator has no network \"%.64s\"; list the networks and choose one", text_or_empty(network));
}

static struct provider_result more_check(struct sim_visit *visit, const struct provider_machine_spec *spec)
{
	struct arena *arena = visit->call->arena;
	struct provider_result result = sim_tags_check(arena, spec->tags);
	if (spec->more_network_count > MORE_MOST || spec->security_group_count > MORE_MOST || spec->disk_count > MORE_MOST)
		return provider_fail(arena, PROVIDER_INVALID, "at most %d more networks, security groups and disks", MORE_MOST);
	if (spec->zone && !sim_zone_exists(spec->zone))
		return provider_fail(arena, PROVIDER_INVALID, "the simulator has no zone \"%.64s\"; list the regions and choose one",
				     spec->zone);
	for (size_t i = 0; i < spec->more_network_count && result.error == PROVIDER_OK; i++)
		result = network_check(visit, spec->more_networks[i]);
	for (size_t i = 0; i < spec->security_group_count && result.error == PROVIDER_OK; i++)
		if (!sim_group_exists(visit, spec->security_groups[i]))
			result = provider_fail(arena, PROVIDER_INVALID, "the simulator has no security group \"%.64s\"",
					       text_or_empty(spec->security_groups[i]));
	for (size_t i = 0; i < spec->disk_count && result.error == PROVIDER_OK; i++)
		if (spec->disks[i].size_gib < 1 || spec->disks[i].size_gib > DISK_GIB_MOST)
			result = provider_fail(arena, PROVIDER_INVALID, "a disk has 1 to %d GiB", DISK_GIB_MOST);
	return result;
}

struct provider_result sim_spec_check(struct sim_visit *visit, const struct provider_machine_spec *spec,
				      struct provider_resize_spec *numbers)
{
	struct arena *arena = visit->call->arena;
	struct provider_image image;
	struct provider_result result = sim_words_check(arena, &spec->intent, spec->name);
	if (result.error != PROVIDER_OK)
		return result;
	if (!sim_image_find(visit, spec->image, &image))
		return provider_fail(arena, PROVIDER_INVALID, "the simulator has no image \"%.64s\"; list the images and choose one",
				     text_or_empty(spec->image));
	if (spec->network)
		result = network_check(visit, spec->network);
	if (result.error == PROVIDER_OK)
		result = more_check(visit, spec);
	return result.error == PROVIDER_OK ? provider_size_resolve(arena, &visit->world->sizes, spec->size, numbers) : result;
}

static void texts_set(struct arena *arena, struct json *more, const char *name, const char *const *texts, size_t count)
{
	if (count == 0)
		return;
	struct json *array = json_array(arena);
	for (size_t i = 0; i < count; i++)
		json_append_text(array, texts[i]);
	json_set(more, name, array);
}

const struct json *sim_spec_more(struct sim_world *world, struct arena *arena, const struct provider_machine_spec *spec)
{
	struct json *more = json_object(arena), *disks = json_array(arena);
	if (spec->tags && json_size(spec->tags) > 0)
		json_set(more, "tags", spec->tags);
	texts_set(arena, more, "networks", spec->more_networks, spec->more_network_count);
	texts_set(arena, more, "security_groups", spec->security_groups, spec->security_group_count);
	for (size_t i = 0; i < spec->disk_count; i++)
		json_append(disks, json_new_int(arena, spec->disks[i].size_gib));
	if (spec->disk_count > 0)
		json_set(more, "disks", disks);
	return json_size(more) > 0 ? sim_json_copy(world->arena, more) : NULL;
}

static bool has_text(const struct json *array, const char *text)
{
	for (size_t i = 0; i < json_size(array); i++)
		if (text_equal(json_text(json_at(array, i), NULL), text))
			return true;
	return false;
}

bool sim_machine_uses(struct sim_visit *visit, const char *list, const char *native_id)
{
	sim_settle_all(visit->world, visit->now_us);
	for (const struct sim_machine *each = visit->world->oldest; each; each = each->next)
		if (text_equal(each->network, native_id) || has_text(json_get(each->more, list), native_id))
			return true;
	return false;
}
