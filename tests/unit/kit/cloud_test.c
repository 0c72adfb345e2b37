/* SPDX-License-Identifier: Apache-2.0 */
/* cloud_test.c: what is sent again, what is not, and what the engine is told. */
#include "tests/unit/kit/kit_fixture.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BAD_GATEWAY ANSWER("502 Bad Gateway", "", "upstream")
#define FINE ANSWER("200 OK", "", "fine")

static struct provider_result send_within(struct arena *arena, struct cloud *cloud, const struct cloud_request *request,
					  int64_t ms)
{
	struct provider_call call = fixture_call(arena, ms);
	struct http_response response;

	return cloud_send(cloud, &call, request, &response);
}

static void a_read_is_tried_three_times_and_then_unavailable(void **state)
{
	struct canned canned = CANNED(BAD_GATEWAY, NULL, FINE);
	struct canned dead = CANNED(BAD_GATEWAY);
	struct cloud *cloud = fixture_cloud(*state);
	struct cloud_request request = fixture_read(fixture_peer(*state, &canned));
	struct cloud_request hopeless = fixture_read(fixture_peer(*state, &dead));

	assert_int_equal(send_within(*state, cloud, &request, 20000).error, PROVIDER_OK);
	/* libcurl itself asks a second time where the connection closed without a word */
	assert_in_range(atomic_load(&canned.asked), 3, 4);
	struct provider_result result = send_within(*state, cloud, &hopeless, 20000);
	assert_int_equal(result.error, PROVIDER_UNAVAILABLE);
	assert_string_equal(result.message, "Test Cloud refused reading: HTTP 502; it is asked again");
	assert_int_equal(atomic_load(&dead.asked), 3);
}

static void a_change_is_sent_once_whatever_comes_back(void **state)
{
	const char *const answers[] = { BAD_GATEWAY, ANSWER("503 Busy", "", ""), ANSWER("504 Late", "", ""), NULL,
					"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf" };

	struct canned canned[sizeof answers / sizeof answers[0]];

	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
		canned[i] = (struct canned){ .answers = &answers[i], .count = 1 };
		struct cloud_request request = fixture_change(fixture_peer(*state, &canned[i]));
		struct provider_result result = send_within(*state, fixture_cloud(*state), &request, 20000);

		assert_int_equal(result.error, PROVIDER_UNKNOWN_OUTCOME);
		assert_int_equal(atomic_load(&canned[i].asked), 1);
	}
}

static void what_never_left_did_not_happen(void **state)
{
	struct http_server *server = http_server_start(canned_answer, NULL);
	struct cloud_request request =
		fixture_change(arena_printf(*state, "http://127.0.0.1:%u/", http_server_port(server)));

	http_server_stop(server);
	assert_int_equal(send_within(*state, fixture_cloud(*state), &request, 20000).error, PROVIDER_UNAVAILABLE);
	assert_int_equal(send_within(*state, fixture_cloud(*state), &request, -1).error, PROVIDER_UNAVAILABLE);
}

static void an_address_that_is_not_allowed_is_the_operators_to_change(void **state)
{
	struct canned canned = CANNED(FINE);
	struct cloud_request request = fixture_read(fixture_peer(*state, &canned));

	assert_ok(http_allow_networks(*state, ""));
	struct provider_result result = send_within(*state, fixture_cloud(*state), &request, 20000);
	assert_int_equal(result.error, PROVIDER_INVALID);
	assert_non_null(strstr(result.message, "network.allow"));
	assert_int_equal(atomic_load(&canned.asked), 0);
}

static void a_silent_cloud_is_left_at_the_deadline(void **state)
{
	struct canned canned = CANNED("");
	const char *url = fixture_peer(*state, &canned);
	struct cloud_request read = fixture_read(url);
	struct cloud_request change = fixture_change(url);
	int64_t start_us = time_monotonic_us();

	assert_int_equal(send_within(*state, fixture_cloud(*state), &read, 200).error, PROVIDER_UNAVAILABLE);
	assert_int_equal(send_within(*state, fixture_cloud(*state), &change, 200).error, PROVIDER_UNKNOWN_OUTCOME);
	assert_true(time_monotonic_us() - start_us < 5 * TIME_US_PER_SECOND);
}

