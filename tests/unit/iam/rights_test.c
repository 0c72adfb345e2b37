/* SPDX-License-Identifier: Apache-2.0 */
/* rights_test.c: giving and taking rights: escalation, the last administrator, group cycles, etags, roles. */
#include <string.h>

#include "gaon/lifecycle/v1/lifecycle.gaon.h"
#include "gaon/permissions.h"
#include "runtime/base/time.h"
#include "server/services/iam/role.h"
#include "tests/unit/iam/house.h"

static struct status join_as(struct house *house, const char *key, const char *group, const char *member)
{
	Gaon__AddGroupMemberRequest request = GAON__ADD_GROUP_MEMBER_REQUEST__INIT;
	Gaon__Group reply = GAON__GROUP__INIT;

	request.name = group;
	request.member = member;
	return house_call(house, key, "AddGroupMember", &request, &reply);
}

static struct status key_as(struct house *house, const char *key, const char *account)
{
	Gaon__CreateApiKeyRequest request = GAON__CREATE_API_KEY_REQUEST__INIT;
	Gaon__CreateApiKeyResponse reply = GAON__CREATE_API_KEY_RESPONSE__INIT;

	request.parent = account;
	return house_call(house, key, "CreateApiKey", &request, &reply);
}

static struct status role_as(struct house *house, const char *key, const char *id, const char *permission)
{
	Gaon__CreateRoleRequest request = GAON__CREATE_ROLE_REQUEST__INIT;
	Gaon__Role role = GAON__ROLE__INIT, reply = GAON__ROLE__INIT;

	role.permissions = &permission;
	role.n_permissions = 1;
	request.parent = "tenants/acme";
	request.role_id = id;
	request.role = &role;
	return house_call(house, key, "CreateRole", &request, &reply);
}

/* Somebody who may give rights on acme, but holds few: a role of acme's own. */
static const char *make_granter(struct house *house)
{
	static const char *permissions[] = {
		"iam.policies.set",  "iam.policies.get", "iam.users.get",  "iam.groups.get",  "iam.groups.update",
		"iam.apiKeys.create", "iam.roles.create", "iam.roles.update", "iam.users.update", "lifecycle.machines.get",
	};
	Gaon__CreateRoleRequest request = GAON__CREATE_ROLE_REQUEST__INIT;
	Gaon__Role role = GAON__ROLE__INIT, reply = GAON__ROLE__INIT;
	const char *key;

	house_tenant(house, "tenants/gaon", "acme");
	house_project(house, "tenants/acme", "web");
	role.permissions = permissions;
	role.n_permissions = sizeof permissions / sizeof permissions[0];
	request.parent = "tenants/acme";
	request.role_id = "granter";
	request.role = &role;
	assert_ok(house_call(house, house->root_key, "CreateRole", &request, &reply));
	key = house_user(house, "tenants/acme", "greta");
	house_bind(house, "tenants/acme", "tenants/acme/roles/granter", "tenants/acme/users/greta");
	return key;
}

static void nobody_gives_what_it_does_not_hold(void **state)
{
	struct house *house = *state;
	const char *greta = make_granter(house);
	const struct house_binding more = { "tenants/acme", "roles/operator", "tenants/acme/users/greta", 0 };
	const struct house_binding elsewhere = { "tenants/gaon", "tenants/acme/roles/granter", "tenants/acme/users/greta", 0 };
	const struct house_binding equal = { "tenants/acme/projects/web", "tenants/acme/roles/granter",
					     "tenants/acme/users/olga", 0 };

	house_user(house, "tenants/acme", "olga");
	assert_fails(house_bind_as(house, greta, &more), STATUS_PERMISSION_DENIED, "GRANT_EXCEEDS_OWN");
	assert_fails(house_bind_as(house, greta, &elsewhere), STATUS_PERMISSION_DENIED, "PERMISSION_DENIED");
	assert_ok(house_bind_as(house, greta, &equal));
	assert_fails(role_as(house, greta, "more", "lifecycle.machines.delete"), STATUS_PERMISSION_DENIED, "GRANT_EXCEEDS_OWN");
	assert_fails(role_as(house, greta, "more", "lifecycle.machines.*"), STATUS_PERMISSION_DENIED, "GRANT_EXCEEDS_OWN");
	assert_ok(role_as(house, greta, "less", "lifecycle.machines.get"));
}

