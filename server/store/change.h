/* SPDX-License-Identifier: Apache-2.0 */
/* change.h: the feed that watches read: each transaction appends what it changed; a position in it is a resume token. */
#ifndef GAON_STORE_CHANGE_H
#define GAON_STORE_CHANGE_H

#include "server/store/store.h"

enum change_kind { CHANGE_CREATED = 1, CHANGE_UPDATED = 2, CHANGE_DELETED = 3 };

struct change {
	int64_t sequence; /* given by change_append */
	const char *tenant;
	const char *project; /* NULL: the tenant's own */
	const char *type;    /* "machine", "operation", "order" */
	const char *name;    /* the resource name */
	enum change_kind kind;
	int64_t at_us;
};

/** Appends, and marks STORE_MARK_CHANGE. */
MUST_CHECK struct status change_append(struct store_tx *tx, const struct change *change);

struct change_filter {
	const char *type;
	const char *tenant;  /* NULL: any (only for who may see all) */
	const char *project; /* NULL: any */
	const char *name;    /* NULL: any; else exactly this resource */
};

/** At most `most` changes after `after`, in order. Fails OUT_OF_RANGE / CHANGE_TOO_OLD when the feed was trimmed past `after`. */
MUST_CHECK struct status change_read(struct store_tx *tx, int64_t after, const struct change_filter *filter, unsigned most,
				     struct change **changes, size_t *count);

/** The newest position; 0 when empty. */
MUST_CHECK struct status change_newest(struct store_tx *tx, int64_t *sequence);

/** Forgets changes before `before_us`, at most `most` a call; remembers how far. `forgotten` (may be NULL): how many. */
MUST_CHECK struct status change_trim(struct store_tx *tx, int64_t before_us, int64_t most, int64_t *forgotten);

extern const struct migration change_migrations[];
extern const size_t change_migration_count;

#endif
