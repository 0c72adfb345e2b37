/* SPDX-License-Identifier: Apache-2.0 */
/* machine_list.h: machines by filter, order and page. */
#ifndef GAON_SERVICES_LIFECYCLE_MACHINE_LIST_H
#define GAON_SERVICES_LIFECYCLE_MACHINE_LIST_H

#include "server/services/lifecycle/machine.h"

struct machine_query {
	const char *parent; /* a project, or "tenants/acme/projects/-" */
	const char *filter, *order_by, *page_token;
	int32_t page_size;
	bool show_deleted;
};

/** `next_page_token` is "" at the end. */
MUST_CHECK struct status machine_list(struct store_tx *tx, const struct machine_query *query, struct machine **machines,
				      size_t *count, const char **next_page_token);

#endif
