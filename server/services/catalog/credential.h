/* SPDX-License-Identifier: Apache-2.0 */
/* credential.h: credentials at rest: sealed with the tenant's data key, which is sealed with the server's. */
#ifndef GAON_SERVICES_CATALOG_CREDENTIAL_H
#define GAON_SERVICES_CATALOG_CREDENTIAL_H

#include "server/store/store.h"

/** What they are sealed with is bound to: a sealed text that was moved to another row or is an older one does not open. */
struct credential_place {
	const char *tenant, *connection;
	int64_t version;
};

/** In a write transaction: makes the tenant's data key when it has none. */
MUST_CHECK struct status credential_seal(struct store_tx *tx, const struct credential_place *place, struct slice plain,
					 struct slice *sealed);
/** FAILED_PRECONDITION / SEAL_KEY_UNKNOWN, DATA_LOSS / SEAL_BROKEN. `plain` is wiped when the arena goes. */
MUST_CHECK struct status credential_open(struct store_tx *tx, const struct credential_place *place, struct slice sealed,
					 struct slice *plain);

#endif
