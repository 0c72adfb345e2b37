/* SPDX-License-Identifier: Apache-2.0 */
/* v3_catalogue.c: what a Prism Central offers, as v3 tells it: clusters, images, subnets, limits. */
#include "providers/nutanix/v3.h"

#include "providers/nutanix/nutanix.h"
#include "runtime/base/text.h"

enum { QUOTAS_MOST = 8 };

static bool has_text(const struct json *list, const char *word)
{
	for (size_t i = 0; i < json_size(list); i++)
		if (text_equal(json_text(json_at(list, i), NULL), word))
			return true;
	return false;
}

static bool is_prism_central(const struct json *cluster)
{
	return has_text(json_path(cluster, "status", "resources", "config", "service_list", NULL), "PRISM_CENTRAL");
}

/* A cluster whose hosts are all of somebody else's hypervisor takes no machines of v3. */
static bool takes_machines(const struct json *cluster)
{
	const struct json *hosts = json_path(cluster, "status", "resources", "nodes", "hypervisor_server_list", NULL);

	if (is_prism_central(cluster) || !v3_uuid_of(cluster))
		return false;
	for (size_t i = 0; i < json_size(hosts); i++)
		if (text_equal(json_text(json_get(json_at(hosts, i), "type"), "AHV"), "AHV"))
			return true;
	return json_size(hosts) == 0;
}

struct provider_result v3_probe(struct provider_session *session, struct provider_call *call, struct provider_info *info)
{
	const struct json *clusters;
	int64_t total;
	struct provider_result result = v3_list(session, call, "clusters", "cluster", 0, V3_LENGTH_MOST, &clusters, &total);

	if (result.error != PROVIDER_OK)
		return result;
	info->version = "API v3";
	for (size_t i = 0; i < json_size(clusters); i++) {
		const char *version =
			json_text(json_path(json_at(clusters, i), "status", "resources", "config", "build", "version", NULL), NULL);

		if (is_prism_central(json_at(clusters, i)) && version)
			info->version = arena_printf(call->arena, "%.64s, API v3", version);
	}
	return PROVIDER_DONE;
}

struct provider_result v3_regions(struct provider_session *session, struct provider_call *call, struct provider_page *page,
				  struct provider_region **regions, size_t *count)
{
	const struct json *clusters = NULL;
	struct provider_result result = v3_page(session, call, "clusters", "cluster", page, &clusters);

	if (result.error != PROVIDER_OK)
		return result;
	*count = 0;
	*regions = ARENA_ARRAY(call->arena, 2 * json_size(clusters), struct provider_region);
	for (size_t i = 0; i < json_size(clusters); i++) {
		const struct json *cluster = json_at(clusters, i);

		if (takes_machines(cluster))
			(*regions)[(*count)++] = (struct provider_region){
				.native_id = v3_uuid_of(cluster),
				.name = json_text(json_path(cluster, "status", "name", NULL), v3_uuid_of(cluster)),
			};
	}
	nutanix_zones_add(session, *regions, count);
	return PROVIDER_DONE;
}

struct provider_result v3_cluster_choose(struct provider_session *session, struct provider_call *call, const char **cluster)
{
	return nutanix_cluster_choose(session, call, v3_regions, cluster);
}

/* ---- images ---- */

static bool image_read(struct arena *arena, const struct json *entity, struct provider_image *image)
{
	const struct json *status = json_get(entity, "status");
	const char *type = json_text(json_path(status, "resources", "image_type", NULL), "");
	const char *architecture = json_text(json_path(status, "resources", "architecture", NULL), "X86_64");

	if (!v3_uuid_of(entity) || !text_equal(type, "DISK_IMAGE") ||
	    !text_equal(json_text(json_get(status, "state"), "COMPLETE"), "COMPLETE"))
		return false;
	*image = (struct provider_image){
		.native_id = v3_uuid_of(entity),
		.name = json_text(json_get(status, "name"), v3_uuid_of(entity)),
		.os = "unknown",
		.architecture = text_lower(arena, architecture),
		.min_disk_gib = nutanix_gib_up(json_int(json_path(status, "resources", "size_bytes", NULL), 0)),
	};
	return true;
}

static struct provider_result templates_read(struct provider_session *session, struct provider_call *call,
					     struct provider_image *images, size_t *count)
{
	for (size_t i = 0; i < nutanix_template_count(session); i++) {
		const char *uuid = json_text(json_at(session->options.templates, i), "");
		struct provider_machine machine;
		struct provider_result result = v3_machine_read_one(session, call, uuid, &machine);

		if (result.error == PROVIDER_NOT_FOUND)
			continue;
		if (result.error != PROVIDER_OK)
			return result;
		images[(*count)++] = (struct provider_image){ .native_id = arena_printf(call->arena, "vm:%s", uuid),
							      .name = machine.name,
							      .os = "unknown",
							      .architecture = "x86_64",
							      .min_disk_gib = machine.disk_gib };
	}
	return PROVIDER_DONE;
}

struct provider_result v3_images(struct provider_session *session, struct provider_call *call, struct provider_page *page,
				 struct provider_image **images, size_t *count)
{
	bool is_first = page->token == NULL;
	const struct json *entities = NULL;
	struct provider_result result = v3_page(session, call, "images", "image", page, &entities);

