/* SPDX-License-Identifier: Apache-2.0 */
/* product_test.c: products, and who may order them. */
#include "tests/unit/catalog/catalog_fixture.h"

static struct status grant(void *state, const char *tenant)
{
	Gaon__CreateProductGrantRequest request = GAON__CREATE_PRODUCT_GRANT_REQUEST__INIT;
	Gaon__ProductGrant message = GAON__PRODUCT_GRANT__INIT, reply;

	message.tenant = tenant;
	request.parent = LINUX;
	request.product_grant = &message;
	return catalog_call(state, "CreateProductGrant", &request, &reply);
}

static struct status get_available(void *state, const char *project, Gaon__AvailableProduct *reply)
{
	Gaon__GetAvailableProductRequest request = GAON__GET_AVAILABLE_PRODUCT_REQUEST__INIT;

	request.parent = project;
	request.product = LINUX;
	return catalog_call(state, "GetAvailableProduct", &request, reply);
}

static size_t count_available(void *state, const char *project)
{
	Gaon__ListAvailableProductsRequest request = GAON__LIST_AVAILABLE_PRODUCTS_REQUEST__INIT;
	Gaon__ListAvailableProductsResponse reply;

	request.parent = project;
	assert_ok(catalog_call(state, "ListAvailableProducts", &request, &reply));
	return reply.n_available_products;
}

static void a_product_is_made_changed_and_deleted(void **state)
{
	Gaon__UpdateProductRequest update = GAON__UPDATE_PRODUCT_REQUEST__INIT;
	Gaon__DeleteProductRequest delete = GAON__DELETE_PRODUCT_REQUEST__INIT;
	Gaon__GetProductRequest get = GAON__GET_PRODUCT_REQUEST__INIT;
	Gaon__DeleteProductResponse deleted;
	Gaon__Product change = GAON__PRODUCT__INIT, reply;

	make_linux(*state);
	assert_fails(make_product(*state, ACME, "linux"), STATUS_ALREADY_EXISTS, "PRODUCT_EXISTS");
	assert_string_equal(failed_field(make_product(*state, ACME, "Linux")), "product_id");
	change.name = LINUX;
	change.description = "a machine";
	update.product = &change;
	assert_ok(catalog_call(*state, "UpdateProduct", &update, &reply));
	assert_string_equal(reply.description, "a machine");
	assert_string_equal(reply.display_name, "linux");
	assert_string_equal(reply.published_version, LINUX "/versions/1");
	change.kind = "boat";
	assert_string_equal(failed_field(catalog_call(*state, "UpdateProduct", &update, &reply)), "product.kind");
	delete.name = get.name = LINUX;
	held_name = LINUX;
	assert_fails(catalog_call(*state, "DeleteProduct", &delete, &deleted), STATUS_FAILED_PRECONDITION, "PRODUCT_IN_USE");
	held_name = NULL;
	assert_ok(grant(*state, "tenants/other"));
	assert_ok(catalog_call(*state, "DeleteProduct", &delete, &deleted));
	assert_fails(catalog_call(*state, "GetProduct", &get, &reply), STATUS_NOT_FOUND, "PRODUCT_NOT_FOUND");
	assert_int_equal(service_number(*state, "SELECT COUNT(*) FROM product_version"), 0);
	assert_int_equal(service_number(*state, "SELECT COUNT(*) FROM product_grant"), 0);
}

static void products_come_in_pages(void **state)
{
	Gaon__ListProductsRequest request = GAON__LIST_PRODUCTS_REQUEST__INIT;
	Gaon__ListProductsResponse reply;

	assert_ok(make_product(*state, ACME, "a"));
	assert_ok(make_product(*state, ACME, "b"));
	assert_ok(make_product(*state, "tenants/other", "c"));
	request.parent = ACME;
	request.page_size = 1;
	assert_ok(catalog_call(*state, "ListProducts", &request, &reply));
	request.page_token = reply.next_page_token;
	assert_ok(catalog_call(*state, "ListProducts", &request, &reply));
	assert_string_equal(reply.products[0]->name, ACME "/products/b");
	assert_string_equal(reply.next_page_token, "");
}

static void the_owner_and_all_below_it_may_order(void **state)
{
	Gaon__AvailableProduct reply;

	make_linux(*state);
	assert_ok(get_available(*state, WEB, &reply));
	assert_ok(get_available(*state, "tenants/acme-labs/projects/lab", &reply));
	assert_fails(get_available(*state, "tenants/other/projects/site", &reply), STATUS_NOT_FOUND, "PRODUCT_NOT_FOUND");
	assert_int_equal(count_available(*state, WEB), 1);
	assert_int_equal(count_available(*state, "tenants/acme-labs/projects/lab"), 1);
	assert_int_equal(count_available(*state, "tenants/other/projects/site"), 0);
}

