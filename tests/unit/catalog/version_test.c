/* SPDX-License-Identifier: Apache-2.0 */
/* version_test.c: a version is a draft, then published and immutable, then retired. */
#include <string.h>

#include "tests/unit/catalog/catalog_fixture.h"

static Gaon__ProductVersion *get_version(void *state, const char *name)
{
	struct service_fixture *fixture = state;
	Gaon__GetProductVersionRequest request = GAON__GET_PRODUCT_VERSION_REQUEST__INIT;
	Gaon__ProductVersion *version = ARENA_NEW(fixture->arena, Gaon__ProductVersion);

	request.name = name;
	assert_ok(catalog_call(state, "GetProductVersion", &request, version));
	return version;
}

static struct status retire(void *state, const char *name)
{
	Gaon__RetireProductVersionRequest request = GAON__RETIRE_PRODUCT_VERSION_REQUEST__INIT;
	Gaon__ProductVersion reply;

	request.name = name;
	return catalog_call(state, "RetireProductVersion", &request, &reply);
}

static struct status update_notes(void *state, const char *name)
{
	Gaon__UpdateProductVersionRequest request = GAON__UPDATE_PRODUCT_VERSION_REQUEST__INIT;
	Gaon__ProductVersion version = GAON__PRODUCT_VERSION__INIT, reply;

	version.name = name;
	version.release_notes = "new";
	request.product_version = &version;
	return catalog_call(state, "UpdateProductVersion", &request, &reply);
}

static void a_published_version_never_changes(void **state)
{
	const char *name;

	make_lab(*state);
	assert_ok(make_product(*state, ACME, "linux"));
	assert_ok(make_version(*state, LINUX, &usual_version, &name));
	assert_string_equal(name, LINUX "/versions/1");
	assert_ok(update_notes(*state, name));
	assert_string_equal(get_version(*state, name)->digest, "");
	assert_fails(retire(*state, name), STATUS_FAILED_PRECONDITION, "VERSION_NOT_PUBLISHED");
	assert_ok(publish(*state, name));
	const Gaon__ProductVersion *published = get_version(*state, name);
	assert_int_equal(published->state, GAON__PRODUCT_VERSION_STATE__PRODUCT_VERSION_STATE_PUBLISHED);
	assert_int_equal(strlen(published->digest), 64);
	assert_string_equal(published->release_notes, "new");
	assert_int_equal(published->n_parameters, usual_version.parameter_count);
	assert_fails(update_notes(*state, name), STATUS_FAILED_PRECONDITION, "VERSION_IMMUTABLE");
	assert_fails(publish(*state, name), STATUS_FAILED_PRECONDITION, "VERSION_IMMUTABLE");
	assert_ok(retire(*state, name));
	assert_fails(retire(*state, name), STATUS_FAILED_PRECONDITION, "VERSION_NOT_PUBLISHED");
	assert_fails(update_notes(*state, name), STATUS_FAILED_PRECONDITION, "VERSION_IMMUTABLE");
	assert_string_equal(get_version(*state, name)->digest, published->digest);
}

static void versions_are_numbered_and_listed_newest_first(void **state)
{
	Gaon__ListProductVersionsRequest request = GAON__LIST_PRODUCT_VERSIONS_REQUEST__INIT;
	Gaon__ListProductVersionsResponse reply;
	const char *name;

	make_lab(*state);
	assert_ok(make_product(*state, ACME, "linux"));
	for (int i = 0; i < 11; i++)
		assert_ok(make_version(*state, LINUX, &usual_version, &name));
	request.parent = LINUX;
	request.page_size = 2;
	assert_ok(catalog_call(*state, "ListProductVersions", &request, &reply));
	assert_string_equal(reply.product_versions[0]->name, LINUX "/versions/11");
	request.page_token = reply.next_page_token;
	assert_ok(catalog_call(*state, "ListProductVersions", &request, &reply));
	assert_string_equal(reply.product_versions[0]->name, LINUX "/versions/9");
	request.parent = ACME "/products/none";
	assert_fails(catalog_call(*state, "ListProductVersions", &request, &reply), STATUS_NOT_FOUND, "PRODUCT_NOT_FOUND");
}

/** The digest of a version that was published of a row. */
static const char *published_digest(void *state, const struct version_row *row)
{
	const char *name;

	assert_ok(make_version(state, LINUX, row, &name));
	assert_ok(publish(state, name));
	return get_version(state, name)->digest;
}

static void the_digest_tells_versions_apart(void **state)
{
	struct version_row longer = usual_version;

	make_lab(*state);
	assert_ok(make_product(*state, ACME, "linux"));
	longer.max_lease_days = 91;
	assert_string_not_equal(published_digest(*state, &usual_version), published_digest(*state, &longer));
}

/** What is missing when a version is published. */
static struct status publish_row(void *state, const struct version_row *row)
{
	const char *name;

	assert_ok(make_version(state, LINUX, row, &name));
	return publish(state, name);
}

