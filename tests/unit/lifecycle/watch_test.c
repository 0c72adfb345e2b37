/* SPDX-License-Identifier: Apache-2.0 */
/* watch_test.c: a watch against a model: whatever changes, and wherever it is cut and resumed, nothing is missed. */
#include <stdlib.h>
#include <string.h>

#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/lifecycle/machine.h"
#include "server/store/change.h"
#include "tests/support/line_fixture.h"

enum { MACHINES = 40, ROUNDS = 400 };

#define EVENT(name) GAON__MACHINE_EVENT_TYPE__MACHINE_EVENT_TYPE_##name
#define ALL "tenants/acme/projects/-"

static const char DEPLOYMENT[] =
	"INSERT INTO deployment (name, tenant, project, display_name, order_name, product_version, parameters, state,"
	" lease_end_us, owner, revision, created_us, updated_us)"
	" VALUES ('" WEB "/deployments/d', 'tenants/acme', '" WEB "', '', '', '', '{}', 2, 0, '', 1, 1, 1)";

static struct machine machine_of(struct arena *arena, int number)
{
	const char *project = number % 4 ? WEB : API;

	return (struct machine){
		.name = arena_printf(arena, "%s/machines/m%03d", project, number),
		.tenant = ACME,
		.project = project,
		.display_name = "m",
		.state = MACHINE_RUNNING,
		.connection = LAB,
		.deployment = WEB "/deployments/d",
		.product_version = "",
		.size = "small",
		.image = "",
		.owner = "",
		.created_us = 1,
		.updated_us = 1,
	};
}

struct change_one {
	int number, vcpus;
	enum { MAKE, CHANGE, DELETE } what;
};

static struct status apply(struct store_tx *tx, void *context)
{
	const struct change_one *one = context;
	struct machine machine = machine_of(store_arena(tx), one->number);

	if (one->what != MAKE)
		TRY(machine_get(tx, machine.name, &machine));
	machine.vcpus = one->vcpus;
	if (one->what == DELETE)
		machine.state = MACHINE_DELETED;
	return one->what == MAKE ? machine_insert(tx, &machine) : machine_update(tx, &machine);
}

/** What there is: vcpus by number; 0: not there, -1: deleted. */
struct model {
	int vcpus[MACHINES];
	int version;
};

static void change_something(void **state, struct model *model)
{
	struct service_fixture *fixture = *state;
	struct change_one one = { .number = rand() % MACHINES, .vcpus = ++model->version };

	if (model->vcpus[one.number] < 0)
		return;
	one.what = model->vcpus[one.number] == 0 ? MAKE : rand() % 8 ? CHANGE : DELETE;
	assert_ok(store_write(fixture->store, fixture->arena, apply, &one));
	model->vcpus[one.number] = one.what == DELETE ? -1 : one.vcpus;
}

static void watch(void **state, const char *parent, const char *token)
{
	Gaon__WatchMachinesRequest request = GAON__WATCH_MACHINES_REQUEST__INIT;
	struct service_fixture *fixture = *state;

	request.parent = arena_strdup(fixture->arena, parent);
	request.resume_token = token;
	assert_ok(line_watch(*state, "WatchMachines", &request));
}

/** One message into the watcher's view of things; false: nothing now. */
static bool hear(void **state, int *seen, const char **token)
{
	Gaon__MachineEvent event = GAON__MACHINE_EVENT__INIT;
	struct stream_step step = line_next(*state, &event);

	assert_ok(step.status);
	if (step.verdict == STREAM_IDLE)
		return false;
	assert_int_equal(step.verdict, STREAM_MESSAGE);
	*token = event.resume_token;
	if (event.type == EVENT(HEARTBEAT))
		return true;
	int number = atoi(strrchr(event.machine->name, '/') + 2);
	assert_true(number >= 0 && number < MACHINES);
	bool is_deleted = event.machine->state == GAON__MACHINE_STATE__MACHINE_STATE_DELETED;
	if (event.type == EVENT(DELETED))
		assert_true(is_deleted);
	if (event.type == EVENT(PRESENT))
		assert_false(is_deleted);
	seen[number] = is_deleted ? -1 : event.machine->vcpus;
	return true;
}

static void assert_same(const struct model *model, const int *seen, bool is_web_only)
{
	for (int i = 0; i < MACHINES; i++) {
		if (is_web_only && i % 4 == 0) {
			assert_int_equal(seen[i], 0);
			continue;
		}
		/* What was deleted before the watcher came is not there for it. */
		int is = seen[i] < 0 ? 0 : seen[i], should = model->vcpus[i] < 0 ? 0 : model->vcpus[i];
		if (is != should)
			fail_msg("machine %d: seen %d, is %d", i, is, should);
	}
}

static int setup(void **state)
{
	line_setup(state);
	assert_ok(service_execute(*state, DEPLOYMENT, SQL_NO_ARGS));
	return 0;
}

#define WATCH_TEST(test_) cmocka_unit_test_setup_teardown((test_), setup, line_teardown)

/** Changes, listening and cuts in any order, with the listing under way too. */
static void whatever_happens_the_watcher_ends_with_what_is_there(void **state)
{
	for (unsigned seed = 1; seed <= 6; seed++) {
		struct model model = { { 0 }, 0 };
		int seen[MACHINES] = { 0 };
		const char *token = "", *parent = seed % 2 ? ALL : WEB;

		srand(seed);
		assert_ok(service_execute(*state, "DELETE FROM machine", SQL_NO_ARGS));
		for (int i = 0; i < 60; i++)
			change_something(state, &model);
		watch(state, parent, "");
		for (int i = 0; i < ROUNDS; i++) {
			switch (rand() % 6) {
			case 0:
				watch(state, parent, token); /* the connection broke; "" only before the first message */
				break;
			case 1:
			case 2:
				change_something(state, &model);
				break;
			default:
				hear(state, seen, &token);
			}
		}
		while (hear(state, seen, &token))
			;
		assert_same(&model, seen, seed % 2 == 0);
		/* And no change is told twice to who resumes at the end. */
		watch(state, parent, token);
		assert_false(hear(state, seen, &token));
	}
}

