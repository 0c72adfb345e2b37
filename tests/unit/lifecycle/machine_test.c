/* SPDX-License-Identifier: Apache-2.0 */
/* machine_test.c: what may be done to a machine, when, and what it is afterwards. */
#include <string.h>

#include "providers/simulator/simulator.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "tests/support/line_fixture.h"

#define STATE(name) GAON__MACHINE_STATE__MACHINE_STATE_##name
#define SUCCEEDED GAON__OPERATION_STATE__OPERATION_STATE_SUCCEEDED

static Gaon__OperationState power(void **state, const char *method, const char *machine)
{
	Gaon__Operation operation;

	return line_did(*state, line_power(*state, method, machine, &operation), &operation)->state;
}

static void a_machine_is_what_was_ordered(void **state)
{
	struct line *line = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");

	assert_string_equal(machine->display_name, "web-1");
	assert_string_equal(machine->connection, LAB);
	assert_string_equal(machine->size, "small");
	assert_string_equal(machine->image, "debian-12");
	assert_string_equal(machine->product_version, LINUX "/versions/1");
	assert_string_equal(machine->owner, "tenants/acme/users/mina");
	assert_string_equal(machine->operation, "");
	assert_string_equal(machine->native_state, "running");
	assert_int_equal(machine->vcpus, 1);
	assert_int_equal(machine->disk_gib, 5);
	assert_int_equal(machine->n_addresses, 1);
	assert_non_null(machine->lease_end_time);
	assert_int_equal(simulator_count(line->endpoint, strrchr(machine->name, '/') + 1), 1);
}

static void a_machine_stops_starts_suspends_resumes_and_reboots(void **state)
{
	static const struct {
		const char *method;
		Gaon__MachineState then;
	} turns[] = { { "RebootMachine", STATE(RUNNING) },  { "StopMachine", STATE(STOPPED) },
		      { "StartMachine", STATE(RUNNING) },   { "SuspendMachine", STATE(SUSPENDED) },
		      { "ResumeMachine", STATE(RUNNING) },  { "SuspendMachine", STATE(SUSPENDED) },
		      { "StartMachine", STATE(RUNNING) },   { "SuspendMachine", STATE(SUSPENDED) },
		      { "StopMachine", STATE(STOPPED) } };
	Gaon__Machine *machine = line_machine(*state, "web-1");
	int64_t began_us = time_now_us();

	for (size_t i = 0; i < sizeof turns / sizeof turns[0]; i++) {
		assert_int_equal(power(state, turns[i].method, machine->name), SUCCEEDED);
		machine = line_get(*state, machine->name);
		assert_int_equal(machine->state, turns[i].then);
		assert_string_equal(machine->operation, "");
		assert_string_equal(machine->state_message, "");
	}
	/* Nobody was waited for: not a suspended guest either, which cannot hear. */
	assert_true(time_now_us() - began_us < 20 * TIME_US_PER_SECOND);
}

static void what_a_state_does_not_allow_is_refused_and_changes_nothing(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;

	assert_fails(line_power(*state, "StartMachine", machine->name, &operation), STATUS_FAILED_PRECONDITION, "MACHINE_STATE");
	assert_fails(line_power(*state, "ResumeMachine", machine->name, &operation), STATUS_FAILED_PRECONDITION, "MACHINE_STATE");
	assert_int_equal(power(state, "StopMachine", machine->name), SUCCEEDED);
	assert_fails(line_power(*state, "StopMachine", machine->name, &operation), STATUS_FAILED_PRECONDITION, "MACHINE_STATE");
	assert_fails(line_power(*state, "RebootMachine", machine->name, &operation), STATUS_FAILED_PRECONDITION, "MACHINE_STATE");
	assert_fails(line_power(*state, "SuspendMachine", machine->name, &operation), STATUS_FAILED_PRECONDITION, "MACHINE_STATE");
	assert_string_equal(line_get(*state, machine->name)->operation, "");
}

static void one_operation_at_a_time_works_on_a_machine(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation first, second;

	assert_ok(line_power(*state, "StopMachine", machine->name, &first));
	assert_int_equal(line_get(*state, machine->name)->state, STATE(UPDATING));
	assert_string_equal(line_get(*state, machine->name)->operation, first.name);
	assert_fails(line_power(*state, "StopMachine", machine->name, &second), STATUS_FAILED_PRECONDITION, "MACHINE_BUSY");
	assert_fails(line_delete(*state, machine->name, &second), STATUS_FAILED_PRECONDITION, "MACHINE_BUSY");
	assert_fails(line_resize(*state, machine->name, "medium", true, &second), STATUS_FAILED_PRECONDITION, "MACHINE_BUSY");
	line_run(*state);
	assert_ok(line_delete(*state, machine->name, &second));
}

