/* SPDX-License-Identifier: Apache-2.0 */
/* changes.c: edits that somebody else is faster with, and things that are made once however often it is asked for. */
#include <string.h>

#include "runtime/base/id.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "tests/unit/nutanix/peer.h"

/* ---- edits that somebody else is faster with ---- */

#define VM_V4(etag_)                                                                                                   \
	ANSWER("200 OK", "ETag: " etag_ "\r\n",                                                                        \
	       "{\"data\":{\"$objectType\":\"vmm.v4.ahv.config.Vm\",\"extId\":\"" VM "\",\"name\":\"old\",\"powerState\":\"OFF\"," \
	       "\"numSockets\":1,\"unknown\":{\"kept\":[1]},\"links\":[1]}}")
#define ACCEPTED_V4 ANSWER("202 Accepted", "X-Request-Id: theirs-1\r\n", "{\"data\":{\"extId\":\"" TASK "\"}}")
#define MISMATCH_V4                                                                                                    \
	ANSWER("412 Precondition Failed", "",                                                                          \
	       "{\"data\":{\"error\":[{\"message\":\"stale\",\"code\":\"VMM-30303\",\"errorGroup\":\"VM_ETAG_MISMATCH\"}]}}")
#define VM_V3(version_)                                                                                                \
	ANSWER("200 OK", "",                                                                                           \
	       "{\"metadata\":{\"kind\":\"vm\",\"uuid\":\"" VM "\",\"spec_version\":" version_ ",\"spec_hash\":\"x\"},"   \
	       "\"spec\":{\"name\":\"old\",\"resources\":{\"num_sockets\":1,\"unknown\":{\"kept\":[1]}}},"              \
	       "\"status\":{\"state\":\"COMPLETE\",\"name\":\"old\",\"resources\":{\"num_sockets\":1,\"power_state\":\"OFF\"}}}")
#define ACCEPTED_V3                                                                                                    \
	ANSWER("202 Accepted", "X-Request-Id: theirs-1\r\n",                                                           \
	       "{\"status\":{\"state\":\"PENDING\",\"execution_context\":{\"task_uuid\":\"e074cb94-1123-4dca-82b0-b842f019a825\"}}}")
#define MISMATCH_V3                                                                                                    \
	ANSWER("409 Conflict", "", "{\"message_list\":[{\"message\":\"stale\",\"reason\":\"CONCURRENT_REQUESTS_NOT_ALLOWED\"}]}")

static struct provider_result rename_machine(struct arena *arena, struct provider_session *session, struct provider_task *task)
{
	struct provider_call call = call_of(arena);

	return provider_nutanix.ops->rename(session, &call, VM, "new", task);
}

static void an_edit_of_v4_that_lost_is_read_and_written_again(void **state)
{
	struct rule table[] = { RULE("GET", V4_VMS "/" VM, VM_V4("one"), VM_V4("two"), VM_V4("three")),
				RULE("PUT", V4_VMS "/" VM, MISMATCH_V4, MISMATCH_V4, ACCEPTED_V4) };
	struct provider_task task;
	struct provider_result result = rename_machine(*state, session_of(*state, "{\"api\":\"v4\"}", table, COUNT_OF(table)), &task);

	assert_int_equal(result.error, PROVIDER_OK);
	assert_string_equal(result.request_id, "theirs-1");
	assert_string_equal(task.handle, "ntnx4|work|" TASK "|" VM "|");
	assert_int_equal(table[0].asked, 3);
	assert_int_equal(table[1].asked, 3);
	assert_string_equal(table[1].etags[0], "one");
	assert_string_equal(table[1].etags[1], "two");
	assert_string_equal(table[1].etags[2], "three");
	for (size_t i = 0; i < 3; i++)
		assert_true(id_is_uuid(table[1].request_ids[i]));
	/* What we do not know goes back as it came; what is the server's alone does not. */
	const struct json *body = json_of(*state, table[1].body);
	assert_string_equal(json_text(json_get(body, "name"), ""), "new");
	assert_non_null(json_path(body, "unknown", "kept", NULL));
	assert_null(json_get(body, "links"));
}

