/* SPDX-License-Identifier: Apache-2.0 */
/* probe.c: what this endpoint really has: services of its catalog, extensions of its network. */
#include "providers/openstack/machine.h"
#include "providers/openstack/openstack.h"
#include "runtime/base/text.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

struct range {
	enum provider_verb first, last;
};

static void take_away(struct provider_info *info, struct range range, const char *why)
{
	for (int verb = (int)range.first; verb <= (int)range.last; verb++) {
		if (info->support[verb] == SUPPORT_NONE)
			continue;
		info->support[verb] = SUPPORT_NONE;
		info->notes[verb] = why;
	}
}

static const struct {
	enum openstack_service service;
	struct range verbs;
	const char *why;
} SERVICES[] = {
	{ OPENSTACK_VOLUME,
	  { VERB_VOLUME_CREATE, VERB_VOLUME_SNAPSHOT_DELETE },
	  "the catalog has no volume service (Cinder)" },
	{ OPENSTACK_NETWORK,
	  { VERB_NETWORK_CREATE, VERB_ADDRESS_RELEASE },
	  "the catalog has no network service (Neutron)" },
	{ OPENSTACK_NETWORK, { VERB_NETWORKS, VERB_NETWORKS }, "the catalog has no network service (Neutron)" },
	{ OPENSTACK_IMAGE, { VERB_IMAGES, VERB_IMAGES }, "the catalog has no image service (Glance)" },
	{ OPENSTACK_IMAGE, { VERB_IMAGE_CREATE, VERB_IMAGE_DELETE }, "the catalog has no image service (Glance)" },
	{ OPENSTACK_IMAGE,
	  { VERB_SNAPSHOT_CREATE, VERB_SNAPSHOT_DELETE },
	  "the catalog has no image service (Glance)" },
};

static struct provider_result services_look(struct provider_session *session, struct provider_call *call,
					    struct provider_info *info)
{
	for (size_t i = 0; i < COUNT_OF(SERVICES); i++) {
		bool has = false;
		struct provider_result result = openstack_has_service(session, call, SERVICES[i].service, &has);
		if (result.error != PROVIDER_OK)
			return result;
		if (!has)
			take_away(info, SERVICES[i].verbs, SERVICES[i].why);
	}
	return PROVIDER_DONE;
}

static const struct {
	const char *alias; /* of the extension */
	struct range verbs;
	const char *why;
} EXTENSIONS[] = {
	{ "router",
	  { VERB_ADDRESS_ALLOCATE, VERB_ADDRESS_RELEASE },
	  "this network service has no routers, so no floating addresses" },
	{ "security-group",
	  { VERB_SECURITY_GROUP_CREATE, VERB_SECURITY_GROUP_DELETE },
	  "this network service has no security groups" },
	/* Without it nothing can bear our marks from its first moment on. */
	{ "standard-attr-description",
	  { VERB_NETWORK_CREATE, VERB_NETWORK_DELETE },
	  "this network service keeps no descriptions" },
	{ "standard-attr-description",
	  { VERB_ADDRESS_ALLOCATE, VERB_ADDRESS_RELEASE },
	  "this network service keeps no descriptions" },
};

static struct provider_result extensions_look(struct provider_session *session, struct provider_call *call,
					      struct provider_info *info)
{
	struct openstack_reply reply;
	if (info->support[VERB_NETWORKS] == SUPPORT_NONE)
		return PROVIDER_DONE;
	struct provider_result result =
		openstack_ask(session, call,
			      &(struct openstack_request){ .service = OPENSTACK_NETWORK,
							   .method = "GET",
							   .path = "/extensions",
							   .what = "reading the network's extensions",
							   .is_read = true,
							   .member = "extensions" },
			      &reply);
	/* A cloud that hides the list has to be believed. */
	if (result.error == PROVIDER_NOT_FOUND || result.error == PROVIDER_FORBIDDEN)
		return PROVIDER_DONE;
	const struct json *rows = json_get(reply.json, "extensions");
	for (size_t i = 0; result.error == PROVIDER_OK && i < COUNT_OF(EXTENSIONS); i++) {
		bool has = false;
		for (size_t k = 0; k < json_size(rows); k++)
			has = has ||
			      text_equal(json_text(json_get(json_at(rows, k), "alias"), NULL), EXTENSIONS[i].alias);
		if (!has)
			take_away(info, EXTENSIONS[i].verbs, EXTENSIONS[i].why);
	}
	return result;
}

static const char *version_of(struct provider_call *call, int compute, int volume)
{
	const char *nova = compute > 0 ? arena_printf(call->arena, "Nova 2.%d", compute) : "Nova without microversions";
	return volume > 0 ? arena_printf(call->arena, "%s, Cinder 3.%d", nova, volume) : nova;
}

struct provider_result openstack_probe(struct provider_session *session, struct provider_call *call,
				       struct provider_info *info)
{
	int compute = 0, volume = 0;
	*info = (struct provider_info){ .product = "OpenStack" };
	for (int verb = 0; verb < VERB_COUNT; verb++)
		info->support[verb] = provider_openstack.traits[verb].support;
	struct provider_result result = services_look(session, call, info);
	if (result.error == PROVIDER_OK)
		result = openstack_minor(session, call, OPENSTACK_COMPUTE, &compute);
	if (result.error == PROVIDER_OK && info->support[VERB_VOLUME_CREATE] != SUPPORT_NONE)
		result = openstack_minor(session, call, OPENSTACK_VOLUME, &volume);
	if (result.error == PROVIDER_OK)
		result = extensions_look(session, call, info);
	if (result.error != PROVIDER_OK)
		return result;
	if (session->options.boots_from_volume)
		take_away(info, (struct range){ VERB_SNAPSHOT_CREATE, VERB_SNAPSHOT_DELETE },
			  "machines boot from volumes (the option boot), and OpenStack cannot put such a one back; "
			  "make snapshots of volumes");
	info->version = version_of(call, compute, volume);
	return result;
}
