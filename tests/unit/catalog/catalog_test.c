/* SPDX-License-Identifier: Apache-2.0 */
/* catalog_test.c: runs the suites of the catalog. */
#include "tests/unit/catalog/catalog_fixture.h"

int main(void)
{
	const struct {
		const struct CMUnitTest *tests;
		size_t count;
	} suites[] = { { connection_tests, connection_test_count }, { settings_tests, settings_test_count },
		       { probe_tests, probe_test_count },	    { parameter_tests, parameter_test_count },
		       { product_tests, product_test_count },	    { version_tests, version_test_count },
		       { resolve_tests, resolve_test_count } };
	struct CMUnitTest all[96];
	size_t count = 0;

	for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++)
		for (size_t j = 0; j < suites[i].count; j++)
			all[count++] = suites[i].tests[j];
	return _cmocka_run_group_tests("catalog", all, count, NULL, NULL);
}
