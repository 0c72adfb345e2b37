/* SPDX-License-Identifier: Apache-2.0 */
/* identity_test.c: Keystone on the wire, by the samples of the API references; which address of the catalog is taken.
 */
#include <string.h>

#include "providers/openstack/identity.h"
#include "providers/openstack/openstack.h"
#include "providers/openstack/version.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "tests/support/arena_fixture.h"

static struct json *parse(struct arena *arena, const char *text)
{
	struct json *json = NULL;
	assert_ok(json_parse(arena, slice_text(text), NULL, &json));
	return json;
}

/* As NHN Cloud documents its POST /v2.0/tokens; shortened. */
static const char ANSWER_V2[] =
	"{\"access\": {\"token\": {\"id\": \"e42a092ed6ee4d99949bf25f5f6ecc60\", \"expires\": \"2020-04-29T15:31:21Z\","
	" \"tenant\": {\"id\": \"f5073eaa26b64cffbee89411df94ce01\", \"name\": \"c_VKkasVsh\", \"enabled\": true},"
	" \"issued_at\": \"2020-04-29T03:32:28.000405\"}, \"serviceCatalog\": ["
	"{\"endpoints\": [{\"region\": \"KR1\", \"publicURL\": "
	"\"https://kr1-instance.example/v2/f5073eaa26b64cffbee89411df94ce01\"},"
	" {\"region\": \"KR2\", \"publicURL\": \"https://kr2-instance.example/v2/f5073eaa26b64cffbee89411df94ce01\"}],"
	" \"type\": \"compute\", \"name\": \"nova\"},"
	"{\"endpoints\": [{\"region\": \"KR1\", \"publicURL\": \"https://kr1-image.example\"}], \"type\": \"image\", "
	"\"name\": \"glance\"},"
	"{\"endpoints\": [{\"region\": \"KR1\", \"publicURL\": "
	"\"https://kr1-volume.example/v2/f5073eaa26b64cffbee89411df94ce01\"}],"
	" \"type\": \"volumev2\", \"name\": \"cinderv2\"},"
	"{\"endpoints\": [{\"region\": \"KR1\", \"publicURL\": \"https://kr1-network.example\"}], \"type\": "
	"\"network\", \"name\": \"neutron\"}],"
	" \"user\": {\"id\": \"436f\"}, \"metadata\": {\"is_admin\": 0}}}";

/* As the Identity API v3 reference has it; shortened. */
static const char ANSWER_V3[] =
	"{\"token\": {\"methods\": [\"password\"], \"expires_at\": \"2015-11-07T02:58:43.578887Z\","
	" \"project\": {\"domain\": {\"id\": \"default\"}, \"id\": \"a6944d763bf64ee6a275f1263fae0352\", \"name\": "
	"\"admin\"},"
	" \"catalog\": [{\"endpoints\": ["
	"{\"region_id\": \"RegionOne\", \"url\": \"http://internal:8774/v2.1\", \"region\": \"RegionOne\", "
	"\"interface\": \"internal\"},"
	"{\"region_id\": \"RegionOne\", \"url\": \"http://public:8774/v2.1/\", \"region\": \"RegionOne\", "
	"\"interface\": \"public\"}],"
	" \"type\": \"compute\", \"id\": \"1\", \"name\": \"nova\"},"
	"{\"endpoints\": [{\"region\": \"RegionOne\", \"url\": \"http://public:8776/v2/p\", \"interface\": "
	"\"publicURL\"}], \"type\": \"volumev2\"},"
	"{\"endpoints\": [{\"region_id\": \"RegionOne\", \"url\": \"http://public:8776/v3/p\", \"interface\": "
	"\"public\"}], \"type\": \"volumev3\"},"
	"{\"endpoints\": [{\"region_id\": \"RegionOne\", \"url\": \"http://public:9292/image/v2.9/\", \"interface\": "
	"\"public\"}],"
	" \"type\": \"image\"},"
	"{\"endpoints\": [{\"region_id\": \"RegionOne\", \"url\": \"http://public/networking\", \"interface\": "
	"\"public\"}], \"type\": \"network\"}]}}";

static const char *place(struct arena *arena, const struct openstack_token *token, enum openstack_service service,
			 const char *region)
{
	return openstack_place_find(arena, token->places, token->place_count, service, region);
}

