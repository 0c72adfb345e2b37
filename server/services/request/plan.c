/* SPDX-License-Identifier: Apache-2.0 */
/* plan.c: what an order means now. */
#include "server/services/request/plan.h"

#include <stdio.h>
#include <string.h>

#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "runtime/crypto/digest.h"
#include "server/services/catalog/catalog.h"
#include "server/services/cost/cost.h"
#include "server/services/iam/iam.h"
#include "server/services/request/order_store.h"
#include "server/services/request/policy.h"

enum { POLICIES_MOST = 500 };

static void block(struct arena *arena, struct plan *plan, const char *reason, const char *field, const char *message)
{
	struct plan_blocker **end = &plan->blockers;
	while (*end)
		end = &(*end)->next;
	*end = ARENA_NEW(arena, struct plan_blocker);
	**end = (struct plan_blocker){ .reason = reason, .field = field, .message = message };
}

/** What the caller can mend becomes a blocker; what it cannot is passed up. */
static struct status block_or_fail(struct arena *arena, struct plan *plan, const char *field, struct status status)
{
	if (status.code != STATUS_NOT_FOUND && status.code != STATUS_FAILED_PRECONDITION && status.code != STATUS_INVALID_ARGUMENT)
		return status;
	block(arena, plan, status.reason, field, status.message);
	return OK;
}

static const char *field_of(struct arena *arena, size_t index, const char *rest)
{
	return arena_printf(arena, "items[%zu].%s", index, rest);
}

static const struct json *choice_to_json(struct arena *arena, const struct catalog_choice *choice)
{
	struct json *json = json_object(arena);

	json_set_text(json, "product", choice->product);
	json_set_text(json, "product_version", choice->product_version);
	json_set_text(json, "version_digest", choice->version_digest);
	json_set_text(json, "product_kind", choice->product_kind);
	json_set_text(json, "connection", choice->connection);
	json_set_text(json, "provider", choice->provider);
	json_set_text(json, "size", choice->size);
	json_set_text(json, "size_native", choice->size_native);
	json_set_text(json, "image", choice->image);
	json_set_text(json, "image_native", choice->image_native);
	json_set_text(json, "network", choice->network);
	json_set_text(json, "network_native", choice->network_native);
	json_set_int(json, "vcpus", choice->vcpus);
	json_set_int(json, "memory_mib", choice->memory_mib);
	json_set_int(json, "disk_gib", choice->disk_gib);
	json_set_text(json, "display_name", choice->display_name);
	json_set_text(json, "ssh_key", choice->ssh_key);
	json_set_text(json, "user_data", choice->user_data);
	json_set_int(json, "lease_days", choice->lease_days);
	json_set_text(json, "rate_card", choice->rate_card);
	json_set(json, "parameters", choice->parameters);
	return json;
}

static struct status price(struct store_tx *tx, struct plan *plan, size_t index, const char *rate_card, int64_t now_us)
{
	struct plan_item *item = &plan->items[index];
	struct cost_shape shape = { item->vcpus, item->memory_mib, item->disk_gib, 0 };
	struct cost_estimate estimate;
	struct arena *arena = store_arena(tx);

	if (text_is_empty(rate_card))
		return OK;
	struct status status = cost_estimate(tx, rate_card, &shape, now_us, &estimate);
	if (!status_is_ok(status))
		return block_or_fail(arena, plan, field_of(arena, index, "product"), status);
	item->currency = arena_strdup(arena, estimate.currency);
	item->hourly = estimate.hourly;
	item->monthly = estimate.monthly;
	item->rates_digest = estimate.digest;
	return OK;
}

