/* SPDX-License-Identifier: Apache-2.0 */
/* oidc_test.c: people who sign in elsewhere: trusted issuers, their tokens at the gate, and what ends that trust. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "runtime/crypto/signature.h"
#include "server/sso/issuer.h"
#include "tests/support/http_server.h"
#include "tests/unit/iam/house.h"

#define ISSUER "https://login.example.com"
#define WHO &gaon_method_iam_who_am_i
#define WRITE &gaon_method_iam_update_tenant

/* One key for all tests of the program. */
static struct signer *signer;
static char *key_set;

static int make_keys(void **state)
{
	struct arena *arena = arena_new(0);
	struct json *jwk = NULL;

	(void)state;
	assert_ok(signer_generate(arena, SIGNATURE_ES256, &signer));
	assert_ok(signer_public_jwk(arena, signer, &jwk));
	json_set_text(jwk, "kid", "k1");
	if (asprintf(&key_set, "{\"keys\":[%s]}", json_print(arena, jwk)) < 0)
		fail();
	arena_free(arena);
	return 0;
}

static int drop_keys(void **state)
{
	(void)state;
	signer_free(signer);
	free(key_set);
	return 0;
}

static const char *token(struct house *house, const char *audience, const char *subject, int64_t seconds)
{
	struct arena *arena = house->arena;
	const char *header = "{\"alg\":\"ES256\",\"kid\":\"k1\",\"typ\":\"at+jwt\"}";
	const char *claims = arena_printf(arena, "{\"iss\":\"" ISSUER "\",\"aud\":\"%s\",\"sub\":\"%s\",\"exp\":%" PRId64 "}",
					  audience, subject, time_now_us() / TIME_US_PER_SECOND + seconds);
	const char *signed_part = arena_printf(arena, "%s.%s", text_to_base64url(arena, slice_text(header)),
					       text_to_base64url(arena, slice_text(claims)));
	struct slice signature;

	assert_ok(signer_sign(arena, signer, SIGNATURE_ES256, slice_text(signed_part), &signature));
	return arena_printf(arena, "%s.%s", signed_part, text_to_base64url(arena, signature));
}

static struct status trust(struct house *house, const char *parent, const char *id, const Gaon__IdentityProvider *given)
{
	Gaon__CreateIdentityProviderRequest request = GAON__CREATE_IDENTITY_PROVIDER_REQUEST__INIT;
	Gaon__IdentityProvider reply = GAON__IDENTITY_PROVIDER__INIT;

	request.parent = parent;
	request.identity_provider_id = id;
	request.identity_provider = (Gaon__IdentityProvider *)(uintptr_t)given;
	return house_call(house, house->root_key, "CreateIdentityProvider", &request, &reply);
}

static void trust_corp(struct house *house, const char *parent, const char *audience)
{
	Gaon__IdentityProvider given = GAON__IDENTITY_PROVIDER__INIT;

	given.issuer = ISSUER;
	given.audience = audience;
	given.jwks = key_set;
	assert_ok(trust(house, parent, "corp", &given));
}

static struct status person(struct house *house, const char *parent, const char *id, const char *provider,
			    const char *subject)
{
	Gaon__CreateUserRequest request = GAON__CREATE_USER_REQUEST__INIT;
	Gaon__User user = GAON__USER__INIT, reply = GAON__USER__INIT;

	user.identity_provider = provider;
	user.subject = subject;
	request.parent = parent;
	request.user_id = id;
	request.user = &user;
	return house_call(house, house->root_key, "CreateUser", &request, &reply);
}

static void a_person_comes_in_with_a_token_of_the_trusted_issuer(void **state)
{
	struct house *house = *state;
	const struct principal *who = NULL;

	house_tenant(house, "tenants/gaon", "acme");
	trust_corp(house, "tenants/acme", "gaon");
	assert_ok(person(house, "tenants/acme", "vera", "tenants/acme/identityProviders/corp", "u-7"));

	const char *good = token(house, "gaon", "u-7", 3600);

	assert_ok(house_gate(house, good, WHO, "", &who));
	assert_string_equal(who->name, "tenants/acme/users/vera");
	assert_string_equal(who->method, "oidc");
	assert_fails(house_gate(house, good, WRITE, "tenants/acme", NULL), STATUS_PERMISSION_DENIED, "PERMISSION_DENIED");
	house_bind(house, "tenants/acme", "roles/tenant-admin", "tenants/acme/users/vera");
	assert_ok(house_gate(house, good, WRITE, "tenants/acme", NULL));
	assert_fails(house_gate(house, token(house, "gaon", "u-8", 3600), WHO, "", NULL), STATUS_UNAUTHENTICATED,
		     "CREDENTIAL_INVALID");
	assert_fails(house_gate(house, token(house, "other", "u-7", 3600), WHO, "", NULL), STATUS_UNAUTHENTICATED,
		     "CREDENTIAL_INVALID");
	assert_fails(house_gate(house, token(house, "gaon", "u-7", 0), WHO, "", NULL), STATUS_UNAUTHENTICATED,
		     "CREDENTIAL_EXPIRED");
}

