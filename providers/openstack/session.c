/* SPDX-License-Identifier: Apache-2.0 */
/* session.c: opening a connection, signing in, and what the catalog said. */
#include "providers/openstack/session.h"

#include "providers/kit/flight.h"
#include "providers/openstack/fault.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

enum { TOKEN_EARLY_MS = 60000 };

static const char *const REQUEST_ID_HEADERS[] = { "X-Openstack-Request-Id", "X-Compute-Request-Id", NULL };

/* ---- signing in ---- */

/* The newest catalog takes the place of the one before; its readers copy while they hold the mutex. */
static void catalog_keep(struct provider_session *session, const struct json *answer)
{
	struct arena *arena = arena_new(0);
	struct openstack_token *catalog = ARENA_NEW(arena, struct openstack_token);
	/* Any word will do for the token: it is the bearer's to keep. */
	if (!openstack_token_read(arena, answer, "-", session->options.interface, catalog)) {
		arena_free(arena);
		return;
	}
	catalog->id = NULL;
	pthread_mutex_lock(&session->mutex);
	struct arena *old = session->catalog_arena;
	session->catalog_arena = arena;
	session->catalog = catalog;
	pthread_mutex_unlock(&session->mutex);
	arena_free(old);
}

static struct provider_result no_token(struct provider_session *session, struct provider_call *call)
{
	return provider_fail(
		call->arena, PROVIDER_INVALID,
		"what answers at %s is no Keystone v%d: its answer holds no token; see the endpoint, and auth_version",
		session->options.auth_url, session->options.auth_version);
}

static struct provider_result token_fetch(void *context, struct provider_call *call, const char **token,
					  int64_t *expires_us)
{
	struct provider_session *session = context;
	const struct http_header headers[] = { { "Content-Type", "application/json" },
					       { "Accept", "application/json" } };
	struct json *body = openstack_token_body(call->arena, &session->options, &session->secrets);
	struct cloud_request request = { .method = "POST",
					 .url = openstack_token_url(call->arena, &session->options),
					 .headers = headers,
					 .header_count = 2,
					 .body = slice_text(json_print(call->arena, body)),
					 .what = "signing in",
					 .is_read = true, /* a token too many runs out by itself */
					 .bucket = "identity" };
	struct http_response response;
	struct json *answer;
	struct openstack_token read;
	struct provider_result result = cloud_send(session->cloud, call, &request, &response);
	if (result.error != PROVIDER_OK)
		return result;
	if (response.status < 200 || response.status > 299)
		return response.status == 404 ? no_token(session, call)
					      : openstack_refused(session, call, &request, &response);
	result = cloud_json(session->cloud, call, &request, &response, &answer);
	if (result.error != PROVIDER_OK)
		return result;
	const char *subject = http_header(&response, "X-Subject-Token", NULL);
	if (!openstack_token_read(call->arena, answer, subject, session->options.interface, &read))
		return no_token(session, call);
	catalog_keep(session, answer);
	*token = read.id;
	*expires_us = read.expires_us;
	return PROVIDER_DONE;
}

/* There is a catalog after this: every token brings one. */
static struct provider_result sign_in(struct provider_session *session, struct provider_call *call)
{
	const char *token;
	pthread_mutex_lock(&session->mutex);
	bool is_known = session->catalog != NULL;
	pthread_mutex_unlock(&session->mutex);
	return is_known ? PROVIDER_DONE : bearer_get(session->bearer, call, &token);
}

/* ---- the catalog ---- */

static const char *place_copy(struct provider_session *session, struct provider_call *call,
			      enum openstack_service service)
{
	const char *written = session->options.endpoints[service], *region = session->options.region, *url;
	pthread_mutex_lock(&session->mutex);
	const struct openstack_token *catalog = session->catalog;
	url = written ? openstack_place_fill(call->arena, written, catalog->project_id)
		      : openstack_place_find(call->arena, catalog->places, catalog->place_count, service, region);
	pthread_mutex_unlock(&session->mutex);
	return url;
}

struct provider_result openstack_has_service(struct provider_session *session, struct provider_call *call,
					     enum openstack_service service, bool *has)
{
	struct provider_result result = sign_in(session, call);
	if (result.error == PROVIDER_OK)
		*has = place_copy(session, call, service) != NULL;
	return result;
}

