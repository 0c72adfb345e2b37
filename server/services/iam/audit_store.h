/* SPDX-License-Identifier: Apache-2.0 */
/* audit_store.h: the SQL of the audit chain: appended to, read, never changed. */
#ifndef GAON_SERVICES_IAM_AUDIT_STORE_H
#define GAON_SERVICES_IAM_AUDIT_STORE_H

#include "server/store/store.h"

struct audit_event {
	int64_t sequence, at_us, code;
	const char *tenant, *principal, *authentication_method, *peer, *method, *resource, *reason, *trace_id, *request;
	struct slice previous_hash, hash;
};

struct audit_head {
	int64_t sequence; /* 0: no event yet */
	struct slice hash, seal;
};

MUST_CHECK struct status audit_head_get(struct store_tx *tx, struct audit_head *head);
MUST_CHECK struct status audit_head_set(struct store_tx *tx, const struct audit_head *head);
MUST_CHECK struct status audit_insert(struct store_tx *tx, const struct audit_event *event);
/** In order, from `first` to `last`, at most `limit`. Rows are in the transaction's arena: read them in small runs. */
/** 0: none. */
MUST_CHECK struct status audit_newest(struct store_tx *tx, int64_t *sequence);
MUST_CHECK struct status audit_range(struct store_tx *tx, int64_t first, int64_t last, unsigned limit, struct rows **rows);
struct audit_event audit_read(const struct rows *rows);

struct audit_query {
	const char *tenant;    /* and below */
	int64_t before, from;  /* sequences: from <= event < before */
	const char *principal; /* "" any */
	const char *resource;  /* "" any; else it and below */
	int64_t start_us, end_us;
	bool is_root; /* `tenant` is the root: all events */
	bool denied_only;
	unsigned limit;
};
/** Newest first. */
MUST_CHECK struct status audit_page(struct store_tx *tx, const struct audit_query *query, struct audit_event **events,
				    size_t *count);

#endif
