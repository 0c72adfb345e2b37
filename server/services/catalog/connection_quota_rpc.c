/* SPDX-License-Identifier: Apache-2.0 */
/* connection_quota_rpc.c: what a cloud limits, on the wire. */
#include "gaon/catalog/v1/catalog.handlers.h"
#include "runtime/base/resource.h"
#include "server/services/catalog/connection_quota.h"
#include "server/services/catalog/connection_store.h"

struct status catalog_list_connection_quotas(struct call *call, const Gaon__ListConnectionQuotasRequest *request,
					     Gaon__ListConnectionQuotasResponse *reply)
{
	struct arena *arena = call->arena;
	const char *ids[2];
	struct connection connection;
	struct page page;
	struct connection_quota *quotas;
	size_t count;

	TRY(resource_parse(arena, "parent", request->parent, "tenants/{}/connections/{}", ids));
	TRY(connection_get(call->tx, request->parent, &connection));
	TRY(page_read(arena, request->page_size, request->page_token,
		      arena_printf(arena, "ListConnectionQuotas|%s", request->parent), &page));
	TRY(connection_quotas_list(call->tx, request->parent, page.after, page.limit + 1, &quotas, &count));
	if (count > page.limit) {
		count = page.limit;
		reply->next_page_token = page_next(arena, &page, quotas[count - 1].id);
	}
	reply->n_connection_quotas = count;
	reply->connection_quotas = ARENA_ARRAY(arena, count, Gaon__ConnectionQuota *);
	for (size_t i = 0; i < count; i++) {
		Gaon__ConnectionQuota *message = ARENA_NEW(arena, Gaon__ConnectionQuota);

		gaon__connection_quota__init(message);
		message->name = arena_printf(arena, "%s/quotas/%s", request->parent, quotas[i].id);
		message->quota = quotas[i].id;
		message->limit = quotas[i].limit;
		message->used = quotas[i].used;
		reply->connection_quotas[i] = message;
	}
	return OK;
}
