/* SPDX-License-Identifier: Apache-2.0 */
/* json_print.c: one printer for wires, people and digests: numbers and escapes as in RFC 8785 in all three. */
#include "runtime/base/jansson_names.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/text.h"

enum { LONGEST_REAL = 40, DEEPEST = 1024 };

struct printer {
	struct text text;
	bool is_canonical;
	unsigned indent;
	unsigned depth;
};

static void print_value(struct printer *printer, json_t *value);

static void print_text(struct text *text, struct slice string)
{
	static const char escapes[32] = { ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r' };
	size_t start = 0;

	text_append_char(text, '"');
	for (size_t i = 0; i < string.size; i++) {
		unsigned char c = (unsigned char)string.data[i];

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		text_append_slice(text, slice_of(string.data + start, i - start));
		start = i + 1;
		if (c >= 0x20)
			text_printf(text, "\\%c", c);
		else if (escapes[c])
			text_printf(text, "\\%c", escapes[c]);
		else
			text_printf(text, "\\u%04x", c);
	}
	text_append_slice(text, slice_of(string.data + start, string.size - start));
	text_append_char(text, '"');
}

/*
 * RFC 8785 §3.2.2.3 points to ECMAScript's Number::toString: the shortest digits that read back as the same number, and
 * exponents only outside 1e-7 … 1e21. No locale: the decimal point is put in here.
 */
static void print_real(struct text *text, double number)
{
	char scientific[LONGEST_REAL];
	char digits[LONGEST_REAL];
	int count = 0;

	if (number == 0) {
		text_append_char(text, '0');
		return;
	}
	for (int precision = 0; precision < 17; precision++) {
		snprintf(scientific, sizeof scientific, "%.*e", precision, fabs(number));
		if (strtod(scientific, NULL) == fabs(number))
			break;
	}
	const char *e = strchr(scientific, 'e');
	for (const char *c = scientific; c < e; c++) {
		if (*c >= '0' && *c <= '9')
			digits[count++] = *c;
	}
	while (count > 1 && digits[count - 1] == '0')
		count--;
	int point = (int)strtol(e + 1, NULL, 10) + 1; /* the number is 0.digits × 10^point */

	if (number < 0)
		text_append_char(text, '-');
	if (point > 0 && point <= 21) {
		text_printf(text, "%.*s", count < point ? count : point, digits);
		for (int i = count; i < point; i++)
			text_append_char(text, '0');
		if (count > point)
			text_printf(text, ".%.*s", count - point, digits + point);
	} else if (point > -6 && point <= 0) {
		text_append(text, "0.");
		for (int i = point; i < 0; i++)
			text_append_char(text, '0');
		text_printf(text, "%.*s", count, digits);
	} else {
		text_append_char(text, digits[0]);
		if (count > 1)
			text_printf(text, ".%.*s", count - 1, digits + 1);
		text_printf(text, "e%+d", point - 1);
	}
}

/*
 * RFC 8785 writes 2e20 as an integer, which would read back as one, or as one too large. Only digests are taken over
 * that form; elsewhere a real stays recognisable.
 */
static void print_real_value(struct printer *printer, double number)
{
	size_t start = printer->text.size;

	print_real(&printer->text, number);
	if (!printer->is_canonical && !strpbrk(printer->text.data + start, ".e"))
		text_append(&printer->text, ".0");
}

static void print_line(struct printer *printer)
{
	if (printer->indent == 0)
		return;
	text_append_char(&printer->text, '\n');
	for (unsigned i = 0; i < printer->indent * printer->depth; i++)
		text_append_char(&printer->text, ' ');
}

static void print_array(struct printer *printer, json_t *array)
{
	size_t size = json_array_size(array);

	text_append_char(&printer->text, '[');
	printer->depth++;
	for (size_t i = 0; i < size; i++) {
		if (i > 0)
			text_append_char(&printer->text, ',');
		print_line(printer);
		print_value(printer, json_array_get(array, i));
	}
	printer->depth--;
	if (size > 0)
		print_line(printer);
	text_append_char(&printer->text, ']');
}

/*
 * UTF-8 sorts by code point. RFC 8785 §3.2.3 sorts by UTF-16 code unit, where the surrogates of what lies above U+FFFF
 * (a lead byte of F0 or more) come before U+E000 (a lead byte of EE or EF).
 */
static int compare_keys(const void *left, const void *right)
{
	const unsigned char *a = *(const unsigned char *const *)left;
	const unsigned char *b = *(const unsigned char *const *)right;

	while (*a && *a == *b) {
		a++;
		b++;
	}
	if (*a >= 0xee && *b >= 0xee && (*a >= 0xf0) != (*b >= 0xf0))
		return *a >= 0xf0 ? -1 : 1;
	return *a < *b ? -1 : *a > *b;
}

static const char **keys_of(struct printer *printer, json_t *object)
{
	const char **keys = ARENA_ARRAY(printer->text.arena, json_object_size(object), const char *);
	size_t count = 0;

	for (void *member = json_object_iter(object); member; member = json_object_iter_next(object, member))
		keys[count++] = json_object_iter_key(member);
	if (printer->is_canonical && count > 1)
		qsort(keys, count, sizeof keys[0], compare_keys);
	return keys;
}

static void print_object(struct printer *printer, json_t *object)
{
	size_t size = json_object_size(object);
	const char **keys = keys_of(printer, object);

	text_append_char(&printer->text, '{');
	printer->depth++;
	for (size_t i = 0; i < size; i++) {
		if (i > 0)
			text_append_char(&printer->text, ',');
		print_line(printer);
		print_text(&printer->text, slice_text(keys[i]));
		text_append(&printer->text, printer->indent > 0 ? ": " : ":");
		print_value(printer, json_object_get(object, keys[i]));
	}
	printer->depth--;
	if (size > 0)
		print_line(printer);
	text_append_char(&printer->text, '}');
}

static void print_value(struct printer *printer, json_t *value)
{
	if (printer->depth > DEEPEST) {
		/* Only a value that was set inside itself gets here. */
		fputs("gaon: a JSON value holds itself\n", stderr);
		abort();
	}
	switch (json_typeof(value)) {
	case JANSSON_OBJECT:
		print_object(printer, value);
		break;
	case JANSSON_ARRAY:
		print_array(printer, value);
		break;
	case JSON_STRING:
		print_text(&printer->text, slice_of(json_string_value(value), json_string_length(value)));
		break;
	case JSON_INTEGER:
		text_printf(&printer->text, "%lld", (long long)json_integer_value(value));
		break;
	case JANSSON_REAL:
		print_real_value(printer, json_real_value(value));
		break;
	case JSON_TRUE:
		text_append(&printer->text, "true");
		break;
	case JSON_FALSE:
		text_append(&printer->text, "false");
		break;
	case JANSSON_NULL:
		text_append(&printer->text, "null");
		break;
	}
}

static char *print_with(struct arena *arena, const struct json *value, bool is_canonical, unsigned indent)
{
	struct printer printer = { .text = text_new(arena), .is_canonical = is_canonical, .indent = indent };

	print_value(&printer, value ? json_native(value) : json_null());
	return printer.text.data;
}

char *json_print(struct arena *arena, const struct json *value)
{
	return print_with(arena, value, false, 0);
}

char *json_print_pretty(struct arena *arena, const struct json *value)
{
	return print_with(arena, value, false, 2);
}

char *json_print_canonical(struct arena *arena, const struct json *value)
{
	return print_with(arena, value, true, 0);
}
