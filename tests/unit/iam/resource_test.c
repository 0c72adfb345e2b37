/* SPDX-License-Identifier: Apache-2.0 */
/* resource_test.c: tenants, projects, accounts, roles: made, listed page by page, changed by etag, deleted when empty. */
#include <string.h>

#include "runtime/base/time.h"
#include "tests/unit/iam/house.h"

static void tenants_nest_and_their_names_are_global(void **state)
{
	struct house *house = *state;
	Gaon__CreateTenantRequest request = GAON__CREATE_TENANT_REQUEST__INIT;
	Gaon__Tenant tenant = GAON__TENANT__INIT, reply = GAON__TENANT__INIT;
	Gaon__Tenant__LabelsEntry label = GAON__TENANT__LABELS_ENTRY__INIT, *labels = &label;

	label.key = "tier";
	label.value = "gold";
	tenant.labels = &labels;
	tenant.n_labels = 1;
	request.parent = "tenants/gaon";
	request.tenant_id = "acme";
	request.tenant = &tenant;
	assert_ok(house_call(house, house->root_key, "CreateTenant", &request, &reply));
	assert_string_equal(reply.name, "tenants/acme");
	assert_string_equal(reply.display_name, "acme");
	assert_string_equal(reply.parent, "tenants/gaon");
	assert_int_equal(reply.n_labels, 1);
	assert_string_equal(reply.labels[0]->value, "gold");
	assert_int_equal(reply.create_time->seconds, HOUSE_NOW / TIME_US_PER_SECOND);
	house_tenant(house, "tenants/acme", "acme-kr");
	request.tenant_id = "acme-kr"; /* elsewhere in the tree */
	assert_fails(house_call(house, house->root_key, "CreateTenant", &request, &reply), STATUS_ALREADY_EXISTS,
		     "TENANT_EXISTS");
	request.parent = "tenants/nowhere";
	assert_fails(house_call(house, house->root_key, "CreateTenant", &request, &reply), STATUS_NOT_FOUND,
		     "TENANT_NOT_FOUND");
}

static void tenants_nest_only_so_deep(void **state)
{
	struct house *house = *state;
	Gaon__CreateTenantRequest request = GAON__CREATE_TENANT_REQUEST__INIT;
	Gaon__Tenant reply = GAON__TENANT__INIT;
	const char *parent = "tenants/gaon";

	for (int depth = 2; depth <= TENANT_DEPTH_MOST; depth++) {
		const char *id = arena_printf(house->arena, "t%d", depth);

		house_tenant(house, parent, id);
		parent = arena_printf(house->arena, "tenants/%s", id);
	}
	request.parent = parent;
	request.tenant_id = "too-deep";
	assert_fails(house_call(house, house->root_key, "CreateTenant", &request, &reply), STATUS_FAILED_PRECONDITION,
		     "TENANT_TOO_DEEP");
}

static void a_list_is_the_subtree_page_by_page(void **state)
{
	struct house *house = *state;
	Gaon__ListTenantsRequest request = GAON__LIST_TENANTS_REQUEST__INIT;
	Gaon__ListTenantsResponse reply = GAON__LIST_TENANTS_RESPONSE__INIT;

	house_tenant(house, "tenants/gaon", "acme");
	house_tenant(house, "tenants/acme", "acme-kr");
	house_tenant(house, "tenants/acme", "acme-jp");
	house_tenant(house, "tenants/gaon", "beta");
	request.parent = "tenants/acme";
	request.page_size = 2;
	assert_ok(house_call(house, house->root_key, "ListTenants", &request, &reply));
	assert_int_equal(reply.n_tenants, 2);
	assert_string_equal(reply.tenants[0]->name, "tenants/acme");
	assert_string_equal(reply.tenants[1]->name, "tenants/acme-jp");
	request.page_token = reply.next_page_token;
	gaon__list_tenants_response__init(&reply);
	assert_ok(house_call(house, house->root_key, "ListTenants", &request, &reply));
	assert_int_equal(reply.n_tenants, 1);
	assert_string_equal(reply.tenants[0]->name, "tenants/acme-kr");
	assert_string_equal(reply.next_page_token, "");
	request.parent = "tenants/gaon"; /* a token of another query */
	assert_fails(house_call(house, house->root_key, "ListTenants", &request, &reply), STATUS_INVALID_ARGUMENT,
		     "PAGE_TOKEN_INVALID");
	request.page_token = "";
	request.page_size = -1;
	assert_fails(house_call(house, house->root_key, "ListTenants", &request, &reply), STATUS_INVALID_ARGUMENT,
		     "INVALID_FIELD");
}

