/* SPDX-License-Identifier: Apache-2.0 */
/* bearer.h: an access token of a trusted issuer: whose is it? */
#ifndef GAON_SERVICES_IAM_BEARER_H
#define GAON_SERVICES_IAM_BEARER_H

#include "server/services/iam/account_store.h"
#include "server/services/iam/credential.h"

/**
 * The account that the token names, and when the token ends. UNAUTHENTICATED / CREDENTIAL_INVALID, CREDENTIAL_EXPIRED, with the
 * cause as metadata; UNAVAILABLE / JWKS_PENDING, JWKS_UNREACHABLE.
 */
MUST_CHECK struct status bearer_check(struct iam *iam, struct call *call, struct slice token, struct account *account,
				      int64_t *expires_us);

#endif
