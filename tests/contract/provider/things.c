/* SPDX-License-Identifier: Apache-2.0 */
/* things.c: made once, found by its intent, listed once, gone when removed: the same tests for each kind of thing. */
#include "tests/contract/provider/things.h"

#include <string.h>
#include <unistd.h>

#include "runtime/base/id.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

#define MANY 4
#define PAGE_SIZE 3

static void need_all(const struct thing_kind *kind)
{
	need(kind->create_verb);
	need(kind->list_verb);
	need(kind->remove_verb);
}

struct thing_spec thing_spec_new(const struct thing_kind *kind, const char *name)
{
	struct thing_spec spec = { .kind = kind, .intent = intent_new(), .name = name };
	if (kind->is_made_from_machine) {
		struct provider_machine_spec machine = spec_new("source");
		spec.machine = machine_make(&machine);
		machine_prepare(spec.machine, kind->create_verb);
	}
	return spec;
}

static void spec_end(const struct thing_spec *spec)
{
	if (spec->machine)
		machine_delete(spec->machine);
}

static size_t count_once(const struct thing_kind *kind, const struct provider_intent *intent, const char *native_id,
			 struct thing *thing)
{
	size_t found = 0;
	struct provider_page page = { .size = PAGE_SIZE };
	do {
		struct thing *things = NULL;
		size_t count = 0;
		struct provider_result result;
		const char *token = page.token;
		PERSIST(result, (page = (struct provider_page){ .token = token, .size = PAGE_SIZE },
				 kind->list(room.session, &call, intent, &page, &things, &count)));
		assert_done(result);
		for (size_t i = 0; i < count; i++) {
			if (native_id && !text_equal(things[i].native_id, native_id))
				continue;
			assert_non_null(things[i].native_id);
			found++;
			if (thing)
				*thing = things[i];
		}
	} while (page.token);
	return found;
}

size_t thing_count(const struct thing_kind *kind, const struct provider_intent *intent, const char *native_id,
		   struct thing *thing)
{
	struct thing ignored = { .is_settled = false };
	return count_once(kind, intent, native_id, thing ? thing : &ignored);
}

/* What is made is found by its intent, at the latest after the visibility delay of the row. */
static struct thing settled(const struct thing_kind *kind, const struct provider_intent *intent)
{
	struct thing thing = { .is_settled = false };
	size_t count = 0;
	for (int64_t end = wait_end_us(); time_monotonic_us() < end; usleep(20000)) {
		count = thing_count(kind, intent, NULL, &thing);
		if (count == 1 && thing.is_settled)
			return thing;
		if (count > 1)
			break;
	}
	fail_msg("%zu things of one intent are listed; the last one is %s", count,
		 thing.is_settled ? "settled" : "not settled");
	return thing;
}

const char *thing_make(const struct thing_spec *spec)
{
	struct provider_task task = { NULL };
	const char *native_id = NULL;
	struct provider_result result;
	PERSIST(result, (task.handle = NULL, spec->kind->create(&call, spec, &task, &native_id)));
	task_wait(result, &task);
	struct thing made = settled(spec->kind, &spec->intent);
	if (native_id)
		assert_string_equal(native_id, made.native_id);
	return made.native_id;
}

void thing_delete(const struct thing_kind *kind, const char *native_id)
{
	struct provider_task task = { NULL };
	struct provider_result result;
	unsigned tries = 0;
	/* A faulty peer may still be busy with what was begun by a call whose reply was lost. */
	do {
		PERSIST(result, (task.handle = NULL, kind->remove(&call, native_id, &task)));
	} while (room.peer->is_faulty && result.error == PROVIDER_CONFLICT && ++tries < 100 && usleep(5000) == 0);
	task_wait(result, &task);
}

void thing_bears_our_marks(void **state)
{
	const struct thing_kind *kind = *state;
	need_all(kind);
	struct thing_spec spec = thing_spec_new(kind, "Web One");
	const char *id = thing_make(&spec);
	struct thing made;
	assert_int_equal(thing_count(kind, &spec.intent, NULL, &made), 1);
	assert_string_equal(made.native_id, id);
	marks_are(&made.marks, &spec.intent);
	if (kind->has_name)
		assert_string_equal(made.name, "Web One");
	struct provider_intent other = intent_new();
	assert_int_equal(thing_count(kind, &other, NULL, NULL), 0);
	thing_delete(kind, id);
	spec_end(&spec);
}

