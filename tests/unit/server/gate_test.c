/* SPDX-License-Identifier: Apache-2.0 */
/* gate_test.c: what the gate keeps, rolls back, answers again and writes down. */
#include <pthread.h>
#include <string.h>

#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/gaond.h"
#include "server/replay.h"
#include "tests/unit/iam/house.h"

extern const struct migration server_migrations[];
extern const size_t server_migration_count;

/* ---- in place of the server ---- */

struct answer {
	pthread_mutex_t mutex;
	pthread_cond_t arrived;
	bool is_there;
	struct status status;
	method_unary handler; /* NULL: the row's own */
	const struct method_row *row;
	unsigned runs;
};

static struct answer answer = { .mutex = PTHREAD_MUTEX_INITIALIZER, .arrived = PTHREAD_COND_INITIALIZER };

struct status call_run(struct call *call)
{
	answer.runs++;
	return (answer.handler ? answer.handler : answer.row->unary)(call, call->request, call->reply);
}

void call_finish(struct call *call, struct status status)
{
	(void)call;
	pthread_mutex_lock(&answer.mutex);
	answer.status = status;
	answer.is_there = true;
	pthread_cond_signal(&answer.arrived);
	pthread_mutex_unlock(&answer.mutex);
}

static void *take(void *arena, size_t size)
{
	return arena_alloc(arena, size);
}

static void leave(void *arena, void *memory)
{
	(void)arena;
	(void)memory;
}

struct status call_replay(struct call *call, struct slice packed_reply)
{
	ProtobufCAllocator allocator = { take, leave, call->arena };

	call->reply = protobuf_c_message_unpack(call->method->reply, &allocator, packed_reply.size,
						(const uint8_t *)packed_reply.data);
	return OK;
}

/* ---- calls ---- */

struct asked {
	const char *rpc, *key, *request_id;
	const void *request;
};

static struct gaond gaond;

/** Through the whole gate; *reply in the house's arena. */
static struct status ask(struct house *house, const struct asked *asked, void **reply)
{
	struct call *call = ARENA_NEW(house->arena, struct call);

	answer.row = NULL;
	for (size_t i = 0; i < gaon_iam_table.count; i++)
		if (strcmp(gaon_iam_table.rows[i].method->name, asked->rpc) == 0)
			answer.row = &gaon_iam_table.rows[i];
	assert_non_null(answer.row);
	gaond.store = house->store;
	gaond.iam = house->iam;
	answer.is_there = false;
	*call = (struct call){
		.arena = house->arena,
		.method = answer.row->method,
		.request = asked->request,
		.reply = arena_alloc(house->arena, answer.row->method->reply->sizeof_message),
		.server_context = &gaond,
		.peer = "ipv4:127.0.0.1:1",
		.request_id = text_or_empty(asked->request_id),
		.trace_id = "trace",
		.deadline_us = INT64_MAX,
	};
	protobuf_c_message_init(call->method->reply, call->reply);
	if (*text_or_empty(asked->key))
		call->authorization = slice_text(arena_printf(house->arena, "Bearer %s", asked->key));
	gate_execute(&gaond, call);
	pthread_mutex_lock(&answer.mutex);
	while (!answer.is_there)
		pthread_cond_wait(&answer.arrived, &answer.mutex);
	pthread_mutex_unlock(&answer.mutex);
	*reply = call->reply;
	return answer.status;
}

static int setup(void **state)
{
	house_setup_open(state);
	struct house *house = *state;

	assert_ok(store_migrate(house->store, house->arena, server_migrations, server_migration_count));
	throttle_free(gaond.throttle);
	gaond.throttle = NULL;
	answer.handler = NULL;
	answer.runs = 0;
	return 0;
}

#define GATE_TEST(test_) cmocka_unit_test_setup_teardown((test_), setup, house_teardown)
#define ID_ONE "0193a000-0000-7000-8000-000000000001"
#define ID_TWO "0193a000-0000-7000-8000-000000000002"

static struct status make_tenant(struct house *house, const char *id, const char *request_id, bool is_dry, void **reply)
{
	Gaon__CreateTenantRequest *request = ARENA_NEW(house->arena, Gaon__CreateTenantRequest);

	gaon__create_tenant_request__init(request);
	request->parent = "tenants/gaon";
	request->tenant_id = id;
	request->request_id = text_or_empty(request_id);
	request->validate_only = is_dry;
	return ask(house, &(struct asked){ "CreateTenant", house->root_key, request_id, request }, reply);
}

