/* SPDX-License-Identifier: Apache-2.0 */
/* stop_test.c: how a server ends: drained, impatient, with streams open. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "probe.h"
#include "runtime/base/time.h"

static struct probe probe;

static int start(void **state)
{
	(void)state;
	probe_start(&probe, NULL);
	return 0;
}

/** The server was stopped by the test itself: only the fixture is left. */
static int stop(void **state)
{
	(void)state;
	if (probe.server) {
		probe_stop(&probe);
		return 0;
	}
	rpc_channel_close(probe.channel);
	pthread_mutex_lock(&probe.lock);
	probe.is_over = true;
	probe.is_held = false;
	pthread_cond_broadcast(&probe.changed);
	pthread_mutex_unlock(&probe.lock);
	pthread_join(probe.worker, NULL);
	arena_free(probe.arena);
	return 0;
}

struct stopping {
	pthread_t thread;
	int64_t grace_ms, took_us;
};

static void *run_stop(void *argument)
{
	struct stopping *stopping = argument;
	int64_t before_us = time_monotonic_us();

	rpc_server_stop(probe.server, stopping->grace_ms);
	stopping->took_us = time_monotonic_us() - before_us;
	return NULL;
}

static void stop_aside(struct stopping *stopping)
{
	pthread_create(&stopping->thread, NULL, run_stop, stopping);
}

static void await_stop(struct stopping *stopping)
{
	pthread_join(stopping->thread, NULL);
	probe.server = NULL;
}

struct caller {
	pthread_t thread;
	struct status status;
	char message[512];
};

static void *call_work(void *argument)
{
	Gaon__WorkRequest request = GAON__WORK_REQUEST__INIT;
	const struct rpc_call_options options = { .attempts = 1 };
	struct caller *caller = argument;
	struct arena *arena = arena_new(0);
	ProtobufCMessage *reply;

	caller->status =
		rpc_channel_unary(probe.channel, arena, &gaon_method_probe_work, &request.base, &options, &reply);
	snprintf(caller->message, sizeof caller->message, "%s",
		 status_is_ok(caller->status) ? "" : caller->status.message);
	caller->status.details = NULL;
	caller->status.message = NULL;
	caller->status.reason = NULL;
	arena_free(arena);
	return NULL;
}

static void a_running_call_ends_well_though_the_server_stops(void **state)
{
	Gaon__EchoRequest request = GAON__ECHO_REQUEST__INIT;
	const struct rpc_call_options once = { .attempts = 1, .timeout_ms = 2000 };
	struct stopping stopping = { .grace_ms = 20000 };
	struct caller callers[20];
	struct rpc_channel *late;
	ProtobufCMessage *reply;
	int64_t until_us = time_monotonic_us() + 15 * TIME_US_PER_SECOND;
	bool is_refused = false;
	const struct caller *failed = NULL;

	(void)state;
	probe_hold(&probe);
	for (int i = 0; i < 20; i++)
		pthread_create(&callers[i].thread, NULL, call_work, &callers[i]);
	probe_await_waiting(&probe, 20);
	stop_aside(&stopping);
	/* Nobody new gets in. */
	late = probe_connect(&probe);
	while (!is_refused && time_monotonic_us() < until_us)
		is_refused = rpc_channel_unary(late, probe.arena, &gaon_method_probe_echo, &request.base, &once, &reply)
				     .code == STATUS_UNAVAILABLE;
	assert_true(is_refused);
	rpc_channel_close(late);
	probe_let(&probe);
	for (int i = 0; i < 20; i++) {
		pthread_join(callers[i].thread, NULL);
		failed = callers[i].status.code == STATUS_OK ? failed : &callers[i];
	}
	if (failed)
		fail_msg("%s", failed->message);
	await_stop(&stopping);
	assert_true(stopping.took_us < 10 * TIME_US_PER_SECOND);
	assert_int_equal(probe.worked, 20);
}

