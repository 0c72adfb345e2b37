/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listener.c: accepts connections and hands them to the core.
 * The core's own listener never accepts again after one EMFILE; this one sheds the connection and goes on. It also
 * knows how many connections there are, and who is at their other end.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "runtime/base/memory.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "runtime/rpc/server_private.h"

#define BACKLOG 1024
#define HOST_BYTES_MOST 256
#define PEER_BYTES_MOST 80
#define SWEEP_AFTER_MS 100
#define EXHAUSTED_PAUSE_MS 20

/** An accepted connection. The core closes the descriptor without a word, so its inode tells whether it is still ours.
 */
struct connection {
	ino_t inode; /* 0: none */
	char peer[PEER_BYTES_MOST];
};

struct listener {
	struct rpc_server *server;
	pthread_t thread;
	bool is_running;
	int socket, stop, reserve; /* reserve: a descriptor to give up when there is none left to accept with */
	int port;
	char unix_path[sizeof((struct sockaddr_un *)0)->sun_path];

	pthread_mutex_t lock;           /* guards the table; loops read peers from it */
	struct connection *connections; /* by descriptor */
	size_t capacity;
	uint64_t count;
	int64_t swept_us;
};

static struct status bind_failure(struct arena *arena, const char *address, int error)
{
	if (error == EADDRINUSE)
		return status_fail(arena, STATUS_FAILED_PRECONDITION, "RPC_ADDRESS_IN_USE",
				   "something else listens on %s; stop it or choose another address", address);
	return status_fail(arena, STATUS_INVALID_ARGUMENT, "RPC_ADDRESS_INVALID", "cannot listen on %s: %s", address,
			   strerror(error));
}

/** A socket file that nobody answers on any more is what a crash leaves behind. */
static void remove_stale(const struct sockaddr_un *name)
{
	int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat info;

	if (probe >= 0 && stat(name->sun_path, &info) == 0 && S_ISSOCK(info.st_mode) &&
	    connect(probe, (const struct sockaddr *)name, sizeof *name) != 0 && errno == ECONNREFUSED)
		unlink(name->sun_path);
	if (probe >= 0)
		close(probe);
}

static struct status bind_unix(struct arena *arena, struct listener *listener, const char *address)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	const char *path = address + strlen("unix:");

	if (text_is_empty(path) || strlen(path) >= sizeof name.sun_path)
		return bind_failure(arena, address, ENAMETOOLONG);
	memcpy(name.sun_path, path, strlen(path) + 1);
	remove_stale(&name);
	listener->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (listener->socket < 0 || bind(listener->socket, (struct sockaddr *)&name, sizeof name) != 0 ||
	    listen(listener->socket, BACKLOG) != 0)
		return bind_failure(arena, address, errno);
	memcpy(listener->unix_path, name.sun_path, sizeof name.sun_path);
	return OK;
}

/** "127.0.0.1:7443", "[::1]:7443", "localhost:7443" into its two halves. */
static bool split_address(const char *address, char *host, const char **port)
{
	const char *colon = strrchr(address, ':');
	size_t size = colon ? (size_t)(colon - address) : 0;
	uint64_t number;

	/* getaddrinfo takes 99999 and serves on what is left of it. */
	if (size == 0 || size >= HOST_BYTES_MOST || !text_to_uint64(colon + 1, &number) || number > UINT16_MAX)
		return false;
	if (address[0] == '[' && address[size - 1] == ']') {
		address++;
		size -= 2;
	}
	memcpy(host, address, size);
	host[size] = '\0';
	*port = colon + 1;
	return true;
}

