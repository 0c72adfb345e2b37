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

/** The cloud has it STOPPED, and our books RUNNING: as if somebody had switched it off there. */
static void switch_off(void **state, const char *machine)
{
	Gaon__Operation operation;

	assert_int_equal(line_did(*state, line_power(*state, "StopMachine", machine, &operation), &operation)->state, OPERATION(SUCCEEDED));
	assert_ok(service_execute(*state, "UPDATE machine SET state = 2, is_running = 1", SQL_NO_ARGS));
}

static void power_is_only_reported_where_the_policy_says_so_and_metered_as_it_is(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");

	say(state, FIELD(POWER), ACTION(REPORT));
	switch_off(state, machine->name);
	look(state);
	assert_int_equal(line_get(*state, machine->name)->state, STATE(RUNNING));
	assert_int_equal(service_number(*state, "SELECT is_running FROM machine"), 0);
	Gaon__Drift *drift = drift_of(state, "power", false);
	assert_string_equal(drift->expected, "RUNNING");
	assert_string_equal(drift->observed, "STOPPED");
	assert_int_equal(drift->action, ACTION(REPORT));
	/* Started again there, nothing is left of it. */
	assert_ok(service_execute(*state, "UPDATE machine SET state = 3", SQL_NO_ARGS));
	look(state);
	assert_null(drift_of(state, "power", true));
}

static void power_is_adopted_when_nobody_said_anything(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");

	switch_off(state, machine->name);
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
	switch_off(state, machine->name);
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
	Gaon__SyncConnectionRequest request = GAON__SYNC_CONNECTION_REQUEST__INIT;
	Gaon__Operation operation, sync;

	assert_ok(line_power(*state, "RebootMachine", machine->name, &operation));
	assert_ok(service_execute(*state, "UPDATE operation SET due_us = due_us + 60000000 WHERE kind = 'machine-reboot'", SQL_NO_ARGS));
	assert_true(simulator_alter(line->endpoint, machine->native_id, 3, machine->memory_mib));
	request.name = LAB;
	assert_ok(service_call(*state, &gaon_lifecycle_table, "SyncConnection", &request, &sync));
	engine_run_due(line->base.engine);
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
