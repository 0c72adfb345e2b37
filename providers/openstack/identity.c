/* SPDX-License-Identifier: Apache-2.0 */
/* identity.c: Keystone v2.0 and v3 on the wire. Sources: the Identity API references of both versions. */
#include "providers/openstack/identity.h"

#include <string.h>

#include "runtime/base/text.h"
#include "runtime/base/time.h"

#define PLACES_MOST 1000
#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

/* ---- asking ---- */

const char *openstack_token_url(struct arena *arena, const struct openstack_options *options)
{
	return arena_printf(arena, options->auth_version == 2 ? "%s/tokens" : "%s/auth/tokens", options->auth_url);
}

static struct json *object_with(struct arena *arena, const char *key, const struct json *value)
{
	struct json *object = json_object(arena);
	json_set(object, key, value);
	return object;
}

static struct json *domain_of(struct arena *arena, const char *id)
{
	struct json *domain = json_object(arena);
	json_set_text(domain, "id", id ? id : "default");
	return domain;
}

static struct json *body_v2(struct arena *arena, const struct openstack_options *options,
			    const struct openstack_secrets *secrets)
{
	struct json *auth = json_object(arena), *password = json_object(arena);
	if (options->project_id)
		json_set_text(auth, "tenantId", options->project_id);
	else
		json_set_text(auth, "tenantName", options->project);
	json_set_text(password, "username", secrets->username);
	json_set_text(password, "password", secrets->password);
	json_set(auth, "passwordCredentials", password);
	return object_with(arena, "auth", auth);
}

static struct json *identity_v3(struct arena *arena, const struct openstack_options *options,
				const struct openstack_secrets *secrets)
{
	struct json *identity = json_object(arena), *methods = json_array(arena), *what = json_object(arena);
	const char *method = secrets->credential_id ? "application_credential" : "password";
	json_append_text(methods, method);
	json_set(identity, "methods", methods);
	if (secrets->credential_id) {
		json_set_text(what, "id", secrets->credential_id);
		json_set_text(what, "secret", secrets->credential_secret);
		json_set(identity, method, what);
		return identity;
	}
	json_set_text(what, "name", secrets->username);
	json_set_text(what, "password", secrets->password);
	json_set(what, "domain", domain_of(arena, options->user_domain));
	json_set(identity, method, object_with(arena, "user", what));
	return identity;
}

static struct json *body_v3(struct arena *arena, const struct openstack_options *options,
			    const struct openstack_secrets *secrets)
{
	struct json *auth = object_with(arena, "identity", identity_v3(arena, options, secrets));
	if (!secrets->credential_id) { /* "Application credentials … do not accept a scope": they have their project's
					*/
		struct json *project = json_object(arena);
		if (options->project_id) {
			json_set_text(project, "id", options->project_id);
		} else {
			json_set_text(project, "name", options->project);
			json_set(project, "domain", domain_of(arena, options->project_domain));
		}
		json_set(auth, "scope", object_with(arena, "project", project));
	}
	return object_with(arena, "auth", auth);
}

struct json *openstack_token_body(struct arena *arena, const struct openstack_options *options,
				  const struct openstack_secrets *secrets)
{
	return options->auth_version == 2 ? body_v2(arena, options, secrets) : body_v3(arena, options, secrets);
}

/* ---- reading ---- */

static void place_add(struct arena *arena, struct openstack_token *token, const char *type, const char *region,
		      const char *url)
{
	if (text_is_empty(type) || text_is_empty(url) || token->place_count >= PLACES_MOST)
		return;
	token->places[token->place_count++] = (struct openstack_place){
		.type = arena_strdup(arena, type),
		.region = text_is_empty(region) ? NULL : arena_strdup(arena, region),
		.url = arena_strdup(arena, url),
	};
}

/* v3: an endpoint for each interface. v2.0: one for all, with a URL for each. */
static void endpoint_read(struct arena *arena, const char *type, const struct json *endpoint, const char *interface,
			  struct openstack_token *token)
{
	const char *region = json_text(json_get(endpoint, "region_id"), json_text(json_get(endpoint, "region"), NULL));
	const char *url = json_text(json_get(endpoint, arena_printf(arena, "%sURL", interface)), NULL);
	const char *of = json_text(json_get(endpoint, "interface"), NULL);
	/* Old catalogs say "publicURL" here too. */
	if (of && text_starts_with(of, interface))
		url = json_text(json_get(endpoint, "url"), NULL);
	place_add(arena, token, type, region, url);
}

