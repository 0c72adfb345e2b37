/* SPDX-License-Identifier: Apache-2.0 */
/* server.h: what Nova says of a server. */
#ifndef GAON_PROVIDERS_OPENSTACK_SERVER_H
#define GAON_PROVIDERS_OPENSTACK_SERVER_H

#include "providers/openstack/session.h"

struct openstack_server {
	struct provider_machine machine;
	const char *status;                  /* "ACTIVE" */
	const char *task_state;              /* "powering-off"; NULL: nothing goes on */
	const char *fault;                   /* why it is in ERROR, or NULL */
	const char *flavor_id, *flavor_name; /* the one or the other, by microversion */
	const char *image;                   /* native id of what is on its disk now; NULL: it boots from a volume */
	const char *updated;
	const struct json *metadata; /* with our marks; NULL: none */
	bool is_volume_backed;
};

/** False when it has no id: then it is none. Texts are copied. The machine has its size only where the flavor is said
 * whole. */
bool openstack_server_read(struct arena *arena, const struct json *json, struct openstack_server *server);

/** Reads it, and looks its size up. NOT_FOUND when it is none. */
struct provider_result openstack_server_tell(struct provider_session *session, struct provider_call *call,
					     const struct json *json, struct openstack_server *server);
/** GET /servers/{id}, also one that is deleted and still in the books. */
struct provider_result openstack_server_look(struct provider_session *session, struct provider_call *call,
					     const char *native_id, struct openstack_server *server);
/** The same; NOT_FOUND of one that is deleted. */
struct provider_result openstack_server_get(struct provider_session *session, struct provider_call *call,
					    const char *native_id, struct openstack_server *server);
/** POST /servers/{id}/action; `argument` NULL: null. The reply may be NULL. */
struct provider_result openstack_server_action(struct provider_session *session, struct provider_call *call,
					       const char *native_id, const char *action, const struct json *argument,
					       const char *what, struct openstack_reply *reply);
/** A result of the class that its fault means, with its words. */
struct provider_result openstack_server_failed(struct provider_call *call, const struct openstack_server *server,
					       const char *what);

#endif
