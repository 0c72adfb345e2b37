/* SPDX-License-Identifier: Apache-2.0 */
/* ask.c: one question to a service: address, token, microversion, and a second time when the token was refused. */
#include <string.h>

#include "providers/openstack/fault.h"
#include "providers/openstack/session.h"
#include "runtime/base/id.h"
#include "runtime/base/text.h"

enum { NAME_MOST = 255, HEADERS_MOST = 6 };

static const char *const BUCKETS[OPENSTACK_SERVICE_COUNT] = {
	[OPENSTACK_COMPUTE] = "compute",
	[OPENSTACK_NETWORK] = "network",
	[OPENSTACK_VOLUME] = "volume",
	[OPENSTACK_IMAGE] = "image",
};

struct provider_result openstack_refused(struct provider_session *session, struct provider_call *call,
					 const struct cloud_request *request, const struct http_response *response)
{
	struct openstack_fault fault = openstack_fault_read(call->arena, response->body);
	enum provider_error class = openstack_fault_class(response->status, &fault, request->is_read);
	return cloud_refusal(session->cloud, call, request, response, class, fault.text);
}

struct wire {
	struct http_header headers[HEADERS_MOST];
	struct cloud_request request;
};

static void header_add(struct wire *wire, const char *name, const char *value)
{
	wire->headers[wire->request.header_count++] = (struct http_header){ name, value };
}

static struct provider_result wire_make(struct provider_session *session, struct provider_call *call,
					const struct openstack_request *request, struct wire *wire)
{
	const char *endpoint;
	int minor = 0;
	struct provider_result result = openstack_endpoint(session, call, request->service, &endpoint);
	if (result.error == PROVIDER_OK)
		result = openstack_minor(session, call, request->service, &minor);
	if (result.error != PROVIDER_OK)
		return result;
	*wire = (struct wire){ .request = { .method = request->method,
					    .url = arena_printf(call->arena, "%s%s", endpoint, request->path),
					    .what = request->what,
					    .is_read = request->is_read,
					    .bucket = BUCKETS[request->service] } };
	wire->request.headers = wire->headers;
	header_add(wire, "X-Auth-Token", NULL);
	if (request->body) {
		wire->request.body = slice_text(json_print(call->arena, request->body));
		header_add(wire, "Content-Type", "application/json");
	}
	header_add(wire, "Accept", "application/json");
	if (minor > 0 && request->service == OPENSTACK_COMPUTE) {
		/* Before 2.27 only the second one was known. */
		header_add(wire, "OpenStack-API-Version", arena_printf(call->arena, "compute 2.%d", minor));
		header_add(wire, "X-OpenStack-Nova-API-Version", arena_printf(call->arena, "2.%d", minor));
	} else if (minor > 0) {
		header_add(wire, "OpenStack-API-Version", arena_printf(call->arena, "volume 3.%d", minor));
	}
	return PROVIDER_DONE;
}

struct provider_result openstack_exchange(struct provider_session *session, struct provider_call *call,
					  const struct cloud_request *request, struct http_header *token,
					  struct http_response *response)
{
	struct provider_result result = PROVIDER_DONE;
	for (int attempt = 0; attempt < 2; attempt++) {
		result = bearer_get(session->bearer, call, &token->value);
		if (result.error == PROVIDER_OK)
			result = cloud_send(session->cloud, call, request, response);
		if (result.error != PROVIDER_OK || response->status != 401)
			return result;
		bearer_drop(session->bearer, token->value);
	}
	return result;
}

struct provider_result openstack_ask(struct provider_session *session, struct provider_call *call,
				     const struct openstack_request *request, struct openstack_reply *reply)
{
	struct wire wire;
	struct json *json = NULL;
	struct provider_result result = wire_make(session, call, request, &wire);
	*reply = (struct openstack_reply){ .json = NULL };
	if (result.error == PROVIDER_OK)
		result = openstack_exchange(session, call, &wire.request, &wire.headers[0], &reply->response);
	if (result.error != PROVIDER_OK)
		return result;
	reply->request_id = cloud_request_id(session->cloud, &reply->response);
	if (reply->response.status < 200 || reply->response.status > 299)
		return openstack_refused(session, call, &wire.request, &reply->response);
	if (reply->response.body.size > 0)
		result = cloud_json(session->cloud, call, &wire.request, &reply->response, &json);
	/* Some 202 bodies are a word of text; what matters is that it was taken. */
	if (result.error != PROVIDER_OK && !request->is_read)
		result = PROVIDER_DONE;
	/* An answer without what was asked for is no "there is none": machines would be taken for gone. */
	bool is_empty = json_kind(json) != JSON_OBJECT || (request->member && !json_get(json, request->member));
	if (result.error == PROVIDER_OK && request->is_read && is_empty)
		return provider_fail(
			call->arena, PROVIDER_UNAVAILABLE,
			"the answer of OpenStack to %s has no %s; see that the address of the %s service is right",
			request->what, request->member ? request->member : "content",
			openstack_service_name(request->service));
	reply->json = json;
	result.request_id = reply->request_id;
	return result;
}

/* ---- words that others share ---- */

bool openstack_is_id(const char *text)
{
	return id_is_uuid(text ? text : "");
}

struct provider_result openstack_senseless(struct provider_call *call, const char *what)
{
	return provider_fail(
		call->arena, PROVIDER_UNAVAILABLE,
		"the answer of OpenStack to %s is not about what was asked for; try again, and see the endpoint", what);
}

struct provider_result openstack_not_found(struct provider_call *call, const char *what, const char *id)
{
	const char *shown = text_is_utf8(slice_text(id)) ? text_or_empty(id) : "(unreadable)";
	return provider_fail(call->arena, PROVIDER_NOT_FOUND, "OpenStack has no %s \"%.64s\"", what, shown);
}

struct provider_result openstack_name_check(struct provider_call *call, const char *what, const char *name)
{
	struct slice bytes = slice_text(name);
	size_t characters = 0;
	for (size_t at = 0; at < bytes.size; characters++) {
		size_t step = text_utf8_step(slice_of(bytes.data + at, bytes.size - at));
		if (step == 0)
			break;
		at += step;
	}
	if (characters > 0 && characters <= NAME_MOST && text_is_utf8(bytes) && text_is_printable(bytes))
		return PROVIDER_DONE;
	return provider_fail(call->arena, PROVIDER_INVALID, "the name of a %s must have 1 to %d printable characters",
			     what, NAME_MOST);
}
