/* SPDX-License-Identifier: Apache-2.0 */
/* account_store.h: the SQL of users and service accounts: what holds a credential. */
#ifndef GAON_SERVICES_IAM_ACCOUNT_STORE_H
#define GAON_SERVICES_IAM_ACCOUNT_STORE_H

#include "server/store/store.h"

enum account_kind { ACCOUNT_USER = 1, ACCOUNT_SERVICE = 2 };

struct account {
	const char *name, *tenant, *display_name, *email;
	const char *identity_provider, *subject; /* NULL: none */
	const char *certificate_san;             /* NULL: none */
	enum account_kind kind;
	bool is_disabled;
	int64_t revision, create_us, update_us;
};

/** ALREADY_EXISTS / USER_EXISTS, SERVICE_ACCOUNT_EXISTS; / SUBJECT_EXISTS, CERTIFICATE_SAN_EXISTS when that is taken. */
MUST_CHECK struct status account_insert(struct store_tx *tx, const struct account *account);
/** *found false when there is none. */
MUST_CHECK struct status account_find(struct store_tx *tx, const char *name, struct account *account, bool *found);
MUST_CHECK struct status account_find_subject(struct store_tx *tx, const char *identity_provider, const char *subject,
					      struct account *account, bool *found);
MUST_CHECK struct status account_find_certificate(struct store_tx *tx, const char *san, struct account *account, bool *found);
/** Writes all but name, tenant, kind, certificate_san; raises the revision in `account` too. ALREADY_EXISTS / SUBJECT_EXISTS. */
MUST_CHECK struct status account_update(struct store_tx *tx, struct account *account);
/** With its keys, memberships and bindings. */
MUST_CHECK struct status account_delete(struct store_tx *tx, const char *name);
/** Accounts of a kind in one tenant after `after`, by name, at most `limit`. */
struct account_query {
	const char *tenant, *after;
	enum account_kind kind;
	unsigned limit;
};
MUST_CHECK struct status account_page(struct store_tx *tx, const struct account_query *query, struct account **accounts,
				      size_t *count);
/** Those who sign in by an identity provider and hold something, by name, at most `limit`. */
MUST_CHECK struct status account_holders_of_provider(struct store_tx *tx, const char *identity_provider, unsigned limit,
						     const char ***names, size_t *count);
/** Those users of a gone identity provider keep their account, but not that way in. */
MUST_CHECK struct status account_forget_provider(struct store_tx *tx, const char *identity_provider);

#endif
