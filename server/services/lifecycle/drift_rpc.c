/* SPDX-License-Identifier: Apache-2.0 */
/* drift_rpc.c: what is to be done about drift, on the wire. */
#include "gaon/lifecycle/v1/lifecycle.handlers.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/catalog/catalog.h"
#include "server/services/iam/iam.h"
#include "server/services/lifecycle/drift.h"
#include "server/services/lifecycle/machine_wire.h"
#include "server/services/wire/wire.h"

/** A connection, or a tenant, that is there. */
static struct status check_name(struct call *call, const char *field, const char *name)
{
	const char *ids[2];
	struct catalog_connection connection;

	if (resource_match(call->arena, name, "tenants/{}", false, ids))
		return iam_tenant_check(call->tx, name);
	if (!resource_match(call->arena, name, CONNECTION_NAME, false, ids))
		return status_invalid_field(call->arena, field, "must be \"tenants/{}/connections/{}\" or \"tenants/{}\"");
	return catalog_connection_get(call->tx, name, &connection);
}

static Gaon__DriftRule *rule_to_wire(struct arena *arena, int field, enum drift_action action, const char *source)
{
	Gaon__DriftRule *rule = ARENA_NEW(arena, Gaon__DriftRule);

	gaon__drift_rule__init(rule);
	rule->field = (Gaon__DriftField)field;
	rule->action = (Gaon__DriftAction)action;
	rule->source = source;
	return rule;
}

static struct status policy_to_wire(struct call *call, const char *name, const struct drift_rules *rules, Gaon__DriftPolicy *reply)
{
	struct drift_policy policy;

	TRY(drift_policy_of(call->tx, name, &policy));
	reply->name = name;
	reply->etag = etag_format(call->arena, rules->revision);
	reply->rules = ARENA_ARRAY(call->arena, DRIFT_FIELD_LAST, Gaon__DriftRule *);
	reply->effective = ARENA_ARRAY(call->arena, DRIFT_FIELD_LAST, Gaon__DriftRule *);
	for (int field = DRIFT_POWER; field <= DRIFT_FIELD_LAST; field++) {
		if (rules->actions[field] != 0)
			reply->rules[reply->n_rules++] = rule_to_wire(call->arena, field, rules->actions[field], "");
		reply->effective[reply->n_effective++] =
			rule_to_wire(call->arena, field, policy.actions[field], policy.sources[field]);
	}
	return OK;
}

struct status lifecycle_get_drift_policy(struct call *call, const Gaon__GetDriftPolicyRequest *request, Gaon__DriftPolicy *reply)
{
	struct drift_rules rules;

	TRY(check_name(call, "name", request->name));
	TRY(drift_rules_get(call->tx, request->name, &rules));
	return policy_to_wire(call, request->name, &rules, reply);
}

static struct status read_rule(struct arena *arena, const Gaon__DriftPolicy *wanted, size_t index, struct drift_rules *rules)
{
	const Gaon__DriftRule *rule = wanted->rules[index];
	const char *field = arena_printf(arena, "drift_policy.rules[%zu]", index);

	if (rule->field < (int)DRIFT_POWER || rule->field > (int)DRIFT_FIELD_LAST)
		return status_invalid_field(arena, arena_printf(arena, "%s.field", field), "must be power, size, name, tags or network");
	if (rule->action > (int)DRIFT_ACTION_LAST)
		return status_invalid_field(arena, arena_printf(arena, "%s.action", field), "must be ignore, report, adopt or revert");
	if (rules->actions[rule->field] != 0)
		return status_invalid_field(arena, arena_printf(arena, "%s.field", field), "is there twice");
	if (rule->field == (int)DRIFT_NETWORK && rule->action == (int)DRIFT_REVERT)
		return status_with_field(arena,
					 status_fail(arena, STATUS_INVALID_ARGUMENT, "DRIFT_ACTION_UNSUPPORTED",
						     "no cloud moves a machine back to another network; report or adopt it"),
					 arena_printf(arena, "%s.action", field), "cannot be revert for the network");
	rules->actions[rule->field] = (enum drift_action)rule->action;
	return OK;
}

struct status lifecycle_set_drift_policy(struct call *call, const Gaon__SetDriftPolicyRequest *request, Gaon__DriftPolicy *reply)
{
	const Gaon__DriftPolicy *wanted = request->drift_policy;
	struct drift_rules old, rules = { .revision = 0 };

	TRY(check_name(call, "drift_policy.name", wanted->name));
	TRY(drift_rules_get(call->tx, wanted->name, &old));
	TRY(etag_check(call->arena, wanted->etag, old.revision));
	for (size_t i = 0; i < wanted->n_rules; i++)
		TRY(read_rule(call->arena, wanted, i, &rules));
	rules.revision = old.revision;
	TRY(drift_rules_put(call->tx, wanted->name, &rules, call->now_us));
	return policy_to_wire(call, wanted->name, &rules, reply);
}
