/* SPDX-License-Identifier: Apache-2.0 */
/* resource.c: see resource.h. */
#include "client/cli/resource.h"

#include <string.h>

#include "client/cli/show.h"
#include "client/cli/value.h"
#include "gaon/catalog/v1/catalog.gaon.h"
#include "gaon/lifecycle/v1/lifecycle.gaon.h"
#include "runtime/base/id.h"

/** Where the members of a collection are: "{tenant}" and "{project}" come from the context, "*" is the id. */
static const struct collection {
	const char *noun;
	const char *pattern;
} collections[] = {
	{ "tenant", "tenants/*" },
	{ "project", "tenants/{tenant}/projects/*" },
	{ "user", "tenants/{tenant}/users/*" },
	{ "principal", "tenants/{tenant}/users/*" },
	{ "service-account", "tenants/{tenant}/serviceAccounts/*" },
	{ "group", "tenants/{tenant}/groups/*" },
	{ "role", "tenants/{tenant}/roles/*" },
	{ "identity-provider", "tenants/{tenant}/identityProviders/*" },
	{ "connection", "tenants/{tenant}/connections/*" },
	{ "product", "tenants/{tenant}/products/*" },
	{ "rate-card", "tenants/{tenant}/rateCards/*" },
	{ "approval-policy", "tenants/{tenant}/approvalPolicies/*" },
	{ "order", "tenants/{tenant}/projects/{project}/orders/*" },
	{ "deployment", "tenants/{tenant}/projects/{project}/deployments/*" },
	{ "machine", "tenants/{tenant}/projects/{project}/machines/*" },
	{ "volume", "tenants/{tenant}/projects/{project}/volumes/*" },
	{ "machine-image", "tenants/{tenant}/projects/{project}/machineImages/*" },
	{ "usage-record", "tenants/{tenant}/projects/{project}/usageRecords/*" },
	{ "charge", "tenants/{tenant}/projects/{project}/charges/*" },
	{ "quota", "{nearest}/quotas/*" },
	{ "operation", "{nearest}/operations/*" },
};

enum { COLLECTION_COUNT = sizeof(collections) / sizeof(collections[0]) };

/** Fields that name a resource of a collection, wherever they stand. */
static const struct {
	const char *field, *noun;
} references[] = {
	{ "tenant", "tenant" },
	{ "project", "project" },
	{ "projects", "project" },
	{ "member", "principal" },
	{ "members", "principal" },
	{ "principal", "principal" },
	{ "approvers", "principal" },
	{ "role", "role" },
	{ "identity_provider", "identity-provider" },
	{ "connection", "connection" },
	{ "product", "product" },
	{ "products", "product" },
	{ "rate_card", "rate-card" },
	{ "deployment", "deployment" },
	{ "machine", "machine" },
	{ "target", "machine" },
	{ "resource", "machine" },
};

MUST_CHECK static struct status need(struct session *session, const char *what)
{
	return status_fail(session->arena, STATUS_INVALID_ARGUMENT, "CONTEXT_INCOMPLETE",
			   "which %s? give --%s ID, or set it: gaon context set --%s ID", what, what, what);
}

struct status resource_scope(struct session *session, enum scope scope, const char **name)
{
	const struct context *context = &session->context;
	bool is_tenant = scope == SCOPE_TENANT || (scope == SCOPE_NEAREST && context->is_tenant_asked);
	bool has_project = !text_is_empty(context->project);

	if (text_is_empty(context->tenant))
		return need(session, "tenant");
	if (scope == SCOPE_PROJECT && !has_project)
		return need(session, "project");
	if (!is_tenant && has_project)
		*name = arena_printf(session->arena, "tenants/%s/projects/%s", context->tenant, context->project);
	else
		*name = arena_printf(session->arena, "tenants/%s", context->tenant);
	return OK;
}

/** The pattern up to "*", filled in. */
MUST_CHECK static struct status prefix_of(struct session *session, const char *pattern, const char **prefix)
{
	struct text out = text_new(session->arena);
	const char *scope = "";

	if (strstr(pattern, "{project}"))
		TRY(resource_scope(session, SCOPE_PROJECT, &scope));
	else if (strstr(pattern, "{nearest}"))
		TRY(resource_scope(session, SCOPE_NEAREST, &scope));
	else if (strstr(pattern, "{tenant}"))
		TRY(resource_scope(session, SCOPE_TENANT, &scope));
	text_append(&out, scope);
	if (strchr(pattern, '}'))
		pattern = strrchr(pattern, '}') + 1;
	text_append_slice(&out, slice_of(pattern, strlen(pattern) - 1));
	*prefix = out.data;
	return OK;
}

