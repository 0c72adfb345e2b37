/* SPDX-License-Identifier: Apache-2.0 */
/* image_test.c: images are made from machines once, ordered with by those who may, counted, metered, and gone when they are deleted. */
#include <string.h>

#include "providers/image.h"
#include "tests/unit/lifecycle/look.h"

#define IMAGE(name) GAON__MACHINE_IMAGE_STATE__MACHINE_IMAGE_STATE_##name
#define DISK GAON__QUOTA_METRIC__QUOTA_METRIC_DISK_GIB

enum { MACHINE_DISK_GIB = 5 }; /* of line_machine's */

static struct status call(void **state, const char *method, const void *request, void *reply)
{
	return service_call(*state, &gaon_lifecycle_table, method, request, reply);
}

static struct status create(void **state, const char *machine, const char *display_name, Gaon__Operation *operation)
{
	Gaon__CreateMachineImageRequest request = GAON__CREATE_MACHINE_IMAGE_REQUEST__INIT;
	Gaon__MachineImage image = GAON__MACHINE_IMAGE__INIT;

	request.parent = WEB;
	request.machine_image = &image;
	image.display_name = display_name;
	image.machine = machine;
	return call(state, "CreateMachineImage", &request, operation);
}

/** Made; its name. */
static const char *make(void **state, const char *machine, const char *display_name)
{
	Gaon__Operation operation;
	Gaon__Operation *ended = line_did(*state, create(state, machine, display_name, &operation), &operation);

	assert_int_equal(ended->state, OPERATION(SUCCEEDED));
	return ended->target;
}

static Gaon__MachineImage *get(void **state, const char *name)
{
	struct service_fixture *fixture = *state;
	Gaon__GetMachineImageRequest request = GAON__GET_MACHINE_IMAGE_REQUEST__INIT;
	Gaon__MachineImage *image = ARENA_NEW(fixture->arena, Gaon__MachineImage);

	request.name = name;
	assert_ok(call(state, "GetMachineImage", &request, image));
	return image;
}

static size_t count(void **state, const char *machine, bool show_deleted)
{
	Gaon__ListMachineImagesRequest request = GAON__LIST_MACHINE_IMAGES_REQUEST__INIT;
	Gaon__ListMachineImagesResponse reply;

	request.parent = WEB;
	request.machine = machine;
	request.show_deleted = show_deleted;
	assert_ok(call(state, "ListMachineImages", &request, &reply));
	return reply.n_machine_images;
}

static struct status drop(void **state, const char *name, Gaon__Operation *operation)
{
	Gaon__DeleteMachineImageRequest request = GAON__DELETE_MACHINE_IMAGE_REQUEST__INIT;

	request.name = name;
	return call(state, "DeleteMachineImage", &request, operation);
}

/** How many images that were made the cloud has. */
static size_t at_cloud(void **state)
{
	struct cloud cloud = cloud_open(state);
	struct provider_page page = { NULL, 0 };
	struct provider_made_image *images;
	size_t found = 0;

	assert_int_equal(cloud.ops->image->list(cloud.session, &cloud.call, NULL, &page, &images, &found).error, PROVIDER_OK);
	cloud_close(&cloud);
	return found;
}

/** What stands in the way of ordering with an image; NULL: nothing. */
static const char *order_problem(void **state, const char *image)
{
	struct service_fixture *fixture = *state;
	struct resolved resolved = resolve(*state, WEB, LINUX, arena_printf(fixture->arena, "{\"image\":\"%s\",\"size\":\"small\","
										"\"disk_gib\":5,\"name\":\"x\"}", image));

	return problem_at(&resolved, "parameters.image");
}

/** Is it among the choices that somebody who orders sees? */
static bool is_a_choice(void **state, const char *image)
{
	Gaon__GetAvailableProductRequest request = GAON__GET_AVAILABLE_PRODUCT_REQUEST__INIT;
	Gaon__AvailableProduct reply;
	bool is_one = false;

	request.parent = WEB;
	request.product = LINUX;
	assert_ok(catalog_call(*state, "GetAvailableProduct", &request, &reply));
	for (size_t i = 0; i < reply.n_parameters; i++)
		for (size_t k = 0; strcmp(reply.parameters[i]->parameter, "image") == 0 && k < reply.parameters[i]->n_choices; k++)
			is_one = is_one || strcmp(reply.parameters[i]->choices[k], image) == 0;
	return is_one;
}

