/* SPDX-License-Identifier: Apache-2.0 */
/* api_key.h: making keys. */
#ifndef GAON_SERVICES_IAM_API_KEY_H
#define GAON_SERVICES_IAM_API_KEY_H

#include "server/services/iam/api_key_store.h"

/** Fills id, name, hash; keeps the key. `token` is "gaon_<id>_<secret>", which exists nowhere else. */
MUST_CHECK struct status api_key_make(struct store_tx *tx, struct api_key *key, const char **token);

#endif
