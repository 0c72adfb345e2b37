/* SPDX-License-Identifier: Apache-2.0 */
/* gate.c: who is it, and may they: the one way into every handler. */
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/iam/cache.h"
#include "server/services/iam/credential.h"
#include "server/services/iam/decision.h"

/* From the store, and into the cache; but not in a write, whose view may yet roll back. */
static struct status authenticate(struct iam *iam, struct call *call, struct fingerprint tag, uint64_t epoch,
				  const struct cached_principal **who)
{
	struct proof proof = { .until_us = 0 };

	TRY(credential_check(iam, call, &proof));
	proof.who.used_us = call->now_us;
	if (proof.who.api_key_id != NULL)
		cache_note_use(iam->cache, proof.who.api_key_id, call->now_us);
	if (!store_is_write(call->tx)) {
		*who = cache_keep(iam->cache, tag, epoch, &proof.who, proof.until_us, call->arena);
		return OK;
	}
	*who = arena_memdup(call->arena, &proof.who, sizeof proof.who);
	return OK;
}

static struct status deny(struct call *call, const struct place *place, const struct decision *decision)
{
	struct arena *arena = call->arena;

	/* What may not be seen is answered like what is not there, from the top down. */
	if (!decision->is_tenant_visible && !place->is_root)
		return resource_not_found(arena, "Tenant", place->tenant);
	if (place->project != NULL && !decision->is_project_visible)
		return resource_not_found(arena, "Project", place->project);
	return status_with_metadata(arena,
				    status_fail(arena, STATUS_PERMISSION_DENIED, "PERMISSION_DENIED",
						"you need the permission \"%s\" on %s; ask an administrator for a role that has it",
						call->method->permission,
						place->project != NULL	 ? place->project :
						*place->tenant != '\0' ? place->tenant :
									 "the root tenant"),
				    "permission", call->method->permission);
}

static struct status authorize(struct iam *iam, struct call *call, const struct cached_principal *who, const char *scope,
			       uint64_t epoch)
{
	bool is_write = store_is_write(call->tx);
	struct fingerprint tag = { 0, 0 };
	struct place place;
	struct decision decision;

	if (!is_write) {
		tag = cache_decision_fingerprint(iam->cache, who, call->method, place_container(scope));
		if (cache_allows(iam->cache, tag, call->now_us))
			return OK;
	}

	const struct question question = { who->principal.name, who->principal.tenant, call->method->permission,
					   call->now_us };

	TRY(place_of(call->tx, scope, &place));
	TRY(decide(call->tx, &question, &place, &decision));
	if (!decision.is_allowed)
		return deny(call, &place, &decision);
	if (!is_write)
		cache_allow(iam->cache, tag, epoch, decision.until_us);
	return OK;
}

/* Who sends both means the authorization: a proxy's certificate says nothing about its users. */
static struct fingerprint credential_fingerprint(const struct iam *iam, const struct call *call)
{
	bool has_header = call->authorization.size > 0;

	return cache_fingerprint(iam->cache, has_header ? CACHE_AUTHORIZATION : CACHE_CERTIFICATE,
				 has_header ? call->authorization : call->certificate_san);
}

uint64_t iam_credential_tag(const struct iam *iam, const struct call *call)
{
	if (call->authorization.size == 0 && call->certificate_san.size == 0)
		return 0;
	return credential_fingerprint(iam, call).low | 1;
}

uint64_t iam_tag(const struct iam *iam, struct slice bytes)
{
	return cache_fingerprint(iam->cache, CACHE_NAME, bytes).low | 1;
}

struct status iam_gate(struct iam *iam, struct call *call, const char *scope)
{
	/* Before the first statement: see cache_epoch. */
	uint64_t epoch = cache_epoch(iam->cache);
	const struct cached_principal *who = NULL;

	scope = text_or_empty(scope);
	call->scope = scope;
	if (call->method->is_public) {
		call->principal = NULL;
		return OK;
	}

	struct fingerprint tag = credential_fingerprint(iam, call);

	/* A write decides by the store alone, so that a right that was taken away a moment ago gives nothing. */
	if (!store_is_write(call->tx))
		who = cache_find(iam->cache, tag, call->now_us, call->arena);
	if (who == NULL)
		TRY(authenticate(iam, call, tag, epoch, &who));
	call->principal = &who->principal;
	if (call->method->is_any_authenticated)
		return OK;
	return authorize(iam, call, who, scope, epoch);
}
