/* SPDX-License-Identifier: Apache-2.0 */
/* observe.c: the console, and what CloudWatch has measured. */
#include "providers/aws/observe.h"

#include <math.h>

#include "runtime/base/text.h"
#include "runtime/base/time.h"

#define SAMPLES_MOST 50000
#define PAGES_MOST 20
#define BASIC_S 300
#define DETAILED_S 60

/* ---- the console ---- */

static struct provider_result console_ask(CALL, const char *native_id, bool is_latest, struct aws_query *query,
					  struct xml **root)
{
	*query = aws_query_new(call->arena, AWS_GET_CONSOLE_OUTPUT);
	aws_query_add(query, "InstanceId", native_id);
	if (is_latest)
		aws_query_add(query, "Latest", "true");
	return aws_ask(session, call, query, root);
}

struct provider_result aws_console(CALL, const char *native_id, size_t most, struct slice *output)
{
	struct aws_query query;
	struct slice bytes = { "", 0 };
	struct xml *root;

	if (!aws_is_id(native_id, "i-"))
		return provider_fail(call->arena, PROVIDER_NOT_FOUND, "AWS has no such machine in this region");
	struct provider_result result = console_ask(session, call, native_id, true, &query, &root);
	/* "Supported only on instances built on the Nitro System": the others have what they wrote when they booted. */
	if (text_starts_with(text_or_empty(query.refusal), "Unsupported"))
		result = console_ask(session, call, native_id, false, &query, &root);
	if (result.error != PROVIDER_OK)
		return result;
	const char *encoded = xml_text(xml_child(root, "output"), "");
	struct text bare = text_new(call->arena);
	for (const char *c = encoded; *c; c++)
		if (*c != '\n' && *c != '\r' && *c != ' ')
			text_append_char(&bare, *c);
	if (!text_from_base64(call->arena, slice_of(bare.data, bare.size), &bytes))
		return provider_fail(call->arena, PROVIDER_UNAVAILABLE,
				     "AWS gave a console that is no base64; try again");
	size_t cut = bytes.size > most ? bytes.size - most : 0;
	*output = slice_of(bytes.data + cut, bytes.size - cut);
	return result;
}

/* ---- measurements ---- */

struct metric_row {
	const char *ours, *theirs, *statistic;
	bool is_sum; /* over the period: bytes */
};

/* Memory is known to the guest only. Disk is that of EBS: machines from Nitro on have these. */
static const struct metric_row METRICS[] = {
	{ "cpu-percent", "CPUUtilization", "Average", false },
	{ "disk-read-bytes-per-s", "EBSReadBytes", "Sum", true },
	{ "disk-write-bytes-per-s", "EBSWriteBytes", "Sum", true },
	{ "network-receive-bytes-per-s", "NetworkIn", "Sum", true },
	{ "network-send-bytes-per-s", "NetworkOut", "Sum", true },
};

#define METRIC_COUNT (sizeof METRICS / sizeof METRICS[0])

static void sample_add(struct arena *arena, struct aws_samples *samples, const struct provider_sample *sample)
{
	if (samples->count == SAMPLES_MOST)
		return;
	if (samples->count == samples->capacity) {
		size_t capacity = samples->capacity * 2 + 64;
		struct provider_sample *rows = ARENA_ARRAY(arena, capacity, struct provider_sample);

		if (samples->count > 0)
			memcpy(rows, samples->rows, samples->count * sizeof *rows);
		samples->rows = rows;
		samples->capacity = capacity;
	}
	samples->rows[samples->count++] = *sample;
}

/* XML has no number with a fraction for us: JSON's reader does. */
static bool real_read(struct arena *arena, const char *text, double *value)
{
	struct json *json;

	if (text[0] == '\0' ||
	    !status_is_ok(json_parse(arena, slice_text(arena_printf(arena, "[%.40s]", text)), NULL, &json)))
		return false;
	*value = json_real(json_at(json, 0), NAN);
	return isfinite(*value);
}

static void result_read(struct arena *arena, const struct xml *member, const struct provider_metrics_query *query,
			int32_t period_s, struct aws_samples *samples)
{
	const char *id = xml_text(xml_child(member, "Id"), "");
	size_t at = id[0] == 'm' && id[1] >= '0' && id[2] == '\0' ? (size_t)(id[1] - '0') : METRIC_COUNT;
	const struct xml *time = xml_path(member, "Timestamps", "member", NULL);
	const struct xml *value = xml_path(member, "Values", "member", NULL);

	if (at >= METRIC_COUNT)
		return;
	for (; time && value; time = xml_next_child(time, "member"), value = xml_next_child(value, "member")) {
		struct provider_sample sample = { METRICS[at].ours, aws_time_read(time), 0 };

		if (sample.time_us < query->start_us || sample.time_us >= query->end_us ||
		    !real_read(arena, xml_text(value, ""), &sample.value))
			continue;
		if (METRICS[at].is_sum)
			sample.value /= period_s;
		sample_add(arena, samples, &sample);
	}
}

