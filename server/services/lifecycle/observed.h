/* SPDX-License-Identifier: Apache-2.0 */
/* observed.h: what a cloud says exists, what it is to us, and how far we have looked. */
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
	enum provider_machine_state power;
	const char *size, *image, *network;        /* native ids, "": not known */
	const char *resource_mark, *operation_mark; /* our marks on it, "": none */
	int64_t created_us;                         /* by the cloud; 0: not known */
	int64_t suspect_since_us;                   /* 0: it is no ORPHAN_SUSPECT */
	const char *operation;                      /* that imports or removes it; "": none. Only ever read by observed_put */
	bool is_pending;                            /* it could not be compared: the next look looks again */
};

/** Inserts or refreshes; keeps first_seen_us, operation, and since when it is suspect. */
MUST_CHECK struct status observed_put(struct store_tx *tx, const struct observed *observed);
/** It is GONE: no longer there at the cloud. `is_pending`: what that means for our machine is for the next look to say. */
MUST_CHECK struct status observed_set_gone(struct store_tx *tx, const char *connection, const char *native_id, bool is_pending);
/** What it is to us from now on. `machine` "": none. */
MUST_CHECK struct status observed_set_state(struct store_tx *tx, const char *connection, const char *native_id,
					    enum observed_state state, const char *machine);
/** Which operation works on it; "": none. */
MUST_CHECK struct status observed_set_operation(struct store_tx *tx, const char *connection, const char *native_id,
						const char *operation);
/** Native ids of those not GONE that were not seen since `since_us`, at most `most`. */
MUST_CHECK struct status observed_unseen(struct store_tx *tx, const char *connection, int64_t since_us, unsigned most,
					 const char ***native_ids, size_t *count);
/** Native ids of those that could not be compared, at most `most`. */
MUST_CHECK struct status observed_pending(struct store_tx *tx, const char *connection, unsigned most, const char ***native_ids,
					  size_t *count);
/** ORPHAN_SUSPECT ones that nothing works on and that were so, and existed, before `before_us`; by native_id. */
MUST_CHECK struct status observed_orphans(struct store_tx *tx, const char *connection, int64_t before_us, unsigned most,
					  struct observed **all, size_t *count);
/** `state` 0: any; by native_id after `after`. */
MUST_CHECK struct status observed_list(struct store_tx *tx, const char *connection, enum observed_state state, const char *after,
				       unsigned most, struct observed **all, size_t *count);
MUST_CHECK struct status observed_get(struct store_tx *tx, const char *connection, const char *native_id,
				      struct observed *observed, bool *is_found);

/* ---- how far we have looked ---- */

struct sync_row {
	int64_t synced_us, full_us; /* when a look, and a full one, last ended; 0: never */
	const char *operation;      /* of the look that goes on or went last; "": none */
	const char *cursor;         /* where the next look goes on from; "": it lists all */
	int64_t since_full;         /* looks since the last full one */
	int64_t settings;           /* the connection's revision at the last full one */
};
MUST_CHECK struct status sync_read(struct store_tx *tx, const char *connection, struct sync_row *row);
MUST_CHECK struct status sync_write(struct store_tx *tx, const char *connection, const struct sync_row *row);
/** When a connection was last looked at; 0: never. */
MUST_CHECK struct status sync_time(struct store_tx *tx, const char *connection, int64_t *synced_us, const char **operation);

/**
 * Begins to look at a connection; an unfinished look is not begun again: its operation is answered. `is_full`: also what did not
 * change.
 */
MUST_CHECK struct status sync_begin(struct store_tx *tx, const char *connection, const char *requested_by, bool is_full,
				    const char **id);

/* ---- classify.c: what is at a cloud, held against what should be ---- */

struct drift_policy; /* drift.h */

/** One look at a connection. */
struct look {
	const char *connection, *installation;
	int64_t began_us; /* what changed here since then is not compared: the cloud's word may be older */
	const struct drift_policy *policy;
};
/** Writes down one machine that the cloud told of, and compares it with ours. */
MUST_CHECK struct status look_at_seen(struct store_tx *tx, const struct look *look, const struct provider_machine *seen);
/** Writes down that one is gone; a machine of ours that nobody works on is MISSING then, and no longer metered. */
MUST_CHECK struct status look_at_gone(struct store_tx *tx, const struct look *look, const char *native_id);
/** A machine of ours that the cloud never told of is MISSING too. */
MUST_CHECK struct status look_at_unseen(struct store_tx *tx, const struct look *look, struct machine *machine);

/* ---- released_machine: what left Gaon ---- */
MUST_CHECK struct status released_put(struct store_tx *tx, const struct machine *machine, int64_t now_us);
MUST_CHECK struct status released_forget(struct store_tx *tx, const char *connection, const char *native_id);
MUST_CHECK struct status released_is(struct store_tx *tx, const char *connection, const char *native_id, bool *is_released);

#endif
