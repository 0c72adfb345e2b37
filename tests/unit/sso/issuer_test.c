/* SPDX-License-Identifier: Apache-2.0 */
/* issuer_test.c: keys are fetched beside the calls, once, again when they turn, and kept while an issuer is down. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/sso/issuer.h"
#include "tests/support/arena_fixture.h"
#include "tests/support/http_server.h"

#define ISSUER "https://login.example.com"

/* An issuer of ours: what it answers may change under the test's hands. */
struct fake {
	struct arena *arena;
	struct issuer_keys *keys;
	const char *document; /* of the keys; NULL: it is down */
	const char *discovery;
	atomic_uint fetches;
};

static struct status fetch(void *context, struct arena *arena, const char *url, struct slice *body)
{
	struct fake *fake = context;
	const char *answer = text_ends_with(url, "/.well-known/openid-configuration") ? fake->discovery : fake->document;

	atomic_fetch_add(&fake->fetches, 1);
	if (answer == NULL)
		return status_fail(arena, STATUS_UNAVAILABLE, "DOWN", "it is down");
	*body = slice_text(arena_strdup(arena, answer));
	return OK;
}

static const char *key_document(struct arena *arena, const char *key_id)
{
	struct signer *signer = NULL;
	struct json *jwk = NULL;

	assert_ok(signer_generate(arena, SIGNATURE_ES256, &signer));
	assert_ok(signer_public_jwk(arena, signer, &jwk));
	json_set_text(jwk, "kid", key_id);
	signer_free(signer);
	return arena_printf(arena, "{\"keys\":[%s]}", json_print(arena, jwk));
}

static int setup(void **state)
{
	struct arena *arena = arena_new(0);
	struct fake *fake = ARENA_NEW(arena, struct fake);
	const struct issuer_options options = { .fetch = fetch, .fetch_context = fake };

	time_fake_set(INT64_C(1795435200000000));
	fake->arena = arena;
	fake->document = key_document(arena, "k1");
	fake->discovery = "{\"issuer\":\"" ISSUER "\",\"jwks_uri\":\"" ISSUER "/keys\"}";
	assert_ok(issuer_keys_new(arena, &options, &fake->keys));
	*state = fake;
	return 0;
}

static int teardown(void **state)
{
	struct fake *fake = *state;

	issuer_keys_free(fake->keys);
	arena_free(fake->arena);
	time_fake_off();
	return 0;
}

static struct status get(struct fake *fake, const char *jwks_uri, const char *key_id)
{
	const struct issuer_source source = { ISSUER, jwks_uri };
	struct arena *arena = arena_new(0);
	const struct jwk_set *set = NULL;
	struct status status = issuer_keys_get(fake->keys, arena, &source, key_id, &set);

	if (status_is_ok(status) && jwk_set_count(set) == 0)
		fail_msg("an empty set");
	status = status_copy(fake->arena, status);
	arena_free(arena);
	return status;
}

static unsigned fetches_after_settling(struct fake *fake)
{
	issuer_keys_settle(fake->keys);
	return atomic_load(&fake->fetches);
}

static void the_first_call_is_told_to_come_back(void **state)
{
	struct fake *fake = *state;

	assert_fails(get(fake, ISSUER "/keys", "k1"), STATUS_UNAVAILABLE, "JWKS_PENDING");
	assert_int_equal(fetches_after_settling(fake), 1);
	assert_ok(get(fake, ISSUER "/keys", "k1"));
	assert_int_equal(fetches_after_settling(fake), 1);
}

static void keys_are_found_by_discovery(void **state)
{
	struct fake *fake = *state;

	assert_fails(get(fake, "", "k1"), STATUS_UNAVAILABLE, "JWKS_PENDING");
	assert_int_equal(fetches_after_settling(fake), 2);
	assert_ok(get(fake, "", "k1"));
}

static void another_issuers_discovery_is_not_followed(void **state)
{
	static const char *const bad[] = {
		"{\"issuer\":\"https://evil.example\",\"jwks_uri\":\"" ISSUER "/keys\"}",
		"{\"issuer\":\"" ISSUER "\",\"jwks_uri\":\"http://login.example.com/keys\"}",
		"{\"issuer\":\"" ISSUER "\"}",
		"nonsense",
	};
	struct fake *fake = *state;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		fake->discovery = bad[i];
		assert_fails(get(fake, "", "k1"), STATUS_UNAVAILABLE, "JWKS_PENDING");
		issuer_keys_settle(fake->keys);
		assert_fails(get(fake, "", "k1"), STATUS_UNAVAILABLE, "JWKS_UNREACHABLE");
		time_fake_advance(TIME_US_PER_MINUTE);
	}
}