static void a_machine_that_is_being_made_is_busy(void **state)
{
	const struct line_item item = { .action = ORDER_ADD, .parameters = "image=debian-12,disk_gib=5,name=web-1" };
	Gaon__Order *order = line_order(*state, WEB, &item, 1);
	Gaon__Operation operation;

	service_run(*state, 2);
	Gaon__Machine *machine = line_machine_of(*state, order->items[0]->deployment);
	assert_int_equal(machine->state, STATE(CREATING));
	assert_fails(line_delete(*state, machine->name, &operation), STATUS_FAILED_PRECONDITION, "MACHINE_BUSY");
}

static void a_guest_that_does_not_listen_is_switched_off_when_its_time_is_over(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__StopMachineRequest request = GAON__STOP_MACHINE_REQUEST__INIT;
	Gaon__Operation operation;

	line_cloud(*state, "{\"deaf_guests\": true}");
	int64_t began_us = time_now_us();
	request.name = machine->name;
	request.grace_seconds = 20;
	assert_int_equal(line_did(*state, service_call(*state, &gaon_lifecycle_table, "StopMachine", &request, &operation),
				  &operation)
				 ->state,
			 SUCCEEDED);
	assert_int_equal(line_get(*state, machine->name)->state, STATE(STOPPED));
	assert_true(time_now_us() - began_us >= 20 * TIME_US_PER_SECOND);
	assert_true(time_now_us() - began_us < 25 * TIME_US_PER_SECOND);
}

static void a_forced_stop_asks_nobody(void **state)
{
	struct line *line = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__StopMachineRequest request = GAON__STOP_MACHINE_REQUEST__INIT;
	Gaon__Operation operation;

	line_cloud(*state, "{\"deaf_guests\": true}");
	request.name = machine->name;
	request.force = true;
	line_did(*state, service_call(*state, &gaon_lifecycle_table, "StopMachine", &request, &operation), &operation);
	assert_int_equal(line_get(*state, machine->name)->state, STATE(STOPPED));
	assert_int_equal(simulator_calls(line->endpoint, VERB_SHUTDOWN), 0);
}

static void a_resize_changes_the_size_and_keeps_the_power(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;

	assert_fails(line_resize(*state, machine->name, "medium", false, &operation), STATUS_FAILED_PRECONDITION, "RESTART_NEEDED");
	assert_fails(line_resize(*state, machine->name, "gigantic", true, &operation), STATUS_INVALID_ARGUMENT, "SIZE_UNKNOWN");
	assert_string_equal(line_parameter(*state, machine->deployment, "size"), "small");
	line_did(*state, line_resize(*state, machine->name, "medium", true, &operation), &operation);
	machine = line_get(*state, machine->name);
	assert_int_equal(machine->state, STATE(RUNNING));
	assert_string_equal(machine->size, "medium");
	assert_int_equal(machine->vcpus, 2);
	assert_int_equal(machine->memory_mib, 1024);
	assert_int_equal(machine->disk_gib, 5);
	assert_string_equal(line_parameter(*state, machine->deployment, "size"), "medium");
	assert_int_equal(power(state, "StopMachine", machine->name), SUCCEEDED);
	line_did(*state, line_resize(*state, machine->name, "tiny", false, &operation), &operation);
	assert_int_equal(line_get(*state, machine->name)->state, STATE(STOPPED));
	assert_int_equal(line_get(*state, machine->name)->memory_mib, 128);
	assert_string_equal(line_parameter(*state, machine->deployment, "size"), "tiny");
}

static void a_resize_switches_a_guest_off_that_does_not_listen(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;

	line_cloud(*state, "{\"deaf_guests\": true}");
	assert_int_equal(line_did(*state, line_resize(*state, machine->name, "medium", true, &operation), &operation)->state,
			 SUCCEEDED);
	assert_int_equal(line_get(*state, machine->name)->state, STATE(RUNNING));
	assert_int_equal(line_get(*state, machine->name)->vcpus, 2);
}