static void catalog_read(struct arena *arena, const struct json *catalog, const char *interface,
			 struct openstack_token *token)
{
	token->places = ARENA_ARRAY(arena, PLACES_MOST, struct openstack_place);
	for (size_t i = 0; i < json_size(catalog); i++) {
		const struct json *service = json_at(catalog, i);
		const struct json *endpoints = json_get(service, "endpoints");
		for (size_t k = 0; k < json_size(endpoints); k++)
			endpoint_read(arena, json_text(json_get(service, "type"), NULL), json_at(endpoints, k),
				      interface, token);
	}
}

bool openstack_token_read(struct arena *arena, const struct json *answer, const char *subject, const char *interface,
			  struct openstack_token *token)
{
	const struct json *v3 = json_get(answer, "token"), *v2 = json_get(answer, "access");
	const char *id = v3 ? subject : json_text(json_path(v2, "token", "id", NULL), NULL);
	const char *expires =
		v3 ? json_text(json_get(v3, "expires_at"), "") : json_text(json_path(v2, "token", "expires", NULL), "");
	const char *project = json_text(
		v3 ? json_path(v3, "project", "id", NULL) : json_path(v2, "token", "tenant", "id", NULL), NULL);
	if (text_is_empty(id) || !text_is_printable(slice_text(id)) || strpbrk(id, " \t\r\n"))
		return false;
	*token = (struct openstack_token){ .id = arena_strdup(arena, id) };
	if (project)
		token->project_id = arena_strdup(arena, project);
	(void)time_parse(expires, &token->expires_us);
	catalog_read(arena, v3 ? json_get(v3, "catalog") : json_get(v2, "serviceCatalog"), interface, token);
	return true;
}

/* ---- the catalog ---- */

/* Service types by preference: https://service-types.openstack.org, and what older catalogs say. */
static const char *const TYPES[OPENSTACK_SERVICE_COUNT][6] = {
	[OPENSTACK_COMPUTE] = { "compute" },
	[OPENSTACK_NETWORK] = { "network" },
	[OPENSTACK_VOLUME] = { "block-storage", "volumev3", "block-store", "volumev2", "volume" },
	[OPENSTACK_IMAGE] = { "image" },
};

/* Where the catalog may leave the version out, and what it is then. */
static const char *const VERSIONS[OPENSTACK_SERVICE_COUNT] = {
	[OPENSTACK_NETWORK] = "/v2.0", [OPENSTACK_IMAGE] = "/v2"
};

static const char *with_version(struct arena *arena, const char *url, enum openstack_service service)
{
	size_t size = strlen(url);
	while (size > 0 && url[size - 1] == '/')
		size--;
	const char *base = arena_strndup(arena, url, size);
	const char *last = strrchr(base, '/');
	bool has_version = last && last[1] == 'v' && last[2] >= '1' && last[2] <= '9';
	return VERSIONS[service] && !has_version ? arena_printf(arena, "%s%s", base, VERSIONS[service]) : base;
}

const char *openstack_place_find(struct arena *arena, const struct openstack_place *places, size_t count,
				 enum openstack_service service, const char *region)
{
	for (size_t type = 0; type < COUNT_OF(TYPES[service]) && TYPES[service][type]; type++)
		for (size_t i = 0; i < count; i++)
			if (text_equal(places[i].type, TYPES[service][type]) &&
			    (!region || text_equal(places[i].region, region)))
				return with_version(arena, places[i].url, service);
	return NULL;
}

const char *openstack_place_fill(struct arena *arena, const char *written, const char *project_id)
{
	static const char WORD[] = "{project_id}";
	const char *at = strstr(written, WORD);
	if (!at || !project_id)
		return written;
	return arena_printf(arena, "%.*s%s%s", (int)(at - written), written, project_id, at + sizeof WORD - 1);
}
