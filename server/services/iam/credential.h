/* SPDX-License-Identifier: Apache-2.0 */
/* credential.h: from what a caller shows to who it is, by the store. */
#ifndef GAON_SERVICES_IAM_CREDENTIAL_H
#define GAON_SERVICES_IAM_CREDENTIAL_H

#include "server/services/iam/cache.h"
#include "server/services/iam/room.h"

struct proof {
	struct cached_principal who;
	int64_t until_us; /* how long it may be remembered */
};

/**
 * UNAUTHENTICATED / CREDENTIAL_MISSING, CREDENTIAL_INVALID, CREDENTIAL_EXPIRED; UNAVAILABLE / JWKS_PENDING while an issuer's keys
 * are being fetched. A disabled account's credential is CREDENTIAL_INVALID, like one that never was.
 */
MUST_CHECK struct status credential_check(struct iam *iam, struct call *call, struct proof *proof);

/** "gaon_<id>_<secret>" taken apart; false when it is none. */
bool credential_parse_key(struct arena *arena, struct slice token, const char **id, struct slice *secret);
const char *credential_format_key(struct arena *arena, const char *id, const char *secret);
struct slice credential_hash_key(struct arena *arena, const char *id, struct slice secret);

#endif
