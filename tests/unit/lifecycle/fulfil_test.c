/* SPDX-License-Identifier: Apache-2.0 */
/* fulfil_test.c: what an approved order does: each kind of item, several at once, and when one of them fails. */
#include <string.h>

#include "providers/simulator/simulator.h"
#include "runtime/base/time.h"
#include "tests/support/line_fixture.h"

#define STATE(name) GAON__MACHINE_STATE__MACHINE_STATE_##name
#define ITEM(name) GAON__ORDER_ITEM_STATE__ORDER_ITEM_STATE_##name
#define ORDER(name) GAON__ORDER_STATE__ORDER_STATE_##name

static const struct line_item one = { .action = ORDER_ADD, .parameters = "image=debian-12,disk_gib=5,name=web-1" };

static Gaon__Order *fulfil(void **state, const struct line_item *items, size_t count)
{
	Gaon__Order *order = line_order(*state, WEB, items, count);

	line_run(*state);
	return line_get_order(*state, order->name);
}

static void each_added_item_becomes_a_deployment_with_a_machine(void **state)
{
	struct line *line = *state;
	const struct line_item items[] = { one, one, { .action = ORDER_ADD, .parameters = "image=debian-12,size=large,name=big" } };
	Gaon__Order *order = fulfil(state, items, 3);

	assert_int_equal(order->state, ORDER(FULFILLED));
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(order->items[i]->state, ITEM(FULFILLED));
		assert_string_not_equal(order->items[i]->operation, "");
		Gaon__Deployment *deployment = line_deployment(*state, order->items[i]->deployment);
		assert_int_equal(deployment->state, GAON__DEPLOYMENT_STATE__DEPLOYMENT_STATE_ACTIVE);
		assert_string_equal(deployment->order, order->name);
		assert_int_equal(line_get(*state, deployment->machines[0])->state, STATE(RUNNING));
	}
	assert_int_equal(line_machine_of(*state, order->items[2]->deployment)->memory_mib, 2048);
	assert_int_equal(simulator_count(line->endpoint, NULL), 3);
}

static void an_order_changes_acts_on_and_removes_what_another_made(void **state)
{
	struct line *line = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");
	const struct line_item change = { .action = ORDER_CHANGE, .parameters = "size=medium", .deployment = machine->deployment };
	const struct line_item stop = { .action = ORDER_ACT, .verb = "stop", .deployment = machine->deployment };
	const struct line_item remove = { .action = ORDER_REMOVE, .deployment = machine->deployment };

	assert_int_equal(fulfil(state, &change, 1)->state, ORDER(FULFILLED));
	assert_string_equal(line_get(*state, machine->name)->size, "medium");
	assert_int_equal(line_get(*state, machine->name)->vcpus, 2);
	assert_string_equal(line_parameter(*state, machine->deployment, "size"), "medium");
	assert_string_equal(line_parameter(*state, machine->deployment, "image"), "debian-12");
	assert_string_equal(line_parameter(*state, machine->deployment, "name"), "web-1");
	assert_int_equal(fulfil(state, &stop, 1)->state, ORDER(FULFILLED));
	assert_int_equal(line_get(*state, machine->name)->state, STATE(STOPPED));
	assert_int_equal(fulfil(state, &remove, 1)->state, ORDER(FULFILLED));
	assert_int_equal(line_get(*state, machine->name)->state, STATE(DELETED));
	assert_int_equal(simulator_count(line->endpoint, NULL), 0);
}

static void one_item_that_cannot_begin_does_not_hold_up_the_others(void **state)
{
	struct line *line = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");
	const struct line_item items[] = { { .action = ORDER_ACT, .verb = "resume", .deployment = machine->deployment }, one };
	Gaon__Order *order = fulfil(state, items, 2);

	assert_int_equal(order->state, ORDER(FAILED));
	assert_int_equal(order->items[0]->state, ITEM(FAILED));
	assert_non_null(strstr(order->items[0]->message, "RUNNING"));
	assert_string_equal(order->items[0]->operation, "");
	assert_int_equal(order->items[1]->state, ITEM(FULFILLED));
	assert_int_equal(simulator_count(line->endpoint, NULL), 2);
	assert_int_equal(line_used(*state, WEB, GAON__QUOTA_METRIC__QUOTA_METRIC_MACHINES), 2);
}

static void one_item_that_fails_leaves_the_others_in_place(void **state)
{
	struct line *line = *state;
	const struct line_item items[] = { one, one, one };

	line_cloud(*state, "{\"quota\": 2}");
	Gaon__Order *order = fulfil(state, items, 3);
	int fulfilled = 0, failed = 0;
	for (size_t i = 0; i < 3; i++) {
		fulfilled += order->items[i]->state == ITEM(FULFILLED);
		failed += order->items[i]->state == ITEM(FAILED);
	}
	assert_int_equal(fulfilled, 2);
	assert_int_equal(failed, 1);
	assert_int_equal(order->state, ORDER(FAILED));
	assert_string_not_equal(order->state_message, "");
	assert_int_equal(simulator_count(line->endpoint, NULL), 2);
	assert_int_equal(line_used(*state, WEB, GAON__QUOTA_METRIC__QUOTA_METRIC_MACHINES), 2);
}

