/* SPDX-License-Identifier: Apache-2.0 */
/* account.c: what users and service accounts have in common. */
#include "server/services/iam/account.h"

#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/iam/decision.h"
#include "server/services/iam/identity_provider_store.h"

struct status account_get(struct store_tx *tx, const char *name, enum account_kind kind, struct account *account)
{
	bool is_found = false;

	TRY(account_find(tx, name, account, &is_found));
	if (is_found && account->kind == kind)
		return OK;
	return resource_not_found(store_arena(tx), kind == ACCOUNT_USER ? "User" : "ServiceAccount", name);
}

struct status account_remove(struct call *call, const struct account *account, const char *etag)
{
	TRY(etag_check(call->arena, etag, account->revision));
	TRY(account_delete(call->tx, account->name));
	TRY(decide_administrator_left(call->tx));
	return iam_touch(call->tx, NULL);
}

struct status account_check_subject(struct store_tx *tx, const struct account *account)
{
	struct arena *arena = store_arena(tx);
	struct identity_provider provider;
	const char **above = NULL;
	size_t count = 0;

	if (account->identity_provider == NULL && account->subject == NULL)
		return OK;
	if (account->subject == NULL)
		return status_invalid_field(arena, "user.subject", "says who the identity provider's person is; give it too");
	if (account->identity_provider == NULL)
		return status_invalid_field(arena, "user.identity_provider", "says whose subject it is; give it too");
	TRY(identity_provider_find(tx, account->identity_provider, &provider));
	TRY(iam_ancestry(tx, account->tenant, &above, &count));
	for (size_t i = 0; i < count; i++)
		if (text_equal(above[i], provider.tenant))
			return OK;
	return resource_not_found(arena, "IdentityProvider", account->identity_provider);
}
