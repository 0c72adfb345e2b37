/* SPDX-License-Identifier: Apache-2.0 */
/* version_content.c: what a version says, as canonical JSON: what is stored, and what its digest is taken over. */
#include "runtime/base/text.h"
#include "server/services/catalog/version_store.h"

/* What came later stands there only when it is said: digests of versions that do not say it stay what they were. */

static struct json *target_to_json(struct arena *arena, const struct target *target)
{
	struct json *json = json_object(arena);

	json_set_text(json, "connection", target->connection);
	json_set_text(json, "default_network", target->default_network);
	if (!text_is_empty(target->rate_card))
		json_set_text(json, "rate_card", target->rate_card);
	return json;
}

static struct json *rule_to_json(struct arena *arena, const struct placement_rule *rule)
{
	struct json *json = json_object(arena), *values = json_array(arena);

	for (size_t i = 0; i < rule->value_count; i++)
		json_append_text(values, rule->values[i]);
	json_set_text(json, "label", rule->label);
	json_set(json, "values", values);
	json_set_text(json, "parameter", rule->parameter);
	return json;
}

static void add_placement(struct arena *arena, const struct version *version, struct json *content)
{
	struct json *placement = json_object(arena), *rules = json_array(arena), *sizes = json_array(arena);

	for (size_t i = 0; i < version->rule_count; i++)
		json_append(rules, rule_to_json(arena, &version->rules[i]));
	json_set_int(placement, "strategy", version->strategy);
	json_set(placement, "rules", rules);
	json_set_bool(placement, "choosable", version->is_choosable);
	if (version->needs_room)
		json_set_bool(placement, "needs_room", true);
	if (version->strategy > PLACEMENT_IN_ORDER || version->rule_count > 0 || version->is_choosable ||
	    version->needs_room)
		json_set(content, "placement", placement);
	for (size_t i = 0; i < version->size_count; i++) {
		struct json *size = json_object(arena);
		json_set_text(size, "size", version->sizes[i].name);
		json_set_int(size, "least_vcpus", version->sizes[i].least_vcpus);
		json_set_int(size, "least_memory_mib", version->sizes[i].least_memory_mib);
		json_append(sizes, size);
	}
	if (version->size_count > 0)
		json_set(content, "sizes", sizes);
}

const char *version_content(struct arena *arena, const struct version *version)
{
	struct json *content = json_object(arena);
	struct json *parameters = json_array(arena);
	struct json *targets = json_array(arena);

	for (size_t i = 0; i < version->parameter_count; i++)
		json_append(parameters, parameter_to_json(arena, &version->parameters[i]));
	for (size_t i = 0; i < version->target_count; i++)
		json_append(targets, target_to_json(arena, &version->targets[i]));
	json_set(content, "parameters", parameters);
	json_set(content, "targets", targets);
	add_placement(arena, version, content);
	return json_print_canonical(arena, content);
}

static void read_rule(struct arena *arena, const struct json *json, struct placement_rule *rule)
{
	const struct json *values = json_get(json, "values");

	*rule = (struct placement_rule){ .label = json_text(json_get(json, "label"), ""),
					 .values = ARENA_ARRAY(arena, json_size(values) + 1, const char *),
					 .value_count = json_size(values),
					 .parameter = json_text(json_get(json, "parameter"), "") };
	for (size_t i = 0; i < rule->value_count; i++)
		rule->values[i] = json_text(json_at(values, i), "");
}

static void read_placement(struct arena *arena, const struct json *content, struct version *version)
{
	const struct json *placement = json_get(content, "placement"), *sizes = json_get(content, "sizes");
	const struct json *rules = json_get(placement, "rules");

	version->strategy = (enum placement_strategy)json_int(json_get(placement, "strategy"), PLACEMENT_IN_ORDER);
	version->is_choosable = json_bool(json_get(placement, "choosable"), false);
	version->needs_room = json_bool(json_get(placement, "needs_room"), false);
	version->rule_count = json_size(rules);
	version->rules = ARENA_ARRAY(arena, version->rule_count + 1, struct placement_rule);
	for (size_t i = 0; i < version->rule_count; i++)
		read_rule(arena, json_at(rules, i), &version->rules[i]);
	version->size_count = json_size(sizes);
	version->sizes = ARENA_ARRAY(arena, version->size_count + 1, struct size_class);
	for (size_t i = 0; i < version->size_count; i++) {
		const struct json *size = json_at(sizes, i);
		version->sizes[i] = (struct size_class){ json_text(json_get(size, "size"), ""),
							 (int32_t)json_int(json_get(size, "least_vcpus"), 0),
							 json_int(json_get(size, "least_memory_mib"), 0) };
	}
}

struct status version_read_content(struct arena *arena, const char *text, struct version *version)
{
	struct json *content;

	TRY(json_parse(arena, slice_text(text), NULL, &content));
	const struct json *parameters = json_get(content, "parameters"), *targets = json_get(content, "targets");
	version->parameter_count = json_size(parameters);
	version->parameters = ARENA_ARRAY(arena, version->parameter_count, struct parameter);
	for (size_t i = 0; i < version->parameter_count; i++)
		version->parameters[i] = parameter_from_json(arena, json_at(parameters, i));
	version->target_count = json_size(targets);
	version->targets = ARENA_ARRAY(arena, version->target_count, struct target);
	for (size_t i = 0; i < version->target_count; i++) {
		const struct json *target = json_at(targets, i);
		version->targets[i] = (struct target){ json_text(json_get(target, "connection"), ""),
						       json_text(json_get(target, "default_network"), ""),
						       json_text(json_get(target, "rate_card"), "") };
	}
	read_placement(arena, content, version);
	return OK;
}