void aws_samples_read(struct arena *arena, const struct xml *root, const struct provider_metrics_query *query,
		      int32_t period_s, struct aws_samples *samples)
{
	const struct xml *member = xml_path(root, "GetMetricDataResult", "MetricDataResults", "member", NULL);

	for (; member; member = xml_next_child(member, "member"))
		result_read(arena, member, query, period_s, samples);
}

/*
 * What was measured each five minutes must not be asked for each minute: a sum would be five times too large. "Data
 * points with a period of 60 seconds are available for 15 days, 300 seconds for 63 days, 3600 seconds for 455 days."
 */
static int32_t period_of(const struct provider_session *session, const struct provider_metrics_query *query)
{
	int64_t age_us = time_now_us() - query->start_us;
	int32_t least = session->options.has_detailed_monitoring ? DETAILED_S : BASIC_S;
	int32_t period = query->period_s > least ? query->period_s : least;

	if (age_us > 15 * TIME_US_PER_DAY && period < 300)
		period = 300;
	if (age_us > 63 * TIME_US_PER_DAY && period < 3600)
		period = 3600;
	return period > 86400 ? 86400 : (period + least - 1) / least * least;
}

static void metrics_question(struct aws_query *query, const char *native_id,
			     const struct provider_metrics_query *wanted, int32_t period_s)
{
	struct arena *arena = query->arena;

	for (size_t i = 0; i < METRIC_COUNT; i++) {
		const char *prefix = arena_printf(arena, "MetricDataQueries.member.%zu", i + 1);

		aws_query_add(query, arena_printf(arena, "%s.Id", prefix), arena_printf(arena, "m%zu", i));
		prefix = arena_printf(arena, "%s.MetricStat", prefix);
		aws_query_add(query, arena_printf(arena, "%s.Metric.Namespace", prefix), "AWS/EC2");
		aws_query_add(query, arena_printf(arena, "%s.Metric.MetricName", prefix), METRICS[i].theirs);
		aws_query_add(query, arena_printf(arena, "%s.Metric.Dimensions.member.1.Name", prefix), "InstanceId");
		aws_query_add(query, arena_printf(arena, "%s.Metric.Dimensions.member.1.Value", prefix), native_id);
		aws_query_add_int(query, arena_printf(arena, "%s.Period", prefix), period_s);
		aws_query_add(query, arena_printf(arena, "%s.Stat", prefix), METRICS[i].statistic);
	}
	aws_query_add(query, "StartTime", time_format(arena, wanted->start_us));
	aws_query_add(query, "EndTime", time_format(arena, wanted->end_us));
	aws_query_add(query, "ScanBy", "TimestampAscending");
}

/* Pages come metric by metric only within a page. */
static void by_metric(struct arena *arena, struct aws_samples *samples)
{
	struct provider_sample *rows = ARENA_ARRAY(arena, samples->count + 1, struct provider_sample);
	size_t count = 0;

	for (size_t metric = 0; metric < METRIC_COUNT; metric++)
		for (size_t i = 0; i < samples->count; i++)
			if (samples->rows[i].metric == METRICS[metric].ours)
				rows[count++] = samples->rows[i];
	samples->rows = rows;
}

struct provider_result aws_metrics(CALL, const char *native_id, const struct provider_metrics_query *query,
				   struct provider_sample **samples, size_t *count)
{
	struct aws_samples read = { NULL, 0, 0 };
	int32_t period_s = period_of(session, query);
	const struct xml *instance;
	const char *token = NULL;

	if (query->start_us < 0 || query->end_us <= query->start_us ||
	    (query->end_us - query->start_us) / TIME_US_PER_SECOND / period_s > (int64_t)(SAMPLES_MOST / METRIC_COUNT))
		return provider_fail(call->arena, PROVIDER_INVALID,
				     "ask for a time that ends after it starts, and for fewer samples");
	/* CloudWatch knows nothing of a machine that never was. */
	struct provider_result result = aws_instance(session, call, native_id, &instance);
	for (int pages = 0; result.error == PROVIDER_OK && pages < PAGES_MOST; pages++) {
		struct aws_query asking = aws_query_new(call->arena, AWS_GET_METRIC_DATA);
		struct xml *root;

		metrics_question(&asking, native_id, query, period_s);
		aws_query_add(&asking, "NextToken", token);
		result = aws_ask(session, call, &asking, &root);
		if (result.error != PROVIDER_OK)
			break;
		aws_samples_read(call->arena, root, query, period_s, &read);
		token = xml_text(xml_path(root, "GetMetricDataResult", "NextToken", NULL), NULL);
		if (text_is_empty(token))
			break;
	}
	if (result.error != PROVIDER_OK)
		return result;
	by_metric(call->arena, &read);
	*samples = read.rows;
	*count = read.count;
	return result;
}