static void a_deleted_machine_is_gone_there_and_a_tombstone_here(void **state)
{
	struct line *line = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation, *done = line_did(*state, line_delete(*state, machine->name, &operation), &operation);

	assert_int_equal(done->state, SUCCEEDED);
	assert_string_equal(done->steps[done->n_steps - 1]->step, "verify-gone");
	assert_int_equal(simulator_count(line->endpoint, NULL), 0);
	assert_int_equal(line_get(*state, machine->name)->state, STATE(DELETED));
	assert_int_equal(line_deployment(*state, machine->deployment)->state, GAON__DEPLOYMENT_STATE__DEPLOYMENT_STATE_DELETED);
	assert_fails(line_delete(*state, machine->name, &operation), STATUS_NOT_FOUND, "MACHINE_NOT_FOUND");
	assert_fails(line_power(*state, "StartMachine", machine->name, &operation), STATUS_NOT_FOUND, "MACHINE_NOT_FOUND");
}

static Gaon__Machine *update(void **state, Gaon__Machine *wanted, const char *path, struct status *status)
{
	struct service_fixture *fixture = *state;
	Gaon__UpdateMachineRequest request = GAON__UPDATE_MACHINE_REQUEST__INIT;
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
	Gaon__Machine *reply = ARENA_NEW(fixture->arena, Gaon__Machine);

	mask.n_paths = 1;
	mask.paths = &path;
	request.machine = wanted;
	request.update_mask = path ? &mask : NULL;
	*status = service_call(*state, &gaon_lifecycle_table, "UpdateMachine", &request, reply);
	return reply;
}

static void a_protected_machine_is_not_deleted(void **state)
{
	struct line *line = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1"), wanted = GAON__MACHINE__INIT;
	Gaon__Operation operation;
	struct status status;

	wanted.name = machine->name;
	wanted.deletion_protection = true;
	const struct line_item item = { .action = ORDER_REMOVE, .deployment = machine->deployment };
	/* Taken before the protection, fulfilled after it. */
	Gaon__Order *order = line_order(*state, WEB, &item, 1), refused;
	assert_true(update(state, &wanted, "deletion_protection", &status)->deletion_protection);
	assert_ok(status);
	assert_fails(line_delete(*state, machine->name, &operation), STATUS_FAILED_PRECONDITION, "DELETION_PROTECTED");
	assert_fails(line_try_order(*state, WEB, &item, 1, "", &refused), STATUS_FAILED_PRECONDITION, "ORDER_BLOCKED");
	line_run(*state);
	assert_int_equal(line_get_order(*state, order->name)->state, GAON__ORDER_STATE__ORDER_STATE_FAILED);
	assert_int_equal(simulator_count(line->endpoint, NULL), 1);
	wanted.deletion_protection = false;
	update(state, &wanted, "deletion_protection", &status);
	assert_ok(line_delete(*state, machine->name, &operation));
}

static void an_update_changes_what_its_mask_says_and_nothing_else(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1"), wanted = GAON__MACHINE__INIT, *updated;
	Gaon__Machine__LabelsEntry entry = GAON__MACHINE__LABELS_ENTRY__INIT, *entries = &entry;
	struct status status;

	entry.key = "env";
	entry.value = "prod";
	wanted.name = machine->name;
	wanted.display_name = "other";
	wanted.labels = &entries;
	wanted.n_labels = 1;
	wanted.etag = machine->etag;
	updated = update(state, &wanted, "labels", &status);
	assert_ok(status);
	assert_string_equal(updated->display_name, "web-1");
	assert_int_equal(updated->n_labels, 1);
	assert_string_equal(updated->labels[0]->value, "prod");
	assert_string_not_equal(updated->etag, machine->etag);
	/* Stale now. */
	update(state, &wanted, "display_name", &status);
	assert_int_equal(status.code, STATUS_ABORTED);
	assert_string_equal(status.reason, "ETAG_STALE");
	update(state, &wanted, "vcpus", &status);
	assert_string_equal(failed_field(status), "update_mask");
	/* Without a mask, what is set. */
	wanted.etag = "";
	wanted.n_labels = 0;
	updated = update(state, &wanted, NULL, &status);
	assert_string_equal(updated->display_name, "other");
	assert_int_equal(updated->n_labels, 1);
	/* With one, also what is empty. */
	updated = update(state, &wanted, "labels", &status);
	assert_int_equal(updated->n_labels, 0);
	assert_int_equal(service_number(*state, "SELECT count(*) FROM machine_label"), 0);
}

