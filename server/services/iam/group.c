/* SPDX-License-Identifier: Apache-2.0 */
/* group.c: who may be put into a group. */
#include "server/services/iam/group.h"

#include "runtime/base/text.h"
#include "server/services/iam/principal.h"

/* A group that is in `member` already, or is `member`, cannot take it in. */
static struct status check_cycle(struct call *call, const char *group, const char *member)
{
	const char **above = NULL;
	size_t count = 0;

	TRY(group_closure(call->tx, group, UINT16_MAX, &above, &count));
	for (size_t i = 0; i < count; i++)
		if (text_equal(above[i], member))
			return status_fail(call->arena, STATUS_FAILED_PRECONDITION, "GROUP_CYCLE",
					   "%s is in %s already, so taking it in would close a circle; remove it there first",
					   group, member);
	return OK;
}

static struct status check_size(struct call *call, const char *group, const char *member)
{
	int64_t depth = 0, height = 0;
	const char **above = NULL;
	size_t of_group = 0, of_member = 0;
	bool is_group = false;

	TRY(group_exists(call->tx, member, &is_group));
	if (is_group) {
		TRY(group_depth(call->tx, group, &depth));
		TRY(group_height(call->tx, member, &height));
	}
	if (depth + height > GROUP_DEPTH_MOST)
		return status_fail(call->arena, STATUS_FAILED_PRECONDITION, "GROUP_TOO_DEEP",
				   "groups nest at most %d deep; add the member to a group nearer the top", GROUP_DEPTH_MOST);
	TRY(group_closure(call->tx, group, GROUPS_OF_ONE_MOST + 1, &above, &of_group));
	TRY(group_closure(call->tx, member, GROUPS_OF_ONE_MOST + 1, &above, &of_member));
	if (of_group + of_member <= GROUPS_OF_ONE_MOST)
		return OK;
	return status_fail(call->arena, STATUS_FAILED_PRECONDITION, "TOO_MANY_GROUPS",
			   "one member can be in at most %d groups, nested ones counted; take it out of some first",
			   GROUPS_OF_ONE_MOST);
}

struct status group_join(struct call *call, const char *group, const char *field, const char *member, bool *changed)
{
	TRY(principal_check(call->tx, call->principal, field, member));
	TRY(check_cycle(call, group, member));
	TRY(check_size(call, group, member));
	return group_add(call->tx, group, member, changed);
}
