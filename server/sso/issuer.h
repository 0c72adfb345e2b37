/* SPDX-License-Identifier: Apache-2.0 */
/* issuer.h: issuers' keys, fetched by a thread of their own and kept, so that no call ever waits for an issuer. */
#ifndef GAON_SSO_ISSUER_H
#define GAON_SSO_ISSUER_H

#include "runtime/base/arena.h"
#include "server/sso/jwks.h"

struct issuer_keys;

/** Gets what is at `url`, blocking; the body in `arena`. Any failure will do. */
typedef struct status (*issuer_fetch)(void *context, struct arena *arena, const char *url, struct slice *body);

struct issuer_options {
	bool allow_loopback_http; /* http://127.0.0.1, http://localhost, http://[::1] */
	issuer_fetch fetch;       /* NULL: over https, no redirects, public or explicitly allowed addresses only */
	void *fetch_context;
};

/** Starts the thread. */
MUST_CHECK struct status issuer_keys_new(struct arena *arena, const struct issuer_options *options, struct issuer_keys **keys);
/** Ends what is under way, and the thread. Takes NULL. */
void issuer_keys_free(struct issuer_keys *keys);

struct issuer_source {
	const char *issuer;   /* "https://login.example.com" */
	const char *jwks_uri; /* "": from <issuer>/.well-known/openid-configuration */
};

/**
 * The keys of a source, kept until `arena` goes. Never waits: UNAVAILABLE / JWKS_PENDING (with a time to retry after) while they
 * are fetched, / JWKS_UNREACHABLE while the last fetch failed. Keys are fetched again every ten minutes, and at most once in 30 s
 * when `key_id` is not among them; while an issuer is down its last keys are used for a day.
 */
MUST_CHECK struct status issuer_keys_get(struct issuer_keys *keys, struct arena *arena, const struct issuer_source *source,
					 const char *key_id, const struct jwk_set **set);

/** Waits until nothing is being fetched: for tests. */
void issuer_keys_settle(struct issuer_keys *keys);

#endif
