/* SPDX-License-Identifier: Apache-2.0 */
/* policy.c: which orders a policy speaks of. */
#include "server/services/request/policy.h"

#include "runtime/base/text.h"

bool policy_names(const struct json *names, const char *name)
{
	for (size_t i = 0; i < json_size(names); i++)
		if (text_equal(json_text(json_at(names, i), NULL), name))
			return true;
	return false;
}

static bool any_named(const struct json *wanted, const struct json *present)
{
	for (size_t i = 0; i < json_size(present); i++)
		if (policy_names(wanted, json_text(json_at(present, i), "")))
			return true;
	return false;
}

#define COSTING (1u << ORDER_ADD | 1u << ORDER_CHANGE)

/** No actions in a policy means all: to take something away from people can hurt as much as to spend money. */
static unsigned policy_actions(const struct approval_policy *policy)
{
	unsigned actions = 0;

	for (size_t i = 0; i < json_size(policy->actions); i++)
		actions |= 1u << json_int(json_at(policy->actions, i), 0);
	return actions ? actions : COSTING | 1u << ORDER_ACT | 1u << ORDER_REMOVE;
}

bool policy_matches(const struct approval_policy *policy, const struct policy_subject *subject)
{
	if (policy->is_disabled || !(policy_actions(policy) & subject->actions))
		return false;
	if (json_size(policy->products) > 0 && !any_named(policy->products, subject->products))
		return false;
	if (json_size(policy->projects) > 0 && !policy_names(policy->projects, subject->project))
		return false;
	if (policy->least_monthly.currency[0] == '\0')
		return true;
	/* What only works on or removes something adds no cost: less than any amount. */
	if (!(subject->actions & COSTING))
		return amount_compare((struct amount){ 0, 0 }, policy->least_monthly.amount) >= 0;
	/* An amount in another currency cannot be compared: better one approval too many than one too few. */
	return !text_equal(policy->least_monthly.currency, subject->monthly.currency) ||
	       amount_compare(subject->monthly.amount, policy->least_monthly.amount) >= 0;
}
