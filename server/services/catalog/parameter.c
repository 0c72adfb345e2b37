/* SPDX-License-Identifier: Apache-2.0 */
/* parameter.c: what an order must or may say. */
#include "server/services/catalog/parameter.h"

#include <ctype.h>
#include <string.h>

#include "runtime/base/text.h"
#include "server/services/catalog/catalog.h"

enum { NAME_MOST = 63, STRING_MOST = 16384, MACHINE_NAME_MOST = 63 };

/** The names that a machine product gives a meaning to. */
static const struct {
	const char *name;
	enum parameter_type type;
	const char *type_name;
} KNOWN[] = {
	{ PARAMETER_NAME, PARAMETER_STRING, "STRING" },
	{ PARAMETER_NAME_SIZE, PARAMETER_SIZE, "SIZE" },
	{ PARAMETER_NAME_IMAGE, PARAMETER_IMAGE, "IMAGE" },
	{ PARAMETER_NAME_NETWORK, PARAMETER_NETWORK, "NETWORK" },
	{ PARAMETER_NAME_DISK, PARAMETER_INTEGER, "INTEGER" },
	{ PARAMETER_NAME_LEASE, PARAMETER_INTEGER, "INTEGER" },
	{ PARAMETER_NAME_SSH_KEY, PARAMETER_STRING, "STRING" },
	{ PARAMETER_NAME_USER_DATA, PARAMETER_STRING, "STRING" },
};

static bool has_choices(enum parameter_type type)
{
	return type >= PARAMETER_CHOICE && type <= PARAMETER_NETWORK;
}

static bool is_placed(enum parameter_type type)
{
	return type >= PARAMETER_SIZE && type <= PARAMETER_NETWORK;
}

static bool is_name(const char *name)
{
	size_t size = strlen(name);

	if (size == 0 || size > NAME_MOST || !islower((unsigned char)name[0]))
		return false;
	for (size_t i = 0; i < size; i++)
		if (!islower((unsigned char)name[i]) && !isdigit((unsigned char)name[i]) && name[i] != '_')
			return false;
	return true;
}

static const char *member(struct arena *arena, const char *field, const char *name)
{
	return arena_printf(arena, "%s.%s", field, name);
}

static struct status check_type(struct arena *arena, const char *field, const struct parameter *parameter)
{
	if (parameter->type < PARAMETER_STRING || parameter->type > PARAMETER_NETWORK)
		return status_invalid_field(arena, member(arena, field, "type"), "must be one of the types");
	for (size_t i = 0; i < sizeof KNOWN / sizeof KNOWN[0]; i++)
		if (text_equal(KNOWN[i].name, parameter->name) && KNOWN[i].type != parameter->type)
			return status_invalid_field(arena, member(arena, field, "type"),
						    "must be %s: \"%s\" has a meaning for a machine", KNOWN[i].type_name,
						    parameter->name);
	return OK;
}

static struct status check_choices(struct arena *arena, const char *field, const struct parameter *parameter)
{
	if (parameter->type == PARAMETER_CHOICE && parameter->choice_count == 0)
		return status_invalid_field(arena, member(arena, field, "choices"), "must hold at least one choice");
	if (!has_choices(parameter->type) && parameter->choice_count > 0)
		return status_invalid_field(arena, member(arena, field, "choices"),
					    "belong to CHOICE, SIZE, IMAGE and NETWORK only");
	for (size_t i = 0; i < parameter->choice_count; i++) {
		const char *place = arena_printf(arena, "%s.choices[%zu]", field, i);
		if (text_is_empty(parameter->choices[i]))
			return status_invalid_field(arena, place, "must not be empty");
		for (size_t j = 0; j < i; j++)
			if (text_equal(parameter->choices[i], parameter->choices[j]))
				return status_invalid_field(arena, place, "is there twice");
	}
	return OK;
}

static struct status check_bounds(struct arena *arena, const char *field, const struct parameter *parameter)
{
	bool has_bounds = parameter->least != 0 || parameter->most != 0;

	if (!has_bounds)
		return OK;
	if (parameter->type != PARAMETER_STRING && parameter->type != PARAMETER_INTEGER)
		return status_invalid_field(arena, member(arena, field, "least"), "belongs to INTEGER and STRING only");
	if (parameter->least > parameter->most)
		return status_invalid_field(arena, member(arena, field, "most"), "must not be below least");
	if (parameter->type == PARAMETER_STRING && parameter->least < 0)
		return status_invalid_field(arena, member(arena, field, "least"), "must not be negative: it is a length");
	return OK;
}

struct status parameter_check(struct arena *arena, const char *field, const struct parameter *parameter)
{
	if (!is_name(parameter->name))
		return status_invalid_field(arena, member(arena, field, "parameter"),
					    "must be 1 to 63 of [a-z0-9_], from a letter on");
	TRY(check_type(arena, field, parameter));
	TRY(check_choices(arena, field, parameter));
	TRY(check_bounds(arena, field, parameter));
	if (text_is_empty(parameter->default_value))
		return OK;
	const char *misfit = parameter_misfit(arena, parameter, parameter->default_value);
	if (misfit)
		return status_invalid_field(arena, member(arena, field, "default_value"), "%s", misfit);
	return OK;
}

