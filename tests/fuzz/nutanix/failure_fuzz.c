/* SPDX-License-Identifier: Apache-2.0 */
/* failure_fuzz.c: whatever an answer that says no is made of, it has a class and a text of bounded size. */
#include <string.h>

#include "providers/nutanix/session.h"
#include "runtime/base/text.h"
#include "tests/support/fuzz.h"

enum { TEXT_LIMIT = 4096 };

const char *const fuzz_seeds[] = {
	"{\"api_version\":\"3.1\",\"code\":404,\"message_list\":[{\"message\":\"m\",\"reason\":\"ENTITY_NOT_FOUND\"}],\"state\":\"ERROR\"}",
	"{\"message\":\"m\",\"reason\":\"ACCESS_DENIED\"}",
	"{\"data\":{\"error\":[{\"message\":\"m\",\"code\":\"VMM-30303\",\"errorGroup\":\"VM_ETAG_MISMATCH\"}]}}",
	"{\"data\":{\"error\":{\"error\":\"Bad Request\",\"validationErrorMessages\":[{\"message\":\"m\",\"attributePath\":\"p\"}]}}}",
	"{\"status\":\"FAILED\",\"errorMessages\":[{\"message\":\"m\"}],\"legacyErrorMessage\":\"l\"}",
	"{\"status\":\"FAILED\",\"error_code\":\"RESOURCE_SHORTAGE\",\"error_detail\":\"d\"}",
	"<html>",
	NULL,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	struct http_response response = { .status = 500, .body = slice_of(data, size) };
	struct json *body;
	const char *text;

	(void)nutanix_classify(&response, true);
	if (status_is_ok(json_parse(arena, slice_of(data, size), NULL, &body))) {
		FUZZ_CHECK(nutanix_error_read(arena, body, PROVIDER_AUTH, &text) == PROVIDER_AUTH);
		FUZZ_CHECK(nutanix_error_read(arena, body, PROVIDER_INVALID, &text) != PROVIDER_OK);
		FUZZ_CHECK(!text || strlen(text) < TEXT_LIMIT);
		struct provider_result result = nutanix_task_failure(arena, body);
		FUZZ_CHECK(result.error != PROVIDER_OK && strlen(result.message) < TEXT_LIMIT);
		FUZZ_CHECK(text_is_utf8(slice_text(result.message)));
	}
	arena_free(arena);
	return 0;
}
