/* SPDX-License-Identifier: Apache-2.0 */
/* estimate_rpc.c: a price on the wire. */
#include "gaon/cost/v1/cost.handlers.h"
#include "runtime/base/resource.h"
#include "server/services/cost/rate_card.h"
#include "server/services/iam/iam.h"
#include "server/services/wire/wire.h"

static struct status check_request(struct call *call, const Gaon__EstimateCostRequest *request)
{
	struct arena *arena = call->arena;
	const char *ids[2];

	TRY(resource_parse(arena, "parent", request->parent, "tenants/{}/projects/{}", ids));
	TRY(iam_project_check(call->tx, request->parent));
	TRY(resource_parse(arena, "rate_card", request->rate_card, "tenants/{}/rateCards/{}", ids));
	if (request->vcpus < 0)
		return status_invalid_field(arena, "vcpus", "must not be negative");
	if (request->memory_mib < 0)
		return status_invalid_field(arena, "memory_mib", "must not be negative");
	if (request->disk_gib < 0)
		return status_invalid_field(arena, "disk_gib", "must not be negative");
	if (request->quantity < 0)
		return status_invalid_field(arena, "quantity", "must not be negative");
	return rate_card_check_usable(call->tx, resource_tenant(arena, request->parent), request->rate_card);
}

/** `amount` of each machine, for all of them. */
static struct status scaled_money(struct arena *arena, const struct cost_estimate *estimate, struct amount amount,
				  int64_t quantity, Gaon__Money **money)
{
	struct amount scaled;

	TRY(amount_scale(arena, amount, quantity, 1, &scaled));
	*money = wire_money(arena, estimate->currency, scaled);
	return OK;
}

static struct status line_to_wire(struct arena *arena, const struct cost_estimate *estimate,
				  const struct cost_line *line, int64_t quantity, Gaon__EstimateLine *message)
{
	struct amount scaled;

	TRY(amount_scale(arena, line->quantity, quantity, 1, &scaled));
	message->meter = (Gaon__Meter)line->meter;
	message->quantity = amount_format(arena, scaled);
	message->unit_price = amount_format(arena, line->unit_price);
	return scaled_money(arena, estimate, line->hourly, quantity, &message->hourly);
}

struct status cost_estimate_cost(struct call *call, const Gaon__EstimateCostRequest *request,
				 Gaon__EstimateCostResponse *reply)
{
	struct arena *arena = call->arena;
	struct cost_shape shape = { request->vcpus, request->memory_mib, request->disk_gib, 0 };
	int64_t quantity = request->quantity == 0 ? 1 : request->quantity;
	struct cost_estimate estimate;

	TRY(check_request(call, request));
	TRY(cost_estimate(call->tx, request->rate_card, &shape, call->now_us, &estimate));
	TRY(scaled_money(arena, &estimate, estimate.hourly, quantity, &reply->hourly));
	TRY(scaled_money(arena, &estimate, estimate.monthly, quantity, &reply->monthly));
	TRY(scaled_money(arena, &estimate, estimate.hourly_stopped, quantity, &reply->hourly_stopped));
	reply->n_lines = estimate.line_count;
	reply->lines = ARENA_ARRAY(arena, estimate.line_count, Gaon__EstimateLine *);
	for (size_t i = 0; i < estimate.line_count; i++) {
		reply->lines[i] = ARENA_NEW(arena, Gaon__EstimateLine);
		gaon__estimate_line__init(reply->lines[i]);
		TRY(line_to_wire(arena, &estimate, &estimate.lines[i], quantity, reply->lines[i]));
	}
	return OK;
}
