/* SPDX-License-Identifier: Apache-2.0 */
/* v3_metrics.c: measurements of a machine, from v3's POST /groups. */
#include "providers/nutanix/v3.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

enum { PERIOD_LEAST_S = 30, POINTS_MOST = 50000 };

struct metric_row {
	const char *attribute, *metric;
	double factor; /* from Nutanix's unit to ours */
	bool is_of_memory;
};

static const struct metric_row ROWS[] = {
	{ "hypervisor_cpu_usage_ppm", "cpu-percent", 1e-4, false },
	{ "memory_usage_ppm", "memory-used-mib", 1e-6, true },
	{ "controller_read_io_bandwidth_kBps", "disk-read-bytes-per-s", 1000, false },
	{ "controller_write_io_bandwidth_kBps", "disk-write-bytes-per-s", 1000, false },
};
#define ROW_COUNT (sizeof ROWS / sizeof ROWS[0])

static struct json *query_json(struct arena *arena, const char *native_id, const struct provider_metrics_query *query)
{
	struct json *body = nutanix_object(arena, "entity_type", "vm");
	struct json *ids = json_array(arena), *attributes = json_array(arena);

	json_append_text(ids, native_id);
	for (size_t i = 0; i < ROW_COUNT; i++) {
		struct json *attribute = nutanix_object(arena, "attribute", ROWS[i].attribute);

		json_set_text(attribute, "operation", "AVG");
		json_append(attributes, attribute);
	}
	json_set_text(body, "query_name", "gaon");
	json_set(body, "entity_ids", ids);
	json_set(body, "group_member_attributes", attributes);
	json_set_int(body, "group_member_count", 1);
	json_set_int(body, "interval_start_ms", query->start_us / TIME_US_PER_MS);
	json_set_int(body, "interval_end_ms", query->end_us / TIME_US_PER_MS);
	json_set_int(body, "downsampling_interval", query->period_s < PERIOD_LEAST_S ? PERIOD_LEAST_S : query->period_s);
	return body;
}

/* A value is a text, or (older ones) a number. */
static bool value_read(const struct json *value, double *number)
{
	int64_t whole;

	if (json_kind(value) == JSON_INT || json_kind(value) == JSON_REAL) {
		*number = json_real(value, 0);
		return *number >= 0;
	}
	if (!text_to_int64(json_text(value, ""), &whole) || whole < 0)
		return false;
	*number = (double)whole;
	return true;
}

static void points_read(const struct json *values, const struct metric_row *row, double memory_mib,
			const struct provider_metrics_query *query, struct provider_sample *samples, size_t *count)
{
	int64_t last_us = -1;

	for (size_t i = 0; i < json_size(values) && *count < POINTS_MOST; i++) {
		int64_t time_us = json_int(json_get(json_at(values, i), "time"), -1);
		double number;

		if (time_us <= last_us || time_us < query->start_us || time_us >= query->end_us ||
		    !value_read(json_at(json_get(json_at(values, i), "values"), 0), &number))
			continue;
		samples[(*count)++] =
			(struct provider_sample){ .metric = row->metric,
						  .time_us = time_us,
						  .value = number * row->factor * (row->is_of_memory ? memory_mib : 1) };
		last_us = time_us;
	}
}

struct provider_result v3_metrics(struct provider_session *session, struct provider_call *call, const char *native_id,
				  const struct provider_metrics_query *query, struct provider_sample **samples, size_t *count)
{
	struct nutanix_answer answer;
	struct provider_machine machine;
	struct provider_result result = nutanix_metrics_check(call->arena, query);

	if (result.error == PROVIDER_OK)
		result = v3_machine_read_one(session, call, native_id, &machine);
	if (result.error != PROVIDER_OK)
		return result;
	struct nutanix_request request = { .method = "POST",
					   .path = V3 "groups",
					   .body = query_json(call->arena, native_id, query),
					   .what = "reading the measurements",
					   .is_read = true };
	result = nutanix_send(session, call, &request, &answer);
	if (result.error != PROVIDER_OK)
		return result;
	const struct json *entity = json_at(json_get(json_at(json_get(answer.body, "group_results"), 0), "entity_results"), 0);
	const struct json *data = json_get(entity, "data");
	*samples = ARENA_ARRAY(call->arena, POINTS_MOST, struct provider_sample);
	*count = 0;
	for (size_t row = 0; row < ROW_COUNT; row++)
		for (size_t i = 0; i < json_size(data); i++)
			if (text_equal(json_text(json_get(json_at(data, i), "name"), ""), ROWS[row].attribute)) {
				points_read(json_get(json_at(data, i), "values"), &ROWS[row], (double)machine.memory_mib, query,
					    *samples, count);
				break;
			}
	return PROVIDER_DONE;
}