static void what_could_not_be_given_cannot_be_prolonged(void **state)
{
	struct house *house = *state;
	const char *greta = make_granter(house);
	const struct house_binding brief = { "tenants/acme", "roles/operator", "tenants/acme/users/olga",
					     HOUSE_NOW + TIME_US_PER_HOUR };
	Gaon__GetIamPolicyRequest get = GAON__GET_IAM_POLICY_REQUEST__INIT;
	Gaon__SetIamPolicyRequest set = GAON__SET_IAM_POLICY_REQUEST__INIT;
	Gaon__Policy policy = GAON__POLICY__INIT, reply = GAON__POLICY__INIT;

	house_user(house, "tenants/acme", "olga");
	assert_ok(house_bind_as(house, house->root_key, &brief));
	get.resource = set.resource = "tenants/acme";
	assert_ok(house_call(house, greta, "GetIamPolicy", &get, &policy));
	set.policy = &policy;
	for (size_t i = 0; i < policy.n_bindings; i++)
		if (strcmp(policy.bindings[i]->role, "roles/operator") == 0)
			policy.bindings[i]->expire_time = NULL;
	assert_fails(house_call(house, greta, "SetIamPolicy", &set, &reply), STATUS_PERMISSION_DENIED, "GRANT_EXCEEDS_OWN");
}

static void nobody_becomes_who_holds_more(void **state)
{
	struct house *house = *state;
	const char *greta = make_granter(house);
	Gaon__UpdateUserRequest update = GAON__UPDATE_USER_REQUEST__INIT;
	Gaon__User user = GAON__USER__INIT, reply = GAON__USER__INIT;

	house_user(house, "tenants/acme", "olga");
	house_user(house, "tenants/acme", "plain");
	house_group(house, "tenants/acme", "operators");
	house_bind(house, "tenants/acme/projects/web", "roles/operator", "tenants/acme/groups/operators");
	house_join(house, "tenants/acme/groups/operators", "tenants/acme/users/olga");
	assert_fails(key_as(house, greta, "tenants/acme/users/olga"), STATUS_PERMISSION_DENIED, "GRANT_EXCEEDS_OWN");
	assert_ok(key_as(house, greta, "tenants/acme/users/plain"));
	assert_ok(key_as(house, greta, "tenants/acme/users/greta"));
	assert_fails(join_as(house, greta, "tenants/acme/groups/operators", "tenants/acme/users/greta"),
		     STATUS_PERMISSION_DENIED, "GRANT_EXCEEDS_OWN");

	Gaon__CreateIdentityProviderRequest create = GAON__CREATE_IDENTITY_PROVIDER_REQUEST__INIT;
	Gaon__IdentityProvider provider = GAON__IDENTITY_PROVIDER__INIT, made = GAON__IDENTITY_PROVIDER__INIT;

	provider.issuer = "https://login.example.com";
	provider.audience = "gaon";
	create.parent = "tenants/acme";
	create.identity_provider_id = "corp";
	create.identity_provider = &provider;
	assert_ok(house_call(house, house->root_key, "CreateIdentityProvider", &create, &made));
	user.name = "tenants/acme/users/olga";
	user.identity_provider = made.name;
	user.subject = "greta-at-corp";
	update.user = &user;
	assert_fails(house_call(house, greta, "UpdateUser", &update, &reply), STATUS_PERMISSION_DENIED, "GRANT_EXCEEDS_OWN");
	assert_ok(house_call(house, house->root_key, "UpdateUser", &update, &reply));
}

static void naming_somebody_does_not_tell_whether_they_exist(void **state)
{
	struct house *house = *state;
	const char *greta = make_granter(house);
	struct house_binding binding = { "tenants/acme", "tenants/acme/roles/granter", "tenants/gaon/users/mina", 0 };

	assert_fails(house_bind_as(house, greta, &binding), STATUS_NOT_FOUND, "PRINCIPAL_NOT_FOUND");
	binding.member = "tenants/gaon/users/nobody";
	assert_fails(house_bind_as(house, greta, &binding), STATUS_NOT_FOUND, "PRINCIPAL_NOT_FOUND");
	binding.member = "tenants/acme/users/greta/apiKeys/x";
	assert_fails(house_bind_as(house, greta, &binding), STATUS_NOT_FOUND, "PRINCIPAL_NOT_FOUND");
}

