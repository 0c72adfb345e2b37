/* SPDX-License-Identifier: Apache-2.0 */
/* things.h: volumes, images, networks, security groups, addresses, key pairs: the families of verbs beside machines. */
#ifndef GAON_PROVIDERS_OPENSTACK_THINGS_H
#define GAON_PROVIDERS_OPENSTACK_THINGS_H

#include "providers/image.h"
#include "providers/network.h"
#include "providers/openstack/session.h"
#include "providers/volume.h"

extern const struct provider_volume_ops openstack_volume_ops;
extern const struct provider_image_ops openstack_image_ops;
extern const struct provider_network_ops openstack_network_ops;

struct provider_result openstack_images(struct provider_session *, struct provider_call *, struct provider_page *,
					struct provider_image **, size_t *count);
struct provider_result openstack_networks(struct provider_session *, struct provider_call *, struct provider_page *,
					  struct provider_network **, size_t *count);

/** Asks for its end; `*is_gone` once Cinder knows it no more. */
struct provider_result openstack_volume_snapshot_drop(struct provider_session *, struct provider_call *,
						      const char *snapshot_id, bool *is_gone);

/* ---- key_pair.c ---- */
struct provider_result openstack_key_pair_import(struct provider_session *, struct provider_call *, const char *name,
						 const char *public_key, struct provider_key_pair *);
struct provider_result openstack_key_pair_list(struct provider_session *, struct provider_call *,
					       struct provider_page *, struct provider_key_pair **, size_t *count);
struct provider_result openstack_key_pair_remove(struct provider_session *, struct provider_call *,
						 const char *native_id);
/** "ssh-ed25519 AAAA…": without the comment behind it. */
struct slice openstack_key_body(const char *public_key);

/* ---- volume.c, volume_snapshot.c ---- */
struct provider_result openstack_volume_get(struct provider_session *, struct provider_call *, const char *native_id,
					    struct provider_volume *);
struct provider_result openstack_volume_snapshot_create(struct provider_session *, struct provider_call *,
							const char *native_id, const char *name, struct provider_task *,
							const char **snapshot_id);
struct provider_result openstack_volume_snapshot_list(struct provider_session *, struct provider_call *,
						      const char *native_id, struct provider_snapshot **,
						      size_t *count);
struct provider_result openstack_volume_snapshot_remove(struct provider_session *, struct provider_call *,
							const char *snapshot_id, struct provider_task *);
/** Of Cinder's row; false when it has no id. */
bool openstack_volume_read(struct arena *arena, const struct json *json, struct provider_volume *volume);

/* ---- security_group.c ---- */
struct provider_result openstack_security_group_create(struct provider_session *, struct provider_call *,
						       const struct provider_security_group_spec *,
						       const char **native_id);
struct provider_result openstack_security_group_list(struct provider_session *, struct provider_call *,
						     const struct provider_intent *, struct provider_page *,
						     struct provider_security_group **, size_t *count);
struct provider_result openstack_security_group_rules(struct provider_session *, struct provider_call *,
						      const char *native_id, const struct provider_rule *,
						      size_t count);
struct provider_result openstack_security_group_remove(struct provider_session *, struct provider_call *,
						       const char *native_id);
/** A rule as Neutron says it; false for one that cannot be said in our words. */
bool openstack_rule_read(struct arena *arena, const struct json *json, struct provider_rule *rule);

/* ---- address.c ---- */
struct provider_result openstack_address_allocate(struct provider_session *, struct provider_call *,
						  const struct provider_intent *, const char *network,
						  struct provider_address *);
struct provider_result openstack_address_list(struct provider_session *, struct provider_call *,
					      const struct provider_intent *, struct provider_page *,
					      struct provider_address **, size_t *count);
struct provider_result openstack_address_associate(struct provider_session *, struct provider_call *,
						   const char *native_id, const char *machine);
struct provider_result openstack_address_disassociate(struct provider_session *, struct provider_call *,
						      const char *native_id);
struct provider_result openstack_address_release(struct provider_session *, struct provider_call *,
						 const char *native_id);

#endif
