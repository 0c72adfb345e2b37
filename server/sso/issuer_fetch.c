/* SPDX-License-Identifier: Apache-2.0 */
/* issuer_fetch.c: how an issuer's documents are got. */
#include "server/sso/issuer_fetch.h"

#include <stdatomic.h>

#include "runtime/base/memory.h"
#include "runtime/base/text.h"
#include "runtime/http/http.h"
#include "server/sso/jwks.h"

enum { TIMEOUT_MS = 10 * 1000, CONNECT_TIMEOUT_MS = 5 * 1000 };

struct issuer_fetcher {
	struct http_client *secure;   /* https, to wherever the operator allows */
	struct http_client *loopback; /* http, to this host only; NULL: not allowed */
	atomic_bool is_cancelled;
};

static struct status make_clients(struct arena *arena, bool allow_loopback_http, struct issuer_fetcher *made)
{
	struct http_options options = {
		.timeout_ms = TIMEOUT_MS,
		.connect_timeout_ms = CONNECT_TIMEOUT_MS,
		.body_limit_bytes = JWKS_BYTES_MOST,
	};

	TRY(http_client_new(arena, &options, &made->secure));
	if (!allow_loopback_http)
		return OK;
	options.cleartext = HTTP_CLEARTEXT_LOOPBACK;
	options.allowed_networks = "127.0.0.0/8, ::1/128";
	return http_client_new(arena, &options, &made->loopback);
}

struct status issuer_fetcher_new(struct arena *arena, bool allow_loopback_http, struct issuer_fetcher **fetcher)
{
	struct issuer_fetcher *made = MEMORY_NEW(struct issuer_fetcher);
	struct status status;

	atomic_init(&made->is_cancelled, false);
	status = make_clients(arena, allow_loopback_http, made);
	if (!status_is_ok(status))
		issuer_fetcher_free(made);
	else
		*fetcher = made;
	return status;
}

void issuer_fetcher_cancel(struct issuer_fetcher *fetcher)
{
	if (fetcher != NULL)
		atomic_store(&fetcher->is_cancelled, true);
}

void issuer_fetcher_free(struct issuer_fetcher *fetcher)
{
	if (fetcher == NULL)
		return;
	http_client_free(fetcher->secure);
	http_client_free(fetcher->loopback);
	memory_free(fetcher);
}

struct status issuer_fetcher_fetch(void *context, struct arena *arena, const char *url, struct slice *body)
{
	struct issuer_fetcher *fetcher = context;
	struct http_client *client = text_starts_with(url, "http://") ? fetcher->loopback : fetcher->secure;
	static const struct http_header accept = { "accept", "application/json" };
	const struct http_request request = {
		.method = "GET",
		.url = url,
		.headers = &accept,
		.header_count = 1,
		.is_cancelled = &fetcher->is_cancelled,
	};
	struct http_response response;

	if (client == NULL)
		return status_fail(arena, STATUS_FAILED_PRECONDITION, "ISSUER_CLEARTEXT",
				   "keys are fetched over https only; give the identity provider an https address");
	TRY(http_send(client, arena, &request, &response));
	if (response.status != 200)
		return status_fail(arena, STATUS_UNAVAILABLE, "ISSUER_ANSWER",
				   "the issuer answered %d where 200 was expected", response.status);
	*body = response.body;
	return OK;
}
