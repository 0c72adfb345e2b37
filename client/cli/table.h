/* SPDX-License-Identifier: Apache-2.0 */
/* table.h: aligned columns for people. */
#ifndef GAON_CLI_TABLE_H
#define GAON_CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "runtime/base/arena.h"
#include "runtime/base/text.h"

/** How the screen is: a pipe has no width and no colour. */
struct screen {
	size_t width; /* cells; 0: endless */
	bool has_colour;
};

/** Of file descriptor 1, honouring NO_COLOR and COLUMNS. */
struct screen screen_of_stdout(void);

/** `text` in the colour that its meaning has ("running" green, "failed" red); itself without colour or meaning. */
const char *screen_paint_word(struct arena *arena, const struct screen *screen, const char *text);
const char *screen_dim(struct arena *arena, const struct screen *screen, const char *text);
const char *screen_bold(struct arena *arena, const struct screen *screen, const char *text);

struct table;

struct table *table_new(struct arena *arena, size_t columns);
/** Cells are copied and cleaned of controls. `is_right` aligns the whole column. */
void table_head(struct table *table, size_t column, const char *title, bool is_right);
/** A new row, to be filled with table_cell. */
void table_row(struct table *table);
void table_cell(struct table *table, size_t column, const char *text);
/** Leaves the column out when it is empty ("" "-" or "no") in every row. */
void table_drop_empty(struct table *table, size_t column);
/** Every line indented by `indent` blanks. Columns shrink, widest first, until the screen holds them. */
void table_print(const struct table *table, const struct screen *screen, size_t indent, struct text *out);
/** Cells of its longest line, when nothing shrinks. */
size_t table_width(const struct table *table);
/** As table_print for streams, where later rows are unknown: every column but the last takes a fixed, roomy width. */
void table_print_fixed(const struct table *table, const struct screen *screen, struct text *out);

#endif
