/* SPDX-License-Identifier: Apache-2.0 */
/* tags.c: any tag as a category, which may not have every character: what it cannot have is written "._2F". */
#include <string.h>

#include "providers/nutanix/common.h"
#include "runtime/base/text.h"

#define ESCAPE "._"
enum { CATEGORY_MOST = 64, TAGS_MOST = 50 };

/* v3: ^[a-zA-Z0-9_.-]+( [a-zA-Z0-9_.-]+)*$; v4 takes more: no '/', and no '$' first. */
static bool is_allowed(const char *text, size_t at, enum nutanix_api api)
{
	char c = text[at];

	if (text_starts_with(text + at, ESCAPE))
		return false;
	if (c == ' ')
		return at > 0 && text[at - 1] != ' ' && text[at + 1] != ' ' && text[at + 1] != '\0';
	if (api == NUTANIX_API_V4)
		return (unsigned char)c > ' ' && c != 0x7f && c != '/' && (c != '$' || at > 0);
	return strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-", c) != NULL;
}

const char *nutanix_tag_encode(struct arena *arena, const char *text, enum nutanix_api api)
{
	struct text out = text_new(arena);

	if (text[0] == '\0')
		return ESCAPE;
	for (size_t i = 0; text[i]; i++)
		if (is_allowed(text, i, api))
			text_append_char(&out, text[i]);
		else
			text_printf(&out, ESCAPE "%02X", (unsigned)(unsigned char)text[i]);
	return out.data;
}

static int hex_digit(char c)
{
	static const char DIGITS[] = "0123456789ABCDEF";
	const char *at = c ? strchr(DIGITS, c) : NULL;

	return at ? (int)(at - DIGITS) : -1;
}

const char *nutanix_tag_decode(struct arena *arena, const char *text)
{
	struct text out = text_new(arena);

	if (text_equal(text, ESCAPE))
		return "";
	for (size_t i = 0; text[i]; i++) {
		bool is_escape = text_starts_with(text + i, ESCAPE);
		int high = is_escape ? hex_digit(text[i + 2]) : -1;
		int low = high >= 0 ? hex_digit(text[i + 3]) : -1;

		if (is_escape && (low < 0 || high * 16 + low == 0))
			return text; /* somebody else's: as it is */
		if (is_escape) {
			text_append_char(&out, (char)(high * 16 + low));
			i += 3;
		} else {
			text_append_char(&out, text[i]);
		}
	}
	return text_is_utf8(slice_text(out.data)) ? out.data : text;
}

struct provider_result nutanix_tags_check(struct arena *arena, const struct json *tags, enum nutanix_api api)
{
	const char *key;
	const struct json *value;

	if (json_size(tags) > TAGS_MOST)
		return provider_fail(arena, PROVIDER_INVALID, "at most %d tags", TAGS_MOST);
	for (size_t i = 0; json_member(tags, i, &key, &value); i++) {
		const char *text = json_text(value, NULL);

		if (key[0] == '\0' || !text)
			return provider_fail(arena, PROVIDER_INVALID, "a tag has a key, and a text as its value");
		if (strlen(nutanix_tag_encode(arena, key, api)) > CATEGORY_MOST ||
		    strlen(nutanix_tag_encode(arena, text, api)) > CATEGORY_MOST)
			return provider_fail(arena, PROVIDER_INVALID,
					     "the tag \"%.64s\" or its value is too long for a category: %d characters, and each that a "
					     "category cannot have counts as four",
					     key, CATEGORY_MOST);
	}
	return PROVIDER_DONE;
}

/* The strict form has no comma. */
const char *nutanix_tag_keys(struct arena *arena, const struct json *tags)
{
	struct text keys = text_new(arena);
	const char *key;
	const struct json *value;

	for (size_t i = 0; json_member(tags, i, &key, &value); i++)
		text_printf(&keys, "%s%s", i > 0 ? "," : "", nutanix_tag_encode(arena, key, NUTANIX_API_V3));
	return keys.size > 0 ? keys.data : NULL;
}

bool nutanix_tag_is_ours(struct arena *arena, const char *keys, const char *category_key)
{
	const char *key = nutanix_tag_encode(arena, nutanix_tag_decode(arena, category_key), NUTANIX_API_V3);
	size_t size = strlen(key);

	for (const char *at = keys; at && *at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
		if (strcspn(at, ",") == size && memcmp(at, key, size) == 0)
			return true;
	return false;
}
