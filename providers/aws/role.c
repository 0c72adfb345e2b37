/* SPDX-License-Identifier: Apache-2.0 */
/* role.c: keys of a role, taken on by STS and renewed before they run out. */
#include "providers/aws/session.h"

#include <ctype.h>

#include "runtime/base/text.h"
#include "runtime/base/time.h"

#define EARLY_MS (5 * 60 * 1000)
#define SESSION_NAME_MOST 64

/* "Regex: [\w+=,.@-]*", 2 to 64 characters; what CloudTrail shows as who did it. */
static const char *session_name(struct arena *arena, const char *connection)
{
	char *name = arena_printf(arena, "gaon-%s", connection);

	for (char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("+=,.@-", *c))
			*c = '-';
	return arena_strndup(arena, name, SESSION_NAME_MOST);
}

bool aws_role_read(struct arena *arena, const struct xml *root, const char **token, int64_t *expires_us)
{
	const struct xml *keys = xml_path(root, "AssumeRoleResult", "Credentials", NULL);
	struct json *json = json_object(arena);
	int64_t end_us;

	json_set_text(json, "access_key_id", xml_text(xml_child(keys, "AccessKeyId"), ""));
	json_set_text(json, "secret_access_key", xml_text(xml_child(keys, "SecretAccessKey"), ""));
	json_set_text(json, "session_token", xml_text(xml_child(keys, "SessionToken"), ""));
	if (!time_parse(xml_text(xml_child(keys, "Expiration"), ""), &end_us) || end_us <= 0)
		return false;
	struct aws_credentials read;
	const char *text = json_print(arena, json);
	if (!aws_role_token_read(arena, text, &read))
		return false;
	*token = text;
	*expires_us = end_us;
	return true;
}

bool aws_role_token_read(struct arena *arena, const char *token, struct aws_credentials *keys)
{
	struct json *json;

	if (!status_is_ok(json_parse(arena, slice_text(token), NULL, &json)))
		return false;
	/* The same rules as for what people type: they go into headers. */
	return aws_credentials_read(arena, json, keys).error == PROVIDER_OK && keys->session_token;
}

static struct provider_result assume(void *context, struct provider_call *call, const char **token, int64_t *expires_us)
{
	struct provider_session *session = context;
	struct aws_credentials own = session->credentials;
	struct aws_query query = aws_query_new(call->arena, AWS_ASSUME_ROLE);
	struct xml *root;

	query.keys = &own;
	aws_query_add(&query, "RoleArn", own.role_arn);
	aws_query_add(&query, "RoleSessionName", session_name(call->arena, session->connection));
	aws_query_add(&query, "ExternalId", own.external_id);
	aws_query_add_int(&query, "DurationSeconds", session->options.role_duration_s);
	struct provider_result result = aws_ask(session, call, &query, &root);
	if (result.error == PROVIDER_FORBIDDEN) {
		const char *request_id = result.request_id;

		result = provider_fail(call->arena, PROVIDER_AUTH,
				       "these keys may not take on the role_arn: its trust policy must name their "
				       "user, and the external_id "
				       "must be the one it asks for (%s)",
				       result.message);
		result.request_id = request_id;
	}
	if (result.error == PROVIDER_OK && !aws_role_read(call->arena, root, token, expires_us))
		return provider_fail(call->arena, PROVIDER_UNAVAILABLE,
				     "AWS STS gave no keys for the role; see that the endpoint is its own");
	return result;
}

struct bearer *aws_role_bearer(struct provider_session *session)
{
	return session->credentials.role_arn ? bearer_new(assume, session, EARLY_MS) : NULL;
}

struct provider_result aws_keys(struct provider_session *session, struct provider_call *call,
				struct aws_credentials *keys)
{
	const char *token;

	*keys = session->credentials;
	if (!session->role)
		return PROVIDER_DONE;
	struct provider_result result = bearer_get(session->role, call, &token);
	if (result.error == PROVIDER_OK && !aws_role_token_read(call->arena, token, keys))
		return provider_fail(call->arena, PROVIDER_UNAVAILABLE, "the role's keys cannot be read; try again");
	return result;
}

bool aws_keys_renew(struct provider_session *session, const struct aws_credentials *refused)
{
	struct arena *arena;

	if (!session->role || !refused->session_token)
		return false;
	arena = arena_new(0);
	struct json *json = json_object(arena);
	json_set_text(json, "access_key_id", refused->access_key_id);
	json_set_text(json, "secret_access_key", refused->secret_access_key);
	json_set_text(json, "session_token", refused->session_token);
	bearer_drop(session->role, json_print(arena, json));
	arena_free(arena);
	return true;
}
