/* SPDX-License-Identifier: Apache-2.0 */
/* connection_quota.h: what a cloud itself limits, as the last probe found it. */
#ifndef GAON_SERVICES_CATALOG_CONNECTION_QUOTA_H
#define GAON_SERVICES_CATALOG_CONNECTION_QUOTA_H

#include "providers/provider.h"
#include "runtime/base/json.h"
#include "server/store/store.h"

struct connection_quota {
	const char *id;	     /* "vcpus": a slug of the cloud's word */
	int64_t limit, used; /* -1: none; not known */
};

/** For a step's memo, at most CONNECTION_QUOTAS_MOST. */
struct json *connection_quotas_note(struct arena *arena, const struct provider_quota *quotas, size_t count);
/** Takes the place of what was known before. `noted` as connection_quotas_note gave it; NULL: it was not asked, nothing changes. */
MUST_CHECK struct status connection_quotas_set(struct store_tx *tx, const char *connection, const struct json *noted);
/** By id, after `after` (NULL: from the first). */
MUST_CHECK struct status connection_quotas_list(struct store_tx *tx, const char *connection, const char *after, unsigned most,
						struct connection_quota **quotas, size_t *count);
enum { CONNECTION_QUOTAS_MOST = 500 };

#endif
