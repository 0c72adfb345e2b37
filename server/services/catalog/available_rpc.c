/* SPDX-License-Identifier: Apache-2.0 */
/* available_rpc.c: what can be ordered for a project, with the choices that there are now. */
#include "gaon/catalog/v1/catalog.handlers.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/catalog/offering_alias.h"
#include "server/services/catalog/offering_wire.h"
#include "server/services/catalog/placement.h"
#include "server/services/catalog/product_store.h"
#include "server/services/catalog/room.h"
#include "server/services/catalog/version_wire.h"
#include "server/services/iam/iam.h"

enum { CHOICES_MOST = 500 };

static struct status lineage_of_request(struct call *call, const char *parent, struct lineage *lineage)
{
	const char *ids[2];

	TRY(resource_parse(call->arena, "parent", parent, "tenants/{}/projects/{}", ids));
	TRY(iam_project_check(call->tx, parent));
	return iam_ancestry(call->tx, resource_tenant(call->arena, parent), &lineage->tenants, &lineage->count);
}

static bool is_among(const char *text, const char **texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (text_equal(text, texts[i]))
			return true;
	return false;
}

/** Where the choices of one parameter are gathered. */
struct gathering {
	struct store_tx *tx;
	const struct version *version;
	const struct parameter *parameter;
	const char *project; /* who would order */
	Gaon__Parameter *message;
	Gaon__AvailableProduct *reply;
};

/** A word that the parameter allows, once; of a size also what it means there. */
static struct status add_choice(struct gathering *to, const char *connection, enum offering_kind kind, const char *word)
{
	struct offering_alias asked = { kind, word, NULL };
	struct offering offering;
	bool is_found;

	if (to->message->n_choices == CHOICES_MOST ||
	    (to->parameter->choice_count > 0 && !is_among(word, to->parameter->choices, to->parameter->choice_count)) ||
	    is_among(word, to->message->choices, to->message->n_choices))
		return OK;
	TRY(offering_of_word(to->tx, to->version, connection, &asked, &offering, &is_found));
	if (is_found && kind == OFFERING_IMAGE) {
		const struct catalog_image_use use = { connection, offering.native_id, to->project };
		TRY(catalog_look_at_image(to->tx, &use, &is_found));
	}
	if (!is_found)
		return OK;
	to->message->choices[to->message->n_choices++] = word;
	if (!text_equal(to->parameter->name, PARAMETER_NAME_SIZE) || kind != OFFERING_SIZE || to->reply->n_sizes == CHOICES_MOST)
		return OK;
	Gaon__Size *size = size_to_wire(store_arena(to->tx), connection, &offering);
	size->size = word;
	to->reply->sizes[to->reply->n_sizes++] = size;
	return OK;
}

/** The words for what one target has: the version's own, those that its operator gave, and its own. */
static struct status add_choices(struct gathering *to, const char *connection)
{
	static const enum offering_kind KINDS[] = { [PARAMETER_SIZE] = OFFERING_SIZE,
						    [PARAMETER_IMAGE] = OFFERING_IMAGE,
						    [PARAMETER_NETWORK] = OFFERING_NETWORK };
	enum offering_kind kind = KINDS[to->parameter->type];
	struct offering_alias first = { 0, NULL, NULL }, *aliases;
	struct offering *offerings;
	size_t count;

	for (size_t i = 0; kind == OFFERING_SIZE && i < to->version->size_count; i++)
		TRY(add_choice(to, connection, kind, to->version->sizes[i].name));
	TRY(alias_list(to->tx, connection, &first, ALIASES_MOST, &aliases, &count));
	for (size_t i = 0; i < count; i++)
		if (aliases[i].kind == kind)
			TRY(add_choice(to, connection, kind, aliases[i].alias));
	TRY(offering_list(to->tx, connection, kind, NULL, CHOICES_MOST, &offerings, &count));
	for (size_t i = 0; i < count; i++)
		TRY(add_choice(to, connection, kind, offerings[i].id));
	return OK;
}

