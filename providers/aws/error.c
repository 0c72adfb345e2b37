/* SPDX-License-Identifier: Apache-2.0 */
/* error.c: AWS's error codes as classes, and as words for people. */
#include "providers/aws/session.h"

#include <ctype.h>

#include "runtime/base/text.h"
#include "runtime/base/time.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))
#define ERROR_BODY_MOST ((size_t)256 * 1024)
#define RIGHT_MOST 128
#define CLOCK_TOLERANCE_S 240 /* AWS refuses a signature that is 5 minutes off */

/* What is wrong in one place and not in others stands first; families of names are decided by suffix, below. */
static const struct cloud_code CODES[] = {
	{ "AuthFailure", PROVIDER_AUTH },
	{ "InvalidClientTokenId", PROVIDER_AUTH },
	{ "UnrecognizedClientException", PROVIDER_AUTH },
	{ "InvalidAccessKeyId", PROVIDER_AUTH },
	{ "SignatureDoesNotMatch", PROVIDER_AUTH },
	{ "InvalidSignatureException", PROVIDER_AUTH },
	{ "IncompleteSignature*", PROVIDER_AUTH },
	{ "MissingAuthenticationToken*", PROVIDER_AUTH },
	{ "ExpiredToken*", PROVIDER_AUTH },
	{ "RequestExpired", PROVIDER_AUTH },
	{ "InvalidToken", PROVIDER_AUTH },

	{ "UnauthorizedOperation", PROVIDER_FORBIDDEN },
	{ "AccessDenied*", PROVIDER_FORBIDDEN },
	{ "NotAuthorized*", PROVIDER_FORBIDDEN },
	{ "OptInRequired", PROVIDER_FORBIDDEN },
	{ "PendingVerification", PROVIDER_FORBIDDEN },
	{ "Blocked", PROVIDER_FORBIDDEN },

	{ "RequestLimitExceeded", PROVIDER_THROTTLED },
	{ "Throttl*", PROVIDER_THROTTLED },
	{ "TooManyRequests*", PROVIDER_THROTTLED },
	{ "LimitExceededException",
	  PROVIDER_THROTTLED }, /* Cost Explorer: "You made too many calls in a short period of time" */
	{ "EC2ThrottledException", PROVIDER_THROTTLED },
	{ "SnapshotCreationPerVolumeRateExceeded", PROVIDER_THROTTLED },
	{ "ConcurrentTagAccess", PROVIDER_THROTTLED },

	{ "InsufficientInstanceCapacity", PROVIDER_CAPACITY },
	{ "InsufficientHostCapacity", PROVIDER_CAPACITY },
	{ "InsufficientReservedInstanceCapacity", PROVIDER_CAPACITY },
	{ "InsufficientVolumeCapacity", PROVIDER_CAPACITY },
	{ "InsufficientAddressCapacity", PROVIDER_CAPACITY },
	{ "InsufficientCapacity*", PROVIDER_CAPACITY },
	{ "Server.InsufficientInstanceCapacity", PROVIDER_CAPACITY }, /* as a stateReason */
	{ "Client.VolumeLimitExceeded", PROVIDER_QUOTA },
	{ "Client.InstanceInitiatedShutdown", PROVIDER_CONFLICT },
	{ "Client.UserInitiatedShutdown", PROVIDER_CONFLICT },
	{ "Client.*", PROVIDER_INVALID },

	{ "InsufficientFreeAddressesInSubnet", PROVIDER_QUOTA },
	{ "MaxSpotInstanceCountExceeded", PROVIDER_QUOTA },

	{ "IncorrectInstanceState", PROVIDER_CONFLICT },
	{ "IncorrectState*", PROVIDER_CONFLICT },
	{ "IncorrectModificationState", PROVIDER_CONFLICT },
	{ "VolumeModificationRateExceeded", PROVIDER_CONFLICT },
	{ "InvalidState*", PROVIDER_CONFLICT },
	{ "DependencyViolation", PROVIDER_CONFLICT },
	{ "OperationNotPermitted", PROVIDER_CONFLICT }, /* "Modify its 'disableApiTermination' instance attribute" */
	{ "VolumeInUse", PROVIDER_CONFLICT },
	{ "Resource.AlreadyAssociated", PROVIDER_CONFLICT },
	{ "InvalidSubnet.Conflict", PROVIDER_CONFLICT },
	{ "Idempotent*", PROVIDER_CONFLICT },
	{ "UnsupportedOperation", PROVIDER_CONFLICT },

	{ "InvalidAMIID.Unavailable", PROVIDER_NOT_FOUND },
	{ "NoSuch*", PROVIDER_NOT_FOUND },
	{ "InvalidAction", PROVIDER_UNSUPPORTED },
	{ "NotImplemented", PROVIDER_UNSUPPORTED },
};