static const struct collection *find(const char *noun)
{
	for (size_t i = 0; i < COLLECTION_COUNT; i++)
		if (strcmp(collections[i].noun, noun) == 0)
			return &collections[i];
	return NULL;
}

/** "machines/0193…" and "projects/web/machines/0193…": the first part is a collection's. */
static const struct collection *find_relative(struct arena *arena, const char *text)
{
	const char *first = arena_printf(arena, "/%.*s/*", (int)strcspn(text, "/"), text);

	for (size_t i = 0; i < COLLECTION_COUNT; i++)
		if (text_ends_with(collections[i].pattern, first))
			return &collections[i];
	return NULL;
}

static bool is_built_in_role(const char *text)
{
	static const char *const roles[] = { "viewer",        "requester", "approver",     "operator",
					     "catalog-admin", "finance",   "tenant-admin", "auditor" };

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (strcmp(roles[i], text) == 0)
			return true;
	return false;
}

/** "user:mina", "group:operators", "service-account:ci" */
static const struct collection *find_typed(struct arena *arena, const char *text, const char **id)
{
	const char *colon = strchr(text, ':');

	if (!colon)
		return NULL;
	*id = colon + 1;
	return find(arena_strndup(arena, text, (size_t)(colon - text)));
}

MUST_CHECK static struct status ambiguous(struct session *session, const char *text, const char *first,
					  const char *second)
{
	return status_fail(session->arena, STATUS_INVALID_ARGUMENT, "AMBIGUOUS_NAME",
			   "more than one is called '%s' (%s, %s): give its id", text, strrchr(first, '/') + 1,
			   strrchr(second, '/') + 1);
}

/** People call machines by their display name; ids are UUIDs. */
MUST_CHECK static struct status find_machine(struct session *session, const char *text, const char **name)
{
	Gaon__ListMachinesRequest request = GAON__LIST_MACHINES_REQUEST__INIT;
	const Gaon__ListMachinesResponse *reply;
	struct json *quoted = json_new_text(session->arena, text);

	TRY(resource_scope(session, SCOPE_PROJECT, &request.parent));
	request.filter = arena_printf(session->arena, "display_name = %s", json_print(session->arena, quoted));
	request.page_size = 2;
	TRY(session_call(session, &gaon_method_lifecycle_list_machines, &request.base,
			 (const ProtobufCMessage **)&reply));
	/* One that is gone, or was never made, can still be looked at. */
	request.show_deleted = true;
	if (reply->n_machines == 0)
		TRY(session_call(session, &gaon_method_lifecycle_list_machines, &request.base,
				 (const ProtobufCMessage **)&reply));
	if (reply->n_machines == 0)
		return status_fail(session->arena, STATUS_NOT_FOUND, "MACHINE_NOT_FOUND",
				   "no machine in %s is called '%s': see gaon machine list", request.parent, text);
	if (reply->n_machines > 1)
		return ambiguous(session, text, reply->machines[0]->name, reply->machines[1]->name);
	*name = arena_strdup(session->arena, reply->machines[0]->name);
	return OK;
}

/** Volumes and images made from machines too, among those that are there: by the list of the project's. */
MUST_CHECK static struct status find_listed(struct session *session, const struct method *list, const char *noun,
					    const char *text, const char **name)
{
	ProtobufCMessage *request = reflect_new(session->arena, list->request);
	const ProtobufCFieldDescriptor *elements = show_list_field(list->reply);
	const char *parent, *found = NULL, *token;

	TRY(resource_scope(session, SCOPE_PROJECT, &parent));
	reflect_set_text(session->arena, request, "parent", parent);
	reflect_set_int(session->arena, request, "page_size", 500);
	do {
		const ProtobufCMessage *reply;
		TRY(session_call(session, list, request, &reply));
		for (size_t i = 0; i < reflect_count(reply, elements); i++) {
			const ProtobufCMessage *one = *(const ProtobufCMessage *const *)reflect_at(reply, elements, i);
			if (!text_equal(reflect_text(one, "display_name"), text))
				continue;
			if (found)
				return ambiguous(session, text, found, reflect_text(one, "name"));
			found = arena_strdup(session->arena, reflect_text(one, "name"));
		}
		token = arena_strdup(session->arena, reflect_text(reply, "next_page_token"));
		reflect_set_text(session->arena, request, "page_token", token);
	} while (*token);
	if (!found)
		return status_fail(session->arena, STATUS_NOT_FOUND, "NAME_NOT_FOUND", "no %s in %s is called '%s': see gaon %s list",
				   noun, parent, text, noun);
	*name = found;
	return OK;
}

