/* SPDX-License-Identifier: Apache-2.0 */
/* cloud.c: one exchange, and for reads the next ones. */
#include "providers/kit/cloud.h"

#include <string.h>

#include "providers/kit/internal.h"
#include "providers/kit/wait.h"
#include "runtime/base/memory.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

enum {
	READ_ATTEMPTS = 3,
	RETRY_FIRST_MS = 200,
	RETRY_AFTER_WORTH_MS = 2000, /* a longer wait is the engine's: it holds no thread */
	PATIENCE_MS = 1000,          /* who waits shorter than this learns nothing of the other side */
	SECRET_LEAST = 6,            /* a shorter text is in too many words */
	SECRET_DEPTH = 4,
};

/* ---- making ---- */

static void keep_secrets(struct cloud *cloud, const struct json *value, unsigned depth)
{
	const struct json *member;
	const char *key;
	const char *text = json_text(value, NULL);

	if (text && strlen(text) >= SECRET_LEAST) {
		size_t at = cloud->secret_count++;

		cloud->secrets = memory_resize(cloud->secrets, cloud->secret_count, sizeof *cloud->secrets);
		/* The longest first: one may be a part of another. */
		for (; at > 0 && strlen(cloud->secrets[at - 1]) < strlen(text); at--)
			cloud->secrets[at] = cloud->secrets[at - 1];
		cloud->secrets[at] = memory_strdup(text);
	}
	for (size_t i = 0; depth > 0 && json_member(value, i, &key, &member); i++)
		keep_secrets(cloud, member, depth - 1);
}

static struct provider_result make_client(struct arena *arena, const struct cloud_settings *settings,
					  struct cloud *cloud)
{
	struct http_options options = {
		.client_certificate_pem = settings->client_certificate_pem,
		.client_key_pem = settings->client_key_pem,
		.body_limit_bytes = settings->body_limit_bytes,
		.record_path = settings->record_path,
		.replay_path = settings->replay_path,
	};
	bool is_cleartext_allowed = false;
	int64_t timeout_s = 0;

	struct provider_result result = option_ca(arena, settings->options, &options.ca_pem);
	if (result.error == PROVIDER_OK)
		result = option_seconds(arena, settings->options, &timeout_s);
	if (result.error == PROVIDER_OK)
		result = option_cleartext(arena, settings->options, &is_cleartext_allowed);
	if (result.error != PROVIDER_OK)
		return result;
	cloud->timeout_us = timeout_s * TIME_US_PER_SECOND;
	options.timeout_ms = timeout_s * 1000;
	options.cleartext = is_cleartext_allowed ? HTTP_CLEARTEXT_ALLOWED : HTTP_CLEARTEXT_LOOPBACK;

	struct status status = http_client_new(arena, &options, &cloud->http);
	if (!status_is_ok(status))
		return provider_fail(arena, PROVIDER_INVALID, "%s", status.message);
	return PROVIDER_DONE;
}

struct provider_result cloud_new(struct arena *arena, const struct cloud_settings *settings, struct cloud **cloud)
{
	struct cloud *made = MEMORY_NEW(struct cloud);

	made->title = memory_strdup(settings->title);
	made->request_id_headers = settings->request_id_headers;
	made->classify = settings->classify;
	made->gate = gate_new();
	keep_secrets(made, settings->credentials, SECRET_DEPTH);

	struct provider_result result = make_client(arena, settings, made);
	if (result.error != PROVIDER_OK) {
		cloud_free(made);
		return result;
	}
	*cloud = made;
	return PROVIDER_DONE;
}

void cloud_free(struct cloud *cloud)
{
	if (!cloud)
		return;
	http_client_free(cloud->http);
	gate_free(cloud->gate);
	for (size_t i = 0; i < cloud->secret_count; i++) {
		memory_wipe(cloud->secrets[i], strlen(cloud->secrets[i]));
		memory_free(cloud->secrets[i]);
	}
	memory_free(cloud->secrets);
	memory_free(cloud->title);
	memory_free(cloud);
}

/* ---- sending ---- */

/* What one attempt came to. */
struct attempt {
	struct provider_result result;
	bool is_again;    /* worth another one, when it is a read */
	int64_t pause_ms; /* that the other side asked for; 0: none */
};

/* "https://host:port" */
static const char *origin_of(struct arena *arena, const char *url)
{
	const char *host = strstr(url, "://");
	size_t size = host ? (size_t)(host + 3 - url) : 0;

	return arena_strndup(arena, url, size + strcspn(url + size, "/?#"));
}

static struct attempt throttled(struct cloud *cloud, struct provider_call *call, const struct cloud_request *request,
				const struct http_response *response)
{
	struct attempt attempt = { .is_again = true };

	attempt.result = cloud_refusal(cloud, call, request, response, PROVIDER_THROTTLED, "too many requests");
	attempt.pause_ms = attempt.result.retry_after_ms;
	return attempt;
}

/* Whoever asked for something and took this for an answer would believe that there is nothing. */
static bool is_blank(const struct cloud_request *request, const struct http_response *response)
{
	return request->is_read && response->status == 200 && response->body.size == 0 && !text_equal(request->method, "HEAD");
}

static struct provider_result blank(struct cloud *cloud, struct provider_call *call, const struct cloud_request *request,
				    const struct http_response *response)
{
	struct provider_result result = provider_fail(call->arena, PROVIDER_UNAVAILABLE,
						      "%s answered %s with nothing at all; it is asked again", cloud->title,
						      request->what);

	result.request_id = cloud_request_id(cloud, response);
	return result;
}

