/* SPDX-License-Identifier: Apache-2.0 */
/* arena.h: memory that lives as long as a call or a step, and goes all at once. */
#ifndef GAON_BASE_ARENA_H
#define GAON_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "runtime/base/status.h"

struct arena;

/**
 * A new arena. `limit_bytes` bounds what it may hand out in all (0: no bound).
 * Aborts the process when the host is out of memory, like every arena_ call but arena_try_alloc.
 */
struct arena *arena_new(size_t limit_bytes);

/** Runs the deferred functions, newest first, then frees everything. Takes NULL. */
void arena_free(struct arena *arena);

/** As arena_free, but keeps the first chunk for the next use: for pools of calls. */
void arena_reset(struct arena *arena);

/** Memory aligned for any type; contents undefined. Aborts when the limit or the host is exhausted. `size` 0 is fine. */
void *arena_alloc(struct arena *arena, size_t size) __attribute__((malloc, returns_nonnull));
void *arena_zalloc(struct arena *arena, size_t size) __attribute__((malloc, returns_nonnull));

/** NULL when the limit or the host is exhausted: for sizes that a peer decides. */
void *arena_try_alloc(struct arena *arena, size_t size);

/** `count` zeroed elements of `size` bytes; aborts on overflow. */
void *arena_array(struct arena *arena, size_t count, size_t size) __attribute__((malloc, returns_nonnull));

#define ARENA_NEW(arena, type) ((type *)arena_zalloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, count, type) ((type *)arena_array((arena), (count), sizeof(type)))

char *arena_strdup(struct arena *arena, const char *text) __attribute__((returns_nonnull));
char *arena_strndup(struct arena *arena, const char *text, size_t size) __attribute__((returns_nonnull));
void *arena_memdup(struct arena *arena, const void *data, size_t size) __attribute__((returns_nonnull));
char *arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3) __attribute__((returns_nonnull));
char *arena_vprintf(struct arena *arena, const char *format, va_list arguments) PRINTF_LIKE(2, 0)
	__attribute__((returns_nonnull));

/** Runs `function(pointer)` when the arena goes (newest first): how a resource taken inside a call is given back. */
void arena_defer(struct arena *arena, void (*function)(void *pointer), void *pointer);

/** Bytes handed out so far. */
size_t arena_used(const struct arena *arena);

#endif
