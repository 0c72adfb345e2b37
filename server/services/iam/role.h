/* SPDX-License-Identifier: Apache-2.0 */
/* role.h: named sets of permissions: the built-in ones, a table; the tenants' own, rows. */
#ifndef GAON_SERVICES_IAM_ROLE_H
#define GAON_SERVICES_IAM_ROLE_H

#include "server/services/iam/role_store.h"
#include "server/services/iam/room.h"

#define ROLE_ADMINISTRATOR "roles/tenant-admin"

/** The built-in roles, by name; NULL past the last. */
const struct role *role_built_in_at(struct arena *arena, size_t index);

/** Does a pattern ("lifecycle.machines.start", "lifecycle.machines.*", "*.get", "*") cover the permission? */
bool role_pattern_covers(const char *pattern, const char *permission);

/** Does the role give the permission? A role that is gone gives nothing. */
MUST_CHECK struct status role_gives(struct store_tx *tx, const char *role, const char *permission, bool *gives);

/** A set of permissions: one flag for each row of gaon_permissions. */
struct permission_set {
	bool *has;
};
struct permission_set permission_set_new(struct arena *arena);
/** Adds all that the role gives. */
MUST_CHECK struct status permission_set_add_role(struct store_tx *tx, struct permission_set *set, const char *role);
void permission_set_add_patterns(struct permission_set *set, const char *const *patterns, size_t count);
/** False for what is no permission at all. */
bool permission_set_has(const struct permission_set *set, const char *permission);
/** The first permission of `set` that `of` lacks, or NULL. */
const char *permission_set_missing(const struct permission_set *set, const struct permission_set *of);

/** Each pattern must be a permission that exists, or "<service>.<collection>.*". Fails INVALID_FIELD. */
MUST_CHECK struct status role_check_patterns(struct arena *arena, const char *field, const char *const *patterns, size_t count);

/** Each must be a permission that exists, no pattern. Fails INVALID_FIELD with a violation for each that is not. */
MUST_CHECK struct status role_check_permissions(struct arena *arena, const char *field, const char *const *permissions,
						size_t count);

/** NOT_FOUND / ROLE_NOT_FOUND unless the role is built in or a row that may be bound on `resource` (of its tenant or above it). */
MUST_CHECK struct status role_check_bindable(struct store_tx *tx, const char *role, const char *resource);

#endif
