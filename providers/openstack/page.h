/* SPDX-License-Identifier: Apache-2.0 */
/* page.h: lists of OpenStack, page by page: limit and marker everywhere, a "next" that each service writes in its own
 * way. */
#ifndef GAON_PROVIDERS_OPENSTACK_PAGE_H
#define GAON_PROVIDERS_OPENSTACK_PAGE_H

#include "providers/openstack/session.h"

struct openstack_list {
	enum openstack_service service;
	const char *path;  /* "/servers/detail" */
	const char *query; /* "tags=x&sort_dir=asc", encoded; or NULL */
	const char *rows;  /* "servers"; its "servers_links", or Glance's "next", tells of more */
	const char *what;
	const char *inner, *key; /* where a row keeps its marker: row[inner][key]; NULL: in the row; "id" */
	bool has_free_ids;       /* ids are not UUIDs */
	bool is_whole;           /* it knows no pages */
};

/** Whether the answer tells of a page after it. */
bool openstack_has_next(struct arena *arena, const struct json *answer, const char *rows);

/** One page; `page` gets the token of the one after. INVALID for a token that is none of this list. */
struct provider_result openstack_list_page(struct provider_session *session, struct provider_call *call,
					   const struct openstack_list *list, struct provider_page *page,
					   const struct json **rows);

/** False ends the walk. */
typedef bool (*openstack_each)(void *context, const struct json *row);
/** All pages, at most 200 of 500 rows. */
struct provider_result openstack_list_walk(struct provider_session *session, struct provider_call *call,
					   const struct openstack_list *list, openstack_each each, void *context);

#endif
