/* SPDX-License-Identifier: Apache-2.0 */
/* audit_test.c: the chain shows every edit, deletion, swap and cut; lists show only what is the tenant's. */
#include <string.h>

#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "tests/unit/iam/house.h"

enum { EVENTS = 600 }; /* more than two runs of the verifier */

struct writing {
	struct audit_entry entry;
	int count;
};

static struct status write_events(struct store_tx *tx, void *context)
{
	const struct writing *writing = context;

	for (int i = 0; i < writing->count; i++) {
		struct audit_entry entry = writing->entry;

		entry.resource = arena_printf(store_arena(tx), "%s/machines/m%d", entry.resource, i);
		TRY(iam_audit(tx, &entry));
	}
	return OK;
}

static void write_some(struct house *house, const char *tenant, enum status_code code, int count)
{
	struct writing writing = {
		.entry = { .tenant = tenant,
			   .principal = "tenants/gaon/users/mina",
			   .method = "api-key",
			   .peer = "ipv4:127.0.0.1:1",
			   .service_method = "gaon.lifecycle.v1.LifecycleService/StopMachine",
			   .resource = arena_printf(house->arena, "%s/projects/web", tenant),
			   .status = { .code = code, .reason = code == STATUS_OK ? NULL : "PERMISSION_DENIED" },
			   .request_json = "{\"name\":\"x\"}",
			   .at_us = HOUSE_NOW },
		.count = count,
	};

	assert_ok(store_write(house->store, house->arena, write_events, &writing));
}

static Gaon__VerifyAuditChainResponse verify(struct house *house)
{
	Gaon__VerifyAuditChainRequest request = GAON__VERIFY_AUDIT_CHAIN_REQUEST__INIT;
	Gaon__VerifyAuditChainResponse reply = GAON__VERIFY_AUDIT_CHAIN_RESPONSE__INIT;

	assert_ok(house_call(house, house->root_key, "VerifyAuditChain", &request, &reply));
	return reply;
}

static void a_chain_that_nobody_touched_is_valid(void **state)
{
	struct house *house = *state;

	assert_true(verify(house).valid); /* the empty one too */
	write_some(house, "tenants/gaon", STATUS_OK, EVENTS);

	Gaon__VerifyAuditChainResponse found = verify(house);

	assert_true(found.valid);
	assert_int_equal(found.checked_count, EVENTS);
	assert_int_equal(found.head_sequence, EVENTS);
	assert_int_equal(strlen(found.head_hash), 64);
}

/* `{}` is the last event's number. */
static void every_kind_of_tampering_shows(void **state)
{
	static const struct {
		const char *sql[3];
		int64_t broken;
	} table[] = {
		{ { "UPDATE audit_event SET principal = 'tenants/gaon/users/nobody' WHERE sequence = 300" }, 300 },
		{ { "UPDATE audit_event SET code = 0 WHERE sequence = 1" }, 0 }, /* as it was: nothing shows */
		{ { "UPDATE audit_event SET at_us = at_us + 1 WHERE sequence = 600" }, 600 },
		{ { "UPDATE audit_event SET principal = 'x', peer = peer || 'y' WHERE sequence = 2" }, 2 },
		{ { "DELETE FROM audit_event WHERE sequence = 300" }, 300 },
		{ { "DELETE FROM audit_event WHERE sequence = 1" }, 1 },
		{ { "DELETE FROM audit_event WHERE sequence >= 590" }, 590 },
		{ { "DELETE FROM audit_event WHERE sequence >= 590",
		    "UPDATE audit_head SET sequence = 589,"
		    " hash = (SELECT hash FROM audit_event WHERE sequence = 589)" },
		  589 }, /* the head moved too, but not its seal */
		{ { "UPDATE audit_event SET sequence = 0 WHERE sequence = 10",
		    "UPDATE audit_event SET sequence = 10 WHERE sequence = 11",
		    "UPDATE audit_event SET sequence = 11 WHERE sequence = 0" },
		  10 },
		{ { "DELETE FROM audit_head" }, 1 },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		house_setup_open(state);

		struct house *house = *state;

		write_some(house, "tenants/gaon", STATUS_OK, EVENTS);
		for (size_t s = 0; s < 3 && table[i].sql[s] != NULL; s++)
			house_execute(house, table[i].sql[s]);

		Gaon__VerifyAuditChainResponse found = verify(house);

		if (found.broken_sequence != table[i].broken || found.valid != (table[i].broken == 0))
			fail_msg("%s: broken at %lld: %s", table[i].sql[0], (long long)found.broken_sequence, found.problem);
		house_teardown(state);
	}
}

