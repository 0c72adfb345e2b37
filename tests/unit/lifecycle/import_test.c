/* SPDX-License-Identifier: Apache-2.0 */
/* import_test.c: machines that come to Gaon without being made by it, and leave it without being deleted. */
#include <string.h>

#include "tests/unit/lifecycle/look.h"

static Gaon__ImportMachineRequest wanted(void **state, const char *native_id)
{
	Gaon__ImportMachineRequest request = GAON__IMPORT_MACHINE_REQUEST__INIT;

	request.parent = WEB;
	request.observed_resource = observed_name(state, native_id);
	request.product = LINUX;
	return request;
}

static struct status import(void **state, const Gaon__ImportMachineRequest *request, Gaon__Operation *operation)
{
	return service_call(*state, &gaon_lifecycle_table, "ImportMachine", request, operation);
}

static Gaon__Machine *imported(void **state, const char *native_id)
{
	Gaon__ImportMachineRequest request = wanted(state, native_id);
	Gaon__Operation operation;

	line_as(*state, "pia");
	assert_int_equal(line_did(*state, import(state, &request, &operation), &operation)->state, OPERATION(SUCCEEDED));
	return line_get(*state, operation.target);
}

static struct status unmanage(void **state, const char *machine, bool is_forced, Gaon__Operation *operation)
{
	Gaon__UnmanageMachineRequest request = GAON__UNMANAGE_MACHINE_REQUEST__INIT;

	request.name = machine;
	request.force = is_forced;
	return service_call(*state, &gaon_lifecycle_table, "UnmanageMachine", &request, operation);
}

static void an_imported_machine_is_a_machine_of_the_project(void **state)
{
	struct line *line = *state;
	const char *native_id = foreign(state);
	Gaon__Machine *machine = imported(state, native_id);
	Gaon__Operation operation;

	assert_int_equal(machine->state, STATE(RUNNING));
	assert_string_equal(machine->display_name, "theirs");
	assert_string_equal(machine->native_id, native_id);
	assert_string_equal(machine->connection, LAB);
	assert_string_equal(machine->product_version, LINUX "/versions/1");
	assert_int_equal(machine->vcpus, 1);
	assert_int_equal(machine->memory_mib, 512);
	assert_string_equal(machine->operation, "");
	assert_int_equal(line_deployment(*state, machine->deployment)->state, GAON__DEPLOYMENT_STATE__DEPLOYMENT_STATE_ACTIVE);
	assert_int_equal(line_used(*state, WEB, MACHINES), 1);
	assert_int_equal(observed(state, OBSERVED(IMPORTED))->n_observed_resources, 1);
	assert_string_equal(observed(state, OBSERVED(IMPORTED))->observed_resources[0]->machine, machine->name);
	look(state);
	assert_int_equal(observed(state, OBSERVED(IMPORTED))->n_observed_resources, 1);
	assert_int_equal(report(state, false)->n_drifts, 0);

	/* And it lives like any other, to its end. */
	assert_int_equal(line_did(*state, line_power(*state, "StopMachine", machine->name, &operation), &operation)->state,
			 OPERATION(SUCCEEDED));
	assert_int_equal(line_did(*state, line_delete(*state, machine->name, &operation), &operation)->state, OPERATION(SUCCEEDED));
	assert_int_equal(simulator_count(line->endpoint, NULL), 0);
	assert_int_equal(line_used(*state, WEB, MACHINES), 0);
}

static void an_imported_machine_is_metered_from_its_import_on(void **state)
{
	const char *native_id = foreign(state);

	time_fake_advance(TIME_US_PER_HOUR);
	Gaon__Machine *machine = imported(state, native_id);
	assert_int_equal(service_number(*state, "SELECT count(*) FROM usage_record"), 0);
	time_fake_advance(TIME_US_PER_HOUR);
	struct line *line = *state;
	assert_ok(metering_tick(line->base.arena, &line->lifecycle));
	assert_true(service_number(*state, "SELECT count(*) FROM usage_record") > 0);
	assert_int_equal(service_number(*state, "SELECT count(*) FROM usage_record WHERE end_us - start_us > 3601000000"), 0);
	assert_string_equal(machine->size, "");
}

