/* SPDX-License-Identifier: Apache-2.0 */
/* tls_test.c: certificates are verified, always. The peer is OpenSSL's own s_server. */
#include "tests/unit/http/http_fixture.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/gaon-tls-XXXXXX";

static char *in_folder(struct arena *arena, const char *name)
{
	return arena_printf(arena, "%s/%s", folder, name);
}

static char *content(struct arena *arena, const char *name)
{
	char *data = arena_zalloc(arena, 10000);
	FILE *file = fopen(in_folder(arena, name), "r");

	assert_non_null(file);
	assert_true(fread(data, 1, 9999, file) > 0);
	fclose(file);
	return data;
}

static void make_certificate(struct arena *arena, const char *name, const char *subject)
{
	const char *command =
		arena_printf(arena,
			     "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
			     "-subj /CN=%s -addext subjectAltName=%s -keyout %s/%s.key -out %s/%s.pem 2>/dev/null",
			     name, subject, folder, name, folder, name);

	assert_int_equal(system(command), 0);
}

static unsigned free_port(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t size = sizeof address;
	int probe = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(probe, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(getsockname(probe, (struct sockaddr *)&address, &size), 0);
	close(probe);
	return ntohs(address.sin_port);
}

static bool is_listening(unsigned port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons((uint16_t)port),
				       .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int probe = socket(AF_INET, SOCK_STREAM, 0);
	bool is_open = connect(probe, (struct sockaddr *)&address, sizeof address) == 0;

	close(probe);
	return is_open;
}

struct peer {
	pid_t process;
	unsigned port;
};

static void stop_peer(void *pointer)
{
	struct peer *peer = pointer;

	kill(peer->process, SIGKILL);
	waitpid(peer->process, NULL, 0);
}

static struct peer *start_peer(struct arena *arena, const char *name, const char *client_ca)
{
	struct peer *peer = ARENA_NEW(arena, struct peer);
	char *certificate = in_folder(arena, arena_printf(arena, "%s.pem", name));
	char *key = in_folder(arena, arena_printf(arena, "%s.key", name));

	peer->port = free_port();
	char *port = arena_printf(arena, "%u", peer->port);
	peer->process = fork();
	if (peer->process == 0) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 0);
		dup2(null, 1);
		dup2(null, 2);
		execlp("openssl", "openssl", "s_server", "-quiet", "-www", "-accept", port, "-cert", certificate,
		       "-key", key, client_ca ? "-Verify" : NULL, "1", "-CAfile", client_ca, "-verify_return_error",
		       NULL);
		_exit(127);
	}
	assert_true(peer->process > 0);
	arena_defer(arena, stop_peer, peer);
	for (int i = 0; i < 200 && !is_listening(peer->port); i++)
		usleep(20000);
	return peer;
}

static struct status get_from(struct arena *arena, const struct peer *peer, const char *host,
			      struct http_options options)
{
	struct http_client *client = fixture_client(arena, options);
	struct http_response response;

	TRY(fixture_get(client, arena, arena_printf(arena, "https://%s:%u/", host, peer->port), &response));
	assert_int_equal(response.status, 200);
	return OK;
}

static void an_unknown_authority_is_refused_and_a_given_one_trusted(void **state)
{
	const struct peer *peer = start_peer(*state, "server", NULL);

	struct status status = get_from(*state, peer, "127.0.0.1", (struct http_options){ 0 });
	assert_int_equal(status.code, STATUS_FAILED_PRECONDITION);
	assert_string_equal(status.reason, "HTTP_TLS_REFUSED");
	assert_false(http_may_have_happened(status));
	assert_ok(
		get_from(*state, peer, "127.0.0.1", (struct http_options){ .ca_pem = content(*state, "server.pem") }));
	assert_fails(
		get_from(*state, peer, "127.0.0.1", (struct http_options){ .ca_pem = content(*state, "other.pem") }),
		STATUS_FAILED_PRECONDITION, "HTTP_TLS_REFUSED");
}

static void a_certificate_for_another_name_is_refused(void **state)
{
	const struct peer *peer = start_peer(*state, "other", NULL);

	assert_fails(
		get_from(*state, peer, "127.0.0.1", (struct http_options){ .ca_pem = content(*state, "other.pem") }),
		STATUS_FAILED_PRECONDITION, "HTTP_TLS_REFUSED");
}

static void a_client_shows_its_certificate(void **state)
{
	const struct peer *peer = start_peer(*state, "server", in_folder(*state, "client.pem"));
	struct http_options options = { .ca_pem = content(*state, "server.pem") };

	assert_false(status_is_ok(get_from(*state, peer, "127.0.0.1", options)));
	options.client_certificate_pem = content(*state, "client.pem");
	options.client_key_pem = content(*state, "client.key");
	assert_ok(get_from(*state, peer, "127.0.0.1", options));
}

static int make_all(void **state)
{
	struct arena *arena = arena_new(0);

	(void)state;
	if (!mkdtemp(folder))
		return -1;
	make_certificate(arena, "server", "IP:127.0.0.1");
	make_certificate(arena, "other", "DNS:other.example");
	make_certificate(arena, "client", "DNS:client.example");
	arena_free(arena);
	return 0;
}

static int remove_all(void **state)
{
	static const char *const names[] = { "server.pem", "server.key", "other.pem",
					     "other.key",  "client.pem", "client.key" };
	struct arena *arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		unlink(in_folder(arena, names[i]));
	rmdir(folder);
	arena_free(arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(an_unknown_authority_is_refused_and_a_given_one_trusted),
		ARENA_TEST(a_certificate_for_another_name_is_refused),
		ARENA_TEST(a_client_shows_its_certificate),
	};

	if (system("openssl version >/dev/null 2>&1") != 0) {
		puts("SKIP: openssl: the command is not installed");
		return 77;
	}
	return cmocka_run_group_tests(tests, make_all, remove_all);
}
