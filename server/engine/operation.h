/* SPDX-License-Identifier: Apache-2.0 */
/* operation.h: the SQL of the operation's tables, for the files of this room. */
#ifndef GAON_ENGINE_OPERATION_H
#define GAON_ENGINE_OPERATION_H

#include "server/engine/engine.h"

/** What the engine keeps beside the public part of a row. */
struct operation_row {
	struct operation operation;
	const char *memo_text, *input_text;
	const char *lease_owner;  /* not NULL when it is claimed: its worker has not given it back */
	bool is_begun;            /* the current step was begun: it may have had an effect */
	bool is_prepared;         /* its current attempt was prepared: act may run */
	int64_t step_deadline_us; /* of the current step, wall clock; 0: not begun */
	unsigned line;            /* the current step's journal line; 0: none yet */
	bool is_due_on_cancel;    /* not stored: it waits, and must wake at once when it is asked to stop */
	unsigned failures;        /* in a row, of the current step: what the next pause is measured by */
	const char *left_behind;  /* names of the steps that could not be undone, or NULL */
};

MUST_CHECK struct status operation_read_row(struct store_tx *tx, const char *id, struct operation_row *row);

/** What a search for work leaves out. */
struct exclusion {
	const char *const *connections, *const *tenants;
	size_t connection_count, tenant_count;
};

/** Up to `most` due ones, oldest first. */
MUST_CHECK struct status operation_due(struct store_tx *tx, int64_t now_us, const struct exclusion *exclusion,
				       unsigned most, const char ***ids, size_t *count);
/** When the next one becomes due; INT64_MAX: none waits. */
MUST_CHECK struct status operation_next_due(struct store_tx *tx, const struct exclusion *exclusion, int64_t *due_us);

/** Takes the lease if nobody else did since `row` was read; then row's fence is the new one. */
MUST_CHECK struct status operation_claim(struct store_tx *tx, struct operation_row *row, const char *owner,
					 int64_t until_us, bool *is_claimed);
/** Puts off the lapse of a lease; false when it is no longer ours. */
MUST_CHECK struct status operation_renew(struct store_tx *tx, const char *id, int64_t fence, int64_t until_us,
					 bool *is_ours, bool *is_cancel_requested);
/** Makes the leases of this replica's earlier lives lapse now. */
MUST_CHECK struct status operation_void_leases(struct store_tx *tx, const char *replica, const char *owner,
					       int64_t now_us);

/**
 * Writes the whole row back. Fails ABORTED / LEASE_LOST when another worker has claimed it since: the transaction, and
 * with it everything that a stale worker did in it, is rolled back.
 */
MUST_CHECK struct status operation_save(struct store_tx *tx, struct operation_row *row);
/** Appends to the change feed, and wakes the engine. */
MUST_CHECK struct status operation_changed(struct store_tx *tx, const struct operation *operation,
					   bool is_new);

/** A new line (number 0: it is given) or the same line again. */
MUST_CHECK struct status operation_write_line(struct store_tx *tx, const char *id, struct operation_step *line);

#endif
