/* SPDX-License-Identifier: Apache-2.0 */
/* revert.c: back to a snapshot by putting new disks in the place of the present ones: stop, make, swap, settle, start.
 */
#include "providers/aws/machine.h"

#include "providers/aws/mark.h"
#include "runtime/base/id.h"
#include "runtime/base/text.h"
#include "runtime/crypto/digest.h"

#define DEVICES_MOST 40
#define DEVICE_MOST 32

/*
 * The handle is revert:<stage>:<machine>:<set>:<start>:<attempt>. What an attempt made bears its tag, so each stage
 * looks at what is there and does what is missing: it can be repeated from any point, also with an older handle.
 */
enum part { PART_STAGE, PART_MACHINE, PART_SET, PART_START, PART_ATTEMPT };

/* A disk of the snapshot: where it stood, what it is made from, what is there now, what takes its place. */
struct swap {
	const char *device, *snapshot;
	const struct xml *mapping; /* or NULL: nothing is there */
	const char *present;       /* volume, or NULL */
	const struct xml *made;    /* <item> of DescribeVolumes, or NULL: not made yet */
};

struct revert {
	const char *machine, *set, *attempt;
	const struct xml *instance;
	struct swap swaps[DEVICES_MOST];
	size_t count;
};

static const char *child_text(const struct xml *element, const char *name)
{
	return xml_text(xml_child(element, name), "");
}

/* ---- what is to be done ---- */

/* Racing creates can have made two sets of one name; the snapshots of one attempt belong together. */
static const char *first_attempt(const struct xml *const *items, size_t count)
{
	const struct xml *first = items[0];

	for (size_t i = 1; i < count; i++)
		if (strcmp(child_text(items[i], "startTime"), child_text(first, "startTime")) < 0)
			first = items[i];
	return aws_tag(first, AWS_MARK_ATTEMPT);
}

static const char *snapshot_of(const struct xml *const *items, size_t count, const char *attempt, const char *volume)
{
	for (size_t i = 0; i < count; i++)
		if (text_equal(aws_tag(items[i], AWS_MARK_ATTEMPT), attempt) &&
		    text_equal(child_text(items[i], "volumeId"), volume))
			return child_text(items[i], "snapshotId");
	return NULL;
}

static bool is_device(const char *text)
{
	size_t size = strlen(text);

	return size > 0 && size <= DEVICE_MOST &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/") == size;
}

/* The devices stand in the tags of each snapshot of the set. */
static struct provider_result swaps_read(CALL, struct revert *revert)
{
	const struct xml **items, *tag;
	size_t count;

	struct provider_result result =
		aws_snapshots_with(session, call, "tag:" AWS_MARK_SET, revert->set, &items, &count);
	if (result.error != PROVIDER_OK)
		return result;
	if (count == 0 || !text_equal(aws_tag(items[0], AWS_MARK_MACHINE), revert->machine))
		return provider_fail(call->arena, PROVIDER_NOT_FOUND,
				     "the machine has no such snapshot; list its snapshots");
	const char *attempt = first_attempt(items, count);
	for (tag = xml_path(items[0], "tagSet", "item", NULL); tag && revert->count < DEVICES_MOST;
	     tag = xml_next_child(tag, "item")) {
		const char *key = child_text(tag, "key");
		const char *device = text_starts_with(key, AWS_MARK_DEVICE) ? key + strlen(AWS_MARK_DEVICE) : "";
		const char *snapshot = snapshot_of(items, count, attempt, child_text(tag, "value"));

		if (is_device(device) && snapshot)
			revert->swaps[revert->count++] = (struct swap){ .device = device, .snapshot = snapshot };
		else if (is_device(device))
			return provider_fail(call->arena, PROVIDER_CONFLICT,
					     "the snapshot lacks the disk %s; it cannot be gone back to", device);
	}
	if (revert->count == 0)
		return provider_fail(call->arena, PROVIDER_CONFLICT,
				     "the snapshot names no disks; it cannot be gone back to");
	return result;
}

static struct provider_result present_read(CALL, struct revert *revert)
{
	struct provider_result result = aws_instance(session, call, revert->machine, &revert->instance);
	const struct xml *mapping;

