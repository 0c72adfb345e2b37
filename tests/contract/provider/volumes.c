/* SPDX-License-Identifier: Apache-2.0 */
/* volumes.c: disks that live apart from machines: made, attached, grown, copied, removed. */
#include <string.h>
#include <unistd.h>

#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "tests/contract/provider/things.h"

static int64_t size_gib(void)
{
	return room.peer->volume_gib > 0 ? room.peer->volume_gib : 1;
}

static struct provider_volume_spec volume_spec(const struct thing_spec *spec)
{
	return (struct provider_volume_spec){ .intent = spec->intent, .name = spec->name, .size_gib = size_gib() };
}

static struct provider_result create(struct provider_call *call, const void *spec, struct provider_task *task,
				     const char **native_id)
{
	struct provider_volume_spec volume = volume_spec(spec);
	return room.ops->volume->create(room.session, call, &volume, task, native_id);
}

static struct provider_result list(struct provider_session *session, struct provider_call *call,
				   const struct provider_intent *intent, struct provider_page *page,
				   struct thing **things, size_t *count)
{
	struct provider_volume *rows;
	struct provider_result result = room.ops->volume->list(session, call, intent, page, &rows, count);
	if (result.error != PROVIDER_OK)
		return result;
	*things = ARENA_ARRAY(call->arena, *count, struct thing);
	for (size_t i = 0; i < *count; i++)
		(*things)[i] = (struct thing){ .native_id = rows[i].native_id,
					       .name = rows[i].name,
					       .marks = rows[i].marks,
					       .is_settled = rows[i].state == PROVIDER_VOLUME_AVAILABLE };
	return result;
}

static struct provider_result remove_volume(struct provider_call *call, const char *native_id,
					    struct provider_task *task)
{
	return room.ops->volume->remove(room.session, call, native_id, task);
}

static struct thing_kind VOLUME = { VERB_VOLUME_CREATE, VERB_VOLUME_LIST, VERB_VOLUME_DELETE,     .has_name = true,
				    .create = create,   .list = list,     .remove = remove_volume };

static const char *volume_make(const char *name)
{
	struct thing_spec spec = thing_spec_new(&VOLUME, name);
	return thing_make(&spec);
}

static struct provider_volume volume_get(const char *id)
{
	struct provider_volume volume;
	struct provider_result result;
	memset(&volume, 0, sizeof volume);
	PERSIST(result, room.ops->volume->get(room.session, &call, id, &volume));
	assert_done(result);
	return volume;
}

static void volume_wait(const char *id, enum provider_volume_state state)
{
	struct provider_volume volume = { .native_state = "?" };
	for (int64_t end = wait_end_us(); time_monotonic_us() < end; usleep(20000)) {
		volume = volume_get(id);
		if (volume.state == state)
			return;
	}
	fail_msg("the volume stays %s (%s)", provider_volume_state_name(volume.state), volume.native_state);
}

/* A faulty peer may be busy with the attempt whose reply was lost. */
#define SETTLE(result_, expression_)                                                                                   \
	do {                                                                                                           \
		unsigned again_ = 0;                                                                                   \
		do {                                                                                                   \
			PERSIST(result_, (task.handle = NULL, (expression_)));                                         \
		} while (room.peer->is_faulty && (result_).error == PROVIDER_CONFLICT && ++again_ < 100 &&             \
			 usleep(5000) == 0);                                                                           \
		task_wait(result_, &task);                                                                             \
	} while (0)

static void attach(const char *id, const char *machine)
{
	struct provider_task task = { NULL };
	struct provider_result result;
	SETTLE(result, room.ops->volume->attach(room.session, &call, id, machine, &task));
	volume_wait(id, PROVIDER_VOLUME_ATTACHED);
}

static void detach(const char *id)
{
	struct provider_task task = { NULL };
	struct provider_result result;
	SETTLE(result, room.ops->volume->detach(room.session, &call, id, &task));
	volume_wait(id, PROVIDER_VOLUME_AVAILABLE);
}

static void a_volume_is_what_was_asked_for(void **state)
{
	(void)state;
	need(VERB_VOLUME_GET);
	const char *id = volume_make("Data One");
	struct provider_volume volume = volume_get(id);
	assert_string_equal(volume.native_id, id);
	assert_string_equal(volume.name, "Data One");
	assert_int_equal(volume.size_gib, size_gib());
	assert_int_equal(volume.state, PROVIDER_VOLUME_AVAILABLE);
	assert_non_null(volume.native_state);
	assert_null(volume.machine);
	thing_delete(&VOLUME, id);
	struct provider_result result;
	PERSIST(result, room.ops->volume->get(room.session, &call, id, &volume));
	assert_class(result, PROVIDER_NOT_FOUND);
}

