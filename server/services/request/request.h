/* SPDX-License-Identifier: Apache-2.0 */
/* request.h: what lifecycle may ask of request: read an order, settle its items, keep the quotas true. */
#ifndef GAON_SERVICES_REQUEST_REQUEST_H
#define GAON_SERVICES_REQUEST_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/base/arena.h"
#include "runtime/base/json.h"
#include "runtime/base/status.h"
#include "server/store/store.h"

/** gaon.request.v1.OrderAction by number. */
enum order_action { ORDER_ADD = 1, ORDER_CHANGE = 2, ORDER_ACT = 3, ORDER_REMOVE = 4 };
/** gaon.request.v1.OrderItemState by number. */
enum order_item_state { ITEM_PENDING = 1, ITEM_FULFILLING = 2, ITEM_FULFILLED = 3, ITEM_FAILED = 4, ITEM_CANCELLED = 5 };

/** Once at start: tells iam that a project with open orders is not empty. */
void request_prepare(void);

/** The kind of the operation that an approved order becomes; its input is {"order": name}. */
#define REQUEST_FULFIL_ORDER "fulfil-order"

struct order_item {
	int number;
	enum order_action action;
	enum order_item_state state;
	/* ADD: everything resolved when it was planned (struct catalog_choice, as JSON with the same member names). */
	const struct json *choice;
	const char *product_version;
	const char *deployment; /* ADD: the name it will have (chosen when submitted); else: what it is about */
	const char *verb;       /* ACTION */
	const struct json *parameters;
};

struct order {
	const char *name, *project, *requester, *plan_digest;
	struct order_item *items;
	size_t item_count;
};

/** NOT_FOUND / ORDER_NOT_FOUND. In the transaction's arena. */
MUST_CHECK struct status request_order_get(struct store_tx *tx, const char *name, struct order *order);

/** Records where an item stands; when all are settled the order becomes FULFILLED or FAILED. Repeating it is harmless. */
MUST_CHECK struct status request_item_settle(struct store_tx *tx, const char *order, int number, enum order_item_state state,
					     const char *operation, const char *message);

/** What counts against quotas; deltas may be negative. */
struct quota_delta {
	int64_t machines, vcpus, memory_mib, disk_gib;
};

/** Takes more (or gives back). FAILED_PRECONDITION / QUOTA_EXCEEDED, naming the quota; giving back never fails. */
MUST_CHECK struct status request_quota_adjust(struct store_tx *tx, const char *project, const struct quota_delta *delta);
/** Follows what a cloud made of a machine, past every limit: what is given back at its end is then what was taken. */
MUST_CHECK struct status request_quota_follow(struct store_tx *tx, const char *project, const struct quota_delta *delta);

/** What has become of a deployment: what orders that change it are planned against. */
struct request_deployment {
	bool is_there;    /* a machine of it is left */
	const char *size; /* that it has now */
	int32_t vcpus;
	int64_t memory_mib, disk_gib;
	bool is_protected; /* against deletion */
};
/**
 * Lifecycle says how to look at a deployment, because it comes after request. Until it did, a deployment is taken to be as its
 * order made it.
 */
typedef struct status (*request_deployment_look)(struct store_tx *tx, const char *deployment, struct request_deployment *found);
void request_register_deployments(request_deployment_look look);

extern const struct migration request_migrations[];
extern const size_t request_migration_count;

#endif
