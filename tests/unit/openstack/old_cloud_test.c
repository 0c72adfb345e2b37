/* SPDX-License-Identifier: Apache-2.0 */
/* old_cloud_test.c: the adapter against Keystone v2.0 and a Nova without microversions: tokens, look-ups, racing
 * creates. */
#include <pthread.h>
#include <string.h>

#include "providers/openstack/openstack.h"
#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "runtime/http/http.h"
#include "tests/support/arena_fixture.h"
#include "tests/unit/openstack/old_cloud.h"

#define RACERS 8

static const struct provider_ops *ops;
static struct old_cloud cloud;
static struct provider_session *session;

static struct provider_call call_in(struct arena *arena)
{
	return (struct provider_call){ .arena = arena, .deadline_us = time_monotonic_us() + 20 * TIME_US_PER_SECOND };
}

static struct provider_result open_with(struct arena *arena, const char *password, struct provider_session **opened)
{
	struct provider_call call = call_in(arena);
	struct json *options = json_object(arena), *credentials = json_object(arena);
	json_set_text(options, "project_id", "f5073eaa26b64cffbee89411df94ce01");
	json_set_text(options, "boot", "volume");
	json_set_text(credentials, "username", "user@example.com");
	json_set_text(credentials, "password", password);
	struct provider_config config = { .connection = "connections/old",
					  .installation = "unit",
					  .endpoint = arena_printf(arena, "http://127.0.0.1:%u/v2.0",
								   http_server_port(cloud.server)),
					  .region = "KR1",
					  .options = options,
					  .credentials = credentials };
	return ops->open(&call, &config, opened);
}

static int set_up(void **state)
{
	arena_setup(state);
	assert_ok(http_allow_networks(*state, "127.0.0.0/8"));
	ops = provider_openstack.ops;
	old_cloud_start(&cloud);
	session = NULL;
	assert_int_equal(open_with(*state, "secretsecret", &session).error, PROVIDER_OK);
	return 0;
}

static int tear_down(void **state)
{
	ops->close(session);
	old_cloud_stop(&cloud);
	return arena_teardown(state);
}

static size_t list_all(struct arena *arena)
{
	struct provider_page page = { NULL, 2 };
	size_t total = 0;
	do {
		struct provider_call call = call_in(arena);
		struct provider_machine *machines;
		size_t count = 0;
		struct provider_result result = ops->list(session, &call, &page, &machines, &count);
		if (result.error != PROVIDER_OK)
			fail_msg("%s: %s", provider_error_name(result.error), result.message);
		for (size_t i = 0; i < count; i++) {
			assert_string_equal(machines[i].size, "m1");
			assert_int_equal(machines[i].memory_mib, 2048); /* looked up: an old cloud says the id only */
		}
		total += count;
	} while (page.token);
	return total;
}

static struct provider_machine_spec spec_of(const char *resource)
{
	return (struct provider_machine_spec){ .intent = { .resource = resource, .operation = "op" },
					       .name = "web",
					       .image = "8b9f8d47-b89b-45af-b1d6-3f7ce7e06a11",
					       .size = "m1",
					       .disk_gib = 20 };
}

/* The server's threads look at it. */
static void set(bool *flag, bool value)
{
	pthread_mutex_lock(&cloud.mutex);
	*flag = value;
	pthread_mutex_unlock(&cloud.mutex);
}

static struct provider_result create(struct arena *arena, const char *resource, const char **native_id)
{
	struct provider_call call = call_in(arena);
	struct provider_machine_spec spec = spec_of(resource);
	struct provider_task task;
	return ops->create(session, &call, &spec, &task, native_id);
}

/* ---- tokens ---- */

static void one_token_is_fetched_and_used_until_its_end(void **state)
{
	for (int i = 0; i < 5; i++)
		(void)list_all(*state);
	assert_int_equal(cloud.sign_ins, 1);
	assert_int_equal(cloud.refused, 0);
	assert_string_equal(cloud.version_header, "");
}

static void a_token_that_runs_out_soon_is_renewed_before(void **state)
{
	time_fake_set(time_now_us());
	(void)list_all(*state);
	time_fake_advance(12 * TIME_US_PER_HOUR - 2 * TIME_US_PER_MINUTE);
	(void)list_all(*state);
	assert_int_equal(cloud.sign_ins, 1);
	time_fake_advance(90 * TIME_US_PER_SECOND); /* half a minute is left of it */
	(void)list_all(*state);
	time_fake_off();
	assert_int_equal(cloud.sign_ins, 2);
	assert_int_equal(cloud.refused, 0);
}

