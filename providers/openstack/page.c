/* SPDX-License-Identifier: Apache-2.0 */
/* page.c: asking for a page, and finding out whether it was the last one. */
#include "providers/openstack/page.h"

#include <string.h>

#include "runtime/base/text.h"

enum { PAGE_DEFAULT = 100, PAGE_MOST = 1000, WALK_SIZE = 500, WALK_PAGES = 200, TOKEN_MOST = 255 };

bool openstack_has_next(struct arena *arena, const struct json *answer, const char *rows)
{
	const struct json *links = json_get(answer, arena_printf(arena, "%s_links", rows));
	for (size_t i = 0; i < json_size(links); i++)
		if (text_equal(json_text(json_get(json_at(links, i), "rel"), NULL), "next"))
			return true;
	return json_text(json_get(answer, "next"), NULL) != NULL;
}

static struct provider_result token_check(struct provider_call *call, const struct openstack_list *list,
					  const char *token)
{
	bool is_good = !token ||
		       (list->has_free_ids ? token[0] != '\0' && strlen(token) <= TOKEN_MOST : openstack_is_id(token));
	if (is_good && !(token && list->is_whole))
		return PROVIDER_DONE;
	return provider_fail(call->arena, PROVIDER_INVALID,
			     "the page token is not one of this list; start from the first page");
}

static const char *marker_of(const struct openstack_list *list, const struct json *row)
{
	return json_text(json_get(list->inner ? json_get(row, list->inner) : row, list->key ? list->key : "id"), NULL);
}

struct provider_result openstack_list_page(struct provider_session *session, struct provider_call *call,
					   const struct openstack_list *list, struct provider_page *page,
					   const struct json **rows)
{
	struct openstack_reply reply;
	struct text path = text_new(call->arena);
	struct provider_result result = token_check(call, list, page->token);
	if (result.error != PROVIDER_OK)
		return result;
	unsigned size = page->size == 0 ? PAGE_DEFAULT : page->size > PAGE_MOST ? PAGE_MOST : page->size;
	text_printf(&path, "%s?", list->path);
	if (list->query)
		text_printf(&path, "%s&", list->query);
	if (!list->is_whole)
		text_printf(&path, "limit=%u", size);
	if (page->token)
		text_printf(&path, "&marker=%s", http_encode(call->arena, page->token));
	if (path.data[path.size - 1] == '?' || path.data[path.size - 1] == '&')
		path.data[path.size - 1] = '\0';
	result = openstack_ask(session, call,
			       &(struct openstack_request){ .service = list->service,
							    .method = "GET",
							    .path = path.data,
							    .what = list->what,
							    .is_read = true,
							    .member = list->rows },
			       &reply);
	if (result.error == PROVIDER_NOT_FOUND && page->token) /* Neutron says so of a marker */
		result.error = PROVIDER_INVALID;
	if (result.error != PROVIDER_OK)
		return result;
	*rows = json_get(reply.json, list->rows);
	size_t count = json_size(*rows);
	const char *last = count > 0 ? marker_of(list, json_at(*rows, count - 1)) : NULL;
	/* The same marker again would go round for ever. */
	bool is_more = !list->is_whole && last && openstack_has_next(call->arena, reply.json, list->rows) &&
		       !text_equal(last, page->token);
	page->token = is_more ? arena_strdup(call->arena, last) : NULL;
	return PROVIDER_DONE;
}

struct provider_result openstack_list_walk(struct provider_session *session, struct provider_call *call,
					   const struct openstack_list *list, openstack_each each, void *context)
{
	struct provider_page page = { NULL, WALK_SIZE };
	for (int pages = 0; pages < WALK_PAGES; pages++) {
		const struct json *rows;
		struct provider_result result = openstack_list_page(session, call, list, &page, &rows);
		if (result.error != PROVIDER_OK)
			return result;
		for (size_t i = 0; i < json_size(rows); i++)
			if (!each(context, json_at(rows, i)))
				return PROVIDER_DONE;
		if (!page.token)
			return PROVIDER_DONE;
		page.size = WALK_SIZE;
	}
	return provider_fail(call->arena, PROVIDER_INVALID,
			     "the list is longer than %d: %s stopped; use a project with less in it",
			     WALK_PAGES * WALK_SIZE, list->what);
}
