/* SPDX-License-Identifier: Apache-2.0 */
/* session.c: the connection of one run, and calls on it. */
#include "client/cli/session.h"

#include <poll.h>
#include <stdio.h>

#include "client/cli/protojson_read.h"
#include "runtime/base/time.h"
#include "runtime/message/redact.h"
#include "runtime/rpc/method.h"

static const char DEFAULT_ADDRESS[] = "127.0.0.1:7443";

struct status session_connect(struct session *session)
{
	const struct context *context = &session->context;
	struct gaon_client_options options = { 0 };
	struct gaon_error error;

	if (session->client)
		return OK;
	options.size = sizeof(options);
	options.address = text_is_empty(context->address) ? DEFAULT_ADDRESS : context->address;
	options.token = context->token;
	options.use_tls = context->use_tls || context->ca || context->certificate;
	options.allow_insecure = context->allow_insecure;
	options.ca_path = context->ca;
	options.certificate_path = context->certificate;
	options.key_path = context->key;
	options.server_name = context->server_name;
	options.user_agent = "gaon-cli";
	if (gaon_client_new(&options, &session->client, &error) != GAON_OK)
		return status_fail(session->arena, (enum status_code)error.code,
				   arena_strdup(session->arena, error.reason), "%s", error.message);
	session->context.address = options.address;
	session->call = gaon_call_new(session->client);
	gaon_call_set_timeout_ms(session->call, session->options.timeout_ms);
	return OK;
}

void session_pause(int64_t ms)
{
	poll(NULL, 0, (int)ms);
}

void session_close(struct session *session)
{
	gaon_call_free(session->call);
	gaon_client_free(session->client);
}

struct status session_status(struct session *session)
{
	const struct gaon_call *call = session->call;
	struct arena *arena = session->arena;
	const char *first, *second;
	struct status status;

	if (gaon_call_code(call) == GAON_OK)
		return OK;
	status = status_fail(arena, (enum status_code)gaon_call_code(call), arena_strdup(arena, gaon_call_reason(call)),
			     "%s", gaon_call_message(call));
	for (size_t i = 0; gaon_call_field_violation(call, i, &first, &second); i++)
		status = status_with_field(arena, status, first, "%s", second);
	for (size_t i = 0; gaon_call_metadata_at(call, i, &first, &second); i++)
		status = status_with_metadata(arena, status, first, second);
	if (gaon_call_resource(call, &first, &second))
		status = status_with_resource(arena, status, first, second);
	if (gaon_call_retry_ms(call) >= 0)
		status = status_with_retry(arena, status, gaon_call_retry_ms(call));
	return status;
}

static void show_request(struct session *session, const struct method *method, const ProtobufCMessage *request)
{
	struct json *value =
		protojson_write(session->arena, redact_copy(session->arena, request, method->request_rules, REDACTED));

	fprintf(stderr, "> %s%s\n> %s\n", session->context.address, method->path, json_print(session->arena, value));
}

struct status session_call(struct session *session, const struct method *method, const ProtobufCMessage *request,
			   const ProtobufCMessage **reply)
{
	int64_t start_us = time_monotonic_us();
	int code;

	TRY(session_connect(session));
	if (session->options.verbose)
		show_request(session, method, request);
	code = gaon_call_unary(session->call, method, request, reply);
	if (session->options.verbose)
		fprintf(stderr, "< %s in %.1f ms, trace %s\n", gaon_code_name(code),
			(double)(time_monotonic_us() - start_us) / 1000, gaon_call_trace_id(session->call));
	return session_status(session);
}
