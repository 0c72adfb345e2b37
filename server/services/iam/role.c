/* SPDX-License-Identifier: Apache-2.0 */
/* role.c: what each role gives. Duties are separated: whoever approves cannot order, whoever audits changes nothing. */
#include "server/services/iam/role.h"

#include <pthread.h>
#include <string.h>

#include "gaon/permissions.h"
#include "runtime/base/memory.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"

enum { PATTERNS_MOST = 40 };

/* A pattern after '!' takes away what an earlier one gave. */
static const struct built_in {
	const char *name, *display_name;
	const char *patterns[PATTERNS_MOST];
} built_ins[] = {
	{ "roles/approver", "Approver",
	  { "request.orders.get", "request.orders.list", "request.orders.approve", "request.orders.preview",
	    "request.approvalPolicies.get", "request.approvalPolicies.list", "request.quotas.get", "request.quotas.list",
	    "catalog.availableProducts.list", "catalog.placements.explain", "lifecycle.deployments.get", "lifecycle.machines.get",
	    "lifecycle.operations.get", "iam.projects.get", "iam.projects.list" } },
	{ "roles/auditor", "Auditor",
	  { "iam.auditEvents.*", "iam.*.get", "iam.*.list", "request.*.get", "request.*.list", "lifecycle.operations.get",
	    "lifecycle.operations.list" } },
	{ "roles/catalog-admin", "Catalog administrator",
	  { "catalog.*", "cost.rateCards.*", "lifecycle.observedResources.*", "lifecycle.operations.get",
	    "lifecycle.operations.list", "iam.projects.get", "iam.projects.list", "iam.tenants.get", "iam.tenants.list" } },
	{ "roles/finance", "Finance",
	  { "cost.*", "lifecycle.machines.get", "lifecycle.machines.list", "iam.projects.get", "iam.projects.list",
	    "iam.tenants.get", "iam.tenants.list" } },
	{ "roles/operator", "Operator",
	  { "lifecycle.*", "*.get", "*.list", "catalog.placements.explain", "!iam.auditEvents.*", "!iam.apiKeys.*" } },
	{ "roles/requester", "Requester",
	  { "request.orders.preview", "request.orders.create", "request.orders.get", "request.orders.list",
	    "request.orders.cancel", "request.quotas.get", "request.quotas.list", "catalog.availableProducts.list",
	    "catalog.placements.explain",
	    "lifecycle.*.get", "lifecycle.*.list", "lifecycle.*.watch", "!lifecycle.observedResources.*",
	    "cost.charges.query", "cost.charges.list", "cost.estimates.get", "iam.projects.get", "iam.projects.list" } },
	{ ROLE_ADMINISTRATOR, "Tenant administrator", { "*" } },
	{ "roles/viewer", "Viewer",
	  { "*.get", "*.list", "*.watch", "cost.charges.query", "!iam.auditEvents.*", "!iam.apiKeys.*" } },
};

enum { BUILT_IN_COUNT = sizeof built_ins / sizeof built_ins[0] };

/* What the built-in roles give, one flag for each row of gaon_permissions: made once, then only read. */
static bool *given[BUILT_IN_COUNT];
static pthread_once_t given_once = PTHREAD_ONCE_INIT;

bool role_pattern_covers(const char *pattern, const char *permission)
{
	const char *star = strchr(pattern, '*');

	if (star == NULL)
		return strcmp(pattern, permission) == 0;

	size_t before = (size_t)(star - pattern), after = strlen(star + 1), size = strlen(permission);

	return size >= before + after + 1 && memcmp(pattern, permission, before) == 0 &&
	       memcmp(star + 1, permission + size - after, after) == 0;
}

static void expand(bool *has, const char *const *patterns, size_t count)
{
	for (size_t p = 0; p < count && patterns[p] != NULL; p++) {
		bool is_taken = patterns[p][0] == '!';

		for (size_t i = 0; i < gaon_permission_count; i++)
			if (role_pattern_covers(patterns[p] + is_taken, gaon_permissions[i].permission))
				has[i] = !is_taken;
	}
}

static void expand_built_ins(void)
{
	for (size_t i = 0; i < BUILT_IN_COUNT; i++) {
		given[i] = MEMORY_ARRAY(gaon_permission_count, bool);
		expand(given[i], built_ins[i].patterns, PATTERNS_MOST);
	}
}

/* What it gives, or NULL when it is no built-in role. */
static const bool *built_in_gives(const char *role)
{
	pthread_once(&given_once, expand_built_ins);
	for (size_t i = 0; i < BUILT_IN_COUNT; i++)
		if (strcmp(built_ins[i].name, role) == 0)
			return given[i];
	return NULL;
}

