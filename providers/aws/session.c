/* SPDX-License-Identifier: Apache-2.0 */
/* session.c: opening and closing; nothing is asked here, probe does that. */
#include "providers/aws/session.h"
#include "providers/aws/machine.h"

#include "runtime/base/memory.h"
#include "runtime/base/text.h"

static const char *const REQUEST_ID_HEADERS[] = { "x-amzn-requestid", "x-amz-request-id", NULL };

static struct provider_result cloud_open(struct provider_call *call, const struct provider_config *config,
					 struct provider_session *session)
{
	struct cloud_settings settings = { .title = AWS_TITLE,
					   .options = config->options,
					   .request_id_headers = REQUEST_ID_HEADERS,
					   .credentials = config->credentials,
					   .classify = aws_classify };

	return cloud_new(call->arena, &settings, &session->cloud);
}

static struct provider_result fill(struct provider_call *call, const struct provider_config *config,
				   struct provider_session *session)
{
	struct arena *arena = session->arena;

	struct provider_result result = aws_endpoints_read(arena, config, session);
	if (result.error == PROVIDER_OK)
		result = aws_options_read(arena, config, &session->options);
	if (result.error == PROVIDER_OK)
		result = aws_credentials_read(arena, config->credentials, &session->credentials);
	if (result.error == PROVIDER_OK)
		result = cloud_open(call, config, session);
	if (result.error == PROVIDER_OK)
		session->role = aws_role_bearer(session);
	/* The message must outlive the session that is given up. */
	if (result.error != PROVIDER_OK && result.message)
		result.message = arena_strdup(call->arena, result.message);
	return result;
}

/* A client is made to have its options read, and asks nothing. */
struct provider_result aws_check(struct arena *arena, const struct provider_config *config)
{
	struct provider_session session = { .arena = arena };
	struct provider_call call = { .arena = arena };

	struct provider_result result = aws_endpoints_read(arena, config, &session);
	if (result.error == PROVIDER_OK)
		result = aws_options_read(arena, config, &session.options);
	if (result.error == PROVIDER_OK)
		result = cloud_open(&call, config, &session);
	cloud_free(session.cloud);
	return result;
}

struct provider_result aws_open(struct provider_call *call, const struct provider_config *config,
				struct provider_session **session)
{
	struct arena *arena = arena_new(0);
	struct provider_session *made = ARENA_NEW(arena, struct provider_session);

	made->arena = arena;
	made->connection = arena_strdup(arena, text_or_empty(config->connection));
	made->installation = arena_strdup(arena, text_or_empty(config->installation));
	made->region = arena_strdup(arena, text_or_empty(config->region));
	made->book.arena = arena_new(0);
	pthread_mutex_init(&made->mutex, NULL);
	struct provider_result result = fill(call, config, made);
	if (result.error != PROVIDER_OK) {
		aws_close(made);
		return result;
	}
	*session = made;
	return PROVIDER_DONE;
}

static void wipe(const char *secret)
{
	if (secret)
		memory_wipe((char *)(uintptr_t)secret, strlen(secret));
}

void aws_close(struct provider_session *session)
{
	if (!session)
		return;
	bearer_free(session->role);
	cloud_free(session->cloud);
	wipe(session->credentials.secret_access_key);
	wipe(session->credentials.session_token);
	wipe(session->credentials.external_id);
	memory_free(session->book.sizes);
	memory_free(session->book.images);
	arena_free(session->book.offered_arena);
	arena_free(session->book.arena);
	pthread_mutex_destroy(&session->mutex);
	arena_free(session->arena);
}
