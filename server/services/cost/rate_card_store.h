/* SPDX-License-Identifier: Apache-2.0 */
/* rate_card_store.h: the tables rate_card and rate. */
#ifndef GAON_SERVICES_COST_RATE_CARD_STORE_H
#define GAON_SERVICES_COST_RATE_CARD_STORE_H

#include "server/services/cost/cost.h"

struct rate_card {
	const char *name, *tenant, *display_name, *currency;
	bool is_charged; /* something was priced by it */
	int64_t revision, created_us, updated_us;
};

struct rate {
	int meter;
	struct amount price;
	int64_t effective_us; /* 0: from always */
};

/** NOT_FOUND / RATE_CARD_NOT_FOUND. */
MUST_CHECK struct status rate_card_get(struct store_tx *tx, const char *name, struct rate_card *card);
MUST_CHECK struct status rate_card_find(struct store_tx *tx, const char *name, struct rate_card *card, bool *is_found);
MUST_CHECK struct status rate_card_list(struct store_tx *tx, const char *tenant, const char *after, unsigned most,
					struct rate_card **cards, size_t *count);
/** ALREADY_EXISTS / RATE_CARD_EXISTS. */
MUST_CHECK struct status rate_card_insert(struct store_tx *tx, const struct rate_card *card);
/** Writes display_name and updated_us, and counts the revision up in `card` too. */
MUST_CHECK struct status rate_card_update(struct store_tx *tx, struct rate_card *card);
MUST_CHECK struct status rate_card_mark_charged(struct store_tx *tx, const char *name);
/** With its rates. */
MUST_CHECK struct status rate_card_delete(struct store_tx *tx, const char *name);
MUST_CHECK struct status rate_card_of_tenant(struct store_tx *tx, const char *tenant, bool *has_any);

/** By meter, then by beginning. */
MUST_CHECK struct status rate_list(struct store_tx *tx, const char *card, struct rate **rates, size_t *count);
MUST_CHECK struct status rate_insert(struct store_tx *tx, const char *card, const struct rate *rate);
/** Forgets the rates that begin after `now_us`. */
MUST_CHECK struct status rate_delete_after(struct store_tx *tx, const char *card, int64_t now_us);
/** When the first rate of any meter begins between these two, both left out; *at_us is `before_us` when none does. */
MUST_CHECK struct status rate_next_beginning(struct store_tx *tx, const char *card, int64_t after_us, int64_t before_us,
					     int64_t *at_us);
/** The newest rate of a meter that has begun at `at_us`. */
MUST_CHECK struct status rate_in_force(struct store_tx *tx, const char *card, int meter, int64_t at_us, struct rate *rate,
				       bool *is_found);

#endif
