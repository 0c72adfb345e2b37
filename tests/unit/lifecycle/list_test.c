/* SPDX-License-Identifier: Apache-2.0 */
/* list_test.c: filters, orders and pages over a thousand machines. */
#include <stdlib.h>
#include <string.h>

#include "runtime/base/text.h"
#include "tests/support/line_fixture.h"

enum { MANY = 1000 };

static const char DEPLOYMENT[] =
	"INSERT INTO deployment (name, tenant, project, display_name, order_name, product_version, parameters, state,"
	" lease_end_us, owner, revision, created_us, updated_us)"
	" VALUES ('" WEB "/deployments/d', 'tenants/acme', '" WEB "', '', '', '', '{}', 2, 77000000, '', 1, 1, 1)";
static const char MACHINE[] =
	"INSERT INTO machine (name, tenant, project, display_name, state, state_message, connection, native_id, native_state,"
	" deployment, product_version, rate_card, size, image, network, vcpus, memory_mib, disk_gib, addresses, owner, is_protected,"
	" operation, labels, is_running, metered_us, revision, created_us, updated_us)"
	" VALUES ($1, 'tenants/acme', $2, $3, $4, '', '" LAB "', $5, '', '" WEB "/deployments/d', '', '', $6, 'debian-12', '',"
	" $7, $8, $9, '[]', 'tenants/acme/users/mina', 0, '', '{}', 0, 0, 1, $10, $10)";
static const char LABEL[] = "INSERT INTO machine_label (machine, key, value) VALUES ($1, $2, $3)";

struct row {
	const char *id, *project, *display_name;
	int state;
	const char *size;
	int vcpus, memory_mib, disk_gib;
	int64_t created_us;
};

static struct status insert(struct store_tx *tx, const struct row *row)
{
	const char *name = arena_printf(store_arena(tx), "%s/machines/%s", row->project, row->id);

	return store_execute(tx, MACHINE,
			     SQL_ARGS(sql_text(name), sql_text(row->project), sql_text(row->display_name), sql_int(row->state),
				      sql_text(row->id), sql_text(row->size), sql_int(row->vcpus), sql_int(row->memory_mib),
				      sql_int(row->disk_gib), sql_int(row->created_us)),
			     NULL);
}

static struct status insert_many(struct store_tx *tx, void *context)
{
	static const char *const names[] = { "alpha", "Alpha", "beta", "100%", "a_b", "o'neil", "say \"hi\"", "back\\slash", "가온", "" };
	static const char *const sizes[] = { "small", "medium", "large" };
	struct arena *arena = store_arena(tx);

	(void)context;
	TRY(store_execute(tx, DEPLOYMENT, SQL_NO_ARGS, NULL));
	for (int i = 0; i < MANY; i++) {
		struct row row = {
			.id = arena_printf(arena, "m%04d", i * 7919 % MANY),
			.project = i % 4 ? WEB : API,
			.display_name = names[i % 10],
			.state = 2 + i % 3,
			.size = sizes[i / 3 % 3],
			.vcpus = 1 + i % 5,
			.memory_mib = 512 << i % 4,
			.disk_gib = i,
			.created_us = 1000000 * (int64_t)(i / 10),
		};
		TRY(insert(tx, &row));
		if (i % 2 == 0)
			TRY(store_execute(tx, LABEL,
					  SQL_ARGS(sql_text(arena_printf(arena, "%s/machines/%s", row.project, row.id)), sql_text("env"),
						   sql_text(i % 4 ? "prod" : "test")),
					  NULL));
	}
	return OK;
}

static int setup(void **state)
{
	line_setup(state);
	struct service_fixture *fixture = *state;

	assert_ok(store_write(fixture->store, fixture->arena, insert_many, NULL));
	return 0;
}

#define MANY_TEST(test_) cmocka_unit_test_setup_teardown((test_), setup, line_teardown)
#define ALL "tenants/acme/projects/-"

static struct status list(void **state, const char *parent, const char *filter, const char *order_by, int32_t page_size,
			  const char *token, Gaon__ListMachinesResponse *reply)
{
	Gaon__ListMachinesRequest request = GAON__LIST_MACHINES_REQUEST__INIT;

	request.parent = parent;
	request.filter = filter;
	request.order_by = order_by;
	request.page_size = page_size;
	request.page_token = token;
	return service_call(*state, &gaon_lifecycle_table, "ListMachines", &request, reply);
}

