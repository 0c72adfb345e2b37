/* SPDX-License-Identifier: Apache-2.0 */
/* machines.c: made once, found again, seen by all, gone when deleted. */
#include <string.h>
#include <unistd.h>

#include "runtime/base/id.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "tests/contract/provider/contract.h"

static struct provider_result find(const struct provider_intent *intent, struct provider_machine *machine)
{
	struct provider_result result;
	int64_t end = time_monotonic_us() + room.row->visibility_delay_ms * TIME_US_PER_MS;
	do {
		PERSIST(result, room.ops->find(room.session, &call, intent, machine));
	} while (result.error == PROVIDER_NOT_FOUND && room.peer->is_faulty && time_monotonic_us() < end &&
		 usleep(10000) == 0);
	return result;
}

static void a_machine_is_what_was_asked_for_and_bears_our_marks(void **state)
{
	struct provider_machine_spec spec = spec_new("Web Server 1");
	(void)state;
	const char *id = machine_make(&spec);
	struct provider_machine machine = machine_get(id);
	assert_string_equal(machine.native_id, id);
	assert_string_equal(machine.name, "Web Server 1");
	marks_are(&machine.marks, &spec.intent);
	assert_string_equal(machine.size, room.peer->size);
	assert_string_equal(machine.image, room.image);
	assert_true(machine.vcpus > 0 && machine.memory_mib > 0);
	assert_true(machine.created_us > 0);
	assert_non_null(machine.native_state);
	struct provider_machine found;
	assert_done(find(&spec.intent, &found));
	assert_string_equal(found.native_id, id);
	machine_delete(id);
}

static void create_twice_with_one_intent_makes_one_machine(void **state)
{
	struct provider_machine_spec spec = spec_new("twice");
	(void)state;
	const char *first = machine_make(&spec);
	struct provider_task task = { NULL };
	const char *second = NULL;
	struct provider_result result;
	PERSIST(result, room.ops->create(room.session, &call, &spec, &task, &second));
	task_wait(result, &task);
	assert_string_equal(second, first);
	assert_int_equal(list_count(NULL, spec.intent.resource), 1);
	machine_delete(first);
}

static struct provider_result create_machine(struct provider_call *call, const void *spec, struct provider_task *task,
					     const char **native_id)
{
	return room.ops->create(room.session, call, spec, task, native_id);
}

static void racing_creates_with_one_intent_make_one_machine(void **state)
{
	struct provider_machine_spec spec = spec_new("race");
	(void)state;
	if (may_race_to_two(VERB_CREATE))
		skip();
	race(create_machine, &spec);
	const char *id = machine_make(&spec);
	assert_int_equal(list_count(NULL, spec.intent.resource), 1);
	machine_delete(id);
}

static void an_unknown_intent_is_not_found(void **state)
{
	struct provider_intent intent = { .resource = id_new(room.arena), .operation = id_new(room.arena) };
	struct provider_machine machine;
	struct provider_result result;
	(void)state;
	PERSIST(result, room.ops->find(room.session, &call, &intent, &machine));
	assert_class(result, PROVIDER_NOT_FOUND);
}

static void a_foreign_machine_is_listed_without_marks(void **state)
{
	struct provider_page page = { NULL, 0 };
	size_t foreign = 0;
	(void)state;
	do {
		struct provider_machine *machines;
		size_t count = 0;
		struct provider_result result;
		const char *token = page.token;
		PERSIST(result, (page = (struct provider_page){ token, 0 },
				 room.ops->list(room.session, &call, &page, &machines, &count)));
		assert_done(result);
		for (size_t i = 0; i < count; i++) {
			if (machines[i].marks.resource)
				continue;
			foreign++;
			assert_non_null(machines[i].native_id);
			assert_non_null(machines[i].name);
			assert_null(machines[i].marks.operation);
			assert_null(machines[i].marks.connection);
			assert_null(machines[i].marks.installation);
		}
	} while (page.token);
	assert_true(foreign > 0);
}

