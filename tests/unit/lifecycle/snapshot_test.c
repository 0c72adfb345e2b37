/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot_test.c: taken, reverted to, deleted; and what is left when that fails. */
#include <string.h>

#include "providers/simulator/simulator.h"
#include "tests/support/line_fixture.h"

#define MACHINE(name) GAON__MACHINE_STATE__MACHINE_STATE_##name
#define SNAPSHOT(name) GAON__SNAPSHOT_STATE__SNAPSHOT_STATE_##name
#define SUCCEEDED GAON__OPERATION_STATE__OPERATION_STATE_SUCCEEDED
#define FAILED GAON__OPERATION_STATE__OPERATION_STATE_FAILED

static struct status call(void **state, const char *method, const void *request, void *reply)
{
	return service_call(*state, &gaon_lifecycle_table, method, request, reply);
}

static Gaon__OperationState take(void **state, const char *machine, const char *id)
{
	Gaon__CreateSnapshotRequest request = GAON__CREATE_SNAPSHOT_REQUEST__INIT;
	Gaon__Operation operation;

	request.parent = machine;
	request.snapshot_id = id;
	return line_did(*state, call(state, "CreateSnapshot", &request, &operation), &operation)->state;
}

static const char *name_of(void **state, const char *machine, const char *id)
{
	struct service_fixture *fixture = *state;

	return arena_printf(fixture->arena, "%s/snapshots/%s", machine, id);
}

static Gaon__OperationState revert(void **state, const char *name)
{
	Gaon__RevertSnapshotRequest request = GAON__REVERT_SNAPSHOT_REQUEST__INIT;
	Gaon__Operation operation;

	request.name = name;
	return line_did(*state, call(state, "RevertSnapshot", &request, &operation), &operation)->state;
}

static Gaon__OperationState drop(void **state, const char *name)
{
	Gaon__DeleteSnapshotRequest request = GAON__DELETE_SNAPSHOT_REQUEST__INIT;
	Gaon__Operation operation;

	request.name = name;
	return line_did(*state, call(state, "DeleteSnapshot", &request, &operation), &operation)->state;
}

static Gaon__Snapshot *get(void **state, const char *name)
{
	struct service_fixture *fixture = *state;
	Gaon__GetSnapshotRequest request = GAON__GET_SNAPSHOT_REQUEST__INIT;
	Gaon__Snapshot *snapshot = ARENA_NEW(fixture->arena, Gaon__Snapshot);

	request.name = name;
	assert_ok(call(state, "GetSnapshot", &request, snapshot));
	return snapshot;
}

static size_t count(void **state, const char *machine)
{
	Gaon__ListSnapshotsRequest request = GAON__LIST_SNAPSHOTS_REQUEST__INIT;
	Gaon__ListSnapshotsResponse reply;

	request.parent = machine;
	assert_ok(call(state, "ListSnapshots", &request, &reply));
	return reply.n_snapshots;
}

static void a_snapshot_is_taken_reverted_to_and_deleted(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	const char *name = name_of(state, machine->name, "before");
	Gaon__Operation operation;

	assert_int_equal(take(state, machine->name, "before"), SUCCEEDED);
	assert_int_equal(get(state, name)->state, SNAPSHOT(READY));
	assert_string_not_equal(get(state, name)->native_id, "");
	assert_int_equal(line_get(*state, machine->name)->state, MACHINE(RUNNING));
	line_did(*state, line_resize(*state, machine->name, "medium", true, &operation), &operation);
	assert_int_equal(revert(state, name), SUCCEEDED);
	assert_int_equal(line_get(*state, machine->name)->vcpus, 1);
	assert_int_equal(line_get(*state, machine->name)->memory_mib, 512);
	assert_int_equal(drop(state, name), SUCCEEDED);
	assert_int_equal(count(state, machine->name), 0);
}

