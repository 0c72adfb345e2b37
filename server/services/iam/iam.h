/* SPDX-License-Identifier: Apache-2.0 */
/* iam.h: what other rooms may ask of iam: who is it, may they, write it down. */
#ifndef GAON_SERVICES_IAM_IAM_H
#define GAON_SERVICES_IAM_IAM_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/base/arena.h"
#include "runtime/base/json.h"
#include "runtime/base/slice.h"
#include "runtime/base/status.h"
#include "runtime/rpc/call.h"
#include "server/store/store.h"

/** Who calls. Lives in the call's arena. */
struct principal {
	const char *name;         /* "tenants/acme/users/mina" */
	const char *tenant;       /* "tenants/acme" */
	const char *display_name;
	const char *method;       /* "api-key", "oidc", "mtls" */
	const char **members;     /* itself and all its groups, nested ones too: what bindings may name */
	size_t member_count;
	int64_t expires_us;       /* of the credential; INT64_MAX: never */
};

/** iam's own memory: caches of credentials and decisions (dropped on STORE_MARK_IAM), the keyed-hash secret, the issuers' keys. */
struct iam;

struct iam_options {
	struct store *store;
	struct slice secret;       /* 32 bytes: keys the hash of API-key secrets; from the server's key file */
	bool allow_loopback_http;  /* JWKS over http on loopback */
};
MUST_CHECK struct status iam_new(struct arena *arena, const struct iam_options *options, struct iam **iam);
void iam_free(struct iam *iam);

/**
 * Writes down when API keys were last used, as noted since the last call. Call it every minute and before iam_free, from a thread
 * that may wait for the store, outside any transaction.
 */
MUST_CHECK struct status iam_flush(struct iam *iam, struct arena *arena);

/**
 * At start: makes the built-in roles' table present; when no tenant exists yet, (re)makes the one-time bootstrap token and
 * gives it for printing ("" when there is nothing to bootstrap).
 */
MUST_CHECK struct status iam_prepare(struct iam *iam, struct arena *arena, const char **bootstrap_token);

/**
 * The gate, in the call's transaction (call->tx is set): authenticates by call->authorization or call->certificate_san and
 * authorizes call->method on the request's scope; sets call->principal and call->scope. UNAUTHENTICATED / CREDENTIAL_MISSING,
 * CREDENTIAL_INVALID, CREDENTIAL_EXPIRED; PERMISSION_DENIED / PERMISSION_DENIED (names the permission) only where the caller
 * may see the scope at all, else NOT_FOUND exactly as the handler would answer for a resource that does not exist.
 * `scope` is the value of the request field that the method's row names ("" for the root).
 */
MUST_CHECK struct status iam_gate(struct iam *iam, struct call *call, const char *scope);

/**
 * Numbers to count callers by, never to decide by: a keyed hash, under a key that only this process knows, of what a call shows (0:
 * nothing), and of a name or address. Never 0 for anything.
 */
uint64_t iam_credential_tag(const struct iam *iam, const struct call *call);
uint64_t iam_tag(const struct iam *iam, struct slice bytes);

/** May `principal` do `permission` on `resource` (a tenant, project or anything below)? Never fails for "no". */
MUST_CHECK struct status iam_allows(struct store_tx *tx, const struct principal *principal, const char *permission,
				    const char *resource, bool *allowed);
/** Does it hold `role` ("roles/approver") there, itself or through a group or an ancestor tenant? */
MUST_CHECK struct status iam_holds_role(struct store_tx *tx, const struct principal *principal, const char *role,
					const char *resource, bool *holds);
/** Loads a principal by name, as for a caller, for decisions about somebody else. NOT_FOUND / PRINCIPAL_NOT_FOUND. */
MUST_CHECK struct status iam_principal(struct store_tx *tx, const char *name, struct principal *principal);
/**
 * NOT_FOUND / PRINCIPAL_NOT_FOUND unless `name` is a user, service account or group that exists and that `caller` may read: naming
 * somebody must not tell whether an account exists.
 */
MUST_CHECK struct status iam_principal_check(struct store_tx *tx, const struct principal *caller, const char *field,
					     const char *name);
/** Is `name` one of principal->members? */
bool iam_is_member(const struct principal *principal, const char *name);

/** "tenants/acme" and the tenants above it, nearest first. NOT_FOUND / TENANT_NOT_FOUND. */
MUST_CHECK struct status iam_ancestry(struct store_tx *tx, const char *tenant, const char ***tenants, size_t *count);
/** NOT_FOUND / PROJECT_NOT_FOUND when there is no such project ("tenants/acme/projects/web"). */
MUST_CHECK struct status iam_project_check(struct store_tx *tx, const char *project);
MUST_CHECK struct status iam_tenant_check(struct store_tx *tx, const char *tenant);
/** The root of the tenant tree, "" before bootstrap. */
MUST_CHECK struct status iam_root_tenant(struct store_tx *tx, const char **tenant);

/**
 * A room that owns something in projects says so, so that iam can refuse to delete a project or tenant that is not empty.
 * `name` is a project or tenant name. Registered once at start.
 */
typedef struct status (*iam_owns)(struct store_tx *tx, const char *name, bool *owns);
void iam_register_owner(iam_owns owns);

/** One audit event, chained, in the given write transaction: commits with what it records. */
struct audit_entry {
	const char *tenant;    /* of who acts; NULL: the root. An event is the tenant's whose resource it is about; else this one's */
	const char *principal; /* NULL: unauthenticated */
	const char *method, *peer, *service_method, *resource, *trace_id;
	struct status status;
	const char *request_json; /* redacted; NULL: none */
	int64_t at_us;
};
MUST_CHECK struct status iam_audit(struct store_tx *tx, const struct audit_entry *entry);

extern const struct migration iam_migrations[];
extern const size_t iam_migration_count;

#endif
