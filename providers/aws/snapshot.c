/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot.c: a machine's snapshot is one snapshot of each of its disks, taken at one moment and tied together by tags.
 */
#include "providers/aws/machine.h"

#include <stdlib.h>

#include "providers/aws/mark.h"
#include "runtime/base/id.h"
#include "runtime/base/text.h"
#include "runtime/crypto/digest.h"

#define SET_PREFIX "snapset-"

/* ---- looking them up ---- */

struct provider_result aws_snapshots_with(CALL, const char *filter, const char *value, const struct xml ***items,
					  size_t *count)
{
	const struct aws_listing listing = { .action = AWS_DESCRIBE_SNAPSHOTS,
					     .set = "snapshotSet",
					     .filter = filter,
					     .value = value,
					     .is_of_self = true };
	return aws_list_all(session, call, &listing, items, count);
}

struct provider_result aws_snapshots_delete(CALL, const struct xml *const *items, size_t count)
{
	struct provider_result result = PROVIDER_DONE;

	for (size_t i = 0; result.error == PROVIDER_OK && i < count; i++) {
		struct aws_query query = aws_query_new(call->arena, AWS_DELETE_SNAPSHOT);

		aws_query_add(&query, "SnapshotId", xml_text(xml_child(items[i], "snapshotId"), ""));
		result = aws_gone(aws_ask(session, call, &query, NULL));
	}
	return result;
}

/* One machine and one name give one id, so that a repeated create finds the first one. */
static const char *set_id(struct arena *arena, const char *machine, const char *name)
{
	const char *both = arena_printf(arena, "%s %s", machine, name);

	return arena_printf(arena, SET_PREFIX "%.24s", digest_sha256_hex(arena, slice_text(both)));
}

static bool is_set_id(const char *text)
{
	return aws_is_id(text, SET_PREFIX);
}

/* ---- creating ---- */

/* Disks that live apart from the machine (volume.h) have snapshots of their own, and no part in the machine's. */
static void disks_name(struct aws_query *query, struct aws_tagging *tagging, const struct xml *instance)
{
	const struct xml *mapping;
	size_t left_out = 0;

	for ((void)aws_items(instance, "blockDeviceMapping", &mapping); mapping;
	     mapping = xml_next_child(mapping, "item")) {
		const struct xml *ebs = xml_child(mapping, "ebs");
		const char *device = xml_text(xml_child(mapping, "deviceName"), "");
		const char *volume = xml_text(xml_child(ebs, "volumeId"), NULL);
		bool is_root = text_equal(device, xml_text(xml_child(instance, "rootDeviceName"), NULL));
		bool is_part = is_root || text_equal(xml_text(xml_child(ebs, "deleteOnTermination"), ""), "true");

		if (volume && is_part)
			aws_tagging_add(tagging, arena_printf(query->arena, AWS_MARK_DEVICE "%s", device), volume);
		else if (volume)
			aws_query_add_at(query, "InstanceSpecification.ExcludeDataVolumeId", ++left_out, volume);
	}
}

static struct provider_result take(CALL, const struct xml *instance, const char *native_id, const char *name,
				   const char *set)
{
	struct aws_query query = aws_query_new(call->arena, AWS_CREATE_SNAPSHOTS);
	struct aws_tagging tagging = aws_tagging_begin(&query, "snapshot");

	aws_query_add(&query, "InstanceSpecification.InstanceId", native_id);
	aws_query_add(&query, "Description", arena_printf(call->arena, "Gaon: snapshot of %s", native_id));
	aws_tagging_add(&tagging, "Name", name);
	aws_tagging_add(&tagging, AWS_MARK_NAME, name);
	aws_tagging_add(&tagging, AWS_MARK_SET, set);
	aws_tagging_add(&tagging, AWS_MARK_MACHINE, native_id);
	aws_tagging_add(&tagging, AWS_MARK_ATTEMPT, id_new(call->arena));
	aws_tagging_ours(&tagging, session);
	disks_name(&query, &tagging, instance);
	return aws_ask(session, call, &query, NULL);
}

