/* SPDX-License-Identifier: Apache-2.0 */
/* option_test.c: a custom option is read from unknown fields, whole, in parts, or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/protoc-gen-gaon/option.h"

/* Options as protobuf-c keeps them: {tag, wire type, bytes after the tag}. */
struct occurrence {
	uint32_t tag;
	ProtobufCWireType type;
	const char *bytes;
	size_t size;
};

#define BYTES(text_) .bytes = (text_), .size = sizeof(text_) - 1

static bool read_method(struct arena *arena, const struct occurrence *occurrences, size_t count,
			const Gaon__Rpc__V1__MethodRule **rule)
{
	Google__Protobuf__MethodOptions options = GOOGLE__PROTOBUF__METHOD_OPTIONS__INIT;
	ProtobufCMessageUnknownField *fields = ARENA_ARRAY(arena, count, ProtobufCMessageUnknownField);
	for (size_t i = 0; i < count; i++) {
		fields[i].tag = occurrences[i].tag;
		fields[i].wire_type = occurrences[i].type;
		fields[i].len = occurrences[i].size;
		fields[i].data = arena_memdup(arena, occurrences[i].bytes, occurrences[i].size);
	}
	options.base.unknown_fields = fields;
	options.base.n_unknown_fields = (unsigned)count;
	return option_method_rule(arena, &options, rule);
}

static int set_up(void **state)
{
	*state = arena_new(0);
	return 0;
}

static int tear_down(void **state)
{
	arena_free(*state);
	return 0;
}

static void an_option_that_is_not_there_is_no_rule(void **state)
{
	const struct occurrence other = { 50000, PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED, BYTES("\x01x") };
	const Gaon__Rpc__V1__MethodRule *rule = NULL;
	assert_true(option_method_rule(*state, NULL, &rule));
	assert_null(rule);
	assert_true(read_method(*state, &other, 1, &rule));
	assert_null(rule);
}

static void a_whole_option_is_read(void **state)
{
	/* permission = "a.b"; access = ACCESS_WRITE */
	const struct occurrence one = { 51001, PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED, BYTES("\x07\x0a\x03" "a.b\x18\x02") };
	const Gaon__Rpc__V1__MethodRule *rule = NULL;
	assert_true(read_method(*state, &one, 1, &rule));
	assert_non_null(rule);
	assert_string_equal(rule->permission, "a.b");
	assert_int_equal(rule->access, GAON__RPC__V1__ACCESS__ACCESS_WRITE);
}

static void an_option_in_parts_is_their_merge(void **state)
{
	const struct occurrence parts[] = {
		{ 51001, PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED, BYTES("\x05\x0a\x03" "a.b") },
		{ 51001, PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED, BYTES("\x02\x18\x01") },
	};
	const Gaon__Rpc__V1__MethodRule *rule = NULL;
	assert_true(read_method(*state, parts, 2, &rule));
	assert_non_null(rule);
	assert_string_equal(rule->permission, "a.b");
	assert_int_equal(rule->access, GAON__RPC__V1__ACCESS__ACCESS_READ);
}

static void a_damaged_option_is_refused(void **state)
{
	static const struct occurrence damaged[] = {
		{ 51001, PROTOBUF_C_WIRE_TYPE_VARINT, BYTES("\x01") },
		{ 51001, PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED, BYTES("\x09\x0a\x03" "a.b") },  /* longer than it is */
		{ 51001, PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED, BYTES("\x80\x80\x80") },       /* a length without end */
		{ 51001, PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED, BYTES("\x80\x80\x80\x80\x80\x80\x01") },
		{ 51001, PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED, BYTES("\x03\x0a\x7f" "a") },   /* a field beyond the end */
		{ 51001, PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED, "", 0 },
	};
	for (size_t i = 0; i < sizeof damaged / sizeof damaged[0]; i++) {
		const Gaon__Rpc__V1__MethodRule *rule = NULL;
		assert_false(read_method(*state, &damaged[i], 1, &rule));
	}
}

static void a_field_rule_is_read_by_its_own_number(void **state)
{
	uint8_t bytes[] = { 0x02, 0x20, 0x01 }; /* sensitive = true */
	ProtobufCMessageUnknownField fields[] = {
		{ .tag = 51001, .wire_type = PROTOBUF_C_WIRE_TYPE_VARINT, .len = 1, .data = bytes },
		{ .tag = 51002, .wire_type = PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED, .len = sizeof bytes, .data = bytes },
	};
	Google__Protobuf__FieldOptions options = GOOGLE__PROTOBUF__FIELD_OPTIONS__INIT;
	options.base.unknown_fields = fields;
	options.base.n_unknown_fields = 2;
	const Gaon__Rpc__V1__FieldRule *rule = NULL;
	assert_true(option_field_rule(*state, &options, &rule));
	assert_non_null(rule);
	assert_true(rule->sensitive);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_option_that_is_not_there_is_no_rule),
		cmocka_unit_test(a_whole_option_is_read),
		cmocka_unit_test(an_option_in_parts_is_their_merge),
		cmocka_unit_test(a_damaged_option_is_refused),
		cmocka_unit_test(a_field_rule_is_read_by_its_own_number),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
