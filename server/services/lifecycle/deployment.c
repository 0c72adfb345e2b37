/* SPDX-License-Identifier: Apache-2.0 */
/* deployment.c: deployments: rows and rules. */
#include "server/services/lifecycle/deployment.h"

#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/store/change.h"

#define DEPLOYMENT_COLUMNS                                                                                             \
	"name, tenant, project, display_name, order_name, product_version, parameters, state, lease_end_us, owner, revision," \
	" created_us, updated_us"

static const char GET_DEPLOYMENT[] = "SELECT " DEPLOYMENT_COLUMNS " FROM deployment WHERE name = $1";
static const char LIST_DEPLOYMENTS[] =
	"SELECT " DEPLOYMENT_COLUMNS " FROM deployment WHERE project = $1 AND ($2 = '' OR name < $2)"
	" AND ($4 = 1 OR (state <> 5 AND (state <> 3 OR EXISTS (SELECT 1 FROM machine m WHERE m.deployment = deployment.name"
	" AND m.state <> 7 AND NOT (m.state = 8 AND m.native_id = '')))))"
	" ORDER BY name DESC LIMIT $3";
static const char EXPIRED_DEPLOYMENTS[] =
	"SELECT " DEPLOYMENT_COLUMNS " FROM deployment WHERE state = 2 AND lease_end_us > 0 AND lease_end_us <= $1"
	" AND (lease_end_us > $2 OR (lease_end_us = $2 AND name > $3)) ORDER BY lease_end_us, name LIMIT $4";
static const char INSERT_DEPLOYMENT[] =
	"INSERT INTO deployment (" DEPLOYMENT_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11, $11)";
static const char UPDATE_DEPLOYMENT[] =
	"UPDATE deployment SET display_name = $2, state = $3, lease_end_us = $4, updated_us = $5, parameters = $6,"
	" revision = revision + 1"
	" WHERE name = $1";

static struct status read_row(struct store_tx *tx, const struct rows *rows, struct deployment *deployment)
{
	struct json *parameters;

	TRY(json_parse(store_arena(tx), slice_text(row_text(rows, 6)), NULL, &parameters));
	*deployment = (struct deployment){
		.name = row_text(rows, 0),
		.tenant = row_text(rows, 1),
		.project = row_text(rows, 2),
		.display_name = row_text(rows, 3),
		.order_name = row_text(rows, 4),
		.product_version = row_text(rows, 5),
		.parameters = parameters,
		.state = (enum deployment_state)row_int(rows, 7),
		.lease_end_us = row_int(rows, 8),
		.owner = row_text(rows, 9),
		.revision = row_int(rows, 10),
		.created_us = row_int(rows, 11),
		.updated_us = row_int(rows, 12),
	};
	return OK;
}

static struct status read_all(struct store_tx *tx, struct rows *rows, struct deployment **deployments, size_t *count)
{
	struct deployment *all = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows) + 1, struct deployment);
	size_t at = 0;

	while (store_next(rows))
		TRY(read_row(tx, rows, &all[at++]));
	*deployments = all;
	*count = at;
	return OK;
}

static struct status tell(struct store_tx *tx, const struct deployment *deployment, enum change_kind kind)
{
	struct change change = { .tenant = deployment->tenant, .project = deployment->project, .type = "deployment",
				 .name = deployment->name, .kind = kind, .at_us = deployment->updated_us };
	return change_append(tx, &change);
}

struct status deployment_insert(struct store_tx *tx, const struct deployment *deployment)
{
	TRY(store_execute(tx, INSERT_DEPLOYMENT,
			  SQL_ARGS(sql_text(deployment->name), sql_text(deployment->tenant), sql_text(deployment->project),
				   sql_text(deployment->display_name), sql_text(deployment->order_name),
				   sql_text(deployment->product_version),
				   sql_text(json_print(store_arena(tx), deployment->parameters)), sql_int(deployment->state),
				   sql_int(deployment->lease_end_us), sql_text(deployment->owner),
				   sql_int(deployment->created_us)),
			  NULL));
	return tell(tx, deployment, CHANGE_CREATED);
}

