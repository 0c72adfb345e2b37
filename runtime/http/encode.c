/* SPDX-License-Identifier: Apache-2.0 */
/* encode.c: percent-encoding (RFC 3986 §2.1), with upper-case digits as signatures want them. */
#include <string.h>

#include "runtime/base/text.h"
#include "runtime/http/http.h"

static const char UNRESERVED[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

static void append_encoded(struct text *text, const char *source, char also)
{
	for (const char *c = text_or_empty(source); *c; c++) {
		if (strchr(UNRESERVED, *c) || (also != '\0' && *c == also))
			text_append_char(text, *c);
		else
			text_printf(text, "%%%02X", (unsigned char)*c);
	}
}

char *http_encode(struct arena *arena, const char *source)
{
	struct text text = text_new(arena);

	append_encoded(&text, source, '\0');
	return text.data;
}

char *http_encode_path(struct arena *arena, const char *path)
{
	struct text text = text_new(arena);

	append_encoded(&text, path, '/');
	return text.data;
}

char *http_encode_form(struct arena *arena, const struct http_header *fields, size_t count)
{
	struct text text = text_new(arena);

	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			text_append_char(&text, '&');
		append_encoded(&text, fields[i].name, '\0');
		text_append_char(&text, '=');
		append_encoded(&text, fields[i].value, '\0');
	}
	return text.data;
}
