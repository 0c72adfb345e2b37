/* SPDX-License-Identifier: Apache-2.0 */
/* metrics.h: what a machine's cloud measured of it, as last fetched: a summary of each metric, and its newest samples. */
#ifndef GAON_SERVICES_LIFECYCLE_METRICS_H
#define GAON_SERVICES_LIFECYCLE_METRICS_H

#include "providers/provider.h"
#include "server/store/store.h"

enum { METRICS_MOST = 32, METRIC_SAMPLES_MOST = 500, METRIC_NAME_MOST = 64 };

struct metric_point {
	int64_t time_us;
	double value;
};
/** One metric over the time that was asked for. */
struct metric {
	const char *name;
	double minimum, average, maximum, last;
	int64_t last_us, sample_count; /* of all samples */
	struct metric_point *points;   /* the newest, at most METRIC_SAMPLES_MOST, oldest first */
	size_t point_count;
};
/**
 * What a cloud sent, metric by metric. What it should not have sent is left out: samples of another time, out of their order, or
 * that are no numbers; metrics beyond METRICS_MOST, or without a name that can be shown.
 */
void metrics_gather(struct arena *arena, const struct provider_metrics_query *query, const struct provider_sample *samples,
		    size_t count, struct metric **metrics, size_t *metric_count);

struct metrics_fetch {
	int64_t start_us, end_us, fetched_us;
};
/** Replaces what was fetched before. */
MUST_CHECK struct status metrics_put(struct store_tx *tx, const char *machine, const struct metrics_fetch *fetch,
				     const struct metric *metrics, size_t count);
/** NOT_FOUND / METRICS_NOT_FETCHED. */
MUST_CHECK struct status metrics_fetched(struct store_tx *tx, const char *machine, struct metrics_fetch *fetch);
/** By name after `after`. */
MUST_CHECK struct status metrics_list(struct store_tx *tx, const char *machine, const char *after, unsigned most,
				      struct metric **metrics, size_t *count);
/** Of a machine that is gone. */
MUST_CHECK struct status metrics_forget(struct store_tx *tx, const char *machine);

#endif
