/* SPDX-License-Identifier: Apache-2.0 */
/* sweep.h: what we made at a cloud and lost is found, and removed when somebody says so. */
#ifndef GAON_SERVICES_LIFECYCLE_SWEEP_H
#define GAON_SERVICES_LIFECYCLE_SWEEP_H

#include "server/services/lifecycle/observed.h"

enum { SWEEP_MOST = 200 };

/** What a sweep would remove now, by native id; one more than SWEEP_MOST says that there are more. */
MUST_CHECK struct status sweep_find(struct store_tx *tx, const char *connection, int64_t grace_us, int64_t now_us,
				    struct observed **orphans, size_t *count);
/** Begins to remove these; nothing else can take hold of them until it ended. */
MUST_CHECK struct status sweep_begin(struct store_tx *tx, const char *connection, const struct observed *orphans, size_t count,
				     const char *requested_by, const char **id);

#endif