static void a_revoked_token_is_replaced_and_the_question_asked_once_more(void **state)
{
	(void)list_all(*state);
	old_cloud_revoke(&cloud);
	(void)list_all(*state);
	assert_int_equal(cloud.sign_ins, 2);
	assert_int_equal(cloud.refused, 1);
}

static void *look(void *argument)
{
	struct arena *arena = arena_new(0);
	struct provider_call call = call_in(arena);
	struct provider_page page = { NULL, 0 };
	struct provider_machine *machines;
	size_t count;
	*(enum provider_error *)argument = ops->list(session, &call, &page, &machines, &count).error;
	arena_free(arena);
	return NULL;
}

static void many_callers_sign_in_once(void **state)
{
	pthread_t threads[RACERS];
	enum provider_error errors[RACERS];
	(void)state;
	for (int i = 0; i < RACERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, look, &errors[i]), 0);
	for (int i = 0; i < RACERS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(errors[i], PROVIDER_OK);
	}
	assert_int_equal(cloud.sign_ins, 1);
}

static void wrong_credentials_are_said_to_be_wrong_without_saying_them(void **state)
{
	struct provider_session *other = NULL;
	struct provider_call call = call_in(*state);
	struct provider_info info;
	assert_int_equal(open_with(*state, "secretsecret2", &other).error, PROVIDER_OK); /* opening asks nobody */
	struct provider_result result = ops->probe(other, &call, &info);
	assert_int_equal(result.error, PROVIDER_AUTH);
	assert_non_null(strstr(result.message, "requires authentication"));
	assert_non_null(result.request_id);
	assert_int_equal(cloud.wrong_sign_ins, 1);
	ops->close(other);
}

/* ---- what an old cloud can ---- */

static void the_probe_takes_away_what_the_catalog_lacks(void **state)
{
	struct provider_call call = call_in(*state);
	struct provider_info info;
	struct provider_result result = ops->probe(session, &call, &info);
	assert_int_equal(result.error, PROVIDER_OK);
	assert_string_equal(info.version, "Nova without microversions");
	assert_int_equal(info.support[VERB_CREATE], SUPPORT_NATIVE);
	assert_int_equal(info.support[VERB_VOLUME_CREATE], SUPPORT_NONE);
	assert_int_equal(info.support[VERB_NETWORKS], SUPPORT_NONE);
	assert_non_null(strstr(info.notes[VERB_NETWORKS], "Neutron"));
	assert_int_equal(info.support[VERB_KEY_PAIR_IMPORT], SUPPORT_NATIVE); /* Nova's own */
	assert_int_equal(info.support[VERB_SNAPSHOT_CREATE], SUPPORT_NONE);
	assert_non_null(strstr(info.notes[VERB_SNAPSHOT_CREATE], "volumes"));
}

static void a_machine_is_found_by_its_metadata_on_whatever_page_it_is(void **state)
{
	const char *ids[5], *again = NULL;
	static const char *const RESOURCES[] = { "r-0", "r-1", "r-2", "r-3", "r-4" };
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(create(*state, RESOURCES[i], &ids[i]).error, PROVIDER_OK);
	assert_int_equal(list_all(*state), 5);
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(create(*state, RESOURCES[i], &again).error, PROVIDER_OK);
		assert_string_equal(again, ids[i]);
	}
	assert_int_equal(cloud.server_count, 5);
	assert_non_null(strstr(cloud.servers[0], "\"destination_type\":\"volume\""));
	assert_non_null(strstr(cloud.servers[0], "\"gaon_resource\":\"r-0\""));
	assert_null(strstr(cloud.servers[0], "\"tags\""));     /* not before 2.52 */
	assert_null(strstr(cloud.servers[0], "\"networks\"")); /* "auto" not before 2.37 */
}

