/* SPDX-License-Identifier: Apache-2.0 */
/* money_fuzz.c: amounts print as they parse, sums undo, splits lose nothing. */
#include <string.h>

#include "runtime/base/money.h"
#include "tests/support/fuzz.h"

const char *const fuzz_seeds[] = {
	"-12.34", "0.000000000001", "999999999999999999.999999999999", "-999999999999999999.999999999999", "35.2E-7",
	"1.5e3",  "0012.500",       "1000000000000000000000e-21",      "0.10000000000000000000",           NULL,
};

static void try_arithmetic(struct arena *arena, struct amount amount, const uint8_t *data, size_t size)
{
	struct amount other = AMOUNT_ZERO;
	struct amount sum;
	struct amount back;
	struct amount parts[8];
	int64_t weights[8] = { 0 };
	struct status ignored;

	memcpy(weights, data, size < sizeof weights ? size : sizeof weights);
	other.units = weights[0] % 1000000000000000000;
	if (status_is_ok(amount_add(arena, amount, other, &sum))) {
		FUZZ_CHECK(status_is_ok(amount_subtract(arena, sum, other, &back)));
		FUZZ_CHECK(amount_compare(back, amount) == 0);
	}
	ignored = amount_scale(arena, amount, weights[1], weights[0], &back);
	ignored = amount_multiply(arena, amount, other, &back);
	(void)ignored;
	if (status_is_ok(amount_split(arena, amount, weights, 8, parts))) {
		sum = AMOUNT_ZERO;
		for (size_t i = 0; i < 8; i++)
			FUZZ_CHECK(status_is_ok(amount_add(arena, sum, parts[i], &sum)));
		FUZZ_CHECK(amount_compare(sum, amount) == 0);
	}
	/* any two columns of the store, also such as no amount has */
	memcpy(&other, weights, sizeof other);
	ignored = amount_add(arena, other, amount, &sum);
	ignored = amount_scale(arena, other, 1, 1, &sum);
	amount_compare(other, amount);
	amount_format(arena, other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	struct amount amount;
	struct amount again;

	if (amount_parse(arena_strndup(arena, (const char *)data, size), &amount)) {
		FUZZ_CHECK(amount_parse(amount_format(arena, amount), &again));
		FUZZ_CHECK(amount.units == again.units && amount.fraction == again.fraction);
		FUZZ_CHECK((amount.units >= 0 && amount.fraction >= 0) || (amount.units <= 0 && amount.fraction <= 0));
		for (unsigned digits = 0; digits <= 13; digits++)
			amount_format_rounded(arena, amount, digits);
		try_arithmetic(arena, amount, data, size);
	} else {
		try_arithmetic(arena, AMOUNT_ZERO, data, size);
	}
	arena_free(arena);
	return 0;
}
