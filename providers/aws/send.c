/* SPDX-License-Identifier: Apache-2.0 */
/* send.c: one signed exchange. */
#include "providers/aws/session.h"

#include "providers/aws/sign.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

#define FORM "application/x-www-form-urlencoded; charset=utf-8"
#define JSON "application/x-amz-json-1.1"
#define HEADERS_MOST 6

/* "host:port" as it stands in the Host header: without the port that goes without saying. */
static const char *host_of(struct arena *arena, const char *url, const char **path)
{
	const char *start = strstr(url, "://");
	bool is_https = text_starts_with(url, "https:");

	start = start ? start + 3 : url;
	size_t size = strcspn(start, "/");
	char *host = arena_strndup(arena, start, size);
	const char *default_port = is_https ? ":443" : ":80";

	*path = start[size] == '/' ? start + size : "/";
	if (text_ends_with(host, default_port))
		host[strlen(host) - strlen(default_port)] = '\0';
	return text_lower(arena, host);
}

/* The headers that are signed, then those that are not. */
static void sign(struct provider_session *session, struct arena *arena, const struct aws_message *message,
		 const struct aws_credentials *keys, struct cloud_request *request)
{
	const struct aws_action_row *action = &aws_actions[message->action];
	const struct aws_service_row *service = &aws_services[action->service];
	const struct aws_endpoint *endpoint = &session->endpoints[action->service];
	struct http_header *headers = ARENA_ARRAY(arena, HEADERS_MOST, struct http_header);
	struct sign_key key = { keys->access_key_id, keys->secret_access_key, endpoint->region, service->name };
	struct sign_request signing = {
		.method = "POST", .query = "", .headers = headers, .body = slice_text(message->body)
	};
	size_t count = 0;

	signing.date = aws_sign_date(arena, time_now_us());
	headers[count++] = (struct http_header){ "Host", host_of(arena, endpoint->url, &signing.path) };
	headers[count++] = (struct http_header){ "X-Amz-Date", signing.date };
	headers[count++] = (struct http_header){ "Content-Type", service->version ? FORM : JSON };
	if (keys->session_token)
		headers[count++] = (struct http_header){ "X-Amz-Security-Token", keys->session_token };
	if (service->target)
		headers[count++] = (struct http_header){ "X-Amz-Target",
							 arena_printf(arena, "%s.%s", service->target, action->name) };
	signing.header_count = count;
	headers[count++] = (struct http_header){ "Authorization", aws_sign(arena, &key, &signing).authorization };
	/* The client writes Host itself, from the URL. */
	*request = (struct cloud_request){ .method = "POST",
					   .url = endpoint->url,
					   .headers = headers + 1,
					   .header_count = count - 1,
					   .body = slice_text(message->body),
					   .what = action->name,
					   .is_read = action->is_read,
					   .bucket = action->name };
}

/* How far this host's clock is ahead of AWS's; 0 when AWS does not say. */
static int64_t clock_ahead_s(const struct http_response *response)
{
	int64_t theirs_us;

	if (!aws_date_parse(http_header(response, "Date", ""), &theirs_us))
		return 0;
	return (time_now_us() - theirs_us) / TIME_US_PER_SECOND;
}

static struct provider_result judge(struct provider_session *session, struct provider_call *call,
				    const struct aws_message *message, struct aws_reply *reply)
{
	const struct http_response *response = &reply->response;

	if (response->status >= 200 && response->status < 300)
		return (struct provider_result){ .error = PROVIDER_OK,
						 .request_id = cloud_request_id(session->cloud, response) };
	struct aws_error error = aws_error_read(call->arena, response->body);
	enum provider_error class = aws_error_class(error.code, response->status, reply->request.is_read);
	struct provider_result result =
		cloud_refusal(session->cloud, call, &reply->request, response, class,
			      aws_error_text(call->arena, message->action, &error, class, clock_ahead_s(response)));

	reply->refusal = text_or_empty(error.code);
	if (!result.request_id)
		result.request_id = error.request_id;
	return result;
}

struct provider_result aws_send(struct provider_session *session, struct provider_call *call,
				const struct aws_message *message, struct aws_reply *reply)
{
	const struct aws_service_row *service = &aws_services[aws_actions[message->action].service];
	struct aws_credentials keys;
	struct provider_result result = PROVIDER_DONE;

	*reply = (struct aws_reply){ .refusal = NULL };
	if (!session->endpoints[aws_actions[message->action].service].url)
		return provider_fail(call->arena, PROVIDER_UNSUPPORTED, "%s is not there in the region %s",
				     service->title, session->region);
	/* A second time only when the role's keys were refused: a refusal has changed nothing. */
	for (int i = 0; i < 2; i++) {
		if (message->keys)
			keys = *message->keys;
		else
			result = aws_keys(session, call, &keys);
		if (result.error != PROVIDER_OK)
			return result;
		sign(session, call->arena, message, &keys, &reply->request);
		result = cloud_send(session->cloud, call, &reply->request, &reply->response);
		if (result.error == PROVIDER_OK)
			result = judge(session, call, message, reply);
		if (result.error != PROVIDER_AUTH || message->keys || !aws_keys_renew(session, &keys))
			break;
	}
	return result;
}

struct provider_result aws_ask_json(struct provider_session *session, struct provider_call *call,
				    enum aws_action action, const struct json *body, struct json **answer)
{
	struct aws_message message = { action, json_print(call->arena, body), NULL };
	struct aws_reply reply;

	struct provider_result result = aws_send(session, call, &message, &reply);
	if (result.error == PROVIDER_OK)
		result = cloud_json(session->cloud, call, &reply.request, &reply.response, answer);
	return result;
}
