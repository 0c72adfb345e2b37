/* SPDX-License-Identifier: Apache-2.0 */
/* placement_rank.c: which of the fitting targets gets it. The same facts give the same answer: what is equal goes by the list. */
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/catalog/placement.h"

/** What a strategy looks at; lower is better, and the place in the list decides what is equal. */
struct score {
	int group; /* 1: it cannot be compared with the others, and comes after them; 2, 3: it seems full, and comes after all */
	struct amount amount;
	int64_t number;
	size_t place;
};

static int compare(const struct score *a, const struct score *b)
{
	int by_amount = amount_compare(a->amount, b->amount);

	if (a->group != b->group)
		return a->group - b->group;
	if (by_amount != 0)
		return by_amount;
	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return a->place < b->place ? -1 : 1;
}

/** Prices are compared in the currency of the first that has one. */
static const char *currency_of(const struct placement *all, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (all[i].fault == PLACEMENT_FITS && all[i].price.currency)
			return all[i].price.currency;
	return NULL;
}

static bool do_all_tell(const struct placement *all, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (all[i].fault == PLACEMENT_FITS && all[i].capacity.used_permille < 0)
			return false;
	return true;
}

static struct score score_of(enum placement_strategy strategy, const struct placement *all, size_t count, size_t place)
{
	const struct placement *one = &all[place];
	struct score score = { .place = place };

	if (strategy == PLACEMENT_CHEAPEST) {
		score.group = !one->price.currency || !text_equal(one->price.currency, currency_of(all, count));
		score.amount = score.group ? score.amount : one->price.hourly;
	}
	if (strategy == PLACEMENT_LEAST_USED)
		score.number = do_all_tell(all, count) ? one->capacity.used_permille : one->capacity.machines;
	score.group += one->capacity.shortage ? 2 : 0;
	return score;
}

/** At most 50 targets: each looks who is before it. */
static void give_ranks(enum placement_strategy strategy, struct placement *all, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct score score = score_of(strategy, all, count, i);

		if (all[i].fault != PLACEMENT_FITS)
			continue;
		all[i].rank = 1;
		for (size_t other = 0; other < count; other++) {
			struct score theirs = score_of(strategy, all, count, other);
			if (other != i && all[other].fault == PLACEMENT_FITS && compare(&theirs, &score) < 0)
				all[i].rank++;
		}
	}
}

static struct status try_all(struct store_tx *tx, const struct version *version, const struct placement_wish *wish,
			     struct placement *all)
{
	for (size_t i = 0; i < version->target_count; i++)
		TRY(placement_try(tx, version, &version->targets[i], wish, &all[i]));
	give_ranks(version->strategy, all, version->target_count);
	return OK;
}

struct status placement_rank(struct store_tx *tx, const struct version *version, const struct placement_wish *wish,
			     struct placement **all, size_t *count)
{
	struct arena *arena = store_arena(tx);
	size_t at = 0;

	*count = version->target_count;
	struct placement *tried = ARENA_ARRAY(arena, *count + 1, struct placement);
	TRY(try_all(tx, version, wish, tried));
	*all = ARENA_ARRAY(arena, *count + 1, struct placement);
	for (unsigned rank = 1; rank <= *count; rank++)
		for (size_t i = 0; i < *count; i++)
			if (tried[i].rank == rank)
				(*all)[at++] = tried[i];
	for (size_t i = 0; i < *count; i++)
		if (tried[i].rank == 0)
			(*all)[at++] = tried[i];
	return OK;
}

static const struct placement *best(const struct placement *all, size_t count, const struct placement_wish *wish)
{
	const struct placement *found = &all[0];

	for (size_t i = 0; i < count; i++) {
		if (all[i].fault == PLACEMENT_FITS && wish->present && text_equal(all[i].connection.name, wish->present))
			return &all[i];
		if (all[i].rank == 1 || (found->rank != 1 && all[i].fault > found->fault))
			found = &all[i];
	}
	return found;
}

static const char *why_this(struct arena *arena, enum placement_strategy strategy, const struct placement *all, size_t count)
{
	static const char *const WORDS[] = { [PLACEMENT_IN_ORDER] = "the first", [PLACEMENT_CHEAPEST] = "the cheapest",
					     [PLACEMENT_LEAST_USED] = "the least used" };
	size_t fitting = 0;

	for (size_t i = 0; i < count; i++)
		fitting += all[i].fault == PLACEMENT_FITS;
	return arena_printf(arena, "%s of %zu that fit", WORDS[strategy > 0 ? strategy : PLACEMENT_IN_ORDER], fitting);
}

struct status placement_choose(struct store_tx *tx, const struct version *version, const struct placement_wish *wish,
			       struct placement *placement, const char **why)
{
	struct placement *all = ARENA_ARRAY(store_arena(tx), version->target_count + 1, struct placement);

	*why = NULL;
	*placement = (struct placement){ .fault = PLACEMENT_DISABLED };
	if (version->target_count == 0)
		return OK;
	TRY(try_all(tx, version, wish, all));
	*placement = *best(all, version->target_count, wish);
	if (placement->fault != PLACEMENT_FITS || version->target_count == 1)
		return OK;
	*why = placement->rank == 1 ? why_this(store_arena(tx), version->strategy, all, version->target_count)
				    : "chosen when it was ordered, and it still fits";
	return OK;
}
