/* SPDX-License-Identifier: Apache-2.0 */
/* house.c: a fresh store with iam in it. */
#include "tests/unit/iam/house.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/text.h"
#include "runtime/base/time.h"

static void open_store(struct house *house)
{
	static const char secret[32] = "0123456789abcdef0123456789abcdef";
	struct store_options options = { .url = house->url };

	assert_ok(store_open(house->arena, &options, &house->store));
	assert_ok(store_migrate(house->store, house->arena, iam_migrations, iam_migration_count));

	struct iam_options iam_options = { .store = house->store, .secret = slice_of(secret, 32), .allow_loopback_http = true };

	assert_ok(iam_new(house->arena, &iam_options, &house->iam));
	assert_ok(iam_prepare(house->iam, house->arena, &house->bootstrap_token));
}

int house_setup(void **state)
{
	struct arena *arena = arena_new(0);
	struct house *house = ARENA_NEW(arena, struct house);
	char *folder = arena_strdup(arena, "/tmp/gaon-iam-XXXXXX");

	time_fake_set(HOUSE_NOW);
	house->arena = arena;
	assert_non_null(mkdtemp(folder));
	house->folder = folder;
	house->url = arena_printf(arena, "sqlite:%s/gaon.db", folder);
	open_store(house);
	*state = house;
	return 0;
}

int house_setup_open(void **state)
{
	Gaon__BootstrapRequest request = GAON__BOOTSTRAP_REQUEST__INIT;
	Gaon__BootstrapResponse reply = GAON__BOOTSTRAP_RESPONSE__INIT;

	house_setup(state);

	struct house *house = *state;

	request.token = house->bootstrap_token;
	request.tenant_id = "gaon";
	request.user_id = "mina";
	assert_ok(house_call(house, "", "Bootstrap", &request, &reply));
	house->root_key = reply.api_key;
	return 0;
}

static void close_store(struct house *house)
{
	store_close(house->store);
	iam_free(house->iam);
}

void house_restart(struct house *house)
{
	close_store(house);
	open_store(house);
}

int house_teardown(void **state)
{
	static const char *const endings[] = { "", "-wal", "-shm", ".lock" };
	struct house *house = *state;

	close_store(house);
	for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
		unlink(arena_printf(house->arena, "%s/gaon.db%s", house->folder, endings[i]));
	rmdir(house->folder);
	arena_free(house->arena);
	time_fake_off();
	return 0;
}

/* ---- calls ---- */

static const struct method_row *find_row(const char *rpc)
{
	for (size_t i = 0; i < gaon_iam_table.count; i++)
		if (strcmp(gaon_iam_table.rows[i].method->name, rpc) == 0)
			return &gaon_iam_table.rows[i];
	fail_msg("no RPC %s", rpc);
	return NULL;
}

static const char *text_at(const ProtobufCMessage *message, const char *path)
{
	char part[64];
	size_t size = strcspn(path, ".");

	if (message == NULL || *path == '\0')
		return "";
	memcpy(part, path, size);
	part[size] = '\0';

	const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(message->descriptor, part);
	const void *member = (const char *)message + field->offset;

	if (path[size] == '\0')
		return *(const char *const *)member;
	return text_at(*(const ProtobufCMessage *const *)member, path + size + 1);
}

struct run {
	struct house *house;
	struct call *call;
	const struct method_row *row;
	const char *scope;
};

static struct status run_in(struct store_tx *tx, void *context)
{
	struct run *run = context;

	run->call->tx = tx;
	TRY(iam_gate(run->house->iam, run->call, run->scope));
	return run->row == NULL ? OK : run->row->unary(run->call, run->call->request, run->call->reply);
}

static void prepare(struct house *house, struct call *call, const char *key)
{
	call->arena = house->arena;
	call->now_us = time_now_us();
	call->peer = "ipv4:127.0.0.1:1";
	call->request_id = "";
	call->trace_id = "t";
	if (*key != '\0')
		call->authorization = slice_text(strchr(key, ' ') ? key : arena_printf(house->arena, "Bearer %s", key));
}

static struct status run_call(struct run *run)
{
	struct house *house = run->house;

	if (run->call->method->access == METHOD_WRITE)
		return store_write(house->store, house->arena, run_in, run);
	return store_read(house->store, house->arena, run_in, run);
}

struct status house_call(struct house *house, const char *key, const char *rpc, const void *request, void *reply)
{
	const struct method_row *row = find_row(rpc);
	struct call call = { .method = row->method, .request = request, .reply = reply };
	struct run run = { house, &call, row, text_at(request, row->method->scope) };

	prepare(house, &call, key);
	return run_call(&run);
}

struct status house_gate(struct house *house, const char *key, const struct method *method, const char *scope,
			 const struct principal **principal)
{
	struct call call = { .method = method };
	struct run run = { house, &call, NULL, scope };

	prepare(house, &call, key);

	struct status status = run_call(&run);

	if (principal != NULL)
		*principal = call.principal;
	return status;
}

struct status house_gate_mtls(struct house *house, const char *san, const struct method *method, const char *scope,
			      const struct principal **principal)
{
	struct call call = { .method = method, .certificate_san = slice_text(san) };
	struct run run = { house, &call, NULL, scope };

	prepare(house, &call, "");

	struct status status = run_call(&run);

	if (principal != NULL)
		*principal = call.principal;
	return status;
}

void house_tenant(struct house *house, const char *parent, const char *id)
{
	Gaon__CreateTenantRequest request = GAON__CREATE_TENANT_REQUEST__INIT;
	Gaon__Tenant reply = GAON__TENANT__INIT;

	request.parent = parent;
	request.tenant_id = id;
	assert_ok(house_call(house, house->root_key, "CreateTenant", &request, &reply));
}

