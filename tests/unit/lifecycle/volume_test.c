/* SPDX-License-Identifier: Apache-2.0 */
/* volume_test.c: volumes are made once, follow no machine into its grave, count and cost what they are. */
#include <string.h>

#include "providers/simulator/simulator.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/lifecycle/room.h"
#include "tests/support/line_fixture.h"

#define VOLUME(name) GAON__VOLUME_STATE__VOLUME_STATE_##name
#define MACHINE(name) GAON__MACHINE_STATE__MACHINE_STATE_##name
#define SUCCEEDED GAON__OPERATION_STATE__OPERATION_STATE_SUCCEEDED
#define FAILED GAON__OPERATION_STATE__OPERATION_STATE_FAILED
#define DISK GAON__QUOTA_METRIC__QUOTA_METRIC_DISK_GIB

enum { MACHINE_DISK_GIB = 5 }; /* of line_machine's */

static struct status call(void **state, const char *method, const void *request, void *reply)
{
	return service_call(*state, &gaon_lifecycle_table, method, request, reply);
}

static struct status create(void **state, const char *machine, int64_t size_gib, Gaon__Operation *operation)
{
	Gaon__CreateVolumeRequest request = GAON__CREATE_VOLUME_REQUEST__INIT;
	Gaon__Volume volume = GAON__VOLUME__INIT;

	request.parent = WEB;
	request.volume = &volume;
	volume.display_name = "data";
	volume.machine = machine;
	volume.size_gib = size_gib;
	return call(state, "CreateVolume", &request, operation);
}

/** Made and attached; its name. */
static const char *make(void **state, const char *machine, int64_t size_gib)
{
	Gaon__Operation operation;
	Gaon__Operation *ended = line_did(*state, create(state, machine, size_gib, &operation), &operation);

	assert_int_equal(ended->state, SUCCEEDED);
	return ended->target;
}

static Gaon__Volume *get(void **state, const char *name)
{
	struct service_fixture *fixture = *state;
	Gaon__GetVolumeRequest request = GAON__GET_VOLUME_REQUEST__INIT;
	Gaon__Volume *volume = ARENA_NEW(fixture->arena, Gaon__Volume);

	request.name = name;
	assert_ok(call(state, "GetVolume", &request, volume));
	return volume;
}

static size_t count(void **state, const char *machine, bool show_deleted)
{
	Gaon__ListVolumesRequest request = GAON__LIST_VOLUMES_REQUEST__INIT;
	Gaon__ListVolumesResponse reply;

	request.parent = WEB;
	request.machine = machine;
	request.show_deleted = show_deleted;
	assert_ok(call(state, "ListVolumes", &request, &reply));
	return reply.n_volumes;
}

static struct status attach(void **state, const char *name, const char *machine, Gaon__Operation *operation)
{
	Gaon__AttachVolumeRequest request = GAON__ATTACH_VOLUME_REQUEST__INIT;

	request.name = name;
	request.machine = machine;
	return call(state, "AttachVolume", &request, operation);
}

static struct status detach(void **state, const char *name, Gaon__Operation *operation)
{
	Gaon__DetachVolumeRequest request = GAON__DETACH_VOLUME_REQUEST__INIT;

	request.name = name;
	return call(state, "DetachVolume", &request, operation);
}

static struct status grow(void **state, const char *name, int64_t size_gib, Gaon__Operation *operation)
{
	Gaon__GrowVolumeRequest request = GAON__GROW_VOLUME_REQUEST__INIT;

	request.name = name;
	request.size_gib = size_gib;
	return call(state, "GrowVolume", &request, operation);
}

static struct status drop(void **state, const char *name, Gaon__Operation *operation)
{
	Gaon__DeleteVolumeRequest request = GAON__DELETE_VOLUME_REQUEST__INIT;

	request.name = name;
	return call(state, "DeleteVolume", &request, operation);
}

