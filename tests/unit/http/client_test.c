/* SPDX-License-Identifier: Apache-2.0 */
/* client_test.c: requests go out as written, responses come back whole, and only from where they may. */
#include "tests/unit/http/http_fixture.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Sends back what arrived. */
static bool echo(const struct server_request *request)
{
	bool is_head = strncmp(request->head, "HEAD ", 5) == 0;

	server_write(
		request->socket, "HTTP/1.1 200 OK\r\nX-One: 1\r\nx-two:  two words \r\nContent-Length: %zu\r\n\r\n%s%s",
		request->head_size + request->body_size, is_head ? "" : request->head, is_head ? "" : request->body);
	return true;
}

static void a_response_has_its_status_headers_and_body(void **state)
{
	struct http_server *server = fixture_server(*state, echo, NULL);
	struct http_client *client = fixture_client(*state, (struct http_options){ 0 });
	struct http_header headers[] = { { "X-Auth", "t" }, { "Accept", "application/json" }, { "X-Empty", "" } };
	struct http_request request = { .method = "GET",
					.url = fixture_url(*state, server, "/a/../b//%2f?x=1+2&y"),
					.headers = headers,
					.header_count = 3 };
	struct http_response response;

	assert_ok(http_send(client, *state, &request, &response));
	assert_int_equal(response.status, 200);
	assert_string_equal(http_header(&response, "X-ONE", ""), "1");
	assert_string_equal(http_header(&response, "X-Two", ""), "two words");
	assert_string_equal(http_header(&response, "X-Three", "none"), "none");
	assert_true(text_starts_with(response.body.data, "GET /a/../b//%2f?x=1+2&y HTTP/1.1\r\n"));
	assert_non_null(strstr(response.body.data, "\r\nX-Auth: t\r\n"));
	assert_non_null(strstr(response.body.data, "\r\nAccept: application/json\r\n"));
	assert_non_null(strstr(response.body.data, "\r\nX-Empty:\r\n"));
	assert_null(strstr(response.body.data, "Content-Type"));
}

static void methods_and_bodies_arrive_as_given(void **state)
{
	static const char *const methods[] = { "POST", "PUT", "PATCH", "DELETE" };
	struct http_server *server = fixture_server(*state, echo, NULL);
	struct http_client *client = fixture_client(*state, (struct http_options){ 0 });
	struct http_response response;

	for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
		struct http_request request = { .method = methods[i],
						.url = fixture_url(*state, server, "/x"),
						.body = slice_text("{\"a\":1}") };

		assert_ok(http_send(client, *state, &request, &response));
		assert_true(
			text_starts_with(response.body.data, arena_printf(*state, "%s /x HTTP/1.1\r\n", methods[i])));
		assert_non_null(strstr(response.body.data, "\r\nContent-Length: 7\r\n"));
		assert_true(text_ends_with(response.body.data, "\r\n\r\n{\"a\":1}"));
		assert_null(strstr(response.body.data, "Expect"));
		assert_null(strstr(response.body.data, "urlencoded"));
	}
	struct http_request empty = { .method = "POST", .url = fixture_url(*state, server, "/x") };
	assert_ok(http_send(client, *state, &empty, &response));
	assert_non_null(strstr(response.body.data, "\r\nContent-Length: 0\r\n"));
	struct http_request head = { .method = "HEAD", .url = fixture_url(*state, server, "/x") };
	assert_ok(http_send(client, *state, &head, &response));
	assert_int_equal(response.body.size, 0);
	assert_string_equal(http_header(&response, "x-one", ""), "1");
	assert_int_equal(http_server_connections(server), 1);
}

