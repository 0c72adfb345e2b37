/* SPDX-License-Identifier: Apache-2.0 */
/* status.c: making, extending and copying failures. */
#include "runtime/base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/arena.h"

static const char NO_ROOM[] = "(there was no memory left to describe this failure)";

/* A failure must stay tellable when the arena is what ran out. */
static PRINTF_LIKE(2, 0) const char *format_message(struct arena *arena, const char *format, va_list arguments)
{
	va_list again;

	va_copy(again, arguments);
	int length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length < 0)
		return NO_ROOM;

	char *message = arena_try_alloc(arena, (size_t)length + 1);
	if (!message)
		return NO_ROOM;
	vsnprintf(message, (size_t)length + 1, format, arguments);
	return message;
}

static const char *copy_text(struct arena *arena, const char *text)
{
	if (!text)
		return NULL;

	size_t size = strlen(text) + 1;
	char *copy = arena_try_alloc(arena, size);
	return copy ? memcpy(copy, text, size) : NO_ROOM;
}

/* When there is no room the detail is left out: it is an addition to the message, not the message. */
static struct status with_detail(struct arena *arena, struct status status, const struct status_detail *detail)
{
	struct status_detail *copy = arena_try_alloc(arena, sizeof *copy);

	if (!copy)
		return status;
	*copy = *detail;
	copy->key = copy_text(arena, detail->key);
	copy->value = copy_text(arena, detail->value);
	copy->next = status.details;
	status.details = copy;
	return status;
}

struct status status_fail(struct arena *arena, enum status_code code, const char *reason, const char *format, ...)
{
	struct status status = { .code = code, .reason = reason };
	va_list arguments;

	va_start(arguments, format);
	status.message = format_message(arena, format, arguments);
	va_end(arguments);
	return status;
}

struct status status_with_field(struct arena *arena, struct status status, const char *field, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	const char *text = format_message(arena, format, arguments);
	va_end(arguments);
	return with_detail(arena, status,
			   &(struct status_detail){ .kind = STATUS_DETAIL_FIELD, .key = field, .value = text });
}

struct status status_with_metadata(struct arena *arena, struct status status, const char *key, const char *value)
{
	return with_detail(arena, status,
			   &(struct status_detail){ .kind = STATUS_DETAIL_METADATA, .key = key, .value = value });
}

struct status status_with_resource(struct arena *arena, struct status status, const char *type, const char *name)
{
	return with_detail(arena, status,
			   &(struct status_detail){ .kind = STATUS_DETAIL_RESOURCE, .key = type, .value = name });
}

struct status status_with_retry(struct arena *arena, struct status status, int64_t retry_ms)
{
	return with_detail(arena, status, &(struct status_detail){ .kind = STATUS_DETAIL_RETRY, .number = retry_ms });
}

struct status status_invalid_field(struct arena *arena, const char *field, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	const char *text = format_message(arena, format, arguments);
	va_end(arguments);

	struct status status = status_fail(arena, STATUS_INVALID_ARGUMENT, "INVALID_FIELD", "%s: %s", field, text);
	return with_detail(arena, status,
			   &(struct status_detail){ .kind = STATUS_DETAIL_FIELD, .key = field, .value = text });
}

struct status status_copy(struct arena *arena, struct status status)
{
	struct status copy = {
		.code = status.code,
		.reason = copy_text(arena, status.reason),
		.message = copy_text(arena, status.message),
	};
	const struct status_detail **end = &copy.details;

	for (const struct status_detail *detail = status.details; detail; detail = detail->next) {
		struct status one = with_detail(arena, OK, detail);

		if (!one.details)
			break;
		/* with_detail made it just now, so it may be linked on. */
		*end = one.details;
		end = (const struct status_detail **)&((struct status_detail *)one.details)->next;
	}
	return copy;
}

const char *status_code_name(enum status_code code)
{
	static const char *const names[] = {
		[STATUS_OK] = "OK",
		[STATUS_CANCELLED] = "CANCELLED",
		[STATUS_UNKNOWN] = "UNKNOWN",
		[STATUS_INVALID_ARGUMENT] = "INVALID_ARGUMENT",
		[STATUS_DEADLINE_EXCEEDED] = "DEADLINE_EXCEEDED",
		[STATUS_NOT_FOUND] = "NOT_FOUND",
		[STATUS_ALREADY_EXISTS] = "ALREADY_EXISTS",
		[STATUS_PERMISSION_DENIED] = "PERMISSION_DENIED",
		[STATUS_RESOURCE_EXHAUSTED] = "RESOURCE_EXHAUSTED",
		[STATUS_FAILED_PRECONDITION] = "FAILED_PRECONDITION",
		[STATUS_ABORTED] = "ABORTED",
		[STATUS_OUT_OF_RANGE] = "OUT_OF_RANGE",
		[STATUS_UNIMPLEMENTED] = "UNIMPLEMENTED",
		[STATUS_INTERNAL] = "INTERNAL",
		[STATUS_UNAVAILABLE] = "UNAVAILABLE",
		[STATUS_DATA_LOSS] = "DATA_LOSS",
		[STATUS_UNAUTHENTICATED] = "UNAUTHENTICATED",
	};

	if ((unsigned)code >= sizeof names / sizeof names[0])
		return "UNKNOWN";
	return names[code];
}