static void a_volume_is_made_attached_detached_grown_and_deleted(void **state)
{
	struct line *line = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;
	const char *name = make(state, machine->name, 10);

	assert_int_equal(get(state, name)->state, VOLUME(ATTACHED));
	assert_string_equal(get(state, name)->machine, machine->name);
	assert_string_equal(get(state, name)->connection, machine->connection);
	assert_string_not_equal(get(state, name)->native_id, "");
	assert_int_equal(simulator_volumes(line->endpoint), 1);
	assert_int_equal(count(state, machine->name, false), 1);
	assert_int_equal(line_get(*state, machine->name)->state, MACHINE(RUNNING));
	assert_string_equal(line_get(*state, machine->name)->operation, "");

	assert_int_equal(line_did(*state, detach(state, name, &operation), &operation)->state, SUCCEEDED);
	assert_int_equal(get(state, name)->state, VOLUME(AVAILABLE));
	assert_string_equal(get(state, name)->machine, "");
	assert_int_equal(count(state, machine->name, false), 0);
	assert_int_equal(line_did(*state, grow(state, name, 25, &operation), &operation)->state, SUCCEEDED);
	assert_int_equal(get(state, name)->size_gib, 25);
	assert_int_equal(line_used(*state, WEB, DISK), MACHINE_DISK_GIB + 25);
	assert_int_equal(line_did(*state, attach(state, name, machine->name, &operation), &operation)->state, SUCCEEDED);
	assert_int_equal(get(state, name)->state, VOLUME(ATTACHED));
	assert_int_equal(line_did(*state, detach(state, name, &operation), &operation)->state, SUCCEEDED);

	assert_int_equal(line_did(*state, drop(state, name, &operation), &operation)->state, SUCCEEDED);
	assert_int_equal(get(state, name)->state, VOLUME(DELETED));
	assert_int_equal(simulator_volumes(line->endpoint), 0);
	assert_int_equal(count(state, "", false), 0);
	assert_int_equal(count(state, "", true), 1);
	assert_int_equal(line_used(*state, WEB, DISK), MACHINE_DISK_GIB);
	assert_fails(drop(state, name, &operation), STATUS_NOT_FOUND, "VOLUME_NOT_FOUND");
}

static void a_volume_and_its_machine_are_busy_together(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation, other;
	const char *name = make(state, machine->name, 10);

	assert_ok(detach(state, name, &operation));
	assert_string_equal(get(state, name)->operation, operation.name);
	assert_int_equal(get(state, name)->state, VOLUME(UPDATING));
	assert_string_equal(line_get(*state, machine->name)->operation, operation.name);
	assert_fails(line_power(*state, "StopMachine", machine->name, &other), STATUS_FAILED_PRECONDITION, "MACHINE_BUSY");
	assert_fails(grow(state, name, 20, &other), STATUS_FAILED_PRECONDITION, "VOLUME_BUSY");
	assert_fails(create(state, machine->name, 5, &other), STATUS_FAILED_PRECONDITION, "MACHINE_BUSY");
	assert_int_equal(line_used(*state, WEB, DISK), MACHINE_DISK_GIB + 10);
	assert_int_equal(count(state, "", true), 1);
	line_run(*state);
	assert_string_equal(line_get(*state, machine->name)->operation, "");
	assert_int_equal(line_did(*state, line_power(*state, "StopMachine", machine->name, &other), &other)->state, SUCCEEDED);
}

static void a_volume_outlives_its_machine(void **state)
{
	struct line *line = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Machine *next = line_machine(*state, "web-2");
	Gaon__Operation operation;
	const char *name = make(state, machine->name, 10);

	assert_int_equal(line_did(*state, line_delete(*state, machine->name, &operation), &operation)->state, SUCCEEDED);
	assert_int_equal(get(state, name)->state, VOLUME(AVAILABLE));
	assert_string_equal(get(state, name)->machine, "");
	assert_int_equal(simulator_volumes(line->endpoint), 1);
	assert_int_equal(line_used(*state, WEB, DISK), MACHINE_DISK_GIB + 10);
	assert_int_equal(line_did(*state, attach(state, name, next->name, &operation), &operation)->state, SUCCEEDED);
	assert_string_equal(get(state, name)->machine, next->name);
}

static void what_cannot_be_is_refused_and_changes_nothing(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;
	const char *name = make(state, machine->name, 10);

	assert_int_equal(create(state, machine->name, 0, &operation).code, STATUS_INVALID_ARGUMENT);
	assert_int_equal(create(state, "", 5, &operation).code, STATUS_INVALID_ARGUMENT);
	assert_int_equal(create(state, API "/machines/nothing", 5, &operation).code, STATUS_INVALID_ARGUMENT);
	assert_fails(create(state, WEB "/machines/nothing", 5, &operation), STATUS_NOT_FOUND, "MACHINE_NOT_FOUND");
	assert_fails(grow(state, name, 10, &operation), STATUS_INVALID_ARGUMENT, "VOLUME_SMALLER");
	assert_fails(drop(state, name, &operation), STATUS_FAILED_PRECONDITION, "VOLUME_STATE");
	assert_fails(attach(state, name, machine->name, &operation), STATUS_FAILED_PRECONDITION, "VOLUME_STATE");
	assert_fails(drop(state, WEB "/volumes/nothing", &operation), STATUS_NOT_FOUND, "VOLUME_NOT_FOUND");
	line_quota(*state, WEB, DISK, MACHINE_DISK_GIB + 12);
	assert_fails(create(state, machine->name, 3, &operation), STATUS_FAILED_PRECONDITION, "QUOTA_EXCEEDED");
	assert_fails(grow(state, name, 13, &operation), STATUS_FAILED_PRECONDITION, "QUOTA_EXCEEDED");
	assert_int_equal(count(state, "", true), 1);
	assert_int_equal(line_used(*state, WEB, DISK), MACHINE_DISK_GIB + 10);
	assert_int_equal(line_did(*state, grow(state, name, 12, &operation), &operation)->state, SUCCEEDED);
}

