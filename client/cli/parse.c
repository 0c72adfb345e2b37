/* SPDX-License-Identifier: Apache-2.0 */
/* parse.c: times, durations, money and enum words, as people type and read them. */
#include <string.h>

#include "client/cli/value.h"
#include "runtime/base/money.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

static bool take_unit(const char **at, int64_t *us)
{
	static const struct {
		const char *name;
		int64_t us;
	} units[] = {
		{ "ms", TIME_US_PER_MS },    { "us", 1 },
		{ "s", TIME_US_PER_SECOND }, { "min", TIME_US_PER_MINUTE },
		{ "m", TIME_US_PER_MINUTE }, { "h", TIME_US_PER_HOUR },
		{ "d", TIME_US_PER_DAY },    { "w", 7 * TIME_US_PER_DAY },
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (text_starts_with(*at, units[i].name)) {
			*at += strlen(units[i].name);
			*us = units[i].us;
			return true;
		}
	return false;
}

bool value_parse_duration(const char *text, int64_t *duration_us)
{
	int64_t total = 0;
	const char *at = text;

	while (*at) {
		const char *start = at;
		int64_t number = 0, unit, part;

		for (; *at >= '0' && *at <= '9'; at++)
			if (__builtin_mul_overflow(number, 10, &number) ||
			    __builtin_add_overflow(number, *at - '0', &number))
				return false;
		if (at == start || !take_unit(&at, &unit) || __builtin_mul_overflow(number, unit, &part) ||
		    __builtin_add_overflow(total, part, &total))
			return false;
	}
	if (at == text)
		return false;
	*duration_us = total;
	return true;
}

bool value_parse_time(const char *text, int64_t *time_us)
{
	int64_t away;

	if (strcmp(text, "now") == 0) {
		*time_us = time_now_us();
		return true;
	}
	if (strcmp(text, "today") == 0 || strcmp(text, "yesterday") == 0) {
		*time_us = time_day_start(time_now_us()) - (*text == 'y' ? TIME_US_PER_DAY : 0);
		return true;
	}
	if ((*text == '+' || *text == '-') && value_parse_duration(text + 1, &away)) {
		*time_us = time_now_us() + (*text == '+' ? away : -away);
		return true;
	}
	return time_parse(text, time_us) || time_parse_day(text, time_us);
}

bool value_parse_money(struct arena *arena, const char *text, const char **currency, const char **amount)
{
	char **parts;
	size_t size = strlen(text);
	const char *code = text, *number = text + 3;
	struct amount parsed;

	if (text_split(arena, text, ' ', &parts) == 2) {
		bool is_code_first = money_is_currency(parts[0]);

		code = parts[is_code_first ? 0 : 1];
		number = parts[is_code_first ? 1 : 0];
	} else if (size < 4) {
		return false;
	} else {
		code = arena_strndup(arena, text, 3);
	}
	if (!money_is_currency(code) || !amount_parse(number, &parsed))
		return false;
	*currency = code;
	*amount = amount_format(arena, parsed);
	return true;
}

/** "MachineState" → "MACHINE_STATE_" */
static char *enum_prefix(struct arena *arena, const ProtobufCEnumDescriptor *type)
{
	struct text prefix = text_new(arena);

	for (const char *at = type->short_name; *at; at++) {
		bool is_upper = *at >= 'A' && *at <= 'Z';

		if (is_upper && at != type->short_name)
			text_append_char(&prefix, '_');
		text_append_char(&prefix, *at >= 'a' && *at <= 'z' ? (char)(*at - 'a' + 'A') : *at);
	}
	text_append_char(&prefix, '_');
	return prefix.data;
}

char *value_enum_word(struct arena *arena, const ProtobufCEnumDescriptor *type, const char *name)
{
	const char *prefix = enum_prefix(arena, type);

	if (text_starts_with(name, prefix))
		name += strlen(prefix);
	return value_kebab(arena, name);
}

const ProtobufCEnumValue *value_enum_find(struct arena *arena, const ProtobufCEnumDescriptor *type, const char *word)
{
	const char *wanted = value_kebab(arena, word);
	int64_t number;

	if (text_to_int64(word, &number) && number >= INT32_MIN && number <= INT32_MAX)
		return protobuf_c_enum_descriptor_get_value(type, (int)number);
	for (unsigned i = 0; i < type->n_values; i++)
		if (strcmp(type->values[i].name, word) == 0 ||
		    strcmp(value_enum_word(arena, type, type->values[i].name), wanted) == 0)
			return &type->values[i];
	return NULL;
}

char *value_enum_words(struct arena *arena, const ProtobufCEnumDescriptor *type, const char *separator)
{
	struct text words = text_new(arena);

	for (unsigned i = 0; i < type->n_values; i++) {
		if (type->values[i].value == 0)
			continue;
		if (words.size)
			text_append(&words, separator);
		text_append(&words, value_enum_word(arena, type, type->values[i].name));
	}
	return words.data;
}

static const char *known_placeholder(const ProtobufCMessageDescriptor *type)
{
	switch (reflect_known(type)) {
	case KNOWN_TIMESTAMP:
		return "TIME";
	case KNOWN_DURATION:
		return "DURATION";
	case KNOWN_MONEY:
		return "\"KRW 12.5\"";
	case KNOWN_FIELD_MASK:
		return "FIELD,…";
	default:
		return "FIELD=VALUE,…";
	}
}

char *value_placeholder(struct arena *arena, const ProtobufCFieldDescriptor *field)
{
	char *words;

	switch (field->type) {
	case PROTOBUF_C_TYPE_STRING:
		return arena_strdup(arena, "TEXT");
	case PROTOBUF_C_TYPE_BYTES:
		return arena_strdup(arena, "@FILE");
	case PROTOBUF_C_TYPE_BOOL:
		return arena_strdup(arena, "");
	case PROTOBUF_C_TYPE_MESSAGE:
		return arena_strdup(arena, reflect_is_map(field) ? "KEY=VALUE" : known_placeholder(field->descriptor));
	case PROTOBUF_C_TYPE_ENUM:
		words = value_enum_words(arena, reflect_enum_type(field), "|");
		return strlen(words) > 60 ? arena_strdup(arena, "WORD") : words;
	default:
		return arena_strdup(arena, "NUMBER");
	}
}
