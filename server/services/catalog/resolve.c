/* SPDX-License-Identifier: Apache-2.0 */
/* resolve.c: what an order's parameters mean: everything that is wrong is told at once. */
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/catalog/catalog.h"
#include "server/services/catalog/offering_store.h"
#include "server/services/catalog/placement.h"
#include "server/services/catalog/product_store.h"
#include "server/services/iam/iam.h"

enum { LEASE_DAYS_MOST = 3650 };

/** One resolution under way. */
struct resolution {
	struct store_tx *tx;
	struct arena *arena;
	struct product product;
	struct version version;
	int64_t disk_gib;    /* of a machine that exists; 0: a new one */
	const char **values; /* by parameter of the version: NULL: not said and no default */
	struct catalog_problem *first, **end;
};

static void problem(struct resolution *resolution, const char *reason, const char *field, const char *message)
{
	struct catalog_problem *made = ARENA_NEW(resolution->arena, struct catalog_problem);

	*made = (struct catalog_problem){ .reason = reason, .field = field, .message = message };
	*resolution->end = made;
	resolution->end = &made->next;
}

static const char *field_of(struct resolution *resolution, const char *parameter)
{
	return arena_printf(resolution->arena, "parameters.%s", parameter);
}

/** The value of a parameter that the version may not even have. */
static const char *value_of(const struct resolution *resolution, const char *name)
{
	for (size_t i = 0; i < resolution->version.parameter_count; i++)
		if (text_equal(resolution->version.parameters[i].name, name))
			return resolution->values[i];
	return NULL;
}

static int64_t number_of(const struct resolution *resolution, const char *name, int64_t otherwise)
{
	const char *value = value_of(resolution, name);
	int64_t number;

	return value && text_to_int64(value, &number) ? number : otherwise;
}

/* ---- which version ---- */

static struct status may_order(struct resolution *resolution, const char *project, bool *may)
{
	struct lineage lineage;

	TRY(iam_ancestry(resolution->tx, resource_tenant(resolution->arena, project), &lineage.tenants, &lineage.count));
	return product_is_available(resolution->tx, &lineage, &resolution->product, may);
}

/** What the project may not order is not there. *is_found false: the problem is noted. */
static struct status find_version(struct resolution *resolution, const char *project, const char *name, bool *is_found)
{
	struct arena *arena = resolution->arena;
	const char *ids[3];
	bool is_version = resource_match(arena, name, "tenants/{}/products/{}/versions/{}", false, ids);
	bool has_product = false;

	*is_found = false;
	if (is_version || resource_match(arena, name, "tenants/{}/products/{}", false, ids))
		TRY(product_find(resolution->tx, is_version ? resource_parent(arena, name) : name, &resolution->product,
				 &has_product));
	if (has_product)
		TRY(may_order(resolution, project, &has_product));
	if (!has_product) {
		problem(resolution, "PRODUCT_NOT_FOUND", "product",
			arena_printf(arena, "there is no product \"%s\" that this project may order",
				     text_or_empty(name)));
		return OK;
	}
	const char *version = is_version ? name : resolution->product.published_version;
	if (!text_is_empty(version))
		TRY(version_find(resolution->tx, version, &resolution->version, is_found));
	*is_found = *is_found && resolution->version.state == VERSION_PUBLISHED;
	if (!*is_found)
		problem(resolution, "VERSION_NOT_PUBLISHED", "product",
			is_version ? "this version is not on sale; order the product, and get its newest one" :
				     "no version of this product is on sale");
	return OK;
}

/* ---- what the order says ---- */

static void refuse_unknown(struct resolution *resolution, const struct json *parameters)
{
	const struct version *version = &resolution->version;
	const char *name;
	const struct json *value;

	for (size_t i = 0; json_member(parameters, i, &name, &value); i++)
		if (!parameter_find(version->parameters, version->parameter_count, name))
			problem(resolution, "PARAMETER_UNKNOWN", field_of(resolution, name),
				"this product has no such parameter; leave it away");
}

static void read_value(struct resolution *resolution, const struct json *parameters, size_t index)
{
	const struct parameter *parameter = &resolution->version.parameters[index];
	const struct json *given = json_get(parameters, parameter->name);
	const char *text = given ? parameter_text(resolution->arena, given) : "";

	if (!text) {
		problem(resolution, "PARAMETER_INVALID", field_of(resolution, parameter->name),
			"must be a text, a whole number, or true or false");
		return;
	}
	if (text_is_empty(text))
		text = parameter->default_value;
	if (text_is_empty(text)) {
		if (parameter->is_required)
			problem(resolution, "PARAMETER_REQUIRED", field_of(resolution, parameter->name),
				"must be given; it has no default");
		return;
	}
	const char *misfit = parameter_misfit(resolution->arena, parameter, text);
	if (misfit) {
		problem(resolution, "PARAMETER_INVALID", field_of(resolution, parameter->name), misfit);
		return;
	}
	resolution->values[index] = text;
}

