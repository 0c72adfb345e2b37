/* SPDX-License-Identifier: Apache-2.0 */
/* user_rpc.c: people on the wire. */
#include "server/services/iam/user_rpc.h"

#include "gaon/iam/v1/iam.handlers.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/iam/account.h"
#include "server/services/iam/decision.h"
#include "server/services/iam/principal.h"
#include "server/services/wire/wire.h"

static const char PATTERN[] = "tenants/{}/users/{}";

static const char *null_if_empty(const char *text)
{
	return text_is_empty(text) ? NULL : text;
}

void user_to_wire(struct arena *arena, const struct account *account, Gaon__User *message)
{
	message->name = account->name;
	message->display_name = account->display_name;
	message->email = account->email;
	message->subject = text_or_empty(account->subject);
	message->identity_provider = text_or_empty(account->identity_provider);
	message->disabled = account->is_disabled;
	message->etag = etag_format(arena, account->revision);
	message->create_time = wire_timestamp(arena, account->create_us);
	message->update_time = wire_timestamp(arena, account->update_us);
}

struct status iam_create_user(struct call *call, const Gaon__CreateUserRequest *request, Gaon__User *reply)
{
	const char *ids[1];
	const Gaon__User empty = GAON__USER__INIT;
	const Gaon__User *given = request->user != NULL ? request->user : &empty;

	TRY(resource_parse(call->arena, "parent", request->parent, "tenants/{}", ids));
	TRY(principal_check_id(call->arena, "user_id", request->user_id));

	const struct account account = {
		.name = arena_printf(call->arena, "%s/users/%s", request->parent, request->user_id),
		.tenant = request->parent,
		.kind = ACCOUNT_USER,
		.display_name = text_is_empty(given->display_name) ? request->user_id : given->display_name,
		.email = text_or_empty(given->email),
		.identity_provider = null_if_empty(given->identity_provider),
		.subject = null_if_empty(given->subject),
		.is_disabled = given->disabled,
		.revision = 1,
		.create_us = call->now_us,
		.update_us = call->now_us,
	};

	TRY(account_check_subject(call->tx, &account));
	TRY(account_insert(call->tx, &account));
	TRY(iam_touch(call->tx, NULL));
	user_to_wire(call->arena, &account, reply);
	return OK;
}

struct status iam_get_user(struct call *call, const Gaon__GetUserRequest *request, Gaon__User *reply)
{
	const char *ids[2];
	struct account account;

	TRY(resource_parse(call->arena, "name", request->name, PATTERN, ids));
	TRY(account_get(call->tx, request->name, ACCOUNT_USER, &account));
	user_to_wire(call->arena, &account, reply);
	return OK;
}

struct status iam_list_users(struct call *call, const Gaon__ListUsersRequest *request, Gaon__ListUsersResponse *reply)
{
	const char *ids[1];
	struct page page;
	struct account *accounts = NULL;
	size_t count = 0;

	TRY(resource_parse(call->arena, "parent", request->parent, "tenants/{}", ids));
	TRY(page_read(call->arena, request->page_size, request->page_token,
		      arena_printf(call->arena, "users %s", request->parent), &page));

	const struct account_query query = { request->parent, page.after, ACCOUNT_USER, page.limit + 1 };

	TRY(account_page(call->tx, &query, &accounts, &count));
	if (count > page.limit) {
		count = page.limit;
		reply->next_page_token = page_next(call->arena, &page, accounts[count - 1].name);
	}
	reply->users = ARENA_ARRAY(call->arena, count, Gaon__User *);
	for (size_t i = 0; i < count; i++) {
		Gaon__User *message = ARENA_NEW(call->arena, Gaon__User);

		gaon__user__init(message);
		user_to_wire(call->arena, &accounts[i], message);
		reply->users[reply->n_users++] = message;
	}
	return OK;
}

/* Whoever says which subject signs in as a person could sign in as that person. */
static struct status change_subject(struct call *call, const Gaon__UpdateUserRequest *request, struct account *account)
{
	const Gaon__User *given = request->user;
	struct account before = *account;

	if (wire_mask_has(request->update_mask, &given->base, "subject"))
		account->subject = null_if_empty(given->subject);
	if (wire_mask_has(request->update_mask, &given->base, "identity_provider"))
		account->identity_provider = null_if_empty(given->identity_provider);
	if (text_equal(before.subject, account->subject) &&
	    text_equal(before.identity_provider, account->identity_provider))
		return OK;
	TRY(account_check_subject(call->tx, account));
	return decide_covers_member(call->tx, call->principal, account->name, call->now_us);
}

struct status iam_update_user(struct call *call, const Gaon__UpdateUserRequest *request, Gaon__User *reply)
{
	static const char *const allowed[] = { "display_name", "email", "subject", "identity_provider", "disabled", NULL };
	const Gaon__User *given = request->user;
	const char *ids[2];
	struct account account;

	TRY(resource_parse(call->arena, "user.name", given->name, PATTERN, ids));
	TRY(wire_mask_check(call->arena, request->update_mask, allowed));
	TRY(account_get(call->tx, given->name, ACCOUNT_USER, &account));
	TRY(etag_check(call->arena, given->etag, account.revision));
	if (wire_mask_has(request->update_mask, &given->base, "display_name"))
		account.display_name = given->display_name;
	if (wire_mask_has(request->update_mask, &given->base, "email"))
		account.email = given->email;
	if (wire_mask_has(request->update_mask, &given->base, "disabled"))
		account.is_disabled = given->disabled;
	TRY(change_subject(call, request, &account));
	account.update_us = call->now_us;
	TRY(account_update(call->tx, &account));
	TRY(decide_administrator_left(call->tx));
	TRY(iam_touch(call->tx, NULL));
	user_to_wire(call->arena, &account, reply);
	return OK;
}

struct status iam_delete_user(struct call *call, const Gaon__DeleteUserRequest *request, Gaon__DeleteUserResponse *reply)
{
	const char *ids[2];
	struct account account;

	(void)reply;
	TRY(resource_parse(call->arena, "name", request->name, PATTERN, ids));
	TRY(account_get(call->tx, request->name, ACCOUNT_USER, &account));
	return account_remove(call, &account, request->etag);
}
