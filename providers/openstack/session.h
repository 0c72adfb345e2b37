/* SPDX-License-Identifier: Apache-2.0 */
/* session.h: an open connection to one project: how it asks, and what it keeps in mind. */
#ifndef GAON_PROVIDERS_OPENSTACK_SESSION_H
#define GAON_PROVIDERS_OPENSTACK_SESSION_H

#include <pthread.h>

#include "providers/kit/bearer.h"
#include "providers/kit/cloud.h"
#include "providers/openstack/identity.h"

/* What this adapter was tested with; an older cloud's own maximum is used instead. */
#define OPENSTACK_COMPUTE_MINOR 93 /* 2.93: Zed */
#define OPENSTACK_VOLUME_MINOR 70  /* 3.70: Zed */

/** One create at a time for each intent: see flight.h. */
struct flights;

struct provider_session {
	struct arena *arena; /* never grows after open */
	struct openstack_options options;
	struct openstack_secrets secrets;
	const char *connection, *installation;
	struct cloud *cloud;
	struct bearer *bearer;
	struct flights *flights;

	/* What is learned while it is open, by whatever thread comes first. No lock is held across an exchange. */
	pthread_mutex_t mutex;
	struct arena *catalog_arena;           /* guarded by mutex, with all that lives in it: */
	const struct openstack_token *catalog; /* the newest token's places and project; its id is not kept here */
	struct arena *sizes_arena;             /* guarded by mutex: */
	const struct provider_size *sizes;     /* sorted as the cloud lists them */
	size_t size_count;
	int64_t sizes_read_us;               /* monotonic */
	int minors[OPENSTACK_SERVICE_COUNT]; /* guarded by mutex: of the microversion; 0: none; -1: not known yet */
};

struct openstack_request {
	enum openstack_service service;
	const char *method, *path; /* below the service's address: "/servers/detail?limit=5" */
	const struct json *body;   /* or NULL */
	const char *what;          /* "listing the machines" */
	bool is_read;
	const char *member; /* of a read: what its answer must have, or it is none; NULL: any object */
};

struct openstack_reply {
	const struct json *json; /* NULL: the body was empty */
	struct http_response response;
	const char *request_id; /* or NULL */
};

/**
 * Asks with a good token, once more with a new one after a 401, and with the microversion that both know. OK: a 2xx,
 * and its body is read. Else the class of the refusal: see fault.h.
 */
struct provider_result openstack_ask(struct provider_session *session, struct provider_call *call,
				     const struct openstack_request *request, struct openstack_reply *reply);

/** As it is made, with the present token in the header `token`; once more with a new one after a 401. */
struct provider_result openstack_exchange(struct provider_session *session, struct provider_call *call,
					  const struct cloud_request *request, struct http_header *token,
					  struct http_response *response);
/** What a refusal of a service, or of Keystone, means. */
struct provider_result openstack_refused(struct provider_session *session, struct provider_call *call,
					 const struct cloud_request *request, const struct http_response *response);

/** The minor number of the microversion that is spoken with Nova or Cinder; 0: none. */
struct provider_result openstack_minor(struct provider_session *session, struct provider_call *call,
				       enum openstack_service service, int *minor);
/** In the call's arena; INVALID when neither the catalog nor the options name one. */
struct provider_result openstack_endpoint(struct provider_session *session, struct provider_call *call,
					  enum openstack_service service, const char **url);
/** Whether the catalog or an option names the service. Fails as signing in does. */
struct provider_result openstack_has_service(struct provider_session *session, struct provider_call *call,
					     enum openstack_service service, bool *has);
/** The project's id, in the call's arena; NULL: Keystone did not say. */
struct provider_result openstack_project(struct provider_session *session, struct provider_call *call,
					 const char **project_id);
/** The regions of the catalog, each once. */
struct provider_result openstack_catalog_regions(struct provider_session *session, struct provider_call *call,
						 const char ***regions, size_t *count);

/** A size by id or (NULL) by name, from the table that is kept for 5 minutes; native_id NULL: there is none. */
struct provider_result openstack_size(struct provider_session *session, struct provider_call *call, const char *id,
				      const char *name, struct provider_size *size);

/** True for 36 characters of hex and hyphens as all of OpenStack's ids are: what else is asked for is not there. */
bool openstack_is_id(const char *text);
/** The cloud answered a read, and not with what was asked for: UNAVAILABLE. */
struct provider_result openstack_senseless(struct provider_call *call, const char *what);
struct provider_result openstack_not_found(struct provider_call *call, const char *what, const char *id);

/** A name that people gave: 1 to 255 characters, printable. */
struct provider_result openstack_name_check(struct provider_call *call, const char *what, const char *name);

struct provider_result openstack_check(struct arena *arena, const struct provider_config *config);
struct provider_result openstack_open(struct provider_call *, const struct provider_config *,
				      struct provider_session **);
void openstack_close(struct provider_session *session);
struct provider_result openstack_probe(struct provider_session *, struct provider_call *, struct provider_info *info);

#endif
