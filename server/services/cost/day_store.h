/* SPDX-License-Identifier: Apache-2.0 */
/* day_store.h: the sums by day that each line is added to: of the whole, without the resource, and by the resource alone. */
#ifndef GAON_SERVICES_COST_DAY_STORE_H
#define GAON_SERVICES_COST_DAY_STORE_H

#include "server/services/cost/usage_store.h"

/** Adds the line to the sums of its day. */
MUST_CHECK struct status day_add(struct store_tx *tx, const struct ledger_line *line);

#endif
