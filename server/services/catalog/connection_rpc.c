/* SPDX-License-Identifier: Apache-2.0 */
/* connection_rpc.c: connections on the wire. Credentials come in here and never go out. */
#include "gaon/catalog/v1/catalog.handlers.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/catalog/connection.h"
#include "server/services/catalog/connection_wire.h"
#include "server/services/catalog/room.h"
#include "server/services/iam/iam.h"
#include "server/services/wire/wire.h"

static const char *const UPDATABLE[] = { "display_name", "options", "labels", "concurrency", "rate_per_second", NULL };

static struct status check_limits(struct arena *arena, const Gaon__Connection *message)
{
	if (message->concurrency < 0)
		return status_invalid_field(arena, "connection.concurrency", "must be 0 (the provider's default) or more");
	if (message->rate_per_second < 0)
		return status_invalid_field(arena, "connection.rate_per_second", "must be 0 (the provider's default) or more");
	return OK;
}

struct status catalog_create_connection(struct call *call, const Gaon__CreateConnectionRequest *request,
					Gaon__Connection *reply)
{
	struct arena *arena = call->arena;
	const Gaon__Connection *message = request->connection;
	const struct provider *provider;
	const char *id, *options, *credentials;

	TRY(resource_parse(arena, "parent", request->parent, "tenants/{}", &id));
	TRY(iam_tenant_check(call->tx, request->parent));
	if (!text_is_resource_id(request->connection_id))
		return status_invalid_field(arena, "connection_id",
					    "must be lower-case letters, digits and '-', from a letter on");
	TRY(provider_choose(arena, message->provider, &provider));
	TRY(connection_read_options(arena, provider, message->options, &options));
	TRY(connection_read_credentials(arena, provider, "connection.credentials", message->credentials, &credentials));
	TRY(check_limits(arena, message));

	struct connection connection = {
		.name = arena_printf(arena, "%s/connections/%s", request->parent, request->connection_id),
		.tenant = request->parent,
		.display_name = text_is_empty(message->display_name) ? request->connection_id : message->display_name,
		.provider = provider->kind,
		.endpoint = message->endpoint,
		.region = message->region,
		.options = options,
		.labels = json_print_canonical(arena, wire_map_read(arena, message->n_labels, message->labels)),
		.concurrency = message->concurrency,
		.rate_per_second = message->rate_per_second,
		.created_us = call->now_us,
	};
	TRY(connection_check_shape(arena, provider, &connection));
	TRY(connection_insert(call->tx, &connection));
	TRY(connection_get(call->tx, connection.name, &connection));
	if (!text_is_empty(message->credentials)) {
		TRY(connection_seal(call->tx, &connection, credentials));
		TRY(connection_update(call->tx, &connection));
	}
	return connection_to_wire(arena, &connection, reply);
}

static struct status connection_of_request(struct call *call, const char *field, const char *name,
					   struct connection *connection)
{
	const char *ids[2];

	TRY(resource_parse(call->arena, field, name, "tenants/{}/connections/{}", ids));
	return connection_get(call->tx, name, connection);
}

struct status catalog_get_connection(struct call *call, const Gaon__GetConnectionRequest *request, Gaon__Connection *reply)
{
	struct connection connection;

	TRY(connection_of_request(call, "name", request->name, &connection));
	return connection_to_wire(call->arena, &connection, reply);
}

struct status catalog_list_connections(struct call *call, const Gaon__ListConnectionsRequest *request,
				       Gaon__ListConnectionsResponse *reply)
{
	struct arena *arena = call->arena;
	const char *id;
	struct page page;
	struct connection *connections;
	size_t count;

	TRY(resource_parse(arena, "parent", request->parent, "tenants/{}", &id));
	TRY(iam_tenant_check(call->tx, request->parent));
	TRY(page_read(arena, request->page_size, request->page_token,
		      arena_printf(arena, "ListConnections|%s", request->parent), &page));
	TRY(connection_list(call->tx, request->parent, page.after, page.limit + 1, &connections, &count));
	if (count > page.limit) {
		count = page.limit;
		reply->next_page_token = page_next(arena, &page, connections[count - 1].name);
	}
	reply->n_connections = count;
	reply->connections = ARENA_ARRAY(arena, count, Gaon__Connection *);
	for (size_t i = 0; i < count; i++) {
		reply->connections[i] = ARENA_NEW(arena, Gaon__Connection);
		gaon__connection__init(reply->connections[i]);
		TRY(connection_to_wire(arena, &connections[i], reply->connections[i]));
	}
	return OK;
}

