/* SPDX-License-Identifier: Apache-2.0 */
/* response.c: what an exchange came to: a response, or a failure that says whether it may have happened. */
#include <curl/curl.h>
#include <string.h>
#include <strings.h>

#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "runtime/http/exchange.h"

static size_t count_lines(const struct buffer *head)
{
	size_t count = 0;

	for (size_t i = 0; i < head->size; i++)
		count += head->data[i] == '\n';
	return count;
}

static char *trimmed(struct arena *arena, const char *start, const char *end)
{
	while (start < end && (*start == ' ' || *start == '\t'))
		start++;
	while (end > start && strchr(" \t\r\n", end[-1]))
		end--;
	return text_to_utf8(arena, slice_of(start, (size_t)(end - start)));
}

static void read_headers(struct arena *arena, const struct buffer *head, struct http_response *response)
{
	struct http_header *headers = ARENA_ARRAY(arena, count_lines(head), struct http_header);
	const char *at = head->data;
	const char *end = head->data + head->size;
	size_t count = 0;

	while (at < end) {
		const char *line_end = memchr(at, '\n', (size_t)(end - at));
		const char *colon;

		if (!line_end)
			break;
		/*
		 * The status line and the empty last line have no colon before anything else; "HTTP/1.1 200 a: b"
		 * might.
		 */
		colon = memchr(at, ':', (size_t)(line_end - at));
		bool is_status_line = line_end - at >= 5 && memcmp(at, "HTTP/", 5) == 0;
		if (colon && !is_status_line) {
			headers[count].name = trimmed(arena, at, colon);
			headers[count++].value = trimmed(arena, colon + 1, line_end);
		}
		at = line_end + 1;
	}
	response->headers = headers;
	response->header_count = count;
}

static struct status too_large(struct arena *arena, const char *host)
{
	return status_fail(arena, STATUS_RESOURCE_EXHAUSTED, "HTTP_REPLY_TOO_LARGE",
			   "the answer of %s is larger than allowed; ask for less at a time", host);
}

static struct status read_response(struct arena *arena, const struct exchange *exchange, const char *host,
				   struct http_response *response)
{
	struct http_response read = { .status = (int)exchange->status };
	char *body = arena_try_alloc(arena, exchange->body.size + 1);

	if (!body)
		return too_large(arena, host);
	if (exchange->body.size > 0)
		memcpy(body, exchange->body.data, exchange->body.size);
	body[exchange->body.size] = '\0';
	read.body = slice_of(body, exchange->body.size);
	if (exchange->head.size > 0)
		read_headers(arena, &exchange->head, &read);
	*response = read;
	return OK;
}

static struct status refused(struct arena *arena, const char *host)
{
	return status_fail(arena, STATUS_FAILED_PRECONDITION, "HTTP_ENDPOINT_REFUSED",
			   "%s is at an address that is not public; an operator can allow its network", host);
}

static struct status abandoned(struct arena *arena, const struct exchange *exchange, const char *host)
{
	if (exchange->attempts > 0)
		return status_fail(arena, STATUS_CANCELLED, "HTTP_REPLY_UNWANTED",
				   "a request to %s was cancelled while its answer was awaited", host);
	return status_fail(arena, STATUS_CANCELLED, "HTTP_CANCELLED",
			   "a request to %s was cancelled before it was sent", host);
}

static struct status late(struct arena *arena, const struct exchange *exchange, const char *host)
{
	if (exchange->attempts > 0)
		return status_fail(arena, STATUS_DEADLINE_EXCEEDED, "HTTP_REPLY_LATE",
				   "%s did not answer in time; find out what it did before asking again", host);
	return status_fail(arena, STATUS_DEADLINE_EXCEEDED, "HTTP_DEADLINE",
			   "%s could not be reached in time; try again", host);
}

/* Nothing has left this house yet. */
static struct status not_sent(struct arena *arena, CURLcode code, const char *host)
{
	const char *what = curl_easy_strerror(code);

	switch (code) {
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
		return status_fail(arena, STATUS_FAILED_PRECONDITION, "HTTP_TLS_REFUSED",
				   "the certificates of the connection to %s do not verify: %s", host, what);
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_URL_MALFORMAT:
		return status_fail(arena, STATUS_INVALID_ARGUMENT, "HTTP_REQUEST_INVALID", "the URL is not valid: %s",
				   what);
	default:
		return status_fail(arena, STATUS_UNAVAILABLE, "HTTP_UNREACHABLE", "%s cannot be reached: %s", host,
				   what);
	}
}

static struct status failed(struct arena *arena, const struct exchange *exchange, const char *host)
{
	if (exchange->code == CURLE_OPERATION_TIMEDOUT)
		return late(arena, exchange, host);
	/* The same codes may come after the request as well: an answer that is no HTTP is an "unsupported protocol". */
	if (exchange->attempts == 0)
		return not_sent(arena, exchange->code, host);
	return status_fail(arena, STATUS_UNAVAILABLE, "HTTP_REPLY_LOST",
			   "the answer of %s was lost (%s); find out what it did before asking again", host,
			   curl_easy_strerror(exchange->code));
}

struct status exchange_result(struct arena *arena, const struct exchange *exchange, const char *host,
			      struct http_response *response)
{
	switch (exchange->end) {
	case EXCHANGE_REFUSED:
		return refused(arena, host);
	case EXCHANGE_VETOED:
		return status_fail(
			arena, STATUS_UNAVAILABLE, "HTTP_REPLY_LOST",
			"%s closed the connection without an answer; find out what it did before asking again", host);
	case EXCHANGE_OVERSIZED:
		return too_large(arena, host);
	case EXCHANGE_ABANDONED:
		return abandoned(arena, exchange, host);
	case EXCHANGE_ENDED:
		break;
	}
	if (exchange->code == CURLE_OK)
		return read_response(arena, exchange, host, response);
	return failed(arena, exchange, host);
}

bool http_may_have_happened(struct status status)
{
	static const char *const reasons[] = { "HTTP_REPLY_LOST", "HTTP_REPLY_LATE", "HTTP_REPLY_UNWANTED",
					       "HTTP_REPLY_TOO_LARGE" };

	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
		if (text_equal(status.reason, reasons[i]))
			return true;
	}
	return false;
}

const char *http_header(const struct http_response *response, const char *name, const char *otherwise)
{
	for (size_t i = 0; i < response->header_count; i++) {
		if (strcasecmp(response->headers[i].name, name) == 0)
			return response->headers[i].value;
	}
	return otherwise;
}

int64_t http_retry_after_ms(const struct http_response *response)
{
	const char *value = http_header(response, "Retry-After", NULL);
	int64_t seconds;

	if (!value)
		return 0;
	if (!text_to_int64(value, &seconds)) {
		/* RFC 9110 §10.2.3: delay-seconds, or an HTTP-date */
		time_t date = curl_getdate(value, NULL);

		if (date == -1)
			return 0;
		seconds = (int64_t)date - time_now_us() / TIME_US_PER_SECOND;
	}
	/* No more than a day: nobody waits longer for a throttle. */
	if (seconds > 86400)
		seconds = 86400;
	return seconds > 0 ? seconds * 1000 : 0;
}
