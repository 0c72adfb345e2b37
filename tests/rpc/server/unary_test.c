/* SPDX-License-Identifier: Apache-2.0 */
/* unary_test.c: unary calls over loopback, well-meant and hostile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "probe.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

static struct probe probe;

static int start(void **state)
{
	(void)state;
	probe_start(&probe, NULL);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	probe_stop(&probe);
	return 0;
}

static struct status echo(const char *text, const struct rpc_call_options *options, Gaon__EchoResponse **reply)
{
	Gaon__EchoRequest request = GAON__ECHO_REQUEST__INIT;

	request.text = text;
	request.request_id = "again";
	return rpc_channel_unary(probe.channel, probe.arena, &gaon_method_probe_echo, &request.base, options,
				 (ProtobufCMessage **)reply);
}

static struct status send_raw(const struct method *method, const ProtobufCMessage *request)
{
	ProtobufCMessage *reply;
	const struct rpc_call_options options = { .timeout_ms = 10000 };

	return rpc_channel_unary(probe.channel, probe.arena, method, request, &options, &reply);
}

static void a_call_reaches_its_handler_with_all_that_it_carries(void **state)
{
	const struct rpc_call_options options = { .timeout_ms = 10000, .trace_id = "trace-7" };
	Gaon__EchoResponse *reply;

	(void)state;
	assert_int_equal(echo("가온", &options, &reply).code, STATUS_OK);
	assert_string_equal(reply->text, "가온");
	assert_string_equal(reply->request_id, "again");
	assert_string_equal(reply->trace_id, "trace-7");
	assert_string_equal(reply->authorization, "Bearer sesame");
	assert_true(text_starts_with(reply->user_agent, "probe/1"));
	assert_true(text_starts_with(reply->peer, "ipv4:127.0.0.1:"));
	assert_string_equal(reply->certificate_san, "");
	assert_true(reply->has_deadline);
}

static void a_trace_id_is_made_when_none_or_a_bad_one_is_given(void **state)
{
	const struct rpc_call_options words = { .trace_id = "two words" }, control = { .trace_id = "a\x01" };
	Gaon__EchoResponse *first, *second;

	(void)state;
	assert_int_equal(echo("a", NULL, &first).code, STATUS_OK);
	assert_int_equal(echo("a", NULL, &second).code, STATUS_OK);
	assert_int_equal(strlen(first->trace_id), 22);
	assert_string_not_equal(first->trace_id, second->trace_id);
	assert_int_equal(echo("a", &words, &first).code, STATUS_OK);
	assert_int_equal(strlen(first->trace_id), 22);
	assert_int_equal(echo("a", &control, &first).code, STATUS_OK);
	assert_int_equal(strlen(first->trace_id), 22);
}

static void the_empty_message_is_a_message(void **state)
{
	Gaon__JudgeResponse *reply = NULL;
	Gaon__EchoRequest request = GAON__ECHO_REQUEST__INIT;

	(void)state;
	assert_int_equal(rpc_channel_unary(probe.channel, probe.arena, &gaon_method_probe_echo, &request.base, NULL,
					   (ProtobufCMessage **)&reply)
				 .code,
			 STATUS_OK);
}

static void a_failure_arrives_with_all_its_details(void **state)
{
	Gaon__FailRequest request = GAON__FAIL_REQUEST__INIT;
	struct status status;
	int64_t retry_ms = 0;

	(void)state;
	request.code = STATUS_FAILED_PRECONDITION;
	request.size = 3;
	status = send_raw(&gaon_method_probe_fail, &request.base);
	assert_int_equal(status.code, STATUS_FAILED_PRECONDITION);
	assert_string_equal(status.reason, "PROBE_FAILED");
	assert_string_equal(status.message, "told to fail: 100% é xxx");
	assert_string_equal(probe_detail(status, STATUS_DETAIL_FIELD, "thing.name"), "is not to my taste");
	assert_string_equal(probe_detail(status, STATUS_DETAIL_FIELD, "thing.things[3].name"), "neither");
	assert_string_equal(probe_detail(status, STATUS_DETAIL_METADATA, "limit"), "12");
	assert_string_equal(probe_detail(status, STATUS_DETAIL_RESOURCE, "gaon.probe/Thing"), "things/1");
	for (const struct status_detail *detail = status.details; detail; detail = detail->next)
		if (detail->kind == STATUS_DETAIL_RETRY)
			retry_ms = detail->number;
	assert_int_equal(retry_ms, 1500);
	assert_int_equal(probe_await_metric(&probe, "rpc_calls_failed_total", 1), 1);
}

static void a_very_long_message_is_cut_and_still_arrives(void **state)
{
	Gaon__FailRequest request = GAON__FAIL_REQUEST__INIT;
	struct status status;

	(void)state;
	request.code = STATUS_NOT_FOUND;
	request.size = 100000;
	status = send_raw(&gaon_method_probe_fail, &request.base);
	assert_int_equal(status.code, STATUS_NOT_FOUND);
	assert_string_equal(status.reason, "PROBE_FAILED");
	assert_int_equal(strlen(status.message), 1024);
}

static void an_unknown_method_is_unimplemented_at_once(void **state)
{
	struct method nothing = gaon_method_probe_echo;
	Gaon__EchoRequest request = GAON__ECHO_REQUEST__INIT;
	struct status status;

	(void)state;
	nothing.path = "/gaon.probe.v1.ProbeService/Nothing";
	/* More of them in a row than are ever waited for at one time. */
	for (int i = 0; i < 20; i++) {
		int64_t before_us = time_monotonic_us();

		status = send_raw(&nothing, &request.base);
		assert_int_equal(status.code, STATUS_UNIMPLEMENTED);
		assert_string_equal(status.reason, "METHOD_UNKNOWN");
		assert_true(time_monotonic_us() - before_us < 5 * TIME_US_PER_SECOND);
	}
	assert_int_equal(probe_metric(&probe, "rpc_methods_unknown_total"), 20);
}

