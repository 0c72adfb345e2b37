/* SPDX-License-Identifier: Apache-2.0 */
/* time_fuzz.c: a time that parses prints as one that parses to the same. */
#include "runtime/base/id.h"
#include "runtime/base/time.h"
#include "tests/support/fuzz.h"

const char *const fuzz_seeds[] = {
	"2026-11-23T12:00:00Z",
	"1969-12-31T23:59:59.999999Z",
	"0001-01-01T00:00:00Z",
	"9999-12-31T23:59:59.999999999-00:00",
	"2024-02-29t00:00:00.5+09:00",
	"2026-11-23",
	"01890a5d-ac96-774b-bcce-b302099a8057",
	NULL,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	const char *text = arena_strndup(arena, (const char *)data, size);
	int64_t time_us;
	int64_t again_us;

	if (time_parse(text, &time_us)) {
		FUZZ_CHECK(time_parse(time_format(arena, time_us), &again_us));
		FUZZ_CHECK(again_us == time_us);
		FUZZ_CHECK(time_month_start(time_us) <= time_day_start(time_us) && time_day_start(time_us) <= time_us);
		FUZZ_CHECK(time_us < time_next_month_start(time_us));
	}
	if (time_parse_day(text, &time_us)) {
		FUZZ_CHECK(time_parse_day(time_format_day(arena, time_us), &again_us));
		FUZZ_CHECK(again_us == time_us && time_day_start(time_us) == time_us);
	}
	id_is_uuid(text);
	arena_free(arena);
	return 0;
}
