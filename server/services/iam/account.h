/* SPDX-License-Identifier: Apache-2.0 */
/* account.h: what users and service accounts have in common: found by kind, deleted with all they hold. */
#ifndef GAON_SERVICES_IAM_ACCOUNT_H
#define GAON_SERVICES_IAM_ACCOUNT_H

#include "runtime/rpc/call.h"
#include "server/services/iam/account_store.h"

/** NOT_FOUND / USER_NOT_FOUND or SERVICE_ACCOUNT_NOT_FOUND. */
MUST_CHECK struct status account_get(struct store_tx *tx, const char *name, enum account_kind kind, struct account *account);

/** The account with its keys, memberships and bindings. FAILED_PRECONDITION / LAST_ADMINISTRATOR. */
MUST_CHECK struct status account_remove(struct call *call, const struct account *account, const char *etag);

/** An identity provider and a subject come together, and the provider is one of the user's tenant or of a tenant above it. */
MUST_CHECK struct status account_check_subject(struct store_tx *tx, const struct account *account);

#endif
