/* SPDX-License-Identifier: Apache-2.0 */
/* placement_check.h: whether the placement of a version is sound in itself. */
#ifndef GAON_SERVICES_CATALOG_PLACEMENT_CHECK_H
#define GAON_SERVICES_CATALOG_PLACEMENT_CHECK_H

#include "server/services/catalog/version_store.h"

/** INVALID_FIELD below `field` when a strategy, a rule or a size class is wrong. */
MUST_CHECK struct status placement_check(struct arena *arena, const char *field, const struct version *version);

#endif
