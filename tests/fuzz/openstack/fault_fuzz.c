/* SPDX-License-Identifier: Apache-2.0 */
/* fault_fuzz.c: any body of an error has a class, the same each time, and a text that is no longer than it. */
#include <string.h>

#include "providers/openstack/fault.h"
#include "runtime/base/text.h"
#include "tests/support/fuzz.h"

const char *const fuzz_seeds[] = {
	"{\"conflictingRequest\": {\"code\": 409, \"message\": \"Cannot 'stop' instance\"}}",
	"{\"NeutronError\": {\"type\": \"OverQuota\", \"message\": \"Quota exceeded\", \"detail\": \"\"}}",
	"{\"errors\": [{\"detail\": \"No valid host\"}]}",
	"{\"header\": {\"resultMessage\": \"bad\"}}",
	"<html><title>409 Conflict</title><body> in  use<br/></body></html>",
	"plain words <",
	NULL,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int STATUSES[] = { 300, 400, 401, 403, 404, 409, 413, 429, 500, 503 };
	struct arena *arena = arena_new(0);
	char *copy = arena_zalloc(arena, size + 1); /* a body ends with a NUL behind it, and may hold some */
	if (size > 0)
		memcpy(copy, data, size);
	struct slice body = slice_of(copy, size);
	struct openstack_fault fault = openstack_fault_read(arena, body);
	FUZZ_CHECK(!fault.text || strlen(fault.text) <= size);
	for (size_t i = 0; i < sizeof STATUSES / sizeof STATUSES[0]; i++) {
		enum provider_error change = openstack_fault_class(STATUSES[i], &fault, false);
		enum provider_error read = openstack_fault_class(STATUSES[i], &fault, true);
		FUZZ_CHECK(change != PROVIDER_OK && read != PROVIDER_OK && read != PROVIDER_UNKNOWN_OUTCOME);
		/* "Did not happen" is said of a change only where it surely did not. */
		FUZZ_CHECK(change != PROVIDER_UNAVAILABLE);
		struct http_response response = { .status = STATUSES[i], .body = body };
		enum provider_error word = openstack_classify(&response, false);
		FUZZ_CHECK(word == PROVIDER_OK || word == PROVIDER_QUOTA || word == PROVIDER_CAPACITY);
	}
	arena_free(arena);
	return 0;
}
