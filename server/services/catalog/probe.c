/* SPDX-License-Identifier: Apache-2.0 */
/* probe.c: the workflow "connection-probe-2": what answers, what it can do, what it offers. It only reads the cloud. */
#include <string.h>

#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/catalog/connection.h"
#include "server/services/catalog/connection_quota.h"
#include "server/services/catalog/offering.h"
#include "server/services/catalog/room.h"

/* Of each kind; what is beyond is left out, and the journal says so. */
enum { OFFERINGS_MOST = 5000, PAGE_SIZE = 200, MESSAGE_MOST = 1024 };

/** One page, from act to record of the same run. */
struct probe_page {
	struct offering *offerings;
	const char **names; /* the cloud's own words */
	size_t count;
};

static const char *connection_of(const struct step *step)
{
	return json_text(json_get(step->input, "connection"), "");
}

static int64_t generation_of(const struct step *step)
{
	return json_int(json_get(step->memo, "generation"), 0);
}

static struct step_result failed(struct status status, enum provider_error error)
{
	return (struct step_result){ .verdict = STEP_FAILED, .error = error, .status = status };
}

static struct step_result failed_at_provider(struct step *step, struct provider_result result)
{
	struct step_result step_result = failed(provider_status(step->arena, result), result.error);

	step_result.provider_request_id = result.request_id;
	step_result.after_ms = result.retry_after_ms;
	return step_result;
}

/** A session from the cache, for one act. */
struct visit {
	struct provider_call call;
	const struct provider *provider;
	struct provider_session *session;
};

static bool visit_begin(struct step *step, struct visit *visit, struct step_result *failure)
{
	struct provider_result result = PROVIDER_DONE;

	*visit = (struct visit){ .call = { step->arena, step->deadline_us, step->is_cancelled } };
	struct status status =
		catalog_session(&visit->call, connection_of(step), &visit->provider, &visit->session, &result);
	if (!status_is_ok(status)) {
		bool may_pass = status.code == STATUS_UNAVAILABLE || status.code == STATUS_RESOURCE_EXHAUSTED;
		*failure = failed(status, may_pass ? PROVIDER_UNAVAILABLE : PROVIDER_INVALID);
		return false;
	}
	if (!visit->session) {
		*failure = failed_at_provider(step, result);
		return false;
	}
	return true;
}

/* ---- connect ---- */

static struct status begin(struct store_tx *tx, struct step *step)
{
	int64_t generation;

	if (generation_of(step) != 0)
		return OK;
	TRY(connection_next_probe(tx, connection_of(step), &generation));
	json_set_int(step->memo, "generation", generation);
	return OK;
}

static struct step_result connect(struct step *step)
{
	struct provider_info info;
	struct visit visit;
	struct step_result failure;

	memset(&info, 0, sizeof info);
	if (!visit_begin(step, &visit, &failure))
		return failure;
	struct provider_result result = visit.provider->ops->probe(visit.session, &visit.call, &info);
	if (result.error != PROVIDER_OK) {
		failure = failed_at_provider(step, result);
		catalog_session_release(visit.session);
		return failure;
	}
	const char *product = text_or_empty(info.product), *version = text_or_empty(info.version);
	json_set_text(step->memo, "product",
		      arena_printf(step->arena, "%s%s%s", product, *product && *version ? " " : "", version));
	json_set_text(step->memo, "warning", text_or_empty(info.warning));
	json_set(step->memo, "capabilities", capabilities_of(step->arena, visit.provider, &info));
	catalog_session_release(visit.session);
	return (struct step_result){ .verdict = STEP_DONE,
				     .note = arena_printf(step->arena, "%s %s answered", product, version),
				     .provider_request_id = result.request_id };
}

/* ---- list ---- */

static struct probe_page *page_new(struct arena *arena, size_t count)
{
	struct probe_page *page = ARENA_NEW(arena, struct probe_page);