static void what_another_gaon_made_is_not_ours(void **state)
{
	struct provider_machine_spec spec = spec_new("of-another-gaon");
	struct provider_session *other = NULL;
	struct provider_result result;
	struct provider_config config;
	(void)state;
	assert_true(config_read("another-gaon", &config));
	const char *id = machine_make(&spec);
	PERSIST(result, room.ops->open(&call, &config, &other));
	assert_done(result);
	struct provider_machine machine;
	PERSIST(result, room.ops->find(other, &call, &spec.intent, &machine));
	assert_class(result, PROVIDER_NOT_FOUND);
	PERSIST(result, room.ops->get(other, &call, id, &machine));
	assert_done(result);
	assert_string_equal(machine.marks.installation, "contract-suite");
	room.ops->close(other);
	machine_delete(id);
}

static void every_machine_is_listed_once_whatever_the_page(void **state)
{
	struct provider_machine_spec specs[4];
	const char *ids[4];
	(void)state;
	for (int i = 0; i < 4; i++) {
		specs[i] = spec_new("paged");
		ids[i] = machine_make(&specs[i]);
		(void)machine_get(ids[i]);
	}
	for (int i = 0; i < 4; i++)
		assert_int_equal(list_count(ids[i], NULL), 1);
	for (int i = 0; i < 4; i++)
		machine_delete(ids[i]);
	for (int i = 0; i < 4; i++)
		assert_int_equal(list_count(ids[i], NULL), 0);
}

static void a_deleted_machine_is_gone_and_deleting_it_again_is_done(void **state)
{
	struct provider_machine_spec spec = spec_new("deleted");
	struct provider_machine machine;
	struct provider_result result;
	(void)state;
	const char *id = machine_make(&spec);
	machine_delete(id);
	PERSIST(result, room.ops->get(room.session, &call, id, &machine));
	assert_class(result, PROVIDER_NOT_FOUND);
	PERSIST(result, room.ops->find(room.session, &call, &spec.intent, &machine));
	assert_class(result, PROVIDER_NOT_FOUND);
	assert_int_equal(list_count(NULL, spec.intent.resource), 0);
	machine_delete(id);
	machine_delete("00000000-0000-4000-8000-000000000000");
}

static void a_wrong_native_id_is_not_found(void **state)
{
	static const char *const WRONG[] = { "",
					     "no such thing",
					     "00000000-0000-4000-8000-000000000000",
					     "sim-9999999999",
					     "../../etc",
					     "sim-1",
					     "SIM-0000000001",
					     "\xff\xfe" };
	(void)state;
	for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
		struct provider_machine machine;
		struct provider_task task;
		struct provider_snapshot *snapshots;
		const char *snapshot;
		size_t count;
		struct provider_resize_spec resize = { .size = room.peer->size };
		struct provider_result result;
		PERSIST(result, room.ops->get(room.session, &call, WRONG[i], &machine));
		assert_class(result, PROVIDER_NOT_FOUND);
		PERSIST(result, room.ops->power(room.session, &call, WRONG[i], VERB_STOP, &task));
		assert_class(result, PROVIDER_NOT_FOUND);
		if (room.ops->resize) {
			PERSIST(result, room.ops->resize(room.session, &call, WRONG[i], &resize, &task));
			assert_class(result, PROVIDER_NOT_FOUND);
		}
		if (!room.ops->snapshot_create)
			continue;
		PERSIST(result, room.ops->snapshot_create(room.session, &call, WRONG[i], "s", &task, &snapshot));
		assert_class(result, PROVIDER_NOT_FOUND);
		PERSIST(result, room.ops->snapshot_list(room.session, &call, WRONG[i], &snapshots, &count));
		assert_class(result, PROVIDER_NOT_FOUND);
	}
}

static void refuses(const struct provider_machine_spec *spec)
{
	struct provider_task task = { NULL };
	const char *id = NULL;
	struct provider_result result;
	PERSIST(result, room.ops->create(room.session, &call, spec, &task, &id));
	assert_class(result, PROVIDER_INVALID);
	assert_non_null(result.message);
	assert_int_equal(list_count(NULL, spec->intent.resource), 0);
}

static void a_wrong_spec_is_refused_and_makes_nothing(void **state)
{
	char long_name[400];
	(void)state;
	memset(long_name, 'x', sizeof long_name - 1);
	long_name[sizeof long_name - 1] = '\0';
	struct provider_machine_spec spec = spec_new("wrong");
	spec.image = "no-such-image";
	refuses(&spec);
	spec = spec_new("wrong");
	spec.size = "no-such-size";
	refuses(&spec);
	spec = spec_new("wrong");
	spec.size = NULL;
	refuses(&spec);
	spec = spec_new("wrong");
	spec.network = "no-such-network";
	refuses(&spec);
	spec = spec_new("");
	refuses(&spec);
	spec = spec_new(long_name);
	refuses(&spec);
}

