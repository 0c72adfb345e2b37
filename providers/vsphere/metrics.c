/* SPDX-License-Identifier: Apache-2.0 */
/* metrics.c: what was measured of a machine: the performance manager's series, gathered into periods. */
#include <stdlib.h>
#include <string.h>

#include "providers/vsphere/vsphere.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

#define POINTS_MOST 100000
#define REALTIME_S 20

/* A metric of ours and its counter. Of a counter for each disk the sum is meant, of the others the one of the whole machine. */
static const struct measure {
	const char *metric, *group, *name;
	const char *instance;
	double scale;
} MEASURES[VSPHERE_COUNTERS] = {
	{ "cpu-percent", "cpu", "usage", "", 0.01 },
	{ "memory-used-mib", "mem", "consumed", "", 1.0 / 1024 },
	{ "disk-read-bytes-per-s", "virtualDisk", "read", "*", 1024 },
	{ "disk-write-bytes-per-s", "virtualDisk", "write", "*", 1024 },
	{ "network-receive-bytes-per-s", "net", "received", "", 1024 },
	{ "network-send-bytes-per-s", "net", "transmitted", "", 1024 },
};

/* How long vSphere keeps samples of which coarseness. */
static const struct {
	int64_t age_us;
	int32_t interval_s;
} ROLLUPS[] = {
	{ TIME_US_PER_HOUR, REALTIME_S },
	{ TIME_US_PER_DAY, 300 },
	{ 7 * TIME_US_PER_DAY, 1800 },
	{ 30 * TIME_US_PER_DAY, 7200 },
	{ INT64_MAX, 86400 },
};

static int32_t interval_of(int64_t start_us)
{
	size_t i = 0;

	while (time_now_us() - start_us > ROLLUPS[i].age_us)
		i++;
	return ROLLUPS[i].interval_s;
}

/* ---- counters ---- */

static void counter_note(const struct xml *counter, int64_t *counters)
{
	const char *group = xml_text(xml_path(counter, "groupInfo", "key", NULL), NULL);
	const char *name = xml_text(xml_path(counter, "nameInfo", "key", NULL), NULL);

	if (!text_equal(xml_text(xml_child(counter, "rollupType"), NULL), "average"))
		return;
	for (size_t i = 0; i < VSPHERE_COUNTERS; i++)
		if (text_equal(group, MEASURES[i].group) && text_equal(name, MEASURES[i].name))
			counters[i] = xml_int(xml_child(counter, "key"), 0);
}

static struct provider_result counters_take(struct provider_session *session, struct provider_call *call,
					    const struct vsphere_service *service, int64_t *counters)
{
	static const char *const PATHS[] = { "perfCounter", NULL };
	const struct xml *object;
	bool is_known;

	pthread_mutex_lock(&session->mutex);
	is_known = session->has_counters;
	memcpy(counters, session->counters, sizeof session->counters);
	pthread_mutex_unlock(&session->mutex);
	if (is_known)
		return PROVIDER_DONE;
	struct provider_result result = vsphere_properties(session, call, service->perf_manager, PATHS, &object);
	if (result.error != PROVIDER_OK)
		return result;
	const struct xml *all = vsphere_property(object, "perfCounter");
	for (const struct xml *each = all ? all->children : NULL; each; each = each->next)
		counter_note(each, counters);
	pthread_mutex_lock(&session->mutex);
	session->has_counters = true;
	memcpy(session->counters, counters, sizeof session->counters);
	pthread_mutex_unlock(&session->mutex);
	return result;
}

/* ---- series ---- */

/* One measured value, before it is gathered. */
struct point {
	size_t measure;
	int64_t time_us; /* where its interval begins */
	double value;
};
struct points {
	struct point *rows;
	size_t count, most;
};

static size_t children_named(const struct xml *parent, const char *name)
{
	size_t count = 0;

	for (const struct xml *each = xml_child(parent, name); each; each = xml_next_child(each, name))
		count++;
	return count;
}

static void series_read(const struct xml *entity, const struct xml *series, size_t measure,
			const struct provider_metrics_query *query, struct points *points)
{
	const struct xml *info = xml_child(entity, "sampleInfo");

	for (const struct xml *value = xml_child(series, "value"); value && info;
	     value = xml_next_child(value, "value"), info = xml_next_child(info, "sampleInfo")) {
		int64_t interval_s = xml_int(xml_child(info, "interval"), 0);
		int64_t time_us = vsphere_time(xml_child(info, "timestamp"), -1);
		int64_t number = xml_int(value, -1); /* -1 is also how vSphere says that there was nothing to measure */
		if (time_us < 0 || number < 0 || interval_s < 0 || interval_s > 86400 || points->count == points->most)
			continue;
		time_us -= interval_s * TIME_US_PER_SECOND;
		if (time_us >= query->start_us && time_us < query->end_us)
			points->rows[points->count++] = (struct point){ measure, time_us, (double)number * MEASURES[measure].scale };
	}
}

