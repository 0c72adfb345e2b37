/* SPDX-License-Identifier: Apache-2.0 */
/* session.c: opening and closing what reaches one Prism Central. */
#include "providers/nutanix/session.h"

#include <string.h>

#include "runtime/base/text.h"

enum { CREDENTIAL_MOST = 4096 };

/* Where Prism Central, and the gateway before it, say how they call an exchange. */
static const char *const REQUEST_IDS[] = { "X-Request-Id", "X-NTNX-Request-Id", "NTNX-Request-Id", NULL };

static bool is_sane(const char *secret)
{
	return !text_is_empty(secret) && strlen(secret) <= CREDENTIAL_MOST && text_is_printable(slice_text(secret)) &&
	       !strpbrk(secret, "\r\n");
}

static struct provider_result credentials_read(struct arena *arena, const struct json *credentials, struct http_header *header)
{
	const char *key = json_text(json_get(credentials, "api_key"), NULL);
	const char *user = json_text(json_get(credentials, "username"), NULL);
	const char *password = json_text(json_get(credentials, "password"), NULL);

	if (key && !user && !password && is_sane(key)) {
		*header = (struct http_header){ "X-ntnx-api-key", arena_strdup(arena, key) };
		return PROVIDER_DONE;
	}
	if (key || !is_sane(user) || !is_sane(password) || strchr(user, ':'))
		return provider_fail(arena, PROVIDER_INVALID,
				     "the credentials of a Prism Central are username and password, or api_key alone");
	const char *pair = arena_printf(arena, "%s:%s", user, password);
	*header = (struct http_header){ "Authorization",
					arena_printf(arena, "Basic %s", text_to_base64(arena, slice_text(pair))) };
	return PROVIDER_DONE;
}

static struct provider_result endpoint_read(struct arena *arena, const struct provider_config *config, const char **endpoint)
{
	struct provider_result result = cloud_endpoint_check(arena, config->options, config->endpoint);
	char *copy = arena_strdup(arena, text_or_empty(config->endpoint));
	size_t size = strlen(copy);

	while (size > 0 && copy[size - 1] == '/')
		copy[--size] = '\0';
	*endpoint = copy;
	if (result.error == PROVIDER_OK && strchr(copy + strcspn(copy, ":") + 3, '/'))
		return provider_fail(arena, PROVIDER_INVALID, "the endpoint is Prism Central's address without a path, as in "
							      "https://prism.example.org:9440");
	return result;
}

struct provider_result nutanix_check(struct arena *arena, const struct provider_config *config)
{
	const char *endpoint;
	struct nutanix_options options;
	struct provider_result result = endpoint_read(arena, config, &endpoint);

	return result.error == PROVIDER_OK ? nutanix_options_read(arena, config, &options) : result;
}

static struct provider_result fill(struct arena *arena, const struct provider_config *config, struct provider_session *made)
{
	struct provider_result result = endpoint_read(arena, config, &made->endpoint);

	if (result.error == PROVIDER_OK)
		result = nutanix_options_read(arena, config, &made->options);
	if (result.error == PROVIDER_OK)
		result = credentials_read(arena, config->credentials, &made->credentials);
	if (result.error != PROVIDER_OK)
		return result;
	made->connection = arena_strdup(arena, text_or_empty(config->connection));
	made->installation = arena_strdup(arena, text_or_empty(config->installation));
	made->api = made->options.api;
	struct cloud_settings settings = { .title = "Prism Central",
					   .options = config->options,
					   .credentials = config->credentials,
					   .request_id_headers = REQUEST_IDS,
					   .classify = nutanix_classify };
	return cloud_new(arena, &settings, &made->cloud);
}

struct provider_result nutanix_open(struct provider_call *call, const struct provider_config *config,
				    struct provider_session **session)
{
	struct arena *arena = arena_new(0);
	struct provider_session *made = ARENA_NEW(arena, struct provider_session);

	made->arena = arena;
	struct provider_result result = fill(arena, config, made);
	if (result.error != PROVIDER_OK) {
		result.message = arena_strdup(call->arena, text_or_empty(result.message));
		arena_free(arena);
		return result;
	}
	pthread_mutex_init(&made->mutex, NULL);
	made->categories_arena = arena_new(0);
	*session = made;
	return PROVIDER_DONE;
}

void nutanix_close(struct provider_session *session)
{
	if (!session)
		return;
	cloud_free(session->cloud);
	arena_free(session->categories_arena);
	pthread_mutex_destroy(&session->mutex);
	arena_free(session->arena);
}
