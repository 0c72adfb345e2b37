/* SPDX-License-Identifier: Apache-2.0 */
/* decision_test.c: who may do what where: the table, masking, expiry, inheritance, the caches. */
#include <string.h>

#include "gaon/lifecycle/v1/lifecycle.gaon.h"
#include "gaon/request/v1/request.gaon.h"
#include "runtime/base/time.h"
#include "tests/unit/iam/house.h"

#define GET &gaon_method_lifecycle_get_machine
#define STOP &gaon_method_lifecycle_stop_machine
#define ORDER &gaon_method_request_create_order
#define APPROVE &gaon_method_request_approve_order
#define VERIFY &gaon_method_iam_verify_audit_chain
#define WHO &gaon_method_iam_who_am_i

enum answer { YES, DENIED, NO_TENANT, NO_PROJECT };

/*
 * tenants/gaon (root: mina) ─ tenants/acme (projects web, db) ─ tenants/acme-kr; tenants/beta (project web).
 * rita: requester on acme/web; anna: approver on acme; olga: operator on acme/web; vera: viewer on acme; tina: tenant-admin of acme;
 * zoe: of beta, nothing at all; gus: through two nested groups operator on acme/web.
 */
struct people {
	const char *rita, *anna, *olga, *vera, *tina, *zoe, *gus;
};

static struct people settle(struct house *house)
{
	struct people people;

	house_tenant(house, "tenants/gaon", "acme");
	house_tenant(house, "tenants/acme", "acme-kr");
	house_tenant(house, "tenants/gaon", "beta");
	house_project(house, "tenants/acme", "web");
	house_project(house, "tenants/acme", "db");
	house_project(house, "tenants/acme-kr", "web");
	house_project(house, "tenants/beta", "web");
	people.rita = house_user(house, "tenants/acme", "rita");
	people.anna = house_user(house, "tenants/acme", "anna");
	people.olga = house_user(house, "tenants/acme", "olga");
	people.vera = house_user(house, "tenants/gaon", "vera");
	people.tina = house_user(house, "tenants/acme", "tina");
	people.zoe = house_user(house, "tenants/beta", "zoe");
	people.gus = house_user(house, "tenants/gaon", "gus");
	house_group(house, "tenants/acme", "inner");
	house_group(house, "tenants/acme", "outer");
	house_join(house, "tenants/acme/groups/outer", "tenants/acme/groups/inner");
	house_join(house, "tenants/acme/groups/inner", "tenants/gaon/users/gus");
	house_bind(house, "tenants/acme/projects/web", "roles/requester", "tenants/acme/users/rita");
	house_bind(house, "tenants/acme", "roles/approver", "tenants/acme/users/anna");
	house_bind(house, "tenants/acme/projects/web", "roles/operator", "tenants/acme/users/olga");
	house_bind(house, "tenants/acme", "roles/viewer", "tenants/gaon/users/vera");
	house_bind(house, "tenants/acme", "roles/tenant-admin", "tenants/acme/users/tina");
	house_bind(house, "tenants/acme/projects/web", "roles/operator", "tenants/acme/groups/outer");
	return people;
}

static void expect(struct house *house, const char *key, const struct method *method, const char *scope, enum answer answer)
{
	static const struct {
		enum status_code code;
		const char *reason;
	} answers[] = {
		[DENIED] = { STATUS_PERMISSION_DENIED, "PERMISSION_DENIED" },
		[NO_TENANT] = { STATUS_NOT_FOUND, "TENANT_NOT_FOUND" },
		[NO_PROJECT] = { STATUS_NOT_FOUND, "PROJECT_NOT_FOUND" },
	};
	struct status status = house_gate(house, key, method, scope, NULL);

	if (answer == YES && !status_is_ok(status))
		fail_msg("%s on %s: %s", method->name, scope, status.message);
	if (answer == YES)
		return;
	if (status.code != answers[answer].code || !status.reason || strcmp(status.reason, answers[answer].reason) != 0)
		fail_msg("%s on \"%s\" gave %s %s", method->name, scope, status_code_name(status.code),
			 status.reason ? status.reason : "");
}

