/* SPDX-License-Identifier: Apache-2.0 */
/* commands_iam.c: tenants, projects, principals, keys, roles, policies, audit. */
#include "client/cli/command.h"
#include "client/cli/special.h"
#include "gaon/iam/v1/iam.gaon.h"

static const char TENANT_COLUMNS[] = "TENANT=name DISPLAY_NAME PARENT=parent LABELS? CREATED=create_time";
static const char PROJECT_COLUMNS[] = "PROJECT=name DISPLAY_NAME COST_CENTER? LABELS? CREATED=create_time";
static const char USER_COLUMNS[] = "USER=name DISPLAY_NAME EMAIL DISABLED CREATED=create_time";
static const char KEY_COLUMNS[] = "KEY=name DISPLAY_NAME EXPIRES=expire_time LAST_USED=last_use_time CREATED=create_time";
static const char AUDIT_COLUMNS[] = "SEQ=sequence TIME=event_time:at PRINCIPAL METHOD=method:id RESOURCE CODE REASON TRACE=trace_id";

static const struct command_flag bootstrap_flags[] = {
	{ "token", "TOKEN", "the one-time token, when it is not the first word; - reads it from standard input" },
	{ "save-as", "NAME", "keep the new key in this context and use it; otherwise \"default\"" },
	{ NULL, NULL, NULL },
};

static const struct command_flag binding_flags[] = {
	{ "role", "ROLE", "viewer, requester, approver, operator, catalog-admin, finance, tenant-admin, auditor, or an own role" },
	{ "member", "MEMBER", "users/ID, serviceAccounts/ID, groups/ID, or user:ID, group:ID …; may be repeated" },
	{ "expire-time", "TIME", "from then on the binding gives nothing: +30d, 2026-12-31" },
	{ NULL, NULL, NULL },
};

static const struct command_flag key_flags[] = {
	{ "save-as", "NAME", "keep the new key in this context, for the same server" },
	{ NULL, NULL, NULL },
};

