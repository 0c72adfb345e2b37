/* SPDX-License-Identifier: Apache-2.0 */
/* config_value.c: reading one setting's value. */
#include "runtime/base/config_value.h"

#include <string.h>

struct unit {
	const char *name;
	int64_t factor;
};

static const struct unit duration_units[] = {
	{ "ms", 1 }, { "s", 1000 }, { "m", 60 * 1000 }, { "h", 3600 * 1000 }, { "d", INT64_C(24) * 3600 * 1000 },
	{ NULL, 0 },
};

static const struct unit size_units[] = {
	{ "", 1 },
	{ "KiB", INT64_C(1) << 10 },
	{ "MiB", INT64_C(1) << 20 },
	{ "GiB", INT64_C(1) << 30 },
	{ "TiB", INT64_C(1) << 40 },
	{ NULL, 0 },
};

static const struct unit no_units[] = { { "", 1 }, { NULL, 0 } };

static const struct {
	const struct unit *units;
	const char *wanted;
} kinds[] = {
	[CONFIG_TEXT] = { NULL, "one line of printable UTF-8" },
	[CONFIG_INT] = { no_units, "a whole number" },
	[CONFIG_BOOL] = { NULL, "true or false" },
	[CONFIG_DURATION_MS] = { duration_units, "a duration such as 500ms, 30s, 5m, 2h or 7d" },
	[CONFIG_SIZE_BYTES] = { size_units, "a size in bytes such as 4096, 64KiB, 16MiB or 2GiB" },
};

static bool parse_bool(const char *text, int64_t *number)
{
	*number = text_equal(text, "true");
	return *number || text_equal(text, "false");
}

static bool parse_text(const char *text, int64_t *number)
{
	struct slice slice = slice_text(text);

	*number = 0;
	return text_is_utf8(slice) && text_is_printable(slice) && !strpbrk(text, "\r\n");
}

static bool parse_number(const char *text, const struct unit *units, int64_t *number)
{
	char digits[24];
	size_t size = (text[0] == '-') + strspn(text + (text[0] == '-'), "0123456789");
	int64_t value;

	if (size >= sizeof digits)
		return false;
	memcpy(digits, text, size);
	digits[size] = '\0';
	if (!text_to_int64(digits, &value))
		return false;
	for (; units->name; units++) {
		if (text_equal(text + size, units->name))
			return !__builtin_mul_overflow(value, units->factor, number);
	}
	*number = 0;
	return value == 0 && text[size] == '\0'; /* nothing needs no unit */
}

bool config_value_parse(struct arena *arena, const struct config_option *option, const char *text, int64_t *number,
			const char **wanted)
{
	bool is_bounded = option->least != 0 || option->most != 0;
	int64_t value;
	bool is_read;

	*wanted = kinds[option->kind].wanted;
	if (option->kind == CONFIG_TEXT)
		is_read = parse_text(text, &value);
	else if (option->kind == CONFIG_BOOL)
		is_read = parse_bool(text, &value);
	else
		is_read = parse_number(text, kinds[option->kind].units, &value);
	if (!is_read)
		return false;
	if (kinds[option->kind].units && is_bounded && (value < option->least || value > option->most)) {
		const char *unit = option->kind == CONFIG_DURATION_MS ? "ms" : "";

		*wanted = arena_printf(arena, "%lld%s to %lld%s", (long long)option->least, unit,
				       (long long)option->most, unit);
		return false;
	}
	*number = value;
	return true;
}
