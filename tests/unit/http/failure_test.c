/* SPDX-License-Identifier: Apache-2.0 */
/* failure_test.c: servers that lie, stall, flood and hang up; each failure says whether it may have happened. */
#include "tests/unit/http/http_fixture.h"

#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Answers nothing until the client has gone. */
static bool stall(const struct server_request *request)
{
	char byte;

	return recv(request->socket, &byte, 1, 0) > 0;
}

static struct status get_by(struct http_client *client, struct arena *arena, const char *url, int64_t deadline_us)
{
	struct http_request request = { .method = "GET", .url = url, .deadline_us = deadline_us };
	struct http_response response;

	return http_send(client, arena, &request, &response);
}

static void a_silent_server_is_left_at_the_deadline(void **state)
{
	struct http_server *server = fixture_server(*state, stall, NULL);
	struct http_client *client = fixture_client(*state, (struct http_options){ .timeout_ms = 150 });
	const char *url = fixture_url(*state, server, "/");
	int64_t start_us = time_monotonic_us();

	struct status status = get_by(client, *state, url, time_monotonic_us() + 150 * TIME_US_PER_MS);
	assert_int_equal(status.code, STATUS_DEADLINE_EXCEEDED);
	assert_string_equal(status.reason, "HTTP_REPLY_LATE");
	assert_true(http_may_have_happened(status));
	assert_string_equal(get_by(client, *state, url, 0).reason, "HTTP_REPLY_LATE");
	assert_true(time_monotonic_us() - start_us < 5 * TIME_US_PER_SECOND);

	status = get_by(client, *state, url, time_monotonic_us() - 1);
	assert_string_equal(status.reason, "HTTP_DEADLINE");
	assert_false(http_may_have_happened(status));
	assert_int_equal(http_server_requests(server), 2);
}

static void a_held_clock_keeps_nobody_waiting(void **state)
{
	struct http_server *server = fixture_server(*state, stall, NULL);
	struct http_client *client = fixture_client(*state, (struct http_options){ 0 });

	time_fake_set(1000000);
	struct status status = get_by(client, *state, fixture_url(*state, server, "/"), 1000000 + 100 * TIME_US_PER_MS);
	time_fake_off();
	assert_string_equal(status.reason, "HTTP_REPLY_LATE");
}

static void a_closed_port_is_unreachable(void **state)
{
	struct http_server *server = http_server_start(stall, NULL);
	struct http_client *client = fixture_client(*state, (struct http_options){ 0 });
	const char *url = fixture_url(*state, server, "/");

	http_server_stop(server);
	struct status status = get_by(client, *state, url, 0);
	assert_int_equal(status.code, STATUS_UNAVAILABLE);
	assert_string_equal(status.reason, "HTTP_UNREACHABLE");
	assert_false(http_may_have_happened(status));
	status = get_by(client, *state, "http://nobody.invalid/", 0);
	assert_string_equal(status.reason, "HTTP_UNREACHABLE");
}

struct second_thought {
	struct http_server *server;
	atomic_bool is_cancelled;
};

static void *cancel_once_it_arrived(void *pointer)
{
	struct second_thought *thought = pointer;

	while (http_server_requests(thought->server) == 0)
		usleep(1000);
	atomic_store(&thought->is_cancelled, true);
	return NULL;
}

static void a_cancelled_request_ends_at_once(void **state)
{
	struct second_thought thought = { .server = fixture_server(*state, stall, NULL) };
	struct http_client *client = fixture_client(*state, (struct http_options){ 0 });
	struct http_request request = { .method = "GET",
					.url = fixture_url(*state, thought.server, "/"),
					.is_cancelled = &thought.is_cancelled };
	struct http_response response;
	pthread_t thread;
	int64_t start_us = time_monotonic_us();

	assert_int_equal(pthread_create(&thread, NULL, cancel_once_it_arrived, &thought), 0);
	struct status status = http_send(client, *state, &request, &response);
	pthread_join(thread, NULL);
	assert_int_equal(status.code, STATUS_CANCELLED);
	assert_string_equal(status.reason, "HTTP_REPLY_UNWANTED");
	assert_true(http_may_have_happened(status));
	assert_true(time_monotonic_us() - start_us < 10 * TIME_US_PER_SECOND);

	status = http_send(client, *state, &request, &response);
	assert_string_equal(status.reason, "HTTP_CANCELLED");
	assert_false(http_may_have_happened(status));
	assert_int_equal(http_server_requests(thought.server), 1);
}

