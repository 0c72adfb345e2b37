/* SPDX-License-Identifier: Apache-2.0 */
/* bearer.h: a token that runs out: fetched once for all who want it, renewed before its end. */
#ifndef GAON_PROVIDERS_KIT_BEARER_H
#define GAON_PROVIDERS_KIT_BEARER_H

#include "providers/provider.h"

struct bearer;

/** Fetches a new token into call->arena. `*expires_us` is wall-clock; 0: it never runs out. */
typedef struct provider_result (*bearer_fetch)(void *context, struct provider_call *call, const char **token,
					       int64_t *expires_us);

/** `early_ms`: how long before its end it is no longer given out. Never NULL. */
struct bearer *bearer_new(bearer_fetch fetch, void *context, int64_t early_ms);
/** Nobody may be asking. The token is wiped. Takes NULL. */
void bearer_free(struct bearer *bearer);

/**
 * The present token, copied into call->arena; fetched when there is none that is good. One fetch at a time: the others wait for
 * it, each until its own deadline, and get what it got, also its failure. No lock is held while it fetches.
 */
struct provider_result bearer_get(struct bearer *bearer, struct provider_call *call, const char **token);
/** The cloud refused this token: it is not given out again (unless another one took its place already). */
void bearer_drop(struct bearer *bearer, const char *token);

#endif
