/* SPDX-License-Identifier: Apache-2.0 */
/* label_test.c: what a machine is called, and marked with, at its cloud: changed on purpose it is no drift. */
#include <string.h>

#include "tests/unit/lifecycle/look.h"

static struct status call(void **state, const char *method, const void *request, void *reply)
{
	return service_call(*state, &gaon_lifecycle_table, method, request, reply);
}

static struct status rename_to(void **state, const char *machine, const char *name, Gaon__Operation *operation)
{
	Gaon__RenameMachineRequest request = GAON__RENAME_MACHINE_REQUEST__INIT;

	request.name = machine;
	request.display_name = name;
	return call(state, "RenameMachine", &request, operation);
}

/** As its cloud has it now. */
static struct provider_machine at_cloud(void **state, const char *native_id)
{
	struct cloud cloud = cloud_open(state);
	struct provider_machine seen = { 0 };

	assert_int_equal(cloud.ops->get(cloud.session, &cloud.call, native_id, &seen).error, PROVIDER_OK);
	cloud_close(&cloud);
	return seen;
}

static void tag_there(void **state, const char *native_id, const char *json)
{
	struct line *line = *state;
	struct cloud cloud = cloud_open(state);
	struct provider_task task;
	struct json *tags;

	assert_ok(json_parse(line->base.arena, slice_text(json), NULL, &tags));
	assert_int_equal(cloud.ops->tag(cloud.session, &cloud.call, native_id, tags, &task).error, PROVIDER_OK);
	cloud_close(&cloud);
}

/** How many differences a look finds now. */
static size_t drifts(void **state)
{
	assert_int_equal(look_in(state, true)->state, OPERATION(SUCCEEDED));
	return report(state, false)->n_drifts;
}

static void a_machine_is_renamed_here_and_at_its_cloud(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;

	assert_ok(rename_to(state, machine->name, "웹 2", &operation));
	assert_int_equal(line_get(*state, machine->name)->state, STATE(UPDATING));
	assert_string_equal(line_get(*state, machine->name)->display_name, "web-1");
	assert_int_equal(line_did(*state, OK, &operation)->state, OPERATION(SUCCEEDED));
	assert_string_equal(line_operation(*state, operation.name)->kind, "machine-rename");
	assert_string_equal(line_get(*state, machine->name)->display_name, "웹 2");
	assert_string_equal(at_cloud(state, machine->native_id).name, "웹 2");
	assert_int_equal(line_get(*state, machine->name)->state, STATE(RUNNING));
	assert_string_equal(line_get(*state, machine->name)->operation, "");
	assert_int_equal(drifts(state), 0);
}

static void a_rename_agrees_to_nothing_but_the_name(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;

	assert_int_equal(drifts(state), 0);
	tag_there(state, machine->native_id, "{\"team\":\"red\"}");
	assert_int_equal(line_did(*state, rename_to(state, machine->name, "web-2", &operation), &operation)->state,
			 OPERATION(SUCCEEDED));
	assert_int_equal(drifts(state), 1);
	assert_string_equal(report(state, false)->drifts[0]->field, "tags");
}

static void a_stopped_machine_is_renamed_and_stays_stopped(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;

	assert_int_equal(
		line_did(*state, line_power(*state, "StopMachine", machine->name, &operation), &operation)->state,
		OPERATION(SUCCEEDED));
	assert_int_equal(line_did(*state, rename_to(state, machine->name, "web-2", &operation), &operation)->state,
			 OPERATION(SUCCEEDED));
	assert_int_equal(line_get(*state, machine->name)->state, STATE(STOPPED));
	assert_string_equal(line_get(*state, machine->name)->display_name, "web-2");
}

