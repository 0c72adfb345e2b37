/* SPDX-License-Identifier: Apache-2.0 */
/* account_store.c: the SQL of users and service accounts. */
#include "server/services/iam/account_store.h"

#include "runtime/base/text.h"

#define COLUMNS                                                                                                        \
	" name, tenant, kind, display_name, email, identity_provider, subject, is_disabled, revision, create_us,"      \
	" update_us, certificate_san "

static const char INSERT_ACCOUNT[] =
	"INSERT INTO account (name, tenant, kind, display_name, email, identity_provider, subject, is_disabled, revision,"
	" create_us, update_us, certificate_san)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9, $9, $10)"
	" ON CONFLICT (name) DO NOTHING RETURNING revision";

static const char FIND_ACCOUNT[] = "SELECT" COLUMNS "FROM account WHERE name = $1";

static const char FIND_SUBJECT[] = "SELECT" COLUMNS "FROM account WHERE identity_provider = $1 AND subject = $2";

static const char FIND_CERTIFICATE[] = "SELECT" COLUMNS "FROM account WHERE certificate_san = $1";

static const char UPDATE_ACCOUNT[] =
	"UPDATE account SET display_name = $2, email = $3, identity_provider = $4, subject = $5, is_disabled = $6,"
	" update_us = $7, revision = revision + 1"
	" WHERE name = $1 RETURNING revision";

/* What names the account changes with it: etags of those policies and groups that were read before are stale. */
static const char TOUCH_POLICIES[] =
	"UPDATE policy SET revision = revision + 1"
	" WHERE resource IN (SELECT resource FROM role_binding WHERE member = $1)";
static const char TOUCH_GROUPS[] =
	"UPDATE principal_group SET revision = revision + 1"
	" WHERE name IN (SELECT group_name FROM group_member WHERE member = $1)";
static const char DELETE_KEYS[] = "DELETE FROM api_key WHERE account = $1";
static const char DELETE_MEMBERSHIPS[] = "DELETE FROM group_member WHERE member = $1";
static const char DELETE_BINDINGS[] = "DELETE FROM role_binding WHERE member = $1";
static const char DELETE_ACCOUNT[] = "DELETE FROM account WHERE name = $1";

static const char PAGE_OF_ACCOUNTS[] =
	"SELECT" COLUMNS "FROM account WHERE tenant = $1 AND kind = $2 AND name > $3 ORDER BY name LIMIT $4";

static const char HOLDERS_OF_PROVIDER[] =
	"SELECT name FROM account a WHERE identity_provider = $1"
	" AND (EXISTS (SELECT 1 FROM role_binding b WHERE b.member = a.name)"
	" OR EXISTS (SELECT 1 FROM group_member m WHERE m.member = a.name))"
	" ORDER BY name LIMIT $2";

static const char FORGET_PROVIDER[] =
	"UPDATE account SET identity_provider = NULL, subject = NULL, revision = revision + 1 WHERE identity_provider = $1";

static struct account read_account(const struct rows *rows)
{
	return (struct account){
		.name = row_text(rows, 0),
		.tenant = row_text(rows, 1),
		.kind = (enum account_kind)row_int(rows, 2),
		.display_name = row_text(rows, 3),
		.email = row_text(rows, 4),
		.identity_provider = row_text(rows, 5),
		.subject = row_text(rows, 6),
		.is_disabled = row_bool(rows, 7),
		.revision = row_int(rows, 8),
		.create_us = row_int(rows, 9),
		.update_us = row_int(rows, 10),
		.certificate_san = row_text(rows, 11),
	};
}

static struct status find(struct store_tx *tx, struct rows *rows, struct account *account, bool *found)
{
	(void)tx;
	*found = store_next(rows);
	if (*found)
		*account = read_account(rows);
	return OK;
}

/* One subject of an issuer is one person: asked first, because a broken uniqueness would doom the whole transaction. */
static struct status check_subject(struct store_tx *tx, const struct account *account)
{
	struct account other;
	bool is_found = false;

	if (account->identity_provider == NULL || account->subject == NULL)
		return OK;
	TRY(account_find_subject(tx, account->identity_provider, account->subject, &other, &is_found));
	if (!is_found || text_equal(other.name, account->name))
		return OK;
	return status_with_field(store_arena(tx),
				 status_fail(store_arena(tx), STATUS_ALREADY_EXISTS, "SUBJECT_EXISTS",
					     "this subject of the identity provider is another user's already; one person has"
					     " one account"),
				 "user.subject", "is taken");
}

