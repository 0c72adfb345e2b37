/* SPDX-License-Identifier: Apache-2.0 */
/* options.c: what an OpenStack connection may be told, and how wrong words are refused. */
#include "providers/openstack/options.h"

#include <string.h>

#include "runtime/base/memory.h"
#include "runtime/base/text.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

const struct provider_option openstack_option_rows[OPENSTACK_OPTION_COUNT] = {
	{ "auth_version", NULL,
	  "2 or 3: the endpoint is Keystone's address as it stands; without it /v3 is added where no version is", false,
	  false },
	{ "interface", "public", "which of the catalog's addresses are used: public, internal or admin", false, false },
	{ "project_id", NULL, "the project (tenant) by its id; or project; an application credential knows its own",
	  false, false },
	{ "project", NULL, "the project by its name, in project_domain", false, false },
	{ "project_domain", "default", "id of the project's domain (v3)", false, false },
	{ "user_domain", "default", "id of the user's domain (v3)", false, false },
	{ "compute_endpoint", NULL,
	  "address of Nova with its version, instead of the catalog's; {project_id} is filled in", false, false },
	{ "network_endpoint", NULL, "the same of Neutron", false, false },
	{ "volume_endpoint", NULL, "the same of Cinder", false, false },
	{ "image_endpoint", NULL, "the same of Glance", false, false },
	{ "boot", "image",
	  "image: the first disk is the hypervisor's own, of the size's size; volume: it is a volume of any size",
	  false, false },
	{ "volume_type", NULL, "type of the volumes that machines are made with; the cloud's default without it", false,
	  false },
	{ "network", NULL, "id of the network of machines that name none; without it the cloud chooses the only one",
	  false, false },
	{ "address_network", NULL, "id of the external network that addresses come from; without it the first one",
	  false, false },
	{ "console_type", "novnc", "the screen: novnc, spice-html5, serial, rdp-html5 or webmks", false, false },
	{ "username", NULL, "with password: the user that signs in", false, true },
	{ "password", NULL, "of the user", false, true },
	{ "application_credential_id", NULL, "with application_credential_secret: instead of a user (v3)", false,
	  true },
	{ "application_credential_secret", NULL, "of the application credential", false, true },
	CLOUD_OPTION_ROWS,
};

static const char *const SERVICES[OPENSTACK_SERVICE_COUNT] = {
	[OPENSTACK_COMPUTE] = "compute",
	[OPENSTACK_NETWORK] = "network",
	[OPENSTACK_VOLUME] = "volume",
	[OPENSTACK_IMAGE] = "image",
};

const char *openstack_service_name(enum openstack_service service)
{
	return SERVICES[service];
}

static struct provider_result members_check(struct arena *arena, const char *what, const struct json *json,
					    bool is_secret)
{
	const char *key;
	const struct json *value;
	for (size_t i = 0; json_member(json, i, &key, &value); i++) {
		size_t row = 0;
		while (row < OPENSTACK_OPTION_COUNT && (!text_equal(openstack_option_rows[row].name, key) ||
							openstack_option_rows[row].is_secret != is_secret))
			row++;
		if (row == OPENSTACK_OPTION_COUNT)
			return provider_fail(arena, PROVIDER_INVALID, "%s.%.64s: OpenStack has no such %s", what, key,
					     is_secret ? "credential" : "option");
	}
	return PROVIDER_DONE;
}

/* A choice among words; the first one when nothing is said. */
struct choice {
	const char *option;
	const char *words[5];
};
static const struct choice CHOICES[] = {
	{ "interface", { "public", "internal", "admin" } },
	{ "boot", { "image", "volume" } },
	{ "console_type", { "novnc", "spice-html5", "serial", "rdp-html5", "webmks" } },
};

static struct provider_result choose(struct arena *arena, const struct json *json, const struct choice *choice,
				     const char **word)
{
	const char *said = json_text(json_get(json, choice->option), choice->words[0]);
	struct text all = text_new(arena);
	for (size_t i = 0; i < COUNT_OF(choice->words) && choice->words[i]; i++) {
		text_printf(&all, "%s%s", i > 0 ? ", " : "", choice->words[i]);
		*word = choice->words[i];
		if (text_equal(said, *word))
			return PROVIDER_DONE;
	}
	return provider_fail(arena, PROVIDER_INVALID, "options.%s: give one of %s", choice->option, all.data);
}

static const char *text_option(struct arena *arena, const struct json *json, const char *name)
{
	const char *value = json_text(json_get(json, name), NULL);
	return text_is_empty(value) ? NULL : arena_strdup(arena, value);
}

static char *without_slash(struct arena *arena, const char *url)
{
	size_t size = strlen(url);
	while (size > 0 && url[size - 1] == '/')
		size--;
	return arena_strndup(arena, url, size);
}

