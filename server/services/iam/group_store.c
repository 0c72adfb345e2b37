/* SPDX-License-Identifier: Apache-2.0 */
/* group_store.c: the SQL of groups. */
#include "server/services/iam/group_store.h"

#include "runtime/base/resource.h"
#include "runtime/base/text.h"

#define COLUMNS " name, tenant, display_name, revision, create_us, update_us "

static const char INSERT_GROUP[] =
	"INSERT INTO principal_group (name, tenant, display_name, revision, create_us, update_us)"
	" VALUES ($1, $2, $3, 1, $4, $4)"
	" ON CONFLICT (name) DO NOTHING RETURNING revision";

static const char FIND_GROUP[] = "SELECT" COLUMNS "FROM principal_group WHERE name = $1";
static const char GROUP_EXISTS[] = "SELECT 1 FROM principal_group WHERE name = $1";
static const char MEMBERS[] = "SELECT member FROM group_member WHERE group_name = $1 ORDER BY member";

/* What names the group changes with it: etags of those policies and groups that were read before are stale. */
static const char TOUCH_POLICIES[] =
	"UPDATE policy SET revision = revision + 1"
	" WHERE resource IN (SELECT resource FROM role_binding WHERE member = $1)";
static const char TOUCH_GROUPS[] =
	"UPDATE principal_group SET revision = revision + 1"
	" WHERE name IN (SELECT group_name FROM group_member WHERE member = $1)";
static const char DELETE_MEMBERS[] = "DELETE FROM group_member WHERE group_name = $1 OR member = $1";
static const char DELETE_BINDINGS[] = "DELETE FROM role_binding WHERE member = $1";
static const char DELETE_GROUP[] = "DELETE FROM principal_group WHERE name = $1";

static const char PAGE_OF_GROUPS[] =
	"SELECT" COLUMNS "FROM principal_group WHERE tenant = $1 AND name > $2 ORDER BY name LIMIT $3";

static const char ADD_MEMBER[] =
	"INSERT INTO group_member (group_name, member) VALUES ($1, $2) ON CONFLICT (group_name, member) DO NOTHING";
static const char REMOVE_MEMBER[] = "DELETE FROM group_member WHERE group_name = $1 AND member = $2";
static const char TOUCH_GROUP[] = "UPDATE principal_group SET revision = revision + 1, update_us = $2 WHERE name = $1";

static const char CLOSURE[] =
	"WITH RECURSIVE mine (mine_name) AS (SELECT CAST($1 AS TEXT)"
	" UNION SELECT m.group_name FROM group_member m JOIN mine ON m.member = mine.mine_name)"
	" SELECT mine_name FROM mine LIMIT $2";

/* The depth bound ends the walk even if a cycle ever got in. */
static const char HEIGHT[] =
	"WITH RECURSIVE down (down_name, level) AS (SELECT CAST($1 AS TEXT), 1"
	" UNION SELECT m.member, down.level + 1 FROM group_member m JOIN down ON m.group_name = down.down_name"
	" JOIN principal_group g ON g.name = m.member WHERE down.level < 64)"
	" SELECT MAX(level) FROM down";

static const char DEPTH[] =
	"WITH RECURSIVE rise (rise_name, level) AS (SELECT CAST($1 AS TEXT), 1"
	" UNION SELECT m.group_name, rise.level + 1 FROM group_member m JOIN rise ON m.member = rise.rise_name"
	" WHERE rise.level < 64)"
	" SELECT MAX(level) FROM rise";

static struct status read_group(struct store_tx *tx, const struct rows *rows, struct group *group)
{
	struct rows *members = NULL;

	*group = (struct group){
		.name = row_text(rows, 0),
		.tenant = row_text(rows, 1),
		.display_name = row_text(rows, 2),
		.revision = row_int(rows, 3),
		.create_us = row_int(rows, 4),
		.update_us = row_int(rows, 5),
	};
	TRY(store_query(tx, MEMBERS, SQL_ARGS(sql_text(group->name)), &members));
	group->members = ARENA_ARRAY(store_arena(tx), (size_t)store_count(members), const char *);
	while (store_next(members))
		group->members[group->member_count++] = row_text(members, 0);
	return OK;
}

