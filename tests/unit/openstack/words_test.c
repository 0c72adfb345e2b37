/* SPDX-License-Identifier: Apache-2.0 */
/* words_test.c: what OpenStack's error bodies mean; marks in descriptions and metadata; handles; networks' addresses;
 * dates. */
#include <string.h>

#include "providers/openstack/fault.h"
#include "providers/openstack/machine.h"
#include "providers/openstack/marks.h"
#include "providers/openstack/network.h"
#include "providers/openstack/task.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "tests/support/arena_fixture.h"

/* ---- errors: bodies as the services of Zed send them ---- */

static const struct {
	int status;
	const char *body, *text;
	enum provider_error class;
} FAULTS[] = {
	{ 409,
	  "{\"conflictingRequest\": {\"code\": 409, \"message\": \"Cannot 'stop' instance 7d1 while it is in vm_state "
	  "stopped\"}}",
	  "Cannot 'stop' instance 7d1 while it is in vm_state stopped", PROVIDER_CONFLICT },
	{ 403,
	  "{\"forbidden\": {\"code\": 403, \"message\": \"Quota exceeded for cores: Requested 8, but already used 20 "
	  "of 20 cores\"}}",
	  "Quota exceeded for cores: Requested 8, but already used 20 of 20 cores", PROVIDER_QUOTA },
	{ 403,
	  "{\"forbidden\": {\"code\": 403, \"message\": \"Policy doesn't allow os_compute_api:os-server-diagnostics to "
	  "be performed.\"}}",
	  "Policy doesn't allow os_compute_api:os-server-diagnostics to be performed.", PROVIDER_FORBIDDEN },
	{ 404, "{\"itemNotFound\": {\"code\": 404, \"message\": \"Instance 0000 could not be found.\"}}",
	  "Instance 0000 could not be found.", PROVIDER_NOT_FOUND },
	{ 400,
	  "{\"badRequest\": {\"code\": 400, \"message\": \"No valid host was found. No valid host found for resize\"}}",
	  "No valid host was found. No valid host found for resize", PROVIDER_CAPACITY },
	{ 413,
	  "{\"overLimit\": {\"code\": 413, \"message\": \"VolumeLimitExceeded: Maximum number of volumes allowed (10) "
	  "exceeded for quota "
	  "'volumes'.\", \"retryAfter\": \"0\"}}",
	  "VolumeLimitExceeded: Maximum number of volumes allowed (10) exceeded for quota 'volumes'.", PROVIDER_QUOTA },
	{ 400,
	  "{\"badRequest\": {\"code\": 400, \"message\": \"Invalid volume: Volume status must be available or error, "
	  "but current status is: "
	  "in-use.\"}}",
	  "Invalid volume: Volume status must be available or error, but current status is: in-use.",
	  PROVIDER_CONFLICT },
	{ 409,
	  "{\"conflictingRequest\": {\"code\": 409, \"message\": \"ConflictNovaUsingAttachment: Detach volume from "
	  "instance 5 using the "
	  "Compute API\"}}",
	  "ConflictNovaUsingAttachment: Detach volume from instance 5 using the Compute API", PROVIDER_CONFLICT },
	{ 409,
	  "{\"NeutronError\": {\"type\": \"OverQuota\", \"message\": \"Quota exceeded for resources: "
	  "['floatingip'].\", \"detail\": \"\"}}",
	  "Quota exceeded for resources: ['floatingip'].", PROVIDER_QUOTA },
	{ 409,
	  "{\"NeutronError\": {\"type\": \"NetworkInUse\", \"message\": \"Unable to complete operation on network "
	  "5.\", \"detail\": \"\"}}",
	  "Unable to complete operation on network 5.", PROVIDER_CONFLICT },
	{ 409,
	  "{\"NeutronError\": {\"type\": \"IpAddressGenerationFailure\", \"message\": \"No more IP addresses available "
	  "on network 5.\"}}",
	  "No more IP addresses available on network 5.", PROVIDER_CAPACITY },
	{ 404,
	  "{\"NeutronError\": {\"type\": \"ExternalGatewayForFloatingIPNotFound\", \"message\": \"External network 5 "
	  "is not reachable\"}}",
	  "External network 5 is not reachable", PROVIDER_CONFLICT },
	{ 401,
	  "{\"error\": {\"code\": 401, \"message\": \"The request you have made requires authentication.\", \"title\": "
	  "\"Unauthorized\"}}",
	  "The request you have made requires authentication.", PROVIDER_AUTH },
	{ 409,
	  "{\"errors\": [{\"status\": 409, \"title\": \"Conflict\", \"detail\": \"Unable to allocate inventory\"}]}",
	  "Unable to allocate inventory", PROVIDER_CONFLICT },
	{ 404,
	  "<html>\n <head>\n  <title>404 Not Found</title>\n </head>\n <body>\n  <h1>404 Not Found</h1>\n  Failed to "
	  "find image 5<br />"
	  "</body>\n</html>",
	  "404 Not Found 404 Not Found Failed to find image 5", PROVIDER_NOT_FOUND },
	{ 501,
	  "{\"notImplemented\": {\"code\": 501, \"message\": \"Unable to get serial console, functionality not "
	  "implemented\"}}",
	  "Unable to get serial console, functionality not implemented", PROVIDER_UNSUPPORTED },
	{ 400, "{\"badRequest\": {\"code\": 400, \"message\": \"Invalid console type spice-html5\"}}",
	  "Invalid console type spice-html5", PROVIDER_UNSUPPORTED },
	{ 400, "{\"header\": {\"isSuccessful\": false, \"resultCode\": -1, \"resultMessage\": \"Bad key\"}}", "Bad key",
	  PROVIDER_INVALID },
	{ 500, "{\"computeFault\": {\"code\": 500, \"message\": \"Unexpected API Error.\"}}", "Unexpected API Error.",
	  PROVIDER_UNKNOWN_OUTCOME },
	{ 404, "", NULL, PROVIDER_NOT_FOUND },
	{ 400, "{broken", "{broken", PROVIDER_INVALID },
};

