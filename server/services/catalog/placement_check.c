/* SPDX-License-Identifier: Apache-2.0 */
/* placement_check.c: whether the placement of a version is sound in itself. */
#include "server/services/catalog/placement_check.h"

#include <string.h>

#include "runtime/base/text.h"
#include "server/services/catalog/offering.h"

enum { LABEL_MOST = 63 };

/** The shape that keys of labels have everywhere. */
static bool is_label(const char *text)
{
	size_t size = strlen(text_or_empty(text));

	return size > 0 && size <= LABEL_MOST && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-_./") == size;
}

static bool is_text(const struct parameter *parameter)
{
	return parameter && (parameter->type == PARAMETER_STRING || parameter->type == PARAMETER_CHOICE);
}

static struct status check_rule(struct arena *arena, const char *field, const struct version *version, size_t index)
{
	const struct placement_rule *rule = &version->rules[index];
	const char *place = arena_printf(arena, "%s.placement.rules[%zu]", field, index);

	if (!is_label(rule->label))
		return status_invalid_field(arena, arena_printf(arena, "%s.label", place),
					    "must be the key of a label: 1 to 63 of [a-z0-9-_./]");
	for (size_t i = 0; i < rule->value_count; i++)
		if (text_is_empty(rule->values[i]))
			return status_invalid_field(arena, arena_printf(arena, "%s.values[%zu]", place, i), "must not be empty");
	if (!text_is_empty(rule->parameter) &&
	    !is_text(parameter_find(version->parameters, version->parameter_count, rule->parameter)))
		return status_invalid_field(arena, arena_printf(arena, "%s.parameter", place),
					    "must be a parameter of this version, a STRING or a CHOICE");
	return OK;
}

static struct status check_size(struct arena *arena, const char *field, const struct version *version, size_t index)
{
	const struct size_class *size = &version->sizes[index];
	const char *place = arena_printf(arena, "%s.sizes[%zu]", field, index);

	if (text_is_empty(size->name) || !text_equal(offering_slug(arena, size->name), size->name))
		return status_invalid_field(arena, arena_printf(arena, "%s.size", place),
					    "must be at most 48 of [a-z0-9._-], from a letter or digit on");
	for (size_t i = 0; i < index; i++)
		if (text_equal(version->sizes[i].name, size->name))
			return status_invalid_field(arena, arena_printf(arena, "%s.size", place), "is there twice");
	if (size->least_vcpus < 0 || size->least_memory_mib < 0 || size->least_vcpus + size->least_memory_mib == 0)
		return status_invalid_field(arena, arena_printf(arena, "%s.least_vcpus", place),
					    "must say how much it has at least, of vCPUs, memory or both");
	return OK;
}

struct status placement_check(struct arena *arena, const char *field, const struct version *version)
{
	if (version->strategy > PLACEMENT_LEAST_USED)
		return status_invalid_field(arena, arena_printf(arena, "%s.placement.strategy", field),
					    "must be in order, cheapest or least used");
	for (size_t i = 0; i < version->rule_count; i++)
		TRY(check_rule(arena, field, version, i));
	for (size_t i = 0; i < version->size_count; i++)
		TRY(check_size(arena, field, version, i));
	if (version->is_choosable &&
	    !is_text(parameter_find(version->parameters, version->parameter_count, PARAMETER_NAME_CONNECTION)))
		return status_invalid_field(arena, arena_printf(arena, "%s.placement.choosable", field),
					    "needs a parameter \"%s\", a STRING or a CHOICE, to choose with", PARAMETER_NAME_CONNECTION);
	return OK;
}
