/* SPDX-License-Identifier: Apache-2.0 */
/* audit.c: writing the chain, and walking it. */
#include "server/services/iam/audit.h"

#include <assert.h>
#include <string.h>

#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "runtime/crypto/digest.h"
#include "server/services/iam/secret.h"
#include "server/services/iam/tenant_store.h"

enum { RUN = 256, REQUEST_MOST = 16384 };

static const char FORM[] = "gaon-audit-1";

static void put_text(struct text *form, const char *text)
{
	text_printf(form, "%zu:", strlen(text));
	text_append(form, text);
}

/* Every field with its length, in this order, so that no two events have one form. */
struct slice audit_hash(struct arena *arena, const struct audit_event *event)
{
	const char *const fields[] = {
		event->tenant, event->principal, event->authentication_method, event->peer,    event->method,
		event->resource, event->reason,  event->trace_id,	       event->request,
	};
	struct text form = text_new(arena);
	unsigned char *hash = arena_alloc(arena, HASH_SIZE);

	put_text(&form, FORM);
	text_printf(&form, "%lld,%lld,%lld,", (long long)event->sequence, (long long)event->at_us, (long long)event->code);
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		put_text(&form, text_or_empty(fields[i]));
	text_printf(&form, "%zu:", event->previous_hash.size);
	text_append_slice(&form, event->previous_hash);
	digest_sha256(slice_of(form.data, form.size), hash);
	return slice_of(hash, HASH_SIZE);
}

/* Who can write to the database can rewrite the chain and its head, but not this without the server's key. */
static struct slice seal_of(struct arena *arena, const struct audit_head *head)
{
	return secret_hash(arena, "audit-head", arena_printf(arena, "%lld", (long long)head->sequence), head->hash);
}

static struct status is_above(struct store_tx *tx, const char *upper, const char *tenant, bool *is)
{
	const char **chain = NULL;
	size_t count = 0;

	TRY(tenant_chain(tx, tenant, &chain, &count));
	*is = false;
	for (size_t i = 0; i < count; i++)
		*is |= text_equal(chain[i], upper);
	return OK;
}

/* Whose data it is about says whose event it is: "who did what to us" is each tenant's to ask, also about others' people. */
static struct status find_tenant(struct store_tx *tx, const struct audit_entry *entry, const char **tenant)
{
	const char *touched = resource_tenant(store_arena(tx), entry->resource);
	bool exists = false;

	if (touched != NULL)
		TRY(tenant_exists(tx, touched, &exists));
	/* Who was told that it is not there must not read in their own trail that their question went elsewhere. */
	if (exists && entry->status.code == STATUS_NOT_FOUND)
		TRY(is_above(tx, entry->tenant, touched, &exists));
	*tenant = exists ? touched : entry->tenant;
	return text_is_empty(*tenant) ? tenant_root(tx, tenant) : OK;
}

struct status iam_audit(struct store_tx *tx, const struct audit_entry *entry)
{
	struct arena *arena = store_arena(tx);
	struct audit_head head;
	const char *tenant = NULL;
	const char *request = text_or_empty(entry->request_json);

	TRY(audit_head_get(tx, &head));
	TRY(find_tenant(tx, entry, &tenant));
	if (strlen(request) > REQUEST_MOST)
		request = arena_printf(arena, "{\"omitted_bytes\":%zu}", strlen(request));

	struct audit_event event = {
		.sequence = head.sequence + 1,
		.at_us = entry->at_us,
		.code = entry->status.code,
		.tenant = tenant,
		.principal = text_or_empty(entry->principal),
		.authentication_method = text_or_empty(entry->method),
		.peer = text_or_empty(entry->peer),
		.method = text_or_empty(entry->service_method),
		.resource = text_or_empty(entry->resource),
		.reason = text_or_empty(entry->status.reason),
		.trace_id = text_or_empty(entry->trace_id),
		.request = request,
		.previous_hash = head.hash.data != NULL ? head.hash : slice_of("", 0),
	};

	event.hash = audit_hash(arena, &event);
	TRY(audit_insert(tx, &event));
	head.sequence = event.sequence;
	head.hash = event.hash;
	head.seal = seal_of(arena, &head);
	return audit_head_set(tx, &head);
}

/* ---- walking the chain ---- */

struct walk {
	struct audit_finding *finding;
	const struct audit_check *check;
	struct arena *arena;            /* the call's */
	int64_t next;                   /* the sequence that comes now */
	unsigned char before[HASH_SIZE]; /* hash of the event before it */
	bool has_before;                /* false: nothing comes before the first */
};

static void break_at(struct walk *walk, int64_t sequence, const char *problem)
{
	if (walk->finding->broken != 0)
		return;
	walk->finding->broken = sequence;
	walk->finding->problem = problem;
}

static void look_at(struct walk *walk, struct arena *arena, const struct audit_event *event)
{
	bool is_first = event->sequence == 1;

	if (event->sequence != walk->next) {
		break_at(walk, walk->next, "the event is missing");
		return;
	}
	if (!digest_equal(audit_hash(arena, event), event->hash))
		break_at(walk, event->sequence, "the event was edited: its hash is not that of what it says");
	else if (is_first && event->previous_hash.size != 0)
		break_at(walk, event->sequence, "the first event names one before it");
	else if (walk->has_before && !digest_equal(event->previous_hash, slice_of(walk->before, HASH_SIZE)))
		break_at(walk, event->sequence, "the event does not follow the one before it");
	if (event->hash.size == HASH_SIZE)
		memcpy(walk->before, event->hash.data, HASH_SIZE);
	walk->has_before = true;
	walk->finding->checked++;
	walk->next++;
}