static void an_answer_of_v2_gives_token_project_and_addresses(void **state)
{
	struct openstack_token token;
	assert_true(openstack_token_read(*state, parse(*state, ANSWER_V2), NULL, "public", &token));
	assert_string_equal(token.id, "e42a092ed6ee4d99949bf25f5f6ecc60");
	assert_string_equal(token.project_id, "f5073eaa26b64cffbee89411df94ce01");
	assert_string_equal(time_format(*state, token.expires_us), "2020-04-29T15:31:21Z");
	assert_string_equal(place(*state, &token, OPENSTACK_COMPUTE, "KR2"),
			    "https://kr2-instance.example/v2/f5073eaa26b64cffbee89411df94ce01");
	assert_string_equal(place(*state, &token, OPENSTACK_VOLUME, "KR1"),
			    "https://kr1-volume.example/v2/f5073eaa26b64cffbee89411df94ce01");
	assert_string_equal(place(*state, &token, OPENSTACK_IMAGE, "KR1"), "https://kr1-image.example/v2");
	assert_string_equal(place(*state, &token, OPENSTACK_NETWORK, NULL), "https://kr1-network.example/v2.0");
	assert_null(place(*state, &token, OPENSTACK_IMAGE, "KR2"));
}

static void an_answer_of_v3_gives_the_addresses_of_one_interface_and_the_newest_volume_service(void **state)
{
	struct openstack_token token;
	assert_true(openstack_token_read(*state, parse(*state, ANSWER_V3), "gAAAAABk", "public", &token));
	assert_string_equal(token.id, "gAAAAABk");
	assert_string_equal(token.project_id, "a6944d763bf64ee6a275f1263fae0352");
	assert_string_equal(time_format(*state, token.expires_us), "2015-11-07T02:58:43.578887Z");
	assert_string_equal(place(*state, &token, OPENSTACK_COMPUTE, "RegionOne"), "http://public:8774/v2.1");
	assert_string_equal(place(*state, &token, OPENSTACK_VOLUME, NULL), "http://public:8776/v3/p");
	assert_string_equal(place(*state, &token, OPENSTACK_IMAGE, NULL), "http://public:9292/image/v2.9");
	assert_string_equal(place(*state, &token, OPENSTACK_NETWORK, NULL), "http://public/networking/v2.0");
	assert_true(openstack_token_read(*state, parse(*state, ANSWER_V3), "t", "internal", &token));
	assert_string_equal(place(*state, &token, OPENSTACK_COMPUTE, NULL), "http://internal:8774/v2.1");
	assert_null(place(*state, &token, OPENSTACK_VOLUME, NULL));
}

static void an_answer_without_a_token_is_none(void **state)
{
	static const char *const WRONG[] = { "{}",
					     "[]",
					     "{\"token\": {}}",
					     "{\"access\": {\"token\": {}}}",
					     "{\"access\": {\"token\": {\"id\": \"two words\"}}}",
					     "{\"access\": {\"token\": {\"id\": \"line\\nbreak\"}}}" };
	struct openstack_token token;
	for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++)
		assert_false(openstack_token_read(*state, parse(*state, WRONG[i]), NULL, "public", &token));
	assert_true(openstack_token_read(*state, parse(*state, "{\"token\": {\"expires_at\": \"soon\"}}"), "t",
					 "public", &token));
	assert_int_equal(token.expires_us, 0);
	assert_int_equal(token.place_count, 0);
}

static const char *body(struct arena *arena, const struct openstack_options *options,
			const struct openstack_secrets *secrets)
{
	return json_print(arena, openstack_token_body(arena, options, secrets));
}

static void what_is_asked_is_what_the_references_say(void **state)
{
	struct openstack_options options = { .auth_url = "https://keystone.example/v2.0",
					     .auth_version = 2,
					     .project_id = "f507" };
	struct openstack_secrets user = { .username = "user@example.com", .password = "secretsecret" };
	struct openstack_secrets application = { .credential_id = "423f", .credential_secret = "rEaqvJka" };
	assert_string_equal(openstack_token_url(*state, &options), "https://keystone.example/v2.0/tokens");
	assert_string_equal(
		body(*state, &options, &user),
		"{\"auth\":{\"tenantId\":\"f507\",\"passwordCredentials\":{\"username\":\"user@example.com\","
		"\"password\":\"secretsecret\"}}}");
	options = (struct openstack_options){ .auth_url = "https://keystone.example/v2.0",
					      .auth_version = 2,
					      .project = "customer-x" };
	assert_non_null(strstr(body(*state, &options, &user), "\"tenantName\":\"customer-x\""));
	options = (struct openstack_options){
		.auth_url = "https://k.example/v3", .auth_version = 3, .project = "demo", .user_domain = "people"
	};
	assert_string_equal(openstack_token_url(*state, &options), "https://k.example/v3/auth/tokens");
	assert_string_equal(body(*state, &options, &user), "{\"auth\":{\"identity\":{\"methods\":[\"password\"],"
							   "\"password\":{\"user\":{\"name\":\"user@example.com\","
							   "\"password\":\"secretsecret\",\"domain\":{\"id\":"
							   "\"people\"}}}},\"scope\":{\"project\":{\"name\":\"demo\","
							   "\"domain\":{\"id\":\"default\"}}}}}");
	assert_string_equal(body(*state, &options, &application),
			    "{\"auth\":{\"identity\":{\"methods\":[\"application_credential\"],\"application_"
			    "credential\":{\"id\":\"423f\","
			    "\"secret\":\"rEaqvJka\"}}}}");
}

