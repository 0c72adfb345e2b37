/* SPDX-License-Identifier: Apache-2.0 */
/* quota_test.c: what is taken of a quota, by whom, and that exactly that comes back. */
#include "providers/simulator/simulator.h"
#include "tests/support/line_fixture.h"

#define MACHINES GAON__QUOTA_METRIC__QUOTA_METRIC_MACHINES
#define VCPUS GAON__QUOTA_METRIC__QUOTA_METRIC_VCPUS
#define MEMORY GAON__QUOTA_METRIC__QUOTA_METRIC_MEMORY_MIB
#define DISK GAON__QUOTA_METRIC__QUOTA_METRIC_DISK_GIB
#define MSP "tenants/msp"

static const struct line_item one = { .action = ORDER_ADD, .parameters = "image=debian-12,disk_gib=5,name=web-1" };

static void assert_used(void **state, const char *scope, int64_t machines, int64_t vcpus, int64_t memory_mib, int64_t disk_gib)
{
	assert_int_equal(line_used(*state, scope, MACHINES), machines);
	assert_int_equal(line_used(*state, scope, VCPUS), vcpus);
	assert_int_equal(line_used(*state, scope, MEMORY), memory_mib);
	assert_int_equal(line_used(*state, scope, DISK), disk_gib);
}

static void an_order_takes_from_its_project_and_every_tenant_above(void **state)
{
	line_order(*state, WEB, &one, 1);
	assert_used(state, WEB, 1, 1, 512, 5);
	assert_used(state, ACME, 1, 1, 512, 5);
	assert_used(state, MSP, 1, 1, 512, 5);
	assert_used(state, API, 0, 0, 0, 0);
	assert_used(state, "tenants/other", 0, 0, 0, 0);
	line_run(*state);
	assert_used(state, ACME, 1, 1, 512, 5);
}

static void a_quota_of_any_scope_bounds_the_order(void **state)
{
	static const char *const scopes[] = { WEB, ACME, MSP };
	const struct line_item two[] = { one, one };
	Gaon__Order order;

	for (size_t i = 0; i < 3; i++) {
		line_quota(*state, scopes[i], MACHINES, 1);
		Gaon__PreviewOrderResponse *plan = line_preview(*state, WEB, two, 2);
		assert_int_equal(plan->n_blockers, 1);
		assert_string_equal(plan->blockers[0]->reason, "QUOTA_EXCEEDED");
		assert_int_equal(plan->quota_effects[0]->added, 2);
		assert_int_equal(plan->quota_effects[0]->limit, 1);
		assert_fails(line_try_order(*state, WEB, two, 2, "", &order), STATUS_FAILED_PRECONDITION, "ORDER_BLOCKED");
		assert_int_equal(line_preview(*state, WEB, &one, 1)->n_blockers, 0);
		assert_ok(service_execute(*state, "DELETE FROM quota", SQL_NO_ARGS));
	}
}

static void projects_share_the_quota_of_their_tenant(void **state)
{
	Gaon__Order order;

	line_quota(*state, ACME, VCPUS, 2);
	line_order(*state, WEB, &one, 1);
	line_order(*state, API, &one, 1);
	assert_fails(line_try_order(*state, API, &one, 1, "", &order), STATUS_FAILED_PRECONDITION, "ORDER_BLOCKED");
	assert_int_equal(line_used(*state, ACME, VCPUS), 2);
}

static void a_machine_gives_back_all_that_it_took(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;

	assert_used(state, WEB, 1, 1, 512, 5);
	line_did(*state, line_delete(*state, machine->name, &operation), &operation);
	assert_used(state, WEB, 0, 0, 0, 0);
	assert_used(state, MSP, 0, 0, 0, 0);
}

static void a_create_that_fails_gives_back_all_that_it_took(void **state)
{
	line_cloud(*state, "{\"failure_rate\": 1, \"failure_classes\": [\"INVALID\"]}");
	Gaon__Order *order = line_order(*state, WEB, &one, 1);

	assert_used(state, WEB, 1, 1, 512, 5);
	line_run(*state);
	assert_int_equal(line_get_order(*state, order->name)->state, GAON__ORDER_STATE__ORDER_STATE_FAILED);
	assert_used(state, WEB, 0, 0, 0, 0);
	assert_used(state, MSP, 0, 0, 0, 0);
}

