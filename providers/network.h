/* SPDX-License-Identifier: Apache-2.0 */
/* network.h: networks that we make, security groups, addresses, key pairs: a family of the provider contract. */
#ifndef GAON_PROVIDERS_NETWORK_H
#define GAON_PROVIDERS_NETWORK_H

#include "providers/provider.h"

struct provider_network_spec {
	struct provider_intent intent;
	const char *name;
	const char *cidr;   /* "10.0.3.0/24" */
	const char *parent; /* native id of the VPC or router it belongs to; NULL: the cloud's default, or none */
	const char *zone;   /* native id, or NULL */
};
struct provider_made_network {
	struct provider_network network;
	struct provider_marks marks;
};

enum provider_direction { PROVIDER_INGRESS, PROVIDER_EGRESS };
struct provider_rule {
	enum provider_direction direction;
	const char *protocol; /* "tcp", "udp", "icmp", "any" */
	int32_t first_port, last_port; /* tcp, udp: includes both; 0, 0: all */
	const char *cidr; /* who: "0.0.0.0/0"; NULL with `group` */
	const char *group; /* native id of a security group; NULL with `cidr` */
};
struct provider_security_group_spec {
	struct provider_intent intent;
	const char *name, *description;
	const char *parent; /* native id of the VPC; NULL: the default one, or none */
};
struct provider_security_group {
	const char *native_id, *name, *description, *parent;
	struct provider_rule *rules;
	size_t rule_count;
	struct provider_marks marks;
};

struct provider_address {
	const char *native_id;
	const char *address; /* "203.0.113.7" */
	const char *machine; /* native id of who has it; NULL: nobody */
	struct provider_marks marks;
};

struct provider_key_pair {
	const char *native_id, *name;
	const char *fingerprint; /* or NULL */
};

/** Lists: `intent` not NULL: only what was made with it. A member that is NULL is not supported. */
struct provider_network_ops {
	struct provider_result (*create)(struct provider_session *, struct provider_call *,
					 const struct provider_network_spec *spec, struct provider_task *task,
					 const char **native_id);
	struct provider_result (*list)(struct provider_session *, struct provider_call *, const struct provider_intent *intent,
				       struct provider_page *page, struct provider_made_network **networks, size_t *count);
	/** DONE also when it is gone already; CONFLICT while something is attached to it. */
	struct provider_result (*remove)(struct provider_session *, struct provider_call *, const char *native_id,
					 struct provider_task *task);

	struct provider_result (*security_group_create)(struct provider_session *, struct provider_call *,
							const struct provider_security_group_spec *spec, const char **native_id);
	struct provider_result (*security_group_list)(struct provider_session *, struct provider_call *,
						      const struct provider_intent *intent, struct provider_page *page,
						      struct provider_security_group **groups, size_t *count);
	/** Makes the group have just these rules; what is there already stays untouched. */
	struct provider_result (*security_group_rules)(struct provider_session *, struct provider_call *, const char *native_id,
						       const struct provider_rule *rules, size_t count);
	/** DONE also when it is gone already; CONFLICT while a machine is in it. */
	struct provider_result (*security_group_remove)(struct provider_session *, struct provider_call *, const char *native_id);

	struct provider_result (*address_allocate)(struct provider_session *, struct provider_call *,
						   const struct provider_intent *intent, const char *network,
						   struct provider_address *address);
	struct provider_result (*address_list)(struct provider_session *, struct provider_call *,
					       const struct provider_intent *intent, struct provider_page *page,
					       struct provider_address **addresses, size_t *count);
	/** DONE when the machine has it already. */
	struct provider_result (*address_associate)(struct provider_session *, struct provider_call *, const char *native_id,
						    const char *machine);
	/** DONE when nobody has it. */
	struct provider_result (*address_disassociate)(struct provider_session *, struct provider_call *, const char *native_id);
	/** DONE also when it is gone already. */
	struct provider_result (*address_release)(struct provider_session *, struct provider_call *, const char *native_id);

	/** The name is its identity: a second one of the same name and key is DONE, with another key CONFLICT. */
	struct provider_result (*key_pair_import)(struct provider_session *, struct provider_call *, const char *name,
						  const char *public_key, struct provider_key_pair *pair);
	struct provider_result (*key_pair_list)(struct provider_session *, struct provider_call *, struct provider_page *page,
						struct provider_key_pair **pairs, size_t *count);
	struct provider_result (*key_pair_remove)(struct provider_session *, struct provider_call *, const char *native_id);
};

#endif