static void a_token_ends_when_it_says_though_it_was_just_used(void **state)
{
	struct house *house = *state;

	trust_corp(house, "tenants/gaon", "gaon");
	assert_ok(person(house, "tenants/gaon", "vera", "tenants/gaon/identityProviders/corp", "u-7"));

	const char *brief = token(house, "gaon", "u-7", 60);

	assert_ok(house_gate(house, brief, WHO, "", NULL));
	time_fake_advance(60 * TIME_US_PER_SECOND - 1);
	assert_ok(house_gate(house, brief, WHO, "", NULL));
	time_fake_advance(1);
	assert_fails(house_gate(house, brief, WHO, "", NULL), STATUS_UNAUTHENTICATED, "CREDENTIAL_EXPIRED");
	assert_fails(house_gate(house, brief, WRITE, "tenants/gaon", NULL), STATUS_UNAUTHENTICATED, "CREDENTIAL_EXPIRED");
}

static void trust_ends_with_the_provider_or_the_account(void **state)
{
	struct house *house = *state;
	Gaon__UpdateUserRequest disable = GAON__UPDATE_USER_REQUEST__INIT;
	Gaon__User user = GAON__USER__INIT, updated = GAON__USER__INIT;
	Gaon__DeleteIdentityProviderRequest request = GAON__DELETE_IDENTITY_PROVIDER_REQUEST__INIT;
	Gaon__DeleteIdentityProviderResponse reply = GAON__DELETE_IDENTITY_PROVIDER_RESPONSE__INIT;

	trust_corp(house, "tenants/gaon", "gaon");
	assert_ok(person(house, "tenants/gaon", "vera", "tenants/gaon/identityProviders/corp", "u-7"));
	assert_ok(person(house, "tenants/gaon", "olga", "tenants/gaon/identityProviders/corp", "u-8"));

	const char *of_vera = token(house, "gaon", "u-7", 3600), *of_olga = token(house, "gaon", "u-8", 3600);

	assert_ok(house_gate(house, of_vera, WHO, "", NULL));
	user.name = "tenants/gaon/users/vera";
	user.disabled = true;
	disable.user = &user;
	assert_ok(house_call(house, house->root_key, "UpdateUser", &disable, &updated));
	assert_fails(house_gate(house, of_vera, WHO, "", NULL), STATUS_UNAUTHENTICATED, "CREDENTIAL_INVALID");

	assert_ok(house_gate(house, of_olga, WHO, "", NULL));
	request.name = "tenants/gaon/identityProviders/corp";
	assert_ok(house_call(house, house->root_key, "DeleteIdentityProvider", &request, &reply));
	assert_fails(house_gate(house, of_olga, WHO, "", NULL), STATUS_UNAUTHENTICATED, "CREDENTIAL_INVALID");
	/* A new one of the same name is not the old one's heir. */
	trust_corp(house, "tenants/gaon", "gaon");
	assert_fails(house_gate(house, of_olga, WHO, "", NULL), STATUS_UNAUTHENTICATED, "CREDENTIAL_INVALID");
}

static void one_issuer_may_serve_two_tenants_and_people_stay_apart(void **state)
{
	struct house *house = *state;
	const struct principal *who = NULL;

	house_tenant(house, "tenants/gaon", "acme");
	house_tenant(house, "tenants/gaon", "beta");
	trust_corp(house, "tenants/acme", "for-acme");
	trust_corp(house, "tenants/beta", "for-beta");
	assert_ok(person(house, "tenants/acme", "vera", "tenants/acme/identityProviders/corp", "u-7"));
	assert_ok(person(house, "tenants/beta", "vera", "tenants/beta/identityProviders/corp", "u-7"));
	assert_ok(house_gate(house, token(house, "for-acme", "u-7", 60), WHO, "", &who));
	assert_string_equal(who->tenant, "tenants/acme");
	assert_ok(house_gate(house, token(house, "for-beta", "u-7", 60), WHO, "", &who));
	assert_string_equal(who->tenant, "tenants/beta");
	/* Another tenant's provider is none of this tenant's business; one person has one account. */
	assert_fails(person(house, "tenants/acme", "zoe", "tenants/beta/identityProviders/corp", "u-9"), STATUS_NOT_FOUND,
		     "IDENTITY_PROVIDER_NOT_FOUND");
	assert_fails(person(house, "tenants/acme", "zoe", "tenants/acme/identityProviders/corp", "u-7"),
		     STATUS_ALREADY_EXISTS, "SUBJECT_EXISTS");
	assert_fails(person(house, "tenants/acme", "zoe", "", "u-7"), STATUS_INVALID_ARGUMENT, "INVALID_FIELD");
}