static void a_resize_takes_or_gives_the_difference(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;

	assert_ok(line_resize(*state, machine->name, "x-large", true, &operation));
	assert_used(state, WEB, 1, 4, 8192, 5); /* before the cloud was asked */
	assert_int_equal(line_did(*state, OK, &operation)->state, GAON__OPERATION_STATE__OPERATION_STATE_SUCCEEDED);
	assert_used(state, WEB, 1, 4, 8192, 5);
	assert_ok(line_resize(*state, machine->name, "tiny", true, &operation));
	assert_used(state, WEB, 1, 4, 8192, 5); /* not before it is smaller */
	line_run(*state);
	assert_used(state, WEB, 1, 1, 128, 5);
	line_did(*state, line_delete(*state, machine->name, &operation), &operation);
	assert_used(state, WEB, 0, 0, 0, 0);
}

static void a_resize_beyond_the_quota_is_refused(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;

	line_quota(*state, WEB, MEMORY, 1000);
	assert_fails(line_resize(*state, machine->name, "medium", true, &operation), STATUS_FAILED_PRECONDITION, "QUOTA_EXCEEDED");
	assert_used(state, WEB, 1, 1, 512, 5);
	assert_string_equal(line_get(*state, machine->name)->operation, "");
}

static void a_resize_that_the_cloud_refuses_gives_back_what_it_took(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;

	line_cloud(*state, "{\"capacity_vcpus\": 2}");
	assert_int_equal(line_did(*state, line_resize(*state, machine->name, "x-large", true, &operation), &operation)->state,
			 GAON__OPERATION_STATE__OPERATION_STATE_FAILED);
	assert_used(state, WEB, 1, 1, 512, 5);
	assert_int_equal(line_get(*state, machine->name)->state, GAON__MACHINE_STATE__MACHINE_STATE_RUNNING);
}

static void an_ordered_change_of_a_busy_machine_takes_nothing(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	const struct line_item change = { .action = ORDER_CHANGE, .parameters = "size=x-large", .deployment = machine->deployment };
	Gaon__Order *order = line_order(*state, WEB, &change, 1);
	Gaon__Operation operation;

	/* Somebody is faster than the order. */
	assert_ok(line_power(*state, "SuspendMachine", machine->name, &operation));
	line_run(*state);
	Gaon__Order *now = line_get_order(*state, order->name);
	assert_int_equal(now->state, GAON__ORDER_STATE__ORDER_STATE_FAILED);
	assert_int_equal(now->items[0]->state, GAON__ORDER_ITEM_STATE__ORDER_ITEM_STATE_FAILED);
	assert_used(state, WEB, 1, 1, 512, 5);
}

static void what_a_revert_makes_of_a_machine_counts(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;
	Gaon__CreateSnapshotRequest take = GAON__CREATE_SNAPSHOT_REQUEST__INIT;
	Gaon__RevertSnapshotRequest revert = GAON__REVERT_SNAPSHOT_REQUEST__INIT;
	struct service_fixture *fixture = *state;

	take.parent = machine->name;
	take.snapshot_id = "small";
	line_did(*state, service_call(*state, &gaon_lifecycle_table, "CreateSnapshot", &take, &operation), &operation);
	line_did(*state, line_resize(*state, machine->name, "x-large", true, &operation), &operation);
	assert_used(state, WEB, 1, 4, 8192, 5);
	revert.name = arena_printf(fixture->arena, "%s/snapshots/small", machine->name);
	assert_int_equal(line_did(*state, service_call(*state, &gaon_lifecycle_table, "RevertSnapshot", &revert, &operation),
				  &operation)
				 ->state,
			 GAON__OPERATION_STATE__OPERATION_STATE_SUCCEEDED);
	assert_int_equal(line_get(*state, machine->name)->vcpus, 1);
	assert_used(state, WEB, 1, 1, 512, 5);
	line_did(*state, line_delete(*state, machine->name, &operation), &operation);
	assert_used(state, WEB, 0, 0, 0, 0);
}

