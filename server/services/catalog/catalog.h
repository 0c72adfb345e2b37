/* SPDX-License-Identifier: Apache-2.0 */
/* catalog.h: what other rooms may ask of the catalog: a connection, a version, what an order's parameters mean. */
#ifndef GAON_SERVICES_CATALOG_CATALOG_H
#define GAON_SERVICES_CATALOG_CATALOG_H

#include <stdbool.h>
#include <stdint.h>

#include "providers/provider.h"
#include "runtime/base/arena.h"
#include "runtime/base/json.h"
#include "runtime/base/money.h"
#include "runtime/base/status.h"
#include "server/engine/engine.h"
#include "server/store/store.h"

struct session_cache; /* server/engine/session.h */

struct catalog_options {
	struct store *store;
	struct engine *engine;
	struct session_cache *sessions;
	struct slice sealing_key;   /* 32 bytes: the key-encryption key for credentials */
	const char *installation;   /* id of this Gaon, for tags */
};

/** Once at start, before engine_start: registers the connection-probe workflows and remembers the options. */
MUST_CHECK struct status catalog_prepare(struct arena *arena, const struct catalog_options *options);

struct catalog_connection {
	const char *name, *provider, *endpoint, *region;
	bool is_ready, is_disabled;
	int32_t concurrency, rate_per_second;
	int64_t revision; /* grows with each change of settings or credentials: what session caches key on */
	int64_t created_us;
};
/** NOT_FOUND / CONNECTION_NOT_FOUND. */
MUST_CHECK struct status catalog_connection_get(struct store_tx *tx, const char *name, struct catalog_connection *connection);

/** Names of connections that are READY, at most `most`. */
MUST_CHECK struct status catalog_ready_connections(struct store_tx *tx, unsigned most, const char ***names, size_t *count);

/** Everything that provider.open needs, credentials unsealed; in the arena. Own transaction; call it from a worker. */
MUST_CHECK struct status catalog_connection_config(struct arena *arena, const char *name, struct provider_config *config);

/**
 * An open session on a connection from a worker thread: FAILED_PRECONDITION / CONNECTION_DISABLED, or the provider's own
 * failure in `result` (with a NULL session). Give it back with session_release.
 */
MUST_CHECK struct status catalog_session(struct provider_call *call, const char *connection, const struct provider **provider,
					 struct provider_session **session, struct provider_result *result);
void catalog_session_release(struct provider_session *session);

/**
 * A secret that a later room keeps, sealed with the tenant's data key and bound to the name of what it belongs to; in a write
 * transaction. What is opened is wiped when the arena goes.
 */
MUST_CHECK struct status catalog_secret_seal(struct store_tx *tx, const char *tenant, const char *name, struct slice plain,
					     struct slice *sealed);
MUST_CHECK struct status catalog_secret_open(struct store_tx *tx, const char *tenant, const char *name, struct slice sealed,
					     struct slice *plain);

/** Can this connection do the verb, by its last probe? FAILED_PRECONDITION / VERB_UNSUPPORTED with the provider's note. */
MUST_CHECK struct status catalog_verb_check(struct store_tx *tx, const char *connection, enum provider_verb verb);

/** A size of a connection by its catalog name ("small"). INVALID_ARGUMENT / SIZE_UNKNOWN. */
MUST_CHECK struct status catalog_size_get(struct store_tx *tx, const char *connection, const char *size,
					  struct provider_size *found);

/** What `word` means for a machine of this version there, as an order's would: the catalog name of a size. SIZE_UNKNOWN. */
MUST_CHECK struct status catalog_size_of_word(struct store_tx *tx, const char *product_version, const char *connection,
					      const char *word, const char **size);

/** What a connection offers, by number as gaon.catalog.v1 lists them. */
enum catalog_offering { CATALOG_SIZE = 1, CATALOG_IMAGE = 2, CATALOG_NETWORK = 3 };
/** Our name of what the cloud calls `native_id`; "": the last probe found no such thing. */
MUST_CHECK struct status catalog_name_of(struct store_tx *tx, const char *connection, enum catalog_offering kind,
					 const char *native_id, const char **name);

/** What is wrong with a name for a machine, ordered or changed: "must be …"; NULL: nothing. */
const char *catalog_machine_name_misfit(const char *name);

/**
 * An image that was made on a connection, under a name of ours from now on, as the next probe would find it. `*name`: what orders
 * call it.
 */
MUST_CHECK struct status catalog_offer_image(struct store_tx *tx, const char *connection, const struct provider_image *image,
					     const char **name);
/** It is gone there: no longer offered. */
MUST_CHECK struct status catalog_withdraw_image(struct store_tx *tx, const char *connection, const char *native_id);

/** One thing that is wrong with an order: becomes a Blocker. A list. */
struct catalog_problem {
	const char *reason, *field, *message; /* field relative to the item: "parameters.size" */
	struct catalog_problem *next;
};

