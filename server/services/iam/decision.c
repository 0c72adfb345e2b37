/* SPDX-License-Identifier: Apache-2.0 */
/* decision.c: may this principal do that there? */
#include "server/services/iam/decision.h"

#include <string.h>

#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/iam/project_store.h"
#include "server/services/iam/tenant_store.h"

enum { BINDINGS_MOST = 2000 };

/** The length of the first two parts of `name` when the first is `collection`; 0 otherwise. */
static size_t pair_size(const char *name, const char *collection, size_t collection_size)
{
	if (strncmp(name, collection, collection_size) != 0)
		return 0;

	size_t id = strcspn(name + collection_size, "/");

	return id == 0 ? 0 : collection_size + id;
}

struct slice place_container(const char *resource)
{
	size_t tenant = pair_size(resource, "tenants/", 8);
	bool is_any = tenant == 9 && resource[8] == '-';

	if (tenant == 0 || is_any)
		return slice_of("", 0);

	size_t project = pair_size(resource + tenant, "/projects/", 10);

	/* "tenants/acme/projects/-": all of the tenant's, so the right must be held on the tenant. */
	if (project == 11 && resource[tenant + 10] == '-')
		project = 0;
	return slice_of(resource, tenant + project);
}

struct status place_of(struct store_tx *tx, const char *resource, struct place *place)
{
	struct arena *arena = store_arena(tx);
	struct slice container = place_container(text_or_empty(resource));
	const char *name = arena_strndup(arena, container.size > 0 ? container.data : "", container.size);

	*place = (struct place){ .is_root = container.size == 0 };
	if (place->is_root)
		return tenant_root(tx, &place->tenant);
	place->tenant = resource_tenant(arena, name);
	place->project = resource_project(arena, name);
	return OK;
}

struct status place_exists(struct store_tx *tx, const char *resource, bool *exists)
{
	struct place place;

	TRY(place_of(tx, resource, &place));
	TRY(tenant_exists(tx, place.tenant, exists));
	return *exists && place.project != NULL ? project_exists(tx, place.project, exists) : OK;
}

static bool is_live(const struct binding *binding, int64_t now_us)
{
	return now_us < binding->expires_us;
}

/* Is the principal of this tenant, or of one below it? Then it knows of it anyway. */
static struct status belongs(struct store_tx *tx, const struct question *question, const char *tenant, bool *does)
{
	const char **chain = NULL;
	size_t count = 0;

	*does = false;
	if (question->principal_tenant == NULL)
		return OK;
	*does = strcmp(question->principal_tenant, tenant) == 0;
	if (*does)
		return OK;
	TRY(tenant_chain(tx, question->principal_tenant, &chain, &count));
	for (size_t i = 0; i < count; i++)
		*does |= strcmp(chain[i], tenant) == 0;
	return OK;
}

static struct status see(struct store_tx *tx, const struct question *question, const struct place *place, bool holds_any,
			 struct decision *decision)
{
	bool exists = holds_any, does = holds_any;

	/* A binding that reaches here stands on the tenant, above it, or on the project: then the tenant is there. */
	if (!exists)
		TRY(tenant_exists(tx, place->tenant, &exists));
	if (!exists)
		return OK;
	if (!does)
		TRY(belongs(tx, question, place->tenant, &does));
	if (!does)
		TRY(bindings_below(tx, question->principal, place->tenant, question->now_us, &does));
	decision->is_tenant_visible = does || place->is_root;
	if (place->project != NULL && holds_any)
		TRY(project_exists(tx, place->project, &decision->is_project_visible));
	return OK;
}

struct status decide(struct store_tx *tx, const struct question *question, const struct place *place,
		     struct decision *decision)
{
	const char *resource = place->project != NULL ? place->project : place->tenant;
	struct binding *bindings = NULL;
	size_t count = 0;
	bool holds_any = false;
	struct decision made = { .until_us = 0 };

	TRY(bindings_reaching(tx, question->principal, place->tenant, resource, &bindings, &count));
	for (size_t i = 0; i < count; i++) {
		bool gives = false;

		if (!is_live(&bindings[i], question->now_us))
			continue;
		holds_any = true;
		/* The longest lasting of those that give it decides when the answer ends. */
		if (bindings[i].expires_us <= made.until_us)
			continue;
		TRY(role_gives(tx, bindings[i].role, question->permission, &gives));
		if (gives)
			made.until_us = bindings[i].expires_us;
	}
	TRY(see(tx, question, place, holds_any, &made));
	made.is_allowed = made.until_us > 0 && made.is_tenant_visible && (place->project == NULL || made.is_project_visible);
	*decision = made;
	return OK;
}