static void errors_mean_what_their_words_say(void **state)
{
	for (size_t i = 0; i < sizeof FAULTS / sizeof FAULTS[0]; i++) {
		struct openstack_fault fault = openstack_fault_read(*state, slice_text(FAULTS[i].body));
		assert_true(text_equal(fault.text, FAULTS[i].text));
		enum provider_error class = openstack_fault_class(FAULTS[i].status, &fault, false);
		if (class != FAULTS[i].class)
			fail_msg("%s is %s", FAULTS[i].body, provider_error_name(class));
	}
}

static void a_5xx_of_a_read_is_unavailable_and_a_413_may_be_a_quota(void **state)
{
	struct openstack_fault fault =
		openstack_fault_read(*state, slice_text("{\"computeFault\": {\"message\": \"oops\"}}"));
	assert_int_equal(openstack_fault_class(500, &fault, true), PROVIDER_UNAVAILABLE);
	struct http_response full = { .status = 413, .body = slice_text(FAULTS[5].body) };
	struct http_response fast = {
		.status = 413,
		.body = slice_text(
			"{\"overLimit\": {\"code\": 413, \"message\": \"This request was rate-limited.\"}}")
	};
	assert_int_equal(openstack_classify(&full, false), PROVIDER_QUOTA);
	assert_int_equal(openstack_classify(&fast, false), PROVIDER_OK); /* the status says it all: THROTTLED */
	struct http_response gateway = { .status = 504, .body = slice_text("<html>Gateway Timeout</html>") };
	assert_int_equal(openstack_classify(&gateway, false), PROVIDER_OK);
}

/* ---- marks ---- */

static struct provider_session somebody = { .connection = "connections/one of ours", .installation = "gaon]1" };

static void marks_stand_at_the_end_of_a_description_and_are_read_back(void **state)
{
	struct provider_call call = { .arena = *state };
	struct provider_intent intent = { .resource = "0190-a", .operation = "0190-b" };
	const char *description = NULL, *text = NULL;
	assert_int_equal(
		openstack_description_make(&somebody, &call, &intent, "for the web [gaon is not here]", &description)
			.error,
		PROVIDER_OK);
	struct provider_marks marks = openstack_description_read(*state, description, &text);
	assert_string_equal(text, "for the web [gaon is not here]");
	assert_string_equal(marks.resource, "0190-a");
	assert_string_equal(marks.operation, "0190-b");
	assert_string_equal(marks.connection, "connections/one of ours");
	assert_string_equal(marks.installation, "gaon]1");
	assert_true(openstack_is_of(&somebody, &marks, &intent));
	intent.resource = "0190-c";
	assert_false(openstack_is_of(&somebody, &marks, &intent));
}

static void a_long_description_gives_way_to_the_marks_between_characters(void **state)
{
	struct provider_call call = { .arena = *state };
	struct provider_intent intent = { .resource = "r", .operation = "o" };
	const char *description = NULL, *text = NULL;
	char *people = arena_alloc(*state, 301);
	for (int i = 0; i < 300; i += 2)
		memcpy(people + i, "\xc3\xbc", 2);
	people[300] = '\0';
	assert_int_equal(openstack_description_make(&somebody, &call, &intent, people, &description).error,
			 PROVIDER_OK);
	assert_true(strlen(description) <= 255);
	assert_true(text_is_utf8(slice_text(description)));
	assert_string_equal(openstack_description_read(*state, description, &text).resource, "r");
	assert_true(text_starts_with(people, text) && strlen(text) > 100);
	struct provider_session wordy = { .connection = people, .installation = "i" };
	assert_int_equal(openstack_description_make(&wordy, &call, &intent, "", &description).error, PROVIDER_INVALID);
}

static void what_bears_no_marks_of_ours_is_foreign(void **state)
{
	static const char *const FOREIGN[] = { "",
					       "Default security group",
					       "[gaon",
					       "[gaon ]",
					       "[gaon a b c]",
					       "[gaon a b c d e]",
					       "[gaon - b c d]",
					       "[gaon a b c d] more" };
	for (size_t i = 0; i < sizeof FOREIGN / sizeof FOREIGN[0]; i++) {
		const char *text = NULL;
		struct provider_marks marks = openstack_description_read(*state, FOREIGN[i], &text);
		assert_null(marks.resource);
		assert_null(marks.installation);
		assert_string_equal(text, FOREIGN[i]);
	}
	assert_null(openstack_description_read(*state, NULL, NULL).resource);
}

