/* SPDX-License-Identifier: Apache-2.0 */
/* session.c: what is said to a Prism Central that answers as a table says, and what is made of its answers. */
#include "providers/nutanix/session.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "providers/nutanix/nutanix.h"
#include "runtime/base/id.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "tests/support/arena_fixture.h"
#include "tests/support/http_server.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))
#define RESOURCE "01890000-0000-7000-8000-00000000abcd"
#define OTHER "01890000-0000-7000-8000-00000000dcba"
#define VM "bdbbad7a-a401-4f9a-a789-2b8406905b56"
#define IMAGE "70cfd137-a8d9-4169-a5ac-cf9ad6ddb03a"
#define CLUSTER "00061f7f-44f7-19dc-3be1-7cc25586ee44"
#define TASK "ZXJnb24=:e074cb94-1123-4dca-82b0-b842f019a825"
#define V4_VMS "/api/vmm/v4.0/ahv/config/vms"
#define V3_VMS "/api/nutanix/v3/vms"
#define ANSWER(status_, headers_, body_) "HTTP/1.1 " status_ "\r\n" headers_ "Connection: close\r\n\r\n" body_
#define LOST NULL /* it hangs up */

enum { ANSWERS_MOST = 6, ASKED_MOST = 16, WORD_MOST = 64 };

/* What the peer says to the requests of this method to paths that begin so: one answer after the other, the last one to all that
 * follow. And what it was told. */
struct rule {
	const char *method, *path;
	const char *answers[ANSWERS_MOST];
	size_t count;
	size_t asked;
	char request_ids[ASKED_MOST][WORD_MOST], etags[ASKED_MOST][WORD_MOST];
	char head[16384], body[16384]; /* of the last one */
};
#define RULE(method_, path_, ...)                                                                                      \
	{                                                                                                              \
		.method = (method_), .path = (path_), .answers = { __VA_ARGS__ },                                      \
		.count = sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(const char *)                                \
	}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct rule *rules;
static size_t rule_count;

static void header_copy(char *to, const char *head, const char *name)
{
	const char *at = strcasestr(head, name);

	to[0] = '\0';
	if (at)
		snprintf(to, WORD_MOST, "%.*s", (int)strcspn(at + strlen(name), "\r\n"), at + strlen(name));
}

static bool is_for(const struct rule *rule, const char *head)
{
	size_t method = strlen(rule->method);

	return strncmp(head, rule->method, method) == 0 && head[method] == ' ' && text_starts_with(head + method + 1, rule->path);
}

static bool answer(const struct server_request *request)
{
	const char *text = ANSWER("404 Not Found", "", "<html>no such page</html>");

	pthread_mutex_lock(&mutex);
	for (size_t i = 0; i < rule_count; i++) {
		struct rule *rule = &rules[i];

		if (!is_for(rule, request->head))
			continue;
		if (rule->asked < ASKED_MOST) {
			header_copy(rule->request_ids[rule->asked], request->head, "\r\nNTNX-Request-Id: ");
			header_copy(rule->etags[rule->asked], request->head, "\r\nIf-Match: ");
		}
		snprintf(rule->head, sizeof rule->head, "%s", request->head);
		snprintf(rule->body, sizeof rule->body, "%.*s", (int)request->body_size, request->body);
		text = rule->answers[rule->asked < rule->count ? rule->asked : rule->count - 1];
		rule->asked++;
		break;
	}
	pthread_mutex_unlock(&mutex);
	if (text)
		server_write(request->socket, "%s", text);
	return false;
}

static struct http_server *server;

static int set_up(void **state)
{
	arena_setup(state);
	assert_ok(http_allow_networks(*state, "127.0.0.0/8, ::1"));
	server = http_server_start(answer, NULL);
	return 0;
}

static int tear_down(void **state)
{
	http_server_stop(server);
	return arena_teardown(state);
}

#define SESSION_TEST(test_) cmocka_unit_test_setup_teardown((test_), set_up, tear_down)

static struct json *json_of(struct arena *arena, const char *text)
{
	struct json *value = NULL;

	assert_ok(json_parse(arena, slice_text(text), NULL, &value));
	return value;
}

static struct provider_call call_of(struct arena *arena)
{
	return (struct provider_call){ .arena = arena, .deadline_us = time_monotonic_us() + 20 * TIME_US_PER_SECOND };
}

static struct provider_result open_with(struct arena *arena, const char *endpoint, const char *options, const char *credentials,
					struct provider_session **session)
{
	struct provider_call call = call_of(arena);
	struct provider_config config = { .connection = "c",
					  .installation = "i",
					  .endpoint = endpoint,
					  .options = json_of(arena, options),
					  .credentials = json_of(arena, credentials) };

