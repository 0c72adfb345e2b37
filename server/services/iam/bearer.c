/* SPDX-License-Identifier: Apache-2.0 */
/* bearer.c: an access token of a trusted issuer. */
#include "server/services/iam/bearer.h"

#include <stdio.h>
#include <string.h>

#include "runtime/base/text.h"
#include "server/services/iam/identity_provider_store.h"
#include "server/services/iam/verified.h"
#include "server/sso/claims.h"
#include "server/sso/issuer.h"

enum { PROVIDERS_MOST = 32 }; /* tenants that may trust one issuer, each with its audience */

/* To the caller a token is valid, expired or not; what exactly is wrong goes beside it. */
static struct status refuse(struct arena *arena, struct status cause)
{
	bool is_expired = text_equal(cause.reason, "TOKEN_EXPIRED");

	if (cause.code != STATUS_UNAUTHENTICATED)
		return cause;
	return status_with_metadata(arena,
				    status_fail(arena, STATUS_UNAUTHENTICATED,
						is_expired ? "CREDENTIAL_EXPIRED" : "CREDENTIAL_INVALID", "%s", cause.message),
				    "cause", cause.reason);
}

static void free_set(void *pointer)
{
	jwk_set_free(pointer);
}

static struct status find_keys(struct iam *iam, struct call *call, const struct identity_provider *provider,
			       const struct token *token, const struct jwk_set **keys)
{
	const struct issuer_source source = { provider->issuer, provider->jwks_uri };
	struct jwk_set *given = NULL;

	if (text_is_empty(provider->jwks))
		return issuer_keys_get(iam->issuer_keys, call->arena, &source, token->key_id, keys);
	TRY(jwk_set_parse(call->arena, slice_text(provider->jwks), &given));
	arena_defer(call->arena, free_set, given);
	*keys = given;
	return OK;
}

static struct status verify_with(struct iam *iam, struct call *call, const struct identity_provider *provider,
				 const struct token *token, struct verified *verified)
{
	const struct claim_rules rules = { provider->issuer, provider->audience, provider->subject_claim };
	const struct jwk_set *keys = NULL;
	algorithm_set allowed = 0;
	struct claims claims;

	/* Claims first: they cost nothing, and a token for somebody else shall not make us fetch keys. */
	TRY(claims_check(call->arena, token, &rules, call->now_us, &claims));
	if (!algorithm_set_parse(call->arena, provider->algorithms, &allowed))
		return status_fail(call->arena, STATUS_DATA_LOSS, "IDENTITY_PROVIDER_DAMAGED",
				   "the algorithms of %s cannot be read; delete it and make it again", provider->name);
	TRY(find_keys(iam, call, provider, token, &keys));
	TRY(token_verify(call->arena, token, keys, allowed));
	snprintf(verified->provider, sizeof verified->provider, "%s", provider->name);
	snprintf(verified->subject, sizeof verified->subject, "%s", claims.subject);
	verified->provider_revision = provider->revision;
	verified->expires_us = claims.expires_us;
	return OK;
}

/* Which failure says most: keys that are on their way first, then the one nearest to success. */
static bool says_more(struct status status, struct status than)
{
	if (status_is_ok(than))
		return true;
	if (than.code == STATUS_UNAVAILABLE)
		return false;
	return status.code == STATUS_UNAVAILABLE || text_equal(than.reason, "TOKEN_AUDIENCE_WRONG");
}

static struct status verify(struct iam *iam, struct call *call, struct slice text, struct verified *verified)
{
	struct token token;
	const char *issuer = NULL;
	struct identity_provider *trusted = NULL;
	size_t count = 0;
	struct status failure = OK;

	TRY(token_parse(call->arena, text, &token));
	TRY(claims_issuer(call->arena, &token, &issuer));
	TRY(identity_provider_of_issuer(call->tx, issuer, PROVIDERS_MOST, &trusted, &count));
	if (count == 0)
		return status_fail(call->arena, STATUS_UNAUTHENTICATED, "TOKEN_ISSUER_WRONG",
				   "the token is of an issuer that nobody here trusts; sign in at a configured one");
	for (size_t i = 0; i < count; i++) {
		struct status status = verify_with(iam, call, &trusted[i], &token, verified);

		if (status_is_ok(status))
			return OK;
		if (says_more(status, failure))
			failure = status;
	}
	return failure;
}

/* A remembered token counts only while its provider is what it was. */
static struct status recall(struct iam *iam, struct call *call, struct fingerprint tag, struct verified *verified, bool *found)
{
	struct identity_provider provider;
	struct status status;

	*found = verified_find(iam->verified, tag, call->now_us, verified);
	if (!*found)
		return OK;
	status = identity_provider_find(call->tx, verified->provider, &provider);
	*found = status_is_ok(status) && !provider.is_disabled && provider.revision == verified->provider_revision;
	return status_is_ok(status) || status.code == STATUS_NOT_FOUND ? OK : status;
}

struct status bearer_check(struct iam *iam, struct call *call, struct slice token, struct account *account,
			   int64_t *expires_us)
{
	struct fingerprint tag = cache_fingerprint(iam->cache, CACHE_AUTHORIZATION, token);
	struct verified verified = { .expires_us = 0 };
	bool is_found = false;

	TRY(recall(iam, call, tag, &verified, &is_found));
	if (!is_found) {
		struct status status = verify(iam, call, token, &verified);

		if (!status_is_ok(status))
			return refuse(call->arena, status);
		verified_keep(iam->verified, tag, call->now_us, &verified);
	}
	TRY(account_find_subject(call->tx, verified.provider, verified.subject, account, &is_found));
	*expires_us = verified.expires_us;
	if (is_found && !account->is_disabled)
		return OK;
	return status_with_metadata(call->arena,
				    status_fail(call->arena, STATUS_UNAUTHENTICATED, "CREDENTIAL_INVALID",
						"the token is valid, but no active account here belongs to its person; ask an"
						" administrator for one"),
				    "cause", "ACCOUNT_UNKNOWN");
}