static void what_is_managed_gone_or_never_seen_cannot_be_imported(void **state)
{
	struct line *line = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");
	const char *native_id = foreign(state);
	Gaon__ImportMachineRequest ours = wanted(state, machine->native_id), never = wanted(state, "sim-no"),
				   gone = wanted(state, native_id);
	Gaon__Operation operation;

	line_as(*state, "pia");
	assert_fails(import(state, &ours, &operation), STATUS_ALREADY_EXISTS, "MACHINE_MANAGED");
	assert_fails(import(state, &never, &operation), STATUS_NOT_FOUND, "OBSERVED_RESOURCE_NOT_FOUND");
	assert_true(simulator_vanish(line->endpoint, native_id));
	look(state);
	assert_fails(import(state, &gone, &operation), STATUS_FAILED_PRECONDITION, "OBSERVED_RESOURCE_GONE");
}

static void one_machine_is_imported_once(void **state)
{
	const char *native_id = foreign(state);
	Gaon__ImportMachineRequest request = wanted(state, native_id);
	Gaon__Operation first, second;

	line_as(*state, "pia");
	assert_ok(import(state, &request, &first));
	assert_fails(import(state, &request, &second), STATUS_ALREADY_EXISTS, "MACHINE_MANAGED");
	line_run(*state);
	assert_fails(import(state, &request, &second), STATUS_ALREADY_EXISTS, "MACHINE_MANAGED");
	assert_int_equal(service_number(*state, "SELECT count(*) FROM machine"), 1);
}

static void who_has_no_right_on_the_connection_is_told_that_it_is_not_there(void **state)
{
	const char *native_id = foreign(state);
	Gaon__ImportMachineRequest request = wanted(state, native_id);
	Gaon__Operation operation;

	line_as(*state, "mina");
	assert_fails(import(state, &request, &operation), STATUS_NOT_FOUND, "CONNECTION_NOT_FOUND");
}

static void an_import_past_the_quota_is_refused(void **state)
{
	const char *native_id = foreign(state);
	Gaon__ImportMachineRequest request = wanted(state, native_id);
	Gaon__Operation operation;

	line_quota(*state, WEB, MACHINES, 0);
	line_as(*state, "pia");
	assert_fails(import(state, &request, &operation), STATUS_FAILED_PRECONDITION, "QUOTA_EXCEEDED");
	assert_int_equal(service_number(*state, "SELECT count(*) FROM machine"), 0);
	assert_int_equal(line_used(*state, WEB, MACHINES), 0);
}

static void a_product_or_rate_card_must_be_the_projects_own_to_use(void **state)
{
	const char *native_id = foreign(state);
	Gaon__ImportMachineRequest product = wanted(state, native_id), card = wanted(state, native_id);
	Gaon__Operation operation;

	line_as(*state, "pia");
	product.product = "tenants/other/products/linux";
	assert_fails(import(state, &product, &operation), STATUS_NOT_FOUND, "PRODUCT_NOT_FOUND");
	card.rate_card = "tenants/other/rateCards/standard";
	assert_fails(import(state, &card, &operation), STATUS_INVALID_ARGUMENT, "INVALID_FIELD");
	card.rate_card = "tenants/acme/rateCards/none";
	assert_fails(import(state, &card, &operation), STATUS_NOT_FOUND, "RATE_CARD_NOT_FOUND");
	card.rate_card = PRICED;
	card.product = "";
	assert_ok(import(state, &card, &operation));
	assert_string_equal(line_get(*state, operation.target)->product_version, "");
}