/** How many a filter finds, over all pages; each of them once. */
static size_t count(void **state, const char *filter)
{
	Gaon__ListMachinesResponse reply;
	const char *token = "";
	size_t sum = 0;

	do {
		assert_ok(list(state, ALL, filter, "", 500, token, &reply));
		sum += reply.n_machines;
		token = reply.next_page_token;
	} while (*token);
	return sum;
}

static size_t sql_count(void **state, const char *where)
{
	struct service_fixture *fixture = *state;

	return (size_t)service_number(*state, arena_printf(fixture->arena, "SELECT count(*) FROM machine WHERE %s", where));
}

static void every_operator_finds_what_it_says(void **state)
{
	static const struct {
		const char *filter, *where;
	} cases[] = {
		{ "", "1 = 1" },
		{ "   ", "1 = 1" },
		{ "state = RUNNING", "state = 2" },
		{ "state != RUNNING", "state <> 2" },
		{ "state=STOPPED", "state = 3" },
		{ "vcpus = 3", "vcpus = 3" },
		{ "vcpus != 3", "vcpus <> 3" },
		{ "vcpus < 3", "vcpus < 3" },
		{ "vcpus <= 3", "vcpus <= 3" },
		{ "vcpus > 3", "vcpus > 3" },
		{ "vcpus>=3", "vcpus >= 3" },
		{ "memory_mib >= 1024 AND disk_gib < 500", "memory_mib >= 1024 AND disk_gib < 500" },
		{ "disk_gib > -1", "1 = 1" },
		{ "size = medium", "size = 'medium'" },
		{ "size = \"medium\" AND image = debian-12", "size = 'medium'" },
		{ "size : ed", "size = 'medium'" },
		{ "display_name = alpha", "display_name = 'alpha'" },
		{ "display_name : alpha", "lower(display_name) = 'alpha'" },
		{ "display_name : \"%\"", "display_name = '100%'" },
		{ "display_name : \"_\"", "display_name = 'a_b'" },
		{ "display_name : \"\\\\\"", "display_name = 'back\\slash'" },
		{ "display_name = \"say \\\"hi\\\"\"", "display_name = 'say \"hi\"'" },
		{ "display_name = \"가온\"", "display_name = '가온'" },
		{ "display_name = \"\"", "display_name = ''" },
		{ "display_name = \"o'neil\"", "display_name = 'o''neil'" },
		{ "connection = " LAB, "1 = 1" },
		{ "owner = tenants/acme/users/mina", "1 = 1" },
		{ "deployment = " WEB "/deployments/d", "1 = 1" },
		{ "name > " WEB "/machines/m0500", "name > '" WEB "/machines/m0500'" },
		{ "create_time >= 1970-01-01T00:00:50Z", "created_us >= 50000000" },
		{ "create_time < \"1970-01-01T00:00:50Z\"", "created_us < 50000000" },
		{ "labels.env = prod", "disk_gib % 2 = 0 AND disk_gib % 4 <> 0" },
		{ "labels.env != prod", "NOT (disk_gib % 2 = 0 AND disk_gib % 4 <> 0)" },
		{ "labels.env=\"test\" AND state=RUNNING", "disk_gib % 4 = 0 AND state = 2" },
		{ "labels.none = x", "1 = 0" },
		/* What means something to SQL means nothing here. */
		{ "display_name : \"%' OR 1=1\"", "1 = 0" },
		{ "display_name = \"' OR '1'='1\"", "1 = 0" },
		{ "display_name = \"'; DROP TABLE machine; --\"", "1 = 0" },
		{ "labels.env = \"') OR 1=1 --\"", "1 = 0" },
		{ "size : \"a%e\"", "1 = 0" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		size_t is = count(state, cases[i].filter), should = sql_count(state, cases[i].where);
		if (is != should)
			fail_msg("%s: %zu instead of %zu", cases[i].filter, is, should);
	}
}

static void a_bad_filter_says_where_and_what_was_expected(void **state)
{
	static const struct {
		const char *filter, *says;
	} cases[] = {
		{ "vcpus", "column 6: expected one of = != < <= > >= :" },
		{ "vcpus =", "column 8: expected a value" },
		{ "vcpus = two", "expected a whole number" },
		{ "vcpus = 99999999999999999999", "expected a whole number" },
		{ "vcpus : 2", "':' is for text" },
		{ "state = running", "expected a state" },
		{ "state > RUNNING", "states have no order" },
		{ "create_time > yesterday", "expected a time" },
		{ "display_name = \"open", "expected a closing quote" },
		{ "colour = red", "there is no field \"colour\"" },
		{ "labels. = x", "there is no field" },
		{ "labels.env > prod", "expected = or != after a label" },
		{ "vcpus = 1 OR vcpus = 2", "expected AND" },
		{ "vcpus = 1 vcpus = 2", "expected AND" },
		{ "vcpus = 1 AND", "expected a field" },
		{ "vcpus = 1 AND ", "expected a field" },
		{ "AND vcpus = 1", "expected one of" },
		{ "(vcpus = 1)", "expected a field" },
		{ "vcpus = 1; DROP TABLE machine", "expected AND" },
		{ "1=1", "there is no field \"1\"" },
	};
	Gaon__ListMachinesResponse reply;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct status status = list(state, ALL, cases[i].filter, "", 10, "", &reply);
		assert_int_equal(status.code, STATUS_INVALID_ARGUMENT);
		assert_string_equal(failed_field(status), "filter");
		if (!strstr(status.message, cases[i].says))
			fail_msg("%s: %s", cases[i].filter, status.message);
	}
}