struct provider_result aws_snapshot_create(CALL, const char *native_id, const char *name, struct provider_task *task,
					   const char **snapshot_id)
{
	const struct xml *instance, **items;
	size_t count;

	*task = (struct provider_task){ NULL };
	struct provider_result result = aws_instance(session, call, native_id, &instance);
	if (result.error != PROVIDER_OK)
		return result;
	if (text_is_empty(name) || strlen(name) > AWS_TEXT_MOST || !text_is_printable(slice_text(name)))
		return provider_fail(call->arena, PROVIDER_INVALID,
				     "the snapshot's name must have 1 to %d printable characters", AWS_TEXT_MOST);
	const char *set = set_id(call->arena, native_id, name);
	result = aws_snapshots_with(session, call, "tag:" AWS_MARK_SET, set, &items, &count);
	if (result.error == PROVIDER_OK && count == 0)
		result = take(session, call, instance, native_id, name, set);
	if (result.error != PROVIDER_OK)
		return result;
	*snapshot_id = set;
	task->handle = aws_handle(call->arena, "snapshots", &set, 1);
	return result;
}

/* Of one or of several disks: done when all are complete. */
static void progress_read(CALL, const struct xml *const *items, size_t count, struct provider_task_status *status)
{
	size_t complete = 0, percent = 0;

	(void)session;
	for (size_t i = 0; i < count; i++) {
		const char *state = xml_text(xml_child(items[i], "status"), "");
		const char *progress = xml_text(xml_child(items[i], "progress"), "0%");
		int64_t number = 0;

		(void)text_to_int64(arena_strndup(call->arena, progress, strcspn(progress, "%")), &number);
		percent += number >= 0 && number <= 100 ? (size_t)number : 0;
		complete += text_equal(state, "completed");
		if (text_equal(state, "error")) {
			status->state = TASK_FAILED;
			status->failure = provider_fail(
				call->arena, PROVIDER_UNAVAILABLE, "AWS could not take the snapshot: %.200s",
				xml_text(xml_child(items[i], "statusMessage"), "it does not say why"));
			return;
		}
	}
	status->state = complete == count ? TASK_DONE : TASK_RUNNING;
	status->progress_percent = complete == count ? 100 : (unsigned)(percent / count);
	status->stage = "copying the disks";
}

struct provider_result aws_task_snapshots(CALL, const char *const *parts, struct provider_task_status *status)
{
	const struct xml **items;
	size_t count;

	if (!is_set_id(parts[0]))
		return provider_fail(call->arena, PROVIDER_NOT_FOUND, "this task is none of AWS's");
	struct provider_result result =
		aws_snapshots_with(session, call, "tag:" AWS_MARK_SET, parts[0], &items, &count);
	if (result.error != PROVIDER_OK)
		return result;
	if (count == 0)
		return provider_fail(call->arena, PROVIDER_NOT_FOUND, "the snapshot %s is gone", parts[0]);
	progress_read(session, call, items, count, status);
	status->native_id = parts[0];
	return result;
}

struct provider_result aws_task_snapshot(CALL, const char *const *parts, struct provider_task_status *status)
{
	struct aws_query query = aws_query_new(call->arena, AWS_DESCRIBE_SNAPSHOTS);
	const struct xml *item;
	struct xml *root;

	if (!aws_is_id(parts[0], "snap-"))
		return provider_fail(call->arena, PROVIDER_NOT_FOUND, "this task is none of AWS's");
	aws_query_add_at(&query, "SnapshotId", 1, parts[0]);
	struct provider_result result = aws_ask(session, call, &query, &root);
	if (result.error != PROVIDER_OK)
		return result;
	if (aws_items(root, "snapshotSet", &item) == 0)
		return provider_fail(call->arena, PROVIDER_NOT_FOUND, "the snapshot %s is gone", parts[0]);
	progress_read(session, call, &item, 1, status);
	status->native_id = parts[0];
	return result;
}