static bool redirect(const struct server_request *request)
{
	server_write(request->socket, "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
	return true;
}

static void redirects_are_answers_not_orders(void **state)
{
	struct http_server *server = fixture_server(*state, redirect, NULL);
	struct http_client *client = fixture_client(*state, (struct http_options){ 0 });
	struct http_response response;

	assert_ok(fixture_get(client, *state, fixture_url(*state, server, "/"), &response));
	assert_int_equal(response.status, 302);
	assert_string_equal(http_header(&response, "location", ""), "/elsewhere");
	assert_int_equal(http_server_requests(server), 1);
}

static bool interim(const struct server_request *request)
{
	server_write(request->socket, "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n"
				      "HTTP/1.1 200 OK\r\nX-Late: 1\r\nContent-Length: 2\r\n\r\nok");
	return true;
}

static void headers_of_interim_responses_are_left_out(void **state)
{
	struct http_server *server = fixture_server(*state, interim, NULL);
	struct http_client *client = fixture_client(*state, (struct http_options){ 0 });
	struct http_response response;

	assert_ok(fixture_get(client, *state, fixture_url(*state, server, "/"), &response));
	assert_int_equal(response.status, 200);
	assert_string_equal(http_header(&response, "X-Early", "none"), "none");
	assert_string_equal(http_header(&response, "X-Late", "none"), "1");
}

static void addresses_that_are_not_public_are_refused_before_a_connection(void **state)
{
	struct http_server *server = fixture_server(*state, echo, NULL);
	struct http_client *strict = fixture_client(*state, (struct http_options){ .allowed_networks = "10.0.0.0/8" });
	const char *names[] = { "127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]" };
	struct http_response response;

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct status status = fixture_get(
			strict, *state, arena_printf(*state, "http://%s:%u/", names[i], http_server_port(server)),
			&response);

		assert_string_equal(status.reason, "HTTP_ENDPOINT_REFUSED");
		assert_false(http_may_have_happened(status));
	}
	assert_int_equal(http_server_connections(server), 0);
}

/* An address of this host that is not loopback; false when it has none. */
static bool own_address(struct sockaddr_in *address)
{
	struct ifaddrs *all;
	bool is_found = false;

	assert_int_equal(getifaddrs(&all), 0);
	for (const struct ifaddrs *one = all; one && !is_found; one = one->ifa_next) {
		if (!one->ifa_addr || one->ifa_addr->sa_family != AF_INET)
			continue;
		memcpy(address, one->ifa_addr, sizeof *address);
		is_found = (ntohl(address->sin_addr.s_addr) >> 24) != 127;
	}
	freeifaddrs(all);
	return is_found;
}

static void clear_text_goes_to_loopback_only(void **state)
{
	struct http_client *client = fixture_client(*state, (struct http_options){ .allowed_networks = "0.0.0.0/0" });
	struct sockaddr_in address;
	socklen_t size = sizeof address;
	char name[INET_ADDRSTRLEN];
	struct http_response response;

	if (!own_address(&address)) {
		puts("SKIP: network: this host has no address but loopback");
		skip();
	}
	/* It never answers: the request must not even get so far. */
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	address.sin_port = 0;
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
	inet_ntop(AF_INET, &address.sin_addr, name, sizeof name);
	assert_fails(fixture_get(client, *state, arena_printf(*state, "http://%s:%u/", name, ntohs(address.sin_port)),
				 &response),
		     STATUS_FAILED_PRECONDITION, "HTTP_ENDPOINT_REFUSED");
	close(listener);
}

static void a_connection_kept_by_a_laxer_client_is_refused_too(void **state)
{
	struct http_server *server = fixture_server(*state, echo, NULL);
	struct http_client *lax = fixture_client(*state, (struct http_options){ 0 });
	struct http_client *strict = fixture_client(*state, (struct http_options){ .allowed_networks = "10.0.0.0/8" });
	struct http_response response;

	assert_ok(fixture_get(lax, *state, fixture_url(*state, server, "/"), &response));
	assert_fails(fixture_get(strict, *state, fixture_url(*state, server, "/"), &response),
		     STATUS_FAILED_PRECONDITION, "HTTP_ENDPOINT_REFUSED");
	assert_int_equal(http_server_requests(server), 1);
}

static void the_process_decides_for_clients_that_do_not_say(void **state)
{
	struct http_server *server = fixture_server(*state, echo, NULL);
	struct http_options options = { .cleartext = HTTP_CLEARTEXT_LOOPBACK };
	struct http_client *client;
	struct http_response response;

	assert_ok(http_allow_networks(*state, "127.0.0.0/8"));
	assert_ok(http_client_new(*state, &options, &client));
	arena_defer(*state, fixture_free_client, client);
	assert_ok(http_allow_networks(*state, NULL));
	assert_ok(fixture_get(client, *state, fixture_url(*state, server, "/"), &response));
	assert_fails(http_allow_networks(*state, "10.0.0.1/8"), STATUS_INVALID_ARGUMENT, "HTTP_OPTIONS_INVALID");
}

