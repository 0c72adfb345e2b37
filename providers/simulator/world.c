/* SPDX-License-Identifier: Apache-2.0 */
/* world.c: the simulated clouds of this process, by endpoint. */
#include "providers/simulator/world.h"

#include <stdio.h>

#include "runtime/base/id.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

/* Shared by all sessions: two sessions on one endpoint must see the same cloud, as they would with a real one. */
static pthread_mutex_t worlds_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct sim_world *worlds; /* guarded by worlds_mutex */

const char *sim_intern(struct sim_world *world, const char *text)
{
	if (!text)
		return NULL;
	for (struct sim_interned *each = world->interned; each; each = each->next)
		if (text_equal(each->text, text))
			return each->text;
	struct sim_interned *made = ARENA_NEW(world->arena, struct sim_interned);
	*made = (struct sim_interned){ .next = world->interned, .text = arena_strdup(world->arena, text) };
	world->interned = made;
	return made->text;
}

const struct json *sim_json_copy(struct arena *arena, const struct json *value)
{
	struct json *copy;
	/* What was printed here can be parsed: it came from a parser, or is of our own making. */
	if (!value || !status_is_ok(json_parse(arena, slice_text(json_print(arena, value)), NULL, &copy)))
		return NULL;
	return copy;
}

struct sim_account *sim_account(struct sim_world *world, const char *connection)
{
	for (struct sim_account *each = world->accounts; each; each = each->next)
		if (text_equal(each->connection, connection))
			return each;
	struct sim_account *made = ARENA_NEW(world->arena, struct sim_account);
	*made = (struct sim_account){ .next = world->accounts, .connection = arena_strdup(world->arena, connection) };
	world->accounts = made;
	return made;
}

static struct sim_world **world_link(const char *endpoint)
{
	struct sim_world **link = &worlds;
	while (*link && !text_equal((*link)->endpoint, endpoint))
		link = &(*link)->next;
	return link;
}

static void world_free(struct sim_world *world)
{
	sim_journal_close(world);
	pthread_mutex_destroy(&world->mutex);
	arena_free(world->arena);
}

static struct sim_world *world_new(const char *endpoint)
{
	struct arena *arena = arena_new(0);
	struct sim_world *world = ARENA_NEW(arena, struct sim_world);
	world->arena = arena;
	world->endpoint = arena_strdup(arena, endpoint);
	world->journal = -1;
	world->next_number = world->next_thing = 1;
	world->birth = id_new(arena);
	pthread_mutex_init(&world->mutex, NULL);
	return world;
}

static void plant_foreign(struct sim_world *world)
{
	for (int64_t i = 0; i < world->options.foreign; i++) {
		struct sim_machine *machine = sim_machine_spare(world);
		machine->number = world->next_number++;
		snprintf(machine->name, sizeof machine->name, "foreign-%lld", (long long)i + 1);
		machine->vcpus = 1;
		machine->memory_mib = 512;
		machine->created_us = time_now_us();
		sim_machine_become(machine, PROVIDER_MACHINE_RUNNING, machine->created_us);
		machine->boots = 1;
		sim_machine_link(world, machine);
		if (world->journal >= 0 && !sim_journal_put(world, machine))
			return;
	}
}

static struct provider_result set_up(struct sim_world *world, struct arena *arena, const struct sim_options *options,
				     const struct json *json)
{
	bool is_new = world->next_number == 1 && world->next_thing == 1 && world->sessions == 0;
	if (!is_new && !text_equal(world->options.state_file, options->state_file))
		return provider_fail(arena, PROVIDER_CONFLICT,
				     "%s is open with another state_file; close that connection first", world->endpoint);
	struct provider_result result = sim_catalogue_read(world, arena, json);
	if (result.error != PROVIDER_OK)
		return result;
	if (is_new || options->seed != world->options.seed)
		world->random = (uint64_t)options->seed;
	world->options = *options;
	world->options.state_file = sim_intern(world, options->state_file);
	if (is_new && options->state_file)
		result = sim_journal_open(world, arena);
	if (is_new && result.error == PROVIDER_OK && world->next_number == 1)
		plant_foreign(world);
	return result;
}

struct provider_result sim_world_open(struct arena *arena, const struct provider_config *config, struct sim_world **out)
{
	struct sim_options options;
	struct provider_result result = sim_options_read(arena, config->options, &options);
	if (result.error != PROVIDER_OK)
		return result;
	pthread_mutex_lock(&worlds_mutex);
	struct sim_world **link = world_link(config->endpoint);
	struct sim_world *world = *link ? *link : world_new(config->endpoint);
	pthread_mutex_lock(&world->mutex);
	result = set_up(world, arena, &options, config->options);
	pthread_mutex_unlock(&world->mutex);
	if (result.error == PROVIDER_OK) {
		*link = world;
		world->sessions++;
		*out = world;
	} else if (!*link) {
		world_free(world);
	}
	pthread_mutex_unlock(&worlds_mutex);
	return result;
}

void sim_world_close(struct sim_world *world)
{
	pthread_mutex_lock(&worlds_mutex);
	bool is_last = --world->sessions == 0;
	if (is_last && world->journal >= 0) {
		/* Its file remembers it; the next open reads it again, as after a restart. */
		*world_link(world->endpoint) = world->next;
		world_free(world);
	}
	pthread_mutex_unlock(&worlds_mutex);
}

struct sim_world *sim_world_lock(const char *endpoint)
{
	pthread_mutex_lock(&worlds_mutex);
	struct sim_world *world = *world_link(endpoint);
	if (world)
		pthread_mutex_lock(&world->mutex);
	pthread_mutex_unlock(&worlds_mutex);
	return world;
}

bool simulator_forget(const char *endpoint)
{
	pthread_mutex_lock(&worlds_mutex);
	struct sim_world **link = world_link(endpoint);
	struct sim_world *world = *link;
	bool is_free = world && world->sessions == 0;
	if (is_free) {
		*link = world->next;
		world_free(world);
	}
	pthread_mutex_unlock(&worlds_mutex);
	return is_free;
}
