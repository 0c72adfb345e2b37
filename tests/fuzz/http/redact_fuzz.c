/* SPDX-License-Identifier: Apache-2.0 */
/* redact_fuzz.c: bodies and URLs of any shape are redacted without harm; lists of networks are read or refused. */
#include <string.h>

#include "runtime/base/memory.h"
#include "runtime/base/text.h"
#include "runtime/http/http.h"
#include "runtime/http/network.h"
#include "runtime/http/redact.h"
#include "tests/support/fuzz.h"

const char *const fuzz_seeds[] = {
	"{\"access_token\":\"hunter2\",\"list\":[{\"adminPass\":\"hunter2\"}]}",
	"<r secret=\"hunter2\"><AccessKeyId>hunter2</AccessKeyId></r>",
	"password=hunter2&name=plain",
	"https://example.com/a?X-Amz-Signature=hunter2&b=c",
	"10.0.0.0/8, fd00::/8, 192.0.2.1",
	"Sun, 06 Nov 1994 08:49:37 GMT",
	NULL,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	struct slice once = redact_body(arena, slice_of(data, size));
	const char *text = arena_strndup(arena, (const char *)data, size);
	struct http_header header = { "Retry-After", text };
	struct http_response response = { .headers = &header, .header_count = 1 };
	struct network_list list;

	/* what is redacted stays as it is: playing back compares redacted with redacted */
	FUZZ_CHECK(slice_equal(once, redact_body(arena, once)));
	FUZZ_CHECK(strcmp(redact_url(arena, text), redact_url(arena, redact_url(arena, text))) == 0);
	FUZZ_CHECK(http_retry_after_ms(&response) >= 0);
	if (network_list_parse(text, &list))
		memory_free(list.rows);
	arena_free(arena);
	return 0;
}
