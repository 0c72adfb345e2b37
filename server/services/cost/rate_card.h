/* SPDX-License-Identifier: Apache-2.0 */
/* rate_card.h: rates that have begun never change. */
#ifndef GAON_SERVICES_COST_RATE_CARD_H
#define GAON_SERVICES_COST_RATE_CARD_H

#include "server/services/cost/rate_card_store.h"

/** Refuses a meter that is none, a price that is negative or too fine, and two rates with the same meter and beginning. */
MUST_CHECK struct status rates_check(struct arena *arena, const struct rate *rates, size_t count);

/**
 * Makes `rates` the card's rates from now on: those that have begun stay, whether they are repeated or not; those that have
 * not are replaced. FAILED_PRECONDITION / RATE_BEGUN for a new or changed one that would have begun already.
 */
MUST_CHECK struct status rates_replace(struct store_tx *tx, const char *card, const struct rate *rates, size_t count,
				       int64_t now_us);

/** NOT_FOUND / RATE_CARD_NOT_FOUND unless the card exists and is `tenant`'s own or an ancestor's. */
MUST_CHECK struct status rate_card_check_usable(struct store_tx *tx, const char *tenant, const char *card);

#endif
