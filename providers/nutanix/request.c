/* SPDX-License-Identifier: Apache-2.0 */
/* request.c: one exchange with Prism Central: who we are, what we send, and whether it said yes. */
#include <string.h>

#include "providers/nutanix/session.h"
#include "runtime/base/text.h"

enum { HEADERS_MOST = 6, BODY_DEPTH = 32, BODY_VALUES = 400000 };

static struct provider_result body_read(struct provider_session *session, struct provider_call *call,
					const struct cloud_request *wire, const struct http_response *response, struct json **body)
{
	*body = NULL;
	if (response->body.size == 0 || response->status == 204)
		return PROVIDER_DONE;
	return cloud_json(session->cloud, call, wire, response, body);
}

static struct provider_result refusal(struct provider_session *session, struct provider_call *call,
				      const struct cloud_request *wire, const struct http_response *response)
{
	struct json_limits limits = { .depth = BODY_DEPTH, .values = BODY_VALUES };
	struct json *body = NULL;
	const char *text = NULL;
	enum provider_error error = cloud_class(response->status, wire->is_read);

	/* Gateways answer with pages of HTML; then only the number counts. */
	if (status_is_ok(json_parse(call->arena, response->body, &limits, &body)))
		error = nutanix_error_read(call->arena, body, error, &text);
	if (!text && error == PROVIDER_AUTH)
		text = "the user name and password, or the API key, are not accepted; correct the connection's credentials";
	if (!text && error == PROVIDER_FORBIDDEN)
		text = "the account lacks the right; give its role the operation (docs/providers/nutanix.md lists them)";
	return cloud_refusal(session->cloud, call, wire, response, error, text);
}

struct provider_result nutanix_send(struct provider_session *session, struct provider_call *call,
				    const struct nutanix_request *request, struct nutanix_answer *answer)
{
	struct http_header headers[HEADERS_MOST] = { session->credentials, { "Accept", "application/json" } };
	size_t count = 2;
	struct http_response response;
	struct cloud_request wire = { .method = request->method,
				      .url = arena_printf(call->arena, "%s%s", session->endpoint, request->path),
				      .headers = headers,
				      .what = request->what,
				      .is_read = request->is_read,
				      .bucket = request->bucket };

	if (request->body) {
		headers[count++] = (struct http_header){ "Content-Type", "application/json" };
		wire.body = slice_text(json_print(call->arena, request->body));
	}
	if (request->etag)
		headers[count++] = (struct http_header){ "If-Match", request->etag };
	if (request->request_id)
		headers[count++] = (struct http_header){ "NTNX-Request-Id", request->request_id };
	wire.header_count = count;
	struct provider_result result = cloud_send(session->cloud, call, &wire, &response);
	if (result.error != PROVIDER_OK)
		return result;
	if (response.status < 200 || response.status > 299)
		return refusal(session, call, &wire, &response);
	*answer = (struct nutanix_answer){ .status = response.status,
					   .etag = http_header(&response, "ETag", NULL),
					   .date = http_header(&response, "Date", NULL) };
	struct provider_result read = body_read(session, call, &wire, &response, &answer->body);
	return read.error == PROVIDER_OK ? result : read; /* with the exchange's id */
}
