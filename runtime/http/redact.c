/* SPDX-License-Identifier: Apache-2.0 */
/* redact.c: finding secrets by the names they go under. */
#include "runtime/http/redact.h"

#include <string.h>

#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "runtime/base/xml.h"

bool redact_is_secret(const char *name)
{
	static const char *const parts[] = { "password",   "passwd",    "passphrase", "adminpass",
					     "secret",     "token",     "authoriz",   "cookie",
					     "apikey",     "accesskey", "privatekey", "keymaterial",
					     "credential", "signature", "sessionid",  "assertion" };
	static const char *const wholes[] = { "pass", "pwd", "sig", "auth" };
	char plain[64];
	size_t size = 0;

	/* "X-Auth-Token", "auth_token" and "authToken" are the same name. */
	for (const char *c = name; *c && size < sizeof plain - 1; c++) {
		if (*c >= 'A' && *c <= 'Z')
			plain[size++] = (char)(*c - 'A' + 'a');
		else if ((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9'))
			plain[size++] = *c;
	}
	plain[size] = '\0';
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		if (strstr(plain, parts[i]))
			return true;
	}
	for (size_t i = 0; i < sizeof wholes / sizeof wholes[0]; i++) {
		if (text_equal(plain, wholes[i]))
			return true;
	}
	return false;
}

static char *redact_pairs(struct arena *arena, const char *pairs)
{
	struct text text = text_new(arena);
	char **parts;
	size_t count = text_split(arena, pairs, '&', &parts);

	for (size_t i = 0; i < count; i++) {
		char *equals = strchr(parts[i], '=');

		if (i > 0)
			text_append_char(&text, '&');
		if (equals)
			*equals = '\0';
		text_append(&text, parts[i]);
		if (equals)
			text_printf(&text, "=%s", redact_is_secret(parts[i]) ? REDACTED : equals + 1);
	}
	return text.data;
}

char *redact_url(struct arena *arena, const char *url)
{
	const char *query = strchr(url, '?');

	if (!query)
		return arena_strdup(arena, url);
	return arena_printf(arena, "%.*s?%s", (int)(query - url), url, redact_pairs(arena, query + 1));
}

/* A copy of the value; *is_changed when a secret was in it. Parsed JSON is at most 64 deep. */
static const struct json *redact_json(struct arena *arena, const struct json *value, bool *is_changed)
{
	const struct json *member;
	const char *key;

	if (json_kind(value) == JSON_ARRAY) {
		struct json *array = json_array(arena);

		for (size_t i = 0; i < json_size(value); i++)
			json_append(array, redact_json(arena, json_at(value, i), is_changed));
		return array;
	}
	if (json_kind(value) != JSON_OBJECT)
		return value;

	struct json *object = json_object(arena);
	for (size_t i = 0; json_member(value, i, &key, &member); i++) {
		/* A secret's description stays readable: only what could be the secret itself goes. */
		bool is_leaf = json_kind(member) == JSON_TEXT || json_kind(member) == JSON_INT;

		if (is_leaf && redact_is_secret(key)) {
			json_set_text(object, key, REDACTED);
			*is_changed = true;
		} else {
			json_set(object, key, redact_json(arena, member, is_changed));
		}
	}
	return object;
}

static bool redact_element(struct xml *element)
{
	const char *colon = strchr(element->name, ':');
	bool is_changed = false;

	if (element->text[0] != '\0' && !element->children && redact_is_secret(colon ? colon + 1 : element->name)) {
		xml_set_text(element, REDACTED);
		is_changed = true;
	}
	for (struct xml_attribute *attribute = element->attributes; attribute; attribute = attribute->next) {
		if (!redact_is_secret(attribute->name))
			continue;
		attribute->value = REDACTED;
		is_changed = true;
	}
	for (struct xml *child = element->children; child; child = child->next)
		is_changed |= redact_element(child);
	return is_changed;
}

static bool is_form(struct slice body)
{
	const char *equals = memchr(body.data, '=', body.size);

	/* No white space or brackets before the first '=': the name of a parameter. */
	for (const char *c = body.data; equals && c < equals; c++) {
		if (strchr(" \t\r\n<>{}[]\"", *c))
			return false;
	}
	return equals != NULL && !memchr(body.data, '\0', body.size);
}

struct slice redact_body(struct arena *arena, struct slice body)
{
	struct json *json;
	struct xml *xml;
	bool is_changed = false;

	if (body.size == 0)
		return body;
	if (status_is_ok(json_parse(arena, body, NULL, &json))) {
		const struct json *copy = redact_json(arena, json, &is_changed);

		return is_changed ? slice_text(json_print(arena, copy)) : body;
	}
	if (body.data[0] == '<' && status_is_ok(xml_parse(arena, body, NULL, &xml)))
		return redact_element(xml) ? slice_text(xml_print(arena, xml)) : body;
	if (is_form(body))
		return slice_text(redact_pairs(arena, arena_strndup(arena, body.data, body.size)));
	return body;
}
