/* SPDX-License-Identifier: Apache-2.0 */
/* text.h: growing text, and strict reading of what people and peers write. */
#ifndef GAON_BASE_TEXT_H
#define GAON_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/arena.h"
#include "runtime/base/slice.h"

/** A growing, always NUL-terminated text in an arena. Start with text_new; `data` is never NULL. */
struct text {
	struct arena *arena;
	char *data;
	size_t size;
	size_t capacity;
};

struct text text_new(struct arena *arena);
void text_append(struct text *text, const char *more);
void text_append_slice(struct text *text, struct slice more);
void text_append_char(struct text *text, char c);
void text_printf(struct text *text, const char *format, ...) PRINTF_LIKE(2, 3);

/** RFC 3629: no overlong forms, no surrogates, at most U+10FFFF. */
bool text_is_utf8(struct slice bytes);

/** Bytes of the well-formed sequence that `bytes` starts with; 0 when there is none. */
size_t text_utf8_step(struct slice bytes);

/** A copy in which each ill-formed byte (and each NUL) has become U+FFFD: for what a peer wrote and we must pass on. */
char *text_to_utf8(struct arena *arena, struct slice bytes);

/** True when `text` has no C0 control but tab, LF, CR, and no DEL. */
bool text_is_printable(struct slice bytes);

/** Strict decimal integer, whole string, no blanks, no '+'. False (output untouched) when it does not fit. */
bool text_to_int64(const char *text, int64_t *number);
bool text_to_uint64(const char *text, uint64_t *number);

bool text_starts_with(const char *text, const char *prefix);
bool text_ends_with(const char *text, const char *suffix);
/** Both may be NULL; NULL equals NULL only. */
bool text_equal(const char *a, const char *b);
/** NULL becomes "". */
const char *text_or_empty(const char *text);
bool text_is_empty(const char *text);

/** Parts of `text` between `separator`s, copied into `arena`; "" gives one empty part. */
size_t text_split(struct arena *arena, const char *text, char separator, char ***parts);

char *text_lower(struct arena *arena, const char *text);

/** AIP-122 resource id as people choose it: ^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$ */
bool text_is_resource_id(const char *text);

char *text_to_hex(struct arena *arena, struct slice bytes);
/** False on an odd length or a digit that is no hex. */
bool text_from_hex(struct arena *arena, const char *hex, struct slice *bytes);
/** RFC 4648 §4 with padding. */
char *text_to_base64(struct arena *arena, struct slice bytes);
/** RFC 4648 §5 without padding. */
char *text_to_base64url(struct arena *arena, struct slice bytes);
/** Canonical only: no padding, no blanks, unused bits zero. */
bool text_from_base64url(struct arena *arena, struct slice encoded, struct slice *bytes);
bool text_from_base64(struct arena *arena, struct slice encoded, struct slice *bytes);

#endif
