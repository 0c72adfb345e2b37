/* SPDX-License-Identifier: Apache-2.0 */
/* quota_store.c: the SQL of quotas and of what is used of them. */
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/iam/iam.h"
#include "server/services/request/quota.h"

#define QUOTA_COLUMNS "q.name, q.scope, q.metric, q.limit_value, coalesce(u.used, 0), q.revision, q.created_us, q.updated_us"
#define QUOTA_FROM " FROM quota q LEFT JOIN quota_usage u ON u.scope = q.scope AND u.metric = q.metric"

static const char GET_QUOTA[] = "SELECT " QUOTA_COLUMNS QUOTA_FROM " WHERE q.name = $1";
static const char QUOTAS_OF[] = "SELECT " QUOTA_COLUMNS QUOTA_FROM " WHERE q.scope = $1 ORDER BY q.metric";
static const char LIST_QUOTAS[] =
	"SELECT " QUOTA_COLUMNS QUOTA_FROM " WHERE q.scope = $1 AND q.name > $2 ORDER BY q.name LIMIT $3";
static const char INSERT_QUOTA[] =
	"INSERT INTO quota (name, scope, metric, limit_value, revision, created_us, updated_us)"
	" VALUES ($1, $2, $3, $4, 1, $5, $5)";
static const char UPDATE_QUOTA[] =
	"UPDATE quota SET limit_value = $2, revision = revision + 1, updated_us = $3 WHERE name = $1";
static const char DELETE_QUOTA[] = "DELETE FROM quota WHERE name = $1";
static const char ADD_USAGE[] =
	"INSERT INTO quota_usage (scope, metric, used) VALUES ($1, $2, $3)"
	" ON CONFLICT (scope, metric) DO UPDATE SET used = quota_usage.used + $3";

const char *quota_metric_name(enum quota_metric metric)
{
	static const char *const names[] = {
		[QUOTA_MACHINES] = "machines", [QUOTA_VCPUS] = "vCPUs", [QUOTA_MEMORY_MIB] = "MiB of memory",
		[QUOTA_DISK_GIB] = "GiB of disk",
	};
	return names[metric];
}

int64_t quota_part(const struct quota_delta *delta, enum quota_metric metric)
{
	switch (metric) {
	case QUOTA_MACHINES:
		return delta->machines;
	case QUOTA_VCPUS:
		return delta->vcpus;
	case QUOTA_MEMORY_MIB:
		return delta->memory_mib;
	case QUOTA_DISK_GIB:
		return delta->disk_gib;
	}
	return 0;
}

void quota_add(struct quota_delta *sum, const struct quota_delta *part)
{
	sum->machines += part->machines;
	sum->vcpus += part->vcpus;
	sum->memory_mib += part->memory_mib;
	sum->disk_gib += part->disk_gib;
}

struct quota_delta quota_negate(const struct quota_delta *delta)
{
	return (struct quota_delta){ -delta->machines, -delta->vcpus, -delta->memory_mib, -delta->disk_gib };
}

struct status quota_scopes(struct store_tx *tx, const char *project, const char ***scopes, size_t *count)
{
	struct arena *arena = store_arena(tx);
	const char **tenants;
	size_t tenant_count;

	TRY(iam_ancestry(tx, resource_tenant(arena, project), &tenants, &tenant_count));
	const char **all = ARENA_ARRAY(arena, tenant_count + 1, const char *);
	all[0] = project;
	for (size_t i = 0; i < tenant_count; i++)
		all[i + 1] = tenants[i];
	*scopes = all;
	*count = tenant_count + 1;
	return OK;
}

static void read_row(const struct rows *rows, struct quota_row *quota)
{
	*quota = (struct quota_row){
		.name = row_text(rows, 0),
		.scope = row_text(rows, 1),
		.metric = (enum quota_metric)row_int(rows, 2),
		.limit = row_int(rows, 3),
		.used = row_int(rows, 4),
		.revision = row_int(rows, 5),
		.created_us = row_int(rows, 6),
		.updated_us = row_int(rows, 7),
	};
}

struct status quota_effects(struct store_tx *tx, const char *project, const struct quota_delta *delta,
			    struct quota_effect **effects)
{
	const char **scopes;
	size_t count;
	struct quota_effect **end = effects;

