/* SPDX-License-Identifier: Apache-2.0 */
/* placement.h: which of a version's targets can hold what is asked for, and which of them gets it. */
#ifndef GAON_SERVICES_CATALOG_PLACEMENT_H
#define GAON_SERVICES_CATALOG_PLACEMENT_H

#include "runtime/base/json.h"
#include "runtime/base/money.h"
#include "server/services/catalog/capacity.h"
#include "server/services/catalog/connection_store.h"
#include "server/services/catalog/offering.h"
#include "server/services/catalog/version_store.h"

/** What an order asks of a target, by our names; NULL: did not say (for a network: the target's default). */
struct placement_wish {
	const char *size, *image, *network;
	const char *connection;        /* an id or a name; only where the version lets orders choose */
	const char *project;           /* who orders: an image made from a machine is not everybody's; NULL: nobody yet */
	const struct json *parameters; /* all that the order says, as texts, for rules that name one */
	int64_t disk_gib;              /* 0: did not say */
	bool is_change;                /* of a machine that is there: neither rules nor capacity matter any more */
	const char *present;           /* the connection that an earlier plan of the same order chose: it stays while it fits */
};

/** How far a target got. The further, the more it has. */
enum placement_fault {
	PLACEMENT_NOT_CHOSEN, /* the order says another connection */
	PLACEMENT_UNLABELLED, /* it does not bear the labels that the rules ask for */
	PLACEMENT_DISABLED,   /* the connection is switched off, gone, or never became ready */
	PLACEMENT_NO_CREATE,  /* it cannot make machines */
	PLACEMENT_NO_SIZE,
	PLACEMENT_NO_IMAGE,
	PLACEMENT_NO_NETWORK,
	PLACEMENT_SMALL_DISK, /* the image needs more disk than was said */
	PLACEMENT_FULL,       /* its cloud's limits leave no room, as far as is known */
	PLACEMENT_FITS,
};

struct placement {
	enum placement_fault fault;
	struct connection connection;
	struct offering size, image, network; /* as far as it got; network.id NULL: none was asked for */
	const char *network_wish;	      /* with PLACEMENT_NO_NETWORK: its name */
	const char *obstacle;                 /* with UNLABELLED, SMALL_DISK, FULL: in words */
	const char *parameter;                /* with UNLABELLED: the parameter that asked for it, or NULL */
	const struct target *target;
	const char *rate_card;
	int64_t disk_gib, least_disk_gib;
	struct capacity capacity;             /* once it has size and image */
	struct catalog_price price;           /* likewise; currency NULL: none */
	unsigned rank;                        /* 1: it gets it; 0: it does not fit */
};

/** All targets: those that fit by rank, then the others in their order. */
MUST_CHECK struct status placement_rank(struct store_tx *tx, const struct version *version, const struct placement_wish *wish,
					struct placement **all, size_t *count);
/**
 * The target that gets it: the one that an earlier plan chose, while it fits, else the first by rank; else the one that got furthest.
 * Without targets: PLACEMENT_DISABLED. `why` tells what decided, NULL when nothing had to.
 */
MUST_CHECK struct status placement_choose(struct store_tx *tx, const struct version *version,
					  const struct placement_wish *wish, struct placement *placement, const char **why);

/**
 * Why nothing that the parameters allow can be placed on any target now, NULL when something can. One sentence.
 */
MUST_CHECK struct status placement_obstacle(struct store_tx *tx, const struct version *version, const char **obstacle);

/** Is the connection there, ready, switched on, and able to make machines? Fills placement->connection and fault. */
MUST_CHECK struct status placement_look(struct store_tx *tx, const char *connection, struct placement *placement);
/** As placement_look, then how far the target gets with a wish. */
MUST_CHECK struct status placement_try(struct store_tx *tx, const struct version *version, const struct target *target,
				       const struct placement_wish *wish, struct placement *placement);

/** "SIZE_UNKNOWN": stable, for the wire. "" for one that fits. */
const char *placement_reason(enum placement_fault fault);

#endif
