/* SPDX-License-Identifier: Apache-2.0 */
/* config.c: defaults, then a file, then the environment, then arguments; each setting remembers where it came from. */
#include "runtime/base/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/config_value.h"

enum { LARGEST_FILE = 1024 * 1024 };

struct setting {
	const struct config_option *option;
	const char *text;
	int64_t number;
	const char *origin;
	int line; /* of the file that set it, 0: none did */
};

struct config {
	struct arena *arena;
	struct setting *settings;
	size_t count;
};

static struct setting *find(const struct config *config, const char *name, size_t size)
{
	for (size_t i = 0; i < config->count; i++) {
		if (slice_is(slice_of(name, size), config->settings[i].option->name))
			return &config->settings[i];
	}
	return NULL;
}

/* The value is not repeated: it may be a secret under the wrong name. */
static struct status assign(struct config *config, struct setting *setting, const char *value, const char *origin,
			    const char *where)
{
	const char *wanted;
	int64_t number;

	if (!config_value_parse(config->arena, setting->option, value, &number, &wanted))
		return status_fail(config->arena, STATUS_INVALID_ARGUMENT, "CONFIG_INVALID", "%s: %s must be %s", where,
				   setting->option->name, wanted);
	setting->text = arena_strdup(config->arena, value);
	setting->number = number;
	setting->origin = origin;
	return OK;
}

static struct config *with_defaults(struct arena *arena, const struct config_option *options, size_t count)
{
	struct config *config = ARENA_NEW(arena, struct config);

	config->arena = arena;
	config->count = count;
	config->settings = ARENA_ARRAY(arena, count, struct setting);
	for (size_t i = 0; i < count; i++) {
		const char *otherwise = text_or_empty(options[i].otherwise);

		config->settings[i].option = &options[i];
		if (!status_is_ok(assign(config, &config->settings[i], otherwise, "default", "default"))) {
			fprintf(stderr, "gaon: the default of %s breaks its own rule\n", options[i].name);
			abort();
		}
	}
	return config;
}

static struct slice trim(struct slice text)
{
	while (text.size > 0 && strchr(" \t\r", text.data[0]))
		text = slice_of(text.data + 1, text.size - 1);
	while (text.size > 0 && strchr(" \t\r", text.data[text.size - 1]))
		text.size--;
	return text;
}

static struct slice without_comment(struct slice line)
{
	for (size_t i = 0; i < line.size; i++) {
		bool is_apart = i == 0 || line.data[i - 1] == ' ' || line.data[i - 1] == '\t';

		if (line.data[i] == '#' && is_apart)
			return slice_of(line.data, i);
	}
	return line;
}

static struct status read_line(struct config *config, const char *path, int number, struct slice line)
{
	const char *where = arena_printf(config->arena, "%s:%d", path, number);

	if (memchr(line.data, '\0', line.size))
		return status_fail(config->arena, STATUS_INVALID_ARGUMENT, "CONFIG_INVALID",
				   "%s: there is a NUL byte; remove it", where);
	line = trim(without_comment(line));
	if (line.size == 0)
		return OK;

	const char *equals = memchr(line.data, '=', line.size);
	if (!equals)
		return status_fail(config->arena, STATUS_INVALID_ARGUMENT, "CONFIG_INVALID",
				   "%s: a line must be \"name = value\", blank or a comment", where);

	struct slice name = trim(slice_of(line.data, (size_t)(equals - line.data)));
	struct slice value = trim(slice_of(equals + 1, line.size - (size_t)(equals + 1 - line.data)));
	struct setting *setting = find(config, name.data, name.size);
	if (!setting)
		return status_fail(config->arena, STATUS_INVALID_ARGUMENT, "CONFIG_INVALID",
				   "%s: there is no setting \"%s\"; see --help for those that are", where,
				   text_to_utf8(config->arena, name));
	if (setting->line > 0)
		return status_fail(config->arena, STATUS_INVALID_ARGUMENT, "CONFIG_INVALID",
				   "%s: %s was already set on line %d; keep one of them", where, setting->option->name,
				   setting->line);
	setting->line = number;
	return assign(config, setting, arena_strndup(config->arena, value.data, value.size), "file", where);
}

static void close_file(void *file)
{
	fclose(file);
}

static struct status load_file(struct arena *arena, const char *path, struct slice *content)
{
	FILE *file = fopen(path, "re");

