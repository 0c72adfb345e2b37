/* SPDX-License-Identifier: Apache-2.0 */
/* cloud.h: how adapters ask a cloud over HTTP: one way of sending, trying again, giving up and naming what went wrong. */
#ifndef GAON_PROVIDERS_KIT_CLOUD_H
#define GAON_PROVIDERS_KIT_CLOUD_H

#include "providers/provider.h"
#include "runtime/base/xml.h"
#include "runtime/http/http.h"

/** One endpoint (or the several of one account): an HTTP client, a circuit breaker, throttles by bucket. Thread-safe. */
struct cloud;

/**
 * Options that every adapter over HTTP takes; put CLOUD_OPTION_ROWS at the end of its table. They are read by cloud_new:
 *   ca_pem           authorities to trust instead of the system's; certificates are always checked
 *   timeout_s        of one exchange, 1 to 300
 *   allow_cleartext  http:// to other hosts than this one
 */
#define CLOUD_OPTION_ROWS                                                                                                \
	{ "ca_pem", NULL, "certificate authorities (PEM) to trust instead of the system's; checking is never off", false, false }, \
	{ "timeout_s", "30", "seconds that one exchange may take, 1 to 300", false, false },                             \
	{ "allow_cleartext", "false", "true: http:// may leave this host; credentials and data are readable on the way", false, false }
#define CLOUD_OPTION_COUNT 3

struct cloud_settings {
	const char *title;          /* for messages: "Prism Central" */
	const struct json *options; /* the connection's */
	/** Where the cloud says its id of an exchange: header names, NULL at the end. */
	const char *const *request_id_headers;
	/** Secret; its texts are taken out of every message. May be NULL. */
	const struct json *credentials;
	/**
	 * The cloud's own word on an answer of 413, or of 500 or more (the error code in its body); PROVIDER_OK: it says none. An
	 * answer that has one is OK for cloud_send; of a read that it calls UNAVAILABLE only after trying again. May be NULL.
	 */
	enum provider_error (*classify)(const struct http_response *response, bool is_read);
	size_t body_limit_bytes; /* 0: 16 MiB */
	const char *client_certificate_pem, *client_key_pem; /* or NULL */
	/** Tests: see http_options. */
	const char *record_path, *replay_path;
};

/** Fails INVALID with the option that is wrong. */
struct provider_result cloud_new(struct arena *arena, const struct cloud_settings *settings, struct cloud **cloud);
/** No exchange may be under way. Takes NULL. */
void cloud_free(struct cloud *cloud);
/** An endpoint as operators write it: https (http by allow_cleartext, or to this host), a host, no user, query or fragment. */
struct provider_result cloud_endpoint_check(struct arena *arena, const struct json *options, const char *endpoint);

struct cloud_request {
	const char *method, *url;
	const struct http_header *headers;
	size_t header_count;
	struct slice body;
	/** For messages: "RunInstances", "reading the machine". */
	const char *what;
	/** It changes nothing: what failed is sent again while there is time, and its outcome is never unknown. */
	bool is_read;
	/** Which throttle it counts for: the cloud's name of the action; NULL: one for all. A text constant. */
	const char *bucket;
	size_t body_limit_bytes; /* 0: the cloud's */
};

/**
 * Sends it and waits, at most until call->deadline_us. OK with any HTTP status of a whole response, besides these:
 * 429, and 413 and 503 with a Retry-After, are THROTTLED; 502, 503, 504 are UNAVAILABLE for a read and UNKNOWN_OUTCOME else. What
 * did not leave is UNAVAILABLE, what may have arrived UNKNOWN_OUTCOME; of a read both are UNAVAILABLE, and so is a 200 without a
 * body. A refused address or certificate is INVALID with what to do.
 * A read is tried up to three times, with jitter, or after a Retry-After of at most 2 s. After five failures in a row of one
 * scheme://host:port the circuit is open: UNAVAILABLE at once, for 1 s, doubling to 60 s; then one exchange is let through to see.
 * While a bucket is throttled, THROTTLED at once.
 * An OK result has the request id too: a verb that changes something returns it, for the operation's journal.
 */
struct provider_result cloud_send(struct cloud *cloud, struct provider_call *call, const struct cloud_request *request,
				  struct http_response *response);

/** The cloud's own id of the exchange, from the headers of the settings; NULL: it gave none. In the response's arena. */
const char *cloud_request_id(const struct cloud *cloud, const struct http_response *response);

/**
 * The class of an HTTP status that is no success: 400, 422: INVALID; 401: AUTH; 403: FORBIDDEN; 404, 410: NOT_FOUND; 409, 412, 428:
 * CONFLICT; 405, 501: UNSUPPORTED; 413: QUOTA; 429: THROTTLED; other 5xx and 408: UNAVAILABLE for a read, else UNKNOWN_OUTCOME;
 * anything else is INVALID. Adapters look at the cloud's own error code first.
 */
enum provider_error cloud_class(int status, bool is_read);

/** A cloud's own error codes; `code` may end in '*'. */
struct cloud_code {
	const char *code;
	enum provider_error error;
};
/** The first row that fits; `otherwise` when none does. */
enum provider_error cloud_code_class(const struct cloud_code *rows, size_t count, const char *code, enum provider_error otherwise);

/**
 * A result of this class with "<title> refused <what>: <text>" (bounded, printable, no secret of ours in it), the request id and
 * Retry-After of the response. THROTTLED also closes the request's bucket for a while.
 */
struct provider_result cloud_refusal(struct cloud *cloud, struct provider_call *call, const struct cloud_request *request,
				     const struct http_response *response, enum provider_error error, const char *text);

/**
 * The body as a tree, bounded in size, depth and values; DOCTYPE refused. What cannot be read is UNAVAILABLE for a read, else
 * UNKNOWN_OUTCOME: the cloud did answer something.
 */
struct provider_result cloud_json(struct cloud *cloud, struct provider_call *call, const struct cloud_request *request,
				  const struct http_response *response, struct json **value);
struct provider_result cloud_xml(struct cloud *cloud, struct provider_call *call, const struct cloud_request *request,
				 const struct http_response *response, struct xml **root);

#endif