/** What the catalog said of an ADD or a CHANGE, then the price. */
static struct status take_choice(struct store_tx *tx, struct plan *plan, size_t index, const struct catalog_choice *choice,
				 const struct catalog_problem *problems, int64_t now_us)
{
	struct arena *arena = store_arena(tx);
	struct plan_item *item = &plan->items[index];

	for (const struct catalog_problem *problem = problems; problem; problem = problem->next)
		block(arena, plan, problem->reason, field_of(arena, index, problem->field), problem->message);
	if (problems)
		return OK;
	item->product_name = choice->product;
	item->product_version = choice->product_version;
	item->connection = choice->connection;
	item->placement = choice->placement;
	item->choice = choice_to_json(arena, choice);
	item->parameters = choice->parameters;
	item->vcpus = choice->vcpus;
	item->memory_mib = choice->memory_mib;
	item->disk_gib = choice->disk_gib;
	item->delta = (struct quota_delta){ 1, choice->vcpus, choice->memory_mib, choice->disk_gib };
	return price(tx, plan, index, choice->rate_card, now_us);
}

static struct status resolve(struct store_tx *tx, const char *project, struct plan *plan, size_t index, int64_t now_us)
{
	struct plan_item *item = &plan->items[index];
	struct catalog_wish wish = { item->product, item->parameters, item->present };
	struct catalog_choice choice = { 0 };
	struct catalog_problem *problems = NULL;

	TRY(catalog_resolve(tx, project, &wish, &choice, &problems));
	return take_choice(tx, plan, index, &choice, problems, now_us);
}

/* How to look at a deployment; set once at start, before any thread, and only read afterwards. */
static request_deployment_look look_at_deployment;

void request_register_deployments(request_deployment_look look)
{
	look_at_deployment = look;
}

/** What a deployment is now: as its order made it, unless lifecycle knows better. */
static struct status deployment_now(struct store_tx *tx, const struct plan_item *item, struct request_deployment *now)
{
	const struct json *made = item->choice;

	*now = (struct request_deployment){
		.is_there = true,
		.size = json_text(json_get(made, "size"), ""),
		.vcpus = (int32_t)json_int(json_get(made, "vcpus"), 0),
		.memory_mib = json_int(json_get(made, "memory_mib"), 0),
		.disk_gib = json_int(json_get(made, "disk_gib"), 0),
	};
	return look_at_deployment ? look_at_deployment(tx, item->deployment, now) : OK;
}

/** The parameters that it has, with the new size. */
static const struct json *changed_parameters(struct arena *arena, struct plan *plan, size_t index, const struct json *old,
					     const char *size_now)
{
	struct json *merged = json_object(arena);
	const char *key;
	const struct json *value;

	for (size_t i = 0; json_member(old, i, &key, &value); i++)
		json_set(merged, key, value);
	json_set_text(merged, "size", size_now);
	for (size_t i = 0; json_member(plan->items[index].parameters, i, &key, &value); i++) {
		if (!text_equal(key, "size"))
			block(arena, plan, "PARAMETER_NOT_CHANGEABLE",
			      field_of(arena, index, arena_printf(arena, "parameters.%s", key)),
			      "only the size of a machine can be changed; order a new one for anything else");
		json_set(merged, key, value);
	}
	return merged;
}

/** On the version and the connection that it was made of, whatever has become of them; with the disk that it has. */
static struct status change(struct store_tx *tx, struct plan *plan, size_t index, const struct request_deployment *now,
			    int64_t now_us)
{
	struct plan_item *item = &plan->items[index];
	const struct json *old = item->choice;
	struct catalog_existing existing = { json_text(json_get(old, "product_version"), ""),
					     json_text(json_get(old, "connection"), ""),
					     now->disk_gib };
	struct catalog_choice choice = { 0 };
	struct catalog_problem *problems = NULL;
	struct quota_delta before = { -1, -now->vcpus, -now->memory_mib, -now->disk_gib };

	item->parameters = changed_parameters(store_arena(tx), plan, index, json_get(old, "parameters"), now->size);
	item->product = existing.product_version;
	struct status status = catalog_resolve_change(tx, &existing, item->parameters, &choice, &problems);
	if (!status_is_ok(status))
		return block_or_fail(store_arena(tx), plan, field_of(store_arena(tx), index, "deployment"), status);
	TRY(take_choice(tx, plan, index, &choice, problems, now_us));
	if (!problems)
		quota_add(&item->delta, &before);
	return OK;
}

