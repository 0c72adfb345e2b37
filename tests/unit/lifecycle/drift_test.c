/* SPDX-License-Identifier: Apache-2.0 */
/* drift_test.c: what was changed at a cloud behind our back is ignored, reported, adopted or brought back, as the policy says. */
#include <string.h>

#include "tests/unit/lifecycle/look.h"

#define FIELD(name) GAON__DRIFT_FIELD__DRIFT_FIELD_##name
#define ACTION(name) GAON__DRIFT_ACTION__DRIFT_ACTION_##name

static struct status set_policy(void **state, const char *name, Gaon__DriftField field, Gaon__DriftAction action, const char *etag)
{
	Gaon__SetDriftPolicyRequest request = GAON__SET_DRIFT_POLICY_REQUEST__INIT;
	Gaon__DriftPolicy policy = GAON__DRIFT_POLICY__INIT, reply;
	Gaon__DriftRule rule = GAON__DRIFT_RULE__INIT, *rules[] = { &rule };

	rule.field = field;
	rule.action = action;
	policy.name = name;
	policy.etag = etag;
	policy.rules = rules;
	policy.n_rules = 1;
	request.drift_policy = &policy;
	return service_call(*state, &gaon_lifecycle_table, "SetDriftPolicy", &request, &reply);
}

static void say(void **state, Gaon__DriftField field, Gaon__DriftAction action)
{
	assert_ok(set_policy(state, LAB, field, action, ""));
}

static Gaon__DriftRule *rule_in_force(void **state, const char *name, Gaon__DriftField field)
{
	struct service_fixture *fixture = *state;
	Gaon__GetDriftPolicyRequest request = GAON__GET_DRIFT_POLICY_REQUEST__INIT;
	Gaon__DriftPolicy *reply = ARENA_NEW(fixture->arena, Gaon__DriftPolicy);

	request.name = name;
	assert_ok(service_call(*state, &gaon_lifecycle_table, "GetDriftPolicy", &request, reply));
	for (size_t i = 0; i < reply->n_effective; i++)
		if (reply->effective[i]->field == field)
			return reply->effective[i];
	fail_msg("no rule in force");
	return NULL;
}

static Gaon__Drift *drift_of(void **state, const char *field, bool shows_settled)
{
	Gaon__DriftReport *all = report(state, shows_settled);

	for (size_t i = 0; i < all->n_drifts; i++)
		if (strcmp(all->drifts[i]->field, field) == 0)
			return all->drifts[i];
	return NULL;
}

/** Somebody switches it off at the cloud. */
static void switch_off(void **state, const char *native_id)
{
	struct cloud cloud = cloud_open(state);
	struct provider_task task;

	assert_int_equal(cloud.ops->power(cloud.session, &cloud.call, native_id, VERB_STOP, &task).error, PROVIDER_OK);
	time_fake_advance(TIME_US_PER_SECOND);
	cloud_close(&cloud);
}

static void rename_there(void **state, const char *native_id, const char *name)
{
	struct cloud cloud = cloud_open(state);
	struct provider_task task;

	assert_int_equal(cloud.ops->rename(cloud.session, &cloud.call, native_id, name, &task).error, PROVIDER_OK);
	cloud_close(&cloud);
}

static void tag_there(void **state, const char *native_id, const char *tags)
{
	struct cloud cloud = cloud_open(state);
	struct provider_task task;
	struct json *parsed;

	assert_ok(json_parse(cloud.call.arena, slice_text(tags), NULL, &parsed));
	assert_int_equal(cloud.ops->tag(cloud.session, &cloud.call, native_id, parsed, &task).error, PROVIDER_OK);
	cloud_close(&cloud);
}

static const char *name_there(void **state, const char *native_id, const char **tags)
{
	struct cloud cloud = cloud_open(state);
	struct provider_machine machine;

	assert_int_equal(cloud.ops->get(cloud.session, &cloud.call, native_id, &machine).error, PROVIDER_OK);
	cloud_close(&cloud);
	*tags = json_print_canonical(cloud.call.arena, machine.tags);
	return machine.name;
}