static void a_lost_answer_is_an_unknown_outcome_and_the_machine_is_found(void **state)
{
	struct provider_call call = call_in(*state);
	struct provider_machine machine;
	const char *id = NULL;
	set(&cloud.loses_create, true);
	assert_int_equal(create(*state, "lost", &id).error, PROVIDER_UNKNOWN_OUTCOME);
	set(&cloud.loses_create, false);
	struct provider_intent intent = { .resource = "lost", .operation = "op" };
	assert_int_equal(ops->find(session, &call, &intent, &machine).error, PROVIDER_OK);
	assert_int_equal(create(*state, "lost", &id).error, PROVIDER_OK);
	assert_string_equal(id, machine.native_id);
	assert_int_equal(cloud.server_count, 1);
}

static void *race(void *argument)
{
	struct arena *arena = arena_new(0);
	const char *id = NULL;
	*(enum provider_error *)argument = create(arena, "raced-for", &id).error;
	arena_free(arena);
	return NULL;
}

static void racing_creates_of_one_session_make_one_machine(void **state)
{
	pthread_t threads[RACERS];
	enum provider_error errors[RACERS];
	(void)state;
	for (int i = 0; i < RACERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, race, &errors[i]), 0);
	for (int i = 0; i < RACERS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(errors[i], PROVIDER_OK);
	}
	assert_int_equal(cloud.server_count, 1);
}

static void a_machine_that_fails_tells_why(void **state)
{
	struct provider_call call = call_in(*state);
	struct provider_machine_spec spec = spec_of("failing");
	struct provider_task task;
	struct provider_task_status status;
	struct provider_machine machine;
	const char *id = NULL;
	set(&cloud.has_fault, true);
	assert_int_equal(ops->create(session, &call, &spec, &task, &id).error, PROVIDER_OK);
	assert_int_equal(ops->task(session, &call, task.handle, &status).error, PROVIDER_OK);
	assert_int_equal(status.state, TASK_FAILED);
	assert_int_equal(status.failure.error, PROVIDER_CAPACITY);
	assert_non_null(strstr(status.failure.message, "No valid host was found"));
	assert_int_equal(ops->get(session, &call, id, &machine).error, PROVIDER_OK);
	assert_non_null(strstr(machine.native_state, "No valid host was found"));
}

/* Taken for "there is none", such answers would make every machine gone. */
static void an_answer_without_what_was_asked_for_is_unavailable(void **state)
{
	struct provider_call call = call_in(*state);
	struct provider_page page = { NULL, 0 };
	struct provider_machine *machines, machine;
	struct provider_task_status status;
	struct provider_changes changes = { .cursor = NULL };
	struct provider_intent intent = { .resource = "hollow", .operation = "op" };
	const char *id = NULL;
	size_t count;
	assert_int_equal(create(*state, "hollow", &id).error, PROVIDER_OK);
	set(&cloud.is_hollow, true);
	assert_int_equal(ops->get(session, &call, id, &machine).error, PROVIDER_UNAVAILABLE);
	assert_int_equal(ops->find(session, &call, &intent, &machine).error, PROVIDER_UNAVAILABLE);
	assert_int_equal(ops->list(session, &call, &page, &machines, &count).error, PROVIDER_UNAVAILABLE);
	assert_int_equal(ops->changes(session, &call, &changes).error, PROVIDER_UNAVAILABLE);
	assert_int_equal(ops->task(session, &call, arena_printf(*state, "delete:%s", id), &status).error,
			 PROVIDER_UNAVAILABLE);
}

#define OLD_TEST(test_) cmocka_unit_test_setup_teardown((test_), set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		OLD_TEST(one_token_is_fetched_and_used_until_its_end),
		OLD_TEST(a_token_that_runs_out_soon_is_renewed_before),
		OLD_TEST(a_revoked_token_is_replaced_and_the_question_asked_once_more),
		OLD_TEST(many_callers_sign_in_once),
		OLD_TEST(wrong_credentials_are_said_to_be_wrong_without_saying_them),
		OLD_TEST(the_probe_takes_away_what_the_catalog_lacks),
		OLD_TEST(a_machine_is_found_by_its_metadata_on_whatever_page_it_is),
		OLD_TEST(a_lost_answer_is_an_unknown_outcome_and_the_machine_is_found),
		OLD_TEST(racing_creates_of_one_session_make_one_machine),
		OLD_TEST(a_machine_that_fails_tells_why),
		OLD_TEST(an_answer_without_what_was_asked_for_is_unavailable),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
