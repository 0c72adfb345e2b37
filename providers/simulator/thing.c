/* SPDX-License-Identifier: Apache-2.0 */
/* thing.c: the tables of what is no machine: found by number, by intent, by age. */
#include "providers/simulator/thing.h"

#include <inttypes.h>
#include <string.h>

#include "runtime/base/text.h"

#define TABLE_FIRST 64
#define DIGITS_MOST 18

/* The word stands in the state file and in messages, the prefix before the number in a native id. */
static const struct kind_row {
	const char *name, *prefix;
} KINDS[SIM_KIND_COUNT] = {
	[SIM_VOLUME] = { "volume", "vol-" },      [SIM_VOLUME_SNAPSHOT] = { "volume snapshot", "snap-" },
	[SIM_IMAGE] = { "image", "image-" },      [SIM_NETWORK] = { "network", "subnet-" },
	[SIM_GROUP] = { "security group", "sg-" }, [SIM_ADDRESS] = { "address", "address-" },
	[SIM_KEY_PAIR] = { "key pair", "key-" },
};

const char *sim_kind_name(enum sim_kind kind)
{
	return KINDS[kind].name;
}

const char *sim_thing_id(struct arena *arena, const struct sim_thing *thing)
{
	return arena_printf(arena, "%s%010" PRIu64, KINDS[thing->kind].prefix, thing->number);
}

static struct sim_thing **number_bucket(const struct sim_world *world, uint64_t number)
{
	return &world->things_by_number[sim_hash_number(number) & (world->thing_buckets - 1)];
}

static struct sim_thing **intent_bucket(const struct sim_world *world, const char *resource)
{
	return &world->things_by_intent[sim_hash_text(resource) & (world->thing_buckets - 1)];
}

struct sim_thing *sim_thing_by_number(struct sim_world *world, uint64_t number)
{
	if (world->thing_buckets == 0)
		return NULL;
	struct sim_thing *thing = *number_bucket(world, number);
	while (thing && thing->number != number)
		thing = thing->next_by_number;
	return thing;
}

struct sim_thing *sim_thing_by_id(struct sim_visit *visit, enum sim_kind kind, const char *native_id)
{
	const char *prefix = KINDS[kind].prefix;
	uint64_t number = 0;
	if (!native_id || !text_starts_with(native_id, prefix))
		return NULL;
	const char *digits = native_id + strlen(prefix);
	if (strlen(digits) > DIGITS_MOST || !text_to_uint64(digits, &number))
		return NULL;
	struct sim_thing *thing = sim_thing_by_number(visit->world, number);
	/* Only as it was given out: the number alone would let "vol-1" mean the same. */
	if (!thing || thing->kind != kind || !text_equal(sim_thing_id(visit->call->arena, thing), native_id))
		return NULL;
	return sim_thing_settle(visit->world, thing, visit->now_us);
}

struct provider_result sim_thing_need(struct sim_visit *visit, enum sim_kind kind, const char *native_id,
				      struct sim_thing **thing)
{
	struct sim_thing *found = sim_thing_by_id(visit, kind, native_id);
	if (!found)
		return provider_fail(visit->call->arena, PROVIDER_NOT_FOUND, "the simulator has no %s \"%.64s\"", KINDS[kind].name,
				     text_or_empty(native_id));
	*thing = found;
	return PROVIDER_DONE;
}

struct sim_thing *sim_thing_by_intent(struct sim_visit *visit, enum sim_kind kind, const char *resource)
{
	struct sim_world *world = visit->world;
	struct sim_thing *oldest = NULL, *next;
	if (world->thing_buckets == 0 || text_is_empty(resource))
		return NULL;
	for (struct sim_thing *each = *intent_bucket(world, resource); each; each = next) {
		next = each->next_by_intent;
		if (each->kind == kind && strcmp(each->resource, resource) == 0 &&
		    sim_thing_settle(world, each, visit->now_us) && (!oldest || each->number < oldest->number))
			oldest = each;
	}
	return oldest;
}

static void hash_in(struct sim_world *world, struct sim_thing *thing)
{
	struct sim_thing **bucket = number_bucket(world, thing->number);
	thing->next_by_number = *bucket;
	*bucket = thing;
	if (thing->resource[0] == '\0')
		return;
	bucket = intent_bucket(world, thing->resource);
	thing->next_by_intent = *bucket;
	*bucket = thing;
}