/* A snapshot of its own for each run, so that memory stays bounded; the chain only grows, so runs fit together. */
static struct status walk_run(struct store *store, struct walk *walk, int64_t last, struct arena *arena, bool *is_end)
{
	struct store_tx *tx = NULL;
	struct rows *rows = NULL;

	TRY(store_read_begin(store, arena, &tx));

	struct status status = audit_range(tx, walk->next, last, RUN, &rows);

	if (status_is_ok(status)) {
		*is_end = store_count(rows) < RUN;
		while (walk->finding->broken == 0 && store_next(rows)) {
			struct audit_event event = audit_read(rows);

			look_at(walk, arena, &event);
		}
	}
	store_read_end(tx);
	return status;
}

static struct status walk_chain(struct store *store, struct walk *walk, int64_t last)
{
	bool is_end = false;

	while (!is_end && walk->finding->broken == 0) {
		if (walk->check->is_cancelled != NULL && atomic_load(walk->check->is_cancelled))
			return status_fail(walk->arena, STATUS_CANCELLED, "AUDIT_CHECK_CANCELLED",
					   "the check was given up at event %lld; check a shorter range, or give it more time",
					   (long long)walk->next);
		struct arena *arena = arena_new(0);
		struct status status = walk_run(store, walk, last, arena, &is_end);

		status = status_copy(walk->arena, status);
		arena_free(arena);
		TRY(status);
	}
	if (walk->finding->broken == 0 && walk->next <= last)
		break_at(walk, walk->next, "the chain ends before its head: its tail was cut off");
	return OK;
}

/* A range that begins in the middle must follow the event before it. */
static struct status take_before(struct store_tx *tx, struct walk *walk)
{
	struct rows *rows = NULL;

	if (walk->next <= 1)
		return OK;
	TRY(audit_range(tx, walk->next - 1, walk->next - 1, 1, &rows));
	if (!store_next(rows) || audit_read(rows).hash.size != HASH_SIZE) {
		break_at(walk, walk->next - 1, "the event is missing");
		return OK;
	}
	memcpy(walk->before, audit_read(rows).hash.data, HASH_SIZE);
	walk->has_before = true;
	return OK;
}

/* What was noted elsewhere no rewriting of the database can change. */
static struct status check_noted(struct store_tx *tx, struct walk *walk)
{
	const struct audit_check *check = walk->check;
	struct rows *rows = NULL;

	if (check->expected.size == 0)
		return OK;
	TRY(audit_range(tx, check->expected_sequence, check->expected_sequence, 1, &rows));
	if (!store_next(rows)) {
		break_at(walk, check->expected_sequence, "the event whose hash was noted earlier is not in the chain");
		return OK;
	}

	struct audit_event event = audit_read(rows);

	if (!digest_equal(check->expected, event.hash) || !digest_equal(check->expected, audit_hash(walk->arena, &event)))
		break_at(walk, event.sequence, "the hash that was noted earlier does not stand here any more");
	return OK;
}

static struct status check_head(struct store_tx *tx, struct walk *walk, const struct audit_head *head)
{
	struct rows *after = NULL;

	if (head->sequence > 0 && !digest_equal(head->seal, seal_of(walk->arena, head)))
		break_at(walk, head->sequence, "the head is not sealed with this server's key: the tail was cut or rewritten");
	else if (walk->next == head->sequence + 1 && walk->has_before &&
		 !digest_equal(head->hash, slice_of(walk->before, HASH_SIZE)))
		break_at(walk, head->sequence, "the last event is not the one that the head names");
	TRY(audit_range(tx, head->sequence + 1, INT64_MAX, 1, &after));
	if (store_next(after))
		break_at(walk, head->sequence + 1, "an event stands after the head: it was not written by this server");
	return OK;
}

struct status audit_verify(struct store_tx *tx, const struct audit_check *check, struct audit_finding *finding)
{
	struct arena *arena = store_arena(tx);
	const struct iam *iam = iam_of_process();
	struct audit_head head;

	assert(iam != NULL);
	TRY(audit_head_get(tx, &head));

	struct walk walk = { .finding = finding, .check = check, .arena = arena, .next = check->first > 1 ? check->first : 1 };
	int64_t wanted = check->last == 0 || check->last > head.sequence ? head.sequence : check->last;
	int64_t last = wanted - walk.next >= AUDIT_CHECKED_MOST ? walk.next + AUDIT_CHECKED_MOST - 1 : wanted;

	*finding = (struct audit_finding){ .head_sequence = head.sequence, .problem = "" };
	finding->head_hash = head.sequence > 0 ? text_to_hex(arena, head.hash) : "";
	TRY(take_before(tx, &walk));
	TRY(walk_chain(iam->store, &walk, last));
	TRY(check_head(tx, &walk, &head));
	TRY(check_noted(tx, &walk));
	finding->is_valid = finding->broken == 0;
	finding->next = finding->is_valid && last < wanted ? last + 1 : 0;
	return OK;
}
