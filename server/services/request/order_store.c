/* SPDX-License-Identifier: Apache-2.0 */
/* order_store.c: the SQL of orders and their items. */
#include "server/services/request/order_store.h"

#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/store/change.h"

#define ORDER_COLUMNS                                                                                                \
	"name, tenant, project, requester, justification, state, plan_digest, currency, hourly_units, hourly_fraction," \
	" monthly_units, monthly_fraction, operation, state_message, revision, created_us, updated_us"

static const char GET_ORDER[] = "SELECT " ORDER_COLUMNS " FROM request_order WHERE name = $1";
static const char LIST_ORDERS[] =
	"SELECT " ORDER_COLUMNS " FROM request_order"
	" WHERE project = $1 AND ($2 = 0 OR state = $2) AND ($3 = '' OR name < $3) ORDER BY name DESC LIMIT $4";
static const char WAITING_IN_TENANT[] =
	"SELECT " ORDER_COLUMNS " FROM request_order"
	" WHERE tenant = $1 AND state = 1 AND name > $2 ORDER BY name LIMIT $3";
static const char WAITING_IN_PROJECT[] =
	"SELECT " ORDER_COLUMNS " FROM request_order"
	" WHERE project = $1 AND state = 1 AND name > $2 ORDER BY name LIMIT $3";
static const char INSERT_ORDER[] =
	"INSERT INTO request_order (" ORDER_COLUMNS ")"
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1, $15, $15)";
static const char UPDATE_ORDER[] =
	"UPDATE request_order SET state = $2, plan_digest = $3, currency = $4, hourly_units = $5, hourly_fraction = $6,"
	" monthly_units = $7, monthly_fraction = $8, operation = $9, state_message = $10, updated_us = $11,"
	" revision = revision + 1 WHERE name = $1";

#define ITEM_COLUMNS                                                                                                 \
	"number, action, state, product, product_version, deployment, verb, connection, parameters, choice, operation," \
	" message, hourly_units, hourly_fraction, monthly_units, monthly_fraction, vcpus, memory_mib, disk_gib, is_reserved"

static const char LIST_ITEMS[] = "SELECT " ITEM_COLUMNS " FROM request_item WHERE order_name = $1 ORDER BY number";
static const char FIND_MADE[] =
	"SELECT " ITEM_COLUMNS " FROM request_item"
	" WHERE deployment = $1 AND action = 1 AND state = 3"
	" AND order_name IN (SELECT name FROM request_order WHERE project = $2)";
static const char PUT_ITEM[] =
	"INSERT INTO request_item (order_name, " ITEM_COLUMNS ")"
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)"
	" ON CONFLICT (order_name, number) DO UPDATE SET state = $4, product_version = $6, connection = $9, parameters = $10,"
	" choice = $11, operation = $12, message = $13, hourly_units = $14, hourly_fraction = $15, monthly_units = $16,"
	" monthly_fraction = $17, vcpus = $18, memory_mib = $19, disk_gib = $20, is_reserved = $21";

/* Without what was planned: it is large, and never changes once the order has begun. */
static const char ITEM_STANDING[] =
	"SELECT number, action, state, operation, message, vcpus, memory_mib, disk_gib, is_reserved FROM request_item"
	" WHERE order_name = $1 AND number = $2";
static const char SET_ITEM_STANDING[] = "UPDATE request_item SET state = $3, operation = $4, message = $5, is_reserved = $6"
					" WHERE order_name = $1 AND number = $2";
static const char OPEN_ITEM[] = "SELECT 1 FROM request_item WHERE order_name = $1 AND state IN (1, 2) LIMIT 1";
static const char LAST_UNFULFILLED[] = "SELECT message FROM request_item WHERE order_name = $1 AND state IN (4, 5)"
				       " ORDER BY number DESC LIMIT 1";

static void read_order(const struct rows *rows, struct order_row *order)
{
	*order = (struct order_row){
		.name = row_text(rows, 0),
		.tenant = row_text(rows, 1),
		.project = row_text(rows, 2),
		.requester = row_text(rows, 3),
		.justification = row_text(rows, 4),
		.state = (enum order_state)row_int(rows, 5),
		.plan_digest = row_text(rows, 6),
		.currency = row_text(rows, 7),
		.hourly = { row_int(rows, 8), row_int(rows, 9) },
		.monthly = { row_int(rows, 10), row_int(rows, 11) },
		.operation = row_text(rows, 12),
		.state_message = row_text(rows, 13),
		.revision = row_int(rows, 14),
		.created_us = row_int(rows, 15),
		.updated_us = row_int(rows, 16),
	};
}

