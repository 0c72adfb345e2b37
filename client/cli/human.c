/* SPDX-License-Identifier: Apache-2.0 */
/* human.c: see human.h. */
#include "client/cli/human.h"

#include <string.h>

#include "client/cli/protojson_read.h"
#include "client/cli/quantity.h"
#include "client/cli/value.h"
#include "runtime/base/money.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

char *human_duration(struct arena *arena, int64_t us)
{
	static const struct {
		int64_t least_us, unit_us, part_us;
		const char *unit, *part;
	} scales[] = {
		{ 2 * TIME_US_PER_DAY, TIME_US_PER_DAY, TIME_US_PER_HOUR, "d", "h" },
		{ TIME_US_PER_HOUR, TIME_US_PER_HOUR, TIME_US_PER_MINUTE, "h", "m" },
		{ TIME_US_PER_MINUTE, TIME_US_PER_MINUTE, TIME_US_PER_SECOND, "m", "s" },
	};

	for (size_t i = 0; i < sizeof(scales) / sizeof(scales[0]); i++) {
		long long whole = (long long)(us / scales[i].unit_us);
		long long part = (long long)(us % scales[i].unit_us / scales[i].part_us);

		if (us < scales[i].least_us)
			continue;
		if (!part)
			return arena_printf(arena, "%lld%s", whole, scales[i].unit);
		return arena_printf(arena, "%lld%s %lld%s", whole, scales[i].unit, part, scales[i].part);
	}
	if (us < 10 * TIME_US_PER_MS)
		return arena_printf(arena, "%lld.%lld ms", (long long)(us / 1000), (long long)(us % 1000 / 100));
	if (us < TIME_US_PER_SECOND)
		return arena_printf(arena, "%lld ms", (long long)(us / 1000));
	return arena_printf(arena, "%lld.%lld s", (long long)(us / TIME_US_PER_SECOND),
			    (long long)(us % TIME_US_PER_SECOND / 100000));
}

char *human_age(struct arena *arena, int64_t time_us)
{
	int64_t away = time_us - time_now_us(), span = away < 0 ? -away : away;
	long long number;
	const char *unit;

	if (span < TIME_US_PER_SECOND)
		return arena_strdup(arena, "now");
	if (span < 2 * TIME_US_PER_MINUTE)
		number = span / TIME_US_PER_SECOND, unit = "s";
	else if (span < 2 * TIME_US_PER_HOUR)
		number = span / TIME_US_PER_MINUTE, unit = "m";
	else if (span < 2 * TIME_US_PER_DAY)
		number = span / TIME_US_PER_HOUR, unit = "h";
	else
		number = (span + TIME_US_PER_DAY / 2) / TIME_US_PER_DAY, unit = "d";
	return away < 0 ? arena_printf(arena, "%lld%s ago", number, unit)
			: arena_printf(arena, "in %lld%s", number, unit);
}

char *human_time(struct arena *arena, int64_t time_us)
{
	char *text = time_format(arena, time_us - (time_us % TIME_US_PER_SECOND));
	char *between = strchr(text, 'T');

	if (between)
		*between = ' ';
	return text;
}

/** An invoice's digits, and two more where they would hide what is there: hourly prices are small. */
char *human_money(struct arena *arena, const char *currency, const char *amount)
{
	unsigned digits = money_minor_digits(currency);
	struct amount value, absolute;

	char *rounded;

	if (!amount_parse(amount, &value))
		return arena_printf(arena, "%s %s", currency, amount);
	absolute = value.units < 0 || value.fraction < 0 ? amount_negate(value) : value;
	if (absolute.units < 1 && absolute.fraction)
		digits += 4;
	else if (absolute.units < 1000 && absolute.fraction)
		digits += 2;
	rounded = amount_format_rounded(arena, value, digits);
	if (!strpbrk(rounded, "123456789"))
		rounded = amount_format(arena, value);
	return arena_printf(arena, "%s %s", currency, rounded);
}

static const char *without(const char *name, const char *prefix)
{
	return text_starts_with(name, prefix) ? name + strlen(prefix) : name;
}

char *human_name(const struct human *human, const char *name)
{
	const struct context *context = human->context;
	const char *rest = name;

	if (human->style != HUMAN_CELL || !context)
		return arena_strdup(human->arena, name);
	if (!text_is_empty(context->tenant))
		rest = without(rest, arena_printf(human->arena, "tenants/%s/", context->tenant));
	if (rest != name && !text_is_empty(context->project))
		rest = without(rest, arena_printf(human->arena, "projects/%s/", context->project));
	return arena_strdup(human->arena, rest);
}

static char *known_text(const struct human *human, const ProtobufCMessage *message)
{
	struct arena *arena = human->arena;
	int64_t us;

	switch (reflect_known(message->descriptor)) {
	case KNOWN_TIMESTAMP:
		us = protojson_time_us(message);
		if (human->style == HUMAN_CELL)
			return human_age(arena, us);
		return arena_printf(arena, "%s (%s)", human_time(arena, us), human_age(arena, us));
	case KNOWN_DURATION:
		return human_duration(arena, protojson_time_us(message));
	case KNOWN_MONEY:
		return human_money(arena, reflect_text(message, "currency_code"), reflect_text(message, "amount"));
	default:
		return json_print(arena, protojson_write(arena, message));
	}
}

