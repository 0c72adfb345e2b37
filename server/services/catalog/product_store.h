/* SPDX-License-Identifier: Apache-2.0 */
/* product_store.h: the tables product and product_grant. */
#ifndef GAON_SERVICES_CATALOG_PRODUCT_STORE_H
#define GAON_SERVICES_CATALOG_PRODUCT_STORE_H

#include "server/store/store.h"

struct product {
	const char *name, *tenant, *display_name, *description, *kind;
	const char *labels;	       /* a JSON object */
	const char *published_version; /* the newest; "": none */
	int64_t revision, created_us, updated_us;
};

/** NOT_FOUND / PRODUCT_NOT_FOUND. */
MUST_CHECK struct status product_get(struct store_tx *tx, const char *name, struct product *product);
MUST_CHECK struct status product_find(struct store_tx *tx, const char *name, struct product *product, bool *is_found);
MUST_CHECK struct status product_list(struct store_tx *tx, const char *tenant, const char *after, unsigned most,
				      struct product **products, size_t *count);
/** ALREADY_EXISTS / PRODUCT_EXISTS. */
MUST_CHECK struct status product_insert(struct store_tx *tx, const struct product *product);
/** Writes display_name, description, labels; counts the revision up in `product` too. */
MUST_CHECK struct status product_update(struct store_tx *tx, struct product *product);
/** With its versions and grants. */
MUST_CHECK struct status product_delete(struct store_tx *tx, const char *name);
MUST_CHECK struct status product_of_tenant(struct store_tx *tx, const char *tenant, bool *has_any);

struct grant {
	const char *product, *tenant;
	int64_t created_us;
};
/** ALREADY_EXISTS / GRANT_EXISTS. */
MUST_CHECK struct status grant_insert(struct store_tx *tx, const struct grant *grant);
MUST_CHECK struct status grant_list(struct store_tx *tx, const char *product, const char *after, unsigned most,
				    struct grant **grants, size_t *count);
/** *is_found false: there was none. */
MUST_CHECK struct status grant_delete(struct store_tx *tx, const char *product, const char *tenant, bool *is_found);

/** Who may order: a tenant with those above it, nearest first. */
struct lineage {
	const char **tenants;
	size_t count;
};
/** Products with a published version that one of `lineage` owns or was granted, by name. */
MUST_CHECK struct status product_list_available(struct store_tx *tx, const struct lineage *lineage, const char *after,
						unsigned most, struct product **products, size_t *count);
MUST_CHECK struct status product_is_available(struct store_tx *tx, const struct lineage *lineage,
					      const struct product *product, bool *is_available);

#endif
