/* SPDX-License-Identifier: Apache-2.0 */
/* project_store.c: the SQL of projects. */
#include "server/services/iam/project_store.h"

#include "runtime/base/resource.h"
#include "runtime/base/text.h"

#define COLUMNS " name, tenant, display_name, cost_center, labels, revision, create_us, update_us "

static const char INSERT_PROJECT[] =
	"INSERT INTO project (name, tenant, display_name, cost_center, labels, revision, create_us, update_us)"
	" VALUES ($1, $2, $3, $4, $5, 1, $6, $6)"
	" ON CONFLICT (name) DO NOTHING RETURNING revision";

static const char FIND_PROJECT[] = "SELECT" COLUMNS "FROM project WHERE name = $1";

static const char PROJECT_EXISTS[] = "SELECT 1 FROM project WHERE name = $1";

static const char UPDATE_PROJECT[] =
	"UPDATE project SET display_name = $2, cost_center = $3, labels = $4, update_us = $5, revision = revision + 1"
	" WHERE name = $1 RETURNING revision";

static const char DELETE_PROJECT[] = "DELETE FROM project WHERE name = $1";

static const char PAGE_OF_PROJECTS[] =
	"SELECT" COLUMNS "FROM project WHERE tenant = $1 AND name > $2 ORDER BY name LIMIT $3";

static struct project read_project(const struct rows *rows)
{
	return (struct project){
		.name = row_text(rows, 0),
		.tenant = row_text(rows, 1),
		.display_name = row_text(rows, 2),
		.cost_center = row_text(rows, 3),
		.labels = row_text(rows, 4),
		.revision = row_int(rows, 5),
		.create_us = row_int(rows, 6),
		.update_us = row_int(rows, 7),
	};
}

struct status project_insert(struct store_tx *tx, const struct project *project)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, INSERT_PROJECT,
			SQL_ARGS(sql_text(project->name), sql_text(project->tenant), sql_text(project->display_name),
				 sql_text(project->cost_center), sql_text(project->labels), sql_int(project->create_us)),
			&rows));
	if (!store_next(rows))
		return status_fail(store_arena(tx), STATUS_ALREADY_EXISTS, "PROJECT_EXISTS",
				   "there is a project of this id in the tenant already; choose another id");
	return OK;
}

struct status project_find(struct store_tx *tx, const char *name, struct project *project)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, FIND_PROJECT, SQL_ARGS(sql_text(name)), &rows));
	if (!store_next(rows))
		return resource_not_found(store_arena(tx), "Project", name);
	*project = read_project(rows);
	return OK;
}

struct status project_exists(struct store_tx *tx, const char *name, bool *exists)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, PROJECT_EXISTS, SQL_ARGS(sql_text(name)), &rows));
	*exists = store_next(rows);
	return OK;
}

struct status project_update(struct store_tx *tx, struct project *project)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, UPDATE_PROJECT,
			SQL_ARGS(sql_text(project->name), sql_text(project->display_name), sql_text(project->cost_center),
				 sql_text(project->labels), sql_int(project->update_us)),
			&rows));
	if (store_next(rows))
		project->revision = row_int(rows, 0);
	return OK;
}

struct status project_delete(struct store_tx *tx, const char *name)
{
	return store_execute(tx, DELETE_PROJECT, SQL_ARGS(sql_text(name)), NULL);
}

struct status project_page(struct store_tx *tx, const char *tenant, const char *after, unsigned limit,
			   struct project **projects, size_t *count)
{
	struct rows *rows = NULL;
	size_t filled = 0;

	TRY(store_query(tx, PAGE_OF_PROJECTS, SQL_ARGS(sql_text(tenant), sql_text(text_or_empty(after)), sql_int(limit)),
			&rows));

	struct project *found = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows), struct project);

	while (store_next(rows))
		found[filled++] = read_project(rows);
	*projects = found;
	*count = filled;
	return OK;
}
