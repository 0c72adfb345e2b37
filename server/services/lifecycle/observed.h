/* SPDX-License-Identifier: Apache-2.0 */
/* observed.h: what a cloud says exists, and what it is to us. */
#ifndef GAON_SERVICES_LIFECYCLE_OBSERVED_H
#define GAON_SERVICES_LIFECYCLE_OBSERVED_H

#include "server/services/lifecycle/machine.h"

/** gaon.lifecycle.v1.ObservedState by number. */
enum observed_state { OBSERVED_MANAGED = 1, OBSERVED_IMPORTED, OBSERVED_FOREIGN, OBSERVED_ORPHAN_SUSPECT, OBSERVED_GONE };

struct observed {
	const char *connection, *native_id, *display_name;
	enum observed_state state;
	const char *machine, *native_state; /* machine "": none of ours */
	int32_t vcpus;
	int64_t memory_mib, disk_gib, first_seen_us, last_seen_us;
};

/** Inserts or refreshes; keeps first_seen_us. */
MUST_CHECK struct status observed_put(struct store_tx *tx, const struct observed *observed);
/** Whatever was not seen since `since_us` is GONE. */
MUST_CHECK struct status observed_mark_gone(struct store_tx *tx, const char *connection, int64_t since_us);
/** `state` 0: any; by native_id after `after`. */
MUST_CHECK struct status observed_list(struct store_tx *tx, const char *connection, enum observed_state state, const char *after,
				       unsigned most, struct observed **all, size_t *count);
MUST_CHECK struct status observed_get(struct store_tx *tx, const char *connection, const char *native_id,
				      struct observed *observed, bool *is_found);

/** gaon.lifecycle.v1.DriftKind by number. */
enum drift_kind { DRIFT_MISSING = 1, DRIFT_CHANGED, DRIFT_FOREIGN };

struct drift {
	const char *key; /* where it stands in the report */
	enum drift_kind kind;
	const char *machine, *native_id, *display_name;
	const char *field; /* CHANGED; else "" */
	int64_t expected, observed;
};
/**
 * How a connection differs from what should be, after `after` (a key; NULL: from the start): first what is ours, by machine, then
 * suspected orphans, then what is foreign. A machine that an operation is working on is left out.
 */
MUST_CHECK struct status drift_list(struct store_tx *tx, const char *connection, const char *after, unsigned most,
				    struct drift **drifts, size_t *count);

/** When a connection was last looked at; 0: never. `operation`: of the look that goes on or went last. */
MUST_CHECK struct status sync_time(struct store_tx *tx, const char *connection, int64_t *synced_us, const char **operation);
MUST_CHECK struct status sync_note(struct store_tx *tx, const char *connection, int64_t synced_us, const char *operation);

/** Begins to look at a connection; an unfinished look is not begun again: its operation is answered. */
MUST_CHECK struct status sync_begin(struct store_tx *tx, const char *connection, const char *requested_by, const char **id);

#endif
