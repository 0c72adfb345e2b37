/* SPDX-License-Identifier: Apache-2.0 */
/* context.c: see context.h. */
#include "client/cli/context.h"

#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "client/cli/file.h"
#include "runtime/base/text.h"

/** The texts of a context: where they are kept, and what in the environment overrides them. */
static const struct {
	const char *key;
	const char *variable; /* NULL: none */
	size_t offset;
} texts[] = {
	{ "address", "GAON_ADDRESS", offsetof(struct context, address) },
	{ "token", "GAON_TOKEN", offsetof(struct context, token) },
	{ "tenant", "GAON_TENANT", offsetof(struct context, tenant) },
	{ "project", "GAON_PROJECT", offsetof(struct context, project) },
	{ "ca", "GAON_CA", offsetof(struct context, ca) },
	{ "certificate", NULL, offsetof(struct context, certificate) },
	{ "key", NULL, offsetof(struct context, key) },
	{ "server_name", NULL, offsetof(struct context, server_name) },
};

enum { TEXT_COUNT = sizeof(texts) / sizeof(texts[0]) };

static const char **text_at(struct context *context, size_t index)
{
	return (const char **)((char *)context + texts[index].offset);
}

const char *context_path(struct arena *arena)
{
	const char *path = getenv("GAON_CONFIG"), *folder = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (!text_is_empty(path))
		return path;
	if (!text_is_empty(folder))
		return arena_printf(arena, "%s/gaon/config.json", folder);
	return arena_printf(arena, "%s/.config/gaon/config.json", text_or_empty(home));
}

struct status context_read_file(struct arena *arena, struct json **file)
{
	const char *path = context_path(arena);
	struct slice content;
	struct status status;
	bool exists;

	TRY(file_check_private(arena, path, &exists));
	if (!exists) {
		*file = json_object(arena);
		return OK;
	}
	TRY(file_read(arena, path, &content));
	status = json_parse(arena, content, NULL, file);
	if (!status_is_ok(status) || json_kind(*file) != JSON_OBJECT)
		return status_fail(arena, STATUS_INVALID_ARGUMENT, "CONFIG_INVALID",
				   "%s is not a JSON object (%s): mend it, or remove it and add your contexts again",
				   path, status_is_ok(status) ? "another value" : status.message);
	return OK;
}

struct status context_write_file(struct arena *arena, const struct json *file)
{
	return file_write_private(arena, context_path(arena),
				  arena_printf(arena, "%s\n", json_print_pretty(arena, file)));
}

struct context context_from_json(const char *name, const struct json *value)
{
	struct context context = { .name = name };

	for (size_t i = 0; i < TEXT_COUNT; i++)
		*text_at(&context, i) = json_text(json_get(value, texts[i].key), NULL);
	context.use_tls = json_bool(json_get(value, "tls"), false);
	context.allow_insecure = json_bool(json_get(value, "allow_insecure"), false);
	return context;
}

struct status context_load(struct arena *arena, const char *name, struct context *context)
{
	struct json *file;
	const struct json *found;
	bool is_asked;

	TRY(context_read_file(arena, &file));
	if (!name && !text_is_empty(getenv("GAON_CONTEXT")))
		name = getenv("GAON_CONTEXT");
	is_asked = name != NULL;
	if (!name)
		name = json_text(json_get(file, "current"), NULL);
	found = name ? json_path(file, "contexts", name, NULL) : NULL;
	if (is_asked && !found)
		return status_fail(arena, STATUS_NOT_FOUND, "CONTEXT_UNKNOWN",
				   "there is no context '%s' in %s: see gaon context list", name, context_path(arena));
	*context = context_from_json(found ? name : NULL, found);
	for (size_t i = 0; i < TEXT_COUNT; i++) {
		const char *value = texts[i].variable ? getenv(texts[i].variable) : NULL;

		if (!text_is_empty(value))
			*text_at(context, i) = value;
	}
	return OK;
}

/** A file that was named from here is meant from everywhere. */
static const char *absolute(struct arena *arena, const char *path)
{
	char folder[PATH_MAX];

	if (text_is_empty(path) || *path == '/' || !getcwd(folder, sizeof(folder)))
		return path;
	return arena_printf(arena, "%s/%s", folder, path);
}

struct status context_save(struct arena *arena, const struct context *context, bool is_current)
{
	struct context copy = *context;
	struct json *file, *contexts = json_object(arena), *value = json_object(arena);
	const struct json *member;
	const char *key;

	TRY(context_read_file(arena, &file));
	copy.ca = absolute(arena, copy.ca);
	copy.certificate = absolute(arena, copy.certificate);
	copy.key = absolute(arena, copy.key);
	for (size_t i = 0; i < TEXT_COUNT; i++)
		if (!text_is_empty(*text_at(&copy, i)))
			json_set_text(value, texts[i].key, *text_at(&copy, i));
	if (context->use_tls)
		json_set_bool(value, "tls", true);
	if (context->allow_insecure)
		json_set_bool(value, "allow_insecure", true);
	for (size_t i = 0; json_member(json_get(file, "contexts"), i, &key, &member); i++)
		json_set(contexts, key, member);
	json_set(contexts, context->name, value);
	if (is_current || !json_get(file, "current"))
		json_set_text(file, "current", context->name);
	json_set(file, "contexts", contexts);
	return context_write_file(arena, file);
}