	return provider_nutanix.ops->open(&call, &config, session);
}

static void close_session(void *session)
{
	provider_nutanix.ops->close(session);
}

#define PASSWORD "{\"username\":\"gaon\",\"password\":\"pass:word\"}"

/* It goes with the arena; the rules stay the caller's. */
static struct provider_session *session_of(struct arena *arena, const char *options, struct rule *table, size_t count)
{
	struct provider_session *session = NULL;
	const char *endpoint = arena_printf(arena, "http://127.0.0.1:%u/", http_server_port(server));

	rules = table;
	rule_count = count;
	struct provider_result result = open_with(arena, endpoint, options, PASSWORD, &session);
	assert_int_equal(result.error, PROVIDER_OK);
	arena_defer(arena, close_session, session);
	return session;
}

static struct provider_result list_machines(struct arena *arena, struct provider_session *session)
{
	struct provider_call call = call_of(arena);
	struct provider_page page = { .size = 10 };
	struct provider_machine *machines;
	size_t count;

	return provider_nutanix.ops->list(session, &call, &page, &machines, &count);
}

/* ---- opening ---- */

static void what_a_connection_says_wrong_is_named(void **state)
{
	static const struct {
		const char *endpoint, *options, *credentials, *word;
	} ROWS[] = {
		{ "https://pc.example.org:9440/api", "{}", PASSWORD, "without a path" },
		{ "ftp://pc.example.org", "{}", PASSWORD, "http" },
		{ "https://pc", "{\"api\":\"v2\"}", PASSWORD, "options.api" },
		{ "https://pc", "{\"api\":4}", PASSWORD, "options.api" },
		{ "https://pc", "{\"api_minor\":-1}", PASSWORD, "options.api_minor" },
		{ "https://pc", "{\"api_minor\":\"1\"}", PASSWORD, "options.api_minor" },
		{ "https://pc", "{\"cluster\":\"mine\"}", PASSWORD, "options.cluster" },
		{ "https://pc", "{\"network\":7}", PASSWORD, "options.network" },
		{ "https://pc", "{\"boot\":\"BIOS\"}", PASSWORD, "options.boot" },
		{ "https://pc", "{\"templates\":\"x\"}", PASSWORD, "options.templates" },
		{ "https://pc", "{\"templates\":[\"x\"]}", PASSWORD, "options.templates[0]" },
		{ "https://pc", "{\"zzz\":1}", PASSWORD, "options.zzz" },
		{ "https://pc", "{}", "{}", "credentials" },
		{ "https://pc", "{}", "{\"username\":\"u\"}", "credentials" },
		{ "https://pc", "{}", "{\"username\":\"u:v\",\"password\":\"p\"}", "credentials" },
		{ "https://pc", "{}", "{\"username\":\"u\",\"password\":\"p\",\"api_key\":\"k\"}", "credentials" },
		{ "https://pc", "{}", "{\"api_key\":\"k\\r\\nX: y\"}", "credentials" },
	};

	for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
		struct provider_session *session = NULL;
		struct provider_result result = open_with(*state, ROWS[i].endpoint, ROWS[i].options, ROWS[i].credentials, &session);

		assert_int_equal(result.error, PROVIDER_INVALID);
		assert_null(session);
		if (!strstr(result.message, ROWS[i].word))
			fail_msg("%zu: \"%s\" does not say %s", i, result.message, ROWS[i].word);
	}
}

#define EMPTY_V4 ANSWER("200 OK", "", "{\"metadata\":{\"totalAvailableResults\":0}}")
#define EMPTY_V3 ANSWER("200 OK", "", "{\"metadata\":{\"total_matches\":0},\"entities\":[]}")

static void the_credentials_are_one_header(void **state)
{
	struct rule table[] = { RULE("POST", V3_VMS "/list", EMPTY_V3) };
	struct provider_session *session = session_of(*state, "{\"api\":\"v3\"}", table, COUNT_OF(table));
	const char *endpoint = arena_printf(*state, "http://127.0.0.1:%u", http_server_port(server));

	assert_int_equal(list_machines(*state, session).error, PROVIDER_OK);
	assert_non_null(strstr(table[0].head, "\r\nAuthorization: Basic Z2FvbjpwYXNzOndvcmQ=\r\n"));
	assert_null(strcasestr(table[0].head, "x-ntnx-api-key"));

	assert_int_equal(open_with(*state, endpoint, "{\"api\":\"v3\"}", "{\"api_key\":\"key-1\"}", &session).error, PROVIDER_OK);
	arena_defer(*state, close_session, session);
	assert_int_equal(list_machines(*state, session).error, PROVIDER_OK);
	assert_non_null(strcasestr(table[0].head, "\r\nX-ntnx-api-key: key-1\r\n"));
	assert_null(strcasestr(table[0].head, "authorization"));
}

