/* SPDX-License-Identifier: Apache-2.0 */
/* product_rpc.c: products on the wire. */
#include "gaon/catalog/v1/catalog.handlers.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/catalog/product_store.h"
#include "server/services/catalog/room.h"
#include "server/services/iam/iam.h"
#include "server/services/wire/wire.h"

#define KIND_MACHINE "machine"

static const char *const UPDATABLE[] = { "display_name", "description", "labels", NULL };

static struct status product_to_wire(struct arena *arena, const struct product *product, Gaon__Product *message)
{
	struct json *labels;

	TRY(json_parse(arena, slice_text(product->labels), NULL, &labels));
	message->name = product->name;
	message->display_name = product->display_name;
	message->description = product->description;
	message->kind = product->kind;
	message->published_version = product->published_version;
	message->labels = wire_map(arena, &gaon__product__labels_entry__descriptor, labels, &message->n_labels);
	message->etag = etag_format(arena, product->revision);
	message->create_time = wire_timestamp(arena, product->created_us);
	message->update_time = wire_timestamp(arena, product->updated_us);
	return OK;
}

struct status catalog_create_product(struct call *call, const Gaon__CreateProductRequest *request, Gaon__Product *reply)
{
	struct arena *arena = call->arena;
	const Gaon__Product *message = request->product;
	const char *id;

	TRY(resource_parse(arena, "parent", request->parent, "tenants/{}", &id));
	TRY(iam_tenant_check(call->tx, request->parent));
	if (!text_is_resource_id(request->product_id))
		return status_invalid_field(arena, "product_id",
					    "must be lower-case letters, digits and '-', from a letter on");
	if (!text_is_empty(message->kind) && !text_equal(message->kind, KIND_MACHINE))
		return status_invalid_field(arena, "product.kind", "must be \"%s\", the one kind so far", KIND_MACHINE);

	struct product product = {
		.name = arena_printf(arena, "%s/products/%s", request->parent, request->product_id),
		.tenant = request->parent,
		.display_name = text_is_empty(message->display_name) ? request->product_id : message->display_name,
		.description = message->description,
		.kind = KIND_MACHINE,
		.labels = json_print_canonical(arena, wire_map_read(arena, message->n_labels, message->labels)),
		.published_version = "",
		.revision = 1,
		.created_us = call->now_us,
		.updated_us = call->now_us,
	};
	TRY(product_insert(call->tx, &product));
	return product_to_wire(arena, &product, reply);
}

static struct status product_of_request(struct call *call, const char *field, const char *name, struct product *product)
{
	const char *ids[2];

	TRY(resource_parse(call->arena, field, name, "tenants/{}/products/{}", ids));
	return product_get(call->tx, name, product);
}

struct status catalog_get_product(struct call *call, const Gaon__GetProductRequest *request, Gaon__Product *reply)
{
	struct product product;

	TRY(product_of_request(call, "name", request->name, &product));
	return product_to_wire(call->arena, &product, reply);
}

struct status catalog_list_products(struct call *call, const Gaon__ListProductsRequest *request,
				    Gaon__ListProductsResponse *reply)
{
	struct arena *arena = call->arena;
	const char *id;
	struct page page;
	struct product *products;
	size_t count;

	TRY(resource_parse(arena, "parent", request->parent, "tenants/{}", &id));
	TRY(iam_tenant_check(call->tx, request->parent));
	TRY(page_read(arena, request->page_size, request->page_token,
		      arena_printf(arena, "ListProducts|%s", request->parent), &page));
	TRY(product_list(call->tx, request->parent, page.after, page.limit + 1, &products, &count));
	if (count > page.limit) {
		count = page.limit;
		reply->next_page_token = page_next(arena, &page, products[count - 1].name);
	}
	reply->n_products = count;
	reply->products = ARENA_ARRAY(arena, count, Gaon__Product *);
	for (size_t i = 0; i < count; i++) {
		reply->products[i] = ARENA_NEW(arena, Gaon__Product);
		gaon__product__init(reply->products[i]);
		TRY(product_to_wire(arena, &products[i], reply->products[i]));
	}
	return OK;
}

struct status catalog_update_product(struct call *call, const Gaon__UpdateProductRequest *request, Gaon__Product *reply)
{
	struct arena *arena = call->arena;
	const Gaon__Product *message = request->product;
	const ProtobufCMessage *base = &message->base;
	struct product product;

	TRY(wire_mask_check(arena, request->update_mask, UPDATABLE));
	TRY(product_of_request(call, "product.name", message->name, &product));
	TRY(etag_check(arena, message->etag, product.revision));
	if (!text_is_empty(message->kind) && !text_equal(message->kind, product.kind))
		return status_invalid_field(arena, "product.kind", "is immutable; make another product");
	if (wire_mask_has(request->update_mask, base, "display_name"))
		product.display_name = message->display_name;
	if (wire_mask_has(request->update_mask, base, "description"))
		product.description = message->description;
	if (wire_mask_has(request->update_mask, base, "labels"))
		product.labels = json_print_canonical(arena, wire_map_read(arena, message->n_labels, message->labels));
	product.updated_us = call->now_us;
	TRY(product_update(call->tx, &product));
	return product_to_wire(arena, &product, reply);
}

struct status catalog_delete_product(struct call *call, const Gaon__DeleteProductRequest *request,
				     Gaon__DeleteProductResponse *reply)
{
	struct product product;
	bool is_used;

	(void)reply;
	TRY(product_of_request(call, "name", request->name, &product));
	TRY(etag_check(call->arena, request->etag, product.revision));
	TRY(catalog_used(call->tx, product.name, &is_used));
	if (is_used)
		return status_fail(call->arena, STATUS_FAILED_PRECONDITION, "PRODUCT_IN_USE",
				   "this product was ordered; retire its versions instead");
	return product_delete(call->tx, product.name);
}
