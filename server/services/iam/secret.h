/* SPDX-License-Identifier: Apache-2.0 */
/* secret.h: secrets that people hold: made at random, kept only as keyed hashes, compared in constant time. */
#ifndef GAON_SERVICES_IAM_SECRET_H
#define GAON_SERVICES_IAM_SECRET_H

#include "server/services/iam/room.h"

enum { SECRET_SIZE = 43, SECRET_SIZE_HEX = 64 };

/** 256 random bits as base64url: for keys, which travel with every call. */
MUST_CHECK struct status secret_new(struct arena *arena, const char **secret);

/** 256 random bits as hex digits: for what people type once. */
MUST_CHECK struct status secret_new_hex(struct arena *arena, const char **secret);

/**
 * HMAC-SHA-256 under the server's key over `purpose`, `id` and `secret`, each with its length, so that a hash of one purpose or id
 * is none of another. HASH_SIZE bytes in the arena.
 */
struct slice secret_hash(struct arena *arena, const char *purpose, const char *id, struct slice secret);

#endif