static void a_failed_create_leaves_nothing(void **state)
{
	struct line *line = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;

	line_cloud(*state, "{\"task_failure_rate\": 1}");
	assert_ok(create(state, machine->name, 10, &operation));
	service_run(*state, 4);
	line_cloud(*state, "{}");
	line_run(*state);
	assert_int_equal(line_operation(*state, operation.name)->state, FAILED);
	assert_int_equal(get(state, operation.target)->state, VOLUME(FAILED));
	assert_string_not_equal(get(state, operation.target)->state_message, "");
	assert_int_equal(count(state, "", false), 0);
	assert_int_equal(simulator_volumes(line->endpoint), 0);
	assert_int_equal(line_used(*state, WEB, DISK), MACHINE_DISK_GIB);
	assert_string_equal(line_get(*state, machine->name)->operation, "");
	assert_int_equal(line_get(*state, machine->name)->state, MACHINE(RUNNING));
}

static void a_grow_that_failed_gives_back_what_it_took(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;
	const char *name = make(state, machine->name, 10);

	line_cloud(*state, "{\"failure_rate\": 1, \"failure_classes\": [\"FORBIDDEN\"]}");
	assert_int_equal(line_did(*state, grow(state, name, 30, &operation), &operation)->state, FAILED);
	assert_int_equal(get(state, name)->size_gib, 10);
	assert_int_equal(get(state, name)->state, VOLUME(ATTACHED));
	assert_int_equal(line_used(*state, WEB, DISK), MACHINE_DISK_GIB + 10);
	assert_string_equal(line_get(*state, machine->name)->operation, "");
}

static void on_a_cloud_that_loses_replies_each_volume_is_made_once(void **state)
{
	enum { VOLUMES = 20 };
	struct line *line = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;
	const char *names[VOLUMES];

	line_cloud(*state, "{\"lost_reply_rate\": 0.3, \"lost_request_rate\": 0.1, \"failure_rate\": 0.1, \"seed\": 11,"
			   " \"late_visibility_ms\": 60, \"failure_classes\": [\"UNAVAILABLE\"]}");
	for (int i = 0; i < VOLUMES; i++)
		names[i] = make(state, machine->name, 1 + i);
	assert_int_equal(simulator_volumes(line->endpoint), VOLUMES);
	for (int i = 0; i < VOLUMES; i++) {
		assert_int_equal(line_did(*state, detach(state, names[i], &operation), &operation)->state, SUCCEEDED);
		assert_int_equal(line_did(*state, drop(state, names[i], &operation), &operation)->state, SUCCEEDED);
	}
	assert_int_equal(simulator_volumes(line->endpoint), 0);
	assert_int_equal(line_used(*state, WEB, DISK), MACHINE_DISK_GIB);
}

/** What was charged for a volume, in whole won, rounded down. */
static int64_t charged(void **state, const char *volume)
{
	struct service_fixture *fixture = *state;

	return service_number(*state, arena_printf(fixture->arena,
		"SELECT coalesce(sum(billed_units), 0) FROM charge WHERE id IN (SELECT id FROM usage_record WHERE resource = '%s')",
		volume));
}

static void a_volume_costs_its_disk_and_no_machine(void **state)
{
	struct line *line = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");
	const char *name = make(state, machine->name, 10);

	/* A GiB of disk is 1 won an hour. */
	time_fake_advance(20 * TIME_US_PER_HOUR);
	assert_ok(metering_tick(line->base.arena, &line->lifecycle));
	assert_in_range(charged(state, name), 199, 201);
	assert_int_equal(service_number(*state, "SELECT count(*) FROM usage_record WHERE meter = 1 AND resource LIKE '%/volumes/%'"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LINE_TEST(a_volume_is_made_attached_detached_grown_and_deleted),
		LINE_TEST(a_volume_and_its_machine_are_busy_together),
		LINE_TEST(a_volume_outlives_its_machine),
		LINE_TEST(what_cannot_be_is_refused_and_changes_nothing),
		LINE_TEST(a_failed_create_leaves_nothing),
		LINE_TEST(a_grow_that_failed_gives_back_what_it_took),
		LINE_TEST(on_a_cloud_that_loses_replies_each_volume_is_made_once),
		LINE_TEST(a_volume_costs_its_disk_and_no_machine),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
