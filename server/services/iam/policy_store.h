/* SPDX-License-Identifier: Apache-2.0 */
/* policy_store.h: the SQL of bindings: who holds which role where, and until when. */
#ifndef GAON_SERVICES_IAM_POLICY_STORE_H
#define GAON_SERVICES_IAM_POLICY_STORE_H

#include "server/store/store.h"

struct binding {
	const char *resource, *role, *member;
	int64_t expires_us; /* INT64_MAX: never */
};

/** 0: there is none yet. */
MUST_CHECK struct status iam_policy_revision(struct store_tx *tx, const char *resource, int64_t *revision);
/** Raises the revision (1 for a new policy). */
MUST_CHECK struct status iam_policy_touch(struct store_tx *tx, const char *resource, const char *tenant, int64_t *revision);
/** With its bindings. */
MUST_CHECK struct status iam_policy_delete(struct store_tx *tx, const char *resource);

MUST_CHECK struct status binding_insert(struct store_tx *tx, const struct binding *binding);
MUST_CHECK struct status binding_delete(struct store_tx *tx, const struct binding *binding);
MUST_CHECK struct status binding_update(struct store_tx *tx, const struct binding *binding);

/** All bindings of one resource, by role, expiry, member. */
MUST_CHECK struct status bindings_of_resource(struct store_tx *tx, const char *resource, struct binding **bindings,
					      size_t *count);
/**
 * What `principal`, itself and through groups, holds on `resource` (a project or tenant) and on `tenant` and every tenant above it.
 * Expired ones too: the caller has the clock.
 */
MUST_CHECK struct status bindings_reaching(struct store_tx *tx, const char *principal, const char *tenant,
					   const char *resource, struct binding **bindings, size_t *count);
/** What `principal` holds anywhere, by resource and role, at most `limit`. */
MUST_CHECK struct status bindings_of_member(struct store_tx *tx, const char *principal, unsigned limit,
					    struct binding **bindings, size_t *count);
/** Does it hold anything, not expired at `now_us`, on a project of `tenant` or in a tenant below it? */
MUST_CHECK struct status bindings_below(struct store_tx *tx, const char *principal, const char *tenant, int64_t now_us,
					bool *has);

/**
 * People who hold `role` on `resource` itself for good, are not disabled, and have a way in (a key that does not expire, or a
 * subject at an identity provider that is not disabled).
 */
MUST_CHECK struct status bindings_count_holders(struct store_tx *tx, const char *resource, const char *role, int64_t *count);

#endif
