/* SPDX-License-Identifier: Apache-2.0 */
/* http_server.c: a thread that accepts, and one for each connection. */
#include "tests/support/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST_CONNECTIONS = 1024 };

struct http_server {
	server_answer *answer;
	void *context;
	int listener;
	unsigned port;
	pthread_t acceptor;
	pthread_mutex_t mutex; /* guards what follows */
	unsigned connections, requests, open, most_at_once;
	int sockets[MOST_CONNECTIONS];
	pthread_t threads[MOST_CONNECTIONS];
};

struct connection {
	struct http_server *server;
	unsigned index;
	int socket;
};

void server_write(int socket, const char *format, ...)
{
	char *text;
	va_list arguments;

	va_start(arguments, format);
	int size = vasprintf(&text, format, arguments);
	va_end(arguments);
	for (int sent = 0; sent < size;) {
		ssize_t step = send(socket, text + sent, (size_t)(size - sent), MSG_NOSIGNAL);

		if (step <= 0)
			break;
		sent += (int)step;
	}
	free(text);
}

/* Byte by byte up to the blank line: what follows belongs to the body. */
static bool read_request(struct server_request *request)
{
	request->head_size = 0;
	while (request->head_size < sizeof request->head - 1) {
		if (recv(request->socket, request->head + request->head_size, 1, 0) != 1)
			return false;
		request->head[++request->head_size] = '\0';
		if (request->head_size >= 4 && memcmp(request->head + request->head_size - 4, "\r\n\r\n", 4) == 0)
			break;
	}
	const char *length = strcasestr(request->head, "\r\nContent-Length:");
	size_t wanted = length ? strtoul(length + 17, NULL, 10) : 0;
	request->body_size = wanted < sizeof request->body - 1 ? wanted : sizeof request->body - 1;
	request->body[request->body_size] = '\0';
	return request->body_size == 0 ||
	       recv(request->socket, request->body, request->body_size, MSG_WAITALL) == (ssize_t)request->body_size;
}

static void *serve(void *pointer)
{
	struct connection *connection = pointer;
	struct http_server *server = connection->server;
	struct server_request *request = calloc(1, sizeof *request);
	bool is_kept = true;

	request->socket = connection->socket;
	request->context = server->context;
	while (is_kept && read_request(request)) {
		request->on_connection++;
		pthread_mutex_lock(&server->mutex);
		server->requests++;
		pthread_mutex_unlock(&server->mutex);
		is_kept = server->answer(request);
	}
	pthread_mutex_lock(&server->mutex);
	server->open--;
	server->sockets[connection->index] = -1;
	pthread_mutex_unlock(&server->mutex);
	close(connection->socket);
	free(request);
	free(connection);
	return NULL;
}

static void *accept_all(void *pointer)
{
	struct http_server *server = pointer;
	int socket;

	while ((socket = accept(server->listener, NULL, NULL)) >= 0) {
		struct connection *connection = calloc(1, sizeof *connection);

		pthread_mutex_lock(&server->mutex);
		if (server->connections == MOST_CONNECTIONS)
			abort();
		*connection = (struct connection){ server, server->connections++, socket };
		server->sockets[connection->index] = socket;
		server->open++;
		if (server->open > server->most_at_once)
			server->most_at_once = server->open;
		pthread_create(&server->threads[connection->index], NULL, serve, connection);
		pthread_mutex_unlock(&server->mutex);
	}
	return NULL;
}

struct http_server *http_server_start(server_answer *answer, void *context)
{
	struct http_server *server = calloc(1, sizeof *server);
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t size = sizeof address;

	server->answer = answer;
	server->context = context;
	pthread_mutex_init(&server->mutex, NULL);
	server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(server->listener, (struct sockaddr *)&address, sizeof address) != 0 ||
	    listen(server->listener, 128) != 0 ||
	    getsockname(server->listener, (struct sockaddr *)&address, &size) != 0)
		abort();
	server->port = ntohs(address.sin_port);
	pthread_create(&server->acceptor, NULL, accept_all, server);
	return server;
}

void http_server_stop(struct http_server *server)
{
	shutdown(server->listener, SHUT_RDWR);
	pthread_join(server->acceptor, NULL);
	close(server->listener);
	pthread_mutex_lock(&server->mutex);
	for (unsigned i = 0; i < server->connections; i++) {
		if (server->sockets[i] >= 0)
			shutdown(server->sockets[i], SHUT_RDWR);
	}
	pthread_mutex_unlock(&server->mutex);
	for (unsigned i = 0; i < server->connections; i++)
		pthread_join(server->threads[i], NULL);
	pthread_mutex_destroy(&server->mutex);
	free(server);
}

unsigned http_server_port(const struct http_server *server)
{
	return server->port;
}

static unsigned look(struct http_server *server, const unsigned *number)
{
	pthread_mutex_lock(&server->mutex);
	unsigned value = *number;
	pthread_mutex_unlock(&server->mutex);
	return value;
}

unsigned http_server_connections(struct http_server *server)
{
	return look(server, &server->connections);
}

unsigned http_server_requests(struct http_server *server)
{
	return look(server, &server->requests);
}

unsigned http_server_most_at_once(struct http_server *server)
{
	return look(server, &server->most_at_once);
}
