/* SPDX-License-Identifier: Apache-2.0 */
/* machine_list.c: lists machines by filter, order and page. */
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/lifecycle/filter.h"
#include "server/services/lifecycle/machine_list.h"

/** The sort key of a row, for the token of the page after it. */
static const char *order_key(struct arena *arena, const struct order_by *order, const struct machine *machine)
{
	struct json *key = json_array(arena);
	const struct {
		const char *column, *text;
		int64_t number;
	} values[] = {
		{ "state", NULL, machine->state },
		{ "connection", machine->connection, 0 },
		{ "size", machine->size, 0 },
		{ "image", machine->image, 0 },
		{ "vcpus", NULL, machine->vcpus },
		{ "memory_mib", NULL, machine->memory_mib },
		{ "disk_gib", NULL, machine->disk_gib },
		{ "owner", machine->owner, 0 },
		{ "deployment", machine->deployment, 0 },
		{ "display_name", machine->display_name, 0 },
		{ "created_us", NULL, machine->created_us },
		{ "name", machine->name, 0 },
	};

	for (size_t i = 0; i < order->count; i++)
		for (size_t v = 0; v < sizeof values / sizeof values[0]; v++)
			if (text_equal(order->fields[i].column, values[v].column))
				json_append(key, values[v].text ? json_new_text(arena, values[v].text)
								: json_new_int(arena, values[v].number));
	return json_print(arena, key);
}

struct status machine_list(struct store_tx *tx, const struct machine_query *query, struct machine **machines, size_t *count,
			   const char **next_page_token)
{
	struct arena *arena = store_arena(tx);
	struct filter_sql *sql = ARENA_NEW(arena, struct filter_sql);
	struct order_by order;
	struct page page;
	struct rows *rows;
	bool is_any_project = text_ends_with(query->parent, "/projects/-");

	TRY(page_read(arena, query->page_size, query->page_token,
		      arena_printf(arena, "machines %s %d %s %s", query->parent, query->show_deleted, query->order_by, query->filter),
		      &page));
	TRY(order_parse(arena, query->order_by, &order));
	sql->text = text_new(arena);
	text_printf(&sql->text, MACHINE_SELECT " WHERE %s = ", is_any_project ? "tenant" : "project");
	filter_bind(sql, sql_text(is_any_project ? resource_tenant(arena, query->parent) : query->parent));
	/* As machine_exists says it. */
	if (!query->show_deleted)
		text_append(&sql->text, " AND state <> 7 AND NOT (state = 8 AND native_id = '')");
	TRY(filter_append(arena, query->filter, sql));
	if (page.after)
		TRY(order_append_after(arena, &order, page.after, sql));
	order_append(&order, sql);
	text_append(&sql->text, " LIMIT ");
	filter_bind(sql, sql_int(page.limit + 1));
	TRY(store_query_dynamic(tx, sql->text.data, sql->values, sql->count, &rows));
	TRY(machine_read_all(tx, rows, machines, count));
	*next_page_token = "";
	if (*count > page.limit) {
		*count = page.limit;
		*next_page_token = page_next(arena, &page, order_key(arena, &order, &(*machines)[*count - 1]));
	}
	return OK;
}
