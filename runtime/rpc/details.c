/* SPDX-License-Identifier: Apache-2.0 */
/* details.c: writes and reads google.rpc.Status and the four details that Gaon uses. */
#include "runtime/rpc/details.h"

#include "runtime/base/text.h"
#include "runtime/rpc/wire.h"

#define TYPE_PREFIX "type.googleapis.com/google.rpc."
#define DETAILS_COUNT_MOST 64

/* Field numbers of google/rpc/status.proto and google/rpc/error_details.proto. */
enum { STATUS_CODE = 1, STATUS_MESSAGE = 2, STATUS_DETAILS = 3 };
enum { ANY_TYPE_URL = 1, ANY_VALUE = 2 };
enum { ERROR_REASON = 1, ERROR_DOMAIN = 2, ERROR_METADATA = 3 };
enum { PAIR_KEY = 1, PAIR_VALUE = 2 }; /* also FieldViolation, ResourceInfo, and Duration's seconds and nanos */
enum { BAD_REQUEST_VIOLATIONS = 1, RETRY_DELAY = 1 };

struct slice details_message(const char *message)
{
	struct slice slice = slice_text(message);

	if (slice.size <= DETAILS_MESSAGE_BYTES_MOST)
		return slice;
	slice.size = DETAILS_MESSAGE_BYTES_MOST;
	while (slice.size > 0 && ((unsigned char)slice.data[slice.size] & 0xc0) == 0x80)
		slice.size--;
	return slice;
}

static void put_text(struct wire_writer *writer, uint32_t id, const char *text)
{
	if (!text_is_empty(text))
		wire_put_bytes(writer, id, slice_text(text));
}

static void put_any(struct wire_writer *status, const char *type, const struct wire_writer *value)
{
	struct wire_writer any = { .arena = status->arena };

	put_text(&any, ANY_TYPE_URL, type);
	wire_put_bytes(&any, ANY_VALUE, wire_written(value));
	wire_put_bytes(status, STATUS_DETAILS, wire_written(&any));
}

/** The details oldest first, as they were added; at most DETAILS_COUNT_MOST of them. */
static size_t in_order(struct status status, const struct status_detail **details)
{
	size_t total = 0, count;

	for (const struct status_detail *detail = status.details; detail; detail = detail->next)
		total++;
	count = total < DETAILS_COUNT_MOST ? total : DETAILS_COUNT_MOST;
	for (const struct status_detail *detail = status.details; detail; detail = detail->next)
		if (--total < count)
			details[total] = detail;
	return count;
}

/** Puts all details of one kind as repeated pairs `id` of `message`, while they fit. Returns how many. */
static size_t put_pairs(struct wire_writer *message, uint32_t id, enum status_detail_kind kind,
			const struct status_detail **details, size_t count)
{
	size_t put = 0;

	for (size_t i = 0; i < count; i++) {
		struct wire_writer pair = { .arena = message->arena };

		if (details[i]->kind != kind)
			continue;
		put_text(&pair, PAIR_KEY, details[i]->key);
		put_text(&pair, PAIR_VALUE, details[i]->value);
		if (message->size + pair.size > DETAILS_BYTES_MOST / 2)
			break;
		wire_put_bytes(message, id, wire_written(&pair));
		put++;
	}
	return put;
}

static void put_retry(struct wire_writer *status, int64_t retry_ms)
{
	struct wire_writer delay = { .arena = status->arena }, info = { .arena = status->arena };

	wire_put_varint(&delay, PAIR_KEY, (uint64_t)(retry_ms / 1000));
	wire_put_varint(&delay, PAIR_VALUE, (uint64_t)(retry_ms % 1000) * 1000000);
	wire_put_bytes(&info, RETRY_DELAY, wire_written(&delay));
	put_any(status, TYPE_PREFIX "RetryInfo", &info);
}

static void put_resource(struct wire_writer *status, const struct status_detail *detail)
{
	struct wire_writer info = { .arena = status->arena };

	put_text(&info, PAIR_KEY, detail->key);
	put_text(&info, PAIR_VALUE, detail->value);
	if (status->size + info.size < DETAILS_BYTES_MOST)
		put_any(status, TYPE_PREFIX "ResourceInfo", &info);
}

struct slice details_pack(struct arena *arena, struct status status)
{
	const struct status_detail *details[DETAILS_COUNT_MOST];
	size_t count = in_order(status, details);
	struct wire_writer writer = { .arena = arena }, error = { .arena = arena }, bad = { .arena = arena };

