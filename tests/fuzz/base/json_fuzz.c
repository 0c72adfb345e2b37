/* SPDX-License-Identifier: Apache-2.0 */
/* json_fuzz.c: what parses prints, and what it prints means the same. */
#include <string.h>

#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "tests/support/fuzz.h"

const char *const fuzz_seeds[] = {
	"{\"a\":[1,2.5,-3e10,true,false,null,\"x\\u00e9\\n\\ud83d\\ude00\"],\"b\":{\"c\":{}}}",
	"[[[[[[[[[[]]]]]]]]]]",
	"-9223372036854775808",
	"1.7976931348623157e308",
	"5e-324",
	"2E20",
	"\"\\\"\\\\\\/\\b\\f\\n\\r\\t가온\"",
	"{\"\":0,\" \":\"\"}",
	"[\"\\u0000\"]",
	"{\"a\":1,\"a\":2}",
	" [ 1 , 2 ] ",
	NULL,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_limits limits = { .size_bytes = 1 << 16, .depth = 32, .values = 4096 };
	struct arena *arena = arena_new(0);
	struct json *value;
	struct json *again;
	struct status status = json_parse(arena, slice_of(data, size), &limits, &value);

	if (status_is_ok(status)) {
		const char *printed = json_print(arena, value);
		const char *canonical = json_print_canonical(arena, value);

		FUZZ_CHECK(text_is_utf8(slice_text(printed)));
		/* an escape can make a text six times as long */
		limits.size_bytes *= 6;
		FUZZ_CHECK(status_is_ok(json_parse(arena, slice_text(printed), &limits, &again)));
		FUZZ_CHECK(strcmp(canonical, json_print_canonical(arena, again)) == 0);
		FUZZ_CHECK(strcmp(printed, json_print(arena, again)) == 0);
		limits.size_bytes *= 64;
		FUZZ_CHECK(
			status_is_ok(json_parse(arena, slice_text(json_print_pretty(arena, value)), &limits, &again)));
		FUZZ_CHECK(strcmp(canonical, json_print_canonical(arena, again)) == 0);
	} else {
		FUZZ_CHECK(status.code == STATUS_INVALID_ARGUMENT && text_is_utf8(slice_text(status.message)));
	}
	arena_free(arena);
	return 0;
}
