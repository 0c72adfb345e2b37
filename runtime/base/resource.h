/* SPDX-License-Identifier: Apache-2.0 */
/* resource.h: the AIP manners that every service shares: resource names, pages, etags. */
#ifndef GAON_BASE_RESOURCE_H
#define GAON_BASE_RESOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/base/arena.h"

/**
 * Takes a name apart by a pattern (AIP-122): resource_parse(arena, "name", text, "tenants/{}/projects/{}", ids) sets ids[0],
 * ids[1] (copied into the arena). Each id is 1 to 128 characters of [A-Za-z0-9._~-] and is not "-" or "..".
 * Fails INVALID_ARGUMENT / INVALID_FIELD naming `field` and the pattern.
 */
MUST_CHECK struct status resource_parse(struct arena *arena, const char *field, const char *name, const char *pattern,
					const char **ids);
/** As resource_parse, without a status; "-" is accepted as an id where `allow_any` is set (AIP-159). */
bool resource_match(struct arena *arena, const char *name, const char *pattern, bool allow_any, const char **ids);

/** The id of the first `collection` in a name: resource_id(arena, "tenants/acme/projects/web", "projects") is "web"; NULL: none. */
const char *resource_id(struct arena *arena, const char *name, const char *collection);
/** "tenants/acme" of anything below it, NULL when it is not below a tenant. */
const char *resource_tenant(struct arena *arena, const char *name);
/** "tenants/acme/projects/web" of anything below it, NULL when it is not below a project. */
const char *resource_project(struct arena *arena, const char *name);
/** The name without its last two parts: "tenants/acme" for "tenants/acme/projects/web"; "" at the top. */
const char *resource_parent(struct arena *arena, const char *name);
/** The last part. */
const char *resource_leaf(const char *name);

/** NOT_FOUND / <TYPE>_NOT_FOUND with ResourceInfo; the one answer for what is not there and what may not be seen. `type` "Machine". */
MUST_CHECK struct status resource_not_found(struct arena *arena, const char *type, const char *name);

/** One page of a list (AIP-158). */
struct page {
	unsigned limit;          /* 1 to 500; ask the store for limit + 1 to know whether there is more */
	const char *after;       /* the sort key to go on after, as page_next was given it; NULL on the first page */
	const char *fingerprint; /* of the query: a token of another query is refused */
};

/**
 * Reads page_size and page_token. `query` is everything else that decides what the list holds (method, parent, filter,
 * order), joined by the caller. Fails INVALID_ARGUMENT / INVALID_FIELD on a negative size, / PAGE_TOKEN_INVALID on a token
 * that is malformed or of another query.
 */
MUST_CHECK struct status page_read(struct arena *arena, int32_t page_size, const char *page_token, const char *query,
				   struct page *page);
/** The token that goes on after `key`. */
const char *page_next(struct arena *arena, const struct page *page, const char *key);

/** A page of `count` things that are not in the store: `*first` is where it begins, the return value how many it holds. */
size_t page_of_table(const struct page *page, size_t count, size_t *first);
/** Its next token; "" on the last page. */
const char *page_of_table_next(struct arena *arena, const struct page *page, size_t count);

/** The etag of a revision. */
const char *etag_format(struct arena *arena, int64_t revision);
/** OK when `etag` is empty or is this revision's; else ABORTED / ETAG_STALE. */
MUST_CHECK struct status etag_check(struct arena *arena, const char *etag, int64_t revision);

#endif