struct suffix_row {
	const char *suffix;
	enum provider_error error;
};

static const struct suffix_row SUFFIXES[] = {
	{ "NotFound", PROVIDER_NOT_FOUND },   { "NotFoundException", PROVIDER_NOT_FOUND },
	{ ".Malformed", PROVIDER_NOT_FOUND }, { ".Duplicate", PROVIDER_CONFLICT },
	{ ".InUse", PROVIDER_CONFLICT },      { "LimitExceeded", PROVIDER_QUOTA },
	{ "QuotaExceeded", PROVIDER_QUOTA },
};

static const struct cloud_code INVALID_CODES[] = {
	{ "Invalid*", PROVIDER_INVALID },    { "Missing*", PROVIDER_INVALID },     { "Malformed*", PROVIDER_INVALID },
	{ "Unknown*", PROVIDER_INVALID },    { "Unsupported*", PROVIDER_INVALID }, { "Validation*", PROVIDER_INVALID },
	{ "VolumeType*", PROVIDER_INVALID },
};

static bool is_known(const char *code, enum provider_error *error)
{
	enum provider_error none = PROVIDER_OK;

	*error = cloud_code_class(CODES, COUNT_OF(CODES), code, none);
	for (size_t i = 0; *error == none && code && i < COUNT_OF(SUFFIXES); i++)
		if (text_ends_with(code, SUFFIXES[i].suffix))
			*error = SUFFIXES[i].error;
	if (*error == none)
		*error = cloud_code_class(INVALID_CODES, COUNT_OF(INVALID_CODES), code, none);
	return *error != none;
}

enum provider_error aws_error_class(const char *code, int status, bool is_read)
{
	enum provider_error error;

	return is_known(code, &error) ? error : cloud_class(status, is_read);
}

/* ---- bodies ---- */

/* "com.amazon.coral.service#ExpiredTokenException:http://…" */
static const char *bare_code(struct arena *arena, const char *type)
{
	const char *hash = type ? strchr(type, '#') : NULL;

	if (!type)
		return NULL;
	type = hash ? hash + 1 : type;
	return arena_strndup(arena, type, strcspn(type, ":"));
}

static struct aws_error error_of_json(struct arena *arena, const struct json *json)
{
	const char *message = json_text(json_get(json, "message"), json_text(json_get(json, "Message"), NULL));

	return (struct aws_error){ .code = bare_code(arena, json_text(json_get(json, "__type"), NULL)),
				   .message = message };
}

/* EC2: <Response><Errors><Error>…</Error></Errors><RequestID/>; the others:
 * <ErrorResponse><Error>…</Error><RequestId/>. */
static struct aws_error error_of_xml(const struct xml *root)
{
	const struct xml *error = xml_path(root, "Errors", "Error", NULL);

	if (!error)
		error = xml_child(root, "Error");
	return (struct aws_error){
		.code = xml_text(xml_child(error, "Code"), NULL),
		.message = xml_text(xml_child(error, "Message"), NULL),
		.request_id = xml_text(xml_child(root, "RequestID"), xml_text(xml_child(root, "RequestId"), NULL)),
	};
}

struct aws_error aws_error_read(struct arena *arena, struct slice body)
{
	struct json *json;
	struct xml *root;
	struct json_limits json_limits = { .size_bytes = ERROR_BODY_MOST };
	struct xml_limits xml_limits = { .size_bytes = ERROR_BODY_MOST };

	if (body.size > 0 && body.data[0] == '{') {
		if (status_is_ok(json_parse(arena, body, &json_limits, &json)))
			return error_of_json(arena, json);
	} else if (status_is_ok(xml_parse(arena, body, &xml_limits, &root))) {
		return error_of_xml(root);
	}
	return (struct aws_error){ .code = NULL };
}

enum provider_error aws_classify(const struct http_response *response, bool is_read)
{
	struct arena *arena = arena_new(0);
	struct aws_error error = aws_error_read(arena, response->body);
	enum provider_error class;

	(void)is_read;
	if (!is_known(error.code, &class))
		class = PROVIDER_OK;
	arena_free(arena);
	return class;
}

/* ---- words ---- */

/* "… is not authorized to perform: ec2:CreateTags on resource: …" */
const char *aws_refused_right(struct arena *arena, const char *message)
{
	static const char INTRODUCTION[] = "authorized to perform: ";
	const char *start = message ? strstr(message, INTRODUCTION) : NULL;
	size_t size;

	if (!start)
		return NULL;
	start += sizeof INTRODUCTION - 1;
	for (size = 0; isalnum((unsigned char)start[size]) || start[size] == ':' || start[size] == '-'; size++)
		;
	if (size == 0 || size > RIGHT_MOST || !memchr(start, ':', size))
		return NULL;
	return arena_strndup(arena, start, size);
}