static void every_role_gives_what_it_says_and_no_more(void **state)
{
	struct house *house = *state;
	struct people p = settle(house);
	const struct {
		const char *key;
		const struct method *method;
		const char *scope;
		enum answer answer;
	} table[] = {
		{ house->root_key, STOP, "tenants/acme/projects/web/machines/m", YES },
		{ house->root_key, STOP, "tenants/acme-kr/projects/web/machines/m", YES },
		{ house->root_key, VERIFY, "", YES },
		{ house->root_key, GET, "tenants/nowhere/projects/web/machines/m", NO_TENANT },
		{ house->root_key, GET, "tenants/acme/projects/nothing/machines/m", NO_PROJECT },
		{ p.rita, ORDER, "tenants/acme/projects/web", YES },
		{ p.rita, APPROVE, "tenants/acme/projects/web/orders/1", DENIED },
		{ p.rita, STOP, "tenants/acme/projects/web/machines/m", DENIED },
		{ p.rita, GET, "tenants/acme/projects/web/machines/m", YES },
		{ p.rita, GET, "tenants/acme/projects/db/machines/m", NO_PROJECT },
		{ p.rita, GET, "tenants/acme/projects/nothing/machines/m", NO_PROJECT },
		{ p.rita, GET, "tenants/acme/projects/-", DENIED },
		{ p.rita, GET, "tenants/beta/projects/web/machines/m", NO_TENANT },
		{ p.rita, GET, "tenants/nowhere/projects/web/machines/m", NO_TENANT },
		{ p.rita, VERIFY, "", DENIED },
		{ p.rita, WHO, "", YES },
		{ p.anna, APPROVE, "tenants/acme/projects/web/orders/1", YES },
		{ p.anna, ORDER, "tenants/acme/projects/web", DENIED },
		{ p.anna, APPROVE, "tenants/acme-kr/projects/web/orders/1", YES },
		{ p.olga, STOP, "tenants/acme/projects/web/machines/m", YES },
		{ p.olga, ORDER, "tenants/acme/projects/web", DENIED },
		{ p.olga, STOP, "tenants/acme/projects/db/machines/m", NO_PROJECT },
		{ p.gus, STOP, "tenants/acme/projects/web/machines/m", YES },
		{ p.gus, STOP, "tenants/acme/projects/db/machines/m", NO_PROJECT },
		{ p.vera, GET, "tenants/acme/projects/db/machines/m", YES },
		{ p.vera, GET, "tenants/acme/projects/-", YES },
		{ p.vera, STOP, "tenants/acme/projects/db/machines/m", DENIED },
		{ p.vera, GET, "tenants/gaon/projects/x/machines/m", NO_PROJECT },
		{ p.tina, STOP, "tenants/acme-kr/projects/web/machines/m", YES },
		{ p.tina, STOP, "tenants/beta/projects/web/machines/m", NO_TENANT },
		{ p.tina, STOP, "tenants/gaon/machines/m", DENIED },
		{ p.zoe, GET, "tenants/beta/projects/web/machines/m", NO_PROJECT },
		{ p.zoe, GET, "tenants/beta/machines/m", DENIED },
		{ p.zoe, GET, "tenants/acme/projects/web/machines/m", NO_TENANT },
		{ p.zoe, WHO, "", YES },
	};

	/* Twice: the second time the caches answer where they may. */
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
			expect(house, table[i].key, table[i].method, table[i].scope, table[i].answer);
}

static void what_may_not_be_seen_is_answered_like_what_is_not_there(void **state)
{
	struct house *house = *state;
	struct people p = settle(house);
	struct status hidden = house_gate(house, p.zoe, GET, "tenants/acme/projects/web/machines/m", NULL);
	struct status absent = house_gate(house, p.zoe, GET, "tenants/acmf/projects/web/machines/m", NULL);

	assert_int_equal(hidden.code, absent.code);
	assert_string_equal(hidden.reason, absent.reason);
	/* But for the name that was asked for, not a letter differs. */
	assert_int_equal(strlen(hidden.message), strlen(absent.message));
}

static void a_credential_must_be_whole_known_and_in_time(void **state)
{
	struct house *house = *state;
	char *broken = arena_strdup(house->arena, house->root_key);
	size_t last = strlen(broken) - 1;

	assert_fails(house_gate(house, "", WHO, "", NULL), STATUS_UNAUTHENTICATED, "CREDENTIAL_MISSING");
	assert_fails(house_gate(house, "Basic YWRtaW46YWRtaW4=", WHO, "", NULL), STATUS_UNAUTHENTICATED, "CREDENTIAL_INVALID");
	assert_fails(house_gate(house, "nonsense", WHO, "", NULL), STATUS_UNAUTHENTICATED, "CREDENTIAL_INVALID");
	broken[last] = broken[last] == '0' ? '1' : '0';
	assert_fails(house_gate(house, broken, WHO, "", NULL), STATUS_UNAUTHENTICATED, "CREDENTIAL_INVALID");
	assert_ok(house_gate(house, arena_printf(house->arena, "bearer %s", house->root_key), WHO, "", NULL));
}