static void an_import_of_what_vanished_meanwhile_leaves_nothing(void **state)
{
	struct line *line = *state;
	const char *native_id = foreign(state);
	Gaon__ImportMachineRequest request = wanted(state, native_id);
	Gaon__Operation operation;

	line_as(*state, "pia");
	assert_true(simulator_vanish(line->endpoint, native_id));
	assert_int_equal(line_did(*state, import(state, &request, &operation), &operation)->state, OPERATION(FAILED));
	assert_int_equal(line_get(*state, operation.target)->state, STATE(DELETED));
	assert_int_equal(line_used(*state, WEB, MACHINES), 0);
	assert_int_equal(line_used(*state, WEB, VCPUS), 0);
	assert_int_equal(observed(state, OBSERVED(GONE))->n_observed_resources, 1);
	assert_string_equal(observed(state, OBSERVED(GONE))->observed_resources[0]->operation, "");
}

static void a_failed_import_never_deletes_the_machine_and_can_be_repeated(void **state)
{
	struct line *line = *state;
	const char *native_id = foreign(state);
	Gaon__ImportMachineRequest request = wanted(state, native_id);
	Gaon__Operation operation, gone;

	line_as(*state, "pia");
	line_cloud(*state, "{\"failure_rate\": 1, \"failure_classes\": [\"FORBIDDEN\"]}");
	assert_int_equal(line_did(*state, import(state, &request, &operation), &operation)->state, OPERATION(FAILED));
	line_cloud(*state, "{}");
	assert_int_equal(observed(state, OBSERVED(FOREIGN))->n_observed_resources, 1);
	assert_fails(line_delete(*state, operation.target, &gone), STATUS_NOT_FOUND, "MACHINE_NOT_FOUND");
	assert_int_equal(simulator_count(line->endpoint, NULL), 1);
	imported(state, native_id);
	assert_int_equal(line_used(*state, WEB, MACHINES), 1);
}

static void an_import_over_a_cloud_that_stumbles_ends_well(void **state)
{
	const char *native_id = foreign(state);

	line_cloud(*state, "{\"failure_rate\": 0.4, \"lost_reply_rate\": 0.3, \"seed\": 7}");
	assert_int_equal(imported(state, native_id)->state, STATE(RUNNING));
	assert_int_equal(line_used(*state, WEB, MACHINES), 1);
}

static void a_look_during_an_import_takes_nothing_away(void **state)
{
	const char *native_id = foreign(state);
	Gaon__ImportMachineRequest request = wanted(state, native_id);
	Gaon__Operation operation;

	line_as(*state, "pia");
	assert_ok(import(state, &request, &operation));
	assert_ok(service_execute(*state, "UPDATE operation SET due_us = due_us + 60000000 WHERE kind = 'machine-import'", SQL_NO_ARGS));
	look_beside(state);
	assert_int_equal(line_get(*state, operation.target)->state, STATE(UPDATING));
	line_run(*state);
	assert_int_equal(line_operation(*state, operation.name)->state, OPERATION(SUCCEEDED));
	assert_int_equal(line_get(*state, operation.target)->state, STATE(RUNNING));
}

static void a_machine_that_is_let_go_stays_at_its_cloud_and_is_no_orphan(void **state)
{
	struct line *line = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;

	look(state);
	assert_int_equal(line_did(*state, unmanage(state, machine->name, false, &operation), &operation)->state, OPERATION(SUCCEEDED));
	assert_int_equal(simulator_count(line->endpoint, NULL), 1);
	Gaon__Machine *left = line_get(*state, machine->name);
	assert_int_equal(left->state, STATE(DELETED));
	assert_non_null(strstr(left->state_message, "let go"));
	assert_int_equal(line_used(*state, WEB, MACHINES), 0);
	assert_int_equal(service_number(*state, "SELECT metered_us FROM machine"), 0);
	assert_int_equal(line_deployment(*state, machine->deployment)->state, GAON__DEPLOYMENT_STATE__DEPLOYMENT_STATE_DELETED);
	/* It bears our marks all the same. */
	look(state);
	assert_int_equal(observed(state, OBSERVED(ORPHAN_SUSPECT))->n_observed_resources, 0);
	assert_int_equal(observed(state, OBSERVED(FOREIGN))->n_observed_resources, 1);
}

