/* SPDX-License-Identifier: Apache-2.0 */
/* look.h: looking at a simulated cloud, and at what was seen there: for the tests of what is found, imported, swept, brought back. */
#ifndef GAON_TESTS_LIFECYCLE_LOOK_H
#define GAON_TESTS_LIFECYCLE_LOOK_H

#include "providers/simulator/simulator.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/lifecycle/room.h"
#include "tests/support/line_fixture.h"

#define STATE(name) GAON__MACHINE_STATE__MACHINE_STATE_##name
#define OBSERVED(name) GAON__OBSERVED_STATE__OBSERVED_STATE_##name
#define OPERATION(name) GAON__OPERATION_STATE__OPERATION_STATE_##name
#define MACHINES GAON__QUOTA_METRIC__QUOTA_METRIC_MACHINES
#define VCPUS GAON__QUOTA_METRIC__QUOTA_METRIC_VCPUS

static inline Gaon__Operation *look_in(void **state, bool is_full)
{
	Gaon__SyncConnectionRequest request = GAON__SYNC_CONNECTION_REQUEST__INIT;
	Gaon__Operation operation;

	time_fake_advance(TIME_US_PER_SECOND);
	request.name = LAB;
	request.full = is_full;
	return line_did(*state, service_call(*state, &gaon_lifecycle_table, "SyncConnection", &request, &operation), &operation);
}

static inline void look(void **state)
{
	assert_int_equal(look_in(state, false)->state, OPERATION(SUCCEEDED));
}

/** A look alone, while everything else waits for a later time. */
static inline void look_beside(void **state)
{
	struct line *line = *state;
	Gaon__SyncConnectionRequest request = GAON__SYNC_CONNECTION_REQUEST__INIT;
	Gaon__Operation operation;

	request.name = LAB;
	assert_ok(service_call(*state, &gaon_lifecycle_table, "SyncConnection", &request, &operation));
	for (int turns = 0; turns < 50 && !line_operation(*state, operation.name)->done; turns++) {
		engine_run_due(line->base.engine);
		time_fake_advance(2 * TIME_US_PER_MS);
	}
	assert_true(line_operation(*state, operation.name)->done);
}

static inline Gaon__ListObservedResourcesResponse *observed(void **state, Gaon__ObservedState of)
{
	struct service_fixture *fixture = *state;
	Gaon__ListObservedResourcesRequest request = GAON__LIST_OBSERVED_RESOURCES_REQUEST__INIT;
	Gaon__ListObservedResourcesResponse *reply = ARENA_NEW(fixture->arena, Gaon__ListObservedResourcesResponse);

	request.parent = LAB;
	request.state = of;
	assert_ok(service_call(*state, &gaon_lifecycle_table, "ListObservedResources", &request, reply));
	return reply;
}

static inline Gaon__DriftReport *report(void **state, bool shows_settled)
{
	struct service_fixture *fixture = *state;
	Gaon__GetDriftReportRequest request = GAON__GET_DRIFT_REPORT_REQUEST__INIT;
	Gaon__DriftReport *reply = ARENA_NEW(fixture->arena, Gaon__DriftReport);

	request.parent = LAB;
	request.show_settled = shows_settled;
	assert_ok(service_call(*state, &gaon_lifecycle_table, "GetDriftReport", &request, reply));
	return reply;
}

/** Somebody else's machine at the cloud, seen by a look. */
static inline const char *foreign(void **state)
{
	struct line *line = *state;
	char id[SIMULATOR_ID_SIZE];

	assert_true(simulator_plant(line->endpoint, "theirs", id));
	look(state);
	return arena_strdup(line->base.arena, id);
}

static inline const char *observed_name(void **state, const char *native_id)
{
	return arena_printf(((struct service_fixture *)*state)->arena, LAB "/observedResources/%s", native_id);
}

/** The simulated cloud itself, as its own console would reach it: its options are the usual ones then. */
struct cloud {
	const struct provider_ops *ops;
	struct provider_session *session;
	struct provider_call call;
};

static inline struct cloud cloud_open(void **state)
{
	struct line *line = *state;
	struct cloud cloud = { .ops = provider_find("simulator")->ops,
			       .call = { .arena = line->base.arena, .deadline_us = time_monotonic_us() + TIME_US_PER_SECOND } };
	struct provider_config config = { .connection = LAB, .installation = "test-installation", .endpoint = line->endpoint,
					  .options = json_object(line->base.arena) };

	assert_int_equal(cloud.ops->open(&cloud.call, &config, &cloud.session).error, PROVIDER_OK);
	return cloud;
}

static inline void cloud_close(struct cloud *cloud)
{
	cloud->ops->close(cloud->session);
}

#endif
