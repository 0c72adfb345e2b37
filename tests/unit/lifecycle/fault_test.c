/* SPDX-License-Identifier: Apache-2.0 */
/* fault_test.c: clouds that fail, lose replies, hide what they made: nothing is left over, nothing is made twice. */
#include <string.h>

#include "providers/simulator/simulator.h"
#include "tests/support/line_fixture.h"
#include "tests/unit/lifecycle/look.h"

#define STATE(name) GAON__MACHINE_STATE__MACHINE_STATE_##name
#define SUCCEEDED GAON__OPERATION_STATE__OPERATION_STATE_SUCCEEDED
#define FAILED GAON__OPERATION_STATE__OPERATION_STATE_FAILED
#define MACHINES GAON__QUOTA_METRIC__QUOTA_METRIC_MACHINES

static const struct line_item one = { .action = ORDER_ADD, .parameters = "image=debian-12,disk_gib=5,name=web-1" };

static void a_failed_create_leaves_nothing(void **state)
{
	struct line *line = *state;

	line_cloud(*state, "{\"task_failure_rate\": 1}");
	Gaon__Order *order = line_order(*state, WEB, &one, 1);
	service_run(*state, 3);
	assert_int_equal(simulator_calls(line->endpoint, VERB_CREATE), 1);
	line_cloud(*state, "{}");
	line_run(*state);
	order = line_get_order(*state, order->name);
	Gaon__Machine *machine = line_machine_of(*state, order->items[0]->deployment);
	Gaon__Operation operation;

	assert_int_equal(order->state, GAON__ORDER_STATE__ORDER_STATE_FAILED);
	assert_int_equal(order->items[0]->state, GAON__ORDER_ITEM_STATE__ORDER_ITEM_STATE_FAILED);
	assert_string_not_equal(order->items[0]->message, "");
	assert_int_equal(machine->state, STATE(FAILED));
	assert_string_not_equal(machine->state_message, "");
	assert_string_equal(machine->native_id, "");
	assert_int_equal(line_deployment(*state, machine->deployment)->state, GAON__DEPLOYMENT_STATE__DEPLOYMENT_STATE_FAILED);
	assert_int_equal(line_used(*state, WEB, MACHINES), 0);
	assert_int_equal(simulator_count(line->endpoint, NULL), 0);
	assert_fails(line_delete(*state, machine->name, &operation), STATUS_FAILED_PRECONDITION, "MACHINE_STATE");
}

static void what_an_undo_could_not_remove_can_be_deleted_and_counts_once(void **state)
{
	struct line *line = *state;
	Gaon__Operation operation;

	/* It is made, but never becomes ready; then the cloud refuses to have it removed. */
	line_cloud(*state, "{\"work_ms\": 7200000}");
	Gaon__Order *order = line_order(*state, WEB, &one, 1);
	service_run(*state, 10);
	line_cloud(*state, "{\"work_ms\": 7200000, \"failure_rate\": 1, \"failure_classes\": [\"FORBIDDEN\"]}");
	line_run(*state);
	Gaon__Machine *machine = line_machine_of(*state, order->items[0]->deployment);
	assert_int_equal(machine->state, STATE(FAILED));
	assert_string_not_equal(machine->native_id, "");
	assert_int_equal(line_used(*state, WEB, MACHINES), 0);
	line_cloud(*state, "{\"work_ms\": 0}");
	assert_int_equal(line_did(*state, line_delete(*state, machine->name, &operation), &operation)->state, SUCCEEDED);
	assert_int_equal(simulator_count(line->endpoint, NULL), 0);
	assert_int_equal(line_used(*state, WEB, MACHINES), 0);
	assert_int_equal(line_used(*state, "tenants/msp", MACHINES), 0);
	assert_int_equal(line_deployment(*state, machine->deployment)->state, GAON__DEPLOYMENT_STATE__DEPLOYMENT_STATE_DELETED);
}

static void a_create_whose_reply_was_lost_is_adopted(void **state)
{
	struct line *line = *state;

	line_cloud(*state, "{\"lost_reply_rate\": 1, \"client_token\": false}");
	Gaon__Order *order = line_order(*state, WEB, &one, 1);
	service_run(*state, 3);
	line_cloud(*state, "{\"client_token\": false}");
	line_run(*state);
	Gaon__Machine *machine = line_machine_of(*state, order->items[0]->deployment);
	Gaon__Operation *operation = line_operation(*state, line_get_order(*state, order->name)->items[0]->operation);

	assert_int_equal(machine->state, STATE(RUNNING));
	assert_int_equal(simulator_count(line->endpoint, NULL), 1);
	assert_int_equal(simulator_calls(line->endpoint, VERB_CREATE), 1);
	assert_non_null(strstr(operation->steps[0]->note, "adopted"));
}

