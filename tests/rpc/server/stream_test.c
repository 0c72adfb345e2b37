/* SPDX-License-Identifier: Apache-2.0 */
/* stream_test.c: server streams: order, idling, waking, back-pressure, cancellation; health's Watch. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "grpc/health/v1/health.pb-c.h"
#include "probe.h"
#include "runtime/base/time.h"

static struct probe probe;

static int start(void **state)
{
	const struct rpc_server_options options = { .streams_per_connection = 2000, .loops = *state ? 2 : 1 };

	probe_start(&probe, &options);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	probe_stop(&probe);
	return 0;
}

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

static struct rpc_reader *count(const Gaon__CountRequest *request, const struct rpc_call_options *options)
{
	struct rpc_reader *reader;

	assert_int_equal(
		rpc_reader_open(probe.channel, &gaon_method_probe_count, &request->base, options, &reader).code,
		STATUS_OK);
	return reader;
}

/** The next number, or -1 at the clean end. */
static int64_t next(struct rpc_reader *reader)
{
	struct arena *arena = arena_new(0);
	ProtobufCMessage *message;
	struct status status = rpc_reader_next(reader, arena, &message);
	int64_t number = -1;

	if (!status_is_ok(status))
		fail_msg("%s: %s", status.reason, status.message);
	if (message)
		number = ((Gaon__CountResponse *)message)->number;
	arena_free(arena);
	return number;
}

static struct status next_status(struct rpc_reader *reader)
{
	ProtobufCMessage *message;

	return rpc_reader_next(reader, probe.arena, &message);
}

static void a_stream_gives_every_message_in_order_and_ends(void **state)
{
	Gaon__CountRequest request = GAON__COUNT_REQUEST__INIT;
	struct rpc_reader *reader;

	(void)state;
	request.most = 5000;
	request.ends = true;
	reader = count(&request, NULL);
	for (int64_t i = 0; i < 5000; i++)
		assert_int_equal(next(reader), i);
	assert_int_equal(next(reader), -1);
	assert_int_equal(next(reader), -1);
	rpc_reader_close(reader);
	assert_int_equal(probe_await_metric(&probe, "rpc_streams_open", 0), 0);
	assert_int_equal(probe_metric(&probe, "rpc_messages_streamed_total"), 5000);
	assert_int_equal(atomic_load(&probe.released), 1);
}

static void a_stream_refused_at_its_start_says_why(void **state)
{
	Gaon__CountRequest request = GAON__COUNT_REQUEST__INIT;
	struct rpc_reader *reader;
	struct status status;

	(void)state;
	request.first = -1;
	reader = count(&request, NULL);
	status = next_status(reader);
	assert_int_equal(status.code, STATUS_INVALID_ARGUMENT);
	assert_non_null(probe_detail(status, STATUS_DETAIL_FIELD, "first"));
	rpc_reader_close(reader);
	assert_int_equal(probe_metric(&probe, "rpc_streams_open"), 0);
}

static void an_idle_stream_goes_on_when_woken(void **state)
{
	Gaon__CountRequest request = GAON__COUNT_REQUEST__INIT;
	struct rpc_reader *reader;

	(void)state;
	atomic_store(&probe.limit, 3);
	reader = count(&request, NULL);
	for (int64_t i = 0; i < 3; i++)
		assert_int_equal(next(reader), i);
	for (int64_t i = 3; i < 200; i++) {
		atomic_store(&probe.limit, i + 1);
		rpc_server_wake(probe.server);
		assert_int_equal(next(reader), i);
	}
	rpc_reader_close(reader);
}

static void an_idle_stream_goes_on_when_its_time_has_come(void **state)
{
	Gaon__CountRequest request = GAON__COUNT_REQUEST__INIT;
	struct rpc_reader *readers[8];

	(void)state;
	atomic_store(&probe.limit, 0);
	for (int i = 0; i < 8; i++) {
		request.wake_ms = 5 + 7 * (i % 3);
		readers[i] = count(&request, NULL);
	}
	atomic_store(&probe.limit, 4);
	for (int i = 0; i < 8; i++)
		for (int64_t k = 0; k < 4; k++)
			assert_int_equal(next(readers[i]), k);
	for (int i = 0; i < 8; i++)
		rpc_reader_close(readers[i]);
}

