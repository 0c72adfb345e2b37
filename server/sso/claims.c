/* SPDX-License-Identifier: Apache-2.0 */
/* claims.c: what an access token says. */
#include "server/sso/claims.h"

#include <string.h>

#include "runtime/base/text.h"
#include "runtime/base/time.h"

/* Clocks differ: a token may have been made this much in our future. An expiry is taken at its word. */
#define LEEWAY_US TIME_US_PER_MINUTE

enum { SUBJECT_BYTES_MOST = 256 };

static struct status refuse(struct arena *arena, const char *reason, const char *message)
{
	return status_fail(arena, STATUS_UNAUTHENTICATED, reason, "%s", message);
}

static struct status read_claims(struct arena *arena, const struct token *token, struct json **claims)
{
	static const struct json_limits limits = { TOKEN_BYTES_MOST, TOKEN_DEPTH_MOST, 5000 };
	struct json *read = NULL;

	if (!status_is_ok(json_parse(arena, token->payload, &limits, &read)) || json_kind(read) != JSON_OBJECT)
		return refuse(arena, "TOKEN_MALFORMED", "the token's claims are no JSON object; sign in again");
	*claims = read;
	return OK;
}

struct status claims_issuer(struct arena *arena, const struct token *token, const char **issuer)
{
	struct json *claims = NULL;

	TRY(read_claims(arena, token, &claims));

	const struct json *value = json_get(claims, "iss");

	if (value == NULL || json_kind(value) != JSON_TEXT)
		return refuse(arena, "TOKEN_MALFORMED", "the token does not say who issued it; sign in again");
	*issuer = json_text(value, "");
	return OK;
}

/* RFC 7519 §2: NumericDate is a JSON number of seconds, fractions allowed. */
static bool read_date(const struct json *claims, const char *name, bool *is_given, int64_t *time_us)
{
	const struct json *value = json_get(claims, name);

	*is_given = value != NULL;
	if (value == NULL)
		return true;
	if (json_kind(value) != JSON_INT && json_kind(value) != JSON_REAL)
		return false;

	double seconds = json_real(value, -1);

	if (!(seconds >= 0 && seconds < 253402300800.0)) /* the year 10000 */
		return false;
	*time_us = (int64_t)(seconds * 1e6);
	return true;
}

static struct status check_times(struct arena *arena, const struct json *all, int64_t now_us, struct claims *claims)
{
	int64_t expires_us = 0, not_before_us = 0, issued_us = 0;
	bool has_expiry = false, has_not_before = false, has_issued = false;

	if (!read_date(all, "exp", &has_expiry, &expires_us) || !read_date(all, "nbf", &has_not_before, &not_before_us) ||
	    !read_date(all, "iat", &has_issued, &issued_us))
		return refuse(arena, "TOKEN_MALFORMED", "a time in the token is no number of seconds; sign in again");
	if (!has_expiry)
		return refuse(arena, "TOKEN_EXPIRED", "the token does not say when it expires; configure the issuer to say it");
	if (now_us >= expires_us)
		return refuse(arena, "TOKEN_EXPIRED", "the token has expired; sign in again");
	if ((has_not_before && now_us < not_before_us - LEEWAY_US) || (has_issued && now_us < issued_us - LEEWAY_US))
		return refuse(arena, "TOKEN_NOT_YET_VALID",
			      "the token is not valid yet; check the clocks of the issuer and of this server");
	claims->expires_us = expires_us;
	return OK;
}

/* RFC 7519 §4.1.3: a text or an array of texts. */
static bool has_audience(const struct json *all, const char *audience)
{
	const struct json *value = json_get(all, "aud");

	if (value != NULL && json_kind(value) == JSON_TEXT)
		return strcmp(json_text(value, ""), audience) == 0;
	for (size_t i = 0; i < json_size(value) && json_kind(value) == JSON_ARRAY; i++)
		if (strcmp(json_text(json_at(value, i), ""), audience) == 0)
			return true;
	return false;
}

/*
 * RFC 9068 §2.1 wants "at+jwt"; many issuers give "JWT" or nothing. Whatever names another purpose is refused, and so is what only
 * an ID token has (OpenID Connect Core §2, §3.1.3.6, §3.3.2.11).
 */
static struct status check_type(struct arena *arena, const struct token *token, const struct json *all)
{
	static const char *const types[] = { "", "jwt", "at+jwt", "application/at+jwt", "application/jwt" };
	static const char *const of_id_tokens[] = { "nonce", "at_hash", "c_hash", "s_hash" };
	bool is_access = false;

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		is_access |= strcmp(types[i], token->type) == 0;
	for (size_t i = 0; i < sizeof of_id_tokens / sizeof of_id_tokens[0]; i++)
		is_access &= json_get(all, of_id_tokens[i]) == NULL;
	/* Keycloak and Cognito say it in a claim. */
	is_access &= strcmp(json_text(json_get(all, "typ"), ""), "ID") != 0;
	is_access &= strcmp(json_text(json_get(all, "token_use"), ""), "id") != 0;
	if (is_access)
		return OK;
	return refuse(arena, "TOKEN_TYPE_WRONG", "this is no access token (an ID token, perhaps); send the access token");
}

struct status claims_check(struct arena *arena, const struct token *token, const struct claim_rules *rules, int64_t now_us,
			   struct claims *claims)
{
	struct json *all = NULL;
	struct claims read = { .subject = NULL };

	TRY(read_claims(arena, token, &all));
	if (!text_equal(json_text(json_get(all, "iss"), NULL), rules->issuer))
		return refuse(arena, "TOKEN_ISSUER_WRONG", "the token is of another issuer; sign in at the configured one");
	if (!has_audience(all, rules->audience))
		return refuse(arena, "TOKEN_AUDIENCE_WRONG", "the token is meant for somebody else; ask for one with this audience");
	TRY(check_type(arena, token, all));
	TRY(check_times(arena, all, now_us, &read));
	read.all = all;
	read.subject = json_text(json_get(all, text_is_empty(rules->subject_claim) ? "sub" : rules->subject_claim), "");
	if (*read.subject == '\0' || strlen(read.subject) > SUBJECT_BYTES_MOST)
		return refuse(arena, "TOKEN_SUBJECT_MISSING", "the token does not name a person; look at the configured subject claim");
	*claims = read;
	return OK;
}