static void what_the_cloud_refused_is_not_waited_for(void **state)
{
	struct line *line = *state;

	line_cloud(*state, "{\"work_ms\": 0, \"quota\": 1}");
	line_machine(*state, "first");
	int64_t start_us = time_now_us();
	Gaon__Order *order = line_order(*state, WEB, &one, 1);
	line_run(*state);
	assert_int_equal(line_get_order(*state, order->name)->state, GAON__ORDER_STATE__ORDER_STATE_FAILED);
	assert_true(time_now_us() - start_us < provider_simulator.visibility_delay_ms * TIME_US_PER_MS);
	assert_int_equal(simulator_count(line->endpoint, NULL), 1);
}

static void what_certainly_did_not_happen_is_repeated_without_looking(void **state)
{
	struct line *line = *state;

	line_cloud(*state, "{\"work_ms\": 0, \"failure_rate\": 1}");
	Gaon__Order *order = line_order(*state, WEB, &one, 1);
	service_run(*state, 3);
	assert_int_equal(simulator_calls(line->endpoint, VERB_CREATE), 1);
	line_cloud(*state, "{\"work_ms\": 0}");
	line_run(*state);
	assert_int_equal(line_machine_of(*state, line_get_order(*state, order->name)->items[0]->deployment)->state, STATE(RUNNING));
	assert_int_equal(simulator_calls(line->endpoint, VERB_FIND), 0);
	assert_int_equal(simulator_calls(line->endpoint, VERB_CREATE), 2);
}

/* Clouds that make a machine and start it in two stages: the reply to the first is lost, so nobody begins the second. */
static void an_adopted_machine_that_is_off_is_started(void **state)
{
	struct line *line = *state;
	struct provider_machine *made = NULL;
	struct provider_page page = { 0 };
	struct provider_task task;
	size_t count = 0;

	line_cloud(*state, "{\"lost_reply_rate\": 1, \"work_ms\": 0}");
	Gaon__Order *order = line_order(*state, WEB, &one, 1);
	service_run(*state, 3);
	line_cloud(*state, "{\"work_ms\": 0}");
	struct cloud cloud = cloud_open(state);
	assert_int_equal(cloud.ops->list(cloud.session, &cloud.call, &page, &made, &count).error, PROVIDER_OK);
	assert_int_equal(count, 1);
	assert_int_equal(cloud.ops->power(cloud.session, &cloud.call, made[0].native_id, VERB_STOP, &task).error, PROVIDER_OK);
	cloud_close(&cloud);
	line_run(*state);
	Gaon__Machine *machine = line_machine_of(*state, order->items[0]->deployment);

	assert_int_equal(machine->state, STATE(RUNNING));
	assert_int_equal(simulator_count(line->endpoint, NULL), 1);
	assert_int_equal(simulator_calls(line->endpoint, VERB_START), 1);
}

static void a_machine_that_is_not_visible_yet_is_not_made_again(void **state)
{
	struct line *line = *state;

	line_cloud(*state, "{\"lost_reply_rate\": 1, \"client_token\": false, \"late_visibility_ms\": 1500}");
	Gaon__Order *order = line_order(*state, WEB, &one, 1);
	service_run(*state, 3);
	line_cloud(*state, "{\"client_token\": false, \"late_visibility_ms\": 1500}");
	line_run(*state);
	assert_int_equal(line_machine_of(*state, order->items[0]->deployment)->state, STATE(RUNNING));
	assert_int_equal(simulator_count(line->endpoint, NULL), 1);
	assert_int_equal(simulator_calls(line->endpoint, VERB_CREATE), 1);
}

static void a_create_that_never_arrived_is_sent_again(void **state)
{
	struct line *line = *state;

	line_cloud(*state, "{\"lost_request_rate\": 1, \"client_token\": false}");
	Gaon__Order *order = line_order(*state, WEB, &one, 1);
	service_run(*state, 3);
	line_cloud(*state, "{\"client_token\": false}");
	line_run(*state);
	assert_int_equal(line_machine_of(*state, order->items[0]->deployment)->state, STATE(RUNNING));
	assert_int_equal(simulator_count(line->endpoint, NULL), 1);
	assert_int_equal(simulator_calls(line->endpoint, VERB_CREATE), 2);
}

static void a_cloud_that_tells_the_id_late_is_waited_for(void **state)
{
	line_cloud(*state, "{\"late_id\": true, \"late_visibility_ms\": 1000}");
	Gaon__Machine *machine = line_machine(*state, "web-1");

	assert_string_not_equal(machine->native_id, "");
}

