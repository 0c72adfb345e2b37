/* SPDX-License-Identifier: Apache-2.0 */
/* principal.c: an account as a caller. */
#include "server/services/iam/principal.h"

#include <string.h>

#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/iam/group_store.h"

/* One person, one account: ids that are shared, guessed or come with a default password elsewhere. */
static const char *const refused_ids[] = {
	"admin", "admin1", "administrator", "anonymous", "daemon", "default", "demo",   "guest",  "manager",
	"nobody", "operator", "oracle", "postgres", "public", "root", "service", "shared", "super", "superuser",
	"support", "sysadmin", "system", "temp", "test", "test1", "tester", "toor", "user", "user1", "username",
};

struct status principal_check_id(struct arena *arena, const char *field, const char *id)
{
	for (size_t i = 0; i < sizeof refused_ids / sizeof refused_ids[0]; i++)
		if (strcmp(refused_ids[i], id) == 0)
			return status_with_field(
				arena,
				status_fail(arena, STATUS_INVALID_ARGUMENT, "ACCOUNT_NAME_REFUSED",
					    "\"%s\" is among the first names that an intruder tries, and says nobody's name;"
					    " choose the person's own",
					    id),
				field, "is refused for accounts");
	return OK;
}

struct status principal_of_account(struct store_tx *tx, const struct account *account, struct principal *principal)
{
	const char **members = NULL;
	size_t count = 0;

	TRY(group_closure(tx, account->name, GROUPS_OF_ONE_MOST + 1, &members, &count));
	*principal = (struct principal){
		.name = account->name,
		.tenant = account->tenant,
		.display_name = account->display_name,
		.method = "",
		.members = members,
		.member_count = count,
		.expires_us = INT64_MAX,
	};
	return OK;
}

struct status iam_principal(struct store_tx *tx, const char *name, struct principal *principal)
{
	struct account account;
	bool is_found = false;

	TRY(account_find(tx, text_or_empty(name), &account, &is_found));
	if (!is_found)
		return resource_not_found(store_arena(tx), "Principal", name);
	return principal_of_account(tx, &account, principal);
}

static const struct {
	const char *pattern, *permission;
} kinds[] = {
	{ "tenants/{}/users/{}", "iam.users.get" },
	{ "tenants/{}/serviceAccounts/{}", "iam.serviceAccounts.get" },
	{ "tenants/{}/groups/{}", "iam.groups.get" },
};

struct status principal_check(struct store_tx *tx, const struct principal *caller, const char *field, const char *name)
{
	const char *permission = NULL, *ids[2];
	struct account account;
	bool is_found = false;

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && permission == NULL; i++)
		if (resource_match(store_arena(tx), name, kinds[i].pattern, false, ids))
			permission = kinds[i].permission;
	if (permission != NULL)
		TRY(account_find(tx, name, &account, &is_found));
	if (permission != NULL && !is_found)
		TRY(group_exists(tx, name, &is_found));
	if (is_found)
		TRY(iam_allows(tx, caller, permission, name, &is_found));
	if (is_found)
		return OK;
	return status_with_field(store_arena(tx), resource_not_found(store_arena(tx), "Principal", name), field,
				 "is no user, service account or group that you may read");
}

struct status iam_principal_check(struct store_tx *tx, const struct principal *caller, const char *field, const char *name)
{
	return principal_check(tx, caller, field, name);
}

bool iam_is_member(const struct principal *principal, const char *name)
{
	for (size_t i = 0; i < principal->member_count; i++)
		if (text_equal(principal->members[i], name))
			return true;
	return false;
}
