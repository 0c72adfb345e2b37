/* SPDX-License-Identifier: Apache-2.0 */
/* resolve.h: what resolution shows of its inside to this room. */
#ifndef GAON_SERVICES_CATALOG_RESOLVE_H
#define GAON_SERVICES_CATALOG_RESOLVE_H

#include "server/services/catalog/catalog.h"
#include "server/services/catalog/placement.h"

struct explanation {
	struct version version;
	struct placement *placements; /* as placement_rank gives them */
	size_t count;
};
/** As catalog_resolve, but all targets; a parameter that is wrong fails with its field, one that is not said is not asked for. */
MUST_CHECK struct status resolve_explain(struct store_tx *tx, const char *project, const struct catalog_wish *wish,
					 struct explanation *explanation);

#endif
