/* SPDX-License-Identifier: Apache-2.0 */
/* money.c: amounts as 128-bit counts of 10^-12, products as 256 bits, one rounding at the end. */
#include "runtime/base/money.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/base/text.h"

__extension__ typedef __int128 wide;
__extension__ typedef unsigned __int128 wide_magnitude;

enum { FRACTION_DIGITS = 12, UNIT_DIGITS = 18, LIMBS = 4 };

/* A magnitude of up to 256 bits, least limb first. */
struct product {
	uint64_t limbs[LIMBS];
};

static wide widen(struct amount amount)
{
	return (wide)amount.units * MONEY_FRACTION_PER_UNIT + amount.fraction;
}

static wide_magnitude magnitude_of(wide value)
{
	return value < 0 ? -(wide_magnitude)value : (wide_magnitude)value;
}

static wide_magnitude ceiling(void)
{
	/* units ≤ 10^18 - 1 and any fraction */
	return (wide_magnitude)INT64_C(1000000000000000000) * MONEY_FRACTION_PER_UNIT - 1;
}

static struct status overflow(struct arena *arena)
{
	return status_fail(arena, STATUS_OUT_OF_RANGE, "MONEY_OVERFLOW",
			   "an amount must stay below 10^18 units; use smaller quantities");
}

static struct status narrow(struct arena *arena, wide value, struct amount *amount)
{
	if (magnitude_of(value) > ceiling())
		return overflow(arena);
	amount->units = (int64_t)(value / MONEY_FRACTION_PER_UNIT);
	amount->fraction = (int64_t)(value % MONEY_FRACTION_PER_UNIT);
	return OK;
}

/** What the two columns hold when somebody else wrote them may be anything; sums of such must not overflow 128 bits. */
static bool is_valid(struct amount amount)
{
	bool is_small = amount.fraction > -MONEY_FRACTION_PER_UNIT && amount.fraction < MONEY_FRACTION_PER_UNIT;

	return is_small && magnitude_of(widen(amount)) <= ceiling();
}

struct status amount_add(struct arena *arena, struct amount a, struct amount b, struct amount *sum)
{
	if (!is_valid(a) || !is_valid(b))
		return overflow(arena);
	return narrow(arena, widen(a) + widen(b), sum);
}

struct status amount_subtract(struct arena *arena, struct amount a, struct amount b, struct amount *difference)
{
	if (!is_valid(a) || !is_valid(b))
		return overflow(arena);
	return narrow(arena, widen(a) - widen(b), difference);
}

int amount_compare(struct amount a, struct amount b)
{
	wide left = widen(a);
	wide right = widen(b);

	return left < right ? -1 : left > right;
}

struct amount amount_negate(struct amount a)
{
	return (struct amount){ .units = -a.units, .fraction = -a.fraction };
}

static struct product multiply(wide_magnitude a, wide_magnitude b)
{
	uint64_t left[2] = { (uint64_t)a, (uint64_t)(a >> 64) };
	uint64_t right[2] = { (uint64_t)b, (uint64_t)(b >> 64) };
	struct product product = { { 0 } };

	for (int i = 0; i < 2; i++) {
		wide_magnitude carry = 0;

		for (int j = 0; j < 2; j++) {
			carry += (wide_magnitude)left[i] * right[j] + product.limbs[i + j];
			product.limbs[i + j] = (uint64_t)carry;
			carry >>= 64;
		}
		product.limbs[i + 2] = (uint64_t)carry;
	}
	return product;
}

/* The quotient replaces the product; the remainder is returned. */
static uint64_t divide(struct product *product, uint64_t divisor)
{
	wide_magnitude remainder = 0;

	for (int i = LIMBS - 1; i >= 0; i--) {
		remainder = remainder << 64 | product->limbs[i];
		product->limbs[i] = (uint64_t)(remainder / divisor);
		remainder %= divisor;
	}
	return (uint64_t)remainder;
}

/* a × b / divisor with one half-even rounding; the sign is given apart. */
static struct status multiply_divide(struct arena *arena, wide_magnitude a, wide_magnitude b, uint64_t divisor,
				     wide_magnitude *result)
{
	struct product product = multiply(a, b);
	uint64_t remainder = divide(&product, divisor);

	if (product.limbs[2] != 0 || product.limbs[3] != 0)
		return overflow(arena);

	wide_magnitude quotient = (wide_magnitude)product.limbs[1] << 64 | product.limbs[0];
	uint64_t other_half = divisor - remainder;
	if (quotient <= ceiling() && (remainder > other_half || (remainder == other_half && (quotient & 1) != 0)))
		quotient++;
	if (quotient > ceiling())
		return overflow(arena);
	*result = quotient;
	return OK;
}

static uint64_t magnitude_of_int(int64_t number)
{
	return number < 0 ? -(uint64_t)number : (uint64_t)number;
}