static int64_t count(void **state, const char *table)
{
	struct house *house = *state;

	return house_number(house, arena_printf(house->arena, "SELECT count(*) FROM %s", table));
}

static void a_write_and_its_audit_event_are_one(void **state)
{
	void *reply;
	int64_t tenants = count(state, "tenant"), events = count(state, "audit_event");

	assert_ok(make_tenant(*state, "acme", NULL, false, &reply));
	assert_string_equal(((Gaon__Tenant *)reply)->name, "tenants/acme");
	assert_int_equal(count(state, "tenant"), tenants + 1);
	assert_int_equal(count(state, "audit_event"), events + 1);
	assert_int_equal(house_number(*state, "SELECT count(*) FROM audit_event WHERE resource = 'tenants/acme' AND code = 0"
					      " AND principal = 'tenants/gaon/users/mina'"), 1);
}

static void a_handler_that_fails_leaves_nothing(void **state)
{
	void *reply;

	assert_ok(make_tenant(*state, "acme", NULL, false, &reply));
	int64_t tenants = count(state, "tenant"), events = count(state, "audit_event");
	assert_int_equal(make_tenant(*state, "acme", ID_ONE, false, &reply).code, STATUS_ALREADY_EXISTS);
	assert_int_equal(count(state, "tenant"), tenants);
	assert_int_equal(count(state, "audit_event"), events);
	assert_int_equal(count(state, "request_replay"), 0);
}

static struct status insert_then_fail(struct call *call, const ProtobufCMessage *request, ProtobufCMessage *reply)
{
	(void)request;
	(void)reply;
	TRY(store_execute(call->tx, "INSERT INTO installation (key, value) VALUES ('x', 'y')", SQL_NO_ARGS, NULL));
	return status_fail(call->arena, STATUS_ABORTED, "PLAN_CHANGED", "try again");
}

static struct status insert_fail_and_keep(struct call *call, const ProtobufCMessage *request, ProtobufCMessage *reply)
{
	call->commits_on_failure = true;
	return insert_then_fail(call, request, reply);
}

static void a_failure_is_rolled_back_unless_it_is_itself_to_be_kept(void **state)
{
	void *reply;
	int64_t events = count(state, "audit_event");

	answer.handler = insert_then_fail;
	assert_fails(make_tenant(*state, "acme", NULL, false, &reply), STATUS_ABORTED, "PLAN_CHANGED");
	assert_int_equal(count(state, "installation"), 0);
	assert_int_equal(count(state, "audit_event"), events);
	answer.handler = insert_fail_and_keep;
	assert_fails(make_tenant(*state, "acme", ID_ONE, false, &reply), STATUS_ABORTED, "PLAN_CHANGED");
	assert_int_equal(count(state, "installation"), 1);
	assert_int_equal(count(state, "audit_event"), events + 1);
	assert_int_equal(house_number(*state, "SELECT count(*) FROM audit_event WHERE reason = 'PLAN_CHANGED'"), 1);
	/* But no answer to repeat: the same id may be tried again. */
	assert_int_equal(count(state, "request_replay"), 0);
}

static struct status insert_and_refuse(struct call *call, const ProtobufCMessage *request, ProtobufCMessage *reply)
{
	(void)request;
	(void)reply;
	TRY(store_execute(call->tx, "INSERT INTO installation (key, value) VALUES ('x', 'y')", SQL_NO_ARGS, NULL));
	return status_fail(call->arena, STATUS_PERMISSION_DENIED, "SELF_APPROVAL", "ask somebody else");
}

static void a_denial_is_audited_and_nothing_of_it_is_kept(void **state)
{
	struct house *house = *state;
	const char *key = house_user(house, "tenants/gaon", "noah");
	void *reply;

	Gaon__CreateTenantRequest request = GAON__CREATE_TENANT_REQUEST__INIT;
	request.parent = "tenants/gaon";
	request.tenant_id = "acme";
	house_bind(house, "tenants/gaon", "roles/viewer", "tenants/gaon/users/noah");
	assert_fails(ask(house, &(struct asked){ "CreateTenant", key, ID_ONE, &request }, &reply), STATUS_PERMISSION_DENIED,
		     "PERMISSION_DENIED");
	assert_int_equal(answer.runs, 0);
	assert_int_equal(house_number(house, "SELECT count(*) FROM audit_event WHERE principal = 'tenants/gaon/users/noah'"
					     " AND code = 7"), 1);
	answer.handler = insert_and_refuse;
	assert_fails(make_tenant(house, "acme", NULL, false, &reply), STATUS_PERMISSION_DENIED, "SELF_APPROVAL");
	assert_int_equal(count(state, "installation"), 0);
	assert_int_equal(house_number(house, "SELECT count(*) FROM audit_event WHERE reason = 'SELF_APPROVAL'"), 1);
	assert_fails(ask(house, &(struct asked){ "CreateTenant", "", NULL, &request }, &reply), STATUS_UNAUTHENTICATED,
		     "CREDENTIAL_MISSING");
	assert_int_equal(house_number(house, "SELECT count(*) FROM audit_event WHERE code = 16 AND principal = ''"), 1);
}

