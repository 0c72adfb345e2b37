/* SPDX-License-Identifier: Apache-2.0 */
/* meter.h: what is measured, and how much of it a machine uses. */
#ifndef GAON_SERVICES_COST_METER_H
#define GAON_SERVICES_COST_METER_H

#include "server/services/cost/cost.h"

enum { METER_COUNT = 5 };

/** What a meter counts: `count` (of a shape) / `divisor` units in each hour. */
struct meter {
	enum cost_meter meter;
	const char *name; /* "vcpu-hour": in source keys and messages */
	int64_t (*count)(const struct cost_shape *shape); /* NULL: of no shape */
	int64_t divisor;
	bool needs_running; /* a stopped machine uses none */
};
extern const struct meter meters[METER_COUNT];

/** NULL for a number that is no meter. */
const struct meter *meter_find(int number);

/**
 * Units that are used from `from_us` to `to_us` of the UTC day that begins at `day_us`, in millionths. It is the difference
 * of two counts from midnight on, so that however an interval is split, the parts sum to the whole exactly.
 */
int64_t meter_quantity(const struct meter *meter, const struct cost_shape *shape, int64_t day_us, int64_t from_us,
		       int64_t to_us);

#endif
