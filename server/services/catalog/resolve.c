/* SPDX-License-Identifier: Apache-2.0 */
/* resolve.c: what an order's parameters mean: everything that is wrong is told at once. */
#include "server/services/catalog/resolve.h"

#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/catalog/catalog.h"
#include "server/services/catalog/offering_alias.h"
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
	bool is_change;      /* of a machine that exists */
	const char *project; /* who orders; NULL: of a machine that exists */
	const char *present; /* what an earlier plan chose, or NULL */
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

/** What is told of the target that got furthest. */
static void note_fault(struct resolution *resolution, const struct placement *placement,
		       const struct placement_wish *wish)
{
	struct arena *arena = resolution->arena;
	const char *reason = placement_reason(placement->fault), *where = text_or_empty(placement->connection.name);
	bool says_disk = value_of(resolution, PARAMETER_NAME_DISK) != NULL;

	switch (placement->fault) {
	case PLACEMENT_NOT_CHOSEN:
		problem(resolution, reason, field_of(resolution, PARAMETER_NAME_CONNECTION),
			arena_printf(arena, "this product is not placed on \"%s\"; leave it away, or choose one of its targets",
				     wish->connection));
		break;
	case PLACEMENT_UNLABELLED:
		problem(resolution, reason, placement->parameter ? field_of(resolution, placement->parameter) : "product",
			arena_printf(arena, "none of the connections that this product is placed on may take it: of \"%s\", %s",
				     where, placement->obstacle));
		break;
	case PLACEMENT_DISABLED:
		problem(resolution, reason, "product",
			"none of the connections that this product is placed on is ready; an operator must probe or enable one");
		break;
	case PLACEMENT_NO_CREATE:
		problem(resolution, reason, "product", arena_printf(arena, "\"%s\" cannot make machines", where));
		break;
	case PLACEMENT_NO_SIZE:
		problem(resolution, reason, field_of(resolution, PARAMETER_NAME_SIZE),
			arena_printf(arena, "no ready connection of this product has a size \"%s\"",
				     text_or_empty(wish->size)));
		break;
	case PLACEMENT_NO_IMAGE:
		problem(resolution, reason, field_of(resolution, PARAMETER_NAME_IMAGE),
			arena_printf(arena, "no ready connection of this product has an image \"%s\" for this size",
				     text_or_empty(wish->image)));
		break;
	case PLACEMENT_NO_NETWORK:
		problem(resolution, reason, field_of(resolution, PARAMETER_NAME_NETWORK),
			arena_printf(arena, "no ready connection of this product has a network \"%s\" for this image",
				     text_or_empty(placement->network_wish)));
		break;
	case PLACEMENT_SMALL_DISK:
		problem(resolution, reason, field_of(resolution, says_disk ? PARAMETER_NAME_DISK : PARAMETER_NAME_SIZE),
			placement->obstacle);
		break;
	case PLACEMENT_FULL:
		problem(resolution, reason, "product",
			arena_printf(arena, "there is no room on \"%s\": %s; free some, or ask for more there", where,
				     placement->obstacle));
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
	choice->disk_gib = placement->disk_gib;
	choice->rate_card = placement->rate_card;
}

/** Every value as a text, for rules that speak of a parameter. */
static const struct json *texts_of(const struct resolution *resolution)
{
	struct json *texts = json_object(resolution->arena);

	for (size_t i = 0; i < resolution->version.parameter_count; i++)
		if (resolution->values[i])
			json_set_text(texts, resolution->version.parameters[i].name, resolution->values[i]);
	return texts;
}

static struct placement_wish wish_of(const struct resolution *resolution)
{
	return (struct placement_wish){
		.size = value_of(resolution, PARAMETER_NAME_SIZE),
		.image = value_of(resolution, PARAMETER_NAME_IMAGE),
		.network = value_of(resolution, PARAMETER_NAME_NETWORK),
		.connection = value_of(resolution, PARAMETER_NAME_CONNECTION),
		.project = resolution->project,
		.parameters = texts_of(resolution),
		.disk_gib = resolution->disk_gib > 0 ? resolution->disk_gib : number_of(resolution, PARAMETER_NAME_DISK, 0),
		.is_change = resolution->is_change,
		.present = resolution->present,
	};
}

static struct status place(struct resolution *resolution, struct catalog_choice *choice)
{
	struct placement_wish wish = wish_of(resolution);
	struct placement placement;

	TRY(placement_choose(resolution->tx, &resolution->version, &wish, &placement, &choice->placement));
	if (placement.fault == PLACEMENT_FITS)
		take_placement(&placement, choice);
	else
		note_fault(resolution, &placement, &wish);
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

static void read_values(struct resolution *resolution, const struct json *parameters)
{
	resolution->values = ARENA_ARRAY(resolution->arena, resolution->version.parameter_count, const char *);
	refuse_unknown(resolution, parameters);
	for (size_t i = 0; i < resolution->version.parameter_count; i++)
		read_value(resolution, parameters, i);
}

static struct status resolve_version(struct resolution *resolution, const struct json *parameters,
				     struct catalog_choice *choice)
{
	read_values(resolution, parameters);
	require(resolution, parameters, PARAMETER_NAME_SIZE);
	require(resolution, parameters, PARAMETER_NAME_IMAGE);
	take_version(resolution, choice);
	take_lease(resolution, choice);
	return place(resolution, choice);
}

struct status catalog_resolve(struct store_tx *tx, const char *project, const struct catalog_wish *wish,
			      struct catalog_choice *choice, struct catalog_problem **problems)
{
	struct resolution resolution = { .tx = tx, .arena = store_arena(tx), .present = wish->present, .project = project };
	struct catalog_choice made = { 0 };
	bool is_found;

	resolution.end = &resolution.first;
	TRY(find_version(&resolution, project, wish->product, &is_found));
	if (is_found)
		TRY(resolve_version(&resolution, wish->parameters, &made));
	*choice = made;
	*problems = resolution.first;
	return OK;
}

/** The first thing that is wrong, as a failure. */
static struct status first_problem(const struct resolution *resolution)
{
	const struct catalog_problem *first = resolution->first;

	if (!first)
		return OK;
	enum status_code code = text_equal(first->reason, "PRODUCT_NOT_FOUND")	     ? STATUS_NOT_FOUND
				: text_equal(first->reason, "VERSION_NOT_PUBLISHED") ? STATUS_FAILED_PRECONDITION
										     : STATUS_INVALID_ARGUMENT;
	struct status status = status_fail(resolution->arena, code, first->reason, "%s", first->message);
	return code == STATUS_INVALID_ARGUMENT ? status_with_field(resolution->arena, status, first->field, "%s", first->message)
					       : status;
}

/** A parameter that must be given may be left away here: what is not said is not asked of a target. */
static void forgive_missing(struct resolution *resolution)
{
	struct catalog_problem **link = &resolution->first;

	while (*link)
		if (text_equal((*link)->reason, "PARAMETER_REQUIRED"))
			*link = (*link)->next;
		else
			link = &(*link)->next;
}

struct status resolve_explain(struct store_tx *tx, const char *project, const struct catalog_wish *wish,
			      struct explanation *explanation)
{
	struct resolution resolution = { .tx = tx, .arena = store_arena(tx), .project = project };
	bool is_found;

	resolution.end = &resolution.first;
	TRY(find_version(&resolution, project, wish->product, &is_found));
	TRY(first_problem(&resolution));
	read_values(&resolution, wish->parameters);
	forgive_missing(&resolution);
	TRY(first_problem(&resolution));
	struct placement_wish asked = wish_of(&resolution);
	explanation->version = resolution.version;
	return placement_rank(tx, &explanation->version, &asked, &explanation->placements, &explanation->count);
}

struct status catalog_resolve_change(struct store_tx *tx, const struct catalog_existing *existing,
				     const struct json *parameters, struct catalog_choice *choice,
				     struct catalog_problem **problems)
{
	struct resolution resolution = { .tx = tx, .arena = store_arena(tx), .disk_gib = existing->disk_gib, .is_change = true };
	struct catalog_choice made = { 0 };
	struct target target = { existing->connection, "", "" };

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

static struct status size_find(struct store_tx *tx, const struct version *version, const char *connection, const char *size,
			       struct offering *found)
{
	struct offering_alias word = { OFFERING_SIZE, text_or_empty(size), NULL };
	bool is_found;

	TRY(offering_of_word(tx, version, connection, &word, found, &is_found));
	return is_found ? OK
			: status_with_field(store_arena(tx),
					    status_fail(store_arena(tx), STATUS_INVALID_ARGUMENT, "SIZE_UNKNOWN",
							"\"%s\" has no size \"%s\"; ListSizes tells which it has", connection,
							text_or_empty(size)),
					    "size", "is not a size of this connection");
}

struct status catalog_size_of_word(struct store_tx *tx, const char *product_version, const char *connection, const char *word,
				   const char **size)
{
	struct version version;
	struct offering offering;
	bool has_version = !text_is_empty(product_version);

	if (has_version)
		TRY(version_get(tx, product_version, &version));
	TRY(size_find(tx, has_version ? &version : NULL, connection, word, &offering));
	*size = offering.id;
	return OK;
}

struct status catalog_size_get(struct store_tx *tx, const char *connection, const char *size, struct provider_size *found)
{
	struct offering offering;

	TRY(size_find(tx, NULL, connection, size, &offering));
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
	TRY(first_problem(&resolution));
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