struct status group_insert(struct store_tx *tx, const struct group *group)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, INSERT_GROUP,
			SQL_ARGS(sql_text(group->name), sql_text(group->tenant), sql_text(group->display_name),
				 sql_int(group->create_us)),
			&rows));
	if (!store_next(rows))
		return status_fail(store_arena(tx), STATUS_ALREADY_EXISTS, "GROUP_EXISTS",
				   "there is a group of this id in the tenant already; choose another id");
	return OK;
}

struct status group_find(struct store_tx *tx, const char *name, struct group *group)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, FIND_GROUP, SQL_ARGS(sql_text(name)), &rows));
	if (!store_next(rows))
		return resource_not_found(store_arena(tx), "Group", name);
	return read_group(tx, rows, group);
}

struct status group_exists(struct store_tx *tx, const char *name, bool *exists)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, GROUP_EXISTS, SQL_ARGS(sql_text(name)), &rows));
	*exists = store_next(rows);
	return OK;
}

struct status group_delete(struct store_tx *tx, const char *name)
{
	static const char *const steps[] = { TOUCH_POLICIES, TOUCH_GROUPS, DELETE_MEMBERS, DELETE_BINDINGS, DELETE_GROUP };

	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
		TRY(store_execute(tx, steps[i], SQL_ARGS(sql_text(name)), NULL));
	return OK;
}

struct status group_page(struct store_tx *tx, const char *tenant, const char *after, unsigned limit, struct group **groups,
			 size_t *count)
{
	struct rows *rows = NULL;
	size_t filled = 0;

	TRY(store_query(tx, PAGE_OF_GROUPS, SQL_ARGS(sql_text(tenant), sql_text(text_or_empty(after)), sql_int(limit)),
			&rows));

	struct group *found = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows), struct group);

	while (store_next(rows))
		TRY(read_group(tx, rows, &found[filled++]));
	*groups = found;
	*count = filled;
	return OK;
}

static struct status change(struct store_tx *tx, const char *sql, const char *group, const char *member, bool *changed)
{
	int64_t rows = 0;

	TRY(store_execute(tx, sql, SQL_ARGS(sql_text(group), sql_text(member)), &rows));
	*changed = rows > 0;
	return OK;
}

struct status group_add(struct store_tx *tx, const char *group, const char *member, bool *changed)
{
	return change(tx, ADD_MEMBER, group, member, changed);
}

struct status group_remove(struct store_tx *tx, const char *group, const char *member, bool *changed)
{
	return change(tx, REMOVE_MEMBER, group, member, changed);
}

struct status group_touch(struct store_tx *tx, const char *group, int64_t at_us)
{
	return store_execute(tx, TOUCH_GROUP, SQL_ARGS(sql_text(group), sql_int(at_us)), NULL);
}

struct status group_closure(struct store_tx *tx, const char *member, unsigned limit, const char ***names, size_t *count)
{
	struct rows *rows = NULL;
	size_t filled = 0;

	TRY(store_query(tx, CLOSURE, SQL_ARGS(sql_text(member), sql_int(limit)), &rows));

	const char **found = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows), const char *);

	while (store_next(rows))
		found[filled++] = row_text(rows, 0);
	*names = found;
	*count = filled;
	return OK;
}

static struct status longest(struct store_tx *tx, const char *sql, const char *group, int64_t *levels)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, sql, SQL_ARGS(sql_text(group)), &rows));
	*levels = store_next(rows) ? row_int(rows, 0) : 0;
	return OK;
}

struct status group_height(struct store_tx *tx, const char *group, int64_t *height)
{
	return longest(tx, HEIGHT, group, height);
}

struct status group_depth(struct store_tx *tx, const char *group, int64_t *depth)
{
	return longest(tx, DEPTH, group, depth);
}
