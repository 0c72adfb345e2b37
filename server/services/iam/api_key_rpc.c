/* SPDX-License-Identifier: Apache-2.0 */
/* api_key_rpc.c: API keys on the wire. */
#include "gaon/iam/v1/iam.handlers.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/iam/account.h"
#include "server/services/iam/api_key.h"
#include "server/services/iam/decision.h"
#include "server/services/wire/wire.h"

static void api_key_to_wire(struct arena *arena, const struct api_key *key, Gaon__ApiKey *message)
{
	message->name = key->name;
	message->display_name = key->display_name;
	message->expire_time = wire_timestamp(arena, key->expires_us);
	message->last_use_time = wire_timestamp(arena, key->last_use_us);
	message->create_time = wire_timestamp(arena, key->create_us);
}

/* The user or service account that `name` is; NOT_FOUND by its kind. */
static struct status find_owner(struct call *call, const char *field, const char *name, struct account *account)
{
	const char *ids[2];

	if (resource_match(call->arena, name, "tenants/{}/serviceAccounts/{}", false, ids))
		return account_get(call->tx, name, ACCOUNT_SERVICE, account);
	TRY(resource_parse(call->arena, field, name, "tenants/{}/users/{}", ids));
	return account_get(call->tx, name, ACCOUNT_USER, account);
}

static struct status check_count(struct call *call, const char *account)
{
	int64_t count = 0;

	TRY(api_key_count(call->tx, account, &count));
	if (count < ACCOUNT_KEYS_MOST)
		return OK;
	return status_fail(call->arena, STATUS_FAILED_PRECONDITION, "TOO_MANY_API_KEYS",
			   "an account has at most %d keys; delete those that are not used any more", ACCOUNT_KEYS_MOST);
}

struct status iam_create_api_key(struct call *call, const Gaon__CreateApiKeyRequest *request, Gaon__CreateApiKeyResponse *reply)
{
	const Gaon__ApiKey empty = GAON__API_KEY__INIT;
	const Gaon__ApiKey *given = request->api_key != NULL ? request->api_key : &empty;
	struct account account;
	struct api_key key = { .display_name = text_or_empty(given->display_name), .create_us = call->now_us };

	TRY(find_owner(call, "parent", request->parent, &account));
	TRY(wire_timestamp_read(call->arena, "api_key.expire_time", given->expire_time, &key.expires_us));
	if (given->expire_time != NULL && key.expires_us <= call->now_us)
		return status_invalid_field(call->arena, "api_key.expire_time", "must be in the future");
	TRY(check_count(call, account.name));
	/* Who holds a key is that account. */
	TRY(decide_covers_member(call->tx, call->principal, account.name, call->now_us));
	key.account = account.name;
	TRY(api_key_make(call->tx, &key, &reply->secret));
	reply->api_key = ARENA_NEW(call->arena, Gaon__ApiKey);
	gaon__api_key__init(reply->api_key);
	api_key_to_wire(call->arena, &key, reply->api_key);
	return OK;
}

struct status iam_list_api_keys(struct call *call, const Gaon__ListApiKeysRequest *request, Gaon__ListApiKeysResponse *reply)
{
	struct account account;
	struct page page;
	struct api_key *keys = NULL;
	size_t count = 0;

	TRY(find_owner(call, "parent", request->parent, &account));
	TRY(page_read(call->arena, request->page_size, request->page_token,
		      arena_printf(call->arena, "apiKeys %s", request->parent), &page));
	TRY(api_key_page(call->tx, account.name, page.after, page.limit + 1, &keys, &count));
	if (count > page.limit) {
		count = page.limit;
		reply->next_page_token = page_next(call->arena, &page, keys[count - 1].id);
	}
	reply->api_keys = ARENA_ARRAY(call->arena, count, Gaon__ApiKey *);
	for (size_t i = 0; i < count; i++) {
		Gaon__ApiKey *message = ARENA_NEW(call->arena, Gaon__ApiKey);

		gaon__api_key__init(message);
		api_key_to_wire(call->arena, &keys[i], message);
		reply->api_keys[reply->n_api_keys++] = message;
	}
	return OK;
}

struct status iam_delete_api_key(struct call *call, const Gaon__DeleteApiKeyRequest *request, Gaon__DeleteApiKeyResponse *reply)
{
	const char *ids[3];
	struct api_key key;
	bool is_found = false;

	(void)reply;
	if (!resource_match(call->arena, request->name, "tenants/{}/serviceAccounts/{}/apiKeys/{}", false, ids))
		TRY(resource_parse(call->arena, "name", request->name, "tenants/{}/users/{}/apiKeys/{}", ids));
	TRY(api_key_find(call->tx, ids[2], &key, &is_found));
	if (!is_found || !text_equal(key.name, request->name))
		return resource_not_found(call->arena, "ApiKey", request->name);
	TRY(etag_check(call->arena, request->etag, 1)); /* a key never changes */
	TRY(api_key_delete(call->tx, key.id));
	TRY(decide_administrator_left(call->tx));
	return iam_touch(call->tx, NULL);
}