static int bind_one(struct listener *listener, const struct addrinfo *found)
{
	int seconds = (int)(listener->server->options.handshake_ms / 1000), on = 1;

	listener->socket = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (listener->socket < 0)
		return errno;
	setsockopt(listener->socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	setsockopt(listener->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	/* A peer that connects and says nothing does not get as far as us for so long. */
	if (seconds > 0)
		setsockopt(listener->socket, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof seconds);
	if (bind(listener->socket, found->ai_addr, found->ai_addrlen) == 0 && listen(listener->socket, BACKLOG) == 0)
		return 0;
	return errno;
}

static struct status bind_tcp(struct arena *arena, struct listener *listener, const char *address)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
	struct sockaddr_storage name;
	socklen_t size = sizeof name;
	struct addrinfo *found = NULL;
	char host[HOST_BYTES_MOST];
	const char *port;
	int error;

	if (!split_address(address, host, &port) || getaddrinfo(host, port, &hints, &found) != 0)
		return bind_failure(arena, address, EADDRNOTAVAIL);
	error = bind_one(listener, found);
	freeaddrinfo(found);
	if (error == 0 && getsockname(listener->socket, (struct sockaddr *)&name, &size) != 0)
		error = errno;
	if (error != 0)
		return bind_failure(arena, address, error);
	listener->port = ntohs(name.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&name)->sin6_port
							  : ((struct sockaddr_in *)&name)->sin_port);
	return OK;
}

struct status listener_open(struct arena *arena, struct rpc_server *server, struct listener **opened)
{
	const char *address = server->options.address;
	struct listener *listener = MEMORY_NEW(struct listener);
	struct status status;

	listener->server = server;
	listener->socket = -1;
	listener->stop = eventfd(0, EFD_CLOEXEC);
	listener->reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
	pthread_mutex_init(&listener->lock, NULL);
	status = text_starts_with(address, "unix:") ? bind_unix(arena, listener, address)
						    : bind_tcp(arena, listener, address);
	if (status_is_ok(status))
		*opened = listener;
	else
		listener_free(listener);
	return status;
}

static void print_peer(const struct sockaddr_storage *name, char *peer)
{
	char host[INET6_ADDRSTRLEN] = "";

	if (name->ss_family == AF_INET) {
		const struct sockaddr_in *four = (const struct sockaddr_in *)name;

		inet_ntop(AF_INET, &four->sin_addr, host, sizeof host);
		snprintf(peer, PEER_BYTES_MOST, "ipv4:%s:%u", host, ntohs(four->sin_port));
	} else if (name->ss_family == AF_INET6) {
		const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)name;

		inet_ntop(AF_INET6, &six->sin6_addr, host, sizeof host);
		snprintf(peer, PEER_BYTES_MOST, "ipv6:[%s]:%u", host, ntohs(six->sin6_port));
	} else {
		snprintf(peer, PEER_BYTES_MOST, "unix:");
	}
}

static bool is_alive(size_t descriptor, const struct connection *connection)
{
	struct stat info;

	return fstat((int)descriptor, &info) == 0 && info.st_ino == connection->inode;
}

/** Forgets the connections that are gone; under the lock. */
static void sweep(struct listener *listener)
{
	listener->count = 0;
	for (size_t i = 0; i < listener->capacity; i++) {
		struct connection *connection = &listener->connections[i];

		if (connection->inode != 0 && !is_alive(i, connection))
			connection->inode = 0;
		listener->count += connection->inode != 0;
	}
}

/** False when there are too many. */
static bool remember(struct listener *listener, int descriptor, const struct sockaddr_storage *name)
{
	size_t place = (size_t)descriptor;
	struct stat info;
	bool is_room;

	if (fstat(descriptor, &info) != 0)
		return false;
	pthread_mutex_lock(&listener->lock);
	/* A flood at the limit must not make us look at every connection for each of its own. */
	if (listener->count >= listener->server->options.connections &&
	    time_monotonic_us() >= listener->swept_us + SWEEP_AFTER_MS * TIME_US_PER_MS) {
		sweep(listener);
		listener->swept_us = time_monotonic_us();
	}
	is_room = listener->count < listener->server->options.connections;
	if (is_room && place >= listener->capacity) {
		size_t capacity = place + 64;

		listener->connections = memory_resize(listener->connections, capacity, sizeof(struct connection));
		memset(listener->connections + listener->capacity, 0,
		       (capacity - listener->capacity) * sizeof(struct connection));
		listener->capacity = capacity;
	}
	if (is_room) {
		listener->count += listener->connections[place].inode == 0;
		listener->connections[place].inode = info.st_ino;
		print_peer(name, listener->connections[place].peer);
	}
	pthread_mutex_unlock(&listener->lock);
	return is_room;
}