struct provider_result openstack_endpoint(struct provider_session *session, struct provider_call *call,
					  enum openstack_service service, const char **url)
{
	struct provider_result result = sign_in(session, call);
	if (result.error != PROVIDER_OK)
		return result;
	*url = place_copy(session, call, service);
	const char *name = openstack_service_name(service), *region = session->options.region;
	if (!*url)
		return provider_fail(call->arena, PROVIDER_INVALID,
				     "the catalog has no %s service with %s addresses%s%s; see the region and the "
				     "interface, or give "
				     "the option %s_endpoint",
				     name, session->options.interface, region ? " in the region " : "",
				     text_or_empty(region), name);
	/* The options' own were checked when it was opened. */
	result = cloud_endpoint_check(call->arena, session->options.json, *url);
	if (result.error != PROVIDER_OK)
		return provider_fail(call->arena, PROVIDER_INVALID, "the catalog's address of the %s service, %s: %s",
				     name, *url, result.message);
	return PROVIDER_DONE;
}

struct provider_result openstack_project(struct provider_session *session, struct provider_call *call,
					 const char **project_id)
{
	struct provider_result result = sign_in(session, call);
	if (result.error != PROVIDER_OK)
		return result;
	pthread_mutex_lock(&session->mutex);
	const char *known = session->catalog->project_id;
	*project_id = known ? arena_strdup(call->arena, known) : session->options.project_id;
	pthread_mutex_unlock(&session->mutex);
	return PROVIDER_DONE;
}

static bool is_among(const char *const *texts, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++)
		if (text_equal(texts[i], text))
			return true;
	return false;
}

struct provider_result openstack_catalog_regions(struct provider_session *session, struct provider_call *call,
						 const char ***regions, size_t *count)
{
	struct provider_result result = sign_in(session, call);
	if (result.error != PROVIDER_OK)
		return result;
	pthread_mutex_lock(&session->mutex);
	const struct openstack_token *catalog = session->catalog;
	*regions = ARENA_ARRAY(call->arena, catalog->place_count + 1, const char *);
	*count = 0;
	for (size_t i = 0; i < catalog->place_count; i++) {
		const char *region = catalog->places[i].region;
		if (region && !is_among(*regions, *count, region))
			(*regions)[(*count)++] = arena_strdup(call->arena, region);
	}
	pthread_mutex_unlock(&session->mutex);
	/* Overrides need no catalog: the region is then just what the operator calls it. */
	if (session->options.region && !is_among(*regions, *count, session->options.region))
		(*regions)[(*count)++] = session->options.region;
	return PROVIDER_DONE;
}

/* ---- opening and closing ---- */

static struct provider_result cloud_make(struct arena *arena, const struct openstack_options *options,
					 const struct json *credentials, struct cloud **cloud)
{
	const struct cloud_settings settings = { .title = "OpenStack",
						 .options = options->json,
						 .request_id_headers = REQUEST_ID_HEADERS,
						 .credentials = credentials,
						 .classify = openstack_classify };
	return cloud_new(arena, &settings, cloud);
}

struct provider_result openstack_check(struct arena *arena, const struct provider_config *config)
{
	struct openstack_options options = { .json = NULL };
	struct cloud *cloud = NULL;
	struct provider_result result = openstack_options_read(arena, config, &options);
	if (result.error == PROVIDER_OK)
		result = cloud_make(arena, &options, NULL, &cloud); /* reads those that are its own; asks nobody */
	cloud_free(cloud);
	return result;
}

struct provider_result openstack_open(struct provider_call *call, const struct provider_config *config,
				      struct provider_session **session)
{
	struct arena *arena = arena_new(0);
	struct provider_session *made = ARENA_NEW(arena, struct provider_session);
	made->arena = arena;
	made->connection = arena_strdup(arena, text_or_empty(config->connection));
	made->installation = arena_strdup(arena, text_or_empty(config->installation));
	made->flights = flights_new();
	pthread_mutex_init(&made->mutex, NULL);
	for (int service = 0; service < OPENSTACK_SERVICE_COUNT; service++)
		made->minors[service] = service == OPENSTACK_COMPUTE || service == OPENSTACK_VOLUME ? -1 : 0;
	struct provider_result result = openstack_options_read(arena, config, &made->options);
	if (result.error == PROVIDER_OK)
		result = openstack_secrets_read(arena, config, made->options.auth_version, &made->secrets);
	if (result.error == PROVIDER_OK)
		result = cloud_make(arena, &made->options, config->credentials, &made->cloud);
	if (result.error == PROVIDER_OK) {
		made->bearer = bearer_new(token_fetch, made, TOKEN_EARLY_MS);
		*session = made;
		return result;
	}
	result.message = arena_strdup(call->arena, text_or_empty(result.message));
	openstack_close(made);
	return result;
}

void openstack_close(struct provider_session *session)
{
	if (!session)
		return;
	bearer_free(session->bearer);
	cloud_free(session->cloud);
	openstack_secrets_wipe(&session->secrets);
	flights_free(session->flights);
	arena_free(session->catalog_arena);
	arena_free(session->sizes_arena);
	pthread_mutex_destroy(&session->mutex);
	arena_free(session->arena);
}