static void an_image_is_made_ordered_with_by_its_name_and_deleted(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	struct line_item item = { .action = ORDER_ADD, .parameters = "image=golden-image,disk_gib=5,name=web-2" };
	Gaon__Operation operation;

	assert_string_equal(order_problem(state, "golden-image"), "IMAGE_UNKNOWN");
	const char *name = make(state, machine->name, "Golden image");
	assert_int_equal(get(state, name)->state, IMAGE(READY));
	assert_string_equal(get(state, name)->image, "golden-image");
	assert_string_equal(get(state, name)->machine, machine->name);
	assert_string_not_equal(get(state, name)->native_id, "");
	assert_string_equal(get(state, name)->os, "linux");
	assert_int_equal(get(state, name)->size_gib, MACHINE_DISK_GIB);
	assert_int_equal(line_used(*state, WEB, DISK), 2 * MACHINE_DISK_GIB);
	assert_string_equal(line_get(*state, machine->name)->operation, "");
	assert_int_equal(line_get(*state, machine->name)->state, STATE(RUNNING));
	assert_true(is_a_choice(state, "golden-image"));

	Gaon__Order *order = line_order(*state, WEB, &item, 1);
	line_run(*state);
	Gaon__Machine *made = line_machine_of(*state, order->items[0]->deployment);
	assert_int_equal(made->state, STATE(RUNNING));
	assert_string_equal(made->image, "golden-image");

	/* It outlives its machine. */
	assert_int_equal(line_did(*state, line_delete(*state, machine->name, &operation), &operation)->state, OPERATION(SUCCEEDED));
	assert_int_equal(count(state, machine->name, false), 1);
	assert_int_equal(line_did(*state, drop(state, name, &operation), &operation)->state, OPERATION(SUCCEEDED));
	assert_int_equal(get(state, name)->state, IMAGE(DELETED));
	assert_string_equal(get(state, name)->image, "");
	assert_int_equal(at_cloud(state), 0);
	assert_string_equal(order_problem(state, "golden-image"), "IMAGE_UNKNOWN");
	assert_int_equal(count(state, "", false), 0);
	assert_int_equal(count(state, "", true), 1);
	assert_int_equal(line_used(*state, WEB, DISK), MACHINE_DISK_GIB);
	assert_fails(drop(state, name, &operation), STATUS_NOT_FOUND, "MACHINE_IMAGE_NOT_FOUND");
}

static void a_probe_finds_it_under_the_same_name(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	const char *name = make(state, machine->name, "golden");

	line_as(*state, "pia");
	assert_int_equal(probe(*state, LAB), OPERATION_SUCCEEDED);
	line_as(*state, "mina");
	assert_null(order_problem(state, "golden"));
	assert_string_equal(get(state, name)->image, "golden");
	/* Two of one name are told apart. */
	assert_string_equal(get(state, make(state, machine->name, "golden"))->image, "golden-2");
}

/** It has the images that the cloud told before there was this one, and is taken into use after it. */
static void a_probe_that_is_under_way_does_not_forget_a_new_image(void **state)
{
	struct service_fixture *fixture = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");

	assert_ok(service_execute(fixture, "UPDATE connection SET probes = probes + 1", SQL_NO_ARGS));
	make(state, machine->name, "golden");
	assert_int_equal(service_number(*state, "SELECT count(*) FROM offering o, connection c WHERE o.id = 'golden'"
						" AND o.generation = c.offerings"), 1);
	assert_int_equal(service_number(*state, "SELECT count(*) FROM offering o, connection c WHERE o.id = 'golden'"
						" AND o.generation = c.probes"), 1);
	line_as(*state, "pia");
	assert_int_equal(probe(*state, LAB), OPERATION_SUCCEEDED);
	line_as(*state, "mina");
	assert_null(order_problem(state, "golden"));
}

static void what_is_in_an_image_is_for_its_tenant_and_those_below(void **state)
{
	struct service_fixture *fixture = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");
	const char *name = make(state, machine->name, "golden");

	assert_null(order_problem(state, "golden"));
	assert_ok(service_execute(fixture, "UPDATE machine_image SET tenant = 'tenants/other' WHERE name = $1", SQL_ARGS(sql_text(name))));
	assert_string_equal(order_problem(state, "golden"), "IMAGE_UNKNOWN");
	assert_false(is_a_choice(state, "golden"));
	assert_null(order_problem(state, "debian-12"));
	assert_true(is_a_choice(state, "debian-12"));
}

