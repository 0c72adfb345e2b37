/* SPDX-License-Identifier: Apache-2.0 */
/* change.c: another size, another name, other tags; and the end of a machine. */
#include "providers/aws/machine.h"

#include "providers/aws/mark.h"
#include "runtime/base/text.h"

static struct provider_result no_such_machine(struct provider_call *call)
{
	return provider_fail(call->arena, PROVIDER_NOT_FOUND, "AWS has no such machine in this region");
}

struct provider_result aws_resize(CALL, const char *native_id, const struct provider_resize_spec *spec,
				  struct provider_task *task)
{
	struct aws_query query = aws_query_new(call->arena, AWS_MODIFY_INSTANCE);
	const struct xml *instance;

	*task = (struct provider_task){ NULL };
	struct provider_result result = aws_instance(session, call, native_id, &instance);
	if (result.error != PROVIDER_OK)
		return result;
	if (text_is_empty(spec->size) || strlen(spec->size) > 64 || !text_is_printable(slice_text(spec->size)))
		return provider_fail(call->arena, PROVIDER_INVALID,
				     "AWS has fixed sizes: list the sizes and choose one");
	if (text_equal(xml_text(xml_child(instance, "instanceType"), ""), spec->size))
		return PROVIDER_DONE;
	if (!text_equal(aws_instance_state(instance), "stopped"))
		return provider_fail(call->arena, PROVIDER_CONFLICT, "the machine is %s; stop it before it is resized",
				     aws_instance_state(instance));
	struct provider_size size;
	result = aws_named(aws_sizes_learn(session, call, &spec->size, 1));
	if (result.error != PROVIDER_OK)
		return result;
	if (!aws_size_known(session, spec->size, &size))
		return provider_fail(call->arena, PROVIDER_INVALID,
				     "AWS has no size \"%s\" here; list the sizes and choose one", spec->size);
	aws_query_add(&query, "InstanceId", native_id);
	aws_query_add(&query, "InstanceType.Value", spec->size);
	return aws_ask(session, call, &query, NULL);
}

struct provider_result aws_rename(CALL, const char *native_id, const char *name, struct provider_task *task)
{
	struct aws_query query = aws_query_new(call->arena, AWS_CREATE_TAGS);
	struct aws_tagging tagging = aws_tagging_bare(&query);
	const struct xml *instance;

	*task = (struct provider_task){ NULL };
	if (text_is_empty(name) || strlen(name) > AWS_TEXT_MOST || !text_is_printable(slice_text(name)))
		return provider_fail(call->arena, PROVIDER_INVALID, "the name must have 1 to %d printable characters",
				     AWS_TEXT_MOST);
	/* CreateTags takes a machine that is long terminated. */
	struct provider_result result = aws_instance(session, call, native_id, &instance);
	if (result.error != PROVIDER_OK || text_equal(aws_name_read(instance, NULL), name))
		return result;
	aws_query_add_at(&query, "ResourceId", 1, native_id);
	aws_tagging_add(&tagging, "Name", name);
	return aws_ask(session, call, &query, NULL);
}

/* First what is new, then away with what is no more: in between there is too much, never too little. */
struct provider_result aws_retag(CALL, const char *native_id, const struct json *tags, struct provider_task *task)
{
	struct aws_query adding = aws_query_new(call->arena, AWS_CREATE_TAGS);
	struct aws_query taking = aws_query_new(call->arena, AWS_DELETE_TAGS);
	struct aws_tagging added = aws_tagging_bare(&adding), taken = aws_tagging_bare(&taking);
	const struct json *value, *present;
	const struct xml *instance;
	const char *key;

	*task = (struct provider_task){ NULL };
	struct provider_result result = aws_tags_check(call->arena, tags);
	if (result.error == PROVIDER_OK)
		result = aws_instance(session, call, native_id, &instance);
	if (result.error != PROVIDER_OK)
		return result;
	present = aws_tags_read(call->arena, instance);
	aws_query_add_at(&adding, "ResourceId", 1, native_id);
	aws_query_add_at(&taking, "ResourceId", 1, native_id);
	for (size_t i = 0; json_member(tags, i, &key, &value); i++)
		if (!text_equal(json_text(json_get(present, key), NULL), json_text(value, "")))
			aws_tagging_add(&added, key, json_text(value, ""));
	for (size_t i = 0; json_member(present, i, &key, &value); i++)
		if (!json_get(tags, key))
			aws_tagging_add(&taken, key, NULL);
	if (added.count > 0)
		result = aws_ask(session, call, &adding, NULL);
	if (result.error == PROVIDER_OK && taken.count > 0)
		result = aws_ask(session, call, &taking, NULL);
	return result;
}

/* ---- the end ---- */

struct provider_result aws_remove(CALL, const char *native_id, struct provider_task *task)
{
	*task = (struct provider_task){ NULL };
	if (!aws_is_id(native_id, "i-"))
		return PROVIDER_DONE;
	/* Gone already or not: its snapshots may be left. */
	struct provider_result result = aws_gone(aws_switch(session, call, native_id, AWS_TERMINATE_INSTANCES, false));
	if (result.error == PROVIDER_OK)
		task->handle = aws_handle(call->arena, "delete", &native_id, 1);
	return result;
}

/* Disks that a revert made or took out and that no machine holds. */
static struct provider_result leftovers_delete(CALL, const char *native_id)
{
	const struct xml **volumes;
	size_t count;

	struct provider_result result =
		aws_volumes_with(session, call, "tag:" AWS_MARK_MACHINE, native_id, &volumes, &count);
	for (size_t i = 0; result.error == PROVIDER_OK && i < count; i++) {
		struct aws_query query = aws_query_new(call->arena, AWS_DELETE_VOLUME);

		if (!text_equal(xml_text(xml_child(volumes[i], "status"), ""), "available"))
			continue;
		aws_query_add(&query, "VolumeId", xml_text(xml_child(volumes[i], "volumeId"), ""));
		result = aws_gone(aws_ask(session, call, &query, NULL));
	}
	return result;
}

struct provider_result aws_task_remove(CALL, const char *const *parts, struct provider_task_status *status)
{
	const struct xml *instance, **snapshots;
	size_t count;

	if (!aws_is_id(parts[0], "i-"))
		return no_such_machine(call);
	struct provider_result result = aws_instance(session, call, parts[0], &instance);
	if (result.error == PROVIDER_OK) {
		status->stage = "waiting for the machine to end";
		return result;
	}
	if (result.error != PROVIDER_NOT_FOUND)
		return result;
	result = aws_snapshots_with(session, call, "tag:" AWS_MARK_MACHINE, parts[0], &snapshots, &count);
	if (result.error == PROVIDER_OK)
		result = aws_snapshots_delete(session, call, snapshots, count);
	if (result.error == PROVIDER_OK)
		result = leftovers_delete(session, call, parts[0]);
	if (result.error == PROVIDER_OK)
		*status = (struct provider_task_status){ .state = TASK_DONE, .progress_percent = 100 };
	return result;
}
