/* SPDX-License-Identifier: Apache-2.0 */
/* bootstrap.c: the one-time token that lets the first administrator in. */
#include "server/services/iam/bootstrap.h"

#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "runtime/crypto/digest.h"
#include "server/services/iam/secret.h"
#include "server/services/iam/tenant_store.h"

enum { GUESSES_A_MINUTE = 10 };

/* A token that nobody used within a day is made anew at the next start. */
#define LIFE_US TIME_US_PER_DAY

static const char SET_TOKEN[] = "UPDATE iam_state SET bootstrap_hash = $1, bootstrap_expires_us = $2 WHERE id = 1";
static const char GET_TOKEN[] = "SELECT bootstrap_hash, bootstrap_expires_us FROM iam_state WHERE id = 1";
static const char CLEAR_TOKEN[] =
	"UPDATE iam_state SET bootstrap_hash = NULL, bootstrap_expires_us = NULL WHERE id = 1";

struct preparation {
	const char *token;
};

static struct slice hash_of(struct arena *arena, const char *token)
{
	return secret_hash(arena, "bootstrap", "", slice_text(token));
}

static struct status prepare(struct store_tx *tx, void *context)
{
	struct preparation *preparation = context;
	const char *root = NULL, *secret = NULL;

	preparation->token = "";
	TRY(tenant_root(tx, &root));
	if (*root != '\0')
		return OK;
	TRY(secret_new_hex(store_arena(tx), &secret));
	TRY(store_execute(tx, SET_TOKEN,
			  SQL_ARGS(sql_blob(hash_of(store_arena(tx), secret)), sql_int(time_now_us() + LIFE_US)), NULL));
	preparation->token = secret;
	return OK;
}

struct status iam_prepare(struct iam *iam, struct arena *arena, const char **bootstrap_token)
{
	struct preparation preparation = { "" };

	TRY(store_write(iam->store, arena, prepare, &preparation));
	*bootstrap_token = preparation.token;
	return OK;
}

static struct status check_guesses(struct iam *iam, struct arena *arena, int64_t now_us)
{
	pthread_mutex_lock(&iam->guess_lock);
	if (now_us - iam->guess_minute_us >= TIME_US_PER_MINUTE || now_us < iam->guess_minute_us) {
		iam->guess_minute_us = now_us;
		iam->guesses = 0;
	}

	bool is_over = iam->guesses >= GUESSES_A_MINUTE;
	int64_t wait_us = iam->guess_minute_us + TIME_US_PER_MINUTE - now_us;

	pthread_mutex_unlock(&iam->guess_lock);
	if (!is_over)
		return OK;
	return status_with_retry(arena,
				 status_fail(arena, STATUS_RESOURCE_EXHAUSTED, "BOOTSTRAP_TOO_MANY_GUESSES",
					     "too many wrong bootstrap tokens; wait a minute and try again"),
				 wait_us / TIME_US_PER_MS);
}

static void count_guess(struct iam *iam)
{
	pthread_mutex_lock(&iam->guess_lock);
	iam->guesses++;
	pthread_mutex_unlock(&iam->guess_lock);
}

struct status bootstrap_use_token(struct store_tx *tx, const char *token, int64_t now_us)
{
	struct arena *arena = store_arena(tx);
	struct iam *iam = iam_of_process();
	struct rows *rows = NULL;

	if (iam != NULL)
		TRY(check_guesses(iam, arena, now_us));
	TRY(store_query(tx, GET_TOKEN, SQL_NO_ARGS, &rows));

	bool is_right = store_next(rows) && !row_is_null(rows, 0) && now_us < row_int(rows, 1) &&
			digest_equal(hash_of(arena, token), row_blob(rows, 0));

	if (is_right)
		return store_execute(tx, CLEAR_TOKEN, SQL_NO_ARGS, NULL);
	if (iam != NULL)
		count_guess(iam);
	return status_fail(arena, STATUS_UNAUTHENTICATED, "BOOTSTRAP_TOKEN_INVALID",
			   "the bootstrap token is wrong, expired or used; take the one that gaond printed at its last start");
}