static void what_was_let_go_can_come_back(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1"), *again;
	Gaon__Operation operation;

	look(state);
	assert_int_equal(line_did(*state, unmanage(state, machine->name, false, &operation), &operation)->state, OPERATION(SUCCEEDED));
	again = imported(state, machine->native_id);
	assert_string_not_equal(again->name, machine->name);
	assert_string_equal(again->size, machine->size);
	assert_string_equal(again->image, machine->image);
	look(state);
	assert_string_equal(observed(state, OBSERVED(IMPORTED))->observed_resources[0]->machine, again->name);
	assert_int_equal(line_get(*state, again->name)->state, STATE(RUNNING));
	assert_int_equal(line_did(*state, line_delete(*state, again->name, &operation), &operation)->state, OPERATION(SUCCEEDED));
}

static const char *tag_of(void **state, const char *native_id, const char *key)
{
	struct cloud cloud = cloud_open(state);
	struct provider_machine machine;

	assert_int_equal(cloud.ops->get(cloud.session, &cloud.call, native_id, &machine).error, PROVIDER_OK);
	cloud_close(&cloud);
	return json_text(json_get(machine.tags, key), "");
}

static void tag(void **state, const char *native_id, const char *key, const char *value)
{
	struct cloud cloud = cloud_open(state);
	struct provider_task task;
	struct json *tags = json_object(cloud.call.arena);

	json_set_text(tags, key, value);
	assert_int_equal(cloud.ops->tag(cloud.session, &cloud.call, native_id, tags, &task).error, PROVIDER_OK);
	cloud_close(&cloud);
}

static void the_tags_say_whose_it_is_and_are_taken_off_when_it_goes(void **state)
{
	const char *native_id = foreign(state);
	Gaon__Operation operation;

	tag(state, native_id, "env", "prod");
	Gaon__Machine *machine = imported(state, native_id);
	assert_string_equal(tag_of(state, native_id, "env"), "prod");
	assert_string_equal(tag_of(state, native_id, "gaon-installation"), "test-installation");
	assert_string_equal(tag_of(state, native_id, "gaon-machine"), strrchr(machine->name, '/') + 1);
	look(state);
	assert_int_equal(report(state, false)->n_drifts, 0);
	assert_int_equal(line_did(*state, unmanage(state, machine->name, false, &operation), &operation)->state, OPERATION(SUCCEEDED));
	assert_string_equal(tag_of(state, native_id, "env"), "prod");
	assert_string_equal(tag_of(state, native_id, "gaon-machine"), "");
	assert_string_equal(tag_of(state, native_id, "gaon-installation"), "");
}

static void an_import_without_tags_changes_nothing_at_the_cloud(void **state)
{
	struct line *line = *state;
	const char *native_id = foreign(state);
	Gaon__ImportMachineRequest request = wanted(state, native_id);
	Gaon__Operation operation;

	request.untagged = true;
	line_as(*state, "pia");
	assert_int_equal(line_did(*state, import(state, &request, &operation), &operation)->state, OPERATION(SUCCEEDED));
	assert_int_equal(simulator_calls(line->endpoint, VERB_TAG), 0);
	assert_string_equal(tag_of(state, native_id, "gaon-machine"), "");
}

static void an_import_that_is_called_off_leaves_the_tags_as_they_were(void **state)
{
	const char *native_id = foreign(state);
	Gaon__ImportMachineRequest request = wanted(state, native_id);
	Gaon__CancelOperationRequest cancel = GAON__CANCEL_OPERATION_REQUEST__INIT;
	Gaon__Operation operation, cancelled;

	tag(state, native_id, "env", "prod");
	line_as(*state, "pia");
	assert_ok(import(state, &request, &operation));
	cancel.name = operation.name;
	line_cloud(*state, "{\"lost_reply_rate\": 1}");
	service_run(*state, 2);
	line_cloud(*state, "{}");
	assert_ok(service_call(*state, &gaon_lifecycle_table, "CancelOperation", &cancel, &cancelled));
	line_run(*state);
	assert_int_equal(line_operation(*state, operation.name)->state, OPERATION(CANCELLED));
	assert_string_equal(tag_of(state, native_id, "env"), "prod");
	assert_string_equal(tag_of(state, native_id, "gaon-machine"), "");
	assert_int_equal(observed(state, OBSERVED(FOREIGN))->n_observed_resources, 1);
	assert_int_equal(line_used(*state, WEB, MACHINES), 0);
}

