/* SPDX-License-Identifier: Apache-2.0 */
/* session_face.c: an open session on a connection, for a worker thread. */
#include "server/engine/session.h"

#include "server/services/catalog/catalog.h"
#include "server/services/catalog/room.h"

/** What is looked up before a session is taken. */
struct session_look {
	const char *name;
	struct catalog_connection connection;
};

static struct status look(struct store_tx *tx, void *context)
{
	struct session_look *looked = context;

	TRY(catalog_connection_get(tx, looked->name, &looked->connection));
	if (looked->connection.is_disabled)
		return status_fail(store_arena(tx), STATUS_FAILED_PRECONDITION, "CONNECTION_DISABLED",
				   "\"%s\" is disabled; enable it first", looked->name);
	return OK;
}

/** Called by the cache when it must open a session; the arena lives as long as that. */
static struct status load(struct arena *arena, void *context, struct session_source *source)
{
	const struct session_look *looked = context;

	source->provider = provider_find(looked->connection.provider);
	if (!source->provider)
		return status_fail(arena, STATUS_FAILED_PRECONDITION, "PROVIDER_UNKNOWN",
				   "this build does not know the provider of \"%s\"", looked->name);
	return catalog_connection_config(arena, looked->name, &source->config);
}

struct status catalog_session(struct provider_call *call, const char *connection, const struct provider **provider,
			      struct provider_session **session, struct provider_result *result)
{
	struct session_look looked = { .name = connection };

	TRY(store_read(catalog_room.store, call->arena, look, &looked));
	if (catalog_room.engine)
		engine_limit(catalog_room.engine, connection, (unsigned)looked.connection.concurrency,
			     (unsigned)looked.connection.rate_per_second);

	struct session_request request = {
		.connection = connection,
		.revision = looked.connection.revision,
		.load = load,
		.context = &looked,
	};
	*session = NULL;
	*result = session_acquire(catalog_room.sessions, call, &request, provider, session);
	return OK;
}

void catalog_session_release(struct provider_session *session)
{
	if (session)
		session_release(catalog_room.sessions, session);
}
