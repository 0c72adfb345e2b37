/* SPDX-License-Identifier: Apache-2.0 */
/* tenant_rpc.c: tenants on the wire. */
#include "gaon/iam/v1/iam.handlers.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/iam/policy_store.h"
#include "server/services/iam/room.h"
#include "server/services/iam/tenant_rpc.h"
#include "server/services/iam/tenant_store.h"
#include "server/services/wire/wire.h"

static const char PATTERN[] = "tenants/{}";

void tenant_to_wire(struct arena *arena, const struct tenant *tenant, Gaon__Tenant *message)
{
	struct json *labels = NULL;

	message->name = tenant->name;
	message->display_name = tenant->display_name;
	message->parent = text_or_empty(tenant->parent);
	if (status_is_ok(json_parse(arena, slice_text(tenant->labels), NULL, &labels)))
		message->labels = wire_map(arena, &gaon__tenant__labels_entry__descriptor, labels, &message->n_labels);
	message->etag = etag_format(arena, tenant->revision);
	message->create_time = wire_timestamp(arena, tenant->create_us);
	message->update_time = wire_timestamp(arena, tenant->update_us);
}

static struct status check_depth(struct call *call, const char *parent)
{
	const char **above = NULL;
	size_t count = 0;

	TRY(iam_ancestry(call->tx, parent, &above, &count));
	if (count < TENANT_DEPTH_MOST)
		return OK;
	return status_fail(call->arena, STATUS_FAILED_PRECONDITION, "TENANT_TOO_DEEP",
			   "tenants nest at most %d deep; make it below a tenant nearer the root", TENANT_DEPTH_MOST);
}

struct status iam_create_tenant(struct call *call, const Gaon__CreateTenantRequest *request, Gaon__Tenant *reply)
{
	const char *ids[1];
	const Gaon__Tenant empty = GAON__TENANT__INIT;
	const Gaon__Tenant *given = request->tenant != NULL ? request->tenant : &empty;

	TRY(resource_parse(call->arena, "parent", request->parent, PATTERN, ids));
	TRY(check_depth(call, request->parent));

	const struct tenant tenant = {
		.name = arena_printf(call->arena, "tenants/%s", request->tenant_id),
		.parent = request->parent,
		.display_name = text_is_empty(given->display_name) ? request->tenant_id : given->display_name,
		.labels = json_print(call->arena, wire_map_read(call->arena, given->n_labels, given->labels)),
		.revision = 1,
		.create_us = call->now_us,
		.update_us = call->now_us,
	};

	TRY(tenant_insert(call->tx, &tenant));
	tenant_to_wire(call->arena, &tenant, reply);
	return OK;
}

struct status iam_get_tenant(struct call *call, const Gaon__GetTenantRequest *request, Gaon__Tenant *reply)
{
	const char *ids[1];
	struct tenant tenant;

	TRY(resource_parse(call->arena, "name", request->name, PATTERN, ids));
	TRY(tenant_find(call->tx, request->name, &tenant));
	tenant_to_wire(call->arena, &tenant, reply);
	return OK;
}

struct status iam_list_tenants(struct call *call, const Gaon__ListTenantsRequest *request, Gaon__ListTenantsResponse *reply)
{
	const char *ids[1];
	struct page page;
	struct tenant *tenants = NULL;
	size_t count = 0;

	TRY(resource_parse(call->arena, "parent", request->parent, PATTERN, ids));
	TRY(page_read(call->arena, request->page_size, request->page_token,
		      arena_printf(call->arena, "tenants %s", request->parent), &page));
	TRY(tenant_page(call->tx, request->parent, page.after, page.limit + 1, &tenants, &count));
	if (count > page.limit) {
		count = page.limit;
		reply->next_page_token = page_next(call->arena, &page, tenants[count - 1].name);
	}
	reply->tenants = ARENA_ARRAY(call->arena, count, Gaon__Tenant *);
	for (size_t i = 0; i < count; i++) {
		Gaon__Tenant *message = ARENA_NEW(call->arena, Gaon__Tenant);

		gaon__tenant__init(message);
		tenant_to_wire(call->arena, &tenants[i], message);
		reply->tenants[reply->n_tenants++] = message;
	}
	return OK;
}

struct status iam_update_tenant(struct call *call, const Gaon__UpdateTenantRequest *request, Gaon__Tenant *reply)
{
	static const char *const allowed[] = { "display_name", "labels", NULL };
	const Gaon__Tenant *given = request->tenant;
	const char *ids[1];
	struct tenant tenant;

	TRY(resource_parse(call->arena, "tenant.name", given->name, PATTERN, ids));
	TRY(wire_mask_check(call->arena, request->update_mask, allowed));
	TRY(tenant_find(call->tx, given->name, &tenant));
	TRY(etag_check(call->arena, given->etag, tenant.revision));
	if (wire_mask_has(request->update_mask, &given->base, "display_name"))
		tenant.display_name = given->display_name;
	if (wire_mask_has(request->update_mask, &given->base, "labels"))
		tenant.labels = json_print(call->arena, wire_map_read(call->arena, given->n_labels, given->labels));
	tenant.update_us = call->now_us;
	TRY(tenant_update(call->tx, &tenant));
	tenant_to_wire(call->arena, &tenant, reply);
	return OK;
}

static struct status check_empty(struct call *call, const struct tenant *tenant)
{
	bool is_full = false;

	if (tenant->parent == NULL)
		return status_fail(call->arena, STATUS_FAILED_PRECONDITION, "TENANT_IS_ROOT",
				   "%s is the root of all tenants and cannot be deleted", tenant->name);
	TRY(tenant_has_content(call->tx, tenant->name, &is_full));
	if (!is_full)
		TRY(iam_is_owned(call->tx, tenant->name, &is_full));
	if (!is_full)
		return OK;
	return status_fail(call->arena, STATUS_FAILED_PRECONDITION, "TENANT_NOT_EMPTY",
			   "%s still owns tenants, projects, accounts or resources; delete those first", tenant->name);
}

struct status iam_delete_tenant(struct call *call, const Gaon__DeleteTenantRequest *request, Gaon__DeleteTenantResponse *reply)
{
	const char *ids[1];
	struct tenant tenant;

	(void)reply;
	TRY(resource_parse(call->arena, "name", request->name, PATTERN, ids));
	TRY(tenant_find(call->tx, request->name, &tenant));
	TRY(etag_check(call->arena, request->etag, tenant.revision));
	TRY(check_empty(call, &tenant));
	TRY(iam_policy_delete(call->tx, tenant.name));
	TRY(tenant_delete(call->tx, tenant.name));
	return iam_touch(call->tx, NULL);
}
