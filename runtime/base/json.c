/* SPDX-License-Identifier: Apache-2.0 */
/* json.c: reading and building over jansson. A struct json is a json_t whose reference the arena gives back. */
#include "runtime/base/jansson_names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/text.h"

enum { PLAIN_MOST = 512 };
enum { DEFAULT_SIZE_BYTES = 16 * 1024 * 1024, DEFAULT_DEPTH = 64, DEFAULT_VALUES = 1024 * 1024 };

static void give_back(void *pointer)
{
	json_decref(pointer);
}

/* What jansson refuses here is either memory or a bug of ours, such as a member set on an array. */
static void insist(bool is_done)
{
	if (is_done)
		return;
	fputs("gaon: JSON could not be built: out of memory, or a value of the wrong kind\n", stderr);
	abort();
}

static struct json *keep(struct arena *arena, json_t *value)
{
	insist(value != NULL);
	arena_defer(arena, give_back, value);
	return (struct json *)value;
}

struct extent {
	unsigned depth;
	size_t values;
};

/*
 * How deep and how many, without building anything: three bytes of source can cost some 200 bytes of tree, so a bound
 * on the size alone is no bound on memory. Malformed text is left to the parser.
 */
static struct extent measure(struct slice source, struct json_limits limits)
{
	struct extent extent = { .values = 1 };
	unsigned depth = 0;
	bool is_text = false;

	for (size_t i = 0; i < source.size && extent.depth <= limits.depth; i++) {
		char c = source.data[i];

		if (is_text) {
			i += c == '\\';
			is_text = c != '"';
			continue;
		}
		is_text = c == '"';
		extent.values += c == ',' || c == '[' || c == '{';
		if (c == '[' || c == '{')
			depth++;
		else if ((c == ']' || c == '}') && depth > 0)
			depth--;
		if (depth > extent.depth)
			extent.depth = depth;
	}
	return extent;
}

static struct json_limits limits_or_default(const struct json_limits *given)
{
	struct json_limits limits = given ? *given : (struct json_limits){ 0 };

	if (limits.size_bytes == 0)
		limits.size_bytes = DEFAULT_SIZE_BYTES;
	if (limits.depth == 0)
		limits.depth = DEFAULT_DEPTH;
	if (limits.values == 0)
		limits.values = DEFAULT_VALUES;
	return limits;
}

static struct status malformed(struct arena *arena, const json_error_t *error)
{
	/* jansson quotes the source after " near": it may hold a secret, so only what comes before is passed on. */
	const char *near = strstr(error->text, " near ");
	int length = near ? (int)(near - error->text) : (int)strlen(error->text);

	return status_fail(arena, STATUS_INVALID_ARGUMENT, "JSON_MALFORMED",
			   "the JSON is malformed at line %d, column %d: %.*s", error->line, error->column, length,
			   error->text);
}

/* An array of texts that say what they are, ["10.0.0.7","fe80::1"], as machines' addresses are stored: it needs no parser. */
static struct json *plain_texts(struct arena *arena, struct slice source)
{
	size_t at = 1;

	if (source.size < 2 || source.data[0] != '[' || source.data[source.size - 1] != ']')
		return NULL;
	for (size_t i = 1; i + 1 < source.size; i++)
		if (source.data[i] < ' ' || source.data[i] > '~' || source.data[i] == '\\')
			return NULL;

	struct json *array = json_array(arena);
	while (at < source.size - 1) {
		const char *begin = source.data + at;
		const char *end = *begin == '"' ? memchr(begin + 1, '"', source.size - at - 1) : NULL;

		if (end == NULL || (end[1] != ',' && end + 2 != source.data + source.size) || (end[1] == ',' && end[2] != '"'))
			return NULL;
		insist(json_array_append_new((json_t *)array, json_stringn_nocheck(begin + 1, (size_t)(end - begin - 1))) == 0);
		at = (size_t)(end - source.data) + 2;
	}
	return array;
}

struct status json_parse(struct arena *arena, struct slice source, const struct json_limits *given, struct json **value)
{
	struct json_limits limits = limits_or_default(given);
	json_error_t error;

	/* What is stored is mostly empty: not worth a parser. */
	if (source.size == 2 && memcmp(source.data, "{}", 2) == 0) {
		*value = json_object(arena);
		return OK;
	}
	if (given == NULL && source.size <= PLAIN_MOST) {
		struct json *texts = plain_texts(arena, source);

		if (texts != NULL) {
			*value = texts;
			return OK;
		}
	}
	if (source.size > limits.size_bytes)
		return status_fail(arena, STATUS_INVALID_ARGUMENT, "JSON_TOO_LARGE",
				   "the JSON has %zu bytes; at most %zu are taken", source.size, limits.size_bytes);

	struct extent extent = measure(source, limits);
	if (extent.depth > limits.depth)
		return status_fail(arena, STATUS_INVALID_ARGUMENT, "JSON_TOO_DEEP",
				   "the JSON nests deeper than %u levels", limits.depth);
	if (extent.values > limits.values)
		return status_fail(arena, STATUS_INVALID_ARGUMENT, "JSON_TOO_LARGE",
				   "the JSON has more than %zu values", limits.values);

