/* SPDX-License-Identifier: Apache-2.0 */
/* drift_store.c: how what a cloud has differs from what should be there: one query over machines and what was seen. */
#include "runtime/base/text.h"
#include "server/services/lifecycle/observed.h"

/* Of a machine that is there by our books, and that nothing is working on. */
#define OURS                                                                                                           \
	" FROM machine m LEFT JOIN observed_resource o ON o.connection = m.connection AND o.native_id = m.native_id"   \
	" WHERE m.connection = $1 AND m.native_id <> '' AND m.operation = '' AND m.state NOT IN (7, 8)"
#define IS_MISSING "(m.state = 9 OR coalesce(o.state, 0) = 5)"
#define CHANGED(digit_, field_)                                                                                        \
	" SELECT '1 ' || m.name || ' " digit_ "' AS place, 2 AS kind, m.name AS machine, m.native_id AS native_id,"    \
	" m.display_name AS display_name, '" field_ "' AS field, m." field_ " AS expected, o." field_ " AS observed"   \
	OURS " AND NOT " IS_MISSING " AND o." field_ " <> 0 AND o." field_ " <> m." field_
#define NOT_OURS(digit_, state_)                                                                                       \
	" SELECT '" digit_ " ' || native_id AS place, 3 AS kind, '' AS machine, native_id AS native_id,"               \
	" display_name AS display_name, '' AS field, 0 AS expected, 0 AS observed"                                     \
	" FROM observed_resource WHERE connection = $1 AND state = " state_

static const char LIST_DRIFTS[] =
	"SELECT place, kind, machine, native_id, display_name, field, expected, observed FROM ("
	" SELECT '1 ' || m.name || ' 0' AS place, 1 AS kind, m.name AS machine, m.native_id AS native_id,"
	" m.display_name AS display_name, '' AS field, 0 AS expected, 0 AS observed"
	OURS " AND " IS_MISSING
	" UNION ALL" CHANGED("1", "vcpus")
	" UNION ALL" CHANGED("2", "memory_mib")
	" UNION ALL" NOT_OURS("2", "4")
	" UNION ALL" NOT_OURS("3", "3")
	" ) drift WHERE place > $2 ORDER BY place LIMIT $3";

struct status drift_list(struct store_tx *tx, const char *connection, const char *after, unsigned most,
			 struct drift **drifts, size_t *count)
{
	struct rows *rows;

	TRY(store_query(tx, LIST_DRIFTS, SQL_ARGS(sql_text(connection), sql_text(text_or_empty(after)), sql_int(most)), &rows));
	*drifts = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows) + 1, struct drift);
	for (*count = 0; store_next(rows); (*count)++)
		(*drifts)[*count] = (struct drift){
			.key = row_text(rows, 0),
			.kind = (enum drift_kind)row_int(rows, 1),
			.machine = row_text(rows, 2),
			.native_id = row_text(rows, 3),
			.display_name = row_text(rows, 4),
			.field = row_text(rows, 5),
			.expected = row_int(rows, 6),
			.observed = row_int(rows, 7),
		};
	return OK;
}
