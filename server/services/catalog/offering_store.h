/* SPDX-License-Identifier: Apache-2.0 */
/* offering_store.h: what only offering.c needs of the table offering. */
#ifndef GAON_SERVICES_CATALOG_OFFERING_STORE_H
#define GAON_SERVICES_CATALOG_OFFERING_STORE_H

#include "server/services/catalog/offering.h"

/** The id of a native id in the generation that is in use, or NULL. */
MUST_CHECK struct status offering_present_id(struct store_tx *tx, const char *connection, enum offering_kind kind,
					     const char *native_id, const char **id);
/** Is offering->id that of another native id, in the generation in use or in this new one? */
MUST_CHECK struct status offering_id_is_taken(struct store_tx *tx, const char *connection, int64_t generation,
					      const struct offering *offering, bool *is_taken);
MUST_CHECK struct status offering_insert(struct store_tx *tx, const char *connection, int64_t generation,
					 const struct offering *offering);

#endif
