/* SPDX-License-Identifier: Apache-2.0 */
/* thing_journal.c: a line of the state file for each version of a thing. A line without "thing" is a machine's. */
#include <stdio.h>
#include <string.h>

#include "providers/simulator/thing.h"
#include "runtime/base/text.h"

#define NUMBER(field) SIM_FIELD(struct sim_thing, field)

static const struct sim_field NUMBERS[] = {
	NUMBER(number),     NUMBER(state),      NUMBER(next_state), NUMBER(begun_us),      NUMBER(due_us),
	NUMBER(visible_us), NUMBER(created_us), NUMBER(size_gib),   NUMBER(next_size_gib), NUMBER(machine),
	NUMBER(next_machine), NUMBER(volume),
};
#define NUMBER_COUNT (sizeof NUMBERS / sizeof NUMBERS[0])

static const struct text_field {
	const char *name;
	size_t offset;
	bool is_shared; /* few values that many have: interned */
} TEXTS[] = {
	{ "installation", offsetof(struct sim_thing, installation), true },
	{ "type", offsetof(struct sim_thing, type), true },
	{ "zone", offsetof(struct sim_thing, zone), true },
	{ "parent", offsetof(struct sim_thing, parent), true },
	{ "text", offsetof(struct sim_thing, text), false },
	{ "architecture", offsetof(struct sim_thing, architecture), true },
};
#define TEXT_COUNT (sizeof TEXTS / sizeof TEXTS[0])

static const char **text_at(struct sim_thing *thing, const struct text_field *field)
{
	return (const char **)(void *)((char *)thing + field->offset);
}

bool sim_thing_put(struct sim_world *world, const struct sim_thing *thing)
{
	struct arena *arena = arena_new(0);
	struct json *row = json_object(arena);
	struct sim_thing copy = *thing;
	json_set_text(row, "thing", sim_kind_name(thing->kind));
	sim_fields_write(row, thing, NUMBERS, NUMBER_COUNT);
	json_set_text(row, "name", thing->name);
	json_set_text(row, "resource", thing->resource);
	json_set_text(row, "operation", thing->operation);
	json_set_text(row, "connection", thing->account ? thing->account->connection : NULL);
	for (size_t i = 0; i < TEXT_COUNT; i++)
		json_set_text(row, TEXTS[i].name, *text_at(&copy, &TEXTS[i]));
	if (thing->rules)
		json_set(row, "rules", thing->rules);
	bool is_written = sim_journal_append(world, arena, row);
	arena_free(arena);
	return is_written;
}

static bool kind_read(const struct json *row, enum sim_kind *kind)
{
	const char *name = json_text(json_get(row, "thing"), "");
	for (int each = 0; each < SIM_KIND_COUNT; each++) {
		if (!text_equal(sim_kind_name((enum sim_kind)each), name))
			continue;
		*kind = (enum sim_kind)each;
		return true;
	}
	return false;
}

static void text_read(char *out, size_t size, const struct json *value)
{
	snprintf(out, size, "%s", json_text(value, ""));
}

bool sim_thing_read(struct sim_world *world, const struct json *row)
{
	struct sim_thing *old = sim_thing_by_number(world, (uint64_t)json_int(json_get(row, "number"), 0));
	struct sim_thing read = old ? *old : (struct sim_thing){ .number = 0 };
	if (!kind_read(row, &read.kind) || !sim_fields_read(row, &read, NUMBERS, NUMBER_COUNT))
		return false;
	if (read.number == 0 || read.state >= SIM_GONE || read.next_state >= SIM_THING_STATE_COUNT ||
	    read.size_gib > SIM_SIZE_GIB_MOST || read.next_size_gib > SIM_SIZE_GIB_MOST)
		return false;
	text_read(read.name, sizeof read.name, json_get(row, "name"));
	text_read(read.resource, sizeof read.resource, json_get(row, "resource"));
	text_read(read.operation, sizeof read.operation, json_get(row, "operation"));
	const char *connection = json_text(json_get(row, "connection"), NULL);
	read.account = connection ? sim_account(world, connection) : NULL;
	for (size_t i = 0; i < TEXT_COUNT; i++) {
		const char **text = text_at(&read, &TEXTS[i]), *value = json_text(json_get(row, TEXTS[i].name), NULL);
		if (!text_equal(*text, value))
			*text = TEXTS[i].is_shared || !value ? sim_intern(world, value) : arena_strdup(world->arena, value);
	}
	read.rules = sim_json_copy(world->arena, json_get(row, "rules"));
	if (!old) {
		sim_thing_link(world, &read);
		return true;
	}
	/* What it is found by never changes. */
	if (old->kind != read.kind || strcmp(old->resource, read.resource) != 0)
		return false;
	*old = read;
	return true;
}
