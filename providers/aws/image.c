/* SPDX-License-Identifier: Apache-2.0 */
/* image.c: AMIs made from machines. The AMI's name has our id in it, and AWS takes no name twice. */
#include "providers/aws/machine.h"

#include <ctype.h>

#include "providers/aws/mark.h"
#include "runtime/base/text.h"

#define NAME_MOST 80 /* of what people call it; AWS takes 128 with our id behind it */
#define DESCRIPTION_MOST 128

/* "3-128 alphanumeric characters, parentheses (()), square brackets ([]), spaces, periods (.), slashes (/), dashes (-),
 * single quotes ('), at-signs (@), or underscores(_)" */
static const char *image_name(struct arena *arena, const char *name, const char *resource)
{
	char *clean = arena_strndup(arena, name, NAME_MOST);

	for (char *c = clean; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("()[] ./-'@_", *c))
			*c = '-';
	return arena_printf(arena, "%s %s", clean, resource);
}

static void made_read(const struct xml *item, struct provider_made_image *image)
{
	const char *state = xml_text(xml_child(item, "imageState"), "");

	*image = (struct provider_made_image){ .is_ready = text_equal(state, "available"),
					       .is_failed = text_equal(state, "failed") || text_equal(state, "error") ||
							    text_equal(state, "invalid"),
					       .marks = aws_marks_read(item) };
	aws_image_read(item, &image->image);
}

static struct provider_result image_list(CALL, const struct provider_intent *intent, struct provider_page *page,
					 struct provider_made_image **images, size_t *count)
{
	static const struct aws_listing LISTING = { .action = AWS_DESCRIBE_IMAGES,
						    .set = "imagesSet",
						    .is_of_self = true };
	const struct xml **items;

	struct provider_result result = aws_list_page(session, call, &LISTING, intent, page, &items, count);
	if (result.error != PROVIDER_OK)
		return result;
	*images = ARENA_ARRAY(call->arena, *count + 1, struct provider_made_image);
	for (size_t i = 0; i < *count; i++)
		made_read(items[i], &(*images)[i]);
	return result;
}

/* The one that was made with this intent, where AWS refused to make it again. */
static struct provider_result made_before(CALL, const struct provider_intent *intent, struct provider_result refused,
					  const char **native_id)
{
	struct provider_page page = { NULL, 0 };
	struct provider_made_image *images;
	size_t count;

	struct provider_result result = image_list(session, call, intent, &page, &images, &count);
	if (result.error != PROVIDER_OK)
		return result;
	if (count == 0)
		return refused;
	*native_id = images[0].image.native_id;
	return result;
}

static struct provider_result image_create(CALL, const struct provider_image_spec *spec, struct provider_task *task,
					   const char **native_id)
{
	struct aws_query query = aws_query_new(call->arena, AWS_CREATE_IMAGE);
	struct xml *root;

	*task = (struct provider_task){ NULL };
	*native_id = NULL;
	struct provider_result result = aws_intent_check(call->arena, &spec->intent, text_or_empty(spec->name));
	if (result.error != PROVIDER_OK)
		return result;
	if (!aws_is_id(spec->machine, "i-"))
		return provider_fail(call->arena, PROVIDER_NOT_FOUND,
				     "AWS has no machine \"%.64s\" to make an image of", text_or_empty(spec->machine));
	aws_query_add(&query, "InstanceId", spec->machine);
	aws_query_add(&query, "Name", image_name(call->arena, spec->name, spec->intent.resource));
	aws_query_add(&query, "NoReboot", spec->may_stop ? "false" : "true");
	aws_mark(&query, session, "image", spec->name, &spec->intent, NULL);
	aws_mark(&query, session, "snapshot", spec->name, &spec->intent, NULL);
	result = aws_ask(session, call, &query, &root);
	if (text_equal(query.refusal, "InvalidAMIName.Duplicate"))
		result = made_before(session, call, &spec->intent, result, native_id);
	else if (result.error == PROVIDER_OK)
		*native_id = xml_text(xml_child(root, "imageId"), NULL);
	if (result.error != PROVIDER_OK)
		return result;
	if (!aws_is_id(*native_id, "ami-"))
		return provider_fail(call->arena, PROVIDER_UNKNOWN_OUTCOME,
				     "AWS made an image but did not say which; find it by its intent");
	task->handle = aws_handle(call->arena, "image", native_id, 1);
	return result;
}

static struct provider_result image_item(CALL, const char *native_id, const struct xml **item)
{
	struct aws_query query = aws_query_new(call->arena, AWS_DESCRIBE_IMAGES);
	struct xml *root;

	aws_query_add_at(&query, "ImageId", 1, native_id);
	struct provider_result result = aws_ask(session, call, &query, &root);
	if (result.error == PROVIDER_OK && aws_items(root, "imagesSet", item) == 0)
		return provider_fail(call->arena, PROVIDER_NOT_FOUND, "AWS has no image %s", native_id);
	return result;
}

struct provider_result aws_task_image(CALL, const char *const *parts, struct provider_task_status *status)
{
	struct provider_made_image image;
	const struct xml *item;

	if (!aws_is_id(parts[0], "ami-"))
		return provider_fail(call->arena, PROVIDER_NOT_FOUND, "this task is none of AWS's");
	struct provider_result result = image_item(session, call, parts[0], &item);
	if (result.error != PROVIDER_OK)
		return result;
	made_read(item, &image);
	status->native_id = parts[0];
	status->stage = "copying the disks";
	if (image.is_ready) {
		status->state = TASK_DONE;
		status->progress_percent = 100;
	} else if (image.is_failed) {
		status->state = TASK_FAILED;
		status->failure =
			provider_fail(call->arena, PROVIDER_CONFLICT, "AWS could not make the image: %.200s",
				      xml_text(xml_path(item, "stateReason", "message", NULL), "it does not say why"));
	}
	return result;
}

/*
 * The disks' snapshots are known from the image, and when it is gone already from their description, which AWS wrote:
 * "Created by CreateImage(i-…) for ami-…". Of an image that is not ours they stay.
 */
static struct provider_result image_remove(CALL, const char *native_id, struct provider_task *task)
{
	struct aws_query query = aws_query_new(call->arena, AWS_DEREGISTER_IMAGE);
	const struct xml **snapshots, *item = NULL;
	size_t count, kept = 0;

	*task = (struct provider_task){ NULL };
	if (!aws_is_id(native_id, "ami-"))
		return PROVIDER_DONE;
	aws_image_forget(session, native_id);
	struct provider_result result = image_item(session, call, native_id, &item);
	if (result.error != PROVIDER_OK && result.error != PROVIDER_NOT_FOUND)
		return result;
	if (result.error == PROVIDER_OK) {
		aws_query_add(&query, "ImageId", native_id);
		result = aws_gone(aws_ask(session, call, &query, NULL));
		if (result.error != PROVIDER_OK || !aws_marks_read(item).resource)
			return result;
	}
	result = aws_snapshots_with(
		session, call, "description",
		arena_printf(call->arena, "Created by CreateImage(*) for %.*s*", DESCRIPTION_MOST, native_id),
		&snapshots, &count);
	if (result.error != PROVIDER_OK)
		return result;
	for (size_t i = 0; i < count; i++)
		if (aws_marks_read(snapshots[i]).resource)
			snapshots[kept++] = snapshots[i];
	return aws_snapshots_delete(session, call, snapshots, kept);
}

const struct provider_image_ops aws_image_ops = { .create = image_create, .list = image_list, .remove = image_remove };
