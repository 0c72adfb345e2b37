/* SPDX-License-Identifier: Apache-2.0 */
/* channel.c: opens and closes a channel: address, credentials, limits. */
#include "runtime/rpc/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <grpc/grpc_security.h>

#include "runtime/base/text.h"
#include "runtime/rpc/channel_private.h"
#include "runtime/rpc/core.h"

#define ADDRESS_BYTES_MOST 512
#define PEM_BYTES_MOST ((size_t)1 << 20)
#define MESSAGE_BYTES_OTHERWISE ((size_t)16 << 20)
#define METADATA_BYTES_MOST (16 << 10)
#define KEEPALIVE_OTHERWISE_MS 30000
#define KEEPALIVE_TIMEOUT_MS 10000
#define CONNECT_TIMEOUT_MS 5000
#define SYSTEM_ROOTS "/etc/ssl/certs/ca-certificates.crt"
#define ARGUMENTS_MOST 16

/** True when nobody but this host can listen in. */
static bool is_local(const char *address)
{
	return text_starts_with(address, "unix:") || text_starts_with(address, "127.") ||
	       text_starts_with(address, "localhost:") || text_starts_with(address, "[::1]:");
}

static struct status check_options(struct arena *arena, const struct rpc_channel_options *options)
{
	if (text_is_empty(options->address) || strlen(options->address) > ADDRESS_BYTES_MOST)
		return status_fail(arena, STATUS_INVALID_ARGUMENT, "RPC_ADDRESS_INVALID",
				   "give the server's address as host:port or unix:/path");
	if (!options->use_tls && !text_is_empty(options->authorization) && !options->allow_insecure &&
	    !is_local(options->address))
		return status_fail(arena, STATUS_FAILED_PRECONDITION, "RPC_CREDENTIAL_NEEDS_TLS",
				   "a credential must not cross the network in the clear; use TLS for %s",
				   options->address);
	if (!options->certificate_path != !options->key_path)
		return status_fail(arena, STATUS_INVALID_ARGUMENT, "RPC_CERTIFICATE_INVALID",
				   "a client certificate needs both its certificate file and its key file");
	/* A header holds visible ASCII only; anything else would abort inside the core. */
	for (const char *c = text_or_empty(options->authorization); *c; c++)
		if (*c < ' ' || *c > '~')
			return status_fail(arena, STATUS_INVALID_ARGUMENT, "RPC_CREDENTIAL_INVALID",
					   "the credential holds a character that no header may; read it again");
	return OK;
}

static struct status read_failure(struct arena *arena, const char *path, const char *why)
{
	return status_fail(arena, STATUS_INVALID_ARGUMENT, "RPC_CERTIFICATE_UNREADABLE", "%s cannot be read: %s", path,
			   why);
}

static struct status read_pem(struct arena *arena, const char *path, char **pem)
{
	char *data = arena_alloc(arena, PEM_BYTES_MOST + 1);
	size_t size = 0;
	ssize_t got = 1;
	int file = open(path, O_RDONLY | O_CLOEXEC);

	if (file < 0)
		return read_failure(arena, path, strerror(errno));
	while (got > 0 && size < PEM_BYTES_MOST) {
		got = read(file, data + size, PEM_BYTES_MOST - size);
		size += got > 0 ? (size_t)got : 0;
	}
	close(file);
	if (got != 0)
		return read_failure(arena, path, got < 0 ? strerror(errno) : "it is larger than 1 MiB");
	data[size] = '\0';
	if (!strstr(data, "-----BEGIN "))
		return read_failure(arena, path, "it is no PEM file");
	*pem = data;
	return OK;
}

static struct status tls_credentials(struct arena *arena, const struct rpc_channel_options *options,
				     grpc_channel_credentials **credentials)
{
	struct arena *scratch = arena_new(0);
	char *roots = NULL, *certificate = NULL, *key = NULL;
	grpc_ssl_pem_key_cert_pair pair;
	struct status status = read_pem(scratch, options->ca_path ? options->ca_path : SYSTEM_ROOTS, &roots);

	if (status_is_ok(status) && options->certificate_path)
		status = read_pem(scratch, options->certificate_path, &certificate);
	if (status_is_ok(status) && options->key_path)
		status = read_pem(scratch, options->key_path, &key);
	if (status_is_ok(status)) {
		pair = (grpc_ssl_pem_key_cert_pair){ .private_key = key, .cert_chain = certificate };
		*credentials = grpc_ssl_credentials_create_ex(roots, certificate ? &pair : NULL, NULL, NULL);
	} else {
		status = status_copy(arena, status);
	}
	if (key)
		explicit_bzero(key, strlen(key));
	arena_free(scratch);
	return status;
}

