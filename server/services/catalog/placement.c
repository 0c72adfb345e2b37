/* SPDX-License-Identifier: Apache-2.0 */
/* placement.c: how far one target gets with what is asked for. */
#include "server/services/catalog/placement.h"

#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/catalog/catalog.h"
#include "server/services/catalog/offering_alias.h"
#include "server/services/catalog/room.h"

struct status placement_look(struct store_tx *tx, const char *connection, struct placement *placement)
{
	bool is_found;

	placement->fault = PLACEMENT_DISABLED;
	TRY(connection_find(tx, connection, &placement->connection, &is_found));
	if (!is_found || placement->connection.is_disabled || placement->connection.state != CONNECTION_READY)
		return OK;
	placement->fault = PLACEMENT_NO_CREATE;
	struct status can_create = catalog_verb_check(tx, connection, VERB_CREATE);
	if (status_is_ok(can_create))
		placement->fault = PLACEMENT_NO_SIZE;
	return can_create.code == STATUS_FAILED_PRECONDITION ? OK : can_create;
}

/* ---- what the rules ask ---- */

static bool is_among(const char *text, const char *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (text_equal(text, texts[i]))
			return true;
	return false;
}

static bool is_met(const struct placement_rule *rule, const char *label, const char *asked)
{
	if (!label)
		return false;
	if (asked && !text_equal(label, asked))
		return false;
	return rule->value_count == 0 || is_among(label, rule->values, rule->value_count);
}

static const char *rule_to_text(struct arena *arena, const struct placement_rule *rule, const char *asked)
{
	struct text text = text_new(arena);

	text_printf(&text, "%s", rule->label);
	if (asked)
		text_printf(&text, "=%s", asked);
	for (size_t i = 0; !asked && i < rule->value_count; i++)
		text_printf(&text, "%s%s", i == 0 ? "=" : "|", rule->values[i]);
	return text.data;
}

/** Labels are looked at before anything else: what must not be there is not there, however well it would fit. */
static struct status hold_against_rules(struct store_tx *tx, const struct version *version, const struct placement_wish *wish,
					struct placement *placement)
{
	struct arena *arena = store_arena(tx);
	struct json *labels;

	TRY(json_parse(arena, slice_text(placement->connection.labels), NULL, &labels));
	for (size_t i = 0; i < version->rule_count; i++) {
		const struct placement_rule *rule = &version->rules[i];
		const char *asked = text_is_empty(rule->parameter) ? NULL
								   : json_text(json_get(wish->parameters, rule->parameter), NULL);
		const char *label = json_text(json_get(labels, rule->label), NULL);
		if (is_met(rule, label, asked))
			continue;
		placement->fault = PLACEMENT_UNLABELLED;
		placement->parameter = asked ? rule->parameter : NULL;
		placement->obstacle = arena_printf(arena, "its labels must say %s%s%s", rule_to_text(arena, rule, asked),
						   label ? ", and say " : ", and do not speak of it", label ? label : "");
		return OK;
	}
	return OK;
}

static bool is_chosen(const char *connection, const char *wish)
{
	return text_equal(connection, wish) || text_equal(resource_leaf(connection), wish);
}

/* ---- what the target has ---- */

static struct status find_word(struct store_tx *tx, const struct version *version, const char *connection,
			       const struct offering_alias *word, struct offering *offering, bool *is_found)
{
	*is_found = true;
	return text_is_empty(word->alias) ? OK : offering_of_word(tx, version, connection, word, offering, is_found);
}

/** A machine that is there was made from its image already. */
static struct status may_use_image(struct store_tx *tx, const struct placement_wish *wish, const char *connection,
				   const struct offering *image, bool *may)
{
	const struct catalog_image_use use = { connection, image->native_id, wish->is_change ? NULL : wish->project };

	return catalog_look_at_image(tx, &use, may);
}

/** Goes on as long as the target has what is asked for. */
static struct status find_offerings(struct store_tx *tx, const struct version *version, const struct placement_wish *wish,
				    struct placement *placement)
{
	const char *network = text_is_empty(wish->network) ? placement->target->default_network : wish->network;
	const char *connection = placement->target->connection;
	const struct {
		struct offering_alias word;
		struct offering *offering;
		enum placement_fault next;
	} ROWS[] = {
		{ { OFFERING_SIZE, wish->size, NULL }, &placement->size, PLACEMENT_NO_IMAGE },
		{ { OFFERING_IMAGE, wish->image, NULL }, &placement->image, PLACEMENT_NO_NETWORK },
		{ { OFFERING_NETWORK, network, NULL }, &placement->network, PLACEMENT_SMALL_DISK },
	};
	bool is_found = true;

	placement->network_wish = network;
	for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0] && is_found; i++) {
		TRY(find_word(tx, version, connection, &ROWS[i].word, ROWS[i].offering, &is_found));
		if (is_found && ROWS[i].word.kind == OFFERING_IMAGE && !text_is_empty(ROWS[i].word.alias))
			TRY(may_use_image(tx, wish, connection, ROWS[i].offering, &is_found));
		if (is_found)
			placement->fault = ROWS[i].next;
	}
	return OK;
}

static bool has_disk(struct arena *arena, const struct placement_wish *wish, struct placement *placement)
{
	placement->least_disk_gib = placement->image.disk_gib > 1 ? placement->image.disk_gib : 1;
	placement->disk_gib = wish->disk_gib > 0	       ? wish->disk_gib
			      : placement->size.disk_gib > 0 ? placement->size.disk_gib
								      : placement->least_disk_gib;
	/* A size or image that was not said is a problem already, and a disk that is there was large enough once. */
	if (wish->is_change || !wish->size || !wish->image || placement->disk_gib >= placement->least_disk_gib)
		return true;
	placement->obstacle = arena_printf(arena, "the image \"%s\" needs at least %lld GiB of disk",
					   text_or_empty(placement->image.id), (long long)placement->least_disk_gib);
	return false;
}