/** The machine's own parameters are needed, whether the version says so or not. */
static void require(struct resolution *resolution, const struct json *parameters, const char *name)
{
	const struct version *version = &resolution->version;
	const struct parameter *parameter = parameter_find(version->parameters, version->parameter_count, name);

	if (parameter && !parameter->is_required && !value_of(resolution, name) &&
	    text_is_empty(parameter_text(resolution->arena, json_get(parameters, name))))
		problem(resolution, "PARAMETER_REQUIRED", field_of(resolution, name),
			"must be given, so that a machine can be made");
}

static const struct json *all_values(struct resolution *resolution)
{
	struct json *all = json_object(resolution->arena);

	for (size_t i = 0; i < resolution->version.parameter_count; i++)
		if (resolution->values[i])
			json_set(all, resolution->version.parameters[i].name,
				 parameter_json(resolution->arena, &resolution->version.parameters[i],
						resolution->values[i]));
	return all;
}

/* ---- where it goes ---- */

static void note_fault(struct resolution *resolution, const struct placement *placement,
		       const struct placement_wish *wish)
{
	struct arena *arena = resolution->arena;
	const char *where = text_or_empty(placement->connection.name);

	switch (placement->fault) {
	case PLACEMENT_DISABLED:
		problem(resolution, "TARGET_NOT_READY", "product",
			"none of the connections that this product is placed on is ready; an operator must probe or enable one");
		break;
	case PLACEMENT_NO_CREATE:
		problem(resolution, "VERB_UNSUPPORTED", "product",
			arena_printf(arena, "\"%s\" cannot make machines", where));
		break;
	case PLACEMENT_NO_SIZE:
		problem(resolution, "SIZE_UNKNOWN", field_of(resolution, PARAMETER_NAME_SIZE),
			arena_printf(arena, "no ready connection of this product has a size \"%s\"",
				     text_or_empty(wish->size)));
		break;
	case PLACEMENT_NO_IMAGE:
		problem(resolution, "IMAGE_UNKNOWN", field_of(resolution, PARAMETER_NAME_IMAGE),
			arena_printf(arena, "no ready connection of this product has an image \"%s\" for this size",
				     text_or_empty(wish->image)));
		break;
	case PLACEMENT_NO_NETWORK:
		problem(resolution, "NETWORK_UNKNOWN", field_of(resolution, PARAMETER_NAME_NETWORK),
			arena_printf(arena, "no ready connection of this product has a network \"%s\" for this image",
				     text_or_empty(placement->network_wish)));
		break;
	case PLACEMENT_FITS:
		break;
	}
}

static void take_placement(const struct placement *placement, struct catalog_choice *choice)
{
	choice->connection = placement->connection.name;
	choice->provider = placement->connection.provider;
	choice->size = placement->size.id;
	choice->size_native = placement->size.native_id;
	choice->vcpus = placement->size.vcpus;
	choice->memory_mib = placement->size.memory_mib;
	choice->image = placement->image.id;
	choice->image_native = placement->image.native_id;
	choice->network = placement->network.id;
	choice->network_native = placement->network.native_id;
}

static void take_disk(struct resolution *resolution, const struct placement *placement, struct catalog_choice *choice)
{
	int64_t least = placement->image.disk_gib > 1 ? placement->image.disk_gib : 1;
	int64_t otherwise = placement->size.disk_gib > 0 ? placement->size.disk_gib : least;

	if (resolution->disk_gib > 0) {
		choice->disk_gib = resolution->disk_gib;
		return;
	}
	choice->disk_gib = number_of(resolution, PARAMETER_NAME_DISK, otherwise);
	if (choice->disk_gib >= least)
		return;
	bool is_said = value_of(resolution, PARAMETER_NAME_DISK) != NULL;
	problem(resolution, "DISK_TOO_SMALL", field_of(resolution, is_said ? PARAMETER_NAME_DISK : PARAMETER_NAME_SIZE),
		arena_printf(resolution->arena, "the image \"%s\" needs at least %lld GiB of disk",
			     text_or_empty(choice->image), (long long)least));
}

static struct status place(struct resolution *resolution, struct catalog_choice *choice)
{
	struct placement_wish wish = { value_of(resolution, PARAMETER_NAME_SIZE),
				       value_of(resolution, PARAMETER_NAME_IMAGE),
				       value_of(resolution, PARAMETER_NAME_NETWORK) };
	struct placement placement;

	TRY(placement_choose(resolution->tx, &resolution->version, &wish, &placement));
	if (placement.fault != PLACEMENT_FITS) {
		note_fault(resolution, &placement, &wish);
		return OK;
	}
	take_placement(&placement, choice);
	/* A size or image that was not said is a problem already. */
	if (wish.size && wish.image)
		take_disk(resolution, &placement, choice);
	return OK;
}

static void take_lease(struct resolution *resolution, struct catalog_choice *choice)
{
	int64_t most = resolution->version.max_lease_days;
	int64_t otherwise = resolution->version.default_lease_days > 0 ? resolution->version.default_lease_days : most;
	int64_t days = number_of(resolution, PARAMETER_NAME_LEASE, otherwise);

	if (days < 0 || days > LEASE_DAYS_MOST) {
		problem(resolution, "LEASE_INVALID", field_of(resolution, PARAMETER_NAME_LEASE), "must be 0 to 3650 days");
		return;
	}
	if (most > 0 && (days == 0 || days > most))
		problem(resolution, "LEASE_TOO_LONG", field_of(resolution, PARAMETER_NAME_LEASE),
			arena_printf(resolution->arena, "must be 1 to %lld days for this product", (long long)most));
	choice->lease_days = (int32_t)days;
}