	if (!file)
		return status_fail(arena, STATUS_INVALID_ARGUMENT, "CONFIG_INVALID",
				   "%s: the file cannot be opened: %s", path, strerror(errno));
	arena_defer(arena, close_file, file);

	char *data = arena_alloc(arena, LARGEST_FILE + 1);
	size_t size = fread(data, 1, LARGEST_FILE + 1, file);
	if (ferror(file))
		return status_fail(arena, STATUS_INVALID_ARGUMENT, "CONFIG_INVALID", "%s: the file cannot be read: %s",
				   path, strerror(errno));
	if (size > LARGEST_FILE)
		return status_fail(arena, STATUS_INVALID_ARGUMENT, "CONFIG_INVALID",
				   "%s: the file is larger than 1 MiB; is it the right one?", path);
	*content = slice_of(data, size);
	return OK;
}

static struct status read_file(struct config *config, const char *path)
{
	struct slice content;
	int number = 0;

	TRY(load_file(config->arena, path, &content));
	while (content.size > 0) {
		const char *end = memchr(content.data, '\n', content.size);
		size_t size = end ? (size_t)(end - content.data) : content.size;

		TRY(read_line(config, path, ++number, slice_of(content.data, size)));
		size += end ? 1 : 0;
		content = slice_of(content.data + size, content.size - size);
	}
	return OK;
}

static char *variable_name(struct arena *arena, const char *name)
{
	char *variable = arena_printf(arena, "GAON_%s", name);

	for (char *c = variable; *c; c++) {
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
		else if (*c == '.' || *c == '-')
			*c = '_';
	}
	return variable;
}

static struct status read_environment(struct config *config)
{
	for (size_t i = 0; i < config->count; i++) {
		struct setting *setting = &config->settings[i];
		const char *variable = variable_name(config->arena, setting->option->name);
		const char *value = getenv(variable);

		if (!text_is_empty(value))
			TRY(assign(config, setting, value, "environment", variable));
	}
	return OK;
}

static struct status read_arguments(struct config *config, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *argument = argv[i];
		size_t size = strcspn(argument, "=");

		/* Only the part before '=' is shown: what follows may be a secret. */
		const char *where = arena_printf(config->arena, "argument %s",
						 text_to_utf8(config->arena, slice_of(argument, size)));
		struct setting *setting =
			text_starts_with(argument, "--") && size > 2 ? find(config, argument + 2, size - 2) : NULL;
		if (!setting)
			return status_fail(config->arena, STATUS_INVALID_ARGUMENT, "CONFIG_INVALID",
					   "%s: there is no such setting; see --help for those that are", where);

		const char *value = argument[size] == '=' ? argument + size + 1 : NULL;
		if (!value && i + 1 < argc)
			value = argv[++i];
		if (!value)
			return status_fail(config->arena, STATUS_INVALID_ARGUMENT, "CONFIG_INVALID",
					   "%s: a value must follow, as --%s=value", where, setting->option->name);
		TRY(assign(config, setting, value, "argument", where));
	}
	return OK;
}

struct status config_read(struct arena *arena, const struct config_option *options, size_t count, const char *path,
			  int argc, char **argv, struct config **config)
{
	struct config *read = with_defaults(arena, options, count);

	if (path)
		TRY(read_file(read, path));
	TRY(read_environment(read));
	TRY(read_arguments(read, argc, argv));
	*config = read;
	return OK;
}

static const struct setting *must_find(const struct config *config, const char *name)
{
	const struct setting *setting = find(config, name, strlen(name));

	if (!setting) {
		fprintf(stderr, "gaon: no setting is called %s\n", name);
		abort();
	}
	return setting;
}

const char *config_text(const struct config *config, const char *name)
{
	return must_find(config, name)->text;
}

int64_t config_int(const struct config *config, const char *name)
{
	return must_find(config, name)->number;
}

bool config_bool(const struct config *config, const char *name)
{
	return must_find(config, name)->number != 0;
}

const char *config_origin(const struct config *config, const char *name)
{
	return must_find(config, name)->origin;
}

void config_help(const struct config_option *options, size_t count, struct text *text)
{
	for (size_t i = 0; i < count; i++) {
		text_printf(text, "--%s  (%s)\n", options[i].name, variable_name(text->arena, options[i].name));
		text_printf(text, "    %s\n", options[i].help);
		if (!text_is_empty(options[i].otherwise))
			text_printf(text, "    Default: %s\n", options[i].otherwise);
		text_append_char(text, '\n');
	}
}