/** Room and price are told of what fits otherwise. */
static struct status weigh(struct store_tx *tx, const struct version *version, const struct placement_wish *wish,
			   struct placement *placement)
{
	struct catalog_shape shape = { placement->size.vcpus, placement->size.memory_mib, placement->disk_gib };

	placement->rate_card = text_is_empty(placement->target->rate_card) ? version->rate_card : placement->target->rate_card;
	placement->fault = PLACEMENT_FITS;
	if (wish->is_change)
		return OK;
	TRY(catalog_look_at_price(tx, placement->rate_card, &shape, &placement->price));
	TRY(capacity_look(tx, &placement->connection, &shape, &placement->capacity));
	if (!placement->capacity.shortage || !version->needs_room)
		return OK;
	placement->fault = PLACEMENT_FULL;
	placement->obstacle = placement->capacity.shortage;
	return OK;
}

struct status placement_try(struct store_tx *tx, const struct version *version, const struct target *target,
			    const struct placement_wish *wish, struct placement *placement)
{
	*placement = (struct placement){ .fault = PLACEMENT_NOT_CHOSEN, .target = target, .capacity = { .used_permille = -1 } };
	placement->connection.name = target->connection;
	if (!wish->is_change && version->is_choosable && wish->connection && !is_chosen(target->connection, wish->connection))
		return OK;
	TRY(placement_look(tx, target->connection, placement));
	if (!wish->is_change && placement->connection.labels)
		TRY(hold_against_rules(tx, version, wish, placement));
	if (placement->fault < PLACEMENT_NO_SIZE)
		return OK;
	TRY(find_offerings(tx, version, wish, placement));
	if (placement->fault < PLACEMENT_SMALL_DISK || !has_disk(store_arena(tx), wish, placement))
		return OK;
	return weigh(tx, version, wish, placement);
}

const char *placement_reason(enum placement_fault fault)
{
	static const char *const REASONS[] = {
		[PLACEMENT_NOT_CHOSEN] = "CONNECTION_NOT_CHOSEN", [PLACEMENT_UNLABELLED] = "LABELS_UNMET",
		[PLACEMENT_DISABLED] = "TARGET_NOT_READY",	  [PLACEMENT_NO_CREATE] = "VERB_UNSUPPORTED",
		[PLACEMENT_NO_SIZE] = "SIZE_UNKNOWN",		  [PLACEMENT_NO_IMAGE] = "IMAGE_UNKNOWN",
		[PLACEMENT_NO_NETWORK] = "NETWORK_UNKNOWN",	  [PLACEMENT_SMALL_DISK] = "DISK_TOO_SMALL",
		[PLACEMENT_FULL] = "CAPACITY_SHORT",		  [PLACEMENT_FITS] = "",
	};

	return REASONS[fault];
}

/* ---- before it is published ---- */

/** Does the connection have one that the parameter allows (and that is its default, if it has one)? */
static struct status has_allowed(struct store_tx *tx, const struct version *version, const char *connection,
				 enum offering_kind kind, const struct parameter *parameter, bool *has_one)
{
	struct offering offering, *offerings;
	size_t count;

	*has_one = false;
	for (size_t i = 0; i < parameter->choice_count && !*has_one; i++) {
		struct offering_alias word = { kind, parameter->choices[i], NULL };
		TRY(offering_of_word(tx, version, connection, &word, &offering, has_one));
	}
	if (parameter->choice_count > 0)
		return OK;
	TRY(offering_list(tx, connection, kind, NULL, 1, &offerings, &count));
	*has_one = count > 0;
	return OK;
}

static struct status target_obstacle(struct store_tx *tx, const struct version *version, const struct target *target,
				     const char **obstacle)
{
	struct arena *arena = store_arena(tx);
	struct placement placement = { .fault = PLACEMENT_DISABLED };
	static const struct {
		enum offering_kind kind;
		const char *parameter, *word;
	} ROWS[] = { { OFFERING_SIZE, PARAMETER_NAME_SIZE, "sizes" }, { OFFERING_IMAGE, PARAMETER_NAME_IMAGE, "images" } };

	TRY(placement_look(tx, target->connection, &placement));
	if (placement.fault == PLACEMENT_DISABLED) {
		*obstacle = arena_printf(arena, "\"%s\" is not ready; probe it first", target->connection);
		return OK;
	}
	if (placement.fault == PLACEMENT_NO_CREATE) {
		*obstacle = arena_printf(arena, "\"%s\" cannot make machines", target->connection);
		return OK;
	}
	for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
		const struct parameter *parameter =
			parameter_find(version->parameters, version->parameter_count, ROWS[i].parameter);
		bool has_one = true;
		if (parameter)
			TRY(has_allowed(tx, version, target->connection, ROWS[i].kind, parameter, &has_one));
		if (!has_one) {
			*obstacle = arena_printf(arena, "\"%s\" has none of the %s that the parameters allow",
						 target->connection, ROWS[i].word);
			return OK;
		}
	}
	*obstacle = NULL;
	return OK;
}

struct status placement_obstacle(struct store_tx *tx, const struct version *version, const char **obstacle)
{
	const char *first = NULL;

	for (size_t i = 0; i < version->target_count; i++) {
		const char *present;
		TRY(target_obstacle(tx, version, &version->targets[i], &present));
		if (!present) {
			*obstacle = NULL;
			return OK;
		}
		first = first ? first : present;
	}
	*obstacle = first ? first : "it has no target";
	return OK;
}