struct arguments {
	grpc_arg list[ARGUMENTS_MOST];
	size_t count;
};

static void add_integer(struct arguments *arguments, const char *key, int value)
{
	arguments->list[arguments->count++] =
		(grpc_arg){ .type = GRPC_ARG_INTEGER, .key = (char *)key, .value.integer = value };
}

static void add_text(struct arguments *arguments, const char *key, const char *value)
{
	if (!text_is_empty(value))
		arguments->list[arguments->count++] =
			(grpc_arg){ .type = GRPC_ARG_STRING, .key = (char *)key, .value.string = (char *)value };
}

static void fill_arguments(struct arguments *arguments, const struct rpc_channel_options *options, size_t message_bytes)
{
	int64_t keepalive_ms = options->keepalive_ms > 0 ? options->keepalive_ms : KEEPALIVE_OTHERWISE_MS;

	add_integer(arguments, GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, (int)message_bytes);
	add_integer(arguments, GRPC_ARG_MAX_METADATA_SIZE, METADATA_BYTES_MOST);
	add_integer(arguments, GRPC_ARG_KEEPALIVE_TIME_MS, keepalive_ms < INT32_MAX ? (int)keepalive_ms : INT32_MAX);
	add_integer(arguments, GRPC_ARG_KEEPALIVE_TIMEOUT_MS, KEEPALIVE_TIMEOUT_MS);
	add_integer(arguments, GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
	add_integer(arguments, GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 200);
	add_integer(arguments, GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, CONNECT_TIMEOUT_MS);
	add_integer(arguments, GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, CONNECT_TIMEOUT_MS);
	/* Channels of one process share nothing: closing one really closes its connection. */
	add_integer(arguments, GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
	add_integer(arguments, GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
	add_integer(arguments, GRPC_ARG_ENABLE_CHANNELZ, 0);
	if (is_local(options->address))
		add_integer(arguments, GRPC_ARG_ENABLE_HTTP_PROXY, 0);
	add_text(arguments, GRPC_ARG_PRIMARY_USER_AGENT_STRING, options->user_agent);
	if (options->use_tls)
		add_text(arguments, GRPC_SSL_TARGET_NAME_OVERRIDE_ARG, options->server_name);
}

struct status rpc_channel_open(struct arena *arena, const struct rpc_channel_options *options,
			       struct rpc_channel **channel)
{
	size_t message_bytes = options->message_bytes ? options->message_bytes : MESSAGE_BYTES_OTHERWISE;
	struct arguments arguments = { .count = 0 };
	grpc_channel_credentials *credentials = NULL;
	struct rpc_channel *opened;
	struct arena *own;

	TRY(check_options(arena, options));
	core_open();
	if (options->use_tls) {
		struct status status = tls_credentials(arena, options, &credentials);

		if (!status_is_ok(status)) {
			core_close();
			return status;
		}
	} else {
		credentials = grpc_insecure_credentials_create();
	}
	own = arena_new(0);
	opened = ARENA_NEW(own, struct rpc_channel);
	opened->arena = own;
	opened->address = arena_strdup(own, options->address);
	opened->message_bytes = message_bytes < INT32_MAX ? message_bytes : INT32_MAX;
	if (!text_is_empty(options->authorization))
		opened->authorization = arena_strdup(own, options->authorization);
	fill_arguments(&arguments, options, opened->message_bytes);
	opened->core = grpc_channel_create(options->address, credentials,
					   &(grpc_channel_args){ arguments.count, arguments.list });
	grpc_channel_credentials_release(credentials);
	*channel = opened;
	return OK;
}

void rpc_channel_close(struct rpc_channel *channel)
{
	if (!channel)
		return;
	grpc_channel_destroy(channel->core);
	if (channel->authorization)
		explicit_bzero((char *)channel->authorization, strlen(channel->authorization));
	arena_free(channel->arena);
	core_close();
}

bool rpc_channel_connect(struct rpc_channel *channel, int64_t wait_ms)
{
	gpr_timespec until = gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(wait_ms, GPR_TIMESPAN));
	grpc_completion_queue *queue = grpc_completion_queue_create_for_next(NULL);
	grpc_connectivity_state state = grpc_channel_check_connectivity_state(channel->core, 1);
	bool is_in_time = true;

	while (state != GRPC_CHANNEL_READY && state != GRPC_CHANNEL_SHUTDOWN && is_in_time) {
		grpc_channel_watch_connectivity_state(channel->core, state, until, queue, NULL);
		is_in_time = grpc_completion_queue_next(queue, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL).success != 0;
		state = grpc_channel_check_connectivity_state(channel->core, 1);
	}
	grpc_completion_queue_shutdown(queue);
	grpc_completion_queue_destroy(queue);
	return state == GRPC_CHANNEL_READY;
}