static void a_key_ends_when_it_expires_though_it_was_just_used(void **state)
{
	struct house *house = *state;
	Gaon__CreateApiKeyRequest request = GAON__CREATE_API_KEY_REQUEST__INIT;
	Gaon__CreateApiKeyResponse reply = GAON__CREATE_API_KEY_RESPONSE__INIT;
	Gaon__ApiKey given = GAON__API_KEY__INIT;
	Google__Protobuf__Timestamp expiry = GOOGLE__PROTOBUF__TIMESTAMP__INIT;

	expiry.seconds = HOUSE_NOW / TIME_US_PER_SECOND + 60;
	given.expire_time = &expiry;
	request.parent = "tenants/gaon/users/mina";
	request.api_key = &given;
	assert_ok(house_call(house, house->root_key, "CreateApiKey", &request, &reply));
	time_fake_advance(60 * TIME_US_PER_SECOND - 1);
	assert_ok(house_gate(house, reply.secret, VERIFY, "", NULL));
	time_fake_advance(1);
	assert_fails(house_gate(house, reply.secret, VERIFY, "", NULL), STATUS_UNAUTHENTICATED, "CREDENTIAL_EXPIRED");
}

static void a_binding_ends_when_it_expires_though_it_was_just_used(void **state)
{
	struct house *house = *state;
	struct people p = settle(house);
	const struct house_binding binding = { "tenants/beta", "roles/operator", "tenants/beta/users/zoe",
					       HOUSE_NOW + 60 * TIME_US_PER_SECOND };

	assert_ok(house_bind_as(house, house->root_key, &binding));
	expect(house, p.zoe, GET, "tenants/beta/projects/web/machines/m", YES);
	time_fake_advance(60 * TIME_US_PER_SECOND - 1);
	expect(house, p.zoe, GET, "tenants/beta/projects/web/machines/m", YES);
	expect(house, p.zoe, STOP, "tenants/beta/projects/web/machines/m", YES);
	time_fake_advance(1);
	expect(house, p.zoe, GET, "tenants/beta/projects/web/machines/m", NO_PROJECT);
	expect(house, p.zoe, STOP, "tenants/beta/projects/web/machines/m", NO_PROJECT);
}

static void a_warm_gate_asks_the_store_nothing(void **state)
{
	struct house *house = *state;
	struct people p = settle(house);

	expect(house, p.olga, GET, "tenants/acme/projects/web/machines/a", YES);

	uint64_t before = house_statements(house);

	expect(house, p.olga, GET, "tenants/acme/projects/web/machines/b", YES);
	assert_int_equal(house_statements(house), before);
	/* A write never trusts what is remembered. */
	expect(house, p.olga, STOP, "tenants/acme/projects/web/machines/b", YES);
	assert_true(house_statements(house) > before);
}

static void a_change_of_rights_counts_at_the_next_call(void **state)
{
	struct house *house = *state;
	struct people p = settle(house);
	Gaon__RemoveGroupMemberRequest leave = GAON__REMOVE_GROUP_MEMBER_REQUEST__INIT;
	Gaon__UpdateUserRequest disable = GAON__UPDATE_USER_REQUEST__INIT;
	Gaon__User user = GAON__USER__INIT, updated = GAON__USER__INIT;
	Gaon__Group group = GAON__GROUP__INIT;

	expect(house, p.gus, GET, "tenants/acme/projects/web/machines/m", YES);
	leave.name = "tenants/acme/groups/outer";
	leave.member = "tenants/acme/groups/inner";
	assert_ok(house_call(house, house->root_key, "RemoveGroupMember", &leave, &group));
	expect(house, p.gus, GET, "tenants/acme/projects/web/machines/m", NO_TENANT);

	expect(house, p.olga, GET, "tenants/acme/projects/web/machines/m", YES);
	assert_ok(house_unbind_as(house, house->root_key, "tenants/acme/projects/web", "tenants/acme/users/olga"));
	expect(house, p.olga, GET, "tenants/acme/projects/web/machines/m", NO_PROJECT);

	expect(house, p.vera, GET, "tenants/acme/projects/web/machines/m", YES);
	user.name = "tenants/gaon/users/vera";
	user.disabled = true;
	disable.user = &user;
	assert_ok(house_call(house, house->root_key, "UpdateUser", &disable, &updated));
	assert_fails(house_gate(house, p.vera, GET, "tenants/acme/projects/web/machines/m", NULL), STATUS_UNAUTHENTICATED,
		     "CREDENTIAL_INVALID");
}

