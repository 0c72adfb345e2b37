/* SPDX-License-Identifier: Apache-2.0 */
/* identity.h: Keystone: what is asked to get a token, and what the answer says. */
#ifndef GAON_PROVIDERS_OPENSTACK_IDENTITY_H
#define GAON_PROVIDERS_OPENSTACK_IDENTITY_H

#include "providers/openstack/options.h"

/** One address of the catalog, of the interface that was asked for. */
struct openstack_place {
	const char *type, *region, *url; /* region may be NULL */
};

struct openstack_token {
	const char *id;
	int64_t expires_us;     /* 0: not said */
	const char *project_id; /* or NULL */
	struct openstack_place *places;
	size_t place_count;
};

/** "…/auth/tokens", "…/tokens" */
const char *openstack_token_url(struct arena *arena, const struct openstack_options *options);
struct json *openstack_token_body(struct arena *arena, const struct openstack_options *options,
				  const struct openstack_secrets *secrets);
/**
 * Reads the answer of either version; `subject` is v3's header X-Subject-Token, or NULL. False when it holds no token.
 * Places beyond the first 1000 are left out.
 */
bool openstack_token_read(struct arena *arena, const struct json *answer, const char *subject, const char *interface,
			  struct openstack_token *token);

/**
 * The service's address in this region (NULL: any), with its version; NULL when there is none. `{project_id}` is for
 * overrides: see openstack_place_fill.
 */
const char *openstack_place_find(struct arena *arena, const struct openstack_place *places, size_t count,
				 enum openstack_service service, const char *region);
/** An override with the project's id in the place of "{project_id}". */
const char *openstack_place_fill(struct arena *arena, const char *written, const char *project_id);

#endif
