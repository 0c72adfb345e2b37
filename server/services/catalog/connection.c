/* SPDX-License-Identifier: Apache-2.0 */
/* connection.c: what a connection may be told, and what it can do. */
#include "server/services/catalog/connection.h"

#include <string.h>

#include "runtime/base/money.h"
#include "runtime/base/text.h"
#include "server/services/catalog/catalog.h"
#include "server/services/catalog/credential.h"
#include "server/services/catalog/room.h"

static const struct json_limits SETTINGS_LIMITS = { .size_bytes = 65536, .depth = 8, .values = 4096 };

struct status provider_choose(struct arena *arena, const char *kind, const struct provider **provider)
{
	const struct provider *found = provider_find(text_or_empty(kind));

	if (!found)
		return status_with_field(arena,
					 status_fail(arena, STATUS_INVALID_ARGUMENT, "PROVIDER_UNKNOWN",
						     "there is no provider \"%s\"; ListProviders tells which there are",
						     text_or_empty(kind)),
					 "connection.provider", "is not the kind of a provider");
	if (!found->ops)
		return status_with_field(arena,
					 status_fail(arena, STATUS_INVALID_ARGUMENT, "PROVIDER_NOT_BUILT_IN",
						     "the provider \"%s\" is not in this build of the server; "
						     "use a build that has it",
						     kind),
					 "connection.provider", "is not built in");
	*provider = found;
	return OK;
}

static const struct provider_option *option_find(const struct provider *provider, const char *name)
{
	for (size_t i = 0; i < provider->option_count; i++)
		if (text_equal(provider->options[i].name, name))
			return &provider->options[i];
	return NULL;
}

/** What kind of value an option takes is told by its default. NULL when it fits, else what would. */
static const char *value_misfit(const struct provider_option *option, const struct json *value)
{
	enum json_kind kind = json_kind(value);

	if (kind == JSON_NULL)
		return "must not be null; leave it away for its default";
	if (!option->otherwise || option->is_secret)
		return NULL;
	if (text_equal(option->otherwise, "true") || text_equal(option->otherwise, "false"))
		return kind == JSON_BOOL ? NULL : "must be true or false";
	if (amount_parse(option->otherwise, &(struct amount){ 0, 0 }))
		return kind == JSON_INT || kind == JSON_REAL ? NULL : "must be a number";
	return NULL;
}

/** Command lines and forms write every value as text: "300" is taken for the number where the option is one. */
static const struct json *typed_value(struct arena *arena, const struct provider_option *option, const struct json *value)
{
	struct json *parsed;

	if (json_kind(value) != JSON_TEXT || !value_misfit(option, value) ||
	    !status_is_ok(json_parse(arena, slice_text(json_text(value, "")), &SETTINGS_LIMITS, &parsed)))
		return value;
	return value_misfit(option, parsed) ? value : parsed;
}

static struct status unknown_option(struct arena *arena, const struct provider *provider, const char *field,
				    const char *name)
{
	return status_with_field(arena,
				 status_fail(arena, STATUS_INVALID_ARGUMENT, "OPTION_UNKNOWN",
					     "the provider \"%s\" has no setting \"%s\"; ListProviders tells which it has",
					     provider->kind, name),
				 arena_printf(arena, "%s.%s", field, name), "is not a setting of this provider");
}

static struct status check_required(struct arena *arena, const struct provider *provider, const struct json *object,
				    const char *field, bool are_secret)
{
	for (size_t i = 0; i < provider->option_count; i++) {
		const struct provider_option *option = &provider->options[i];
		if (option->is_required && option->is_secret == are_secret && !json_get(object, option->name))
			return status_invalid_field(arena, arena_printf(arena, "%s.%s", field, option->name),
						    "must be given: %s", option->help);
	}
	return OK;
}

/** A failure of the JSON reader may quote what it read; about credentials only the place may be said. */
static struct status parse_object(struct arena *arena, const char *field, const char *text, struct json **object)
{
	struct json *parsed;

	if (text_is_empty(text)) {
		*object = json_object(arena);
		return OK;
	}
	if (!status_is_ok(json_parse(arena, slice_text(text), &SETTINGS_LIMITS, &parsed)) ||
	    json_kind(parsed) != JSON_OBJECT)
		return status_invalid_field(arena, field, "must be a JSON object of at most 64 KiB, {\"name\": value}");
	*object = parsed;
	return OK;
}

