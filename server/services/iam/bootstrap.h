/* SPDX-License-Identifier: Apache-2.0 */
/* bootstrap.h: the one-time token that lets the first administrator in. */
#ifndef GAON_SERVICES_IAM_BOOTSTRAP_H
#define GAON_SERVICES_IAM_BOOTSTRAP_H

#include "server/services/iam/room.h"

/**
 * Uses the token up. UNAUTHENTICATED / BOOTSTRAP_TOKEN_INVALID when it is wrong, expired, used, or when there was nothing to
 * bootstrap; RESOURCE_EXHAUSTED / BOOTSTRAP_TOO_MANY_GUESSES after ten wrong ones within a minute.
 */
MUST_CHECK struct status bootstrap_use_token(struct store_tx *tx, const char *token, int64_t now_us);

#endif