static struct status tell(struct store_tx *tx, const struct order_row *order, enum change_kind kind)
{
	struct change change = { .tenant = order->tenant, .project = order->project, .type = "order", .name = order->name,
				 .kind = kind, .at_us = order->updated_us };
	return change_append(tx, &change);
}

struct status order_store_insert(struct store_tx *tx, const struct order_row *order)
{
	TRY(store_execute(tx, INSERT_ORDER,
			  SQL_ARGS(sql_text(order->name), sql_text(order->tenant), sql_text(order->project),
				   sql_text(order->requester), sql_text(order->justification), sql_int(order->state),
				   sql_text(order->plan_digest), sql_text(order->currency), sql_int(order->hourly.units),
				   sql_int(order->hourly.fraction), sql_int(order->monthly.units),
				   sql_int(order->monthly.fraction), sql_text(order->operation),
				   sql_text(order->state_message), sql_int(order->created_us)),
			  NULL));
	return tell(tx, order, CHANGE_CREATED);
}

struct status order_store_update(struct store_tx *tx, const struct order_row *order)
{
	TRY(store_execute(tx, UPDATE_ORDER,
			  SQL_ARGS(sql_text(order->name), sql_int(order->state), sql_text(order->plan_digest),
				   sql_text(order->currency), sql_int(order->hourly.units), sql_int(order->hourly.fraction),
				   sql_int(order->monthly.units), sql_int(order->monthly.fraction), sql_text(order->operation),
				   sql_text(order->state_message), sql_int(order->updated_us)),
			  NULL));
	return tell(tx, order, CHANGE_UPDATED);
}

struct status order_store_get(struct store_tx *tx, const char *name, struct order_row *order)
{
	struct rows *rows;

	TRY(store_query(tx, GET_ORDER, SQL_ARGS(sql_text(name)), &rows));
	if (!store_next(rows))
		return resource_not_found(store_arena(tx), "Order", name);
	read_order(rows, order);
	return OK;
}

static void read_orders(struct arena *arena, struct rows *rows, struct order_row **orders, size_t *count)
{
	struct order_row *all = ARENA_ARRAY(arena, (size_t)store_count(rows) + 1, struct order_row);
	size_t at = 0;

	while (store_next(rows))
		read_order(rows, &all[at++]);
	*orders = all;
	*count = at;
}

struct status order_store_list(struct store_tx *tx, const char *project, enum order_state state, const char *before,
			       unsigned most, struct order_row **orders, size_t *count)
{
	struct rows *rows;

	TRY(store_query(tx, LIST_ORDERS,
			SQL_ARGS(sql_text(project), sql_int(state), sql_text(text_or_empty(before)), sql_int(most)), &rows));
	read_orders(store_arena(tx), rows, orders, count);
	return OK;
}

struct status order_store_waiting(struct store_tx *tx, const char *scope, const char *after, unsigned most,
				  struct order_row **orders, size_t *count)
{
	struct rows *rows;
	const char *sql = resource_project(store_arena(tx), scope) ? WAITING_IN_PROJECT : WAITING_IN_TENANT;

	TRY(store_query(tx, sql, SQL_ARGS(sql_text(scope), sql_text(text_or_empty(after)), sql_int(most)), &rows));
	read_orders(store_arena(tx), rows, orders, count);
	return OK;
}

static struct status read_item(struct store_tx *tx, const struct rows *rows, struct order_item_row *row)
{
	struct json *parameters, *choice;

	TRY(json_parse(store_arena(tx), slice_text(row_text(rows, 8)), NULL, &parameters));
	TRY(json_parse(store_arena(tx), slice_text(row_text(rows, 9)), NULL, &choice));
	*row = (struct order_item_row){
		.item = {
			.number = (int)row_int(rows, 0),
			.action = (enum order_action)row_int(rows, 1),
			.state = (enum order_item_state)row_int(rows, 2),
			.product_version = row_text(rows, 4),
			.deployment = row_text(rows, 5),
			.verb = row_text(rows, 6),
			.parameters = parameters,
			.choice = choice,
		},
		.product = row_text(rows, 3),
		.connection = row_text(rows, 7),
		.operation = row_text(rows, 10),
		.message = row_text(rows, 11),
		.hourly = { row_int(rows, 12), row_int(rows, 13) },
		.monthly = { row_int(rows, 14), row_int(rows, 15) },
		.vcpus = (int32_t)row_int(rows, 16),
		.memory_mib = row_int(rows, 17),
		.disk_gib = row_int(rows, 18),
		.is_reserved = row_bool(rows, 19),
	};
	return OK;
}