static void a_stale_etag_changes_nothing(void **state)
{
	struct house *house = *state;
	Gaon__UpdateProjectRequest request = GAON__UPDATE_PROJECT_REQUEST__INIT;
	Gaon__Project project = GAON__PROJECT__INIT, reply = GAON__PROJECT__INIT, again = GAON__PROJECT__INIT;
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
	char *path = arena_strdup(house->arena, "name");

	house_project(house, "tenants/gaon", "web");
	project.name = "tenants/gaon/projects/web";
	project.cost_center = "4711";
	project.etag = "W/\"1\"";
	request.project = &project;
	assert_ok(house_call(house, house->root_key, "UpdateProject", &request, &reply));
	assert_string_equal(reply.cost_center, "4711");
	assert_string_equal(reply.display_name, "web");
	assert_string_not_equal(reply.etag, project.etag);
	assert_fails(house_call(house, house->root_key, "UpdateProject", &request, &again), STATUS_ABORTED, "ETAG_STALE");
	project.etag = "";
	mask.paths = (void *)&path;
	mask.n_paths = 1;
	request.update_mask = &mask;
	assert_fails(house_call(house, house->root_key, "UpdateProject", &request, &again), STATUS_INVALID_ARGUMENT,
		     "INVALID_FIELD");
	project.name = "tenants/gaon/projects/nothing";
	assert_fails(house_call(house, house->root_key, "UpdateProject", &request, &again), STATUS_NOT_FOUND,
		     "PROJECT_NOT_FOUND");
}

static bool owns_machines;

static struct status owns(struct store_tx *tx, const char *name, bool *answer)
{
	(void)tx;
	*answer = owns_machines && strncmp(name, "tenants/acme/projects/", 22) == 0;
	return OK;
}

static void only_what_is_empty_can_be_deleted(void **state)
{
	struct house *house = *state;
	Gaon__DeleteTenantRequest tenant = GAON__DELETE_TENANT_REQUEST__INIT;
	Gaon__DeleteTenantResponse tenant_reply = GAON__DELETE_TENANT_RESPONSE__INIT;
	Gaon__DeleteProjectRequest project = GAON__DELETE_PROJECT_REQUEST__INIT;
	Gaon__DeleteProjectResponse project_reply = GAON__DELETE_PROJECT_RESPONSE__INIT;

	iam_register_owner(owns);
	house_tenant(house, "tenants/gaon", "acme");
	house_project(house, "tenants/acme", "web");
	tenant.name = "tenants/acme";
	assert_fails(house_call(house, house->root_key, "DeleteTenant", &tenant, &tenant_reply), STATUS_FAILED_PRECONDITION,
		     "TENANT_NOT_EMPTY");
	owns_machines = true;
	project.name = "tenants/acme/projects/web";
	assert_fails(house_call(house, house->root_key, "DeleteProject", &project, &project_reply),
		     STATUS_FAILED_PRECONDITION, "PROJECT_NOT_EMPTY");
	owns_machines = false;
	assert_ok(house_call(house, house->root_key, "DeleteProject", &project, &project_reply));
	assert_ok(house_call(house, house->root_key, "DeleteTenant", &tenant, &tenant_reply));
	assert_fails(house_call(house, house->root_key, "DeleteTenant", &tenant, &tenant_reply), STATUS_NOT_FOUND,
		     "TENANT_NOT_FOUND");
	tenant.name = "tenants/gaon";
	assert_fails(house_call(house, house->root_key, "DeleteTenant", &tenant, &tenant_reply), STATUS_FAILED_PRECONDITION,
		     "TENANT_IS_ROOT");
}

