/* SPDX-License-Identifier: Apache-2.0 */
/* service_account_rpc.c: programs' identities on the wire. */
#include "gaon/iam/v1/iam.handlers.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/iam/account.h"
#include "server/services/iam/principal.h"
#include "server/services/wire/wire.h"

static const char PATTERN[] = "tenants/{}/serviceAccounts/{}";

static void service_account_to_wire(struct arena *arena, const struct account *account, Gaon__ServiceAccount *message)
{
	message->name = account->name;
	message->display_name = account->display_name;
	message->disabled = account->is_disabled;
	message->certificate_san = text_or_empty(account->certificate_san);
	message->etag = etag_format(arena, account->revision);
	message->create_time = wire_timestamp(arena, account->create_us);
	message->update_time = wire_timestamp(arena, account->update_us);
}

/* Whoever says which certificate is which program speaks for the whole house: certificates know no tenants. */
static struct status check_certificate(struct call *call, const char *san)
{
	bool is_allowed = false;

	if (text_is_empty(san))
		return OK;
	TRY(iam_allows(call->tx, call->principal, "iam.serviceAccounts.create", "", &is_allowed));
	if (is_allowed)
		return OK;
	return status_fail(call->arena, STATUS_PERMISSION_DENIED, "PERMISSION_DENIED",
			   "naming a certificate takes \"iam.serviceAccounts.create\" on the root tenant; use an API key, or ask its"
			   " administrator");
}

struct status iam_create_service_account(struct call *call, const Gaon__CreateServiceAccountRequest *request,
					 Gaon__ServiceAccount *reply)
{
	const char *ids[1];
	const Gaon__ServiceAccount empty = GAON__SERVICE_ACCOUNT__INIT;
	const Gaon__ServiceAccount *given = request->service_account != NULL ? request->service_account : &empty;

	TRY(resource_parse(call->arena, "parent", request->parent, "tenants/{}", ids));
	TRY(principal_check_id(call->arena, "service_account_id", request->service_account_id));
	TRY(check_certificate(call, given->certificate_san));

	const struct account account = {
		.name = arena_printf(call->arena, "%s/serviceAccounts/%s", request->parent, request->service_account_id),
		.tenant = request->parent,
		.kind = ACCOUNT_SERVICE,
		.display_name = text_is_empty(given->display_name) ? request->service_account_id : given->display_name,
		.email = "",
		.certificate_san = text_is_empty(given->certificate_san) ? NULL : given->certificate_san,
		.is_disabled = given->disabled,
		.revision = 1,
		.create_us = call->now_us,
		.update_us = call->now_us,
	};

	TRY(account_insert(call->tx, &account));
	TRY(iam_touch(call->tx, NULL));
	service_account_to_wire(call->arena, &account, reply);
	return OK;
}

struct status iam_get_service_account(struct call *call, const Gaon__GetServiceAccountRequest *request,
				      Gaon__ServiceAccount *reply)
{
	const char *ids[2];
	struct account account;

	TRY(resource_parse(call->arena, "name", request->name, PATTERN, ids));
	TRY(account_get(call->tx, request->name, ACCOUNT_SERVICE, &account));
	service_account_to_wire(call->arena, &account, reply);
	return OK;
}

struct status iam_list_service_accounts(struct call *call, const Gaon__ListServiceAccountsRequest *request,
					Gaon__ListServiceAccountsResponse *reply)
{
	const char *ids[1];
	struct page page;
	struct account *accounts = NULL;
	size_t count = 0;

	TRY(resource_parse(call->arena, "parent", request->parent, "tenants/{}", ids));
	TRY(page_read(call->arena, request->page_size, request->page_token,
		      arena_printf(call->arena, "serviceAccounts %s", request->parent), &page));

	const struct account_query query = { request->parent, page.after, ACCOUNT_SERVICE, page.limit + 1 };

	TRY(account_page(call->tx, &query, &accounts, &count));
	if (count > page.limit) {
		count = page.limit;
		reply->next_page_token = page_next(call->arena, &page, accounts[count - 1].name);
	}
	reply->service_accounts = ARENA_ARRAY(call->arena, count, Gaon__ServiceAccount *);
	for (size_t i = 0; i < count; i++) {
		Gaon__ServiceAccount *message = ARENA_NEW(call->arena, Gaon__ServiceAccount);

		gaon__service_account__init(message);
		service_account_to_wire(call->arena, &accounts[i], message);
		reply->service_accounts[reply->n_service_accounts++] = message;
	}
	return OK;
}

struct status iam_update_service_account(struct call *call, const Gaon__UpdateServiceAccountRequest *request,
					 Gaon__ServiceAccount *reply)
{
	static const char *const allowed[] = { "display_name", "disabled", NULL };
	const Gaon__ServiceAccount *given = request->service_account;
	const char *ids[2];
	struct account account;

	TRY(resource_parse(call->arena, "service_account.name", given->name, PATTERN, ids));
	TRY(wire_mask_check(call->arena, request->update_mask, allowed));
	TRY(account_get(call->tx, given->name, ACCOUNT_SERVICE, &account));
	TRY(etag_check(call->arena, given->etag, account.revision));
	if (!text_is_empty(given->certificate_san) && !text_equal(given->certificate_san, account.certificate_san))
		return status_invalid_field(call->arena, "service_account.certificate_san",
					    "is immutable; make another service account");
	if (wire_mask_has(request->update_mask, &given->base, "display_name"))
		account.display_name = given->display_name;
	if (wire_mask_has(request->update_mask, &given->base, "disabled"))
		account.is_disabled = given->disabled;
	account.update_us = call->now_us;
	TRY(account_update(call->tx, &account));
	TRY(iam_touch(call->tx, NULL));
	service_account_to_wire(call->arena, &account, reply);
	return OK;
}

struct status iam_delete_service_account(struct call *call, const Gaon__DeleteServiceAccountRequest *request,
					 Gaon__DeleteServiceAccountResponse *reply)
{
	const char *ids[2];
	struct account account;

	(void)reply;
	TRY(resource_parse(call->arena, "name", request->name, PATTERN, ids));
	TRY(account_get(call->tx, request->name, ACCOUNT_SERVICE, &account));
	return account_remove(call, &account, request->etag);
}
