/* SPDX-License-Identifier: Apache-2.0 */
/* limit_test.c: where a server listens, what it refuses to start with, and what it survives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "probe.h"
#include "runtime/base/time.h"

static struct probe probe;

static int stop(void **state)
{
	(void)state;
	probe_stop(&probe);
	return 0;
}

static struct status echo_over(struct rpc_channel *channel, int64_t timeout_ms)
{
	Gaon__EchoRequest request = GAON__ECHO_REQUEST__INIT;
	const struct rpc_call_options options = { .attempts = 1, .timeout_ms = timeout_ms };
	ProtobufCMessage *reply;

	return rpc_channel_unary(channel, probe.arena, &gaon_method_probe_echo, &request.base, &options, &reply);
}

static int start(void **state)
{
	(void)state;
	probe_start(&probe, NULL);
	return 0;
}

static void running_out_of_descriptors_is_survived(void **state)
{
	struct rpc_channel *later;

	(void)state;
	assert_int_equal(echo_over(probe.channel, 10000).code, STATUS_OK);
	assert_true(probe_sheds_when_exhausted(&probe));
	assert_int_equal(echo_over(probe.channel, 10000).code, STATUS_OK);
	/* And whoever comes now is let in. */
	later = probe_connect(&probe);
	assert_int_equal(echo_over(later, 10000).code, STATUS_OK);
	rpc_channel_close(later);
}

static int start_with_two_connections(void **state)
{
	const struct rpc_server_options options = { .connections = 2, .streams_per_connection = 2 };

	(void)state;
	probe_start(&probe, &options);
	return 0;
}

static void connections_over_the_limit_are_refused_until_one_goes(void **state)
{
	struct rpc_channel *second = probe_connect(&probe), *third;
	bool is_let_in = false;

	(void)state;
	assert_int_equal(echo_over(probe.channel, 10000).code, STATUS_OK);
	assert_int_equal(echo_over(second, 10000).code, STATUS_OK);
	third = probe_connect(&probe);
	assert_int_equal(echo_over(third, 10000).code, STATUS_UNAVAILABLE);
	assert_true(probe_metric(&probe, "rpc_connections_refused_total") >= 1);
	assert_int_equal(probe_metric(&probe, "rpc_connections_open"), 2);
	rpc_channel_close(second);
	rpc_channel_close(third);
	for (int i = 0; i < 100 && !is_let_in; i++) {
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
		third = probe_connect(&probe);
		is_let_in = echo_over(third, 10000).code == STATUS_OK;
		rpc_channel_close(third);
	}
	assert_true(is_let_in);
}