static void a_deleted_user_leaves_no_right_behind(void **state)
{
	struct house *house = *state;
	Gaon__DeleteUserRequest request = GAON__DELETE_USER_REQUEST__INIT;
	Gaon__DeleteUserResponse reply = GAON__DELETE_USER_RESPONSE__INIT;
	const char *old = house_user(house, "tenants/gaon", "vera"), *new;

	house_group(house, "tenants/gaon", "viewers");
	house_join(house, "tenants/gaon/groups/viewers", "tenants/gaon/users/vera");
	house_bind(house, "tenants/gaon", "roles/auditor", "tenants/gaon/users/vera");
	house_bind(house, "tenants/gaon", "roles/viewer", "tenants/gaon/groups/viewers");
	assert_ok(house_gate(house, old, &gaon_method_iam_verify_audit_chain, "", NULL));
	request.name = "tenants/gaon/users/vera";
	assert_ok(house_call(house, house->root_key, "DeleteUser", &request, &reply));
	assert_fails(house_gate(house, old, &gaon_method_iam_who_am_i, "", NULL), STATUS_UNAUTHENTICATED,
		     "CREDENTIAL_INVALID");
	new = house_user(house, "tenants/gaon", "vera");
	assert_fails(house_gate(house, new, &gaon_method_iam_verify_audit_chain, "", NULL), STATUS_PERMISSION_DENIED,
		     "PERMISSION_DENIED");
	assert_fails(house_gate(house, new, &gaon_method_iam_get_tenant, "tenants/gaon", NULL), STATUS_PERMISSION_DENIED,
		     "PERMISSION_DENIED");
}

static void guessable_account_names_are_refused(void **state)
{
	struct house *house = *state;
	Gaon__CreateUserRequest user = GAON__CREATE_USER_REQUEST__INIT;
	Gaon__User made = GAON__USER__INIT;
	Gaon__CreateServiceAccountRequest program = GAON__CREATE_SERVICE_ACCOUNT_REQUEST__INIT;
	Gaon__ServiceAccount made_program = GAON__SERVICE_ACCOUNT__INIT;

	user.parent = program.parent = "tenants/gaon";
	user.user_id = program.service_account_id = "root";
	assert_fails(house_call(house, house->root_key, "CreateUser", &user, &made), STATUS_INVALID_ARGUMENT,
		     "ACCOUNT_NAME_REFUSED");
	assert_fails(house_call(house, house->root_key, "CreateServiceAccount", &program, &made_program),
		     STATUS_INVALID_ARGUMENT, "ACCOUNT_NAME_REFUSED");
	user.user_id = "mina";
	assert_fails(house_call(house, house->root_key, "CreateUser", &user, &made), STATUS_ALREADY_EXISTS, "USER_EXISTS");
}

static void a_program_has_its_own_key_and_rights(void **state)
{
	struct house *house = *state;
	Gaon__CreateServiceAccountRequest request = GAON__CREATE_SERVICE_ACCOUNT_REQUEST__INIT;
	Gaon__ServiceAccount made = GAON__SERVICE_ACCOUNT__INIT;
	Gaon__ListServiceAccountsRequest list = GAON__LIST_SERVICE_ACCOUNTS_REQUEST__INIT;
	Gaon__ListServiceAccountsResponse listed = GAON__LIST_SERVICE_ACCOUNTS_RESPONSE__INIT;

	request.parent = "tenants/gaon";
	request.service_account_id = "ci";
	assert_ok(house_call(house, house->root_key, "CreateServiceAccount", &request, &made));
	house_bind(house, "tenants/gaon", "roles/viewer", made.name);
	list.parent = "tenants/gaon";
	assert_ok(house_call(house, house_key(house, made.name), "ListServiceAccounts", &list, &listed));
	assert_int_equal(listed.n_service_accounts, 1);
	assert_string_equal(listed.service_accounts[0]->name, "tenants/gaon/serviceAccounts/ci");
}

static struct status make_program(struct house *house, const char *key, const char *id, const char *san)
{
	Gaon__CreateServiceAccountRequest request = GAON__CREATE_SERVICE_ACCOUNT_REQUEST__INIT;
	Gaon__ServiceAccount given = GAON__SERVICE_ACCOUNT__INIT, made = GAON__SERVICE_ACCOUNT__INIT;

	given.certificate_san = san;
	request.parent = "tenants/acme";
	request.service_account_id = id;
	request.service_account = &given;
	return house_call(house, key, "CreateServiceAccount", &request, &made);
}

