/* SPDX-License-Identifier: Apache-2.0 */
/* server.c: starts and stops the server, and sets every limit of the core. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "runtime/base/memory.h"
#include "runtime/base/text.h"
#include "runtime/rpc/core.h"
#include "runtime/rpc/server_private.h"

#define ARGUMENTS_MOST 32
#define KEEPALIVE_TIMEOUT_MS 20000
#define PING_LEAST_MS 10000
#define LET_END_MOST_MS 2000
#define QUIET_MS 20
#define STEP_MS 5
#define DESCRIPTORS_BESIDE 256 /* what the store, the clouds and the logs need */

static void or_otherwise(int64_t *value, int64_t otherwise)
{
	if (*value <= 0)
		*value = otherwise;
}

static unsigned loops_otherwise(void)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	/* A handler reads the store on its loop: with one, the second of two cores would idle. */
	if (cores < 4)
		return cores < 2 ? 1 : 2;
	return (unsigned)cores / 2;
}

static void fill_defaults(struct rpc_server_options *options)
{
	options->loops = options->loops ? options->loops : loops_otherwise();
	options->message_bytes = options->message_bytes ? options->message_bytes : (size_t)4 << 20;
	options->unpacked_bytes = options->unpacked_bytes ? options->unpacked_bytes : (size_t)16 << 20;
	options->nesting_depth = options->nesting_depth ? options->nesting_depth : 32;
	options->metadata_bytes = options->metadata_bytes ? options->metadata_bytes : (size_t)16 << 10;
	options->streams_per_connection = options->streams_per_connection ? options->streams_per_connection : 100;
	options->connections = options->connections ? options->connections : 4096;
	or_otherwise(&options->handshake_ms, 10000);
	or_otherwise(&options->keepalive_ms, 60000);
	or_otherwise(&options->connection_age_grace_ms, 30000);
	or_otherwise(&options->longest_call_ms, 60000);
}

struct arguments {
	grpc_arg list[ARGUMENTS_MOST];
	size_t count;
};

static void add(struct arguments *arguments, const char *key, int64_t value)
{
	arguments->list[arguments->count++] = (grpc_arg){
		.type = GRPC_ARG_INTEGER,
		.key = (char *)key,
		.value.integer = value < INT32_MAX ? (int)value : INT32_MAX,
	};
}

