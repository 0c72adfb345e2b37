/* SPDX-License-Identifier: Apache-2.0 */
/* usage_store.h: the ledger's tables: usage_record and charge, and what resources were called last. */
#ifndef GAON_SERVICES_COST_USAGE_STORE_H
#define GAON_SERVICES_COST_USAGE_STORE_H

#include "server/services/cost/cost.h"

/** A usage record with the charge that it makes. */
struct ledger_line {
	const char *id, *tenant;
	struct cost_usage usage; /* its texts are never NULL here */
	const char *currency;	 /* "": not priced */
	struct amount unit_price, billed;
};

/** *is_new false: there is one with this source key already. */
MUST_CHECK struct status usage_insert(struct store_tx *tx, const struct ledger_line *line, int64_t now_us, bool *is_new);
/** The line under a source key; it must be there. */
MUST_CHECK struct status usage_by_key(struct store_tx *tx, const char *project, const char *source_key,
				      struct ledger_line *line);
MUST_CHECK struct status charge_insert(struct store_tx *tx, const struct ledger_line *line);
/** Remembers a resource's name for people, if it is the latest. */
MUST_CHECK struct status cost_resource_seen(struct store_tx *tx, const char *resource, const char *display_name,
				       int64_t seen_us);
MUST_CHECK struct status cost_resource_display_name(struct store_tx *tx, const char *resource, const char **display_name);

struct ledger_filter {
	const char *project;
	const char *resource;	  /* NULL: any */
	int64_t start_us, end_us; /* of the records' beginnings; end exclusive */
	int64_t after_us;	  /* the last line of the page before; after_id NULL: from the newest on */
	const char *after_id;
	unsigned most;
};
/** Newest first. */
MUST_CHECK struct status ledger_list(struct store_tx *tx, const struct ledger_filter *filter, struct ledger_line **lines,
				     size_t *count);

#endif