static void power_is_only_reported_where_the_policy_says_so_and_metered_as_it_is(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");

	say(state, FIELD(POWER), ACTION(REPORT));
	switch_off(state, machine->native_id);
	look(state);
	assert_int_equal(line_get(*state, machine->name)->state, STATE(RUNNING));
	assert_int_equal(service_number(*state, "SELECT is_running FROM machine"), 0);
	Gaon__Drift *drift = drift_of(state, "power", false);
	assert_string_equal(drift->expected, "RUNNING");
	assert_string_equal(drift->observed, "STOPPED");
	assert_int_equal(drift->action, ACTION(REPORT));
	/* Once it is wanted so, nothing is left of it. */
	assert_ok(service_execute(*state, "UPDATE machine SET state = 3", SQL_NO_ARGS));
	assert_int_equal(look_in(state, true)->state, OPERATION(SUCCEEDED));
	assert_null(drift_of(state, "power", true));
}

static void power_is_adopted_when_nobody_said_anything(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");

	switch_off(state, machine->native_id);
	look(state);
	assert_int_equal(line_get(*state, machine->name)->state, STATE(STOPPED));
	assert_null(drift_of(state, "power", false));
	Gaon__Drift *drift = drift_of(state, "power", true);
	assert_true(drift->settled);
	assert_string_equal(drift->outcome, "adopted");
}

static void power_is_brought_back_by_an_operation(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");

	say(state, FIELD(POWER), ACTION(REVERT));
	switch_off(state, machine->native_id);
	look(state);
	Gaon__Machine *back = line_get(*state, machine->name);
	assert_int_equal(back->state, STATE(RUNNING));
	assert_int_equal(service_number(*state, "SELECT is_running FROM machine"), 1);
	Gaon__Drift *drift = drift_of(state, "power", false);
	assert_string_equal(line_operation(*state, drift->operation)->kind, "machine-start");
	assert_string_equal(line_operation(*state, drift->operation)->requested_by, "engine/drift");
	look(state);
	assert_null(drift_of(state, "power", false));
	assert_true(drift_of(state, "power", true)->settled);
}

static void a_size_is_brought_back_and_the_quotas_stay_true(void **state)
{
	struct line *line = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");
	static const int32_t vcpus[] = { 3, 1 };
	static const int64_t memory_mib[] = { 2048, 256 };

	say(state, FIELD(SIZE), ACTION(REVERT));
	for (int i = 0; i < 2; i++) {
		assert_true(simulator_alter(line->endpoint, machine->native_id, vcpus[i], memory_mib[i]));
		look(state);
		Gaon__Machine *back = line_get(*state, machine->name);
		assert_int_equal(back->state, STATE(RUNNING));
		assert_int_equal(back->vcpus, machine->vcpus);
		assert_int_equal(back->memory_mib, machine->memory_mib);
		assert_string_equal(back->size, machine->size);
		assert_int_equal(line_used(*state, WEB, VCPUS), machine->vcpus);
		assert_int_equal(line_used(*state, WEB, GAON__QUOTA_METRIC__QUOTA_METRIC_MEMORY_MIB), machine->memory_mib);
		look(state);
		assert_int_equal(report(state, false)->n_drifts, 0);
	}
}

static void a_size_is_adopted_with_its_quota_and_from_then_on_its_price(void **state)
{
	struct line *line = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");

	say(state, FIELD(SIZE), ACTION(ADOPT));
	/* Sooner than anything else would meter it. */
	time_fake_advance(20 * TIME_US_PER_SECOND);
	assert_true(simulator_alter(line->endpoint, machine->native_id, 3, 2048));
	look(state);
	Gaon__Machine *now = line_get(*state, machine->name);
	assert_int_equal(now->vcpus, 3);
	assert_int_equal(now->memory_mib, 2048);
	assert_int_equal(line_used(*state, WEB, VCPUS), 3);
	assert_int_equal(report(state, false)->n_drifts, 0);
	/* What was used until now was used in the old size. */
	assert_int_equal(service_number(*state, "SELECT metered_us FROM machine"), time_now_us());
	assert_int_equal(service_number(*state, "SELECT count(*) FROM usage_record WHERE meter = 2"), 1);
}

