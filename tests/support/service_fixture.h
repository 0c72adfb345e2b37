/* SPDX-License-Identifier: Apache-2.0 */
/* service_fixture.h: services over a fresh store file, their handlers called as the dispatcher would, the clock held still. */
#ifndef GAON_TESTS_SUPPORT_SERVICE_FIXTURE_H
#define GAON_TESTS_SUPPORT_SERVICE_FIXTURE_H

#include "runtime/rpc/call.h"
#include "server/engine/engine.h"
#include "server/engine/session.h"
#include "server/store/store.h"
#include "tests/support/arena_fixture.h"

/* Monday, 2026-11-23T12:00:00Z: what the fake clock says at the start of a test. */
#define SERVICE_NOW_US (INT64_C(1795435200) * 1000000)

/**
 * Tenants: msp, below it acme and other, below acme acme-labs. Projects: tenants/acme/projects/web, …/api,
 * tenants/acme-labs/projects/lab, tenants/other/projects/site.
 */
struct service_fixture {
	struct arena *arena;
	struct store *store;
	struct engine *engine; /* manual: service_run does what is due */
	struct session_cache *sessions;
	const struct principal *caller; /* of the calls; NULL: nobody */
	char folder[64];
};

/** `prepare` runs after the store is migrated: NULL for none. */
void service_open(struct service_fixture *fixture, const struct migration *const *rooms, const size_t *counts, size_t count);
void service_close(struct service_fixture *fixture);

/** Calls "CreateProduct" of a service in a transaction of its own; what it gives lives in the fixture's arena. */
MUST_CHECK struct status service_call(struct service_fixture *fixture, const struct method_table *service, const char *method,
				      const void *request, void *reply);

/** Runs the engine, letting the clock jump to what is due next, until nothing is due or `most_turns` were done. */
void service_run(struct service_fixture *fixture, unsigned most_turns);

/** One number of one row; -1 when there is no row. */
int64_t service_number(struct service_fixture *fixture, const char *sql);
/** One statement as a whole write. */
MUST_CHECK struct status service_execute(struct service_fixture *fixture, const char *sql, const struct sql_value *values,
					 size_t count);

/** The field that a failure is about, "" when none. */
const char *failed_field(struct status status);

#endif
