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

/* ---- labels as tags ---- */

/** "env=prod,team=red" become the machine's labels. */
static void label(void **state, const char *machine, const char *text)
{
	struct service_fixture *fixture = *state;
	Gaon__UpdateMachineRequest request = GAON__UPDATE_MACHINE_REQUEST__INIT;
	Gaon__Machine wanted = GAON__MACHINE__INIT, reply;
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
	const char *paths[] = { "labels" };
	char **parts;

	wanted.name = machine;
	wanted.n_labels = *text ? text_split(fixture->arena, text, ',', &parts) : 0;
	wanted.labels = ARENA_ARRAY(fixture->arena, wanted.n_labels + 1, Gaon__Machine__LabelsEntry *);
	for (size_t i = 0; i < wanted.n_labels; i++) {
		char *equals = strchr(parts[i], '=');
		*equals = '\0';
		wanted.labels[i] = ARENA_NEW(fixture->arena, Gaon__Machine__LabelsEntry);
		gaon__machine__labels_entry__init(wanted.labels[i]);
		wanted.labels[i]->key = parts[i];
		wanted.labels[i]->value = equals + 1;
	}
	mask.paths = paths;
	mask.n_paths = 1;
	request.machine = &wanted;
	request.update_mask = &mask;
	assert_ok(call(state, "UpdateMachine", &request, &reply));
}

static struct status tag(void **state, const char *machine, bool overwrite, Gaon__Operation *operation)
{
	Gaon__TagMachineRequest request = GAON__TAG_MACHINE_REQUEST__INIT;

	request.name = machine;
	request.overwrite = overwrite;
	return call(state, "TagMachine", &request, operation);
}

static Gaon__Operation *tagged(void **state, const char *machine, bool overwrite)
{
	Gaon__Operation operation;

	return line_did(*state, tag(state, machine, overwrite, &operation), &operation);
}

static void assert_tags(void **state, const Gaon__Machine *machine, const char *expected)
{
	struct service_fixture *fixture = *state;
	const struct json *tags = at_cloud(state, machine->native_id).tags;

	assert_string_equal(json_print_canonical(fixture->arena, tags ? tags : json_object(fixture->arena)), expected);
}

static void labels_become_tags_and_go_with_them(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");

	label(state, machine->name, "env=prod,team=red");
	assert_int_equal(tagged(state, machine->name, false)->state, OPERATION(SUCCEEDED));
	assert_tags(state, machine, "{\"env\":\"prod\",\"team\":\"red\"}");
	assert_int_equal(drifts(state), 0);
	assert_int_equal(line_get(*state, machine->name)->state, STATE(RUNNING));
	label(state, machine->name, "env=test");
	assert_int_equal(tagged(state, machine->name, false)->state, OPERATION(SUCCEEDED));
	assert_tags(state, machine, "{\"env\":\"test\"}");
	label(state, machine->name, "");
	assert_int_equal(tagged(state, machine->name, false)->state, OPERATION(SUCCEEDED));
	assert_tags(state, machine, "{}");
	assert_int_equal(drifts(state), 0);
}

static void tags_of_others_stay(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");

	tag_there(state, machine->native_id, "{\"cost-center\":\"42\",\"env\":\"prod\"}");
	label(state, machine->name, "env=prod,team=red");
	assert_int_equal(tagged(state, machine->name, false)->state, OPERATION(SUCCEEDED));
	assert_tags(state, machine, "{\"cost-center\":\"42\",\"env\":\"prod\",\"team\":\"red\"}");
	/* What says the same as a label, and was there before, is not ours to take away. */
	label(state, machine->name, "");
	assert_int_equal(tagged(state, machine->name, false)->state, OPERATION(SUCCEEDED));
	assert_tags(state, machine, "{\"cost-center\":\"42\",\"env\":\"prod\"}");
}

static void a_tag_of_somebody_else_is_only_overwritten_when_that_is_said(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");

	tag_there(state, machine->native_id, "{\"env\":\"dev\"}");
	label(state, machine->name, "env=prod,team=red");
	Gaon__Operation *ended = tagged(state, machine->name, false);
	assert_int_equal(ended->state, OPERATION(FAILED));
	assert_string_equal(ended->error->reason, "TAG_FOREIGN");
	assert_tags(state, machine, "{\"env\":\"dev\"}");
	assert_int_equal(line_get(*state, machine->name)->state, STATE(RUNNING));
	assert_int_equal(tagged(state, machine->name, true)->state, OPERATION(SUCCEEDED));
	assert_tags(state, machine, "{\"env\":\"prod\",\"team\":\"red\"}");
	/* From then on it is ours. */
	label(state, machine->name, "env=test");
	assert_int_equal(tagged(state, machine->name, false)->state, OPERATION(SUCCEEDED));
	assert_tags(state, machine, "{\"env\":\"test\"}");
}

static void labels_that_cannot_be_tags_are_refused(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;

	label(state, machine->name, "gaon-machine=1");
	assert_fails(tag(state, machine->name, true, &operation), STATUS_FAILED_PRECONDITION, "LABEL_RESERVED");
	label(state, machine->name, "env=prod");
	assert_ok(tag(state, machine->name, false, &operation));
	assert_fails(tag(state, machine->name, false, &operation), STATUS_FAILED_PRECONDITION, "MACHINE_BUSY");
	line_run(*state);
	take_away(state, "tag");
	assert_fails(tag(state, machine->name, false, &operation), STATUS_FAILED_PRECONDITION, "VERB_UNSUPPORTED");
}

static void on_a_cloud_that_loses_replies_no_tag_of_others_is_lost_or_kept_as_ours(void **state)
{
	struct line *line = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");

	tag_there(state, machine->native_id, "{\"cost-center\":\"42\"}");
	line_cloud(*state, "{\"lost_reply_rate\": 0.4, \"lost_request_rate\": 0.2, \"failure_rate\": 0.1, \"seed\": 21}");
	for (int i = 0; i < 15; i++) {
		label(state, machine->name, arena_printf(line->base.arena, "key-%d=%d", i % 3, i));
		assert_int_equal(tagged(state, machine->name, false)->state, OPERATION(SUCCEEDED));
		assert_tags(state, machine, arena_printf(line->base.arena, "{\"cost-center\":\"42\",\"key-%d\":\"%d\"}", i % 3, i));
	}
	line_cloud(*state, "{}");
	label(state, machine->name, "");
	assert_int_equal(tagged(state, machine->name, false)->state, OPERATION(SUCCEEDED));
	assert_tags(state, machine, "{\"cost-center\":\"42\"}");
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
		LINE_TEST(labels_become_tags_and_go_with_them),
		LINE_TEST(tags_of_others_stay),
		LINE_TEST(a_tag_of_somebody_else_is_only_overwritten_when_that_is_said),
		LINE_TEST(labels_that_cannot_be_tags_are_refused),
		LINE_TEST(on_a_cloud_that_loses_replies_no_tag_of_others_is_lost_or_kept_as_ours),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
