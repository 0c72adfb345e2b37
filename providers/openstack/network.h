/* SPDX-License-Identifier: Apache-2.0 */
/* network.h: what the files about Neutron share. */
#ifndef GAON_PROVIDERS_OPENSTACK_NETWORK_H
#define GAON_PROVIDERS_OPENSTACK_NETWORK_H

#include "providers/openstack/page.h"
#include "providers/openstack/things.h"

/** To change something. */
struct provider_result openstack_network_ask(struct provider_session *, struct provider_call *, const char *method,
					     const char *path, const struct json *body, const char *what,
					     struct openstack_reply *);
/** GET; the answer has the member, or it is UNAVAILABLE. */
struct provider_result openstack_network_look(struct provider_session *, struct provider_call *, const char *path,
					      const char *member, const char *what, struct openstack_reply *);
/** "{outer: {}}", and the object in it. */
struct json *openstack_network_body(struct arena *arena, const char *outer, struct json **inner);
/** "10.0.3.0/24" or "fd00::/64" with no bit behind the prefix: 4 or 6; else 0. */
int openstack_cidr_family(const char *cidr);
/** A row that bears this Gaon's mark of the intent in its description, or any row when there is no intent. */
bool openstack_is_wanted(const struct provider_session *session, const struct provider_marks *marks,
			 const struct provider_intent *intent);

#endif
