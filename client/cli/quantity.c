/* SPDX-License-Identifier: Apache-2.0 */
/* quantity.c: see quantity.h. */
#include "client/cli/quantity.h"

#include <string.h>

#include "client/cli/value.h"
#include "runtime/base/text.h"

#define KIB INT64_C(1024)

/** A suffix of field names and what one of it is in the smallest unit of its kind. */
struct unit {
	const char *suffix; /* of the field's name */
	int64_t bytes;      /* 0: no size */
	int64_t us;         /* 0: no time */
	const char *shown;
};

static const struct unit units[] = {
	{ "_bytes", 1, 0, "B" },
	{ "_kib", KIB, 0, "KiB" },
	{ "_mib", KIB *KIB, 0, "MiB" },
	{ "_gib", KIB *KIB *KIB, 0, "GiB" },
	{ "_tib", KIB *KIB *KIB *KIB, 0, "TiB" },
	{ "_us", 0, 1, "µs" },
	{ "_ms", 0, 1000, "ms" },
	{ "_seconds", 0, 1000000, "s" },
	{ "_minutes", 0, 60000000, "min" },
	{ "_hours", 0, 3600000000, "h" },
	{ "_days", 0, 86400000000, "days" },
	{ "_percent", 0, 0, "%" },
};

static const struct unit *unit_of(const char *field)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (text_ends_with(field, units[i].suffix))
			return &units[i];
	return NULL;
}

static bool parse_size(const char *text, int64_t *bytes)
{
	static const struct {
		const char *name;
		int64_t bytes;
	} sizes[] = {
		{ "B", 1 },
		{ "KiB", KIB },
		{ "MiB", KIB * KIB },
		{ "GiB", KIB * KIB * KIB },
		{ "TiB", KIB * KIB * KIB * KIB },
		{ "K", KIB },
		{ "M", KIB * KIB },
		{ "G", KIB * KIB * KIB },
		{ "T", KIB * KIB * KIB * KIB },
	};
	int64_t number = 0;
	const char *at = text;

	for (; *at >= '0' && *at <= '9'; at++)
		if (__builtin_mul_overflow(number, 10, &number) || __builtin_add_overflow(number, *at - '0', &number))
			return false;
	for (size_t i = 0; at != text && i < sizeof(sizes) / sizeof(sizes[0]); i++)
		if (strcmp(at, sizes[i].name) == 0)
			return !__builtin_mul_overflow(number, sizes[i].bytes, bytes);
	return false;
}

bool quantity_parse(const char *field, const char *text, int64_t *number)
{
	const struct unit *unit = unit_of(field);
	int64_t whole;

	if (text_to_int64(text, number))
		return true;
	if (unit && unit->bytes && parse_size(text, &whole) && whole % unit->bytes == 0) {
		*number = whole / unit->bytes;
		return true;
	}
	if (unit && unit->us && value_parse_duration(text, &whole) && whole % unit->us == 0) {
		*number = whole / unit->us;
		return true;
	}
	return false;
}

const char *quantity_hint(const char *field)
{
	const struct unit *unit = unit_of(field);

	if (unit && unit->bytes)
		return ", or one with its unit such as 4GiB that comes out even";
	if (unit && unit->us)
		return ", or one with its unit such as 90s or 7d that comes out even";
	return "";
}

char *quantity_format(struct arena *arena, const char *field, int64_t number)
{
	static const char *const names[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	const struct unit *unit = unit_of(field);
	size_t at = 0;

	if (!unit)
		return arena_printf(arena, "%lld", (long long)number);
	if (!unit->bytes)
		return arena_printf(arena, "%lld %s", (long long)number,
				    number == 1 && strcmp(unit->shown, "days") == 0 ? "day" : unit->shown);
	while (strcmp(names[at], unit->shown) != 0)
		at++;
	while (number && number % KIB == 0 && at + 1 < sizeof(names) / sizeof(names[0])) {
		number /= KIB;
		at++;
	}
	return arena_printf(arena, "%lld %s", (long long)number, names[at]);
}
