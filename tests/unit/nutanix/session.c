/* SPDX-License-Identifier: Apache-2.0 */
/* session.c: how a Prism Central is reached, which of its APIs is spoken, and answers that are not what was asked for. */
#include <string.h>

#include "runtime/base/text.h"
#include "tests/unit/nutanix/peer.h"

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
		{ "https://pc", "{\"password\":\"p\"}", PASSWORD, "options.password" },
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
		struct provider_config config = { .endpoint = ROWS[i].endpoint, .options = json_of(*state, ROWS[i].options) };
		bool is_of_credentials = text_equal(ROWS[i].word, "credentials");
		assert_int_equal(provider_nutanix.ops->check(*state, &config).error, is_of_credentials ? PROVIDER_OK : PROVIDER_INVALID);
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

	assert_int_equal(list_machines(*state, session).error, PROVIDER_OK);
	assert_non_null(strstr(table[0].head, "\r\nAuthorization: Basic Z2FvbjpwYXNzOndvcmQ=\r\n"));
	assert_null(strcasestr(table[0].head, "x-ntnx-api-key"));

	const char *endpoint = peer_endpoint(*state);
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
		{ ANSWER("200 OK", "", "{\"metadata\":{\"uuid\":\"" OTHER "\"},\"data\":{\"extId\":\"" OTHER "\"}}"),
		  PROVIDER_UNAVAILABLE },
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

/* A list of nothing says so; what is no list does not mean that all machines are gone. */
static void what_is_no_list_is_not_an_empty_one(void **state)
{
	static const char *const BODIES[] = { "", "{}", "[]", "{\"data\":{},\"entities\":{}}", "{\"data\":null,\"entities\":null}" };

	for (size_t i = 0; i < COUNT_OF(BODIES); i++) {
		const char *text = arena_printf(*state, ANSWER("200 OK", "", "%s"), BODIES[i]);
		struct rule table[] = { RULE("GET", V4_VMS, text), RULE("POST", V3_VMS "/list", text) };

		assert_int_equal(list_machines(*state, session_of(*state, "{\"api\":\"v4\"}", table, COUNT_OF(table))).error,
				 PROVIDER_UNAVAILABLE);
		assert_int_equal(list_machines(*state, session_of(*state, "{\"api\":\"v3\"}", table, COUNT_OF(table))).error,
				 PROVIDER_UNAVAILABLE);
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
		SESSION_TEST(an_answer_that_is_none_is_said),
		SESSION_TEST(what_is_no_list_is_not_an_empty_one),
		SESSION_TEST(a_page_that_is_longer_than_asked_is_refused),
		SESSION_TEST(an_id_that_is_none_of_theirs_is_not_asked_for),
	};

	return cmocka_run_group_tests_name("nutanix: session", tests, NULL, NULL);
}
