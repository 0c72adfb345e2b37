/* SPDX-License-Identifier: Apache-2.0 */
/* version.c: which microversion is spoken: the newest that the cloud offers and this adapter was tested with. */
#include "providers/openstack/version.h"

#include <string.h>

#include "runtime/base/text.h"

struct spoken {
	int major, tested;
};
static const struct spoken SPOKEN[OPENSTACK_SERVICE_COUNT] = {
	[OPENSTACK_COMPUTE] = { 2, OPENSTACK_COMPUTE_MINOR },
	[OPENSTACK_VOLUME] = { 3, OPENSTACK_VOLUME_MINOR },
};

/* "2.93" of the major 2: 93; else 0. */
static int minor_of(struct arena *arena, const char *text, int major)
{
	const char *prefix = arena_printf(arena, "%d.", major);
	int64_t minor = 0;
	if (!text || !text_starts_with(text, prefix) || !text_to_int64(text + strlen(prefix), &minor) || minor < 0 ||
	    minor > 9999)
		return 0;
	return (int)minor;
}

int openstack_minor_choose(struct arena *arena, const struct json *document, enum openstack_service service)
{
	const struct spoken *spoken = &SPOKEN[service];
	const struct json *list = json_get(document, "versions"), *one = json_get(document, "version");
	for (size_t i = 0; i < json_size(list) || one; i++) {
		const struct json *version = one ? one : json_at(list, i);
		int most = minor_of(arena, json_text(json_get(version, "version"), NULL), spoken->major);
		int least = minor_of(arena, json_text(json_get(version, "min_version"), NULL), spoken->major);
		if (most > 0)
			return least > spoken->tested ? 0 : most < spoken->tested ? most : spoken->tested;
		if (one)
			break;
	}
	return 0;
}

const char *openstack_version_root(struct arena *arena, const char *url)
{
	const char *end = NULL;
	for (const char *at = strchr(url, '/'); at; at = strchr(at + 1, '/'))
		if (at[1] == 'v' && at[2] >= '1' && at[2] <= '9' &&
		    strspn(at + 2, "0123456789.") == strcspn(at + 2, "/"))
			end = at + 1 + strcspn(at + 1, "/");
	return end ? arena_strndup(arena, url, (size_t)(end - url)) : NULL;
}

/* 0 also when it has no such document: then it is asked as in its first days. Only what may be different next time
 * fails. */
static struct provider_result learn(struct provider_session *session, struct provider_call *call,
				    enum openstack_service service, int *minor)
{
	const char *url = NULL;
	struct http_response response;
	struct json *document;
	struct provider_result result = openstack_endpoint(session, call, service, &url);
	const char *root = url ? openstack_version_root(call->arena, url) : NULL;
	if (result.error != PROVIDER_OK || !root)
		return result;
	struct http_header headers[] = { { "X-Auth-Token", NULL }, { "Accept", "application/json" } };
	struct cloud_request request = { .method = "GET",
					 .url = arena_printf(call->arena, "%s/", root),
					 .headers = headers,
					 .header_count = 2,
					 .what = "reading the version",
					 .is_read = true,
					 .bucket = openstack_service_name(service) };
	result = openstack_exchange(session, call, &request, &headers[0], &response);
	if (result.error != PROVIDER_OK)
		return result;
	if (response.status == 401 || response.status >= 500)
		return openstack_refused(session, call, &request, &response);
	if (response.status == 200 && status_is_ok(json_parse(call->arena, response.body, NULL, &document)))
		*minor = openstack_minor_choose(call->arena, document, service);
	return PROVIDER_DONE;
}

struct provider_result openstack_minor(struct provider_session *session, struct provider_call *call,
				       enum openstack_service service, int *minor)
{
	pthread_mutex_lock(&session->mutex);
	*minor = session->minors[service];
	pthread_mutex_unlock(&session->mutex);
	if (*minor >= 0)
		return PROVIDER_DONE;
	/* Several may ask at once at first; they get the same answer. */
	*minor = 0;
	struct provider_result result = learn(session, call, service, minor);
	if (result.error != PROVIDER_OK)
		return result;
	pthread_mutex_lock(&session->mutex);
	session->minors[service] = *minor;
	pthread_mutex_unlock(&session->mutex);
	return result;
}