/** Everything that can be done, on a cloud that answers only now and then. */
static void a_bad_cloud_delays_everything_and_breaks_nothing(void **state)
{
	struct line *line = *state;
	static const char *const methods[] = { "StopMachine", "StartMachine", "SuspendMachine", "ResumeMachine" };
	static const Gaon__MachineState then[] = { STATE(STOPPED), STATE(RUNNING), STATE(SUSPENDED), STATE(RUNNING) };

	for (int seed = 1; seed <= 8; seed++) {
		Gaon__Operation operation;
		line_cloud(*state, arena_printf(line->base.arena,
						"{\"seed\": %d, \"lost_reply_rate\": 0.3, \"lost_request_rate\": 0.1,"
						" \"failure_rate\": 0.2, \"late_visibility_ms\": 700, \"client_token\": false,"
						" \"work_ms\": 900}", seed));
		Gaon__Machine *machine = line_machine(*state, "web-1");
		for (size_t i = 0; i < 4; i++) {
			Gaon__Operation *done =
				line_did(*state, line_power(*state, methods[i], machine->name, &operation), &operation);
			if (done->state != SUCCEEDED)
				fail_msg("seed %d: %s: %s", seed, methods[i], done->error->message);
			assert_int_equal(line_get(*state, machine->name)->state, then[i]);
		}
		Gaon__Operation *resized = line_did(*state, line_resize(*state, machine->name, "medium", true, &operation), &operation);
		if (resized->state != SUCCEEDED)
			fail_msg("seed %d: resize: %s", seed, resized->error->message);
		assert_int_equal(line_did(*state, line_delete(*state, machine->name, &operation), &operation)->state, SUCCEEDED);
		assert_int_equal(simulator_count(line->endpoint, NULL), 0);
		assert_int_equal(line_used(*state, WEB, MACHINES), 0);
	}
}

static void a_failed_delete_leaves_all_as_it_was_and_is_tried_again(void **state)
{
	struct line *line = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;

	line_cloud(*state, "{\"failure_rate\": 1, \"failure_classes\": [\"FORBIDDEN\"]}");
	assert_int_equal(line_did(*state, line_delete(*state, machine->name, &operation), &operation)->state, FAILED);
	assert_int_equal(line_get(*state, machine->name)->state, STATE(RUNNING));
	assert_string_not_equal(line_get(*state, machine->name)->state_message, "");
	assert_int_equal(line_deployment(*state, machine->deployment)->state, GAON__DEPLOYMENT_STATE__DEPLOYMENT_STATE_ACTIVE);
	assert_int_equal(line_used(*state, WEB, MACHINES), 1);
	line_cloud(*state, "{}");
	assert_int_equal(line_did(*state, line_delete(*state, machine->name, &operation), &operation)->state, SUCCEEDED);
	assert_int_equal(simulator_count(line->endpoint, NULL), 0);
	assert_int_equal(line_used(*state, WEB, MACHINES), 0);
}

static void an_operation_that_is_cancelled_before_it_began_changes_nothing(void **state)
{
	struct line *line = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__CancelOperationRequest cancel = GAON__CANCEL_OPERATION_REQUEST__INIT;
	Gaon__Operation operation, reply;

	static const char *const methods[] = { "StopMachine", "SuspendMachine" };
	for (size_t i = 0; i < 3; i++) {
		if (i < 2)
			assert_ok(line_power(*state, methods[i], machine->name, &operation));
		else
			assert_ok(line_delete(*state, machine->name, &operation));
		cancel.name = operation.name;
		assert_ok(service_call(*state, &gaon_lifecycle_table, "CancelOperation", &cancel, &reply));
		line_run(*state);
		assert_int_equal(line_operation(*state, operation.name)->state,
				 GAON__OPERATION_STATE__OPERATION_STATE_CANCELLED);
		assert_int_equal(line_get(*state, machine->name)->state, STATE(RUNNING));
		assert_string_equal(line_get(*state, machine->name)->operation, "");
		assert_int_equal(line_deployment(*state, machine->deployment)->state,
				 GAON__DEPLOYMENT_STATE__DEPLOYMENT_STATE_ACTIVE);
	}
	assert_int_equal(simulator_count(line->endpoint, NULL), 1);
}