void thing_made_twice_is_one(void **state)
{
	const struct thing_kind *kind = *state;
	need_all(kind);
	struct thing_spec spec = thing_spec_new(kind, "twice");
	const char *first = thing_make(&spec);
	const char *second = thing_make(&spec);
	assert_string_equal(first, second);
	thing_delete(kind, first);
	spec_end(&spec);
}

void thing_raced_for_is_one(void **state)
{
	const struct thing_kind *kind = *state;
	need_all(kind);
	if (may_race_to_two(kind->create_verb))
		skip();
	struct thing_spec spec = thing_spec_new(kind, "race");
	race(kind->create, &spec);
	const char *id = thing_make(&spec);
	assert_int_equal(thing_count(kind, &spec.intent, NULL, NULL), 1);
	thing_delete(kind, id);
	spec_end(&spec);
}

void thing_is_listed_once(void **state)
{
	const struct thing_kind *kind = *state;
	const char *ids[MANY];
	need_all(kind);
	if (kind->is_costly && room.peer->has_guest)
		skip(); /* real copies of real disks: the one of the other tests is enough */
	struct thing_spec spec = thing_spec_new(kind, "paged");
	for (unsigned i = 0; i < MANY; i++) {
		spec.intent = intent_new();
		spec.name = arena_printf(room.arena, "paged %u", i);
		spec.number = i;
		ids[i] = thing_make(&spec);
	}
	spec_end(&spec);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(thing_count(kind, NULL, ids[i], NULL), 1);
	for (int i = 0; i < MANY; i++)
		thing_delete(kind, ids[i]);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(thing_count(kind, NULL, ids[i], NULL), 0);
}

void thing_is_gone_when_removed(void **state)
{
	const struct thing_kind *kind = *state;
	need_all(kind);
	struct thing_spec spec = thing_spec_new(kind, "removed");
	const char *id = thing_make(&spec);
	thing_delete(kind, id);
	assert_int_equal(thing_count(kind, &spec.intent, NULL, NULL), 0);
	assert_int_equal(thing_count(kind, NULL, id, NULL), 0);
	thing_delete(kind, id);
	thing_delete(kind, WRONG_ID);
	spec_end(&spec);
}

void thing_of_another_gaon_is_not_ours(void **state)
{
	const struct thing_kind *kind = *state;
	struct provider_config config;
	struct provider_session *other = NULL;
	struct provider_result result;
	need_all(kind);
	struct thing_spec spec = thing_spec_new(kind, "of another Gaon");
	const char *id = thing_make(&spec);
	assert_true(config_read("another-gaon", &config));
	PERSIST(result, room.ops->open(&call, &config, &other));
	assert_done(result);
	struct provider_page page = { .size = PAGE_SIZE };
	struct thing *things = NULL;
	size_t count = 0;
	PERSIST(result, (page = (struct provider_page){ .size = PAGE_SIZE },
			 kind->list(other, &call, &spec.intent, &page, &things, &count)));
	room.ops->close(other);
	assert_done(result);
	assert_int_equal(count, 0);
	thing_delete(kind, id);
	spec_end(&spec);
}

void thing_is_refused_when_wrong(void **state)
{
	const struct thing_kind *kind = *state;
	char long_name[400];
	const char *wrong_names[] = { "", long_name };
	struct provider_result result;
	need_all(kind);
	memset(long_name, 'x', sizeof long_name - 1);
	long_name[sizeof long_name - 1] = '\0';
	struct thing_spec spec = thing_spec_new(kind, "wrong");
	for (size_t i = 0; i < 2 && kind->has_name; i++) {
		struct provider_task task = { NULL };
		const char *id = NULL;
		spec.name = wrong_names[i];
		PERSIST(result, kind->create(&call, &spec, &task, &id));
		assert_class(result, PROVIDER_INVALID);
		assert_non_null(result.message);
		assert_int_equal(thing_count(kind, &spec.intent, NULL, NULL), 0);
	}
	spec_end(&spec);
	struct provider_page page;
	struct thing *things = NULL;
	size_t count = 0;
	PERSIST(result, (page = (struct provider_page){ .token = "no token", .size = PAGE_SIZE },
			 kind->list(room.session, &call, NULL, &page, &things, &count)));
	assert_class(result, PROVIDER_INVALID);
}