static void the_console_is_fetched_and_then_read(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__FetchConsoleOutputRequest fetch = GAON__FETCH_CONSOLE_OUTPUT_REQUEST__INIT;
	Gaon__GetConsoleOutputRequest get = GAON__GET_CONSOLE_OUTPUT_REQUEST__INIT;
	Gaon__ConsoleOutput output;
	Gaon__Operation operation;

	fetch.name = get.name = machine->name;
	assert_fails(service_call(*state, &gaon_lifecycle_table, "GetConsoleOutput", &get, &output), STATUS_NOT_FOUND,
		     "CONSOLE_NOT_FETCHED");
	assert_int_equal(line_did(*state, service_call(*state, &gaon_lifecycle_table, "FetchConsoleOutput", &fetch, &operation),
				  &operation)
				 ->state,
			 SUCCEEDED);
	assert_ok(service_call(*state, &gaon_lifecycle_table, "GetConsoleOutput", &get, &output));
	assert_true(strlen(output.output) > 0);
	assert_string_equal(line_get(*state, machine->name)->operation, "");
}

static void an_operation_is_found_only_under_its_own_name(void **state)
{
	struct service_fixture *fixture = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation, reply;
	Gaon__GetOperationRequest request = GAON__GET_OPERATION_REQUEST__INIT;
	Gaon__CancelOperationRequest cancel = GAON__CANCEL_OPERATION_REQUEST__INIT;
	Gaon__WatchOperationRequest watch = GAON__WATCH_OPERATION_REQUEST__INIT;
	static const char *const parents[] = { "tenants/other", "tenants/acme", API, "tenants/other/projects/site" };

	assert_ok(line_power(*state, "StopMachine", machine->name, &operation));
	for (size_t i = 0; i < sizeof parents / sizeof parents[0]; i++) {
		request.name = cancel.name = watch.name =
			arena_printf(fixture->arena, "%s/operations/%s", parents[i], strrchr(operation.name, '/') + 1);
		assert_fails(service_call(*state, &gaon_lifecycle_table, "GetOperation", &request, &reply), STATUS_NOT_FOUND,
			     "OPERATION_NOT_FOUND");
		assert_fails(service_call(*state, &gaon_lifecycle_table, "CancelOperation", &cancel, &reply), STATUS_NOT_FOUND,
			     "OPERATION_NOT_FOUND");
		assert_fails(line_watch(*state, "WatchOperation", &watch), STATUS_NOT_FOUND, "OPERATION_NOT_FOUND");
	}
	assert_false(line_operation(*state, operation.name)->cancel_requested);
}

static void an_operation_is_watched_to_its_end(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation, seen = GAON__OPERATION__INIT;
	Gaon__WatchOperationRequest watch = GAON__WATCH_OPERATION_REQUEST__INIT;

	assert_ok(line_power(*state, "StopMachine", machine->name, &operation));
	watch.name = operation.name;
	assert_ok(line_watch(*state, "WatchOperation", &watch));
	assert_int_equal(line_next(*state, &seen).verdict, STREAM_MESSAGE);
	assert_false(seen.done);
	assert_int_equal(line_next(*state, &seen).verdict, STREAM_IDLE);
	line_run(*state);
	assert_int_equal(line_next(*state, &seen).verdict, STREAM_MESSAGE);
	assert_true(seen.done);
	struct stream_step end = line_next(*state, &seen);
	assert_int_equal(end.verdict, STREAM_END);
	assert_ok(end.status);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LINE_TEST(a_machine_is_what_was_ordered),
		LINE_TEST(a_machine_stops_starts_suspends_resumes_and_reboots),
		LINE_TEST(what_a_state_does_not_allow_is_refused_and_changes_nothing),
		LINE_TEST(one_operation_at_a_time_works_on_a_machine),
		LINE_TEST(a_machine_that_is_being_made_is_busy),
		LINE_TEST(a_guest_that_does_not_listen_is_switched_off_when_its_time_is_over),
		LINE_TEST(a_forced_stop_asks_nobody),
		LINE_TEST(a_resize_changes_the_size_and_keeps_the_power),
		LINE_TEST(a_resize_switches_a_guest_off_that_does_not_listen),
		LINE_TEST(a_deleted_machine_is_gone_there_and_a_tombstone_here),
		LINE_TEST(a_protected_machine_is_not_deleted),
		LINE_TEST(an_update_changes_what_its_mask_says_and_nothing_else),
		LINE_TEST(the_console_is_fetched_and_then_read),
		LINE_TEST(an_operation_is_found_only_under_its_own_name),
		LINE_TEST(an_operation_is_watched_to_its_end),
	};

	return cmocka_run_group_tests_name("lifecycle_machine", tests, NULL, NULL);
}