static void a_dry_run_answers_and_changes_nothing(void **state)
{
	void *reply;
	int64_t tenants = count(state, "tenant"), events = count(state, "audit_event");

	assert_ok(make_tenant(*state, "acme", ID_ONE, true, &reply));
	assert_string_equal(((Gaon__Tenant *)reply)->name, "tenants/acme");
	assert_int_equal(count(state, "tenant"), tenants);
	assert_int_equal(count(state, "audit_event"), events);
	assert_int_equal(count(state, "request_replay"), 0);
	/* And says what would be wrong. */
	assert_ok(make_tenant(*state, "acme", NULL, false, &reply));
	assert_int_equal(make_tenant(*state, "acme", NULL, true, &reply).code, STATUS_ALREADY_EXISTS);
}

static void the_same_id_has_one_effect_and_the_same_answer(void **state)
{
	struct house *house = *state;
	void *first, *second;

	assert_ok(make_tenant(house, "acme", ID_ONE, false, &first));
	int64_t tenants = count(state, "tenant"), events = count(state, "audit_event");
	time_fake_advance(TIME_US_PER_HOUR);
	assert_ok(make_tenant(house, "acme", ID_ONE, false, &second));
	assert_int_equal(answer.runs, 1);
	assert_string_equal(((Gaon__Tenant *)first)->etag, ((Gaon__Tenant *)second)->etag);
	assert_int_equal(((Gaon__Tenant *)first)->create_time->seconds, ((Gaon__Tenant *)second)->create_time->seconds);
	assert_int_equal(count(state, "tenant"), tenants);
	assert_int_equal(count(state, "audit_event"), events);
	/* Also after a restart. */
	house_restart(house);
	assert_ok(make_tenant(house, "acme", ID_ONE, false, &second));
	assert_int_equal(answer.runs, 1);
}

static void another_request_under_a_known_id_is_refused(void **state)
{
	void *reply;

	assert_ok(make_tenant(*state, "acme", ID_ONE, false, &reply));
	assert_fails(make_tenant(*state, "other", ID_ONE, false, &reply), STATUS_INVALID_ARGUMENT, "REQUEST_ID_REUSED");
	assert_fails(make_tenant(*state, "acme", ID_ONE, true, &reply), STATUS_INVALID_ARGUMENT, "REQUEST_ID_REUSED");
	assert_ok(make_tenant(*state, "other", ID_TWO, false, &reply));
	assert_int_equal(answer.runs, 2);
}

static void an_id_is_its_callers_own(void **state)
{
	struct house *house = *state;
	const char *key = house_user(house, "tenants/gaon", "noah");
	Gaon__CreateTenantRequest request = GAON__CREATE_TENANT_REQUEST__INIT;
	void *reply;

	house_bind(house, "tenants/gaon", "roles/tenant-admin", "tenants/gaon/users/noah");
	assert_ok(make_tenant(house, "acme", ID_ONE, false, &reply));
	request.parent = "tenants/gaon";
	request.tenant_id = "other";
	assert_ok(ask(house, &(struct asked){ "CreateTenant", key, ID_ONE, &request }, &reply));
	assert_string_equal(((Gaon__Tenant *)reply)->name, "tenants/other");
}

static void a_right_that_was_taken_away_gives_no_old_answers(void **state)
{
	struct house *house = *state;
	const char *key = house_user(house, "tenants/gaon", "noah");
	Gaon__CreateTenantRequest request = GAON__CREATE_TENANT_REQUEST__INIT;
	void *reply;

	house_bind(house, "tenants/gaon", "roles/tenant-admin", "tenants/gaon/users/noah");
	request.parent = "tenants/gaon";
	request.tenant_id = "acme";
	request.request_id = ID_ONE;
	assert_ok(ask(house, &(struct asked){ "CreateTenant", key, ID_ONE, &request }, &reply));
	assert_ok(house_unbind_as(house, house->root_key, "tenants/gaon", "tenants/gaon/users/noah"));
	assert_false(status_is_ok(ask(house, &(struct asked){ "CreateTenant", key, ID_ONE, &request }, &reply)));
}

