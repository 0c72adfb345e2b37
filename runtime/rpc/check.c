/* SPDX-License-Identifier: Apache-2.0 */
/* check.c: walks an unpacked request beside its rules. */
#include "runtime/rpc/check.h"

#include <string.h>

#include "runtime/base/id.h"
#include "runtime/base/json.h"
#include "runtime/base/money.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

#define NAME_BYTES_MOST 1024
#define SEGMENT_BYTES_MOST 128
#define LABEL_KEY_BYTES_MOST 63

/** One step of the path to where we are; the steps hang together on the stack. */
struct place {
	const struct place *outer;
	const char *name;
	size_t index;
	bool is_element;
};

struct check {
	struct arena *arena;
	struct status status;
	unsigned violations;
};

static void path_print(struct text *path, const struct place *place)
{
	if (place->outer) {
		path_print(path, place->outer);
		text_append_char(path, '.');
	}
	text_append(path, place->name);
	if (place->is_element)
		text_printf(path, "[%zu]", place->index);
}

static void violate(struct check *check, const struct place *place, const char *format, ...) PRINTF_LIKE(3, 4);

static void violate(struct check *check, const struct place *place, const char *format, ...)
{
	struct text path = text_new(check->arena);
	va_list arguments;
	const char *what;

	if (check->violations++ >= CHECK_VIOLATIONS_MOST)
		return;
	path_print(&path, place);
	va_start(arguments, format);
	what = arena_vprintf(check->arena, format, arguments);
	va_end(arguments);
	if (check->violations == 1)
		check->status = status_invalid_field(check->arena, path.data, "%s", what);
	else
		check->status = status_with_field(check->arena, check->status, path.data, "%s", what);
}

static bool is_segment_char(unsigned char c)
{
	return (c | 0x20u) - 'a' < 26u || c - (unsigned)'0' < 10u || c == '-' || c == '.' || c == '_' || c == '~' ||
	       c == '@' || c == ':' || c == '+';
}

bool check_is_resource_name(const char *text)
{
	size_t segments = 1, size = 0, total = 0;

	for (const unsigned char *c = (const unsigned char *)text; *c; c++, total++) {
		if (is_segment_char(*c)) {
			size++;
			continue;
		}
		if (*c != '/' || size == 0 || size > SEGMENT_BYTES_MOST)
			return false;
		segments++;
		size = 0;
	}
	return total <= NAME_BYTES_MOST && size > 0 && size <= SEGMENT_BYTES_MOST && segments % 2 == 0;
}

static bool is_any(const char *text)
{
	(void)text;
	return true;
}

static bool is_decimal(const char *text)
{
	struct amount amount;

	return amount_parse(text, &amount);
}

static bool is_day(const char *text)
{
	int64_t day_us;

	return time_parse_day(text, &day_us);
}

static bool is_json_object(const char *text)
{
	struct arena *scratch = arena_new(0);
	struct json *value = NULL;
	bool is_object =
		status_is_ok(json_parse(scratch, slice_text(text), NULL, &value)) && json_kind(value) == JSON_OBJECT;

	arena_free(scratch);
	return is_object;
}

static bool is_label_char(unsigned char c, bool is_edge)
{
	return c - (unsigned)'a' < 26u || c - (unsigned)'0' < 10u ||
	       (!is_edge && (c == '-' || c == '_' || c == '.' || c == '/'));
}

static bool is_label_key(const char *text)
{
	size_t size = strlen(text);

	for (size_t i = 0; i < size; i++)
		if (!is_label_char((unsigned char)text[i], i == 0 || i == size - 1))
			return false;
	return size <= LABEL_KEY_BYTES_MOST;
}

