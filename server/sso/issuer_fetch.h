/* SPDX-License-Identifier: Apache-2.0 */
/* issuer_fetch.h: how an issuer's documents are got: https, or http on this very host where that is allowed. */
#ifndef GAON_SSO_ISSUER_FETCH_H
#define GAON_SSO_ISSUER_FETCH_H

#include <stdbool.h>

#include "runtime/base/arena.h"
#include "runtime/base/slice.h"

struct issuer_fetcher;

MUST_CHECK struct status issuer_fetcher_new(struct arena *arena, bool allow_loopback_http, struct issuer_fetcher **fetcher);
/** Ends a fetch that is under way. Takes NULL. */
void issuer_fetcher_cancel(struct issuer_fetcher *fetcher);
/** Takes NULL. */
void issuer_fetcher_free(struct issuer_fetcher *fetcher);

/** An issuer_fetch; `context` is the fetcher. Anything but 200 is a failure. */
MUST_CHECK struct status issuer_fetcher_fetch(void *context, struct arena *arena, const char *url, struct slice *body);

#endif