static void an_operation_does_not_take_over_a_size_that_is_only_to_be_reported(void **state)
{
	struct line *line = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;

	assert_true(simulator_alter(line->endpoint, machine->native_id, 8, 4096));
	assert_int_equal(line_did(*state, line_power(*state, "RebootMachine", machine->name, &operation), &operation)->state,
			 OPERATION(SUCCEEDED));
	assert_int_equal(line_get(*state, machine->name)->vcpus, 1);
	assert_int_equal(line_used(*state, WEB, VCPUS), 1);
	look(state);
	assert_string_equal(drift_of(state, "vcpus", false)->observed, "8");
}

static void names_and_tags_are_reported_unless_somebody_says_otherwise(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");

	tag_there(state, machine->native_id, "{\"env\": \"prod\", \"team\": \"web\"}");
	rename_there(state, machine->native_id, "renamed");
	look(state);
	assert_string_equal(drift_of(state, "name", false)->expected, "web-1");
	assert_string_equal(drift_of(state, "name", false)->observed, "renamed");
	assert_string_equal(drift_of(state, "tags", false)->expected, "{}");
	assert_string_equal(drift_of(state, "tags", false)->observed, "{\"env\":\"prod\",\"team\":\"web\"}");
	assert_string_equal(line_get(*state, machine->name)->display_name, "web-1");
}

static void names_and_tags_are_brought_back_by_one_operation(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	const char *tags;

	assert_ok(set_policy(state, ACME, FIELD(NAME), ACTION(REVERT), ""));
	say(state, FIELD(TAGS), ACTION(REVERT));
	tag_there(state, machine->native_id, "{\"env\": \"prod\"}");
	rename_there(state, machine->native_id, "renamed");
	look(state);
	assert_string_equal(name_there(state, machine->native_id, &tags), "web-1");
	assert_string_equal(tags, "{}");
	assert_int_equal(service_number(*state, "SELECT count(*) FROM operation WHERE kind = 'machine-restore'"), 1);
	assert_int_equal(line_get(*state, machine->name)->state, STATE(RUNNING));
	look(state);
	assert_int_equal(report(state, false)->n_drifts, 0);
	assert_int_equal(report(state, true)->n_drifts, 2);
}

static void names_and_tags_are_adopted(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");

	assert_ok(set_policy(state, ACME, FIELD(NAME), ACTION(ADOPT), ""));
	say(state, FIELD(TAGS), ACTION(ADOPT));
	tag_there(state, machine->native_id, "{\"env\": \"prod\"}");
	rename_there(state, machine->native_id, "renamed");
	look(state);
	assert_string_equal(line_get(*state, machine->name)->display_name, "renamed");
	assert_int_equal(report(state, false)->n_drifts, 0);
	/* And from then on they are what is wanted. */
	tag_there(state, machine->native_id, "{}");
	say(state, FIELD(TAGS), ACTION(REPORT));
	look(state);
	assert_string_equal(drift_of(state, "tags", false)->expected, "{\"env\":\"prod\"}");
}

