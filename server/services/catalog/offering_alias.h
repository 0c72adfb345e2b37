/* SPDX-License-Identifier: Apache-2.0 */
/* offering_alias.h: other words for what a connection offers, and what a word means on it. */
#ifndef GAON_SERVICES_CATALOG_OFFERING_ALIAS_H
#define GAON_SERVICES_CATALOG_OFFERING_ALIAS_H

#include "server/services/catalog/offering.h"
#include "server/services/catalog/version_store.h"

struct offering_alias {
	enum offering_kind kind;
	const char *alias, *offering;
};

/** ALREADY_EXISTS / ALIAS_EXISTS. */
MUST_CHECK struct status alias_insert(struct store_tx *tx, const char *connection, const struct offering_alias *alias,
				      int64_t now_us);
MUST_CHECK struct status alias_delete(struct store_tx *tx, const char *connection, enum offering_kind kind, const char *alias,
				      bool *is_found);
/** By kind and alias, after these; `after_kind` 0: from the first. */
MUST_CHECK struct status alias_list(struct store_tx *tx, const char *connection, const struct offering_alias *after, unsigned most,
				    struct offering_alias **aliases, size_t *count);
MUST_CHECK struct status alias_count(struct store_tx *tx, const char *connection, int64_t *count);
enum { ALIASES_MOST = 1000 };

/**
 * What a word means on a connection: its alias there; else, for a size that the version has a class of, the smallest one that is
 * enough; else what has that id. `version` may be NULL: no classes.
 */
MUST_CHECK struct status offering_of_word(struct store_tx *tx, const struct version *version, const char *connection,
					  const struct offering_alias *word, struct offering *offering, bool *is_found);

#endif