struct status parameters_check(struct arena *arena, const char *field, const struct parameter *parameters, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *place = arena_printf(arena, "%s[%zu]", field, i);

		TRY(parameter_check(arena, place, &parameters[i]));
		if (parameter_find(parameters, i, parameters[i].name))
			return status_invalid_field(arena, member(arena, place, "parameter"), "is there twice");
	}
	return OK;
}

const struct parameter *parameter_find(const struct parameter *parameters, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (text_equal(parameters[i].name, name))
			return &parameters[i];
	return NULL;
}

static int64_t count_characters(const char *text)
{
	int64_t count = 0;

	for (; *text; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

const char *catalog_machine_name_misfit(const char *name)
{
	if (count_characters(name) > MACHINE_NAME_MOST)
		return "must be at most 63 characters long";
	if (!text_is_printable(slice_text(name)) || strpbrk(name, "\t\r\n"))
		return "must be one line of printable text";
	return NULL;
}

static const char *string_misfit(struct arena *arena, const struct parameter *parameter, const char *value)
{
	int64_t length = count_characters(value);

	if (strlen(value) > STRING_MOST)
		return "must be at most 16 KiB long";
	if ((parameter->least != 0 || parameter->most != 0) && (length < parameter->least || length > parameter->most))
		return arena_printf(arena, "must be %lld to %lld characters long", (long long)parameter->least,
				    (long long)parameter->most);
	if (!text_equal(parameter->name, PARAMETER_NAME))
		return text_is_printable(slice_text(value)) ? NULL : "must be printable text";
	return catalog_machine_name_misfit(value);
}

static const char *integer_misfit(struct arena *arena, const struct parameter *parameter, const char *value)
{
	int64_t number;

	if (!text_to_int64(value, &number))
		return "must be a whole number";
	if ((parameter->least != 0 || parameter->most != 0) && (number < parameter->least || number > parameter->most))
		return arena_printf(arena, "must be %lld to %lld", (long long)parameter->least, (long long)parameter->most);
	return NULL;
}

static const char *choice_misfit(struct arena *arena, const struct parameter *parameter, const char *value)
{
	struct text list = text_new(arena);

	for (size_t i = 0; i < parameter->choice_count; i++) {
		if (text_equal(parameter->choices[i], value))
			return NULL;
		text_printf(&list, "%s\"%s\"", i == 0 ? "" : ", ", parameter->choices[i]);
	}
	if (parameter->choice_count == 0 && is_placed(parameter->type))
		return NULL;
	return arena_printf(arena, "must be one of %s", list.data);
}

const char *parameter_misfit(struct arena *arena, const struct parameter *parameter, const char *value)
{
	switch (parameter->type) {
	case PARAMETER_STRING:
		return string_misfit(arena, parameter, value);
	case PARAMETER_INTEGER:
		return integer_misfit(arena, parameter, value);
	case PARAMETER_BOOLEAN:
		return text_equal(value, "true") || text_equal(value, "false") ? NULL : "must be \"true\" or \"false\"";
	default:
		return choice_misfit(arena, parameter, value);
	}
}

const char *parameter_text(struct arena *arena, const struct json *value)
{
	switch (json_kind(value)) {
	case JSON_TEXT:
		return json_text(value, "");
	case JSON_INT:
		return arena_printf(arena, "%lld", (long long)json_int(value, 0));
	case JSON_BOOL:
		return json_bool(value, false) ? "true" : "false";
	default:
		return NULL;
	}
}

struct json *parameter_json(struct arena *arena, const struct parameter *parameter, const char *value)
{
	int64_t number = 0;

	if (parameter->type == PARAMETER_BOOLEAN)
		return json_new_bool(arena, text_equal(value, "true"));
	if (parameter->type == PARAMETER_INTEGER && text_to_int64(value, &number))
		return json_new_int(arena, number);
	return json_new_text(arena, value);
}

struct json *parameter_to_json(struct arena *arena, const struct parameter *parameter)
{
	struct json *json = json_object(arena);
	struct json *choices = json_array(arena);

	json_set_text(json, "parameter", parameter->name);
	json_set_text(json, "display_name", parameter->display_name);
	json_set_text(json, "description", parameter->description);
	json_set_int(json, "type", parameter->type);
	json_set_bool(json, "required", parameter->is_required);
	json_set_text(json, "default_value", parameter->default_value);
	for (size_t i = 0; i < parameter->choice_count; i++)
		json_append_text(choices, parameter->choices[i]);
	json_set(json, "choices", choices);
	json_set_int(json, "least", parameter->least);
	json_set_int(json, "most", parameter->most);
	return json;
}

struct parameter parameter_from_json(struct arena *arena, const struct json *json)
{
	const struct json *choices = json_get(json, "choices");
	struct parameter parameter = {
		.name = json_text(json_get(json, "parameter"), ""),
		.display_name = json_text(json_get(json, "display_name"), ""),
		.description = json_text(json_get(json, "description"), ""),
		.type = (enum parameter_type)json_int(json_get(json, "type"), 0),
		.is_required = json_bool(json_get(json, "required"), false),
		.default_value = json_text(json_get(json, "default_value"), ""),
		.choices = ARENA_ARRAY(arena, json_size(choices), const char *),
		.choice_count = json_size(choices),
		.least = json_int(json_get(json, "least"), 0),
		.most = json_int(json_get(json, "most"), 0),
	};

	for (size_t i = 0; i < parameter.choice_count; i++)
		parameter.choices[i] = json_text(json_at(choices, i), "");
	return parameter;
}
