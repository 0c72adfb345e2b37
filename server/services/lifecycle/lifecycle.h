/* SPDX-License-Identifier: Apache-2.0 */
/* lifecycle.h: what the composition may ask of lifecycle. No service calls it. */
#ifndef GAON_SERVICES_LIFECYCLE_LIFECYCLE_H
#define GAON_SERVICES_LIFECYCLE_LIFECYCLE_H

#include <stdint.h>

#include "runtime/base/arena.h"
#include "runtime/base/status.h"
#include "server/engine/engine.h"
#include "server/store/store.h"

struct lifecycle_options {
	struct store *store;
	struct engine *engine;
	const char *installation;
	int64_t metering_interval_ms; /* machines are metered up to each whole multiple of it, in UTC [1 h] */
	int64_t sync_interval_ms;     /* how often ready connections are looked at [300 s]; 0: only when asked */
	int64_t lease_interval_ms;    /* how often leases are looked at [30 s] */
};

/** Once at start, before engine_start: registers the workflows and the periodic jobs. */
MUST_CHECK struct status lifecycle_prepare(struct arena *arena, const struct lifecycle_options *options);

extern const struct migration lifecycle_migrations[];
extern const size_t lifecycle_migration_count;

#endif