static void an_image_that_is_not_ready_is_not_ordered_with(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;
	const char *name = make(state, machine->name, "golden");

	assert_ok(drop(state, name, &operation));
	assert_int_equal(get(state, name)->state, IMAGE(DELETING));
	assert_string_equal(order_problem(state, "golden"), "IMAGE_UNKNOWN");
	assert_fails(drop(state, name, &operation), STATUS_FAILED_PRECONDITION, "MACHINE_IMAGE_BUSY");
	line_run(*state);
	assert_int_equal(get(state, name)->state, IMAGE(DELETED));
}

static void a_machine_is_busy_while_an_image_is_made_from_it(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation, other;

	assert_ok(create(state, machine->name, "golden", &operation));
	assert_int_equal(get(state, operation.target)->state, IMAGE(CREATING));
	assert_string_equal(get(state, operation.target)->operation, operation.name);
	assert_string_equal(line_get(*state, machine->name)->operation, operation.name);
	assert_fails(line_power(*state, "StopMachine", machine->name, &other), STATUS_FAILED_PRECONDITION, "MACHINE_BUSY");
	assert_fails(create(state, machine->name, "silver", &other), STATUS_FAILED_PRECONDITION, "MACHINE_BUSY");
	assert_int_equal(line_used(*state, WEB, DISK), 2 * MACHINE_DISK_GIB);
	assert_int_equal(count(state, "", true), 1);
	line_run(*state);
	assert_int_equal(get(state, operation.target)->state, IMAGE(READY));
	assert_string_equal(line_get(*state, machine->name)->operation, "");
}

static void what_cannot_be_is_refused_and_changes_nothing(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;

	assert_int_equal(create(state, "", "golden", &operation).code, STATUS_INVALID_ARGUMENT);
	assert_int_equal(create(state, API "/machines/nothing", "golden", &operation).code, STATUS_INVALID_ARGUMENT);
	assert_fails(create(state, WEB "/machines/nothing", "golden", &operation), STATUS_NOT_FOUND, "MACHINE_NOT_FOUND");
	assert_fails(drop(state, WEB "/machineImages/nothing", &operation), STATUS_NOT_FOUND, "MACHINE_IMAGE_NOT_FOUND");
	line_quota(*state, WEB, DISK, 2 * MACHINE_DISK_GIB - 1);
	assert_fails(create(state, machine->name, "golden", &operation), STATUS_FAILED_PRECONDITION, "QUOTA_EXCEEDED");
	assert_int_equal(count(state, "", true), 0);
	assert_int_equal(line_used(*state, WEB, DISK), MACHINE_DISK_GIB);
	assert_string_equal(line_get(*state, machine->name)->operation, "");
}

static void a_failed_create_leaves_nothing(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;

	line_cloud(*state, "{\"task_failure_rate\": 1}");
	assert_ok(create(state, machine->name, "golden", &operation));
	service_run(*state, 3);
	line_cloud(*state, "{}");
	line_run(*state);
	assert_int_equal(line_operation(*state, operation.name)->state, OPERATION(FAILED));
	assert_int_equal(get(state, operation.target)->state, IMAGE(FAILED));
	assert_string_not_equal(get(state, operation.target)->state_message, "");
	assert_int_equal(count(state, "", false), 0);
	assert_int_equal(at_cloud(state), 0);
	assert_int_equal(line_used(*state, WEB, DISK), MACHINE_DISK_GIB);
	assert_string_equal(order_problem(state, "golden"), "IMAGE_UNKNOWN");
	assert_string_equal(line_get(*state, machine->name)->operation, "");
	assert_fails(drop(state, operation.target, &operation), STATUS_NOT_FOUND, "MACHINE_IMAGE_NOT_FOUND");
}

static void a_delete_that_failed_leaves_it_ready(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;
	const char *name = make(state, machine->name, "golden");

	line_cloud(*state, "{\"failure_rate\": 1, \"failure_classes\": [\"FORBIDDEN\"]}");
	assert_int_equal(line_did(*state, drop(state, name, &operation), &operation)->state, OPERATION(FAILED));
	line_cloud(*state, "{}");
	assert_int_equal(get(state, name)->state, IMAGE(READY));
	assert_null(order_problem(state, "golden"));
	assert_int_equal(line_used(*state, WEB, DISK), 2 * MACHINE_DISK_GIB);
}

