/* SPDX-License-Identifier: Apache-2.0 */
/* order_begin.h: what submitting and approving share: putting a plan into an order, and beginning it. */
#ifndef GAON_SERVICES_REQUEST_ORDER_BEGIN_H
#define GAON_SERVICES_REQUEST_ORDER_BEGIN_H

#include "server/services/request/order_store.h"

void order_take_plan(struct order_row *row, const struct plan *plan);
/** What the ADD items of a plan take of the quotas. */
struct quota_delta order_reservation(const struct plan *plan);
/** Items and stages, as planned. */
MUST_CHECK struct status order_put_plan(struct store_tx *tx, const char *order, const struct plan *plan);
/** Approved, or nobody must: makes the operation that fulfils it. */
MUST_CHECK struct status order_begin(struct store_tx *tx, struct order_row *row, int64_t now_us);

#endif