static void an_edit_of_v4_that_always_loses_ends(void **state)
{
	struct rule table[] = { RULE("GET", V4_VMS "/" VM, VM_V4("one")), RULE("PUT", V4_VMS "/" VM, MISMATCH_V4) };
	struct provider_task task;
	struct provider_result result = rename_machine(*state, session_of(*state, "{\"api\":\"v4\"}", table, COUNT_OF(table)), &task);

	assert_int_equal(result.error, PROVIDER_CONFLICT);
	assert_non_null(strstr(result.message, "stale"));
	assert_int_equal(table[1].asked, NUTANIX_EDITS_MOST);
}

static void an_edit_of_v3_that_lost_is_read_and_written_again(void **state)
{
	struct rule table[] = { RULE("GET", V3_VMS "/" VM, VM_V3("7"), VM_V3("8")),
				RULE("PUT", V3_VMS "/" VM, MISMATCH_V3, ACCEPTED_V3) };
	struct provider_task task;
	struct provider_result result = rename_machine(*state, session_of(*state, "{\"api\":\"v3\"}", table, COUNT_OF(table)), &task);

	assert_int_equal(result.error, PROVIDER_OK);
	assert_string_equal(result.request_id, "theirs-1");
	assert_string_equal(task.handle, "ntnx3|work|e074cb94-1123-4dca-82b0-b842f019a825|" VM "|");
	assert_int_equal(table[1].asked, 2);
	const struct json *body = json_of(*state, table[1].body);
	assert_int_equal(json_int(json_path(body, "metadata", "spec_version", NULL), -1), 8);
	assert_string_equal(json_text(json_path(body, "spec", "name", NULL), ""), "new");
	assert_non_null(json_path(body, "spec", "resources", "unknown", "kept", NULL));
	assert_null(json_path(body, "metadata", "spec_hash", NULL));
	assert_null(json_get(body, "status"));
}

static void an_edit_of_v3_that_always_loses_ends(void **state)
{
	struct rule table[] = { RULE("GET", V3_VMS "/" VM, VM_V3("7")), RULE("PUT", V3_VMS "/" VM, MISMATCH_V3) };
	struct provider_task task;

	assert_int_equal(rename_machine(*state, session_of(*state, "{\"api\":\"v3\"}", table, COUNT_OF(table)), &task).error,
			 PROVIDER_CONFLICT);
	assert_int_equal(table[1].asked, NUTANIX_EDITS_MOST);
}

/* What the operation's journal shows, for people who ask the vendor. */
static void a_change_has_the_id_that_prism_central_gave_the_exchange(void **state)
{
	for (int i = 0; i < 2; i++) {
		bool is_v4 = i > 0;
		const char *accepted = is_v4 ? ACCEPTED_V4 : ACCEPTED_V3;
		struct rule table[] = { RULE("GET", is_v4 ? V4_VMS : V3_VMS, is_v4 ? VM_V4("one") : VM_V3("7")), RULE("PUT", "/", accepted),
					RULE("POST", "/", accepted), RULE("DELETE", "/", accepted) };
		struct provider_session *session =
			session_of(*state, is_v4 ? "{\"api\":\"v4\"}" : "{\"api\":\"v3\"}", table, COUNT_OF(table));
		const struct provider_resize_spec numbers = { .vcpus = 2, .memory_mib = 2048 };
		const struct provider_ops *ops = provider_nutanix.ops;
		struct provider_call call = call_of(*state);
		struct provider_task task;
		const struct provider_result results[] = { ops->power(session, &call, VM, VERB_START, &task),
							   ops->rename(session, &call, VM, "new", &task),
							   ops->resize(session, &call, VM, &numbers, &task),
							   ops->remove(session, &call, VM, &task) };

		for (size_t k = 0; k < COUNT_OF(results); k++) {
			if (results[k].error != PROVIDER_OK)
				fail_msg("%zu: %s", k, results[k].message);
			assert_non_null(results[k].request_id);
			assert_string_equal(results[k].request_id, "theirs-1");
		}
	}
}