static const struct {
	bool (*is)(const char *text);
	const char *wanted;
	bool is_any_text; /* what the format lets through may still hold control characters */
	bool is_quoted;	  /* a map has no order: its keys are told by what they are */
} formats[] = {
	[FIELD_ANY] = { is_any, "", true, false },
	[FIELD_RESOURCE_ID] = { text_is_resource_id,
				"must be an id: a lower-case letter, then at most 62 of a-z, 0-9 "
				"and '-', no '-' last",
				false, false },
	[FIELD_RESOURCE_NAME] = { check_is_resource_name, "must be a resource name like tenants/acme/projects/web",
				  false, false },
	[FIELD_UUID] = { id_is_uuid, "must be a UUID of 36 lower-case characters", false, false },
	[FIELD_DECIMAL] = { is_decimal, "must be a decimal number with at most 12 fraction digits", false,
			    false },
	[FIELD_CURRENCY] = { money_is_currency, "must be a currency of ISO 4217, three upper-case letters", false,
			     false },
	[FIELD_DAY] = { is_day, "must be a day written YYYY-MM-DD", false, false },
	[FIELD_JSON] = { is_json_object, "must be a JSON object", true, false },
	[FIELD_RAW] = { is_any, "", false, false },
	[FIELD_LABEL_KEY] = { is_label_key,
			      "is no key of a label: at most 63 of a-z, 0-9, '-', '_', '.' and '/', the first and the last "
			      "a letter or digit",
			      true, true },
};

static void check_string(struct check *check, const struct place *place, const struct field_rule *rule,
			 const char *text)
{
	size_t size = text ? strlen(text) : 0;
	/* A number that this build does not know is of a newer proto: any text. */
	size_t format = (size_t)rule->format < sizeof formats / sizeof formats[0] ? (size_t)rule->format : FIELD_ANY;

	if (size == 0) {
		if (rule->is_required || place->is_element)
			violate(check, place, "must not be empty");
		return;
	}
	if (rule->max_bytes > 0 && size > rule->max_bytes)
		violate(check, place, "has %zu bytes; at most %u are allowed", size, rule->max_bytes);
	else if (formats[format].is_any_text && !text_is_printable(slice_of(text, size)))
		violate(check, place, "holds a control character; remove it");
	else if (!formats[format].is(text) && formats[format].is_quoted)
		violate(check, place, "\"%s\" %s", text, formats[format].wanted);
	else if (!formats[format].is(text))
		violate(check, place, "%s", formats[format].wanted);
}

static void check_bytes(struct check *check, const struct place *place, const struct field_rule *rule, size_t size)
{
	if (size == 0 && rule->is_required)
		violate(check, place, "must not be empty");
	if (rule->max_bytes > 0 && size > rule->max_bytes)
		violate(check, place, "has %zu bytes; at most %u are allowed", size, rule->max_bytes);
}

static void check_enum(struct check *check, const struct place *place, const struct field_rule *rule,
		       const ProtobufCFieldDescriptor *field, int value)
{
	const ProtobufCEnumDescriptor *kind = field->descriptor;

	if (value == 0 && rule->is_required)
		violate(check, place, "must be set to a value of %s", kind->short_name);
	else if (!protobuf_c_enum_descriptor_get_value(kind, value))
		violate(check, place, "is %d, which is no value of %s", value, kind->short_name);
}

/** `is_given` is false where proto3 cannot tell 0 from nothing. */
static void check_number(struct check *check, const struct place *place, const struct field_rule *rule, int64_t number,
			 bool is_given)
{
	bool is_ranged = rule->least != 0 || rule->most != 0;

	if (!is_ranged || (number == 0 && !is_given && !rule->is_required))
		return;
	if (number < rule->least || number > rule->most)
		violate(check, place, "is %lld; it must be between %lld and %lld", (long long)number,
			(long long)rule->least, (long long)rule->most);
}

static void check_fields(struct check *check, const struct place *outer, ProtobufCMessage *message,
			 const struct message_rules *rules);

static int64_t clamp_unsigned(uint64_t number)
{
	return number > INT64_MAX ? INT64_MAX : (int64_t)number;
}

