/* SPDX-License-Identifier: Apache-2.0 */
/* volume.c: EBS volumes that live apart from machines. */
#include "providers/aws/machine.h"

#include "providers/aws/mark.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

#define GIB_MOST 65536
#define LATE_US (120 * TIME_US_PER_SECOND)

/* ---- looking ---- */

static struct provider_result no_volume(struct provider_call *call)
{
	return provider_fail(call->arena, PROVIDER_NOT_FOUND, "AWS has no such volume in this region");
}

struct provider_result aws_volume(CALL, const char *native_id, const struct xml **item)
{
	struct aws_query query = aws_query_new(call->arena, AWS_DESCRIBE_VOLUMES);
	struct xml *root;

	if (!aws_is_id(native_id, "vol-"))
		return no_volume(call);
	aws_query_add_at(&query, "VolumeId", 1, native_id);
	struct provider_result result = aws_ask(session, call, &query, &root);
	if (result.error != PROVIDER_OK)
		return result;
	return aws_items(root, "volumeSet", item) > 0 ? result : no_volume(call);
}

struct provider_result aws_volumes_with(CALL, const char *filter, const char *value, const struct xml ***items,
					size_t *count)
{
	const struct aws_listing listing = {
		.action = AWS_DESCRIBE_VOLUMES, .set = "volumeSet", .filter = filter, .value = value
	};
	return aws_list_all(session, call, &listing, items, count);
}

static struct provider_result volume_get(CALL, const char *native_id, struct provider_volume *volume)
{
	const struct xml *item;

	struct provider_result result = aws_volume(session, call, native_id, &item);
	if (result.error == PROVIDER_OK)
		aws_volume_read(item, volume);
	return result;
}

static struct provider_result volume_list(CALL, const struct provider_intent *intent, struct provider_page *page,
					  struct provider_volume **volumes, size_t *count)
{
	static const struct aws_listing LISTING = { .action = AWS_DESCRIBE_VOLUMES, .set = "volumeSet" };
	const struct xml **items;

	struct provider_result result = aws_list_page(session, call, &LISTING, intent, page, &items, count);
	if (result.error != PROVIDER_OK)
		return result;
	*volumes = ARENA_ARRAY(call->arena, *count + 1, struct provider_volume);
	for (size_t i = 0; i < *count; i++)
		aws_volume_read(items[i], &(*volumes)[i]);
	return result;
}

/* ---- making and changing ---- */

static const char *wait_for(struct provider_call *call, const char *wanted, const char *native_id)
{
	const char *parts[] = { wanted, native_id, arena_printf(call->arena, "%lld", (long long)time_now_us()) };

	return aws_handle(call->arena, "volume", parts, 3);
}

static struct provider_result spec_check(struct arena *arena, const struct provider_volume_spec *spec)
{
	struct provider_result result = aws_intent_check(arena, &spec->intent, text_or_empty(spec->name));

	if (result.error == PROVIDER_OK)
		result = aws_tags_check(arena, spec->tags);
	if (result.error != PROVIDER_OK)
		return result;
	if (spec->size_gib < (spec->snapshot ? 0 : 1) || spec->size_gib > GIB_MOST)
		return provider_fail(arena, PROVIDER_INVALID, "a volume has 1 to %d GiB", GIB_MOST);
	if ((spec->type && !aws_is_word(spec->type)) || (spec->zone && !aws_is_word(spec->zone)))
		return provider_fail(arena, PROVIDER_INVALID,
				     "give the volume's type and zone as AWS calls them, as in gp3 and eu-west-1a");
	if (spec->snapshot && !aws_is_id(spec->snapshot, "snap-"))
		return provider_fail(arena, PROVIDER_INVALID,
				     "AWS has no snapshot \"%.64s\"; give its id, as in snap-…", spec->snapshot);
	return result;
}

static struct provider_result volume_create(CALL, const struct provider_volume_spec *spec, struct provider_task *task,
					    const char **native_id)
{
	struct aws_query query = aws_query_new(call->arena, AWS_CREATE_VOLUME);
	const char *zone = spec->zone;
	struct xml *root;

	*task = (struct provider_task){ NULL };
	*native_id = NULL;
	struct provider_result result = spec_check(call->arena, spec);
	if (result.error == PROVIDER_OK && !zone)
		result = aws_zone_default(session, call, &zone);
	if (result.error != PROVIDER_OK)
		return result;
	aws_query_add(&query, "ClientToken", spec->intent.resource);
	aws_query_add(&query, "AvailabilityZone", zone);
	if (spec->size_gib > 0)
		aws_query_add_int(&query, "Size", spec->size_gib);
	aws_query_add(&query, "VolumeType", spec->type ? spec->type : session->options.disk_type);
	aws_query_add(&query, "SnapshotId", spec->snapshot);
	if (session->options.encrypts_disks)
		aws_query_add(&query, "Encrypted", "true");
	aws_mark(&query, session, "volume", spec->name, &spec->intent, spec->tags);
	result = aws_named(aws_ask(session, call, &query, &root));
	if (result.error != PROVIDER_OK)
		return result;
	*native_id = xml_text(xml_child(root, "volumeId"), NULL);
	if (!aws_is_id(*native_id, "vol-"))
		return provider_fail(call->arena, PROVIDER_UNKNOWN_OUTCOME,
				     "AWS made a volume but did not say which; find it by its intent");
	task->handle = wait_for(call, "available", *native_id);
	return result;
}

