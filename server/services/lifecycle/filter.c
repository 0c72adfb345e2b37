/* SPDX-License-Identifier: Apache-2.0 */
/* filter.c: AIP-160 filters over machines: a conjunction of comparisons. */
#include "server/services/lifecycle/filter.h"

#include <ctype.h>
#include <string.h>

#include "runtime/base/time.h"
#include "server/services/lifecycle/machine.h"

enum field_kind { FIELD_KIND_TEXT, FIELD_KIND_NUMBER, FIELD_KIND_STATE, FIELD_KIND_TIME };

static const struct field {
	const char *name, *column;
	enum field_kind kind;
} fields[] = {
	{ "state", "state", FIELD_KIND_STATE },		  { "connection", "connection", FIELD_KIND_TEXT },
	{ "size", "size", FIELD_KIND_TEXT },		  { "image", "image", FIELD_KIND_TEXT },
	{ "vcpus", "vcpus", FIELD_KIND_NUMBER },	  { "memory_mib", "memory_mib", FIELD_KIND_NUMBER },
	{ "disk_gib", "disk_gib", FIELD_KIND_NUMBER },	  { "owner", "owner", FIELD_KIND_TEXT },
	{ "deployment", "deployment", FIELD_KIND_TEXT },  { "display_name", "display_name", FIELD_KIND_TEXT },
	{ "create_time", "created_us", FIELD_KIND_TIME }, { "name", "name", FIELD_KIND_TEXT },
};

static const struct {
	const char *word;
	enum machine_state state;
} states[] = {
	{ "CREATING", MACHINE_CREATING }, { "RUNNING", MACHINE_RUNNING },   { "STOPPED", MACHINE_STOPPED },
	{ "SUSPENDED", MACHINE_SUSPENDED }, { "UPDATING", MACHINE_UPDATING }, { "DELETING", MACHINE_DELETING },
	{ "DELETED", MACHINE_DELETED },	  { "FAILED", MACHINE_FAILED },	    { "MISSING", MACHINE_MISSING },
};

void filter_bind(struct filter_sql *sql, struct sql_value value)
{
	sql->values[sql->count++] = value;
	text_printf(&sql->text, "$%zu", sql->count);
}

/** Reads a filter from left to right. */
struct reader {
	struct arena *arena;
	const char *start, *at;
};

static struct status expected(const struct reader *reader, const char *what)
{
	return status_invalid_field(reader->arena, "filter", "at column %d: expected %s, as in: state = RUNNING AND vcpus >= 2",
				    (int)(reader->at - reader->start) + 1, what);
}

static void skip_blanks(struct reader *reader)
{
	while (*reader->at == ' ' || *reader->at == '\t')
		reader->at++;
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || strchr("_.-/:~", c) != NULL;
}

static const char *read_word(struct reader *reader, const char *allowed_more)
{
	const char *start = reader->at;
	while (*reader->at && (is_word(*reader->at) || strchr(allowed_more, *reader->at)))
		if (*reader->at == ':' && !*allowed_more)
			break;
		else
			reader->at++;
	return arena_strndup(reader->arena, start, (size_t)(reader->at - start));
}

/** A word, or text in double quotes with \" and \\ . */
static struct status read_value(struct reader *reader, const char **value)
{
	struct text text = text_new(reader->arena);

	skip_blanks(reader);
	if (*reader->at != '"') {
		*value = read_word(reader, "+:");
		return **value ? OK : expected(reader, "a value");
	}
	for (reader->at++; *reader->at && *reader->at != '"'; reader->at++) {
		if (*reader->at == '\\' && (reader->at[1] == '"' || reader->at[1] == '\\'))
			reader->at++;
		text_append_char(&text, *reader->at);
	}
	if (*reader->at != '"')
		return expected(reader, "a closing quote");
	reader->at++;
	*value = text.data;
	return OK;
}

static struct status read_operator(struct reader *reader, const char **operation)
{
	static const char *const known[] = { "!=", "<=", ">=", "=", "<", ">", ":" };

