/* SPDX-License-Identifier: Apache-2.0 */
/* text.c: growing text, and strict reading. */
#include "runtime/base/text.h"

#include <stdio.h>
#include <string.h>

enum { FIRST_CAPACITY = 64 };

struct text text_new(struct arena *arena)
{
	struct text text = { .arena = arena, .capacity = FIRST_CAPACITY };

	text.data = arena_alloc(arena, FIRST_CAPACITY);
	text.data[0] = '\0';
	return text;
}

/* Room for `more` bytes and the NUL. */
static void text_reserve(struct text *text, size_t more)
{
	size_t needed;

	if (__builtin_add_overflow(text->size, more, &needed) || needed > SIZE_MAX / 2)
		needed = SIZE_MAX / 2; /* the arena refuses it with the ordinary words */
	if (needed < text->capacity)
		return;

	size_t capacity = text->capacity;
	while (capacity <= needed)
		capacity *= 2;
	char *data = arena_alloc(text->arena, capacity);
	memcpy(data, text->data, text->size + 1);
	text->data = data;
	text->capacity = capacity;
}

void text_append_slice(struct text *text, struct slice more)
{
	if (more.size == 0)
		return;
	text_reserve(text, more.size);
	memcpy(text->data + text->size, more.data, more.size);
	text->size += more.size;
	text->data[text->size] = '\0';
}

void text_append(struct text *text, const char *more)
{
	text_append_slice(text, slice_text(more));
}

void text_append_char(struct text *text, char c)
{
	text_append_slice(text, slice_of(&c, 1));
}

void text_printf(struct text *text, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	int length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length <= 0)
		return;

	text_reserve(text, (size_t)length);
	va_start(arguments, format);
	vsnprintf(text->data + text->size, (size_t)length + 1, format, arguments);
	va_end(arguments);
	text->size += (size_t)length;
}

/*
 * Length of the well-formed sequence at `at`, 0 when there is none. Unicode 15, table 3-7: only the second byte's range
 * depends on the first.
 */
static size_t utf8_sequence(const unsigned char *at, size_t left)
{
	static const struct {
		unsigned char first, last, low, high;
		size_t size;
	} rows[] = {
		{ 0x00, 0x7f, 0, 0, 1 },       { 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (at[0] < rows[i].first || at[0] > rows[i].last)
			continue;
		if (rows[i].size > left)
			return 0;
		if (rows[i].size > 1 && (at[1] < rows[i].low || at[1] > rows[i].high))
			return 0;
		for (size_t j = 2; j < rows[i].size; j++) {
			if ((at[j] & 0xc0) != 0x80)
				return 0;
		}
		return rows[i].size;
	}
	return 0;
}

size_t text_utf8_step(struct slice bytes)
{
	return bytes.size > 0 ? utf8_sequence((const unsigned char *)bytes.data, bytes.size) : 0;
}

bool text_is_utf8(struct slice bytes)
{
	while (bytes.size > 0) {
		size_t step = text_utf8_step(bytes);

		if (step == 0)
			return false;
		bytes = slice_of(bytes.data + step, bytes.size - step);
	}
	return true;
}

char *text_to_utf8(struct arena *arena, struct slice bytes)
{
	struct text text = text_new(arena);

	while (bytes.size > 0) {
		size_t step = bytes.data[0] == '\0' ? 0 : text_utf8_step(bytes);

		if (step > 0)
			text_append_slice(&text, slice_of(bytes.data, step));
		else
			text_append(&text, "\xef\xbf\xbd");
		step = step > 0 ? step : 1;
		bytes = slice_of(bytes.data + step, bytes.size - step);
	}
	return text.data;
}

bool text_is_printable(struct slice bytes)
{
	for (size_t i = 0; i < bytes.size; i++) {
		unsigned char c = (unsigned char)bytes.data[i];

		if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f)
			return false;
	}
	return true;
}

bool text_to_uint64(const char *text, uint64_t *number)
{
	uint64_t value = 0;

	if (text_is_empty(text))
		return false;
	for (const char *c = text; *c; c++) {
		if (*c < '0' || *c > '9')
			return false;
		if (__builtin_mul_overflow(value, 10u, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*c - '0'), &value))
			return false;
	}
	*number = value;
	return true;
}

bool text_to_int64(const char *text, int64_t *number)
{
	bool is_negative = text && text[0] == '-';
	uint64_t magnitude;

	if (!text_to_uint64(is_negative ? text + 1 : text, &magnitude))
		return false;
	if (magnitude > (uint64_t)INT64_MAX + (is_negative ? 1 : 0))
		return false;
	if (!is_negative)
		*number = (int64_t)magnitude;
	else
		*number = magnitude == 0 ? 0 : -(int64_t)(magnitude - 1) - 1;
	return true;
}

bool text_starts_with(const char *text, const char *prefix)
{
	return text && prefix && strncmp(text, prefix, strlen(prefix)) == 0;
}

bool text_ends_with(const char *text, const char *suffix)
{
	if (!text || !suffix)
		return false;

	size_t size = strlen(text);
	size_t tail = strlen(suffix);
	return tail <= size && memcmp(text + size - tail, suffix, tail) == 0;
}

bool text_equal(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

const char *text_or_empty(const char *text)
{
	return text ? text : "";
}

bool text_is_empty(const char *text)
{
	return !text || text[0] == '\0';
}

size_t text_split(struct arena *arena, const char *text, char separator, char ***parts)
{
	size_t count = 1;

	text = text_or_empty(text);
	for (const char *c = text; *c; c++)
		count += *c == separator;

	char **list = ARENA_ARRAY(arena, count, char *);
	for (size_t i = 0; i < count; i++) {
		const char *end = strchr(text, separator);
		size_t size = end && separator != '\0' ? (size_t)(end - text) : strlen(text);

		list[i] = arena_strndup(arena, text, size);
		text += size + 1;
	}
	*parts = list;
	return count;
}

char *text_lower(struct arena *arena, const char *text)
{
	char *lower = arena_strdup(arena, text_or_empty(text));

	/* ASCII only, whatever the locale. */
	for (char *c = lower; *c; c++)
		*c = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
	return lower;
}

bool text_is_resource_id(const char *text)
{
	size_t size = text ? strnlen(text, 64) : 0;

	if (size == 0 || size > 63)
		return false;
	if (text[0] < 'a' || text[0] > 'z' || text[size - 1] == '-')
		return false;
	for (size_t i = 0; i < size; i++) {
		bool is_letter = text[i] >= 'a' && text[i] <= 'z';
		bool is_digit = text[i] >= '0' && text[i] <= '9';

		if (!is_letter && !is_digit && text[i] != '-')
			return false;
	}
	return true;
}
