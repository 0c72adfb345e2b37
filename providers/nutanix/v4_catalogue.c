/* SPDX-License-Identifier: Apache-2.0 */
/* v4_catalogue.c: what a Prism Central offers, as v4 tells it: clusters, images, subnets, limits. */
#include "providers/nutanix/v4.h"

#include "runtime/base/id.h"
#include "runtime/base/text.h"

static bool has_text(const struct json *list, const char *word)
{
	for (size_t i = 0; i < json_size(list); i++)
		if (text_equal(json_text(json_at(list, i), NULL), word))
			return true;
	return false;
}

static bool is_prism_central(const struct json *cluster)
{
	return has_text(json_path(cluster, "config", "clusterFunction", NULL), "PRISM_CENTRAL");
}

static bool takes_machines(const struct json *cluster)
{
	const struct json *types = json_path(cluster, "config", "hypervisorTypes", NULL);

	return v4_id_of(cluster) && !is_prism_central(cluster) && (json_size(types) == 0 || has_text(types, "AHV"));
}

static const char *clusters_path(struct provider_session *session, struct arena *arena)
{
	return v4_path(session, arena, "clustermgmt", "config/clusters");
}

struct provider_result v4_probe(struct provider_session *session, struct provider_call *call, struct provider_info *info)
{
	const struct json *rows;
	int64_t total;
	struct provider_result result =
		v4_list(session, call, clusters_path(session, call->arena), NULL, 0, V4_LIMIT_MOST, &rows, &total);

	if (result.error != PROVIDER_OK)
		return result;
	info->version = arena_printf(call->arena, "API v4.%d", session->options.minor);
	for (size_t i = 0; i < json_size(rows); i++) {
		const char *version = json_text(json_path(json_at(rows, i), "config", "buildInfo", "version", NULL), NULL);

		if (is_prism_central(json_at(rows, i)) && version)
			info->version = arena_printf(call->arena, "%.64s, API v4.%d", version, session->options.minor);
	}
	return PROVIDER_DONE;
}

struct provider_result v4_regions(struct provider_session *session, struct provider_call *call, struct provider_page *page,
				  struct provider_region **regions, size_t *count)
{
	const struct json *rows = NULL;
	struct provider_result result = v4_page(session, call, clusters_path(session, call->arena), NULL, page, &rows);

	if (result.error != PROVIDER_OK)
		return result;
	*count = 0;
	*regions = ARENA_ARRAY(call->arena, 2 * json_size(rows), struct provider_region);
	for (size_t i = 0; i < json_size(rows); i++) {
		const struct json *row = json_at(rows, i);

		if (takes_machines(row))
			(*regions)[(*count)++] = (struct provider_region){ .native_id = v4_id_of(row),
									      .name = json_text(json_get(row, "name"), v4_id_of(row)) };
	}
	nutanix_zones_add(session, *regions, count);
	return PROVIDER_DONE;
}

struct provider_result v4_cluster_choose(struct provider_session *session, struct provider_call *call, const char **cluster)
{
	return nutanix_cluster_choose(session, call, v4_regions, cluster);
}

struct provider_result v4_cluster_check(struct provider_session *session, struct provider_call *call, const char *cluster)
{
	const struct json *data;
	struct provider_result result = nutanix_id_check(call->arena, "zone", cluster);

	if (result.error == PROVIDER_OK)
		result = v4_get(session, call, arena_printf(call->arena, "%s/%s", clusters_path(session, call->arena), cluster),
				"reading the cluster", &data, NULL);
	if (result.error == PROVIDER_NOT_FOUND)
		return provider_fail(call->arena, PROVIDER_INVALID, "there is no zone \"%.64s\": a zone is a cluster, by its UUID",
				     cluster);
	return result;
}

/* ---- images ---- */

static struct provider_result templates_read(struct provider_session *session, struct provider_call *call,
					     struct provider_image *images, size_t *count)
{
	for (size_t i = 0; i < nutanix_template_count(session); i++) {
		const char *id = json_text(json_at(session->options.templates, i), "");
		struct provider_machine machine;
		const struct json *vm;
		struct nutanix_marks marks;
		struct provider_result result = v4_machine_get(session, call, id, &vm, &machine, &marks, NULL);

		if (result.error == PROVIDER_NOT_FOUND)
			continue;
		if (result.error != PROVIDER_OK)
			return result;
		images[(*count)++] = (struct provider_image){ .native_id = arena_printf(call->arena, "vm:%s", id),
							      .name = machine.name,
							      .os = "unknown",
							      .architecture = "x86_64",
							      .min_disk_gib = machine.disk_gib };
	}
	return PROVIDER_DONE;
}

