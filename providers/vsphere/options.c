/* SPDX-License-Identifier: Apache-2.0 */
/* options.c: what a vSphere connection may be told. */
#include <string.h>

#include "providers/vsphere/session.h"
#include "runtime/base/text.h"

#define TEXT_MOST 512
#define GUESTS_MOST 50

const struct provider_option vsphere_option_rows[VSPHERE_OPTION_COUNT] = {
	{ "username", NULL, "who logs in, as in gaon@vsphere.local; for ESXi a local user", true, true },
	{ "password", NULL, "with what", true, true },
	{ "datacenter", NULL, "name of the datacenter; needed when the vCenter has several and the connection names no region", false,
	  false },
	{ "compute", NULL, "name of the cluster or host that machines go to without a zone; the first one without it", false, false },
	{ "resource_pool", NULL, "name, or path as in Resources/gaon, of a pool below it; its root pool without it", false, false },
	{ "datastore", NULL, "name of the datastore for machines and volumes; the one with the most room without it", false, false },
	{ "folder", NULL, "path of the folder for machines below the datacenter's vm folder, as in gaon/web; that folder without it",
	  false, false },
	{ "template_folder", NULL, "path of the folder whose templates are the images, and that made ones go to; all without it", false,
	  false },
	{ "template_prefix", "template-", "ESXi has no templates: machines that are off and named like this are the images", false,
	  false },
	{ "network", NULL, "name of the network for machines that ask for none; the template's own without it", false, false },
	{ "disk_mode", "thin", "thin or thick: how new disks take their room", false, false },
	{ "fresh_guests", NULL, "array of guest ids, as in otherLinux64Guest: images that are an empty machine (to boot from the network)",
	  false, false },
	{ "hard_reboot", "false", "true: reboot resets a machine whose VMware Tools do not run; false: that is refused", false, false },
	{ "memory_snapshots", "true", "true: a snapshot of a running machine has its memory; false: disks only, and it comes back off",
	  false, false },
	{ "sizes", NULL, "array of {id, name, vcpus, memory_mib, disk_gib} instead of the default table", false, false },
	CLOUD_OPTION_ROWS,
};

static struct provider_result names_check(struct arena *arena, const struct json *options)
{
	const char *key;
	const struct json *value;

	for (size_t i = 0; json_member(options, i, &key, &value); i++) {
		bool is_known = false;
		for (size_t j = 0; j < VSPHERE_OPTION_COUNT; j++)
			is_known = is_known || (!vsphere_option_rows[j].is_secret && text_equal(key, vsphere_option_rows[j].name));
		if (!is_known)
			return provider_fail(arena, PROVIDER_INVALID, "options.%.64s: vSphere has no such option", key);
	}
	return PROVIDER_DONE;
}

static struct provider_result text_read(struct arena *arena, const struct json *options, const char *name, const char **text)
{
	const struct json *value = json_get(options, name);
	const char *given = json_text(value, NULL);

	if (!value || json_kind(value) == JSON_NULL || text_equal(given, ""))
		return PROVIDER_DONE;
	if (!given || strlen(given) > TEXT_MOST || !text_is_printable(slice_text(given)))
		return provider_fail(arena, PROVIDER_INVALID, "options.%s: give a text of at most %d characters", name, TEXT_MOST);
	*text = arena_strdup(arena, given);
	return PROVIDER_DONE;
}

static struct provider_result bool_read(struct arena *arena, const struct json *options, const char *name, bool *answer)
{
	const struct json *value = json_get(options, name);
	const char *given = json_text(value, *answer ? "true" : "false");

	if (value && json_kind(value) != JSON_NULL && json_kind(value) != JSON_BOOL && !text_equal(given, "true") &&
	    !(json_kind(value) == JSON_TEXT && text_equal(given, "false")))
		return provider_fail(arena, PROVIDER_INVALID, "options.%s: give true or false", name);
	*answer = json_bool(value, text_equal(given, "true"));
	return PROVIDER_DONE;
}

static struct provider_result guests_read(struct arena *arena, const struct json *options, const struct json **guests)
{
	const struct json *rows = json_get(options, "fresh_guests");
	struct json *kept = json_array(arena);

	if (!rows || json_kind(rows) == JSON_NULL)
		return PROVIDER_DONE;
	if (json_kind(rows) != JSON_ARRAY || json_size(rows) > GUESTS_MOST)
		return provider_fail(arena, PROVIDER_INVALID, "options.fresh_guests: give an array of at most %d guest ids", GUESTS_MOST);
	for (size_t i = 0; i < json_size(rows); i++) {
		const char *guest = json_text(json_at(rows, i), NULL);
		if (!vsphere_is_id(guest))
			return provider_fail(arena, PROVIDER_INVALID,
					     "options.fresh_guests[%zu]: give a guest id of vSphere, as in otherLinux64Guest", i);
		json_append_text(kept, guest);
	}
	*guests = kept;
	return PROVIDER_DONE;
}

struct provider_result vsphere_options_read(struct arena *arena, const struct provider_config *config,
					    struct vsphere_options *options)
{
	const struct json *json = config->options;
	struct vsphere_options read = { .template_prefix = "template-", .disk_mode = "thin", .has_memory_snapshots = true };
	const struct {
		const char *name, **text;
	} texts[] = {
		{ "datacenter", &read.datacenter },
		{ "compute", &read.compute },
		{ "resource_pool", &read.resource_pool },
		{ "datastore", &read.datastore },
		{ "folder", &read.folder },
		{ "template_folder", &read.template_folder },
		{ "template_prefix", &read.template_prefix },
		{ "network", &read.network },
		{ "disk_mode", &read.disk_mode },
	};

	struct provider_result result = names_check(arena, json);
	for (size_t i = 0; i < sizeof texts / sizeof texts[0] && result.error == PROVIDER_OK; i++)
		result = text_read(arena, json, texts[i].name, texts[i].text);
	if (result.error == PROVIDER_OK && !text_equal(read.disk_mode, "thin") && !text_equal(read.disk_mode, "thick"))
		result = provider_fail(arena, PROVIDER_INVALID, "options.disk_mode: give thin or thick");
	if (result.error == PROVIDER_OK)
		result = bool_read(arena, json, "hard_reboot", &read.resets_without_tools);
	if (result.error == PROVIDER_OK)
		result = bool_read(arena, json, "memory_snapshots", &read.has_memory_snapshots);
	if (result.error == PROVIDER_OK)
		result = guests_read(arena, json, &read.fresh_guests);
	if (result.error == PROVIDER_OK)
		result = provider_sizes_read(arena, json, &read.sizes);
	if (result.error != PROVIDER_OK)
		return result;
	if (!text_is_empty(config->region))
		read.datacenter = arena_strdup(arena, config->region);
	*options = read;
	return PROVIDER_DONE;
}
