/* SPDX-License-Identifier: Apache-2.0 */
/* group_rpc.c: groups on the wire. */
#include "gaon/iam/v1/iam.handlers.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/iam/decision.h"
#include "server/services/iam/group.h"
#include "server/services/wire/wire.h"

enum { MEMBERS_MOST = 5000 };

static const char PATTERN[] = "tenants/{}/groups/{}";

static void group_to_wire(struct arena *arena, const struct group *group, Gaon__Group *message)
{
	message->name = group->name;
	message->display_name = group->display_name;
	message->members = group->members;
	message->n_members = group->member_count;
	message->etag = etag_format(arena, group->revision);
	message->create_time = wire_timestamp(arena, group->create_us);
	message->update_time = wire_timestamp(arena, group->update_us);
}

static struct status reply_with(struct call *call, const char *name, Gaon__Group *reply)
{
	struct group group;

	TRY(group_find(call->tx, name, &group));
	group_to_wire(call->arena, &group, reply);
	return OK;
}

struct status iam_create_group(struct call *call, const Gaon__CreateGroupRequest *request, Gaon__Group *reply)
{
	const char *ids[1];
	const Gaon__Group empty = GAON__GROUP__INIT;
	const Gaon__Group *given = request->group != NULL ? request->group : &empty;

	TRY(resource_parse(call->arena, "parent", request->parent, "tenants/{}", ids));

	const struct group group = {
		.name = arena_printf(call->arena, "%s/groups/%s", request->parent, request->group_id),
		.tenant = request->parent,
		.display_name = text_is_empty(given->display_name) ? request->group_id : given->display_name,
		.create_us = call->now_us,
	};

	TRY(group_insert(call->tx, &group));
	for (size_t i = 0; i < given->n_members; i++) {
		bool is_changed = false;

		TRY(group_join(call, group.name, arena_printf(call->arena, "group.members[%zu]", i), given->members[i],
			       &is_changed));
	}
	TRY(iam_touch(call->tx, NULL));
	return reply_with(call, group.name, reply);
}

struct status iam_get_group(struct call *call, const Gaon__GetGroupRequest *request, Gaon__Group *reply)
{
	const char *ids[2];

	TRY(resource_parse(call->arena, "name", request->name, PATTERN, ids));
	return reply_with(call, request->name, reply);
}

struct status iam_list_groups(struct call *call, const Gaon__ListGroupsRequest *request, Gaon__ListGroupsResponse *reply)
{
	const char *ids[1];
	struct page page;
	struct group *groups = NULL;
	size_t count = 0;

	TRY(resource_parse(call->arena, "parent", request->parent, "tenants/{}", ids));
	TRY(page_read(call->arena, request->page_size, request->page_token,
		      arena_printf(call->arena, "groups %s", request->parent), &page));
	TRY(group_page(call->tx, request->parent, page.after, page.limit + 1, &groups, &count));
	if (count > page.limit) {
		count = page.limit;
		reply->next_page_token = page_next(call->arena, &page, groups[count - 1].name);
	}
	reply->groups = ARENA_ARRAY(call->arena, count, Gaon__Group *);
	for (size_t i = 0; i < count; i++) {
		Gaon__Group *message = ARENA_NEW(call->arena, Gaon__Group);

		gaon__group__init(message);
		group_to_wire(call->arena, &groups[i], message);
		reply->groups[reply->n_groups++] = message;
	}
	return OK;
}

struct status iam_add_group_member(struct call *call, const Gaon__AddGroupMemberRequest *request, Gaon__Group *reply)
{
	const char *ids[2];
	struct group group;
	bool is_changed = false;

	TRY(resource_parse(call->arena, "name", request->name, PATTERN, ids));
	TRY(group_find(call->tx, request->name, &group));
	if (group.member_count >= MEMBERS_MOST)
		return status_fail(call->arena, STATUS_FAILED_PRECONDITION, "GROUP_FULL",
				   "a group has at most %d members; put them into groups of this group", MEMBERS_MOST);
	/* Whoever joins gets all that the group holds. */
	TRY(decide_covers_member(call->tx, call->principal, request->name, call->now_us));
	TRY(group_join(call, request->name, "member", request->member, &is_changed));
	if (is_changed) {
		TRY(group_touch(call->tx, request->name, call->now_us));
		TRY(iam_touch(call->tx, NULL));
	}
	return reply_with(call, request->name, reply);
}

struct status iam_remove_group_member(struct call *call, const Gaon__RemoveGroupMemberRequest *request, Gaon__Group *reply)
{
	const char *ids[2];
	struct group group;
	bool is_changed = false;

	TRY(resource_parse(call->arena, "name", request->name, PATTERN, ids));
	TRY(group_find(call->tx, request->name, &group));
	TRY(group_remove(call->tx, request->name, request->member, &is_changed));
	if (is_changed) {
		TRY(decide_administrator_left(call->tx));
		TRY(group_touch(call->tx, request->name, call->now_us));
		TRY(iam_touch(call->tx, NULL));
	}
	return reply_with(call, request->name, reply);
}

struct status iam_delete_group(struct call *call, const Gaon__DeleteGroupRequest *request, Gaon__DeleteGroupResponse *reply)
{
	const char *ids[2];
	struct group group;

	(void)reply;
	TRY(resource_parse(call->arena, "name", request->name, PATTERN, ids));
	TRY(group_find(call->tx, request->name, &group));
	TRY(etag_check(call->arena, request->etag, group.revision));
	TRY(group_delete(call->tx, request->name));
	TRY(decide_administrator_left(call->tx));
	return iam_touch(call->tx, NULL);
}