struct advice_row {
	const char *code, *advice;
};

static const struct advice_row ADVICE[] = {
	{ "AuthFailure",
	  "check access_key_id and secret_access_key, and that the account has this region switched on" },
	{ "InvalidClientTokenId",
	  "AWS knows no such access_key_id; give the keys of a user that exists and is active" },
	{ "UnrecognizedClientException",
	  "AWS knows no such access_key_id; give the keys of a user that exists and is active" },
	{ "SignatureDoesNotMatch", "the secret_access_key does not belong to the access_key_id" },
	{ "InvalidSignatureException", "the secret_access_key does not belong to the access_key_id" },
	{ "ExpiredToken", "the session_token has run out; give new keys, or a role_arn, which is renewed by itself" },
	{ "ExpiredTokenException",
	  "the session_token has run out; give new keys, or a role_arn, which is renewed by itself" },
	{ "RequestExpired", "the clock of this host is wrong; set it by NTP" },
	{ "OptInRequired", "the account has not subscribed to this service; an administrator of the account must" },
	{ "IdempotentParameterMismatch",
	  "something else was asked for with the same intent before; find it, or use another one" },
};

static const char *advice_of(const char *code)
{
	for (size_t i = 0; i < COUNT_OF(ADVICE); i++)
		if (text_equal(ADVICE[i].code, code))
			return ADVICE[i].advice;
	return NULL;
}

/* Without what only AWS can read: hundreds of letters that sts:DecodeAuthorizationMessage would decode. */
static const char *readable(struct arena *arena, const char *message)
{
	const char *encoded = strstr(message, "Encoded authorization failure message:");

	return encoded ? arena_strndup(arena, message, (size_t)(encoded - message)) : message;
}

const char *aws_error_text(struct arena *arena, enum aws_action action, const struct aws_error *error,
			   enum provider_error class, int64_t clock_ahead_s)
{
	struct text text = text_new(arena);
	const char *advice = advice_of(error->code);

	if (class == PROVIDER_FORBIDDEN) {
		const char *right = aws_refused_right(arena, error->message);

		if (right)
			text_printf(&text, "the credentials lack the right %s; ", right);
		else if (!advice)
			text_printf(&text, "the credentials lack the right %s:%s; ",
				    aws_services[aws_actions[action].service].rights, aws_actions[action].name);
	}
	if (class == PROVIDER_AUTH && (clock_ahead_s > CLOCK_TOLERANCE_S || clock_ahead_s < -CLOCK_TOLERANCE_S))
		text_printf(&text, "the clock of this host is %lld s %s AWS's, set it by NTP; ",
			    (long long)(clock_ahead_s > 0 ? clock_ahead_s : -clock_ahead_s),
			    clock_ahead_s > 0 ? "ahead of" : "behind");
	if (advice)
		text_printf(&text, "%s; ", advice);
	if (error->code)
		text_printf(&text, "%s%s%s", error->code, error->message ? ": " : "",
			    readable(arena, text_or_empty(error->message)));
	return text.data;
}

static int month_of(const char *name)
{
	static const char MONTHS[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (int i = 0; i < 12; i++)
		if (memcmp(MONTHS + 3 * i, name, 3) == 0)
			return i + 1;
	return 0;
}

bool aws_date_parse(const char *text, int64_t *time_us)
{
	static const char SHAPE[] = "Aaa, 00 Aaa 0000 00:00:00 GMT";
	char iso[] = "0000-00-00T00:00:00Z";

	if (strlen(text) != sizeof SHAPE - 1)
		return false;
	for (size_t i = 0; SHAPE[i]; i++)
		if (SHAPE[i] == '0' ? !isdigit((unsigned char)text[i])
				    : !isalpha((unsigned char)SHAPE[i]) && text[i] != SHAPE[i])
			return false;
	int month = month_of(text + 8);
	memcpy(iso, text + 12, 4);
	iso[5] = (char)('0' + month / 10);
	iso[6] = (char)('0' + month % 10);
	memcpy(iso + 8, text + 5, 2);
	memcpy(iso + 11, text + 17, 8);
	return time_parse(iso, time_us);
}

struct provider_result aws_named(struct provider_result result)
{
	if (result.error == PROVIDER_NOT_FOUND)
		result.error = PROVIDER_INVALID;
	return result;
}

struct provider_result aws_gone(struct provider_result result)
{
	return result.error == PROVIDER_NOT_FOUND ? PROVIDER_DONE : result;
}
