/* SPDX-License-Identifier: Apache-2.0 */
/* rows_test.c: the generated C does what method.h, call.h and client.h promise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gaon/permissions.h"
#include "gaon/zoo/v1/zoo.client.h"
#include "gaon/zoo/v1/zoo.handlers.h"
#include "google/protobuf/descriptor.pb-c.h"
#include "proto/descriptor_set.h"

static const ProtobufCMessage *handled;

/* The service's side: what the thunks must reach. */
struct status zoo_get_animal(struct call *call, const Gaon__GetAnimalRequest *request, Gaon__Animal *reply)
{
	(void)call;
	reply->name = request->name;
	return OK;
}

struct status zoo_create_animal(struct call *call, const Gaon__CreateAnimalRequest *request, Gaon__Animal *reply)
{
	(void)request;
	(void)reply;
	return status_fail(call->arena, STATUS_ABORTED, "ZOO_FULL", "no cage is free; release an animal and retry");
}

struct status zoo_release_animals(struct call *call, const Gaon__GetAnimalRequest *request,
				  Google__Protobuf__Empty *reply)
{
	(void)call;
	(void)request;
	(void)reply;
	return OK;
}

struct status zoo_watch_animals(struct call *call, const Gaon__WatchAnimalsRequest *request)
{
	(void)call;
	handled = &request->base;
	return OK;
}

struct status zoo_get_hours(struct call *call, const Gaon__GetHoursRequest *request, Gaon__Hours *reply)
{
	(void)call;
	(void)request;
	(void)reply;
	return OK;
}

struct status zoo_who_am_i(struct call *call, const Gaon__GetHoursRequest *request, Gaon__Keeper *reply)
{
	(void)call;
	(void)request;
	(void)reply;
	return OK;
}

/* The client library's side: what the typed functions must call. */
static const struct method *called;
static Gaon__Animal leo = GAON__ANIMAL__INIT;

int gaon_call_unary(struct gaon_call *call, const struct method *method, const ProtobufCMessage *request,
		    const ProtobufCMessage **reply)
{
	(void)call;
	called = method;
	handled = request;
	*reply = &leo.base;
	return GAON_OK;
}

int gaon_call_open(struct gaon_call *call, const struct method *method, const ProtobufCMessage *request)
{
	(void)call;
	called = method;
	handled = request;
	return GAON_PERMISSION_DENIED;
}

int gaon_call_next(struct gaon_call *call, const ProtobufCMessage **message)
{
	(void)call;
	*message = &leo.base;
	return GAON_OK;
}

static const struct field_rule *rule_of(const struct message_rules *rules, const char *name)
{
	const ProtobufCFieldDescriptor *field =
		protobuf_c_message_descriptor_get_field_by_name(rules->descriptor, name);
	assert_non_null(field);
	return &rules->fields[field - rules->descriptor->fields];
}

static void rules_stand_in_the_order_of_the_descriptors_fields(void **state)
{
	(void)state;
	assert_true(rule_of(&gaon_rules_animal, "name")->is_required); /* number 9, written first */
	assert_true(rule_of(&gaon_rules_animal, "name")->is_immutable);
	assert_int_equal(rule_of(&gaon_rules_animal, "name")->format, FIELD_RESOURCE_NAME);
	assert_int_equal(rule_of(&gaon_rules_animal, "nicknames")->max_items, 3);
	assert_int_equal(rule_of(&gaon_rules_animal, "nicknames")->max_bytes, 32);
	assert_true(rule_of(&gaon_rules_animal, "arrival_time")->is_output_only);
	assert_false(rule_of(&gaon_rules_animal, "age_years")->is_required);
}

static void limits_have_defaults(void **state)
{
	(void)state;
	assert_int_equal(rule_of(&gaon_rules_animal, "name")->max_bytes, 1024);
	assert_int_equal(rule_of(&gaon_rules_animal, "meals")->max_items, 100);
}

static void a_maps_limits_hold_for_its_values(void **state)
{
	(void)state;
	const struct message_rules *notes = rule_of(&gaon_rules_animal, "notes")->message;
	assert_int_equal(rule_of(&gaon_rules_animal, "notes")->max_items, 20);
	assert_int_equal(rule_of(notes, "value")->max_bytes, 64);
	assert_int_equal(rule_of(notes, "value")->format, FIELD_ANY);
	assert_int_equal(rule_of(notes, "key")->max_bytes, 1024);
	assert_int_equal(rule_of(notes, "key")->format, FIELD_LABEL_KEY);
	assert_true(rule_of(notes, "key")->is_required);
}

static void a_64_bit_range_survives(void **state)
{
	(void)state;
	assert_true(rule_of(&gaon_rules_meal, "weight_g")->most == INT64_C(5000000000));
	assert_true(rule_of(&gaon_rules_meal, "weight_g")->least == 1);
}

static void rules_lead_to_the_messages_below_also_in_other_files_and_in_circles(void **state)
{
	(void)state;
	assert_ptr_equal(rule_of(&gaon_rules_animal, "meals")->message, &gaon_rules_meal);
	assert_ptr_equal(rule_of(&gaon_rules_keeper, "deputy")->message, &gaon_rules_keeper);
	assert_ptr_equal(rule_of(&gaon_rules_keeper, "animals")->message, &gaon_rules_animal);
	assert_null(rule_of(&gaon_rules_animal, "arrival_time")->message);
}