static void take_version(struct resolution *resolution, struct catalog_choice *choice)
{
	choice->product = resolution->product.name;
	choice->product_kind = resolution->product.kind;
	choice->product_version = resolution->version.name;
	choice->version_digest = resolution->version.digest;
	choice->rate_card = resolution->version.rate_card;
	choice->parameters = all_values(resolution);
	choice->display_name = value_of(resolution, PARAMETER_NAME);
	if (!choice->display_name)
		choice->display_name = resource_leaf(resolution->product.name);
	choice->ssh_key = value_of(resolution, PARAMETER_NAME_SSH_KEY);
	choice->user_data = value_of(resolution, PARAMETER_NAME_USER_DATA);
}

static struct status resolve_version(struct resolution *resolution, const struct json *parameters,
				     struct catalog_choice *choice)
{
	resolution->values = ARENA_ARRAY(resolution->arena, resolution->version.parameter_count, const char *);
	refuse_unknown(resolution, parameters);
	for (size_t i = 0; i < resolution->version.parameter_count; i++)
		read_value(resolution, parameters, i);
	require(resolution, parameters, PARAMETER_NAME_SIZE);
	require(resolution, parameters, PARAMETER_NAME_IMAGE);
	take_version(resolution, choice);
	take_lease(resolution, choice);
	return place(resolution, choice);
}

struct status catalog_resolve(struct store_tx *tx, const char *project, const char *product,
			      const struct json *parameters, struct catalog_choice *choice,
			      struct catalog_problem **problems)
{
	struct resolution resolution = { .tx = tx, .arena = store_arena(tx) };
	struct catalog_choice made = { 0 };
	bool is_found;

	resolution.end = &resolution.first;
	TRY(find_version(&resolution, project, product, &is_found));
	if (is_found)
		TRY(resolve_version(&resolution, parameters, &made));
	*choice = made;
	*problems = resolution.first;
	return OK;
}

struct status catalog_resolve_change(struct store_tx *tx, const struct catalog_existing *existing,
				     const struct json *parameters, struct catalog_choice *choice,
				     struct catalog_problem **problems)
{
	struct resolution resolution = { .tx = tx, .arena = store_arena(tx), .disk_gib = existing->disk_gib };
	struct catalog_choice made = { 0 };
	struct target target = { existing->connection, "" };

	resolution.end = &resolution.first;
	TRY(version_get(tx, existing->product_version, &resolution.version));
	TRY(product_get(tx, resolution.version.product, &resolution.product));
	for (size_t i = 0; i < resolution.version.target_count; i++)
		if (text_equal(resolution.version.targets[i].connection, existing->connection))
			target = resolution.version.targets[i];
	resolution.version.targets = &target;
	resolution.version.target_count = 1;
	TRY(resolve_version(&resolution, parameters, &made));
	*choice = made;
	*problems = resolution.first;
	return OK;
}

struct status catalog_size_get(struct store_tx *tx, const char *connection, const char *size, struct provider_size *found)
{
	struct offering offering;
	bool is_found;

	TRY(offering_find(tx, connection, OFFERING_SIZE, text_or_empty(size), &offering, &is_found));
	if (!is_found)
		return status_with_field(store_arena(tx),
					 status_fail(store_arena(tx), STATUS_INVALID_ARGUMENT, "SIZE_UNKNOWN",
						     "\"%s\" has no size \"%s\"; ListSizes tells which it has", connection,
						     text_or_empty(size)),
					 "size", "is not a size of this connection");
	*found = (struct provider_size){ offering.native_id, offering.id, offering.vcpus, offering.memory_mib,
					 offering.disk_gib };
	return OK;
}

struct status catalog_version_on_sale(struct store_tx *tx, const char *project, const char *product,
				      const char **product_version, const char **rate_card)
{
	struct resolution resolution = { .tx = tx, .arena = store_arena(tx) };
	bool is_found;

	resolution.end = &resolution.first;
	TRY(find_version(&resolution, project, product, &is_found));
	if (resolution.first)
		return status_fail(resolution.arena,
				   text_equal(resolution.first->reason, "PRODUCT_NOT_FOUND") ? STATUS_NOT_FOUND :
											       STATUS_FAILED_PRECONDITION,
				   resolution.first->reason, "%s", resolution.first->message);
	*product_version = resolution.version.name;
	*rate_card = resolution.version.rate_card;
	return OK;
}

struct status catalog_name_of(struct store_tx *tx, const char *connection, enum catalog_offering kind, const char *native_id,
			      const char **name)
{
	const char *found = NULL;

	if (!text_is_empty(native_id))
		TRY(offering_present_id(tx, connection, (enum offering_kind)kind, native_id, &found));
	*name = text_or_empty(found);
	return OK;
}