static void a_volume_is_attached_to_one_machine_and_detached(void **state)
{
	struct provider_machine_spec first = spec_new("first"), second = spec_new("second");
	struct provider_task task = { NULL };
	struct provider_result result;
	(void)state;
	need(VERB_VOLUME_ATTACH);
	need(VERB_VOLUME_DETACH);
	const char *machine = machine_make(&first), *other = machine_make(&second);
	machine_prepare(machine, VERB_VOLUME_ATTACH);
	machine_prepare(other, VERB_VOLUME_ATTACH);
	const char *id = volume_make("attached");
	attach(id, machine);
	assert_string_equal(volume_get(id).machine, machine);
	attach(id, machine);
	PERSIST(result, room.ops->volume->attach(room.session, &call, id, other, &task));
	assert_class(result, PROVIDER_CONFLICT);
	PERSIST(result, room.ops->volume->remove(room.session, &call, id, &task));
	assert_class(result, PROVIDER_CONFLICT);
	assert_int_equal(volume_get(id).state, PROVIDER_VOLUME_ATTACHED);
	assert_string_equal(volume_get(id).machine, machine);
	detach(id);
	assert_null(volume_get(id).machine);
	detach(id);
	attach(id, other);
	detach(id);
	thing_delete(&VOLUME, id);
	machine_delete(machine);
	machine_delete(other);
}

static void a_volume_outlives_the_machine_that_it_is_attached_to(void **state)
{
	struct provider_machine_spec spec = spec_new("short-lived");
	(void)state;
	need(VERB_VOLUME_ATTACH);
	need(VERB_DELETE);
	const char *machine = machine_make(&spec);
	machine_prepare(machine, VERB_VOLUME_ATTACH);
	const char *id = volume_make("survivor");
	attach(id, machine);
	machine_delete(machine);
	volume_wait(id, PROVIDER_VOLUME_AVAILABLE);
	thing_delete(&VOLUME, id);
}

static void a_volume_grows_and_never_shrinks(void **state)
{
	struct provider_task task = { NULL };
	struct provider_result result;
	(void)state;
	need(VERB_VOLUME_GROW);
	const char *id = volume_make("growing");
	int64_t larger = size_gib() + 1;
	for (int i = 0; i < 2; i++) {
		SETTLE(result, room.ops->volume->grow(room.session, &call, id, larger, &task));
		volume_wait(id, PROVIDER_VOLUME_AVAILABLE);
		assert_int_equal(volume_get(id).size_gib, larger);
	}
	PERSIST(result, room.ops->volume->grow(room.session, &call, id, larger - 1, &task));
	assert_class(result, PROVIDER_INVALID);
	PERSIST(result, room.ops->volume->grow(room.session, &call, id, 0, &task));
	assert_class(result, PROVIDER_INVALID);
	assert_int_equal(volume_get(id).size_gib, larger);
	thing_delete(&VOLUME, id);
}

static void a_wrong_volume_id_is_not_found(void **state)
{
	static const char *const WRONG[] = { "", "no such thing", WRONG_ID, "../../etc", "\xff\xfe" };
	struct provider_machine_spec spec = spec_new("wrong-volume");
	struct provider_task task = { NULL };
	struct provider_result result;
	(void)state;
	need(VERB_VOLUME_GET);
	const char *machine = machine_make(&spec);
	machine_prepare(machine, VERB_VOLUME_ATTACH);
	for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
		struct provider_volume volume;
		PERSIST(result, room.ops->volume->get(room.session, &call, WRONG[i], &volume));
		assert_class(result, PROVIDER_NOT_FOUND);
		if (supports(VERB_VOLUME_ATTACH)) {
			PERSIST(result, room.ops->volume->attach(room.session, &call, WRONG[i], machine, &task));
			assert_class(result, PROVIDER_NOT_FOUND);
		}
		if (supports(VERB_VOLUME_DETACH)) {
			PERSIST(result, room.ops->volume->detach(room.session, &call, WRONG[i], &task));
			assert_class(result, PROVIDER_NOT_FOUND);
		}
		if (supports(VERB_VOLUME_GROW)) {
			PERSIST(result, room.ops->volume->grow(room.session, &call, WRONG[i], 5, &task));
			assert_class(result, PROVIDER_NOT_FOUND);
		}
	}
	const char *id = volume_make("nowhere");
	if (supports(VERB_VOLUME_ATTACH)) {
		PERSIST(result, room.ops->volume->attach(room.session, &call, id, WRONG_ID, &task));
		assert_class(result, PROVIDER_NOT_FOUND);
		assert_int_equal(volume_get(id).state, PROVIDER_VOLUME_AVAILABLE);
	}
	thing_delete(&VOLUME, id);
	machine_delete(machine);
}

static void volume_refuses(const struct provider_volume_spec *spec)
{
	struct provider_task task = { NULL };
	const char *id = NULL;
	struct provider_result result;
	PERSIST(result, room.ops->volume->create(room.session, &call, spec, &task, &id));
	assert_class(result, PROVIDER_INVALID);
	assert_non_null(result.message);
	assert_int_equal(thing_count(&VOLUME, &spec->intent, NULL, NULL), 0);
}

