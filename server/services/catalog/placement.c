/* SPDX-License-Identifier: Apache-2.0 */
/* placement.c: which of a version's targets can hold what is asked for. */
#include "server/services/catalog/placement.h"

#include "runtime/base/text.h"
#include "server/services/catalog/catalog.h"

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

/** Goes on as long as the target has what is asked for. */
static struct status try_target(struct store_tx *tx, const struct target *target, const struct placement_wish *wish,
				struct placement *placement)
{
	const char *network = text_is_empty(wish->network) ? target->default_network : wish->network;
	bool is_found = true;

	TRY(placement_look(tx, target->connection, placement));
	if (placement->fault < PLACEMENT_NO_SIZE)
		return OK;
	if (wish->size)
		TRY(offering_find(tx, target->connection, OFFERING_SIZE, wish->size, &placement->size, &is_found));
	if (!is_found)
		return OK;
	placement->fault = PLACEMENT_NO_IMAGE;
	if (wish->image)
		TRY(offering_find(tx, target->connection, OFFERING_IMAGE, wish->image, &placement->image, &is_found));
	if (!is_found)
		return OK;
	placement->fault = PLACEMENT_NO_NETWORK;
	placement->network_wish = network;
	if (!text_is_empty(network))
		TRY(offering_find(tx, target->connection, OFFERING_NETWORK, network, &placement->network, &is_found));
	if (is_found)
		placement->fault = PLACEMENT_FITS;
	return OK;
}

struct status placement_choose(struct store_tx *tx, const struct version *version, const struct placement_wish *wish,
			       struct placement *placement)
{
	*placement = (struct placement){ .fault = PLACEMENT_DISABLED };
	for (size_t i = 0; i < version->target_count && placement->fault != PLACEMENT_FITS; i++) {
		struct placement tried = { .fault = PLACEMENT_DISABLED };

		TRY(try_target(tx, &version->targets[i], wish, &tried));
		if (i == 0 || tried.fault > placement->fault)
			*placement = tried;
	}
	return OK;
}

/** Does the connection have one that the parameter allows (and that is its default, if it has one)? */
static struct status has_allowed(struct store_tx *tx, const char *connection, enum offering_kind kind,
				 const struct parameter *parameter, bool *has_one)
{
	struct offering offering, *offerings;
	size_t count;

	*has_one = false;
	for (size_t i = 0; i < parameter->choice_count && !*has_one; i++)
		TRY(offering_find(tx, connection, kind, parameter->choices[i], &offering, has_one));
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
			TRY(has_allowed(tx, target->connection, ROWS[i].kind, parameter, &has_one));
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
