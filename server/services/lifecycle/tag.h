/* SPDX-License-Identifier: Apache-2.0 */
/* tag.h: a machine's labels as tags at its cloud, beside those of others. */
#ifndef GAON_SERVICES_LIFECYCLE_TAG_H
#define GAON_SERVICES_LIFECYCLE_TAG_H

#include "server/services/lifecycle/machine.h"

/** What is to become of a machine's tags. `ours`: an array of the keys that we brought there before. */
struct tag_wish {
	const struct json *labels, *ours;
	bool may_overwrite; /* what somebody else put under a label's key */
};
/**
 * The tags that it is to have: those that are there, but for labels of ours that are no more, with the labels. *foreign: a key under
 * which somebody else put another value, NULL when there is none; with may_overwrite there never is.
 */
struct json *tag_merge(struct arena *arena, const struct tag_wish *wish, const struct json *seen, const char **foreign);
/** The keys that are ours once `merged` is there: what somebody else put under the very value of a label goes on being theirs. */
struct json *tag_owned(struct arena *arena, const struct tag_wish *wish, const struct json *seen);

/** Begins to bring the labels. FAILED_PRECONDITION / LABEL_RESERVED, and what machine_begin says. */
MUST_CHECK struct status tag_begin(struct store_tx *tx, struct machine *machine, bool may_overwrite, struct machine_begin *begin,
				   const char **id);
/** Of a machine that is gone. */
MUST_CHECK struct status tag_forget(struct store_tx *tx, const char *machine);

#endif
