/* SPDX-License-Identifier: Apache-2.0 */
/* catalogue.c: places and limits. */
#include "providers/openstack/machine.h"
#include "providers/openstack/page.h"
#include "runtime/base/text.h"

/* ---- regions and zones ---- */

static struct provider_result ask(struct provider_session *session, struct provider_call *call,
				  enum openstack_service service, const char *path, const char *member,
				  struct openstack_reply *reply)
{
	return openstack_ask(session, call,
			     &(struct openstack_request){ .service = service,
							  .method = "GET",
							  .path = path,
							  .what = arena_printf(call->arena, "reading %s", path + 1),
							  .is_read = true,
							  .member = member },
			     reply);
}

/* The region of the connection: its own word, or the only one that there is. */
static const char *own_region(const struct provider_session *session, const char *const *names, size_t count)
{
	return session->options.region ? session->options.region : count > 0 ? names[0] : NULL;
}

struct provider_result openstack_regions(struct provider_session *session, struct provider_call *call,
					 struct provider_page *page, struct provider_region **regions, size_t *count)
{
	struct openstack_reply reply;
	const char **names;
	size_t name_count = 0;
	struct provider_result result = openstack_catalog_regions(session, call, &names, &name_count);
	if (result.error == PROVIDER_OK && page->token)
		result = provider_fail(call->arena, PROVIDER_INVALID, "the regions are one page; ask without a token");
	if (result.error == PROVIDER_OK)
		result = ask(session, call, OPENSTACK_COMPUTE, "/os-availability-zone", "availabilityZoneInfo", &reply);
	if (result.error != PROVIDER_OK)
		return result;
	const struct json *zones = json_get(reply.json, "availabilityZoneInfo");
	const char *own = own_region(session, names, name_count);
	struct provider_region *told =
		ARENA_ARRAY(call->arena, name_count + json_size(zones) + 1, struct provider_region);
	size_t told_count = 0;
	for (size_t i = 0; i < name_count; i++)
		told[told_count++] = (struct provider_region){ .native_id = names[i], .name = names[i] };
	for (size_t i = 0; i < json_size(zones); i++) {
		const char *name = json_text(json_get(json_at(zones, i), "zoneName"), NULL);
		if (!own || text_is_empty(name) ||
		    !json_bool(json_path(json_at(zones, i), "zoneState", "available", NULL), true))
			continue;
		told[told_count++] = (struct provider_region){ .native_id = name, .name = name, .parent = own };
	}
	*regions = told;
	*count = told_count;
	return PROVIDER_DONE;
}

/* ---- limits ---- */

enum { QUOTAS_MOST = 8 };

struct quotas {
	struct provider_quota *rows;
	size_t count;
};

/* OpenStack says -1 for "no limit", and a number in Neutron's case below an object. */
static void quota_add(struct quotas *quotas, const char *name, const struct json *limit, const struct json *used)
{
	if (json_kind(limit) != JSON_INT)
		return;
	int64_t most = json_int(limit, -1), now = json_int(used, -1);
	quotas->rows[quotas->count++] =
		(struct provider_quota){ .name = name, .limit = most < 0 ? -1 : most, .used = now < 0 ? -1 : now };
}

static struct provider_result compute_limits(struct provider_session *session, struct provider_call *call,
					     struct quotas *quotas)
{
	struct openstack_reply reply;
	struct provider_result result = ask(session, call, OPENSTACK_COMPUTE, "/limits", "limits", &reply);
	const struct json *all = json_path(reply.json, "limits", "absolute", NULL);
	if (result.error != PROVIDER_OK)
		return result;
	quota_add(quotas, "machines", json_get(all, "maxTotalInstances"), json_get(all, "totalInstancesUsed"));
	quota_add(quotas, "vcpus", json_get(all, "maxTotalCores"), json_get(all, "totalCoresUsed"));
	quota_add(quotas, "memory_mib", json_get(all, "maxTotalRAMSize"), json_get(all, "totalRAMUsed"));
	return result;
}

static struct provider_result volume_limits(struct provider_session *session, struct provider_call *call,
					    struct quotas *quotas)
{
	struct openstack_reply reply;
	struct provider_result result = ask(session, call, OPENSTACK_VOLUME, "/limits", "limits", &reply);
	const struct json *all = json_path(reply.json, "limits", "absolute", NULL);
	if (result.error != PROVIDER_OK)
		return result;
	quota_add(quotas, "disk_gib", json_get(all, "maxTotalVolumeGigabytes"), json_get(all, "totalGigabytesUsed"));
	quota_add(quotas, "volumes", json_get(all, "maxTotalVolumes"), json_get(all, "totalVolumesUsed"));
	return result;
}

static struct provider_result address_limits(struct provider_session *session, struct provider_call *call,
					     struct quotas *quotas)
{
	struct openstack_reply reply;
	const char *project = NULL;
	struct provider_result result = openstack_project(session, call, &project);
	if (result.error != PROVIDER_OK || !project)
		return result;
	const char *path = arena_printf(call->arena, "/quotas/%s/details.json", http_encode(call->arena, project));
	result = ask(session, call, OPENSTACK_NETWORK, path, "quota", &reply);
	const struct json *addresses = json_path(reply.json, "quota", "floatingip", NULL);
	if (result.error == PROVIDER_OK)
		quota_add(quotas, "addresses", json_get(addresses, "limit"), json_get(addresses, "used"));
	/* An extension that not every cloud has, or shows to everybody. */
	bool is_hidden = result.error == PROVIDER_NOT_FOUND || result.error == PROVIDER_FORBIDDEN ||
			 result.error == PROVIDER_INVALID;
	return is_hidden ? PROVIDER_DONE : result;
}

struct provider_result openstack_quotas(struct provider_session *session, struct provider_call *call,
					struct provider_quota **quotas, size_t *count)
{
	struct quotas read = { .rows = ARENA_ARRAY(call->arena, QUOTAS_MOST, struct provider_quota) };
	bool has_volumes = false, has_networks = false;
	struct provider_result result = compute_limits(session, call, &read);
	if (result.error == PROVIDER_OK)
		result = openstack_has_service(session, call, OPENSTACK_VOLUME, &has_volumes);
	if (result.error == PROVIDER_OK && has_volumes)
		result = volume_limits(session, call, &read);
	if (result.error == PROVIDER_OK)
		result = openstack_has_service(session, call, OPENSTACK_NETWORK, &has_networks);
	if (result.error == PROVIDER_OK && has_networks)
		result = address_limits(session, call, &read);
	if (result.error != PROVIDER_OK)
		return result;
	*quotas = read.rows;
	*count = read.count;
	return PROVIDER_DONE;
}