	/* A NULL buffer is an error of its own in jansson, with no position. */
	json_t *parsed = json_loadb(source.size > 0 ? source.data : "", source.size,
				    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (!parsed)
		return malformed(arena, &error);
	*value = keep(arena, parsed);
	return OK;
}

enum json_kind json_kind(const struct json *value)
{
	static const enum json_kind kinds[] = {
		[JANSSON_OBJECT] = JSON_OBJECT, [JANSSON_ARRAY] = JSON_ARRAY, [JSON_STRING] = JSON_TEXT,
		[JSON_INTEGER] = JSON_INT,      [JANSSON_REAL] = JSON_REAL,   [JSON_TRUE] = JSON_BOOL,
		[JSON_FALSE] = JSON_BOOL,       [JANSSON_NULL] = JSON_NULL,
	};

	return value ? kinds[json_typeof(json_native(value))] : JSON_NULL;
}

const struct json *json_get(const struct json *object, const char *key)
{
	return (const struct json *)json_object_get(json_native(object), key);
}

const struct json *json_path(const struct json *object, ...)
{
	va_list keys;

	va_start(keys, object);
	for (const char *key = va_arg(keys, const char *); key; key = va_arg(keys, const char *))
		object = json_get(object, key);
	va_end(keys);
	return object;
}

const char *json_text(const struct json *value, const char *otherwise)
{
	return json_kind(value) == JSON_TEXT ? json_string_value(json_native(value)) : otherwise;
}

int64_t json_int(const struct json *value, int64_t otherwise)
{
	return json_kind(value) == JSON_INT ? json_integer_value(json_native(value)) : otherwise;
}

double json_as_real(const struct json *value, double otherwise)
{
	switch (json_kind(value)) {
	case JSON_INT:
	case JSON_REAL:
		return json_number_value(json_native(value));
	default:
		return otherwise;
	}
}

bool json_bool(const struct json *value, bool otherwise)
{
	return json_kind(value) == JSON_BOOL ? json_typeof(json_native(value)) == JSON_TRUE : otherwise;
}

size_t json_size(const struct json *value)
{
	switch (json_kind(value)) {
	case JSON_ARRAY:
		return json_array_size(json_native(value));
	case JSON_OBJECT:
		return json_object_size(json_native(value));
	default:
		return 0;
	}
}

const struct json *json_at(const struct json *array, size_t index)
{
	return (const struct json *)json_array_get(json_native(array), index);
}

bool json_member(const struct json *object, size_t index, const char **key, const struct json **value)
{
	void *member = json_object_iter(json_native(object));

	while (member && index-- > 0)
		member = json_object_iter_next(json_native(object), member);
	if (!member)
		return false;
	*key = json_object_iter_key(member);
	*value = (const struct json *)json_object_iter_value(member);
	return true;
}

static json_t *text_value(const char *text)
{
	if (!text)
		return json_null();
	if (text_is_utf8(slice_text(text)))
		return json_string_nocheck(text);

	struct arena *arena = arena_new(0);
	json_t *value = json_string_nocheck(text_to_utf8(arena, slice_text(text)));
	arena_free(arena);
	return value;
}

/* Takes over the reference. */
static void set_member(struct json *object, const char *key, json_t *value)
{
	insist(value != NULL);
	if (text_is_utf8(slice_text(key))) {
		insist(json_object_set_new_nocheck(json_native(object), key, value) == 0);
		return;
	}

	struct arena *arena = arena_new(0);
	insist(json_object_set_new_nocheck(json_native(object), text_to_utf8(arena, slice_text(key)), value) == 0);
	arena_free(arena);
}

static json_t *another(const struct json *value)
{
	return value ? json_incref(json_native(value)) : json_null();
}

struct json *json_new_object(struct arena *arena)
{
	return keep(arena, (json_object)());
}

struct json *json_new_array(struct arena *arena)
{
	return keep(arena, (json_array)());
}

struct json *json_new_text(struct arena *arena, const char *text)
{
	return keep(arena, text_value(text));
}

struct json *json_new_int(struct arena *arena, int64_t number)
{
	return keep(arena, json_integer(number));
}

struct json *json_new_real(struct arena *arena, double number)
{
	/* JSON has no words for infinities and not-a-number: null, as in JavaScript. */
	json_t *value = (json_real)(number);

	return keep(arena, value ? value : json_null());
}

struct json *json_new_bool(struct arena *arena, bool value)
{
	return keep(arena, json_boolean(value));
}

struct json *json_new_null(struct arena *arena)
{
	return keep(arena, json_null());
}

void json_set(struct json *object, const char *key, const struct json *value)
{
	set_member(object, key, another(value));
}

void json_set_text(struct json *object, const char *key, const char *text)
{
	set_member(object, key, text_value(text));
}

void json_set_int(struct json *object, const char *key, int64_t number)
{
	set_member(object, key, json_integer(number));
}

void json_set_bool(struct json *object, const char *key, bool value)
{
	set_member(object, key, json_boolean(value));
}

void json_remove(struct json *object, const char *key)
{
	/* A member that is not there is as good as removed. */
	json_object_del(json_native(object), key);
}

void json_append(struct json *array, const struct json *value)
{
	insist(json_array_append_new(json_native(array), another(value)) == 0);
}

void json_append_text(struct json *array, const char *text)
{
	insist(json_array_append_new(json_native(array), text_value(text)) == 0);
}
