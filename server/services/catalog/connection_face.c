/* SPDX-License-Identifier: Apache-2.0 */
/* connection_face.c: what other rooms ask about connections. */
#include "runtime/base/text.h"
#include "server/services/catalog/catalog.h"
#include "server/services/catalog/connection.h"
#include "server/services/catalog/credential.h"
#include "server/services/catalog/room.h"

struct status catalog_connection_get(struct store_tx *tx, const char *name, struct catalog_connection *connection)
{
	struct connection row;

	TRY(connection_get(tx, name, &row));
	*connection = (struct catalog_connection){
		.name = row.name,
		.provider = row.provider,
		.endpoint = row.endpoint,
		.region = row.region,
		.is_ready = row.state == CONNECTION_READY && !row.is_disabled,
		.is_disabled = row.is_disabled,
		.concurrency = row.concurrency,
		.rate_per_second = row.rate_per_second,
		.revision = row.settings_revision,
		.created_us = row.created_us,
	};
	return OK;
}

struct config_read {
	const char *name;
	struct provider_config *config;
};

/** What we stored ourselves: an object of a bounded size. */
static struct status parse_stored(struct arena *arena, struct slice text, const struct json **object)
{
	struct json *parsed;

	TRY(json_parse(arena, text, NULL, &parsed));
	*object = parsed;
	return OK;
}

static struct status read_config(struct store_tx *tx, void *context)
{
	struct config_read *read = context;
	struct arena *arena = store_arena(tx);
	struct connection row;
	struct slice sealed, plain;
	const struct json *options, *credentials = NULL;

	TRY(connection_get(tx, read->name, &row));
	TRY(parse_stored(arena, slice_text(row.options), &options));
	TRY(connection_credentials(tx, row.name, &sealed));
	if (sealed.size > 0) {
		struct credential_place place = { row.tenant, row.name, row.credentials_version };
		TRY(credential_open(tx, &place, sealed, &plain));
		TRY(parse_stored(arena, plain, &credentials));
	}
	*read->config = (struct provider_config){
		.connection = row.name,
		.installation = catalog_room.installation,
		.endpoint = row.endpoint,
		.region = text_is_empty(row.region) ? NULL : row.region,
		.options = options,
		.credentials = credentials,
	};
	return OK;
}

struct status catalog_connection_config(struct arena *arena, const char *name, struct provider_config *config)
{
	struct config_read read = { name, config };

	return store_read(catalog_room.store, arena, read_config, &read);
}

static const struct json *find_capability(const struct json *capabilities, const char *verb)
{
	for (size_t i = 0; i < json_size(capabilities); i++)
		if (text_equal(json_text(json_get(json_at(capabilities, i), "verb"), ""), verb))
			return json_at(capabilities, i);
	return NULL;
}

/** By the last probe; before the first one by the provider's row. */
struct status catalog_verb_check(struct store_tx *tx, const char *connection, enum provider_verb verb)
{
	struct arena *arena = store_arena(tx);
	const char *verb_name = provider_verb_name(verb);
	const struct json *capabilities;
	struct connection row;

	TRY(connection_get(tx, connection, &row));
	TRY(parse_stored(arena, slice_text(row.capabilities), &capabilities));
	const struct provider *provider = provider_find(row.provider);
	if (json_size(capabilities) == 0 && provider)
		capabilities = capabilities_of(arena, provider, NULL);
	const struct json *capability = find_capability(capabilities, verb_name);
	if (json_int(json_get(capability, "support"), SUPPORT_NONE) != SUPPORT_NONE)
		return OK;
	return status_with_metadata(arena,
				    status_fail(arena, STATUS_FAILED_PRECONDITION, "VERB_UNSUPPORTED",
						"\"%s\" cannot do \"%s\": %s", connection, verb_name,
						json_text(json_get(capability, "note"),
							  "its provider does not support it")),
				    "verb", verb_name);
}