static void a_filter_has_at_most_sixteen_comparisons(void **state)
{
	struct service_fixture *fixture = *state;
	struct text filter = text_new(fixture->arena);
	Gaon__ListMachinesResponse reply;

	for (int i = 0; i < 16; i++)
		text_printf(&filter, "%slabels.k%d != x", i ? " AND " : "", i);
	assert_ok(list(state, ALL, filter.data, "state desc, vcpus, memory_mib desc", 10, "", &reply));
	assert_ok(list(state, ALL, filter.data, "state desc, vcpus, memory_mib desc", 10, reply.next_page_token, &reply));
	text_append(&filter, " AND vcpus > 0");
	assert_int_equal(list(state, ALL, filter.data, "", 10, "", &reply).code, STATUS_INVALID_ARGUMENT);
}

static int by_text(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/** Walks all pages, and sees each of the machines exactly once. */
static void walk(void **state, const char *order_by, int32_t page_size, Gaon__Machine **all)
{
	Gaon__ListMachinesResponse reply;
	const char *token = "", *names[MANY + 1];
	size_t sum = 0;

	do {
		assert_ok(list(state, ALL, "", order_by, page_size, token, &reply));
		assert_true(reply.n_machines > 0 && reply.n_machines <= (size_t)page_size);
		for (size_t i = 0; i < reply.n_machines && sum <= MANY; i++) {
			all[sum] = reply.machines[i];
			names[sum++] = reply.machines[i]->name;
		}
		token = reply.next_page_token;
	} while (*token);
	assert_int_equal(sum, MANY);
	qsort(names, MANY, sizeof *names, by_text);
	for (size_t i = 1; i < MANY; i++)
		assert_string_not_equal(names[i - 1], names[i]);
}

static void every_machine_is_on_exactly_one_page_in_every_order(void **state)
{
	static const char *const orders[] = {
		"", "name", "name desc", "display_name", "display_name desc, vcpus", "vcpus desc, display_name",
		"create_time desc", "state, memory_mib desc, display_name", "size desc,disk_gib", " vcpus  desc , size ",
		"image", "owner desc, connection, deployment desc",
	};
	static Gaon__Machine *all[MANY + 1];

	for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++)
		walk(state, orders[i], i % 2 ? 37 : 499, all);
	walk(state, "state, memory_mib desc, display_name", 13, all);
	for (size_t i = 1; i < MANY; i++) {
		const Gaon__Machine *a = all[i - 1], *b = all[i];
		assert_true(a->state <= b->state);
		if (a->state == b->state)
			assert_true(a->memory_mib >= b->memory_mib);
		if (a->state == b->state && a->memory_mib == b->memory_mib)
			assert_true(strcmp(a->display_name, b->display_name) <= 0);
	}
}

