/* SPDX-License-Identifier: Apache-2.0 */
/* drift_policy.c: who says what is to be done about drift: a connection, its tenant, those above, nobody. */
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/iam/iam.h"
#include "server/services/lifecycle/drift.h"

static const char GET_RULES[] = "SELECT rules, revision, updated_us FROM drift_policy WHERE name = $1";
static const char PUT_RULES[] =
	"INSERT INTO drift_policy (name, rules, revision, updated_us) VALUES ($1, $2, $3, $4)"
	" ON CONFLICT (name) DO UPDATE SET rules = $2, revision = $3, updated_us = $4";

static const struct {
	const char *name;
	enum drift_action otherwise;
} FIELDS[DRIFT_FIELD_LAST + 1] = {
	[DRIFT_POWER] = { "power", DRIFT_ADOPT },     [DRIFT_SIZE] = { "size", DRIFT_REPORT },
	[DRIFT_NAME] = { "name", DRIFT_REPORT },      [DRIFT_TAGS] = { "tags", DRIFT_REPORT },
	[DRIFT_NETWORK] = { "network", DRIFT_REPORT },
};

const char *drift_field_name(enum drift_field field)
{
	return field >= DRIFT_POWER && field <= DRIFT_FIELD_LAST ? FIELDS[field].name : "unknown";
}

struct status drift_rules_get(struct store_tx *tx, const char *name, struct drift_rules *rules)
{
	struct rows *rows;
	struct json *stored;

	*rules = (struct drift_rules){ .revision = 0 };
	TRY(store_query(tx, GET_RULES, SQL_ARGS(sql_text(name)), &rows));
	if (!store_next(rows))
		return OK;
	TRY(json_parse(store_arena(tx), slice_text(row_text(rows, 0)), NULL, &stored));
	for (int field = DRIFT_POWER; field <= DRIFT_FIELD_LAST; field++)
		rules->actions[field] = (enum drift_action)json_int(json_get(stored, FIELDS[field].name), 0);
	rules->revision = row_int(rows, 1);
	rules->updated_us = row_int(rows, 2);
	return OK;
}

struct status drift_rules_put(struct store_tx *tx, const char *name, struct drift_rules *rules, int64_t now_us)
{
	struct json *stored = json_object(store_arena(tx));

	for (int field = DRIFT_POWER; field <= DRIFT_FIELD_LAST; field++)
		if (rules->actions[field] != 0)
			json_set_int(stored, FIELDS[field].name, rules->actions[field]);
	rules->revision++;
	return store_execute(tx, PUT_RULES,
			     SQL_ARGS(sql_text(name), sql_text(json_print_canonical(store_arena(tx), stored)),
				      sql_int(rules->revision), sql_int(now_us)),
			     NULL);
}

/** What is not said yet is said by `name`, if it does. */
static struct status listen(struct store_tx *tx, const char *name, struct drift_policy *policy)
{
	struct drift_rules rules;

	TRY(drift_rules_get(tx, name, &rules));
	policy->updated_us = rules.updated_us > policy->updated_us ? rules.updated_us : policy->updated_us;
	for (int field = DRIFT_POWER; field <= DRIFT_FIELD_LAST; field++) {
		if (policy->actions[field] != 0 || rules.actions[field] == 0)
			continue;
		policy->actions[field] = rules.actions[field];
		policy->sources[field] = name;
	}
	return OK;
}

struct status drift_policy_of(struct store_tx *tx, const char *name, struct drift_policy *policy)
{
	const char *tenant = resource_tenant(store_arena(tx), name);
	const char **tenants;
	size_t count;

	*policy = (struct drift_policy){ .actions = { 0 } };
	if (!text_equal(tenant, name))
		TRY(listen(tx, name, policy));
	TRY(iam_ancestry(tx, tenant, &tenants, &count));
	for (size_t i = 0; i < count; i++)
		TRY(listen(tx, tenants[i], policy));
	for (int field = DRIFT_POWER; field <= DRIFT_FIELD_LAST; field++) {
		if (policy->actions[field] != 0)
			continue;
		policy->actions[field] = FIELDS[field].otherwise;
		policy->sources[field] = "";
	}
	return OK;
}
