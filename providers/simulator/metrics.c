/* SPDX-License-Identifier: Apache-2.0 */
/* metrics.c: samples of a simulated machine: of its present run only, which is all that it remembers. */
#include "providers/simulator/observe.h"
#include "runtime/base/time.h"

#define SAMPLES_MOST 1440 /* of one metric; a longer time has coarser ones */
#define PERIOD_LEAST_S 60

static const struct metric {
	const char *name;
	double constant;    /* or, when 0, the machine's memory */
} METRICS[] = {
	{ "cpu-percent", (double)SIM_CPU_NS_PER_RUN_US / 10 },
	{ "memory-used-mib", 0 },
	{ "disk-read-bytes-per-s", SIM_DISK_READ_PER_SECOND },
	{ "disk-write-bytes-per-s", SIM_DISK_WRITE_PER_SECOND },
	{ "network-receive-bytes-per-s", SIM_RECEIVE_PER_SECOND },
	{ "network-send-bytes-per-s", SIM_SEND_PER_SECOND },
};
#define METRIC_COUNT (sizeof METRICS / sizeof METRICS[0])

/* The clock's own multiples, so that two machines are measured at the same times. */
static int64_t round_down(int64_t time_us, int64_t period_us)
{
	return time_us / period_us * period_us;
}

static size_t measure(struct arena *arena, const struct sim_machine *machine, const struct provider_metrics_query *query,
		      int64_t now_us, struct provider_sample **samples)
{
	int64_t period_us = (query->period_s < PERIOD_LEAST_S ? PERIOD_LEAST_S : query->period_s) * TIME_US_PER_SECOND;
	int64_t start_us = machine->running_since_us > query->start_us ? machine->running_since_us : query->start_us;
	int64_t end_us = query->end_us <= now_us ? query->end_us : now_us + 1;
	if (machine->running_since_us == 0 || start_us >= end_us)
		return 0;
	while ((end_us - start_us) / period_us >= SAMPLES_MOST)
		period_us *= 2;
	int64_t first_us = round_down(start_us, period_us);
	first_us += first_us < query->start_us ? period_us : 0;
	size_t each = first_us < end_us ? (size_t)((end_us - 1 - first_us) / period_us) + 1 : 0, filled = 0;
	*samples = ARENA_ARRAY(arena, each * METRIC_COUNT, struct provider_sample);
	for (size_t metric = 0; metric < METRIC_COUNT; metric++)
		for (size_t i = 0; i < each; i++)
			(*samples)[filled++] = (struct provider_sample){
				.metric = METRICS[metric].name,
				.time_us = first_us + (int64_t)i * period_us,
				.value = METRICS[metric].constant > 0 ? METRICS[metric].constant : (double)machine->memory_mib,
			};
	return filled;
}

struct provider_result sim_metrics(struct provider_session *session, struct provider_call *call, const char *native_id,
				   const struct provider_metrics_query *query, struct provider_sample **samples, size_t *count)
{
	struct sim_visit visit;
	struct sim_machine *machine;
	struct provider_result result = sim_enter(session, call, VERB_METRICS, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	result = sim_machine_need(&visit, native_id, &machine);
	if (result.error == PROVIDER_OK && (query->start_us < 0 || query->start_us >= query->end_us || query->period_s < 0))
		result = provider_fail(call->arena, PROVIDER_INVALID, "ask for a time that ends after it begins");
	if (result.error == PROVIDER_OK)
		*count = measure(call->arena, machine, query, visit.now_us, samples);
	return sim_leave(&visit, result);
}
