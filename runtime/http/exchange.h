/* SPDX-License-Identifier: Apache-2.0 */
/* exchange.h: one request under way, between the asking and the driving thread. Private to runtime/http. */
#ifndef GAON_HTTP_EXCHANGE_H
#define GAON_HTTP_EXCHANGE_H

#include <curl/curl.h>
#include <pthread.h>

#include "runtime/http/http.h"
#include "runtime/http/network.h"

struct tape;

struct http_client {
	struct http_options options; /* texts owned, limits filled in */
	struct network_list allowed;
	struct tape *recording; /* or NULL */
	struct tape *replay;    /* or NULL */
};

enum exchange_end {
	EXCHANGE_ENDED,     /* as `code` says */
	EXCHANGE_REFUSED,   /* no allowed address */
	EXCHANGE_VETOED,    /* libcurl wanted to send it again on a new connection */
	EXCHANGE_OVERSIZED, /* the response was larger than allowed */
	EXCHANGE_ABANDONED, /* the asker does not want it any more */
};

/** Grown by doubling, up to a limit. */
struct buffer {
	char *data;
	size_t size, capacity, limit;
};

/* Until exchange_submit everything is the asker's; then the driver's until is_done, except what is marked. */
struct exchange {
	const struct http_client *client;
	CURL *easy;
	struct curl_slist *headers;
	bool is_safe; /* it changes nothing: RFC 9110 §9.2.1 */
	unsigned attempts; /* how often it was about to be sent: 0 means that nothing left this house */
	struct buffer head, body;
	enum exchange_end end;
	CURLcode code;
	long status;

	atomic_bool is_abandoned; /* set by the asker at any time */
	bool is_done;             /* under the driver's mutex */
	pthread_cond_t done;      /* with the driver's mutex */
	struct exchange *next;    /* the driver's lists */
};

/** Everything but the network: fails HTTP_REQUEST_INVALID. The request must outlive the exchange. */
MUST_CHECK struct status exchange_new(struct arena *arena, const struct http_client *client,
				      const struct http_request *request, int64_t timeout_ms,
				      struct exchange **exchange);
void exchange_free(struct exchange *exchange);

/** The outcome of an ended exchange. */
MUST_CHECK struct status exchange_result(struct arena *arena, const struct exchange *exchange, const char *host,
					 struct http_response *response);

/** The name that the URL leads to, checked; fails HTTP_REQUEST_INVALID. */
MUST_CHECK struct status exchange_check_url(struct arena *arena, const struct http_client *client, const char *url,
					    const char **host);

#endif
