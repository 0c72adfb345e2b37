/* SPDX-License-Identifier: Apache-2.0 */
/* backup.h: consistent copies of the database while it works; the oldest ones go. */
#ifndef GAON_SERVER_BACKUP_H
#define GAON_SERVER_BACKUP_H

#include "server/store/store.h"

/**
 * Writes <folder>/gaon-<time>.db (mode 0600), then removes all but the newest `keep` of that name, and nothing else there.
 * A copy that fails removes none. Blocks for as long as the copy takes; calls go on meanwhile. `*path` is the new file.
 */
MUST_CHECK struct status backup_make(struct store *store, struct arena *arena, const char *folder, unsigned keep,
				     const char **path);

#endif