static struct status check_certificate(struct store_tx *tx, const struct account *account)
{
	struct account other;
	bool is_found = false;

	if (account->certificate_san == NULL)
		return OK;
	TRY(account_find_certificate(tx, account->certificate_san, &other, &is_found));
	if (!is_found)
		return OK;
	return status_with_field(store_arena(tx),
				 status_fail(store_arena(tx), STATUS_ALREADY_EXISTS, "CERTIFICATE_SAN_EXISTS",
					     "this certificate name is another service account's already; one program has one"
					     " account"),
				 "service_account.certificate_san", "is taken");
}

struct status account_insert(struct store_tx *tx, const struct account *account)
{
	struct rows *rows = NULL;

	TRY(check_subject(tx, account));
	TRY(check_certificate(tx, account));
	TRY(store_query(tx, INSERT_ACCOUNT,
			SQL_ARGS(sql_text(account->name), sql_text(account->tenant), sql_int(account->kind),
				 sql_text(account->display_name), sql_text(account->email),
				 sql_text(account->identity_provider), sql_text(account->subject),
				 sql_bool(account->is_disabled), sql_int(account->create_us),
				 sql_text(account->certificate_san)),
			&rows));
	if (store_next(rows))
		return OK;
	return status_fail(store_arena(tx), STATUS_ALREADY_EXISTS,
			   account->kind == ACCOUNT_USER ? "USER_EXISTS" : "SERVICE_ACCOUNT_EXISTS",
			   "there is an account of this id in the tenant already; choose another id");
}

struct status account_find(struct store_tx *tx, const char *name, struct account *account, bool *found)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, FIND_ACCOUNT, SQL_ARGS(sql_text(name)), &rows));
	return find(tx, rows, account, found);
}

struct status account_find_subject(struct store_tx *tx, const char *identity_provider, const char *subject,
				   struct account *account, bool *found)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, FIND_SUBJECT, SQL_ARGS(sql_text(identity_provider), sql_text(subject)), &rows));
	return find(tx, rows, account, found);
}

struct status account_find_certificate(struct store_tx *tx, const char *san, struct account *account, bool *found)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, FIND_CERTIFICATE, SQL_ARGS(sql_text(san)), &rows));
	return find(tx, rows, account, found);
}

struct status account_update(struct store_tx *tx, struct account *account)
{
	struct rows *rows = NULL;

	TRY(check_subject(tx, account));
	TRY(store_query(tx, UPDATE_ACCOUNT,
			SQL_ARGS(sql_text(account->name), sql_text(account->display_name), sql_text(account->email),
				 sql_text(account->identity_provider), sql_text(account->subject),
				 sql_bool(account->is_disabled), sql_int(account->update_us)),
			&rows));
	if (store_next(rows))
		account->revision = row_int(rows, 0);
	return OK;
}

struct status account_delete(struct store_tx *tx, const char *name)
{
	static const char *const steps[] = {
		TOUCH_POLICIES, TOUCH_GROUPS, DELETE_KEYS, DELETE_MEMBERSHIPS, DELETE_BINDINGS, DELETE_ACCOUNT,
	};

	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
		TRY(store_execute(tx, steps[i], SQL_ARGS(sql_text(name)), NULL));
	return OK;
}

struct status account_page(struct store_tx *tx, const struct account_query *query, struct account **accounts, size_t *count)
{
	struct rows *rows = NULL;
	size_t filled = 0;

	TRY(store_query(tx, PAGE_OF_ACCOUNTS,
			SQL_ARGS(sql_text(query->tenant), sql_int(query->kind), sql_text(text_or_empty(query->after)),
				 sql_int(query->limit)),
			&rows));

	struct account *found = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows), struct account);

	while (store_next(rows))
		found[filled++] = read_account(rows);
	*accounts = found;
	*count = filled;
	return OK;
}

struct status account_forget_provider(struct store_tx *tx, const char *identity_provider)
{
	return store_execute(tx, FORGET_PROVIDER, SQL_ARGS(sql_text(identity_provider)), NULL);
}

struct status account_holders_of_provider(struct store_tx *tx, const char *identity_provider, unsigned limit,
					  const char ***names, size_t *count)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, HOLDERS_OF_PROVIDER, SQL_ARGS(sql_text(identity_provider), sql_int(limit)), &rows));
	*names = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows), const char *);
	for (*count = 0; store_next(rows); (*count)++)
		(*names)[*count] = row_text(rows, 0);
	return OK;
}