/** One value: a singular field's member or an element of a repeated one. */
static void check_value(struct check *check, const struct place *place, const struct field_rule *rule,
			const ProtobufCFieldDescriptor *field, void *value)
{
	bool is_given = place->is_element || field->label == PROTOBUF_C_LABEL_OPTIONAL ||
			(field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF);

	switch (field->type) {
	case PROTOBUF_C_TYPE_STRING:
		check_string(check, place, rule, *(char **)value);
		break;
	case PROTOBUF_C_TYPE_BYTES:
		check_bytes(check, place, rule, ((ProtobufCBinaryData *)value)->len);
		break;
	case PROTOBUF_C_TYPE_ENUM:
		check_enum(check, place, rule, field, *(int *)value);
		break;
	case PROTOBUF_C_TYPE_MESSAGE:
		if (*(ProtobufCMessage **)value)
			check_fields(check, place, *(ProtobufCMessage **)value, rule->message);
		else if (rule->is_required)
			violate(check, place, "must be given");
		break;
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
		check_number(check, place, rule, *(int32_t *)value, is_given);
		break;
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
		check_number(check, place, rule, *(uint32_t *)value, is_given);
		break;
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
		check_number(check, place, rule, *(int64_t *)value, is_given);
		break;
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
		check_number(check, place, rule, clamp_unsigned(*(uint64_t *)value), is_given);
		break;
	case PROTOBUF_C_TYPE_FLOAT:
	case PROTOBUF_C_TYPE_DOUBLE:
	case PROTOBUF_C_TYPE_BOOL:
		break;
	}
}

static size_t element_size(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return sizeof(int64_t);
	case PROTOBUF_C_TYPE_BOOL:
		return sizeof(protobuf_c_boolean);
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_MESSAGE:
		return sizeof(void *);
	case PROTOBUF_C_TYPE_BYTES:
		return sizeof(ProtobufCBinaryData);
	default:
		return sizeof(int32_t);
	}
}

static void check_list(struct check *check, struct place *place, const struct field_rule *rule,
		       const ProtobufCFieldDescriptor *field, ProtobufCMessage *message)
{
	size_t count = *(size_t *)((char *)message + field->quantifier_offset);
	char *elements = *(char **)((char *)message + field->offset);
	size_t size = element_size(field->type);

	if (count == 0 && rule->is_required)
		violate(check, place, "must have at least one element");
	if (rule->max_items > 0 && count > rule->max_items) {
		violate(check, place, "has %zu elements; at most %u are allowed", count, rule->max_items);
		return;
	}
	place->is_element = true;
	for (place->index = 0; place->index < count && check->violations < CHECK_VIOLATIONS_MOST; place->index++)
		check_value(check, place, rule, field, elements + place->index * size);
}

/** Whether a oneof (proto3 `optional` is one too) holds this field; true for fields outside of any. */
static bool is_present(const ProtobufCFieldDescriptor *field, const ProtobufCMessage *message)
{
	const char *quantifier = (const char *)message + field->quantifier_offset;

	if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
		return *(const uint32_t *)quantifier == field->id;
	return true;
}

static void clear_field(const ProtobufCFieldDescriptor *field, ProtobufCMessage *message)
{
	char *quantifier = (char *)message + field->quantifier_offset;
	void *member = (char *)message + field->offset;

	if (field->label == PROTOBUF_C_LABEL_REPEATED) {
		*(size_t *)quantifier = 0;
		*(void **)member = NULL;
		return;
	}
	if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
		if (!is_present(field, message))
			return;
		*(uint32_t *)quantifier = 0;
	}
	memset(member, 0, element_size(field->type));
	if (field->type == PROTOBUF_C_TYPE_STRING)
		*(const char **)member = protobuf_c_empty_string;
}

static void check_fields(struct check *check, const struct place *outer, ProtobufCMessage *message,
			 const struct message_rules *rules)
{
	if (!rules)
		return;
	for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
		const struct field_rule *rule = &rules->fields[i];
		struct place place = { .outer = outer, .name = field->name };

		if (check->violations >= CHECK_VIOLATIONS_MOST)
			return;
		if (rule->is_output_only)
			clear_field(field, message);
		else if (field->label == PROTOBUF_C_LABEL_REPEATED)
			check_list(check, &place, rule, field, message);
		else if (is_present(field, message))
			check_value(check, &place, rule, field, (char *)message + field->offset);
		else if (rule->is_required)
			violate(check, &place, "must be given");
	}
}

struct status check_message(struct arena *arena, ProtobufCMessage *message, const struct message_rules *rules)
{
	struct check check = { .arena = arena, .status = OK };

	check_fields(&check, NULL, message, rules);
	return check.status;
}
