/* SPDX-License-Identifier: Apache-2.0 */
/* grant_rpc.c: who else may order a product. */
#include "gaon/catalog/v1/catalog.handlers.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/catalog/product_store.h"
#include "server/services/iam/iam.h"
#include "server/services/wire/wire.h"

static void grant_to_wire(struct arena *arena, const struct grant *grant, Gaon__ProductGrant *message)
{
	message->name = arena_printf(arena, "%s/grants/%s", grant->product, resource_leaf(grant->tenant));
	message->tenant = grant->tenant;
	message->create_time = wire_timestamp(arena, grant->created_us);
}

static struct status product_of_request(struct call *call, const char *parent, struct product *product)
{
	const char *ids[2];

	TRY(resource_parse(call->arena, "parent", parent, "tenants/{}/products/{}", ids));
	return product_get(call->tx, parent, product);
}

/** A tenant that the caller may not see is not there. */
static struct status check_grantee(struct call *call, const char *tenant)
{
	bool may_see = true;

	TRY(iam_tenant_check(call->tx, tenant));
	if (call->principal)
		TRY(iam_allows(call->tx, call->principal, "iam.tenants.get", tenant, &may_see));
	return may_see ? OK : resource_not_found(call->arena, "Tenant", tenant);
}

struct status catalog_create_product_grant(struct call *call, const Gaon__CreateProductGrantRequest *request,
					   Gaon__ProductGrant *reply)
{
	const char *tenant = request->product_grant->tenant;
	const char *id;
	struct product product;

	TRY(product_of_request(call, request->parent, &product));
	TRY(resource_parse(call->arena, "product_grant.tenant", tenant, "tenants/{}", &id));
	if (text_equal(tenant, product.tenant))
		return status_invalid_field(call->arena, "product_grant.tenant",
					    "owns the product, and may order it with all tenants below it already");
	TRY(check_grantee(call, tenant));
	struct grant grant = { product.name, tenant, call->now_us };
	TRY(grant_insert(call->tx, &grant));
	grant_to_wire(call->arena, &grant, reply);
	return OK;
}

struct status catalog_list_product_grants(struct call *call, const Gaon__ListProductGrantsRequest *request,
					  Gaon__ListProductGrantsResponse *reply)
{
	struct arena *arena = call->arena;
	struct product product;
	struct page page;
	struct grant *grants;
	size_t count;

	TRY(product_of_request(call, request->parent, &product));
	TRY(page_read(arena, request->page_size, request->page_token,
		      arena_printf(arena, "ListProductGrants|%s", request->parent), &page));
	TRY(grant_list(call->tx, product.name, page.after, page.limit + 1, &grants, &count));
	if (count > page.limit) {
		count = page.limit;
		reply->next_page_token = page_next(arena, &page, grants[count - 1].tenant);
	}
	reply->n_product_grants = count;
	reply->product_grants = ARENA_ARRAY(arena, count, Gaon__ProductGrant *);
	for (size_t i = 0; i < count; i++) {
		reply->product_grants[i] = ARENA_NEW(arena, Gaon__ProductGrant);
		gaon__product_grant__init(reply->product_grants[i]);
		grant_to_wire(arena, &grants[i], reply->product_grants[i]);
	}
	return OK;
}

struct status catalog_delete_product_grant(struct call *call, const Gaon__DeleteProductGrantRequest *request,
					   Gaon__DeleteProductGrantResponse *reply)
{
	struct arena *arena = call->arena;
	const char *ids[3];
	bool is_found;

	(void)reply;
	TRY(resource_parse(arena, "name", request->name, "tenants/{}/products/{}/grants/{}", ids));
	TRY(grant_delete(call->tx, resource_parent(arena, request->name), arena_printf(arena, "tenants/%s", ids[2]),
			 &is_found));
	return is_found ? OK : resource_not_found(arena, "ProductGrant", request->name);
}