/** What is sent along unchanged, as after reading it, is fine. */
static struct status check_immutable(struct arena *arena, const Gaon__Connection *message,
				     const struct connection *connection)
{
	const struct {
		const char *field, *given, *present;
	} rows[] = {
		{ "connection.provider", message->provider, connection->provider },
		{ "connection.endpoint", message->endpoint, connection->endpoint },
		{ "connection.region", message->region, connection->region },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (!text_is_empty(rows[i].given) && !text_equal(rows[i].given, rows[i].present))
			return status_invalid_field(arena, rows[i].field, "is immutable; make another connection");
	if (!text_is_empty(message->credentials))
		return status_invalid_field(arena, "connection.credentials",
					    "are changed with RotateConnectionCredentials only");
	return OK;
}

static struct status apply(struct arena *arena, const Gaon__UpdateConnectionRequest *request,
			   struct connection *connection)
{
	const Gaon__Connection *message = request->connection;
	const ProtobufCMessage *base = &message->base;
	const struct provider *provider;

	if (wire_mask_has(request->update_mask, base, "display_name"))
		connection->display_name = message->display_name;
	if (wire_mask_has(request->update_mask, base, "options")) {
		TRY(provider_choose(arena, connection->provider, &provider));
		TRY(connection_read_options(arena, provider, message->options, &connection->options));
		TRY(connection_check_shape(arena, provider, connection));
	}
	if (wire_mask_has(request->update_mask, base, "labels"))
		connection->labels =
			json_print_canonical(arena, wire_map_read(arena, message->n_labels, message->labels));
	if (wire_mask_has(request->update_mask, base, "concurrency"))
		connection->concurrency = message->concurrency;
	if (wire_mask_has(request->update_mask, base, "rate_per_second"))
		connection->rate_per_second = message->rate_per_second;
	return OK;
}

struct status catalog_update_connection(struct call *call, const Gaon__UpdateConnectionRequest *request,
					Gaon__Connection *reply)
{
	struct arena *arena = call->arena;
	const Gaon__Connection *message = request->connection;
	struct connection connection;

	TRY(wire_mask_check(arena, request->update_mask, UPDATABLE));
	TRY(connection_of_request(call, "connection.name", message->name, &connection));
	TRY(etag_check(arena, message->etag, connection.revision));
	TRY(check_immutable(arena, message, &connection));
	TRY(check_limits(arena, message));
	TRY(apply(arena, request, &connection));
	connection.settings_revision++;
	connection.updated_us = call->now_us;
	TRY(connection_update(call->tx, &connection));
	return connection_to_wire(arena, &connection, reply);
}

struct status catalog_delete_connection(struct call *call, const Gaon__DeleteConnectionRequest *request,
					Gaon__DeleteConnectionResponse *reply)
{
	struct arena *arena = call->arena;
	struct connection connection;
	bool is_target, is_used;

	(void)reply;
	TRY(connection_of_request(call, "name", request->name, &connection));
	TRY(etag_check(arena, request->etag, connection.revision));
	TRY(connection_is_target(call->tx, connection.name, &is_target));
	TRY(catalog_used(call->tx, connection.name, &is_used));
	if (is_target || is_used)
		return status_fail(arena, STATUS_FAILED_PRECONDITION, "CONNECTION_IN_USE",
				   is_target ? "a product version has this connection as a target; retire the version first" :
					       "resources live on this connection; delete or release them first");
	return connection_delete(call->tx, connection.name);
}

struct status catalog_rotate_connection_credentials(struct call *call,
						    const Gaon__RotateConnectionCredentialsRequest *request,
						    Gaon__Connection *reply)
{
	struct arena *arena = call->arena;
	const struct provider *provider;
	struct connection connection;
	const char *credentials;

	TRY(connection_of_request(call, "name", request->name, &connection));
	TRY(etag_check(arena, request->etag, connection.revision));
	TRY(provider_choose(arena, connection.provider, &provider));
	TRY(connection_read_credentials(arena, provider, "credentials", request->credentials, &credentials));
	TRY(connection_seal(call->tx, &connection, credentials));
	connection.settings_revision++;
	connection.updated_us = call->now_us;
	TRY(connection_update(call->tx, &connection));
	return connection_to_wire(arena, &connection, reply);
}

/** Doing it twice is harmless. */
static struct status set_disabled(struct call *call, const char *name, const char *etag, bool is_disabled,
				  Gaon__Connection *reply)
{
	struct connection connection;

	TRY(connection_of_request(call, "name", name, &connection));
	TRY(etag_check(call->arena, etag, connection.revision));
	if (connection.is_disabled != is_disabled) {
		connection.is_disabled = is_disabled;
		connection.settings_revision++;
		connection.updated_us = call->now_us;
		TRY(connection_update(call->tx, &connection));
	}
	return connection_to_wire(call->arena, &connection, reply);
}

struct status catalog_disable_connection(struct call *call, const Gaon__DisableConnectionRequest *request,
					 Gaon__Connection *reply)
{
	return set_disabled(call, request->name, request->etag, true, reply);
}

struct status catalog_enable_connection(struct call *call, const Gaon__EnableConnectionRequest *request,
					Gaon__Connection *reply)
{
	return set_disabled(call, request->name, request->etag, false, reply);
}

struct status catalog_probe_connection(struct call *call, const Gaon__ProbeConnectionRequest *request,
				       Gaon__Operation *reply)
{
	struct arena *arena = call->arena;
	struct connection connection;
	const char *operation;

	TRY(connection_of_request(call, "name", request->name, &connection));
	TRY(etag_check(arena, request->etag, connection.revision));
	if (connection.is_disabled)
		return status_fail(arena, STATUS_FAILED_PRECONDITION, "CONNECTION_DISABLED",
				   "this connection is disabled; enable it, then probe it");
	struct json *input = json_object(arena);
	json_set_text(input, "connection", connection.name);
	TRY(operation_create(call->tx,
			     &(struct operation_spec){
				     .kind = PROBE_KIND,
				     .tenant = connection.tenant,
				     .target = connection.name,
				     .connection = connection.name,
				     .requested_by = call->principal ? call->principal->name : NULL,
				     .input = input,
			     },
			     &operation));
	return wire_operation_reply(call->tx, operation, reply);
}