/* ---- which API ---- */

static void the_api_is_v4_where_it_answers_and_else_v3(void **state)
{
	static const struct {
		const char *answer;
		enum provider_error error;
		enum nutanix_api api;
	} ROWS[] = {
		{ EMPTY_V4, PROVIDER_OK, NUTANIX_API_V4 },
		{ ANSWER("403 Forbidden", "", ""), PROVIDER_FORBIDDEN, NUTANIX_API_V4 }, /* it is there, and we may not */
		{ ANSWER("404 Not Found", "", "<html>"), PROVIDER_OK, NUTANIX_API_V3 },
		{ ANSWER("400 Bad Request", "", "{}"), PROVIDER_OK, NUTANIX_API_V3 },
		{ ANSWER("501 Not Implemented", "", ""), PROVIDER_OK, NUTANIX_API_V3 },
		{ ANSWER("401 Unauthorized", "", ""), PROVIDER_AUTH, NUTANIX_API_UNKNOWN },
		{ ANSWER("503 Busy", "", ""), PROVIDER_UNAVAILABLE, NUTANIX_API_UNKNOWN }, /* who knows: asked anew next time */
	};

	for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
		struct rule table[] = { RULE("GET", V4_VMS, ROWS[i].answer), RULE("POST", V3_VMS "/list", EMPTY_V3) };
		struct provider_session *session = session_of(*state, "{}", table, COUNT_OF(table));

		assert_int_equal(list_machines(*state, session).error, ROWS[i].error);
		assert_int_equal(session->api, ROWS[i].api);
		assert_int_equal(table[1].asked, ROWS[i].api == NUTANIX_API_V3 ? 1 : 0);
	}
}

static void the_api_is_asked_for_once(void **state)
{
	struct rule table[] = { RULE("GET", V4_VMS, ANSWER("404 Not Found", "", "")), RULE("POST", V3_VMS "/list", EMPTY_V3) };
	struct provider_session *session = session_of(*state, "{}", table, COUNT_OF(table));

	for (int i = 0; i < 3; i++)
		assert_int_equal(list_machines(*state, session).error, PROVIDER_OK);
	assert_int_equal(table[0].asked, 1);
	assert_int_equal(table[1].asked, 3);
}

static void a_pinned_api_is_not_asked_for(void **state)
{
	struct rule v3[] = { RULE("GET", V4_VMS, EMPTY_V4), RULE("POST", V3_VMS "/list", EMPTY_V3) };
	struct rule v4[] = { RULE("GET", "/api/vmm/v4.2/ahv/config/vms?$page=0&$limit=10", EMPTY_V4), RULE("GET", "/", LOST) };

	assert_int_equal(list_machines(*state, session_of(*state, "{\"api\":\"v3\"}", v3, COUNT_OF(v3))).error, PROVIDER_OK);
	assert_int_equal(v3[0].asked, 0);
	struct provider_session *session = session_of(*state, "{\"api\":\"v4\",\"api_minor\":2}", v4, COUNT_OF(v4));
	assert_int_equal(list_machines(*state, session).error, PROVIDER_OK);
	assert_int_equal(v4[0].asked, 1);
	assert_int_equal(v4[1].asked, 0);
}

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

/* ---- answers that are not what was asked for ---- */

static struct provider_result get_machine(struct arena *arena, struct provider_session *session)
{
	struct provider_call call = call_of(arena);
	struct provider_machine machine;

	return provider_nutanix.ops->get(session, &call, VM, &machine);
}

