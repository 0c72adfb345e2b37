/* SPDX-License-Identifier: Apache-2.0 */
/* cost_test.c: runs the suites of cost. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/cost/cost_fixture.h"

int main(void)
{
	const struct {
		const struct CMUnitTest *tests;
		size_t count;
	} suites[] = { { rate_card_tests, rate_card_test_count },
		       { estimate_tests, estimate_test_count },
		       { usage_tests, usage_test_count },
		       { query_tests, query_test_count } };
	struct CMUnitTest all[64];
	size_t count = 0;

	for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++)
		for (size_t j = 0; j < suites[i].count; j++)
			all[count++] = suites[i].tests[j];
	return _cmocka_run_group_tests("cost", all, count, NULL, NULL);
}