	skip_blanks(reader);
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (strncmp(reader->at, known[i], strlen(known[i])) == 0) {
			reader->at += strlen(known[i]);
			*operation = known[i];
			return OK;
		}
	return expected(reader, "one of = != < <= > >= :");
}

static struct status state_value(const struct reader *reader, const char *word, struct sql_value *value)
{
	for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
		if (strcmp(word, states[i].word) == 0) {
			*value = sql_int(states[i].state);
			return OK;
		}
	return expected(reader, "a state such as RUNNING or STOPPED");
}

static struct status typed_value(const struct reader *reader, enum field_kind kind, const char *word, struct sql_value *value)
{
	int64_t number;

	switch (kind) {
	case FIELD_KIND_STATE:
		return state_value(reader, word, value);
	case FIELD_KIND_NUMBER:
		if (!text_to_int64(word, &number))
			return expected(reader, "a whole number");
		*value = sql_int(number);
		return OK;
	case FIELD_KIND_TIME:
		if (!time_parse(word, &number))
			return expected(reader, "a time such as \"2026-11-23T00:00:00Z\"");
		*value = sql_int(number);
		return OK;
	case FIELD_KIND_TEXT:
		break;
	}
	*value = sql_text(word);
	return OK;
}

/** For LIKE with ESCAPE '\': the user's % and _ mean themselves. */
static const char *like_pattern(struct arena *arena, const char *word)
{
	struct text pattern = text_new(arena);

	text_append_char(&pattern, '%');
	for (; *word; word++) {
		if (strchr("%_\\", *word))
			text_append_char(&pattern, '\\');
		text_append_char(&pattern, *word);
	}
	text_append_char(&pattern, '%');
	return pattern.data;
}

static struct status append_label(struct reader *reader, const char *key, const char *operation, const char *word,
				  struct filter_sql *sql)
{
	bool is_not = strcmp(operation, "!=") == 0;

	if (!is_not && strcmp(operation, "=") != 0)
		return expected(reader, "= or != after a label");
	text_printf(&sql->text, " AND %sEXISTS (SELECT 1 FROM machine_label l WHERE l.machine = machine.name AND l.key = ",
		    is_not ? "NOT " : "");
	filter_bind(sql, sql_text(key));
	text_append(&sql->text, " AND l.value = ");
	filter_bind(sql, sql_text(word));
	text_append(&sql->text, ")");
	return OK;
}

static struct status append_field(struct reader *reader, const struct field *field, const char *operation, const char *word,
				  struct filter_sql *sql)
{
	struct sql_value value = sql_text("");

	if (strcmp(operation, ":") == 0) {
		if (field->kind != FIELD_KIND_TEXT)
			return expected(reader, "= or a comparison: ':' is for text");
		text_printf(&sql->text, " AND lower(%s) LIKE lower(", field->column);
		filter_bind(sql, sql_text(like_pattern(reader->arena, word)));
		text_append(&sql->text, ") ESCAPE '\\'");
		return OK;
	}
	if (field->kind == FIELD_KIND_STATE && strcmp(operation, "=") != 0 && strcmp(operation, "!=") != 0)
		return expected(reader, "= or !=: states have no order");
	TRY(typed_value(reader, field->kind, word, &value));
	text_printf(&sql->text, " AND %s %s ", field->column, strcmp(operation, "!=") == 0 ? "<>" : operation);
	filter_bind(sql, value);
	return OK;
}

static struct status append_term(struct reader *reader, struct filter_sql *sql)
{
	const char *operation = "", *word = "";

	skip_blanks(reader);
	const char *name = read_word(reader, "");
	if (!*name)
		return expected(reader, "a field");
	TRY(read_operator(reader, &operation));
	TRY(read_value(reader, &word));
	if (text_starts_with(name, "labels.") && name[sizeof "labels." - 1])
		return append_label(reader, name + sizeof "labels." - 1, operation, word, sql);
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		if (strcmp(name, fields[i].name) == 0)
			return append_field(reader, &fields[i], operation, word, sql);
	return status_invalid_field(reader->arena, "filter",
				    "there is no field \"%s\"; use state, connection, size, image, vcpus, memory_mib, disk_gib, owner,"
				    " deployment, display_name, labels.KEY or create_time", name);
}

