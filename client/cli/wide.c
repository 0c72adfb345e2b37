/* SPDX-License-Identifier: Apache-2.0 */
/* wide.c: see wide.h. Our own ranges, so that the answer does not depend on the locale. */
#include "client/cli/wide.h"

#include <stdint.h>
#include <string.h>

#include "runtime/base/text.h"

struct range {
	uint32_t first, last;
};

/* East Asian Wide and Fullwidth of Unicode's EastAsianWidth.txt, blocks joined where nothing narrow lies between. */
static const struct range wide_ranges[] = {
	{ 0x1100, 0x115f },   { 0x2e80, 0x303e },   { 0x3041, 0x33ff },   { 0x3400, 0x4dbf },
	{ 0x4e00, 0x9fff },   { 0xa000, 0xa4cf },   { 0xa960, 0xa97c },   { 0xac00, 0xd7a3 },
	{ 0xf900, 0xfaff },   { 0xfe30, 0xfe6f },   { 0xff01, 0xff60 },   { 0xffe0, 0xffe6 },
	{ 0x1f300, 0x1f64f }, { 0x1f680, 0x1f6ff }, { 0x1f900, 0x1f9ff }, { 0x20000, 0x3fffd },
};

static const struct range zero_ranges[] = {
	{ 0x0300, 0x036f }, { 0x1160, 0x11ff }, { 0x200b, 0x200f }, { 0x20d0, 0x20ff }, { 0xfe00, 0xfe0f },
};

static bool is_among(uint32_t point, const struct range *ranges, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (point >= ranges[i].first && point <= ranges[i].last)
			return true;
	return false;
}

static size_t point_cells(uint32_t point)
{
	if (point < 0x300)
		return 1;
	if (is_among(point, zero_ranges, sizeof(zero_ranges) / sizeof(zero_ranges[0])))
		return 0;
	return is_among(point, wide_ranges, sizeof(wide_ranges) / sizeof(wide_ranges[0])) ? 2 : 1;
}

/** Bytes of the character at `text`; 0 when it is not well formed. */
static size_t decode(const char *text, uint32_t *point)
{
	const unsigned char *bytes = (const unsigned char *)text;
	size_t size = bytes[0] < 0x80 ? 1 : bytes[0] >= 0xf0 ? 4 : bytes[0] >= 0xe0 ? 3 : 2;

	if (strnlen(text, size) < size || !text_is_utf8(slice_of(text, size)))
		return 0;
	*point = size == 1 ? bytes[0] : bytes[0] & (0xffu >> (size + 1));
	for (size_t i = 1; i < size; i++)
		*point = *point << 6 | (bytes[i] & 0x3f);
	return size;
}

size_t wide_cells(const char *text)
{
	size_t cells = 0;

	while (*text) {
		uint32_t point = 0;
		size_t size = decode(text, &point);

		cells += size ? point_cells(point) : 1;
		text += size ? size : 1;
	}
	return cells;
}

char *wide_cut(struct arena *arena, const char *text, size_t cells)
{
	const char *at = text;
	size_t used = 0;

	if (wide_cells(text) <= cells)
		return arena_strdup(arena, text);
	while (*at) {
		uint32_t point = 0;
		size_t size = decode(at, &point), more = size ? point_cells(point) : 1;

		if (used + more + 1 > cells)
			break;
		used += more;
		at += size ? size : 1;
	}
	return arena_printf(arena, "%.*s…", (int)(at - text), text);
}

/** ECMA-48 control sequences ("\033[2J") go as a whole: what they leave behind would read as noise. */
static size_t escape_size(const char *text)
{
	size_t size = 2;

	if (text[0] != '\033' || text[1] != '[')
		return 0;
	while (text[size] >= 0x20 && text[size] <= 0x3f)
		size++;
	return text[size] >= 0x40 && text[size] <= 0x7e ? size + 1 : size;
}

static char *clean(struct arena *arena, const char *text, const char *kept)
{
	struct text out = text_new(arena);

	while (*text) {
		uint32_t point = 0;
		size_t skipped = escape_size(text), size = decode(text, &point);
		bool is_control = point < 0x20 || (point >= 0x7f && point < 0xa0) ||
				  (point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);

		if (skipped)
			size = skipped;
		else if (!size)
			text_append_char(&out, '?');
		else if (point == '\r' && *kept)
			; /* serial consoles end lines with CR LF */
		else if (is_control && !(point < 0x20 && strchr(kept, (int)point)))
			text_append_char(&out, ' ');
		else
			text_append_slice(&out, slice_of(text, size));
		text += size ? size : 1;
	}
	return out.data;
}

char *wide_clean(struct arena *arena, const char *text)
{
	return clean(arena, text, "");
}

char *wide_clean_lines(struct arena *arena, const char *text)
{
	return clean(arena, text, "\n\t");
}
