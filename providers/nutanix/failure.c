/* SPDX-License-Identifier: Apache-2.0 */
/* failure.c: what Prism Central says when it says no: the reasons of v3, the codes and groups of v4. */
#include <string.h>

#include "providers/nutanix/session.h"
#include "runtime/base/text.h"

enum { TEXT_MOST = 1000, MESSAGES_MOST = 3 };
#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

/*
 * v3: message_list[].reason, and a task's error_code. v4: errorGroup or code of an AppMessage. They share words, so they share a
 * table; what is not here is classed by the HTTP status.
 */
static const struct cloud_code CODES[] = {
	{ "AUTHENTICATION_REQUIRED", PROVIDER_AUTH },
	{ "AUTHENTICATION_ERROR", PROVIDER_AUTH },
	{ "BEARER_TOKEN_*", PROVIDER_AUTH },
	{ "UNAUTHORIZED", PROVIDER_AUTH },
	{ "ACCESS_DENIED", PROVIDER_FORBIDDEN },
	{ "ACCESS_FORBIDDEN", PROVIDER_FORBIDDEN },
	{ "FORBIDDEN", PROVIDER_FORBIDDEN },
	{ "AUTHORIZATION_ERROR", PROVIDER_FORBIDDEN },
	{ "IAM_AUTHORIZATION_ERROR", PROVIDER_FORBIDDEN },
	{ "INTERNAL_ROLE_ACCESS_DENIED", PROVIDER_FORBIDDEN },
	{ "RESERVED_ROLE_ACCESS_DENIED", PROVIDER_FORBIDDEN },
	{ "ENTITY_IS_READONLY", PROVIDER_FORBIDDEN },
	{ "ENTITY_NOT_FOUND", PROVIDER_NOT_FOUND },
	{ "RESOURCE_NOT_FOUND", PROVIDER_NOT_FOUND },
	{ "NOT_FOUND", PROVIDER_NOT_FOUND },
	{ "VM_NOT_FOUND", PROVIDER_NOT_FOUND },
	{ "VMM-30100", PROVIDER_NOT_FOUND },
	{ "INVALID_UUID", PROVIDER_NOT_FOUND },
	{ "ENTITY_ALREADY_EXISTS", PROVIDER_CONFLICT },
	{ "CATEGORY_ALREADY_EXISTS", PROVIDER_CONFLICT },
	{ "CONCURRENT_REQUESTS_NOT_ALLOWED", PROVIDER_CONFLICT },
	{ "VM_ETAG_MISMATCH", PROVIDER_CONFLICT },
	{ "VMM-30303", PROVIDER_CONFLICT },
	{ "PRECONDITION_FAILED", PROVIDER_CONFLICT },
	{ "SPEC_UPDATE_ERROR", PROVIDER_CONFLICT },
	{ "INVALID_STATE", PROVIDER_CONFLICT },
	{ "RESOURCE_SHORTAGE", PROVIDER_CAPACITY },
	{ "NO_POLICY_COMPLIANT_CLUSTER", PROVIDER_CAPACITY },
	{ "NO_STORAGE_POLICY_COMPLIANT_CONTAINER", PROVIDER_CAPACITY },
	{ "AFFINITY_FAILURE", PROVIDER_CAPACITY },
	{ "INSUFFICIENT_RESOURCES", PROVIDER_CAPACITY },
	{ "VM_LIMIT_EXCEEDED", PROVIDER_QUOTA },
	{ "QUOTA_EXCEEDED", PROVIDER_QUOTA },
	{ "TOO_MANY_REQUESTS", PROVIDER_THROTTLED },
	{ "RATE_LIMIT_*", PROVIDER_THROTTLED },
	{ "INVALID_ARGUMENT", PROVIDER_INVALID },
	{ "INVALID_REQUEST", PROVIDER_INVALID },
	{ "INVALID_DATA_FORMAT", PROVIDER_INVALID },
	{ "INVALID_CONTENT_TYPE", PROVIDER_INVALID },
	{ "DESERIALIZATION_FAILED", PROVIDER_INVALID },
	{ "MISSING_ATTRIBUTE", PROVIDER_INVALID },
	{ "REFERENCE_ERROR", PROVIDER_INVALID },
	{ "SPEC_INCOMPATIBLE_ERROR", PROVIDER_INVALID },
	{ "CATEGORY_NAME_VALUE_MISMATCH", PROVIDER_INVALID },
	{ "VALIDATION_ERROR", PROVIDER_INVALID },
	{ "ACTION_NOT_SUPPORTED", PROVIDER_UNSUPPORTED },
	{ "REQUEST_NOT_SUPPORTED", PROVIDER_UNSUPPORTED },
	{ "CLUSTER_CAPABILITY_ERROR", PROVIDER_UNSUPPORTED },
	{ "NOT_IMPLEMENTED", PROVIDER_UNSUPPORTED },
	{ "RETRYABLE_ERROR", PROVIDER_UNAVAILABLE },
	{ "VMM-10011", PROVIDER_UNAVAILABLE },
	{ "REMOTE_CLUSTER_NOT_CONNECTED", PROVIDER_UNAVAILABLE },
};