	page->offerings = ARENA_ARRAY(arena, count, struct offering);
	page->names = ARENA_ARRAY(arena, count, const char *);
	page->count = count;
	return page;
}

static struct provider_result list_sizes(struct visit *visit, struct provider_page *token, struct probe_page **page)
{
	struct provider_size *sizes = NULL;
	size_t count = 0;
	struct provider_result result =
		visit->provider->ops->sizes(visit->session, &visit->call, token, &sizes, &count);

	if (result.error != PROVIDER_OK)
		return result;
	*page = page_new(visit->call.arena, count);
	for (size_t i = 0; i < count; i++) {
		(*page)->names[i] = sizes[i].name;
		(*page)->offerings[i] = (struct offering){ .kind = OFFERING_SIZE,
							   .native_id = sizes[i].native_id,
							   .vcpus = sizes[i].vcpus,
							   .memory_mib = sizes[i].memory_mib,
							   .disk_gib = sizes[i].disk_gib };
	}
	return result;
}

static struct provider_result list_images(struct visit *visit, struct provider_page *token, struct probe_page **page)
{
	struct provider_image *images = NULL;
	size_t count = 0;
	struct provider_result result =
		visit->provider->ops->images(visit->session, &visit->call, token, &images, &count);

	if (result.error != PROVIDER_OK)
		return result;
	*page = page_new(visit->call.arena, count);
	for (size_t i = 0; i < count; i++) {
		(*page)->names[i] = images[i].name;
		(*page)->offerings[i] = (struct offering){ .kind = OFFERING_IMAGE,
							   .native_id = images[i].native_id,
							   .disk_gib = images[i].min_disk_gib,
							   .os = images[i].os,
							   .architecture = images[i].architecture };
	}
	return result;
}

static struct provider_result list_networks(struct visit *visit, struct provider_page *token, struct probe_page **page)
{
	struct provider_network *networks = NULL;
	size_t count = 0;
	struct provider_result result =
		visit->provider->ops->networks(visit->session, &visit->call, token, &networks, &count);

	if (result.error != PROVIDER_OK)
		return result;
	*page = page_new(visit->call.arena, count);
	for (size_t i = 0; i < count; i++) {
		(*page)->names[i] = networks[i].name;
		(*page)->offerings[i] = (struct offering){ .kind = OFFERING_NETWORK,
							   .native_id = networks[i].native_id,
							   .cidr = networks[i].cidr,
							   .parent = networks[i].parent,
							   .zone = networks[i].zone };
	}
	return result;
}

static struct provider_result list_regions(struct visit *visit, struct provider_page *token, struct probe_page **page)
{
	struct provider_region *regions = NULL;
	size_t count = 0;
	struct provider_result result =
		visit->provider->ops->regions(visit->session, &visit->call, token, &regions, &count);

	if (result.error != PROVIDER_OK)
		return result;
	*page = page_new(visit->call.arena, count);
	for (size_t i = 0; i < count; i++) {
		(*page)->names[i] = regions[i].name;
		(*page)->offerings[i] = (struct offering){ .kind = OFFERING_REGION,
							   .native_id = regions[i].native_id,
							   .parent = regions[i].parent };
	}
	return result;
}

typedef struct provider_result (*list_verb)(struct visit *visit, struct provider_page *token, struct probe_page **page);

/** Remembers where the next page goes on; false at the end. `key` is "sizes": how many there were. */
static bool note_page(struct step *step, const char *key, const struct provider_page *token, size_t count)
{
	int64_t sum = json_int(json_get(step->memo, key), 0) + (int64_t)count;

	json_set_int(step->memo, key, sum);
	if (token->token && sum < OFFERINGS_MOST) {
		json_set_text(step->memo, "token", token->token);
		return true;
	}
	json_remove(step->memo, "token");
	return false;
}