static void the_last_administrator_stays(void **state)
{
	struct house *house = *state;
	const char *mina = "tenants/gaon/users/mina";
	Gaon__DeleteUserRequest delete_user = GAON__DELETE_USER_REQUEST__INIT;
	Gaon__DeleteUserResponse deleted = GAON__DELETE_USER_RESPONSE__INIT;
	Gaon__UpdateUserRequest disable = GAON__UPDATE_USER_REQUEST__INIT;
	Gaon__User user = GAON__USER__INIT, updated = GAON__USER__INIT;
	Gaon__ListApiKeysRequest list = GAON__LIST_API_KEYS_REQUEST__INIT;
	Gaon__ListApiKeysResponse keys = GAON__LIST_API_KEYS_RESPONSE__INIT;
	Gaon__DeleteApiKeyRequest delete_key = GAON__DELETE_API_KEY_REQUEST__INIT;
	Gaon__DeleteApiKeyResponse key_deleted = GAON__DELETE_API_KEY_RESPONSE__INIT;

	assert_fails(house_unbind_as(house, house->root_key, "tenants/gaon", mina), STATUS_FAILED_PRECONDITION,
		     "LAST_ADMINISTRATOR");
	delete_user.name = mina;
	assert_fails(house_call(house, house->root_key, "DeleteUser", &delete_user, &deleted), STATUS_FAILED_PRECONDITION,
		     "LAST_ADMINISTRATOR");
	user.name = mina;
	user.disabled = true;
	disable.user = &user;
	assert_fails(house_call(house, house->root_key, "UpdateUser", &disable, &updated), STATUS_FAILED_PRECONDITION,
		     "LAST_ADMINISTRATOR");
	list.parent = mina;
	assert_ok(house_call(house, house->root_key, "ListApiKeys", &list, &keys));
	delete_key.name = keys.api_keys[0]->name;
	assert_fails(house_call(house, house->root_key, "DeleteApiKey", &delete_key, &key_deleted), STATUS_FAILED_PRECONDITION,
		     "LAST_ADMINISTRATOR");

	/* A successor through a group, then the first may go; the group may not. */
	const char *vera = house_user(house, "tenants/gaon", "vera");
	Gaon__DeleteGroupRequest delete_group = GAON__DELETE_GROUP_REQUEST__INIT;
	Gaon__DeleteGroupResponse group_deleted = GAON__DELETE_GROUP_RESPONSE__INIT;

	house_group(house, "tenants/gaon", "chiefs");
	house_join(house, "tenants/gaon/groups/chiefs", "tenants/gaon/users/vera");
	house_bind(house, "tenants/gaon", "roles/tenant-admin", "tenants/gaon/groups/chiefs");
	assert_ok(house_call(house, house->root_key, "DeleteUser", &delete_user, &deleted));
	assert_fails(house_gate(house, house->root_key, &gaon_method_iam_who_am_i, "", NULL), STATUS_UNAUTHENTICATED,
		     "CREDENTIAL_INVALID");
	delete_group.name = "tenants/gaon/groups/chiefs";
	assert_fails(house_call(house, vera, "DeleteGroup", &delete_group, &group_deleted), STATUS_FAILED_PRECONDITION,
		     "LAST_ADMINISTRATOR");
}

static void a_binding_that_expires_makes_no_administrator(void **state)
{
	struct house *house = *state;
	const struct house_binding brief = { "tenants/gaon", "roles/tenant-admin", "tenants/gaon/users/vera",
					     HOUSE_NOW + TIME_US_PER_HOUR };

	house_user(house, "tenants/gaon", "vera");
	assert_ok(house_bind_as(house, house->root_key, &brief));
	assert_fails(house_unbind_as(house, house->root_key, "tenants/gaon", "tenants/gaon/users/mina"),
		     STATUS_FAILED_PRECONDITION, "LAST_ADMINISTRATOR");
}

static void groups_form_no_circle(void **state)
{
	struct house *house = *state;

	house_group(house, "tenants/gaon", "a");
	house_group(house, "tenants/gaon", "b");
	house_group(house, "tenants/gaon", "c");
	house_join(house, "tenants/gaon/groups/a", "tenants/gaon/groups/b");
	house_join(house, "tenants/gaon/groups/b", "tenants/gaon/groups/c");
	assert_fails(join_as(house, house->root_key, "tenants/gaon/groups/c", "tenants/gaon/groups/a"),
		     STATUS_FAILED_PRECONDITION, "GROUP_CYCLE");
	assert_fails(join_as(house, house->root_key, "tenants/gaon/groups/a", "tenants/gaon/groups/a"),
		     STATUS_FAILED_PRECONDITION, "GROUP_CYCLE");
	assert_ok(join_as(house, house->root_key, "tenants/gaon/groups/a", "tenants/gaon/groups/c")); /* twice is no circle */
}

