/* SPDX-License-Identifier: Apache-2.0 */
/* json.h: JSON, bounded and strict (RFC 8259, no duplicate members). The only room that knows jansson. */
#ifndef GAON_BASE_JSON_H
#define GAON_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/base/arena.h"
#include "runtime/base/slice.h"

/** A value that lives as long as the arena it was made in. Borrowed everywhere; never freed by hand. */
struct json;

enum json_kind { JSON_NULL, JSON_BOOL, JSON_INT, JSON_REAL, JSON_TEXT, JSON_ARRAY, JSON_OBJECT };

struct json_limits {
	size_t size_bytes; /* 0: 16 MiB */
	unsigned depth;    /* 0: 64 */
	size_t values;     /* 0: 1 Mi; what bounds the memory that a tree takes */
};

/** Fails INVALID_ARGUMENT / JSON_MALFORMED (with line and column) or JSON_TOO_LARGE, JSON_TOO_DEEP. `limits` may be NULL. */
MUST_CHECK struct status json_parse(struct arena *arena, struct slice source, const struct json_limits *limits,
				    struct json **value);
/** Compact, members in the order in which they were set. NUL-terminated. */
char *json_print(struct arena *arena, const struct json *value);
/** Indented by two blanks, for people. */
char *json_print_pretty(struct arena *arena, const struct json *value);
/** RFC 8785-like canonical form: members sorted by code unit, no blanks: what digests are taken over. */
char *json_print_canonical(struct arena *arena, const struct json *value);

enum json_kind json_kind(const struct json *value);

/* Reading. A NULL value, a missing member and a wrong kind all give the default: parse, then ask. */
const struct json *json_get(const struct json *object, const char *key);
/** Walks members: json_path(v, "status", "state", NULL). */
const struct json *json_path(const struct json *object, ...) __attribute__((sentinel));
const char *json_text(const struct json *value, const char *otherwise);
int64_t json_int(const struct json *value, int64_t otherwise);
/** Ints convert. */
double json_as_real(const struct json *value, double otherwise);
bool json_bool(const struct json *value, bool otherwise);
size_t json_size(const struct json *array_or_object);
const struct json *json_at(const struct json *array, size_t index);
/** Member `index` of an object, in order; false past the end. */
bool json_member(const struct json *object, size_t index, const char **key, const struct json **value);

/*
 * Building: everything is owned by the arena. A NULL text is written as null; ill-formed UTF-8 becomes U+FFFD. A value may be
 * set in several places, but not inside itself.
 */
struct json *json_new_object(struct arena *arena);
struct json *json_new_array(struct arena *arena);
struct json *json_new_text(struct arena *arena, const char *text);
struct json *json_new_int(struct arena *arena, int64_t number);
struct json *json_new_real(struct arena *arena, double number);
struct json *json_new_bool(struct arena *arena, bool value);
struct json *json_new_null(struct arena *arena);
void json_set(struct json *object, const char *key, const struct json *value);
void json_set_text(struct json *object, const char *key, const char *text);
void json_set_int(struct json *object, const char *key, int64_t number);
void json_set_bool(struct json *object, const char *key, bool value);
void json_remove(struct json *object, const char *key);
void json_append(struct json *array, const struct json *value);
void json_append_text(struct json *array, const char *text);

/* The names to use: as symbols they belong to jansson. */
#define json_object(arena_) json_new_object(arena_)
#define json_array(arena_) json_new_array(arena_)
#define json_real(value_, otherwise_) json_as_real((value_), (otherwise_))

#endif