static void a_chain_that_was_rewritten_whole_fails_against_a_noted_head(void **state)
{
	struct house *house = *state;
	Gaon__VerifyAuditChainRequest request = GAON__VERIFY_AUDIT_CHAIN_REQUEST__INIT;
	Gaon__VerifyAuditChainResponse reply = GAON__VERIFY_AUDIT_CHAIN_RESPONSE__INIT;

	write_some(house, "tenants/gaon", STATUS_OK, 10);

	Gaon__VerifyAuditChainResponse noted = verify(house);

	write_some(house, "tenants/gaon", STATUS_OK, 10);
	request.expected_sequence = noted.head_sequence;
	request.expected_hash = noted.head_hash;
	assert_ok(house_call(house, house->root_key, "VerifyAuditChain", &request, &reply));
	assert_true(reply.valid);

	house_execute(house, "DELETE FROM audit_event");
	house_execute(house, "DELETE FROM audit_head");
	write_some(house, "tenants/gaon", STATUS_PERMISSION_DENIED, 20);
	assert_true(verify(house).valid); /* by itself it holds */
	gaon__verify_audit_chain_response__init(&reply);
	assert_ok(house_call(house, house->root_key, "VerifyAuditChain", &request, &reply));
	assert_false(reply.valid);
	assert_int_equal(reply.broken_sequence, 10);
	request.expected_hash = "zz";
	assert_fails(house_call(house, house->root_key, "VerifyAuditChain", &request, &reply), STATUS_INVALID_ARGUMENT,
		     "INVALID_FIELD");
}

static void a_part_of_the_chain_can_be_checked(void **state)
{
	struct house *house = *state;
	Gaon__VerifyAuditChainRequest request = GAON__VERIFY_AUDIT_CHAIN_REQUEST__INIT;
	Gaon__VerifyAuditChainResponse reply = GAON__VERIFY_AUDIT_CHAIN_RESPONSE__INIT;

	write_some(house, "tenants/gaon", STATUS_OK, 20);
	house_execute(house, "UPDATE audit_event SET peer = '' WHERE sequence = 5");
	request.first_sequence = 6;
	request.last_sequence = 15;
	assert_ok(house_call(house, house->root_key, "VerifyAuditChain", &request, &reply));
	assert_true(reply.valid);
	assert_int_equal(reply.checked_count, 10);
	request.first_sequence = 16;
	assert_fails(house_call(house, house->root_key, "VerifyAuditChain", &request, &reply), STATUS_INVALID_ARGUMENT,
		     "INVALID_FIELD");
}

static size_t list(struct house *house, Gaon__ListAuditEventsRequest *request, const char *token,
		   Gaon__ListAuditEventsResponse *reply)
{
	request->page_token = token;
	gaon__list_audit_events_response__init(reply);
	assert_ok(house_call(house, house->root_key, "ListAuditEvents", request, reply));
	return reply->n_audit_events;
}

static void a_long_chain_is_checked_part_by_part(void **state)
{
	struct house *house = *state;
	Gaon__VerifyAuditChainRequest request = GAON__VERIFY_AUDIT_CHAIN_REQUEST__INIT;
	Gaon__VerifyAuditChainResponse reply = GAON__VERIFY_AUDIT_CHAIN_RESPONSE__INIT;
	Gaon__ListAuditEventsRequest list = GAON__LIST_AUDIT_EVENTS_REQUEST__INIT;
	Gaon__ListAuditEventsResponse page = GAON__LIST_AUDIT_EVENTS_RESPONSE__INIT;
	unsigned pages = 0;

	for (int i = 0; i < 11; i++)
		write_some(house, "tenants/gaon", STATUS_OK, 10000);
	assert_ok(house_call(house, house->root_key, "VerifyAuditChain", &request, &reply));
	assert_true(reply.valid);
	assert_int_equal(reply.checked_count, 100000);
	assert_int_equal(reply.next_sequence, 100001);
	request.first_sequence = reply.next_sequence;
	assert_ok(house_call(house, house->root_key, "VerifyAuditChain", &request, &reply));
	assert_true(reply.valid);
	assert_int_equal(reply.checked_count, 10000);
	assert_int_equal(reply.next_sequence, 0);
	/* The seam is checked too. */
	house_execute(house, "UPDATE audit_event SET hash = previous_hash WHERE sequence = 100000");
	assert_ok(house_call(house, house->root_key, "VerifyAuditChain", &request, &reply));
	assert_int_equal(reply.broken_sequence, 100001);

	/* A filter that nothing passes walks on by its tokens, and ends. */
	list.parent = "tenants/gaon";
	list.principal = "tenants/gaon/users/nobody";
	do {
		list.page_token = page.next_page_token;
		gaon__list_audit_events_response__init(&page);
		assert_ok(house_call(house, house->root_key, "ListAuditEvents", &list, &page));
		assert_int_equal(page.n_audit_events, 0);
		pages++;
	} while (*page.next_page_token != '\0');
	assert_int_equal(pages, 6);
}