static void a_deeply_nested_message_is_refused_and_does_no_harm(void **state)
{
	/* 30,000 levels: the inner field (3) over and over, each with a length that covers the rest. */
	enum { LEVELS = 30000, MOST = LEVELS * 6 };
	uint8_t *bytes = arena_alloc(probe.arena, MOST);
	size_t at = MOST;
	ProtobufCMessageUnknownField field = { .tag = 1, .wire_type = PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED };
	Gaon__WorkRequest request = GAON__WORK_REQUEST__INIT;
	struct status status;

	(void)state;
	for (int i = 0; i < LEVELS; i++) {
		size_t size = MOST - at;
		uint8_t head[6];
		size_t count = 0;

		head[count++] = 3 << 3 | 2;
		for (; size >= 0x80; size >>= 7)
			head[count++] = (uint8_t)(size | 0x80);
		head[count++] = (uint8_t)size;
		at -= count;
		memcpy(bytes + at, head, count);
	}
	/* The request is sent as an unknown field of itself, which packs without recursion. Its length prefix is data
	 * too. */
	uint8_t *data = arena_alloc(probe.arena, MOST - at + 10);
	size_t size = MOST - at, count = 0;

	for (; size >= 0x80; size >>= 7)
		data[count++] = (uint8_t)(size | 0x80);
	data[count++] = (uint8_t)size;
	memcpy(data + count, bytes + at, MOST - at);
	field.data = data;
	field.len = count + MOST - at;
	request.base.n_unknown_fields = 1;
	request.base.unknown_fields = &field;
	status = send_raw(&gaon_method_probe_work, &request.base);
	assert_int_equal(status.code, STATUS_INVALID_ARGUMENT);
	assert_string_equal(status.reason, "MESSAGE_TOO_DEEP");
	assert_int_equal(probe_metric(&probe, "rpc_calls_refused_total"), 1);
}

static void text_that_is_no_utf8_is_refused_with_its_path(void **state)
{
	Gaon__WorkRequest request = GAON__WORK_REQUEST__INIT;
	Gaon__Thing thing = GAON__THING__INIT, inner[2] = { GAON__THING__INIT, GAON__THING__INIT };
	Gaon__Thing *things[] = { &inner[0], &inner[1] };
	struct status status;

	(void)state;
	inner[1].name = "\xc3\x28";
	thing.things = things;
	thing.n_things = 2;
	request.thing = &thing;
	status = send_raw(&gaon_method_probe_work, &request.base);
	assert_int_equal(status.code, STATUS_INVALID_ARGUMENT);
	assert_string_equal(status.reason, "INVALID_FIELD");
	assert_non_null(probe_detail(status, STATUS_DETAIL_FIELD, "thing.things[1].name"));
}

static void a_nul_inside_a_text_is_refused(void **state)
{
	uint8_t data[] = { 3, 'a', 0, 'b' };
	ProtobufCMessageUnknownField field = { 1, PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED, sizeof data, data };
	Gaon__EchoRequest request = GAON__ECHO_REQUEST__INIT;
	struct status status;

	(void)state;
	request.base.n_unknown_fields = 1;
	request.base.unknown_fields = &field;
	status = send_raw(&gaon_method_probe_echo, &request.base);
	assert_int_equal(status.code, STATUS_INVALID_ARGUMENT);
	assert_non_null(probe_detail(status, STATUS_DETAIL_FIELD, "text"));
}