static bool is_kept(struct house *house, const char *table, const char *column, const char *secret)
{
	return house_number(house, arena_printf(house->arena, "SELECT count(*) FROM %s WHERE instr(%s, '%s') > 0", table, column,
						secret)) > 0;
}

static void a_secret_is_answered_once_and_kept_nowhere(void **state)
{
	struct house *house = *state;
	Gaon__CreateApiKeyRequest request = GAON__CREATE_API_KEY_REQUEST__INIT;
	void *first, *second;

	house_user(house, "tenants/gaon", "noah");
	request.parent = "tenants/gaon/users/noah";
	request.request_id = ID_ONE;
	assert_ok(ask(house, &(struct asked){ "CreateApiKey", house->root_key, ID_ONE, &request }, &first));
	const char *secret = ((Gaon__CreateApiKeyResponse *)first)->secret;
	assert_true(strlen(secret) > 20);
	assert_ok(ask(house, &(struct asked){ "CreateApiKey", house->root_key, ID_ONE, &request }, &second));
	assert_int_equal(answer.runs, 1);
	assert_string_equal(((Gaon__CreateApiKeyResponse *)second)->api_key->name,
			    ((Gaon__CreateApiKeyResponse *)first)->api_key->name);
	assert_null(strstr(text_or_empty(((Gaon__CreateApiKeyResponse *)second)->secret), strrchr(secret, '_')));
	assert_int_equal(count(state, "request_replay"), 1);
	assert_false(is_kept(house, "request_replay", "reply", strrchr(secret, '_')));
	assert_false(is_kept(house, "audit_event", "request", strrchr(secret, '_')));
}

static struct status trim(struct store_tx *tx, void *context)
{
	return replay_trim(tx, time_now_us() - TIME_US_PER_HOUR, 2, context);
}

static void old_answers_are_forgotten_in_rounds(void **state)
{
	struct house *house = *state;
	int64_t forgotten;
	void *reply;

	for (int i = 0; i < 5; i++) {
		assert_ok(make_tenant(house, arena_printf(house->arena, "t%d", i),
				      arena_printf(house->arena, "0193a000-0000-7000-8000-00000000000%d", i), false, &reply));
		time_fake_advance(TIME_US_PER_MINUTE);
	}
	time_fake_advance(57 * TIME_US_PER_MINUTE); /* the first two are older than an hour */
	assert_ok(store_write(house->store, house->arena, trim, &forgotten));
	assert_int_equal(forgotten, 2);
	assert_ok(store_write(house->store, house->arena, trim, &forgotten));
	assert_int_equal(forgotten, 0);
	assert_int_equal(count(state, "request_replay"), 3);
	time_fake_advance(TIME_US_PER_HOUR);
	assert_ok(store_write(house->store, house->arena, trim, &forgotten));
	assert_int_equal(forgotten, 2);
	assert_int_equal(count(state, "request_replay"), 1);
}

static void who_went_away_gets_nothing_done(void **state)
{
	struct house *house = *state;
	Gaon__CreateTenantRequest request = GAON__CREATE_TENANT_REQUEST__INIT;
	struct call call = {
		.arena = house->arena,
		.method = gaon_iam_table.rows[0].method,
		.request = &request.base,
		.server_context = &gaond,
		.request_id = "",
		.trace_id = "",
		.peer = "",
	};

	for (size_t i = 0; i < gaon_iam_table.count; i++)
		if (strcmp(gaon_iam_table.rows[i].method->name, "CreateTenant") == 0)
			call.method = gaon_iam_table.rows[i].method;
	gaond.store = house->store;
	gaond.iam = house->iam;
	answer.is_there = false;
	atomic_store(&call.is_cancelled, true);
	gate_execute(&gaond, &call);
	pthread_mutex_lock(&answer.mutex);
	while (!answer.is_there)
		pthread_cond_wait(&answer.arrived, &answer.mutex);
	pthread_mutex_unlock(&answer.mutex);
	assert_int_equal(answer.status.code, STATUS_CANCELLED);
	assert_int_equal(answer.runs, 0);
}

static struct status who_am_i(struct house *house, const char *key)
{
	static const Gaon__WhoAmIRequest request = GAON__WHO_AM_IREQUEST__INIT;
	void *reply;

	return ask(house, &(struct asked){ "WhoAmI", key, NULL, &request }, &reply);
}

