/* SPDX-License-Identifier: Apache-2.0 */
/* table.c: see table.h. */
#include "client/cli/table.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "client/cli/wide.h"

enum { GAP = 2, LEAST_COLUMN = 8, ROOMY_COLUMN = 20, LONGEST_LINE = 200, UUID_CELLS = 36 };

struct column {
	const char *title;
	bool is_right, is_dropped;
};

struct row {
	const char **cells;
	struct row *next;
};

struct table {
	struct arena *arena;
	size_t column_count;
	struct column *columns;
	struct row *rows, *last;
};

struct screen screen_of_stdout(void)
{
	const char *columns = getenv("COLUMNS"), *term = getenv("TERM"), *plain = getenv("NO_COLOR");
	struct screen screen = { 0, false };
	struct winsize size;
	int64_t width;

	if (isatty(STDOUT_FILENO)) {
		if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
			screen.width = size.ws_col;
		screen.has_colour = text_is_empty(plain) && !text_equal(term, "dumb");
	}
	if (columns && text_to_int64(columns, &width) && width > 0 && width < 10000)
		screen.width = (size_t)width;
	return screen;
}

static const struct {
	const char *colour;
	const char *words;
} meanings[] = {
	{ "\033[32m", " running active succeeded approved healthy ready ok enabled published done fulfilled available "
		      "yes intact managed serving allowed " },
	{ "\033[33m", " pending provisioning stopping starting creating deleting updating compensating waiting "
		      "awaiting-approval pending-approval draft suspended retried resizing rebooting warning degraded "
		      "submitted fulfilling unknown probing imported drifted changed " },
	{ "\033[31m", " failed error rejected denied unhealthy missing orphan-suspect broken unreachable expired "
		      "tampered blocked " },
	{ "\033[2m", " stopped cancelled deleted gone disabled skipped retired withdrawn foreign superseded " },
};

static const char *paint(struct arena *arena, const char *colour, const char *text)
{
	return arena_printf(arena, "%s%s\033[0m", colour, text);
}

const char *screen_paint_word(struct arena *arena, const struct screen *screen, const char *text)
{
	const char *word = arena_printf(arena, " %s ", text);

	if (!screen->has_colour || !*text || strchr(text, ' '))
		return text;
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (strstr(meanings[i].words, word))
			return paint(arena, meanings[i].colour, text);
	return text;
}

const char *screen_dim(struct arena *arena, const struct screen *screen, const char *text)
{
	return screen->has_colour ? paint(arena, "\033[2m", text) : text;
}

const char *screen_bold(struct arena *arena, const struct screen *screen, const char *text)
{
	return screen->has_colour ? paint(arena, "\033[1m", text) : text;
}

struct table *table_new(struct arena *arena, size_t columns)
{
	struct table *table = ARENA_NEW(arena, struct table);

	table->arena = arena;
	table->column_count = columns;
	table->columns = ARENA_ARRAY(arena, columns, struct column);
	for (size_t i = 0; i < columns; i++)
		table->columns[i].title = "";
	return table;
}

void table_head(struct table *table, size_t column, const char *title, bool is_right)
{
	table->columns[column].title = wide_clean(table->arena, title);
	table->columns[column].is_right = is_right;
}

void table_row(struct table *table)
{
	struct row *row = ARENA_NEW(table->arena, struct row);

	row->cells = ARENA_ARRAY(table->arena, table->column_count, const char *);
	for (size_t i = 0; i < table->column_count; i++)
		row->cells[i] = "";
	if (table->last)
		table->last->next = row;
	else
		table->rows = row;
	table->last = row;
}

void table_cell(struct table *table, size_t column, const char *text)
{
	table->last->cells[column] = wide_clean(table->arena, text);
}

void table_drop_empty(struct table *table, size_t column)
{
	bool is_empty = table->rows != NULL;

	for (const struct row *row = table->rows; row && is_empty; row = row->next)
		is_empty = !*row->cells[column] || strcmp(row->cells[column], "-") == 0 ||
			   strcmp(row->cells[column], "no") == 0;
	table->columns[column].is_dropped = is_empty;
}