/** The choices of one parameter over all targets that are ready, in the order of the targets. */
static struct status spell_out(struct gathering *to)
{
	const struct version *version = to->version;

	to->message->choices = ARENA_ARRAY(store_arena(to->tx), CHOICES_MOST, const char *);
	to->message->n_choices = 0;
	for (size_t i = 0; i < version->target_count; i++) {
		struct placement placement = { .fault = PLACEMENT_DISABLED };

		TRY(placement_look(to->tx, version->targets[i].connection, &placement));
		if (placement.fault >= PLACEMENT_NO_SIZE)
			TRY(add_choices(to, version->targets[i].connection));
	}
	return OK;
}

/** `project` not NULL: with all the choices that it has. */
static struct status available_to_wire(struct store_tx *tx, const struct product *product, const char *project,
				       Gaon__AvailableProduct *reply)
{
	struct arena *arena = store_arena(tx);
	struct version version;
	const char *currency;
	bool is_known;

	TRY(version_get(tx, product->published_version, &version));
	TRY(catalog_look_at_rate_card(tx, version.rate_card, &is_known, &currency));
	reply->product = product->name;
	reply->display_name = product->display_name;
	reply->description = product->description;
	reply->kind = product->kind;
	reply->product_version = version.name;
	reply->currency_code = text_or_empty(currency);
	reply->n_parameters = version.parameter_count;
	reply->parameters = ARENA_ARRAY(arena, version.parameter_count, Gaon__Parameter *);
	if (project)
		reply->sizes = ARENA_ARRAY(arena, CHOICES_MOST, Gaon__Size *);
	for (size_t i = 0; i < version.parameter_count; i++) {
		const struct parameter *parameter = &version.parameters[i];

		reply->parameters[i] = parameter_to_wire(arena, parameter);
		struct gathering to = { tx, &version, parameter, project, reply->parameters[i], reply };
		if (project && parameter->type >= PARAMETER_SIZE && parameter->type <= PARAMETER_NETWORK)
			TRY(spell_out(&to));
	}
	return OK;
}

struct status catalog_list_available_products(struct call *call, const Gaon__ListAvailableProductsRequest *request,
					      Gaon__ListAvailableProductsResponse *reply)
{
	struct arena *arena = call->arena;
	struct lineage lineage;
	struct page page;
	struct product *products;
	size_t count;

	TRY(lineage_of_request(call, request->parent, &lineage));
	TRY(page_read(arena, request->page_size, request->page_token,
		      arena_printf(arena, "ListAvailableProducts|%s", request->parent), &page));
	TRY(product_list_available(call->tx, &lineage, page.after, page.limit + 1, &products, &count));
	if (count > page.limit) {
		count = page.limit;
		reply->next_page_token = page_next(arena, &page, products[count - 1].name);
	}
	reply->n_available_products = count;
	reply->available_products = ARENA_ARRAY(arena, count, Gaon__AvailableProduct *);
	for (size_t i = 0; i < count; i++) {
		reply->available_products[i] = ARENA_NEW(arena, Gaon__AvailableProduct);
		gaon__available_product__init(reply->available_products[i]);
		TRY(available_to_wire(call->tx, &products[i], NULL, reply->available_products[i]));
	}
	return OK;
}

struct status catalog_get_available_product(struct call *call, const Gaon__GetAvailableProductRequest *request,
					    Gaon__AvailableProduct *reply)
{
	struct arena *arena = call->arena;
	struct lineage lineage;
	struct product product;
	const char *ids[2];
	bool is_available;

	TRY(lineage_of_request(call, request->parent, &lineage));
	TRY(resource_parse(arena, "product", request->product, "tenants/{}/products/{}", ids));
	TRY(product_find(call->tx, request->product, &product, &is_available));
	if (is_available)
		TRY(product_is_available(call->tx, &lineage, &product, &is_available));
	if (!is_available || text_is_empty(product.published_version))
		return resource_not_found(arena, "Product", request->product);
	return available_to_wire(call->tx, &product, request->parent, reply);
}
