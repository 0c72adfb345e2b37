/* SPDX-License-Identifier: Apache-2.0 */
/* order_store.h: orders, their items, stages and decisions, as rows. */
#ifndef GAON_SERVICES_REQUEST_ORDER_STORE_H
#define GAON_SERVICES_REQUEST_ORDER_STORE_H

#include "runtime/base/money.h"
#include "server/services/request/plan.h"
#include "server/services/request/request.h"

enum order_state {
	ORDER_PENDING_APPROVAL = 1,
	ORDER_FULFILLING = 2,
	ORDER_FULFILLED = 3,
	ORDER_FAILED = 4,
	ORDER_REJECTED = 5,
	ORDER_CANCELLED = 6,
};

struct order_row {
	const char *name, *tenant, *project, *requester, *justification;
	enum order_state state;
	const char *plan_digest, *currency;
	struct amount hourly, monthly;
	const char *operation, *state_message;
	int64_t revision, created_us, updated_us;
};

/** A row of request_item: the face's order_item, and what only this room needs. */
struct order_item_row {
	struct order_item item;
	const char *product, *connection, *operation, *message;
	struct amount hourly, monthly;
	int32_t vcpus;
	int64_t memory_mib, disk_gib;
	bool is_reserved;
};

struct order_stage {
	int number;
	const char *policy;
	const struct json *approvers;
	int quorum;
};

struct order_decision {
	int number, stage;
	const char *principal;
	bool is_approved;
	const char *comment, *plan_digest;
	int64_t at_us;
	bool is_superseded;
};

MUST_CHECK struct status order_store_insert(struct store_tx *tx, const struct order_row *order);
/** State, digest, prices, operation and message; the revision grows, and the change feed hears of it. */
MUST_CHECK struct status order_store_update(struct store_tx *tx, const struct order_row *order);
/** NOT_FOUND / ORDER_NOT_FOUND. */
MUST_CHECK struct status order_store_get(struct store_tx *tx, const char *name, struct order_row *order);
/** Newest first, before the name `before`; `state` 0: any. */
MUST_CHECK struct status order_store_list(struct store_tx *tx, const char *project, enum order_state state, const char *before,
					  unsigned most, struct order_row **orders, size_t *count);
/** Waiting orders of a tenant or project, oldest first, after the name `after`. */
MUST_CHECK struct status order_store_waiting(struct store_tx *tx, const char *scope, const char *after, unsigned most,
					     struct order_row **orders, size_t *count);

MUST_CHECK struct status order_store_items(struct store_tx *tx, const char *order, struct order_item_row **items, size_t *count);
/** Inserts, or replaces what was planned of it. */
MUST_CHECK struct status order_store_put_item(struct store_tx *tx, const char *order, const struct order_item_row *item);
/** Where an item stands: its state, operation, message, and the quotas that it holds; nothing of its plan. NOT_FOUND /
 * ORDER_ITEM_NOT_FOUND. */
MUST_CHECK struct status order_store_item_standing(struct store_tx *tx, const char *order, int number, struct order_item_row *row);
/** Its state, operation, message and whether it holds quotas. */
MUST_CHECK struct status order_store_set_item_standing(struct store_tx *tx, const char *order, const struct order_item_row *row);
/** Is an item not settled yet? Else `message` is what the last one says that was not fulfilled; NULL: all were. */
MUST_CHECK struct status order_store_outcome(struct store_tx *tx, const char *order, bool *is_open, const char **message);
/** The ADD item that made a deployment of this project and was fulfilled. */
MUST_CHECK struct status order_store_find_made(struct store_tx *tx, const char *project, const char *deployment,
					       struct order_item *item, bool *is_found);

MUST_CHECK struct status order_store_put_stages(struct store_tx *tx, const char *order, const struct plan *plan);
MUST_CHECK struct status order_store_stages(struct store_tx *tx, const char *order, struct order_stage **stages, size_t *count);
MUST_CHECK struct status order_store_decide(struct store_tx *tx, const char *order, const struct order_decision *decision);
MUST_CHECK struct status order_store_supersede(struct store_tx *tx, const char *order);
MUST_CHECK struct status order_store_decisions(struct store_tx *tx, const char *order, struct order_decision **decisions,
					       size_t *count);

#endif