static void a_stalled_client_stops_the_pulls(void **state)
{
	Gaon__CountRequest request = GAON__COUNT_REQUEST__INIT;
	struct rpc_reader *reader;
	int before = -1, asked = 0;

	(void)state;
	request.padding = 10000;
	reader = count(&request, NULL);
	/* Nobody reads: the asking comes to rest, though the stream is endless. */
	for (int i = 0; i < 100 && (asked == 0 || asked != before); i++) {
		before = asked;
		pause_ms(100);
		asked = atomic_load(&probe.asked);
	}
	assert_int_equal(asked, before);
	assert_in_range(asked, 1, 2000);
	rpc_server_wake(probe.server);
	pause_ms(50);
	assert_int_equal(atomic_load(&probe.asked), asked);
	for (int64_t i = 0; i < 3000; i++)
		assert_int_equal(next(reader), i);
	rpc_reader_close(reader);
	assert_int_equal(probe_await_metric(&probe, "rpc_streams_open", 0), 0);
}

static void a_cancelled_stream_gives_everything_back(void **state)
{
	Gaon__CountRequest request = GAON__COUNT_REQUEST__INIT;

	(void)state;
	for (int i = 0; i < 50; i++) {
		struct rpc_reader *reader;

		atomic_store(&probe.limit, i % 2 ? 2 : INT64_MAX); /* idle, or with a write on its way */
		request.padding = i % 3 ? 0 : 5000;
		reader = count(&request, NULL);
		if (i % 5)
			assert_int_equal(next(reader), 0);
		rpc_reader_cancel(reader);
		rpc_reader_close(reader);
	}
	assert_int_equal(probe_await_metric(&probe, "rpc_streams_open", 0), 0);
	assert_int_equal(probe_await_metric(&probe, "rpc_calls_open", 0), 0);
	assert_int_equal(atomic_load(&probe.released), 50);
}

static void a_streams_deadline_ends_it(void **state)
{
	Gaon__CountRequest request = GAON__COUNT_REQUEST__INIT;
	const struct rpc_call_options options = { .timeout_ms = 60 };
	struct rpc_reader *reader;

	(void)state;
	atomic_store(&probe.limit, 0);
	reader = count(&request, &options);
	assert_int_equal(next_status(reader).code, STATUS_DEADLINE_EXCEEDED);
	rpc_reader_close(reader);
	assert_int_equal(probe_await_metric(&probe, "rpc_streams_open", 0), 0);
}

static int thread_count(void)
{
	DIR *tasks = opendir("/proc/self/task");
	int threads = 0;

	while (readdir(tasks))
		threads++;
	closedir(tasks);
	return threads - 2;
}

static void a_thousand_idle_streams_need_no_thread_each(void **state)
{
	enum { STREAMS = 1000 };
	Gaon__CountRequest request = GAON__COUNT_REQUEST__INIT;
	struct rpc_reader **readers = ARENA_ARRAY(probe.arena, STREAMS, struct rpc_reader *);
	int before;

	(void)state;
	atomic_store(&probe.limit, 1);
	readers[0] = count(&request, NULL);
	before = thread_count();
	for (int i = 1; i < STREAMS; i++)
		readers[i] = count(&request, NULL);
	assert_int_equal(probe_await_metric(&probe, "rpc_streams_open", STREAMS), STREAMS);
	assert_in_range(thread_count(), 1, before + 8);
	for (int i = 0; i < STREAMS; i++)
		assert_int_equal(next(readers[i]), 0);
	atomic_store(&probe.limit, 2);
	for (int i = 0; i < 100; i++)
		rpc_server_wake(probe.server);
	for (int i = 0; i < STREAMS; i++)
		assert_int_equal(next(readers[i]), 1);
	for (int i = 0; i < STREAMS; i++)
		rpc_reader_close(readers[i]);
	assert_int_equal(probe_await_metric(&probe, "rpc_streams_open", 0), 0);
}

