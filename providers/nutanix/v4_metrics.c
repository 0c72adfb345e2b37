/* SPDX-License-Identifier: Apache-2.0 */
/* v4_metrics.c: measurements of a machine, from v4's stats. */
#include "providers/nutanix/v4.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "runtime/http/http.h"

enum { PERIOD_LEAST_S = 30, POINTS_MOST = 50000 };

struct metric_row {
	const char *member, *metric;
	double factor; /* from Nutanix's unit to ours */
};

static const struct metric_row ROWS[] = {
	{ "hypervisorCpuUsagePpm", "cpu-percent", 1e-4 },
	{ "memoryUsageBytes", "memory-used-mib", 1.0 / (1024 * 1024) },
	{ "controllerReadIoBandwidthKbps", "disk-read-bytes-per-s", 1000 },
	{ "controllerWriteIoBandwidthKbps", "disk-write-bytes-per-s", 1000 },
};
#define ROW_COUNT (sizeof ROWS / sizeof ROWS[0])

/* All four parameters, and a list of what is wanted, are needed: without one of them v4.0 refuses. */
static const char *path_of(struct provider_session *session, struct arena *arena, const char *native_id,
			   const struct provider_metrics_query *query)
{
	struct text select = text_new(arena);
	int64_t period_s = query->period_s < PERIOD_LEAST_S ? PERIOD_LEAST_S : query->period_s;

	for (size_t i = 0; i < ROW_COUNT; i++)
		text_printf(&select, "%sstats/%s", i > 0 ? "," : "", ROWS[i].member);
	return v4_path(session, arena, "vmm",
		       "ahv/stats/vms/%s?$startTime=%s&$endTime=%s&$samplingInterval=%lld&$statType=AVG&$select=%s", native_id,
		       http_encode(arena, time_format(arena, query->start_us)), http_encode(arena, time_format(arena, query->end_us)),
		       (long long)period_s, http_encode(arena, select.data));
}

static void row_read(const struct json *tuples, const struct metric_row *row, const struct provider_metrics_query *query,
		     struct provider_sample *samples, size_t *count)
{
	int64_t last_us = -1;

	for (size_t i = 0; i < json_size(tuples) && *count < POINTS_MOST; i++) {
		const struct json *value = json_get(json_at(tuples, i), row->member);
		int64_t time_us = nutanix_time_of(json_get(json_at(tuples, i), "timestamp"));
		double number = json_real(value, -1);

		if (number < 0 || time_us <= last_us || time_us < query->start_us || time_us >= query->end_us)
			continue;
		samples[(*count)++] =
			(struct provider_sample){ .metric = row->metric, .time_us = time_us, .value = number * row->factor };
		last_us = time_us;
	}
}

struct provider_result v4_metrics(struct provider_session *session, struct provider_call *call, const char *native_id,
				  const struct provider_metrics_query *query, struct provider_sample **samples, size_t *count)
{
	const struct json *data;
	struct provider_result result = nutanix_metrics_check(call->arena, query);

	if (result.error == PROVIDER_OK)
		result = nutanix_id_check(call->arena, "machine", native_id);
	if (result.error == PROVIDER_OK)
		result = v4_get(session, call, path_of(session, call->arena, native_id, query), "reading the measurements", &data, NULL);
	if (result.error != PROVIDER_OK)
		return result;
	*samples = ARENA_ARRAY(call->arena, POINTS_MOST, struct provider_sample);
	*count = 0;
	for (size_t i = 0; i < ROW_COUNT; i++)
		row_read(json_get(data, "stats"), &ROWS[i], query, *samples, count);
	return PROVIDER_DONE;
}
