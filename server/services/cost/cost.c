/* SPDX-License-Identifier: Apache-2.0 */
/* cost.c: what cost tells the rooms before it. */
#include "server/services/cost/cost.h"

#include "runtime/base/time.h"
#include "server/services/catalog/catalog.h"
#include "server/services/cost/query_store.h"
#include "server/services/cost/rate_card_store.h"
#include "server/services/iam/iam.h"

/** A tenant with rate cards is not empty. The ledger does not hold a project: what was charged stays as it is. */
static struct status cost_owns(struct store_tx *tx, const char *name, bool *owns)
{
	return rate_card_of_tenant(tx, name, owns);
}

static struct status look_at_card(struct store_tx *tx, const char *rate_card, const char **currency)
{
	struct rate_card card;
	bool is_found;

	TRY(rate_card_find(tx, rate_card, &card, &is_found));
	*currency = is_found ? card.currency : NULL;
	return OK;
}

/** A card without a rate that has begun has no price; that is for the order's plan to complain of. */
static struct status look_at_price(struct store_tx *tx, const char *rate_card, const struct catalog_shape *shape,
				   struct catalog_price *price)
{
	struct cost_shape asked = { shape->vcpus, shape->memory_mib, shape->disk_gib, 0 };
	struct cost_estimate estimate;
	struct status status = cost_estimate(tx, rate_card, &asked, time_now_us(), &estimate);

	if (status.code == STATUS_NOT_FOUND || status.code == STATUS_FAILED_PRECONDITION)
		return OK;
	TRY(status);
	*price = (struct catalog_price){ arena_strdup(store_arena(tx), estimate.currency), estimate.hourly };
	return OK;
}

void cost_prepare(void)
{
	iam_register_owner(cost_owns);
	catalog_register_user(cost_product_used);
	catalog_register_rate_cards(look_at_card);
	catalog_register_prices(look_at_price);
}
