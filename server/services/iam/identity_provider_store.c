/* SPDX-License-Identifier: Apache-2.0 */
/* identity_provider_store.c: the SQL of trusted issuers. */
#include "server/services/iam/identity_provider_store.h"

#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/iam/account_store.h"

#define COLUMNS                                                                                                        \
	" name, tenant, display_name, issuer, audience, jwks_uri, algorithms, subject_claim, jwks, is_disabled,"       \
	" revision, create_us, update_us "

static const char INSERT_PROVIDER[] =
	"INSERT INTO identity_provider (name, tenant, display_name, issuer, audience, jwks_uri, algorithms, subject_claim,"
	" jwks, is_disabled, revision, create_us, update_us)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11, $11)"
	" ON CONFLICT (name) DO NOTHING RETURNING revision";

static const char FIND_PROVIDER[] = "SELECT" COLUMNS "FROM identity_provider WHERE name = $1";

static const char UPDATE_PROVIDER[] =
	"UPDATE identity_provider SET display_name = $2, audience = $3, jwks_uri = $4, algorithms = $5, subject_claim = $6,"
	" jwks = $7, is_disabled = $8, update_us = $9, revision = revision + 1"
	" WHERE name = $1 RETURNING revision";

static const char DELETE_PROVIDER[] = "DELETE FROM identity_provider WHERE name = $1";

static const char PAGE_OF_PROVIDERS[] =
	"SELECT" COLUMNS "FROM identity_provider WHERE tenant = $1 AND name > $2 ORDER BY name LIMIT $3";

static const char OF_ISSUER[] =
	"SELECT" COLUMNS "FROM identity_provider WHERE issuer = $1 AND is_disabled = 0 ORDER BY name LIMIT $2";

static struct identity_provider read_provider(const struct rows *rows)
{
	return (struct identity_provider){
		.name = row_text(rows, 0),
		.tenant = row_text(rows, 1),
		.display_name = row_text(rows, 2),
		.issuer = row_text(rows, 3),
		.audience = row_text(rows, 4),
		.jwks_uri = row_text(rows, 5),
		.algorithms = row_text(rows, 6),
		.subject_claim = row_text(rows, 7),
		.jwks = row_text(rows, 8),
		.is_disabled = row_bool(rows, 9),
		.revision = row_int(rows, 10),
		.create_us = row_int(rows, 11),
		.update_us = row_int(rows, 12),
	};
}

struct status identity_provider_insert(struct store_tx *tx, const struct identity_provider *provider)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, INSERT_PROVIDER,
			SQL_ARGS(sql_text(provider->name), sql_text(provider->tenant), sql_text(provider->display_name),
				 sql_text(provider->issuer), sql_text(provider->audience), sql_text(provider->jwks_uri),
				 sql_text(provider->algorithms), sql_text(provider->subject_claim),
				 sql_text(provider->jwks), sql_bool(provider->is_disabled), sql_int(provider->create_us)),
			&rows));
	if (!store_next(rows))
		return status_fail(store_arena(tx), STATUS_ALREADY_EXISTS, "IDENTITY_PROVIDER_EXISTS",
				   "there is an identity provider of this id in the tenant already; choose another id");
	return OK;
}

struct status identity_provider_find(struct store_tx *tx, const char *name, struct identity_provider *provider)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, FIND_PROVIDER, SQL_ARGS(sql_text(name)), &rows));
	if (!store_next(rows))
		return resource_not_found(store_arena(tx), "IdentityProvider", name);
	*provider = read_provider(rows);
	return OK;
}

struct status identity_provider_update(struct store_tx *tx, struct identity_provider *provider)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, UPDATE_PROVIDER,
			SQL_ARGS(sql_text(provider->name), sql_text(provider->display_name), sql_text(provider->audience),
				 sql_text(provider->jwks_uri), sql_text(provider->algorithms),
				 sql_text(provider->subject_claim), sql_text(provider->jwks),
				 sql_bool(provider->is_disabled), sql_int(provider->update_us)),
			&rows));
	if (store_next(rows))
		provider->revision = row_int(rows, 0);
	return OK;
}

struct status identity_provider_delete(struct store_tx *tx, const char *name)
{
	TRY(account_forget_provider(tx, name));
	return store_execute(tx, DELETE_PROVIDER, SQL_ARGS(sql_text(name)), NULL);
}

static struct identity_provider *read_all(struct store_tx *tx, struct rows *rows, size_t *count)
{
	struct identity_provider *found = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows), struct identity_provider);
	size_t filled = 0;

	while (store_next(rows))
		found[filled++] = read_provider(rows);
	*count = filled;
	return found;
}

struct status identity_provider_page(struct store_tx *tx, const char *tenant, const char *after, unsigned limit,
				     struct identity_provider **providers, size_t *count)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, PAGE_OF_PROVIDERS, SQL_ARGS(sql_text(tenant), sql_text(text_or_empty(after)), sql_int(limit)),
			&rows));
	*providers = read_all(tx, rows, count);
	return OK;
}

struct status identity_provider_of_issuer(struct store_tx *tx, const char *issuer, unsigned limit,
					  struct identity_provider **providers, size_t *count)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, OF_ISSUER, SQL_ARGS(sql_text(issuer), sql_int(limit)), &rows));
	*providers = read_all(tx, rows, count);
	return OK;
}