struct provider_result v4_images(struct provider_session *session, struct provider_call *call, struct provider_page *page,
				 struct provider_image **images, size_t *count)
{
	bool is_first = page->token == NULL;
	const struct json *rows = NULL;
	const char *query = v4_filter(call->arena, "type eq Vmm.Content.ImageType'DISK_IMAGE'");
	struct provider_result result =
		v4_page(session, call, v4_path(session, call->arena, "vmm", "content/images"), query, page, &rows);

	if (result.error != PROVIDER_OK)
		return result;
	*images = ARENA_ARRAY(call->arena, json_size(rows) + nutanix_template_count(session), struct provider_image);
	*count = 0;
	for (size_t i = 0; i < json_size(rows); i++) {
		const char *id = v4_id_of(json_at(rows, i));

		if (!id || !text_equal(json_text(json_get(json_at(rows, i), "type"), ""), "DISK_IMAGE"))
			continue;
		(*images)[(*count)++] = (struct provider_image){
			.native_id = id,
			.name = json_text(json_get(json_at(rows, i), "name"), id),
			.os = "unknown",
			.architecture = "x86_64",
			.min_disk_gib = nutanix_gib_up(json_int(json_get(json_at(rows, i), "sizeBytes"), 0)),
		};
	}
	return is_first ? templates_read(session, call, *images, count) : PROVIDER_DONE;
}

/* ---- networks ---- */

static const char *cidr_of(struct arena *arena, const struct json *subnet)
{
	const struct json *ip = json_path(json_at(json_get(subnet, "ipConfig"), 0), "ipv4", "ipSubnet", NULL);
	const char *address = json_text(json_path(ip, "ip", "value", NULL), NULL);

	if (!address)
		return json_text(json_get(subnet, "ipPrefix"), NULL);
	return arena_printf(arena, "%s/%lld", address, (long long)json_int(json_get(ip, "prefixLength"), 32));
}

struct provider_result v4_networks(struct provider_session *session, struct provider_call *call, struct provider_page *page,
				   struct provider_network **networks, size_t *count)
{
	const struct json *rows = NULL;
	struct provider_result result =
		v4_page(session, call, v4_path(session, call->arena, "networking", "config/subnets"), NULL, page, &rows);

	if (result.error != PROVIDER_OK)
		return result;
	*networks = ARENA_ARRAY(call->arena, json_size(rows), struct provider_network);
	*count = 0;
	for (size_t i = 0; i < json_size(rows); i++) {
		const struct json *row = json_at(rows, i);

		if (v4_id_of(row))
			(*networks)[(*count)++] =
				(struct provider_network){ .native_id = v4_id_of(row),
							   .name = json_text(json_get(row, "name"), v4_id_of(row)),
							   .cidr = cidr_of(call->arena, row),
							   .parent = json_text(json_get(row, "vpcReference"), NULL),
							   .zone = json_text(json_get(row, "clusterReference"), NULL) };
	}
	return PROVIDER_DONE;
}

/* ---- quotas ---- */

static struct provider_result host_memory(struct provider_session *session, struct provider_call *call, int64_t *mib)
{
	int64_t total = 1;

	*mib = 0;
	for (int64_t page = 0; page * V4_LIMIT_MOST < total && page < V4_PAGES_MOST; page++) {
		const struct json *rows;
		struct provider_result result = v4_list(session, call, v4_path(session, call->arena, "clustermgmt", "config/hosts"),
							NULL, page, V4_LIMIT_MOST, &rows, &total);

		if (result.error != PROVIDER_OK)
			return result;
		for (size_t i = 0; i < json_size(rows); i++) {
			const char *cluster = json_text(json_path(json_at(rows, i), "cluster", "uuid", NULL), NULL);
			int64_t more = json_int(json_get(json_at(rows, i), "memorySizeBytes"), 0) / NUTANIX_MIB;

			if (!session->options.cluster || text_equal(cluster, session->options.cluster))
				*mib += more > 0 && more < INT32_MAX ? more : 0;
		}
	}
	return PROVIDER_DONE;
}

struct provider_result v4_quotas(struct provider_session *session, struct provider_call *call, struct provider_quota **quotas,
				 size_t *count)
{
	const struct json *rows;
	int64_t machines = 0, memory_mib = 0;
	struct provider_result result = v4_list(session, call, v4_path(session, call->arena, "vmm", "ahv/config/vms"), "$select=extId",
						0, 1, &rows, &machines);

	*quotas = ARENA_ARRAY(call->arena, 2, struct provider_quota);
	*count = 0;
	if (result.error == PROVIDER_OK)
		(*quotas)[(*count)++] = (struct provider_quota){ "machines", -1, machines < 0 ? -1 : machines };
	if (result.error == PROVIDER_OK)
		result = host_memory(session, call, &memory_mib);
	if (result.error == PROVIDER_OK && memory_mib > 0)
		(*quotas)[(*count)++] = (struct provider_quota){ "memory_mib", memory_mib, -1 };
	return result;
}