const char *listener_peer(struct listener *listener, struct arena *arena, int descriptor)
{
	const char *peer = "";

	pthread_mutex_lock(&listener->lock);
	if (descriptor >= 0 && (size_t)descriptor < listener->capacity)
		peer = arena_strdup(arena, listener->connections[descriptor].peer);
	pthread_mutex_unlock(&listener->lock);
	return peer;
}

uint64_t listener_connections(struct listener *listener)
{
	uint64_t count;

	pthread_mutex_lock(&listener->lock);
	sweep(listener);
	count = listener->count;
	pthread_mutex_unlock(&listener->lock);
	return count;
}

/** No descriptor is left: take one connection with the reserved one, and let it go, so that its peer is not left
 * waiting. */
static void shed(struct listener *listener)
{
	int descriptor;

	server_count(listener->server, COUNTER_ACCEPT_FAILURES, 1);
	if (listener->reserve >= 0)
		close(listener->reserve);
	descriptor = accept4(listener->socket, NULL, NULL, SOCK_CLOEXEC);
	if (descriptor >= 0)
		close(descriptor);
	listener->reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
	poll(&(struct pollfd){ .fd = listener->stop, .events = POLLIN }, 1, EXHAUSTED_PAUSE_MS);
}

static void accept_one(struct listener *listener)
{
	struct sockaddr_storage name = { 0 };
	socklen_t size = sizeof name;
	int descriptor = accept4(listener->socket, (struct sockaddr *)&name, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
	int on = 1;

	if (descriptor < 0) {
		/* Everything else (a peer gone before we looked) is that connection's own trouble. */
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
			shed(listener);
		return;
	}
	if (!remember(listener, descriptor, &name)) {
		server_count(listener->server, COUNTER_CONNECTIONS_REFUSED, 1);
		close(descriptor);
		return;
	}
	setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	server_count(listener->server, COUNTER_CONNECTIONS_ACCEPTED, 1);
	handoff_give(&listener->server->handoff, listener->server->core, listener->socket, descriptor);
}

static void *listener_main(void *argument)
{
	struct listener *listener = argument;

	for (;;) {
		struct pollfd wanted[] = { { .fd = listener->socket, .events = POLLIN },
					   { .fd = listener->stop, .events = POLLIN } };

		if (poll(wanted, 2, -1) < 0 && errno != EINTR)
			abort();
		if (wanted[1].revents)
			return NULL;
		if (wanted[0].revents)
			accept_one(listener);
	}
}

void listener_start(struct listener *listener)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_create(&listener->thread, NULL, listener_main, listener) != 0)
		abort(); /* out of memory or threads at start: as any other exhaustion of the host */
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	listener->is_running = true;
}

void listener_close(struct listener *listener)
{
	const uint64_t one = 1;

	if (listener->is_running) {
		if (write(listener->stop, &one, sizeof one) != sizeof one)
			abort();
		pthread_join(listener->thread, NULL);
		listener->is_running = false;
	}
	if (listener->socket >= 0)
		close(listener->socket);
	listener->socket = -1;
	if (listener->unix_path[0])
		unlink(listener->unix_path);
	listener->unix_path[0] = '\0';
}

void listener_free(struct listener *listener)
{
	if (!listener)
		return;
	listener_close(listener);
	close(listener->stop);
	if (listener->reserve >= 0)
		close(listener->reserve);
	pthread_mutex_destroy(&listener->lock);
	memory_free(listener->connections);
	memory_free(listener);
}

int listener_port(const struct listener *listener)
{
	return listener->port;
}