static void on_a_cloud_that_loses_replies_each_image_is_made_once(void **state)
{
	enum { IMAGES = 15 };
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;
	const char *names[IMAGES];

	line_cloud(*state, "{\"lost_reply_rate\": 0.3, \"lost_request_rate\": 0.1, \"failure_rate\": 0.1, \"seed\": 7,"
			   " \"late_visibility_ms\": 60, \"client_token\": false, \"failure_classes\": [\"UNAVAILABLE\"]}");
	for (int i = 0; i < IMAGES; i++)
		names[i] = make(state, machine->name, "golden");
	assert_int_equal(at_cloud(state), IMAGES);
	assert_int_equal(count(state, machine->name, false), IMAGES);
	for (int i = 0; i < IMAGES; i++)
		assert_int_equal(line_did(*state, drop(state, names[i], &operation), &operation)->state, OPERATION(SUCCEEDED));
	assert_int_equal(at_cloud(state), 0);
	assert_int_equal(line_used(*state, WEB, DISK), MACHINE_DISK_GIB);
	assert_int_equal(service_number(*state, "SELECT count(*) FROM offering WHERE id LIKE 'golden%'"), 0);
}

#define METERED(what_, where_) "SELECT " what_ " FROM usage_record WHERE resource LIKE '%/machineImages/%'" where_

static void an_image_is_metered_as_what_is_kept_of_a_machine(void **state)
{
	struct line *line = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;
	const char *name = make(state, machine->name, "golden");

	time_fake_advance(20 * TIME_US_PER_HOUR);
	assert_ok(metering_tick(line->base.arena, &line->lifecycle));
	assert_int_equal(line_did(*state, drop(state, name, &operation), &operation)->state, OPERATION(SUCCEEDED));
	int64_t gib_hours = service_number(*state, METERED("sum(quantity_units)", ""));
	assert_in_range(gib_hours, 20 * MACHINE_DISK_GIB - 2, 20 * MACHINE_DISK_GIB + 1);
	assert_int_equal(service_number(*state, METERED("count(*)", " AND meter <> 5")), 0);
	time_fake_advance(20 * TIME_US_PER_HOUR);
	assert_ok(metering_tick(line->base.arena, &line->lifecycle));
	assert_int_equal(service_number(*state, METERED("sum(quantity_units)", "")), gib_hours);
}

static void a_connection_with_images_is_in_use(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__DeleteConnectionRequest request = GAON__DELETE_CONNECTION_REQUEST__INIT;
	Gaon__DeleteConnectionResponse reply;
	Gaon__Operation operation;

	make(state, machine->name, "golden");
	assert_int_equal(line_did(*state, line_delete(*state, machine->name, &operation), &operation)->state, OPERATION(SUCCEEDED));
	assert_ok(service_execute(*state, "DELETE FROM version_target", SQL_NO_ARGS));
	line_as(*state, "pia");
	request.name = LAB;
	assert_fails(catalog_call(*state, "DeleteConnection", &request, &reply), STATUS_FAILED_PRECONDITION, "CONNECTION_IN_USE");
	assert_ok(service_execute(*state, "UPDATE machine_image SET state = 4", SQL_NO_ARGS));
	assert_ok(catalog_call(*state, "DeleteConnection", &request, &reply));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LINE_TEST(an_image_is_made_ordered_with_by_its_name_and_deleted),
		LINE_TEST(a_probe_finds_it_under_the_same_name),
		LINE_TEST(a_probe_that_is_under_way_does_not_forget_a_new_image),
		LINE_TEST(what_is_in_an_image_is_for_its_tenant_and_those_below),
		LINE_TEST(an_image_that_is_not_ready_is_not_ordered_with),
		LINE_TEST(a_machine_is_busy_while_an_image_is_made_from_it),
		LINE_TEST(what_cannot_be_is_refused_and_changes_nothing),
		LINE_TEST(a_failed_create_leaves_nothing),
		LINE_TEST(a_delete_that_failed_leaves_it_ready),
		LINE_TEST(on_a_cloud_that_loses_replies_each_image_is_made_once),
		LINE_TEST(an_image_is_metered_as_what_is_kept_of_a_machine),
		LINE_TEST(a_connection_with_images_is_in_use),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