static void an_issuer_must_be_one_that_can_be_trusted(void **state)
{
	static const char *const bad_issuers[] = { "http://login.example.com", "https://", "ftp://x", "https://u@x", "",
						   "http://localhost.evil.example", "http://127.0.0.1.evil.example/" };
	struct house *house = *state;
	Gaon__IdentityProvider given = GAON__IDENTITY_PROVIDER__INIT;
	const char *hmac = "HS256";

	given.audience = "gaon";
	for (size_t i = 0; i < sizeof bad_issuers / sizeof bad_issuers[0]; i++) {
		given.issuer = bad_issuers[i];
		assert_fails(trust(house, "tenants/gaon", "bad", &given), STATUS_INVALID_ARGUMENT, "INVALID_FIELD");
	}
	given.issuer = "http://localhost:8080/realms/x";
	given.algorithms = &hmac;
	given.n_algorithms = 1;
	assert_fails(trust(house, "tenants/gaon", "bad", &given), STATUS_INVALID_ARGUMENT, "INVALID_FIELD");
	given.n_algorithms = 0;
	given.jwks = "{\"keys\":[]}";
	assert_fails(trust(house, "tenants/gaon", "bad", &given), STATUS_INVALID_ARGUMENT, "INVALID_FIELD");
	given.jwks = "";
	assert_ok(trust(house, "tenants/gaon", "good", &given));
	assert_fails(trust(house, "tenants/gaon", "good", &given), STATUS_ALREADY_EXISTS, "IDENTITY_PROVIDER_EXISTS");
}

static struct status retrust(struct house *house, const char *key, Gaon__IdentityProvider *given, const char *path)
{
	Gaon__UpdateIdentityProviderRequest request = GAON__UPDATE_IDENTITY_PROVIDER_REQUEST__INIT;
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
	Gaon__IdentityProvider reply = GAON__IDENTITY_PROVIDER__INIT;
	const char *paths[] = { path };

	mask.paths = paths;
	mask.n_paths = 1;
	request.identity_provider = given;
	request.update_mask = path != NULL ? &mask : NULL;

	struct status status = house_call(house, key, "UpdateIdentityProvider", &request, &reply);

	if (status_is_ok(status))
		*given = reply;
	return status;
}

static void what_a_provider_is_told_anew_holds_for_the_next_call(void **state)
{
	struct house *house = *state;
	Gaon__IdentityProvider given = GAON__IDENTITY_PROVIDER__INIT;
	const char *hmac[] = { "HS256" }, *etag;

	trust_corp(house, "tenants/gaon", "gaon");
	assert_ok(person(house, "tenants/gaon", "vera", "tenants/gaon/identityProviders/corp", "u-7"));

	const char *old = token(house, "gaon", "u-7", 3600), *new = token(house, "gaon-2", "u-7", 3600);

	assert_ok(house_gate(house, old, WHO, "", NULL));
	given.name = "tenants/gaon/identityProviders/corp";
	given.audience = "gaon-2";
	assert_ok(retrust(house, house->root_key, &given, NULL));
	assert_string_equal(given.issuer, ISSUER);
	assert_string_equal(given.jwks, key_set);
	etag = given.etag;
	assert_fails(house_gate(house, old, WHO, "", NULL), STATUS_UNAUTHENTICATED, "CREDENTIAL_INVALID");
	assert_ok(house_gate(house, new, WHO, "", NULL));

	given.disabled = true;
	assert_ok(retrust(house, house->root_key, &given, "disabled"));
	assert_fails(house_gate(house, new, WHO, "", NULL), STATUS_UNAUTHENTICATED, "CREDENTIAL_INVALID");
	given.disabled = false;
	given.etag = etag;
	assert_fails(retrust(house, house->root_key, &given, "disabled"), STATUS_ABORTED, "ETAG_STALE");
	given.etag = "";
	assert_ok(retrust(house, house->root_key, &given, "disabled"));
	assert_ok(house_gate(house, new, WHO, "", NULL));

	given.etag = "";
	given.issuer = "https://other.example.com";
	assert_fails(retrust(house, house->root_key, &given, "audience"), STATUS_INVALID_ARGUMENT, "INVALID_FIELD");
	given.issuer = ISSUER;
	assert_fails(retrust(house, house->root_key, &given, "issuer"), STATUS_INVALID_ARGUMENT, "INVALID_FIELD");
	given.audience = "";
	assert_fails(retrust(house, house->root_key, &given, "audience"), STATUS_INVALID_ARGUMENT, "INVALID_FIELD");
	given.jwks = "{\"keys\":[]}";
	assert_fails(retrust(house, house->root_key, &given, "jwks"), STATUS_INVALID_ARGUMENT, "INVALID_FIELD");
	given.jwks = "";
	given.algorithms = hmac;
	given.n_algorithms = 1;
	assert_fails(retrust(house, house->root_key, &given, "algorithms"), STATUS_INVALID_ARGUMENT, "INVALID_FIELD");
	given.n_algorithms = 0;
	given.jwks_uri = "http://evil.example.com/keys";
	assert_fails(retrust(house, house->root_key, &given, "jwks_uri"), STATUS_INVALID_ARGUMENT, "INVALID_FIELD");
	assert_ok(house_gate(house, new, WHO, "", NULL));
}

