/* SPDX-License-Identifier: Apache-2.0 */
/* filter.h: AIP-160 filters and AIP-132 orders over machines, as SQL with every value bound. */
#ifndef GAON_SERVICES_LIFECYCLE_FILTER_H
#define GAON_SERVICES_LIFECYCLE_FILTER_H

#include "runtime/base/text.h"
#include "server/store/store.h"

enum { FILTER_TERMS_MOST = 16, FILTER_VALUES_MOST = 64, ORDER_FIELDS_MOST = 4 };

/** A query being composed: its text and the values of $1, $2, … */
struct filter_sql {
	struct text text;
	struct sql_value values[FILTER_VALUES_MOST];
	size_t count;
};

/** Appends "$N" and keeps the value. */
void filter_bind(struct filter_sql *sql, struct sql_value value);

/**
 * Appends " AND (…)" for each comparison of a conjunction: `state = RUNNING AND vcpus >= 2 AND labels.env = "prod"`.
 * INVALID_ARGUMENT / INVALID_FIELD "filter" says at which column what was expected.
 */
MUST_CHECK struct status filter_append(struct arena *arena, const char *filter, struct filter_sql *sql);

struct order_field {
	const char *column;
	bool is_number, is_descending;
};
struct order_by {
	struct order_field fields[ORDER_FIELDS_MOST]; /* the last one is always name: the order is total */
	size_t count;
};
/** "memory_mib desc, display_name"; "" is newest first. */
MUST_CHECK struct status order_parse(struct arena *arena, const char *order_by, struct order_by *order);
/** " AND (…)": only what comes after the row whose field values are in `key` (a JSON array, as order_key makes it). */
MUST_CHECK struct status order_append_after(struct arena *arena, const struct order_by *order, const char *key,
					    struct filter_sql *sql);
/** " ORDER BY …" */
void order_append(const struct order_by *order, struct filter_sql *sql);

#endif