/* ---- listing and deleting ---- */

static int by_age(const void *a, const void *b)
{
	const struct provider_snapshot *left = a, *right = b;

	return left->created_us < right->created_us ? -1 : left->created_us > right->created_us;
}

/* The root disk was either copied last by the newest set, or made from a snapshot of one: that set is where the machine
 * stands. */
static struct provider_result current_find(CALL, const struct xml *instance, const struct xml *const *items,
					   size_t count, const char **set)
{
	const char *root = aws_root_volume(instance);
	int64_t newest_us = -1;
	const struct xml *volume;

	*set = NULL;
	for (size_t i = 0; i < count && root; i++) {
		int64_t start_us = aws_time_read(xml_child(items[i], "startTime"));

		if (!text_equal(xml_text(xml_child(items[i], "volumeId"), ""), root) || start_us < newest_us)
			continue;
		newest_us = start_us;
		*set = aws_tag(items[i], AWS_MARK_SET);
	}
	if (*set || !root || count == 0)
		return PROVIDER_DONE;
	struct provider_result result = aws_volume(session, call, root, &volume);
	if (result.error != PROVIDER_OK)
		return aws_gone(result);
	for (size_t i = 0; i < count; i++)
		if (text_equal(xml_text(xml_child(items[i], "snapshotId"), ""),
			       xml_text(xml_child(volume, "snapshotId"), NULL)))
			*set = aws_tag(items[i], AWS_MARK_SET);
	return result;
}

struct provider_result aws_snapshot_list(CALL, const char *native_id, struct provider_snapshot **snapshots,
					 size_t *count)
{
	const struct xml *instance, **items;
	const char *current;
	size_t total, listed = 0;

	struct provider_result result = aws_instance(session, call, native_id, &instance);
	if (result.error == PROVIDER_OK)
		result = aws_snapshots_with(session, call, "tag:" AWS_MARK_MACHINE, native_id, &items, &total);
	if (result.error == PROVIDER_OK)
		result = current_find(session, call, instance, items, total, &current);
	if (result.error != PROVIDER_OK)
		return result;
	struct provider_snapshot *rows = ARENA_ARRAY(call->arena, total + 1, struct provider_snapshot);
	for (size_t i = 0; i < total; i++) {
		const char *set = aws_tag(items[i], AWS_MARK_SET);
		bool is_listed = !set;

		for (size_t row = 0; row < listed; row++)
			is_listed = is_listed || text_equal(rows[row].native_id, set);
		if (!is_listed)
			rows[listed++] =
				(struct provider_snapshot){ .native_id = set,
							    .name = text_or_empty(aws_tag(items[i], AWS_MARK_NAME)),
							    .created_us =
								    aws_time_read(xml_child(items[i], "startTime")),
							    .is_current = text_equal(set, current) };
	}
	qsort(rows, listed, sizeof *rows, by_age);
	*snapshots = rows;
	*count = listed;
	return result;
}

struct provider_result aws_snapshot_delete(CALL, const char *native_id, const char *snapshot_id,
					   struct provider_task *task)
{
	const struct xml **items;
	size_t count;

	*task = (struct provider_task){ NULL };
	if (!aws_is_id(native_id, "i-") || !is_set_id(snapshot_id))
		return PROVIDER_DONE;
	struct provider_result result =
		aws_snapshots_with(session, call, "tag:" AWS_MARK_SET, snapshot_id, &items, &count);
	size_t kept = 0;
	for (size_t i = 0; result.error == PROVIDER_OK && i < count; i++)
		if (text_equal(aws_tag(items[i], AWS_MARK_MACHINE), native_id))
			items[kept++] = items[i];
	if (result.error == PROVIDER_OK)
		result = aws_snapshots_delete(session, call, items, kept);
	return result;
}
