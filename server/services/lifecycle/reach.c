/* SPDX-License-Identifier: Apache-2.0 */
/* reach.c: a verb on a cloud, from a step of a workflow. */
#include "runtime/base/text.h"
#include "server/services/catalog/catalog.h"
#include "server/services/lifecycle/room.h"

enum { POLL_FIRST_MS = 250 };

struct step_result step_done(const char *note)
{
	return (struct step_result){ .verdict = STEP_DONE, .note = note };
}

struct step_result step_again(int64_t after_ms, const char *note)
{
	return (struct step_result){ .verdict = STEP_AGAIN, .after_ms = after_ms, .note = note };
}

struct step_result step_failed(struct arena *arena, struct provider_result result)
{
	return (struct step_result){
		.verdict = STEP_FAILED,
		.error = result.error,
		.status = provider_status(arena, result),
		.after_ms = result.retry_after_ms,
		.note = result.message,
		.provider_request_id = result.request_id,
	};
}

struct step_result step_failed_or_busy(const struct step *step, struct provider_result result)
{
	if (result.error == PROVIDER_CONFLICT && (step->attempt > 1 || step->is_resumed))
		return step_again(POLL_FIRST_MS, "waiting for what an earlier attempt may have begun");
	return step_failed(step->arena, result);
}

struct step_result step_refused(enum provider_error error, struct status status)
{
	return (struct step_result){ .verdict = STEP_FAILED, .error = error, .status = status, .note = status.message };
}

/** A failure of our own on the way to a session: what passes by itself is repeated, the rest is not. */
static enum provider_error class_of(struct status status)
{
	switch (status.code) {
	case STATUS_UNAVAILABLE:
	case STATUS_ABORTED:
	case STATUS_RESOURCE_EXHAUSTED:
	case STATUS_DEADLINE_EXCEEDED:
		return PROVIDER_UNAVAILABLE;
	default:
		return PROVIDER_INVALID;
	}
}

bool reach_open(struct step *step, const char *connection, struct reach *reach, struct step_result *failure)
{
	struct provider_result result = PROVIDER_DONE;

	*reach = (struct reach){
		.call = { .arena = step->arena, .deadline_us = step->deadline_us, .is_cancelled = step->is_cancelled },
	};
	struct status status = catalog_session(&reach->call, connection, &reach->provider, &reach->session, &result);
	if (!status_is_ok(status)) {
		*failure = step_refused(class_of(status), status);
		return false;
	}
	if (result.error != PROVIDER_OK) {
		*failure = step_failed(step->arena, result);
		return false;
	}
	return true;
}

void reach_close(struct reach *reach)
{
	if (reach->session)
		catalog_session_release(reach->session);
	reach->session = NULL;
}

struct status reach_states(struct store_tx *tx, const char *connection, enum provider_verb verb, uint32_t *states)
{
	static const enum provider_machine_state AT_REST[] = { PROVIDER_MACHINE_RUNNING, PROVIDER_MACHINE_STOPPED,
							       PROVIDER_MACHINE_SUSPENDED };
	struct catalog_connection found;

	TRY(catalog_connection_get(tx, connection, &found));
	const struct provider *provider = provider_find(found.provider);
	uint32_t taken = provider ? provider->traits[verb].states : 0;
	*states = 0;
	for (size_t i = 0; i < sizeof AT_REST / sizeof AT_REST[0]; i++)
		if (taken == 0 || taken & 1u << AT_REST[i])
			*states |= 1u << machine_state_of(AT_REST[i]);
	return OK;
}

void reach_keep_task(struct step *step, const struct provider_task *task)
{
	if (task->handle)
		json_set_text(step->memo, "task", task->handle);
	else
		json_remove(step->memo, "task");
}

struct step_result reach_task(struct reach *reach, struct step *step)
{
	const char *handle = json_text(json_get(step->memo, "task"), NULL);
	struct provider_task_status status = { 0 };

	if (!handle || !reach->provider->ops->task)
		return step_done(NULL);
	struct provider_result result = reach->provider->ops->task(reach->session, &reach->call, handle, &status);
	if (result.error == PROVIDER_NOT_FOUND) {
		/* The cloud forgot the task: what it was about says how it went. */
		json_remove(step->memo, "task");
		return step_done("the cloud no longer knows the task");
	}
	if (result.error != PROVIDER_OK)
		return step_failed(step->arena, result);
	if (status.state == TASK_RUNNING) {
		if (status.next_handle)
			json_set_text(step->memo, "task", status.next_handle);
		return (struct step_result){ .verdict = STEP_AGAIN,
					     .after_ms = POLL_FIRST_MS,
					     .progress_percent = status.progress_percent,
					     .note = status.stage };
	}
	json_remove(step->memo, "task");
	if (status.state == TASK_FAILED)
		return step_failed(step->arena, status.failure);
	/* What it made is the machine only while the machine has no id: it may have been a snapshot. */
	if (status.native_id && text_is_empty(json_text(json_get(step->memo, "native_id"), "")))
		json_set_text(step->memo, "native_id", status.native_id);
	return step_done(NULL);
}
