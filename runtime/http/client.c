/* SPDX-License-Identifier: Apache-2.0 */
/* client.c: options checked once, then one request at a time. */
#include <string.h>

#include "runtime/base/memory.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "runtime/http/driver.h"
#include "runtime/http/exchange.h"
#include "runtime/http/tape.h"

enum {
	DEFAULT_TIMEOUT_MS = 30 * 1000,
	DEFAULT_CONNECT_TIMEOUT_MS = 10 * 1000,
	DEFAULT_HEADER_LIMIT = 64 * 1024,
	DEFAULT_BODY_LIMIT = 16 * 1024 * 1024,
	MOST_TIMEOUT_MS = 3600 * 1000,
	GRACE_MS = 1000, /* libcurl ends an exchange in time; this is for the case that it does not */
};

/* Owned by http_allow_networks: a process has one answer to what its operator allows. */
static char *default_networks;
static pthread_mutex_t default_mutex = PTHREAD_MUTEX_INITIALIZER;

static struct status invalid_networks(struct arena *arena)
{
	return status_fail(arena, STATUS_INVALID_ARGUMENT, "HTTP_OPTIONS_INVALID",
			   "allowed networks must be a list such as \"10.0.0.0/8, fd00::/8\"");
}

struct status http_allow_networks(struct arena *arena, const char *networks)
{
	struct network_list list;

	if (!network_list_parse(text_or_empty(networks), &list))
		return invalid_networks(arena);
	memory_free(list.rows);
	pthread_mutex_lock(&default_mutex);
	memory_free(default_networks);
	default_networks = memory_strdup(networks);
	pthread_mutex_unlock(&default_mutex);
	return OK;
}

static struct status read_networks(struct arena *arena, const char *networks, struct network_list *list)
{
	if (!networks) {
		pthread_mutex_lock(&default_mutex);
		networks = arena_strdup(arena, text_or_empty(default_networks));
		pthread_mutex_unlock(&default_mutex);
	}
	return network_list_parse(networks, list) ? OK : invalid_networks(arena);
}

static void copy_options(struct http_options *copy, const struct http_options *options)
{
	*copy = *options;
	copy->allowed_networks = NULL;
	copy->ca_pem = memory_strdup(options->ca_pem);
	copy->client_certificate_pem = memory_strdup(options->client_certificate_pem);
	copy->client_key_pem = memory_strdup(options->client_key_pem);
	copy->record_path = NULL;
	copy->replay_path = NULL;
	copy->timeout_ms = options->timeout_ms > 0 ? options->timeout_ms : DEFAULT_TIMEOUT_MS;
	copy->connect_timeout_ms =
		options->connect_timeout_ms > 0 ? options->connect_timeout_ms : DEFAULT_CONNECT_TIMEOUT_MS;
	copy->header_limit_bytes = options->header_limit_bytes > 0 ? options->header_limit_bytes : DEFAULT_HEADER_LIMIT;
	copy->body_limit_bytes = options->body_limit_bytes > 0 ? options->body_limit_bytes : DEFAULT_BODY_LIMIT;
}

static void free_secret(const char *text)
{
	if (text)
		memory_wipe((void *)(uintptr_t)text, strlen(text));
	memory_free((void *)(uintptr_t)text);
}

static void free_parts(struct http_client *client)
{
	tape_free(client->recording);
	tape_free(client->replay);
	memory_free(client->allowed.rows);
	memory_free((void *)(uintptr_t)client->options.ca_pem);
	memory_free((void *)(uintptr_t)client->options.client_certificate_pem);
	free_secret(client->options.client_key_pem);
	memory_free(client);
}

struct status http_client_new(struct arena *arena, const struct http_options *options, struct http_client **client)
{
	static const struct http_options strict = { 0 };
	struct network_list allowed;

	options = options ? options : &strict;
	TRY(read_networks(arena, options->allowed_networks, &allowed));

	struct http_client *made = MEMORY_NEW(struct http_client);
	made->allowed = allowed;
	copy_options(&made->options, options);
	struct status status = OK;
	if (options->replay_path)
		status = tape_load(arena, options->replay_path, &made->replay);
	else if (options->record_path)
		made->recording = tape_new(options->record_path);
	if (status_is_ok(status) && !made->replay && !driver_enter())
		status = status_fail(arena, STATUS_INTERNAL, "HTTP_NO_THREAD",
				     "the thread for HTTP could not be started; check the limits of the process");
	if (!status_is_ok(status)) {
		free_parts(made);
		return status;
	}
	*client = made;
	return OK;
}

void http_client_free(struct http_client *client)
{
	if (!client)
		return;
	bool is_live = !client->replay;
	free_parts(client);
	if (is_live)
		driver_leave();
}

static int64_t timeout_of(const struct http_client *client, const struct http_request *request)
{
	int64_t timeout_ms = client->options.timeout_ms;

	if (request->deadline_us != 0)
		timeout_ms = (request->deadline_us - time_monotonic_us()) / TIME_US_PER_MS;
	return timeout_ms < MOST_TIMEOUT_MS ? timeout_ms : MOST_TIMEOUT_MS;
}

static struct status exchange_over_network(struct http_client *client, struct arena *arena,
					   const struct http_request *request, const char *host,
					   struct http_response *response)
{
	int64_t timeout_ms = timeout_of(client, request);
	struct exchange *exchange;

	if (timeout_ms <= 0)
		return status_fail(arena, STATUS_DEADLINE_EXCEEDED, "HTTP_DEADLINE",
				   "there was no time left to ask %s; try again with a later deadline", host);
	if (request->is_cancelled && atomic_load(request->is_cancelled))
		return status_fail(arena, STATUS_CANCELLED, "HTTP_CANCELLED",
				   "a request to %s was cancelled before it was sent", host);
	TRY(exchange_new(arena, client, request, timeout_ms, &exchange));
	driver_run(exchange, request->is_cancelled, timeout_ms + GRACE_MS);
	struct status status = exchange_result(arena, exchange, host, response);
	exchange_free(exchange);
	return status;
}

struct status http_send(struct http_client *client, struct arena *arena, const struct http_request *request,
			struct http_response *response)
{
	struct http_response received;
	const char *host;

	TRY(exchange_check_url(arena, client, request->url, &host));
	if (client->replay)
		return tape_play(client->replay, arena, request, response);
	TRY(exchange_over_network(client, arena, request, host, &received));
	if (client->recording)
		tape_record(client->recording, request, &received);
	*response = received;
	return OK;
}