/** Rates that hardly refill within a test. */
static void limit(int64_t tenant, int64_t principal, int64_t stranger)
{
	gaond.throttle = throttle_new((const struct throttle_rate[THROTTLE_KIND_COUNT]){
		{ tenant > 0, tenant }, { principal > 0, principal }, { stranger > 0, stranger } });
}

static void a_noisy_tenant_is_told_to_wait_and_another_is_not(void **state)
{
	struct house *house = *state;

	house_tenant(house, "tenants/gaon", "loud");
	house_tenant(house, "tenants/gaon", "still");
	const char *one = house_user(house, "tenants/loud", "one"), *two = house_user(house, "tenants/loud", "two");
	const char *other = house_user(house, "tenants/still", "other");
	int64_t events = count(state, "audit_event");

	limit(6, 0, 0);
	for (int i = 0; i < 3; i++) {
		assert_ok(who_am_i(house, one));
		assert_ok(who_am_i(house, two));
	}
	struct status status = who_am_i(house, one);
	assert_fails(status, STATUS_RESOURCE_EXHAUSTED, "RATE_LIMITED");
	const struct status_detail *detail = status.details;
	while (detail->kind != STATUS_DETAIL_RETRY)
		detail = detail->next;
	assert_in_range(detail->number, 1, 1000);
	assert_non_null(strstr(status.message, "limit.tenant_rate"));
	assert_fails(who_am_i(house, two), STATUS_RESOURCE_EXHAUSTED, "RATE_LIMITED");
	assert_ok(who_am_i(house, other));
	/* No trail of each: a flood must not fill the audit. */
	assert_int_equal(count(state, "audit_event"), events);
}

static void a_write_too_many_does_not_reach_the_writer(void **state)
{
	struct house *house = *state;
	void *reply;

	limit(0, 3, 0);
	for (int i = 0; i < 3; i++)
		assert_ok(make_tenant(house, arena_printf(house->arena, "t%d", i), NULL, false, &reply));
	uint64_t statements = house_statements(house);
	unsigned runs = answer.runs;
	assert_fails(make_tenant(house, "t3", ID_ONE, false, &reply), STATUS_RESOURCE_EXHAUSTED, "RATE_LIMITED");
	assert_int_equal(answer.runs, runs);
	assert_int_equal(house_statements(house), statements);
	assert_int_equal(count(state, "request_replay"), 0);
}

static void strangers_are_limited_and_hinder_nobody_who_is_known(void **state)
{
	struct house *house = *state;
	const char *vera = house_user(house, "tenants/gaon", "vera"), *late = house_user(house, "tenants/gaon", "late");

	limit(0, 0, 4);
	assert_ok(who_am_i(house, vera));
	for (int i = 0; i < 4; i++)
		assert_fails(who_am_i(house, i % 2 ? "" : "wrong"), STATUS_UNAUTHENTICATED,
			     i % 2 ? "CREDENTIAL_MISSING" : "CREDENTIAL_INVALID");
	assert_fails(who_am_i(house, "wrong"), STATUS_RESOURCE_EXHAUSTED, "RATE_LIMITED");
	assert_fails(who_am_i(house, ""), STATUS_RESOURCE_EXHAUSTED, "RATE_LIMITED");
	assert_ok(who_am_i(house, vera));
	/* Whose credential was not seen yet shares the address with the strangers. */
	assert_fails(who_am_i(house, late), STATUS_RESOURCE_EXHAUSTED, "RATE_LIMITED");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		GATE_TEST(a_noisy_tenant_is_told_to_wait_and_another_is_not),
		GATE_TEST(a_write_too_many_does_not_reach_the_writer),
		GATE_TEST(strangers_are_limited_and_hinder_nobody_who_is_known),
		GATE_TEST(a_write_and_its_audit_event_are_one),
		GATE_TEST(a_handler_that_fails_leaves_nothing),
		GATE_TEST(a_failure_is_rolled_back_unless_it_is_itself_to_be_kept),
		GATE_TEST(a_denial_is_audited_and_nothing_of_it_is_kept),
		GATE_TEST(a_dry_run_answers_and_changes_nothing),
		GATE_TEST(the_same_id_has_one_effect_and_the_same_answer),
		GATE_TEST(another_request_under_a_known_id_is_refused),
		GATE_TEST(an_id_is_its_callers_own),
		GATE_TEST(a_right_that_was_taken_away_gives_no_old_answers),
		GATE_TEST(a_secret_is_answered_once_and_kept_nowhere),
		GATE_TEST(old_answers_are_forgotten_in_rounds),
		GATE_TEST(who_went_away_gets_nothing_done),
	};

	return cmocka_run_group_tests_name("server_gate", tests, NULL, NULL);
}
