/* SPDX-License-Identifier: Apache-2.0 */
/* version.c: what makes a version sound, complete, and final. */
#include "server/services/catalog/version.h"

#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "runtime/crypto/digest.h"
#include "server/services/catalog/placement.h"
#include "server/services/catalog/placement_check.h"
#include "server/services/catalog/room.h"
#include "server/services/iam/iam.h"

static const char FIELD[] = "product_version";

static struct status is_at_or_above(struct store_tx *tx, const char *tenant, const char *above, bool *is_so)
{
	const char **tenants;
	size_t count;

	*is_so = false;
	TRY(iam_ancestry(tx, tenant, &tenants, &count));
	for (size_t i = 0; i < count; i++)
		*is_so = *is_so || text_equal(tenants[i], above);
	return OK;
}

/**
 * A connection of another tenant answers exactly as one that is not there: who may make products here has no rights over it.
 */
static struct status check_target(struct store_tx *tx, const char *tenant, const struct version *version, size_t index)
{
	struct arena *arena = store_arena(tx);
	const char *field = arena_printf(arena, "%s.targets[%zu].connection", FIELD, index);
	const char *name = version->targets[index].connection;
	struct connection connection;
	const char *ids[2];
	bool is_found, is_ours = false;

	TRY(resource_parse(arena, field, name, "tenants/{}/connections/{}", ids));
	for (size_t i = 0; i < index; i++)
		if (text_equal(version->targets[i].connection, name))
			return status_invalid_field(arena, field, "is there twice");
	TRY(connection_find(tx, name, &connection, &is_found));
	if (is_found)
		TRY(is_at_or_above(tx, connection.tenant, tenant, &is_ours));
	if (!is_ours)
		return status_invalid_field(arena, field,
					    "must be a connection of \"%s\" or of a tenant below it; there is no \"%s\"",
					    tenant, name);
	return OK;
}

static struct status check_rate_card(struct store_tx *tx, const char *tenant, const char *field, const char *rate_card)
{
	struct arena *arena = store_arena(tx);
	const char *ids[2];
	bool is_ours;

	if (text_is_empty(rate_card))
		return OK;
	TRY(resource_parse(arena, field, rate_card, "tenants/{}/rateCards/{}", ids));
	TRY(is_at_or_above(tx, tenant, resource_tenant(arena, rate_card), &is_ours));
	if (!is_ours)
		return status_invalid_field(arena, field, "must be a rate card of \"%s\" or of a tenant above it", tenant);
	return OK;
}

struct status version_check(struct store_tx *tx, const char *tenant, const struct version *version)
{
	struct arena *arena = store_arena(tx);

	TRY(parameters_check(arena, arena_printf(arena, "%s.parameters", FIELD), version->parameters,
			     version->parameter_count));
	for (size_t i = 0; i < version->target_count; i++) {
		TRY(check_target(tx, tenant, version, i));
		TRY(check_rate_card(tx, tenant, arena_printf(arena, "%s.targets[%zu].rate_card", FIELD, i),
				    version->targets[i].rate_card));
	}
	TRY(check_rate_card(tx, tenant, arena_printf(arena, "%s.rate_card", FIELD), version->rate_card));
	TRY(placement_check(arena, FIELD, version));
	if (version->default_lease_days < 0)
		return status_invalid_field(arena, arena_printf(arena, "%s.default_lease_days", FIELD),
					    "must be 0 (endless) or more");
	if (version->max_lease_days < 0)
		return status_invalid_field(arena, arena_printf(arena, "%s.max_lease_days", FIELD),
					    "must be 0 (no limit) or more");
	if (version->max_lease_days > 0 && version->default_lease_days > version->max_lease_days)
		return status_invalid_field(arena, arena_printf(arena, "%s.default_lease_days", FIELD),
					    "must not be above max_lease_days");
	return OK;
}

/** Gathers what is missing: all of it is told at once. */
struct missing {
	struct arena *arena;
	struct status status;
};

