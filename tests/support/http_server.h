/* SPDX-License-Identifier: Apache-2.0 */
/* http_server.h: a server on loopback that answers as a test tells it to, badly too. */
#ifndef GAON_TESTS_SUPPORT_HTTP_SERVER_H
#define GAON_TESTS_SUPPORT_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>

/** One request as it arrived: the head with its blank line, and the body that its Content-Length announced. */
struct server_request {
	char head[16384];
	char body[16384];
	size_t head_size, body_size;
	unsigned on_connection; /* 1: the first of this connection */
	int socket;
	void *context;
};

/** Writes the answer to request->socket. True keeps the connection. Runs on the connection's own thread. */
typedef bool server_answer(const struct server_request *request);

struct http_server;

struct http_server *http_server_start(server_answer *answer, void *context);
void http_server_stop(struct http_server *server);
unsigned http_server_port(const struct http_server *server);
unsigned http_server_connections(struct http_server *server);
unsigned http_server_requests(struct http_server *server);
/** The largest number of connections that were open at once. */
unsigned http_server_most_at_once(struct http_server *server);

/** Writes all of a formatted text. */
void server_write(int socket, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
