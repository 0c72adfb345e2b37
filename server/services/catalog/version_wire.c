/* SPDX-License-Identifier: Apache-2.0 */
/* version_wire.c: versions and their parameters as messages. */
#include "server/services/catalog/version_wire.h"

#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/wire/wire.h"

Gaon__Parameter *parameter_to_wire(struct arena *arena, const struct parameter *parameter)
{
	Gaon__Parameter *message = ARENA_NEW(arena, Gaon__Parameter);

	gaon__parameter__init(message);
	message->parameter = parameter->name;
	message->display_name = parameter->display_name;
	message->description = parameter->description;
	message->type = (Gaon__ParameterType)parameter->type;
	message->required = parameter->is_required;
	message->default_value = parameter->default_value;
	message->n_choices = parameter->choice_count;
	message->choices = parameter->choices;
	message->least = parameter->least;
	message->most = parameter->most;
	return message;
}

static void placement_to_wire(struct arena *arena, const struct version *version, Gaon__ProductVersion *message)
{
	message->sizes = ARENA_ARRAY(arena, version->size_count + 1, Gaon__SizeClass *);
	message->n_sizes = version->size_count;
	for (size_t i = 0; i < version->size_count; i++) {
		message->sizes[i] = ARENA_NEW(arena, Gaon__SizeClass);
		gaon__size_class__init(message->sizes[i]);
		message->sizes[i]->size = version->sizes[i].name;
		message->sizes[i]->least_vcpus = version->sizes[i].least_vcpus;
		message->sizes[i]->least_memory_mib = version->sizes[i].least_memory_mib;
	}
	if (version->strategy <= PLACEMENT_IN_ORDER && version->rule_count == 0 && !version->is_choosable &&
	    !version->needs_room)
		return;
	message->placement = ARENA_NEW(arena, Gaon__Placement);
	gaon__placement__init(message->placement);
	message->placement->strategy = (Gaon__PlacementStrategy)version->strategy;
	message->placement->choosable = version->is_choosable;
	message->placement->needs_room = version->needs_room;
	message->placement->rules = ARENA_ARRAY(arena, version->rule_count + 1, Gaon__PlacementRule *);
	message->placement->n_rules = version->rule_count;
	for (size_t i = 0; i < version->rule_count; i++) {
		Gaon__PlacementRule *rule = message->placement->rules[i] = ARENA_NEW(arena, Gaon__PlacementRule);
		gaon__placement_rule__init(rule);
		rule->label = version->rules[i].label;
		rule->values = version->rules[i].values;
		rule->n_values = version->rules[i].value_count;
		rule->parameter = version->rules[i].parameter;
	}
}

void version_to_wire(struct arena *arena, const struct version *version, Gaon__ProductVersion *message)
{
	message->name = version->name;
	message->state = (Gaon__ProductVersionState)version->state;
	message->n_parameters = version->parameter_count;
	message->parameters = ARENA_ARRAY(arena, version->parameter_count, Gaon__Parameter *);
	for (size_t i = 0; i < version->parameter_count; i++)
		message->parameters[i] = parameter_to_wire(arena, &version->parameters[i]);
	message->n_targets = version->target_count;
	message->targets = ARENA_ARRAY(arena, version->target_count, Gaon__Target *);
	for (size_t i = 0; i < version->target_count; i++) {
		Gaon__Target *target = ARENA_NEW(arena, Gaon__Target);

		gaon__target__init(target);
		target->connection = version->targets[i].connection;
		target->default_network = version->targets[i].default_network;
		target->rate_card = text_or_empty(version->targets[i].rate_card);
		message->targets[i] = target;
	}
	placement_to_wire(arena, version, message);
	message->rate_card = version->rate_card;
	message->default_lease_days = version->default_lease_days;
	message->max_lease_days = version->max_lease_days;
	message->release_notes = version->release_notes;
	message->digest = version->digest;
	message->publish_time = wire_timestamp(arena, version->published_us);
	message->etag = etag_format(arena, version->revision);
	message->create_time = wire_timestamp(arena, version->created_us);
	message->update_time = wire_timestamp(arena, version->updated_us);
}

void parameters_from_wire(struct arena *arena, const Gaon__ProductVersion *message, struct version *version)
{
	version->parameter_count = message->n_parameters;
	version->parameters = ARENA_ARRAY(arena, message->n_parameters, struct parameter);
	for (size_t i = 0; i < message->n_parameters; i++) {
		const Gaon__Parameter *from = message->parameters[i];

		version->parameters[i] = (struct parameter){
			.name = from->parameter,
			.display_name = from->display_name,
			.description = from->description,
			.type = (enum parameter_type)from->type,
			.is_required = from->required,
			.default_value = from->default_value,
			.choices = from->choices,
			.choice_count = from->n_choices,
			.least = from->least,
			.most = from->most,
		};
	}
}

void targets_from_wire(struct arena *arena, const Gaon__ProductVersion *message, struct version *version)
{
	version->target_count = message->n_targets;
	version->targets = ARENA_ARRAY(arena, message->n_targets, struct target);
	for (size_t i = 0; i < message->n_targets; i++)
		version->targets[i] =
			(struct target){ message->targets[i]->connection, message->targets[i]->default_network,
					 message->targets[i]->rate_card };
}

void placement_from_wire(struct arena *arena, const Gaon__ProductVersion *message, struct version *version)
{
	const Gaon__Placement *placement = message->placement;

	version->strategy = placement && placement->strategy ? (enum placement_strategy)placement->strategy : PLACEMENT_IN_ORDER;
	version->is_choosable = placement && placement->choosable;
	version->needs_room = placement && placement->needs_room;
	version->rule_count = placement ? placement->n_rules : 0;
	version->rules = ARENA_ARRAY(arena, version->rule_count + 1, struct placement_rule);
	for (size_t i = 0; i < version->rule_count; i++) {
		const Gaon__PlacementRule *rule = placement->rules[i];
		version->rules[i] = (struct placement_rule){ rule->label, rule->values, rule->n_values, rule->parameter };
	}
}

void sizes_from_wire(struct arena *arena, const Gaon__ProductVersion *message, struct version *version)
{
	version->size_count = message->n_sizes;
	version->sizes = ARENA_ARRAY(arena, message->n_sizes + 1, struct size_class);
	for (size_t i = 0; i < message->n_sizes; i++)
		version->sizes[i] = (struct size_class){ message->sizes[i]->size, message->sizes[i]->least_vcpus,
							 message->sizes[i]->least_memory_mib };
}
