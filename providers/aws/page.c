/* SPDX-License-Identifier: Apache-2.0 */
/* page.c: our pages over those of AWS, which have five rows at least, or all of them whatever is asked for. */
#include "providers/aws/machine.h"

#include "providers/aws/mark.h"
#include "runtime/base/text.h"

#define PAGE_DEFAULT 100
#define PAGE_LEAST 5 /* MaxResults */
#define PARTS_MOST 1000
#define SKIP_MOST 1000000
#define READ_MOST 20 /* pages of AWS's, at once */
#define READ_ROWS 500

unsigned aws_page_size(const struct provider_page *page)
{
	unsigned size = page->size > 0 ? page->size : PAGE_DEFAULT;

	return size < AWS_PAGE_MOST ? size : AWS_PAGE_MOST;
}

/* "<part>.<skip>.<token of AWS>" */
struct provider_result aws_position_read(struct arena *arena, const struct provider_page *page,
					 struct aws_position *position)
{
	uint64_t part = 0, skip = 0;

	*position = (struct aws_position){ 0, 0, NULL };
	if (!page->token)
		return PROVIDER_DONE;
	const char *first = strchr(page->token, '.');
	const char *second = first ? strchr(first + 1, '.') : NULL;
	if (!second || !text_to_uint64(arena_strndup(arena, page->token, (size_t)(first - page->token)), &part) ||
	    !text_to_uint64(arena_strndup(arena, first + 1, (size_t)(second - first - 1)), &skip) ||
	    part > PARTS_MOST || skip > SKIP_MOST)
		return provider_fail(arena, PROVIDER_INVALID,
				     "the page token is none of AWS's; list again from the start");
	*position = (struct aws_position){ (size_t)part, (size_t)skip,
					   second[1] != '\0' ? arena_strdup(arena, second + 1) : NULL };
	return PROVIDER_DONE;
}

void aws_position_ask(struct aws_query *query, const struct aws_position *position, unsigned size)
{
	aws_query_add_int(query, "MaxResults", size < PAGE_LEAST ? PAGE_LEAST : size);
	aws_query_add(query, "NextToken", position->token);
}

void aws_position_cut(struct arena *arena, const struct aws_position *position, size_t count, const char *next_token,
		      bool has_more_parts, struct provider_page *page, size_t *first, size_t *size)
{
	size_t wanted = aws_page_size(page);

	*first = position->skip < count ? position->skip : count;
	*size = count - *first < wanted ? count - *first : wanted;
	if (*first + *size < count)
		page->token = arena_printf(arena, "%zu.%zu.%s", position->part, *first + *size,
					   text_or_empty(position->token));
	else if (!text_is_empty(next_token))
		page->token = arena_printf(arena, "%zu.0.%s", position->part, next_token);
	else
		page->token = has_more_parts ? arena_printf(arena, "%zu.0.", position->part + 1) : NULL;
}

/* ---- lists ---- */

static struct aws_query question(struct arena *arena, const struct aws_listing *listing)
{
	struct aws_query query = aws_query_new(arena, listing->action);

	if (listing->is_of_self)
		aws_query_add_at(&query, "Owner", 1, "self");
	if (listing->filter)
		aws_query_filter(&query, listing->filter, listing->value);
	return query;
}

/* Those of an answer behind those that are there. */
static void items_append(struct arena *arena, const struct xml *root, const char *set, const struct xml ***items,
			 size_t *count)
{
	const struct xml *item;
	size_t more = aws_items(root, set, &item);
	const struct xml **all = ARENA_ARRAY(arena, *count + more + 1, const struct xml *);

	if (*count > 0)
		memcpy(all, *items, *count * sizeof *all);
	*items = all;
	for (; item; item = xml_next_child(item, "item"))
		all[(*count)++] = item;
}

struct provider_result aws_list_page(CALL, const struct aws_listing *listing, const struct provider_intent *intent,
				     struct provider_page *page, const struct xml ***items, size_t *count)
{
	struct aws_query query = question(call->arena, listing);
	struct aws_position position;
	struct xml *root;
	size_t first, total = 0;

	struct provider_result result = aws_position_read(call->arena, page, &position);
	if (result.error != PROVIDER_OK)
		return result;
	if (!listing->is_unpaged)
		aws_position_ask(&query, &position, aws_page_size(page));
	if (intent)
		aws_query_filter_intent(&query, session, intent);
	result = aws_ask(session, call, &query, &root);
	if (result.error != PROVIDER_OK)
		return result;
	items_append(call->arena, root, listing->set, items, &total);
	aws_position_cut(call->arena, &position, total, xml_text(xml_child(root, "nextToken"), NULL), false, page,
			 &first, count);
	*items += first;
	return result;
}

struct provider_result aws_list_all(CALL, const struct aws_listing *listing, const struct xml ***items, size_t *count)
{
	const char *token = NULL;

	*items = NULL;
	*count = 0;
	for (int pages = 0; pages < READ_MOST; pages++) {
		struct aws_query query = question(call->arena, listing);
		struct xml *root;

		aws_query_add_int(&query, "MaxResults", READ_ROWS);
		aws_query_add(&query, "NextToken", token);
		struct provider_result result = aws_ask(session, call, &query, &root);
		if (result.error != PROVIDER_OK)
			return result;
		items_append(call->arena, root, listing->set, items, count);
		token = xml_text(xml_child(root, "nextToken"), NULL);
		if (text_is_empty(token))
			return result;
	}
	return provider_fail(call->arena, PROVIDER_QUOTA, "AWS lists more than %d of these; delete old ones",
			     READ_MOST * READ_ROWS);
}
