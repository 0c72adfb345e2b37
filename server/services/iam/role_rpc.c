/* SPDX-License-Identifier: Apache-2.0 */
/* role_rpc.c: roles and permissions on the wire. */
#include <string.h>

#include "gaon/iam/v1/iam.handlers.h"
#include "gaon/permissions.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/iam/decision.h"
#include "server/services/iam/role.h"
#include "server/services/wire/wire.h"

static const char PATTERN[] = "tenants/{}/roles/{}";

static void role_to_wire(struct arena *arena, const struct role *role, Gaon__Role *message)
{
	message->name = role->name;
	message->display_name = role->display_name;
	message->permissions = role->permissions;
	message->n_permissions = role->permission_count;
	message->built_in = role->is_built_in;
	message->etag = etag_format(arena, role->revision);
	message->create_time = wire_timestamp(arena, role->create_us);
	message->update_time = wire_timestamp(arena, role->update_us);
}

static struct status find_own(struct call *call, const char *field, const char *name, struct role *role)
{
	const char *ids[2];
	bool is_found = false;

	TRY(resource_parse(call->arena, field, name, PATTERN, ids));
	TRY(role_find(call->tx, name, role, &is_found));
	return is_found ? OK : resource_not_found(call->arena, "Role", name);
}

/* What the role would give must be the caller's own to give. */
static struct status check_patterns(struct call *call, const char *tenant, const struct role *role)
{
	struct permission_set set = permission_set_new(call->arena);

	TRY(role_check_patterns(call->arena, "role.permissions", role->permissions, role->permission_count));
	permission_set_add_patterns(&set, role->permissions, role->permission_count);
	return decide_covers(call->tx, call->principal, tenant, call->now_us, &set);
}

struct status iam_create_role(struct call *call, const Gaon__CreateRoleRequest *request, Gaon__Role *reply)
{
	const char *ids[1];
	const Gaon__Role empty = GAON__ROLE__INIT;
	const Gaon__Role *given = request->role != NULL ? request->role : &empty;

	TRY(resource_parse(call->arena, "parent", request->parent, "tenants/{}", ids));

	const struct role role = {
		.name = arena_printf(call->arena, "%s/roles/%s", request->parent, request->role_id),
		.tenant = request->parent,
		.display_name = text_is_empty(given->display_name) ? request->role_id : given->display_name,
		.permissions = given->permissions,
		.permission_count = given->n_permissions,
		.revision = 1,
		.create_us = call->now_us,
		.update_us = call->now_us,
	};

	TRY(check_patterns(call, request->parent, &role));
	TRY(role_insert(call->tx, &role));
	TRY(iam_touch(call->tx, NULL));
	role_to_wire(call->arena, &role, reply);
	return OK;
}

/* Built-in roles are everybody's; a tenant's own are for those who may know the tenant. */
struct status iam_get_role(struct call *call, const Gaon__GetRoleRequest *request, Gaon__Role *reply)
{
	const struct question question = { call->principal->name, call->principal->tenant, "iam.roles.list", call->now_us };
	const struct role *built_in;
	struct role role;
	struct place place;
	struct decision decision;

	for (size_t i = 0; (built_in = role_built_in_at(call->arena, i)) != NULL; i++)
		if (text_equal(built_in->name, request->name)) {
			role_to_wire(call->arena, built_in, reply);
			return OK;
		}
	if (text_starts_with(request->name, "roles/"))
		return resource_not_found(call->arena, "Role", request->name);
	TRY(find_own(call, "name", request->name, &role));
	TRY(place_of(call->tx, role.tenant, &place));
	TRY(decide(call->tx, &question, &place, &decision));
	if (!decision.is_tenant_visible)
		return resource_not_found(call->arena, "Role", request->name);
	role_to_wire(call->arena, &role, reply);
	return OK;
}

static void append(struct call *call, const struct role *role, Gaon__ListRolesResponse *reply)
{
	Gaon__Role *message = ARENA_NEW(call->arena, Gaon__Role);

	gaon__role__init(message);
	role_to_wire(call->arena, role, message);
	reply->roles[reply->n_roles++] = message;
}