static void bytes_that_are_no_message_are_refused(void **state)
{
	uint8_t data[] = { 200 }; /* a length that promises more than there is */
	ProtobufCMessageUnknownField field = { 1, PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED, sizeof data, data };
	Gaon__EchoRequest request = GAON__ECHO_REQUEST__INIT;
	struct status status;

	(void)state;
	request.base.n_unknown_fields = 1;
	request.base.unknown_fields = &field;
	status = send_raw(&gaon_method_probe_echo, &request.base);
	assert_int_equal(status.code, STATUS_INVALID_ARGUMENT);
	assert_string_equal(status.reason, "MESSAGE_MALFORMED");
}

static void a_message_over_the_limit_is_refused(void **state)
{
	char *text = arena_alloc(probe.arena, (5 << 20) + 1);
	Gaon__EchoResponse *reply;

	(void)state;
	memset(text, 'x', 5 << 20);
	text[5 << 20] = '\0';
	assert_int_equal(echo(text, NULL, &reply).code, STATUS_RESOURCE_EXHAUSTED);
	text[3 << 20] = '\0';
	assert_int_equal(echo(text, NULL, &reply).code, STATUS_OK);
	assert_int_equal(strlen(reply->text), 3 << 20);
}

static void a_small_message_that_unpacks_to_much_is_refused(void **state)
{
	/* Two bytes each on the wire, forty and more unpacked. */
	enum { COUNT = 1000000 };
	Gaon__WorkRequest request = GAON__WORK_REQUEST__INIT;
	Gaon__Thing thing = GAON__THING__INIT, empty = GAON__THING__INIT;
	Gaon__Thing **things = ARENA_ARRAY(probe.arena, COUNT, Gaon__Thing *);
	struct status status;

	(void)state;
	for (size_t i = 0; i < COUNT; i++)
		things[i] = &empty;
	thing.things = things;
	thing.n_things = COUNT;
	request.thing = &thing;
	status = send_raw(&gaon_method_probe_work, &request.base);
	assert_int_equal(status.code, STATUS_RESOURCE_EXHAUSTED);
	assert_string_equal(status.reason, "MESSAGE_TOO_LARGE");
}

static void a_call_finished_by_another_thread_is_answered(void **state)
{
	Gaon__WorkRequest request = GAON__WORK_REQUEST__INIT;
	Gaon__WorkResponse *reply;

	(void)state;
	for (int64_t i = 1; i <= 50; i++) {
		assert_int_equal(rpc_channel_unary(probe.channel, probe.arena, &gaon_method_probe_work, &request.base,
						   NULL, (ProtobufCMessage **)&reply)
					 .code,
				 STATUS_OK);
		assert_int_equal(reply->count, i);
	}
	assert_int_equal(probe_await_metric(&probe, "rpc_calls_open", 0), 0);
}

static void a_deadline_that_passes_is_seen_by_the_handler(void **state)
{
	Gaon__WorkRequest request = GAON__WORK_REQUEST__INIT;
	const struct rpc_call_options options = { .timeout_ms = 50 };
	ProtobufCMessage *reply;
	struct status status;

	(void)state;
	probe_hold(&probe);
	status =
		rpc_channel_unary(probe.channel, probe.arena, &gaon_method_probe_work, &request.base, &options, &reply);
	assert_int_equal(status.code, STATUS_DEADLINE_EXCEEDED);
	assert_int_equal(probe_await_metric(&probe, "rpc_calls_cancelled_total", 1), 1);
	probe_let(&probe);
	assert_int_equal(probe_await_metric(&probe, "rpc_calls_open", 0), 0);
	assert_int_equal(atomic_load(&probe.cancelled_seen), 1);
	assert_int_equal(atomic_load(&probe.released), 1);
}

static int64_t work(int64_t pause_us)
{
	Gaon__WorkRequest request = GAON__WORK_REQUEST__INIT;
	ProtobufCMessage *reply;

	request.pause_us = pause_us;
	assert_int_equal(
		rpc_channel_unary(probe.channel, probe.arena, &gaon_method_probe_work, &request.base, NULL, &reply)
			.code,
		STATUS_OK);
	return ((Gaon__WorkResponse *)reply)->count;
}

static void a_replayed_reply_is_sent_and_the_handler_left_alone(void **state)
{
	(void)state;
	assert_int_equal(work(PROBE_REPLAY), 42);
	assert_int_equal(work(0), 1);
}

static void a_call_run_twice_answers_with_its_second_reply(void **state)
{
	(void)state;
	assert_int_equal(work(PROBE_RUN_TWICE), 2);
}

struct caller {
	pthread_t thread;
	struct rpc_channel *channel;
	int failures;
};

