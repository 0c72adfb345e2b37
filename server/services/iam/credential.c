/* SPDX-License-Identifier: Apache-2.0 */
/* credential.c: from what a caller shows to who it is. */
#include "server/services/iam/credential.h"

#include <string.h>
#include <strings.h>

#include "runtime/base/id.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "runtime/crypto/digest.h"
#include "server/services/iam/api_key_store.h"
#include "server/services/iam/bearer.h"
#include "server/services/iam/principal.h"
#include "server/services/iam/secret.h"
#include "server/sso/token.h"

enum { ID_SIZE = 36 };

#define REMEMBERED_US (5 * TIME_US_PER_MINUTE)

static const char KEY_PREFIX[] = "gaon_";
static const char BEARER[] = "Bearer ";

bool credential_parse_key(struct arena *arena, struct slice token, const char **id, struct slice *secret)
{
	size_t prefix = sizeof KEY_PREFIX - 1, before = prefix + ID_SIZE + 1;

	/* The longer ones are of before 0.2. */
	if ((token.size != before + SECRET_SIZE && token.size != before + SECRET_SIZE_HEX) ||
	    memcmp(token.data, KEY_PREFIX, prefix) != 0 || token.data[before - 1] != '_')
		return false;

	const char *found = arena_strndup(arena, token.data + prefix, ID_SIZE);

	if (!id_is_uuid(found))
		return false;
	*id = found;
	*secret = slice_of(token.data + before, token.size - before);
	return true;
}

const char *credential_format_key(struct arena *arena, const char *id, const char *secret)
{
	return arena_printf(arena, "%s%s_%s", KEY_PREFIX, id, secret);
}

struct slice credential_hash_key(struct arena *arena, const char *id, struct slice secret)
{
	return secret_hash(arena, "api-key", id, secret);
}

static struct status refuse(struct arena *arena, const char *reason)
{
	if (strcmp(reason, "CREDENTIAL_MISSING") == 0)
		return status_fail(arena, STATUS_UNAUTHENTICATED, "CREDENTIAL_MISSING",
				   "this call needs a credential; send an API key or token as \"authorization: Bearer ...\"");
	if (strcmp(reason, "CREDENTIAL_EXPIRED") == 0)
		return status_fail(arena, STATUS_UNAUTHENTICATED, "CREDENTIAL_EXPIRED",
				   "the credential has expired; make a new key, or sign in again");
	return status_fail(arena, STATUS_UNAUTHENTICATED, "CREDENTIAL_INVALID",
			   "the credential is not valid (any more); check that it was copied whole, or make a new one");
}

static struct status check_key(struct call *call, const char *id, struct slice secret, struct proof *proof)
{
	struct api_key key;
	struct account account;
	bool is_found = false;

	TRY(api_key_find(call->tx, id, &key, &is_found));
	/* An unknown id costs the same hash as a known one, so that time does not tell them apart. */
	struct slice hash = credential_hash_key(call->arena, id, secret);

	if (!is_found || !digest_equal(hash, key.hash))
		return refuse(call->arena, "CREDENTIAL_INVALID");
	if (key.expires_us != 0 && call->now_us >= key.expires_us)
		return refuse(call->arena, "CREDENTIAL_EXPIRED");
	TRY(account_find(call->tx, key.account, &account, &is_found));
	if (!is_found || account.is_disabled)
		return refuse(call->arena, "CREDENTIAL_INVALID");
	TRY(principal_of_account(call->tx, &account, &proof->who.principal));
	proof->who.principal.method = "api-key";
	proof->who.principal.expires_us = key.expires_us == 0 ? INT64_MAX : key.expires_us;
	proof->who.api_key_id = key.id;
	proof->until_us = proof->who.principal.expires_us;
	return OK;
}

static struct status check_bearer(struct iam *iam, struct call *call, struct slice token, struct proof *proof)
{
	struct account account;
	int64_t expires_us = 0, most_us = call->now_us + REMEMBERED_US;

	TRY(bearer_check(iam, call, token, &account, &expires_us));
	TRY(principal_of_account(call->tx, &account, &proof->who.principal));
	proof->who.principal.method = "oidc";
	proof->who.principal.expires_us = expires_us;
	proof->until_us = expires_us < most_us ? expires_us : most_us;
	return OK;
}

/* The transport has verified the certificate up to the configured authority. */
static struct status check_certificate(struct call *call, struct proof *proof)
{
	struct account account;
	bool is_found = false;

	TRY(account_find_certificate(call->tx,
				     arena_strndup(call->arena, call->certificate_san.data, call->certificate_san.size),
				     &account, &is_found));
	if (!is_found || account.is_disabled)
		return refuse(call->arena, "CREDENTIAL_INVALID");
	TRY(principal_of_account(call->tx, &account, &proof->who.principal));
	proof->who.principal.method = "mtls";
	proof->until_us = call->now_us + REMEMBERED_US;
	return OK;
}

struct status credential_check(struct iam *iam, struct call *call, struct proof *proof)
{
	struct slice value = call->authorization;
	size_t scheme = sizeof BEARER - 1;
	const char *id = NULL;
	struct slice secret;

	if (value.size == 0 && call->certificate_san.size > 0)
		return check_certificate(call, proof);
	if (value.size == 0)
		return refuse(call->arena, "CREDENTIAL_MISSING");
	/* RFC 9110 §11.1: the scheme is case-insensitive. */
	if (value.size <= scheme || strncasecmp(value.data, BEARER, scheme) != 0)
		return refuse(call->arena, "CREDENTIAL_INVALID");

	struct slice token = slice_of(value.data + scheme, value.size - scheme);

	if (credential_parse_key(call->arena, token, &id, &secret))
		return check_key(call, id, secret, proof);
	if (token_looks_like_one(token))
		return check_bearer(iam, call, token, proof);
	return refuse(call->arena, "CREDENTIAL_INVALID");
}
