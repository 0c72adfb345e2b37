/* SPDX-License-Identifier: Apache-2.0 */
/* memory.h: memory for owner objects (thing_new / thing_free). Everything shorter-lived belongs in an arena. */
#ifndef GAON_BASE_MEMORY_H
#define GAON_BASE_MEMORY_H

#include <stddef.h>

/* All of these abort the process when the host is out of memory, so they never return NULL. */

/** Zeroed memory, aligned for any type. `size` 0 is fine. */
void *memory_new(size_t size) __attribute__((malloc, returns_nonnull));

/** `count` zeroed elements of `size` bytes; aborts on overflow. */
void *memory_array(size_t count, size_t size) __attribute__((malloc, returns_nonnull));

/** The same elements, now `count` of them; NULL starts a new array. New elements are undefined. */
void *memory_resize(void *pointer, size_t count, size_t size) __attribute__((returns_nonnull));

/** A copy of a text; NULL stays NULL. */
char *memory_strdup(const char *text);

/** Takes NULL. */
void memory_free(void *pointer);

/** Overwrites a secret in a way that the compiler may not leave out. */
void memory_wipe(void *pointer, size_t size);

/**
 * For a program whose threads need much for moments: large blocks go back to the system when they are freed. Without it glibc
 * learns from the first of them to keep such blocks, in each thread's own heap, for good. Before any thread exists.
 */
void memory_give_back(void);

#define MEMORY_NEW(type) ((type *)memory_new(sizeof(type)))
#define MEMORY_ARRAY(count, type) ((type *)memory_array((count), sizeof(type)))

#endif
