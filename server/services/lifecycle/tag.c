/* SPDX-License-Identifier: Apache-2.0 */
/* tag.c: brings a machine's labels to its cloud as tags; what others put there stays. */
#include "server/services/lifecycle/tag.h"

#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/lifecycle/drift.h"
#include "server/services/lifecycle/import.h"
#include "server/services/lifecycle/label_work.h"
#include "server/services/lifecycle/room.h"

/* How often a cloud is asked until it shows what it was told; then it has made something else of it, and that is so. */
enum { POLL_MS = 500, LOOKS_MOST = 20 };

static const char GET_KEYS[] = "SELECT keys FROM machine_tagging WHERE machine = $1";
static const char PUT_KEYS[] =
	"INSERT INTO machine_tagging (machine, keys) VALUES ($1, $2) ON CONFLICT (machine) DO UPDATE SET keys = $2";
static const char FORGET_KEYS[] = "DELETE FROM machine_tagging WHERE machine = $1";

/* ---- what is to be there ---- */

static bool is_in(const struct json *keys, const char *key)
{
	bool is_found = false;

	for (size_t i = 0; i < json_size(keys) && !is_found; i++)
		is_found = text_equal(json_text(json_at(keys, i), ""), key);
	return is_found;
}

struct json *tag_merge(struct arena *arena, const struct tag_wish *wish, const struct json *seen, const char **foreign)
{
	struct json *merged = json_object(arena);
	const char *key;
	const struct json *value;

	*foreign = NULL;
	for (size_t i = 0; json_member(seen, i, &key, &value); i++)
		if (!is_in(wish->ours, key))
			json_set(merged, key, value);
	for (size_t i = 0; json_member(wish->labels, i, &key, &value); i++) {
		const char *theirs = json_text(json_get(merged, key), NULL);
		if (theirs && !text_equal(theirs, json_text(value, "")) && !wish->may_overwrite)
			*foreign = key;
		json_set(merged, key, value);
	}
	return merged;
}

struct json *tag_owned(struct arena *arena, const struct tag_wish *wish, const struct json *seen)
{
	struct json *owned = json_array(arena);
	const char *key;
	const struct json *value;

	for (size_t i = 0; json_member(wish->labels, i, &key, &value); i++)
		if (is_in(wish->ours, key) || !text_equal(json_text(json_get(seen, key), NULL), json_text(value, "")))
			json_append_text(owned, key);
	return owned;
}

/* ---- the beginning ---- */

static struct status read_keys(struct store_tx *tx, const char *machine, struct json **keys)
{
	struct rows *rows;

	*keys = json_array(store_arena(tx));
	TRY(store_query(tx, GET_KEYS, SQL_ARGS(sql_text(machine)), &rows));
	return store_next(rows) ? json_parse(store_arena(tx), slice_text(row_text(rows, 0)), NULL, keys) : OK;
}

struct status tag_begin(struct store_tx *tx, struct machine *machine, bool may_overwrite, struct machine_begin *begin, const char **id)
{
	struct arena *arena = store_arena(tx);
	struct json *extra = json_object(arena), *ours;
	bool has_ours;

	tags_without_ours(arena, machine->labels, &has_ours);
	if (has_ours)
		return status_fail(arena, STATUS_FAILED_PRECONDITION, "LABEL_RESERVED",
				   "by the tags gaon-machine and gaon-installation an imported machine is known; call the label otherwise");
	TRY(read_keys(tx, machine->name, &ours));
	json_set(extra, "labels", machine->labels ? machine->labels : json_object(arena));
	json_set(extra, "ours", ours);
	json_set_bool(extra, "overwrite", may_overwrite);
	begin->kind = KIND_MACHINE_TAG;
	begin->meanwhile = MACHINE_UPDATING;
	begin->verb = VERB_TAG;
	begin->extra = extra;
	TRY(reach_states(tx, machine->connection, VERB_TAG, &begin->allowed));
	return machine_begin(tx, machine, begin, id);
}

struct status tag_forget(struct store_tx *tx, const char *machine)
{
	return store_execute(tx, FORGET_KEYS, SQL_ARGS(sql_text(machine)), NULL);
}

/* ---- the workflow ---- */

static struct tag_wish wish_of(const struct step *step)
{
	return (struct tag_wish){ json_get(step->input, "labels"), json_get(step->input, "ours"),
				  json_bool(json_get(step->input, "overwrite"), false) };
}