static void measure(const struct table *table, size_t *widths)
{
	for (size_t i = 0; i < table->column_count; i++) {
		widths[i] = wide_cells(table->columns[i].title);
		for (const struct row *row = table->rows; row; row = row->next) {
			size_t cells = wide_cells(row->cells[i]);

			if (cells > widths[i])
				widths[i] = cells;
		}
		if (table->columns[i].is_dropped)
			widths[i] = 0;
	}
}

/** Half an id is none: columns of UUIDs keep their width, and rather the line wraps. */
static void shrink(const struct table *table, size_t *widths, size_t screen_width, size_t indent)
{
	bool *is_fixed = ARENA_ARRAY(table->arena, table->column_count, bool);
	size_t total = indent;

	for (size_t i = 0; i < table->column_count; i++) {
		is_fixed[i] = widths[i] == UUID_CELLS;
		total += table->columns[i].is_dropped ? 0 : widths[i] + GAP;
	}
	total -= total > GAP ? GAP : 0;
	while (screen_width && total > screen_width) {
		size_t widest = table->column_count;

		for (size_t i = 0; i < table->column_count; i++)
			if (widths[i] > LEAST_COLUMN && !is_fixed[i] &&
			    (widest == table->column_count || widths[i] > widths[widest]))
				widest = i;
		if (widest == table->column_count)
			return;
		widths[widest]--;
		total--;
	}
}

static void print_cell(struct text *out, const char *text, const char *painted, size_t width, bool is_right)
{
	size_t cells = wide_cells(text), pad = width > cells ? width - cells : 0;

	for (size_t i = 0; is_right && i < pad; i++)
		text_append_char(out, ' ');
	text_append(out, painted);
	for (size_t i = 0; !is_right && i < pad; i++)
		text_append_char(out, ' ');
}

static void trim_line(struct text *out)
{
	while (out->size && out->data[out->size - 1] == ' ')
		out->data[--out->size] = '\0';
	text_append_char(out, '\n');
}

static void print_rows(const struct table *table, const struct screen *screen, const size_t *widths, size_t indent,
		       struct text *out)
{
	for (const struct row *row = NULL;; row = row ? row->next : table->rows) {
		bool is_head = !row;
		bool is_first = true;

		text_printf(out, "%*s", (int)indent, "");
		for (size_t i = 0; i < table->column_count; i++) {
			const char *text = is_head ? table->columns[i].title : row->cells[i];

			if (table->columns[i].is_dropped)
				continue;
			text_append(out, is_first ? "" : "  ");
			is_first = false;
			text = wide_cut(table->arena, text, widths[i]);
			print_cell(out, text,
				   is_head ? screen_dim(table->arena, screen, text)
					   : screen_paint_word(table->arena, screen, text),
				   widths[i], table->columns[i].is_right);
		}
		trim_line(out);
		if (row ? !row->next : !table->rows)
			return;
	}
}

size_t table_width(const struct table *table)
{
	size_t *widths = ARENA_ARRAY(table->arena, table->column_count, size_t), total = 0;

	measure(table, widths);
	for (size_t i = 0; i < table->column_count; i++)
		total += table->columns[i].is_dropped ? 0 : widths[i] + GAP;
	return total;
}

void table_print(const struct table *table, const struct screen *screen, size_t indent, struct text *out)
{
	size_t *widths = ARENA_ARRAY(table->arena, table->column_count, size_t);

	measure(table, widths);
	shrink(table, widths, screen->width, indent);
	print_rows(table, screen, widths, indent, out);
}

void table_print_fixed(const struct table *table, const struct screen *screen, struct text *out)
{
	size_t *widths = ARENA_ARRAY(table->arena, table->column_count, size_t);

	for (size_t i = 0; i < table->column_count; i++) {
		size_t title = wide_cells(table->columns[i].title);

		widths[i] = title < ROOMY_COLUMN ? ROOMY_COLUMN : title;
	}
	if (table->column_count)
		widths[table->column_count - 1] = LONGEST_LINE;
	print_rows(table, screen, widths, 0, out);
}