static void what_waits_to_be_brought_back_is_looked_at_again_though_nothing_changed(void **state)
{
	struct line *line = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");

	/* Both drifted: the size comes first, the name at the next look, which hears of no change. */
	assert_ok(set_policy(state, ACME, FIELD(NAME), ACTION(REVERT), ""));
	say(state, FIELD(SIZE), ACTION(REVERT));
	look(state);
	rename_there(state, machine->native_id, "renamed");
	assert_true(simulator_alter(line->endpoint, machine->native_id, 3, machine->memory_mib));
	look(state);
	look(state);
	look(state);
	assert_int_equal(report(state, false)->n_drifts, 0);
	assert_int_equal(service_number(*state, "SELECT count(*) FROM operation WHERE kind = 'machine-resize'"), 1);
	assert_int_equal(service_number(*state, "SELECT count(*) FROM operation WHERE kind = 'machine-restore'"), 1);
	assert_int_equal(service_number(*state, "SELECT count(*) FROM observed_resource WHERE is_pending = 1"), 0);
}

static void what_is_ignored_is_in_no_report(void **state)
{
	struct line *line = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");

	assert_true(simulator_alter(line->endpoint, machine->native_id, 3, 2048));
	look(state);
	assert_int_equal(report(state, false)->n_drifts, 2);
	say(state, FIELD(SIZE), ACTION(IGNORE));
	look(state);
	assert_int_equal(report(state, true)->n_drifts, 0);
	assert_int_equal(line_get(*state, machine->name)->vcpus, machine->vcpus);
}

static void what_drifts_again_and_again_is_brought_back_three_times_a_day(void **state)
{
	struct line *line = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");

	say(state, FIELD(SIZE), ACTION(REVERT));
	for (int i = 0; i < 5; i++) {
		assert_true(simulator_alter(line->endpoint, machine->native_id, 3, machine->memory_mib));
		look(state);
	}
	assert_int_equal(service_number(*state, "SELECT count(*) FROM operation WHERE kind = 'machine-resize'"), 3);
	Gaon__Drift *drift = drift_of(state, "vcpus", false);
	assert_non_null(strstr(drift->outcome, "three times"));
	assert_false(drift->settled);
	time_fake_advance(25 * TIME_US_PER_HOUR);
	look(state);
	assert_int_equal(service_number(*state, "SELECT count(*) FROM operation WHERE kind = 'machine-resize'"), 4);
}

static void what_cannot_be_brought_back_now_says_why(void **state)
{
	struct line *line = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;

	assert_int_equal(line_did(*state, line_power(*state, "SuspendMachine", machine->name, &operation), &operation)->state,
			 OPERATION(SUCCEEDED));
	say(state, FIELD(SIZE), ACTION(REVERT));
	assert_true(simulator_alter(line->endpoint, machine->native_id, 3, machine->memory_mib));
	look(state);
	assert_non_null(strstr(drift_of(state, "vcpus", false)->outcome, "SUSPENDED"));
	assert_int_equal(service_number(*state, "SELECT count(*) FROM operation WHERE kind = 'machine-resize'"), 0);
	assert_string_equal(line_get(*state, machine->name)->operation, "");
}

static void a_machine_that_is_worked_on_is_compared_the_next_time(void **state)
{
	struct line *line = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;

	assert_ok(line_power(*state, "RebootMachine", machine->name, &operation));
	assert_ok(service_execute(*state, "UPDATE operation SET due_us = due_us + 60000000 WHERE kind = 'machine-reboot'", SQL_NO_ARGS));
	assert_true(simulator_alter(line->endpoint, machine->native_id, 3, machine->memory_mib));
	look_beside(state);
	assert_int_equal(report(state, false)->n_drifts, 0);
	assert_int_equal(service_number(*state, "SELECT count(*) FROM observed_resource WHERE is_pending = 1"), 1);
}

static void a_deleted_machine_takes_its_drift_with_it(void **state)
{
	struct line *line = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;

	assert_true(simulator_alter(line->endpoint, machine->native_id, 3, 2048));
	look(state);
	assert_int_equal(line_did(*state, line_delete(*state, machine->name, &operation), &operation)->state, OPERATION(SUCCEEDED));
	assert_int_equal(service_number(*state, "SELECT count(*) FROM drift"), 0);
}

