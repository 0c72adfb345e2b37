/* SPDX-License-Identifier: Apache-2.0 */
/* name.c: names of virtual machines: made unique, escaped as vSphere does, and read back. */
#include <string.h>

#include "providers/vsphere/vm.h"
#include "runtime/base/id.h"
#include "runtime/base/text.h"

/* The end of a UUIDv7 is random; its beginning is the time. */
#define DIGITS 12
#define UUID_SIZE 36

/* The three characters that vSphere escapes in names, so that they can be part of a path. */
static const struct {
	char plain;
	const char *escaped;
} ESCAPES[] = { { '%', "%25" }, { '/', "%2f" }, { '\\', "%5c" } };

static const char *escape_of(char c)
{
	for (size_t i = 0; i < sizeof ESCAPES / sizeof ESCAPES[0]; i++)
		if (ESCAPES[i].plain == c)
			return ESCAPES[i].escaped;
	return NULL;
}

static size_t characters(const char *text)
{
	size_t count = 0;

	for (const char *c = text; *c; c++)
		count += ((unsigned char)*c & 0xc0) != 0x80;
	return count;
}

const char *vsphere_name_make(struct arena *arena, const char *name, const char *resource)
{
	struct text text = text_new(arena);

	if (text_is_empty(name) || strlen(name) > VSPHERE_NAME_MOST * 4 || !text_is_utf8(slice_text(name)) ||
	    !text_is_printable(slice_text(name)) || strpbrk(name, "\t\n\r") || !id_is_uuid(text_or_empty(resource)))
		return NULL;
	for (const char *c = name; *c; c++) {
		const char *escaped = escape_of(*c);
		if (escaped)
			text_append(&text, escaped);
		else
			text_append_char(&text, *c);
	}
	text_printf(&text, "-%s", resource + UUID_SIZE - DIGITS);
	return characters(text.data) <= VSPHERE_NAME_MOST ? text.data : NULL;
}

bool vsphere_name_ends(const char *name, const char *resource)
{
	size_t size = strlen(name);

	return id_is_uuid(text_or_empty(resource)) && size > DIGITS + 1 && name[size - DIGITS - 1] == '-' &&
	       strcmp(name + size - DIGITS, resource + UUID_SIZE - DIGITS) == 0;
}

static bool unescape(const char *at, char *plain)
{
	for (size_t i = 0; i < sizeof ESCAPES / sizeof ESCAPES[0]; i++) {
		const char *escaped = ESCAPES[i].escaped;
		bool is_it = at[0] == '%' && at[1] == escaped[1] && (at[2] == escaped[2] || at[2] == (escaped[2] & ~0x20));
		if (is_it) {
			*plain = ESCAPES[i].plain;
			return true;
		}
	}
	return false;
}

const char *vsphere_name_read(struct arena *arena, const char *name, const char *resource)
{
	size_t size = strlen(name) - (vsphere_name_ends(name, resource) ? DIGITS + 1 : 0);
	struct text text = text_new(arena);

	for (size_t i = 0; i < size; i++) {
		char plain;
		if (i + 2 < size && unescape(name + i, &plain)) {
			text_append_char(&text, plain);
			i += 2;
		} else {
			text_append_char(&text, name[i]);
		}
	}
	return text.data;
}
