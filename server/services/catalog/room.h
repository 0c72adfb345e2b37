/* SPDX-License-Identifier: Apache-2.0 */
/* room.h: what the files of this room share: what they were given at the start. */
#ifndef GAON_SERVICES_CATALOG_ROOM_H
#define GAON_SERVICES_CATALOG_ROOM_H

#include "runtime/crypto/seal.h"
#include "server/services/catalog/catalog.h"

/** Set once by catalog_prepare, before any thread; only read afterwards. */
struct catalog_room {
	struct store *store;
	struct engine *engine;
	struct session_cache *sessions;
	struct seal_ring *ring;
	const char *installation;
};
extern struct catalog_room catalog_room;

/** The workflow of the kind "connection-probe-2" (probe.c), and the one that operations of an earlier version go on with. */
extern const struct workflow probe_workflow, probe_1_workflow;
#define PROBE_KIND "connection-probe-2"

/** Does a later room hold this connection or product? */
MUST_CHECK struct status catalog_used(struct store_tx *tx, const char *name, bool *is_used);
/** Looks at a rate card where cost is there: *is_known false when it is not. *currency NULL: there is no such card. */
MUST_CHECK struct status catalog_look_at_rate_card(struct store_tx *tx, const char *rate_card, bool *is_known,
						   const char **currency);
/** What it costs an hour, where cost is there and has a price; what is on a connection, where lifecycle is there. */
MUST_CHECK struct status catalog_look_at_price(struct store_tx *tx, const char *rate_card, const struct catalog_shape *shape,
					       struct catalog_price *price);
MUST_CHECK struct status catalog_look_at_load(struct store_tx *tx, const char *connection, int64_t since_us,
					      struct catalog_load *load);
/** May a project order from an image? Where lifecycle is not there, or no project asks, it may. */
MUST_CHECK struct status catalog_look_at_image(struct store_tx *tx, const struct catalog_image_use *use, bool *may);

#endif
