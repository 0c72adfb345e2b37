/* SPDX-License-Identifier: Apache-2.0 */
/* tls_test.c: TLS and mutual TLS with certificates of our own, good, missing, rogue and renewed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "probe.h"
#include "runtime/base/time.h"

static char folder[] = "/tmp/gaon-rpc-tls-XXXXXX";
static struct probe probe;

static int run(const char *const *arguments)
{
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		execvp(arguments[0], (char *const *)arguments);
		_exit(127);
	}
	waitpid(child, &status, 0);
	return status == 0 ? 0 : -1;
}

static int make_certificates(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	return run((const char *const[]){ CERTIFICATES, folder, NULL });
}

static int remove_certificates(void **state)
{
	(void)state;
	return run((const char *const[]){ "rm", "-r", folder, NULL });
}

static const char *in_folder(struct arena *arena, const char *name)
{
	return arena_printf(arena, "%s/%s", folder, name);
}

/** Atomically, as a renewing tool does it. */
static void copy(const char *from, const char *to)
{
	char command[512];

	snprintf(command, sizeof command, "cp %s/%s %s/%s.new && mv %s/%s.new %s/%s", folder, from, folder, to, folder,
		 to, folder, to);
	assert_int_equal(system(command), 0);
}

enum kind { NO_CLIENT_CERTIFICATE, OPTIONAL_CLIENT_CERTIFICATE, REQUIRED_CLIENT_CERTIFICATE };

static struct arena *paths;
static struct rpc_server_options limits;

static void start(enum kind kind)
{
	struct rpc_server_options options = limits;

	options.tls.reload_interval_s = 1;
	paths = arena_new(0);
	copy("server.pem", "live.pem");
	copy("server.key", "live.key");
	options.tls.certificate_path = in_folder(paths, "live.pem");
	options.tls.key_path = in_folder(paths, "live.key");
	if (kind != NO_CLIENT_CERTIFICATE)
		options.tls.client_ca_path = in_folder(paths, "ca.pem");
	options.tls.require_client_certificate = kind == REQUIRED_CLIENT_CERTIFICATE;
	probe_start(&probe, &options);
}

static int start_plain(void **state)
{
	(void)state;
	start(NO_CLIENT_CERTIFICATE);
	return 0;
}

static int start_narrow(void **state)
{
	(void)state;
	limits = (struct rpc_server_options){ .connections = 2, .handshake_ms = 1000 };
	start(NO_CLIENT_CERTIFICATE);
	limits = (struct rpc_server_options){ .connections = 0 };
	return 0;
}

static int start_optional(void **state)
{
	(void)state;
	start(OPTIONAL_CLIENT_CERTIFICATE);
	return 0;
}

static int start_required(void **state)
{
	(void)state;
	start(REQUIRED_CLIENT_CERTIFICATE);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	probe_stop(&probe);
	arena_free(paths);
	return 0;
}

/** One call over a connection of its own; `client` NULL: without a certificate. `san` is what the server saw. */
static struct status call_as(const char *ca, const char *client, const char **san)
{
	const struct rpc_channel_options options = {
		.address = probe.address,
		.use_tls = true,
		.ca_path = in_folder(probe.arena, ca),
		.certificate_path = client ? arena_printf(probe.arena, "%s/%s.pem", folder, client) : NULL,
		.key_path = client ? arena_printf(probe.arena, "%s/%s.key", folder, client) : NULL,
	};
	const struct rpc_call_options once = { .attempts = 1, .timeout_ms = 10000 };
	Gaon__EchoRequest request = GAON__ECHO_REQUEST__INIT;
	struct rpc_channel *channel;
	ProtobufCMessage *reply;
	struct status status;

	assert_int_equal(rpc_channel_open(probe.arena, &options, &channel).code, STATUS_OK);
	status = rpc_channel_unary(channel, probe.arena, &gaon_method_probe_echo, &request.base, &once, &reply);
	if (status_is_ok(status) && san)
		*san = ((Gaon__EchoResponse *)reply)->certificate_san;
	if (status_is_ok(status))
		assert_memory_equal(((Gaon__EchoResponse *)reply)->peer, "ipv4:127.0.0.1:", 15);
	rpc_channel_close(channel);
	return status;
}