static void points_read(struct arena *arena, const struct xml *response, const int64_t *counters,
			const struct provider_metrics_query *query, struct points *points)
{
	for (const struct xml *entity = xml_child(response, "returnval"); entity; entity = xml_next_child(entity, "returnval"))
		points->most += children_named(entity, "sampleInfo") * children_named(entity, "value");
	if (points->most > POINTS_MOST)
		points->most = POINTS_MOST;
	points->rows = ARENA_ARRAY(arena, points->most, struct point);
	for (const struct xml *entity = xml_child(response, "returnval"); entity; entity = xml_next_child(entity, "returnval"))
		for (const struct xml *series = xml_child(entity, "value"); series; series = xml_next_child(series, "value")) {
			int64_t counter = xml_int(xml_path(series, "id", "counterId", NULL), 0);
			for (size_t i = 0; i < VSPHERE_COUNTERS; i++)
				if (counter > 0 && counters[i] == counter)
					series_read(entity, series, i, query, points);
		}
}

static int by_time(const void *a, const void *b)
{
	const struct point *first = a, *second = b;

	if (first->measure != second->measure)
		return first->measure < second->measure ? -1 : 1;
	return first->time_us < second->time_us ? -1 : first->time_us > second->time_us;
}

/* Values of one time are of several disks: their sum. Those of one period: the mean of the sums. */
static size_t gather(struct points *points, const struct provider_metrics_query *query, struct provider_sample *samples)
{
	int64_t period_us = (query->period_s > 0 ? query->period_s : 1) * TIME_US_PER_SECOND;
	size_t count = 0;

	qsort(points->rows, points->count, sizeof *points->rows, by_time);
	for (size_t i = 0; i < points->count;) {
		const struct point *first = &points->rows[i];
		int64_t period = (first->time_us - query->start_us) / period_us;
		double sum = 0;
		int64_t times = 0, last_us = -1;
		for (; i < points->count && points->rows[i].measure == first->measure &&
		       (points->rows[i].time_us - query->start_us) / period_us == period;
		     i++) {
			sum += points->rows[i].value;
			times += points->rows[i].time_us != last_us;
			last_us = points->rows[i].time_us;
		}
		samples[count++] = (struct provider_sample){ .metric = MEASURES[first->measure].metric,
							     .time_us = first->time_us,
							     .value = sum / (double)times };
	}
	return count;
}

size_t vsphere_samples_read(struct arena *arena, const struct xml *response, const int64_t *counters,
			    const struct provider_metrics_query *query, struct provider_sample **samples)
{
	struct points points = { NULL, 0, 0 };

	points_read(arena, response, counters, query, &points);
	*samples = ARENA_ARRAY(arena, points.count, struct provider_sample);
	return gather(&points, query, *samples);
}

static struct xml *query_method(struct arena *arena, const struct vsphere_service *service, struct vsphere_ref vm,
				const int64_t *counters, const struct provider_metrics_query *query)
{
	struct xml *method = vsphere_method(arena, "QueryPerf", service->perf_manager);
	struct xml *spec = xml_add(method, "querySpec");
	int32_t interval_s = interval_of(query->start_us);

	vsphere_add_ref(spec, "entity", vm);
	/* Samples are stamped with the end of their interval. */
	xml_add_text(spec, "startTime", time_format(arena, query->start_us));
	xml_add_text(spec, "endTime", time_format(arena, query->end_us + interval_s * TIME_US_PER_SECOND));
	for (size_t i = 0; i < VSPHERE_COUNTERS; i++) {
		if (counters[i] == 0)
			continue;
		struct xml *id = xml_add(spec, "metricId");
		xml_add_int(id, "counterId", counters[i]);
		xml_add_text(id, "instance", MEASURES[i].instance);
	}
	xml_add_int(spec, "intervalId", interval_s);
	xml_add_text(spec, "format", "normal");
	return method;
}

struct provider_result vsphere_metrics(struct provider_session *session, struct provider_call *call, const char *native_id,
				       const struct provider_metrics_query *query, struct provider_sample **samples, size_t *count)
{
	const struct vsphere_service *service;
	struct provider_metrics_query asked = *query;
	int64_t counters[VSPHERE_COUNTERS] = { 0 };
	const struct xml *response;
	struct vsphere_vm vm;

	*samples = NULL;
	*count = 0;
	if (query->start_us >= query->end_us || query->period_s < 0 || query->start_us < 0)
		return provider_fail(call->arena, PROVIDER_INVALID, "the measurements' start must lie before their end");
	struct provider_result result = vsphere_enter(session, call, &service);
	if (result.error == PROVIDER_OK)
		result = vsphere_vm_get(session, call, native_id, VSPHERE_MACHINE, &vm);
	if (result.error == PROVIDER_OK && service->perf_manager.id)
		result = counters_take(session, call, service, counters);
	if (result.error != PROVIDER_OK || !service->perf_manager.id)
		return result;
	/* Before it was made nothing was measured of it. */
	if (asked.start_us < vm.machine.created_us)
		asked.start_us = vm.machine.created_us;
	if (asked.end_us > time_now_us())
		asked.end_us = time_now_us();
	if (asked.start_us >= asked.end_us)
		return result;
	result = vsphere_send(session, call, query_method(call->arena, service, vm.ref, counters, &asked), true, &response, NULL);
	if (result.error != PROVIDER_OK)
		return result;
	*count = vsphere_samples_read(call->arena, response, counters, &asked, samples);
	return result;
}
