/* SPDX-License-Identifier: Apache-2.0 */
/* placement_rpc.c: where a product would be placed, and why not elsewhere, on the wire. */
#include "gaon/catalog/v1/catalog.handlers.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/catalog/placement.h"
#include "server/services/catalog/resolve.h"
#include "server/services/iam/iam.h"
#include "server/services/wire/wire.h"

static const char *words_for(struct arena *arena, const struct placement *placement, enum placement_strategy strategy)
{
	switch (placement->fault) {
	case PLACEMENT_NOT_CHOSEN:
		return "the order asks for another connection";
	case PLACEMENT_DISABLED:
		return "it is disabled, gone, or its last probe failed";
	case PLACEMENT_NO_CREATE:
		return "it cannot make machines";
	case PLACEMENT_NO_SIZE:
		return "it has no such size, by no word of its own";
	case PLACEMENT_NO_IMAGE:
		return "it has no such image, by no word of its own";
	case PLACEMENT_NO_NETWORK:
		return arena_printf(arena, "it has no network \"%s\"", text_or_empty(placement->network_wish));
	case PLACEMENT_UNLABELLED:
	case PLACEMENT_SMALL_DISK:
	case PLACEMENT_FULL:
		return placement->obstacle;
	case PLACEMENT_FITS:
		break;
	}
	if (placement->capacity.shortage)
		return arena_printf(arena, "it fits, but seems full: %s", placement->capacity.shortage);
	if (strategy == PLACEMENT_CHEAPEST && !placement->price.currency)
		return "it fits, but has no price";
	return "it fits";
}

static Gaon__PlacementCandidate *candidate_to_wire(struct arena *arena, const struct placement *placement,
						   enum placement_strategy strategy)
{
	Gaon__PlacementCandidate *message = ARENA_NEW(arena, Gaon__PlacementCandidate);

	gaon__placement_candidate__init(message);
	message->connection = placement->target->connection;
	message->provider = text_or_empty(placement->connection.provider);
	message->fits = placement->fault == PLACEMENT_FITS;
	message->reason = placement_reason(placement->fault);
	message->message = words_for(arena, placement, strategy);
	message->rank = (int32_t)placement->rank;
	message->size = text_or_empty(placement->size.id);
	message->image = text_or_empty(placement->image.id);
	message->network = text_or_empty(placement->network.id);
	message->vcpus = placement->size.vcpus;
	message->memory_mib = placement->size.memory_mib;
	message->disk_gib = placement->disk_gib;
	if (placement->price.currency)
		message->hourly = wire_money(arena, placement->price.currency, placement->price.hourly);
	if (placement->capacity.used_permille >= 0)
		message->used_percent = placement->capacity.used_permille > 10 ? (placement->capacity.used_permille + 9) / 10 : 1;
	message->machines = placement->capacity.machines;
	return message;
}

struct status catalog_explain_placement(struct call *call, const Gaon__ExplainPlacementRequest *request,
					Gaon__ExplainPlacementResponse *reply)
{
	struct catalog_wish wish = { .product = request->product,
				     .parameters = wire_map_read(call->arena, request->n_parameters, request->parameters) };
	struct explanation explanation;
	const char *ids[2];

	TRY(resource_parse(call->arena, "parent", request->parent, "tenants/{}/projects/{}", ids));
	TRY(iam_project_check(call->tx, request->parent));
	TRY(resolve_explain(call->tx, request->parent, &wish, &explanation));
	reply->product_version = explanation.version.name;
	reply->strategy = (Gaon__PlacementStrategy)explanation.version.strategy;
	reply->candidates = ARENA_ARRAY(call->arena, explanation.count + 1, Gaon__PlacementCandidate *);
	reply->n_candidates = explanation.count;
	for (size_t i = 0; i < explanation.count; i++)
		reply->candidates[i] = candidate_to_wire(call->arena, &explanation.placements[i], explanation.version.strategy);
	if (explanation.count > 0 && explanation.placements[0].rank == 1)
		reply->connection = explanation.placements[0].target->connection;
	return OK;
}