static void a_client_that_knows_the_ca_gets_through(void **state)
{
	const char *san = NULL;

	(void)state;
	assert_int_equal(call_as("ca.pem", NULL, &san).code, STATUS_OK);
	assert_string_equal(san, "");
}

static void a_client_that_trusts_another_ca_does_not_speak_to_us(void **state)
{
	(void)state;
	assert_int_equal(call_as("rogue-ca.pem", NULL, NULL).code, STATUS_UNAVAILABLE);
}

static void a_cleartext_client_is_turned_away(void **state)
{
	const struct rpc_call_options once = { .attempts = 1, .timeout_ms = 10000 };
	Gaon__EchoRequest request = GAON__ECHO_REQUEST__INIT;
	struct rpc_channel *channel = probe_connect(&probe);
	ProtobufCMessage *reply;

	(void)state;
	assert_int_equal(
		rpc_channel_unary(channel, probe.arena, &gaon_method_probe_echo, &request.base, &once, &reply).code,
		STATUS_UNAVAILABLE);
	rpc_channel_close(channel);
}

static void a_required_certificate_names_its_bearer(void **state)
{
	const char *san = NULL;

	(void)state;
	assert_int_equal(call_as("ca.pem", "client", &san).code, STATUS_OK);
	assert_string_equal(san, "spiffe://gaon/agents/one");
	assert_int_equal(call_as("ca.pem", "named", &san).code, STATUS_OK);
	assert_string_equal(san, "two.agents.gaon");
}

static void without_the_required_certificate_nothing_is_served(void **state)
{
	(void)state;
	assert_int_not_equal(call_as("ca.pem", NULL, NULL).code, STATUS_OK);
	assert_int_equal(probe_metric(&probe, "rpc_calls_total"), 0);
}

static void a_rogue_certificate_is_never_believed(void **state)
{
	(void)state;
	assert_int_not_equal(call_as("ca.pem", "rogue", NULL).code, STATUS_OK);
	assert_int_equal(probe_metric(&probe, "rpc_calls_total"), 0);
}

static void an_optional_certificate_may_be_missing_but_not_rogue(void **state)
{
	const char *san = "?";

	(void)state;
	assert_int_equal(call_as("ca.pem", NULL, &san).code, STATUS_OK);
	assert_string_equal(san, "");
	assert_int_equal(call_as("ca.pem", "client", &san).code, STATUS_OK);
	assert_string_equal(san, "spiffe://gaon/agents/one");
	assert_int_not_equal(call_as("ca.pem", "rogue", NULL).code, STATUS_OK);
	assert_int_equal(probe_metric(&probe, "rpc_calls_total"), 2);
}

static void a_renewed_certificate_is_used_without_a_restart(void **state)
{
	int64_t until_us = time_monotonic_us() + 30 * TIME_US_PER_SECOND;
	bool is_renewed = false;

	(void)state;
	assert_int_equal(call_as("ca.pem", NULL, NULL).code, STATUS_OK);
	assert_int_not_equal(call_as("other-ca.pem", NULL, NULL).code, STATUS_OK);
	copy("renewed.key", "live.key");
	copy("renewed.pem", "live.pem");
	while (!is_renewed && time_monotonic_us() < until_us) {
		nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
		is_renewed = status_is_ok(call_as("other-ca.pem", NULL, NULL));
	}
	assert_true(is_renewed);
	assert_int_not_equal(call_as("ca.pem", NULL, NULL).code, STATUS_OK);
}

static void running_out_of_descriptors_is_survived_under_tls(void **state)
{
	(void)state;
	assert_int_equal(call_as("ca.pem", NULL, NULL).code, STATUS_OK);
	assert_true(probe_sheds_when_exhausted(&probe));
	assert_int_equal(call_as("ca.pem", NULL, NULL).code, STATUS_OK);
}

static void silent_peers_count_as_connections_until_their_handshake_is_over_due(void **state)
{
	enum { PEERS = 2 };
	int peers[PEERS];

	(void)state;
	/* They start a handshake and go no further. */
	for (int i = 0; i < PEERS; i++) {
		peers[i] = socket(AF_INET, SOCK_STREAM, 0);
		assert_int_equal(probe_connect_raw(&probe, peers[i]), 0);
		assert_int_equal(write(peers[i], "\x16\x03\x01", 3), 3);
	}
	assert_int_equal(probe_await_metric(&probe, "rpc_connections_open", PEERS), PEERS);
	assert_int_equal(call_as("ca.pem", NULL, NULL).code, STATUS_UNAVAILABLE);
	assert_true(probe_metric(&probe, "rpc_connections_refused_total") >= 1);
	for (int i = 0; i < PEERS; i++) {
		assert_true(probe_is_closed_soon(peers[i]));
		close(peers[i]);
	}
	assert_int_equal(probe_await_metric(&probe, "rpc_connections_open", 0), 0);
	assert_int_equal(call_as("ca.pem", NULL, NULL).code, STATUS_OK);
}

