/* SPDX-License-Identifier: Apache-2.0 */
/* http.h: asking other people's servers, with everything bounded. One thread of the process drives all exchanges. */
#ifndef GAON_HTTP_HTTP_H
#define GAON_HTTP_HTTP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "runtime/base/arena.h"
#include "runtime/base/slice.h"

enum http_cleartext {
	HTTP_CLEARTEXT_NEVER,    /* https only */
	HTTP_CLEARTEXT_LOOPBACK, /* http to this host itself */
	HTTP_CLEARTEXT_ALLOWED,
};

/** Everything is optional: zeroes are the strict defaults. Texts are copied. */
struct http_options {
	enum http_cleartext cleartext;
	/**
	 * Only public addresses are reached, but for those in these networks: "10.0.0.0/8, fd00::/8, 127.0.0.1/32".
	 * NULL: what http_allow_networks was told. The address that is connected to is checked, so a name cannot change
	 * its mind.
	 */
	const char *allowed_networks;
	const char *ca_pem;                 /* trust these instead of the system's authorities */
	const char *client_certificate_pem; /* with client_key_pem: mutual TLS */
	const char *client_key_pem;
	int64_t timeout_ms;         /* of a request without a deadline; 0: 30 s */
	int64_t connect_timeout_ms; /* 0: 10 s */
	size_t header_limit_bytes;  /* of a response; 0: 64 KiB */
	size_t body_limit_bytes;    /* of a response; 0: 16 MiB */
	/** Tests: write each exchange to this JSON file, secrets removed, when the client is freed. */
	const char *record_path;
	/** Tests: answer from such a file, in order per method and URL, and never use the network. */
	const char *replay_path;
};

/** A way of asking: cheap, immutable, shared by threads. */
struct http_client;

/** Fails INVALID_ARGUMENT / HTTP_OPTIONS_INVALID. `options` may be NULL. */
MUST_CHECK struct status http_client_new(struct arena *arena, const struct http_options *options,
					 struct http_client **client);
/** No exchange may be under way. Takes NULL. */
void http_client_free(struct http_client *client);

/**
 * What clients made from now on may reach besides public addresses, unless their options say: for main, from the
 * configuration.
 */
MUST_CHECK struct status http_allow_networks(struct arena *arena, const char *networks);

struct http_header {
	const char *name;
	const char *value;
};

struct http_request {
	const char *method; /* "GET", "POST" …; upper case */
	const char *url;    /* path and query go out exactly as written; user:password@ is refused */
	const struct http_header *headers;
	size_t header_count;
	struct slice body;
	int64_t deadline_us;             /* time_monotonic_us's clock; 0: the client's timeout from now */
	const atomic_bool *is_cancelled; /* may be NULL; looked at some times a second */
	size_t body_limit_bytes;         /* 0: the client's */
};

struct http_response {
	int status; /* 3xx too: redirects are never followed */
	const struct http_header *headers;
	size_t header_count;
	struct slice body; /* NUL-terminated past its end */
};

/**
 * Sends one request and waits for the whole response, at most until the deadline. Any status is OK here.
 *
 * Certainly nothing happened at the other side:
 *   INVALID_ARGUMENT / HTTP_REQUEST_INVALID, FAILED_PRECONDITION / HTTP_ENDPOINT_REFUSED (its address is not allowed),
 *   FAILED_PRECONDITION / HTTP_TLS_REFUSED (its certificate is not trusted), UNAVAILABLE / HTTP_UNREACHABLE,
 *   DEADLINE_EXCEEDED / HTTP_DEADLINE, CANCELLED / HTTP_CANCELLED, NOT_FOUND / HTTP_NOT_RECORDED (replay).
 * It may have (http_may_have_happened is true):
 *   UNAVAILABLE / HTTP_REPLY_LOST, DEADLINE_EXCEEDED / HTTP_REPLY_LATE, CANCELLED / HTTP_REPLY_UNWANTED,
 *   RESOURCE_EXHAUSTED / HTTP_REPLY_TOO_LARGE.
 * A request that is not GET, HEAD or OPTIONS is never sent twice, whatever the connection does.
 */
MUST_CHECK struct status http_send(struct http_client *client, struct arena *arena, const struct http_request *request,
				   struct http_response *response);

/** Whether a failure of http_send leaves open what the other side did. */
bool http_may_have_happened(struct status status);

/** The first header of this name, in any case; `otherwise` when there is none. */
const char *http_header(const struct http_response *response, const char *name, const char *otherwise);

/** RFC 3986: all but unreserved characters as %XX: for one segment of a path, or one name or value of a query. */
char *http_encode(struct arena *arena, const char *text);
/** As http_encode, but '/' stays: for a path. */
char *http_encode_path(struct arena *arena, const char *path);
/** "a=1&b=x%20y": of a query, and of application/x-www-form-urlencoded. */
char *http_encode_form(struct arena *arena, const struct http_header *fields, size_t count);

/** Milliseconds that a Retry-After header asks for: seconds, or an HTTP date; 0 when there is none or it has passed. */
int64_t http_retry_after_ms(const struct http_response *response);

#endif