static void a_create_that_is_cancelled_is_undone(void **state)
{
	struct line *line = *state;
	Gaon__CancelOperationRequest cancel = GAON__CANCEL_OPERATION_REQUEST__INIT;
	Gaon__Operation reply;

	for (unsigned turns = 0; turns <= 3; turns++) {
		Gaon__Order *order = line_order(*state, WEB, &one, 1);
		if (turns > 0)
			service_run(*state, turns);
		order = line_get_order(*state, order->name);
		if (order->state == GAON__ORDER_STATE__ORDER_STATE_FULFILLED)
			fail_msg("%u turns are too many", turns);
		cancel.name = *order->items[0]->operation ? order->items[0]->operation : order->operation;
		assert_ok(service_call(*state, &gaon_lifecycle_table, "CancelOperation", &cancel, &reply));
		line_run(*state);
		order = line_get_order(*state, order->name);
		assert_int_equal(order->state, GAON__ORDER_STATE__ORDER_STATE_FAILED);
		assert_int_equal(simulator_count(line->endpoint, NULL), 0);
		assert_int_equal(line_used(*state, WEB, MACHINES), 0);
	}
}

static void a_resize_that_is_cancelled_half_way_keeps_the_quota_true(void **state)
{
	Gaon__CancelOperationRequest cancel = GAON__CANCEL_OPERATION_REQUEST__INIT;
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation, reply;

	for (unsigned turns = 1; turns <= 16; turns++) {
		const char *size = line_get(*state, machine->name)->vcpus == 1 ? "x-large" : "small";
		assert_ok(line_resize(*state, machine->name, size, true, &operation));
		service_run(*state, turns);
		cancel.name = operation.name;
		/* It may have ended by then. */
		struct status status = service_call(*state, &gaon_lifecycle_table, "CancelOperation", &cancel, &reply);
		assert_true(status_is_ok(status) || strcmp(status.reason, "OPERATION_ENDED") == 0);
		line_run(*state);
		Gaon__Machine *now = line_get(*state, machine->name);
		assert_int_equal(now->state, STATE(RUNNING));
		assert_int_equal(line_used(*state, WEB, GAON__QUOTA_METRIC__QUOTA_METRIC_VCPUS), now->vcpus);
		assert_int_equal(line_used(*state, WEB, GAON__QUOTA_METRIC__QUOTA_METRIC_MEMORY_MIB), now->memory_mib);
	}
}

static void a_machine_that_went_down_by_itself_is_stopped_without_ado(void **state)
{
	struct line *line = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;

	/* The cloud has it STOPPED, we believe it SUSPENDED: resume meets CONFLICT and fails; start finds it fit. */
	line_did(*state, line_power(*state, "StopMachine", machine->name, &operation), &operation);
	assert_ok(service_execute(*state, "UPDATE machine SET state = 2", SQL_NO_ARGS));
	assert_int_equal(line_did(*state, line_power(*state, "StopMachine", machine->name, &operation), &operation)->state, SUCCEEDED);
	assert_int_equal(line_get(*state, machine->name)->state, STATE(STOPPED));
	line_did(*state, line_power(*state, "StartMachine", machine->name, &operation), &operation);
	assert_ok(service_execute(*state, "UPDATE machine SET state = 4", SQL_NO_ARGS));
	assert_int_equal(line_did(*state, line_power(*state, "ResumeMachine", machine->name, &operation), &operation)->state,
			 SUCCEEDED);
	assert_int_equal(line_get(*state, machine->name)->state, STATE(RUNNING));
	assert_int_equal(simulator_count(line->endpoint, NULL), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LINE_TEST(a_failed_create_leaves_nothing),
		LINE_TEST(what_an_undo_could_not_remove_can_be_deleted_and_counts_once),
		LINE_TEST(a_create_whose_reply_was_lost_is_adopted),
		LINE_TEST(an_adopted_machine_that_is_off_is_started),
		LINE_TEST(what_the_cloud_refused_is_not_waited_for),
		LINE_TEST(what_certainly_did_not_happen_is_repeated_without_looking),
		LINE_TEST(a_machine_that_is_not_visible_yet_is_not_made_again),
		LINE_TEST(a_create_that_never_arrived_is_sent_again),
		LINE_TEST(a_cloud_that_tells_the_id_late_is_waited_for),
		LINE_TEST(a_bad_cloud_delays_everything_and_breaks_nothing),
		LINE_TEST(a_failed_delete_leaves_all_as_it_was_and_is_tried_again),
		LINE_TEST(an_operation_that_is_cancelled_before_it_began_changes_nothing),
		LINE_TEST(a_create_that_is_cancelled_is_undone),
		LINE_TEST(a_resize_that_is_cancelled_half_way_keeps_the_quota_true),
		LINE_TEST(a_machine_that_went_down_by_itself_is_stopped_without_ado),
	};

	return cmocka_run_group_tests_name("lifecycle_fault", tests, NULL, NULL);
}