const struct role *role_built_in_at(struct arena *arena, size_t index)
{
	if (index >= BUILT_IN_COUNT)
		return NULL;

	const bool *has = built_in_gives(built_ins[index].name);
	struct role *role = ARENA_NEW(arena, struct role);

	role->name = built_ins[index].name;
	role->display_name = built_ins[index].display_name;
	role->is_built_in = true;
	role->revision = 1;
	role->permissions = ARENA_ARRAY(arena, gaon_permission_count, const char *);
	for (size_t i = 0; i < gaon_permission_count; i++)
		if (has[i])
			role->permissions[role->permission_count++] = gaon_permissions[i].permission;
	return role;
}

static bool find_permission(const char *permission, size_t *index)
{
	size_t low = 0, high = gaon_permission_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(gaon_permissions[middle].permission, permission);

		if (order == 0) {
			*index = middle;
			return true;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

struct status role_gives(struct store_tx *tx, const char *role, const char *permission, bool *gives)
{
	const bool *has = built_in_gives(role);
	struct role own;
	bool is_found = false;
	size_t index = 0;

	*gives = false;
	if (!find_permission(permission, &index))
		return OK;
	if (has != NULL) {
		*gives = has[index];
		return OK;
	}
	TRY(role_find(tx, role, &own, &is_found));
	for (size_t i = 0; is_found && i < own.permission_count && !*gives; i++)
		*gives = role_pattern_covers(own.permissions[i], permission);
	return OK;
}

struct permission_set permission_set_new(struct arena *arena)
{
	return (struct permission_set){ .has = ARENA_ARRAY(arena, gaon_permission_count, bool) };
}

void permission_set_add_patterns(struct permission_set *set, const char *const *patterns, size_t count)
{
	expand(set->has, patterns, count);
}

struct status permission_set_add_role(struct store_tx *tx, struct permission_set *set, const char *role)
{
	const bool *has = built_in_gives(role);
	struct role own;
	bool is_found = false;

	for (size_t i = 0; has != NULL && i < gaon_permission_count; i++)
		set->has[i] |= has[i];
	if (has != NULL)
		return OK;
	TRY(role_find(tx, role, &own, &is_found));
	if (is_found)
		expand(set->has, own.permissions, own.permission_count);
	return OK;
}

bool permission_set_has(const struct permission_set *set, const char *permission)
{
	size_t index = 0;

	return find_permission(permission, &index) && set->has[index];
}

const char *permission_set_missing(const struct permission_set *set, const struct permission_set *of)
{
	for (size_t i = 0; i < gaon_permission_count; i++)
		if (set->has[i] && !of->has[i])
			return gaon_permissions[i].permission;
	return NULL;
}

static bool is_known(const char *pattern)
{
	const char *star = strchr(pattern, '*');
	size_t dots = 0;

	for (const char *c = pattern; *c; c++)
		dots += *c == '.';
	/* "service.collection.*" only: a wider one would silently take in whatever a later release adds elsewhere. */
	if (star != NULL && (dots != 2 || star[1] != '\0' || star == pattern || star[-1] != '.'))
		return false;
	for (size_t i = 0; i < gaon_permission_count; i++)
		if (role_pattern_covers(pattern, gaon_permissions[i].permission))
			return true;
	return false;
}

struct status role_check_patterns(struct arena *arena, const char *field, const char *const *patterns, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!is_known(patterns[i]))
			return status_invalid_field(arena, arena_printf(arena, "%s[%zu]", field, i),
						    "\"%s\" is no permission; ListPermissions names them all, and"
						    " \"<service>.<collection>.*\" is every verb of a collection",
						    patterns[i]);
	return OK;
}

struct status role_check_permissions(struct arena *arena, const char *field, const char *const *permissions, size_t count)
{
	struct status status = OK;
	size_t index;

	for (size_t i = 0; i < count; i++) {
		if (find_permission(permissions[i], &index))
			continue;
		const char *place = arena_printf(arena, "%s[%zu]", field, i);
		status = status_is_ok(status) ? status_invalid_field(arena, place,
								     "\"%s\" is no permission; ListPermissions names them all",
								     permissions[i]) :
						status_with_field(arena, status, place, "is no permission");
	}
	return status;
}

struct status role_check_bindable(struct store_tx *tx, const char *role, const char *resource)
{
	struct arena *arena = store_arena(tx);
	const char **above = NULL;
	size_t count = 0;
	struct role own;
	bool is_found = false;

	if (built_in_gives(role) != NULL)
		return OK;
	TRY(role_find(tx, role, &own, &is_found));
	if (!is_found)
		return resource_not_found(arena, "Role", role);
	TRY(iam_ancestry(tx, resource_tenant(arena, resource), &above, &count));
	for (size_t i = 0; i < count; i++)
		if (strcmp(above[i], own.tenant) == 0)
			return OK;
	return resource_not_found(arena, "Role", role);
}