static void an_incomplete_version_is_told_all_that_is_missing(void **state)
{
	struct version_row nothing = { NULL, 0, NULL, NULL, 0, 0 };
	unsigned fields = 0;

	make_lab(*state);
	assert_ok(make_product(*state, ACME, "linux"));
	struct status status = publish_row(*state, &nothing);
	assert_int_equal(status.code, STATUS_FAILED_PRECONDITION);
	assert_string_equal(status.reason, "VERSION_INCOMPLETE");
	for (const struct status_detail *detail = status.details; detail; detail = detail->next)
		fields += detail->kind == STATUS_DETAIL_FIELD;
	assert_int_equal(fields, 4); /* size, image, rate card, target */
}

static void what_nothing_can_hold_is_not_published(void **state)
{
	const struct parameter_row odd[] = {
		{ "size", GAON__PARAMETER_TYPE__PARAMETER_TYPE_SIZE, NULL, "gigantic", false, 0, 0 },
		{ "image", GAON__PARAMETER_TYPE__PARAMETER_TYPE_IMAGE, NULL, NULL, true, 0, 0 },
	};
	struct version_row row = usual_version;

	make_lab(*state);
	assert_ok(make_connection(*state, ACME, "raw", ""));
	assert_ok(make_product(*state, ACME, "linux"));
	row.targets = ACME "/connections/raw";
	assert_string_equal(failed_field(publish_row(*state, &row)), "product_version.targets");
	row.targets = ACME "/connections/raw," LAB;
	assert_ok(publish_row(*state, &row));
	row.parameters = odd;
	row.parameter_count = 2;
	assert_string_equal(publish_row(*state, &row).reason, "VERSION_INCOMPLETE");
	row = usual_version;
	row.rate_card = ACME "/rateCards/gone";
	assert_string_equal(failed_field(publish_row(*state, &row)), "product_version.rate_card");
}

static void drafts_are_refused_by_field(void **state)
{
	const struct parameter_row twice[] = { { "a", GAON__PARAMETER_TYPE__PARAMETER_TYPE_STRING, NULL, NULL, false, 0, 0 },
					       { "a", GAON__PARAMETER_TYPE__PARAMETER_TYPE_STRING, NULL, NULL, false, 0, 0 } };
	struct version_row row = usual_version;
	const char *name;

	make_lab(*state);
	assert_ok(make_connection(*state, "tenants/msp", "big", ""));
	assert_ok(make_product(*state, ACME, "linux"));
	row.parameters = twice;
	row.parameter_count = 2;
	assert_string_equal(failed_field(make_version(*state, LINUX, &row, &name)),
			    "product_version.parameters[1].parameter");
	row = usual_version;
	row.targets = LAB "," LAB;
	assert_string_equal(failed_field(make_version(*state, LINUX, &row, &name)), "product_version.targets[1].connection");
	row.targets = ACME "/connections/none";
	struct status missing = make_version(*state, LINUX, &row, &name);
	row.targets = "tenants/msp/connections/big";
	struct status foreign = make_version(*state, LINUX, &row, &name);
	assert_string_equal(failed_field(missing), "product_version.targets[0].connection");
	assert_string_equal(failed_field(foreign), "product_version.targets[0].connection");
	assert_string_equal(missing.reason, foreign.reason);
	row = usual_version;
	row.rate_card = "tenants/other/rateCards/x";
	assert_string_equal(failed_field(make_version(*state, LINUX, &row, &name)), "product_version.rate_card");
	row = usual_version;
	row.default_lease_days = 91;
	assert_string_equal(failed_field(make_version(*state, LINUX, &row, &name)), "product_version.default_lease_days");
	assert_int_equal(service_number(*state, "SELECT COUNT(*) FROM product_version"), 0);
}

static void a_product_sells_its_newest_published_version(void **state)
{
	Gaon__GetProductRequest request = GAON__GET_PRODUCT_REQUEST__INIT;
	Gaon__Product product;
	const char *name;

	make_linux(*state);
	assert_ok(make_version(*state, LINUX, &usual_version, &name));
	request.name = LINUX;
	assert_ok(catalog_call(*state, "GetProduct", &request, &product));
	assert_string_equal(product.published_version, LINUX "/versions/1");
	assert_ok(publish(*state, name));
	assert_ok(catalog_call(*state, "GetProduct", &request, &product));
	assert_string_equal(product.published_version, LINUX "/versions/2");
	assert_ok(retire(*state, name));
	assert_ok(catalog_call(*state, "GetProduct", &request, &product));
	assert_string_equal(product.published_version, LINUX "/versions/1");
}

const struct CMUnitTest version_tests[] = {
	CATALOG_TEST(a_published_version_never_changes),
	CATALOG_TEST(versions_are_numbered_and_listed_newest_first),
	CATALOG_TEST(the_digest_tells_versions_apart),
	CATALOG_TEST(an_incomplete_version_is_told_all_that_is_missing),
	CATALOG_TEST(what_nothing_can_hold_is_not_published),
	CATALOG_TEST(drafts_are_refused_by_field),
	CATALOG_TEST(a_product_sells_its_newest_published_version),
};
const size_t version_test_count = sizeof version_tests / sizeof version_tests[0];