static void a_grant_opens_a_product_and_its_end_closes_it(void **state)
{
	Gaon__DeleteProductGrantRequest request = GAON__DELETE_PRODUCT_GRANT_REQUEST__INIT;
	Gaon__ListProductGrantsRequest list = GAON__LIST_PRODUCT_GRANTS_REQUEST__INIT;
	Gaon__ListProductGrantsResponse grants;
	Gaon__DeleteProductGrantResponse deleted;
	Gaon__AvailableProduct reply;

	make_linux(*state);
	assert_ok(grant(*state, "tenants/other"));
	assert_fails(grant(*state, "tenants/other"), STATUS_ALREADY_EXISTS, "GRANT_EXISTS");
	assert_fails(grant(*state, "tenants/nobody"), STATUS_NOT_FOUND, "TENANT_NOT_FOUND");
	assert_string_equal(failed_field(grant(*state, ACME)), "product_grant.tenant");
	assert_ok(get_available(*state, "tenants/other/projects/site", &reply));
	assert_int_equal(count_available(*state, "tenants/other/projects/site"), 1);
	list.parent = LINUX;
	assert_ok(catalog_call(*state, "ListProductGrants", &list, &grants));
	assert_int_equal(grants.n_product_grants, 1);
	assert_string_equal(grants.product_grants[0]->name, LINUX "/grants/other");
	request.name = LINUX "/grants/other";
	assert_ok(catalog_call(*state, "DeleteProductGrant", &request, &deleted));
	assert_fails(catalog_call(*state, "DeleteProductGrant", &request, &deleted), STATUS_NOT_FOUND,
		     "PRODUCT_GRANT_NOT_FOUND");
	assert_fails(get_available(*state, "tenants/other/projects/site", &reply), STATUS_NOT_FOUND, "PRODUCT_NOT_FOUND");
}

static void what_can_be_chosen_is_spelt_out(void **state)
{
	Gaon__AvailableProduct reply;

	make_linux(*state);
	assert_ok(get_available(*state, WEB, &reply));
	assert_string_equal(reply.product_version, LINUX "/versions/1");
	assert_string_equal(reply.currency_code, "KRW");
	assert_int_equal(reply.n_parameters, usual_version.parameter_count);
	assert_int_equal(reply.parameters[0]->n_choices, 6);
	assert_int_equal(reply.n_sizes, 6);
	assert_int_equal(reply.parameters[1]->n_choices, 4);
	assert_int_equal(reply.parameters[2]->n_choices, 2);
	assert_int_equal(reply.parameters[7]->n_choices, 2);
}

static void choices_of_several_targets_are_told_once(void **state)
{
	struct version_row row = usual_version;
	Gaon__AvailableProduct reply;
	const char *version;

	make_lab(*state);
	assert_ok(make_connection(*state, ACME, "far",
				  "{\"images\": [{\"id\": \"bsd\", \"name\": \"BSD\"}, {\"id\": \"deb\", \"name\": \"Debian 12\"}]}"));
	assert_int_equal(probe(*state, ACME "/connections/far"), OPERATION_SUCCEEDED);
	assert_ok(make_product(*state, ACME, "linux"));
	row.targets = LAB "," ACME "/connections/far";
	assert_ok(make_version(*state, LINUX, &row, &version));
	assert_ok(publish(*state, version));
	assert_ok(get_available(*state, WEB, &reply));
	assert_int_equal(reply.n_sizes, 6);
	assert_int_equal(reply.parameters[1]->n_choices, 5);
	assert_string_equal(reply.parameters[1]->choices[4], "bsd");
}

static void a_product_without_a_published_version_cannot_be_ordered(void **state)
{
	Gaon__AvailableProduct reply;

	assert_ok(make_product(*state, ACME, "linux"));
	assert_int_equal(count_available(*state, WEB), 0);
	assert_fails(get_available(*state, WEB, &reply), STATUS_NOT_FOUND, "PRODUCT_NOT_FOUND");
}

const struct CMUnitTest product_tests[] = {
	CATALOG_TEST(a_product_is_made_changed_and_deleted),
	CATALOG_TEST(products_come_in_pages),
	CATALOG_TEST(the_owner_and_all_below_it_may_order),
	CATALOG_TEST(a_grant_opens_a_product_and_its_end_closes_it),
	CATALOG_TEST(what_can_be_chosen_is_spelt_out),
	CATALOG_TEST(choices_of_several_targets_are_told_once),
	CATALOG_TEST(a_product_without_a_published_version_cannot_be_ordered),
};
const size_t product_test_count = sizeof product_tests / sizeof product_tests[0];