static void a_protected_machine_is_not_let_go(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;

	assert_ok(service_execute(*state, "UPDATE machine SET is_protected = 1", SQL_NO_ARGS));
	assert_fails(unmanage(state, machine->name, true, &operation), STATUS_FAILED_PRECONDITION, "DELETION_PROTECTED");
}

static void a_machine_with_volumes_is_not_let_go_before_they_are_detached(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;

	assert_ok(service_execute(*state,
				  "INSERT INTO volume VALUES ('" WEB "/volumes/data', '" ACME "', '" WEB "', 'data', 3, '', $1, '" LAB
				  "', '', '', 'vol-1', '', '', '', '', 10, 'x', '', 0, 1, 1, 1)",
				  SQL_ARGS(sql_text(machine->name))));
	assert_fails(unmanage(state, machine->name, true, &operation), STATUS_FAILED_PRECONDITION, "VOLUMES_ATTACHED");
	assert_ok(service_execute(*state, "UPDATE volume SET machine = ''", SQL_NO_ARGS));
	assert_ok(unmanage(state, machine->name, true, &operation));
}

static void a_cloud_that_does_not_answer_cannot_keep_a_machine(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;

	line_cloud(*state, "{\"failure_rate\": 1, \"failure_classes\": [\"AUTH\"]}");
	assert_int_equal(line_did(*state, unmanage(state, machine->name, false, &operation), &operation)->state, OPERATION(FAILED));
	assert_int_equal(line_get(*state, machine->name)->state, STATE(RUNNING));
	assert_int_equal(line_used(*state, WEB, MACHINES), 1);
	assert_int_equal(line_did(*state, unmanage(state, machine->name, true, &operation), &operation)->state, OPERATION(SUCCEEDED));
	assert_int_equal(line_get(*state, machine->name)->state, STATE(DELETED));
	assert_int_equal(line_used(*state, WEB, MACHINES), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LINE_TEST(an_imported_machine_is_a_machine_of_the_project),
		LINE_TEST(an_imported_machine_is_metered_from_its_import_on),
		LINE_TEST(what_is_managed_gone_or_never_seen_cannot_be_imported),
		LINE_TEST(one_machine_is_imported_once),
		LINE_TEST(who_has_no_right_on_the_connection_is_told_that_it_is_not_there),
		LINE_TEST(an_import_past_the_quota_is_refused),
		LINE_TEST(a_product_or_rate_card_must_be_the_projects_own_to_use),
		LINE_TEST(an_import_of_what_vanished_meanwhile_leaves_nothing),
		LINE_TEST(a_failed_import_never_deletes_the_machine_and_can_be_repeated),
		LINE_TEST(an_import_over_a_cloud_that_stumbles_ends_well),
		LINE_TEST(a_look_during_an_import_takes_nothing_away),
		LINE_TEST(a_machine_that_is_let_go_stays_at_its_cloud_and_is_no_orphan),
		LINE_TEST(what_was_let_go_can_come_back),
		LINE_TEST(the_tags_say_whose_it_is_and_are_taken_off_when_it_goes),
		LINE_TEST(an_import_without_tags_changes_nothing_at_the_cloud),
		LINE_TEST(an_import_that_is_called_off_leaves_the_tags_as_they_were),
		LINE_TEST(a_protected_machine_is_not_let_go),
		LINE_TEST(a_machine_with_volumes_is_not_let_go_before_they_are_detached),
		LINE_TEST(a_cloud_that_does_not_answer_cannot_keep_a_machine),
	};

	return cmocka_run_group_tests_name("lifecycle_import", tests, NULL, NULL);
}