static void lists_hold_the_subtree_newest_first_page_by_page(void **state)
{
	struct house *house = *state;
	Gaon__ListAuditEventsRequest request = GAON__LIST_AUDIT_EVENTS_REQUEST__INIT;
	Gaon__ListAuditEventsResponse reply;

	house_tenant(house, "tenants/gaon", "acme");
	house_tenant(house, "tenants/acme", "acme-kr");
	house_tenant(house, "tenants/gaon", "beta");
	write_some(house, "tenants/acme", STATUS_OK, 3);
	write_some(house, "tenants/acme-kr", STATUS_PERMISSION_DENIED, 2);
	write_some(house, "tenants/beta", STATUS_OK, 4);
	write_some(house, "tenants/gone", STATUS_OK, 1); /* a tenant that was deleted since */
	request.parent = "tenants/acme";
	assert_int_equal(list(house, &request, "", &reply), 5);
	assert_int_equal(reply.audit_events[0]->sequence, 5);
	assert_string_equal(reply.audit_events[0]->name, "tenants/acme-kr/auditEvents/5");
	assert_string_equal(reply.audit_events[0]->previous_hash, reply.audit_events[1]->hash);
	request.page_size = 2;
	assert_int_equal(list(house, &request, "", &reply), 2);
	assert_int_equal(list(house, &request, reply.next_page_token, &reply), 2);
	assert_int_equal(list(house, &request, reply.next_page_token, &reply), 1);
	assert_string_equal(reply.next_page_token, "");
	request.page_size = 0;
	request.denied_only = true;
	assert_int_equal(list(house, &request, "", &reply), 2);
	request.denied_only = false;
	request.resource = "tenants/acme/projects/web";
	assert_int_equal(list(house, &request, "", &reply), 3);
	request.resource = "tenants/acme/projects/web/machines/m1";
	assert_int_equal(list(house, &request, "", &reply), 1);
	request.resource = "tenants/acme/projects/we";
	assert_int_equal(list(house, &request, "", &reply), 0);
	request.resource = "";
	request.principal = "tenants/gaon/users/mona";
	assert_int_equal(list(house, &request, "", &reply), 0);
	request.principal = "";
	request.parent = "tenants/gaon";
	assert_int_equal(list(house, &request, "", &reply), 10);
}

static void an_event_is_the_tenants_whose_resource_it_is_about(void **state)
{
	struct house *house = *state;
	Gaon__ListAuditEventsRequest request = GAON__LIST_AUDIT_EVENTS_REQUEST__INIT;
	Gaon__ListAuditEventsResponse reply;
	struct writing writing = { .entry = { .tenant = "tenants/gaon", .resource = "tenants/acme/projects/web" }, .count = 1 };

	house_tenant(house, "tenants/gaon", "acme");
	assert_ok(store_write(house->store, house->arena, write_events, &writing));
	writing.entry.resource = ""; /* about nothing in particular: of the actor's tenant */
	assert_ok(store_write(house->store, house->arena, write_events, &writing));
	request.parent = "tenants/acme";
	assert_int_equal(list(house, &request, "", &reply), 1);
	assert_string_equal(reply.audit_events[0]->name, "tenants/acme/auditEvents/1");
}

static void a_request_that_is_too_long_is_left_out_not_cut(void **state)
{
	struct house *house = *state;
	Gaon__ListAuditEventsRequest request = GAON__LIST_AUDIT_EVENTS_REQUEST__INIT;
	Gaon__ListAuditEventsResponse reply;
	char *json = arena_zalloc(house->arena, 20001);
	struct writing writing = { .entry = { .resource = "r", .request_json = json }, .count = 1 };

	memset(json, 'x', 20000);
	assert_ok(store_write(house->store, house->arena, write_events, &writing));
	request.parent = "tenants/gaon";
	assert_int_equal(list(house, &request, "", &reply), 1);
	assert_string_equal(reply.audit_events[0]->request, "{\"omitted_bytes\":20000}");
	assert_true(verify(house).valid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(a_chain_that_nobody_touched_is_valid),
		cmocka_unit_test(every_kind_of_tampering_shows),
		HOUSE_TEST(a_chain_that_was_rewritten_whole_fails_against_a_noted_head),
		HOUSE_TEST(a_part_of_the_chain_can_be_checked),
		HOUSE_TEST(a_long_chain_is_checked_part_by_part),
		HOUSE_TEST(lists_hold_the_subtree_newest_first_page_by_page),
		HOUSE_TEST(an_event_is_the_tenants_whose_resource_it_is_about),
		HOUSE_TEST(a_request_that_is_too_long_is_left_out_not_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