static void a_name_that_cannot_be_is_refused(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__RenameMachineRequest stale = GAON__RENAME_MACHINE_REQUEST__INIT;
	static const char long_name[] = "0123456789012345678901234567890123456789012345678901234567890123";
	Gaon__Operation operation;

	assert_int_equal(rename_to(state, machine->name, "two\nlines", &operation).code, STATUS_INVALID_ARGUMENT);
	assert_int_equal(rename_to(state, machine->name, long_name, &operation).code, STATUS_INVALID_ARGUMENT);
	assert_fails(rename_to(state, WEB "/machines/nothing", "web-2", &operation), STATUS_NOT_FOUND,
		     "MACHINE_NOT_FOUND");
	stale.name = machine->name;
	stale.display_name = "web-2";
	stale.etag = "W/\"1\"";
	assert_fails(call(state, "RenameMachine", &stale, &operation), STATUS_ABORTED, "ETAG_STALE");
	assert_ok(rename_to(state, machine->name, "web-2", &operation));
	assert_fails(rename_to(state, machine->name, "web-3", &operation), STATUS_FAILED_PRECONDITION, "MACHINE_BUSY");
	line_run(*state);
	assert_string_equal(line_get(*state, machine->name)->display_name, "web-2");
}

/** A probe found that the cloud cannot do a verb. */
static void take_away(void **state, const char *verb)
{
	struct service_fixture *fixture = *state;
	const char *capabilities = arena_printf(fixture->arena, "[{\"verb\":\"%s\",\"support\":0}]", verb);

	assert_ok(service_execute(fixture, "UPDATE connection SET capabilities = $1 WHERE name = $2",
				  SQL_ARGS(sql_text(capabilities), sql_text(LAB))));
}

static void a_cloud_that_renames_nothing_says_what_can_be_done(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;

	take_away(state, "rename");
	struct status status = rename_to(state, machine->name, "web-2", &operation);
	assert_fails(status, STATUS_FAILED_PRECONDITION, "VERB_UNSUPPORTED");
	assert_non_null(strstr(status.message, "UpdateMachine"));
	assert_string_equal(line_get(*state, machine->name)->operation, "");
}

static void a_rename_that_failed_leaves_the_old_name(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;

	line_cloud(*state, "{\"failure_rate\": 1, \"failure_classes\": [\"FORBIDDEN\"]}");
	assert_int_equal(line_did(*state, rename_to(state, machine->name, "web-2", &operation), &operation)->state,
			 OPERATION(FAILED));
	line_cloud(*state, "{}");
	assert_string_equal(line_get(*state, machine->name)->display_name, "web-1");
	assert_string_equal(at_cloud(state, machine->native_id).name, "web-1");
	assert_int_equal(line_get(*state, machine->name)->state, STATE(RUNNING));
	assert_int_equal(drifts(state), 0);
}

static void on_a_cloud_that_loses_replies_every_rename_ends_with_both_names_alike(void **state)
{
	struct line *line = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;

	line_cloud(*state,
		   "{\"lost_reply_rate\": 0.3, \"lost_request_rate\": 0.2, \"failure_rate\": 0.1, \"seed\": 5}");
	for (int i = 0; i < 20; i++) {
		const char *name = arena_printf(line->base.arena, "web-%d", i + 2);
		assert_int_equal(line_did(*state, rename_to(state, machine->name, name, &operation), &operation)->state,
				 OPERATION(SUCCEEDED));
		assert_string_equal(line_get(*state, machine->name)->display_name, name);
		assert_string_equal(at_cloud(state, machine->native_id).name, name);
	}
	line_cloud(*state, "{}");
	assert_int_equal(drifts(state), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LINE_TEST(a_machine_is_renamed_here_and_at_its_cloud),
		LINE_TEST(a_rename_agrees_to_nothing_but_the_name),
		LINE_TEST(a_stopped_machine_is_renamed_and_stays_stopped),
		LINE_TEST(a_name_that_cannot_be_is_refused),
		LINE_TEST(a_cloud_that_renames_nothing_says_what_can_be_done),
		LINE_TEST(a_rename_that_failed_leaves_the_old_name),
		LINE_TEST(on_a_cloud_that_loses_replies_every_rename_ends_with_both_names_alike),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