	wire_put_varint(&writer, STATUS_CODE, (uint64_t)status.code);
	if (status.message)
		wire_put_bytes(&writer, STATUS_MESSAGE, details_message(status.message));
	put_text(&error, ERROR_REASON, status.reason ? status.reason : status_code_name(status.code));
	put_text(&error, ERROR_DOMAIN, DETAILS_DOMAIN);
	put_pairs(&error, ERROR_METADATA, STATUS_DETAIL_METADATA, details, count);
	put_any(&writer, TYPE_PREFIX "ErrorInfo", &error);
	if (put_pairs(&bad, BAD_REQUEST_VIOLATIONS, STATUS_DETAIL_FIELD, details, count) > 0)
		put_any(&writer, TYPE_PREFIX "BadRequest", &bad);
	for (size_t i = 0; i < count; i++) {
		if (details[i]->kind == STATUS_DETAIL_RETRY && details[i]->number >= 0)
			put_retry(&writer, details[i]->number);
		else if (details[i]->kind == STATUS_DETAIL_RESOURCE)
			put_resource(&writer, details[i]);
	}
	return wire_written(&writer);
}

static void add_detail(struct arena *arena, struct status *status, struct status_detail detail)
{
	detail.next = status->details;
	status->details = arena_memdup(arena, &detail, sizeof detail);
}

/** A string field as C text; bytes that are no UTF-8 or hold a NUL read as "". */
static const char *field_text(struct arena *arena, const struct wire_field *field)
{
	if (field->type != WIRE_BYTES || !text_is_utf8(field->bytes) ||
	    (field->bytes.size > 0 && memchr(field->bytes.data, '\0', field->bytes.size)))
		return "";
	return arena_strndup(arena, field->bytes.data ? field->bytes.data : "", field->bytes.size);
}

static void take_pair(struct arena *arena, struct slice bytes, enum status_detail_kind kind, struct status *status)
{
	struct status_detail detail = { .kind = kind, .key = "", .value = "" };
	struct wire_field field;

	while (wire_read(&bytes, &field)) {
		if (field.id == PAIR_KEY)
			detail.key = field_text(arena, &field);
		else if (field.id == PAIR_VALUE)
			detail.value = field_text(arena, &field);
	}
	add_detail(arena, status, detail);
}

static void take_error(struct arena *arena, struct slice bytes, struct status *status)
{
	struct wire_field field;

	while (wire_read(&bytes, &field)) {
		if (field.id == ERROR_REASON)
			status->reason = field_text(arena, &field);
		else if (field.id == ERROR_METADATA)
			take_pair(arena, field.bytes, STATUS_DETAIL_METADATA, status);
	}
}

static void take_bad_request(struct arena *arena, struct slice bytes, struct status *status)
{
	struct wire_field field;

	while (wire_read(&bytes, &field))
		if (field.id == BAD_REQUEST_VIOLATIONS)
			take_pair(arena, field.bytes, STATUS_DETAIL_FIELD, status);
}

static void take_resource(struct arena *arena, struct slice bytes, struct status *status)
{
	take_pair(arena, bytes, STATUS_DETAIL_RESOURCE, status);
}

static void take_retry(struct arena *arena, struct slice bytes, struct status *status)
{
	struct status_detail detail = { .kind = STATUS_DETAIL_RETRY };
	struct wire_field info, field;

	while (wire_read(&bytes, &info)) {
		while (info.id == RETRY_DELAY && wire_read(&info.bytes, &field)) {
			if (field.id == PAIR_KEY && field.number < INT32_MAX)
				detail.number += (int64_t)field.number * 1000;
			else if (field.id == PAIR_VALUE && field.number < 1000000000)
				detail.number += (int64_t)field.number / 1000000;
		}
	}
	add_detail(arena, status, detail);
}

static const struct {
	const char *type;
	void (*take)(struct arena *arena, struct slice bytes, struct status *status);
} kinds[] = {
	{ "google.rpc.ErrorInfo", take_error },
	{ "google.rpc.BadRequest", take_bad_request },
	{ "google.rpc.RetryInfo", take_retry },
	{ "google.rpc.ResourceInfo", take_resource },
};

static void take_any(struct arena *arena, struct slice bytes, struct status *status)
{
	struct slice type = { 0 }, value = { 0 };
	struct wire_field field;

	while (wire_read(&bytes, &field)) {
		if (field.id == ANY_TYPE_URL)
			type = field.bytes;
		else if (field.id == ANY_VALUE)
			value = field.bytes;
	}
	/* Only what stands after the last slash names the type. */
	for (size_t i = type.size; i > 0; i--) {
		if (type.data[i - 1] == '/') {
			type = slice_of(type.data + i, type.size - i);
			break;
		}
	}
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (slice_is(type, kinds[i].type))
			kinds[i].take(arena, value, status);
}

bool details_unpack(struct arena *arena, struct slice bytes, struct status *status)
{
	struct status found = { .reason = NULL };
	struct wire_field field;

	while (wire_read(&bytes, &field)) {
		if (field.id == STATUS_CODE && field.number <= STATUS_UNAUTHENTICATED)
			found.code = (enum status_code)field.number;
		else if (field.id == STATUS_MESSAGE)
			found.message = field_text(arena, &field);
		else if (field.id == STATUS_DETAILS)
			take_any(arena, field.bytes, &found);
	}
	if (bytes.size > 0)
		return false;
	*status = found;
	return true;
}