/* It may have begun: nothing can be followed, and nothing may be taken for done. */
static void an_answer_without_a_task_is_an_outcome_that_nobody_knows(void **state)
{
	static const char *const ANSWERS[] = { ANSWER("202 Accepted", "", ""), ANSWER("200 OK", "", "[]") };

	for (size_t i = 0; i < COUNT_OF(ANSWERS) * 2; i++) {
		bool is_v4 = i % 2 > 0;
		struct rule table[] = { RULE("GET", is_v4 ? V4_VMS : V3_VMS, is_v4 ? VM_V4("one") : VM_V3("7")),
					RULE("PUT", "/", ANSWERS[i / 2]), RULE("DELETE", "/", ANSWERS[i / 2]) };
		struct provider_session *session =
			session_of(*state, is_v4 ? "{\"api\":\"v4\"}" : "{\"api\":\"v3\"}", table, COUNT_OF(table));
		struct provider_call call = call_of(*state);
		struct provider_task task;

		assert_int_equal(rename_machine(*state, session, &task).error, PROVIDER_UNKNOWN_OUTCOME);
		assert_int_equal(provider_nutanix.ops->remove(session, &call, VM, &task).error, PROVIDER_UNKNOWN_OUTCOME);
		assert_int_equal(table[1].asked, 1);
	}
}

/* ---- making once ---- */

#define IMAGE_V4 ANSWER("200 OK", "", "{\"data\":{\"extId\":\"" IMAGE "\",\"sizeBytes\":1048576}}")
#define TASK_V4(status_, created_)                                                                                     \
	ANSWER("200 OK", "",                                                                                           \
	       "{\"data\":{\"extId\":\"" TASK "\",\"status\":\"" status_ "\",\"createdTime\":\"" created_ "\","        \
	       "\"entitiesAffected\":[{\"extId\":\"" VM "\",\"rel\":\"vmm:ahv:config:vm\"}]}}")
#define LONG_AGO "2020-01-01T00:00:00Z"
#define V4_OPTIONS "{\"api\":\"v4\",\"cluster\":\"" CLUSTER "\"}"
#define V4_RULES(post_, task_)                                                                                         \
	RULE("GET", "/api/vmm/v4.0/content/images/" IMAGE, IMAGE_V4), RULE("POST", V4_VMS, post_),                    \
		RULE("GET", "/api/prism/v4.0/config/tasks/", task_)

static struct provider_result create_machine(struct arena *arena, struct provider_session *session, const char *resource,
					     const char **native_id)
{
	struct provider_call call = call_of(arena);
	struct provider_task task;
	struct provider_machine_spec spec = { .intent = { .resource = resource, .operation = resource },
					      .name = "web",
					      .image = IMAGE,
					      .vcpus = 1,
					      .memory_mib = 1024,
					      .disk_gib = 1 };

	return provider_nutanix.ops->create(session, &call, &spec, &task, native_id);
}

static void an_intent_has_one_request_id_whatever_becomes_of_the_answer(void **state)
{
	struct rule table[] = { RULE("GET", "/api/vmm/v4.0/content/images/" IMAGE, IMAGE_V4), RULE("POST", V4_VMS, LOST, ACCEPTED_V4),
				RULE("GET", "/api/prism/v4.0/config/tasks/", TASK_V4("RUNNING", LONG_AGO)) };
	struct provider_session *session = session_of(*state, V4_OPTIONS, table, COUNT_OF(table));
	const char *native_id;

	assert_int_equal(create_machine(*state, session, RESOURCE, &native_id).error, PROVIDER_UNKNOWN_OUTCOME);
	assert_int_equal(create_machine(*state, session, RESOURCE, &native_id).error, PROVIDER_OK);
	assert_string_equal(native_id, VM);
	assert_int_equal(create_machine(*state, session, OTHER, &native_id).error, PROVIDER_OK);
	assert_int_equal(table[1].asked, 3);
	assert_true(id_is_uuid(table[1].request_ids[0]));
	assert_string_equal(table[1].request_ids[0], table[1].request_ids[1]);
	assert_string_not_equal(table[1].request_ids[0], table[1].request_ids[2]);
}

static void an_attempt_that_failed_long_ago_is_begun_anew_a_few_times(void **state)
{
	struct rule table[] = { V4_RULES(ACCEPTED_V4, TASK_V4("FAILED", LONG_AGO)) };
	struct rule again[] = { RULE("GET", "/api/vmm/v4.0/content/images/" IMAGE, IMAGE_V4), RULE("POST", V4_VMS, ACCEPTED_V4),
				RULE("GET", "/api/prism/v4.0/config/tasks/", TASK_V4("FAILED", LONG_AGO),
				     TASK_V4("RUNNING", LONG_AGO)) };
	const char *native_id;

	assert_int_equal(create_machine(*state, session_of(*state, V4_OPTIONS, again, COUNT_OF(again)), RESOURCE, &native_id).error,
			 PROVIDER_OK);
	assert_int_equal(again[1].asked, 2);
	assert_string_not_equal(again[1].request_ids[0], again[1].request_ids[1]);

	assert_int_equal(create_machine(*state, session_of(*state, V4_OPTIONS, table, COUNT_OF(table)), RESOURCE, &native_id).error,
			 PROVIDER_CONFLICT);
	assert_int_equal(table[1].asked, 4);
}

