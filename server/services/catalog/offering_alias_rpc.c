/* SPDX-License-Identifier: Apache-2.0 */
/* offering_alias_rpc.c: other words for what a connection offers, on the wire. */
#include <string.h>

#include "gaon/catalog/v1/catalog.handlers.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/catalog/connection_store.h"
#include "server/services/catalog/offering_alias.h"

static const char *const KINDS[] = { [OFFERING_SIZE] = "size", [OFFERING_IMAGE] = "image", [OFFERING_NETWORK] = "network" };

static void alias_to_wire(struct arena *arena, const char *connection, const struct offering_alias *alias,
			  Gaon__OfferingAlias *message)
{
	message->name = arena_printf(arena, "%s/aliases/%s.%s", connection, KINDS[alias->kind], alias->alias);
	message->kind = (Gaon__OfferingKind)alias->kind;
	message->alias = alias->alias;
	message->offering = alias->offering;
}

static struct status check_parent(struct call *call, const char *field, const char *name)
{
	const char *ids[2];
	struct connection connection;

	TRY(resource_parse(call->arena, field, name, "tenants/{}/connections/{}", ids));
	return connection_get(call->tx, name, &connection);
}

struct status catalog_create_offering_alias(struct call *call, const Gaon__CreateOfferingAliasRequest *request,
					    Gaon__OfferingAlias *reply)
{
	const Gaon__OfferingAlias *message = request->offering_alias;
	struct offering_alias alias = { (enum offering_kind)message->kind, message->alias, message->offering };
	struct offering offering;
	bool is_found;
	int64_t count;

	TRY(check_parent(call, "parent", request->parent));
	if (message->kind < GAON__OFFERING_KIND__OFFERING_KIND_SIZE || message->kind > GAON__OFFERING_KIND__OFFERING_KIND_NETWORK)
		return status_invalid_field(call->arena, "offering_alias.kind", "must be size, image or network");
	if (!text_equal(offering_slug(call->arena, alias.alias), alias.alias))
		return status_invalid_field(call->arena, "offering_alias.alias",
					    "must be at most 48 of [a-z0-9._-], from a letter or digit on");
	TRY(offering_find(call->tx, request->parent, alias.kind, alias.offering, &offering, &is_found));
	if (!is_found)
		return status_invalid_field(call->arena, "offering_alias.offering",
					    "must be the id of one of the %ss that \"%s\" offers; there is no \"%s\"", KINDS[alias.kind],
					    request->parent, alias.offering);
	TRY(alias_count(call->tx, request->parent, &count));
	if (count >= ALIASES_MOST)
		return status_fail(call->arena, STATUS_FAILED_PRECONDITION, "ALIASES_TOO_MANY",
				   "a connection has at most %d aliases; delete what is no longer used", ALIASES_MOST);
	TRY(alias_insert(call->tx, request->parent, &alias, call->now_us));
	alias_to_wire(call->arena, request->parent, &alias, reply);
	return OK;
}

/** "image.debian-12": the kind up to the first '.', the word after it. */
static bool read_leaf(struct arena *arena, const char *leaf, struct offering_alias *alias)
{
	const char *dot = strchr(leaf, '.');

	for (int kind = OFFERING_SIZE; dot && kind <= OFFERING_NETWORK; kind++)
		if (text_equal(arena_strndup(arena, leaf, (size_t)(dot - leaf)), KINDS[kind])) {
			*alias = (struct offering_alias){ (enum offering_kind)kind, dot + 1, NULL };
			return true;
		}
	return false;
}

struct status catalog_list_offering_aliases(struct call *call, const Gaon__ListOfferingAliasesRequest *request,
					    Gaon__ListOfferingAliasesResponse *reply)
{
	struct offering_alias after = { 0, NULL, NULL }, *aliases;
	struct page page;
	size_t count;

	TRY(check_parent(call, "parent", request->parent));
	TRY(page_read(call->arena, request->page_size, request->page_token,
		      arena_printf(call->arena, "ListOfferingAliases|%s", request->parent), &page));
	if (page.after && !read_leaf(call->arena, page.after, &after))
		return status_invalid_field(call->arena, "page_token", "is not a token of this list");
	TRY(alias_list(call->tx, request->parent, &after, page.limit + 1, &aliases, &count));
	if (count > page.limit) {
		count = page.limit;
		reply->next_page_token = page_next(
			call->arena, &page,
			arena_printf(call->arena, "%s.%s", KINDS[aliases[count - 1].kind], aliases[count - 1].alias));
	}
	reply->n_offering_aliases = count;
	reply->offering_aliases = ARENA_ARRAY(call->arena, count + 1, Gaon__OfferingAlias *);
	for (size_t i = 0; i < count; i++) {
		reply->offering_aliases[i] = ARENA_NEW(call->arena, Gaon__OfferingAlias);
		gaon__offering_alias__init(reply->offering_aliases[i]);
		alias_to_wire(call->arena, request->parent, &aliases[i], reply->offering_aliases[i]);
	}
	return OK;
}

struct status catalog_delete_offering_alias(struct call *call, const Gaon__DeleteOfferingAliasRequest *request,
					    Gaon__DeleteOfferingAliasResponse *reply)
{
	const char *ids[3];
	struct offering_alias alias;
	bool is_found = false;

	(void)reply;
	TRY(resource_parse(call->arena, "name", request->name, "tenants/{}/connections/{}/aliases/{}", ids));
	if (read_leaf(call->arena, ids[2], &alias))
		TRY(alias_delete(call->tx, resource_parent(call->arena, request->name), alias.kind, alias.alias, &is_found));
	return is_found ? OK : resource_not_found(call->arena, "OfferingAlias", request->name);
}