struct status decide_all(struct store_tx *tx, const char *principal, const char *resource, int64_t now_us,
			 struct permission_set *set)
{
	struct place place;
	struct binding *bindings = NULL;
	size_t count = 0;

	TRY(place_of(tx, resource, &place));
	*set = permission_set_new(store_arena(tx));
	TRY(bindings_reaching(tx, principal, place.tenant, place.project != NULL ? place.project : place.tenant, &bindings,
			      &count));
	for (size_t i = 0; i < count; i++)
		if (is_live(&bindings[i], now_us))
			TRY(permission_set_add_role(tx, set, bindings[i].role));
	return OK;
}

struct status decide_covers(struct store_tx *tx, const struct principal *principal, const char *resource, int64_t now_us,
			    const struct permission_set *set)
{
	struct permission_set own;

	TRY(decide_all(tx, principal->name, resource, now_us, &own));

	const char *missing = permission_set_missing(set, &own);

	if (missing == NULL)
		return OK;
	return status_with_metadata(store_arena(tx),
				    status_fail(store_arena(tx), STATUS_PERMISSION_DENIED, "GRANT_EXCEEDS_OWN",
						"this would give \"%s\" on %s, which you do not hold there yourself; ask"
						" somebody who does",
						missing, resource),
				    "permission", missing);
}

struct status decide_covers_member(struct store_tx *tx, const struct principal *principal, const char *other, int64_t now_us)
{
	struct binding *bindings = NULL;
	size_t count = 0;

	if (text_equal(principal->name, other))
		return OK;
	TRY(bindings_of_member(tx, other, BINDINGS_MOST, &bindings, &count));
	if (count == BINDINGS_MOST)
		return status_fail(store_arena(tx), STATUS_FAILED_PRECONDITION, "TOO_MANY_BINDINGS",
				   "%s holds so many roles that they cannot be compared with yours; remove some bindings first",
				   other);
	for (size_t i = 0; i < count; i++) {
		struct permission_set set = permission_set_new(store_arena(tx));

		if (!is_live(&bindings[i], now_us))
			continue;
		TRY(permission_set_add_role(tx, &set, bindings[i].role));
		TRY(decide_covers(tx, principal, bindings[i].resource, now_us, &set));
	}
	return OK;
}

struct status decide_administrator_left(struct store_tx *tx)
{
	const char *root = NULL;
	int64_t count = 0;

	TRY(tenant_root(tx, &root));
	TRY(bindings_count_holders(tx, root, ROLE_ADMINISTRATOR, &count));
	if (count > 0)
		return OK;
	return status_fail(store_arena(tx), STATUS_FAILED_PRECONDITION, "LAST_ADMINISTRATOR",
			   "nobody could administer %s any more; first give " ROLE_ADMINISTRATOR
			   " there, without an expiry, to another user who can sign in",
			   root);
}

/* ---- what other rooms ask ---- */

struct status iam_allows(struct store_tx *tx, const struct principal *principal, const char *permission,
			 const char *resource, bool *allowed)
{
	const struct question question = { principal->name, principal->tenant, permission, time_now_us() };
	struct place place;
	struct decision decision;

	TRY(place_of(tx, resource, &place));
	TRY(decide(tx, &question, &place, &decision));
	*allowed = decision.is_allowed;
	return OK;
}

struct status iam_holds_role(struct store_tx *tx, const struct principal *principal, const char *role, const char *resource,
			     bool *holds)
{
	int64_t now_us = time_now_us();
	struct place place;
	struct binding *bindings = NULL;
	size_t count = 0;

	TRY(place_of(tx, resource, &place));
	TRY(bindings_reaching(tx, principal->name, place.tenant, place.project != NULL ? place.project : place.tenant,
			      &bindings, &count));
	*holds = false;
	for (size_t i = 0; i < count; i++)
		*holds |= is_live(&bindings[i], now_us) && strcmp(bindings[i].role, role) == 0;
	return OK;
}
