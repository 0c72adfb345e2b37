/* SPDX-License-Identifier: Apache-2.0 */
/* token.h: a signed token in compact form (RFC 7515 §3.1), taken apart strictly and believed only once its signature holds. */
#ifndef GAON_SSO_TOKEN_H
#define GAON_SSO_TOKEN_H

#include "runtime/base/arena.h"
#include "runtime/base/slice.h"
#include "runtime/crypto/signature.h"

enum { TOKEN_BYTES_MOST = 16 * 1024, TOKEN_DEPTH_MOST = 8, TOKEN_KEY_ID_MOST = 256 };

struct jwk_set;

struct token {
	enum signature_algorithm algorithm; /* what the header says; the issuer must allow it */
	const char *key_id;                 /* "" when the header has none */
	const char *type;                   /* `typ` in lower case, "" when absent */
	struct slice payload;               /* not to be believed before token_verify */
	struct slice signed_part, signature;
};

/** True when it has the two dots of a compact JWS and no more: whether it is worth token_parse. */
bool token_looks_like_one(struct slice text);

/**
 * UNAUTHENTICATED / TOKEN_MALFORMED; TOKEN_ALGORITHM_REFUSED for `none`, the HMACs and whatever else is no public-key signature that
 * we know; TOKEN_HEADER_REFUSED for a header that brings its own key (jwk, jku, x5u, x5c) or demands extensions (crit).
 */
MUST_CHECK struct status token_parse(struct arena *arena, struct slice text, struct token *token);

/** Which algorithms an issuer may sign with: a set of 1 << enum signature_algorithm. */
typedef unsigned algorithm_set;
/** From names divided by blanks, "RS256 ES256". False on a name that is none. */
bool algorithm_set_parse(struct arena *arena, const char *names, algorithm_set *set);

/**
 * OK when a key of `keys` signed it. UNAUTHENTICATED / TOKEN_ALGORITHM_REFUSED when the issuer does not use the algorithm,
 * TOKEN_KEY_UNKNOWN when no key fits (fetch the keys again), TOKEN_SIGNATURE_INVALID.
 */
MUST_CHECK struct status token_verify(struct arena *arena, const struct token *token, const struct jwk_set *keys,
				      algorithm_set allowed);

#endif