static void a_certificate_is_one_program_and_only_the_root_says_which(void **state)
{
	struct house *house = *state;
	const struct principal *who = NULL;
	const char *tina;

	house_tenant(house, "tenants/gaon", "acme");
	tina = house_user(house, "tenants/acme", "tina");
	house_bind(house, "tenants/acme", "roles/tenant-admin", "tenants/acme/users/tina");
	assert_fails(make_program(house, tina, "ci", "spiffe://corp/ci"), STATUS_PERMISSION_DENIED, "PERMISSION_DENIED");
	assert_ok(make_program(house, tina, "plain", ""));
	assert_ok(make_program(house, house->root_key, "ci", "spiffe://corp/ci"));
	assert_fails(make_program(house, house->root_key, "cd", "spiffe://corp/ci"), STATUS_ALREADY_EXISTS,
		     "CERTIFICATE_SAN_EXISTS");
	for (int round = 0; round < 2; round++) {
		assert_ok(house_gate_mtls(house, "spiffe://corp/ci", &gaon_method_iam_who_am_i, "", &who));
		assert_string_equal(who->name, "tenants/acme/serviceAccounts/ci");
		assert_string_equal(who->method, "mtls");
		assert_fails(house_gate_mtls(house, "spiffe://corp/cd", &gaon_method_iam_who_am_i, "", NULL),
			     STATUS_UNAUTHENTICATED, "CREDENTIAL_INVALID");
		/* The name alone, in a header, is nothing. */
		assert_fails(house_gate(house, "spiffe://corp/ci x", &gaon_method_iam_who_am_i, "", NULL),
			     STATUS_UNAUTHENTICATED, "CREDENTIAL_INVALID");
	}
	assert_fails(house_gate_mtls(house, "spiffe://corp/ci", &gaon_method_iam_update_tenant, "tenants/acme", NULL),
		     STATUS_PERMISSION_DENIED, "PERMISSION_DENIED");
}

static void keys_are_listed_without_their_secrets_newest_first(void **state)
{
	struct house *house = *state;
	Gaon__ListApiKeysRequest list = GAON__LIST_API_KEYS_REQUEST__INIT;
	Gaon__ListApiKeysResponse listed = GAON__LIST_API_KEYS_RESPONSE__INIT;
	const char *secret = strrchr(house->root_key, '_') + 1;

	house_key(house, "tenants/gaon/users/mina");
	list.parent = "tenants/gaon/users/mina";
	list.page_size = 1;
	assert_ok(house_call(house, house->root_key, "ListApiKeys", &list, &listed));
	assert_int_equal(listed.n_api_keys, 1);

	const char *newest = listed.api_keys[0]->name;

	list.page_token = listed.next_page_token;
	gaon__list_api_keys_response__init(&listed);
	assert_ok(house_call(house, house->root_key, "ListApiKeys", &list, &listed));
	assert_int_equal(listed.n_api_keys, 1);
	assert_string_equal(listed.api_keys[0]->display_name, "bootstrap");
	assert_true(strcmp(newest, listed.api_keys[0]->name) > 0);
	assert_null(strstr(listed.api_keys[0]->name, secret));
	list.parent = "tenants/gaon/users/nobody";
	assert_fails(house_call(house, house->root_key, "ListApiKeys", &list, &listed), STATUS_NOT_FOUND, "USER_NOT_FOUND");
}

static void roles_are_the_built_in_ones_then_the_tenants_own(void **state)
{
	static const char *permissions[] = { "lifecycle.machines.*", "iam.projects.get" };
	struct house *house = *state;
	Gaon__CreateRoleRequest create = GAON__CREATE_ROLE_REQUEST__INIT;
	Gaon__Role role = GAON__ROLE__INIT, made = GAON__ROLE__INIT, read = GAON__ROLE__INIT;
	Gaon__ListRolesRequest list = GAON__LIST_ROLES_REQUEST__INIT;
	Gaon__ListRolesResponse listed = GAON__LIST_ROLES_RESPONSE__INIT;
	Gaon__GetRoleRequest get = GAON__GET_ROLE_REQUEST__INIT;
	size_t count = 0;

	house_tenant(house, "tenants/gaon", "acme");
	house_tenant(house, "tenants/gaon", "beta");
	role.permissions = permissions;
	role.n_permissions = 2;
	create.parent = "tenants/acme";
	create.role_id = "dba";
	create.role = &role;
	assert_ok(house_call(house, house->root_key, "CreateRole", &create, &made));
	list.parent = "tenants/acme";
	list.page_size = 3;
	do {
		list.page_token = listed.next_page_token;
		gaon__list_roles_response__init(&listed);
		assert_ok(house_call(house, house->root_key, "ListRoles", &list, &listed));
		count += listed.n_roles;
	} while (*listed.next_page_token != '\0');
	assert_int_equal(count, 9);
	assert_string_equal(listed.roles[listed.n_roles - 1]->name, "tenants/acme/roles/dba");

	const char *zoe = house_user(house, "tenants/beta", "zoe");

	get.name = "roles/viewer";
	assert_ok(house_call(house, zoe, "GetRole", &get, &read));
	assert_true(read.built_in);
	assert_true(read.n_permissions > 10);
	get.name = "tenants/acme/roles/dba"; /* another tenant's: not hers to know */
	assert_fails(house_call(house, zoe, "GetRole", &get, &read), STATUS_NOT_FOUND, "ROLE_NOT_FOUND");
	assert_ok(house_call(house, house->root_key, "GetRole", &get, &read));
	assert_int_equal(read.n_permissions, 2);
	permissions[0] = "lifecycle.*";
	create.role_id = "wide";
	assert_fails(house_call(house, house->root_key, "CreateRole", &create, &made), STATUS_INVALID_ARGUMENT, "INVALID_FIELD");
	permissions[0] = "lifecycle.machines.fly";
	assert_fails(house_call(house, house->root_key, "CreateRole", &create, &made), STATUS_INVALID_ARGUMENT, "INVALID_FIELD");
}