static void a_hasty_caller_opens_no_circuit(void **state)
{
	struct canned canned = CANNED("");
	struct cloud_request change = fixture_change(fixture_peer(*state, &canned));
	struct cloud *cloud = fixture_cloud(*state);

	for (int i = 0; i < 6; i++)
		assert_int_equal(send_within(*state, cloud, &change, 50).error, PROVIDER_UNKNOWN_OUTCOME);
	assert_int_equal(atomic_load(&canned.asked), 6);
}

static void one_exchange_takes_no_longer_than_timeout_s(void **state)
{
	struct canned canned = CANNED("", FINE);
	struct cloud_request read = fixture_read(fixture_peer(*state, &canned));
	struct cloud *cloud = fixture_cloud_with(
		*state, (struct cloud_settings){ .options = fixture_json(*state, "{\"timeout_s\":1}") });

	assert_int_equal(send_within(*state, cloud, &read, 30000).error, PROVIDER_OK);
	assert_int_equal(atomic_load(&canned.asked), 2);
}

struct second_thought {
	struct canned *canned;
	atomic_bool is_cancelled;
};

static void *cancel_once_it_was_asked(void *pointer)
{
	struct second_thought *thought = pointer;

	while (atomic_load(&thought->canned->asked) == 0)
		sched_yield();
	atomic_store(&thought->is_cancelled, true);
	return NULL;
}

static void a_cancelled_call_tries_no_more(void **state)
{
	struct canned canned = CANNED(BAD_GATEWAY, "");
	struct second_thought thought = { .canned = &canned };
	struct cloud_request read = fixture_read(fixture_peer(*state, &canned));
	struct provider_call call = fixture_call(*state, 60000);
	struct http_response response;
	pthread_t thread;

	call.is_cancelled = &thought.is_cancelled;
	assert_int_equal(pthread_create(&thread, NULL, cancel_once_it_was_asked, &thought), 0);
	struct provider_result result = cloud_send(fixture_cloud(*state), &call, &read, &response);
	pthread_join(thread, NULL);
	assert_int_equal(result.error, PROVIDER_UNAVAILABLE);
	assert_true(atomic_load(&canned.asked) <= 2);
}

static void a_short_retry_after_is_waited_for_by_a_read_only(void **state)
{
	struct canned canned = CANNED(ANSWER("429 Slow down", "Retry-After: 1\r\nX-Second-Id: r-7\r\n", ""), FINE);
	struct canned other = CANNED(ANSWER("503 Busy", "Retry-After: 1\r\n", ""), FINE);
	struct cloud_request read = fixture_read(fixture_peer(*state, &canned));
	struct cloud_request change = fixture_change(fixture_peer(*state, &other));
	int64_t start_us = time_monotonic_us();

	assert_int_equal(send_within(*state, fixture_cloud(*state), &read, 20000).error, PROVIDER_OK);
	assert_true(time_monotonic_us() - start_us >= TIME_US_PER_SECOND);
	struct provider_result result = send_within(*state, fixture_cloud(*state), &change, 20000);
	assert_int_equal(result.error, PROVIDER_THROTTLED);
	assert_int_equal(result.retry_after_ms, 1000);
	assert_int_equal(atomic_load(&other.asked), 1);
}

static void a_long_retry_after_is_told_and_not_slept(void **state)
{
	struct canned canned = CANNED(ANSWER("413 Over limit", "Retry-After: 7\r\nX-Second-Id: r-7\r\n", ""));
	struct cloud_request read = fixture_read(fixture_peer(*state, &canned));
	int64_t start_us = time_monotonic_us();
	struct provider_result result = send_within(*state, fixture_cloud(*state), &read, 20000);

	assert_int_equal(result.error, PROVIDER_THROTTLED);
	assert_int_equal(result.retry_after_ms, 7000);
	assert_string_equal(result.request_id, "r-7");
	assert_true(time_monotonic_us() - start_us < 5 * TIME_US_PER_SECOND);
	assert_int_equal(atomic_load(&canned.asked), 1);
}