struct status deployment_update(struct store_tx *tx, const struct deployment *deployment)
{
	TRY(store_execute(tx, UPDATE_DEPLOYMENT,
			  SQL_ARGS(sql_text(deployment->name), sql_text(deployment->display_name), sql_int(deployment->state),
				   sql_int(deployment->lease_end_us), sql_int(deployment->updated_us),
				   sql_text(json_print(store_arena(tx), deployment->parameters))),
			  NULL));
	return tell(tx, deployment, CHANGE_UPDATED);
}

struct status deployment_get(struct store_tx *tx, const char *name, struct deployment *deployment)
{
	struct rows *rows;

	TRY(store_query(tx, GET_DEPLOYMENT, SQL_ARGS(sql_text(name)), &rows));
	if (!store_next(rows))
		return resource_not_found(store_arena(tx), "Deployment", name);
	return read_row(tx, rows, deployment);
}

struct status deployment_list(struct store_tx *tx, const struct deployment_query *query, struct deployment **deployments,
			      size_t *count)
{
	struct rows *rows;

	TRY(store_query(tx, LIST_DEPLOYMENTS,
			SQL_ARGS(sql_text(query->project), sql_text(text_or_empty(query->before)), sql_int(query->most),
				 sql_bool(query->show_deleted)),
			&rows));
	return read_all(tx, rows, deployments, count);
}

struct status deployments_expired(struct store_tx *tx, int64_t now_us, int64_t after_us, const char *after_name, unsigned most,
				  struct deployment **deployments, size_t *count)
{
	struct rows *rows;

	TRY(store_query(tx, EXPIRED_DEPLOYMENTS,
			SQL_ARGS(sql_int(now_us), sql_int(after_us), sql_text(after_name), sql_int(most)), &rows));
	return read_all(tx, rows, deployments, count);
}

struct status deployment_set_state(struct store_tx *tx, const char *name, enum deployment_state state, int64_t now_us)
{
	struct deployment deployment;

	TRY(deployment_get(tx, name, &deployment));
	deployment.state = state;
	deployment.updated_us = now_us;
	return deployment_update(tx, &deployment);
}

struct status deployment_set_parameter(struct store_tx *tx, const char *name, const char *parameter, const char *value,
				       int64_t now_us)
{
	struct deployment deployment;
	struct json *parameters = json_object(store_arena(tx));
	const char *key;
	const struct json *present;

	TRY(deployment_get(tx, name, &deployment));
	if (text_equal(json_text(json_get(deployment.parameters, parameter), NULL), value))
		return OK;
	for (size_t i = 0; json_member(deployment.parameters, i, &key, &present); i++)
		json_set(parameters, key, present);
	json_set_text(parameters, parameter, value);
	deployment.parameters = parameters;
	deployment.updated_us = now_us;
	return deployment_update(tx, &deployment);
}

struct status deployment_begin_delete(struct store_tx *tx, struct deployment *deployment, const struct machine_begin *begin,
				      const char **id)
{
	struct machine *machines;
	size_t count;
	struct json *extra = json_object(store_arena(tx));
	struct machine_begin noted = *begin;

	*id = NULL;
	json_set_int(extra, "deployment_before", deployment->state);
	noted.extra = extra;
	TRY(machines_of_deployment(tx, deployment->name, &machines, &count));
	for (size_t i = 0; i < count; i++)
		if (machine_exists(&machines[i]) && machines[i].is_protected)
			return status_fail(store_arena(tx), STATUS_FAILED_PRECONDITION, "DELETION_PROTECTED",
					   "%s is protected against deletion; take the protection off first", machines[i].name);
	/* All are looked at before the first begins: who catches the failure is left with nothing half done. */
	for (size_t i = 0; i < count; i++)
		if (machine_exists(&machines[i]))
			TRY(machine_check(tx, &machines[i], begin));
	for (size_t i = 0; i < count; i++)
		if (machine_exists(&machines[i]))
			TRY(machine_begin(tx, &machines[i], &noted, id));
	deployment->state = *id ? DEPLOYMENT_DELETING : DEPLOYMENT_DELETED;
	deployment->updated_us = begin->now_us;
	return deployment_update(tx, deployment);
}