static bool verb_is_known(const char *verb)
{
	static const char *const verbs[] = { "start", "stop", "reboot", "suspend", "resume" };
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
		if (text_equal(verb, verbs[i]))
			return true;
	return false;
}

/** All items of an order begin at once, so only one of them can work on a machine. */
static void block_repeated(struct arena *arena, struct plan *plan, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (text_equal(plan->items[i].deployment, plan->items[index].deployment)) {
			block(arena, plan, "DEPLOYMENT_TWICE", field_of(arena, index, "deployment"),
			      "one order does one thing to a deployment; order the rest after it");
			return;
		}
}

/** CHANGE, ACT and REMOVE speak of a deployment that an order of this project made. */
static struct status existing(struct store_tx *tx, const char *project, struct plan *plan, size_t index, int64_t now_us)
{
	struct arena *arena = store_arena(tx);
	struct plan_item *item = &plan->items[index];
	struct request_deployment now;
	struct order_item made;
	bool is_found;

	TRY(order_store_find_made(tx, project, item->deployment, &made, &is_found));
	if (!is_found) {
		block(arena, plan, "DEPLOYMENT_NOT_FOUND", field_of(arena, index, "deployment"),
		      "no order of this project made that deployment; list the deployments and check the name");
		return OK;
	}
	item->choice = made.choice;
	item->product_version = made.product_version;
	item->product_name = json_text(json_get(made.choice, "product"), "");
	item->connection = json_text(json_get(made.choice, "connection"), "");
	TRY(deployment_now(tx, item, &now));
	if (!now.is_there) {
		block(arena, plan, "DEPLOYMENT_GONE", field_of(arena, index, "deployment"),
		      "nothing is left of that deployment; order a new one");
		return OK;
	}
	block_repeated(arena, plan, index);
	if (item->action == ORDER_CHANGE)
		return change(tx, plan, index, &now, now_us);
	if (item->action == ORDER_ACT && !verb_is_known(item->verb))
		block(arena, plan, "VERB_UNKNOWN", field_of(arena, index, "verb"),
		      "must be start, stop, reboot, suspend or resume");
	if (item->action == ORDER_REMOVE && now.is_protected)
		block(arena, plan, "DELETION_PROTECTED", field_of(arena, index, "deployment"),
		      "its machine is protected against deletion; take the protection off first");
	return OK;
}

static struct status sum_up(struct store_tx *tx, struct plan *plan)
{
	struct arena *arena = store_arena(tx);

	plan->currency = "";
	for (size_t i = 0; i < plan->item_count; i++) {
		struct plan_item *item = &plan->items[i];
		quota_add(&plan->delta, &item->delta);
		if (text_is_empty(item->currency))
			continue;
		if (*plan->currency && !text_equal(plan->currency, item->currency)) {
			block(arena, plan, "MIXED_CURRENCIES", field_of(arena, i, "product"),
			      "all items of an order must be priced in one currency; order them apart");
			continue;
		}
		plan->currency = item->currency;
		TRY(amount_add(arena, plan->hourly, item->hourly, &plan->hourly));
		TRY(amount_add(arena, plan->monthly, item->monthly, &plan->monthly));
	}
	return OK;
}

static struct status hold_against_quotas(struct store_tx *tx, const char *project, const struct quota_delta *reserved,
					 struct plan *plan)
{
	struct arena *arena = store_arena(tx);

	TRY(quota_effects(tx, project, &plan->delta, &plan->effects));
	for (struct quota_effect *effect = plan->effects; effect; effect = effect->next) {
		if (reserved)
			effect->used -= quota_part(reserved, effect->metric);
		if (effect->added <= 0 || effect->added <= effect->limit - effect->used)
			continue;
		block(arena, plan, "QUOTA_EXCEEDED", "items",
		      arena_printf(arena, "%s allows %lld %s, %lld are in use and this adds %lld; free some or ask for a higher limit",
				   effect->quota, (long long)effect->limit, quota_metric_name(effect->metric),
				   (long long)effect->used, (long long)effect->added));
	}
	return OK;
}

