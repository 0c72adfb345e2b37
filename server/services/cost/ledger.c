/* SPDX-License-Identifier: Apache-2.0 */
/* ledger.c: sums over many amounts, put together in 128 bits. */
#include "server/services/cost/ledger.h"

__extension__ typedef __int128 wide;

struct status ledger_sum(struct arena *arena, const struct rows *rows, unsigned column, struct amount *sum)
{
	wide units = (wide)row_int(rows, column) * 1000000000 + row_int(rows, column + 1);
	wide fraction = (wide)row_int(rows, column + 2) * 1000000 + row_int(rows, column + 3);
	wide whole = units * MONEY_FRACTION_PER_UNIT + fraction;
	wide most = (wide)INT64_C(1000000000000000000) * MONEY_FRACTION_PER_UNIT;

	if (whole <= -most || whole >= most)
		return status_fail(arena, STATUS_OUT_OF_RANGE, "MONEY_OVERFLOW",
				   "the sum has more than 18 digits before the point; ask for a shorter interval");
	sum->units = (int64_t)(whole / MONEY_FRACTION_PER_UNIT);
	sum->fraction = (int64_t)(whole % MONEY_FRACTION_PER_UNIT);
	return OK;
}