	if (result.error != PROVIDER_OK)
		return result;
	for ((void)aws_items(revert->instance, "blockDeviceMapping", &mapping); mapping;
	     mapping = xml_next_child(mapping, "item"))
		for (size_t i = 0; i < revert->count; i++)
			if (text_equal(child_text(mapping, "deviceName"), revert->swaps[i].device)) {
				revert->swaps[i].mapping = mapping;
				revert->swaps[i].present = xml_text(xml_path(mapping, "ebs", "volumeId", NULL), NULL);
			}
	return result;
}

static struct provider_result made_read(CALL, struct revert *revert)
{
	const struct xml **volumes;
	size_t count;

	struct provider_result result =
		aws_volumes_with(session, call, "tag:" AWS_MARK_ATTEMPT, revert->attempt, &volumes, &count);
	for (size_t i = 0; result.error == PROVIDER_OK && i < count; i++)
		for (size_t row = 0; row < revert->count; row++) {
			const char *key = arena_printf(call->arena, AWS_MARK_DEVICE "%s", revert->swaps[row].device);

			if (aws_tag(volumes[i], key))
				revert->swaps[row].made = volumes[i];
		}
	return result;
}

static struct provider_result revert_read(CALL, const char *const *parts, struct revert *revert)
{
	*revert = (struct revert){ .machine = parts[PART_MACHINE],
				   .set = parts[PART_SET],
				   .attempt = parts[PART_ATTEMPT] };
	struct provider_result result = swaps_read(session, call, revert);
	if (result.error == PROVIDER_OK)
		result = present_read(session, call, revert);
	if (result.error == PROVIDER_OK)
		result = made_read(session, call, revert);
	return result;
}

/* ---- the stages: each says whether it is over ---- */

static bool is_in(const struct swap *swap)
{
	return swap->present && swap->made && text_equal(swap->present, child_text(swap->made, "volumeId"));
}

static struct provider_result stop(CALL, struct revert *revert, struct provider_task_status *status, bool *is_over)
{
	const char *state = aws_instance_state(revert->instance);
	size_t exchanged = 0;

	for (size_t i = 0; i < revert->count; i++)
		exchanged += is_in(&revert->swaps[i]);
	status->stage = "stopping the machine";
	/* Asked with an older handle: it may run again already, on its new disks. */
	*is_over = text_equal(state, "stopped") || exchanged == revert->count;
	if (*is_over || !text_equal(state, "running"))
		return PROVIDER_DONE;
	/* What it would write on its way down is thrown away. */
	return aws_switch(session, call, revert->machine, AWS_STOP_INSTANCES, true);
}

static struct provider_result volume_make(CALL, const struct revert *revert, const struct swap *swap)
{
	struct aws_query query = aws_query_new(call->arena, AWS_CREATE_VOLUME);
	struct aws_tagging tagging;
	const struct xml *old = NULL;
	struct provider_marks marks = aws_marks_read(revert->instance);

	struct provider_result result = swap->present ? aws_volume(session, call, swap->present, &old) : PROVIDER_DONE;
	if (result.error != PROVIDER_OK)
		return result;
	const char *type = old ? xml_text(xml_child(old, "volumeType"), NULL) : session->options.disk_type;
	bool is_provisioned = text_equal(type, "io1") || text_equal(type, "io2") || text_equal(type, "gp3");
	const char *token = arena_printf(call->arena, "%s %s", revert->attempt, swap->device);
	aws_query_add(&query, "ClientToken",
		      arena_printf(call->arena, "%.48s", digest_sha256_hex(call->arena, slice_text(token))));
	aws_query_add(&query, "SnapshotId", swap->snapshot);
	aws_query_add(&query, "AvailabilityZone",
		      xml_text(xml_path(revert->instance, "placement", "availabilityZone", NULL), NULL));
	aws_query_add(&query, "VolumeType", type);
	if (is_provisioned)
		aws_query_add(&query, "Iops", xml_text(xml_child(old, "iops"), NULL));
	if (text_equal(type, "gp3"))
		aws_query_add(&query, "Throughput", xml_text(xml_child(old, "throughput"), NULL));
	tagging = aws_tagging_begin(&query, "volume");
	aws_tagging_add(&tagging, "Name", aws_name_read(revert->instance, revert->machine));
	aws_tagging_add(&tagging, AWS_MARK_MACHINE, revert->machine);
	aws_tagging_add(&tagging, AWS_MARK_ATTEMPT, revert->attempt);
	aws_tagging_add(&tagging, arena_printf(call->arena, AWS_MARK_DEVICE "%s", swap->device), revert->set);
	aws_tagging_ours(&tagging, session);
	if (marks.resource) {
		aws_tagging_add(&tagging, AWS_MARK_RESOURCE, marks.resource);
		aws_tagging_add(&tagging, AWS_MARK_OPERATION, marks.operation);
	}
	return aws_ask(session, call, &query, NULL);
}