static bool flood_body(const struct server_request *request)
{
	server_write(request->socket, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
	for (int i = 0; i < 100; i++)
		server_write(request->socket, "%01000d", i);
	return false;
}

static bool flood_head(const struct server_request *request)
{
	server_write(request->socket, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 100; i++)
		server_write(request->socket, "X-%d: %01000d\r\n", i, i);
	server_write(request->socket, "Content-Length: 0\r\n\r\n");
	return true;
}

static void floods_are_cut_off(void **state)
{
	struct http_server *body = fixture_server(*state, flood_body, NULL);
	struct http_server *head = fixture_server(*state, flood_head, NULL);
	struct http_client *client = fixture_client(*state, (struct http_options){ .body_limit_bytes = 99999 });
	struct http_client *large = fixture_client(*state, (struct http_options){ .header_limit_bytes = 200000 });
	struct http_request request = { .method = "GET", .url = fixture_url(*state, body, "/") };
	struct http_response response;

	struct status status = http_send(client, *state, &request, &response);
	assert_int_equal(status.code, STATUS_RESOURCE_EXHAUSTED);
	assert_string_equal(status.reason, "HTTP_REPLY_TOO_LARGE");
	assert_true(http_may_have_happened(status));
	request.body_limit_bytes = 100000;
	assert_ok(http_send(client, *state, &request, &response));
	assert_int_equal(response.body.size, 100000);
	request.url = fixture_url(*state, head, "/");
	assert_fails(http_send(client, *state, &request, &response), STATUS_RESOURCE_EXHAUSTED, "HTTP_REPLY_TOO_LARGE");
	assert_ok(http_send(large, *state, &request, &response));
	assert_int_equal(response.header_count, 101);
}

static void a_small_arena_refuses_a_large_answer(void **state)
{
	struct http_server *server = fixture_server(*state, flood_body, NULL);
	struct http_client *client = fixture_client(*state, (struct http_options){ 0 });
	struct arena *small = arena_new(50000);
	struct http_response response;

	assert_fails(fixture_get(client, small, fixture_url(*state, server, "/"), &response), STATUS_RESOURCE_EXHAUSTED,
		     "HTTP_REPLY_TOO_LARGE");
	arena_free(small);
}

static bool cut_short(const struct server_request *request)
{
	server_write(request->socket, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
	return false;
}

static bool babble(const struct server_request *request)
{
	server_write(request->socket, "SSH-2.0-OpenSSH_9.2\r\n\r\n");
	return false;
}

static void half_an_answer_is_no_answer(void **state)
{
	server_answer *answers[] = { cut_short, babble };
	struct http_client *client = fixture_client(*state, (struct http_options){ 0 });

	for (size_t i = 0; i < 2; i++) {
		struct http_server *server = fixture_server(*state, answers[i], NULL);
		struct status status = get_by(client, *state, fixture_url(*state, server, "/"), 0);

		assert_int_equal(status.code, STATUS_UNAVAILABLE);
		assert_string_equal(status.reason, "HTTP_REPLY_LOST");
		assert_true(http_may_have_happened(status));
	}
}

/* Answers the first request of a connection, and hangs up on the second after having heard it. */
static bool hang_up_on_the_second(const struct server_request *request)
{
	if (request->on_connection > 1)
		return false;
	server_write(request->socket, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	return true;
}

static void what_changes_something_is_sent_once(void **state)
{
	static const char *const methods[] = { "POST", "PUT", "PATCH", "DELETE" };
	struct http_response response;

	for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
		struct http_server *server = fixture_server(*state, hang_up_on_the_second, NULL);
		struct http_client *client = fixture_client(*state, (struct http_options){ 0 });
		const char *url = fixture_url(*state, server, "/");
		struct http_request change = { .method = methods[i], .url = url, .body = slice_text("change") };

		assert_ok(http_send(client, *state, &change, &response));
		struct status status = http_send(client, *state, &change, &response);
		assert_string_equal(status.reason, "HTTP_REPLY_LOST");
		assert_true(http_may_have_happened(status));
		assert_int_equal(http_server_requests(server), 2);

		/* a GET is asked again on a new connection: this shows that the veto is what kept the change from it */
		assert_ok(fixture_get(client, *state, url, &response));
		assert_ok(fixture_get(client, *state, url, &response));
		assert_int_equal(http_server_requests(server), 5);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(a_silent_server_is_left_at_the_deadline),
		ARENA_TEST(a_held_clock_keeps_nobody_waiting),
		ARENA_TEST(a_closed_port_is_unreachable),
		ARENA_TEST(a_cancelled_request_ends_at_once),
		ARENA_TEST(floods_are_cut_off),
		ARENA_TEST(a_small_arena_refuses_a_large_answer),
		ARENA_TEST(half_an_answer_is_no_answer),
		ARENA_TEST(what_changes_something_is_sent_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