static void a_name_is_given_once(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__CreateSnapshotRequest request = GAON__CREATE_SNAPSHOT_REQUEST__INIT;
	Gaon__Operation operation;

	assert_int_equal(take(state, machine->name, "before"), SUCCEEDED);
	request.parent = machine->name;
	request.snapshot_id = "before";
	assert_int_equal(call(state, "CreateSnapshot", &request, &operation).code, STATUS_ALREADY_EXISTS);
	assert_string_equal(line_get(*state, machine->name)->operation, "");
}

static void a_snapshot_that_failed_says_so_and_can_be_deleted(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	const char *name = name_of(state, machine->name, "bad");
	Gaon__RevertSnapshotRequest request = GAON__REVERT_SNAPSHOT_REQUEST__INIT;
	Gaon__Operation operation;

	line_cloud(*state, "{\"failure_rate\": 1, \"failure_classes\": [\"INVALID\"]}");
	assert_int_equal(take(state, machine->name, "bad"), FAILED);
	assert_int_equal(get(state, name)->state, SNAPSHOT(FAILED));
	assert_int_equal(line_get(*state, machine->name)->state, MACHINE(RUNNING));
	request.name = name;
	assert_fails(call(state, "RevertSnapshot", &request, &operation), STATUS_FAILED_PRECONDITION, "SNAPSHOT_STATE");
	/* A delete that fails does not make it ready. */
	assert_int_equal(drop(state, name), FAILED);
	assert_int_equal(get(state, name)->state, SNAPSHOT(FAILED));
	line_cloud(*state, "{}");
	assert_int_equal(drop(state, name), SUCCEEDED);
	assert_int_equal(count(state, machine->name), 0);
}

static void a_delete_that_failed_leaves_the_snapshot_ready(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	const char *name = name_of(state, machine->name, "before");

	assert_int_equal(take(state, machine->name, "before"), SUCCEEDED);
	line_cloud(*state, "{\"failure_rate\": 1, \"failure_classes\": [\"FORBIDDEN\"]}");
	assert_int_equal(drop(state, name), FAILED);
	assert_int_equal(get(state, name)->state, SNAPSHOT(READY));
	line_cloud(*state, "{}");
	assert_int_equal(revert(state, name), SUCCEEDED);
}

static void lost_replies_take_no_snapshot_twice(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");

	for (int seed = 1; seed <= 10; seed++) {
		struct service_fixture *fixture = *state;
		const char *id = arena_printf(fixture->arena, "s%d", seed), *name = name_of(state, machine->name, id);
		line_cloud(*state, arena_printf(fixture->arena, "{\"seed\": %d, \"lost_reply_rate\": 0.4}", seed));
		assert_int_equal(take(state, machine->name, id), SUCCEEDED);
		assert_int_equal(revert(state, name), SUCCEEDED);
		assert_int_equal(drop(state, name), SUCCEEDED);
		assert_int_equal(line_get(*state, machine->name)->state, MACHINE(RUNNING));
	}
	assert_int_equal(count(state, machine->name), 0);
}

static void snapshots_go_with_their_machine(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;

	take(state, machine->name, "one");
	take(state, machine->name, "two");
	assert_int_equal(count(state, machine->name), 2);
	line_did(*state, line_delete(*state, machine->name, &operation), &operation);
	assert_int_equal(service_number(*state, "SELECT count(*) FROM snapshot"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LINE_TEST(a_snapshot_is_taken_reverted_to_and_deleted),
		LINE_TEST(a_name_is_given_once),
		LINE_TEST(a_snapshot_that_failed_says_so_and_can_be_deleted),
		LINE_TEST(a_delete_that_failed_leaves_the_snapshot_ready),
		LINE_TEST(lost_replies_take_no_snapshot_twice),
		LINE_TEST(snapshots_go_with_their_machine),
	};

	return cmocka_run_group_tests_name("lifecycle_snapshot", tests, NULL, NULL);
}
