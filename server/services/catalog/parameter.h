/* SPDX-License-Identifier: Apache-2.0 */
/* parameter.h: what an order must or may say: its types, and whether a value fits. */
#ifndef GAON_SERVICES_CATALOG_PARAMETER_H
#define GAON_SERVICES_CATALOG_PARAMETER_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/base/arena.h"
#include "runtime/base/json.h"

/** gaon.catalog.v1.ParameterType by number. */
enum parameter_type {
	PARAMETER_STRING = 1,
	PARAMETER_INTEGER = 2,
	PARAMETER_BOOLEAN = 3,
	PARAMETER_CHOICE = 4,
	PARAMETER_SIZE = 5,
	PARAMETER_IMAGE = 6,
	PARAMETER_NETWORK = 7,
};

struct parameter {
	const char *name, *display_name, *description;
	enum parameter_type type;
	bool is_required;
	const char *default_value; /* "": none */
	const char **choices;
	size_t choice_count;
	int64_t least, most;
};

/** What a machine product knows by name. */
#define PARAMETER_NAME "name"
#define PARAMETER_NAME_SIZE "size"
#define PARAMETER_NAME_IMAGE "image"
#define PARAMETER_NAME_NETWORK "network"
#define PARAMETER_NAME_DISK "disk_gib"
#define PARAMETER_NAME_LEASE "lease_days"
#define PARAMETER_NAME_SSH_KEY "ssh_key"
#define PARAMETER_NAME_USER_DATA "user_data"
/** Only where the version's placement lets orders choose. */
#define PARAMETER_NAME_CONNECTION "connection"

/** INVALID_FIELD at "<field>.<member>" when a definition is wrong in itself, or a known name has another type. */
MUST_CHECK struct status parameter_check(struct arena *arena, const char *field, const struct parameter *parameter);
/** All of a version: each by itself, and no name twice. `field` "product_version.parameters". */
MUST_CHECK struct status parameters_check(struct arena *arena, const char *field, const struct parameter *parameters,
					  size_t count);

/**
 * NULL when the value fits, else what is wrong with it. Whether a size, image or network exists is for the target to say; here
 * they only have to be among the choices, if there are any.
 */
const char *parameter_misfit(struct arena *arena, const struct parameter *parameter, const char *value);

/** The value as an order's JSON holds it (text, integer or boolean) as text; NULL for anything else. */
const char *parameter_text(struct arena *arena, const struct json *value);
/** A value that fits, in the JSON of its type. */
struct json *parameter_json(struct arena *arena, const struct parameter *parameter, const char *value);

const struct parameter *parameter_find(const struct parameter *parameters, size_t count, const char *name);

struct json *parameter_to_json(struct arena *arena, const struct parameter *parameter);
struct parameter parameter_from_json(struct arena *arena, const struct json *json);

#endif
