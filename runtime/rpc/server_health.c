/* SPDX-License-Identifier: Apache-2.0 */
/* server_health.c: grpc.health.v1, answered by the server itself. */
#include <string.h>

#include "grpc/health/v1/health.pb-c.h"
#include "runtime/base/text.h"
#include "runtime/rpc/server_private.h"

#define SERVICE "grpc.health.v1.Health"

static struct rpc_server *server_of(const struct call *call)
{
	return ((const struct server_call *)call)->loop->server;
}

static bool is_served(const struct rpc_server *server, const char *service)
{
	if (text_is_empty(service))
		return true;
	for (size_t i = 0; i < server->method_count; i++)
		if (strcmp(server->methods[i].row->method->service, service) == 0)
			return true;
	return false;
}

static int status_now(const struct rpc_server *server, const char *service)
{
	if (!is_served(server, service))
		return GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVICE_UNKNOWN;
	return atomic_load(&server->is_serving) ? GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING
						: GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__NOT_SERVING;
}

static struct status check(struct call *call, const ProtobufCMessage *request, ProtobufCMessage *reply)
{
	const Grpc__Health__V1__HealthCheckRequest *question = (const Grpc__Health__V1__HealthCheckRequest *)request;
	const struct rpc_server *server = server_of(call);

	if (!is_served(server, question->service))
		return status_fail(call->arena, STATUS_NOT_FOUND, "SERVICE_UNKNOWN",
				   "this server has no such service; ask its reflection service what it has");
	((Grpc__Health__V1__HealthCheckResponse *)reply)->status = status_now(server, question->service);
	return OK;
}

/** What a watcher was told last; -1: nothing yet. */
struct watch {
	int told;
};

static struct stream_step next_change(struct call *call, void *state, struct arena *arena, ProtobufCMessage *reply)
{
	const Grpc__Health__V1__HealthCheckRequest *question =
		(const Grpc__Health__V1__HealthCheckRequest *)call->request;
	struct watch *watch = state;
	int now = status_now(server_of(call), question->service);

	(void)arena;
	if (now == watch->told)
		return (struct stream_step){ .verdict = STREAM_IDLE };
	watch->told = now;
	((Grpc__Health__V1__HealthCheckResponse *)reply)->status = now;
	return (struct stream_step){ .verdict = STREAM_MESSAGE };
}

static struct status watch(struct call *call, const ProtobufCMessage *request)
{
	struct watch *state = ARENA_NEW(call->arena, struct watch);

	(void)request;
	state->told = -1;
	call_stream(call, next_change, state);
	return OK;
}

static const struct method check_method = {
	.service = SERVICE,
	.name = "Check",
	.path = "/" SERVICE "/Check",
	.permission = "",
	.scope = "",
	.resource = "health",
	.access = METHOD_READ,
	.is_idempotent = true,
	.is_public = true,
	.request = &grpc__health__v1__health_check_request__descriptor,
	.reply = &grpc__health__v1__health_check_response__descriptor,
};

static const struct method watch_method = {
	.service = SERVICE,
	.name = "Watch",
	.path = "/" SERVICE "/Watch",
	.permission = "",
	.scope = "",
	.resource = "health",
	.access = METHOD_READ,
	.is_public = true,
	.is_server_streaming = true,
	.request = &grpc__health__v1__health_check_request__descriptor,
	.reply = &grpc__health__v1__health_check_response__descriptor,
};

static const struct method_row rows[] = {
	{ .method = &check_method, .unary = check },
	{ .method = &watch_method, .stream = watch },
};

const struct method_table server_health_table = { SERVICE, rows, sizeof rows / sizeof rows[0] };