static struct step_result refuse_foreign(struct step *step, const char *key, const struct json *seen)
{
	return step_refused(PROVIDER_CONFLICT,
			    status_fail(step->arena, STATUS_FAILED_PRECONDITION, "TAG_FOREIGN",
					"somebody else put the tag \"%s\" there, as \"%.200s\", and nothing was changed; take the label "
					"away, or ask again with overwrite", key, json_text(json_get(seen, key), "")));
}

/** What it has now, and what it is to have. */
static struct step_result look(struct reach *reach, struct step *step, struct provider_machine *seen, struct json **merged)
{
	const struct tag_wish wish = wish_of(step);
	const char *foreign;
	struct provider_result said = reach->provider->ops->get(reach->session, &reach->call, label_native_id(step), seen);

	if (said.error != PROVIDER_OK)
		return step_failed(step->arena, said);
	*merged = tag_merge(step->arena, &wish, seen->tags, &foreign);
	return foreign ? refuse_foreign(step, foreign, seen->tags) : step_done(NULL);
}

/** Which keys will be ours is decided, and kept, before anything is sent: afterwards a tag of ours looks as one that was there. */
static struct step_result act_read(struct step *step)
{
	const struct tag_wish wish = wish_of(step);
	struct reach reach;
	struct step_result result;
	struct provider_machine seen = { 0 };
	struct json *merged;

	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	result = look(&reach, step, &seen, &merged);
	if (result.verdict == STEP_DONE)
		json_set(step->memo, "owned", tag_owned(step->arena, &wish, seen.tags));
	reach_close(&reach);
	return result;
}

static bool is_same(struct arena *arena, const struct json *one, const struct json *other)
{
	return text_equal(json_print_canonical(arena, one), json_print_canonical(arena, other));
}

/** Two calls in one act: a cloud takes all tags at once, so what somebody adds between them is lost, and that must be rare. */
static struct step_result act_tag(struct step *step)
{
	struct reach reach;
	struct step_result result;
	struct provider_machine seen = { 0 };
	struct provider_task task = { 0 };
	struct json *merged;

	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	result = look(&reach, step, &seen, &merged);
	if (result.verdict == STEP_DONE && is_same(step->arena, merged, seen.tags ? seen.tags : json_object(step->arena)))
		result = step_done("they are there already");
	else if (result.verdict == STEP_DONE)
		result = label_sent(step,
				    reach.provider->ops->tag(reach.session, &reach.call, label_native_id(step), merged, &task), &task);
	reach_close(&reach);
	return result;
}

/** Clouds may show a change late. What they made of it in the end is what is agreed to. */
static struct step_result act_look(struct step *step)
{
	const struct tag_wish wish = wish_of(step);
	struct step_result result = label_act_look(step);
	const struct provider_machine *seen = step->scratch;
	int64_t looks = json_int(json_get(step->memo, "looks"), 0);
	const char *foreign;

	if (result.verdict != STEP_DONE)
		return result;
	const struct json *tags = seen->tags ? seen->tags : json_object(step->arena);
	if (is_same(step->arena, tag_merge(step->arena, &wish, tags, &foreign), tags))
		return result;
	json_set_int(step->memo, "looks", looks + 1);
	return looks < LOOKS_MOST ? step_again(POLL_MS, "the cloud does not show them yet")
				  : step_done("the cloud made something else of them");
}

static struct status record_look(struct store_tx *tx, struct step *step, const struct step_result *result)
{
	if (result->verdict != STEP_DONE || !step->scratch)
		return OK;
	TRY(label_record_look(tx, step, result));
	TRY(baseline_agree(tx, step_machine(step), DRIFT_TAGS, step->scratch));
	return store_execute(tx, PUT_KEYS,
			     SQL_ARGS(sql_text(step_machine(step)),
				      sql_text(json_print(store_arena(tx), json_get(step->memo, "owned")))),
			     NULL);
}

#define NO_UNDO "the labels are what was asked for; change them and ask again to go back"

static const struct workflow_step steps[] = {
	{ "read-tags", { .prepare = label_prepare, .act = act_read }, .no_undo = "it only reads", .timeout_s = 300 },
	{ "tag", { .act = act_tag }, .no_undo = NO_UNDO, .timeout_s = 300 },
	{ "await-tags", { .act = label_act_await }, .no_undo = NO_UNDO, .timeout_s = 900 },
	{ "look", { .act = act_look, .record = record_look }, .no_undo = NO_UNDO, .timeout_s = 900 },
};

const struct workflow workflow_machine_tag = {
	.kind = KIND_MACHINE_TAG, .steps = steps, .step_count = 4, .deadline_s = 2700, .ended = settle_machine,
};