static struct provider_result make(CALL, struct revert *revert, struct provider_task_status *status, bool *is_over)
{
	struct provider_result result = PROVIDER_DONE;

	status->stage = "making disks from the snapshot";
	*is_over = true;
	for (size_t i = 0; result.error == PROVIDER_OK && i < revert->count; i++) {
		const char *state = revert->swaps[i].made ? child_text(revert->swaps[i].made, "status") : "";

		if (!revert->swaps[i].made)
			result = volume_make(session, call, revert, &revert->swaps[i]);
		if (text_equal(state, "error")) {
			status->state = TASK_FAILED;
			status->failure =
				provider_fail(call->arena, PROVIDER_CONFLICT,
					      "AWS could not make a disk from %s; see that the account may use its key",
					      revert->swaps[i].snapshot);
		}
		*is_over = *is_over && (text_equal(state, "available") || text_equal(state, "in-use"));
	}
	return result;
}

static struct provider_result take_out(CALL, const struct revert *revert, const struct swap *swap)
{
	struct aws_query marking = aws_query_new(call->arena, AWS_CREATE_TAGS);
	struct aws_query detaching = aws_query_new(call->arena, AWS_DETACH_VOLUME);
	struct aws_tagging tagging = aws_tagging_bare(&marking);

	if (text_equal(xml_text(xml_path(swap->mapping, "ebs", "status", NULL), ""), "detaching"))
		return PROVIDER_DONE;
	/* Marked first: it is found by that and deleted once the new ones are in. */
	aws_query_add_at(&marking, "ResourceId", 1, swap->present);
	aws_tagging_add(&tagging, AWS_MARK_REPLACED, revert->attempt);
	aws_tagging_add(&tagging, AWS_MARK_MACHINE, revert->machine);
	struct provider_result result = aws_ask(session, call, &marking, NULL);
	if (result.error != PROVIDER_OK)
		return result;
	aws_query_add(&detaching, "VolumeId", swap->present);
	aws_query_add(&detaching, "InstanceId", revert->machine);
	return aws_ask(session, call, &detaching, NULL);
}

static struct provider_result put_in(CALL, const struct revert *revert, const struct swap *swap)
{
	struct aws_query query = aws_query_new(call->arena, AWS_ATTACH_VOLUME);

	if (!text_equal(child_text(swap->made, "status"), "available"))
		return PROVIDER_DONE;
	aws_query_add(&query, "VolumeId", child_text(swap->made, "volumeId"));
	aws_query_add(&query, "InstanceId", revert->machine);
	aws_query_add(&query, "Device", swap->device);
	return aws_ask(session, call, &query, NULL);
}

static struct provider_result exchange(CALL, struct revert *revert, struct provider_task_status *status, bool *is_over)
{
	struct provider_result result = PROVIDER_DONE;

	status->stage = "exchanging the disks";
	*is_over = true;
	for (size_t i = 0; result.error == PROVIDER_OK && i < revert->count; i++) {
		const struct swap *swap = &revert->swaps[i];
		const char *state = xml_text(xml_path(swap->mapping, "ebs", "status", NULL), "");

		*is_over = *is_over && is_in(swap) && text_equal(state, "attached");
		if (!is_in(swap))
			result = swap->present ? take_out(session, call, revert, swap)
					       : put_in(session, call, revert, swap);
		/* On its way already: the next look shows it. */
		if (result.error == PROVIDER_CONFLICT)
			result = PROVIDER_DONE;
	}
	return result;
}

/* The new disks die with the machine, the old ones now. */
static struct provider_result settle(CALL, struct revert *revert, struct provider_task_status *status, bool *is_over)
{
	struct aws_query query = aws_query_new(call->arena, AWS_MODIFY_INSTANCE);
	const struct xml **old;
	size_t count;

