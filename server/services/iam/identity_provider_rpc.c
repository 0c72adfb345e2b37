/* SPDX-License-Identifier: Apache-2.0 */
/* identity_provider_rpc.c: trusted issuers on the wire. */
#include <string.h>

#include "gaon/iam/v1/iam.handlers.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/iam/account_store.h"
#include "server/services/iam/decision.h"
#include "server/services/iam/identity_provider_store.h"
#include "server/services/iam/room.h"
#include "server/services/wire/wire.h"
#include "server/sso/jwks.h"
#include "server/sso/token.h"

static const char PATTERN[] = "tenants/{}/identityProviders/{}";
static const char DEFAULT_ALGORITHMS[] = "RS256 ES256";

enum { HOLDERS_MOST = 1000 }; /* whose rights are compared when the keys of their provider change */

static void provider_to_wire(struct arena *arena, const struct identity_provider *provider,
			     Gaon__IdentityProvider *message)
{
	char **algorithms = NULL;

	message->name = provider->name;
	message->display_name = provider->display_name;
	message->issuer = provider->issuer;
	message->audience = provider->audience;
	message->jwks_uri = provider->jwks_uri;
	message->n_algorithms = text_split(arena, provider->algorithms, ' ', &algorithms);
	message->algorithms = (const char **)algorithms;
	message->subject_claim = provider->subject_claim;
	message->jwks = provider->jwks;
	message->disabled = provider->is_disabled;
	message->etag = etag_format(arena, provider->revision);
	message->create_time = wire_timestamp(arena, provider->create_us);
	message->update_time = wire_timestamp(arena, provider->update_us);
}

/* Keys that come over a wire that anybody may touch are anybody's keys. */
static struct status check_url(struct arena *arena, const char *field, const char *url)
{
	static const char *const loopbacks[] = { "http://127.0.0.1", "http://localhost", "http://[::1]" };
	const struct iam *iam = iam_of_process();
	bool is_fine = text_starts_with(url, "https://") && url[8] != '\0' && url[8] != '/';

	for (size_t i = 0; i < sizeof loopbacks / sizeof loopbacks[0] && iam != NULL && iam->allow_loopback_http; i++)
		if (text_starts_with(url, loopbacks[i]))
			is_fine |= strchr(":/", url[strlen(loopbacks[i])]) != NULL;
	if (strpbrk(url, " \t\r\n#@\\\"<>") != NULL)
		is_fine = false;
	if (is_fine)
		return OK;
	return status_invalid_field(arena, field, "must be an https URL without user or fragment%s",
				    iam != NULL && iam->allow_loopback_http ? ", or http on this host" : "");
}

static struct status check_algorithms(struct arena *arena, const Gaon__IdentityProvider *given, const char **algorithms)
{
	struct text names = text_new(arena);
	algorithm_set set = 0;

	*algorithms = DEFAULT_ALGORITHMS;
	if (given->n_algorithms == 0)
		return OK;
	for (size_t i = 0; i < given->n_algorithms; i++)
		text_printf(&names, "%s%s", i == 0 ? "" : " ", given->algorithms[i]);
	if (!algorithm_set_parse(arena, names.data, &set))
		return status_invalid_field(arena, "identity_provider.algorithms",
					    "are RS256, PS256, ES256 and EdDSA; symmetric ones and none are never accepted");
	*algorithms = names.data;
	return OK;
}

static struct status check_keys(struct arena *arena, const Gaon__IdentityProvider *given)
{
	struct jwk_set *keys = NULL;

	if (!text_is_empty(given->jwks_uri))
		TRY(check_url(arena, "identity_provider.jwks_uri", given->jwks_uri));
	if (text_is_empty(given->jwks))
		return OK;

	struct status status = jwk_set_parse(arena, slice_text(given->jwks), &keys);

	jwk_set_free(keys);
	return status_is_ok(status) ? OK : status_invalid_field(arena, "identity_provider.jwks", "%s", status.message);
}