static void a_deleted_key_is_refused_at_once(void **state)
{
	struct house *house = *state;
	const char *key = house_user(house, "tenants/gaon", "vera");
	Gaon__ListApiKeysRequest list = GAON__LIST_API_KEYS_REQUEST__INIT;
	Gaon__ListApiKeysResponse keys = GAON__LIST_API_KEYS_RESPONSE__INIT;
	Gaon__DeleteApiKeyRequest request = GAON__DELETE_API_KEY_REQUEST__INIT;
	Gaon__DeleteApiKeyResponse reply = GAON__DELETE_API_KEY_RESPONSE__INIT;

	assert_ok(house_gate(house, key, WHO, "", NULL));
	list.parent = "tenants/gaon/users/vera";
	assert_ok(house_call(house, house->root_key, "ListApiKeys", &list, &keys));
	assert_int_equal(keys.n_api_keys, 1);
	request.name = keys.api_keys[0]->name;
	assert_ok(house_call(house, house->root_key, "DeleteApiKey", &request, &reply));
	assert_fails(house_gate(house, key, WHO, "", NULL), STATUS_UNAUTHENTICATED, "CREDENTIAL_INVALID");
}

static void the_use_of_a_key_is_written_down_within_a_minute_or_so(void **state)
{
	struct house *house = *state;

	assert_ok(house_gate(house, house->root_key, WHO, "", NULL));
	assert_int_equal(house_number(house, "SELECT COUNT(*) FROM api_key WHERE last_use_us IS NOT NULL"), 0);
	assert_ok(iam_flush(house->iam, house->arena));
	assert_int_equal(house_number(house, "SELECT last_use_us FROM api_key"), HOUSE_NOW);
	time_fake_advance(59 * TIME_US_PER_SECOND);
	assert_ok(house_gate(house, house->root_key, WHO, "", NULL));
	assert_ok(iam_flush(house->iam, house->arena));
	assert_int_equal(house_number(house, "SELECT last_use_us FROM api_key"), HOUSE_NOW);
	time_fake_advance(TIME_US_PER_SECOND);
	assert_ok(house_gate(house, house->root_key, WHO, "", NULL));
	assert_ok(iam_flush(house->iam, house->arena));
	assert_int_equal(house_number(house, "SELECT last_use_us FROM api_key"), HOUSE_NOW + TIME_US_PER_MINUTE);
}

/* What the request service asks about somebody else. */
static struct status ask(struct store_tx *tx, void *context)
{
	bool *answers = context;
	struct principal anna;

	TRY(iam_principal(tx, "tenants/acme/users/anna", &anna));
	TRY(iam_allows(tx, &anna, "request.orders.approve", "tenants/acme/projects/web/orders/1", &answers[0]));
	TRY(iam_allows(tx, &anna, "request.orders.create", "tenants/acme/projects/web", &answers[1]));
	TRY(iam_holds_role(tx, &anna, "roles/approver", "tenants/acme-kr/projects/web", &answers[2]));
	TRY(iam_holds_role(tx, &anna, "roles/approver", "tenants/beta", &answers[3]));
	return iam_principal(tx, "tenants/acme/users/nobody", &anna);
}

static void other_rooms_may_ask_about_anybody(void **state)
{
	struct house *house = *state;
	bool answers[4] = { false, true, false, true };

	settle(house);
	assert_fails(store_read(house->store, house->arena, ask, answers), STATUS_NOT_FOUND, "PRINCIPAL_NOT_FOUND");
	assert_true(answers[0]);
	assert_false(answers[1]);
	assert_true(answers[2]);
	assert_false(answers[3]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(every_role_gives_what_it_says_and_no_more),
		HOUSE_TEST(what_may_not_be_seen_is_answered_like_what_is_not_there),
		HOUSE_TEST(a_credential_must_be_whole_known_and_in_time),
		HOUSE_TEST(a_key_ends_when_it_expires_though_it_was_just_used),
		HOUSE_TEST(a_binding_ends_when_it_expires_though_it_was_just_used),
		HOUSE_TEST(a_warm_gate_asks_the_store_nothing),
		HOUSE_TEST(a_change_of_rights_counts_at_the_next_call),
		HOUSE_TEST(a_deleted_key_is_refused_at_once),
		HOUSE_TEST(the_use_of_a_key_is_written_down_within_a_minute_or_so),
		HOUSE_TEST(other_rooms_may_ask_about_anybody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