struct status amount_scale(struct arena *arena, struct amount a, int64_t numerator, int64_t denominator,
			   struct amount *scaled)
{
	wide_magnitude result;

	if (denominator == 0)
		return status_fail(arena, STATUS_INVALID_ARGUMENT, "MONEY_DIVISION_BY_ZERO",
				   "an amount cannot be divided by zero; give another denominator");
	if (!is_valid(a))
		return overflow(arena);
	TRY(multiply_divide(arena, magnitude_of(widen(a)), magnitude_of_int(numerator), magnitude_of_int(denominator),
			    &result));
	bool is_negative = (widen(a) < 0) != ((numerator < 0) != (denominator < 0));
	return narrow(arena, is_negative ? -(wide)result : (wide)result, scaled);
}

struct status amount_multiply(struct arena *arena, struct amount a, struct amount b, struct amount *product)
{
	wide_magnitude result;

	if (!is_valid(a) || !is_valid(b))
		return overflow(arena);
	TRY(multiply_divide(arena, magnitude_of(widen(a)), magnitude_of(widen(b)), MONEY_FRACTION_PER_UNIT, &result));
	bool is_negative = (widen(a) < 0) != (widen(b) < 0);
	return narrow(arena, is_negative ? -(wide)result : (wide)result, product);
}

struct share {
	size_t index;
	uint64_t remainder;
};

static int compare_shares(const void *left, const void *right)
{
	const struct share *a = left;
	const struct share *b = right;

	if (a->remainder != b->remainder)
		return a->remainder > b->remainder ? -1 : 1;
	return a->index < b->index ? -1 : 1; /* ties go to the first, so that a split is the same each time */
}

static struct status sum_weights(struct arena *arena, const int64_t *weights, size_t count, int64_t *sum)
{
	*sum = 0;
	for (size_t i = 0; i < count; i++) {
		if (weights[i] < 0)
			return status_fail(arena, STATUS_INVALID_ARGUMENT, "MONEY_WEIGHT_INVALID",
					   "the weights of a split must not be negative");
		if (__builtin_add_overflow(*sum, weights[i], sum))
			return status_fail(arena, STATUS_OUT_OF_RANGE, "MONEY_OVERFLOW",
					   "the weights of a split must sum to less than 2^63; use smaller weights");
	}
	if (*sum == 0)
		return status_fail(arena, STATUS_INVALID_ARGUMENT, "MONEY_WEIGHT_INVALID",
				   "at least one weight of a split must be above zero");
	return OK;
}

struct status amount_split(struct arena *arena, struct amount whole, const int64_t *weights, size_t count,
			   struct amount *parts)
{
	int64_t sum;

	if (!is_valid(whole))
		return overflow(arena);
	TRY(sum_weights(arena, weights, count, &sum));

	wide_magnitude *quotas = arena_array(arena, count, sizeof *quotas);
	struct share *shares = ARENA_ARRAY(arena, count, struct share);
	wide_magnitude left = magnitude_of(widen(whole));
	for (size_t i = 0; i < count; i++) {
		struct product product = multiply(magnitude_of(widen(whole)), (uint64_t)weights[i]);

		shares[i] = (struct share){ .index = i, .remainder = divide(&product, (uint64_t)sum) };
		quotas[i] = (wide_magnitude)product.limbs[1] << 64 | product.limbs[0];
		left -= quotas[i];
	}
	/*
	 * What is left is less than the number of parts with a remainder: one 10^-12 each, the largest remainders
	 * first.
	 */
	qsort(shares, count, sizeof shares[0], compare_shares);
	for (size_t i = 0; left > 0; i++, left--)
		quotas[shares[i].index]++;

	bool is_negative = widen(whole) < 0;
	for (size_t i = 0; i < count; i++)
		TRY(narrow(arena, is_negative ? -(wide)quotas[i] : (wide)quotas[i], &parts[i]));
	return OK;
}