static const struct command rows[] = {
	{ .noun = "bootstrap", .verb = "", .method = &gaon_method_iam_bootstrap, .words = "token?", .run = special_bootstrap,
	  .flags = bootstrap_flags, .summary = "makes the first tenant and its administrator with gaond's one-time token",
	  .example = "bootstrap TOKEN --tenant-id gaon --user-id mina --save-as lab" },
	{ .noun = "whoami", .verb = "", .method = &gaon_method_iam_who_am_i,
	  .summary = "tells who you are and which roles you hold where", .example = "whoami" },

	{ .noun = "tenant", .verb = "create", .method = &gaon_method_iam_create_tenant, .words = "tenant_id",
	  .scope = SCOPE_TENANT, .summary = "makes a tenant below another",
	  .example = "tenant create acme --display-name \"Acme Inc.\" --label tier=gold" },
	{ .noun = "tenant", .verb = "get", .method = &gaon_method_iam_get_tenant, .words = "name:tenant",
	  .summary = "shows a tenant", .example = "tenant get acme" },
	{ .noun = "tenant", .verb = "list", .method = &gaon_method_iam_list_tenants, .scope = SCOPE_TENANT,
	  .columns = TENANT_COLUMNS, .summary = "lists the tenants below the context's, itself included",
	  .example = "tenant list" },
	{ .noun = "tenant", .verb = "update", .method = &gaon_method_iam_update_tenant, .words = "tenant.name:tenant",
	  .summary = "changes the fields that are given", .example = "tenant update acme --display-name \"Acme Ltd.\"" },
	{ .noun = "tenant", .verb = "delete", .method = &gaon_method_iam_delete_tenant, .words = "name:tenant",
	  .summary = "deletes an empty tenant", .example = "tenant delete acme" },

	{ .noun = "project", .verb = "create", .method = &gaon_method_iam_create_project, .words = "project_id",
	  .scope = SCOPE_TENANT, .summary = "makes a project in the tenant",
	  .example = "project create web --display-name \"Web shop\" --cost-center 4711 --tenant acme" },
	{ .noun = "project", .verb = "get", .method = &gaon_method_iam_get_project, .words = "name:project",
	  .summary = "shows a project", .example = "project get web" },
	{ .noun = "project", .verb = "list", .method = &gaon_method_iam_list_projects, .scope = SCOPE_TENANT,
	  .columns = PROJECT_COLUMNS, .summary = "lists the tenant's projects", .example = "project list" },
	{ .noun = "project", .verb = "update", .method = &gaon_method_iam_update_project, .words = "project.name:project",
	  .summary = "changes the fields that are given", .example = "project update web --cost-center 4712" },
	{ .noun = "project", .verb = "delete", .method = &gaon_method_iam_delete_project, .words = "name:project",
	  .summary = "deletes a project that owns nothing any more", .example = "project delete web" },

	{ .noun = "user", .verb = "create", .method = &gaon_method_iam_create_user, .words = "user_id", .scope = SCOPE_TENANT,
	  .summary = "makes an account for one person", .example = "user create mina --display-name \"Kim Mina\" --email mina@example.com" },
	{ .noun = "user", .verb = "get", .method = &gaon_method_iam_get_user, .words = "name:user", .summary = "shows a user",
	  .example = "user get mina" },
	{ .noun = "user", .verb = "list", .method = &gaon_method_iam_list_users, .scope = SCOPE_TENANT,
	  .columns = USER_COLUMNS, .summary = "lists the tenant's users", .example = "user list" },
	{ .noun = "user", .verb = "update", .method = &gaon_method_iam_update_user, .words = "user.name:user",
	  .summary = "changes the fields that are given", .example = "user update mina --email mina@example.org" },
	{ .noun = "user", .verb = "disable", .method = &gaon_method_iam_update_user, .words = "user.name:user",
	  .preset = "user.disabled=true", .summary = "refuses the user's next call and all after it",
	  .example = "user disable mina" },
	{ .noun = "user", .verb = "enable", .method = &gaon_method_iam_update_user, .words = "user.name:user",
	  .preset = "user.disabled=false", .summary = "lets a disabled user in again", .example = "user enable mina" },
	{ .noun = "user", .verb = "delete", .method = &gaon_method_iam_delete_user, .words = "name:user",
	  .summary = "deletes a user with its keys and bindings", .example = "user delete mina" },

	{ .noun = "service-account", .verb = "create", .method = &gaon_method_iam_create_service_account,
	  .words = "service_account_id", .scope = SCOPE_TENANT, .summary = "makes an identity for a program",
	  .example = "service-account create ci --display-name \"Build server\"" },
	{ .noun = "service-account", .verb = "get", .method = &gaon_method_iam_get_service_account,
	  .words = "name:service-account", .summary = "shows a service account", .example = "service-account get ci" },
	{ .noun = "service-account", .verb = "list", .method = &gaon_method_iam_list_service_accounts, .scope = SCOPE_TENANT,
	  .columns = "SERVICE_ACCOUNT=name DISPLAY_NAME DISABLED CREATED=create_time",
	  .summary = "lists the tenant's service accounts", .example = "service-account list" },
	{ .noun = "service-account", .verb = "delete", .method = &gaon_method_iam_delete_service_account,
	  .words = "name:service-account", .summary = "deletes a service account with its keys and bindings",
	  .example = "service-account delete ci" },

	{ .noun = "group", .verb = "create", .method = &gaon_method_iam_create_group, .words = "group_id",
	  .scope = SCOPE_TENANT, .summary = "makes a group",
	  .example = "group create operators --display-name Operators --member users/mina" },
	{ .noun = "group", .verb = "get", .method = &gaon_method_iam_get_group, .words = "name:group",
	  .summary = "shows a group with its members", .example = "group get operators" },
	{ .noun = "group", .verb = "list", .method = &gaon_method_iam_list_groups, .scope = SCOPE_TENANT,
	  .columns = "GROUP=name DISPLAY_NAME MEMBERS CREATED=create_time", .summary = "lists the tenant's groups",
	  .example = "group list" },
	{ .noun = "group", .verb = "add-member", .method = &gaon_method_iam_add_group_member,
	  .words = "name:group member:principal", .summary = "adds a user, service account or group",
	  .example = "group add-member operators users/mina" },
	{ .noun = "group", .verb = "remove-member", .method = &gaon_method_iam_remove_group_member,
	  .words = "name:group member:principal", .summary = "takes a member out",
	  .example = "group remove-member operators users/mina" },
	{ .noun = "group", .verb = "delete", .method = &gaon_method_iam_delete_group, .words = "name:group",
	  .summary = "deletes a group with its bindings", .example = "group delete operators" },

	{ .noun = "api-key", .verb = "create", .method = &gaon_method_iam_create_api_key, .words = "parent:principal",
	  .run = special_create_key, .flags = key_flags, .summary = "makes a key; its secret is shown this once",
	  .example = "api-key create users/mina --display-name laptop --expire-time +90d --save-as mina" },
	{ .noun = "api-key", .verb = "list", .method = &gaon_method_iam_list_api_keys, .words = "parent:principal",
	  .columns = KEY_COLUMNS, .summary = "lists the keys of a user or service account, without secrets",
	  .example = "api-key list users/mina" },
	{ .noun = "api-key", .verb = "delete", .method = &gaon_method_iam_delete_api_key, .words = "name:principal/apiKeys",
	  .summary = "revokes a key at once", .example = "api-key delete users/mina 0193a5c2-6f4e-7c31-9a53-3f0c8b1d2e4f" },

	{ .noun = "role", .verb = "create", .method = &gaon_method_iam_create_role, .words = "role_id", .scope = SCOPE_TENANT,
	  .summary = "makes a role of the tenant's own",
	  .example = "role create starter --permission lifecycle.machines.start --permission lifecycle.machines.get" },
	{ .noun = "role", .verb = "get", .method = &gaon_method_iam_get_role, .words = "name:role",
	  .summary = "shows a role with its permissions", .example = "role get operator" },
	{ .noun = "role", .verb = "list", .method = &gaon_method_iam_list_roles, .scope = SCOPE_TENANT,
	  .columns = "ROLE=name:full DISPLAY_NAME BUILT_IN CREATED=create_time", .summary = "lists the built-in roles and the tenant's own",
	  .example = "role list" },
	{ .noun = "role", .verb = "update", .method = &gaon_method_iam_update_role, .words = "role.name:role",
	  .summary = "changes the fields that are given; the permissions as a whole",
	  .example = "role update starter --permission lifecycle.machines.start" },
	{ .noun = "role", .verb = "delete", .method = &gaon_method_iam_delete_role, .words = "name:role",
	  .summary = "deletes a role of the tenant's own", .example = "role delete starter" },
	{ .noun = "permission", .verb = "list", .method = &gaon_method_iam_list_permissions,
	  .columns = "PERMISSION METHODS", .summary = "lists every permission and the RPCs it opens",
	  .example = "permission list" },

	{ .noun = "policy", .verb = "get", .method = &gaon_method_iam_get_iam_policy, .words = "resource?",
	  .scope = SCOPE_NEAREST, .summary = "shows who holds which role on the project (or tenant)",
	  .example = "policy get --project web" },
	{ .noun = "policy", .verb = "set", .method = &gaon_method_iam_set_iam_policy, .words = "resource?",
	  .scope = SCOPE_NEAREST, .summary = "replaces all bindings by those of a file that `policy get -o json` wrote",
	  .example = "policy set --project web --file policy.json" },
	{ .noun = "policy", .verb = "add-binding", .method = &gaon_method_iam_set_iam_policy, .words = "resource?",
	  .scope = SCOPE_NEAREST, .run = special_add_binding, .flags = binding_flags,
	  .summary = "gives a role to members", .example = "policy add-binding --project web --role operator --member users/mina" },
	{ .noun = "policy", .verb = "remove-binding", .method = &gaon_method_iam_set_iam_policy, .words = "resource?",
	  .scope = SCOPE_NEAREST, .run = special_remove_binding, .flags = binding_flags,
	  .summary = "takes a role from members",
	  .example = "policy remove-binding --project web --role operator --member users/mina" },
	{ .noun = "policy", .verb = "test", .method = &gaon_method_iam_test_iam_permissions, .words = "permissions*",
	  .scope = SCOPE_NEAREST, .summary = "tells which of these permissions you hold",
	  .example = "policy test lifecycle.machines.start lifecycle.machines.delete" },

	{ .noun = "identity-provider", .verb = "create", .method = &gaon_method_iam_create_identity_provider,
	  .words = "identity_provider_id", .scope = SCOPE_TENANT, .summary = "trusts an OpenID Connect issuer",
	  .example = "identity-provider create corp --issuer https://login.example.com --audience gaon" },
	{ .noun = "identity-provider", .verb = "get", .method = &gaon_method_iam_get_identity_provider,
	  .words = "name:identity-provider", .summary = "shows an identity provider", .example = "identity-provider get corp" },
	{ .noun = "identity-provider", .verb = "list", .method = &gaon_method_iam_list_identity_providers,
	  .scope = SCOPE_TENANT, .columns = "PROVIDER=name DISPLAY_NAME ISSUER AUDIENCE ALGORITHMS DISABLED",
	  .summary = "lists the tenant's identity providers", .example = "identity-provider list" },
	{ .noun = "identity-provider", .verb = "delete", .method = &gaon_method_iam_delete_identity_provider,
	  .words = "name:identity-provider", .summary = "stops trusting an issuer", .example = "identity-provider delete corp" },

	{ .noun = "audit", .verb = "list", .method = &gaon_method_iam_list_audit_events, .scope = SCOPE_TENANT,
	  .columns = AUDIT_COLUMNS, .summary = "lists who did what, newest first",
	  .example = "audit list --principal users/mina --limit 20" },
	{ .noun = "audit", .verb = "verify", .method = &gaon_method_iam_verify_audit_chain, .run = special_verify_audit,
	  .summary = "checks that nothing in the record was edited, deleted, swapped or cut off", .example = "audit verify" },
};

const struct command_table commands_iam = { rows, sizeof(rows) / sizeof(rows[0]) };
