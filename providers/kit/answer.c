/* SPDX-License-Identifier: Apache-2.0 */
/* answer.c: what a response means, and how it is told. */
#include <string.h>
#include <strings.h>

#include "providers/kit/internal.h"
#include "runtime/base/text.h"

enum { TEXT_MOST = 400, HEADER_SECRET_LEAST = 6, TEXT_READ_MOST = 4096 };

/* ---- classes ---- */

struct status_row {
	int status;
	enum provider_error error;
};

static const struct status_row STATUSES[] = {
	{ 400, PROVIDER_INVALID },     { 401, PROVIDER_AUTH },        { 403, PROVIDER_FORBIDDEN },
	{ 404, PROVIDER_NOT_FOUND },   { 405, PROVIDER_UNSUPPORTED }, { 409, PROVIDER_CONFLICT },
	{ 410, PROVIDER_NOT_FOUND },   { 412, PROVIDER_CONFLICT },    { 413, PROVIDER_QUOTA },
	{ 422, PROVIDER_INVALID },     { 428, PROVIDER_CONFLICT },    { 429, PROVIDER_THROTTLED },
	{ 501, PROVIDER_UNSUPPORTED },
};

enum provider_error cloud_class(int status, bool is_read)
{
	for (size_t i = 0; i < sizeof STATUSES / sizeof STATUSES[0]; i++)
		if (STATUSES[i].status == status)
			return STATUSES[i].error;
	/* 408: it gave up waiting for a request that may have been whole. */
	if (status >= 500 || status == 408)
		return is_read ? PROVIDER_UNAVAILABLE : PROVIDER_UNKNOWN_OUTCOME;
	return PROVIDER_INVALID;
}

enum provider_error cloud_code_class(const struct cloud_code *rows, size_t count, const char *code,
				     enum provider_error otherwise)
{
	for (size_t i = 0; code && i < count; i++) {
		size_t size = strlen(rows[i].code);
		bool is_prefix = size > 0 && rows[i].code[size - 1] == '*';

		if (is_prefix ? strncmp(code, rows[i].code, size - 1) == 0 : strcmp(code, rows[i].code) == 0)
			return rows[i].error;
	}
	return otherwise;
}

/* ---- texts ---- */

static void blank_out(char *text, const char *secret)
{
	size_t size = strlen(secret);

	for (char *at = strstr(text, secret); at; at = strstr(at + size, secret))
		memset(at, '*', size);
}

static bool is_secret_header(const char *name)
{
	static const char *const parts[] = { "auth", "token", "key", "cookie", "secret", "session", "signature" };

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		if (strcasestr(name, parts[i]))
			return true;
	return false;
}

/* "Basic dXNlcg==": the whole value, and its parts. */
static void blank_out_header(struct arena *arena, char *text, const char *value)
{
	char **parts;
	size_t count = text_split(arena, value, ' ', &parts);

	if (strlen(value) >= HEADER_SECRET_LEAST)
		blank_out(text, value);
	for (size_t i = 0; i < count; i++)
		if (i > 0 && strlen(parts[i]) >= HEADER_SECRET_LEAST)
			blank_out(text, parts[i]);
}

static void cut(char *text)
{
	size_t end = 0;
	size_t size = strlen(text);

	if (size <= TEXT_MOST)
		return;
	for (size_t step; (step = text_utf8_step(slice_of(text + end, size - end))) > 0 && end + step <= TEXT_MOST - 3;)
		end += step;
	memcpy(text + end, "...", 4);
}

char *answer_clean(const struct cloud *cloud, struct arena *arena, const struct cloud_request *request,
		   const char *text)
{
	const char *given = text_or_empty(text);
	size_t size = strnlen(given, TEXT_READ_MOST);
	char *clean = text_to_utf8(arena, slice_of(given, size));

	for (size_t i = 0; i < cloud->secret_count; i++)
		blank_out(clean, cloud->secrets[i]);
	for (size_t i = 0; i < request->header_count; i++)
		if (is_secret_header(request->headers[i].name))
			blank_out_header(arena, clean, request->headers[i].value);
	for (char *c = clean; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	cut(clean);
	return clean;
}

const char *cloud_request_id(const struct cloud *cloud, const struct http_response *response)
{
	for (const char *const *name = cloud->request_id_headers; name && *name; name++) {
		const char *value = http_header(response, *name, NULL);

		if (!text_is_empty(value))
			return value;
	}
	return NULL;
}

struct provider_result cloud_refusal(struct cloud *cloud, struct provider_call *call,
				     const struct cloud_request *request, const struct http_response *response,
				     enum provider_error error, const char *text)
{
	const char *clean = answer_clean(cloud, call->arena, request, text);
	struct provider_result result = { .error = error };

	if (clean[0] == '\0')
		clean = arena_printf(call->arena, "HTTP %d without a reason", response->status);
	result = provider_fail(call->arena, error, "%s refused %s: %s", cloud->title, request->what, clean);
	result.request_id = cloud_request_id(cloud, response);
	if (error == PROVIDER_THROTTLED)
		result.retry_after_ms = gate_throttle(cloud->gate, request->bucket, http_retry_after_ms(response));
	return result;
}

/* ---- bodies ---- */

static struct provider_result unreadable(struct cloud *cloud, struct provider_call *call,
					 const struct cloud_request *request, const struct http_response *response,
					 struct status status)
{
	struct provider_result result = provider_fail(
		call->arena, request->is_read ? PROVIDER_UNAVAILABLE : PROVIDER_UNKNOWN_OUTCOME,
		"the answer of %s to %s (HTTP %d) cannot be read: %s; see that the endpoint is the cloud's own",
		cloud->title, request->what, response->status,
		answer_clean(cloud, call->arena, request, status.message));

	result.request_id = cloud_request_id(cloud, response);
	return result;
}

struct provider_result cloud_json(struct cloud *cloud, struct provider_call *call, const struct cloud_request *request,
				  const struct http_response *response, struct json **value)
{
	/* Its size was bounded when it came in. */
	struct json_limits limits = { .size_bytes = response->body.size + 1 };
	struct status status = json_parse(call->arena, response->body, &limits, value);

	return status_is_ok(status) ? PROVIDER_DONE : unreadable(cloud, call, request, response, status);
}

struct provider_result cloud_xml(struct cloud *cloud, struct provider_call *call, const struct cloud_request *request,
				 const struct http_response *response, struct xml **root)
{
	struct xml_limits limits = { .size_bytes = response->body.size + 1 };
	struct status status = xml_parse(call->arena, response->body, &limits, root);

	return status_is_ok(status) ? PROVIDER_DONE : unreadable(cloud, call, request, response, status);
}