static void a_hundred_callers_make_one_fetch(void **state)
{
	struct fake *fake = *state;

	for (int i = 0; i < 100; i++) {
		struct status status = get(fake, ISSUER "/keys", "k1");

		assert_true(status_is_ok(status) || strcmp(status.reason, "JWKS_PENDING") == 0);
	}
	assert_int_equal(fetches_after_settling(fake), 1);
}

static void an_unknown_key_is_asked_for_once_in_half_a_minute(void **state)
{
	struct fake *fake = *state;

	(void)get(fake, ISSUER "/keys", "k1").code;
	assert_int_equal(fetches_after_settling(fake), 1);
	/* Within half a minute of the last fetch an unknown key is just unknown. */
	for (int i = 0; i < 10; i++)
		assert_ok(get(fake, ISSUER "/keys", "invented"));
	assert_int_equal(fetches_after_settling(fake), 1);
	time_fake_advance(30 * TIME_US_PER_SECOND);
	fake->document = key_document(fake->arena, "k2"); /* the issuer has turned its keys */
	assert_fails(get(fake, ISSUER "/keys", "k2"), STATUS_UNAVAILABLE, "JWKS_PENDING");
	assert_int_equal(fetches_after_settling(fake), 2);
	assert_ok(get(fake, ISSUER "/keys", "k2"));
	assert_int_equal(fetches_after_settling(fake), 2);
}

static void old_keys_are_used_while_the_issuer_is_down_but_not_for_ever(void **state)
{
	struct fake *fake = *state;

	(void)get(fake, ISSUER "/keys", "k1").code;
	assert_int_equal(fetches_after_settling(fake), 1);
	fake->document = NULL;
	time_fake_advance(11 * TIME_US_PER_MINUTE);
	assert_ok(get(fake, ISSUER "/keys", "k1")); /* and sets a fetch going */
	assert_int_equal(fetches_after_settling(fake), 2);
	assert_ok(get(fake, ISSUER "/keys", "k1"));
	time_fake_advance(TIME_US_PER_DAY);
	assert_fails(get(fake, ISSUER "/keys", "k1"), STATUS_UNAVAILABLE, "JWKS_PENDING");
	issuer_keys_settle(fake->keys);
	assert_fails(get(fake, ISSUER "/keys", "k1"), STATUS_UNAVAILABLE, "JWKS_UNREACHABLE");
	fake->document = key_document(fake->arena, "k1");
	time_fake_advance(5 * TIME_US_PER_SECOND);
	assert_fails(get(fake, ISSUER "/keys", "k1"), STATUS_UNAVAILABLE, "JWKS_PENDING");
	issuer_keys_settle(fake->keys);
	assert_ok(get(fake, ISSUER "/keys", "k1"));
}

/* ---- over real sockets ---- */

static bool answer(const struct server_request *request)
{
	const char *document = request->context;

	server_write(request->socket, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(document), document);
	return true;
}

static struct status get_over_http(struct arena *arena, bool allow, unsigned port)
{
	const struct issuer_options options = { .allow_loopback_http = allow };
	const struct issuer_source source = { ISSUER, arena_printf(arena, "http://127.0.0.1:%u/keys", port) };
	struct issuer_keys *keys = NULL;
	const struct jwk_set *set = NULL;
	struct arena *call = arena_new(0);

	assert_ok(issuer_keys_new(arena, &options, &keys));
	assert_fails(issuer_keys_get(keys, call, &source, "k1", &set), STATUS_UNAVAILABLE, "JWKS_PENDING");
	issuer_keys_settle(keys);

	struct status status = status_copy(arena, issuer_keys_get(keys, call, &source, "k1", &set));

	arena_free(call);
	issuer_keys_free(keys);
	return status;
}

static void keys_come_over_http_from_this_host_only_where_that_is_allowed(void **state)
{
	struct arena *arena = *state;
	struct http_server *server = http_server_start(answer, (void *)(uintptr_t)key_document(arena, "k1"));

	assert_ok(get_over_http(arena, true, http_server_port(server)));
	assert_fails(get_over_http(arena, false, http_server_port(server)), STATUS_UNAVAILABLE, "JWKS_UNREACHABLE");
	assert_int_equal(http_server_requests(server), 1);
	http_server_stop(server);
}

#define ISSUER_TEST(test_) cmocka_unit_test_setup_teardown((test_), setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ISSUER_TEST(the_first_call_is_told_to_come_back),
		ISSUER_TEST(keys_are_found_by_discovery),
		ISSUER_TEST(another_issuers_discovery_is_not_followed),
		ISSUER_TEST(a_hundred_callers_make_one_fetch),
		ISSUER_TEST(an_unknown_key_is_asked_for_once_in_half_a_minute),
		ISSUER_TEST(old_keys_are_used_while_the_issuer_is_down_but_not_for_ever),
		ARENA_TEST(keys_come_over_http_from_this_host_only_where_that_is_allowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
