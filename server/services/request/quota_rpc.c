/* SPDX-License-Identifier: Apache-2.0 */
/* quota_rpc.c: quotas on the wire. */
#include "gaon/request/v1/request.handlers.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/iam/iam.h"
#include "server/services/request/quota.h"
#include "server/services/wire/wire.h"

static const char PROJECT_QUOTA[] = "tenants/{}/projects/{}/quotas/{}";
static const char TENANT_QUOTA[] = "tenants/{}/quotas/{}";

static struct status check_name(struct arena *arena, const char *field, const char *name)
{
	const char *ids[3];
	if (resource_match(arena, name, PROJECT_QUOTA, false, ids))
		return OK;
	return resource_parse(arena, field, name, TENANT_QUOTA, ids);
}

/** A quota stands on a tenant or a project that exists. */
static struct status check_scope(struct call *call, const char *scope)
{
	const char *ids[2];
	if (resource_match(call->arena, scope, "tenants/{}/projects/{}", false, ids))
		return iam_project_check(call->tx, scope);
	TRY(resource_parse(call->arena, "parent", scope, "tenants/{}", ids));
	return iam_tenant_check(call->tx, scope);
}

static void quota_to_wire(struct arena *arena, const struct quota_row *quota, Gaon__Quota *message)
{
	message->name = quota->name;
	message->metric = (Gaon__QuotaMetric)quota->metric;
	message->limit = quota->limit;
	message->used = quota->used;
	message->etag = etag_format(arena, quota->revision);
	message->create_time = wire_timestamp(arena, quota->created_us);
	message->update_time = wire_timestamp(arena, quota->updated_us);
}

struct status request_create_quota(struct call *call, const Gaon__CreateQuotaRequest *request, Gaon__Quota *reply)
{
	TRY(check_scope(call, request->parent));
	if (request->quota->metric == 0)
		return status_invalid_field(call->arena, "quota.metric", "says what is limited: machines, vcpus, memory_mib or disk_gib");
	struct quota_row quota = {
		.name = arena_printf(call->arena, "%s/quotas/%s", request->parent, request->quota_id),
		.scope = request->parent,
		.metric = (enum quota_metric)request->quota->metric,
		.limit = request->quota->limit,
		.created_us = call->now_us,
	};
	TRY(quota_insert(call->tx, &quota));
	TRY(quota_get(call->tx, quota.name, &quota));
	quota_to_wire(call->arena, &quota, reply);
	return OK;
}

struct status request_get_quota(struct call *call, const Gaon__GetQuotaRequest *request, Gaon__Quota *reply)
{
	struct quota_row quota;

	TRY(check_name(call->arena, "name", request->name));
	TRY(quota_get(call->tx, request->name, &quota));
	quota_to_wire(call->arena, &quota, reply);
	return OK;
}

struct status request_list_quotas(struct call *call, const Gaon__ListQuotasRequest *request, Gaon__ListQuotasResponse *reply)
{
	struct page page;
	struct quota_row *quotas;
	size_t count;

	TRY(check_scope(call, request->parent));
	TRY(page_read(call->arena, request->page_size, request->page_token,
		      arena_printf(call->arena, "quotas %s", request->parent), &page));
	TRY(quota_list(call->tx, request->parent, page.after, page.limit + 1, &quotas, &count));
	if (count > page.limit) {
		count = page.limit;
		reply->next_page_token = page_next(call->arena, &page, quotas[count - 1].name);
	}
	reply->quotas = ARENA_ARRAY(call->arena, count + 1, Gaon__Quota *);
	reply->n_quotas = count;
	for (size_t i = 0; i < count; i++) {
		reply->quotas[i] = ARENA_NEW(call->arena, Gaon__Quota);
		gaon__quota__init(reply->quotas[i]);
		quota_to_wire(call->arena, &quotas[i], reply->quotas[i]);
	}
	return OK;
}

struct status request_update_quota(struct call *call, const Gaon__UpdateQuotaRequest *request, Gaon__Quota *reply)
{
	static const char *const fields[] = { "limit", NULL };
	struct quota_row quota;

	TRY(check_name(call->arena, "quota.name", request->quota->name));
	TRY(wire_mask_check(call->arena, request->update_mask, fields));
	TRY(quota_get(call->tx, request->quota->name, &quota));
	TRY(etag_check(call->arena, request->quota->etag, quota.revision));
	if (wire_mask_has(request->update_mask, &request->quota->base, "limit"))
		TRY(quota_update(call->tx, quota.name, request->quota->limit, call->now_us));
	TRY(quota_get(call->tx, quota.name, &quota));
	quota_to_wire(call->arena, &quota, reply);
	return OK;
}

struct status request_delete_quota(struct call *call, const Gaon__DeleteQuotaRequest *request, Gaon__DeleteQuotaResponse *reply)
{
	struct quota_row quota;

	(void)reply;
	TRY(check_name(call->arena, "name", request->name));
	TRY(quota_get(call->tx, request->name, &quota));
	TRY(etag_check(call->arena, request->etag, quota.revision));
	return quota_delete(call->tx, quota.name);
}
