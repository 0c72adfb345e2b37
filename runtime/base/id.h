/* SPDX-License-Identifier: Apache-2.0 */
/* id.h: names nobody else has: UUIDv7 (RFC 9562), sorted by the time they were made. */
#ifndef GAON_BASE_ID_H
#define GAON_BASE_ID_H

#include <stdbool.h>

#include "runtime/base/arena.h"

/** A new UUIDv7 as 36 lower-case characters; within one process always greater than the one before. Thread-safe. */
char *id_new(struct arena *arena);

/** 36 characters of lower-case hex and hyphens in the places of a UUID. */
bool id_is_uuid(const char *text);

#endif
