/* SPDX-License-Identifier: Apache-2.0 */
/* sync.c: reads from a cloud what exists there, or what changed since the last look, and compares it with what should. */
#include <string.h>

#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/catalog/catalog.h"
#include "server/services/lifecycle/drift.h"
#include "server/services/lifecycle/observed.h"
#include "server/services/lifecycle/room.h"

/*
 * A page an act and a transaction: neither memory nor the writer is ever held for more. Where the cloud can tell what changed, only
 * that is read, but a full look comes at least every FULL_EVERY times and every day: changes may be lost on the way.
 */
enum { PAGE_SIZE = 200, BATCH = 200, CONNECTIONS_MOST = 500, FULL_EVERY = 24, PENDING_MOST = 50, SETTLED_DAYS = 7 };

static const char *connection_of(const struct step *step)
{
	return step->operation->target;
}

static int64_t began_us(const struct step *step)
{
	return json_int(json_get(step->memo, "began_us"), 0);
}

static bool is_full(const struct step *step)
{
	return json_bool(json_get(step->memo, "full"), true);
}

static struct step_result go_on(void)
{
	return step_again(1, NULL);
}

/* ---- which look it is ---- */

/** Also when what is said of drift changed: what did not change at the cloud is another thing to us then. */
static bool must_be_full(const struct step *step, const struct sync_row *row, const struct catalog_connection *connection,
			 int64_t policy_us)
{
	return json_bool(json_get(step->input, "full"), false) || text_is_empty(row->cursor) || row->since_full + 1 >= FULL_EVERY ||
	       time_now_us() - row->full_us > TIME_US_PER_DAY || row->full_us < connection->created_us ||
	       row->settings != connection->revision || row->full_us <= policy_us;
}

/** Once: full or not, and what could not be compared last time. */
static struct status prepare(struct store_tx *tx, struct step *step)
{
	struct sync_row row;
	struct catalog_connection connection;
	struct drift_policy policy;
	const char **pending;
	size_t count;

	if (began_us(step) != 0)
		return OK;
	TRY(sync_read(tx, connection_of(step), &row));
	TRY(catalog_connection_get(tx, connection_of(step), &connection));
	struct status tells = catalog_verb_check(tx, connection_of(step), VERB_CHANGES);
	if (!status_is_ok(tells) && tells.code != STATUS_FAILED_PRECONDITION)
		return tells;
	TRY(drift_policy_of(tx, connection_of(step), &policy));
	TRY(observed_pending(tx, connection_of(step), PENDING_MOST + 1, &pending, &count));
	json_set_int(step->memo, "began_us", time_now_us());
	json_set_int(step->memo, "settings", connection.revision);
	json_set_bool(step->memo, "tells_changes", status_is_ok(tells));
	json_set_bool(step->memo, "full", !status_is_ok(tells) || count > PENDING_MOST ||
						  must_be_full(step, &row, &connection, policy.updated_us));
	if (is_full(step))
		return OK;
	struct json *again = json_array(step->arena);
	for (size_t i = 0; i < count; i++)
		json_append_text(again, pending[i]);
	json_set(step->memo, "pending", again);
	json_set_text(step->memo, "cursor", row.cursor);
	return OK;
}

/* ---- one turn: a page of all, or of changes, or one that could not be compared before ---- */

/** `scratch` carries it to the record. */
struct seen_page {
	struct provider_machine *machines;
	size_t count;
};

static struct seen_page *page_of(struct step *step, struct provider_machine *machines, size_t count)
{
	struct seen_page *page = ARENA_NEW(step->arena, struct seen_page);

	*page = (struct seen_page){ machines, count };
	step->scratch = page;
	return page;
}

static void keep_cursor(struct step *step, const char *cursor)
{
	if (cursor && strlen(cursor) <= PROVIDER_HANDLE_MOST)
		json_set_text(step->memo, "cursor", cursor);
	else
		json_remove(step->memo, "cursor");
}

/** Before all is listed: from where the next look goes on. What changes while we list is told twice, which does no harm. */
static struct step_result turn_mark(struct reach *reach, struct step *step)
{
	struct provider_changes changes = { .cursor = NULL };
	struct provider_result said = reach->provider->ops->changes(reach->session, &reach->call, &changes);

	if (said.error == PROVIDER_UNSUPPORTED)
		json_set_bool(step->memo, "tells_changes", false);
	else if (said.error != PROVIDER_OK)
		return step_failed(step->arena, said);
	json_set_bool(step->memo, "is_marked", true);
	keep_cursor(step, changes.cursor);
	return go_on();
}

static struct step_result turn_list(struct reach *reach, struct step *step)
{
	struct provider_page page = { .token = json_text(json_get(step->memo, "page"), NULL), .size = PAGE_SIZE };
	struct provider_machine *machines = NULL;
	size_t count = 0;