/* "roles/…" sorts before "tenants/…", so one key pages through both. */
struct status iam_list_roles(struct call *call, const Gaon__ListRolesRequest *request, Gaon__ListRolesResponse *reply)
{
	const char *ids[1];
	struct page page;
	const struct role *built_in;
	struct role *roles = NULL;
	size_t count = 0;

	TRY(resource_parse(call->arena, "parent", request->parent, "tenants/{}", ids));
	TRY(page_read(call->arena, request->page_size, request->page_token,
		      arena_printf(call->arena, "roles %s", request->parent), &page));
	TRY(role_page(call->tx, request->parent, page.after, page.limit + 1, &roles, &count));
	reply->roles = ARENA_ARRAY(call->arena, page.limit, Gaon__Role *);

	bool is_more = false;

	for (size_t i = 0; !is_more && (built_in = role_built_in_at(call->arena, i)) != NULL; i++) {
		if (page.after != NULL && strcmp(built_in->name, page.after) <= 0)
			continue;
		is_more = reply->n_roles == page.limit;
		if (!is_more)
			append(call, built_in, reply);
	}
	for (size_t i = 0; !is_more && i < count; i++) {
		is_more = reply->n_roles == page.limit;
		if (!is_more)
			append(call, &roles[i], reply);
	}
	if (is_more)
		reply->next_page_token = page_next(call->arena, &page, reply->roles[reply->n_roles - 1]->name);
	return OK;
}

struct status iam_update_role(struct call *call, const Gaon__UpdateRoleRequest *request, Gaon__Role *reply)
{
	static const char *const allowed[] = { "display_name", "permissions", NULL };
	const Gaon__Role *given = request->role;
	struct role role;

	TRY(find_own(call, "role.name", given->name, &role));
	TRY(wire_mask_check(call->arena, request->update_mask, allowed));
	TRY(etag_check(call->arena, given->etag, role.revision));
	if (wire_mask_has(request->update_mask, &given->base, "display_name"))
		role.display_name = given->display_name;
	if (wire_mask_has(request->update_mask, &given->base, "permissions")) {
		role.permissions = given->permissions;
		role.permission_count = given->n_permissions;
		TRY(check_patterns(call, role.tenant, &role));
	}
	role.update_us = call->now_us;
	TRY(role_update(call->tx, &role));
	TRY(iam_touch(call->tx, NULL));
	role_to_wire(call->arena, &role, reply);
	return OK;
}

struct status iam_delete_role(struct call *call, const Gaon__DeleteRoleRequest *request, Gaon__DeleteRoleResponse *reply)
{
	struct role role;
	bool is_bound = false;

	(void)reply;
	TRY(find_own(call, "name", request->name, &role));
	TRY(etag_check(call->arena, request->etag, role.revision));
	TRY(role_is_bound(call->tx, role.name, &is_bound));
	if (is_bound)
		return status_fail(call->arena, STATUS_FAILED_PRECONDITION, "ROLE_IN_USE",
				   "%s is still bound in a policy; take those bindings away first", role.name);
	TRY(role_delete(call->tx, role.name));
	return iam_touch(call->tx, NULL);
}

struct status iam_list_permissions(struct call *call, const Gaon__ListPermissionsRequest *request,
				   Gaon__ListPermissionsResponse *reply)
{
	struct page page;
	size_t first, count;

	TRY(page_read(call->arena, request->page_size, request->page_token, "permissions", &page));
	count = page_of_table(&page, gaon_permission_count, &first);
	reply->permissions = ARENA_ARRAY(call->arena, count, Gaon__Permission *);
	for (size_t i = first; i < first + count; i++) {
		const struct permission_row *row = &gaon_permissions[i];
		Gaon__Permission *message = ARENA_NEW(call->arena, Gaon__Permission);

		gaon__permission__init(message);
		message->permission = row->permission;
		message->methods = (const char **)(uintptr_t)row->methods;
		message->n_methods = row->method_count;
		reply->permissions[reply->n_permissions++] = message;
	}
	reply->next_page_token = page_of_table_next(call->arena, &page, gaon_permission_count);
	return OK;
}
