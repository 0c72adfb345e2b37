/* SPDX-License-Identifier: Apache-2.0 */
/* provider.c: the words of the contract: error classes, verbs, and how a class reads on the wire. */
#include "providers/provider.h"
#include "providers/volume.h"

#include <stdarg.h>

struct class_row {
	const char *name;
	const char *reason;
	enum status_code code;
	bool is_retryable;
};

static const struct class_row CLASSES[] = {
	[PROVIDER_OK] = { "OK", "PROVIDER_OK", STATUS_OK, false },
	[PROVIDER_INVALID] = { "INVALID", "PROVIDER_INVALID", STATUS_INVALID_ARGUMENT, false },
	[PROVIDER_AUTH] = { "AUTH", "PROVIDER_AUTH", STATUS_FAILED_PRECONDITION, false },
	[PROVIDER_FORBIDDEN] = { "FORBIDDEN", "PROVIDER_FORBIDDEN", STATUS_FAILED_PRECONDITION, false },
	[PROVIDER_NOT_FOUND] = { "NOT_FOUND", "PROVIDER_NOT_FOUND", STATUS_NOT_FOUND, false },
	[PROVIDER_CONFLICT] = { "CONFLICT", "PROVIDER_CONFLICT", STATUS_FAILED_PRECONDITION, false },
	[PROVIDER_QUOTA] = { "QUOTA", "PROVIDER_QUOTA", STATUS_RESOURCE_EXHAUSTED, false },
	[PROVIDER_CAPACITY] = { "CAPACITY", "PROVIDER_CAPACITY", STATUS_RESOURCE_EXHAUSTED, true },
	[PROVIDER_THROTTLED] = { "THROTTLED", "PROVIDER_THROTTLED", STATUS_RESOURCE_EXHAUSTED, true },
	[PROVIDER_UNAVAILABLE] = { "UNAVAILABLE", "PROVIDER_UNAVAILABLE", STATUS_UNAVAILABLE, true },
	[PROVIDER_UNKNOWN_OUTCOME] = { "UNKNOWN_OUTCOME", "PROVIDER_UNKNOWN_OUTCOME", STATUS_UNKNOWN, true },
	[PROVIDER_UNSUPPORTED] = { "UNSUPPORTED", "PROVIDER_UNSUPPORTED", STATUS_UNIMPLEMENTED, false },
};

static const char *const VERBS[VERB_COUNT] = {
	[VERB_SIZES] = "sizes",
	[VERB_IMAGES] = "images",
	[VERB_NETWORKS] = "networks",
	[VERB_CREATE] = "create",
	[VERB_FIND] = "find",
	[VERB_GET] = "get",
	[VERB_LIST] = "list",
	[VERB_START] = "start",
	[VERB_STOP] = "stop",
	[VERB_SHUTDOWN] = "shutdown",
	[VERB_REBOOT] = "reboot",
	[VERB_RESET] = "reset",
	[VERB_SUSPEND] = "suspend",
	[VERB_RESUME] = "resume",
	[VERB_RESIZE] = "resize",
	[VERB_DELETE] = "delete",
	[VERB_SNAPSHOT_CREATE] = "snapshot-create",
	[VERB_SNAPSHOT_LIST] = "snapshot-list",
	[VERB_SNAPSHOT_REVERT] = "snapshot-revert",
	[VERB_SNAPSHOT_DELETE] = "snapshot-delete",
	[VERB_CONSOLE] = "console",
	[VERB_USAGE] = "usage",
	[VERB_REGIONS] = "regions",
	[VERB_QUOTAS] = "quotas",
	[VERB_PRICES] = "prices",
	[VERB_CHANGES] = "changes",
	[VERB_RENAME] = "rename",
	[VERB_TAG] = "tag",
	[VERB_CONSOLE_URL] = "console-url",
	[VERB_METRICS] = "metrics",
	[VERB_BILL] = "bill",
	[VERB_VOLUME_CREATE] = "volume-create",
	[VERB_VOLUME_GET] = "volume-get",
	[VERB_VOLUME_LIST] = "volume-list",
	[VERB_VOLUME_ATTACH] = "volume-attach",
	[VERB_VOLUME_DETACH] = "volume-detach",
	[VERB_VOLUME_GROW] = "volume-grow",
	[VERB_VOLUME_DELETE] = "volume-delete",
	[VERB_VOLUME_SNAPSHOT_CREATE] = "volume-snapshot-create",
	[VERB_VOLUME_SNAPSHOT_LIST] = "volume-snapshot-list",
	[VERB_VOLUME_SNAPSHOT_DELETE] = "volume-snapshot-delete",
	[VERB_IMAGE_CREATE] = "image-create",
	[VERB_IMAGE_LIST] = "image-list",
	[VERB_IMAGE_DELETE] = "image-delete",
	[VERB_NETWORK_CREATE] = "network-create",
	[VERB_NETWORK_LIST] = "network-list",
	[VERB_NETWORK_DELETE] = "network-delete",
	[VERB_SECURITY_GROUP_CREATE] = "security-group-create",
	[VERB_SECURITY_GROUP_LIST] = "security-group-list",
	[VERB_SECURITY_GROUP_RULES] = "security-group-rules",
	[VERB_SECURITY_GROUP_DELETE] = "security-group-delete",
	[VERB_ADDRESS_ALLOCATE] = "address-allocate",
	[VERB_ADDRESS_LIST] = "address-list",
	[VERB_ADDRESS_ASSOCIATE] = "address-associate",
	[VERB_ADDRESS_DISASSOCIATE] = "address-disassociate",
	[VERB_ADDRESS_RELEASE] = "address-release",
	[VERB_KEY_PAIR_IMPORT] = "key-pair-import",
	[VERB_KEY_PAIR_LIST] = "key-pair-list",
	[VERB_KEY_PAIR_DELETE] = "key-pair-delete",
};

