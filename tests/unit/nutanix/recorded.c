/* SPDX-License-Identifier: Apache-2.0 */
/* recorded.c: exchanges that somebody recorded with real Prism Centrals, as we read them. They are in GAON_SHARED or ../shared. */
#include <stdio.h>
#include <stdlib.h>

#include "providers/nutanix/v3.h"
#include "runtime/base/text.h"
#include "tests/support/arena_fixture.h"

enum { RECORDINGS_MOST = 4 << 20 };
static struct json *recordings;

/* The answer of the named exchange, a second one of the same name by its method. */
static const struct json *answer_of(const char *name, const char *method)
{
	for (size_t i = 0; i < json_size(recordings); i++) {
		const struct json *row = json_at(recordings, i);

		if (text_equal(json_text(json_get(row, "recording"), ""), name) &&
		    text_equal(json_text(json_get(row, "method"), ""), method))
			return json_get(row, "response");
	}
	fail_msg("there is no recording of %s %s", method, name);
	return NULL;
}

static void a_machine_is_read(void **state)
{
	struct provider_machine machine;
	struct nutanix_marks marks;

	v3_machine_read(*state, answer_of("GetVM", "GET"), &machine, &marks);
	assert_string_equal(machine.native_id, "bdbbad7a-a401-4f9a-a789-2b8406905b56");
	assert_string_equal(machine.name, "test-vm");
	assert_int_equal(machine.state, PROVIDER_MACHINE_STOPPED);
	assert_string_equal(machine.native_state, "OFF");
	assert_int_equal(machine.vcpus, 1);
	assert_int_equal(machine.memory_mib, 1024);
	assert_int_equal(machine.disk_gib, 8);
	assert_string_equal(machine.image, "70cfd137-a8d9-4169-a5ac-cf9ad6ddb03a");
	assert_string_equal(machine.network, "b2e46975-2cde-4a49-9dda-815eb4fcd679");
	assert_string_equal(machine.zone, "00061f7f-44f7-19dc-3be1-7cc25586ee44");
	assert_int_equal(machine.created_us, INT64_C(1749320632000000)); /* 2025-06-07T18:23:52Z */
	assert_int_equal(machine.address_count, 1);
	assert_string_equal(machine.addresses[0], "10.23.129.96");
	assert_null(machine.tags);
	assert_null(machine.marks.resource); /* people made it */
	assert_null(machine.size);
}

static void machines_of_a_list_are_read(void **state)
{
	const struct json *entities = json_get(answer_of("ListVM", "POST"), "entities");

	assert_true(json_size(entities) > 0);
	for (size_t i = 0; i < json_size(entities); i++) {
		struct provider_machine machine;
		struct nutanix_marks marks;

		v3_machine_read(*state, json_at(entities, i), &machine, &marks);
		assert_non_null(machine.native_id);
		assert_true(machine.name[0] != '\0');
		assert_int_not_equal(machine.state, PROVIDER_MACHINE_UNKNOWN);
		assert_int_not_equal(machine.state, PROVIDER_MACHINE_FAILED);
		assert_true(machine.vcpus > 0 && machine.memory_mib > 0);
	}
}

static void the_task_of_a_change_is_a_text_and_of_a_read_a_list(void **state)
{
	(void)state;
	assert_string_equal(v3_task_of(answer_of("CreateVM", "POST")), "e074cb94-1123-4dca-82b0-b842f019a825");
	assert_int_equal(json_kind(json_path(answer_of("GetVM", "GET"), "status", "execution_context", "task_uuid", NULL)), JSON_ARRAY);
	assert_string_not_equal(v3_task_of(answer_of("GetVM", "GET")), "-");
	assert_string_not_equal(v3_task_of(answer_of("UpdateVM", "PUT")), "-");
}

static void a_machine_that_is_accepted_is_being_built(void **state)
{
	struct provider_machine machine;
	struct nutanix_marks marks;

	v3_machine_read(*state, answer_of("CreateVM", "POST"), &machine, &marks);
	assert_int_equal(machine.state, PROVIDER_MACHINE_BUILDING);
	assert_string_equal(machine.native_id, "bdbbad7a-a401-4f9a-a789-2b8406905b56");
	assert_string_equal(machine.name, "test-vm");
	assert_int_equal(machine.memory_mib, 1024);
	assert_false(v3_is_failed(answer_of("CreateVM", "POST")));
}

static bool recordings_read(struct arena *arena)
{
	const char *shared = getenv("GAON_SHARED");
	const char *folders[] = { shared ? shared : "/nowhere", SOURCE_FOLDER "/../shared" };

	for (size_t i = 0; i < 2; i++) {
		char *bytes = arena_alloc(arena, RECORDINGS_MOST);
		FILE *file = fopen(arena_printf(arena, "%s/peers/nutanix/v3-recordings.json", folders[i]), "r");
		size_t size = file ? fread(bytes, 1, RECORDINGS_MOST, file) : 0;

		if (file)
			fclose(file);
		if (size > 0 && status_is_ok(json_parse(arena, slice_of(bytes, size), NULL, &recordings)))
			return true;
	}
	return false;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(a_machine_is_read),
		ARENA_TEST(machines_of_a_list_are_read),
		ARENA_TEST(the_task_of_a_change_is_a_text_and_of_a_read_a_list),
		ARENA_TEST(a_machine_that_is_accepted_is_being_built),
	};
	struct arena *arena = arena_new(0);
	int failed = 77;

	if (recordings_read(arena))
		failed = cmocka_run_group_tests_name("nutanix: recordings", tests, NULL, NULL);
	else
		printf("SKIP: nutanix recordings: peers/nutanix/v3-recordings.json is not in GAON_SHARED or ../shared\n");
	arena_free(arena);
	return failed;
}