static void an_answer_that_is_none_is_said(void **state)
{
	static const struct {
		const char *answer;
		enum provider_error error;
	} ROWS[] = {
		{ ANSWER("200 OK", "", "<html>welcome</html>"), PROVIDER_UNAVAILABLE },
		{ ANSWER("200 OK", "", ""), PROVIDER_UNAVAILABLE },
		{ ANSWER("200 OK", "", "[]"), PROVIDER_UNAVAILABLE },
		{ ANSWER("200 OK", "", "{\"metadata\":{\"uuid\":\"" OTHER "\"},\"data\":{\"extId\":\"" OTHER "\"}}"), PROVIDER_UNAVAILABLE },
		{ ANSWER("403 Forbidden", "", "<html>no</html>"), PROVIDER_FORBIDDEN },
		{ ANSWER("401 Unauthorized", "", "<html>no</html>"), PROVIDER_AUTH },
		{ ANSWER("404 Not Found", "", "<html>no</html>"), PROVIDER_NOT_FOUND },
		{ ANSWER("302 Found", "Location: http://127.0.0.1:1/\r\n", ""), PROVIDER_INVALID },
	};
	static const char *const OPTIONS[] = { "{\"api\":\"v3\"}", "{\"api\":\"v4\"}" };

	for (size_t i = 0; i < COUNT_OF(ROWS) * 2; i++) {
		struct rule table[] = { RULE("GET", "/api/", ROWS[i / 2].answer) };
		struct provider_result result = get_machine(*state, session_of(*state, OPTIONS[i % 2], table, COUNT_OF(table)));

		if (result.error != ROWS[i / 2].error)
			fail_msg("%zu: %d: %s", i, result.error, result.message);
		assert_null(strstr(result.message, "pass:word"));
		assert_null(strstr(result.message, "<html>"));
	}
}

static void a_page_that_is_longer_than_asked_is_refused(void **state)
{
	struct text rows = text_new(*state);

	for (int i = 0; i < 11; i++)
		text_printf(&rows, "%s{\"extId\":\"" VM "\"}", i > 0 ? "," : "");
	const char *v4 = arena_printf(*state, ANSWER("200 OK", "", "{\"data\":[%s]}"), rows.data);
	const char *v3 = arena_printf(*state, ANSWER("200 OK", "", "{\"entities\":[%s]}"), rows.data);
	struct rule table[] = { RULE("GET", V4_VMS, v4), RULE("POST", V3_VMS "/list", v3) };

	assert_int_equal(list_machines(*state, session_of(*state, "{\"api\":\"v4\"}", table, COUNT_OF(table))).error,
			 PROVIDER_UNAVAILABLE);
	assert_int_equal(list_machines(*state, session_of(*state, "{\"api\":\"v3\"}", table, COUNT_OF(table))).error,
			 PROVIDER_UNAVAILABLE);
}

static void an_id_that_is_none_of_theirs_is_not_asked_for(void **state)
{
	static const char *const IDS[] = { "", "x", "../clusters", VM "/..", "BDBBAD7A-A401-4F9A-A789-2B8406905B56" };
	static const char *const OPTIONS[] = { "{\"api\":\"v3\"}", "{\"api\":\"v4\"}" };

	for (size_t i = 0; i < COUNT_OF(IDS) * 2; i++) {
		struct rule table[] = { RULE("GET", "/", LOST) };
		struct provider_session *session = session_of(*state, OPTIONS[i % 2], table, COUNT_OF(table));
		struct provider_call call = call_of(*state);
		struct provider_machine machine;

		assert_int_equal(provider_nutanix.ops->get(session, &call, IDS[i / 2], &machine).error, PROVIDER_NOT_FOUND);
		assert_int_equal(table[0].asked, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SESSION_TEST(what_a_connection_says_wrong_is_named),
		SESSION_TEST(the_credentials_are_one_header),
		SESSION_TEST(the_api_is_v4_where_it_answers_and_else_v3),
		SESSION_TEST(the_api_is_asked_for_once),
		SESSION_TEST(a_pinned_api_is_not_asked_for),
		SESSION_TEST(an_edit_of_v4_that_lost_is_read_and_written_again),
		SESSION_TEST(an_edit_of_v4_that_always_loses_ends),
		SESSION_TEST(an_edit_of_v3_that_lost_is_read_and_written_again),
		SESSION_TEST(an_edit_of_v3_that_always_loses_ends),
		SESSION_TEST(a_change_has_the_id_that_prism_central_gave_the_exchange),
		SESSION_TEST(an_intent_has_one_request_id_whatever_becomes_of_the_answer),
		SESSION_TEST(an_attempt_that_failed_long_ago_is_begun_anew_a_few_times),
		SESSION_TEST(a_task_that_fails_just_now_is_the_answer),
		SESSION_TEST(a_machine_of_v3_takes_the_uuid_that_prism_central_keeps_for_it),
		SESSION_TEST(an_answer_that_is_none_is_said),
		SESSION_TEST(a_page_that_is_longer_than_asked_is_refused),
		SESSION_TEST(an_id_that_is_none_of_theirs_is_not_asked_for),
	};

	return cmocka_run_group_tests_name("nutanix: session", tests, NULL, NULL);
}