static void groups_nest_only_so_deep(void **state)
{
	struct house *house = *state;

	for (int i = 0; i < GROUP_DEPTH_MOST + 1; i++)
		house_group(house, "tenants/gaon", arena_printf(house->arena, "g%d", i));
	for (int i = 0; i < GROUP_DEPTH_MOST - 1; i++)
		house_join(house, arena_printf(house->arena, "tenants/gaon/groups/g%d", i),
			   arena_printf(house->arena, "tenants/gaon/groups/g%d", i + 1));
	assert_fails(join_as(house, house->root_key,
			     arena_printf(house->arena, "tenants/gaon/groups/g%d", GROUP_DEPTH_MOST - 1),
			     arena_printf(house->arena, "tenants/gaon/groups/g%d", GROUP_DEPTH_MOST)),
		     STATUS_FAILED_PRECONDITION, "GROUP_TOO_DEEP");
	assert_ok(join_as(house, house->root_key, arena_printf(house->arena, "tenants/gaon/groups/g%d", GROUP_DEPTH_MOST - 1),
			  "tenants/gaon/users/mina"));
}

static void a_policy_is_replaced_only_by_who_has_read_it(void **state)
{
	struct house *house = *state;
	Gaon__GetIamPolicyRequest get = GAON__GET_IAM_POLICY_REQUEST__INIT;
	Gaon__SetIamPolicyRequest set = GAON__SET_IAM_POLICY_REQUEST__INIT;
	Gaon__Policy policy = GAON__POLICY__INIT, reply = GAON__POLICY__INIT;

	get.resource = set.resource = "tenants/gaon";
	assert_ok(house_call(house, house->root_key, "GetIamPolicy", &get, &policy));

	const char *etag = policy.etag;

	set.policy = &policy;
	policy.etag = "";
	assert_fails(house_call(house, house->root_key, "SetIamPolicy", &set, &reply), STATUS_INVALID_ARGUMENT, "INVALID_FIELD");
	policy.etag = "W/\"7\"";
	assert_fails(house_call(house, house->root_key, "SetIamPolicy", &set, &reply), STATUS_ABORTED, "ETAG_STALE");
	policy.etag = etag;
	assert_ok(house_call(house, house->root_key, "SetIamPolicy", &set, &reply));
	assert_true(reply.iam_revision > policy.iam_revision);
	assert_fails(house_call(house, house->root_key, "SetIamPolicy", &set, &reply), STATUS_ABORTED, "ETAG_STALE");
}

static void bad_bindings_are_named(void **state)
{
	struct house *house = *state;
	struct house_binding binding = { "tenants/gaon", "roles/emperor", "tenants/gaon/users/mina", 0 };

	assert_fails(house_bind_as(house, house->root_key, &binding), STATUS_NOT_FOUND, "ROLE_NOT_FOUND");
	binding.role = "roles/viewer";
	binding.expires_us = HOUSE_NOW - TIME_US_PER_HOUR;
	assert_fails(house_bind_as(house, house->root_key, &binding), STATUS_INVALID_ARGUMENT, "INVALID_FIELD");
	binding.expires_us = 0;
	assert_ok(house_bind_as(house, house->root_key, &binding));
	assert_fails(house_bind_as(house, house->root_key, &binding), STATUS_INVALID_ARGUMENT, "INVALID_FIELD"); /* twice */
	house_tenant(house, "tenants/gaon", "acme");
	/* A role of one tenant is nothing beside it or above it. */
	assert_ok(role_as(house, house->root_key, "dba", "lifecycle.machines.get"));
	binding = (struct house_binding){ "tenants/gaon", "tenants/acme/roles/dba", "tenants/gaon/users/mina", 0 };
	assert_fails(house_bind_as(house, house->root_key, &binding), STATUS_NOT_FOUND, "ROLE_NOT_FOUND");
}

