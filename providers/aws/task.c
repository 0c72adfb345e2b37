/* SPDX-License-Identifier: Apache-2.0 */
/* task.c: handles: "aws:<kind>:<part>:…". They hold all that is needed to ask again after a restart. */
#include "providers/aws/machine.h"

#include "runtime/base/text.h"
#include "runtime/base/time.h"

#define PREFIX "aws:"
#define PART_MOST 128
#define LATE_US (120 * TIME_US_PER_SECOND) /* how long a new machine may not be in view everywhere */

const char *aws_handle(struct arena *arena, const char *kind, const char *const *parts, size_t count)
{
	struct text text = text_new(arena);

	text_printf(&text, PREFIX "%s", kind);
	for (size_t i = 0; i < count; i++)
		text_printf(&text, ":%s", parts[i]);
	return text.data;
}

/* ---- a machine that is to come into a state ---- */

static struct provider_result ended(CALL, const struct xml *instance, struct provider_task_status *status)
{
	const char *code = xml_text(xml_path(instance, "stateReason", "code", NULL), NULL);
	const char *message = xml_text(xml_path(instance, "stateReason", "message", NULL), "AWS does not say why");
	enum provider_error class = aws_error_class(code, 400, false);

	(void)session;
	status->state = TASK_FAILED;
	status->failure = provider_fail(call->arena, class, "AWS ended the machine: %.300s", message);
	return PROVIDER_DONE;
}

/* state:<wanted>:<machine>:<since> */
static struct provider_result task_state(CALL, const char *const *parts, struct provider_task_status *status)
{
	struct aws_query query = aws_query_new(call->arena, AWS_DESCRIBE_INSTANCES);
	const struct xml *reservation, *instance = NULL;
	struct xml *root;
	int64_t since_us = 0;

	if (!aws_is_id(parts[1], "i-") || !text_to_int64(parts[2], &since_us))
		return provider_fail(call->arena, PROVIDER_NOT_FOUND, "this task is none of AWS's");
	aws_query_add_at(&query, "InstanceId", 1, parts[1]);
	struct provider_result result = aws_ask(session, call, &query, &root);
	bool is_late = result.error == PROVIDER_NOT_FOUND && time_now_us() - since_us < LATE_US;
	if (result.error != PROVIDER_OK && !is_late)
		return result;
	status->native_id = parts[1];
	status->stage = arena_printf(call->arena, "waiting for the machine to be %s", parts[0]);
	if (is_late)
		return PROVIDER_DONE;
	if (aws_items(root, "reservationSet", &reservation) > 0)
		(void)aws_items(reservation, "instancesSet", &instance);
	const char *state = aws_instance_state(instance);
	if (text_equal(state, parts[0]))
		*status = (struct provider_task_status){ .state = TASK_DONE,
							 .progress_percent = 100,
							 .native_id = parts[1] };
	else if (text_equal(state, "terminated") || text_equal(state, "shutting-down"))
		return ended(session, call, instance, status);
	return PROVIDER_DONE;
}

/* ---- all of them ---- */

struct kind_row {
	const char *name;
	size_t parts;
	struct provider_result (*ask)(CALL, const char *const *parts, struct provider_task_status *status);
};

static const struct kind_row KINDS[] = {
	{ "state", 3, task_state },           { "delete", 1, aws_task_remove },
	{ "revert", 5, aws_task_revert },     { "snapshots", 1, aws_task_snapshots },
	{ "snapshot", 1, aws_task_snapshot }, { "volume", 3, aws_task_volume },
	{ "grow", 2, aws_task_grow },         { "image", 1, aws_task_image },
	{ "network", 1, aws_task_network },
};

struct provider_result aws_task(CALL, const char *handle, struct provider_task_status *status)
{
	char **parts = NULL;
	bool is_ours = text_starts_with(text_or_empty(handle), PREFIX) && strlen(handle) <= PROVIDER_HANDLE_MOST &&
		       text_is_printable(slice_text(handle)) && text_is_utf8(slice_text(handle));
	size_t count = is_ours ? text_split(call->arena, handle + strlen(PREFIX), ':', &parts) : 0;

	*status = (struct provider_task_status){ .state = TASK_RUNNING };
	for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0] && count > 0; i++) {
		if (!text_equal(KINDS[i].name, parts[0]) || KINDS[i].parts + 1 != count)
			continue;
		for (size_t part = 1; part < count; part++)
			if (strlen(parts[part]) > PART_MOST)
				count = 0;
		if (count > 0)
			return KINDS[i].ask(session, call, (const char *const *)(parts + 1), status);
	}
	return provider_fail(call->arena, PROVIDER_NOT_FOUND, "this task is none of AWS's");
}
