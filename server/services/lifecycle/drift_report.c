/* SPDX-License-Identifier: Apache-2.0 */
/* drift_report.c: how what a cloud has differs from what should be there, line by line: one query over all that is known of it. */
#include "runtime/base/text.h"
#include "server/services/lifecycle/drift.h"

/* Of a machine that is there by our books, and that nothing is working on. */
#define OURS                                                                                                           \
	" FROM machine m LEFT JOIN observed_resource o ON o.connection = m.connection AND o.native_id = m.native_id"   \
	" WHERE m.connection = $1 AND m.native_id <> '' AND m.operation = '' AND m.state NOT IN (7, 8)"
#define IS_MISSING "(m.state = 9 OR coalesce(o.state, 0) = 5)"
#define NOT_OURS(digit_, state_)                                                                                       \
	" SELECT '" digit_ " ' || native_id AS place, 3 AS kind, '' AS machine, native_id AS native_id,"               \
	" display_name AS display_name, '' AS field, '' AS expected, '' AS observed, 0 AS action, '' AS outcome,"      \
	" '' AS operation, 1 AS is_open, 0 AS first_seen_us FROM observed_resource WHERE connection = $1 AND state = " state_

/* What is being brought back stays in the report while its operation works on it. */
static const char REPORT[] =
	"SELECT place, kind, machine, native_id, display_name, field, expected, observed, action, outcome, operation, is_open,"
	" first_seen_us FROM ("
	" SELECT '1 ' || m.name || ' ' AS place, 1 AS kind, m.name AS machine, m.native_id AS native_id,"
	" m.display_name AS display_name, '' AS field, '' AS expected, '' AS observed, 0 AS action, '' AS outcome,"
	" '' AS operation, 1 AS is_open, 0 AS first_seen_us" OURS " AND " IS_MISSING
	" UNION ALL SELECT '1 ' || m.name || ' ' || CASE d.field WHEN 'power' THEN '1' WHEN 'vcpus' THEN '2'"
	" WHEN 'memory_mib' THEN '3' WHEN 'name' THEN '4' WHEN 'tags' THEN '5' ELSE '6' END AS place,"
	" 2 AS kind, m.name AS machine, m.native_id AS native_id,"
	" m.display_name AS display_name, d.field AS field, d.expected AS expected, d.observed AS observed, d.action AS action,"
	" d.outcome AS outcome, d.operation AS operation, d.is_open AS is_open, d.first_seen_us AS first_seen_us"
	" FROM drift d JOIN machine m ON m.name = d.machine"
	" WHERE d.connection = $1 AND (d.is_open = 1 OR $4 = 1) AND m.state NOT IN (7, 9)"
	" AND (m.operation = '' OR d.operation <> '')"
	" UNION ALL" NOT_OURS("2", "4")
	" UNION ALL" NOT_OURS("3", "3")
	" ) report WHERE place > $2 ORDER BY place LIMIT $3";

struct status drift_report(struct store_tx *tx, const struct drift_query *query, struct drift_line **lines, size_t *count)
{
	struct rows *rows;

	TRY(store_query(tx, REPORT,
			SQL_ARGS(sql_text(query->connection), sql_text(text_or_empty(query->after)), sql_int(query->most),
				 sql_bool(query->shows_settled)),
			&rows));
	*lines = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows) + 1, struct drift_line);
	for (*count = 0; store_next(rows); (*count)++)
		(*lines)[*count] = (struct drift_line){
			.key = row_text(rows, 0),
			.kind = (enum drift_kind)row_int(rows, 1),
			.machine = row_text(rows, 2),
			.native_id = row_text(rows, 3),
			.display_name = row_text(rows, 4),
			.field = row_text(rows, 5),
			.expected = row_text(rows, 6),
			.observed = row_text(rows, 7),
			.action = (enum drift_action)row_int(rows, 8),
			.outcome = row_text(rows, 9),
			.operation = row_text(rows, 10),
			.is_open = row_bool(rows, 11),
			.first_seen_us = row_int(rows, 12),
		};
	return OK;
}
