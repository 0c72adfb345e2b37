/* SPDX-License-Identifier: Apache-2.0 */
/* capacity.h: is there room on a connection, as far as anybody knows? */
#ifndef GAON_SERVICES_CATALOG_CAPACITY_H
#define GAON_SERVICES_CATALOG_CAPACITY_H

#include "server/services/catalog/catalog.h"
#include "server/services/catalog/connection_store.h"

struct capacity {
	int64_t machines;      /* of ours that are there */
	int32_t used_permille; /* of the scarcest thing that the cloud limits, with what is asked for; -1: not known */
	const char *shortage;  /* NULL, or what there is not enough of, in words */
};

/** By what the last probe found, and what was made since then. */
MUST_CHECK struct status capacity_look(struct store_tx *tx, const struct connection *connection,
				       const struct catalog_shape *wanted, struct capacity *capacity);

#endif
