/* SPDX-License-Identifier: Apache-2.0 */
/* metrics_rpc.c: metrics of machines on the wire. */
#include "gaon/lifecycle/v1/lifecycle.handlers.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/iam/iam.h"
#include "server/services/lifecycle/machine_wire.h"
#include "server/services/lifecycle/metrics.h"
#include "server/services/lifecycle/room.h"
#include "server/services/wire/wire.h"

/* Without a wish an hour, and periods that give a picture's worth of samples. */
enum { SINCE_S = 3600, SAMPLES_WANTED = 240, PERIOD_LEAST_S = 60 };

static int32_t period_of(int32_t wanted_s, int32_t since_s)
{
	int32_t period_s = wanted_s > 0 ? wanted_s : since_s / SAMPLES_WANTED;

	return period_s < PERIOD_LEAST_S ? PERIOD_LEAST_S : period_s;
}

struct status lifecycle_fetch_machine_metrics(struct call *call, const Gaon__FetchMachineMetricsRequest *request,
					      Gaon__Operation *reply)
{
	int32_t since_s = request->since_seconds > 0 ? request->since_seconds : SINCE_S;
	struct json *span = json_object(call->arena);
	const struct machine_begin begin = {
		.kind = KIND_METRICS_FETCH, .verb = VERB_METRICS, .extra = span, .requested_by = call->principal->name,
	};
	const char *ids[3], *id;

	TRY(resource_parse(call->arena, "name", request->name, MACHINE_NAME, ids));
	json_set_int(span, "start_us", call->now_us - since_s * TIME_US_PER_SECOND);
	json_set_int(span, "end_us", call->now_us);
	json_set_int(span, "period_s", period_of(request->period_seconds, since_s));
	TRY(machine_begin_look(call->tx, request->name, &begin, &id));
	return wire_operation_reply(call->tx, id, reply);
}

static Gaon__MachineMetric *metric_to_wire(struct arena *arena, const struct metric *metric, bool shows_samples)
{
	Gaon__MachineMetric *message = ARENA_NEW(arena, Gaon__MachineMetric);

	gaon__machine_metric__init(message);
	message->metric = metric->name;
	message->minimum = metric->minimum;
	message->average = metric->average;
	message->maximum = metric->maximum;
	message->last = metric->last;
	message->last_time = wire_timestamp(arena, metric->last_us);
	message->sample_count = (int32_t)metric->sample_count;
	if (!shows_samples)
		return message;
	message->samples = ARENA_ARRAY(arena, metric->point_count + 1, Gaon__MetricSample *);
	message->n_samples = metric->point_count;
	for (size_t i = 0; i < metric->point_count; i++) {
		message->samples[i] = ARENA_NEW(arena, Gaon__MetricSample);
		gaon__metric_sample__init(message->samples[i]);
		message->samples[i]->time = wire_timestamp(arena, metric->points[i].time_us);
		message->samples[i]->value = metric->points[i].value;
	}
	return message;
}

struct status lifecycle_list_machine_metrics(struct call *call, const Gaon__ListMachineMetricsRequest *request,
					     Gaon__ListMachineMetricsResponse *reply)
{
	const char *ids[3];
	struct machine machine;
	struct metrics_fetch fetch;
	struct page page;
	struct metric *metrics;
	size_t count;

	TRY(resource_parse(call->arena, "parent", request->parent, MACHINE_NAME, ids));
	TRY(machine_get(call->tx, request->parent, &machine));
	TRY(page_read(call->arena, request->page_size, request->page_token,
		      arena_printf(call->arena, "metrics %s", request->parent), &page));
	TRY(metrics_fetched(call->tx, request->parent, &fetch));
	TRY(metrics_list(call->tx, request->parent, page.after, page.limit + 1, &metrics, &count));
	if (count > page.limit) {
		count = page.limit;
		reply->next_page_token = page_next(call->arena, &page, metrics[count - 1].name);
	}
	reply->start_time = wire_timestamp(call->arena, fetch.start_us);
	reply->end_time = wire_timestamp(call->arena, fetch.end_us);
	reply->fetch_time = wire_timestamp(call->arena, fetch.fetched_us);
	reply->machine_metrics = ARENA_ARRAY(call->arena, count + 1, Gaon__MachineMetric *);
	reply->n_machine_metrics = count;
	for (size_t i = 0; i < count; i++)
		reply->machine_metrics[i] = metric_to_wire(call->arena, &metrics[i], request->show_samples);
	return OK;
}