struct status filter_append(struct arena *arena, const char *filter, struct filter_sql *sql)
{
	struct reader reader = { .arena = arena, .start = filter, .at = filter };

	skip_blanks(&reader);
	for (unsigned terms = 0; *reader.at; terms++) {
		if (terms == FILTER_TERMS_MOST)
			return status_invalid_field(arena, "filter", "has more than %d comparisons", FILTER_TERMS_MOST);
		if (terms > 0) {
			if (strncmp(reader.at, "AND", 3) != 0 || !strchr(" \t", reader.at[3]))
				return expected(&reader, "AND (OR and NOT are not supported)");
			reader.at += 3;
		}
		TRY(append_term(&reader, sql));
		skip_blanks(&reader);
	}
	return OK;
}

static struct status order_add(struct arena *arena, const char *name, bool is_descending, struct order_by *order)
{
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		if (strcmp(name, fields[i].name) != 0)
			continue;
		if (order->count == ORDER_FIELDS_MOST - 1)
			return status_invalid_field(arena, "order_by", "takes at most %d fields", ORDER_FIELDS_MOST - 1);
		order->fields[order->count++] = (struct order_field){ .column = fields[i].column,
								      .is_number = fields[i].kind != FIELD_KIND_TEXT,
								      .is_descending = is_descending };
		return OK;
	}
	return status_invalid_field(arena, "order_by", "there is no field \"%s\"; try \"create_time desc\" or \"display_name\"", name);
}

/** The next run of other things than blanks; "" at the end. */
static const char *next_word(struct arena *arena, const char **at)
{
	const char *start = *at + strspn(*at, " \t");
	size_t size = strcspn(start, " \t");

	*at = start + size;
	return arena_strndup(arena, start, size);
}

struct status order_parse(struct arena *arena, const char *order_by, struct order_by *order)
{
	char **parts;
	size_t count = text_is_empty(order_by) ? 0 : text_split(arena, order_by, ',', &parts);

	*order = (struct order_by){ .count = 0 };
	for (size_t i = 0; i < count; i++) {
		const char *part = parts[i];
		const char *name = next_word(arena, &part), *direction = next_word(arena, &part), *more = next_word(arena, &part);
		bool is_descending = strcmp(direction, "desc") == 0;
		if (*more || (*direction && !is_descending && strcmp(direction, "asc") != 0))
			return status_invalid_field(arena, "order_by", "after a field comes \"desc\" or nothing");
		TRY(order_add(arena, name, is_descending, order));
	}
	/* Names end in UUIDv7, so without any order the newest come first. */
	order->fields[order->count] = (struct order_field){ .column = "name", .is_descending = order->count == 0 };
	order->count++;
	return OK;
}

/** (a > x) OR (a = x AND b > y) OR …: the keyset of a mixed order. */
struct status order_append_after(struct arena *arena, const struct order_by *order, const char *key, struct filter_sql *sql)
{
	struct json *values;

	TRY(json_parse(arena, slice_text(key), NULL, &values));
	if (json_size(values) != order->count)
		return status_invalid_field(arena, "page_token", "is not of this list");
	for (size_t last = 0; last < order->count; last++) {
		text_append(&sql->text, last == 0 ? " AND ((" : " OR (");
		for (size_t i = 0; i <= last; i++) {
			const struct order_field *field = &order->fields[i];
			const struct json *value = json_at(values, i);
			const char *compare = i < last ? "=" : field->is_descending ? "<" : ">";
			text_printf(&sql->text, "%s%s %s ", i == 0 ? "" : " AND ", field->column, compare);
			filter_bind(sql, field->is_number ? sql_int(json_int(value, 0)) : sql_text(json_text(value, "")));
		}
		text_append(&sql->text, ")");
	}
	text_append(&sql->text, ")");
	return OK;
}

void order_append(const struct order_by *order, struct filter_sql *sql)
{
	for (size_t i = 0; i < order->count; i++)
		text_printf(&sql->text, "%s%s%s", i == 0 ? " ORDER BY " : ", ", order->fields[i].column,
			    order->fields[i].is_descending ? " DESC" : "");
}
