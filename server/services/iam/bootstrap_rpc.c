/* SPDX-License-Identifier: Apache-2.0 */
/* bootstrap_rpc.c: the first tenant and its administrator. */
#include "gaon/iam/v1/iam.handlers.h"
#include "runtime/base/text.h"
#include "server/services/iam/account_store.h"
#include "server/services/iam/api_key.h"
#include "server/services/iam/bootstrap.h"
#include "server/services/iam/policy_store.h"
#include "server/services/iam/principal.h"
#include "server/services/iam/role.h"
#include "server/services/iam/tenant_rpc.h"
#include "server/services/iam/user_rpc.h"

static struct status make_tenant(struct call *call, const Gaon__BootstrapRequest *request, struct tenant *tenant)
{
	*tenant = (struct tenant){
		.name = arena_printf(call->arena, "tenants/%s", request->tenant_id),
		.display_name = text_is_empty(request->tenant_display_name) ? request->tenant_id : request->tenant_display_name,
		.labels = "{}",
		.revision = 1,
		.create_us = call->now_us,
		.update_us = call->now_us,
	};
	TRY(tenant_insert(call->tx, tenant));
	return tenant_set_root(call->tx, tenant->name);
}

static struct status make_administrator(struct call *call, const Gaon__BootstrapRequest *request, const char *tenant,
					struct account *account)
{
	*account = (struct account){
		.name = arena_printf(call->arena, "%s/users/%s", tenant, request->user_id),
		.tenant = tenant,
		.kind = ACCOUNT_USER,
		.display_name = text_is_empty(request->display_name) ? request->user_id : request->display_name,
		.email = text_or_empty(request->email),
		.revision = 1,
		.create_us = call->now_us,
		.update_us = call->now_us,
	};

	const struct binding binding = { tenant, ROLE_ADMINISTRATOR, account->name, INT64_MAX };

	TRY(account_insert(call->tx, account));
	TRY(iam_policy_touch(call->tx, tenant, tenant, NULL));
	return binding_insert(call->tx, &binding);
}

struct status iam_bootstrap(struct call *call, const Gaon__BootstrapRequest *request, Gaon__BootstrapResponse *reply)
{
	struct tenant tenant;
	struct account account;
	struct api_key key = { .display_name = "bootstrap", .create_us = call->now_us };

	/* The token first: without it nobody learns anything, not even which names are refused. A refusal gives it back. */
	TRY(bootstrap_use_token(call->tx, request->token, call->now_us));
	TRY(principal_check_id(call->arena, "user_id", request->user_id));
	TRY(make_tenant(call, request, &tenant));
	TRY(make_administrator(call, request, tenant.name, &account));
	key.account = account.name;
	TRY(api_key_make(call->tx, &key, &reply->api_key));
	TRY(iam_touch(call->tx, NULL));
	reply->tenant = ARENA_NEW(call->arena, Gaon__Tenant);
	gaon__tenant__init(reply->tenant);
	tenant_to_wire(call->arena, &tenant, reply->tenant);
	reply->user = ARENA_NEW(call->arena, Gaon__User);
	gaon__user__init(reply->user);
	user_to_wire(call->arena, &account, reply->user);
	return OK;
}
