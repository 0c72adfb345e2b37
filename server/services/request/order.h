/* SPDX-License-Identifier: Apache-2.0 */
/* order.h: the rules of orders: submit, decide, withdraw, settle. */
#ifndef GAON_SERVICES_REQUEST_ORDER_H
#define GAON_SERVICES_REQUEST_ORDER_H

#include "runtime/rpc/call.h"
#include "server/services/request/order_store.h"

/** An order with all that hangs on it. */
struct order_view {
	struct order_row row;
	struct order_item_row *items;
	size_t item_count;
	struct order_stage *stages;
	size_t stage_count;
	struct order_decision *decisions;
	size_t decision_count;
};
MUST_CHECK struct status order_load(struct store_tx *tx, const char *name, struct order_view *order);

/** Which moves an order may make; the rest are FAILED_PRECONDITION / ORDER_STATE. */
MUST_CHECK struct status order_move(struct arena *arena, struct order_row *order, enum order_state to);

/** FAILED_PRECONDITION / ORDER_BLOCKED with every blocker as a field violation; OK when there is none. */
MUST_CHECK struct status order_refuse_blocked(struct arena *arena, const struct plan *plan);

/** Makes the order and reserves its quota; begins it when nobody must approve. `name` gets the new order's. */
MUST_CHECK struct status order_submit(struct call *call, const char *project, const char *justification, struct plan *plan,
				      const char **name);

/** True when enough have approved a stage of the present plan. */
bool order_stage_is_complete(const struct order_view *order, const struct order_stage *stage);
/** The first stage that is not complete; NULL: all are. */
const struct order_stage *order_open_stage(const struct order_view *order);
/** May the caller decide the order's open stage? Never the requester, and nobody twice. */
MUST_CHECK struct status order_may_decide(struct call *call, const struct order_view *order, bool *may);

MUST_CHECK struct status order_approve(struct call *call, struct order_view *order, const char *plan_digest,
				       const char *comment);
/** REJECTED or CANCELLED: nothing of it was begun; its quota is given back. */
MUST_CHECK struct status order_end(struct call *call, struct order_view *order, enum order_state end, const char *message);

/* order_wire.c */
#include "gaon/request/v1/request.pb-c.h"
void order_to_wire(struct arena *arena, const struct order_view *order, Gaon__Order *message);
void plan_to_wire(struct arena *arena, const struct plan *plan, Gaon__PreviewOrderResponse *message);
MUST_CHECK struct status plan_from_wire(struct arena *arena, const char *field, size_t count, Gaon__OrderItem **items,
					struct plan *plan);

#endif