static void the_environment_has_no_say_about_proxies(void **state)
{
	struct http_server *server = fixture_server(*state, echo, NULL);
	struct http_client *client = fixture_client(*state, (struct http_options){ 0 });
	struct http_response response;

	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
	assert_ok(fixture_get(client, *state, fixture_url(*state, server, "/"), &response));
	unsetenv("http_proxy");
	unsetenv("ALL_PROXY");
}

static void bad_requests_never_leave(void **state)
{
	struct http_server *server = fixture_server(*state, echo, NULL);
	struct http_client *client = fixture_client(*state, (struct http_options){ 0 });
	struct http_client *secure;
	const char *url = fixture_url(*state, server, "/");
	struct http_header broken[] = { { "X-A", "a\r\nX-B: b" } };
	struct http_header unnamed[] = { { "X A", "a" } };
	const struct http_request bad[] = {
		{ .method = "GET", .url = NULL },
		{ .method = "GET", .url = "" },
		{ .method = "GET", .url = "127.0.0.1" },
		{ .method = "GET", .url = "file:///etc/passwd" },
		{ .method = "GET", .url = "gopher://127.0.0.1/" },
		{ .method = "GET", .url = "http://user:secret@127.0.0.1/" },
		{ .method = "GET", .url = "http://127.0.0.1/a b" },
		{ .method = "GET", .url = "http://127.0.0.1/\r\nX: y" },
		{ .method = "G T", .url = url },
		{ .method = NULL, .url = url },
		{ .method = "GET", .url = url, .headers = broken, .header_count = 1 },
		{ .method = "GET", .url = url, .headers = unnamed, .header_count = 1 },
	};
	struct http_response response;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct status status = http_send(client, *state, &bad[i], &response);

		if (!text_equal(status.reason, "HTTP_REQUEST_INVALID"))
			fail_msg("request %zu: %s", i, text_or_empty(status.reason));
		assert_null(strstr(status.message, "secret"));
	}
	assert_ok(http_client_new(*state, NULL, &secure));
	arena_defer(*state, fixture_free_client, secure);
	assert_fails(fixture_get(secure, *state, url, &response), STATUS_INVALID_ARGUMENT, "HTTP_REQUEST_INVALID");
	assert_int_equal(http_server_connections(server), 0);
}

enum { THREADS = 32, PER_THREAD = 15 };

struct crowd {
	struct http_client *client;
	const char *url;
	int good;
};

static void *ask_often(void *pointer)
{
	struct crowd *crowd = pointer;

	for (int i = 0; i < PER_THREAD; i++) {
		struct arena *arena = arena_new(0);
		struct http_response response;

		if (status_is_ok(fixture_get(crowd->client, arena, crowd->url, &response)) && response.status == 200)
			crowd->good++;
		arena_free(arena);
	}
	return NULL;
}

static void many_threads_share_a_bounded_number_of_connections(void **state)
{
	struct http_server *server = fixture_server(*state, echo, NULL);
	struct http_client *client = fixture_client(*state, (struct http_options){ 0 });
	struct crowd crowds[THREADS];
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++) {
		crowds[i] = (struct crowd){ client, fixture_url(*state, server, "/"), 0 };
		assert_int_equal(pthread_create(&threads[i], NULL, ask_often, &crowds[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(crowds[i].good, PER_THREAD);
	}
	assert_int_equal(http_server_requests(server), THREADS * PER_THREAD);
	assert_in_range(http_server_most_at_once(server), 1, 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(a_response_has_its_status_headers_and_body),
		ARENA_TEST(methods_and_bodies_arrive_as_given),
		ARENA_TEST(redirects_are_answers_not_orders),
		ARENA_TEST(headers_of_interim_responses_are_left_out),
		ARENA_TEST(addresses_that_are_not_public_are_refused_before_a_connection),
		ARENA_TEST(clear_text_goes_to_loopback_only),
		ARENA_TEST(a_connection_kept_by_a_laxer_client_is_refused_too),
		ARENA_TEST(the_process_decides_for_clients_that_do_not_say),
		ARENA_TEST(the_environment_has_no_say_about_proxies),
		ARENA_TEST(bad_requests_never_leave),
		ARENA_TEST(many_threads_share_a_bounded_number_of_connections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