static char *map_text(const struct human *human, const ProtobufCMessage *entry)
{
	const ProtobufCMessageDescriptor *type = entry->descriptor;

	return arena_printf(human->arena, "%s=%s", human_field(human, entry, reflect_field(type, "key")),
			    human_field(human, entry, reflect_field(type, "value")));
}

static char *element_text(const struct human *human, const ProtobufCFieldDescriptor *field, const void *at)
{
	struct arena *arena = human->arena;
	const ProtobufCEnumValue *value;

	switch (field->type) {
	case PROTOBUF_C_TYPE_STRING:
		return human_name(human, text_or_empty(*(const char *const *)at));
	case PROTOBUF_C_TYPE_BYTES:
		return arena_printf(arena, "%zu bytes", ((const ProtobufCBinaryData *)at)->len);
	case PROTOBUF_C_TYPE_BOOL:
		return arena_strdup(arena, *(const protobuf_c_boolean *)at ? "yes" : "no");
	case PROTOBUF_C_TYPE_ENUM:
		value = protobuf_c_enum_descriptor_get_value(field->descriptor, *(const int *)at);
		return value ? value_enum_word(arena, field->descriptor, value->name)
			     : arena_printf(arena, "%d", *(const int *)at);
	case PROTOBUF_C_TYPE_MESSAGE:
		if (reflect_is_map(field))
			return map_text(human, *(ProtobufCMessage *const *)at);
		return known_text(human, *(ProtobufCMessage *const *)at);
	case PROTOBUF_C_TYPE_FLOAT:
		return arena_printf(arena, "%g", (double)*(const float *)at);
	case PROTOBUF_C_TYPE_DOUBLE:
		return arena_printf(arena, "%g", *(const double *)at);
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
		if (*(const int64_t *)at == -1) /* of a cloud's limits: neither is a number */
			return arena_strdup(arena, strcmp(field->name, "limit") == 0 ? "none" : "-");
		return quantity_format(arena, field->name, *(const int64_t *)at);
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
		return arena_printf(arena, "%llu", (unsigned long long)*(const uint64_t *)at);
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
		return quantity_format(arena, field->name, *(const uint32_t *)at);
	default:
		return quantity_format(arena, field->name, *(const int32_t *)at);
	}
}

/** Numbers whose zero is an answer; elsewhere zero means "not set". */
static bool zero_speaks(const char *name)
{
	static const char *const names[] = { "used", "limit", "added", "progress_percent", "code" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return text_ends_with(name, "_count");
}

char *human_field(const struct human *human, const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	size_t count = reflect_count(message, field);
	struct text joined = text_new(human->arena);

	if (!count && !reflect_is_repeated(field) && !reflect_has_presence(field) &&
	    (field->type == PROTOBUF_C_TYPE_BOOL || zero_speaks(field->name)))
		count = 1;
	for (size_t i = 0; i < count; i++) {
		if (i)
			text_append(&joined, ", ");
		text_append(&joined, element_text(human, field, reflect_at(message, field, i)));
	}
	return joined.data;
}

char *human_label(struct arena *arena, const char *field)
{
	static const struct {
		const char *field, *label;
	} special[] = {
		{ "create_time", "Created" },
		{ "update_time", "Updated" },
		{ "publish_time", "Published" },
		{ "start_time", "Started" },
		{ "end_time", "Ended" },
		{ "deadline_time", "Deadline" },
		{ "lease_end_time", "Lease ends" },
		{ "expire_time", "Expires" },
		{ "last_use_time", "Last used" },
		{ "probe_time", "Probed" },
		{ "sync_time", "Synced" },
		{ "fetch_time", "Fetched" },
		{ "vcpus", "vCPUs" },
		{ "memory_mib", "Memory" },
		{ "disk_gib", "Disk" },
		{ "min_disk_gib", "Least disk" },
		{ "size_gib", "Size" },
		{ "progress_percent", "Progress" },
		{ "grace_seconds", "Grace" },
		{ "etag", "Etag" },
		{ "cidr", "CIDR" },
		{ "os", "OS" },
		{ "jwks_uri", "JWKS URI" },
		{ "native_id", "Native id" },
		{ "hourly", "Price per hour" },
		{ "monthly", "Price per month" },
		{ "iam_revision", "IAM revision" },
		{ "hourly_stopped", "Per hour stopped" },
		{ "api_key", "API key" },
	};
	char *label;

	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		if (strcmp(special[i].field, field) == 0)
			return arena_strdup(arena, special[i].label);
	label = arena_strdup(arena, field);
	for (char *at = label; *at; at++)
		if (*at == '_')
			*at = ' ';
	if (*label >= 'a' && *label <= 'z')
		*label = (char)(*label - 'a' + 'A');
	return label;
}