struct status connection_read_options(struct arena *arena, const struct provider *provider, const char *text,
				      const char **canonical)
{
	struct json *object, *typed = json_object(arena);
	const char *name;
	const struct json *value;

	TRY(parse_object(arena, "connection.options", text, &object));
	for (size_t i = 0; json_member(object, i, &name, &value); i++) {
		const struct provider_option *option = option_find(provider, name);
		const char *field = arena_printf(arena, "connection.options.%s", name);
		if (!option)
			return unknown_option(arena, provider, "connection.options", name);
		if (option->is_secret)
			return status_invalid_field(arena, field,
						    "is a secret: give it in connection.credentials.%s, where it is sealed",
						    name);
		value = typed_value(arena, option, value);
		const char *misfit = value_misfit(option, value);
		if (misfit)
			return status_invalid_field(arena, field, "%s", misfit);
		json_set(typed, name, value);
	}
	TRY(check_required(arena, provider, typed, "connection.options", false));
	*canonical = json_print_canonical(arena, typed);
	return OK;
}

struct status connection_read_credentials(struct arena *arena, const struct provider *provider, const char *field,
					  const char *text, const char **canonical)
{
	struct json *object;
	const char *name;
	const struct json *value;

	TRY(parse_object(arena, field, text, &object));
	for (size_t i = 0; json_member(object, i, &name, &value); i++) {
		const struct provider_option *option = option_find(provider, name);
		if (!option)
			return unknown_option(arena, provider, field, name);
		if (!option->is_secret)
			return status_invalid_field(arena, arena_printf(arena, "%s.%s", field, name),
						    "is no secret: give it in connection.options.%s", name);
		const char *misfit = value_misfit(option, value);
		if (misfit)
			return status_invalid_field(arena, arena_printf(arena, "%s.%s", field, name), "%s", misfit);
	}
	TRY(check_required(arena, provider, object, field, true));
	*canonical = json_print_canonical(arena, object);
	return OK;
}

/** "options.disk_mode: give overlay or copy" is about connection.options.disk_mode; what names no option, about the endpoint. */
static struct status misfit_at(struct arena *arena, const char *message)
{
	const char *end = text_starts_with(message, "options.") ? strchr(message, ':') : NULL;
	size_t size = end ? (size_t)(end - message) : 0;

	if (size == 0 || strcspn(message, " ") < size)
		return status_invalid_field(arena, "connection.endpoint", "%s", message);
	return status_invalid_field(arena, arena_printf(arena, "connection.%.*s", (int)size, message), "%s",
				    message + size + strspn(message + size, ": "));
}

struct status connection_check_shape(struct arena *arena, const struct provider *provider, const struct connection *connection)
{
	struct json *options;

	if (!provider->ops->check)
		return OK;
	TRY(json_parse(arena, slice_text(connection->options), NULL, &options));
	struct provider_config config = { .connection = connection->name,
					  .installation = catalog_room.installation,
					  .endpoint = connection->endpoint,
					  .region = text_is_empty(connection->region) ? NULL : connection->region,
					  .options = options };
	struct provider_result result = provider->ops->check(arena, &config);
	return result.error == PROVIDER_OK ? OK : misfit_at(arena, text_or_empty(result.message));
}

struct status connection_seal(struct store_tx *tx, struct connection *connection, const char *credentials)
{
	struct credential_place place = { connection->tenant, connection->name, connection->credentials_version + 1 };
	struct slice sealed;

	TRY(credential_seal(tx, &place, slice_text(credentials), &sealed));
	TRY(connection_set_credentials(tx, connection->name, sealed));
	connection->credentials_version++;
	return OK;
}

static const char *const IDEMPOTENCE_NAMES[] = {
	[IDEMPOTENCE_NATURAL] = "natural",
	[IDEMPOTENCE_TOKEN] = "token",
	[IDEMPOTENCE_UNIQUE_NAME] = "unique-name",
	[IDEMPOTENCE_TAG_LOOKUP] = "tag-lookup",
};

struct json *capabilities_of(struct arena *arena, const struct provider *provider, const struct provider_info *info)
{
	struct json *list = json_array(arena);

	for (int verb = 0; verb < VERB_COUNT; verb++) {
		const struct provider_trait *trait = &provider->traits[verb];
		enum provider_support support = info ? info->support[verb] : trait->support;
		const char *note = info && info->notes[verb] ? info->notes[verb] : trait->note;
		struct json *entry = json_object(arena);

		json_set_text(entry, "verb", provider_verb_name((enum provider_verb)verb));
		json_set_int(entry, "support", support);
		json_set_bool(entry, "asynchronous", trait->is_asynchronous);
		json_set_text(entry, "idempotence", IDEMPOTENCE_NAMES[trait->idempotence]);
		if (note)
			json_set_text(entry, "note", note);
		json_append(list, entry);
	}
	return list;
}
