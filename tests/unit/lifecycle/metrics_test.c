/* SPDX-License-Identifier: Apache-2.0 */
/* metrics_test.c: what a cloud measured is fetched, summed up and bounded; what it should not have sent changes nothing. */
#include <math.h>
#include <string.h>

#include "server/services/lifecycle/metrics.h"
#include "tests/support/arena_fixture.h"
#include "tests/unit/lifecycle/look.h"

static struct status call(void **state, const char *method, const void *request, void *reply)
{
	return service_call(*state, &gaon_lifecycle_table, method, request, reply);
}

static struct status fetch(void **state, const char *machine, int32_t since_s, Gaon__Operation *operation)
{
	Gaon__FetchMachineMetricsRequest request = GAON__FETCH_MACHINE_METRICS_REQUEST__INIT;

	request.name = machine;
	request.since_seconds = since_s;
	return call(state, "FetchMachineMetrics", &request, operation);
}

static struct status list(void **state, const char *machine, bool shows_samples, Gaon__ListMachineMetricsResponse *reply)
{
	Gaon__ListMachineMetricsRequest request = GAON__LIST_MACHINE_METRICS_REQUEST__INIT;

	request.parent = machine;
	request.show_samples = shows_samples;
	return call(state, "ListMachineMetrics", &request, reply);
}

static const Gaon__MachineMetric *metric_of(const Gaon__ListMachineMetricsResponse *reply, const char *name)
{
	for (size_t i = 0; i < reply->n_machine_metrics; i++)
		if (strcmp(reply->machine_metrics[i]->metric, name) == 0)
			return reply->machine_metrics[i];
	fail_msg("no metric %s", name);
	return NULL;
}

static void the_metrics_of_the_last_hour_are_fetched_and_listed(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__ListMachineMetricsResponse reply;
	Gaon__Operation operation;

	assert_fails(list(state, machine->name, false, &reply), STATUS_NOT_FOUND, "METRICS_NOT_FETCHED");
	time_fake_advance(2 * TIME_US_PER_HOUR);
	assert_int_equal(line_did(*state, fetch(state, machine->name, 0, &operation), &operation)->state, OPERATION(SUCCEEDED));
	assert_ok(list(state, machine->name, false, &reply));
	assert_int_equal(reply.n_machine_metrics, 6);
	assert_int_equal(reply.end_time->seconds - reply.start_time->seconds, 3600);
	const Gaon__MachineMetric *memory = metric_of(&reply, "memory-used-mib");
	assert_true(memory->minimum == 512 && memory->average == 512 && memory->maximum == 512 && memory->last == 512);
	assert_int_equal(memory->sample_count, 60);
	assert_int_equal(memory->n_samples, 0);
	assert_in_range(memory->last_time->seconds, reply.end_time->seconds - 60, reply.end_time->seconds);
	assert_ok(list(state, machine->name, true, &reply));
	assert_int_equal(metric_of(&reply, "cpu-percent")->n_samples, 60);
	assert_string_equal(line_get(*state, machine->name)->operation, "");
}

static void a_longer_time_has_longer_periods_and_replaces_the_shorter_one(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__ListMachineMetricsResponse reply;
	Gaon__Operation operation;

	time_fake_advance(2 * TIME_US_PER_DAY);
	line_did(*state, fetch(state, machine->name, 3600, &operation), &operation);
	assert_int_equal(line_did(*state, fetch(state, machine->name, 86400, &operation), &operation)->state, OPERATION(SUCCEEDED));
	assert_ok(list(state, machine->name, true, &reply));
	assert_int_equal(reply.n_machine_metrics, 6);
	assert_int_equal(metric_of(&reply, "cpu-percent")->n_samples, 240);
}

static void metrics_are_listed_page_by_page(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__ListMachineMetricsRequest request = GAON__LIST_MACHINE_METRICS_REQUEST__INIT;
	Gaon__ListMachineMetricsResponse first, rest;
	Gaon__Operation operation;

	time_fake_advance(TIME_US_PER_HOUR);
	line_did(*state, fetch(state, machine->name, 0, &operation), &operation);
	request.parent = machine->name;
	request.page_size = 4;
	assert_ok(call(state, "ListMachineMetrics", &request, &first));
	assert_int_equal(first.n_machine_metrics, 4);
	request.page_token = first.next_page_token;
	assert_ok(call(state, "ListMachineMetrics", &request, &rest));
	assert_int_equal(rest.n_machine_metrics, 2);
	assert_string_equal(rest.next_page_token, "");
	assert_true(strcmp(first.machine_metrics[3]->metric, rest.machine_metrics[0]->metric) < 0);
}

static void what_cannot_be_measured_is_said(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__ListMachineMetricsResponse reply;
	Gaon__Operation operation;

	assert_fails(fetch(state, WEB "/machines/nothing", 0, &operation), STATUS_NOT_FOUND, "MACHINE_NOT_FOUND");
	/* Of a machine that is off there is nothing, and that is an answer. */
	line_did(*state, line_power(*state, "StopMachine", machine->name, &operation), &operation);
	assert_int_equal(line_did(*state, fetch(state, machine->name, 0, &operation), &operation)->state, OPERATION(SUCCEEDED));
	assert_ok(list(state, machine->name, true, &reply));
	assert_int_equal(reply.n_machine_metrics, 0);
	assert_ok(service_execute(*state, "UPDATE connection SET capabilities = '[{\"verb\":\"metrics\",\"support\":0}]'", SQL_NO_ARGS));
	assert_fails(fetch(state, machine->name, 0, &operation), STATUS_FAILED_PRECONDITION, "VERB_UNSUPPORTED");
}

