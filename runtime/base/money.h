/* SPDX-License-Identifier: Apache-2.0 */
/* money.h: exact amounts. A decimal of up to 12 fraction digits; no double ever touches it. */
#ifndef GAON_BASE_MONEY_H
#define GAON_BASE_MONEY_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/base/arena.h"

#define MONEY_FRACTION_PER_UNIT INT64_C(1000000000000)

/**
 * units + fraction × 10^-12 of a currency; both parts carry the sign; |fraction| < 10^12.
 * Stored as two BIGINT columns (units, fraction); |units| ≤ 10^18 - 1, beyond is MONEY_OVERFLOW.
 */
struct amount {
	int64_t units;
	int64_t fraction;
};

/** An amount of one ISO 4217 currency ("KRW"). */
struct money {
	char currency[4];
	struct amount amount;
};

#define AMOUNT_ZERO ((struct amount){ 0, 0 })

/** "-12.34", "5e-3" (FOCUS allows E notation): exact or refused; no '+', blanks or commas; ≤ 12 fraction digits. */
bool amount_parse(const char *text, struct amount *amount);

/** The shortest exact decimal: "0.05", "-3", "12.000000000001". */
char *amount_format(struct arena *arena, struct amount amount);

/** For people: rounded half-even to `digits` fraction digits with thousands separators: "1,234.50". */
char *amount_format_rounded(struct arena *arena, struct amount amount, unsigned digits);

/** Fraction digits that an invoice in this currency shows: KRW 0, USD 2, unknown 2. */
unsigned money_minor_digits(const char *currency);
/** Three upper-case letters. */
bool money_is_currency(const char *currency);

MUST_CHECK struct status amount_add(struct arena *arena, struct amount a, struct amount b, struct amount *sum);
MUST_CHECK struct status amount_subtract(struct arena *arena, struct amount a, struct amount b, struct amount *difference);
/** -1, 0, 1 */
int amount_compare(struct amount a, struct amount b);
struct amount amount_negate(struct amount a);

/** a × numerator / denominator, rounded half-even at the 12th digit once, after the whole 128-bit product. */
MUST_CHECK struct status amount_scale(struct arena *arena, struct amount a, int64_t numerator, int64_t denominator,
				      struct amount *scaled);

/** Product of two decimals (a quantity and a rate), rounded half-even at the 12th digit. */
MUST_CHECK struct status amount_multiply(struct arena *arena, struct amount a, struct amount b, struct amount *product);

/** Splits `whole` in proportion to `weights` (largest remainder): the parts sum to `whole` exactly. All weights ≥ 0, one > 0. */
MUST_CHECK struct status amount_split(struct arena *arena, struct amount whole, const int64_t *weights, size_t count,
				      struct amount *parts);

#endif