static void a_task_that_fails_just_now_is_the_answer(void **state)
{
	const char *task = arena_printf(
		*state, ANSWER("200 OK", "", "{\"data\":{\"extId\":\"" TASK "\",\"status\":\"FAILED\",\"createdTime\":\"%s\"}}"),
		time_format(*state, time_now_us()));
	struct rule table[] = { V4_RULES(ACCEPTED_V4, task) };
	const char *native_id;

	assert_int_equal(create_machine(*state, session_of(*state, V4_OPTIONS, table, COUNT_OF(table)), RESOURCE, &native_id).error,
			 PROVIDER_OK);
	assert_int_equal(table[1].asked, 1);
}

#define IDENTIFIERS                                                                                                    \
	ANSWER("200 OK", "",                                                                                           \
	       "{\"client_identifier\":\"gaon-" RESOURCE "\",\"uuid_list\":[\"" VM "\",\"11111111-1111-4111-8111-111111111111\"," \
	       "\"22222222-2222-4222-8222-222222222222\"]}")
#define MISSING_V3 ANSWER("404 Not Found", "", "{\"message_list\":[{\"message\":\"none\",\"reason\":\"ENTITY_NOT_FOUND\"}]}")
#define IMAGE_V3                                                                                                       \
	ANSWER("200 OK", "",                                                                                           \
	       "{\"metadata\":{\"kind\":\"image\",\"uuid\":\"" IMAGE "\"},\"spec\":{},\"status\":{\"resources\":{\"size_bytes\":1048576}}}")

static void a_machine_of_v3_takes_the_uuid_that_prism_central_keeps_for_it(void **state)
{
	struct rule table[] = {
		/* looked for before anything is asked for, and before it is made */
		RULE("GET", "/api/nutanix/v3/idempotence_identifiers/gaon-" RESOURCE, MISSING_V3, MISSING_V3, IDENTIFIERS),
		RULE("POST", "/api/nutanix/v3/idempotence_identifiers", LOST), /* it was made all the same */
		RULE("GET", V3_VMS "/", MISSING_V3),
		RULE("GET", "/api/nutanix/v3/images/" IMAGE, IMAGE_V3),
		RULE("POST", V3_VMS, LOST, ACCEPTED_V3),
	};
	struct provider_session *session =
		session_of(*state, "{\"api\":\"v3\",\"cluster\":\"" CLUSTER "\"}", table, COUNT_OF(table));
	const char *native_id;

	for (int i = 0; i < 2; i++) {
		enum provider_error error = create_machine(*state, session, RESOURCE, &native_id).error;
		const struct json *body = json_of(*state, table[4].body);

		assert_int_equal(error, i == 0 ? PROVIDER_UNKNOWN_OUTCOME : PROVIDER_OK);
		assert_string_equal(json_text(json_path(body, "metadata", "uuid", NULL), ""), VM);
	}
	assert_string_equal(native_id, VM);
	assert_int_equal(table[1].asked, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SESSION_TEST(an_edit_of_v4_that_lost_is_read_and_written_again),
		SESSION_TEST(an_edit_of_v4_that_always_loses_ends),
		SESSION_TEST(an_edit_of_v3_that_lost_is_read_and_written_again),
		SESSION_TEST(an_edit_of_v3_that_always_loses_ends),
		SESSION_TEST(a_change_has_the_id_that_prism_central_gave_the_exchange),
		SESSION_TEST(an_answer_without_a_task_is_an_outcome_that_nobody_knows),
		SESSION_TEST(an_intent_has_one_request_id_whatever_becomes_of_the_answer),
		SESSION_TEST(an_attempt_that_failed_long_ago_is_begun_anew_a_few_times),
		SESSION_TEST(a_task_that_fails_just_now_is_the_answer),
		SESSION_TEST(a_machine_of_v3_takes_the_uuid_that_prism_central_keeps_for_it),
	};

	return cmocka_run_group_tests_name("nutanix: changes", tests, NULL, NULL);
}
