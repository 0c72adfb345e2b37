/* SPDX-License-Identifier: Apache-2.0 */
/* claims.h: what an access token says (RFC 7519, RFC 9068), held against what its issuer may say. */
#ifndef GAON_SSO_CLAIMS_H
#define GAON_SSO_CLAIMS_H

#include <stdint.h>

#include "runtime/base/arena.h"
#include "runtime/base/json.h"
#include "server/sso/token.h"

struct claim_rules {
	const char *issuer;        /* `iss`, exactly */
	const char *audience;      /* must be among `aud` */
	const char *subject_claim; /* which claim names the person; NULL or "": sub */
};

struct claims {
	const char *subject;
	int64_t expires_us;
	const struct json *all;
};

/** The issuer that an unverified token names: only to find whose keys to verify it with. UNAUTHENTICATED / TOKEN_MALFORMED. */
MUST_CHECK struct status claims_issuer(struct arena *arena, const struct token *token, const char **issuer);

/**
 * Checks a token whose signature holds. UNAUTHENTICATED / TOKEN_ISSUER_WRONG, TOKEN_AUDIENCE_WRONG, TOKEN_EXPIRED,
 * TOKEN_NOT_YET_VALID, TOKEN_TYPE_WRONG (an ID token is no access token), TOKEN_SUBJECT_MISSING, TOKEN_MALFORMED.
 */
MUST_CHECK struct status claims_check(struct arena *arena, const struct token *token, const struct claim_rules *rules,
				      int64_t now_us, struct claims *claims);

#endif
