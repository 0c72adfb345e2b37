/* SPDX-License-Identifier: Apache-2.0 */
/* kit_fixture.h: a cloud of a few canned answers on loopback, for the suites of this folder. */
#ifndef GAON_TESTS_UNIT_KIT_FIXTURE_H
#define GAON_TESTS_UNIT_KIT_FIXTURE_H

#include <string.h>
#include <sys/socket.h>

#include "providers/kit/cloud.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "tests/support/arena_fixture.h"
#include "tests/support/http_server.h"

/** What the peer says to the n-th request; the last one to all that follow. NULL: it hangs up; "" : it says nothing. */
struct canned {
	const char *const *answers;
	size_t count;
	atomic_size_t asked;
};

static inline bool canned_answer(const struct server_request *request)
{
	struct canned *canned = request->context;
	size_t index = atomic_fetch_add(&canned->asked, 1);
	const char *answer = canned->answers[index < canned->count ? index : canned->count - 1];
	char byte;

	if (!answer)
		return false;
	if (answer[0] == '\0')
		return recv(request->socket, &byte, 1, 0) > 0;
	server_write(request->socket, "%s", answer);
	return false;
}

static inline int kit_setup(void **state)
{
	arena_setup(state);
	assert_ok(http_allow_networks(*state, "127.0.0.0/8, ::1"));
	return 0;
}

#define KIT_TEST(test_) cmocka_unit_test_setup_teardown((test_), kit_setup, arena_teardown)

static inline void fixture_stop(void *server)
{
	http_server_stop(server);
}

static inline void fixture_free_cloud(void *cloud)
{
	cloud_free(cloud);
}

#define CANNED(...)                                                                                                    \
	(struct canned)                                                                                                \
	{                                                                                                              \
		.answers = (const char *const[]){ __VA_ARGS__ },                                                       \
		.count = sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *),                          \
	}
#define ANSWER(status_, headers_, body_) "HTTP/1.1 " status_ "\r\n" headers_ "Connection: close\r\n\r\n" body_

/** Both go with the arena. */
static inline const char *fixture_peer(struct arena *arena, struct canned *canned)
{
	struct http_server *server = http_server_start(canned_answer, canned);

	arena_defer(arena, fixture_stop, server);
	return arena_printf(arena, "http://127.0.0.1:%u", http_server_port(server));
}

static inline struct json *fixture_json(struct arena *arena, const char *text)
{
	struct json *value = NULL;

	assert_ok(json_parse(arena, slice_text(text), NULL, &value));
	return value;
}

static const char *const fixture_request_ids[] = { "X-First-Id", "X-Second-Id", NULL };

static inline struct cloud *fixture_cloud_with(struct arena *arena, struct cloud_settings settings)
{
	struct cloud *cloud = NULL;

	settings.title = "Test Cloud";
	settings.request_id_headers = fixture_request_ids;
	struct provider_result result = cloud_new(arena, &settings, &cloud);
	assert_int_equal(result.error, PROVIDER_OK);
	arena_defer(arena, fixture_free_cloud, cloud);
	return cloud;
}

static inline struct cloud *fixture_cloud(struct arena *arena)
{
	return fixture_cloud_with(arena, (struct cloud_settings){ 0 });
}

static inline struct provider_call fixture_call(struct arena *arena, int64_t ms)
{
	return (struct provider_call){ .arena = arena, .deadline_us = time_monotonic_us() + ms * TIME_US_PER_MS };
}

static inline struct cloud_request fixture_read(const char *url)
{
	return (struct cloud_request){ .method = "GET", .url = url, .what = "reading", .is_read = true };
}

static inline struct cloud_request fixture_change(const char *url)
{
	return (struct cloud_request){ .method = "POST", .url = url, .what = "changing", .body = slice_text("x") };
}

#endif