static void a_bad_order_is_refused(void **state)
{
	static const char *const orders[] = { "colour", "name descending", "vcpus, ", "vcpus,,size", "1; DROP TABLE machine",
					      "vcpus, size, image, state", "labels.env" };
	Gaon__ListMachinesResponse reply;

	for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
		struct status status = list(state, ALL, "", orders[i], 10, "", &reply);
		assert_int_equal(status.code, STATUS_INVALID_ARGUMENT);
		assert_string_equal(failed_field(status), "order_by");
	}
}

static void a_token_goes_on_only_with_its_own_query(void **state)
{
	Gaon__ListMachinesResponse reply, other;

	assert_ok(list(state, ALL, "vcpus > 1", "vcpus", 10, "", &reply));
	assert_fails(list(state, ALL, "vcpus > 2", "vcpus", 10, reply.next_page_token, &other), STATUS_INVALID_ARGUMENT,
		     "PAGE_TOKEN_INVALID");
	assert_fails(list(state, ALL, "vcpus > 1", "size", 10, reply.next_page_token, &other), STATUS_INVALID_ARGUMENT,
		     "PAGE_TOKEN_INVALID");
	assert_fails(list(state, WEB, "vcpus > 1", "vcpus", 10, reply.next_page_token, &other), STATUS_INVALID_ARGUMENT,
		     "PAGE_TOKEN_INVALID");
	assert_fails(list(state, ALL, "vcpus > 1", "vcpus", 10, "rubbish", &other), STATUS_INVALID_ARGUMENT, "PAGE_TOKEN_INVALID");
	/* Another size of page is the same query. */
	assert_ok(list(state, ALL, "vcpus > 1", "vcpus", 20, reply.next_page_token, &other));
	assert_int_equal(other.n_machines, 20);
}

static void a_list_is_of_its_parent(void **state)
{
	Gaon__ListMachinesResponse reply;
	struct status status;

	assert_ok(list(state, API, "", "", 500, "", &reply));
	assert_int_equal(reply.n_machines, MANY / 4);
	assert_ok(list(state, "tenants/other/projects/-", "", "", 500, "", &reply));
	assert_int_equal(reply.n_machines, 0);
	assert_ok(list(state, "tenants/acme-labs/projects/lab", "", "", 500, "", &reply));
	assert_int_equal(reply.n_machines, 0);
	status = list(state, "tenants/-/projects/-", "", "", 10, "", &reply);
	assert_string_equal(failed_field(status), "parent");
	assert_ok(list(state, ALL, "", "", 0, "", &reply));
	assert_int_equal(reply.n_machines, 50);
	assert_ok(list(state, ALL, "", "", 100000, "", &reply));
	assert_int_equal(reply.n_machines, 500);
	assert_int_equal(reply.machines[0]->lease_end_time->seconds, 77);
}

static void deleted_machines_are_listed_only_when_asked_for(void **state)
{
	Gaon__ListMachinesRequest request = GAON__LIST_MACHINES_REQUEST__INIT;
	Gaon__ListMachinesResponse reply;

	assert_ok(service_execute(*state, "UPDATE machine SET state = 7 WHERE disk_gib < 999", SQL_NO_ARGS));
	assert_int_equal(count(state, ""), 1);
	assert_int_equal(count(state, "state = DELETED"), 0);
	request.parent = ALL;
	request.show_deleted = true;
	request.page_size = 500;
	request.filter = "state = DELETED AND disk_gib < 5";
	assert_ok(service_call(*state, &gaon_lifecycle_table, "ListMachines", &request, &reply));
	assert_int_equal(reply.n_machines, 5);
}

static void machines_that_were_never_made_are_listed_only_when_asked_for(void **state)
{
	Gaon__ListMachinesRequest request = GAON__LIST_MACHINES_REQUEST__INIT;
	Gaon__ListMachinesResponse reply;

	/* Of ten that failed, four never came to be. */
	assert_ok(service_execute(*state, "UPDATE machine SET state = 8 WHERE disk_gib < 10", SQL_NO_ARGS));
	assert_ok(service_execute(*state, "UPDATE machine SET native_id = '' WHERE disk_gib < 4", SQL_NO_ARGS));
	/* One that is being made has no native id yet either. */
	assert_ok(service_execute(*state, "UPDATE machine SET state = 1, native_id = '' WHERE disk_gib = 10", SQL_NO_ARGS));
	assert_int_equal(count(state, "state = FAILED"), 6);
	assert_int_equal(count(state, "state = CREATING"), 1);
	request.parent = ALL;
	request.show_deleted = true;
	request.filter = "state = FAILED";
	assert_ok(service_call(*state, &gaon_lifecycle_table, "ListMachines", &request, &reply));
	assert_int_equal(reply.n_machines, 10);
}

