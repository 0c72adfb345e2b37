/* SPDX-License-Identifier: Apache-2.0 */
/* offering_rpc.c: sizes, images, networks and regions on the wire. */
#include "gaon/catalog/v1/catalog.handlers.h"
#include "runtime/base/resource.h"
#include "server/services/catalog/connection_store.h"
#include "server/services/catalog/offering_wire.h"

/** What the four requests ask. */
struct offering_query {
	const char *method, *parent;
	enum offering_kind kind;
	int32_t page_size;
	const char *page_token;
};

static struct status offering_page(struct call *call, const struct offering_query *query, struct offering **offerings,
				   size_t *count, const char **next_page_token)
{
	struct arena *arena = call->arena;
	const char *ids[2];
	struct connection connection;
	struct page page;

	TRY(resource_parse(arena, "parent", query->parent, "tenants/{}/connections/{}", ids));
	TRY(connection_get(call->tx, query->parent, &connection));
	TRY(page_read(arena, query->page_size, query->page_token,
		      arena_printf(arena, "%s|%s", query->method, query->parent), &page));
	TRY(offering_list(call->tx, query->parent, query->kind, page.after, page.limit + 1, offerings, count));
	if (*count > page.limit) {
		*count = page.limit;
		*next_page_token = page_next(arena, &page, (*offerings)[*count - 1].id);
	}
	return OK;
}

Gaon__Size *size_to_wire(struct arena *arena, const char *connection, const struct offering *offering)
{
	Gaon__Size *message = ARENA_NEW(arena, Gaon__Size);

	gaon__size__init(message);
	message->name = arena_printf(arena, "%s/sizes/%s", connection, offering->id);
	message->size = offering->id;
	message->native_id = offering->native_id;
	message->vcpus = offering->vcpus;
	message->memory_mib = offering->memory_mib;
	message->disk_gib = offering->disk_gib;
	return message;
}

struct status catalog_list_sizes(struct call *call, const Gaon__ListSizesRequest *request, Gaon__ListSizesResponse *reply)
{
	struct offering_query query = { "ListSizes", request->parent, OFFERING_SIZE, request->page_size,
					request->page_token };
	struct offering *offerings;
	size_t count;

	TRY(offering_page(call, &query, &offerings, &count, &reply->next_page_token));
	reply->n_sizes = count;
	reply->sizes = ARENA_ARRAY(call->arena, count, Gaon__Size *);
	for (size_t i = 0; i < count; i++)
		reply->sizes[i] = size_to_wire(call->arena, request->parent, &offerings[i]);
	return OK;
}

struct status catalog_list_images(struct call *call, const Gaon__ListImagesRequest *request,
				  Gaon__ListImagesResponse *reply)
{
	struct offering_query query = { "ListImages", request->parent, OFFERING_IMAGE, request->page_size,
					request->page_token };
	struct offering *offerings;
	size_t count;

	TRY(offering_page(call, &query, &offerings, &count, &reply->next_page_token));
	reply->n_images = count;
	reply->images = ARENA_ARRAY(call->arena, count, Gaon__Image *);
	for (size_t i = 0; i < count; i++) {
		Gaon__Image *message = ARENA_NEW(call->arena, Gaon__Image);

		gaon__image__init(message);
		message->name = arena_printf(call->arena, "%s/images/%s", request->parent, offerings[i].id);
		message->image = offerings[i].id;
		message->native_id = offerings[i].native_id;
		message->os = offerings[i].os;
		message->architecture = offerings[i].architecture;
		message->min_disk_gib = offerings[i].disk_gib;
		reply->images[i] = message;
	}
	return OK;
}

struct status catalog_list_networks(struct call *call, const Gaon__ListNetworksRequest *request,
				    Gaon__ListNetworksResponse *reply)
{
	struct offering_query query = { "ListNetworks", request->parent, OFFERING_NETWORK, request->page_size,
					request->page_token };
	struct offering *offerings;
	size_t count;

	TRY(offering_page(call, &query, &offerings, &count, &reply->next_page_token));
	reply->n_networks = count;
	reply->networks = ARENA_ARRAY(call->arena, count, Gaon__Network *);
	for (size_t i = 0; i < count; i++) {
		Gaon__Network *message = ARENA_NEW(call->arena, Gaon__Network);

		gaon__network__init(message);
		message->name = arena_printf(call->arena, "%s/networks/%s", request->parent, offerings[i].id);
		message->network = offerings[i].id;
		message->native_id = offerings[i].native_id;
		message->cidr = offerings[i].cidr;
		message->parent = offerings[i].parent;
		message->zone = offerings[i].zone;
		reply->networks[i] = message;
	}
	return OK;
}

struct status catalog_list_regions(struct call *call, const Gaon__ListRegionsRequest *request,
				   Gaon__ListRegionsResponse *reply)
{
	struct offering_query query = { "ListRegions", request->parent, OFFERING_REGION, request->page_size,
					request->page_token };
	struct offering *offerings;
	size_t count;

	TRY(offering_page(call, &query, &offerings, &count, &reply->next_page_token));
	reply->n_regions = count;
	reply->regions = ARENA_ARRAY(call->arena, count, Gaon__Region *);
	for (size_t i = 0; i < count; i++) {
		Gaon__Region *message = ARENA_NEW(call->arena, Gaon__Region);

		gaon__region__init(message);
		message->name = arena_printf(call->arena, "%s/regions/%s", request->parent, offerings[i].id);
		message->region = offerings[i].id;
		message->native_id = offerings[i].native_id;
		message->zone = offerings[i].parent[0] != '\0';
		message->parent = offerings[i].parent;
		reply->regions[i] = message;
	}
	return OK;
}
