/* SPDX-License-Identifier: Apache-2.0 */
/* slice.h: bytes that somebody else owns. */
#ifndef GAON_BASE_SLICE_H
#define GAON_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/** A borrowed run of bytes; `data` may be NULL when `size` is 0. Not NUL-terminated. */
struct slice {
	const char *data;
	size_t size;
};

static inline struct slice slice_of(const void *data, size_t size)
{
	return (struct slice){ .data = (const char *)data, .size = size };
}

static inline struct slice slice_text(const char *text)
{
	return (struct slice){ .data = text, .size = text ? strlen(text) : 0 };
}

static inline bool slice_equal(struct slice a, struct slice b)
{
	return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static inline bool slice_is(struct slice a, const char *text)
{
	return slice_equal(a, slice_text(text));
}

#endif
