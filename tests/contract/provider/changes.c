/* SPDX-License-Identifier: Apache-2.0 */
/* changes.c: a list and the changes after it are the list of later: nothing falls between two calls. */
#include <string.h>
#include <unistd.h>

#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "tests/contract/provider/contract.h"

#define KNOWN_MOST 4096
#define CHURN 3

/* What somebody knows who listed once and follows the changes since. */
struct known {
	const char *native_id;
	enum provider_machine_state state;
	const char *name;
};
static struct known known[KNOWN_MOST];
static size_t known_count;

static struct known *known_find(const char *native_id)
{
	for (size_t i = 0; i < known_count; i++)
		if (text_equal(known[i].native_id, native_id))
			return &known[i];
	return NULL;
}

static void learn(const struct provider_machine *machine)
{
	struct known *row = known_find(machine->native_id);
	if (machine->state == PROVIDER_MACHINE_GONE) {
		if (row)
			*row = known[--known_count];
		return;
	}
	if (!row) {
		assert_true(known_count < KNOWN_MOST);
		row = &known[known_count++];
	}
	*row = (struct known){ machine->native_id, machine->state, machine->name };
}

static size_t list_all(struct provider_machine *all)
{
	size_t total = 0;
	struct provider_page page = { NULL, 0 };
	do {
		struct provider_machine *machines = NULL;
		size_t count = 0;
		struct provider_result result;
		const char *token = page.token;
		PERSIST(result, (page = (struct provider_page){ token, 0 },
				 room.ops->list(room.session, &call, &page, &machines, &count)));
		assert_done(result);
		assert_true(total + count <= KNOWN_MOST);
		for (size_t i = 0; i < count; i++)
			all[total++] = machines[i];
	} while (page.token);
	return total;
}

static const char *cursor_now(void)
{
	struct provider_changes changes;
	struct provider_result result;
	PERSIST(result, (changes = (struct provider_changes){ .cursor = NULL },
			 room.ops->changes(room.session, &call, &changes)));
	assert_done(result);
	assert_int_equal(changes.count, 0); /* nothing is newer than now */
	assert_non_null(changes.cursor);
	return changes.cursor;
}

/* Everything since the cursor, page by page; gives the new one. `each` is told of every change. */
static const char *follow(const char *cursor, void (*each)(const struct provider_machine *machine))
{
	struct provider_changes changes;
	do {
		struct provider_result result;
		PERSIST(result, (changes = (struct provider_changes){ .cursor = cursor },
				 room.ops->changes(room.session, &call, &changes)));
		assert_done(result);
		assert_non_null(changes.cursor);
		for (size_t i = 0; i < changes.count; i++) {
			assert_non_null(changes.machines[i].native_id);
			each(&changes.machines[i]);
		}
		cursor = changes.cursor;
	} while (changes.has_more);
	return cursor;
}

static bool is_as_known(const struct provider_machine *all, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct known *row = known_find(all[i].native_id);
		if (!row || row->state != all[i].state || !text_equal(row->name, all[i].name))
			return false;
	}
	return count == known_count;
}

/* The state of this machine as the changes tell it: followed until it is so. */
static const char *follow_until(const char *cursor, const char *native_id, enum provider_machine_state state)
{
	const struct known *row = NULL;
	for (int64_t end = wait_end_us(); time_monotonic_us() < end; usleep(20000)) {
		cursor = follow(cursor, learn);
		row = known_find(native_id);
		if (row ? row->state == state : state == PROVIDER_MACHINE_GONE)
			return cursor;
	}
	fail_msg("the changes never say that the machine is %s", provider_machine_state_name(state));
	return cursor;
}

static void what_happens_to_a_machine_is_told(void **state)
{
	struct provider_machine_spec spec = spec_new("watched");
	(void)state;
	need(VERB_CHANGES);
	known_count = 0;
	const char *cursor = cursor_now();
	const char *id = machine_make(&spec);
	cursor = follow_until(cursor, id, PROVIDER_MACHINE_RUNNING);
	power_do(id, VERB_STOP);
	cursor = follow_until(cursor, id, PROVIDER_MACHINE_STOPPED);
	machine_delete(id);
	cursor = follow_until(cursor, id, PROVIDER_MACHINE_GONE);
	(void)follow(cursor, learn);
	assert_null(known_find(id));
}

static void a_list_and_the_changes_after_it_are_the_list_of_later(void **state)
{
	struct provider_machine *all = ARENA_ARRAY(room.arena, KNOWN_MOST, struct provider_machine);
	const char *ids[CHURN];
	(void)state;
	need(VERB_CHANGES);
	struct provider_machine_spec old = spec_new("was there");
	const char *old_id = machine_make(&old);
	/* The cursor comes first: what changes while the list is read is told twice rather than never. */
	const char *cursor = cursor_now();
	known_count = 0;
	size_t count = list_all(all);
	for (size_t i = 0; i < count; i++)
		learn(&all[i]);
	for (int i = 0; i < CHURN; i++) {
		struct provider_machine_spec spec = spec_new("churn");
		ids[i] = machine_make(&spec);
		cursor = follow(cursor, learn);
	}
	power_do(ids[0], VERB_STOP);
	machine_delete(ids[1]);
	machine_delete(old_id);
	bool is_same = false;
	for (int64_t end = wait_end_us(); !is_same && time_monotonic_us() < end; usleep(20000)) {
		cursor = follow(cursor, learn);
		is_same = is_as_known(all, list_all(all));
	}
	assert_true(is_same);
	assert_null(known_find(old_id));
	assert_null(known_find(ids[1]));
	assert_int_equal(known_find(ids[0])->state, PROVIDER_MACHINE_STOPPED);
	machine_delete(ids[0]);
	machine_delete(ids[2]);
}

static void a_cursor_may_be_asked_again_and_tells_the_same(void **state)
{
	struct provider_machine_spec spec = spec_new("again");
	(void)state;
	need(VERB_CHANGES);
	const char *cursor = cursor_now();
	const char *id = machine_make(&spec);
	for (int i = 0; i < 2; i++) {
		known_count = 0;
		(void)follow_until(cursor, id, PROVIDER_MACHINE_RUNNING);
	}
	machine_delete(id);
}

static void a_cursor_of_nobody_is_refused_or_too_old(void **state)
{
	static const char *const WRONG[] = { "no cursor", "-1", "99999999999999999999999", "\xff\xfe" };
	struct provider_changes changes;
	struct provider_result result;
	(void)state;
	need(VERB_CHANGES);
	for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
		PERSIST(result, (changes = (struct provider_changes){ .cursor = WRONG[i] },
				 room.ops->changes(room.session, &call, &changes)));
		if (result.error == PROVIDER_OK)
			assert_null(changes.cursor);
		else
			assert_class(result, PROVIDER_INVALID);
	}
}

static const struct CMUnitTest TESTS[] = {
	cmocka_unit_test(what_happens_to_a_machine_is_told),
	cmocka_unit_test(a_list_and_the_changes_after_it_are_the_list_of_later),
	cmocka_unit_test(a_cursor_may_be_asked_again_and_tells_the_same),
	cmocka_unit_test(a_cursor_of_nobody_is_refused_or_too_old),
};
const struct suite_part change_part = { TESTS, sizeof TESTS / sizeof TESTS[0] };
