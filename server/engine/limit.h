/* SPDX-License-Identifier: Apache-2.0 */
/* limit.h: how much one connection is asked at once, and how often. The engine's lock guards it. */
#ifndef GAON_ENGINE_LIMIT_H
#define GAON_ENGINE_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "providers/provider.h"

struct limits;

struct limits *limits_new(unsigned concurrency, unsigned rate_per_s);
void limits_free(struct limits *limits);

/** What this connection may have instead of the default; 0: the default. */
void limits_set(struct limits *limits, const char *connection, unsigned concurrency, unsigned rate_per_s);

/** Takes a place on the connection (NULL: always free); false when it is full or told to wait. */
bool limits_take(struct limits *limits, const char *connection, int64_t now_us);
void limits_release(struct limits *limits, const char *connection);

/** Asks for one call now. 0: go; else the time to come back at. */
int64_t limits_admit(struct limits *limits, const char *connection, int64_t now_us);

/** What a call said: THROTTLED halves the places and closes the connection for a while; successes win them back. */
void limits_learn(struct limits *limits, const char *connection, enum provider_error error, int64_t retry_after_ms,
		  int64_t now_us);

/** Connections that take nobody now (at most `most` names, borrowed), and when the first of them opens by itself. */
size_t limits_blocked(const struct limits *limits, int64_t now_us, const char **names, size_t most, int64_t *opens_us);

#endif
