/* SPDX-License-Identifier: Apache-2.0 */
/* status_fuzz.c: a peer's status details, and a descriptor set, are read or passed over. */
#include "runtime/base/text.h"
#include "runtime/rpc/descriptor_index.h"
#include "runtime/rpc/details.h"
#include "tests/support/fuzz.h"

const char *const fuzz_seeds[] = {
	"\x08\x09\x12\x04text\x1a\x2e\x0a\x28type.googleapis.com/google.rpc.ErrorInfo\x12\x02\x0a\x00",
	"\x08\x03\x1a\x2c\x0a\x25type.googleapis.com/google.rpc.Retry\x12\x03\x0a\x01\x08",
	"\x0a\x20\x0a\x07"
	"a.proto\x12\x01p\x22\x07\x0a\x01M\x1a\x02\x0a\x00\x2a\x03\x0a\x01"
	"E",
	"\x0a\x0b\x0a\x07"
	"b.proto\x1a\x00",
	NULL,
};

static void check_status(struct arena *arena, struct slice bytes)
{
	struct status status = OK, again;

	if (!details_unpack(arena, bytes, &status))
		return;
	FUZZ_CHECK(status.code <= STATUS_UNAUTHENTICATED);
	FUZZ_CHECK(!status.message || text_is_utf8(slice_text(status.message)));
	FUZZ_CHECK(details_unpack(arena, details_pack(arena, status), &again));
	FUZZ_CHECK(again.code == status.code);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	struct descriptor_index *index = descriptor_index_new(arena, slice_of(data, size));
	int32_t *numbers;
	size_t count;

	check_status(arena, slice_of(data, size));
	descriptor_of_file(index, arena, "a.proto");
	descriptor_of_symbol(index, arena, "p.M");
	descriptor_of_extension(index, arena, "p.M", 1);
	descriptor_extensions(index, arena, "p.M", &numbers, &count);
	arena_free(arena);
	return 0;
}