static void metrics_go_with_their_machine(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation, late;

	time_fake_advance(TIME_US_PER_HOUR);
	line_did(*state, fetch(state, machine->name, 0, &operation), &operation);
	assert_int_equal(service_number(*state, "SELECT count(*) FROM machine_metric"), 6);
	assert_ok(fetch(state, machine->name, 0, &late));
	assert_int_equal(line_did(*state, line_delete(*state, machine->name, &operation), &operation)->state, OPERATION(SUCCEEDED));
	assert_int_equal(service_number(*state, "SELECT count(*) FROM machine_metric"), 0);
	assert_int_equal(service_number(*state, "SELECT count(*) FROM machine_metric_fetch"), 0);
}

static void on_a_cloud_that_loses_replies_each_fetch_ends_well(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__ListMachineMetricsResponse reply;
	Gaon__Operation operation;

	line_cloud(*state, "{\"lost_reply_rate\": 0.3, \"failure_rate\": 0.2, \"seed\": 9}");
	for (int i = 0; i < 10; i++) {
		time_fake_advance(TIME_US_PER_HOUR);
		assert_int_equal(line_did(*state, fetch(state, machine->name, 600, &operation), &operation)->state, OPERATION(SUCCEEDED));
		assert_ok(list(state, machine->name, false, &reply));
		assert_in_range(metric_of(&reply, "cpu-percent")->sample_count, 9, 11);
	}
}

/* ---- what clouds send ---- */

static const struct provider_metrics_query QUERY = { 1000, 1000000, 60 };

static struct metric *gather(void **state, const struct provider_sample *samples, size_t count, size_t *found)
{
	struct metric *metrics;

	metrics_gather(*state, &QUERY, samples, count, &metrics, found);
	return metrics;
}

static void samples_are_summed_up_metric_by_metric(void **state)
{
	static const struct provider_sample samples[] = {
		{ "cpu-percent", 1000, 4 }, { "cpu-percent", 2000, 10 }, { "memory-used-mib", 1500, 7 }, { "cpu-percent", 3000, 1 },
	};
	size_t found;
	struct metric *metrics = gather(state, samples, 4, &found);

	assert_int_equal(found, 2);
	assert_string_equal(metrics[0].name, "cpu-percent");
	assert_true(metrics[0].minimum == 1 && metrics[0].average == 5 && metrics[0].maximum == 10 && metrics[0].last == 1);
	assert_int_equal(metrics[0].last_us, 3000);
	assert_int_equal(metrics[0].point_count, 3);
	assert_int_equal(metrics[1].sample_count, 1);
}

static void what_a_cloud_should_not_send_is_left_out(void **state)
{
	static const char long_name[] = "0123456789012345678901234567890123456789012345678901234567890123456789";
	const struct provider_sample samples[] = {
		{ "cpu-percent", 999, 1 },     { "cpu-percent", 1000000, 1 }, { "cpu-percent", 5000, NAN },
		{ "cpu-percent", 6000, INFINITY }, { NULL, 7000, 1 },	      { "", 7000, 1 },
		{ "a\nb", 7000, 1 },	       { long_name, 7000, 1 },	      { "cpu-percent", 8000, 3 },
		{ "cpu-percent", 8000, 4 },    { "cpu-percent", 7000, 5 },	      { "cpu-percent", 9000, -1e300 },
	};
	size_t found;
	struct metric *metrics = gather(state, samples, sizeof samples / sizeof samples[0], &found);

	assert_int_equal(found, 1);
	assert_int_equal(metrics[0].sample_count, 1);
	assert_true(metrics[0].average == 3);
}

static void a_flood_is_bounded_and_the_newest_stays(void **state)
{
	enum { SAMPLES = 1234, NAMES = 100 };
	struct provider_sample *samples = ARENA_ARRAY(*state, SAMPLES + NAMES, struct provider_sample);
	size_t found;

	for (int i = 0; i < SAMPLES; i++)
		samples[i] = (struct provider_sample){ "flood", 1000 + i, i };
	for (int i = 0; i < NAMES; i++)
		samples[SAMPLES + i] = (struct provider_sample){ arena_printf(*state, "name-%d", i), 2000, 1e17 };
	struct metric *metrics = gather(state, samples, SAMPLES + NAMES, &found);
	assert_int_equal(found, METRICS_MOST);
	assert_int_equal(metrics[0].sample_count, SAMPLES);
	assert_int_equal(metrics[0].point_count, METRIC_SAMPLES_MOST);
	assert_true(metrics[0].points[0].value == SAMPLES - METRIC_SAMPLES_MOST);
	assert_true(metrics[0].points[METRIC_SAMPLES_MOST - 1].value == SAMPLES - 1);
	assert_true(metrics[0].minimum == 0 && fabs(metrics[0].average - (SAMPLES - 1) / 2.0) < 1e-6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LINE_TEST(the_metrics_of_the_last_hour_are_fetched_and_listed),
		LINE_TEST(a_longer_time_has_longer_periods_and_replaces_the_shorter_one),
		LINE_TEST(metrics_are_listed_page_by_page),
		LINE_TEST(what_cannot_be_measured_is_said),
		LINE_TEST(metrics_go_with_their_machine),
		LINE_TEST(on_a_cloud_that_loses_replies_each_fetch_ends_well),
		ARENA_TEST(samples_are_summed_up_metric_by_metric),
		ARENA_TEST(what_a_cloud_should_not_send_is_left_out),
		ARENA_TEST(a_flood_is_bounded_and_the_newest_stays),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