static struct attempt judge(struct cloud *cloud, struct provider_call *call, const struct cloud_request *request,
			    const struct http_response *response, enum gate_news *news)
{
	bool is_asked_to_wait = http_header(response, "Retry-After", NULL) != NULL;
	bool is_gateway = response->status >= 502 && response->status <= 504;
	enum provider_error word = PROVIDER_OK;

	*news = GATE_ALIVE;
	if ((response->status >= 500 || response->status == 413) && cloud->classify)
		word = cloud->classify(response, request->is_read);
	if (word != PROVIDER_OK)
		return (struct attempt){ .result = PROVIDER_DONE, .is_again = word == PROVIDER_UNAVAILABLE };
	if (response->status == 429 || (is_asked_to_wait && (response->status == 503 || response->status == 413)))
		return throttled(cloud, call, request, response);
	if (is_gateway) {
		const char *text = arena_printf(call->arena, "HTTP %d; it is asked again", response->status);

		*news = GATE_DEAD;
		return (struct attempt){ .result = cloud_refusal(cloud, call, request, response,
								 cloud_class(response->status, request->is_read), text),
					 .is_again = true };
	}
	if (response->status < 400)
		gate_flow(cloud->gate, request->bucket);
	if (is_blank(request, response))
		return (struct attempt){ .result = blank(cloud, call, request, response), .is_again = true };
	return (struct attempt){ .result = PROVIDER_DONE };
}

/* It ended because the caller's time was over. */
static bool is_late(struct status status)
{
	return text_equal(status.reason, "HTTP_DEADLINE") || text_equal(status.reason, "HTTP_REPLY_LATE");
}

static struct attempt send_once(struct cloud *cloud, struct provider_call *call, const struct cloud_request *request,
				const char *origin, struct http_response *response)
{
	struct http_request wire = {
		.method = request->method,
		.url = request->url,
		.headers = request->headers,
		.header_count = request->header_count,
		.body = request->body,
		.deadline_us = time_monotonic_us() + cloud->timeout_us,
		.is_cancelled = call->is_cancelled,
		.body_limit_bytes = request->body_limit_bytes,
	};
	bool is_probe;
	enum gate_news news;
	struct attempt attempt;

	/* The caller's haste, not the time that the operator gives an exchange. */
	bool is_hasty = call->deadline_us < wire.deadline_us &&
			call->deadline_us - time_monotonic_us() < PATIENCE_MS * TIME_US_PER_MS;
	if (wire.deadline_us > call->deadline_us)
		wire.deadline_us = call->deadline_us;
	int64_t closed_ms = gate_enter(cloud->gate, origin, &is_probe);
	if (closed_ms > 0)
		return (struct attempt){ .result =
						 provider_fail(call->arena, PROVIDER_UNAVAILABLE,
							       "%s has not been answering; it is asked again in %lld s",
							       cloud->title, (long long)(closed_ms + 999) / 1000) };

	struct status status = http_send(cloud->http, call->arena, &wire, response);
	if (status_is_ok(status)) {
		attempt = judge(cloud, call, request, response, &news);
	} else {
		attempt = (struct attempt){ .result = failure_of(cloud, call, request, status, &news) };
		if (is_hasty && is_late(status))
			news = GATE_NO_NEWS;
		attempt.is_again = attempt.result.error == PROVIDER_UNAVAILABLE && news == GATE_DEAD;
	}
	gate_leave(cloud->gate, origin, is_probe, news);
	return attempt;
}

static struct provider_result still_throttled(struct cloud *cloud, struct provider_call *call,
					      const struct cloud_request *request, int64_t closed_ms)
{
	struct provider_result result =
		provider_fail(call->arena, PROVIDER_THROTTLED, "%s takes no %s for another %lld ms; wait that long",
			      cloud->title, request->what, (long long)closed_ms);

	result.retry_after_ms = closed_ms;
	return result;
}

struct provider_result cloud_send(struct cloud *cloud, struct provider_call *call, const struct cloud_request *request,
				  struct http_response *response)
{
	const char *origin = origin_of(call->arena, text_or_empty(request->url));
	int64_t closed_ms = gate_throttled_ms(cloud->gate, request->bucket);
	struct http_response received = { 0 };
	struct attempt attempt = { .result = PROVIDER_DONE };

	if (closed_ms > 0)
		return still_throttled(cloud, call, request, closed_ms);
	if (wait_is_over(call))
		return provider_fail(call->arena, PROVIDER_UNAVAILABLE,
				     "there was no time left for %s; try again with a later deadline", request->what);
	for (int i = 0; i < READ_ATTEMPTS; i++) {
		attempt = send_once(cloud, call, request, origin, &received);
		if (!request->is_read || !attempt.is_again || i == READ_ATTEMPTS - 1)
			break;
		int64_t pause_ms = gate_jitter(cloud->gate, RETRY_FIRST_MS << i);
		if (attempt.pause_ms > 0)
			pause_ms = attempt.pause_ms;
		if (pause_ms > RETRY_AFTER_WORTH_MS || !wait_for(call, pause_ms * TIME_US_PER_MS))
			break;
	}
	if (attempt.result.error == PROVIDER_OK) {
		attempt.result.request_id = cloud_request_id(cloud, &received);
		*response = received;
	}
	return attempt.result;
}
