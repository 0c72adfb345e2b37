/* SPDX-License-Identifier: Apache-2.0 */
/* deployment.h: what an order item made: resources that live and die together. */
#ifndef GAON_SERVICES_LIFECYCLE_DEPLOYMENT_H
#define GAON_SERVICES_LIFECYCLE_DEPLOYMENT_H

#include "runtime/base/json.h"
#include "server/services/lifecycle/machine.h"
#include "server/store/store.h"

/** gaon.lifecycle.v1.DeploymentState by number. */
enum deployment_state {
	DEPLOYMENT_CREATING = 1,
	DEPLOYMENT_ACTIVE,
	DEPLOYMENT_FAILED,
	DEPLOYMENT_DELETING,
	DEPLOYMENT_DELETED,
};

struct deployment {
	const char *name, *tenant, *project, *display_name, *order_name, *product_version;
	const struct json *parameters; /* what it is of now: the size follows a resize */
	enum deployment_state state;
	int64_t lease_end_us; /* 0: endless */
	const char *owner;
	int64_t revision, created_us, updated_us;
};

MUST_CHECK struct status deployment_insert(struct store_tx *tx, const struct deployment *deployment);
MUST_CHECK struct status deployment_update(struct store_tx *tx, const struct deployment *deployment);
/** NOT_FOUND / DEPLOYMENT_NOT_FOUND. */
MUST_CHECK struct status deployment_get(struct store_tx *tx, const char *name, struct deployment *deployment);
struct deployment_query {
	const char *project, *before; /* a name; NULL: from the newest */
	unsigned most;
	bool show_deleted; /* also DELETED ones, and FAILED ones of which nothing was ever made */
};
/** Newest first. */
MUST_CHECK struct status deployment_list(struct store_tx *tx, const struct deployment_query *query,
					 struct deployment **deployments, size_t *count);
/** ACTIVE ones whose lease has ended, by that time and name, after those given. */
MUST_CHECK struct status deployments_expired(struct store_tx *tx, int64_t now_us, int64_t after_us, const char *after_name,
					     unsigned most, struct deployment **deployments, size_t *count);
MUST_CHECK struct status deployment_set_state(struct store_tx *tx, const char *name, enum deployment_state state, int64_t now_us);

/** What it is now of, where that is no longer what was ordered first. */
MUST_CHECK struct status deployment_set_parameter(struct store_tx *tx, const char *name, const char *parameter, const char *value,
						  int64_t now_us);

/**
 * Begins to delete a deployment's machines that are not gone; FAILED_PRECONDITION / DELETION_PROTECTED when one must stay.
 * `id` is the (last) operation's; NULL when there was nothing left to delete.
 */
MUST_CHECK struct status deployment_begin_delete(struct store_tx *tx, struct deployment *deployment,
						 const struct machine_begin *begin, const char **id);

#endif
