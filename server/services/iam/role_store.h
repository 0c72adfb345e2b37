/* SPDX-License-Identifier: Apache-2.0 */
/* role_store.h: the SQL of the tenants' own roles. */
#ifndef GAON_SERVICES_IAM_ROLE_STORE_H
#define GAON_SERVICES_IAM_ROLE_STORE_H

#include "server/store/store.h"

struct role {
	const char *name, *tenant, *display_name;
	const char **permissions; /* patterns */
	size_t permission_count;
	bool is_built_in;
	int64_t revision, create_us, update_us;
};

/** ALREADY_EXISTS / ROLE_EXISTS. */
MUST_CHECK struct status role_insert(struct store_tx *tx, const struct role *role);
/** *found false when there is none. */
MUST_CHECK struct status role_find(struct store_tx *tx, const char *name, struct role *role, bool *found);
/** Writes display_name, permissions, update_us; raises the revision in `role` too. */
MUST_CHECK struct status role_update(struct store_tx *tx, struct role *role);
MUST_CHECK struct status role_delete(struct store_tx *tx, const char *name);
MUST_CHECK struct status role_is_bound(struct store_tx *tx, const char *name, bool *is_bound);
/** Roles of one tenant after `after`, by name, at most `limit`. */
MUST_CHECK struct status role_page(struct store_tx *tx, const char *tenant, const char *after, unsigned limit,
				   struct role **roles, size_t *count);

#endif
