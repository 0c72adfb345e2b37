/* SPDX-License-Identifier: Apache-2.0 */
/* verified.h: tokens whose signature and claims held, so that they need not be verified at each call. */
#ifndef GAON_SERVICES_IAM_VERIFIED_H
#define GAON_SERVICES_IAM_VERIFIED_H

#include <stdbool.h>
#include <stdint.h>

#include "server/services/iam/fingerprint.h"

struct verified_tokens;

/** What a token proved. It gives no right by itself: provider and account are looked up again. */
struct verified {
	char provider[260], subject[260];
	int64_t provider_revision;
	int64_t expires_us;
};

struct verified_tokens *verified_new(void);
void verified_free(struct verified_tokens *tokens);
bool verified_find(struct verified_tokens *tokens, struct fingerprint tag, int64_t now_us, struct verified *verified);
/** Kept for five minutes at most, and not past its expiry. */
void verified_keep(struct verified_tokens *tokens, struct fingerprint tag, int64_t now_us, const struct verified *verified);

#endif