struct status order_store_items(struct store_tx *tx, const char *order, struct order_item_row **items, size_t *count)
{
	struct rows *rows;
	size_t at = 0;

	TRY(store_query(tx, LIST_ITEMS, SQL_ARGS(sql_text(order)), &rows));
	struct order_item_row *all = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows) + 1, struct order_item_row);
	while (store_next(rows))
		TRY(read_item(tx, rows, &all[at++]));
	*items = all;
	*count = at;
	return OK;
}

struct status order_store_put_item(struct store_tx *tx, const char *order, const struct order_item_row *row)
{
	struct arena *arena = store_arena(tx);
	const struct order_item *item = &row->item;

	return store_execute(tx, PUT_ITEM,
			     SQL_ARGS(sql_text(order), sql_int(item->number), sql_int(item->action), sql_int(item->state),
				      sql_text(text_or_empty(row->product)), sql_text(text_or_empty(item->product_version)),
				      sql_text(text_or_empty(item->deployment)), sql_text(text_or_empty(item->verb)),
				      sql_text(text_or_empty(row->connection)),
				      sql_text(item->parameters ? json_print(arena, item->parameters) : "{}"),
				      sql_text(item->choice ? json_print(arena, item->choice) : "{}"),
				      sql_text(text_or_empty(row->operation)), sql_text(text_or_empty(row->message)),
				      sql_int(row->hourly.units), sql_int(row->hourly.fraction), sql_int(row->monthly.units),
				      sql_int(row->monthly.fraction), sql_int(row->vcpus), sql_int(row->memory_mib),
				      sql_int(row->disk_gib), sql_bool(row->is_reserved)),
			     NULL);
}

struct status order_store_item_standing(struct store_tx *tx, const char *order, int number, struct order_item_row *row)
{
	struct rows *rows;

	TRY(store_query(tx, ITEM_STANDING, SQL_ARGS(sql_text(order), sql_int(number)), &rows));
	if (!store_next(rows))
		return status_fail(store_arena(tx), STATUS_NOT_FOUND, "ORDER_ITEM_NOT_FOUND", "the order has no item %d", number);
	*row = (struct order_item_row){
		.item = {
			.number = (int)row_int(rows, 0),
			.action = (enum order_action)row_int(rows, 1),
			.state = (enum order_item_state)row_int(rows, 2),
		},
		.operation = row_text(rows, 3),
		.message = row_text(rows, 4),
		.vcpus = (int32_t)row_int(rows, 5),
		.memory_mib = row_int(rows, 6),
		.disk_gib = row_int(rows, 7),
		.is_reserved = row_bool(rows, 8),
	};
	return OK;
}

struct status order_store_set_item_standing(struct store_tx *tx, const char *order, const struct order_item_row *row)
{
	return store_execute(tx, SET_ITEM_STANDING,
			     SQL_ARGS(sql_text(order), sql_int(row->item.number), sql_int(row->item.state),
				      sql_text(text_or_empty(row->operation)), sql_text(text_or_empty(row->message)),
				      sql_bool(row->is_reserved)),
			     NULL);
}

struct status order_store_outcome(struct store_tx *tx, const char *order, bool *is_open, const char **message)
{
	struct rows *rows;

	*message = NULL;
	TRY(store_query(tx, OPEN_ITEM, SQL_ARGS(sql_text(order)), &rows));
	*is_open = store_next(rows);
	if (*is_open)
		return OK;
	TRY(store_query(tx, LAST_UNFULFILLED, SQL_ARGS(sql_text(order)), &rows));
	if (store_next(rows))
		*message = row_text(rows, 0);
	return OK;
}

struct status order_store_find_made(struct store_tx *tx, const char *project, const char *deployment, struct order_item *item,
				    bool *is_found)
{
	struct rows *rows;
	struct order_item_row row;

	TRY(store_query(tx, FIND_MADE, SQL_ARGS(sql_text(text_or_empty(deployment)), sql_text(project)), &rows));
	*is_found = store_next(rows);
	if (!*is_found)
		return OK;
	TRY(read_item(tx, rows, &row));
	*item = row.item;
	return OK;
}
