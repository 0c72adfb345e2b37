/* SPDX-License-Identifier: Apache-2.0 */
/* line_fuzz.c: whatever a server says comes out as UTF-8 without controls, no wider than asked; any command line is
 * parsed. */
#include <string.h>

#include "client/cli/arguments.h"
#include "client/cli/help.h"
#include "client/cli/wide.h"
#include "runtime/base/text.h"
#include "tests/support/fuzz.h"

const char *const fuzz_seeds[] = {
	"machine stop web-1 --wait --grace-seconds=30 -o json",
	"order create x --parameter a=b --no-wait -- --y",
	"\033[31mred\033[0m \xea\xb2\xb0\xec\xa0\x9c \xc2\x9b",
	"help machine --limit -1",
	"e\xcc\x81\xf0\x9f\x98\x80",
	NULL,
};

static void check_text(struct arena *arena, const char *text)
{
	const char *clean = wide_clean(arena, text);

	FUZZ_CHECK(text_is_utf8(slice_text(clean)) && !strpbrk(clean, "\n\r\t\033"));
	FUZZ_CHECK(text_is_printable(slice_text(clean)));
	for (size_t cells = 1; cells < 12; cells++)
		FUZZ_CHECK(wide_cells(wide_cut(arena, clean, cells)) <= cells);
	FUZZ_CHECK(!strchr(wide_clean_lines(arena, text), '\033'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	struct session session = { .arena = arena };
	struct arguments arguments;
	char *line = arena_strndup(arena, (const char *)data, size), **words, *argv[66] = { "gaon" };
	size_t count;
	struct status status;

	check_text(arena, line);
	count = text_split(arena, line, ' ', &words);
	for (size_t i = 0; i < count && i < 64; i++)
		argv[i + 1] = words[i];
	count = count < 64 ? count : 64;
	status = arguments_parse(&session, (int)count + 1, argv, &arguments);
	FUZZ_CHECK(status_is_ok(status) || status.code == STATUS_INVALID_ARGUMENT);
	/* The last word may ask a server for names: only nouns, verbs and flags here. */
	if (count && (count < 3 || words[count - 1][0] == '-'))
		FUZZ_CHECK(help_complete(arena, count < 3 ? 1 : count, words));
	arena_free(arena);
	return 0;
}