/** What an ADD item means, all resolved. */
struct catalog_choice {
	const char *product, *product_version, *version_digest, *product_kind;
	const char *connection, *provider;
	const char *size, *size_native, *image, *image_native, *network, *network_native; /* network may be NULL */
	int32_t vcpus;
	int64_t memory_mib, disk_gib;
	const char *display_name;          /* parameter "name" */
	const char *ssh_key, *user_data;   /* or NULL */
	int32_t lease_days;                /* 0: endless */
	const char *rate_card;
	const struct json *parameters;     /* all, defaults filled in, canonical */
	const char *placement;             /* why there, "the cheapest of 3 that fit"; NULL: there was nothing to choose */
};

/** What an order wants resolved. */
struct catalog_wish {
	const char *product; /* a product or version name */
	const struct json *parameters;
	const char *present; /* the connection that an earlier plan of the same order chose: it stays while it fits; or NULL */
};

/**
 * Resolves a product (its newest published version) or a version for a project: grant, parameters against their types and
 * the targets' labels, sizes, images, networks and room. Problems are collected, not failed; `*problems` NULL: all is well. A product that
 * the project may not order is the problem PRODUCT_NOT_FOUND.
 */
MUST_CHECK struct status catalog_resolve(struct store_tx *tx, const char *project, const struct catalog_wish *wish,
					 struct catalog_choice *choice, struct catalog_problem **problems);

/** What a machine that exists was made of. */
struct catalog_existing {
	const char *product_version, *connection;
	int64_t disk_gib;
};

/**
 * As catalog_resolve, for a machine that exists: of exactly this version, also when it was retired or its grant taken back; on
 * exactly this connection, also when it is no target any more; with the disk that it has. A size, image or network that is gone
 * is a problem.
 */
MUST_CHECK struct status catalog_resolve_change(struct store_tx *tx, const struct catalog_existing *existing,
						const struct json *parameters, struct catalog_choice *choice,
						struct catalog_problem **problems);

/**
 * The version that a project would order as `product` (a product or version name), and its rate card. NOT_FOUND /
 * PRODUCT_NOT_FOUND when the project may not order it; FAILED_PRECONDITION / VERSION_NOT_PUBLISHED.
 */
MUST_CHECK struct status catalog_version_on_sale(struct store_tx *tx, const char *project, const char *product,
						 const char **product_version, const char **rate_card);

/** Longest lease of a version in days; 0: no limit. */
MUST_CHECK struct status catalog_version_lease(struct store_tx *tx, const char *product_version, int32_t *max_lease_days);

/** Later rooms say what they hold of the catalog, so that it refuses to delete what is in use. `name`: a connection or product. */
typedef struct status (*catalog_uses)(struct store_tx *tx, const char *name, bool *uses);
void catalog_register_user(catalog_uses uses);

/** Does any product version name this rate card? */
MUST_CHECK struct status catalog_rate_card_used(struct store_tx *tx, const char *rate_card, bool *is_used);

/**
 * Cost says how to look at a rate card, because it comes after the catalog: *currency NULL: there is no such card. Until it
 * did, a version's rate card is only checked for its shape, and no currency is shown.
 */
typedef struct status (*catalog_rate_card_look)(struct store_tx *tx, const char *rate_card, const char **currency);
void catalog_register_rate_cards(catalog_rate_card_look look);

struct catalog_shape {
	int32_t vcpus;
	int64_t memory_mib, disk_gib;
};
struct catalog_price {
	const char *currency; /* NULL: there is no price */
	struct amount hourly;
};
/** Cost says likewise what a machine costs an hour, now: what the cheapest target is told by. */
typedef struct status (*catalog_price_look)(struct store_tx *tx, const char *rate_card, const struct catalog_shape *shape,
					    struct catalog_price *price);
void catalog_register_prices(catalog_price_look look);

/** How many machines are on a connection, and what of them came after a time. */
struct catalog_load {
	int64_t machines, new_machines;
	struct {
		int64_t vcpus, memory_mib, disk_gib;
	} new_shape;
};
/** Lifecycle says what is where: what the least used target is told by. */
typedef struct status (*catalog_load_look)(struct store_tx *tx, const char *connection, int64_t since_us,
					   struct catalog_load *load);
void catalog_register_loads(catalog_load_look look);

/** An image of a connection, and the project that would order from it. */
struct catalog_image_use {
	const char *connection, *native_id, *project;
};
/** Lifecycle says whether it may: what is in an image made from a machine is its tenant's, and of those below it. */
typedef struct status (*catalog_image_look)(struct store_tx *tx, const struct catalog_image_use *use, bool *may);
void catalog_register_images(catalog_image_look look);

extern const struct migration catalog_migrations[];
extern const size_t catalog_migration_count;

#endif
