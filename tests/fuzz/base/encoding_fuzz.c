/* SPDX-License-Identifier: Apache-2.0 */
/* encoding_fuzz.c: base64 and hex: one text for each run of bytes and back. UTF-8 and the rest of text.h. */
#include <string.h>

#include "runtime/base/text.h"
#include "tests/support/fuzz.h"

const char *const fuzz_seeds[] = {
	"Zm9vYmFy",
	"Zm9vYg==",
	"Zm9vYmE=",
	"-__-",
	"+//+",
	"00ff10Ab",
	"가온 \xf0\x9f\x98\x80",
	"a,b,,c",
	"-9223372036854775808",
	"web-1",
	NULL,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	struct slice input = slice_of(data, size);
	struct slice bytes;
	int64_t number;

	if (text_from_base64(arena, input, &bytes))
		FUZZ_CHECK(slice_is(input, text_to_base64(arena, bytes)));
	if (text_from_base64url(arena, input, &bytes))
		FUZZ_CHECK(slice_is(input, text_to_base64url(arena, bytes)));
	FUZZ_CHECK(text_from_base64(arena, slice_text(text_to_base64(arena, input)), &bytes) &&
		   slice_equal(bytes, input));
	FUZZ_CHECK(text_from_base64url(arena, slice_text(text_to_base64url(arena, input)), &bytes) &&
		   slice_equal(bytes, input));
	FUZZ_CHECK(text_from_hex(arena, text_to_hex(arena, input), &bytes) && slice_equal(bytes, input));

	const char *text = text_to_utf8(arena, input);
	FUZZ_CHECK(text_is_utf8(slice_text(text)));
	if (text_is_utf8(input) && (size == 0 || !memchr(data, '\0', size)))
		FUZZ_CHECK(slice_is(input, text));
	if (text_to_int64(text, &number))
		FUZZ_CHECK(number == strtoll(text, NULL, 10));

	char **parts;
	size_t count = text_split(arena, text, ',', &parts);
	size_t total = count - 1;
	for (size_t i = 0; i < count; i++)
		total += strlen(parts[i]);
	FUZZ_CHECK(total == strlen(text));
	arena_free(arena);
	return 0;
}