static const char ONE_MORE[] =
	"INSERT INTO deployment (name, tenant, project, display_name, order_name, product_version, parameters, state,"
	" lease_end_us, owner, revision, created_us, updated_us)"
	" VALUES ($1, 'tenants/acme', '" WEB "', '', '', '', '{}', $2, 0, '', 1, 1, 1)";

static const char *deployments(void **state, bool show_deleted)
{
	struct service_fixture *fixture = *state;
	Gaon__ListDeploymentsRequest request = GAON__LIST_DEPLOYMENTS_REQUEST__INIT;
	Gaon__ListDeploymentsResponse reply;
	const char *token = "", *all = "";

	request.parent = WEB;
	request.page_size = 1;
	request.show_deleted = show_deleted;
	do {
		request.page_token = token;
		assert_ok(service_call(*state, &gaon_lifecycle_table, "ListDeployments", &request, &reply));
		for (size_t i = 0; i < reply.n_deployments; i++)
			all = arena_printf(fixture->arena, "%s%s ", all, strrchr(reply.deployments[i]->name, '/') + 1);
		token = reply.next_page_token;
	} while (*token);
	return all;
}

static void deployments_of_which_nothing_is_there_are_listed_only_when_asked_for(void **state)
{
	static const struct {
		const char *id;
		int state;
	} rows[] = { { "creating", 1 }, { "failed", 3 }, { "failed-half", 3 }, { "deleting", 4 }, { "deleted", 5 } };
	Gaon__GetDeploymentRequest get = GAON__GET_DEPLOYMENT_REQUEST__INIT;
	Gaon__Deployment got;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct service_fixture *fixture = *state;
		const char *name = arena_printf(fixture->arena, WEB "/deployments/%s", rows[i].id);
		assert_ok(service_execute(*state, ONE_MORE, SQL_ARGS(sql_text(name), sql_int(rows[i].state))));
	}
	/* Of the one a machine was never made; of the other one could not be removed again. */
	assert_ok(service_execute(*state, "UPDATE machine SET state = 8, native_id = '', deployment = '" WEB "/deployments/failed'"
				  " WHERE disk_gib = 1", SQL_NO_ARGS));
	assert_ok(service_execute(*state, "UPDATE machine SET state = 8, deployment = '" WEB "/deployments/failed-half'"
				  " WHERE disk_gib = 2", SQL_NO_ARGS));
	assert_string_equal(deployments(state, false), "failed-half deleting d creating ");
	assert_string_equal(deployments(state, true), "failed-half failed deleting deleted d creating ");
	get.name = WEB "/deployments/deleted";
	assert_ok(service_call(*state, &gaon_lifecycle_table, "GetDeployment", &get, &got));
	assert_int_equal(got.state, GAON__DEPLOYMENT_STATE__DEPLOYMENT_STATE_DELETED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MANY_TEST(every_operator_finds_what_it_says),
		MANY_TEST(a_bad_filter_says_where_and_what_was_expected),
		MANY_TEST(a_filter_has_at_most_sixteen_comparisons),
		MANY_TEST(every_machine_is_on_exactly_one_page_in_every_order),
		MANY_TEST(a_bad_order_is_refused),
		MANY_TEST(a_token_goes_on_only_with_its_own_query),
		MANY_TEST(a_list_is_of_its_parent),
		MANY_TEST(deleted_machines_are_listed_only_when_asked_for),
		MANY_TEST(machines_that_were_never_made_are_listed_only_when_asked_for),
		MANY_TEST(deployments_of_which_nothing_is_there_are_listed_only_when_asked_for),
	};

	return cmocka_run_group_tests_name("lifecycle_list", tests, NULL, NULL);
}
