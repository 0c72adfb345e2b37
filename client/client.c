/* SPDX-License-Identifier: Apache-2.0 */
/* client.c: the connection that calls share. It lives in its own arena and goes with its last user. */
#include <gaon/client.h>

#include <stdio.h>
#include <string.h>

#include "client/client_internal.h"
#include "runtime/base/id.h"
#include "runtime/base/text.h"

_Static_assert((int)GAON_UNAUTHENTICATED == (int)STATUS_UNAUTHENTICATED, "gaon_code and status_code are one list");

static int report(struct status status, struct gaon_error *error)
{
	if (error) {
		error->code = (int)status.code;
		snprintf(error->reason, sizeof(error->reason), "%s", text_or_empty(status.reason));
		snprintf(error->message, sizeof(error->message), "%s", text_or_empty(status.message));
	}
	return (int)status.code;
}

/** Options of an older, smaller layout read as if the rest were zero. */
static struct status read_options(struct arena *arena, const struct gaon_client_options *given,
				  struct gaon_client_options *options)
{
	if (!given || given->size < offsetof(struct gaon_client_options, use_tls) || given->size > 4096)
		return status_fail(arena, STATUS_INVALID_ARGUMENT, "OPTIONS_SIZE",
				   "set options.size to sizeof(struct gaon_client_options)");
	memset(options, 0, sizeof(*options));
	memcpy(options, given, given->size < sizeof(*options) ? given->size : sizeof(*options));
	if (text_is_empty(options->address))
		return status_invalid_field(arena, "address", "give the server's address, such as 127.0.0.1:7443");
	return OK;
}

static struct status open_channel(struct gaon_client *client, const struct gaon_client_options *given)
{
	struct gaon_client_options options;
	struct rpc_channel_options channel = { 0 };
	const char *agent = "libgaon/" GAON_VERSION_TEXT;

	TRY(read_options(client->arena, given, &options));
	if (!text_is_empty(options.user_agent))
		agent = arena_printf(client->arena, "%s %s", options.user_agent, agent);
	channel.address = arena_strdup(client->arena, options.address);
	channel.use_tls = options.use_tls;
	channel.allow_insecure = options.allow_insecure;
	channel.ca_path = options.ca_path;
	channel.certificate_path = options.certificate_path;
	channel.key_path = options.key_path;
	channel.server_name = options.server_name;
	channel.user_agent = agent;
	channel.message_bytes = options.message_bytes;
	if (!text_is_empty(options.token))
		channel.authorization = arena_printf(client->arena, "Bearer %s", options.token);
	return rpc_channel_open(client->arena, &channel, &client->channel);
}

int gaon_client_new(const struct gaon_client_options *options, struct gaon_client **client, struct gaon_error *error)
{
	struct arena *arena = arena_new(0);
	struct gaon_client *made = ARENA_NEW(arena, struct gaon_client);
	struct status status;

	made->arena = arena;
	atomic_init(&made->users, 1);
	status = open_channel(made, options);
	report(status, error);
	if (!status_is_ok(status)) {
		int code = (int)status.code;

		arena_free(arena);
		return code;
	}
	*client = made;
	return GAON_OK;
}

bool gaon_client_connect(struct gaon_client *client, int64_t wait_ms)
{
	return client && rpc_channel_connect(client->channel, wait_ms > 0 ? wait_ms : 0);
}

void gaon_client_free(struct gaon_client *client)
{
	if (!client || atomic_fetch_sub(&client->users, 1) != 1)
		return;
	rpc_channel_close(client->channel);
	arena_free(client->arena);
}

const char *gaon_code_name(int code)
{
	return status_code_name((enum status_code)code);
}

void gaon_request_id(char id[37])
{
	struct arena *arena = arena_new(0);

	memcpy(id, id_new(arena), 37);
	arena_free(arena);
}

const char *gaon_version(void)
{
	return GAON_VERSION_TEXT;
}
