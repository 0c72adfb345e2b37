/* SPDX-License-Identifier: Apache-2.0 */
/* failure.c: exchanges that came to no response. */
#include "providers/kit/internal.h"

#include "runtime/base/text.h"
#include "runtime/base/time.h"

struct failure_row {
	const char *reason;
	enum provider_error change, read;
	enum gate_news news;
	const char *hint; /* after the message, what to do */
};

/* What http.h says of each reason: whether it may have happened, and here whether the other side is to blame. */
static const struct failure_row ROWS[] = {
	{ "HTTP_REQUEST_INVALID", PROVIDER_INVALID, PROVIDER_INVALID, GATE_NO_NEWS,
	  "; check the endpoint and credentials" },
	{ "HTTP_ENDPOINT_REFUSED", PROVIDER_INVALID, PROVIDER_INVALID, GATE_NO_NEWS, " (setting network.allow)" },
	{ "HTTP_TLS_REFUSED", PROVIDER_INVALID, PROVIDER_INVALID, GATE_NO_NEWS,
	  "; give the authority that signed its certificate as ca_pem" },
	{ "HTTP_NOT_RECORDED", PROVIDER_INVALID, PROVIDER_INVALID, GATE_NO_NEWS, "" },
	{ "HTTP_UNREACHABLE", PROVIDER_UNAVAILABLE, PROVIDER_UNAVAILABLE, GATE_DEAD, "" },
	{ "HTTP_DEADLINE", PROVIDER_UNAVAILABLE, PROVIDER_UNAVAILABLE, GATE_DEAD, "" },
	{ "HTTP_CANCELLED", PROVIDER_UNAVAILABLE, PROVIDER_UNAVAILABLE, GATE_NO_NEWS, "" },
	{ "HTTP_REPLY_LOST", PROVIDER_UNKNOWN_OUTCOME, PROVIDER_UNAVAILABLE, GATE_DEAD, "" },
	{ "HTTP_REPLY_LATE", PROVIDER_UNKNOWN_OUTCOME, PROVIDER_UNAVAILABLE, GATE_DEAD, "" },
	{ "HTTP_REPLY_UNWANTED", PROVIDER_UNKNOWN_OUTCOME, PROVIDER_UNAVAILABLE, GATE_NO_NEWS, "" },
	/* It lives, and would say as much the next time. */
	{ "HTTP_REPLY_TOO_LARGE", PROVIDER_UNKNOWN_OUTCOME, PROVIDER_UNAVAILABLE, GATE_ALIVE, "" },
};

/* Not in the table: memory, threads; it is not known what happened. */
static const struct failure_row OTHER = { "", PROVIDER_UNKNOWN_OUTCOME, PROVIDER_UNAVAILABLE, GATE_NO_NEWS, "" };

static const struct failure_row *row_of(const char *reason)
{
	for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
		if (text_equal(ROWS[i].reason, reason))
			return &ROWS[i];
	return &OTHER;
}

struct provider_result failure_of(const struct cloud *cloud, struct provider_call *call,
				  const struct cloud_request *request, struct status status, enum gate_news *news)
{
	const struct failure_row *row = row_of(status.reason);
	enum provider_error error = request->is_read ? row->read : row->change;

	*news = row->news;
	return provider_fail(call->arena, error, "%s: %s failed: %s%s", cloud->title, request->what,
			     answer_clean(cloud, call->arena, request, status.message), row->hint);
}
