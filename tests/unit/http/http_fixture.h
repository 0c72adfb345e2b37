/* SPDX-License-Identifier: Apache-2.0 */
/* http_fixture.h: a client that may reach loopback in clear text, for the suites of this folder. */
#ifndef GAON_TESTS_UNIT_HTTP_FIXTURE_H
#define GAON_TESTS_UNIT_HTTP_FIXTURE_H

#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "runtime/http/http.h"
#include "tests/support/arena_fixture.h"
#include "tests/support/http_server.h"

static inline void fixture_free_client(void *client)
{
	http_client_free(client);
}

static inline void fixture_stop_server(void *server)
{
	http_server_stop(server);
}

/** Given back with the arena, also when a test fails half way. */
static inline struct http_client *fixture_client(struct arena *arena, struct http_options options)
{
	struct http_client *client;

	options.cleartext = options.cleartext ? options.cleartext : HTTP_CLEARTEXT_LOOPBACK;
	options.allowed_networks = options.allowed_networks ? options.allowed_networks : "127.0.0.0/8, ::1";
	assert_ok(http_client_new(arena, &options, &client));
	arena_defer(arena, fixture_free_client, client);
	return client;
}

static inline struct http_server *fixture_server(struct arena *arena, server_answer *answer, void *context)
{
	struct http_server *server = http_server_start(answer, context);

	arena_defer(arena, fixture_stop_server, server);
	return server;
}

static inline char *fixture_url(struct arena *arena, const struct http_server *server, const char *path)
{
	return arena_printf(arena, "http://127.0.0.1:%u%s", http_server_port(server), path);
}

static inline struct status fixture_get(struct http_client *client, struct arena *arena, const char *url,
					struct http_response *response)
{
	return http_send(client, arena, &(struct http_request){ .method = "GET", .url = url }, response);
}

#endif
