/* SPDX-License-Identifier: Apache-2.0 */
/* marks.c: our marks, as a line at the end of a description: readable for people, the same in v3 and v4. */
#include <string.h>

#include "providers/nutanix/common.h"
#include "runtime/base/text.h"
#include "runtime/http/http.h"

#define HEAD "[gaon"
enum { DESCRIPTION_READ_MOST = 8192 };
#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

struct mark_row {
	const char *key;
	size_t offset;
	bool is_needed;
};

static const struct mark_row ROWS[] = {
	{ "resource", offsetof(struct nutanix_marks, ours.resource), true },
	{ "operation", offsetof(struct nutanix_marks, ours.operation), true },
	{ "connection", offsetof(struct nutanix_marks, ours.connection), true },
	{ "installation", offsetof(struct nutanix_marks, ours.installation), true },
	{ "image", offsetof(struct nutanix_marks, image), false },
	{ "size", offsetof(struct nutanix_marks, size), false },
	{ "tags", offsetof(struct nutanix_marks, tags), false },
};

static const char **mark_of(struct nutanix_marks *marks, const struct mark_row *row)
{
	return (const char **)((char *)marks + row->offset);
}

struct nutanix_marks nutanix_marks_new(const struct provider_session *session, const struct provider_intent *intent)
{
	return (struct nutanix_marks){ .ours = { .resource = intent->resource,
						 .operation = text_or_empty(intent->operation),
						 .connection = session->connection,
						 .installation = session->installation } };
}

struct provider_result nutanix_marks_print(struct arena *arena, const char *text, const struct nutanix_marks *marks,
					   const char **description)
{
	struct text line = text_new(arena);
	struct nutanix_marks copy = *marks;

	if (!text_is_empty(text))
		text_printf(&line, "%s\n", text);
	if (marks->ours.resource) {
		text_append(&line, HEAD);
		for (size_t i = 0; i < COUNT_OF(ROWS); i++)
			if (*mark_of(&copy, &ROWS[i]))
				text_printf(&line, " %s=%s", ROWS[i].key, http_encode(arena, *mark_of(&copy, &ROWS[i])));
		text_append(&line, "]");
	}
	if (line.size > NUTANIX_DESCRIPTION_MOST)
		return provider_fail(arena, PROVIDER_INVALID,
				     "the description with our marks would be longer than the %d bytes that Prism Central keeps; "
				     "use fewer or shorter tags",
				     NUTANIX_DESCRIPTION_MOST);
	*description = line.data;
	return PROVIDER_DONE;
}

static int hex_digit(char c)
{
	static const char DIGITS[] = "0123456789ABCDEF";
	const char *at = c ? strchr(DIGITS, c >= 'a' && c <= 'f' ? c - 'a' + 'A' : c) : NULL;

	return at ? (int)(at - DIGITS) : -1;
}

/* NULL when it is not as http_encode writes it. */
static const char *decode(struct arena *arena, const char *text)
{
	char *out = arena_strdup(arena, text), *to = out;

	for (; *text; text++) {
		int high = *text == '%' ? hex_digit(text[1]) : 0;
		int low = *text == '%' && high >= 0 ? hex_digit(text[2]) : 0;

		if (high < 0 || low < 0 || (*text == '%' && high * 16 + low == 0))
			return NULL;
		if (*text == '%') {
			*to++ = (char)(high * 16 + low);
			text += 2;
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
	return text_is_utf8(slice_text(out)) ? out : NULL;
}

static bool word_read(struct arena *arena, char *word, struct nutanix_marks *marks)
{
	char *equals = strchr(word, '=');

	if (!equals)
		return false;
	*equals = '\0';
	for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
		const char **mark = mark_of(marks, &ROWS[i]);

		if (!text_equal(ROWS[i].key, word))
			continue;
		if (*mark)
			return false; /* twice: somebody played with it */
		*mark = decode(arena, equals + 1);
		return *mark != NULL;
	}
	return true; /* of a later Gaon */
}

static const char *last_of(const char *text, const char *part)
{
	const char *found = NULL;

	for (const char *at = text; (at = strstr(at, part)) != NULL; at++)
		found = at;
	return found;
}

struct nutanix_marks nutanix_marks_read(struct arena *arena, const char *description, const char **text)
{
	const struct nutanix_marks none = { .image = NULL };
	struct nutanix_marks marks = none;
	char *copy = arena_strndup(arena, text_or_empty(description), strnlen(text_or_empty(description), DESCRIPTION_READ_MOST));
	const char *head = last_of(copy, HEAD " ");
	char *end = head ? strchr(copy + (head - copy), ']') : NULL;
	char **words;

	if (text)
		*text = arena_strdup(arena, copy);
	if (!end || end[1] != '\0' || (head != copy && head[-1] != '\n'))
		return none;
	*end = '\0';
	size_t count = text_split(arena, head + strlen(HEAD " "), ' ', &words);
	for (size_t i = 0; i < count; i++)
		if (!word_read(arena, words[i], &marks))
			return none;
	for (size_t i = 0; i < COUNT_OF(ROWS); i++)
		if (ROWS[i].is_needed && !*mark_of(&marks, &ROWS[i]))
			return none;
	if (text)
		*text = arena_strndup(arena, copy, head == copy ? 0 : (size_t)(head - copy) - 1);
	return marks;
}

bool nutanix_marks_are(const struct nutanix_marks *marks, const struct provider_session *session,
		       const struct provider_intent *intent)
{
	return marks->ours.resource && text_equal(marks->ours.resource, intent->resource) &&
	       text_equal(marks->ours.installation, session->installation);
}