/* "/dev/sd[f-p]" is what AWS recommends; the guest may see it under another name. */
static const char *free_device(struct arena *arena, const struct xml *instance)
{
	for (char letter = 'f'; letter <= 'z'; letter++) {
		const char *device = arena_printf(arena, "/dev/sd%c", letter);
		const struct xml *mapping;

		for ((void)aws_items(instance, "blockDeviceMapping", &mapping); mapping;
		     mapping = xml_next_child(mapping, "item")) {
			const char *taken = xml_text(xml_child(mapping, "deviceName"), "");

			if (text_equal(taken, device) || text_equal(taken, arena_printf(arena, "/dev/xvd%c", letter)))
				break;
		}
		if (!mapping)
			return device;
	}
	return NULL;
}

static struct provider_result volume_attach(CALL, const char *native_id, const char *machine,
					    struct provider_task *task)
{
	struct aws_query query = aws_query_new(call->arena, AWS_ATTACH_VOLUME);
	struct provider_volume volume;
	const struct xml *instance;

	*task = (struct provider_task){ NULL };
	struct provider_result result = volume_get(session, call, native_id, &volume);
	if (result.error == PROVIDER_OK)
		result = aws_instance(session, call, machine, &instance);
	if (result.error != PROVIDER_OK)
		return result;
	if (volume.machine && !text_equal(volume.machine, machine))
		return provider_fail(call->arena, PROVIDER_CONFLICT,
				     "the volume is attached to %s; detach it there first", volume.machine);
	if (volume.machine && volume.state == PROVIDER_VOLUME_ATTACHED)
		return result;
	const char *device = free_device(call->arena, instance);
	if (!device)
		return provider_fail(call->arena, PROVIDER_QUOTA,
				     "the machine has no free device name for one more volume; detach another one");
	if (!volume.machine) {
		aws_query_add(&query, "VolumeId", native_id);
		aws_query_add(&query, "InstanceId", machine);
		aws_query_add(&query, "Device", device);
		result = aws_ask(session, call, &query, NULL);
	}
	if (result.error == PROVIDER_OK)
		task->handle = wait_for(call, "in-use", native_id);
	return result;
}

static struct provider_result volume_detach(CALL, const char *native_id, struct provider_task *task)
{
	struct aws_query query = aws_query_new(call->arena, AWS_DETACH_VOLUME);
	struct provider_volume volume;

	*task = (struct provider_task){ NULL };
	struct provider_result result = volume_get(session, call, native_id, &volume);
	if (result.error != PROVIDER_OK || !volume.machine)
		return result;
	aws_query_add(&query, "VolumeId", native_id);
	aws_query_add(&query, "InstanceId", volume.machine);
	result = aws_ask(session, call, &query, NULL);
	/* It is on its way, or was just taken off. */
	if (text_equal(query.refusal, "IncorrectState") && volume.state == PROVIDER_VOLUME_TRANSITION)
		result = PROVIDER_DONE;
	if (result.error == PROVIDER_OK)
		task->handle = wait_for(call, "available", native_id);
	return result;
}

static struct provider_result volume_grow(CALL, const char *native_id, int64_t size_gib, struct provider_task *task)
{
	struct aws_query query = aws_query_new(call->arena, AWS_MODIFY_VOLUME);
	struct provider_volume volume;
	const char *wanted = arena_printf(call->arena, "%lld", (long long)size_gib);

	*task = (struct provider_task){ NULL };
	struct provider_result result = volume_get(session, call, native_id, &volume);
	if (result.error != PROVIDER_OK || volume.size_gib == size_gib)
		return result;
	if (size_gib < volume.size_gib || size_gib > GIB_MOST)
		return provider_fail(call->arena, PROVIDER_INVALID,
				     "the volume has %lld GiB and can only grow, to %d GiB at most",
				     (long long)volume.size_gib, GIB_MOST);
	aws_query_add(&query, "VolumeId", native_id);
	aws_query_add(&query, "Size", wanted);
	result = aws_ask(session, call, &query, NULL);
	if (result.error == PROVIDER_OK) {
		const char *parts[] = { native_id, wanted };

		task->handle = aws_handle(call->arena, "grow", parts, 2);
	}
	return result;
}