	*effects = NULL;
	TRY(quota_scopes(tx, project, &scopes, &count));
	for (size_t i = 0; i < count; i++) {
		struct rows *rows;
		TRY(store_query(tx, QUOTAS_OF, SQL_ARGS(sql_text(scopes[i])), &rows));
		while (store_next(rows)) {
			struct quota_row quota;
			read_row(rows, &quota);
			if (quota_part(delta, quota.metric) == 0)
				continue;
			struct quota_effect *effect = ARENA_NEW(store_arena(tx), struct quota_effect);
			*effect = (struct quota_effect){ .quota = quota.name, .metric = quota.metric, .limit = quota.limit,
							 .used = quota.used, .added = quota_part(delta, quota.metric) };
			*end = effect;
			end = &effect->next;
		}
	}
	return OK;
}

struct status request_quota_follow(struct store_tx *tx, const char *project, const struct quota_delta *delta)
{
	const char **scopes;
	size_t count;

	TRY(quota_scopes(tx, project, &scopes, &count));
	for (size_t i = 0; i < count; i++)
		for (int metric = QUOTA_MACHINES; metric <= QUOTA_METRIC_COUNT; metric++) {
			int64_t part = quota_part(delta, (enum quota_metric)metric);
			if (part != 0)
				TRY(store_execute(tx, ADD_USAGE, SQL_ARGS(sql_text(scopes[i]), sql_int(metric), sql_int(part)), NULL));
		}
	return OK;
}

struct status request_quota_adjust(struct store_tx *tx, const char *project, const struct quota_delta *delta)
{
	struct quota_effect *effects;

	TRY(quota_effects(tx, project, delta, &effects));
	for (; effects; effects = effects->next)
		if (effects->added > 0 && effects->added > effects->limit - effects->used)
			return status_with_resource(store_arena(tx),
				status_fail(store_arena(tx), STATUS_FAILED_PRECONDITION, "QUOTA_EXCEEDED",
					    "%s allows %lld %s, %lld are in use and this adds %lld; free some or ask for a higher limit",
					    effects->quota, (long long)effects->limit, quota_metric_name(effects->metric),
					    (long long)effects->used, (long long)effects->added),
				"gaon/Quota", effects->quota);
	return request_quota_follow(tx, project, delta);
}

struct status quota_get(struct store_tx *tx, const char *name, struct quota_row *quota)
{
	struct rows *rows;

	TRY(store_query(tx, GET_QUOTA, SQL_ARGS(sql_text(name)), &rows));
	if (!store_next(rows))
		return resource_not_found(store_arena(tx), "Quota", name);
	read_row(rows, quota);
	return OK;
}

struct status quota_insert(struct store_tx *tx, const struct quota_row *quota)
{
	struct status status = store_execute(tx, INSERT_QUOTA,
					     SQL_ARGS(sql_text(quota->name), sql_text(quota->scope), sql_int(quota->metric),
						      sql_int(quota->limit), sql_int(quota->created_us)),
					     NULL);
	if (status.code == STATUS_ALREADY_EXISTS)
		return status_fail(store_arena(tx), STATUS_ALREADY_EXISTS, "QUOTA_EXISTS",
				   "%s has a quota of that id or for %s already; change that one", quota->scope,
				   quota_metric_name(quota->metric));
	return status;
}

struct status quota_update(struct store_tx *tx, const char *name, int64_t limit, int64_t now_us)
{
	return store_execute(tx, UPDATE_QUOTA, SQL_ARGS(sql_text(name), sql_int(limit), sql_int(now_us)), NULL);
}

struct status quota_delete(struct store_tx *tx, const char *name)
{
	return store_execute(tx, DELETE_QUOTA, SQL_ARGS(sql_text(name)), NULL);
}

struct status quota_list(struct store_tx *tx, const char *scope, const char *after, unsigned most, struct quota_row **quotas,
			 size_t *count)
{
	struct rows *rows;

	TRY(store_query(tx, LIST_QUOTAS, SQL_ARGS(sql_text(scope), sql_text(text_or_empty(after)), sql_int(most)), &rows));
	struct quota_row *all = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows) + 1, struct quota_row);
	size_t at = 0;
	while (store_next(rows))
		read_row(rows, &all[at++]);
	*quotas = all;
	*count = at;
	return OK;
}
