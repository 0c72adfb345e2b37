/* SPDX-License-Identifier: Apache-2.0 */
/* version_store.h: the tables product_version and version_target. */
#ifndef GAON_SERVICES_CATALOG_VERSION_STORE_H
#define GAON_SERVICES_CATALOG_VERSION_STORE_H

#include "server/services/catalog/parameter.h"
#include "server/store/store.h"

/** gaon.catalog.v1.ProductVersionState by number. */
enum version_state { VERSION_DRAFT = 1, VERSION_PUBLISHED = 2, VERSION_RETIRED = 3 };

struct target {
	const char *connection, *default_network; /* default_network "": none */
	const char *rate_card;                    /* "": the version's */
};

/** gaon.catalog.v1.PlacementStrategy by number; 0 is in order too. */
enum placement_strategy { PLACEMENT_IN_ORDER = 1, PLACEMENT_CHEAPEST, PLACEMENT_LEAST_USED };

/** A label that a connection must bear. */
struct placement_rule {
	const char *label;
	const char **values; /* any of them; none: whatever it is */
	size_t value_count;
	const char *parameter; /* whose value it must be, when the order says one; "": none */
};

/** What a word for a size means where there is no alias for it. */
struct size_class {
	const char *name;
	int32_t least_vcpus;
	int64_t least_memory_mib;
};

struct version {
	const char *name, *product;
	int64_t number;
	enum version_state state;
	struct parameter *parameters;
	size_t parameter_count;
	struct target *targets;
	size_t target_count;
	enum placement_strategy strategy;
	struct placement_rule *rules;
	size_t rule_count;
	bool is_choosable; /* an order may say which connection */
	bool needs_room;   /* what seems full is out, not only last */
	struct size_class *sizes;
	size_t size_count;
	const char *rate_card;
	int32_t default_lease_days, max_lease_days;
	const char *release_notes, *digest;
	int64_t published_us, revision, created_us, updated_us;
};

/** NOT_FOUND / PRODUCT_VERSION_NOT_FOUND. */
MUST_CHECK struct status version_get(struct store_tx *tx, const char *name, struct version *version);
MUST_CHECK struct status version_find(struct store_tx *tx, const char *name, struct version *version, bool *is_found);
/** Newest first; `before` is the number after which the page goes on, 0: from the newest on. */
MUST_CHECK struct status version_list(struct store_tx *tx, const char *product, int64_t before, unsigned most,
				      struct version **versions, size_t *count);
/** Gives it the next number and with it its name. */
MUST_CHECK struct status version_insert(struct store_tx *tx, struct version *version);
/** Writes everything; counts the revision up in `version` too. */
MUST_CHECK struct status version_update(struct store_tx *tx, struct version *version);

/** Parameters, targets, placement and sizes, canonical: what is stored, and what the digest is taken over. */
const char *version_content(struct arena *arena, const struct version *version);
MUST_CHECK struct status version_read_content(struct arena *arena, const char *text, struct version *version);

#endif
