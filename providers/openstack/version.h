/* SPDX-License-Identifier: Apache-2.0 */
/* version.h: microversions of Nova and Cinder. */
#ifndef GAON_PROVIDERS_OPENSTACK_VERSION_H
#define GAON_PROVIDERS_OPENSTACK_VERSION_H

#include "providers/openstack/session.h"

/* Microversions that change what we say. */
enum {
	NOVA_REMOTE_CONSOLES = 6, /* POST /servers/{id}/remote-consoles instead of an action */
	NOVA_KEY_PAIR_PAGES = 35,
	NOVA_NETWORKS_NEEDED = 37, /* "networks" must be said: "auto" */
	NOVA_TAGS_AT_CREATE = 52,  /* tags that servers are found by; found by since 2.26 */
	NOVA_VOLUME_TYPE = 67,     /* of disks that are made with the machine */
};

/** The minor to speak, from a version document: {"version": {…}} or {"versions": […]}; 0: none. */
int openstack_minor_choose(struct arena *arena, const struct json *document, enum openstack_service service);
/** The address up to and with its version: "https://host/compute/v2.1/PROJECT" gives "…/v2.1"; NULL: it has none. */
const char *openstack_version_root(struct arena *arena, const char *url);

#endif