static void streams_over_the_limit_of_a_connection_wait(void **state)
{
	Gaon__CountRequest request = GAON__COUNT_REQUEST__INIT;
	struct rpc_reader *readers[2];

	(void)state;
	atomic_store(&probe.limit, 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(
			rpc_reader_open(probe.channel, &gaon_method_probe_count, &request.base, NULL, &readers[i]).code,
			STATUS_OK);
	assert_int_equal(echo_over(probe.channel, 100).code, STATUS_DEADLINE_EXCEEDED);
	rpc_reader_close(readers[0]);
	assert_int_equal(echo_over(probe.channel, 10000).code, STATUS_OK);
	rpc_reader_close(readers[1]);
}

static void metadata_over_the_limit_is_refused(void **state)
{
	char *secret = arena_alloc(probe.arena, 40001);
	const struct rpc_channel_options options = { .address = probe.address, .authorization = secret };
	struct rpc_channel *channel;

	(void)state;
	memset(secret, 'x', 40000);
	secret[40000] = '\0';
	assert_int_equal(rpc_channel_open(probe.arena, &options, &channel).code, STATUS_OK);
	assert_int_equal(echo_over(channel, 10000).code, STATUS_RESOURCE_EXHAUSTED);
	rpc_channel_close(channel);
	assert_int_equal(echo_over(probe.channel, 10000).code, STATUS_OK);
}

static void a_peer_that_speaks_something_else_does_no_harm(void **state)
{
	static const char noise[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
	int descriptor = socket(AF_INET, SOCK_STREAM, 0);

	(void)state;
	assert_int_equal(probe_connect_raw(&probe, descriptor), 0);
	assert_int_equal(write(descriptor, noise, sizeof noise - 1), sizeof noise - 1);
	assert_true(probe_is_closed_soon(descriptor));
	close(descriptor);
	assert_int_equal(echo_over(probe.channel, 10000).code, STATUS_OK);
}

static struct status start_second(const char *address, struct rpc_server **server)
{
	struct rpc_server_options options = probe.options;

	options.address = address;
	return rpc_server_start(probe.arena, &options, server);
}

static void two_servers_cannot_share_an_address(void **state)
{
	struct rpc_server *second;
	struct status status;

	(void)state;
	status = start_second(probe.address, &second);
	assert_int_equal(status.code, STATUS_FAILED_PRECONDITION);
	assert_string_equal(status.reason, "RPC_ADDRESS_IN_USE");
}

static void an_address_that_is_none_is_refused(void **state)
{
	static const char *const bad[] = {
		"nonsense", ":1", "127.0.0.1:", "1.2.3.4:5", "unix:", "unix:/no/such/folder/s", "127.0.0.1:99999"
	};
	struct rpc_server *server;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct status status = start_second(bad[i], &server);

		assert_string_equal(status.reason, "RPC_ADDRESS_INVALID");
	}
}

static char socket_path[108];

static int start_unix(void **state)
{
	static char address[128];
	struct rpc_server_options options = { .address = address };
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int stale = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	snprintf(socket_path, sizeof socket_path, "/tmp/gaon-rpc-test-%d.sock", (int)getpid());
	snprintf(address, sizeof address, "unix:%s", socket_path);
	/* What a crashed server leaves behind. */
	memcpy(name.sun_path, socket_path, sizeof socket_path);
	if (bind(stale, (struct sockaddr *)&name, sizeof name) != 0)
		return -1;
	close(stale);
	probe_start(&probe, &options);
	return 0;
}

static int stop_unix(void **state)
{
	stop(state);
	return access(socket_path, F_OK) == 0 ? -1 : 0;
}

static void a_unix_socket_serves_too(void **state)
{
	Gaon__EchoRequest request = GAON__ECHO_REQUEST__INIT;
	ProtobufCMessage *reply;
	struct rpc_server *second;

	(void)state;
	assert_int_equal(
		rpc_channel_unary(probe.channel, probe.arena, &gaon_method_probe_echo, &request.base, NULL, &reply)
			.code,
		STATUS_OK);
	assert_string_equal(((Gaon__EchoResponse *)reply)->peer, "unix:");
	assert_string_equal(start_second(probe.address, &second).reason, "RPC_ADDRESS_IN_USE");
	assert_int_equal(echo_over(probe.channel, 10000).code, STATUS_OK);
}

static struct status answer(struct call *call, const ProtobufCMessage *request, ProtobufCMessage *reply)
{
	(void)call;
	(void)request;
	(void)reply;
	return OK;
}

static struct status begin(struct call *call, const ProtobufCMessage *request)
{
	(void)call;
	(void)request;
	return OK;
}

static void expect_invalid(const struct method_row *row, const char *what)
{
	const struct method_table table = { "gaon.probe.v1.ProbeService", row, 1 };
	const struct method_table *tables[] = { &table };
	struct rpc_server_options options = probe.options;
	struct rpc_server *server;
	struct status status;

	options.address = "127.0.0.1:0";
	options.tables = tables;
	status = rpc_server_start(probe.arena, &options, &server);
	if (!status.reason || strcmp(status.reason, "RPC_METHOD_INVALID") != 0 || !strstr(status.message, what))
		fail_msg("wanted '%s', got %s: %s", what, status.reason ? status.reason : "OK", status.message);
}

static void a_method_that_is_not_wholly_described_is_not_served(void **state)
{
	struct method method = gaon_method_probe_work;
	struct method_row row = { .method = &method, .unary = answer };

	(void)state;
	row.unary = NULL;
	expect_invalid(&row, "exactly one handler");
	row.stream = begin;
	expect_invalid(&row, "exactly one handler");
	row.unary = answer;
	expect_invalid(&row, "exactly one handler");
	row.stream = NULL;
	method.access = 0;
	expect_invalid(&row, "reads or writes");
	method.access = METHOD_WRITE;
	method.permission = "";
	expect_invalid(&row, "no permission");
	method.permission = "a.b.c";
	method.scope = "thing.nothing";
	expect_invalid(&row, "scope");
	method.scope = "thing";
	expect_invalid(&row, "scope");
	method.scope = "thing.things.name";
	expect_invalid(&row, "scope");
	method.scope = "thing.name";
	method.path = "/gaon.probe.v1.ProbeService/Other";
	expect_invalid(&row, "/service/method");
	method.path = gaon_method_probe_work.path;
	method.reply = NULL;
	expect_invalid(&row, "descriptor");
	row.method = NULL;
	expect_invalid(&row, "without a method");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(running_out_of_descriptors_is_survived, start, stop),
		cmocka_unit_test_setup_teardown(connections_over_the_limit_are_refused_until_one_goes,
						start_with_two_connections, stop),
		cmocka_unit_test_setup_teardown(streams_over_the_limit_of_a_connection_wait, start_with_two_connections,
						stop),
		cmocka_unit_test_setup_teardown(metadata_over_the_limit_is_refused, start, stop),
		cmocka_unit_test_setup_teardown(a_peer_that_speaks_something_else_does_no_harm, start, stop),
		cmocka_unit_test_setup_teardown(two_servers_cannot_share_an_address, start, stop),
		cmocka_unit_test_setup_teardown(an_address_that_is_none_is_refused, start, stop),
		cmocka_unit_test_setup_teardown(a_unix_socket_serves_too, start_unix, stop_unix),
		cmocka_unit_test_setup_teardown(a_method_that_is_not_wholly_described_is_not_served, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
