/* SPDX-License-Identifier: Apache-2.0 */
/* placement.h: which of a version's targets can hold what is asked for. */
#ifndef GAON_SERVICES_CATALOG_PLACEMENT_H
#define GAON_SERVICES_CATALOG_PLACEMENT_H

#include "server/services/catalog/connection_store.h"
#include "server/services/catalog/offering.h"
#include "server/services/catalog/version_store.h"

/** What an order asks of a target, by our names; NULL: did not say (for a network: the target's default). */
struct placement_wish {
	const char *size, *image, *network;
};

/** How far a target got. The further, the more it has. */
enum placement_fault {
	PLACEMENT_DISABLED,  /* the connection is switched off, gone, or never became ready */
	PLACEMENT_NO_CREATE, /* it cannot make machines */
	PLACEMENT_NO_SIZE,
	PLACEMENT_NO_IMAGE,
	PLACEMENT_NO_NETWORK,
	PLACEMENT_FITS,
};

struct placement {
	enum placement_fault fault;
	struct connection connection;
	struct offering size, image, network; /* as far as it got; network.id NULL: none was asked for */
	const char *network_wish;	      /* with PLACEMENT_NO_NETWORK: its name */
};

/** The first target, in order, that fits; else the one that got furthest. Without targets: PLACEMENT_DISABLED. */
MUST_CHECK struct status placement_choose(struct store_tx *tx, const struct version *version,
					  const struct placement_wish *wish, struct placement *placement);

/**
 * Why nothing that the parameters allow can be placed on any target now, NULL when something can. One sentence.
 */
MUST_CHECK struct status placement_obstacle(struct store_tx *tx, const struct version *version, const char **obstacle);

/** Is the connection there, ready, switched on, and able to make machines? Fills placement->connection and fault. */
MUST_CHECK struct status placement_look(struct store_tx *tx, const char *connection, struct placement *placement);

#endif