static void a_secret_deep_below_marks_every_message_above_it(void **state)
{
	(void)state;
	assert_true(rule_of(&gaon_rules_animal__cage, "door_code")->is_sensitive);
	assert_true(gaon_rules_animal.has_sensitive);
	assert_true(gaon_rules_keeper.has_sensitive);
	assert_true(gaon_rules_create_animal_request.has_sensitive);
	assert_false(gaon_rules_get_animal_request.has_sensitive);
	assert_false(gaon_rules_meal.has_sensitive);
}

static void a_unary_row_reaches_its_handler(void **state)
{
	(void)state;
	struct call call = { .arena = arena_new(0) };
	Gaon__GetAnimalRequest request = GAON__GET_ANIMAL_REQUEST__INIT;
	Gaon__Animal reply = GAON__ANIMAL__INIT;
	request.name = "animals/leo";
	const struct method_row *row = &gaon_zoo_table.rows[0];
	assert_string_equal(gaon_zoo_table.service, "gaon.zoo.v1.ZooService");
	assert_int_equal(gaon_zoo_table.count, 6);
	assert_ptr_equal(row->method, &gaon_method_zoo_get_animal);
	assert_null(row->stream);
	assert_int_equal(row->unary(&call, &request.base, &reply.base).code, STATUS_OK);
	assert_string_equal(reply.name, "animals/leo");
	row = &gaon_zoo_table.rows[1];
	assert_string_equal(row->unary(&call, &request.base, &reply.base).reason, "ZOO_FULL");
	arena_free(call.arena);
}

static void a_stream_row_reaches_its_handler(void **state)
{
	(void)state;
	struct call call = { .arena = NULL };
	Gaon__WatchAnimalsRequest request = GAON__WATCH_ANIMALS_REQUEST__INIT;
	const struct method_row *row = &gaon_zoo_table.rows[3];
	assert_null(row->unary);
	assert_true(row->method->is_server_streaming);
	assert_int_equal(row->stream(&call, &request.base).code, STATUS_OK);
	assert_ptr_equal(handled, &request);
}

static void a_client_function_calls_its_method(void **state)
{
	(void)state;
	Gaon__GetAnimalRequest request = GAON__GET_ANIMAL_REQUEST__INIT;
	const Gaon__Animal *reply = NULL;
	assert_int_equal(gaon_zoo_get_animal(NULL, &request, &reply), GAON_OK);
	assert_ptr_equal(called, &gaon_method_zoo_get_animal);
	assert_ptr_equal(handled, &request);
	assert_ptr_equal(reply, &leo);
}

static void a_client_stream_opens_and_goes_on(void **state)
{
	(void)state;
	Gaon__WatchAnimalsRequest request = GAON__WATCH_ANIMALS_REQUEST__INIT;
	const Gaon__Animal *message = NULL;
	assert_int_equal(gaon_zoo_watch_animals(NULL, &request), GAON_PERMISSION_DENIED);
	assert_ptr_equal(called, &gaon_method_zoo_watch_animals);
	assert_int_equal(gaon_zoo_watch_animals_next(NULL, &message), GAON_OK);
	assert_ptr_equal(message, &leo);
}

static void a_permission_of_two_rpcs_stands_once(void **state)
{
	(void)state;
	assert_int_equal(gaon_permission_count, 3);
	for (size_t i = 1; i < gaon_permission_count; i++)
		assert_true(strcmp(gaon_permissions[i - 1].permission, gaon_permissions[i].permission) < 0);
	assert_string_equal(gaon_permissions[1].permission, "zoo.animals.get");
	assert_int_equal(gaon_permissions[1].access, METHOD_READ);
}

static void the_descriptor_set_unpacks_and_holds_the_imports_but_no_comments(void **state)
{
	(void)state;
	struct slice bytes = gaon_descriptor_set();
	Google__Protobuf__FileDescriptorSet *set =
		google__protobuf__file_descriptor_set__unpack(NULL, bytes.size, (const uint8_t *)bytes.data);
	bool has_options = false, has_timestamp = false;
	assert_non_null(set);
	for (size_t i = 0; i < set->n_file; i++) {
		has_options |= strcmp(set->file[i]->name, "gaon/rpc/v1/options.proto") == 0;
		has_timestamp |= strcmp(set->file[i]->name, "google/protobuf/timestamp.proto") == 0;
		assert_null(set->file[i]->source_code_info);
		assert_null(strstr(set->file[i]->name, "protobuf-c"));
	}
	google__protobuf__file_descriptor_set__free_unpacked(set, NULL);
	assert_true(has_options && has_timestamp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_stand_in_the_order_of_the_descriptors_fields),
		cmocka_unit_test(limits_have_defaults),
		cmocka_unit_test(a_maps_limits_hold_for_its_values),
		cmocka_unit_test(a_64_bit_range_survives),
		cmocka_unit_test(rules_lead_to_the_messages_below_also_in_other_files_and_in_circles),
		cmocka_unit_test(a_secret_deep_below_marks_every_message_above_it),
		cmocka_unit_test(a_unary_row_reaches_its_handler),
		cmocka_unit_test(a_stream_row_reaches_its_handler),
		cmocka_unit_test(a_client_function_calls_its_method),
		cmocka_unit_test(a_client_stream_opens_and_goes_on),
		cmocka_unit_test(a_permission_of_two_rpcs_stands_once),
		cmocka_unit_test(the_descriptor_set_unpacks_and_holds_the_imports_but_no_comments),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
