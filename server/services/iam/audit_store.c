/* SPDX-License-Identifier: Apache-2.0 */
/* audit_store.c: the SQL of the audit chain. */
#include "server/services/iam/audit_store.h"

#define COLUMNS                                                                                                        \
	" sequence, tenant, at_us, principal, authentication_method, peer, method, resource, code, reason, trace_id,"  \
	" request, previous_hash, hash "

static const char GET_HEAD[] = "SELECT sequence, hash, seal FROM audit_head WHERE id = 1";

static const char SET_HEAD[] =
	"INSERT INTO audit_head (id, sequence, hash, seal) VALUES (1, $1, $2, $3)"
	" ON CONFLICT (id) DO UPDATE SET sequence = $1, hash = $2, seal = $3";

static const char INSERT_EVENT[] =
	"INSERT INTO audit_event (sequence, tenant, at_us, principal, authentication_method, peer, method, resource, code,"
	" reason, trace_id, request, previous_hash, hash)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";

static const char RANGE[] =
	"SELECT" COLUMNS "FROM audit_event WHERE sequence >= $1 AND sequence <= $2 ORDER BY sequence LIMIT $3";

static const char NEWEST[] = "SELECT COALESCE(MAX(sequence), 0) FROM audit_event";

/* '0' is the character after '/': everything below a name sorts between name/ and name0. */
static const char PAGE_OF_EVENTS[] =
	"WITH RECURSIVE below (below_name) AS ("
	" SELECT name FROM tenant WHERE name = $1"
	" UNION SELECT t.name FROM tenant t JOIN below ON t.parent = below.below_name)"
	" SELECT" COLUMNS "FROM audit_event"
	" WHERE ($9 = 1 OR tenant IN (SELECT below_name FROM below)) AND sequence < $2 AND sequence >= $10"
	" AND ($3 = '' OR principal = $3)"
	" AND ($4 = '' OR resource = $4 OR (resource >= $4 || '/' AND resource < $4 || '0'))"
	" AND at_us >= $5 AND at_us < $6 AND ($7 = 0 OR code IN (7, 16))"
	" ORDER BY sequence DESC LIMIT $8";

struct status audit_head_get(struct store_tx *tx, struct audit_head *head)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, GET_HEAD, SQL_NO_ARGS, &rows));
	*head = (struct audit_head){ .sequence = 0 };
	if (store_next(rows))
		*head = (struct audit_head){ row_int(rows, 0), row_blob(rows, 1), row_blob(rows, 2) };
	return OK;
}

struct status audit_head_set(struct store_tx *tx, const struct audit_head *head)
{
	return store_execute(tx, SET_HEAD, SQL_ARGS(sql_int(head->sequence), sql_blob(head->hash), sql_blob(head->seal)), NULL);
}

struct status audit_insert(struct store_tx *tx, const struct audit_event *event)
{
	return store_execute(tx, INSERT_EVENT,
			     SQL_ARGS(sql_int(event->sequence), sql_text(event->tenant), sql_int(event->at_us),
				      sql_text(event->principal), sql_text(event->authentication_method),
				      sql_text(event->peer), sql_text(event->method), sql_text(event->resource),
				      sql_int(event->code), sql_text(event->reason), sql_text(event->trace_id),
				      sql_text(event->request), sql_blob(event->previous_hash), sql_blob(event->hash)),
			     NULL);
}

struct status audit_newest(struct store_tx *tx, int64_t *sequence)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, NEWEST, SQL_NO_ARGS, &rows));
	*sequence = store_next(rows) ? row_int(rows, 0) : 0;
	return OK;
}

struct status audit_range(struct store_tx *tx, int64_t first, int64_t last, unsigned limit, struct rows **rows)
{
	return store_query(tx, RANGE, SQL_ARGS(sql_int(first), sql_int(last), sql_int(limit)), rows);
}

struct audit_event audit_read(const struct rows *rows)
{
	return (struct audit_event){
		.sequence = row_int(rows, 0),
		.tenant = row_text(rows, 1),
		.at_us = row_int(rows, 2),
		.principal = row_text(rows, 3),
		.authentication_method = row_text(rows, 4),
		.peer = row_text(rows, 5),
		.method = row_text(rows, 6),
		.resource = row_text(rows, 7),
		.code = row_int(rows, 8),
		.reason = row_text(rows, 9),
		.trace_id = row_text(rows, 10),
		.request = row_text(rows, 11),
		.previous_hash = row_blob(rows, 12),
		.hash = row_blob(rows, 13),
	};
}

struct status audit_page(struct store_tx *tx, const struct audit_query *query, struct audit_event **events, size_t *count)
{
	struct rows *rows = NULL;
	size_t filled = 0;

	TRY(store_query(tx, PAGE_OF_EVENTS,
			SQL_ARGS(sql_text(query->tenant), sql_int(query->before), sql_text(query->principal),
				 sql_text(query->resource), sql_int(query->start_us), sql_int(query->end_us),
				 sql_bool(query->denied_only), sql_int(query->limit), sql_bool(query->is_root), sql_int(query->from)),
			&rows));

	struct audit_event *found = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows), struct audit_event);

	while (store_next(rows))
		found[filled++] = audit_read(rows);
	*events = found;
	*count = filled;
	return OK;
}
