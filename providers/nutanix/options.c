/* SPDX-License-Identifier: Apache-2.0 */
/* options.c: what a connection to a Prism Central may be told. */
#include "providers/nutanix/session.h"
#include "runtime/base/id.h"
#include "runtime/base/text.h"

enum { MINOR_MOST = 99, TEMPLATES_MOST = 50 };

const struct provider_option nutanix_option_rows[NUTANIX_OPTION_COUNT] = {
	{ "api", "auto", "v3, v4, or auto: v4 where it answers, else v3", false, false },
	{ "api_minor", "0", "the minor version of v4 that is spoken: 0 is v4.0, which every v4 has", false, false },
	{ "cluster", NULL, "UUID of the cluster for new machines and volumes; without it the network's, or the only one", false, false },
	{ "network", NULL, "UUID of the subnet of machines that name none; without it they have no network card", false, false },
	{ "storage_container", NULL, "UUID of the storage container for new disks; the cluster's default without it", false, false },
	{ "project", NULL, "UUID of the project that new machines and volumes belong to, and whose limits are the quotas (v3)", false,
	  false },
	{ "boot", "LEGACY", "LEGACY or UEFI: the firmware of new machines", false, false },
	{ "templates", NULL, "array of UUIDs of machines that are offered as images: a new machine starts as a copy of their disk",
	  false, false },
	{ "sizes", NULL, "array of {id, name, vcpus, memory_mib, disk_gib} instead of the default table", false, false },
	{ "username", NULL, "who logs in, with password; or api_key alone", false, true },
	{ "password", NULL, "with what", false, true },
	{ "api_key", NULL, "the key of a service account, instead of username and password", false, true },
	CLOUD_OPTION_ROWS,
};

static struct provider_result names_check(struct arena *arena, const struct json *json)
{
	const char *key;
	const struct json *value;

	for (size_t i = 0; json_member(json, i, &key, &value); i++) {
		size_t row = 0;

		while (row < NUTANIX_OPTION_COUNT && !text_equal(nutanix_option_rows[row].name, key))
			row++;
		if (row == NUTANIX_OPTION_COUNT || nutanix_option_rows[row].is_secret)
			return provider_fail(arena, PROVIDER_INVALID, "options.%s: nutanix has no such option", key);
	}
	return PROVIDER_DONE;
}

static struct provider_result uuid_read(struct arena *arena, const struct json *json, const char *name, const char **uuid)
{
	const struct json *value = json_get(json, name);
	const char *text = json_text(value, NULL);

	if (value && !id_is_uuid(text_or_empty(text)))
		return provider_fail(arena, PROVIDER_INVALID, "options.%s: give a UUID in lower case, as Prism Central shows it", name);
	*uuid = text ? arena_strdup(arena, text) : NULL;
	return PROVIDER_DONE;
}

static struct provider_result api_read(struct arena *arena, const struct json *json, struct nutanix_options *options)
{
	static const struct {
		const char *name;
		enum nutanix_api api;
	} APIS[] = { { "auto", NUTANIX_API_UNKNOWN }, { "v3", NUTANIX_API_V3 }, { "v4", NUTANIX_API_V4 } };
	const struct json *value = json_get(json, "api");
	const struct json *minor = json_get(json, "api_minor");
	const char *name = json_text(value, value ? "" : "auto");
	size_t row = 0;

	while (row < sizeof APIS / sizeof APIS[0] && !text_equal(APIS[row].name, name))
		row++;
	if (row == sizeof APIS / sizeof APIS[0])
		return provider_fail(arena, PROVIDER_INVALID, "options.api: give auto, v3 or v4");
	options->api = APIS[row].api;
	int64_t number = json_int(minor, minor ? -1 : 0);
	if (number < 0 || number > MINOR_MOST)
		return provider_fail(arena, PROVIDER_INVALID, "options.api_minor: give a number from 0 to %d", MINOR_MOST);
	options->minor = (int)number;
	return PROVIDER_DONE;
}

static struct provider_result boot_read(struct arena *arena, const struct json *json, struct nutanix_options *options)
{
	const struct json *value = json_get(json, "boot");
	const char *name = json_text(value, value ? "" : "LEGACY");

	options->boot = text_equal(name, "UEFI") ? "UEFI" : "LEGACY";
	if (!text_equal(name, options->boot))
		return provider_fail(arena, PROVIDER_INVALID, "options.boot: give LEGACY or UEFI");
	return PROVIDER_DONE;
}

static struct provider_result templates_read(struct arena *arena, const struct json *json, struct nutanix_options *options)
{
	const struct json *rows = json_get(json, "templates");
	struct json *copy = rows ? json_array(arena) : NULL;

	if (rows && (json_kind(rows) != JSON_ARRAY || json_size(rows) > TEMPLATES_MOST))
		return provider_fail(arena, PROVIDER_INVALID, "options.templates: give an array of at most %d UUIDs of machines",
				     TEMPLATES_MOST);
	for (size_t i = 0; i < json_size(rows); i++) {
		const char *uuid = json_text(json_at(rows, i), NULL);

		if (!id_is_uuid(text_or_empty(uuid)))
			return provider_fail(arena, PROVIDER_INVALID, "options.templates[%zu]: give the UUID of a machine", i);
		json_append_text(copy, uuid);
	}
	options->templates = copy;
	return PROVIDER_DONE;
}

struct provider_result nutanix_options_read(struct arena *arena, const struct provider_config *config,
					    struct nutanix_options *options)
{
	const struct json *json = config->options;
	struct nutanix_options read = { .minor = 0 };
	struct provider_result result = names_check(arena, json);
	const struct {
		const char *name, **uuid;
	} uuids[] = { { "cluster", &read.cluster },
		      { "network", &read.network },
		      { "storage_container", &read.storage_container },
		      { "project", &read.project } };

	if (result.error == PROVIDER_OK)
		result = api_read(arena, json, &read);
	if (result.error == PROVIDER_OK)
		result = boot_read(arena, json, &read);
	for (size_t i = 0; result.error == PROVIDER_OK && i < sizeof uuids / sizeof uuids[0]; i++)
		result = uuid_read(arena, json, uuids[i].name, uuids[i].uuid);
	if (result.error == PROVIDER_OK)
		result = templates_read(arena, json, &read);
	if (result.error == PROVIDER_OK)
		result = provider_sizes_read(arena, json, &read.sizes);
	if (result.error != PROVIDER_OK)
		return result;
	if (config->region && !id_is_uuid(config->region))
		return provider_fail(arena, PROVIDER_INVALID, "the region of a Prism Central is a cluster: give its UUID in lower case");
	if (!read.cluster && config->region)
		read.cluster = arena_strdup(arena, config->region);
	*options = read;
	return PROVIDER_DONE;
}
