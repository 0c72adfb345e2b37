/* SPDX-License-Identifier: Apache-2.0 */
/* version_rpc.c: product versions on the wire. */
#include "gaon/catalog/v1/catalog.handlers.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/catalog/product_store.h"
#include "server/services/catalog/version.h"
#include "server/services/catalog/version_wire.h"
#include "server/services/wire/wire.h"

static const char *const UPDATABLE[] = { "parameters", "targets", "placement", "sizes", "rate_card", "default_lease_days",
					 "max_lease_days", "release_notes", NULL };

static struct status product_of_request(struct call *call, const char *parent, struct product *product)
{
	const char *ids[2];

	TRY(resource_parse(call->arena, "parent", parent, "tenants/{}/products/{}", ids));
	return product_get(call->tx, parent, product);
}

static struct status version_of_request(struct call *call, const char *field, const char *name, struct version *version)
{
	const char *ids[3];

	TRY(resource_parse(call->arena, field, name, "tenants/{}/products/{}/versions/{}", ids));
	return version_get(call->tx, name, version);
}

struct status catalog_create_product_version(struct call *call, const Gaon__CreateProductVersionRequest *request,
					     Gaon__ProductVersion *reply)
{
	const Gaon__ProductVersion *message = request->product_version;
	struct product product;

	TRY(product_of_request(call, request->parent, &product));
	struct version version = {
		.product = product.name,
		.rate_card = message->rate_card,
		.default_lease_days = message->default_lease_days,
		.max_lease_days = message->max_lease_days,
		.release_notes = message->release_notes,
		.created_us = call->now_us,
		.updated_us = call->now_us,
	};
	parameters_from_wire(call->arena, message, &version);
	targets_from_wire(call->arena, message, &version);
	placement_from_wire(call->arena, message, &version);
	sizes_from_wire(call->arena, message, &version);
	TRY(version_check(call->tx, product.tenant, &version));
	TRY(version_insert(call->tx, &version));
	version_to_wire(call->arena, &version, reply);
	return OK;
}

static void apply(struct arena *arena, const Gaon__UpdateProductVersionRequest *request, struct version *version)
{
	const Gaon__ProductVersion *message = request->product_version;
	const ProtobufCMessage *base = &message->base;

	if (wire_mask_has(request->update_mask, base, "parameters"))
		parameters_from_wire(arena, message, version);
	if (wire_mask_has(request->update_mask, base, "targets"))
		targets_from_wire(arena, message, version);
	if (wire_mask_has(request->update_mask, base, "placement"))
		placement_from_wire(arena, message, version);
	if (wire_mask_has(request->update_mask, base, "sizes"))
		sizes_from_wire(arena, message, version);
	if (wire_mask_has(request->update_mask, base, "rate_card"))
		version->rate_card = message->rate_card;
	if (wire_mask_has(request->update_mask, base, "default_lease_days"))
		version->default_lease_days = message->default_lease_days;
	if (wire_mask_has(request->update_mask, base, "max_lease_days"))
		version->max_lease_days = message->max_lease_days;
	if (wire_mask_has(request->update_mask, base, "release_notes"))
		version->release_notes = message->release_notes;
}

struct status catalog_update_product_version(struct call *call, const Gaon__UpdateProductVersionRequest *request,
					     Gaon__ProductVersion *reply)
{
	struct arena *arena = call->arena;
	const Gaon__ProductVersion *message = request->product_version;
	struct version version;

	TRY(wire_mask_check(arena, request->update_mask, UPDATABLE));
	TRY(version_of_request(call, "product_version.name", message->name, &version));
	TRY(etag_check(arena, message->etag, version.revision));
	TRY(version_move(arena, &version, VERSION_DRAFT));
	apply(arena, request, &version);
	TRY(version_check(call->tx, resource_tenant(arena, version.name), &version));
	version.updated_us = call->now_us;
	TRY(version_update(call->tx, &version));
	version_to_wire(arena, &version, reply);
	return OK;
}

struct status catalog_publish_product_version(struct call *call, const Gaon__PublishProductVersionRequest *request,
					      Gaon__ProductVersion *reply)
{
	struct arena *arena = call->arena;
	struct version version;

	TRY(version_of_request(call, "name", request->name, &version));
	TRY(etag_check(arena, request->etag, version.revision));
	TRY(version_move(arena, &version, VERSION_PUBLISHED));
	/* Connections and tenants may have changed since the draft was written. */
	TRY(version_check(call->tx, resource_tenant(arena, version.name), &version));
	TRY(version_check_complete(call->tx, &version));
	version.digest = version_digest(arena, &version);
	version.published_us = version.updated_us = call->now_us;
	TRY(version_update(call->tx, &version));
	version_to_wire(arena, &version, reply);
	return OK;
}

struct status catalog_retire_product_version(struct call *call, const Gaon__RetireProductVersionRequest *request,
					     Gaon__ProductVersion *reply)
{
	struct arena *arena = call->arena;
	struct version version;

	TRY(version_of_request(call, "name", request->name, &version));
	TRY(etag_check(arena, request->etag, version.revision));
	TRY(version_move(arena, &version, VERSION_RETIRED));
	version.updated_us = call->now_us;
	TRY(version_update(call->tx, &version));
	version_to_wire(arena, &version, reply);
	return OK;
}

struct status catalog_get_product_version(struct call *call, const Gaon__GetProductVersionRequest *request,
					  Gaon__ProductVersion *reply)
{
	struct version version;

	TRY(version_of_request(call, "name", request->name, &version));
	version_to_wire(call->arena, &version, reply);
	return OK;
}

struct status catalog_list_product_versions(struct call *call, const Gaon__ListProductVersionsRequest *request,
					    Gaon__ListProductVersionsResponse *reply)
{
	struct arena *arena = call->arena;
	struct product product;
	struct page page;
	struct version *versions;
	int64_t before = 0;
	size_t count;

	TRY(product_of_request(call, request->parent, &product));
	TRY(page_read(arena, request->page_size, request->page_token,
		      arena_printf(arena, "ListProductVersions|%s", request->parent), &page));
	if (page.after && !text_to_int64(page.after, &before))
		return status_invalid_field(arena, "page_token", "is not a token of this list");
	TRY(version_list(call->tx, product.name, before, page.limit + 1, &versions, &count));
	if (count > page.limit) {
		count = page.limit;
		reply->next_page_token =
			page_next(arena, &page, arena_printf(arena, "%lld", (long long)versions[count - 1].number));
	}
	reply->n_product_versions = count;
	reply->product_versions = ARENA_ARRAY(arena, count, Gaon__ProductVersion *);
	for (size_t i = 0; i < count; i++) {
		reply->product_versions[i] = ARENA_NEW(arena, Gaon__ProductVersion);
		gaon__product_version__init(reply->product_versions[i]);
		version_to_wire(arena, &versions[i], reply->product_versions[i]);
	}
	return OK;
}