static void an_order_whose_operation_is_cancelled_at_once_makes_nothing(void **state)
{
	Gaon__Order *order = line_order(*state, WEB, &one, 1);
	Gaon__CancelOperationRequest cancel = GAON__CANCEL_OPERATION_REQUEST__INIT;
	Gaon__Operation reply;

	cancel.name = order->operation;
	assert_ok(service_call(*state, &gaon_lifecycle_table, "CancelOperation", &cancel, &reply));
	line_run(*state);
	order = line_get_order(*state, order->name);
	assert_int_equal(order->state, ORDER(FAILED));
	assert_int_equal(order->items[0]->state, ITEM(CANCELLED));
	assert_int_equal(service_number(*state, "SELECT count(*) FROM machine"), 0);
	assert_int_equal(line_used(*state, WEB, GAON__QUOTA_METRIC__QUOTA_METRIC_MACHINES), 0);
}

/** A worker that loses its lease between what a step did and its record may run it once more: nothing is begun twice. */
static void a_step_whose_record_was_lost_begins_nothing_twice(void **state)
{
	const struct line_item items[] = { one, one };
	Gaon__Order *order = line_order(*state, WEB, items, 2);

	service_run(*state, 1);
	assert_int_equal(service_number(*state, "SELECT count(*) FROM operation WHERE kind = 'machine-create'"), 2);
	assert_ok(service_execute(*state,
				  "UPDATE operation SET step = 0, is_prepared = 0, is_begun = 0 WHERE kind = 'fulfil-order'",
				  SQL_NO_ARGS));
	line_run(*state);
	assert_int_equal(line_get_order(*state, order->name)->state, ORDER(FULFILLED));
	assert_int_equal(line_operation(*state, order->operation)->state, GAON__OPERATION_STATE__OPERATION_STATE_SUCCEEDED);
	assert_int_equal(service_number(*state, "SELECT count(*) FROM operation WHERE kind = 'machine-create'"), 2);
	assert_int_equal(service_number(*state, "SELECT count(*) FROM machine"), 2);
}

static Gaon__Deployment *move_lease(void **state, const char *deployment, int64_t end_us, struct status *status)
{
	struct service_fixture *fixture = *state;
	Gaon__SetDeploymentLeaseRequest request = GAON__SET_DEPLOYMENT_LEASE_REQUEST__INIT;
	Gaon__Deployment *reply = ARENA_NEW(fixture->arena, Gaon__Deployment);
	Google__Protobuf__Timestamp end = GOOGLE__PROTOBUF__TIMESTAMP__INIT;

	end.seconds = end_us / TIME_US_PER_SECOND;
	request.name = deployment;
	request.lease_end_time = end_us ? &end : NULL;
	*status = service_call(*state, &gaon_lifecycle_table, "SetDeploymentLease", &request, reply);
	return reply;
}

static void a_lease_is_moved_within_what_the_product_allows(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	int64_t now_us = time_now_us();
	struct status status;

	move_lease(state, machine->deployment, now_us + 91 * TIME_US_PER_DAY, &status);
	assert_string_equal(status.reason, "LEASE_TOO_LONG");
	move_lease(state, machine->deployment, 0, &status);
	assert_string_equal(status.reason, "LEASE_TOO_LONG");
	move_lease(state, machine->deployment, now_us - 1, &status);
	assert_string_equal(failed_field(status), "lease_end_time");
	Gaon__Deployment *moved = move_lease(state, machine->deployment, now_us + 80 * TIME_US_PER_DAY, &status);
	assert_ok(status);
	assert_int_equal(moved->lease_end_time->seconds, (now_us + 80 * TIME_US_PER_DAY) / TIME_US_PER_SECOND);
	assert_int_equal(line_get(*state, machine->name)->lease_end_time->seconds, moved->lease_end_time->seconds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LINE_TEST(each_added_item_becomes_a_deployment_with_a_machine),
		LINE_TEST(an_order_changes_acts_on_and_removes_what_another_made),
		LINE_TEST(one_item_that_cannot_begin_does_not_hold_up_the_others),
		LINE_TEST(one_item_that_fails_leaves_the_others_in_place),
		LINE_TEST(an_order_whose_operation_is_cancelled_at_once_makes_nothing),
		LINE_TEST(a_step_whose_record_was_lost_begins_nothing_twice),
		LINE_TEST(a_lease_is_moved_within_what_the_product_allows),
	};

	return cmocka_run_group_tests_name("lifecycle_fulfil", tests, NULL, NULL);
}
