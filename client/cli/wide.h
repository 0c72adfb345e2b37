/* SPDX-License-Identifier: Apache-2.0 */
/* wide.h: how many terminal cells a text takes, and text that cannot steer the terminal. */
#ifndef GAON_CLI_WIDE_H
#define GAON_CLI_WIDE_H

#include <stddef.h>

#include "runtime/base/arena.h"

/** Cells of a UTF-8 text: Hangul, Han and Kana take two, combining marks none. */
size_t wide_cells(const char *text);

/** At most `cells` cells, the last one "…" when something was cut. */
char *wide_cut(struct arena *arena, const char *text, size_t cells);

/** One line that is safe to print: controls become blanks, broken UTF-8 becomes "?". */
char *wide_clean(struct arena *arena, const char *text);
/** As wide_clean, but keeps line ends and tabs: for console output and journals. */
char *wide_clean_lines(struct arena *arena, const char *text);

#endif