static const char *const MACHINE_STATES[] = {
	[PROVIDER_MACHINE_UNKNOWN] = "unknown",     [PROVIDER_MACHINE_BUILDING] = "building",
	[PROVIDER_MACHINE_RUNNING] = "running",     [PROVIDER_MACHINE_STOPPED] = "stopped",
	[PROVIDER_MACHINE_SUSPENDED] = "suspended", [PROVIDER_MACHINE_TRANSITION] = "transition",
	[PROVIDER_MACHINE_FAILED] = "failed",       [PROVIDER_MACHINE_GONE] = "gone",
};

static const char *const VOLUME_STATES[] = {
	[PROVIDER_VOLUME_UNKNOWN] = "unknown",       [PROVIDER_VOLUME_BUILDING] = "building",
	[PROVIDER_VOLUME_AVAILABLE] = "available",   [PROVIDER_VOLUME_ATTACHED] = "attached",
	[PROVIDER_VOLUME_TRANSITION] = "transition", [PROVIDER_VOLUME_FAILED] = "failed",
};

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

static const struct class_row *class_of(enum provider_error error)
{
	/* A number from outside the enum is treated as the class that is never blindly repeated. */
	return (size_t)error < COUNT_OF(CLASSES) ? &CLASSES[error] : &CLASSES[PROVIDER_UNKNOWN_OUTCOME];
}

const char *provider_error_name(enum provider_error error)
{
	return class_of(error)->name;
}

bool provider_error_is_retryable(enum provider_error error)
{
	return class_of(error)->is_retryable;
}

const char *provider_verb_name(enum provider_verb verb)
{
	return (size_t)verb < VERB_COUNT ? VERBS[verb] : "unknown";
}

const char *provider_machine_state_name(enum provider_machine_state state)
{
	return (size_t)state < COUNT_OF(MACHINE_STATES) ? MACHINE_STATES[state] : "unknown";
}

const char *provider_volume_state_name(enum provider_volume_state state)
{
	return (size_t)state < COUNT_OF(VOLUME_STATES) ? VOLUME_STATES[state] : VOLUME_STATES[PROVIDER_VOLUME_UNKNOWN];
}

struct provider_result provider_fail(struct arena *arena, enum provider_error error, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	const char *message = arena_vprintf(arena, format, arguments);
	va_end(arguments);
	return (struct provider_result){ .error = error, .message = message };
}

struct status provider_status(struct arena *arena, struct provider_result result)
{
	if (result.error == PROVIDER_OK)
		return OK;
	const struct class_row *row = class_of(result.error);
	struct status status = status_fail(arena, row->code, row->reason, "%s",
					   result.message ? result.message : "the provider gave no reason");
	if (result.request_id)
		status = status_with_metadata(arena, status, "provider_request_id", result.request_id);
	if (result.error == PROVIDER_THROTTLED && result.retry_after_ms > 0)
		status = status_with_retry(arena, status, result.retry_after_ms);
	return status;
}
