/* SPDX-License-Identifier: Apache-2.0 */
/* policy.h: approval policies: who must say yes to which orders. */
#ifndef GAON_SERVICES_REQUEST_POLICY_H
#define GAON_SERVICES_REQUEST_POLICY_H

#include "runtime/base/money.h"
#include "server/services/request/request.h"

struct approval_policy {
	const char *name, *tenant, *display_name;
	const struct json *products, *projects, *approvers; /* arrays of names */
	const struct json *actions;                         /* array of order_action numbers; none: all */
	struct money least_monthly;                         /* currency "" : any amount */
	int stage, quorum;
	bool is_disabled;
	int64_t revision, created_us, updated_us;
};

MUST_CHECK struct status policy_get(struct store_tx *tx, const char *name, struct approval_policy *policy);
MUST_CHECK struct status policy_list(struct store_tx *tx, const char *tenant, const char *after, unsigned most,
				     struct approval_policy **policies, size_t *count);
/** Inserts or replaces; the revision grows. ALREADY_EXISTS / APPROVAL_POLICY_EXISTS for an insert of a known name. */
MUST_CHECK struct status policy_insert(struct store_tx *tx, const struct approval_policy *policy);
MUST_CHECK struct status policy_update(struct store_tx *tx, const struct approval_policy *policy);
MUST_CHECK struct status policy_delete(struct store_tx *tx, const char *name);

/** What policies look at in an order. */
struct policy_subject {
	const char *project;
	const struct json *products; /* array of product names in it */
	unsigned actions;            /* 1 << order_action */
	struct money monthly;
};
bool policy_matches(const struct approval_policy *policy, const struct policy_subject *subject);

/** Names in a JSON array hold this one? */
bool policy_names(const struct json *names, const char *name);

#endif
