/* SPDX-License-Identifier: Apache-2.0 */
/* internal.h: what the files of the kit know of one cloud. Private to the kit. */
#ifndef GAON_PROVIDERS_KIT_INTERNAL_H
#define GAON_PROVIDERS_KIT_INTERNAL_H

#include "providers/kit/cloud.h"
#include "providers/kit/gate.h"

struct cloud {
	char *title;
	struct http_client *http;
	struct gate *gate;
	const char *const *request_id_headers; /* the caller's constant; or NULL */
	enum provider_error (*classify)(const struct http_response *response, bool is_read);
	int64_t timeout_us;
	char **secrets; /* longest first: texts that no message may hold */
	size_t secret_count;
};

/** What a failure of http_send means to the engine; `*news` what it says about the other side. */
struct provider_result failure_of(const struct cloud *cloud, struct provider_call *call,
				  const struct cloud_request *request, struct status status, enum gate_news *news);

/** Options of the connection: as their kind, or as a text. Fail INVALID. */
struct provider_result option_seconds(struct arena *arena, const struct json *options, int64_t *seconds);
struct provider_result option_cleartext(struct arena *arena, const struct json *options, bool *is_allowed);
struct provider_result option_ca(struct arena *arena, const struct json *options, const char **pem);

/** A peer's text for people: printable, bounded, without the secrets of the cloud and of the request's headers. */
char *answer_clean(const struct cloud *cloud, struct arena *arena, const struct cloud_request *request,
		   const char *text);

#endif
