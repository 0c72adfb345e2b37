/* SPDX-License-Identifier: Apache-2.0 */
/* project_store.h: the SQL of projects. */
#ifndef GAON_SERVICES_IAM_PROJECT_STORE_H
#define GAON_SERVICES_IAM_PROJECT_STORE_H

#include "server/store/store.h"

struct project {
	const char *name, *tenant, *display_name, *cost_center;
	const char *labels; /* a JSON object */
	int64_t revision, create_us, update_us;
};

/** ALREADY_EXISTS / PROJECT_EXISTS. */
MUST_CHECK struct status project_insert(struct store_tx *tx, const struct project *project);
/** NOT_FOUND / PROJECT_NOT_FOUND. */
MUST_CHECK struct status project_find(struct store_tx *tx, const char *name, struct project *project);
MUST_CHECK struct status project_exists(struct store_tx *tx, const char *name, bool *exists);
/** Writes display_name, cost_center, labels, update_us; raises the revision in `project` too. */
MUST_CHECK struct status project_update(struct store_tx *tx, struct project *project);
MUST_CHECK struct status project_delete(struct store_tx *tx, const char *name);
/** Projects of one tenant after `after`, by name, at most `limit`. */
MUST_CHECK struct status project_page(struct store_tx *tx, const char *tenant, const char *after, unsigned limit,
				      struct project **projects, size_t *count);

#endif
