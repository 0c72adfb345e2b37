/* SPDX-License-Identifier: Apache-2.0 */
/* version.h: a version is a draft, then published and immutable, then retired. */
#ifndef GAON_SERVICES_CATALOG_VERSION_H
#define GAON_SERVICES_CATALOG_VERSION_H

#include "server/services/catalog/version_store.h"

/**
 * Is it sound in itself: parameters, targets (connections of the product's tenant or of one below it, no one twice), the
 * rate card's name (of the tenant or one above it), lease bounds. INVALID_ARGUMENT / INVALID_FIELD with the field.
 */
MUST_CHECK struct status version_check(struct store_tx *tx, const char *tenant, const struct version *version);

/**
 * Could it be ordered? At least one target is ready and has a size and an image that the parameters allow; the rate card
 * exists. FAILED_PRECONDITION / VERSION_INCOMPLETE; each thing that is missing is a field detail.
 */
MUST_CHECK struct status version_check_complete(struct store_tx *tx, const struct version *version);

/** From `from` to `to`, if the table of moves allows it: else FAILED_PRECONDITION / VERSION_IMMUTABLE or VERSION_NOT_PUBLISHED. */
MUST_CHECK struct status version_move(struct arena *arena, struct version *version, enum version_state to);

/** SHA-256 over what is ordered: name, content, rate card, lease. */
const char *version_digest(struct arena *arena, const struct version *version);

#endif
