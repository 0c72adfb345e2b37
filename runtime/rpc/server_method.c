/* SPDX-License-Identifier: Apache-2.0 */
/* server_method.c: a method that is not wholly described is not served: the server does not start. */
#include <string.h>

#include "runtime/base/text.h"
#include "runtime/rpc/server_private.h"

#define SEGMENT_BYTES_MOST 64

static struct status invalid(struct arena *arena, const struct method_table *table, const struct method_row *row,
			     const char *what)
{
	const char *name = row->method && row->method->path ? row->method->path : table->service;

	return status_fail(arena, STATUS_INVALID_ARGUMENT, "RPC_METHOD_INVALID",
			   "%s %s; correct its proto or its table", text_or_empty(name), what);
}

/** Follows "machine.name" through the request to a string field. */
static bool is_string_path(const ProtobufCMessageDescriptor *message, const char *path)
{
	const ProtobufCFieldDescriptor *field = NULL;

	for (const char *rest = path; rest; rest = strchr(rest, '.') ? strchr(rest, '.') + 1 : NULL) {
		size_t size = strcspn(rest, ".");
		char name[SEGMENT_BYTES_MOST];

		if (size == 0 || size >= sizeof name || !message)
			return false;
		memcpy(name, rest, size);
		name[size] = '\0';
		field = protobuf_c_message_descriptor_get_field_by_name(message, name);
		if (!field || field->label == PROTOBUF_C_LABEL_REPEATED)
			return false;
		message = field->type == PROTOBUF_C_TYPE_MESSAGE ? field->descriptor : NULL;
	}
	return field && field->type == PROTOBUF_C_TYPE_STRING;
}

static bool is_path_right(const struct method *method)
{
	size_t size = strlen(method->service);

	return method->path[0] == '/' && strncmp(method->path + 1, method->service, size) == 0 &&
	       method->path[size + 1] == '/' && strcmp(method->path + size + 2, method->name) == 0;
}

static struct status check_row(struct arena *arena, const struct method_table *table, const struct method_row *row)
{
	const struct method *method = row->method;

	if (!method || text_is_empty(method->service) || text_is_empty(method->name) || text_is_empty(method->path))
		return invalid(arena, table, row, "has a row without a method");
	if (!is_path_right(method))
		return invalid(arena, table, row, "is not /service/method");
	if (!method->request || !method->reply)
		return invalid(arena, table, row, "lacks the descriptor of its request or its reply");
	if (!row->unary == !row->stream || !row->stream != !method->is_server_streaming)
		return invalid(arena, table, row, "needs exactly one handler, of its own kind");
	if (method->access != METHOD_READ && method->access != METHOD_WRITE)
		return invalid(arena, table, row, "does not say whether it reads or writes");
	if (text_is_empty(method->permission) && !method->is_public && !method->is_any_authenticated)
		return invalid(arena, table, row, "names no permission and is not open to all");
	if (!text_is_empty(method->scope) && !is_string_path(method->request, method->scope))
		return invalid(arena, table, row, "has a scope that is no string field of its request");
	return OK;
}

static bool is_repeated(const struct rpc_server *server, const char *path)
{
	for (size_t i = 0; i < server->method_count; i++)
		if (strcmp(server->methods[i].row->method->path, path) == 0)
			return true;
	return false;
}

static void add(struct rpc_server *server, const struct method_row *row, bool is_own)
{
	const ProtobufCFieldDescriptor *field =
		protobuf_c_message_descriptor_get_field_by_name(row->method->request, "request_id");
	struct server_method *method = &server->methods[server->method_count++];

	method->row = row;
	method->is_own = is_own;
	if (field && field->type == PROTOBUF_C_TYPE_STRING && field->label != PROTOBUF_C_LABEL_REPEATED &&
	    !(field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)) {
		method->has_request_id = true;
		method->request_id_at = field->offset;
	}
}

static struct status add_table(struct arena *arena, struct rpc_server *server, const struct method_table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		TRY(check_row(arena, table, &table->rows[i]));
		if (is_repeated(server, table->rows[i].method->path))
			return invalid(arena, table, &table->rows[i], "is served twice");
		add(server, &table->rows[i], table == &server_health_table);
	}
	return OK;
}

struct status server_methods_check(struct arena *arena, struct rpc_server *server)
{
	const struct method_table *const *tables = server->options.tables;
	size_t count = server_health_table.count;

	for (size_t i = 0; i < server->options.table_count; i++)
		count += tables[i]->count;
	if (count > server_health_table.count && !server->options.executor)
		return status_fail(arena, STATUS_INVALID_ARGUMENT, "RPC_METHOD_INVALID",
				   "methods need an executor; set rpc_server_options.executor");
	server->methods = ARENA_ARRAY(server->arena, count, struct server_method);
	TRY(add_table(arena, server, &server_health_table));
	for (size_t i = 0; i < server->options.table_count; i++)
		TRY(add_table(arena, server, tables[i]));
	return OK;
}
