/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot.h: a machine's state, kept. */
#ifndef GAON_SERVICES_LIFECYCLE_SNAPSHOT_H
#define GAON_SERVICES_LIFECYCLE_SNAPSHOT_H

#include "server/store/store.h"

/** gaon.lifecycle.v1.SnapshotState by number. */
enum snapshot_state { SNAPSHOT_CREATING = 1, SNAPSHOT_READY, SNAPSHOT_DELETING, SNAPSHOT_FAILED };

struct snapshot {
	const char *name, *machine, *display_name;
	enum snapshot_state state;
	const char *native_id;
	int64_t revision, created_us;
};

/** ALREADY_EXISTS / SNAPSHOT_EXISTS. */
MUST_CHECK struct status snapshot_insert(struct store_tx *tx, const struct snapshot *snapshot);
MUST_CHECK struct status snapshot_update(struct store_tx *tx, const struct snapshot *snapshot);
MUST_CHECK struct status snapshot_remove(struct store_tx *tx, const char *name);
/** NOT_FOUND / SNAPSHOT_NOT_FOUND. */
MUST_CHECK struct status snapshot_get(struct store_tx *tx, const char *name, struct snapshot *snapshot);
/** By name after `after`. */
MUST_CHECK struct status snapshot_list(struct store_tx *tx, const char *machine, const char *after, unsigned most,
				       struct snapshot **snapshots, size_t *count);
/** All of a machine that is gone. */
MUST_CHECK struct status snapshot_forget(struct store_tx *tx, const char *machine);

#endif
