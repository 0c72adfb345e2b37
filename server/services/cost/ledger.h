/* SPDX-License-Identifier: Apache-2.0 */
/* ledger.h: exact amounts as two BIGINT columns, and sums over many of them. */
#ifndef GAON_SERVICES_COST_LEDGER_H
#define GAON_SERVICES_COST_LEDGER_H

#include "runtime/base/money.h"
#include "server/store/store.h"

/** The amount in `column` (units) and the column after it (fraction). */
static inline struct amount row_amount(const struct rows *rows, unsigned column)
{
	return (struct amount){ row_int(rows, column), row_int(rows, column + 1) };
}

/** Two values of a parameter list. */
#define SQL_AMOUNT(amount_) sql_int((amount_).units), sql_int((amount_).fraction)

/**
 * Four columns that sum an amount over rows without ever overflowing 64 bits, whatever the database does on overflow: each
 * part is split so that 9 × 10^9 rows fit. ledger_sum puts them together in 128 bits. The cast is for PostgreSQL, whose
 * SUM of a BIGINT is NUMERIC.
 */
#define LEDGER_SUM(name_)                                                                                         \
	" CAST(SUM(" name_ "_units / 1000000000) AS BIGINT), CAST(SUM(" name_ "_units % 1000000000) AS BIGINT),"  \
	" CAST(SUM(" name_ "_fraction / 1000000) AS BIGINT), CAST(SUM(" name_ "_fraction % 1000000) AS BIGINT)"

/** The sum whose four parts start at `column`. OUT_OF_RANGE / MONEY_OVERFLOW from 10^18 units on. */
MUST_CHECK struct status ledger_sum(struct arena *arena, const struct rows *rows, unsigned column, struct amount *sum);

#endif