static void fill_arguments(struct arguments *arguments, const struct rpc_server_options *options)
{
	/* Else two servers silently share a port. */
	add(arguments, GRPC_ARG_ALLOW_REUSEPORT, 0);
	add(arguments, GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, (int64_t)options->message_bytes);
	add(arguments, GRPC_ARG_MAX_METADATA_SIZE, (int64_t)options->metadata_bytes);
	add(arguments, GRPC_ARG_MAX_CONCURRENT_STREAMS, options->streams_per_connection);
	add(arguments, GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, options->handshake_ms);
	/* Also without calls: a peer that never speaks is found out and dropped. */
	add(arguments, GRPC_ARG_KEEPALIVE_TIME_MS, options->keepalive_ms);
	add(arguments, GRPC_ARG_KEEPALIVE_TIMEOUT_MS, KEEPALIVE_TIMEOUT_MS);
	add(arguments, GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
	add(arguments, GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
	add(arguments, GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, PING_LEAST_MS);
	if (options->connection_age_ms > 0) {
		add(arguments, GRPC_ARG_MAX_CONNECTION_AGE_MS, options->connection_age_ms);
		add(arguments, GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, options->connection_age_grace_ms);
	}
	/* The core would inflate a message before any limit looks at it: compressed ones are refused instead. */
	add(arguments, GRPC_ARG_ENABLE_PER_MESSAGE_COMPRESSION, 0);
	add(arguments, GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
	add(arguments, GRPC_ARG_ENABLE_CHANNELZ, 0);
	add(arguments, GRPC_ARG_MAX_CHANNEL_TRACE_EVENT_MEMORY_PER_NODE, 0);
}

static struct server_loop *loop_at(const struct rpc_server *server, unsigned index)
{
	return &server->loops[index];
}

static void open_loops(struct rpc_server *server)
{
	server->loop_count = server->options.loops;
	server->loops = MEMORY_ARRAY(server->loop_count, struct server_loop);
	for (unsigned i = 0; i < server->loop_count; i++) {
		struct server_loop *loop = loop_at(server, i);

		loop_open(&loop->loop);
		loop->server = server;
		loop->scratch = arena_new(0);
		loop->armed = ARENA_ARRAY(server->arena, server->method_count, unsigned);
		loop->wanted = ARENA_ARRAY(server->arena, server->method_count, unsigned);
		/* Each loop counts its own: the first digits keep them apart. */
		loop->trace_count = (uint64_t)i << 44;
		server_streams_open(loop);
		grpc_server_register_completion_queue(server->core, loop->loop.queue, NULL);
	}
}

static struct status listen_ourselves(struct arena *arena, struct rpc_server *server)
{
	TRY(listener_open(arena, server, &server->listener));
	server->port = listener_port(server->listener);
	return OK;
}

static struct status bind_tls(struct arena *arena, struct rpc_server *server)
{
	grpc_server_credentials *credentials;
	bool is_ours;

	TRY(server_credentials_new(arena, &server->options.tls, &credentials));
	is_ours = server->takes_tls && handoff_open(&server->handoff, server->core, credentials);
	if (!is_ours)
		server->port = grpc_server_add_http2_port(server->core, server->options.address, credentials);
	grpc_server_credentials_release(credentials);
	if (is_ours)
		return listen_ourselves(arena, server);
	if (server->port == 0)
		return status_fail(arena, STATUS_FAILED_PRECONDITION, "RPC_ADDRESS_IN_USE",
				   "cannot listen on %s; stop what listens there or choose another address",
				   server->options.address);
	return OK;
}

static struct status bind_address(struct arena *arena, struct rpc_server *server)
{
	if (text_is_empty(server->options.address))
		return status_fail(arena, STATUS_INVALID_ARGUMENT, "RPC_ADDRESS_INVALID",
				   "give the address to serve on as host:port or unix:/path");
	if (server->options.tls.certificate_path)
		return bind_tls(arena, server);
	handoff_open_cleartext(&server->handoff);
	return listen_ourselves(arena, server);
}

/** As many descriptors as we promise connections, where the host allows it. */
static void raise_descriptor_limit(const struct rpc_server_options *options)
{
	struct rlimit limit;
	rlim_t wanted = options->connections + DESCRIPTORS_BESIDE;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void went_down(struct event *event, bool ok)
{
	struct rpc_server *server = (struct rpc_server *)((char *)event - offsetof(struct rpc_server, down));

	(void)ok;
	pthread_mutex_lock(&server->lock);
	server->is_down = true;
	pthread_cond_broadcast(&server->changed);
	pthread_mutex_unlock(&server->lock);
}

static void init_lock(struct rpc_server *server)
{
	pthread_condattr_t monotonic;

	pthread_mutex_init(&server->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&server->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

/** The struct itself lives in the caller's arena and outlasts the stop: whoever wakes or measures too late does no
 * harm. */
static struct rpc_server *server_new(struct arena *callers, const struct rpc_server_options *options)
{
	struct rpc_server *server = ARENA_NEW(callers, struct rpc_server);
	uint8_t noise[5] = { 0 };

	server->arena = arena_new(0);
	server->options = *options;
	fill_defaults(&server->options);
	server->options.address = arena_strdup(server->arena, text_or_empty(options->address));
	server->limits = (struct wire_limits){ .nesting_depth = server->options.nesting_depth,
					       .unpacked_bytes = server->options.unpacked_bytes };
	server->down.run = went_down;
	init_lock(server);
	if (getrandom(noise, sizeof noise, 0) != sizeof noise)
		noise[0] = (uint8_t)getpid();
	snprintf(server->trace_prefix, sizeof server->trace_prefix, "%02x%02x%02x%02x%02x", noise[0], noise[1],
		 noise[2], noise[3], noise[4]);
	return server;
}

static void server_free(struct rpc_server *server)
{
	unsigned count = server->loop_count;
	struct listener *listener = server->listener;

	pthread_mutex_lock(&server->lock);
	server->is_over = true;
	server->listener = NULL;
	pthread_mutex_unlock(&server->lock);
	for (unsigned i = 0; i < count; i++)
		loop_close(&loop_at(server, i)->loop);
	if (server->core)
		grpc_server_destroy(server->core);
	for (unsigned i = 0; i < count; i++) {
		server_call_pool_free(loop_at(server, i));
		arena_free(loop_at(server, i)->scratch);
	}
	listener_free(listener);
	handoff_close(&server->handoff);
	memory_free(server->loops);
	server->loops = NULL;
	arena_free(server->arena);
	core_close();
}

static void shut_down(struct rpc_server *server)
{
	LOOP_RELEASE(&server->down);
	grpc_server_shutdown_and_notify(server->core, loop_at(server, 0)->loop.queue, &server->down);
}

static void serve(struct rpc_server *server)
{
	grpc_server_start(server->core);
	for (unsigned i = 0; i < server->loop_count; i++) {
		server_call_arm_all(loop_at(server, i));
		server_reflection_arm(loop_at(server, i));
	}
	for (unsigned i = 0; i < server->loop_count; i++)
		loop_start(&loop_at(server, i)->loop);
	if (server->listener)
		listener_start(server->listener);
}

static struct status register_methods(struct arena *arena, struct rpc_server *server)
{
	for (size_t i = 0; i < server->method_count; i++) {
		struct server_method *method = &server->methods[i];

		method->registered = grpc_server_register_method(server->core, method->row->method->path, NULL,
								 GRPC_SRM_PAYLOAD_READ_INITIAL_BYTE_BUFFER, 0);
		if (!method->registered)
			return status_fail(arena, STATUS_INTERNAL, "RPC_METHOD_INVALID", "the core refuses %s",
					   method->row->method->path);
	}
	return OK;
}

static struct status prepare(struct arena *arena, struct rpc_server *server)
{
	struct arguments arguments = { .count = 0 };

	TRY(server_methods_check(arena, server));
	raise_descriptor_limit(&server->options);
	fill_arguments(&arguments, &server->options);
	if (server->options.tls.certificate_path) {
		server->takes_tls = handoff_prepare(&server->handoff, &arguments.list[arguments.count]);
		arguments.count += server->takes_tls;
	}
	server->core = grpc_server_create(&(grpc_channel_args){ arguments.count, arguments.list }, NULL);
	open_loops(server);
	TRY(register_methods(arena, server));
	server_reflection_register(server);
	return bind_address(arena, server);
}

struct status rpc_server_start(struct arena *arena, const struct rpc_server_options *options,
			       struct rpc_server **started)
{
	struct rpc_server *server;
	struct status status;

	core_open();
	core_tune();
	server = server_new(arena, options);
	status = prepare(arena, server);
	if (status_is_ok(status)) {
		serve(server);
		*started = server;
		return OK;
	}
	if (server->core && server->loop_count > 0)
		shut_down(server);
	server_free(server);
	return status;
}

int rpc_server_port(const struct rpc_server *server)
{
	return server->port;
}

void rpc_server_wake(struct rpc_server *server)
{
	pthread_mutex_lock(&server->lock);
	for (unsigned i = 0; i < server->loop_count && !server->is_over; i++)
		server_streams_wake(loop_at(server, i));
	pthread_mutex_unlock(&server->lock);
}

void rpc_server_set_serving(struct rpc_server *server, bool is_serving)
{
	atomic_store(&server->is_serving, is_serving);
	rpc_server_wake(server);
}

/** False when `wait_ms` passed first; negative: waits as long as it takes. */
static bool await_down(struct rpc_server *server, int64_t wait_ms)
{
	struct timespec until;
	bool is_down;
	int error = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += wait_ms / 1000;
	until.tv_nsec += wait_ms % 1000 * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&server->lock);
	while (!server->is_down && error != ETIMEDOUT)
		error = wait_ms < 0 ? pthread_cond_wait(&server->changed, &server->lock)
				    : pthread_cond_timedwait(&server->changed, &server->lock, &until);
	is_down = server->is_down;
	pthread_mutex_unlock(&server->lock);
	return is_down;
}

/** The core forgets calls that handlers still hold, so we wait for them ourselves. */
static void await_quiet(struct rpc_server *server)
{
	for (unsigned i = 0; i < server->loop_count; i++)
		server_calls_close(loop_at(server, i));
	pthread_mutex_lock(&server->lock);
	while (server->loops_quiet < server->loop_count)
		pthread_cond_wait(&server->changed, &server->lock);
	pthread_mutex_unlock(&server->lock);
}

/*
 * Before GOAWAY, for a moment: after it the core closes a connection behind its last reply, and where the peer has just
 * written something that nobody reads any more (a ping), TCP resets, and replies that the peer had not read yet are
 * lost. So what runs is let end first; a quiet moment lets its answers be read.
 */
static void let_end(struct rpc_server *server, int64_t grace_ms)
{
	int64_t left_ms = grace_ms / 4 < LET_END_MOST_MS ? grace_ms / 4 : LET_END_MOST_MS, quiet_ms = 0;

	for (; left_ms > 0 && quiet_ms < QUIET_MS; left_ms -= STEP_MS) {
		await_down(server, STEP_MS);
		quiet_ms = atomic_load(&server->counters[COUNTER_CALLS_OPEN]) == 0 ? quiet_ms + STEP_MS : 0;
	}
}

void rpc_server_stop(struct rpc_server *server, int64_t grace_ms)
{
	if (!server)
		return;
	if (server->listener)
		listener_close(server->listener);
	/* Streams send what they have, then end with SERVER_STOPPING. */
	atomic_store(&server->is_stopping, true);
	rpc_server_set_serving(server, false);
	let_end(server, grace_ms);
	shut_down(server);
	if (!await_down(server, grace_ms > 0 ? grace_ms : 0)) {
		grpc_server_cancel_all_calls(server->core);
		await_down(server, -1);
	}
	await_quiet(server);
	server_free(server);
}