	if (result.error != PROVIDER_OK)
		return result;
	*images = ARENA_ARRAY(call->arena, json_size(entities) + nutanix_template_count(session), struct provider_image);
	*count = 0;
	for (size_t i = 0; i < json_size(entities); i++)
		*count += image_read(call->arena, json_at(entities, i), &(*images)[*count]);
	return is_first ? templates_read(session, call, *images, count) : PROVIDER_DONE;
}

/* ---- networks ---- */

struct provider_result v3_networks(struct provider_session *session, struct provider_call *call, struct provider_page *page,
				   struct provider_network **networks, size_t *count)
{
	const struct json *entities = NULL;
	struct provider_result result = v3_page(session, call, "subnets", "subnet", page, &entities);

	if (result.error != PROVIDER_OK)
		return result;
	*networks = ARENA_ARRAY(call->arena, json_size(entities), struct provider_network);
	*count = 0;
	for (size_t i = 0; i < json_size(entities); i++) {
		const struct json *status = json_get(json_at(entities, i), "status");
		const struct json *ip = json_path(status, "resources", "ip_config", NULL);
		const char *address = json_text(json_get(ip, "subnet_ip"), NULL);
		const char *uuid = v3_uuid_of(json_at(entities, i));

		if (!uuid)
			continue;
		(*networks)[(*count)++] = (struct provider_network){
			.native_id = uuid,
			.name = json_text(json_get(status, "name"), uuid),
			.cidr = address ? arena_printf(call->arena, "%s/%lld", address,
						       (long long)json_int(json_get(ip, "prefix_length"), 32)) :
					  NULL,
			.parent = json_text(json_path(status, "resources", "vpc_reference", "uuid", NULL), NULL),
			.zone = json_text(json_path(status, "cluster_reference", "uuid", NULL), NULL),
		};
	}
	return PROVIDER_DONE;
}

/* ---- quotas ---- */

static struct provider_result host_memory(struct provider_session *session, struct provider_call *call, int64_t *mib)
{
	const struct json *hosts;
	int64_t total = 1;

	*mib = 0;
	for (int64_t offset = 0; offset < total && offset < (int64_t)V3_LENGTH_MOST * V3_PAGES_MOST; offset += V3_LENGTH_MOST) {
		struct provider_result result = v3_list(session, call, "hosts", "host", offset, V3_LENGTH_MOST, &hosts, &total);

		if (result.error != PROVIDER_OK)
			return result;
		for (size_t i = 0; i < json_size(hosts); i++) {
			const struct json *status = json_get(json_at(hosts, i), "status");
			const char *cluster = json_text(json_path(status, "cluster_reference", "uuid", NULL), NULL);
			int64_t more = json_int(json_path(status, "resources", "memory_capacity_mib", NULL), 0);

			if (!session->options.cluster || text_equal(cluster, session->options.cluster))
				*mib += more > 0 && more < INT32_MAX ? more : 0;
		}
	}
	return PROVIDER_DONE;
}

/* The limits of the project, as far as it has any. */
static struct provider_result project_read(struct provider_session *session, struct provider_call *call,
					   struct provider_quota *quotas, size_t *count)
{
	static const struct {
		const char *type, *name;
		int64_t unit;
	} TYPES[] = { { "VCPUS", "vcpus", 1 }, { "MEMORY", "memory_mib", NUTANIX_MIB }, { "STORAGE", "disk_gib", NUTANIX_GIB } };
	struct json *project;
	struct provider_result result = v3_get(session, call, "projects", session->options.project, "project", &project);

	if (result.error != PROVIDER_OK)
		return result;
	const struct json *rows = json_path(project, "status", "resources", "resource_domain", "resources", NULL);
	for (size_t i = 0; i < json_size(rows); i++)
		for (size_t k = 0; k < sizeof TYPES / sizeof TYPES[0] && *count < QUOTAS_MOST; k++) {
			const struct json *row = json_at(rows, i);
			int64_t limit = json_int(json_get(row, "limit"), -1), value = json_int(json_get(row, "value"), -1);

			if (!text_equal(json_text(json_get(row, "resource_type"), ""), TYPES[k].type))
				continue;
			quotas[(*count)++] = (struct provider_quota){ .name = TYPES[k].name,
								      .limit = limit < 0 ? -1 : limit / TYPES[k].unit,
								      .used = value < 0 ? -1 : value / TYPES[k].unit };
		}
	return PROVIDER_DONE;
}

struct provider_result v3_quotas(struct provider_session *session, struct provider_call *call, struct provider_quota **quotas,
				 size_t *count)
{
	const struct json *entities;
	int64_t machines = 0, memory_mib = 0;
	struct provider_result result = v3_list(session, call, "vms", "vm", 0, 1, &entities, &machines);

	*quotas = ARENA_ARRAY(call->arena, QUOTAS_MOST + 2, struct provider_quota);
	*count = 0;
	if (result.error == PROVIDER_OK)
		(*quotas)[(*count)++] = (struct provider_quota){ "machines", -1, machines < 0 ? -1 : machines };
	if (result.error == PROVIDER_OK && session->options.project)
		return project_read(session, call, *quotas, count);
	if (result.error == PROVIDER_OK)
		result = host_memory(session, call, &memory_mib);
	if (result.error == PROVIDER_OK && memory_mib > 0)
		(*quotas)[(*count)++] = (struct provider_quota){ "memory_mib", memory_mib, -1 };
	return result;
}