static void each_change_is_told_once_and_in_order(void **state)
{
	struct model model = { { 0 }, 0 };
	struct service_fixture *fixture = *state;
	Gaon__MachineEvent event = GAON__MACHINE_EVENT__INIT;
	int64_t kinds[200];
	size_t count = 0;

	watch(state, ALL, "");
	assert_int_equal(line_next(*state, &event).verdict, STREAM_IDLE);
	srand(7);
	int64_t before = service_number(*state, "SELECT newest FROM change_head");
	for (int i = 0; i < 100; i++)
		change_something(state, &model);
	while (line_next(*state, &event).verdict == STREAM_MESSAGE && count < 200)
		kinds[count++] = event.type - 1;
	assert_int_equal(count, service_number(*state, arena_printf(fixture->arena,
			 "SELECT count(*) FROM change WHERE sequence > %lld AND type = 'machine'", (long long)before)));
	for (size_t i = 0; i < count; i++)
		assert_int_equal(kinds[i], service_number(*state, arena_printf(fixture->arena,
				 "SELECT kind FROM change WHERE sequence > %lld AND type = 'machine' ORDER BY sequence LIMIT 1 OFFSET %zu",
				 (long long)before, i)));
}

static struct status trim_all(struct store_tx *tx, void *context)
{
	(void)context;
	return change_trim(tx, INT64_MAX, 1000000, NULL);
}

static void a_token_that_is_too_old_is_said_to_be(void **state)
{
	struct model model = { { 0 }, 0 };
	struct service_fixture *fixture = *state;
	int seen[MACHINES] = { 0 };
	const char *token = "";
	Gaon__MachineEvent event = GAON__MACHINE_EVENT__INIT;

	srand(3);
	for (int i = 0; i < 10; i++)
		change_something(state, &model);
	watch(state, ALL, "");
	while (hear(state, seen, &token))
		;
	for (int i = 0; i < 50; i++)
		change_something(state, &model);
	assert_ok(store_write(fixture->store, fixture->arena, trim_all, NULL));
	watch(state, ALL, token);
	struct stream_step step;
	/* The token was of the listing: what is left of that comes first. */
	do
		step = line_next(*state, &event);
	while (step.verdict == STREAM_MESSAGE);
	assert_int_equal(step.verdict, STREAM_END);
	assert_int_equal(step.status.code, STATUS_OUT_OF_RANGE);
	assert_string_equal(step.status.reason, "RESUME_TOKEN_TOO_OLD");
}

static void a_token_from_the_future_is_refused(void **state)
{
	struct service_fixture *fixture = *state;
	Gaon__MachineEvent event = GAON__MACHINE_EVENT__INIT;

	watch(state, ALL, text_to_base64url(fixture->arena, slice_text("999999999")));
	assert_string_equal(line_next(*state, &event).status.reason, "RESUME_TOKEN_TOO_OLD");
}

static void a_watcher_who_hears_nothing_for_long_is_not_left_behind(void **state)
{
	struct model model = { { 0 }, 0 };
	struct service_fixture *fixture = *state;
	int seen[MACHINES] = { 0 };
	const char *token = "";

	/* It watches a project where nothing happens, while elsewhere much does, and the feed is trimmed. */
	watch(state, "tenants/other/projects/site", "");
	assert_false(hear(state, seen, &token));
	srand(3);
	for (int i = 0; i < 50; i++)
		change_something(state, &model);
	assert_false(hear(state, seen, &token));
	assert_ok(store_write(fixture->store, fixture->arena, trim_all, NULL));
	assert_false(hear(state, seen, &token));
	/* Its heartbeat's token is as fresh. */
	time_fake_advance(31 * TIME_US_PER_SECOND);
	assert_true(hear(state, seen, &token));
	watch(state, "tenants/other/projects/site", token);
	assert_false(hear(state, seen, &token));
}

static void rubbish_is_no_token(void **state)
{
	struct service_fixture *fixture = *state;
	static const char *const plain[] = { "", "x", "-1", "1x", ":", "99999999999999999999", "1 :a" };
	Gaon__WatchMachinesRequest request = GAON__WATCH_MACHINES_REQUEST__INIT;

	request.parent = ALL;
	for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
		request.resume_token = i ? text_to_base64url(fixture->arena, slice_text(plain[i])) : "!!!";
		struct status status = line_watch(*state, "WatchMachines", &request);
		assert_int_equal(status.code, STATUS_INVALID_ARGUMENT);
		assert_string_equal(failed_field(status), "resume_token");
	}
	request.resume_token = "";
	request.parent = "tenants/-/projects/-";
	assert_string_equal(failed_field(line_watch(*state, "WatchMachines", &request)), "parent");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WATCH_TEST(whatever_happens_the_watcher_ends_with_what_is_there),
		WATCH_TEST(each_change_is_told_once_and_in_order),
		WATCH_TEST(a_token_that_is_too_old_is_said_to_be),
		WATCH_TEST(a_token_from_the_future_is_refused),
		WATCH_TEST(a_watcher_who_hears_nothing_for_long_is_not_left_behind),
		WATCH_TEST(rubbish_is_no_token),
	};

	return cmocka_run_group_tests_name("lifecycle_watch", tests, NULL, NULL);
}