static void a_wrong_volume_spec_is_refused_and_makes_nothing(void **state)
{
	(void)state;
	need(VERB_VOLUME_CREATE);
	struct provider_volume_spec spec = { .intent = intent_new(), .name = "wrong", .size_gib = 0 };
	volume_refuses(&spec);
	spec.size_gib = -5;
	volume_refuses(&spec);
	spec = (struct provider_volume_spec){
		.intent = intent_new(), .name = "w", .size_gib = size_gib(), .type = "no such type"
	};
	volume_refuses(&spec);
	spec = (struct provider_volume_spec){
		.intent = intent_new(), .name = "w", .size_gib = size_gib(), .zone = "no such zone"
	};
	volume_refuses(&spec);
	spec = (struct provider_volume_spec){
		.intent = intent_new(), .name = "w", .size_gib = size_gib(), .snapshot = WRONG_ID
	};
	volume_refuses(&spec);
}

static size_t snapshots_of(const char *id, struct provider_snapshot **snapshots)
{
	size_t count = 0;
	struct provider_result result;
	PERSIST(result, room.ops->volume->snapshot_list(room.session, &call, id, snapshots, &count));
	assert_done(result);
	return count;
}

static void a_volume_snapshot_is_made_once_by_its_name_and_begins_another_volume(void **state)
{
	struct provider_snapshot *snapshots;
	struct provider_task task = { NULL };
	struct provider_result result;
	const char *first = NULL, *again = NULL, *second = NULL, *copy = NULL;
	(void)state;
	need(VERB_VOLUME_SNAPSHOT_CREATE);
	need(VERB_VOLUME_SNAPSHOT_LIST);
	need(VERB_VOLUME_SNAPSHOT_DELETE);
	const char *id = volume_make("original");
	assert_int_equal(snapshots_of(id, &snapshots), 0);
	SETTLE(result, room.ops->volume->snapshot_create(room.session, &call, id, "monday", &task, &first));
	SETTLE(result, room.ops->volume->snapshot_create(room.session, &call, id, "monday", &task, &again));
	assert_int_equal(snapshots_of(id, &snapshots), 1);
	assert_string_equal(snapshots[0].name, "monday");
	first = snapshots[0].native_id;
	if (again)
		assert_string_equal(first, again);
	SETTLE(result, room.ops->volume->snapshot_create(room.session, &call, id, "tuesday", &task, &second));
	assert_int_equal(snapshots_of(id, &snapshots), 2);
	second = text_equal(snapshots[0].native_id, first) ? snapshots[1].native_id : snapshots[0].native_id;

	struct provider_volume_spec spec = {
		.intent = intent_new(), .name = "copy", .size_gib = size_gib(), .snapshot = first
	};
	SETTLE(result, room.ops->volume->create(room.session, &call, &spec, &task, &copy));
	struct thing made = { .native_id = NULL };
	for (int64_t end = wait_end_us(); !made.is_settled && time_monotonic_us() < end; usleep(20000))
		(void)thing_count(&VOLUME, &spec.intent, NULL, &made);
	assert_true(made.is_settled);
	assert_true(volume_get(made.native_id).size_gib >= size_gib());
	thing_delete(&VOLUME, made.native_id);

	for (int i = 0; i < 2; i++)
		SETTLE(result, room.ops->volume->snapshot_remove(room.session, &call, second, &task));
	assert_int_equal(snapshots_of(id, &snapshots), 1);
	assert_string_equal(snapshots[0].native_id, first);
	PERSIST(result, room.ops->volume->snapshot_create(room.session, &call, id, "", &task, &again));
	assert_class(result, PROVIDER_INVALID);
	PERSIST(result, room.ops->volume->snapshot_create(room.session, &call, WRONG_ID, "lost", &task, &again));
	assert_class(result, PROVIDER_NOT_FOUND);
	SETTLE(result, room.ops->volume->snapshot_remove(room.session, &call, first, &task));
	assert_int_equal(snapshots_of(id, &snapshots), 0);
	thing_delete(&VOLUME, id);
}

static const struct CMUnitTest TESTS[] = {
	THING_TESTS("a_volume", &VOLUME),
	cmocka_unit_test(a_volume_is_what_was_asked_for),
	cmocka_unit_test(a_volume_is_attached_to_one_machine_and_detached),
	cmocka_unit_test(a_volume_outlives_the_machine_that_it_is_attached_to),
	cmocka_unit_test(a_volume_grows_and_never_shrinks),
	cmocka_unit_test(a_wrong_volume_id_is_not_found),
	cmocka_unit_test(a_wrong_volume_spec_is_refused_and_makes_nothing),
	cmocka_unit_test(a_volume_snapshot_is_made_once_by_its_name_and_begins_another_volume),
};
const struct suite_part volume_part = { TESTS, sizeof TESTS / sizeof TESTS[0] };
