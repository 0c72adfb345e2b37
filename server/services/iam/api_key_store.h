/* SPDX-License-Identifier: Apache-2.0 */
/* api_key_store.h: the SQL of API keys; the secret itself is nowhere, only its keyed hash. */
#ifndef GAON_SERVICES_IAM_API_KEY_STORE_H
#define GAON_SERVICES_IAM_API_KEY_STORE_H

#include "server/store/store.h"

struct api_key {
	const char *id, *name, *account, *display_name;
	struct slice hash;
	int64_t expires_us;  /* 0: never */
	int64_t last_use_us; /* 0: never */
	int64_t create_us;
};

MUST_CHECK struct status api_key_insert(struct store_tx *tx, const struct api_key *key);
/** *found false when there is none. */
MUST_CHECK struct status api_key_find(struct store_tx *tx, const char *id, struct api_key *key, bool *found);
MUST_CHECK struct status api_key_delete(struct store_tx *tx, const char *id);
MUST_CHECK struct status api_key_count(struct store_tx *tx, const char *account, int64_t *count);
/** Never goes back in time. */
MUST_CHECK struct status api_key_used(struct store_tx *tx, const char *id, int64_t at_us);
/** Keys of an account, newest first, before the id `before` ("": from the newest), at most `limit`. */
MUST_CHECK struct status api_key_page(struct store_tx *tx, const char *account, const char *before, unsigned limit,
				      struct api_key **keys, size_t *count);

#endif