struct status iam_create_identity_provider(struct call *call, const Gaon__CreateIdentityProviderRequest *request,
					   Gaon__IdentityProvider *reply)
{
	const char *ids[1], *algorithms = NULL;
	const Gaon__IdentityProvider *given = request->identity_provider;

	TRY(resource_parse(call->arena, "parent", request->parent, "tenants/{}", ids));
	if (given == NULL || text_is_empty(given->issuer))
		return status_invalid_field(call->arena, "identity_provider.issuer", "must be given");
	if (text_is_empty(given->audience))
		return status_invalid_field(call->arena, "identity_provider.audience", "must be given");
	TRY(check_url(call->arena, "identity_provider.issuer", given->issuer));
	TRY(check_algorithms(call->arena, given, &algorithms));
	TRY(check_keys(call->arena, given));

	const struct identity_provider provider = {
		.name = arena_printf(call->arena, "%s/identityProviders/%s", request->parent, request->identity_provider_id),
		.tenant = request->parent,
		.display_name = text_is_empty(given->display_name) ? request->identity_provider_id : given->display_name,
		.issuer = given->issuer,
		.audience = given->audience,
		.jwks_uri = text_or_empty(given->jwks_uri),
		.algorithms = algorithms,
		.subject_claim = text_or_empty(given->subject_claim),
		.jwks = text_or_empty(given->jwks),
		.is_disabled = given->disabled,
		.revision = 1,
		.create_us = call->now_us,
		.update_us = call->now_us,
	};

	TRY(identity_provider_insert(call->tx, &provider));
	TRY(iam_touch(call->tx, NULL));
	provider_to_wire(call->arena, &provider, reply);
	return OK;
}

/* Whoever chooses a provider's keys, or how its tokens are read, could sign in as anybody who comes by it. */
static struct status check_may_speak_for_all(struct call *call, const struct identity_provider *provider)
{
	const char **names = NULL;
	size_t count = 0;
	bool is_administrator = false;

	/* The root's administrator holds everything: nothing to compare. */
	TRY(iam_holds_role(call->tx, call->principal, ROLE_ADMINISTRATOR, "", &is_administrator));
	if (is_administrator)
		return OK;
	TRY(account_holders_of_provider(call->tx, provider->name, HOLDERS_MOST + 1, &names, &count));
	if (count > HOLDERS_MOST)
		return status_fail(call->arena, STATUS_PERMISSION_DENIED, "GRANT_EXCEEDS_OWN",
				   "so many people sign in by this provider that what they hold is not compared with yours; ask an"
				   " administrator of the root tenant");
	for (size_t i = 0; i < count; i++)
		TRY(decide_covers_member(call->tx, call->principal, names[i], call->now_us));
	return OK;
}

static struct status change_trust(struct call *call, const Gaon__UpdateIdentityProviderRequest *request,
				  struct identity_provider *provider)
{
	const Gaon__IdentityProvider *given = request->identity_provider;
	const struct {
		const char *field, *given, **present;
	} rows[] = {
		{ "audience", given->audience, &provider->audience },
		{ "jwks_uri", given->jwks_uri, &provider->jwks_uri },
		{ "subject_claim", given->subject_claim, &provider->subject_claim },
		{ "jwks", given->jwks, &provider->jwks },
	};
	bool is_changed = false;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (!wire_mask_has(request->update_mask, &given->base, rows[i].field) ||
		    text_equal(rows[i].given, *rows[i].present))
			continue;
		*rows[i].present = text_or_empty(rows[i].given);
		is_changed = true;
	}
	if (wire_mask_has(request->update_mask, &given->base, "algorithms")) {
		const char *algorithms = NULL;
		TRY(check_algorithms(call->arena, given, &algorithms));
		is_changed |= !text_equal(algorithms, provider->algorithms);
		provider->algorithms = algorithms;
	}
	if (text_is_empty(provider->audience))
		return status_invalid_field(call->arena, "identity_provider.audience", "must not be empty");
	return is_changed ? check_may_speak_for_all(call, provider) : OK;
}

