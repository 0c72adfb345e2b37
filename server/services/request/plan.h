/* SPDX-License-Identifier: Apache-2.0 */
/* plan.h: what an order means now: resolved, priced, held against quotas and policies. */
#ifndef GAON_SERVICES_REQUEST_PLAN_H
#define GAON_SERVICES_REQUEST_PLAN_H

#include "runtime/base/money.h"
#include "server/services/request/quota.h"
#include "server/services/request/request.h"

/** What is asked for (in) and what it comes to (out). */
struct plan_item {
	/* in */
	enum order_action action;
	const char *product;      /* ADD: a product or version name */
	const char *deployment;   /* CHANGE, ACT, REMOVE */
	const char *verb;         /* ACT */
	const struct json *parameters;
	const char *present;      /* ADD: the connection that an earlier plan of the same order chose, or NULL */
	/* out */
	const char *product_name; /* without the version */
	const char *product_version, *connection;
	const char *placement;    /* why there, or NULL; of this plan only, and no part of its digest */
	const struct json *choice;
	int32_t vcpus;
	int64_t memory_mib, disk_gib;
	const char *currency, *rates_digest;
	struct amount hourly, monthly;
	struct quota_delta delta;
};

struct plan_blocker {
	const char *reason, *field, *message;
	struct plan_blocker *next;
};

struct plan_stage {
	const char *policy;
	const struct json *approvers;
	int quorum;
};

struct plan {
	struct plan_item *items;
	size_t item_count;
	const char *currency; /* "" when nothing has a price */
	struct amount hourly, monthly;
	const char *digest;   /* SHA-256, hex, over all that an approval is bound to */
	struct quota_delta delta;
	struct quota_effect *effects;
	struct plan_stage *stages;
	size_t stage_count;
	struct plan_blocker *blockers;
};

/**
 * Fills the plan from its items. `reserved` (may be NULL) is what the order holds already: it does not count against it.
 * What is wrong with the order becomes blockers; the status fails only when the store does.
 */
MUST_CHECK struct status plan_make(struct store_tx *tx, const char *project, const struct quota_delta *reserved, int64_t now_us,
				   struct plan *plan);

#endif
