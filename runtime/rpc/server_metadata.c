/* SPDX-License-Identifier: Apache-2.0 */
/* server_metadata.c: who calls, with what credential, under which trace id. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <grpc/grpc_security_constants.h>
#include <grpc/support/alloc.h>

#include "runtime/base/text.h"
#include "runtime/rpc/server_private.h"

#define TRACE_BYTES_MOST 64

static struct slice value_of(const grpc_metadata *pair)
{
	return slice_of(GRPC_SLICE_START_PTR(pair->value), GRPC_SLICE_LENGTH(pair->value));
}

static bool key_is(const grpc_metadata *pair, const char *key, size_t size)
{
	return GRPC_SLICE_LENGTH(pair->key) == size && memcmp(GRPC_SLICE_START_PTR(pair->key), key, size) == 0;
}

/** Goes to logs and audit as it is, so only what can do no harm there. */
static bool is_trace_id(struct slice value)
{
	if (value.size == 0 || value.size > TRACE_BYTES_MOST)
		return false;
	for (size_t i = 0; i < value.size; i++) {
		char c = value.data[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && !strchr("-_.:", c))
			return false;
	}
	return true;
}

/** 22 characters, which the core keeps inside a slice without allocating: the server's start, then a count. */
static const char *make_trace_id(struct server_call *call)
{
	static const char digits[] = "0123456789abcdef";
	char *id = arena_alloc(call->call.arena, 23);
	uint64_t count = ++call->loop->trace_count;

	memcpy(id, call->loop->server->trace_prefix, 10);
	for (size_t i = 21; i >= 10; i--, count >>= 4)
		id[i] = digits[count & 15];
	id[22] = '\0';
	return id;
}

/* Connections that we accepted ourselves are known to the core by descriptor only: "fd:12". */
static void read_peer(struct server_call *call)
{
	struct listener *listener = call->loop->server->listener;
	int64_t descriptor;

	call->peer = grpc_call_get_peer(call->core);
	call->call.peer = call->peer ? call->peer : "";
	if (!listener || !text_starts_with(call->call.peer, "fd:") || !text_to_int64(call->peer + 3, &descriptor))
		return;
	call->call.peer = listener_peer(listener, call->call.arena, (int)descriptor);
}

static struct slice find_property(struct server_call *call, const grpc_auth_context *context, const char *name)
{
	grpc_auth_property_iterator iterator = grpc_auth_context_find_properties_by_name(context, name);
	const grpc_auth_property *property = grpc_auth_property_iterator_next(&iterator);

	if (!property || property->value_length == 0)
		return (struct slice){ NULL, 0 };
	return slice_of(arena_strndup(call->call.arena, property->value, property->value_length),
			property->value_length);
}

static void read_certificate(struct server_call *call)
{
	grpc_auth_context *context = grpc_call_auth_context(call->core);

	if (!context)
		return;
	if (grpc_auth_context_peer_is_authenticated(context)) {
		call->call.certificate_san = find_property(call, context, GRPC_PEER_URI_PROPERTY_NAME);
		if (call->call.certificate_san.size == 0)
			call->call.certificate_san = find_property(call, context, GRPC_PEER_DNS_PROPERTY_NAME);
	}
	grpc_auth_context_release(context);
}

void server_metadata_read(struct server_call *call)
{
	for (size_t i = 0; i < call->metadata.count; i++) {
		const grpc_metadata *pair = &call->metadata.metadata[i];
		struct slice value = value_of(pair);

		if (key_is(pair, "authorization", 13))
			call->call.authorization = value;
		else if (key_is(pair, "x-request-id", 12) && is_trace_id(value))
			call->call.trace_id = arena_strndup(call->call.arena, value.data, value.size);
	}
	if (!call->call.trace_id)
		call->call.trace_id = make_trace_id(call);
	read_peer(call);
	if (call->loop->server->options.tls.client_ca_path)
		read_certificate(call);
}

const char *call_metadata(const struct call *call, const char *key)
{
	const struct server_call *own = (const struct server_call *)call;
	size_t size = strlen(key);

	for (size_t i = 0; i < own->metadata.count; i++) {
		struct slice value = value_of(&own->metadata.metadata[i]);

		if (key_is(&own->metadata.metadata[i], key, size))
			return arena_strndup(call->arena, value.data, value.size);
	}
	return NULL;
}