static struct provider_result auth_read(struct arena *arena, const struct provider_config *config,
					struct openstack_options *options)
{
	const struct json *said = json_get(config->options, "auth_version");
	int64_t version = json_int(said, 0);
	if (json_kind(said) == JSON_TEXT)
		(void)text_to_int64(json_text(said, ""), &version);
	struct provider_result result = cloud_endpoint_check(arena, config->options, config->endpoint);
	if (result.error != PROVIDER_OK)
		return result;
	if (said && version != 2 && version != 3)
		return provider_fail(arena, PROVIDER_INVALID, "options.auth_version: give 2 or 3");
	options->auth_url = without_slash(arena, config->endpoint);
	bool is_v2 = text_ends_with(options->auth_url, "/v2.0");
	if (version == 0 && !is_v2 && !text_ends_with(options->auth_url, "/v3"))
		options->auth_url = arena_printf(arena, "%s/v3", options->auth_url);
	options->auth_version = version != 0 ? (int)version : is_v2 ? 2 : 3;
	return PROVIDER_DONE;
}

static struct provider_result endpoints_read(struct arena *arena, const struct json *json,
					     struct openstack_options *options)
{
	for (int service = 0; service < OPENSTACK_SERVICE_COUNT; service++) {
		const char *name = arena_printf(arena, "%s_endpoint", SERVICES[service]);
		const char *written = text_option(arena, json, name);
		if (!written)
			continue;
		struct provider_result result = cloud_endpoint_check(arena, json, written);
		if (result.error != PROVIDER_OK)
			return provider_fail(arena, PROVIDER_INVALID, "options.%s: %s", name, result.message);
		options->endpoints[service] = without_slash(arena, written);
	}
	return PROVIDER_DONE;
}

/* A copy of what the kit asks for: the connection's own may go before the session does. */
static const struct json *kit_options(struct arena *arena, const struct json *json)
{
	static const struct provider_option ROWS[] = { CLOUD_OPTION_ROWS };
	struct json *copy = json_object(arena);
	for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
		const struct json *value = json_get(json, ROWS[i].name);
		struct json *mine;
		if (value && status_is_ok(json_parse(arena, slice_text(json_print(arena, value)), NULL, &mine)))
			json_set(copy, ROWS[i].name, mine);
	}
	return copy;
}

struct provider_result openstack_options_read(struct arena *arena, const struct provider_config *config,
					      struct openstack_options *options)
{
	const struct json *json = config->options;
	const char *boot = NULL;
	struct provider_result result = members_check(arena, "options", json, false);
	if (result.error == PROVIDER_OK)
		result = auth_read(arena, config, options);
	if (result.error == PROVIDER_OK)
		result = endpoints_read(arena, json, options);
	if (result.error == PROVIDER_OK)
		result = choose(arena, json, &CHOICES[0], &options->interface);
	if (result.error == PROVIDER_OK)
		result = choose(arena, json, &CHOICES[1], &boot);
	if (result.error == PROVIDER_OK)
		result = choose(arena, json, &CHOICES[2], &options->console_type);
	if (result.error != PROVIDER_OK)
		return result;
	options->json = kit_options(arena, json);
	options->boots_from_volume = text_equal(boot, "volume");
	options->region = text_is_empty(config->region) ? NULL : arena_strdup(arena, config->region);
	options->project = text_option(arena, json, "project");
	options->project_id = text_option(arena, json, "project_id");
	options->project_domain = text_option(arena, json, "project_domain");
	options->user_domain = text_option(arena, json, "user_domain");
	options->volume_type = text_option(arena, json, "volume_type");
	options->network = text_option(arena, json, "network");
	options->address_network = text_option(arena, json, "address_network");
	return PROVIDER_DONE;
}

struct provider_result openstack_secrets_read(struct arena *arena, const struct provider_config *config,
					      int auth_version, struct openstack_secrets *secrets)
{
	const struct json *json = config->credentials;
	const char *username = json_text(json_get(json, "username"), NULL);
	const char *password = json_text(json_get(json, "password"), NULL);
	const char *id = json_text(json_get(json, "application_credential_id"), NULL);
	const char *secret = json_text(json_get(json, "application_credential_secret"), NULL);
	struct provider_result result = members_check(arena, "credentials", json, true);
	if (result.error != PROVIDER_OK)
		return result;
	bool is_user = !text_is_empty(username) && !text_is_empty(password);
	bool is_application = !text_is_empty(id) && !text_is_empty(secret);
	if (is_user == is_application)
		return provider_fail(arena, PROVIDER_INVALID,
				     "credentials: give either username and password, or application_credential_id and "
				     "application_credential_secret");
	if (is_application && auth_version != 3)
		return provider_fail(arena, PROVIDER_INVALID, "credentials: application credentials need Keystone v3");
	if (is_user && !json_get(config->options, "project") && !json_get(config->options, "project_id"))
		return provider_fail(arena, PROVIDER_INVALID,
				     "options.project_id: say in which project the user works");
	secrets->username = memory_strdup(is_user ? username : NULL);
	secrets->password = memory_strdup(is_user ? password : NULL);
	secrets->credential_id = memory_strdup(is_application ? id : NULL);
	secrets->credential_secret = memory_strdup(is_application ? secret : NULL);
	return PROVIDER_DONE;
}

void openstack_secrets_wipe(struct openstack_secrets *secrets)
{
	char *const texts[] = { secrets->username, secrets->password, secrets->credential_id,
				secrets->credential_secret };
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		if (texts[i])
			memory_wipe(texts[i], strlen(texts[i]));
		memory_free(texts[i]);
	}
	*secrets = (struct openstack_secrets){ .username = NULL };
}
