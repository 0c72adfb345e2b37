/* SPDX-License-Identifier: Apache-2.0 */
/* volume_snapshot.c: snapshots of one volume. Those that are a part of a machine's snapshot are the machine's. */
#include "providers/aws/machine.h"

#include <stdlib.h>

#include "providers/aws/mark.h"
#include "runtime/base/text.h"

static int by_age(const void *a, const void *b)
{
	const struct provider_snapshot *left = a, *right = b;

	return left->created_us < right->created_us ? -1 : left->created_us > right->created_us;
}

static struct provider_result list(CALL, const char *volume, struct provider_snapshot **snapshots, size_t *count)
{
	const struct xml **items;
	size_t total, listed = 0;

	struct provider_result result = aws_snapshots_with(session, call, "volume-id", volume, &items, &total);
	if (result.error != PROVIDER_OK)
		return result;
	struct provider_snapshot *rows = ARENA_ARRAY(call->arena, total + 1, struct provider_snapshot);
	for (size_t i = 0; i < total; i++) {
		const char *id = xml_text(xml_child(items[i], "snapshotId"), NULL);
		const char *name = aws_tag(items[i], AWS_MARK_NAME);

		if (id && !aws_tag(items[i], AWS_MARK_SET))
			rows[listed++] = (struct provider_snapshot){ .native_id = id,
								     .name = name ? name : aws_name_read(items[i], id),
								     .created_us = aws_time_read(
									     xml_child(items[i], "startTime")) };
	}
	qsort(rows, listed, sizeof *rows, by_age);
	if (listed > 0)
		rows[listed - 1].is_current = true;
	*snapshots = rows;
	*count = listed;
	return result;
}

struct provider_result aws_volume_snapshot_list(CALL, const char *native_id, struct provider_snapshot **snapshots,
						size_t *count)
{
	const struct xml *volume;

	struct provider_result result = aws_volume(session, call, native_id, &volume);
	if (result.error == PROVIDER_OK)
		result = list(session, call, native_id, snapshots, count);
	return result;
}

static struct provider_result take(CALL, const char *native_id, const char *name, const char **snapshot_id)
{
	struct aws_query query = aws_query_new(call->arena, AWS_CREATE_SNAPSHOT);
	struct aws_tagging tagging = aws_tagging_begin(&query, "snapshot");
	struct xml *root;

	aws_query_add(&query, "VolumeId", native_id);
	aws_query_add(&query, "Description", arena_printf(call->arena, "Gaon: snapshot of %s", native_id));
	aws_tagging_add(&tagging, "Name", name);
	aws_tagging_add(&tagging, AWS_MARK_NAME, name);
	aws_tagging_ours(&tagging, session);
	struct provider_result result = aws_ask(session, call, &query, &root);
	if (result.error == PROVIDER_OK)
		*snapshot_id = xml_text(xml_child(root, "snapshotId"), NULL);
	if (result.error == PROVIDER_OK && !aws_is_id(*snapshot_id, "snap-"))
		return provider_fail(call->arena, PROVIDER_UNKNOWN_OUTCOME,
				     "AWS took a snapshot but did not say which; list the volume's snapshots");
	return result;
}

struct provider_result aws_volume_snapshot_create(CALL, const char *native_id, const char *name,
						  struct provider_task *task, const char **snapshot_id)
{
	struct provider_snapshot *snapshots;
	size_t count;

	*task = (struct provider_task){ NULL };
	*snapshot_id = NULL;
	struct provider_result result = aws_volume_snapshot_list(session, call, native_id, &snapshots, &count);
	if (result.error != PROVIDER_OK)
		return result;
	if (text_is_empty(name) || strlen(name) > AWS_TEXT_MOST || !text_is_printable(slice_text(name)))
		return provider_fail(call->arena, PROVIDER_INVALID,
				     "the snapshot's name must have 1 to %d printable characters", AWS_TEXT_MOST);
	for (size_t i = 0; i < count && !*snapshot_id; i++)
		if (text_equal(snapshots[i].name, name))
			*snapshot_id = snapshots[i].native_id;
	if (!*snapshot_id)
		result = take(session, call, native_id, name, snapshot_id);
	if (result.error == PROVIDER_OK)
		task->handle = aws_handle(call->arena, "snapshot", snapshot_id, 1);
	return result;
}

struct provider_result aws_volume_snapshot_remove(CALL, const char *snapshot_id, struct provider_task *task)
{
	struct aws_query query = aws_query_new(call->arena, AWS_DELETE_SNAPSHOT);

	*task = (struct provider_task){ NULL };
	if (!aws_is_id(snapshot_id, "snap-"))
		return PROVIDER_DONE;
	aws_query_add(&query, "SnapshotId", snapshot_id);
	return aws_gone(aws_ask(session, call, &query, NULL));
}
