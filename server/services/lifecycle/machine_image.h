/* SPDX-License-Identifier: Apache-2.0 */
/* machine_image.h: an image made from a machine: its row, its states, and what may be done to it. */
#ifndef GAON_SERVICES_LIFECYCLE_MACHINE_IMAGE_H
#define GAON_SERVICES_LIFECYCLE_MACHINE_IMAGE_H

#include "server/engine/engine.h"
#include "server/services/catalog/catalog.h"
#include "server/services/lifecycle/machine.h"
#include "server/store/store.h"

/** gaon.lifecycle.v1.MachineImageState by number. */
enum machine_image_state {
	MACHINE_IMAGE_CREATING = 1,
	MACHINE_IMAGE_READY,
	MACHINE_IMAGE_DELETING,
	MACHINE_IMAGE_DELETED,
	MACHINE_IMAGE_FAILED,
};

struct machine_image {
	const char *name, *tenant, *project, *display_name;
	enum machine_image_state state;
	const char *state_message;
	const char *machine; /* that it was made from; it may be gone */
	const char *connection, *native_id;
	const char *image; /* its name among the connection's offerings; "": not offered */
	const char *os, *architecture;
	const char *product_version, *rate_card; /* of the machine: what it is metered by */
	int64_t size_gib;  /* as the cloud says; 0: it does not, and it is not metered */
	int64_t quota_gib; /* what it counts */
	const char *owner, *operation;
	int64_t metered_us; /* metered up to here; 0: not metered */
	int64_t revision, created_us, updated_us;
};

/* machine_image_store.c */
MUST_CHECK struct status machine_image_insert(struct store_tx *tx, const struct machine_image *image);
/** Everything but the key; the revision grows, the change feed hears of it. */
MUST_CHECK struct status machine_image_update(struct store_tx *tx, struct machine_image *image);
/** NOT_FOUND / MACHINE_IMAGE_NOT_FOUND. Deleted ones are found too. */
MUST_CHECK struct status machine_image_get(struct store_tx *tx, const char *name, struct machine_image *image);
struct machine_image_query {
	const char *project, *machine; /* machine "": any */
	const char *after;
	unsigned most;
	bool show_deleted;
};
/** By name. */
MUST_CHECK struct status machine_image_list(struct store_tx *tx, const struct machine_image_query *query,
					    struct machine_image **images, size_t *count);
/** By the cloud's id, one that is not gone. */
MUST_CHECK struct status machine_image_of_native(struct store_tx *tx, const char *connection, const char *native_id,
						 struct machine_image *image, bool *is_found);
MUST_CHECK struct status machine_images_unmetered(struct store_tx *tx, int64_t before_us, unsigned most,
						  struct machine_image **images, size_t *count);
/** Only how far it is metered: no revision, no event. */
MUST_CHECK struct status machine_image_set_metered(struct store_tx *tx, const char *name, int64_t metered_us);
/** Does a project, tenant or connection still have one? */
MUST_CHECK struct status machine_images_exist(struct store_tx *tx, const char *name, bool *do_exist);

/* machine_image.c: the rules */

/** Is it there, as far as we know? False for DELETED and FAILED ones that never came to be. */
bool machine_image_exists(const struct machine_image *image);
/**
 * Begins to make `image`, whose row is new, from a machine, which is locked meanwhile. Takes the machine's disk from the quota.
 * FAILED_PRECONDITION / MACHINE_BUSY, MACHINE_STATE, VERB_UNSUPPORTED, QUOTA_EXCEEDED. `id` is the operation's.
 */
MUST_CHECK struct status machine_image_begin_create(struct store_tx *tx, struct machine_image *image, struct machine *machine,
						    bool may_stop, const char **id);
/** FAILED_PRECONDITION / MACHINE_IMAGE_BUSY, MACHINE_IMAGE_STATE, VERB_UNSUPPORTED. */
MUST_CHECK struct status machine_image_begin_delete(struct store_tx *tx, struct machine_image *image, const char *requested_by,
						    int64_t now_us, const char **id);
/** Meters up to now. */
MUST_CHECK struct status machine_image_meter(struct store_tx *tx, struct machine_image *image, int64_t now_us);
/** Frees the image and its machine from the operation; what was not made gives back its quota; audits the end. */
MUST_CHECK struct status machine_image_settle(struct store_tx *tx, const struct operation *operation);
/** For catalog: may a project order from it? What is in it is its tenant's, and of the tenants below. */
MUST_CHECK struct status machine_image_may_use(struct store_tx *tx, const struct catalog_image_use *use, bool *may);

#endif