static void a_caller_may_ask_what_it_may(void **state)
{
	static const char *asked[] = { "lifecycle.machines.get", "lifecycle.machines.stop" };
	struct house *house = *state;
	const char *vera = house_user(house, "tenants/gaon", "vera");
	Gaon__TestIamPermissionsRequest request = GAON__TEST_IAM_PERMISSIONS_REQUEST__INIT;
	Gaon__TestIamPermissionsResponse reply = GAON__TEST_IAM_PERMISSIONS_RESPONSE__INIT;
	Gaon__ListPermissionsRequest all = GAON__LIST_PERMISSIONS_REQUEST__INIT;
	Gaon__ListPermissionsResponse permissions = GAON__LIST_PERMISSIONS_RESPONSE__INIT;

	house_project(house, "tenants/gaon", "web");
	house_bind(house, "tenants/gaon", "roles/viewer", "tenants/gaon/users/vera");
	request.resource = "tenants/gaon/projects/web";
	request.permissions = asked;
	request.n_permissions = 2;
	assert_ok(house_call(house, vera, "TestIamPermissions", &request, &reply));
	assert_int_equal(reply.n_permissions, 1);
	assert_string_equal(reply.permissions[0], "lifecycle.machines.get");
	request.resource = "tenants/gaon/projects/nothing";
	gaon__test_iam_permissions_response__init(&reply);
	assert_ok(house_call(house, house->root_key, "TestIamPermissions", &request, &reply));
	assert_int_equal(reply.n_permissions, 0);
	assert_ok(house_call(house, vera, "ListPermissions", &all, &permissions));
	assert_int_equal(permissions.n_permissions, 50);
	assert_string_not_equal(permissions.next_page_token, "");
	all.page_token = permissions.next_page_token;
	all.page_size = 500;
	gaon__list_permissions_response__init(&permissions);
	assert_ok(house_call(house, vera, "ListPermissions", &all, &permissions));
	assert_true(permissions.n_permissions > 50);
	assert_string_equal(permissions.next_page_token, "");
	for (size_t i = 0; i < permissions.n_permissions; i++)
		assert_true(permissions.permissions[i]->n_methods > 0);
}

static void asking_for_what_is_no_permission_is_refused_by_place(void **state)
{
	static const char *asked[] = { "lifecycle.machines.get", "no.such.permission", "lifecycle.machines.*", "" };
	struct house *house = *state;
	Gaon__TestIamPermissionsRequest request = GAON__TEST_IAM_PERMISSIONS_REQUEST__INIT;
	Gaon__TestIamPermissionsResponse reply = GAON__TEST_IAM_PERMISSIONS_RESPONSE__INIT;

	request.resource = "tenants/gaon";
	request.permissions = asked;
	request.n_permissions = 4;

	struct status status = house_call(house, house->root_key, "TestIamPermissions", &request, &reply);
	const char *fields = "";

	assert_fails(status, STATUS_INVALID_ARGUMENT, "INVALID_FIELD");
	for (const struct status_detail *detail = status.details; detail != NULL; detail = detail->next)
		if (detail->kind == STATUS_DETAIL_FIELD)
			fields = arena_printf(house->arena, "%s %s", fields, detail->key);
	assert_non_null(strstr(fields, "permissions[1]"));
	assert_non_null(strstr(fields, "permissions[2]"));
	assert_non_null(strstr(fields, "permissions[3]"));
	assert_null(strstr(fields, "permissions[0]"));
	assert_int_equal(reply.n_permissions, 0);
}

