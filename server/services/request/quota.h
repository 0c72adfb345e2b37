/* SPDX-License-Identifier: Apache-2.0 */
/* quota.h: limits on tenants and projects, and what is used and reserved of them. */
#ifndef GAON_SERVICES_REQUEST_QUOTA_H
#define GAON_SERVICES_REQUEST_QUOTA_H

#include "server/services/request/request.h"

enum quota_metric { QUOTA_MACHINES = 1, QUOTA_VCPUS, QUOTA_MEMORY_MIB, QUOTA_DISK_GIB, QUOTA_METRIC_COUNT = QUOTA_DISK_GIB };

/** What a delta does to one quota that applies. A list. */
struct quota_effect {
	const char *quota;
	enum quota_metric metric;
	int64_t limit, used, added;
	struct quota_effect *next;
};

const char *quota_metric_name(enum quota_metric metric);
/** The part of a delta that a metric counts. */
int64_t quota_part(const struct quota_delta *delta, enum quota_metric metric);
void quota_add(struct quota_delta *sum, const struct quota_delta *part);
struct quota_delta quota_negate(const struct quota_delta *delta);

/** The project and all tenants above it: where quotas that bound it may stand. */
MUST_CHECK struct status quota_scopes(struct store_tx *tx, const char *project, const char ***scopes, size_t *count);

/** What `delta` would do to every quota that applies to the project; only those that it touches. */
MUST_CHECK struct status quota_effects(struct store_tx *tx, const char *project, const struct quota_delta *delta,
				       struct quota_effect **effects);

struct quota_row {
	const char *name, *scope;
	enum quota_metric metric;
	int64_t limit, used, revision, created_us, updated_us;
};
MUST_CHECK struct status quota_get(struct store_tx *tx, const char *name, struct quota_row *quota);
MUST_CHECK struct status quota_insert(struct store_tx *tx, const struct quota_row *quota);
MUST_CHECK struct status quota_update(struct store_tx *tx, const char *name, int64_t limit, int64_t now_us);
MUST_CHECK struct status quota_delete(struct store_tx *tx, const char *name);
/** By name, after `after`. */
MUST_CHECK struct status quota_list(struct store_tx *tx, const char *scope, const char *after, unsigned most,
				    struct quota_row **quotas, size_t *count);

#endif
