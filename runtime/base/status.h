/* SPDX-License-Identifier: Apache-2.0 */
/* status.h: the one way to fail. A status is returned by value and says who must do what next. */
#ifndef GAON_BASE_STATUS_H
#define GAON_BASE_STATUS_H

#include <stdbool.h>
#include <stdint.h>

struct arena;

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_, first_) __attribute__((__format__(__printf__, format_, first_)))

/** The numbers of gRPC (google.rpc.Code), so that a status crosses the wire unchanged. */
enum status_code {
	STATUS_OK = 0,
	STATUS_CANCELLED = 1,
	STATUS_UNKNOWN = 2,
	STATUS_INVALID_ARGUMENT = 3,
	STATUS_DEADLINE_EXCEEDED = 4,
	STATUS_NOT_FOUND = 5,
	STATUS_ALREADY_EXISTS = 6,
	STATUS_PERMISSION_DENIED = 7,
	STATUS_RESOURCE_EXHAUSTED = 8,
	STATUS_FAILED_PRECONDITION = 9,
	STATUS_ABORTED = 10,
	STATUS_OUT_OF_RANGE = 11,
	STATUS_UNIMPLEMENTED = 12,
	STATUS_INTERNAL = 13,
	STATUS_UNAVAILABLE = 14,
	STATUS_DATA_LOSS = 15,
	STATUS_UNAUTHENTICATED = 16,
};

/** Facts beside the message; each becomes a google.rpc detail on the wire. A list, newest first. */
enum status_detail_kind {
	STATUS_DETAIL_FIELD,    /* BadRequest: key = field path, value = what is wrong with it */
	STATUS_DETAIL_METADATA, /* ErrorInfo.metadata: key, value */
	STATUS_DETAIL_RESOURCE, /* ResourceInfo: key = type ("gaon.lifecycle/Machine"), value = name */
	STATUS_DETAIL_RETRY,    /* RetryInfo: number = milliseconds to wait */
};

struct status_detail {
	enum status_detail_kind kind;
	const char *key;
	const char *value;
	int64_t number;
	const struct status_detail *next;
};

/**
 * `reason` is a stable UPPER_SNAKE word (google.rpc.ErrorInfo.reason) that clients and tests match.
 * `message` is one sentence that tells what to do next and holds no secret.
 * Both live as long as the arena that was given to status_fail (or are literals).
 */
struct status {
	enum status_code code;
	const char *reason;
	const char *message;
	const struct status_detail *details;
};

#define OK ((struct status){ .code = STATUS_OK })

static inline bool status_is_ok(struct status status)
{
	return status.code == STATUS_OK;
}

/** The only macro that returns: passes a failure up. */
#define TRY(expression)                                  \
	do {                                             \
		struct status try_status_ = (expression); \
		if (!status_is_ok(try_status_))          \
			return try_status_;              \
	} while (0)

/** A failure with a formatted message; the text is allocated in `arena`. `reason` must be a literal. */
MUST_CHECK struct status status_fail(struct arena *arena, enum status_code code, const char *reason,
				     const char *format, ...) PRINTF_LIKE(4, 5);

/** The same status with one more detail; strings are copied into `arena`. */
MUST_CHECK struct status status_with_field(struct arena *arena, struct status status, const char *field,
					   const char *format, ...) PRINTF_LIKE(4, 5);
MUST_CHECK struct status status_with_metadata(struct arena *arena, struct status status, const char *key,
					      const char *value);
MUST_CHECK struct status status_with_resource(struct arena *arena, struct status status, const char *type,
					      const char *name);
MUST_CHECK struct status status_with_retry(struct arena *arena, struct status status, int64_t retry_ms);

/** INVALID_ARGUMENT / INVALID_FIELD about one field: the message is "<field>: <text>", and the field is a detail too. */
MUST_CHECK struct status status_invalid_field(struct arena *arena, const char *field, const char *format, ...)
	PRINTF_LIKE(3, 4);

/** A deep copy into another arena: use it where a status outlives the call that made it. */
MUST_CHECK struct status status_copy(struct arena *arena, struct status status);

/** "NOT_FOUND"; "UNKNOWN" for a number that is no code. Never NULL. */
const char *status_code_name(enum status_code code);

#endif
