/* SPDX-License-Identifier: Apache-2.0 */
/* policy_store.c: the SQL of bindings. */
#include "server/services/iam/policy_store.h"

/* The principal and every group that it is in; UNION ends a cycle, should one ever get in. */
#define MINE(parameter)                                                                                                \
	" mine (mine_name) AS (SELECT CAST(" parameter " AS TEXT)"                                                     \
	" UNION SELECT m.group_name FROM group_member m JOIN mine ON m.member = mine.mine_name)"

/* The tenant and those above it. */
#define UP(parameter)                                                                                                  \
	" up (up_name, up_parent) AS (SELECT name, parent FROM tenant WHERE name = " parameter                         \
	" UNION SELECT t.name, t.parent FROM tenant t JOIN up ON t.name = up.up_parent)"

static const char REVISION[] = "SELECT revision FROM policy WHERE resource = $1";

static const char TOUCH[] =
	"INSERT INTO policy (resource, tenant, revision) VALUES ($1, $2, 1)"
	" ON CONFLICT (resource) DO UPDATE SET revision = policy.revision + 1 RETURNING revision";

static const char DELETE_BINDINGS[] = "DELETE FROM role_binding WHERE resource = $1";
static const char DELETE_POLICY[] = "DELETE FROM policy WHERE resource = $1";

static const char INSERT_BINDING[] =
	"INSERT INTO role_binding (resource, role, member, expires_us) VALUES ($1, $2, $3, $4)";
static const char DELETE_BINDING[] = "DELETE FROM role_binding WHERE resource = $1 AND role = $2 AND member = $3";
static const char UPDATE_BINDING[] =
	"UPDATE role_binding SET expires_us = $4 WHERE resource = $1 AND role = $2 AND member = $3";

static const char OF_RESOURCE[] =
	"SELECT resource, role, member, expires_us FROM role_binding WHERE resource = $1"
	" ORDER BY role, COALESCE(expires_us, 0), member";

static const char REACHING[] =
	"WITH RECURSIVE" UP("$2") "," MINE("$1")
	" SELECT resource, role, member, expires_us FROM role_binding JOIN mine ON member = mine_name"
	" WHERE resource = $3 OR resource IN (SELECT up_name FROM up)";

static const char OF_MEMBER[] =
	"WITH RECURSIVE" MINE("$1")
	" SELECT resource, role, member, expires_us FROM role_binding JOIN mine ON member = mine_name"
	" ORDER BY resource, role, member LIMIT $2";

static const char BELOW[] =
	"WITH RECURSIVE" MINE("$1") ", below (below_name) AS (SELECT name FROM tenant WHERE name = $2"
	" UNION SELECT t.name FROM tenant t JOIN below ON t.parent = below.below_name)"
	" SELECT 1 FROM role_binding b JOIN mine ON b.member = mine_name JOIN policy p ON p.resource = b.resource"
	" WHERE p.tenant IN (SELECT below_name FROM below) AND (b.expires_us IS NULL OR b.expires_us > $3) LIMIT 1";

static const char HOLDERS[] =
	"WITH RECURSIVE holder (holder_name) AS ("
	" SELECT member FROM role_binding WHERE resource = $1 AND role = $2 AND expires_us IS NULL"
	" UNION SELECT m.member FROM group_member m JOIN holder ON m.group_name = holder.holder_name)"
	" SELECT COUNT(*) FROM account a JOIN holder ON a.name = holder_name"
	" WHERE a.kind = 1 AND a.is_disabled = 0 AND ("
	" EXISTS (SELECT 1 FROM api_key k WHERE k.account = a.name AND k.expires_us IS NULL)"
	" OR EXISTS (SELECT 1 FROM identity_provider i WHERE i.name = a.identity_provider AND i.is_disabled = 0))";

static struct sql_value expiry(const struct binding *binding)
{
	return binding->expires_us == INT64_MAX ? sql_null() : sql_int(binding->expires_us);
}

struct status iam_policy_revision(struct store_tx *tx, const char *resource, int64_t *revision)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, REVISION, SQL_ARGS(sql_text(resource)), &rows));
	*revision = store_next(rows) ? row_int(rows, 0) : 0;
	return OK;
}

struct status iam_policy_touch(struct store_tx *tx, const char *resource, const char *tenant, int64_t *revision)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, TOUCH, SQL_ARGS(sql_text(resource), sql_text(tenant)), &rows));
	if (revision != NULL && store_next(rows))
		*revision = row_int(rows, 0);
	return OK;
}

struct status iam_policy_delete(struct store_tx *tx, const char *resource)
{
	TRY(store_execute(tx, DELETE_BINDINGS, SQL_ARGS(sql_text(resource)), NULL));
	return store_execute(tx, DELETE_POLICY, SQL_ARGS(sql_text(resource)), NULL);
}

struct status binding_insert(struct store_tx *tx, const struct binding *binding)
{
	return store_execute(tx, INSERT_BINDING,
			     SQL_ARGS(sql_text(binding->resource), sql_text(binding->role), sql_text(binding->member),
				      expiry(binding)),
			     NULL);
}

struct status binding_delete(struct store_tx *tx, const struct binding *binding)
{
	return store_execute(tx, DELETE_BINDING,
			     SQL_ARGS(sql_text(binding->resource), sql_text(binding->role), sql_text(binding->member)), NULL);
}

struct status binding_update(struct store_tx *tx, const struct binding *binding)
{
	return store_execute(tx, UPDATE_BINDING,
			     SQL_ARGS(sql_text(binding->resource), sql_text(binding->role), sql_text(binding->member),
				      expiry(binding)),
			     NULL);
}

static struct binding *read_bindings(struct store_tx *tx, struct rows *rows, size_t *count)
{
	struct binding *bindings = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows), struct binding);
	size_t filled = 0;

	while (store_next(rows))
		bindings[filled++] = (struct binding){
			.resource = row_text(rows, 0),
			.role = row_text(rows, 1),
			.member = row_text(rows, 2),
			.expires_us = row_is_null(rows, 3) ? INT64_MAX : row_int(rows, 3),
		};
	*count = filled;
	return bindings;
}

struct status bindings_of_resource(struct store_tx *tx, const char *resource, struct binding **bindings, size_t *count)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, OF_RESOURCE, SQL_ARGS(sql_text(resource)), &rows));
	*bindings = read_bindings(tx, rows, count);
	return OK;
}

struct status bindings_reaching(struct store_tx *tx, const char *principal, const char *tenant, const char *resource,
				struct binding **bindings, size_t *count)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, REACHING, SQL_ARGS(sql_text(principal), sql_text(tenant), sql_text(resource)), &rows));
	*bindings = read_bindings(tx, rows, count);
	return OK;
}

struct status bindings_of_member(struct store_tx *tx, const char *principal, unsigned limit, struct binding **bindings,
				 size_t *count)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, OF_MEMBER, SQL_ARGS(sql_text(principal), sql_int(limit)), &rows));
	*bindings = read_bindings(tx, rows, count);
	return OK;
}

struct status bindings_below(struct store_tx *tx, const char *principal, const char *tenant, int64_t now_us, bool *has)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, BELOW, SQL_ARGS(sql_text(principal), sql_text(tenant), sql_int(now_us)), &rows));
	*has = store_next(rows);
	return OK;
}

struct status bindings_count_holders(struct store_tx *tx, const char *resource, const char *role, int64_t *count)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, HOLDERS, SQL_ARGS(sql_text(resource), sql_text(role)), &rows));
	*count = store_next(rows) ? row_int(rows, 0) : 0;
	return OK;
}