static void a_limit_below_what_is_used_stops_only_what_is_new(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Order order;
	Gaon__Operation operation;

	line_quota(*state, WEB, VCPUS, 0);
	assert_fails(line_try_order(*state, WEB, &one, 1, "", &order), STATUS_FAILED_PRECONDITION, "ORDER_BLOCKED");
	line_did(*state, line_resize(*state, machine->name, "tiny", true, &operation), &operation);
	line_did(*state, line_delete(*state, machine->name, &operation), &operation);
	assert_used(state, WEB, 0, 0, 0, 0);
}

static void one_scope_has_one_quota_of_a_metric(void **state)
{
	Gaon__CreateQuotaRequest request = GAON__CREATE_QUOTA_REQUEST__INIT;
	Gaon__Quota quota = GAON__QUOTA__INIT, reply;

	line_quota(*state, WEB, VCPUS, 5);
	request.parent = WEB;
	request.quota_id = "another";
	request.quota = &quota;
	quota.metric = VCPUS;
	assert_fails(service_call(*state, &gaon_request_table, "CreateQuota", &request, &reply), STATUS_ALREADY_EXISTS,
		     "QUOTA_EXISTS");
	quota.metric = GAON__QUOTA_METRIC__QUOTA_METRIC_UNSPECIFIED;
	assert_fails(service_call(*state, &gaon_request_table, "CreateQuota", &request, &reply), STATUS_INVALID_ARGUMENT,
		     "INVALID_FIELD");
	request.parent = "tenants/acme/projects/none";
	assert_fails(service_call(*state, &gaon_request_table, "CreateQuota", &request, &reply), STATUS_NOT_FOUND,
		     "PROJECT_NOT_FOUND");
}

static void a_stale_etag_changes_no_quota(void **state)
{
	Gaon__UpdateQuotaRequest request = GAON__UPDATE_QUOTA_REQUEST__INIT;
	Gaon__Quota quota = GAON__QUOTA__INIT, reply;

	line_quota(*state, WEB, VCPUS, 5);
	quota.name = WEB "/quotas/q2";
	quota.limit = 7;
	request.quota = &quota;
	assert_ok(service_call(*state, &gaon_request_table, "UpdateQuota", &request, &reply));
	assert_int_equal(reply.limit, 7);
	quota.etag = reply.etag;
	quota.limit = 8;
	assert_ok(service_call(*state, &gaon_request_table, "UpdateQuota", &request, &reply));
	quota.limit = 9;
	assert_fails(service_call(*state, &gaon_request_table, "UpdateQuota", &request, &reply), STATUS_ABORTED, "ETAG_STALE");
	assert_int_equal(service_number(*state, "SELECT limit_value FROM quota"), 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LINE_TEST(an_order_takes_from_its_project_and_every_tenant_above),
		LINE_TEST(a_quota_of_any_scope_bounds_the_order),
		LINE_TEST(projects_share_the_quota_of_their_tenant),
		LINE_TEST(a_machine_gives_back_all_that_it_took),
		LINE_TEST(a_create_that_fails_gives_back_all_that_it_took),
		LINE_TEST(a_resize_takes_or_gives_the_difference),
		LINE_TEST(a_resize_beyond_the_quota_is_refused),
		LINE_TEST(a_resize_that_the_cloud_refuses_gives_back_what_it_took),
		LINE_TEST(an_ordered_change_of_a_busy_machine_takes_nothing),
		LINE_TEST(what_a_revert_makes_of_a_machine_counts),
		LINE_TEST(a_limit_below_what_is_used_stops_only_what_is_new),
		LINE_TEST(one_scope_has_one_quota_of_a_metric),
		LINE_TEST(a_stale_etag_changes_no_quota),
	};

	return cmocka_run_group_tests_name("request_quota", tests, NULL, NULL);
}
