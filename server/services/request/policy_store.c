/* SPDX-License-Identifier: Apache-2.0 */
/* policy_store.c: the SQL of approval policies. */
#include <string.h>

#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/request/policy.h"

#define POLICY_COLUMNS                                                                                             \
	"name, tenant, display_name, products, projects, least_currency, least_units, least_fraction, actions, stage," \
	" approvers, quorum, is_disabled, revision, created_us, updated_us"

static const char GET_POLICY[] = "SELECT " POLICY_COLUMNS " FROM approval_policy WHERE name = $1";
static const char LIST_POLICIES[] =
	"SELECT " POLICY_COLUMNS " FROM approval_policy WHERE tenant = $1 AND name > $2 ORDER BY name LIMIT $3";
static const char INSERT_POLICY[] =
	"INSERT INTO approval_policy (" POLICY_COLUMNS ")"
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1, $14, $15)";
static const char UPDATE_POLICY[] =
	"UPDATE approval_policy SET tenant = $2, display_name = $3, products = $4, projects = $5, least_currency = $6,"
	" least_units = $7, least_fraction = $8, actions = $9, stage = $10, approvers = $11, quorum = $12,"
	" is_disabled = $13, created_us = $14, updated_us = $15, revision = revision + 1"
	" WHERE name = $1";
static const char DELETE_POLICY[] = "DELETE FROM approval_policy WHERE name = $1";

static struct status read_array(struct store_tx *tx, const struct rows *rows, unsigned column, const struct json **array)
{
	struct json *value;
	TRY(json_parse(store_arena(tx), slice_text(row_text(rows, column)), NULL, &value));
	*array = value;
	return OK;
}

static struct status read_row(struct store_tx *tx, const struct rows *rows, struct approval_policy *policy)
{
	*policy = (struct approval_policy){
		.name = row_text(rows, 0),
		.tenant = row_text(rows, 1),
		.display_name = row_text(rows, 2),
		.least_monthly = { .amount = { row_int(rows, 6), row_int(rows, 7) } },
		.stage = (int)row_int(rows, 9),
		.quorum = (int)row_int(rows, 11),
		.is_disabled = row_bool(rows, 12),
		.revision = row_int(rows, 13),
		.created_us = row_int(rows, 14),
		.updated_us = row_int(rows, 15),
	};
	if (money_is_currency(row_text(rows, 5)))
		memcpy(policy->least_monthly.currency, row_text(rows, 5), sizeof policy->least_monthly.currency);
	TRY(read_array(tx, rows, 3, &policy->products));
	TRY(read_array(tx, rows, 4, &policy->projects));
	TRY(read_array(tx, rows, 8, &policy->actions));
	return read_array(tx, rows, 10, &policy->approvers);
}

struct status policy_get(struct store_tx *tx, const char *name, struct approval_policy *policy)
{
	struct rows *rows;

	TRY(store_query(tx, GET_POLICY, SQL_ARGS(sql_text(name)), &rows));
	if (!store_next(rows))
		return resource_not_found(store_arena(tx), "ApprovalPolicy", name);
	return read_row(tx, rows, policy);
}

struct status policy_list(struct store_tx *tx, const char *tenant, const char *after, unsigned most,
			  struct approval_policy **policies, size_t *count)
{
	struct rows *rows;
	size_t at = 0;

	TRY(store_query(tx, LIST_POLICIES, SQL_ARGS(sql_text(tenant), sql_text(text_or_empty(after)), sql_int(most)), &rows));
	struct approval_policy *all = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows) + 1, struct approval_policy);
	while (store_next(rows))
		TRY(read_row(tx, rows, &all[at++]));
	*policies = all;
	*count = at;
	return OK;
}

static struct status write_row(struct store_tx *tx, const char *sql, const struct approval_policy *policy)
{
	struct arena *arena = store_arena(tx);
	return store_execute(tx, sql,
			     SQL_ARGS(sql_text(policy->name), sql_text(policy->tenant), sql_text(policy->display_name),
				      sql_text(json_print(arena, policy->products)), sql_text(json_print(arena, policy->projects)),
				      sql_text(policy->least_monthly.currency), sql_int(policy->least_monthly.amount.units),
				      sql_int(policy->least_monthly.amount.fraction), sql_text(json_print(arena, policy->actions)),
				      sql_int(policy->stage), sql_text(json_print(arena, policy->approvers)),
				      sql_int(policy->quorum), sql_bool(policy->is_disabled), sql_int(policy->created_us),
				      sql_int(policy->updated_us)),
			     NULL);
}

struct status policy_insert(struct store_tx *tx, const struct approval_policy *policy)
{
	struct status status = write_row(tx, INSERT_POLICY, policy);
	if (status.code == STATUS_ALREADY_EXISTS)
		return status_fail(store_arena(tx), STATUS_ALREADY_EXISTS, "APPROVAL_POLICY_EXISTS",
				   "there is an approval policy \"%s\" already; update it or take another id", policy->name);
	return status;
}

struct status policy_update(struct store_tx *tx, const struct approval_policy *policy)
{
	return write_row(tx, UPDATE_POLICY, policy);
}

struct status policy_delete(struct store_tx *tx, const char *name)
{
	return store_execute(tx, DELETE_POLICY, SQL_ARGS(sql_text(name)), NULL);
}