static void numbers_instead_of_a_size_are_taken_as_they_are(void **state)
{
	struct provider_machine_spec spec = spec_new("numbers");
	(void)state;
	if (room.row->has_fixed_sizes)
		skip();
	spec.size = NULL;
	spec.vcpus = 1;
	spec.memory_mib = 160;
	const char *id = machine_make(&spec);
	struct provider_machine machine = machine_get(id);
	assert_int_equal(machine.vcpus, 1);
	assert_int_equal(machine.memory_mib, 160);
	assert_null(machine.size);
	machine_delete(id);
}

static void every_image_makes_a_machine_with_a_disk_that_is_large_enough(void **state)
{
	struct provider_page page = { NULL, 0 };
	struct provider_image *images;
	size_t count = 0;
	struct provider_result result;
	(void)state;
	PERSIST(result, (page = (struct provider_page){ NULL, 0 },
			 room.ops->images(room.session, &call, &page, &images, &count)));
	assert_done(result);
	for (size_t i = 0; i < count && i < 5; i++) {
		struct provider_machine_spec spec = spec_new("from-image");
		spec.image = images[i].native_id;
		spec.disk_gib = images[i].min_disk_gib;
		const char *id = machine_make(&spec);
		struct provider_machine machine = machine_get(id);
		assert_string_equal(machine.image, images[i].native_id);
		assert_true(machine.disk_gib >= images[i].min_disk_gib);
		machine_delete(id);
	}
}

static void a_suspended_machine_takes_a_snapshot_where_the_row_says_so(void **state)
{
	struct provider_machine_spec spec = spec_new("asleep");
	struct provider_task task = { NULL };
	struct provider_result result;
	const char *snapshot = NULL;
	(void)state;
	need(VERB_SUSPEND);
	need(VERB_SNAPSHOT_REVERT);
	if (!(room.row->traits[VERB_SNAPSHOT_CREATE].states & (1u << PROVIDER_MACHINE_SUSPENDED)) ||
	    room.peer->is_faulty)
		skip();
	const char *id = machine_make(&spec);
	power_do(id, VERB_SUSPEND);
	PERSIST(result, room.ops->snapshot_create(room.session, &call, id, "asleep", &task, &snapshot));
	task_wait(result, &task);
	PERSIST(result, room.ops->snapshot_revert(room.session, &call, id, snapshot, &task));
	task_wait(result, &task);
	assert_int_equal(machine_get(id).state, PROVIDER_MACHINE_SUSPENDED);
	power_do(id, VERB_STOP);
	PERSIST(result, room.ops->snapshot_create(room.session, &call, id, "off", &task, &snapshot));
	task_wait(result, &task);
	machine_delete(id);
}

static const struct CMUnitTest TESTS[] = {
	cmocka_unit_test(a_machine_is_what_was_asked_for_and_bears_our_marks),
	cmocka_unit_test(create_twice_with_one_intent_makes_one_machine),
	cmocka_unit_test(racing_creates_with_one_intent_make_one_machine),
	cmocka_unit_test(an_unknown_intent_is_not_found),
	cmocka_unit_test(a_foreign_machine_is_listed_without_marks),
	cmocka_unit_test(what_another_gaon_made_is_not_ours),
	cmocka_unit_test(every_machine_is_listed_once_whatever_the_page),
	cmocka_unit_test(a_deleted_machine_is_gone_and_deleting_it_again_is_done),
	cmocka_unit_test(a_wrong_native_id_is_not_found),
	cmocka_unit_test(a_wrong_spec_is_refused_and_makes_nothing),
	cmocka_unit_test(every_image_makes_a_machine_with_a_disk_that_is_large_enough),
	cmocka_unit_test(a_suspended_machine_takes_a_snapshot_where_the_row_says_so),
	cmocka_unit_test(numbers_instead_of_a_size_are_taken_as_they_are),
};
const struct suite_part machine_part = { TESTS, sizeof TESTS / sizeof TESTS[0] };