static struct step_result list_page(struct step *step, const char *key, bool is_supported, list_verb list,
				    struct visit *visit)
{
	struct provider_page token = { json_text(json_get(step->memo, "token"), NULL), PAGE_SIZE };
	struct probe_page *page;

	if (!is_supported)
		return (struct step_result){ .verdict = STEP_DONE, .note = "this cloud does not list them" };
	struct provider_result result = list(visit, &token, &page);
	/* Who may not list the regions can still work in its own: sizes, images and networks are needed. */
	if (result.error == PROVIDER_UNSUPPORTED || (result.error == PROVIDER_FORBIDDEN && list == list_regions))
		return (struct step_result){ .verdict = STEP_DONE, .note = result.message };
	if (result.error != PROVIDER_OK)
		return failed_at_provider(step, result);
	step->scratch = page;
	bool has_more = note_page(step, key, &token, page->count);
	return (struct step_result){
		.verdict = has_more ? STEP_AGAIN : STEP_DONE,
		.provider_request_id = result.request_id,
		.note = arena_printf(step->arena, "%lld %s%s", (long long)json_int(json_get(step->memo, key), 0), key,
				     !has_more && token.token ? "; the rest is left out" : ""),
	};
}

#define LIST_ACT(name_)                                                                                            \
	static struct step_result act_##name_(struct step *step)                                                   \
	{                                                                                                          \
		struct visit visit;                                                                                \
		struct step_result result;                                                                         \
                                                                                                                   \
		if (!visit_begin(step, &visit, &result))                                                           \
			return result;                                                                             \
		result = list_page(step, #name_, visit.provider->ops->name_ != NULL, list_##name_, &visit);        \
		catalog_session_release(visit.session);                                                            \
		return result;                                                                                     \
	}
LIST_ACT(sizes)
LIST_ACT(images)
LIST_ACT(networks)
LIST_ACT(regions)

static struct status record_page(struct store_tx *tx, struct step *step, const struct step_result *result)
{
	const struct probe_page *page = step->scratch;

	if (!page || result->verdict == STEP_FAILED)
		return OK;
	for (size_t i = 0; i < page->count; i++) {
		struct offering offering = page->offerings[i];

		if (text_is_empty(offering.native_id))
			continue;
		offering.os = text_or_empty(offering.os);
		offering.architecture = text_or_empty(offering.architecture);
		offering.cidr = text_or_empty(offering.cidr);
		offering.parent = text_or_empty(offering.parent);
		offering.zone = text_or_empty(offering.zone);
		TRY(offering_add(tx, connection_of(step), generation_of(step), page->names[i], &offering));
	}
	return OK;
}

static struct step_result act_quotas(struct step *step)
{
	struct visit visit;
	struct step_result failure;
	struct provider_quota *quotas = NULL;
	struct provider_result result = PROVIDER_DONE;
	size_t count = 0;

	if (!visit_begin(step, &visit, &failure))
		return failure;
	bool is_supported = visit.provider->ops->quotas != NULL;
	if (is_supported)
		result = visit.provider->ops->quotas(visit.session, &visit.call, &quotas, &count);
	catalog_session_release(visit.session);
	/* An account may lack the right to read its limits: that is no reason not to use the connection. */
	bool is_refused = result.error == PROVIDER_FORBIDDEN || result.error == PROVIDER_UNSUPPORTED;
	if (result.error != PROVIDER_OK && !is_refused)
		return failed_at_provider(step, result);
	json_set(step->memo, "quotas", connection_quotas_note(step->arena, quotas, is_refused ? 0 : count));
	return (struct step_result){ .verdict = STEP_DONE,
				     .provider_request_id = result.request_id,
				     .note = is_refused	   ? result.message :
					     !is_supported ? "this cloud does not tell them" :
							     arena_printf(step->arena, "%zu limits", count) };
}

/* ---- record ---- */

/** All at once: the new offerings are taken into use together with what the probe learnt. */
static struct status record(struct store_tx *tx, struct step *step, const struct step_result *result)
{
	int64_t generation = generation_of(step);
	struct connection connection;

	if (result && result->verdict != STEP_DONE)
		return OK;
	TRY(connection_get(tx, connection_of(step), &connection));
	if (connection.is_disabled)
		return status_fail(store_arena(tx), STATUS_FAILED_PRECONDITION, "CONNECTION_DISABLED",
				   "the connection was disabled meanwhile; enable it, then probe it again");
	if (generation < connection.offerings) /* a later probe was quicker */
		return offering_drop(tx, connection.name, generation);
	connection.state = CONNECTION_READY;
	connection.state_message = "";
	connection.product = json_text(json_get(step->memo, "product"), "");
	connection.warning = json_text(json_get(step->memo, "warning"), "");
	connection.capabilities = json_print(store_arena(tx), json_get(step->memo, "capabilities"));
	connection.offerings = generation;
	connection.probed_us = connection.updated_us = time_now_us();
	TRY(connection_update(tx, &connection));
	TRY(connection_quotas_set(tx, connection.name, json_get(step->memo, "quotas")));
	return offering_forget(tx, connection.name, generation, generation);
}

/** A probe that failed says why; one that was cancelled, or whose connection is disabled or gone, changes nothing. */
static struct status ended(struct store_tx *tx, const struct operation *operation, void *context)
{
	const char *name = json_text(json_get(operation->input, "connection"), "");
	int64_t generation = json_int(json_get(operation->memo, "generation"), 0);
	struct connection connection;
	bool is_found;

	(void)context;
	if (operation->state == OPERATION_SUCCEEDED)
		return OK;
	TRY(connection_find(tx, name, &connection, &is_found));
	if (!is_found)
		return offering_forget(tx, name, INT64_MAX, 0);
	if (generation != connection.offerings)
		TRY(offering_drop(tx, name, generation));
	if (operation->state != OPERATION_FAILED || connection.is_disabled)
		return OK;
	const char *message = text_or_empty(operation->failure.message);
	connection.state = CONNECTION_FAILED;
	connection.state_message = arena_strndup(store_arena(tx), message, strnlen(message, MESSAGE_MOST));
	connection.probed_us = connection.updated_us = time_now_us();
	return connection_update(tx, &connection);
}

static const char NOTHING_TO_UNDO[] = "it only reads the cloud";

#define READS(name_, run_, seconds_) { .name = (name_), .run = run_, .no_undo = NOTHING_TO_UNDO, .timeout_s = (seconds_) }
#define RUN(prepare_, act_, record_) { (prepare_), (act_), (record_) }
#define LISTS                                                                        \
	READS("connect", RUN(begin, connect, NULL), 60),                             \
	READS("list-sizes", RUN(NULL, act_sizes, record_page), 180),                 \
	READS("list-images", RUN(NULL, act_images, record_page), 180),               \
	READS("list-networks", RUN(NULL, act_networks, record_page), 180)

static const struct workflow_step STEPS[] = {
	LISTS,
	READS("list-regions", RUN(NULL, act_regions, record_page), 180),
	READS("list-quotas", RUN(NULL, act_quotas, NULL), 60),
	READS("record", RUN(NULL, NULL, record), 60),
};

/* As it was before regions and quotas: a step's place in a released workflow never changes. */
static const struct workflow_step STEPS_1[] = {
	LISTS,
	READS("record", RUN(NULL, NULL, record), 60),
};

const struct workflow probe_workflow = {
	.kind = PROBE_KIND,
	.steps = STEPS,
	.step_count = sizeof STEPS / sizeof STEPS[0],
	.deadline_s = 600,
	.ended = ended,
};

const struct workflow probe_1_workflow = {
	.kind = "connection-probe",
	.steps = STEPS_1,
	.step_count = sizeof STEPS_1 / sizeof STEPS_1[0],
	.deadline_s = 600,
	.ended = ended,
};
