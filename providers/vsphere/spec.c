/* SPDX-License-Identifier: Apache-2.0 */
/* spec.c: what we write onto a machine: numbers, marks, tags, user data. */
#include <string.h>

#include "providers/vsphere/vm.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

#define TAGS_MOST 64
#define HOST_NAME_MOST 63

void vsphere_add_marks(struct xml *config, const struct provider_session *session, const struct provider_intent *intent,
		       enum vsphere_kind kind, const char *phase)
{
	const char *word = kind == VSPHERE_IMAGE ? "image" : kind == VSPHERE_VOLUME ? "volume" : "";


	vsphere_add_option(config, "extraConfig", "gaon.resource", intent->resource);
	vsphere_add_option(config, "extraConfig", "gaon.operation", intent->operation);
	vsphere_add_option(config, "extraConfig", "gaon.connection", session->connection);
	vsphere_add_option(config, "extraConfig", "gaon.installation", session->installation);
	vsphere_add_option(config, "extraConfig", "gaon.tenant", intent->tenant);
	vsphere_add_option(config, "extraConfig", "gaon.project", intent->project);
	vsphere_add_option(config, "extraConfig", "gaon.phase", phase);
	vsphere_add_option(config, "extraConfig", "gaon.kind", word);
}

void vsphere_add_tags(struct xml *config, const struct json *tags)
{
	bool has_some = tags && json_size(tags) > 0;

	vsphere_add_option(config, "extraConfig", "gaon.tags", has_some ? json_print(config->arena, tags) : "");
}

struct provider_result vsphere_tags_check(struct arena *arena, const struct json *tags)
{
	const char *key;
	const struct json *value;

	if (!tags)
		return PROVIDER_DONE;
	if (json_kind(tags) != JSON_OBJECT || json_size(tags) > TAGS_MOST || strlen(json_print(arena, tags)) > VSPHERE_TAGS_MOST)
		return provider_fail(arena, PROVIDER_INVALID, "tags: give an object of at most %d texts, %d bytes in all", TAGS_MOST,
				     VSPHERE_TAGS_MOST);
	for (size_t i = 0; json_member(tags, i, &key, &value); i++)
		if (text_is_empty(key) || json_kind(value) != JSON_TEXT || text_starts_with(key, "gaon."))
			return provider_fail(arena, PROVIDER_INVALID,
					     "tags: \"%.64s\" must be a text, under a name that is not empty and no mark of Gaon", key);
	return PROVIDER_DONE;
}

/* A name that a guest can have: letters, digits, hyphens inside. */
static const char *host_name_of(struct arena *arena, const char *name)
{
	struct text text = text_new(arena);

	for (const char *c = text_lower(arena, name); *c && text.size < HOST_NAME_MOST; c++) {
		bool is_plain = (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9');
		if (is_plain || (text.size > 0 && text.data[text.size - 1] != '-'))
			text_append_char(&text, is_plain ? *c : '-');
	}
	while (text.size > 0 && text.data[text.size - 1] == '-')
		text.data[--text.size] = '\0';
	return text.size > 0 ? text.data : "machine";
}

static void guest_add(struct xml *config, const char *key, const char *text)
{
	const char *encoded = text ? text_to_base64(config->arena, slice_text(text)) : "";

	vsphere_add_option(config, "extraConfig", arena_printf(config->arena, "guestinfo.%s", key), encoded);
	vsphere_add_option(config, "extraConfig", arena_printf(config->arena, "guestinfo.%s.encoding", key), text ? "base64" : "");
}

/* What a template carries of its own is overwritten or taken away: it was meant for another machine. */
void vsphere_add_user_data(struct xml *config, const struct provider_machine_spec *spec, const char *name)
{
	struct json *metadata = json_object(config->arena);
	const char *host_name = host_name_of(config->arena, name);

	json_set_text(metadata, "instance-id", spec->intent.resource);
	json_set_text(metadata, "local-hostname", host_name);
	if (!text_is_empty(spec->ssh_key))
		json_set_text(metadata, "public-keys-data", spec->ssh_key);
	guest_add(config, "metadata", json_print(config->arena, metadata));
	guest_add(config, "userdata", text_is_empty(spec->user_data) ? NULL : spec->user_data);
}

void vsphere_add_numbers(struct xml *config, const struct provider_resize_spec *numbers, int64_t cores_per_socket)
{
	xml_add_int(config, "numCPUs", numbers->vcpus);
	if (cores_per_socket > 1 && numbers->vcpus % cores_per_socket != 0)
		xml_add_int(config, "numCoresPerSocket", numbers->vcpus);
	xml_add_int(config, "memoryMB", numbers->memory_mib);
}

struct provider_result vsphere_numbers_check(struct arena *arena, const struct provider_session *session, const char *size,
					     struct provider_resize_spec *numbers)
{
	struct provider_result result = provider_size_resolve(arena, &session->options.sizes, size, numbers);

	if (result.error == PROVIDER_OK && numbers->memory_mib % 4 != 0)
		return provider_fail(arena, PROVIDER_INVALID, "vSphere gives memory in steps of 4 MiB; ask for %lld MiB",
				     (long long)(numbers->memory_mib / 4 * 4 + 4));
	return result;
}
