/* SPDX-License-Identifier: Apache-2.0 */
/* peer.c: requests are looked up in the table of rules; everything else is an unknown page. */
#include "tests/unit/nutanix/peer.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "tests/support/http_server.h"

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

int peer_set_up(void **state)
{
	arena_setup(state);
	assert_ok(http_allow_networks(*state, "127.0.0.0/8, ::1"));
	server = http_server_start(answer, NULL);
	return 0;
}

int peer_tear_down(void **state)
{
	http_server_stop(server);
	return arena_teardown(state);
}

struct json *json_of(struct arena *arena, const char *text)
{
	struct json *value = NULL;

	assert_ok(json_parse(arena, slice_text(text), NULL, &value));
	return value;
}

struct provider_call call_of(struct arena *arena)
{
	return (struct provider_call){ .arena = arena, .deadline_us = time_monotonic_us() + 20 * TIME_US_PER_SECOND };
}

struct provider_result open_with(struct arena *arena, const char *endpoint, const char *options, const char *credentials,
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

void close_session(void *session)
{
	provider_nutanix.ops->close(session);
}

const char *peer_endpoint(struct arena *arena)
{
	return arena_printf(arena, "http://127.0.0.1:%u/", http_server_port(server));
}

struct provider_session *session_of(struct arena *arena, const char *options, struct rule *table, size_t count)
{
	struct provider_session *session = NULL;

	rules = table;
	rule_count = count;
	struct provider_result result = open_with(arena, peer_endpoint(arena), options, PASSWORD, &session);
	assert_int_equal(result.error, PROVIDER_OK);
	arena_defer(arena, close_session, session);
	return session;
}