/* A decimal as digits × 10^exponent; `digits` has no zero at either end. */
struct decimal {
	const char *first, *last; /* the significant part, which may hold the point; NULL: zero */
	int64_t exponent;         /* of the last significant digit */
	bool is_negative;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* JSON's grammar of a number, but leading zeros are fine, as is "E". */
static bool scan_decimal(const char *text, struct decimal *decimal)
{
	const char *c = text;
	const char *point = NULL;

	*decimal = (struct decimal){ .is_negative = *c == '-' };
	c += *c == '-';
	const char *start = c;
	for (; is_digit(*c) || (*c == '.' && !point && c > start); c++) {
		if (*c == '.')
			point = c;
		else if (*c != '0') {
			decimal->first = decimal->first ? decimal->first : c;
			decimal->last = c;
		}
	}
	if (c == start || c[-1] == '.')
		return false;

	const char *end = point ? point : c;
	int64_t exponent = 0;
	if ((*c == 'e' || *c == 'E') ? !text_to_int64(c + 1, &exponent) : *c != '\0')
		return false;
	if (exponent > INT32_MAX || exponent < INT32_MIN)
		return decimal->first == NULL;
	if (decimal->first)
		decimal->exponent = exponent + (end - decimal->last) - (decimal->last < end ? 1 : 0);
	return true;
}

bool amount_parse(const char *text, struct amount *amount)
{
	struct decimal decimal;
	wide_magnitude value = 0;
	int digits = 0;

	if (text_is_empty(text) || !scan_decimal(text, &decimal))
		return false;
	if (!decimal.first) {
		*amount = AMOUNT_ZERO;
		return true;
	}
	if (decimal.exponent < -FRACTION_DIGITS || decimal.exponent >= UNIT_DIGITS)
		return false;
	for (const char *c = decimal.first; c <= decimal.last; c++) {
		if (*c == '.')
			continue;
		if (++digits > FRACTION_DIGITS + UNIT_DIGITS)
			return false;
		value = value * 10 + (wide_magnitude)(*c - '0');
	}
	if (digits + decimal.exponent > UNIT_DIGITS)
		return false;
	for (int64_t i = -FRACTION_DIGITS; i < decimal.exponent; i++)
		value *= 10;

	wide signed_value = decimal.is_negative ? -(wide)value : (wide)value;
	amount->units = (int64_t)(signed_value / MONEY_FRACTION_PER_UNIT);
	amount->fraction = (int64_t)(signed_value % MONEY_FRACTION_PER_UNIT);
	return true;
}

char *amount_format(struct arena *arena, struct amount amount)
{
	bool is_negative = amount.units < 0 || amount.fraction < 0;
	unsigned long long units = magnitude_of_int(amount.units);
	unsigned long long fraction = magnitude_of_int(amount.fraction);
	const char *sign = is_negative ? "-" : "";

	if (fraction == 0)
		return arena_printf(arena, "%s%llu", sign, units);

	char *text = arena_printf(arena, "%s%llu.%012llu", sign, units, fraction);
	size_t size = strlen(text);
	while (text[size - 1] == '0')
		text[--size] = '\0';
	return text;
}

char *amount_format_rounded(struct arena *arena, struct amount amount, unsigned digits)
{
	wide_magnitude value = magnitude_of(widen(amount));
	uint64_t step = 1;
	uint64_t scale = 1;

	digits = digits > FRACTION_DIGITS ? FRACTION_DIGITS : digits;
	for (unsigned i = digits; i < FRACTION_DIGITS; i++)
		step *= 10;
	for (unsigned i = 0; i < digits; i++)
		scale *= 10;
	uint64_t remainder = (uint64_t)(value % step);
	value /= step;
	if (remainder > step - remainder || (remainder == step - remainder && (value & 1) != 0))
		value++;

	char *units = arena_printf(arena, "%llu", (unsigned long long)(value / scale));
	struct text text = text_new(arena);
	if (widen(amount) < 0 && value > 0)
		text_append_char(&text, '-');
	for (size_t i = 0, size = strlen(units); i < size; i++) {
		if (i > 0 && (size - i) % 3 == 0)
			text_append_char(&text, ',');
		text_append_char(&text, units[i]);
	}
	if (digits > 0)
		text_printf(&text, ".%0*llu", (int)digits, (unsigned long long)(value % scale));
	return text.data;
}

unsigned money_minor_digits(const char *currency)
{
	/* ISO 4217, list one, where the minor unit is not 2. */
	static const struct {
		char currency[4];
		unsigned digits;
	} rows[] = {
		{ "BHD", 3 }, { "BIF", 0 }, { "CLF", 4 }, { "CLP", 0 }, { "DJF", 0 }, { "GNF", 0 }, { "IQD", 3 },
		{ "ISK", 0 }, { "JOD", 3 }, { "JPY", 0 }, { "KMF", 0 }, { "KRW", 0 }, { "KWD", 3 }, { "LYD", 3 },
		{ "OMR", 3 }, { "PYG", 0 }, { "RWF", 0 }, { "TND", 3 }, { "UGX", 0 }, { "UYI", 0 }, { "UYW", 4 },
		{ "VND", 0 }, { "VUV", 0 }, { "XAF", 0 }, { "XOF", 0 }, { "XPF", 0 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (text_equal(rows[i].currency, currency))
			return rows[i].digits;
	}
	return 2;
}

bool money_is_currency(const char *currency)
{
	if (!currency || strnlen(currency, 4) != 3)
		return false;
	for (int i = 0; i < 3; i++) {
		if (currency[i] < 'A' || currency[i] > 'Z')
			return false;
	}
	return true;
}
