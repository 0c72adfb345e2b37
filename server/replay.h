/* SPDX-License-Identifier: Apache-2.0 */
/* replay.h: one request_id, one effect, the same answer (AIP-155). */
#ifndef GAON_SERVER_REPLAY_H
#define GAON_SERVER_REPLAY_H

#include <stdbool.h>

#include "runtime/rpc/call.h"
#include "server/store/store.h"

/**
 * Before the handler: *is_replayed and call->reply filled when this principal sent this request_id to this method before.
 * The same id with another payload: INVALID_ARGUMENT / REQUEST_ID_REUSED.
 */
MUST_CHECK struct status replay_find(struct call *call, bool *is_replayed);
/** After it, in the same transaction: keeps the reply, secrets taken out. */
MUST_CHECK struct status replay_keep(struct call *call);
/** Forgets answers older than `before_us`, the oldest `most` or so; *forgotten is how many. */
MUST_CHECK struct status replay_trim(struct store_tx *tx, int64_t before_us, int64_t most, int64_t *forgotten);

#endif