	struct provider_result said = reach->provider->ops->list(reach->session, &reach->call, &page, &machines, &count);
	if (said.error != PROVIDER_OK)
		return step_failed(step->arena, said);
	page_of(step, machines, count);
	if (!page.token)
		return step_done("everything was listed");
	json_set_text(step->memo, "page", page.token);
	return go_on();
}

static struct step_result turn_changes(struct reach *reach, struct step *step)
{
	struct provider_changes changes = { .cursor = json_text(json_get(step->memo, "cursor"), NULL) };
	struct provider_result said = reach->provider->ops->changes(reach->session, &reach->call, &changes);

	/* INVALID: the cloud does not know its own word any more, as after a restore of it. */
	if (said.error != PROVIDER_OK && said.error != PROVIDER_INVALID && said.error != PROVIDER_UNSUPPORTED)
		return step_failed(step->arena, said);
	if (said.error != PROVIDER_OK || !changes.cursor) {
		json_set_bool(step->memo, "full", true);
		json_remove(step->memo, "cursor");
		struct step_result result = go_on();
		result.note = "the cloud no longer tells what changed since the last look; listing everything";
		return result;
	}
	page_of(step, changes.machines, changes.count);
	keep_cursor(step, changes.cursor);
	if (!changes.has_more)
		json_set_bool(step->memo, "are_changes_read", true);
	return go_on();
}

static struct step_result turn_pending(struct reach *reach, struct step *step)
{
	const struct json *pending = json_get(step->memo, "pending");
	size_t at = (size_t)json_int(json_get(step->memo, "pending_at"), 0);
	struct provider_machine *seen = ARENA_NEW(step->arena, struct provider_machine);

	if (at >= json_size(pending))
		return step_done("what changed was read");
	const char *native_id = json_text(json_at(pending, at), "");
	struct provider_result said = reach->provider->ops->get(reach->session, &reach->call, native_id, seen);
	if (said.error == PROVIDER_NOT_FOUND)
		*seen = (struct provider_machine){ .native_id = native_id, .state = PROVIDER_MACHINE_GONE };
	else if (said.error != PROVIDER_OK)
		return step_failed(step->arena, said);
	page_of(step, seen, 1);
	json_set_int(step->memo, "pending_at", (int64_t)at + 1);
	return go_on();
}

static struct step_result act_look(struct step *step)
{
	struct reach reach;
	struct step_result result;

	if (!reach_open(step, connection_of(step), &reach, &result))
		return result;
	bool may_tell = json_bool(json_get(step->memo, "tells_changes"), false) && reach.provider->ops->changes;
	if (is_full(step) && may_tell && !json_bool(json_get(step->memo, "is_marked"), false))
		result = turn_mark(&reach, step);
	else if (is_full(step) || !may_tell)
		result = turn_list(&reach, step);
	else if (!json_bool(json_get(step->memo, "are_changes_read"), false))
		result = turn_changes(&reach, step);
	else
		result = turn_pending(&reach, step);
	reach_close(&reach);
	return result;
}

static struct status look_of(struct store_tx *tx, const struct step *step, struct drift_policy *policy, struct look *look)
{
	const struct lifecycle_options *options = step->context;

	TRY(drift_policy_of(tx, connection_of(step), policy));
	*look = (struct look){ .connection = connection_of(step), .installation = options->installation,
			       .began_us = began_us(step), .policy = policy };
	return OK;
}

static struct status record_page(struct store_tx *tx, struct step *step, const struct step_result *result)
{
	const struct seen_page *page = step->scratch;
	struct drift_policy policy;
	struct look look;

	if (result->verdict == STEP_FAILED || !page)
		return OK;
	TRY(look_of(tx, step, &policy, &look));
	for (size_t i = 0; i < page->count; i++) {
		if (text_is_empty(page->machines[i].native_id))
			continue;
		if (page->machines[i].state == PROVIDER_MACHINE_GONE)
			TRY(look_at_gone(tx, &look, page->machines[i].native_id));
		else
			TRY(look_at_seen(tx, &look, &page->machines[i]));
	}
	return OK;
}

/* ---- after a full look: what was not seen ---- */

struct rest {
	struct step *step;
	bool is_last; /* one batch is all that is left */
};

static struct status count_rest(struct store_tx *tx, void *context)
{
	struct rest *rest = context;
	const char **unseen;
	struct machine *machines;
	size_t unseen_count, machine_count;

	TRY(observed_unseen(tx, connection_of(rest->step), began_us(rest->step), BATCH, &unseen, &unseen_count));
	TRY(machines_of_connection(tx, connection_of(rest->step), json_text(json_get(rest->step->memo, "compared"), NULL), BATCH,
				   &machines, &machine_count));
	rest->is_last = unseen_count < BATCH && machine_count < BATCH;
	return OK;
}

/** Only says whether there will be more: the record does the work. */
static struct step_result act_compare(struct step *step)
{
	const struct lifecycle_options *options = step->context;
	struct rest rest = { .step = step, .is_last = true };
	struct status status = is_full(step) ? store_read(options->store, step->arena, count_rest, &rest) : OK;

