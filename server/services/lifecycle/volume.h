/* SPDX-License-Identifier: Apache-2.0 */
/* volume.h: a disk that lives apart from machines: its row, its states, and what may be done to it. */
#ifndef GAON_SERVICES_LIFECYCLE_VOLUME_H
#define GAON_SERVICES_LIFECYCLE_VOLUME_H

#include "providers/volume.h"
#include "server/engine/engine.h"
#include "server/services/lifecycle/machine.h"
#include "server/store/store.h"

/** gaon.lifecycle.v1.VolumeState by number. */
enum volume_state {
	VOLUME_CREATING = 1,
	VOLUME_AVAILABLE,
	VOLUME_ATTACHED,
	VOLUME_UPDATING,
	VOLUME_DELETING,
	VOLUME_DELETED,
	VOLUME_FAILED,
};

struct volume {
	const char *name, *tenant, *project, *display_name;
	enum volume_state state;
	const char *state_message;
	const char *machine; /* where it is attached; "": nowhere */
	const char *connection, *zone, *type, *native_id, *native_state, *device;
	const char *product_version, *rate_card; /* of the machine that it was made for: what it is metered by */
	int64_t size_gib;
	const char *owner, *operation;
	int64_t metered_us; /* metered up to here; 0: not metered */
	int64_t revision, created_us, updated_us;
};

/* volume_store.c */
MUST_CHECK struct status volume_insert(struct store_tx *tx, const struct volume *volume);
/** Everything but the key; the revision grows, the change feed hears of it. */
MUST_CHECK struct status volume_update(struct store_tx *tx, struct volume *volume);
/** NOT_FOUND / VOLUME_NOT_FOUND. Deleted ones are found too. */
MUST_CHECK struct status volume_get(struct store_tx *tx, const char *name, struct volume *volume);
struct volume_query {
	const char *project, *machine; /* machine "": any, or none */
	const char *after;
	unsigned most;
	bool show_deleted;
};
/** By name. */
MUST_CHECK struct status volume_list(struct store_tx *tx, const struct volume_query *query, struct volume **volumes,
				     size_t *count);
/** Those that are attached to a machine. */
MUST_CHECK struct status volumes_of_machine(struct store_tx *tx, const char *machine, struct volume **volumes, size_t *count);
MUST_CHECK struct status volumes_unmetered(struct store_tx *tx, int64_t before_us, unsigned most, struct volume **volumes,
					   size_t *count);
/** Only how far it is metered: no revision, no event. */
MUST_CHECK struct status volume_set_metered(struct store_tx *tx, const char *name, int64_t metered_us);
/** Does a project, tenant or connection still have one? */
MUST_CHECK struct status volumes_exist(struct store_tx *tx, const char *name, bool *do_exist);

/* volume.c: the rules */

/** Is it there, as far as we know? False for DELETED and FAILED ones that never came to be. */
bool volume_exists(const struct volume *volume);

struct volume_begin {
	const char *kind;    /* "volume-attach" */
	uint32_t allowed;    /* 1 << enum volume_state */
	enum volume_state meanwhile;
	enum provider_verb verb;
	struct machine *machine;  /* locked too, while the operation goes on; or NULL */
	const struct json *extra; /* further members of the operation's input, or NULL */
	const char *requested_by;
	int64_t now_us;
};
/** Only the checks. FAILED_PRECONDITION / VOLUME_BUSY, VOLUME_STATE, MACHINE_BUSY, MACHINE_STATE, VERB_UNSUPPORTED. */
MUST_CHECK struct status volume_check(struct store_tx *tx, const struct volume *volume, const struct volume_begin *begin);
/** Makes the operation; `id` is its. */
MUST_CHECK struct status volume_begin(struct store_tx *tx, struct volume *volume, const struct volume_begin *begin,
				      const char **id);
/** Meters up to now with its present size: call it before the size changes. */
MUST_CHECK struct status volume_meter(struct store_tx *tx, struct volume *volume, int64_t now_us);
/** Takes over what the cloud says of it, but for where it is attached. */
void volume_observe(struct volume *volume, const struct provider_volume *seen);
/** A machine is gone: what was attached to it is attached nowhere. */
MUST_CHECK struct status volume_release(struct store_tx *tx, const char *machine, int64_t now_us);
/** Frees the volume and its machine from the operation, in the state that its row is in; audits the end. */
MUST_CHECK struct status volume_settle(struct store_tx *tx, const struct operation *operation);

#endif
