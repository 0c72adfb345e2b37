/* SPDX-License-Identifier: Apache-2.0 */
/* principal.h: an account as a caller: itself and all its groups. */
#ifndef GAON_SERVICES_IAM_PRINCIPAL_H
#define GAON_SERVICES_IAM_PRINCIPAL_H

#include "server/services/iam/account_store.h"
#include "server/services/iam/room.h"

/** Of an account that was just read. `method` and `expires_us` are the caller's to set; they start as "" and INT64_MAX. */
MUST_CHECK struct status principal_of_account(struct store_tx *tx, const struct account *account,
					      struct principal *principal);

/**
 * NOT_FOUND / PRINCIPAL_NOT_FOUND unless `name` is a user, service account or group that exists and that `caller` may read: naming
 * somebody in a group or policy must not tell whether an account exists.
 */
MUST_CHECK struct status principal_check(struct store_tx *tx, const struct principal *caller, const char *field,
					 const char *name);

/** INVALID_ARGUMENT / ACCOUNT_NAME_REFUSED for ids that everybody guesses first. */
MUST_CHECK struct status principal_check_id(struct arena *arena, const char *field, const char *id);

#endif