static enum provider_error code_class(const char *code, enum provider_error otherwise)
{
	return cloud_code_class(CODES, COUNT_OF(CODES), code, otherwise);
}

static void say(struct text *text, const char *more)
{
	if (text_is_empty(more) || text->size > TEXT_MOST)
		return;
	if (text->size > 0)
		text_append(text, "; ");
	text_append_slice(text, slice_of(more, strnlen(more, TEXT_MOST)));
}

/* {"message_list": [{"message", "reason", "details"}], "code", "state": "ERROR"}; older ones have "message" and "reason" alone. */
static enum provider_error v3_read(const struct json *body, enum provider_error otherwise, struct text *text)
{
	const struct json *list = json_get(body, "message_list");
	enum provider_error error = PROVIDER_OK;

	for (size_t i = 0; i < json_size(list) && i < MESSAGES_MOST; i++) {
		const struct json *row = json_at(list, i);

		say(text, json_text(json_get(row, "message"), json_text(json_get(row, "reason"), NULL)));
		if (error == PROVIDER_OK)
			error = code_class(json_text(json_get(row, "reason"), NULL), PROVIDER_OK);
	}
	if (json_size(list) == 0) {
		say(text, json_text(json_get(body, "message"), NULL));
		error = code_class(json_text(json_get(body, "reason"), NULL), PROVIDER_OK);
	}
	return error == PROVIDER_OK ? otherwise : error;
}

/* An array of AppMessage. */
static enum provider_error messages_read(const struct json *list, enum provider_error otherwise, struct text *text)
{
	enum provider_error error = PROVIDER_OK;

	for (size_t i = 0; i < json_size(list) && i < MESSAGES_MOST; i++) {
		const struct json *row = json_at(list, i);

		say(text, json_text(json_get(row, "message"), json_text(json_get(row, "errorGroup"), NULL)));
		if (error == PROVIDER_OK)
			error = code_class(json_text(json_get(row, "code"), NULL), PROVIDER_OK);
		if (error == PROVIDER_OK)
			error = code_class(json_text(json_get(row, "errorGroup"), NULL), PROVIDER_OK);
	}
	return error == PROVIDER_OK ? otherwise : error;
}

/* {"data": {"error": [AppMessage] or SchemaValidationError}} */
static enum provider_error v4_read(const struct json *error, enum provider_error otherwise, struct text *text)
{
	if (json_kind(error) == JSON_ARRAY)
		return messages_read(error, otherwise, text);
	const struct json *list = json_get(error, "validationErrorMessages");
	for (size_t i = 0; i < json_size(list) && i < MESSAGES_MOST; i++) {
		say(text, json_text(json_get(json_at(list, i), "attributePath"), NULL));
		say(text, json_text(json_get(json_at(list, i), "message"), NULL));
	}
	if (json_size(list) == 0)
		say(text, json_text(json_get(error, "error"), NULL));
	return otherwise;
}

enum provider_error nutanix_error_read(struct arena *arena, const struct json *body, enum provider_error otherwise,
				       const char **text)
{
	struct text words = text_new(arena);
	const struct json *v4 = json_path(body, "data", "error", NULL);
	enum provider_error error = v4 ? v4_read(v4, otherwise, &words) : v3_read(body, otherwise, &words);

	*text = words.size > 0 ? words.data : NULL;
	/* The credentials are refused, or a right is missing: no word in a body makes something else of that. */
	return otherwise == PROVIDER_AUTH || otherwise == PROVIDER_FORBIDDEN ? otherwise : error;
}

struct provider_result nutanix_task_failure(struct arena *arena, const struct json *task)
{
	struct text words = text_new(arena);
	const char *status = json_text(json_get(task, "status"), "FAILED");
	enum provider_error error = messages_read(json_get(task, "errorMessages"), PROVIDER_OK, &words);

	say(&words, json_text(json_get(task, "legacyErrorMessage"), NULL));
	say(&words, json_text(json_get(task, "error_detail"), NULL));
	if (error == PROVIDER_OK)
		error = code_class(json_text(json_get(task, "error_code"), NULL), PROVIDER_INVALID);
	/* A task ended: what it did not do did not happen. A text that is cut in the middle of a character loses that one. */
	const char *why = words.size == 0 ? "it gives no reason; look at the task in Prism Central" :
					    text_to_utf8(arena, slice_of(words.data, words.size < TEXT_MOST ? words.size : TEXT_MOST));
	return provider_fail(arena, error, "Prism Central's task ended as %.32s: %s", status, why);
}

/* An answer of 500 or more that has a known word in it. */
enum provider_error nutanix_classify(const struct http_response *response, bool is_read)
{
	struct arena *arena = arena_new(0);
	struct json_limits limits = { .size_bytes = 65536, .depth = 16, .values = 1000 };
	struct json *body;
	const char *text;
	enum provider_error error = PROVIDER_OK;

	(void)is_read;
	if (status_is_ok(json_parse(arena, response->body, &limits, &body)))
		error = nutanix_error_read(arena, body, PROVIDER_OK, &text);
	arena_free(arena);
	return error;
}