static void an_override_stands_as_written_with_the_project_filled_in(void **state)
{
	assert_string_equal(openstack_place_fill(*state, "https://kt.example/d1/server", "p"),
			    "https://kt.example/d1/server");
	assert_string_equal(openstack_place_fill(*state, "https://kt.example/d1/volume/{project_id}", "p1"),
			    "https://kt.example/d1/volume/p1");
	assert_string_equal(openstack_place_fill(*state, "https://h/{project_id}/x", NULL), "https://h/{project_id}/x");
}

/* ---- microversions ---- */

static void the_newest_microversion_that_both_know_is_spoken(void **state)
{
	static const struct {
		const char *document;
		enum openstack_service service;
		int minor;
	} ROWS[] = {
		{ "{\"version\": {\"id\": \"v2.1\", \"version\": \"2.93\", \"min_version\": \"2.1\"}}",
		  OPENSTACK_COMPUTE, 93 },
		{ "{\"version\": {\"id\": \"v2.1\", \"version\": \"2.38\", \"min_version\": \"2.1\"}}",
		  OPENSTACK_COMPUTE, 38 },
		{ "{\"version\": {\"id\": \"v2.1\", \"version\": \"2.150\", \"min_version\": \"2.1\"}}",
		  OPENSTACK_COMPUTE, OPENSTACK_COMPUTE_MINOR },
		/* It no longer speaks what we were tested with. */
		{ "{\"version\": {\"id\": \"v2.1\", \"version\": \"2.150\", \"min_version\": \"2.100\"}}",
		  OPENSTACK_COMPUTE, 0 },
		{ "{\"version\": {\"id\": \"v2.0\", \"version\": \"\", \"min_version\": \"\"}}", OPENSTACK_COMPUTE, 0 },
		{ "{\"versions\": [{\"id\": \"v3.0\", \"version\": \"3.70\", \"min_version\": \"3.0\"}]}",
		  OPENSTACK_VOLUME, 70 },
		{ "{\"versions\": [{\"id\": \"v2.0\", \"version\": \"\"}, {\"id\": \"v3.0\", \"version\": \"3.27\"}]}",
		  OPENSTACK_VOLUME, 27 },
		{ "{\"versions\": [{\"id\": \"v2.0\", \"version\": \"\"}]}", OPENSTACK_VOLUME, 0 },
		{ "{\"version\": {\"version\": \"2.-5\"}}", OPENSTACK_COMPUTE, 0 },
		{ "{\"version\": {\"version\": \"2.99999999999\"}}", OPENSTACK_COMPUTE, 0 },
		{ "{}", OPENSTACK_COMPUTE, 0 },
		{ "[1]", OPENSTACK_COMPUTE, 0 },
	};
	for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
		assert_int_equal(openstack_minor_choose(*state, parse(*state, ROWS[i].document), ROWS[i].service),
				 ROWS[i].minor);
}

static void the_version_document_is_at_the_version_in_the_address(void **state)
{
	assert_string_equal(openstack_version_root(*state, "http://h:8774/v2.1"), "http://h:8774/v2.1");
	assert_string_equal(openstack_version_root(*state, "https://h/compute/v2.1/a694"), "https://h/compute/v2.1");
	assert_string_equal(openstack_version_root(*state, "https://h:8776/v3/a694"), "https://h:8776/v3");
	assert_null(openstack_version_root(*state, "https://kt.example/d1/server"));
	assert_null(openstack_version_root(*state, "https://vendor.example/vms"));
}

/* ---- options ---- */

static struct provider_result check(struct arena *arena, const char *endpoint, const char *options)
{
	struct provider_config config = { .endpoint = endpoint, .options = parse(arena, options) };
	return provider_openstack.ops->check(arena, &config);
}

