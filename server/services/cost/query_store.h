/* SPDX-License-Identifier: Apache-2.0 */
/* query_store.h: sums over the days. */
#ifndef GAON_SERVICES_COST_QUERY_STORE_H
#define GAON_SERVICES_COST_QUERY_STORE_H

#include "server/services/cost/cost.h"

/** What sums may be kept apart by, in the order in which rows are sorted. */
enum query_key { KEY_DAY, KEY_MONTH, KEY_PROJECT, KEY_RESOURCE, KEY_PRODUCT, KEY_METER, KEY_CURRENCY, KEY_COUNT };

struct cost_query {
	const char *tenant, *project; /* exactly one is set */
	const char *resource;	      /* "": any */
	int64_t start_us, end_us;     /* days */
	bool keys[KEY_COUNT];
};

struct cost_sum {
	int64_t period_us; /* 0 when neither KEY_DAY nor KEY_MONTH */
	const char *project, *resource, *product, *currency; /* "" when not kept apart */
	int meter;
	struct amount quantity; /* with KEY_METER */
	struct amount billed;
};

/**
 * At most `most` sums after the one whose `cost_sum_place` is `after` (NULL: from the first on).
 * INVALID_FIELD "page_token" for a place that is none.
 */
MUST_CHECK struct status cost_sums(struct store_tx *tx, const struct cost_query *query, const char *after, unsigned most,
				   struct cost_sum **sums, size_t *count);
const char *cost_sum_place(struct arena *arena, const struct cost_query *query, const struct cost_sum *sum);

/** Was anything of this product ever used? */
MUST_CHECK struct status cost_product_used(struct store_tx *tx, const char *product, bool *is_used);

#endif
