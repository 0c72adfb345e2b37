/* SPDX-License-Identifier: Apache-2.0 */
/* tape_test.c: what is recorded plays back, and holds no secret. */
#include "tests/unit/http/http_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[64];

static int path_setup(void **state)
{
	snprintf(path, sizeof path, "%s", "/tmp/gaon-tape-XXXXXX");
	close(mkstemp(path));
	return arena_setup(state);
}

static int path_teardown(void **state)
{
	unlink(path);
	return arena_teardown(state);
}

static char *content(struct arena *arena)
{
	char *data = arena_zalloc(arena, 100000);
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	assert_true(fread(data, 1, 99999, file) > 0);
	fclose(file);
	return data;
}

/* Every answer counts up, and carries a secret in each of the places where clouds put them. */
static bool answer_with_secrets(const struct server_request *request)
{
	static const char *const bodies[][2] = {
		{ "{\"access_token\":\"CANARY\",\"list\":[{\"adminPass\":\"CANARY\",\"name\":\"plain\"}],\"n\":", "}" },
		{ "<r><AccessKeyId>CANARY</AccessKeyId><name>plain</name><n>", "</n></r>" },
		{ "password=CANARY&name=plain&n=", "" },
	};
	const char *which = strstr(request->head, "kind=");
	char body[200];

	const char *const *parts = bodies[which[5] - '0'];
	snprintf(body, sizeof body, "%s%u%s", parts[0], request->on_connection, parts[1]);
	server_write(request->socket,
		     "HTTP/1.1 200 OK\r\nSet-Cookie: sid=CANARY\r\nX-Subject-Token: CANARY\r\nX-Plain: 1\r\n"
		     "Content-Length: %zu\r\n\r\n%s",
		     strlen(body), body);
	return true;
}

static struct status ask(struct http_client *client, struct arena *arena, const char *base, int kind,
			 struct http_response *response)
{
	struct http_header headers[] = { { "Authorization", "Bearer CANARY" },
					 { "X-Api-Key", "CANARY" },
					 { "Accept", "plain" } };
	struct http_request request = {
		.method = "POST",
		.url = arena_printf(arena, "%s/x?kind=%d&X-Amz-Signature=CANARY&page=2", base, kind),
		.headers = headers,
		.header_count = 3,
		.body = slice_text("{\"auth\":{\"password\":\"CANARY\",\"user\":\"plain\"}}"),
	};

	return http_send(client, arena, &request, response);
}

static void what_is_recorded_plays_back_in_order_without_secrets(void **state)
{
	struct http_server *server = http_server_start(answer_with_secrets, NULL);
	struct http_options options = { .cleartext = HTTP_CLEARTEXT_LOOPBACK,
					.allowed_networks = "127.0.0.0/8",
					.record_path = path };
	const char *base = fixture_url(*state, server, "");
	struct http_response response;
	struct http_client *client;

	assert_ok(http_client_new(*state, &options, &client));
	for (int i = 0; i < 6; i++) {
		assert_ok(ask(client, *state, base, i % 3, &response));
		assert_non_null(strstr(response.body.data, "CANARY"));
	}
	http_client_free(client);
	http_server_stop(server);
	const char *recorded = content(*state);
	assert_null(strstr(recorded, "CANARY"));
	assert_non_null(strstr(recorded, "plain"));

	client = fixture_client(*state, (struct http_options){ .replay_path = path });
	for (int i = 0; i < 6; i++) {
		assert_ok(ask(client, *state, base, i % 3, &response));
		assert_int_equal(response.status, 200);
		assert_string_equal(http_header(&response, "x-plain", ""), "1");
		/* the numbers 1 to 6 come in the order in which they were recorded */
		char *number = arena_printf(*state, i % 3 == 0 ? "\"n\":%d" : i % 3 == 1 ? "<n>%d</n>" : "n=%d", i + 1);
		assert_non_null(strstr(response.body.data, number));
	}
	struct status status = ask(client, *state, base, 0, &response);
	assert_string_equal(status.reason, "HTTP_NOT_RECORDED");
	assert_null(strstr(status.message, "CANARY"));
	assert_fails(fixture_get(client, *state, base, &response), STATUS_NOT_FOUND, "HTTP_NOT_RECORDED");
}

static bool binary(const struct server_request *request)
{
	server_write(request->socket, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\xff\xfe%c!", 1);
	return true;
}

static void bytes_that_are_no_text_play_back_too(void **state)
{
	struct http_server *server = http_server_start(binary, NULL);
	struct http_options options = { .cleartext = HTTP_CLEARTEXT_LOOPBACK,
					.allowed_networks = "127.0.0.0/8",
					.record_path = path };
	const char *url = fixture_url(*state, server, "/");
	struct http_response response;
	struct http_client *client;

	assert_ok(http_client_new(*state, &options, &client));
	assert_ok(fixture_get(client, *state, url, &response));
	http_client_free(client);
	http_server_stop(server);
	client = fixture_client(*state, (struct http_options){ .replay_path = path });
	assert_ok(fixture_get(client, *state, url, &response));
	assert_true(slice_equal(response.body, slice_of("\xff\xfe\x01!", 4)));
}

static void a_file_that_is_no_recording_is_refused(void **state)
{
	struct http_options options = { .replay_path = "/no/such/file" };
	struct http_client *client;

	assert_fails(http_client_new(*state, &options, &client), STATUS_INVALID_ARGUMENT, "HTTP_OPTIONS_INVALID");
	options.replay_path = path; /* empty */
	assert_fails(http_client_new(*state, &options, &client), STATUS_INVALID_ARGUMENT, "HTTP_OPTIONS_INVALID");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_recorded_plays_back_in_order_without_secrets, path_setup,
						path_teardown),
		cmocka_unit_test_setup_teardown(bytes_that_are_no_text_play_back_too, path_setup, path_teardown),
		cmocka_unit_test_setup_teardown(a_file_that_is_no_recording_is_refused, path_setup, path_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