static void tags_of_people_never_take_the_place_of_our_marks(void **state)
{
	struct provider_call call = { .arena = *state };
	struct json *metadata = json_object(*state), *tags = json_object(*state);
	json_set_text(tags, "team", "blue");
	openstack_marks_set(&somebody, &(struct provider_intent){ .resource = "r", .operation = "o" }, metadata);
	assert_int_equal(openstack_tags_set(&call, tags, metadata).error, PROVIDER_OK);
	assert_string_equal(json_print(*state, openstack_tags_read(*state, metadata)), "{\"team\":\"blue\"}");
	assert_string_equal(openstack_marks_read(metadata).resource, "r");
	json_set_text(tags, MARK_RESOURCE, "somebody else's");
	assert_int_equal(openstack_tags_set(&call, tags, metadata).error, PROVIDER_INVALID);
	assert_string_equal(openstack_marks_read(metadata).resource, "r");
}

/* ---- handles, addresses, dates ---- */

static void a_handle_has_a_kind_an_id_and_more(void **state)
{
	static const char ID[] = "0190a1b2-0000-7000-8000-00000000abcd";
	struct openstack_handle handle;
	const char *kind;
	assert_true(openstack_handle_read(*state, arena_printf(*state, "create:%s", ID), &kind, &handle));
	assert_string_equal(kind, "create");
	assert_string_equal(handle.id, ID);
	assert_string_equal(handle.more, "");
	assert_true(openstack_handle_read(*state, arena_printf(*state, "confirm:%s:1700:m1:odd", ID), &kind, &handle));
	assert_string_equal(handle.more, "1700:m1:odd");
	static const char *const WRONG[] = { "",        "create",
					     "create:", "create:../../etc",
					     ":x",      "create:0190A1B2-0000-7000-8000-00000000ABCD" };
	for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++)
		assert_false(openstack_handle_read(*state, WRONG[i], &kind, &handle));
	assert_false(openstack_handle_read(*state, NULL, &kind, &handle));
}

static void a_network_is_written_with_its_prefix_and_nothing_behind_it(void **state)
{
	static const struct {
		const char *cidr;
		int family;
	} ROWS[] = {
		{ "10.0.3.0/24", 4 },
		{ "0.0.0.0/0", 4 },
		{ "192.0.2.7/32", 4 },
		{ "fd00::/64", 6 },
		{ "::/0", 6 },
		{ "10.0.3.5/24", 0 },
		{ "10.0.3.0", 0 },
		{ "10.0.3.0/33", 0 },
		{ "300.0.0.0/8", 0 },
		{ "fd00::1/64", 0 },
		{ "10.0.3.0/24 ", 0 },
		{ "/24", 0 },
		{ "", 0 },
		{ "10.0.3.0/-1", 0 },
		{ "nowhere/8", 0 },
		{ "10.0.3.128/25", 4 },
		{ "10.0.3.64/25", 0 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
		if (openstack_cidr_family(ROWS[i].cidr) != ROWS[i].family)
			fail_msg("%s is of the family %d", ROWS[i].cidr, openstack_cidr_family(ROWS[i].cidr));
	assert_int_equal(openstack_cidr_family(NULL), 0);
}

static void the_clouds_clock_is_read_from_its_answers(void **state)
{
	int64_t time_us = 0;
	assert_true(openstack_date_read("Sun, 06 Nov 1994 08:49:37 GMT", &time_us));
	assert_string_equal(time_format(*state, time_us), "1994-11-06T08:49:37Z");
	static const char *const WRONG[] = { "",
					     "Sunday, 06-Nov-94 08:49:37 GMT",
					     "Sun Nov  6 08:49:37 1994",
					     "Sun, 06 Nov 1994 08:49:37 UTC",
					     "Sun, 06 Nix 1994 08:49:37 GMT",
					     "Sun, 36 Nov 1994 08:49:37 GMT" };
	for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++)
		assert_false(openstack_date_read(WRONG[i], &time_us));
	assert_false(openstack_date_read(NULL, &time_us));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(errors_mean_what_their_words_say),
		ARENA_TEST(a_5xx_of_a_read_is_unavailable_and_a_413_may_be_a_quota),
		ARENA_TEST(marks_stand_at_the_end_of_a_description_and_are_read_back),
		ARENA_TEST(a_long_description_gives_way_to_the_marks_between_characters),
		ARENA_TEST(what_bears_no_marks_of_ours_is_foreign),
		ARENA_TEST(tags_of_people_never_take_the_place_of_our_marks),
		ARENA_TEST(a_handle_has_a_kind_an_id_and_more),
		ARENA_TEST(a_network_is_written_with_its_prefix_and_nothing_behind_it),
		ARENA_TEST(the_clouds_clock_is_read_from_its_answers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
