/* SPDX-License-Identifier: Apache-2.0 */
/* observe.h: what CloudWatch and Cost Explorer answer, read: for observe.c, bill.c, and the tests of both. */
#ifndef GAON_PROVIDERS_AWS_OBSERVE_H
#define GAON_PROVIDERS_AWS_OBSERVE_H

#include "providers/aws/machine.h"

struct aws_samples {
	struct provider_sample *rows;
	size_t count, capacity;
};

/** Adds what an answer of GetMetricData says of our queries ("m0" …), per second where they are sums over `period_s`.
 */
void aws_samples_read(struct arena *arena, const struct xml *root, const struct provider_metrics_query *query,
		      int32_t period_s, struct aws_samples *samples);

/** The lines of an answer of GetCostAndUsage. UNAVAILABLE when an amount is no decimal: a bill is read whole or not at
 * all. */
struct provider_result aws_bill_read(struct arena *arena, const struct json *answer, const char *account,
				     const char *region, struct provider_bill_line **lines, size_t *count);

#endif
