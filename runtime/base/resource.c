/* SPDX-License-Identifier: Apache-2.0 */
/* resource.c: the AIP manners that every service shares. */
#include "runtime/base/resource.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/text.h"

enum { ID_MOST = 128, PAGE_DEFAULT = 50, PAGE_MOST = 500 };

static bool id_is_sound(const char *id, size_t size)
{
	if (size == 0 || size > ID_MOST || (size == 2 && memcmp(id, "..", 2) == 0) || (size == 1 && id[0] == '.'))
		return false;
	for (size_t i = 0; i < size; i++)
		if (!isalnum((unsigned char)id[i]) && !strchr("._~-", id[i]))
			return false;
	return true;
}

/** Where the part that begins at `part` ends. */
static const char *part_end(const char *part)
{
	const char *slash = strchr(part, '/');
	return slash ? slash : part + strlen(part);
}

bool resource_match(struct arena *arena, const char *name, const char *pattern, bool allow_any, const char **ids)
{
	if (!name)
		return false;
	for (;;) {
		const char *name_end = part_end(name), *pattern_end = part_end(pattern);
		size_t size = (size_t)(name_end - name), wanted = (size_t)(pattern_end - pattern);

		if (wanted == 2 && memcmp(pattern, "{}", 2) == 0) {
			bool is_any = size == 1 && name[0] == '-';
			if (is_any ? !allow_any : !id_is_sound(name, size))
				return false;
			*ids++ = arena_strndup(arena, name, size);
		} else if (size != wanted || memcmp(name, pattern, size) != 0) {
			return false;
		}
		if (*name_end == '\0' || *pattern_end == '\0')
			return *name_end == *pattern_end;
		name = name_end + 1;
		pattern = pattern_end + 1;
	}
}

struct status resource_parse(struct arena *arena, const char *field, const char *name, const char *pattern, const char **ids)
{
	if (resource_match(arena, name, pattern, false, ids))
		return OK;
	return status_invalid_field(arena, field, "must be a name of the form \"%s\"", pattern);
}

const char *resource_id(struct arena *arena, const char *name, const char *collection)
{
	size_t wanted = strlen(collection);

	while (name && *name) {
		const char *end = part_end(name);
		if (*end == '\0')
			return NULL;
		const char *id = end + 1, *id_end = part_end(id);
		if ((size_t)(end - name) == wanted && memcmp(name, collection, wanted) == 0)
			return arena_strndup(arena, id, (size_t)(id_end - id));
		name = *id_end ? id_end + 1 : id_end;
	}
	return NULL;
}

const char *resource_tenant(struct arena *arena, const char *name)
{
	if (!name || !text_starts_with(name, "tenants/"))
		return NULL;
	return arena_strndup(arena, name, (size_t)(part_end(name + strlen("tenants/")) - name));
}

const char *resource_project(struct arena *arena, const char *name)
{
	const char *tenant = resource_tenant(arena, name);
	if (!tenant || !text_starts_with(name + strlen(tenant), "/projects/"))
		return NULL;
	return arena_strndup(arena, name, (size_t)(part_end(name + strlen(tenant) + strlen("/projects/")) - name));
}

const char *resource_parent(struct arena *arena, const char *name)
{
	size_t size = strlen(name);
	for (unsigned cuts = 0; size > 0 && cuts < 2;)
		if (name[--size] == '/')
			cuts++;
	return arena_strndup(arena, name, size);
}

const char *resource_leaf(const char *name)
{
	const char *slash = strrchr(name, '/');
	return slash ? slash + 1 : name;
}

struct status resource_not_found(struct arena *arena, const char *type, const char *name)
{
	struct text reason = text_new(arena);
	for (const char *c = type; *c; c++) {
		if (c != type && isupper((unsigned char)*c))
			text_append_char(&reason, '_');
		text_append_char(&reason, (char)toupper((unsigned char)*c));
	}
	text_append(&reason, "_NOT_FOUND");

