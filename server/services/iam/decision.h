/* SPDX-License-Identifier: Apache-2.0 */
/* decision.h: may this principal do that there? Always from the store: the one place where rights are computed. */
#ifndef GAON_SERVICES_IAM_DECISION_H
#define GAON_SERVICES_IAM_DECISION_H

#include "server/services/iam/policy_store.h"
#include "server/services/iam/role.h"
#include "server/services/iam/room.h"

/** What a resource name lies in. `project` NULL: a tenant's own. */
struct place {
	const char *tenant, *project;
	bool is_root; /* the name was "" or of no tenant: the root of the tree */
};

/** Where rights on `resource` are looked at; reads the root tenant for names that are below no tenant. */
MUST_CHECK struct status place_of(struct store_tx *tx, const char *resource, struct place *place);

/** Is there such a tenant, and such a project? */
MUST_CHECK struct status place_exists(struct store_tx *tx, const char *resource, bool *exists);

/** The part of a resource name that place_of looks at: a prefix of it, so that nothing is copied. Empty: the root. */
struct slice place_container(const char *resource);

struct question {
	const char *principal;
	const char *principal_tenant; /* may be NULL */
	const char *permission;
	int64_t now_us;
};

struct decision {
	bool is_allowed;
	bool is_tenant_visible, is_project_visible; /* false too when there is no such tenant or project */
	int64_t until_us; /* when a "yes" ends by itself */
};

MUST_CHECK struct status decide(struct store_tx *tx, const struct question *question, const struct place *place,
				struct decision *decision);

/** Everything that the principal may do on `resource`. */
MUST_CHECK struct status decide_all(struct store_tx *tx, const char *principal, const char *resource, int64_t now_us,
				    struct permission_set *set);

/** PERMISSION_DENIED / GRANT_EXCEEDS_OWN unless `principal` holds on `resource` all that `set` has. */
MUST_CHECK struct status decide_covers(struct store_tx *tx, const struct principal *principal, const char *resource,
				       int64_t now_us, const struct permission_set *set);
/**
 * The same for everything that `other` (an account or group) holds anywhere: who may act as another, or put somebody into a group,
 * must hold what that gives. Itself always passes.
 */
MUST_CHECK struct status decide_covers_member(struct store_tx *tx, const struct principal *principal, const char *other,
					      int64_t now_us);

/** FAILED_PRECONDITION / LAST_ADMINISTRATOR when the root tenant has no administrator left. Ask after the change. */
MUST_CHECK struct status decide_administrator_left(struct store_tx *tx);

#endif