static void *call_often(void *argument)
{
	struct caller *caller = argument;
	struct arena *arena = arena_new(0);

	for (int i = 0; i < 200; i++) {
		Gaon__EchoRequest echo_request = GAON__ECHO_REQUEST__INIT;
		Gaon__WorkRequest work_request = GAON__WORK_REQUEST__INIT;
		const ProtobufCMessage *request = i % 4 ? &echo_request.base : &work_request.base;
		const struct method *method = i % 4 ? &gaon_method_probe_echo : &gaon_method_probe_work;
		ProtobufCMessage *reply;

		caller->failures +=
			!status_is_ok(rpc_channel_unary(caller->channel, arena, method, request, NULL, &reply));
	}
	arena_free(arena);
	return NULL;
}

static void calls_of_many_threads_are_all_answered(void **state)
{
	enum { CALLERS = 8 };
	struct caller callers[CALLERS];

	(void)state;
	for (int i = 0; i < CALLERS; i++) {
		callers[i] = (struct caller){ .channel = probe.channel };
		pthread_create(&callers[i].thread, NULL, call_often, &callers[i]);
	}
	for (int i = 0; i < CALLERS; i++) {
		pthread_join(callers[i].thread, NULL);
		assert_int_equal(callers[i].failures, 0);
	}
	assert_int_equal(probe_metric(&probe, "rpc_calls_total"), CALLERS * 200);
	assert_int_equal(probe_await_metric(&probe, "rpc_calls_open", 0), 0);
}

static int start_impatient(void **state)
{
	const struct rpc_server_options options = { .longest_call_ms = 100, .loops = 2 };

	(void)state;
	probe_start(&probe, &options);
	return 0;
}

static void the_servers_own_deadline_answers_what_a_handler_does_not(void **state)
{
	struct method endless = gaon_method_probe_work;
	Gaon__WorkRequest request = GAON__WORK_REQUEST__INIT;
	struct rpc_reader *reader;
	ProtobufCMessage *message;
	struct status status;

	(void)state;
	probe_hold(&probe);
	/* A stream reader sends no deadline; for the wire a unary reply is a stream of one. */
	assert_int_equal(rpc_reader_open(probe.channel, &endless, &request.base, NULL, &reader).code, STATUS_OK);
	status = rpc_reader_next(reader, probe.arena, &message);
	assert_int_equal(status.code, STATUS_DEADLINE_EXCEEDED);
	rpc_reader_close(reader);
	assert_int_equal(probe_metric(&probe, "rpc_calls_late_total"), 1);
	assert_int_equal(probe_metric(&probe, "rpc_calls_open"), 1);
	probe_let(&probe);
	assert_int_equal(probe_await_metric(&probe, "rpc_calls_open", 0), 0);
	assert_int_equal(atomic_load(&probe.cancelled_seen), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_call_reaches_its_handler_with_all_that_it_carries, start, stop),
		cmocka_unit_test_setup_teardown(a_trace_id_is_made_when_none_or_a_bad_one_is_given, start, stop),
		cmocka_unit_test_setup_teardown(the_empty_message_is_a_message, start, stop),
		cmocka_unit_test_setup_teardown(a_failure_arrives_with_all_its_details, start, stop),
		cmocka_unit_test_setup_teardown(a_very_long_message_is_cut_and_still_arrives, start, stop),
		cmocka_unit_test_setup_teardown(an_unknown_method_is_unimplemented_at_once, start, stop),
		cmocka_unit_test_setup_teardown(a_deeply_nested_message_is_refused_and_does_no_harm, start, stop),
		cmocka_unit_test_setup_teardown(text_that_is_no_utf8_is_refused_with_its_path, start, stop),
		cmocka_unit_test_setup_teardown(a_nul_inside_a_text_is_refused, start, stop),
		cmocka_unit_test_setup_teardown(bytes_that_are_no_message_are_refused, start, stop),
		cmocka_unit_test_setup_teardown(a_message_over_the_limit_is_refused, start, stop),
		cmocka_unit_test_setup_teardown(a_small_message_that_unpacks_to_much_is_refused, start, stop),
		cmocka_unit_test_setup_teardown(a_call_finished_by_another_thread_is_answered, start, stop),
		cmocka_unit_test_setup_teardown(a_deadline_that_passes_is_seen_by_the_handler, start, stop),
		cmocka_unit_test_setup_teardown(a_replayed_reply_is_sent_and_the_handler_left_alone, start, stop),
		cmocka_unit_test_setup_teardown(a_call_run_twice_answers_with_its_second_reply, start, stop),
		cmocka_unit_test_setup_teardown(calls_of_many_threads_are_all_answered, start, stop),
		cmocka_unit_test_setup_teardown(the_servers_own_deadline_answers_what_a_handler_does_not,
						start_impatient, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