	struct status status = status_fail(arena, STATUS_NOT_FOUND, reason.data,
					   "there is no %s \"%s\", or you may not see it; list what there is and check the name",
					   text_lower(arena, type), name ? name : "");
	return status_with_resource(arena, status, arena_printf(arena, "gaon/%s", type), name ? name : "");
}

/** FNV-1a: a fingerprint tells queries apart by mistake, not by malice; a forged key only moves the caller's own page. */
static const char *fingerprint(struct arena *arena, const char *query)
{
	uint64_t hash = UINT64_C(14695981039346656037);
	for (const char *c = query; *c; c++)
		hash = (hash ^ (unsigned char)*c) * UINT64_C(1099511628211);
	return arena_printf(arena, "%016llx", (unsigned long long)hash);
}

struct status page_read(struct arena *arena, int32_t page_size, const char *page_token, const char *query, struct page *page)
{
	if (page_size < 0)
		return status_invalid_field(arena, "page_size", "must be 0 (for %d) or more", PAGE_DEFAULT);
	page->limit = page_size == 0 ? PAGE_DEFAULT : page_size > PAGE_MOST ? PAGE_MOST : (unsigned)page_size;
	page->fingerprint = fingerprint(arena, query);
	page->after = NULL;
	if (text_is_empty(page_token))
		return OK;

	struct slice token;
	size_t mark = strlen(page->fingerprint);
	if (!text_from_base64url(arena, slice_text(page_token), &token) || token.size <= mark || token.data[mark] != ':' ||
	    !text_is_utf8(token) || memchr(token.data, '\0', token.size) || memcmp(token.data, page->fingerprint, mark) != 0)
		return status_with_field(arena,
					 status_fail(arena, STATUS_INVALID_ARGUMENT, "PAGE_TOKEN_INVALID",
						     "the page_token is not one that this list gave; begin again without it"),
					 "page_token", "not a token of this query");
	page->after = arena_strndup(arena, token.data + mark + 1, token.size - mark - 1);
	return OK;
}

const char *page_next(struct arena *arena, const struct page *page, const char *key)
{
	return text_to_base64url(arena, slice_text(arena_printf(arena, "%s:%s", page->fingerprint, key)));
}

size_t page_of_table(const struct page *page, size_t count, size_t *first)
{
	unsigned long long after = page->after ? strtoull(page->after, NULL, 10) : 0;

	*first = after < count ? (size_t)after : count;
	return count - *first < page->limit ? count - *first : page->limit;
}

const char *page_of_table_next(struct arena *arena, const struct page *page, size_t count)
{
	size_t first, size = page_of_table(page, count, &first);

	return first + size < count ? page_next(arena, page, arena_printf(arena, "%zu", first + size)) : "";
}

const char *etag_format(struct arena *arena, int64_t revision)
{
	/* By hand: it is part of every answer, and printf costs as much as reading the row. */
	enum { DIGITS_MOST = 19 };
	char digits[DIGITS_MOST], *etag = arena_alloc(arena, sizeof "W/\"-\"" + DIGITS_MOST);
	uint64_t left = revision < 0 ? 0 - (uint64_t)revision : (uint64_t)revision;
	size_t count = 0, at = 3;

	do
		digits[count++] = (char)('0' + left % 10);
	while ((left /= 10) > 0);
	memcpy(etag, "W/\"-", 4);
	if (revision < 0)
		at++;
	while (count > 0)
		etag[at++] = digits[--count];
	etag[at++] = '"';
	etag[at] = '\0';
	return etag;
}

struct status etag_check(struct arena *arena, const char *etag, int64_t revision)
{
	if (text_is_empty(etag) || text_equal(etag, etag_format(arena, revision)))
		return OK;
	return status_with_field(arena,
				 status_fail(arena, STATUS_ABORTED, "ETAG_STALE",
					     "it changed since you read it; read it again, look at what changed, and retry"),
				 "etag", "is not the present one");
}