static struct policy_subject subject_of(struct arena *arena, const char *project, const struct plan *plan)
{
	struct json *products = json_array(arena);
	struct policy_subject subject = { .project = project, .products = products, .monthly = { .amount = plan->monthly } };

	for (size_t i = 0; i < plan->item_count; i++) {
		json_append_text(products, text_or_empty(plan->items[i].product_name));
		subject.actions |= 1u << plan->items[i].action;
	}
	snprintf(subject.monthly.currency, sizeof subject.monthly.currency, "%.3s", plan->currency);
	return subject;
}

/** Every policy of the tenant and those above that matches, in order of stage, then name: each is a stage of its own. */
static struct status find_stages(struct store_tx *tx, const char *project, struct plan *plan)
{
	struct arena *arena = store_arena(tx);
	struct policy_subject subject = subject_of(arena, project, plan);
	const char **tenants;
	size_t tenant_count, count;
	struct approval_policy *policies;
	const struct approval_policy *matching[POLICIES_MOST];
	size_t match_count = 0;

	TRY(iam_ancestry(tx, resource_tenant(arena, project), &tenants, &tenant_count));
	for (size_t i = 0; i < tenant_count; i++) {
		TRY(policy_list(tx, tenants[i], NULL, POLICIES_MOST, &policies, &count));
		for (size_t p = 0; p < count && match_count < POLICIES_MOST; p++) {
			if (!policy_matches(&policies[p], &subject))
				continue;
			size_t at = match_count++;
			for (; at > 0 && matching[at - 1]->stage > policies[p].stage; at--)
				matching[at] = matching[at - 1];
			matching[at] = &policies[p];
		}
	}
	plan->stages = ARENA_ARRAY(arena, match_count + 1, struct plan_stage);
	plan->stage_count = match_count;
	for (size_t i = 0; i < match_count; i++)
		plan->stages[i] = (struct plan_stage){ matching[i]->name, matching[i]->approvers, matching[i]->quorum };
	return OK;
}

/** What an approval is bound to: everything that is made and everything that it costs, in canonical form. */
static void take_digest(struct arena *arena, const char *project, struct plan *plan)
{
	struct json *root = json_object(arena), *items = json_array(arena);

	json_set_text(root, "project", project);
	json_set_text(root, "currency", plan->currency);
	json_set_text(root, "hourly", amount_format(arena, plan->hourly));
	json_set_text(root, "monthly", amount_format(arena, plan->monthly));
	for (size_t i = 0; i < plan->item_count; i++) {
		const struct plan_item *item = &plan->items[i];
		struct json *json = json_object(arena);
		json_set_int(json, "action", item->action);
		json_set_text(json, "deployment", text_or_empty(item->deployment));
		json_set_text(json, "verb", text_or_empty(item->verb));
		if (item->choice)
			json_set(json, "choice", item->choice);
		json_set_text(json, "hourly", amount_format(arena, item->hourly));
		json_set_text(json, "rates", text_or_empty(item->rates_digest));
		json_append(items, json);
	}
	json_set(root, "items", items);
	plan->digest = digest_sha256_hex(arena, slice_text(json_print_canonical(arena, root)));
}

struct status plan_make(struct store_tx *tx, const char *project, const struct quota_delta *reserved, int64_t now_us,
			struct plan *plan)
{
	for (size_t i = 0; i < plan->item_count; i++) {
		if (plan->items[i].action == ORDER_ADD)
			TRY(resolve(tx, project, plan, i, now_us));
		else
			TRY(existing(tx, project, plan, i, now_us));
	}
	TRY(sum_up(tx, plan));
	TRY(hold_against_quotas(tx, project, reserved, plan));
	TRY(find_stages(tx, project, plan));
	take_digest(store_arena(tx), project, plan);
	return OK;
}