/** A product to order may be granted by a tenant above: what is available in the project decides. */
MUST_CHECK static struct status find_product(struct session *session, const char *text, const char **name)
{
	Gaon__ListAvailableProductsRequest request = GAON__LIST_AVAILABLE_PRODUCTS_REQUEST__INIT;
	const Gaon__ListAvailableProductsResponse *reply;
	const char *suffix = arena_printf(session->arena, "/products/%s", text);
	const char *found = NULL;

	TRY(resource_scope(session, SCOPE_PROJECT, &request.parent));
	request.page_size = 500;
	TRY(session_call(session, &gaon_method_catalog_list_available_products, &request.base,
			 (const ProtobufCMessage **)&reply));
	for (size_t i = 0; i < reply->n_available_products; i++) {
		const char *product = reply->available_products[i]->product;

		if (!text_ends_with(product, suffix))
			continue;
		if (found)
			return ambiguous(session, text, found, product);
		found = arena_strdup(session->arena, product);
	}
	if (!found)
		return status_fail(session->arena, STATUS_NOT_FOUND, "PRODUCT_NOT_FOUND",
				   "no product '%s' can be ordered in %s: see gaon available-product list", text,
				   request.parent);
	*name = found;
	return OK;
}

struct status resource_name(struct session *session, const char *noun, const char *text, const char **name)
{
	const struct collection *collection = find(noun), *typed;
	const char *prefix, *id = text;

	if (text_starts_with(text, "tenants/") || text_starts_with(text, "roles/") || strcmp(text, "-") == 0) {
		*name = text;
		return OK;
	}
	if (strcmp(noun, "role") == 0 && is_built_in_role(text)) {
		*name = arena_printf(session->arena, "roles/%s", text);
		return OK;
	}
	typed = find_typed(session->arena, text, &id);
	if (!typed)
		id = text;
	if (!typed && strchr(text, '/')) {
		typed = find_relative(session->arena, text);
		id = typed ? strchr(text, '/') + 1 : text;
	}
	collection = typed ? typed : collection;
	if (!collection) {
		*name = text;
		return OK;
	}
	if (strcmp(collection->noun, "machine") == 0 && !strchr(id, '/') && !id_is_uuid(id))
		return find_machine(session, id, name);
	if (strcmp(collection->noun, "volume") == 0 && !strchr(id, '/') && !id_is_uuid(id))
		return find_listed(session, &gaon_method_lifecycle_list_volumes, "volume", id, name);
	if (strcmp(collection->noun, "machine-image") == 0 && !strchr(id, '/') && !id_is_uuid(id))
		return find_listed(session, &gaon_method_lifecycle_list_machine_images, "machine-image", id, name);
	TRY(prefix_of(session, collection->pattern, &prefix));
	*name = arena_printf(session->arena, "%s%s", prefix, id);
	return OK;
}

static const char *reference_of(const char *field)
{
	for (size_t i = 0; i < sizeof(references) / sizeof(references[0]); i++)
		if (strcmp(references[i].field, field) == 0)
			return references[i].noun;
	return NULL;
}

MUST_CHECK static struct status complete_text(struct session *session, const ProtobufCMessage *message,
					      const ProtobufCFieldDescriptor *field, const char **slot)
{
	const char *noun = reference_of(field->name), *name;
	bool is_order_item = strcmp(message->descriptor->name, "gaon.request.v1.OrderItem") == 0;

	if (!noun || text_is_empty(*slot))
		return OK;
	/* What a policy hangs on is a project or tenant, never a machine. */
	if (strcmp(field->name, "resource") == 0 && strstr(message->descriptor->name, "Iam"))
		noun = "project";
	if (is_order_item && strcmp(noun, "product") == 0 && !strchr(*slot, '/'))
		return find_product(session, *slot, slot);
	TRY(resource_name(session, noun, *slot, &name));
	*slot = name;
	return OK;
}

struct status resource_complete(struct session *session, ProtobufCMessage *message)
{
	for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
		size_t count = reflect_count(message, field);

		for (size_t k = 0; k < count; k++) {
			void *slot = (void *)reflect_at(message, field, k);

			if (field->type == PROTOBUF_C_TYPE_STRING)
				TRY(complete_text(session, message, field, slot));
			else if (reflect_is_message(field) && !reflect_is_map(field) &&
				 reflect_known(field->descriptor) == KNOWN_NONE)
				TRY(resource_complete(session, *(ProtobufCMessage **)slot));
		}
	}
	return OK;
}