	if (!status_is_ok(status))
		return step_refused(PROVIDER_UNAVAILABLE, status);
	return rest.is_last ? step_done(NULL) : go_on();
}

static struct status finish(struct store_tx *tx, struct step *step)
{
	struct sync_row row;

	TRY(sync_read(tx, connection_of(step), &row));
	row.synced_us = time_now_us();
	row.operation = step->operation->id;
	row.cursor = json_text(json_get(step->memo, "cursor"), "");
	row.since_full = is_full(step) ? 0 : row.since_full + 1;
	row.full_us = is_full(step) ? began_us(step) : row.full_us;
	row.settings = json_int(json_get(step->memo, "settings"), 0);
	TRY(drift_trim(tx, connection_of(step), row.synced_us - SETTLED_DAYS * TIME_US_PER_DAY));
	return sync_write(tx, connection_of(step), &row);
}

/** A batch of what was there and was not seen any more, then one of our machines, which may never have been seen. */
static struct status compare_batch(struct store_tx *tx, struct step *step, const struct look *look, bool *has_more)
{
	const char **gone, *after = json_text(json_get(step->memo, "compared"), NULL);
	struct machine *machines;
	size_t count;

	*has_more = true;
	TRY(observed_unseen(tx, connection_of(step), look->began_us, BATCH, &gone, &count));
	for (size_t i = 0; i < count; i++)
		TRY(look_at_gone(tx, look, gone[i]));
	if (count == BATCH)
		return OK;
	TRY(machines_of_connection(tx, connection_of(step), after, BATCH, &machines, &count));
	for (size_t i = 0; i < count; i++)
		TRY(look_at_unseen(tx, look, &machines[i]));
	if (count > 0)
		json_set_text(step->memo, "compared", machines[count - 1].name);
	*has_more = count == BATCH;
	return OK;
}

static struct status compare(struct store_tx *tx, struct step *step, const struct step_result *result)
{
	bool is_last = result->verdict == STEP_DONE, has_more = is_full(step);
	struct drift_policy policy;
	struct look look;

	if (result->verdict == STEP_FAILED)
		return OK;
	TRY(look_of(tx, step, &policy, &look));
	if (has_more)
		TRY(compare_batch(tx, step, &look, &has_more));
	while (is_last && has_more) /* some came while we counted */
		TRY(compare_batch(tx, step, &look, &has_more));
	return is_last ? finish(tx, step) : OK;
}

static struct status ended(struct store_tx *tx, const struct operation *operation, void *context)
{
	(void)tx;
	(void)operation;
	(void)context;
	return OK;
}

static const struct workflow_step steps[] = {
	{ "list", { .prepare = prepare, .act = act_look, .record = record_page }, .no_undo = "it only reads", .timeout_s = 900 },
	{ "compare", { .act = act_compare, .record = compare }, .no_undo = "it only reads", .timeout_s = 300 },
};

const struct workflow workflow_connection_sync = {
	.kind = KIND_CONNECTION_SYNC, .steps = steps, .step_count = 2, .deadline_s = 1800, .ended = ended,
};

struct status sync_begin(struct store_tx *tx, const char *connection, const char *requested_by, bool wants_all, const char **id)
{
	struct sync_row row;
	struct operation running;

	TRY(sync_read(tx, connection, &row));
	if (!text_is_empty(row.operation) && status_is_ok(operation_get(tx, row.operation, &running)) &&
	    running.state < OPERATION_SUCCEEDED) {
		*id = row.operation;
		return OK;
	}
	struct operation_spec spec = {
		.kind = KIND_CONNECTION_SYNC,
		.tenant = resource_tenant(store_arena(tx), connection),
		.target = connection,
		.connection = connection,
		.requested_by = requested_by,
	};
	struct json *input = json_object(store_arena(tx));
	if (wants_all)
		json_set_bool(input, "full", true);
	spec.input = input;
	TRY(operation_create(tx, &spec, id));
	row.operation = *id;
	return sync_write(tx, connection, &row);
}

static struct status begin_due(struct store_tx *tx, void *context)
{
	const struct lifecycle_options *options = context;
	int64_t due_us = time_now_us() - options->sync_interval_ms * TIME_US_PER_MS;
	const char **connections;
	size_t count;

	TRY(catalog_ready_connections(tx, CONNECTIONS_MOST, &connections, &count));
	for (size_t i = 0; i < count; i++) {
		int64_t synced_us;
		const char *last, *id;
		TRY(sync_time(tx, connections[i], &synced_us, &last));
		if (synced_us < due_us)
			TRY(sync_begin(tx, connections[i], "", false, &id));
	}
	return OK;
}

struct status sync_tick(struct arena *arena, void *context)
{
	const struct lifecycle_options *options = context;
	return store_write(options->store, arena, begin_due, context);
}
