/* SPDX-License-Identifier: Apache-2.0 */
/* iam.c: the room's own memory, and what binds it to the store. */
#include "server/services/iam/iam.h"

#include "runtime/base/memory.h"
#include "runtime/base/time.h"
#include "runtime/crypto/random.h"
#include "server/services/iam/api_key_store.h"
#include "server/services/iam/cache.h"
#include "server/services/iam/room.h"
#include "server/services/iam/verified.h"
#include "server/sso/issuer.h"

enum { OWNERS_MOST = 8, USES_A_FLUSH = 512 };

/* Set at start by the composition, then only read: which rooms own what, and the one iam of this process. */
static iam_owns owners[OWNERS_MOST];
static unsigned owner_count;
static struct iam *the_iam;

static const char RAISE_REVISION[] = "UPDATE iam_state SET revision = revision + 1 WHERE id = 1 RETURNING revision";

struct iam *iam_of_process(void)
{
	return the_iam;
}

static void forget_on_commit(void *context, int64_t marks)
{
	struct iam *iam = context;

	if (marks & STORE_MARK_IAM)
		cache_drop(iam->cache);
}

struct status iam_new(struct arena *arena, const struct iam_options *options, struct iam **iam)
{
	uint64_t key[2];

	if (options->secret.size != sizeof((struct iam *)NULL)->secret)
		return status_fail(arena, STATUS_INVALID_ARGUMENT, "IAM_SECRET_INVALID",
				   "iam needs a secret of exactly 32 bytes; look at the server's key file");
	TRY(random_bytes(arena, key, sizeof key));

	struct iam *made = MEMORY_NEW(struct iam);

	made->store = options->store;
	made->allow_loopback_http = options->allow_loopback_http;
	memcpy(made->secret, options->secret.data, sizeof made->secret);
	made->cache = cache_new(key);
	memory_wipe(key, sizeof key);
	pthread_mutex_init(&made->guess_lock, NULL);
	made->verified = verified_new();

	const struct issuer_options issuers = { .allow_loopback_http = options->allow_loopback_http };
	struct status status = issuer_keys_new(arena, &issuers, &made->issuer_keys);

	if (!status_is_ok(status)) {
		iam_free(made);
		return status;
	}
	store_on_commit(options->store, forget_on_commit, made);
	the_iam = made;
	*iam = made;
	return OK;
}

void iam_free(struct iam *iam)
{
	if (iam == NULL)
		return;
	if (the_iam == iam)
		the_iam = NULL;
	issuer_keys_free(iam->issuer_keys);
	verified_free(iam->verified);
	cache_free(iam->cache);
	pthread_mutex_destroy(&iam->guess_lock);
	memory_wipe(iam->secret, sizeof iam->secret);
	memory_free(iam);
}

struct status iam_touch(struct store_tx *tx, int64_t *revision)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, RAISE_REVISION, SQL_NO_ARGS, &rows));
	if (revision != NULL && store_next(rows))
		*revision = row_int(rows, 0);
	store_mark(tx, STORE_MARK_IAM);
	return OK;
}

void iam_register_owner(iam_owns owns)
{
	for (unsigned i = 0; i < owner_count; i++)
		if (owners[i] == owns)
			return;
	if (owner_count < OWNERS_MOST)
		owners[owner_count++] = owns;
}

struct status iam_is_owned(struct store_tx *tx, const char *name, bool *is_owned)
{
	*is_owned = false;
	for (unsigned i = 0; i < owner_count && !*is_owned; i++)
		TRY(owners[i](tx, name, is_owned));
	return OK;
}

/* ---- when keys were used ---- */

struct uses {
	struct cache_use notes[USES_A_FLUSH];
	size_t count;
};

static struct status write_uses(struct store_tx *tx, void *context)
{
	const struct uses *uses = context;

	for (size_t i = 0; i < uses->count; i++)
		TRY(api_key_used(tx, uses->notes[i].api_key_id, uses->notes[i].at_us));
	return OK;
}

struct status iam_flush(struct iam *iam, struct arena *arena)
{
	struct uses *uses = ARENA_NEW(arena, struct uses);

	do {
		uses->count = cache_take_uses(iam->cache, uses->notes, USES_A_FLUSH);
		if (uses->count > 0)
			TRY(store_write(iam->store, arena, write_uses, uses));
	} while (uses->count == USES_A_FLUSH);
	return OK;
}