static struct provider_result volume_remove(CALL, const char *native_id, struct provider_task *task)
{
	struct aws_query query = aws_query_new(call->arena, AWS_DELETE_VOLUME);

	*task = (struct provider_task){ NULL };
	if (!aws_is_id(native_id, "vol-"))
		return PROVIDER_DONE;
	aws_query_add(&query, "VolumeId", native_id);
	struct provider_result result = aws_gone(aws_ask(session, call, &query, NULL));
	if (result.error == PROVIDER_OK)
		task->handle = wait_for(call, "deleted", native_id);
	return result;
}

/* ---- waiting ---- */

/* volume:<wanted>:<volume>:<since> */
struct provider_result aws_task_volume(CALL, const char *const *parts, struct provider_task_status *status)
{
	struct provider_volume volume;
	int64_t since_us = 0;

	if (!aws_is_id(parts[1], "vol-") || !text_to_int64(parts[2], &since_us))
		return provider_fail(call->arena, PROVIDER_NOT_FOUND, "this task is none of AWS's");
	struct provider_result result = volume_get(session, call, parts[1], &volume);
	bool is_to_go = text_equal(parts[0], "deleted");
	status->native_id = parts[1];
	status->stage = arena_printf(call->arena, "waiting for the volume to be %s", parts[0]);
	if (result.error == PROVIDER_NOT_FOUND && is_to_go) {
		*status = (struct provider_task_status){ .state = TASK_DONE, .progress_percent = 100 };
		return PROVIDER_DONE;
	}
	if (result.error == PROVIDER_NOT_FOUND && time_now_us() - since_us < LATE_US)
		return PROVIDER_DONE;
	if (result.error != PROVIDER_OK)
		return result;
	if (volume.state == PROVIDER_VOLUME_FAILED && !is_to_go) {
		status->state = TASK_FAILED;
		status->failure =
			provider_fail(call->arena, PROVIDER_CONFLICT,
				      "AWS could not make the volume; see that the account may use its encryption key");
	} else if (text_equal(volume.native_state, parts[0]) && volume.state != PROVIDER_VOLUME_TRANSITION) {
		*status = (struct provider_task_status){ .state = TASK_DONE,
							 .progress_percent = 100,
							 .native_id = parts[1] };
	}
	return PROVIDER_DONE;
}

/* grow:<volume>:<size>; the new size can be used as soon as it is "optimizing". */
struct provider_result aws_task_grow(CALL, const char *const *parts, struct provider_task_status *status)
{
	struct aws_query query = aws_query_new(call->arena, AWS_DESCRIBE_VOLUME_MODIFICATIONS);
	const struct xml *item, *newest = NULL;
	struct xml *root;

	if (!aws_is_id(parts[0], "vol-"))
		return provider_fail(call->arena, PROVIDER_NOT_FOUND, "this task is none of AWS's");
	aws_query_add_at(&query, "VolumeId", 1, parts[0]);
	struct provider_result result = aws_ask(session, call, &query, &root);
	if (result.error != PROVIDER_OK)
		return result;
	for ((void)aws_items(root, "volumeModificationSet", &item); item; item = xml_next_child(item, "item"))
		if (text_equal(xml_text(xml_child(item, "targetSize"), ""), parts[1]))
			newest = item;
	const char *state = xml_text(xml_child(newest, "modificationState"), "modifying");
	int64_t progress = xml_int(xml_child(newest, "progress"), 0);
	status->native_id = parts[0];
	status->stage = "growing the volume";
	status->progress_percent = progress > 0 && progress < 100 ? (unsigned)progress : 0;
	if (text_equal(state, "failed")) {
		status->state = TASK_FAILED;
		status->failure = provider_fail(call->arena, PROVIDER_CONFLICT, "AWS could not grow the volume: %.200s",
						xml_text(xml_child(newest, "statusMessage"), "it does not say why"));
	} else if (!text_equal(state, "modifying")) {
		*status = (struct provider_task_status){ .state = TASK_DONE,
							 .progress_percent = 100,
							 .native_id = parts[0] };
	}
	return result;
}

const struct provider_volume_ops aws_volume_ops = {
	.create = volume_create,
	.get = volume_get,
	.list = volume_list,
	.attach = volume_attach,
	.detach = volume_detach,
	.grow = volume_grow,
	.remove = volume_remove,
	.snapshot_create = aws_volume_snapshot_create,
	.snapshot_list = aws_volume_snapshot_list,
	.snapshot_remove = aws_volume_snapshot_remove,
};