static void a_policy_holds_below_unless_somebody_nearer_says_otherwise(void **state)
{
	assert_int_equal(rule_in_force(state, LAB, FIELD(POWER))->action, ACTION(ADOPT));
	assert_int_equal(rule_in_force(state, LAB, FIELD(SIZE))->action, ACTION(REPORT));
	assert_string_equal(rule_in_force(state, LAB, FIELD(SIZE))->source, "");
	assert_ok(set_policy(state, "tenants/msp", FIELD(SIZE), ACTION(REVERT), ""));
	assert_int_equal(rule_in_force(state, LAB, FIELD(SIZE))->action, ACTION(REVERT));
	assert_string_equal(rule_in_force(state, LAB, FIELD(SIZE))->source, "tenants/msp");
	assert_ok(set_policy(state, LAB, FIELD(SIZE), ACTION(IGNORE), ""));
	assert_int_equal(rule_in_force(state, LAB, FIELD(SIZE))->action, ACTION(IGNORE));
	assert_string_equal(rule_in_force(state, LAB, FIELD(SIZE))->source, LAB);
	assert_int_equal(rule_in_force(state, ACME, FIELD(SIZE))->action, ACTION(REVERT));
}

static void a_policy_that_cannot_be_kept_is_refused(void **state)
{
	assert_fails(set_policy(state, LAB, FIELD(NETWORK), ACTION(REVERT), ""), STATUS_INVALID_ARGUMENT, "DRIFT_ACTION_UNSUPPORTED");
	assert_fails(set_policy(state, LAB, FIELD(UNSPECIFIED), ACTION(REVERT), ""), STATUS_INVALID_ARGUMENT, "INVALID_FIELD");
	assert_fails(set_policy(state, "tenants/acme/connections/none", FIELD(SIZE), ACTION(REVERT), ""), STATUS_NOT_FOUND,
		     "CONNECTION_NOT_FOUND");
	assert_fails(set_policy(state, LAB "/sizes/small", FIELD(SIZE), ACTION(REVERT), ""), STATUS_INVALID_ARGUMENT, "INVALID_FIELD");
	assert_ok(set_policy(state, LAB, FIELD(SIZE), ACTION(REVERT), ""));
	assert_fails(set_policy(state, LAB, FIELD(SIZE), ACTION(REPORT), "7"), STATUS_ABORTED, "ETAG_STALE");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LINE_TEST(power_is_only_reported_where_the_policy_says_so_and_metered_as_it_is),
		LINE_TEST(power_is_adopted_when_nobody_said_anything),
		LINE_TEST(power_is_brought_back_by_an_operation),
		LINE_TEST(a_size_is_brought_back_and_the_quotas_stay_true),
		LINE_TEST(a_size_is_adopted_with_its_quota_and_from_then_on_its_price),
		LINE_TEST(an_operation_does_not_take_over_a_size_that_is_only_to_be_reported),
		LINE_TEST(names_and_tags_are_reported_unless_somebody_says_otherwise),
		LINE_TEST(names_and_tags_are_brought_back_by_one_operation),
		LINE_TEST(names_and_tags_are_adopted),
		LINE_TEST(what_waits_to_be_brought_back_is_looked_at_again_though_nothing_changed),
		LINE_TEST(what_is_ignored_is_in_no_report),
		LINE_TEST(what_drifts_again_and_again_is_brought_back_three_times_a_day),
		LINE_TEST(what_cannot_be_brought_back_now_says_why),
		LINE_TEST(a_machine_that_is_worked_on_is_compared_the_next_time),
		LINE_TEST(a_deleted_machine_takes_its_drift_with_it),
		LINE_TEST(a_policy_holds_below_unless_somebody_nearer_says_otherwise),
		LINE_TEST(a_policy_that_cannot_be_kept_is_refused),
	};

	return cmocka_run_group_tests_name("lifecycle_drift", tests, NULL, NULL);
}
