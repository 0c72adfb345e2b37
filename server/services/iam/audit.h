/* SPDX-License-Identifier: Apache-2.0 */
/* audit.h: the chain: each event's hash covers the one before, the head is sealed with the server's key. */
#ifndef GAON_SERVICES_IAM_AUDIT_H
#define GAON_SERVICES_IAM_AUDIT_H

#include "server/services/iam/audit_store.h"
#include "server/services/iam/room.h"

/** SHA-256 over the canonical form; HASH_SIZE bytes in the arena. */
struct slice audit_hash(struct arena *arena, const struct audit_event *event);

enum { AUDIT_CHECKED_MOST = 100000 };

struct audit_check {
	int64_t first, last;       /* 0: the chain's ends */
	struct slice expected;     /* empty: none */
	int64_t expected_sequence;
	const atomic_bool *is_cancelled; /* looked at between runs; may be NULL */
};
struct audit_finding {
	bool is_valid;
	int64_t checked, head_sequence, broken;
	int64_t next; /* where to go on; 0: all was checked */
	const char *head_hash, *problem;
};
/** Reads at most AUDIT_CHECKED_MOST events, in short runs, each in an arena and over a snapshot of its own. */
MUST_CHECK struct status audit_verify(struct store_tx *tx, const struct audit_check *check, struct audit_finding *finding);

#endif