static void other_statuses_are_the_adapters_to_read(void **state)
{
	struct canned canned = CANNED(ANSWER("500 Fault", "X-First-Id: a\r\nX-Second-Id: b\r\n", "<fault/>"));
	struct cloud *cloud = fixture_cloud(*state);
	struct cloud_request request = fixture_read(fixture_peer(*state, &canned));
	struct provider_call call = fixture_call(*state, 20000);
	struct http_response response;

	struct provider_result result = cloud_send(cloud, &call, &request, &response);
	assert_int_equal(result.error, PROVIDER_OK);
	assert_string_equal(result.request_id, "a");
	assert_int_equal(response.status, 500);
	assert_int_equal(atomic_load(&canned.asked), 1);
	assert_string_equal(cloud_request_id(cloud, &response), "a");
}

static void nothing_is_no_answer_to_a_read(void **state)
{
	struct canned canned = CANNED(ANSWER("200 OK", "X-First-Id: a\r\n", ""), FINE);
	struct canned dumb = CANNED(ANSWER("200 OK", "X-First-Id: a\r\n", ""));
	struct canned gone = CANNED(ANSWER("204 Gone", "", ""));
	struct cloud *cloud = fixture_cloud(*state);
	struct cloud_request read = fixture_read(fixture_peer(*state, &canned));
	struct cloud_request doomed = fixture_read(fixture_peer(*state, &dumb));
	struct cloud_request change = fixture_change(doomed.url);
	struct cloud_request empty = fixture_read(fixture_peer(*state, &gone));

	assert_int_equal(send_within(*state, cloud, &read, 20000).error, PROVIDER_OK);
	struct provider_result result = send_within(*state, cloud, &doomed, 20000);
	assert_int_equal(result.error, PROVIDER_UNAVAILABLE);
	assert_string_equal(result.request_id, "a");
	/* what a change means by it is its own affair */
	assert_int_equal(send_within(*state, cloud, &change, 20000).error, PROVIDER_OK);
	assert_int_equal(send_within(*state, cloud, &empty, 20000).error, PROVIDER_OK);
}

static enum provider_error word_of(const struct http_response *response, bool is_read)
{
	(void)is_read;
	if (strstr(response->body.data, "SlowDown"))
		return PROVIDER_THROTTLED;
	if (strstr(response->body.data, "QuotaExceeded"))
		return PROVIDER_QUOTA;
	return strstr(response->body.data, "Unavailable") ? PROVIDER_UNAVAILABLE : PROVIDER_OK;
}

static void the_clouds_own_word_goes_before_its_status(void **state)
{
	struct canned slow = CANNED(ANSWER("503 Busy", "", "SlowDown"));
	struct canned passing = CANNED(ANSWER("500 Fault", "", "Unavailable"), FINE);
	struct canned broken = CANNED(ANSWER("500 Fault", "", "Unavailable"));
	struct canned full = CANNED(ANSWER("413 Over limit", "Retry-After: 0\r\n", "QuotaExceeded"));
	struct cloud *cloud = fixture_cloud_with(*state, (struct cloud_settings){ .classify = word_of });
	struct cloud_request change = fixture_change(fixture_peer(*state, &slow));
	struct cloud_request read = fixture_read(fixture_peer(*state, &passing));
	struct cloud_request doomed = fixture_read(fixture_peer(*state, &broken));
	struct cloud_request large = fixture_change(fixture_peer(*state, &full));
	struct provider_call call = fixture_call(*state, 20000);
	struct http_response response;

	assert_int_equal(cloud_send(cloud, &call, &change, &response).error, PROVIDER_OK);
	assert_int_equal(response.status, 503);
	assert_int_equal(cloud_send(cloud, &call, &read, &response).error, PROVIDER_OK);
	assert_int_equal(response.status, 200);
	assert_int_equal(cloud_send(cloud, &call, &doomed, &response).error, PROVIDER_OK);
	assert_int_equal(response.status, 500);
	assert_int_equal(atomic_load(&broken.asked), 3);
	/* OpenStack's volumes say so of a quota too, which no waiting helps. */
	assert_int_equal(cloud_send(cloud, &call, &large, &response).error, PROVIDER_OK);
	assert_int_equal(response.status, 413);
}

