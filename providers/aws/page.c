/* SPDX-License-Identifier: Apache-2.0 */
/* page.c: our pages over those of AWS, which have five rows at least, or all of them whatever is asked for. */
#include "providers/aws/machine.h"

#include "runtime/base/text.h"

#define PAGE_DEFAULT 100
#define PAGE_LEAST 5 /* MaxResults */
#define PARTS_MOST 1000
#define SKIP_MOST 1000000

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