struct status iam_update_identity_provider(struct call *call, const Gaon__UpdateIdentityProviderRequest *request,
					   Gaon__IdentityProvider *reply)
{
	static const char *const allowed[] = { "display_name", "audience", "jwks_uri", "algorithms",
					       "subject_claim", "jwks", "disabled", NULL };
	const Gaon__IdentityProvider *given = request->identity_provider;
	const char *ids[2];
	struct identity_provider provider;

	TRY(resource_parse(call->arena, "identity_provider.name", given->name, PATTERN, ids));
	TRY(wire_mask_check(call->arena, request->update_mask, allowed));
	TRY(identity_provider_find(call->tx, given->name, &provider));
	TRY(etag_check(call->arena, given->etag, provider.revision));
	if (!text_is_empty(given->issuer) && !text_equal(given->issuer, provider.issuer))
		return status_invalid_field(call->arena, "identity_provider.issuer",
					    "is immutable, because another issuer's subjects are other people; make another "
					    "identity provider");
	TRY(check_keys(call->arena, given));
	if (wire_mask_has(request->update_mask, &given->base, "display_name"))
		provider.display_name = given->display_name;
	if (wire_mask_has(request->update_mask, &given->base, "disabled"))
		provider.is_disabled = given->disabled;
	TRY(change_trust(call, request, &provider));
	provider.update_us = call->now_us;
	TRY(identity_provider_update(call->tx, &provider));
	TRY(decide_administrator_left(call->tx));
	TRY(iam_touch(call->tx, NULL));
	provider_to_wire(call->arena, &provider, reply);
	return OK;
}

struct status iam_get_identity_provider(struct call *call, const Gaon__GetIdentityProviderRequest *request,
					Gaon__IdentityProvider *reply)
{
	const char *ids[2];
	struct identity_provider provider;

	TRY(resource_parse(call->arena, "name", request->name, PATTERN, ids));
	TRY(identity_provider_find(call->tx, request->name, &provider));
	provider_to_wire(call->arena, &provider, reply);
	return OK;
}

struct status iam_list_identity_providers(struct call *call, const Gaon__ListIdentityProvidersRequest *request,
					  Gaon__ListIdentityProvidersResponse *reply)
{
	const char *ids[1];
	struct page page;
	struct identity_provider *trusted = NULL;
	size_t count = 0;

	TRY(resource_parse(call->arena, "parent", request->parent, "tenants/{}", ids));
	TRY(page_read(call->arena, request->page_size, request->page_token,
		      arena_printf(call->arena, "identityProviders %s", request->parent), &page));
	TRY(identity_provider_page(call->tx, request->parent, page.after, page.limit + 1, &trusted, &count));
	if (count > page.limit) {
		count = page.limit;
		reply->next_page_token = page_next(call->arena, &page, trusted[count - 1].name);
	}
	reply->identity_providers = ARENA_ARRAY(call->arena, count, Gaon__IdentityProvider *);
	for (size_t i = 0; i < count; i++) {
		Gaon__IdentityProvider *message = ARENA_NEW(call->arena, Gaon__IdentityProvider);

		gaon__identity_provider__init(message);
		provider_to_wire(call->arena, &trusted[i], message);
		reply->identity_providers[reply->n_identity_providers++] = message;
	}
	return OK;
}

struct status iam_delete_identity_provider(struct call *call, const Gaon__DeleteIdentityProviderRequest *request,
					   Gaon__DeleteIdentityProviderResponse *reply)
{
	const char *ids[2];
	struct identity_provider provider;

	(void)reply;
	TRY(resource_parse(call->arena, "name", request->name, PATTERN, ids));
	TRY(identity_provider_find(call->tx, request->name, &provider));
	TRY(etag_check(call->arena, request->etag, provider.revision));
	TRY(identity_provider_delete(call->tx, provider.name));
	TRY(iam_touch(call->tx, NULL));
	return decide_administrator_left(call->tx);
}
