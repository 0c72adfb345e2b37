/* SPDX-License-Identifier: Apache-2.0 */
/* tenant_store.h: the SQL of tenants. */
#ifndef GAON_SERVICES_IAM_TENANT_STORE_H
#define GAON_SERVICES_IAM_TENANT_STORE_H

#include "server/store/store.h"

struct tenant {
	const char *name, *parent, *display_name; /* parent NULL: the root */
	const char *labels;                       /* a JSON object */
	int64_t revision, create_us, update_us;
};

/** ALREADY_EXISTS / TENANT_EXISTS. */
MUST_CHECK struct status tenant_insert(struct store_tx *tx, const struct tenant *tenant);
/** NOT_FOUND / TENANT_NOT_FOUND. */
MUST_CHECK struct status tenant_find(struct store_tx *tx, const char *name, struct tenant *tenant);
MUST_CHECK struct status tenant_exists(struct store_tx *tx, const char *name, bool *exists);
/** Writes display_name, labels, update_us; raises the revision in `tenant` too. */
MUST_CHECK struct status tenant_update(struct store_tx *tx, struct tenant *tenant);
MUST_CHECK struct status tenant_delete(struct store_tx *tx, const char *name);
/** Is there a tenant, project, account, group, role or identity provider in it? */
MUST_CHECK struct status tenant_has_content(struct store_tx *tx, const char *name, bool *has);
/** `root` and all tenants below it, after `after`, by name, at most `limit`. */
MUST_CHECK struct status tenant_page(struct store_tx *tx, const char *root, const char *after, unsigned limit,
				     struct tenant **tenants, size_t *count);
/** The tenant and those above it, nearest first; none when it is not there. */
MUST_CHECK struct status tenant_chain(struct store_tx *tx, const char *name, const char ***tenants, size_t *count);

MUST_CHECK struct status tenant_root(struct store_tx *tx, const char **root); /* "" before bootstrap */
MUST_CHECK struct status tenant_set_root(struct store_tx *tx, const char *root);

#endif
