/* SPDX-License-Identifier: Apache-2.0 */
/* networks.h: networks as they are listed, for who makes some. */
#ifndef GAON_PROVIDERS_OPENSTACK_NETWORKS_H
#define GAON_PROVIDERS_OPENSTACK_NETWORKS_H

#include "providers/openstack/things.h"

/** False when it has no id. Texts are copied; the cidr is the subnets'. */
bool openstack_network_read(struct arena *arena, const struct json *json, struct provider_made_network *network);
/** Fills in the cidrs. */
struct provider_result openstack_subnets_add(struct provider_session *, struct provider_call *,
					     struct provider_network *networks, size_t count);
/** Intent not NULL: a page may be empty and yet not the last one. */
struct provider_result openstack_network_list(struct provider_session *, struct provider_call *,
					      const struct provider_intent *, struct provider_page *,
					      struct provider_made_network **, size_t *count);

#endif