static void grow(struct sim_world *world)
{
	size_t size = world->thing_buckets == 0 ? TABLE_FIRST : world->thing_buckets * 2;
	world->thing_buckets = size;
	world->things_by_number = ARENA_ARRAY(world->arena, size, struct sim_thing *);
	world->things_by_intent = ARENA_ARRAY(world->arena, size, struct sim_thing *);
	for (int kind = 0; kind < SIM_KIND_COUNT; kind++)
		for (struct sim_thing *each = world->things[kind].oldest; each; each = each->next)
			hash_in(world, each);
}

void sim_thing_link(struct sim_world *world, const struct sim_thing *filled)
{
	struct sim_thing *thing = world->spare_things;
	if (thing)
		world->spare_things = thing->next;
	else
		thing = ARENA_NEW(world->arena, struct sim_thing);
	*thing = *filled;
	if (world->thing_count >= world->thing_buckets)
		grow(world);
	struct sim_thing_list *list = &world->things[thing->kind];
	thing->previous = list->newest;
	thing->next = NULL;
	if (list->newest)
		list->newest->next = thing;
	else
		list->oldest = thing;
	list->newest = thing;
	hash_in(world, thing);
	world->thing_count++;
	if (thing->number >= world->next_thing)
		world->next_thing = thing->number + 1;
}

static void drop(struct sim_world *world, struct sim_thing *thing)
{
	struct sim_thing **link = number_bucket(world, thing->number);
	while (*link != thing)
		link = &(*link)->next_by_number;
	*link = thing->next_by_number;
	if (thing->resource[0]) {
		link = intent_bucket(world, thing->resource);
		while (*link != thing)
			link = &(*link)->next_by_intent;
		*link = thing->next_by_intent;
	}
	struct sim_thing_list *list = &world->things[thing->kind];
	*(thing->previous ? &thing->previous->next : &list->oldest) = thing->next;
	*(thing->next ? &thing->next->previous : &list->newest) = thing->previous;
	world->thing_count--;
	thing->next = world->spare_things;
	world->spare_things = thing;
}

/* A machine that is gone leaves its volumes and addresses behind. */
static void let_go(struct sim_world *world, struct sim_thing *thing, int64_t now_us)
{
	if (thing->machine == 0 ||
	    sim_machine_settle(world, sim_machine_by_number(world, (uint64_t)thing->machine), now_us))
		return;
	thing->machine = thing->next_machine = 0;
	if (thing->state == SIM_ATTACHED)
		thing->state = SIM_READY;
}

struct sim_thing *sim_thing_settle(struct sim_world *world, struct sim_thing *thing, int64_t now_us)
{
	if (!thing)
		return NULL;
	if (thing->due_us != 0 && now_us >= thing->due_us) {
		if (thing->next_state == SIM_GONE) {
			drop(world, thing);
			return NULL;
		}
		thing->state = thing->next_state;
		thing->size_gib = thing->next_size_gib;
		thing->machine = thing->next_machine;
		thing->due_us = 0;
	}
	if (thing->due_us == 0)
		let_go(world, thing, now_us);
	return thing;
}

void sim_things_settle(struct sim_world *world, int64_t now_us)
{
	struct sim_thing *next;
	for (int kind = 0; kind < SIM_KIND_COUNT; kind++)
		for (struct sim_thing *each = world->things[kind].oldest; each; each = next) {
			next = each->next;
			(void)sim_thing_settle(world, each, now_us);
		}
}

struct provider_result sim_thing_commit(struct sim_visit *visit, struct sim_thing *thing, const struct sim_thing *changed)
{
	if (visit->world->journal >= 0 && !sim_thing_put(visit->world, changed))
		return provider_fail(visit->call->arena, PROVIDER_UNAVAILABLE,
				     "the simulator cannot write its state file; nothing was changed");
	*thing = *changed;
	return PROVIDER_DONE;
}

bool sim_is_visible(const struct sim_visit *visit, const struct sim_thing *thing)
{
	return visit->now_us >= thing->visible_us;
}

int64_t sim_thing_count(struct sim_visit *visit, enum sim_kind kind, const struct sim_account *account, int64_t *size_gib)
{
	int64_t count = 0;
	struct sim_thing *next;
	*size_gib = 0;
	for (struct sim_thing *each = visit->world->things[kind].oldest; each; each = next) {
		next = each->next;
		if ((account && each->account != account) || !sim_thing_settle(visit->world, each, visit->now_us))
			continue;
		count++;
		*size_gib += each->size_gib;
	}
	return count;
}