static void the_version_of_keystone_stands_in_the_address_or_in_the_options(void **state)
{
	static const struct {
		const char *endpoint, *options, *url;
		int version;
	} ROWS[] = {
		{ "https://k.example:5000", "{}", "https://k.example:5000/v3", 3 },
		{ "https://k.example/identity/v3/", "{}", "https://k.example/identity/v3", 3 },
		{ "https://k.example/v2.0", "{}", "https://k.example/v2.0", 2 },
		{ "https://kt.example/d1/identity", "{\"auth_version\": \"3\"}", "https://kt.example/d1/identity", 3 },
		{ "https://k.example/old", "{\"auth_version\": 2}", "https://k.example/old", 2 },
	};
	for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
		struct openstack_options options = { .auth_version = 0 };
		struct provider_config config = { .endpoint = ROWS[i].endpoint,
						  .options = parse(*state, ROWS[i].options) };
		assert_int_equal(openstack_options_read(*state, &config, &options).error, PROVIDER_OK);
		assert_string_equal(options.auth_url, ROWS[i].url);
		assert_int_equal(options.auth_version, ROWS[i].version);
	}
}

static void wrong_options_are_refused_by_their_names(void **state)
{
	static const struct {
		const char *options, *named;
	} ROWS[] = {
		{ "{\"flavour\": 1}", "options.flavour" },
		{ "{\"password\": \"in the wrong place\"}", "options.password" },
		{ "{\"auth_version\": 4}", "options.auth_version" },
		{ "{\"interface\": \"private\"}", "options.interface" },
		{ "{\"boot\": \"floppy\"}", "options.boot" },
		{ "{\"console_type\": \"telnet\"}", "options.console_type" },
		{ "{\"compute_endpoint\": \"http://elsewhere.example/v2.1\"}", "options.compute_endpoint" },
		{ "{\"image_endpoint\": \"nonsense\"}", "options.image_endpoint" },
	};
	for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
		struct provider_result result = check(*state, "https://k.example:5000", ROWS[i].options);
		assert_int_equal(result.error, PROVIDER_INVALID);
		assert_true(text_starts_with(result.message, ROWS[i].named));
		assert_null(strstr(result.message, "in the wrong place"));
	}
	assert_int_equal(check(*state, "http://k.example:5000", "{}").error, PROVIDER_INVALID);
	assert_int_equal(check(*state, "http://k.example:5000", "{\"allow_cleartext\": true}").error, PROVIDER_OK);
	assert_int_equal(check(*state, "https://k.example", "{\"timeout_s\": 0}").error, PROVIDER_INVALID);
}

static void credentials_are_of_one_kind_and_whole(void **state)
{
	static const struct {
		const char *credentials, *options;
		bool is_good;
	} ROWS[] = {
		{ "{\"username\": \"u\", \"password\": \"p\"}", "{\"project\": \"x\"}", true },
		{ "{\"application_credential_id\": \"i\", \"application_credential_secret\": \"s\"}", "{}", true },
		{ "{\"username\": \"u\", \"password\": \"p\"}", "{}", false }, /* in which project? */
		{ "{\"username\": \"u\"}", "{\"project\": \"x\"}", false },
		{ "{}", "{}", false },
		{ "{\"username\": \"u\", \"password\": \"p\", \"application_credential_id\": \"i\", "
		  "\"application_credential_secret\": \"s\"}",
		  "{\"project\": \"x\"}", false },
		{ "{\"username\": \"u\", \"password\": \"p\", \"region\": \"r\"}", "{\"project\": \"x\"}", false },
	};
	for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
		struct openstack_secrets secrets = { .username = NULL };
		struct provider_config config = { .options = parse(*state, ROWS[i].options),
						  .credentials = parse(*state, ROWS[i].credentials) };
		struct provider_result result = openstack_secrets_read(*state, &config, 3, &secrets);
		assert_int_equal(result.error, ROWS[i].is_good ? PROVIDER_OK : PROVIDER_INVALID);
		openstack_secrets_wipe(&secrets);
	}
	struct openstack_secrets secrets = { .username = NULL };
	struct provider_config config = { .options = parse(*state, "{}"),
					  .credentials = parse(*state, ROWS[1].credentials) };
	assert_int_equal(openstack_secrets_read(*state, &config, 2, &secrets).error, PROVIDER_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(an_answer_of_v2_gives_token_project_and_addresses),
		ARENA_TEST(an_answer_of_v3_gives_the_addresses_of_one_interface_and_the_newest_volume_service),
		ARENA_TEST(an_answer_without_a_token_is_none),
		ARENA_TEST(what_is_asked_is_what_the_references_say),
		ARENA_TEST(an_override_stands_as_written_with_the_project_filled_in),
		ARENA_TEST(the_newest_microversion_that_both_know_is_spoken),
		ARENA_TEST(the_version_document_is_at_the_version_in_the_address),
		ARENA_TEST(the_version_of_keystone_stands_in_the_address_or_in_the_options),
		ARENA_TEST(wrong_options_are_refused_by_their_names),
		ARENA_TEST(credentials_are_of_one_kind_and_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
