/* SPDX-License-Identifier: Apache-2.0 */
/* identity_provider_store.h: the SQL of trusted issuers. */
#ifndef GAON_SERVICES_IAM_IDENTITY_PROVIDER_STORE_H
#define GAON_SERVICES_IAM_IDENTITY_PROVIDER_STORE_H

#include "server/store/store.h"

struct identity_provider {
	const char *name, *tenant, *display_name, *issuer, *audience, *jwks_uri, *subject_claim;
	const char *algorithms; /* "RS256 ES256" */
	const char *jwks;       /* a JWKS document, or "" */
	bool is_disabled;
	int64_t revision, create_us, update_us;
};

/** ALREADY_EXISTS / IDENTITY_PROVIDER_EXISTS. */
MUST_CHECK struct status identity_provider_insert(struct store_tx *tx, const struct identity_provider *provider);
/** NOT_FOUND / IDENTITY_PROVIDER_NOT_FOUND. */
MUST_CHECK struct status identity_provider_find(struct store_tx *tx, const char *name, struct identity_provider *provider);
/** Writes all but name, tenant, issuer; raises the revision in `provider` too. */
MUST_CHECK struct status identity_provider_update(struct store_tx *tx, struct identity_provider *provider);
/** Its users keep their accounts, but not this way in. */
MUST_CHECK struct status identity_provider_delete(struct store_tx *tx, const char *name);
/** Of one tenant after `after`, by name, at most `limit`. */
MUST_CHECK struct status identity_provider_page(struct store_tx *tx, const char *tenant, const char *after, unsigned limit,
						struct identity_provider **providers, size_t *count);
/** Those of any tenant that trust this issuer and are not disabled, by name, at most `limit`. */
MUST_CHECK struct status identity_provider_of_issuer(struct store_tx *tx, const char *issuer, unsigned limit,
						     struct identity_provider **providers, size_t *count);

#endif