static void who_chooses_a_providers_keys_must_hold_what_its_people_do(void **state)
{
	struct house *house = *state;
	Gaon__IdentityProvider given = GAON__IDENTITY_PROVIDER__INIT;
	const char *tina;

	house_tenant(house, "tenants/gaon", "acme");
	tina = house_user(house, "tenants/acme", "tina");
	house_bind(house, "tenants/acme", "roles/tenant-admin", "tenants/acme/users/tina");
	trust_corp(house, "tenants/acme", "gaon");
	assert_ok(person(house, "tenants/acme", "vera", "tenants/acme/identityProviders/corp", "u-7"));
	house_bind(house, "tenants/acme", "roles/viewer", "tenants/acme/users/vera");
	given.name = "tenants/acme/identityProviders/corp";
	given.audience = "gaon-2";
	assert_ok(retrust(house, tina, &given, "audience"));

	/* vera, through a group, comes to hold something at the root: her keys are out of tina's hands, the rest is not. */
	house_group(house, "tenants/gaon", "all");
	house_join(house, "tenants/gaon/groups/all", "tenants/acme/users/vera");
	house_bind(house, "tenants/gaon", "roles/viewer", "tenants/gaon/groups/all");
	given.etag = "";
	given.audience = "gaon-3";
	assert_fails(retrust(house, tina, &given, "audience"), STATUS_PERMISSION_DENIED, "GRANT_EXCEEDS_OWN");
	given.audience = "gaon-2";
	assert_ok(retrust(house, tina, &given, "audience"));
	given.etag = "";
	given.display_name = "Corp";
	assert_ok(retrust(house, tina, &given, "display_name"));
	given.etag = "";
	given.audience = "gaon-3";
	assert_ok(retrust(house, house->root_key, &given, "audience"));
}

static bool answer(const struct server_request *request)
{
	server_write(request->socket, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(key_set), key_set);
	return true;
}

static void keys_are_fetched_beside_the_call(void **state)
{
	struct house *house = *state;
	struct http_server *server = http_server_start(answer, NULL);
	Gaon__IdentityProvider given = GAON__IDENTITY_PROVIDER__INIT;
	const char *good;

	given.issuer = ISSUER;
	given.audience = "gaon";
	given.jwks_uri = arena_printf(house->arena, "http://127.0.0.1:%u/keys", http_server_port(server));
	assert_ok(trust(house, "tenants/gaon", "corp", &given));
	assert_ok(person(house, "tenants/gaon", "vera", "tenants/gaon/identityProviders/corp", "u-7"));
	good = token(house, "gaon", "u-7", 60);
	assert_fails(house_gate(house, good, WHO, "", NULL), STATUS_UNAVAILABLE, "JWKS_PENDING");
	issuer_keys_settle(house->iam->issuer_keys);
	assert_ok(house_gate(house, good, WHO, "", NULL));
	assert_int_equal(http_server_requests(server), 1);
	http_server_stop(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(a_person_comes_in_with_a_token_of_the_trusted_issuer),
		HOUSE_TEST(a_token_ends_when_it_says_though_it_was_just_used),
		HOUSE_TEST(trust_ends_with_the_provider_or_the_account),
		HOUSE_TEST(one_issuer_may_serve_two_tenants_and_people_stay_apart),
		HOUSE_TEST(an_issuer_must_be_one_that_can_be_trusted),
		HOUSE_TEST(what_a_provider_is_told_anew_holds_for_the_next_call),
		HOUSE_TEST(who_chooses_a_providers_keys_must_hold_what_its_people_do),
		HOUSE_TEST(keys_are_fetched_beside_the_call),
	};

	return cmocka_run_group_tests(tests, make_keys, drop_keys);
}
