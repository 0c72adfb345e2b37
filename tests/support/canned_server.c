/* SPDX-License-Identifier: Apache-2.0 */
/* canned_server.c: see canned_server.h. */
#include "tests/support/canned_server.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/protojson_read.h"
#include "runtime/base/memory.h"
#include "runtime/base/text.h"
#include "runtime/rpc/rpc.h"

enum { METHODS_MOST = 64 };

struct canned_server {
	struct arena *arena;
	const struct canned *rows;
	size_t count;
	struct rpc_server *server;
	char address[64];

	pthread_mutex_t lock; /* guards what calls leave behind */
	const struct method *seen[METHODS_MOST];
	char *requests[METHODS_MOST];
	size_t seen_count;
	char *authorization;
	unsigned calls;
};

static void remember(struct canned_server *server, struct call *call, const char *request)
{
	size_t at = 0;

	pthread_mutex_lock(&server->lock);
	server->calls++;
	while (at < server->seen_count && server->seen[at] != call->method)
		at++;
	if (at == server->seen_count)
		server->seen_count++;
	else
		memory_free(server->requests[at]);
	server->seen[at] = call->method;
	server->requests[at] = memory_strdup(request);
	memory_free(server->authorization);
	server->authorization = memory_strdup(
		arena_strndup(call->arena, text_or_empty(call->authorization.data), call->authorization.size));
	pthread_mutex_unlock(&server->lock);
}

static const struct canned *find(struct call *call)
{
	struct canned_server *server = call->server_context;
	const char *request = json_print(call->arena, protojson_write(call->arena, call->request));

	remember(server, call, request);
	for (size_t i = 0; i < server->count; i++)
		if (server->rows[i].method == call->method &&
		    (!server->rows[i].only_if || strstr(request, server->rows[i].only_if)))
			return &server->rows[i];
	return NULL;
}

static struct status failure(struct arena *arena, const struct canned *row)
{
	struct status status;

	if (!row)
		return status_fail(arena, STATUS_NOT_FOUND, "NOT_CANNED", "the test has no answer for this request");
	if (row->code == STATUS_OK)
		return OK;
	status = status_fail(arena, row->code, row->reason, "%s", row->message);
	if (row->field)
		status = status_with_field(arena, status, row->field, "%s", row->message);
	return status;
}

static struct status answer(struct call *call, const ProtobufCMessage *request, ProtobufCMessage *reply)
{
	const struct canned *row = find(call);
	struct json *value;

	(void)request;
	TRY(failure(call->arena, row));
	TRY(json_parse(call->arena, slice_text(row->json), NULL, &value));
	return protojson_read(call->arena, value, reply, "");
}

struct stream {
	const struct canned *row;
	struct json *messages;
	size_t next;
};

static struct stream_step next_message(struct call *call, void *state, struct arena *arena, ProtobufCMessage *reply)
{
	struct stream *stream = state;

	(void)call;
	if (stream->next == json_size(stream->messages))
		return (struct stream_step){ .verdict = STREAM_END, .status = failure(arena, stream->row) };
	return (struct stream_step){ .verdict = STREAM_MESSAGE,
				     .status = protojson_read(arena, json_at(stream->messages, stream->next++), reply,
							      "") };
}

static struct status begin_stream(struct call *call, const ProtobufCMessage *request)
{
	struct stream *stream = ARENA_NEW(call->arena, struct stream);

	(void)request;
	stream->row = find(call);
	if (!stream->row)
		return failure(call->arena, NULL);
	TRY(json_parse(call->arena, slice_text(stream->row->json ? stream->row->json : "[]"), NULL, &stream->messages));
	call_stream(call, next_message, stream);
	return OK;
}

static void execute(void *context, struct call *call)
{
	(void)context;
	call_finish(call, call_run(call));
}

/** One table a service, one row a method. */
static size_t make_tables(struct canned_server *server, const struct method_table ***tables)
{
	struct arena *arena = server->arena;
	struct method_table *made = ARENA_ARRAY(arena, server->count, struct method_table);
	size_t count = 0;

	*tables = ARENA_ARRAY(arena, server->count, const struct method_table *);
	for (size_t i = 0; i < server->count; i++) {
		const struct method *method = server->rows[i].method;
		struct method_row *rows;
		size_t t = 0, r = 0;

		while (t < count && strcmp(made[t].service, method->service) != 0)
			t++;
		if (t == count) {
			made[count] = (struct method_table){ method->service,
							     ARENA_ARRAY(arena, server->count, struct method_row), 0 };
			(*tables)[t] = &made[count++];
		}
		rows = (struct method_row *)made[t].rows;
		while (r < made[t].count && rows[r].method != method)
			r++;
		if (r == made[t].count)
			rows[made[t].count++] =
				(struct method_row){ method, method->is_server_streaming ? NULL : answer,
						     method->is_server_streaming ? begin_stream : NULL };
	}
	return count;
}

struct canned_server *canned_server_start(const struct canned *rows, size_t count)
{
	return canned_server_start_at(rows, count, "127.0.0.1:0");
}

struct canned_server *canned_server_start_at(const struct canned *rows, size_t count, const char *address)
{
	struct arena *arena = arena_new(0);
	struct canned_server *server = ARENA_NEW(arena, struct canned_server);
	struct rpc_server_options options = { .address = address, .executor = execute, .server_context = server };
	const struct method_table **tables;
	struct status status;

	server->arena = arena;
	server->rows = rows;
	server->count = count;
	pthread_mutex_init(&server->lock, NULL);
	options.table_count = make_tables(server, &tables);
	options.tables = tables;
	status = rpc_server_start(arena, &options, &server->server);
	if (!status_is_ok(status)) {
		fprintf(stderr, "canned server: %s\n", status.message);
		abort();
	}
	rpc_server_set_serving(server->server, true);
	snprintf(server->address, sizeof(server->address), "127.0.0.1:%d", rpc_server_port(server->server));
	return server;
}

const char *canned_server_address(const struct canned_server *server)
{
	return server->address;
}

const char *canned_server_request(struct canned_server *server, struct arena *arena, const struct method *method)
{
	const char *request = "";

	pthread_mutex_lock(&server->lock);
	for (size_t i = 0; i < server->seen_count; i++)
		if (server->seen[i] == method)
			request = arena_strdup(arena, server->requests[i]);
	pthread_mutex_unlock(&server->lock);
	return request;
}

const char *canned_server_authorization(struct canned_server *server, struct arena *arena)
{
	const char *authorization;

	pthread_mutex_lock(&server->lock);
	authorization = arena_strdup(arena, text_or_empty(server->authorization));
	pthread_mutex_unlock(&server->lock);
	return authorization;
}

unsigned canned_server_calls(struct canned_server *server)
{
	unsigned calls;

	pthread_mutex_lock(&server->lock);
	calls = server->calls;
	pthread_mutex_unlock(&server->lock);
	return calls;
}

void canned_server_stop(struct canned_server *server)
{
	rpc_server_stop(server->server, 1000);
	for (size_t i = 0; i < server->seen_count; i++)
		memory_free(server->requests[i]);
	memory_free(server->authorization);
	pthread_mutex_destroy(&server->lock);
	arena_free(server->arena);
}