static void a_call_that_outlasts_the_grace_is_cancelled(void **state)
{
	struct stopping stopping = { .grace_ms = 50 };
	struct caller caller;

	(void)state;
	probe_hold(&probe);
	pthread_create(&caller.thread, NULL, call_work, &caller);
	probe_await_waiting(&probe, 1);
	stop_aside(&stopping);
	pthread_join(caller.thread, NULL);
	assert_int_not_equal(caller.status.code, STATUS_OK);
	/* The caller may hear of it before the server's own loop does. */
	while (probe_metric(&probe, "rpc_calls_cancelled_total") == 0)
		poll(NULL, 0, 1);
	/* The handler still holds its call; only when it is done is the server gone. */
	probe_let(&probe);
	await_stop(&stopping);
	assert_int_equal(atomic_load(&probe.cancelled_seen), 1);
	assert_int_equal(atomic_load(&probe.released), 1);
}

static void idle_streams_end_at_once_and_say_why(void **state)
{
	Gaon__CountRequest request = GAON__COUNT_REQUEST__INIT;
	struct stopping stopping = { .grace_ms = 20000 };
	struct rpc_reader *readers[10];
	ProtobufCMessage *message;

	(void)state;
	atomic_store(&probe.limit, 1);
	for (int i = 0; i < 10; i++) {
		assert_int_equal(
			rpc_reader_open(probe.channel, &gaon_method_probe_count, &request.base, NULL, &readers[i]).code,
			STATUS_OK);
		assert_int_equal(rpc_reader_next(readers[i], probe.arena, &message).code, STATUS_OK);
	}
	stop_aside(&stopping);
	for (int i = 0; i < 10; i++) {
		struct status status = rpc_reader_next(readers[i], probe.arena, &message);

		assert_int_equal(status.code, STATUS_UNAVAILABLE);
		assert_string_equal(status.reason, "SERVER_STOPPING");
		rpc_reader_close(readers[i]);
	}
	await_stop(&stopping);
	assert_true(stopping.took_us < 10 * TIME_US_PER_SECOND);
}

static void a_stream_that_nobody_reads_does_not_outlast_the_grace(void **state)
{
	Gaon__CountRequest request = GAON__COUNT_REQUEST__INIT;
	struct stopping stopping = { .grace_ms = 100 };
	struct rpc_reader *reader;

	(void)state;
	request.padding = 50000;
	assert_int_equal(rpc_reader_open(probe.channel, &gaon_method_probe_count, &request.base, NULL, &reader).code,
			 STATUS_OK);
	stop_aside(&stopping);
	await_stop(&stopping);
	assert_true(stopping.took_us < 10 * TIME_US_PER_SECOND);
	assert_int_equal(atomic_load(&probe.released), 1);
	rpc_reader_close(reader);
}

static void a_server_without_calls_stops_at_once(void **state)
{
	struct stopping stopping = { .grace_ms = 20000 };

	(void)state;
	stop_aside(&stopping);
	await_stop(&stopping);
	assert_true(stopping.took_us < 5 * TIME_US_PER_SECOND);
}

static void whoever_comes_too_late_does_no_harm(void **state)
{
	struct rpc_server *server = probe.server;
	struct stopping stopping = { .grace_ms = 1000 };
	struct rpc_metric metrics[64];

	(void)state;
	stop_aside(&stopping);
	/* While it stops, and afterwards. */
	for (int i = 0; i < 1000; i++)
		rpc_server_wake(server);
	await_stop(&stopping);
	rpc_server_wake(server);
	rpc_server_set_serving(server, true);
	assert_true(rpc_server_metrics(server, metrics, 64) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_running_call_ends_well_though_the_server_stops, start, stop),
		cmocka_unit_test_setup_teardown(a_call_that_outlasts_the_grace_is_cancelled, start, stop),
		cmocka_unit_test_setup_teardown(idle_streams_end_at_once_and_say_why, start, stop),
		cmocka_unit_test_setup_teardown(a_stream_that_nobody_reads_does_not_outlast_the_grace, start, stop),
		cmocka_unit_test_setup_teardown(a_server_without_calls_stops_at_once, start, stop),
		cmocka_unit_test_setup_teardown(whoever_comes_too_late_does_no_harm, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