void house_project(struct house *house, const char *parent, const char *id)
{
	Gaon__CreateProjectRequest request = GAON__CREATE_PROJECT_REQUEST__INIT;
	Gaon__Project reply = GAON__PROJECT__INIT;

	request.parent = parent;
	request.project_id = id;
	assert_ok(house_call(house, house->root_key, "CreateProject", &request, &reply));
}

const char *house_key(struct house *house, const char *account)
{
	Gaon__CreateApiKeyRequest request = GAON__CREATE_API_KEY_REQUEST__INIT;
	Gaon__CreateApiKeyResponse reply = GAON__CREATE_API_KEY_RESPONSE__INIT;

	request.parent = account;
	assert_ok(house_call(house, house->root_key, "CreateApiKey", &request, &reply));
	return reply.secret;
}

const char *house_user(struct house *house, const char *parent, const char *id)
{
	Gaon__CreateUserRequest request = GAON__CREATE_USER_REQUEST__INIT;
	Gaon__User reply = GAON__USER__INIT;

	request.parent = parent;
	request.user_id = id;
	assert_ok(house_call(house, house->root_key, "CreateUser", &request, &reply));
	return house_key(house, reply.name);
}

void house_group(struct house *house, const char *parent, const char *id)
{
	Gaon__CreateGroupRequest request = GAON__CREATE_GROUP_REQUEST__INIT;
	Gaon__Group reply = GAON__GROUP__INIT;

	request.parent = parent;
	request.group_id = id;
	assert_ok(house_call(house, house->root_key, "CreateGroup", &request, &reply));
}

void house_join(struct house *house, const char *group, const char *member)
{
	Gaon__AddGroupMemberRequest request = GAON__ADD_GROUP_MEMBER_REQUEST__INIT;
	Gaon__Group reply = GAON__GROUP__INIT;

	request.name = group;
	request.member = member;
	assert_ok(house_call(house, house->root_key, "AddGroupMember", &request, &reply));
}

/* ---- policies ---- */

static struct status set_policy(struct house *house, const char *key, Gaon__Policy *policy)
{
	Gaon__SetIamPolicyRequest request = GAON__SET_IAM_POLICY_REQUEST__INIT;
	Gaon__Policy reply = GAON__POLICY__INIT;

	request.resource = policy->resource;
	request.policy = policy;
	return house_call(house, key, "SetIamPolicy", &request, &reply);
}

static void get_policy(struct house *house, const char *resource, Gaon__Policy *policy)
{
	Gaon__GetIamPolicyRequest request = GAON__GET_IAM_POLICY_REQUEST__INIT;

	request.resource = resource;
	assert_ok(house_call(house, house->root_key, "GetIamPolicy", &request, policy));
}

struct status house_bind_as(struct house *house, const char *key, const struct house_binding *binding)
{
	Gaon__Policy policy = GAON__POLICY__INIT;
	Gaon__Binding *added = ARENA_NEW(house->arena, Gaon__Binding);
	Google__Protobuf__Timestamp expiry = GOOGLE__PROTOBUF__TIMESTAMP__INIT;

	get_policy(house, binding->resource, &policy);
	gaon__binding__init(added);
	added->role = binding->role;
	added->members = ARENA_ARRAY(house->arena, 1, const char *);
	added->members[added->n_members++] = binding->member;
	if (binding->expires_us != 0) {
		expiry.seconds = binding->expires_us / TIME_US_PER_SECOND;
		added->expire_time = &expiry;
	}

	Gaon__Binding **bindings = ARENA_ARRAY(house->arena, policy.n_bindings + 1, Gaon__Binding *);

	for (size_t i = 0; i < policy.n_bindings; i++)
		bindings[i] = policy.bindings[i];
	bindings[policy.n_bindings++] = added;
	policy.bindings = bindings;
	return set_policy(house, key, &policy);
}

void house_bind(struct house *house, const char *resource, const char *role, const char *member)
{
	const struct house_binding binding = { resource, role, member, 0 };

	assert_ok(house_bind_as(house, house->root_key, &binding));
}

struct status house_unbind_as(struct house *house, const char *key, const char *resource, const char *member)
{
	Gaon__Policy policy = GAON__POLICY__INIT;

	get_policy(house, resource, &policy);
	for (size_t i = 0; i < policy.n_bindings; i++) {
		Gaon__Binding *binding = policy.bindings[i];
		size_t kept = 0;

		for (size_t m = 0; m < binding->n_members; m++)
			if (strcmp(binding->members[m], member) != 0)
				binding->members[kept++] = binding->members[m];
		binding->n_members = kept;
	}
	return set_policy(house, key, &policy);
}

/* ---- the store, from below ---- */

int64_t house_number(struct house *house, const char *sql)
{
	struct store_tx *tx = NULL;
	struct rows *rows = NULL;

	assert_ok(store_read_begin(house->store, house->arena, &tx));
	assert_ok(store_query_dynamic(tx, sql, SQL_NO_ARGS, &rows));

	int64_t number = store_next(rows) ? row_int(rows, 0) : -1;

	store_read_end(tx);
	return number;
}

static struct status execute(struct store_tx *tx, void *context)
{
	struct rows *rows = NULL;

	return store_query_dynamic(tx, context, SQL_NO_ARGS, &rows);
}

void house_execute(struct house *house, const char *sql)
{
	assert_ok(store_write(house->store, house->arena, execute, arena_strdup(house->arena, sql)));
}

uint64_t house_statements(struct house *house)
{
	struct store_metric metrics[32];
	size_t count = store_metrics(house->store, metrics, 32);

	for (size_t i = 0; i < count; i++)
		if (strcmp(metrics[i].name, "statements") == 0)
			return metrics[i].value;
	fail_msg("the store does not count statements");
	return 0;
}
