/* SPDX-License-Identifier: Apache-2.0 */
/* catalog_fixture.h: a store with connections to simulated clouds, and a product that can be ordered. */
#ifndef GAON_TESTS_CATALOG_FIXTURE_H
#define GAON_TESTS_CATALOG_FIXTURE_H

#include "gaon/catalog/v1/catalog.handlers.h"
#include "server/services/catalog/catalog.h"
#include "tests/support/service_fixture.h"

#define ACME "tenants/acme"
#define LAB "tenants/acme/connections/lab"
#define WEB "tenants/acme/projects/web"
#define LINUX "tenants/acme/products/linux"
#define NOW SERVICE_NOW_US

int catalog_setup(void **state);
int catalog_teardown(void **state);
#define CATALOG_TEST(test_) cmocka_unit_test_setup_teardown((test_), catalog_setup, catalog_teardown)

MUST_CHECK struct status catalog_call(void *state, const char *method, const void *request, void *reply);

/** A connection to a simulated cloud of its own; `options` JSON, "" for none. */
MUST_CHECK struct status make_connection(void *state, const char *tenant, const char *id, const char *options);
Gaon__Connection *get_connection(void *state, const char *name);
/** Probes and runs the operation to its end; what became of it is the operation's state. */
enum operation_state probe(void *state, const char *name);
/** A ready connection "lab" in acme. */
void make_lab(void *state);

MUST_CHECK struct status make_product(void *state, const char *tenant, const char *id);

struct parameter_row {
	const char *name;
	Gaon__ParameterType type;
	const char *default_value; /* NULL: none */
	const char *choices;	   /* separated by commas; NULL: none */
	bool is_required;
	int64_t least, most;
};
struct version_row {
	const struct parameter_row *parameters;
	size_t parameter_count;
	const char *targets; /* separated by commas */
	const char *rate_card;
	int32_t default_lease_days, max_lease_days;
};
/** size, image, network, disk_gib, name, lease_days, on lab, by the rate card "standard". */
extern const struct version_row usual_version;
Gaon__ProductVersion *version_message(void *state, const struct version_row *row);
/** *name: of the draft. */
MUST_CHECK struct status make_version(void *state, const char *product, const struct version_row *row, const char **name);
MUST_CHECK struct status publish(void *state, const char *name);
/** Lab, product "linux" with one published usual version. */
void make_linux(void *state);

struct resolved {
	struct catalog_choice choice;
	struct catalog_problem *problems;
};
/** `parameters` is JSON. */
struct resolved resolve(void *state, const char *project, const char *product, const char *parameters);
/** The reason of the problem at a field; NULL: none. */
const char *problem_at(const struct resolved *resolved, const char *field);

/** What the test says of rate cards and of who holds what, to the hooks. */
extern const char *known_rate_card, *held_name;

extern const struct CMUnitTest connection_tests[], settings_tests[], probe_tests[], parameter_tests[], product_tests[],
	version_tests[], resolve_tests[];
extern const size_t connection_test_count, settings_test_count, probe_test_count, parameter_test_count,
	product_test_count, version_test_count, resolve_test_count;

#endif