	status->stage = "deleting the old disks";
	aws_query_add(&query, "InstanceId", revert->machine);
	for (size_t i = 0; i < revert->count; i++) {
		const char *prefix = arena_printf(call->arena, "BlockDeviceMapping.%zu", i + 1);

		aws_query_add(&query, arena_printf(call->arena, "%s.DeviceName", prefix), revert->swaps[i].device);
		aws_query_add(&query, arena_printf(call->arena, "%s.Ebs.DeleteOnTermination", prefix), "true");
	}
	struct provider_result result = aws_ask(session, call, &query, NULL);
	if (result.error == PROVIDER_OK)
		result = aws_volumes_with(session, call, "tag:" AWS_MARK_REPLACED, revert->attempt, &old, &count);
	for (size_t i = 0; result.error == PROVIDER_OK && i < count; i++) {
		struct aws_query deleting = aws_query_new(call->arena, AWS_DELETE_VOLUME);

		if (!text_equal(child_text(old[i], "status"), "available"))
			continue;
		aws_query_add(&deleting, "VolumeId", child_text(old[i], "volumeId"));
		result = aws_gone(aws_ask(session, call, &deleting, NULL));
	}
	*is_over = true;
	return result;
}

static struct provider_result start(CALL, struct revert *revert, struct provider_task_status *status, bool *is_over)
{
	const char *state = aws_instance_state(revert->instance);

	status->stage = "starting the machine";
	*is_over = text_equal(state, "running");
	return text_equal(state, "stopped") ? aws_switch(session, call, revert->machine, AWS_START_INSTANCES, false)
					    : PROVIDER_DONE;
}

/* ---- together ---- */

struct stage_row {
	const char *name;
	struct provider_result (*work)(CALL, struct revert *revert, struct provider_task_status *status, bool *is_over);
	unsigned percent; /* once it is over */
};

static const struct stage_row STAGES[] = {
	{ "stop", stop, 20 },     { "make", make, 50 },    { "swap", exchange, 70 },
	{ "settle", settle, 80 }, { "start", start, 100 },
};

#define STAGE_COUNT (sizeof STAGES / sizeof STAGES[0])

static const char *revert_handle(struct arena *arena, const char *const *parts, const char *stage)
{
	const char *next[] = { stage, parts[PART_MACHINE], parts[PART_SET], parts[PART_START], parts[PART_ATTEMPT] };

	return aws_handle(arena, "revert", next, sizeof next / sizeof next[0]);
}

struct provider_result aws_task_revert(CALL, const char *const *parts, struct provider_task_status *status)
{
	struct revert revert;
	size_t at = 0;
	bool is_over = false, is_to_start = text_equal(parts[PART_START], "1");

	while (at < STAGE_COUNT && !text_equal(STAGES[at].name, parts[PART_STAGE]))
		at++;
	if (at == STAGE_COUNT || !aws_is_id(parts[PART_MACHINE], "i-") || !id_is_uuid(parts[PART_ATTEMPT]))
		return provider_fail(call->arena, PROVIDER_NOT_FOUND, "this task is none of AWS's");
	struct provider_result result = revert_read(session, call, parts, &revert);
	if (result.error != PROVIDER_OK)
		return result;
	status->progress_percent = at > 0 ? STAGES[at - 1].percent : 0;
	status->native_id = revert.machine;
	result = STAGES[at].work(session, call, &revert, status, &is_over);
	if (result.error != PROVIDER_OK || status->state == TASK_FAILED || !is_over)
		return result;
	bool is_last = at + 1 == STAGE_COUNT || (at + 2 == STAGE_COUNT && !is_to_start);
	status->progress_percent = STAGES[at].percent;
	if (is_last)
		status->state = TASK_DONE;
	else
		status->next_handle = revert_handle(call->arena, parts, STAGES[at + 1].name);
	return result;
}

struct provider_result aws_snapshot_revert(CALL, const char *native_id, const char *snapshot_id,
					   struct provider_task *task)
{
	struct revert revert = { .machine = native_id, .set = snapshot_id };

	*task = (struct provider_task){ NULL };
	struct provider_result result = aws_instance(session, call, native_id, &revert.instance);
	if (result.error != PROVIDER_OK)
		return result;
	if (!aws_is_id(snapshot_id, "snapset-"))
		return provider_fail(call->arena, PROVIDER_NOT_FOUND,
				     "the machine has no such snapshot; list its snapshots");
	result = swaps_read(session, call, &revert);
	if (result.error != PROVIDER_OK)
		return result;
	const char *state = aws_instance_state(revert.instance);
	bool is_running = text_equal(state, "running") || text_equal(state, "pending");
	const char *parts[] = { "stop", native_id, snapshot_id, is_running ? "1" : "0", id_new(call->arena) };
	task->handle = revert_handle(call->arena, parts, "stop");
	return result;
}
