/* SPDX-License-Identifier: Apache-2.0 */
/* options.h: what an OpenStack connection is told, and the secrets that it signs in with. */
#ifndef GAON_PROVIDERS_OPENSTACK_OPTIONS_H
#define GAON_PROVIDERS_OPENSTACK_OPTIONS_H

#include "providers/kit/cloud.h"

enum openstack_service {
	OPENSTACK_COMPUTE,
	OPENSTACK_NETWORK,
	OPENSTACK_VOLUME,
	OPENSTACK_IMAGE,
	OPENSTACK_SERVICE_COUNT
};
/** "compute" */
const char *openstack_service_name(enum openstack_service service);

struct openstack_options {
	const struct json *json; /* those that the kit reads too */
	const char *auth_url;    /* of Keystone, with its version; no '/' at the end */
	int auth_version;        /* 2 or 3 */
	const char *interface, *region;
	const char *project, *project_id, *project_domain, *user_domain;
	const char *endpoints[OPENSTACK_SERVICE_COUNT]; /* instead of the catalog's, as written; NULL: the catalog's */
	bool boots_from_volume;
	const char *volume_type;               /* of disks; NULL: the cloud's default */
	const char *network, *address_network; /* native ids, or NULL */
	const char *console_type;              /* "novnc" */
};

/** Wiped when the session closes. Either a user with a password, or an application credential. */
struct openstack_secrets {
	char *username, *password;
	char *credential_id, *credential_secret;
};

#define OPENSTACK_OPTION_COUNT (19 + CLOUD_OPTION_COUNT)
extern const struct provider_option openstack_option_rows[OPENSTACK_OPTION_COUNT];

/** Fails INVALID with the option or credential that is wrong. Texts are copied into `arena`. */
struct provider_result openstack_options_read(struct arena *arena, const struct provider_config *config,
					      struct openstack_options *options);
struct provider_result openstack_secrets_read(struct arena *arena, const struct provider_config *config,
					      int auth_version, struct openstack_secrets *secrets);
void openstack_secrets_wipe(struct openstack_secrets *secrets);

#endif