static struct status update_program(struct house *house, const char *key, Gaon__ServiceAccount *given, const char *path)
{
	Gaon__UpdateServiceAccountRequest request = GAON__UPDATE_SERVICE_ACCOUNT_REQUEST__INIT;
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
	Gaon__ServiceAccount reply = GAON__SERVICE_ACCOUNT__INIT;
	const char *paths[] = { path };

	mask.paths = paths;
	mask.n_paths = 1;
	request.service_account = given;
	request.update_mask = path != NULL ? &mask : NULL;

	struct status status = house_call(house, key, "UpdateServiceAccount", &request, &reply);

	if (status_is_ok(status))
		*given = reply;
	return status;
}

static void a_program_is_renamed_and_shut_out_at_once(void **state)
{
	struct house *house = *state;
	Gaon__ServiceAccount given = GAON__SERVICE_ACCOUNT__INIT;
	const char *key, *etag;

	house_tenant(house, "tenants/gaon", "acme");
	assert_ok(make_program(house, house->root_key, "ci", "spiffe://corp/ci"));
	key = house_key(house, "tenants/acme/serviceAccounts/ci");
	house_bind(house, "tenants/acme", "roles/viewer", "tenants/acme/serviceAccounts/ci");
	given.name = "tenants/acme/serviceAccounts/ci";
	given.display_name = "Build server";
	assert_fails(update_program(house, key, &given, NULL), STATUS_PERMISSION_DENIED, "PERMISSION_DENIED");
	assert_ok(update_program(house, house->root_key, &given, NULL));
	assert_string_equal(given.display_name, "Build server");
	assert_string_equal(given.certificate_san, "spiffe://corp/ci");
	assert_false(given.disabled);
	etag = given.etag;
	assert_ok(house_gate(house, key, &gaon_method_iam_who_am_i, "", NULL));

	/* What the mask does not name stays, and what it names changes though it is empty. */
	given.display_name = "not this";
	given.disabled = true;
	assert_ok(update_program(house, house->root_key, &given, "disabled"));
	assert_string_equal(given.display_name, "Build server");
	assert_true(given.disabled);
	assert_fails(house_gate(house, key, &gaon_method_iam_who_am_i, "", NULL), STATUS_UNAUTHENTICATED,
		     "CREDENTIAL_INVALID");

	given.disabled = false;
	given.etag = etag;
	assert_fails(update_program(house, house->root_key, &given, "disabled"), STATUS_ABORTED, "ETAG_STALE");
	given.etag = "";
	assert_fails(update_program(house, house->root_key, &given, "certificate_san"), STATUS_INVALID_ARGUMENT, "INVALID_FIELD");
	given.certificate_san = "spiffe://corp/other";
	assert_fails(update_program(house, house->root_key, &given, NULL), STATUS_INVALID_ARGUMENT, "INVALID_FIELD");
	given.certificate_san = "spiffe://corp/ci";
	assert_ok(update_program(house, house->root_key, &given, "disabled"));
	assert_ok(house_gate(house, key, &gaon_method_iam_who_am_i, "", NULL));
	given.name = "tenants/acme/serviceAccounts/nobody";
	assert_fails(update_program(house, house->root_key, &given, "disabled"), STATUS_NOT_FOUND, "SERVICE_ACCOUNT_NOT_FOUND");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(tenants_nest_and_their_names_are_global),
		HOUSE_TEST(tenants_nest_only_so_deep),
		HOUSE_TEST(a_list_is_the_subtree_page_by_page),
		HOUSE_TEST(a_stale_etag_changes_nothing),
		HOUSE_TEST(only_what_is_empty_can_be_deleted),
		HOUSE_TEST(a_deleted_user_leaves_no_right_behind),
		HOUSE_TEST(guessable_account_names_are_refused),
		HOUSE_TEST(a_program_has_its_own_key_and_rights),
		HOUSE_TEST(a_certificate_is_one_program_and_only_the_root_says_which),
		HOUSE_TEST(keys_are_listed_without_their_secrets_newest_first),
		HOUSE_TEST(roles_are_the_built_in_ones_then_the_tenants_own),
		HOUSE_TEST(a_caller_may_ask_what_it_may),
		HOUSE_TEST(asking_for_what_is_no_permission_is_refused_by_place),
		HOUSE_TEST(a_program_is_renamed_and_shut_out_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