static void miss(struct missing *missing, const char *member, const char *what)
{
	if (status_is_ok(missing->status))
		missing->status = status_fail(missing->arena, STATUS_FAILED_PRECONDITION, "VERSION_INCOMPLETE",
					      "the version cannot be published yet: %s", what);
	missing->status = status_with_field(missing->arena, missing->status,
					    arena_printf(missing->arena, "%s.%s", FIELD, member), "%s", what);
}

static void miss_parameter(struct missing *missing, const struct version *version, const char *name)
{
	if (!parameter_find(version->parameters, version->parameter_count, name))
		miss(missing, "parameters",
		     arena_printf(missing->arena, "it needs a parameter \"%s\", so that a machine can be made", name));
}

/** *currency stays what it is when cost is not there to tell. */
static struct status look_at_rate_card(struct store_tx *tx, const char *member, const char *rate_card, const char **currency,
				       struct missing *missing)
{
	const char *found;
	bool is_known;

	TRY(catalog_look_at_rate_card(tx, rate_card, &is_known, &found));
	if (is_known && !found)
		miss(missing, member, arena_printf(missing->arena, "there is no rate card \"%s\"", rate_card));
	*currency = found ? found : *currency;
	return OK;
}

/** All cards are there; and where the cheapest is wanted, prices can be compared. */
static struct status look_at_rate_cards(struct store_tx *tx, const struct version *version, struct missing *missing)
{
	const char *whole = NULL;

	if (text_is_empty(version->rate_card)) {
		miss(missing, "rate_card", "it needs a rate card, so that it has a price");
		return OK;
	}
	TRY(look_at_rate_card(tx, "rate_card", version->rate_card, &whole, missing));
	for (size_t i = 0; i < version->target_count; i++) {
		const char *member = arena_printf(missing->arena, "targets[%zu].rate_card", i), *currency = whole;
		if (text_is_empty(version->targets[i].rate_card))
			continue;
		TRY(look_at_rate_card(tx, member, version->targets[i].rate_card, &currency, missing));
		if (version->strategy == PLACEMENT_CHEAPEST && whole && !text_equal(currency, whole))
			miss(missing, member, "it must have the currency of the version's rate card, so that prices can be compared");
	}
	return OK;
}

struct status version_check_complete(struct store_tx *tx, const struct version *version)
{
	struct missing missing = { store_arena(tx), OK };
	const char *obstacle;

	miss_parameter(&missing, version, PARAMETER_NAME_SIZE);
	miss_parameter(&missing, version, PARAMETER_NAME_IMAGE);
	TRY(look_at_rate_cards(tx, version, &missing));
	if (version->target_count == 0)
		miss(&missing, "targets", "it needs a target, so that it can be placed");
	if (status_is_ok(missing.status)) {
		TRY(placement_obstacle(tx, version, &obstacle));
		if (obstacle)
			miss(&missing, "targets", obstacle);
	}
	return missing.status;
}

struct status version_move(struct arena *arena, struct version *version, enum version_state to)
{
	static const enum version_state BEFORE[] = { [VERSION_DRAFT] = VERSION_DRAFT,
						     [VERSION_PUBLISHED] = VERSION_DRAFT,
						     [VERSION_RETIRED] = VERSION_PUBLISHED };

	if (version->state == BEFORE[to]) {
		version->state = to;
		return OK;
	}
	if (to == VERSION_RETIRED)
		return status_fail(arena, STATUS_FAILED_PRECONDITION, "VERSION_NOT_PUBLISHED",
				   version->state == VERSION_DRAFT ? "a draft is not on sale; there is nothing to retire" :
								     "this version is retired already");
	return status_fail(arena, STATUS_FAILED_PRECONDITION, "VERSION_IMMUTABLE",
			   "a published version never changes; make a new version");
}

const char *version_digest(struct arena *arena, const struct version *version)
{
	struct json *whole = json_object(arena);

	json_set_text(whole, "version", version->name);
	json_set_text(whole, "content", version_content(arena, version));
	json_set_text(whole, "rate_card", version->rate_card);
	json_set_int(whole, "default_lease_days", version->default_lease_days);
	json_set_int(whole, "max_lease_days", version->max_lease_days);
	return digest_sha256_hex(arena, slice_text(json_print_canonical(arena, whole)));
}