static void a_role_in_use_stays(void **state)
{
	struct house *house = *state;
	Gaon__DeleteRoleRequest request = GAON__DELETE_ROLE_REQUEST__INIT;
	Gaon__DeleteRoleResponse reply = GAON__DELETE_ROLE_RESPONSE__INIT;

	make_granter(house);
	request.name = "tenants/acme/roles/granter";
	assert_fails(house_call(house, house->root_key, "DeleteRole", &request, &reply), STATUS_FAILED_PRECONDITION,
		     "ROLE_IN_USE");
	assert_ok(house_unbind_as(house, house->root_key, "tenants/acme", "tenants/acme/users/greta"));
	assert_ok(house_call(house, house->root_key, "DeleteRole", &request, &reply));
}

static bool gives(const char *role, const char *permission)
{
	struct arena *arena = arena_new(0);
	const struct role *row;
	bool is_given = false;

	for (size_t i = 0; (row = role_built_in_at(arena, i)) != NULL; i++)
		for (size_t p = 0; strcmp(row->name, role) == 0 && p < row->permission_count; p++)
			is_given |= strcmp(row->permissions[p], permission) == 0;
	arena_free(arena);
	return is_given;
}

static void duties_are_separate(void **state)
{
	(void)state;
	assert_true(gives("roles/requester", "request.orders.create"));
	assert_false(gives("roles/requester", "request.orders.approve"));
	assert_true(gives("roles/approver", "request.orders.approve"));
	assert_false(gives("roles/approver", "request.orders.create"));
	/* Whoever decides sees what became of it, and what it was measured against. */
	assert_true(gives("roles/approver", "lifecycle.operations.get"));
	assert_true(gives("roles/approver", "request.approvalPolicies.get"));
	assert_true(gives("roles/approver", "request.quotas.list"));
	assert_true(gives("roles/requester", "lifecycle.operations.get"));
	assert_true(gives("roles/requester", "request.quotas.list"));
	assert_false(gives("roles/requester", "lifecycle.observedResources.list"));
	assert_true(gives("roles/finance", "lifecycle.machines.list"));
	assert_false(gives("roles/finance", "lifecycle.machines.stop"));
	assert_true(gives("roles/auditor", "request.orders.get"));
	assert_true(gives("roles/auditor", "iam.auditEvents.verify"));
	for (size_t i = 0; i < gaon_permission_count; i++) {
		const struct permission_row *row = &gaon_permissions[i];

		assert_true(gives(ROLE_ADMINISTRATOR, row->permission));
		if (row->access == METHOD_WRITE && gives("roles/auditor", row->permission))
			fail_msg("the auditor may change something: %s", row->permission);
		if (row->access == METHOD_WRITE && gives("roles/viewer", row->permission))
			fail_msg("the viewer may change something: %s", row->permission);
		assert_true(row->method_count > 0);
	}
	assert_false(gives("roles/viewer", "iam.auditEvents.list"));
	assert_false(gives("roles/operator", "iam.policies.set"));
}

static void a_pattern_covers_what_it_says(void **state)
{
	static const struct {
		const char *pattern, *permission;
		bool covers;
	} table[] = {
		{ "a.b.c", "a.b.c", true },	{ "a.b.c", "a.b.cd", false },	{ "a.b.*", "a.b.c", true },
		{ "a.b.*", "a.b.", false },	{ "a.b.*", "a.bc.d", false },	{ "*.get", "a.b.get", true },
		{ "*.get", "a.b.budget", false }, { "*.get", ".get", false },	{ "*", "a.b.c", true },
		{ "a.*.get", "a.b.get", true }, { "a.*.get", "a.get", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		if (role_pattern_covers(table[i].pattern, table[i].permission) != table[i].covers)
			fail_msg("%s over %s", table[i].pattern, table[i].permission);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(nobody_gives_what_it_does_not_hold),
		HOUSE_TEST(what_could_not_be_given_cannot_be_prolonged),
		HOUSE_TEST(nobody_becomes_who_holds_more),
		HOUSE_TEST(naming_somebody_does_not_tell_whether_they_exist),
		HOUSE_TEST(the_last_administrator_stays),
		HOUSE_TEST(a_binding_that_expires_makes_no_administrator),
		HOUSE_TEST(groups_form_no_circle),
		HOUSE_TEST(groups_nest_only_so_deep),
		HOUSE_TEST(a_policy_is_replaced_only_by_who_has_read_it),
		HOUSE_TEST(bad_bindings_are_named),
		HOUSE_TEST(a_role_in_use_stays),
		cmocka_unit_test(duties_are_separate),
		cmocka_unit_test(a_pattern_covers_what_it_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