static bool flood(const struct server_request *request)
{
	server_write(request->socket, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
	for (int i = 0; i < 100; i++)
		server_write(request->socket, "%01000d", i);
	return false;
}

static void a_body_beyond_the_limit_is_cut_off_and_not_asked_for_again(void **state)
{
	struct http_server *server = http_server_start(flood, NULL);
	struct cloud *cloud = fixture_cloud_with(*state, (struct cloud_settings){ .body_limit_bytes = 50000 });
	struct cloud_request read =
		fixture_read(arena_printf(*state, "http://127.0.0.1:%u/", http_server_port(server)));

	arena_defer(*state, fixture_stop, server);
	assert_int_equal(send_within(*state, cloud, &read, 20000).error, PROVIDER_UNAVAILABLE);
	assert_int_equal(http_server_requests(server), 1);
	read.body_limit_bytes = 200000;
	assert_int_equal(send_within(*state, cloud, &read, 20000).error, PROVIDER_OK);
}

static void a_tape_answers_like_the_cloud_and_holds_no_secret(void **state)
{
	struct canned canned = CANNED(ANSWER("200 OK", "X-First-Id: a\r\n", "{\"token\":\"hush-hush\",\"id\":7}"));
	char path[] = "/tmp/gaon-kit-tape-XXXXXX";
	struct http_header header = { "X-Auth-Token", "very-secret-token" };
	struct provider_call call = fixture_call(*state, 20000);
	struct http_response response;
	struct cloud *cloud = NULL;
	char tape[8192] = "";

	close(mkstemp(path));
	struct cloud_request read = fixture_read(fixture_peer(*state, &canned));
	read.headers = &header;
	read.header_count = 1;
	struct cloud_settings settings = { .title = "Test Cloud", .record_path = path };
	assert_int_equal(cloud_new(*state, &settings, &cloud).error, PROVIDER_OK);
	assert_int_equal(cloud_send(cloud, &call, &read, &response).error, PROVIDER_OK);
	cloud_free(cloud);

	FILE *file = fopen(path, "r");
	assert_true(fread(tape, 1, sizeof tape - 1, file) > 0);
	fclose(file);
	assert_null(strstr(tape, "hush-hush"));
	assert_null(strstr(tape, "very-secret-token"));
	cloud = fixture_cloud_with(*state, (struct cloud_settings){ .replay_path = path });
	assert_int_equal(cloud_send(cloud, &call, &read, &response).error, PROVIDER_OK);
	assert_non_null(strstr(response.body.data, "\"id\":7"));
	assert_int_equal(cloud_send(cloud, &call, &read, &response).error, PROVIDER_INVALID);
	assert_int_equal(atomic_load(&canned.asked), 1);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		KIT_TEST(a_read_is_tried_three_times_and_then_unavailable),
		KIT_TEST(a_change_is_sent_once_whatever_comes_back),
		KIT_TEST(what_never_left_did_not_happen),
		KIT_TEST(an_address_that_is_not_allowed_is_the_operators_to_change),
		KIT_TEST(a_silent_cloud_is_left_at_the_deadline),
		KIT_TEST(a_hasty_caller_opens_no_circuit),
		KIT_TEST(one_exchange_takes_no_longer_than_timeout_s),
		KIT_TEST(a_cancelled_call_tries_no_more),
		KIT_TEST(a_short_retry_after_is_waited_for_by_a_read_only),
		KIT_TEST(a_long_retry_after_is_told_and_not_slept),
		KIT_TEST(other_statuses_are_the_adapters_to_read),
		KIT_TEST(nothing_is_no_answer_to_a_read),
		KIT_TEST(the_clouds_own_word_goes_before_its_status),
		KIT_TEST(a_body_beyond_the_limit_is_cut_off_and_not_asked_for_again),
		KIT_TEST(a_tape_answers_like_the_cloud_and_holds_no_secret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
