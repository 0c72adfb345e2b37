/* SPDX-License-Identifier: Apache-2.0 */
/* session.h: one vCenter or ESXi: its options, its login, the place where machines are made. Inside the adapter only. */
#ifndef GAON_PROVIDERS_VSPHERE_SESSION_H
#define GAON_PROVIDERS_VSPHERE_SESSION_H

#include <pthread.h>
#include <stdatomic.h>

#include "providers/kit/bearer.h"
#include "providers/size.h"
#include "providers/vsphere/soap.h"

struct vsphere_options {
	const char *datacenter, *compute, *datastore, *resource_pool, *folder, *template_folder, *template_prefix, *network;
	const char *disk_mode; /* "thin", "thick" */
	const struct json *fresh_guests; /* array of guest ids, or NULL */
	bool resets_without_tools, has_memory_snapshots;
	struct provider_size_table sizes;
};
struct provider_result vsphere_options_read(struct arena *arena, const struct provider_config *config,
					    struct vsphere_options *options);
#define VSPHERE_OPTION_COUNT (15 + CLOUD_OPTION_COUNT)
extern const struct provider_option vsphere_option_rows[VSPHERE_OPTION_COUNT];

/** The server's own objects, as it said before the first login; never changed after. */
struct vsphere_service {
	const char *product, *version, *api_version;
	bool is_vcenter; /* about.apiType "VirtualCenter"; else "HostAgent": a standalone host */
	struct vsphere_ref root, property_collector, view_manager, session_manager, search_index, perf_manager, event_manager,
		disk_manager, file_manager, object_manager;
};

enum { VSPHERE_COUNTERS = 6 };

struct provider_session {
	struct arena *arena; /* written at open, and by the first login */
	struct vsphere_options options;
	const char *connection, *installation, *url, *user, *password;
	struct cloud *cloud;
	struct bearer *bearer;
	pthread_mutex_t mutex; /* guards all below: verbs run on several threads */
	const struct vsphere_service *service; /* NULL before the first login */
	char *cookie;                          /* of the newest login: for the logout */
	struct vsphere_place *place;           /* NULL: not looked up yet */
	struct vsphere_ref machine_view;       /* lives as long as the login of `view_cookie` */
	char *view_cookie;
	bool has_counters;
	int64_t counters[VSPHERE_COUNTERS]; /* ids of what metrics.c asks for; 0: this server has none */
};

/* ---- session.c ---- */
struct provider_result vsphere_open(struct provider_call *call, const struct provider_config *config,
				    struct provider_session **session);
void vsphere_close(struct provider_session *session);
/** Logs in when there is no login; the server's objects. */
struct provider_result vsphere_enter(struct provider_session *session, struct provider_call *call,
				     const struct vsphere_service **service);
/** The cookie of the present login, in the call's arena: what lives on the server only as long as it. */
struct provider_result vsphere_login(struct provider_session *session, struct provider_call *call, const char **cookie);

/* ---- properties.c ---- */

/** The properties of one object: an element with `obj` and `propSet`s. NOT_FOUND when it is not there. */
struct provider_result vsphere_properties(struct provider_session *session, struct provider_call *call, struct vsphere_ref ref,
					  const char *const *paths, const struct xml **object);
/** The value of a property; NULL when it is not set. */
const struct xml *vsphere_property(const struct xml *object, const char *path);
const char *vsphere_property_text(const struct xml *object, const char *path, const char *otherwise);
struct vsphere_ref vsphere_object_ref(const struct xml *object);

/** Objects of one type inside a container, at any depth. */
struct vsphere_query {
	struct vsphere_ref view; /* a ContainerView; or with `path`: any object */
	const char *path;        /* of `view`: the property that holds the objects; NULL: "view" */
	const char *type;        /* of what is wanted */
	const char *const *paths;
	unsigned most; /* a page */
};
/**
 * One page. `token` NULL: the first. *next: where to go on, or NULL. `objects` is an array of elements. INVALID when the
 * server does not know the token (any more).
 */
struct provider_result vsphere_query_page(struct provider_session *session, struct provider_call *call,
					  const struct vsphere_query *query, const char *token, const struct xml ***objects,
					  size_t *count, const char **next);
/** All pages of all objects of a type below `container`, through a view that is made for it and taken away. */
struct provider_result vsphere_collect(struct provider_session *session, struct provider_call *call,
				       struct vsphere_ref container, const char *type, const char *const *paths,
				       const struct xml ***objects, size_t *count);
/** Is shown an object; `page` ends with the object's page. */
struct vsphere_visitor {
	void (*visit)(const struct xml *object, struct arena *page, void *context);
	void *context;
};
/** As vsphere_collect, of which there may be very many: each page is forgotten before the next is asked for. */
struct provider_result vsphere_scan(struct provider_session *session, struct provider_call *call, struct vsphere_ref container,
				    const char *type, const char *const *paths, const struct vsphere_visitor *visitor);

/* ---- place.c ---- */

struct vsphere_compute {
	struct vsphere_ref ref, pool;
	const char *name;
	struct vsphere_ref *hosts, *datastores;
	size_t host_count, datastore_count;
};
struct vsphere_datastore {
	struct vsphere_ref ref;
	const char *name;
	int64_t free_bytes, capacity_bytes;
	bool is_usable;
};
struct vsphere_named {
	struct vsphere_ref ref;
	const char *name;
};
struct vsphere_datacenter {
	struct vsphere_ref ref, vm_folder, host_folder;
	const char *name;
};
struct vsphere_host {
	struct vsphere_ref ref;
	int64_t free_mib;
	bool is_usable;
};
/** Where this connection works: looked up once a minute at most, shared by its calls. */
struct vsphere_place {
	struct arena *arena;
	bool is_vcenter, has_create_date;
	atomic_uint references; /* of the session and of calls on other threads */
	int64_t looked_us;
	struct vsphere_datacenter *datacenters, *datacenter;
	size_t datacenter_count;
	struct vsphere_compute *computes, *compute; /* compute: where machines go unless a zone is asked for */
	size_t compute_count;
	struct vsphere_host *hosts;
	size_t host_count;
	struct vsphere_datastore *datastores;
	size_t datastore_count;
	struct vsphere_named *networks; /* standard, distributed, opaque */
	size_t network_count;
	struct vsphere_ref folder, template_folder, pool; /* pool id NULL: that of the compute resource */
	const char *datastore;                            /* the name that was asked for, or NULL */
};
/** The place; it lives as long as the call's arena. INVALID names the option that fits nothing. */
struct provider_result vsphere_place(struct provider_session *session, struct provider_call *call,
				     const struct vsphere_place **place);
void vsphere_place_release(void *place);
const struct vsphere_compute *vsphere_compute_of_host(const struct vsphere_place *place, const char *host);
/** The one with the most free memory that takes machines; NULL: none does, or nothing is known of them. */
const struct vsphere_host *vsphere_host_choose(const struct vsphere_place *place, const struct vsphere_compute *compute);
const struct vsphere_compute *vsphere_compute_find(const struct vsphere_place *place, const char *id);
const struct vsphere_datastore *vsphere_datastore_named(const struct vsphere_place *place, const char *name);
/** The one that was asked for, else the one with the most room that the compute resource reaches. */
struct provider_result vsphere_datastore_choose(struct provider_call *call, const struct vsphere_place *place,
						const struct vsphere_compute *compute, const char *name,
						const struct vsphere_datastore **datastore);

#endif