static const struct method health_check = {
	.path = "/grpc.health.v1.Health/Check",
	.request = &grpc__health__v1__health_check_request__descriptor,
	.reply = &grpc__health__v1__health_check_response__descriptor,
};
static const struct method health_watch = {
	.path = "/grpc.health.v1.Health/Watch",
	.request = &grpc__health__v1__health_check_request__descriptor,
	.reply = &grpc__health__v1__health_check_response__descriptor,
};

enum { NOT_SERVING = 2, SERVING = 1, SERVICE_UNKNOWN = 3 };

static int next_health(struct rpc_reader *reader)
{
	ProtobufCMessage *message;

	assert_int_equal(rpc_reader_next(reader, probe.arena, &message).code, STATUS_OK);
	assert_non_null(message);
	return ((Grpc__Health__V1__HealthCheckResponse *)message)->status;
}

static void health_says_what_was_set(void **state)
{
	static const char *const services[] = { "", "gaon.probe.v1.ProbeService", "grpc.health.v1.Health" };
	Grpc__Health__V1__HealthCheckRequest request = GRPC__HEALTH__V1__HEALTH_CHECK_REQUEST__INIT;
	Grpc__Health__V1__HealthCheckResponse *reply;

	(void)state;
	for (int serving = 0; serving < 2; serving++) {
		rpc_server_set_serving(probe.server, serving);
		for (size_t i = 0; i < 3; i++) {
			request.service = services[i];
			assert_int_equal(rpc_channel_unary(probe.channel, probe.arena, &health_check, &request.base,
							   NULL, (ProtobufCMessage **)&reply)
						 .code,
					 STATUS_OK);
			assert_int_equal(reply->status, serving ? SERVING : NOT_SERVING);
		}
	}
	request.service = "nobody.v1.Nobody";
	assert_int_equal(rpc_channel_unary(probe.channel, probe.arena, &health_check, &request.base, NULL,
					   (ProtobufCMessage **)&reply)
				 .code,
			 STATUS_NOT_FOUND);
}

static void health_watch_tells_each_change_once(void **state)
{
	Grpc__Health__V1__HealthCheckRequest request = GRPC__HEALTH__V1__HEALTH_CHECK_REQUEST__INIT;
	struct rpc_reader *known, *unknown;

	(void)state;
	assert_int_equal(rpc_reader_open(probe.channel, &health_watch, &request.base, NULL, &known).code, STATUS_OK);
	request.service = "nobody.v1.Nobody";
	assert_int_equal(rpc_reader_open(probe.channel, &health_watch, &request.base, NULL, &unknown).code, STATUS_OK);
	assert_int_equal(next_health(known), NOT_SERVING);
	assert_int_equal(next_health(unknown), SERVICE_UNKNOWN);
	rpc_server_wake(probe.server);
	rpc_server_set_serving(probe.server, true);
	assert_int_equal(next_health(known), SERVING);
	rpc_server_set_serving(probe.server, false);
	assert_int_equal(next_health(known), NOT_SERVING);
	rpc_reader_close(known);
	rpc_reader_close(unknown);
}

int main(void)
{
	static int two_loops = 2;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_stream_gives_every_message_in_order_and_ends, start, stop),
		cmocka_unit_test_setup_teardown(a_stream_refused_at_its_start_says_why, start, stop),
		cmocka_unit_test_setup_teardown(an_idle_stream_goes_on_when_woken, start, stop),
		cmocka_unit_test_setup_teardown(an_idle_stream_goes_on_when_its_time_has_come, start, stop),
		cmocka_unit_test_setup_teardown(a_stalled_client_stops_the_pulls, start, stop),
		cmocka_unit_test_setup_teardown(a_cancelled_stream_gives_everything_back, start, stop),
		cmocka_unit_test_setup_teardown(a_streams_deadline_ends_it, start, stop),
		cmocka_unit_test_setup_teardown(a_thousand_idle_streams_need_no_thread_each, start, stop),
		{ "a_thousand_idle_streams_on_two_loops", a_thousand_idle_streams_need_no_thread_each, start, stop,
		  &two_loops },
		cmocka_unit_test_setup_teardown(health_says_what_was_set, start, stop),
		cmocka_unit_test_setup_teardown(health_watch_tells_each_change_once, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