static void two_tls_servers_cannot_share_an_address(void **state)
{
	struct rpc_server_options options = probe.options;
	struct rpc_server *second;

	(void)state;
	options.address = probe.address;
	assert_string_equal(rpc_server_start(probe.arena, &options, &second).reason, "RPC_ADDRESS_IN_USE");
}

static void files_that_are_not_there_are_named(void **state)
{
	struct rpc_server_options options = probe.options;
	struct rpc_channel_options client = { .address = probe.address, .use_tls = true, .ca_path = "/no/such.pem" };
	struct rpc_server *server;
	struct rpc_channel *channel;
	struct status status;

	(void)state;
	options.address = "127.0.0.1:0";
	options.tls.key_path = "/no/such.key";
	status = rpc_server_start(probe.arena, &options, &server);
	assert_string_equal(status.reason, "RPC_CERTIFICATE_UNREADABLE");
	assert_non_null(strstr(status.message, "/no/such.key"));
	options.tls.key_path = NULL;
	assert_string_equal(rpc_server_start(probe.arena, &options, &server).reason, "RPC_CERTIFICATE_UNREADABLE");
	options.tls = probe.options.tls;
	options.tls.require_client_certificate = true;
	options.tls.client_ca_path = NULL;
	assert_string_equal(rpc_server_start(probe.arena, &options, &server).reason, "RPC_CERTIFICATE_UNREADABLE");
	status = rpc_channel_open(probe.arena, &client, &channel);
	assert_string_equal(status.reason, "RPC_CERTIFICATE_UNREADABLE");
	assert_non_null(strstr(status.message, "/no/such.pem"));
}

static void a_credential_does_not_cross_the_network_in_the_clear(void **state)
{
	struct rpc_channel_options options = { .address = "192.0.2.1:7443", .authorization = "Bearer x" };
	struct rpc_channel *channel;

	(void)state;
	assert_string_equal(rpc_channel_open(probe.arena, &options, &channel).reason, "RPC_CREDENTIAL_NEEDS_TLS");
	options.allow_insecure = true;
	assert_int_equal(rpc_channel_open(probe.arena, &options, &channel).code, STATUS_OK);
	rpc_channel_close(channel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_client_that_knows_the_ca_gets_through, start_plain, stop),
		cmocka_unit_test_setup_teardown(a_client_that_trusts_another_ca_does_not_speak_to_us, start_plain,
						stop),
		cmocka_unit_test_setup_teardown(a_cleartext_client_is_turned_away, start_plain, stop),
		cmocka_unit_test_setup_teardown(a_required_certificate_names_its_bearer, start_required, stop),
		cmocka_unit_test_setup_teardown(without_the_required_certificate_nothing_is_served, start_required,
						stop),
		cmocka_unit_test_setup_teardown(a_rogue_certificate_is_never_believed, start_required, stop),
		cmocka_unit_test_setup_teardown(an_optional_certificate_may_be_missing_but_not_rogue, start_optional,
						stop),
		cmocka_unit_test_setup_teardown(a_renewed_certificate_is_used_without_a_restart, start_plain, stop),
		cmocka_unit_test_setup_teardown(running_out_of_descriptors_is_survived_under_tls, start_plain, stop),
		cmocka_unit_test_setup_teardown(silent_peers_count_as_connections_until_their_handshake_is_over_due,
						start_narrow, stop),
		cmocka_unit_test_setup_teardown(two_tls_servers_cannot_share_an_address, start_plain, stop),
		cmocka_unit_test_setup_teardown(files_that_are_not_there_are_named, start_plain, stop),
		cmocka_unit_test_setup_teardown(a_credential_does_not_cross_the_network_in_the_clear, start_plain,
						stop),
	};

	return cmocka_run_group_tests(tests, make_certificates, remove_certificates);
}
