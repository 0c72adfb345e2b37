/* SPDX-License-Identifier: Apache-2.0 */
/* work.c: task handles: written and read back, as they come from a database. */
#include "providers/vsphere/work.h"

#include <string.h>

#include "runtime/base/text.h"

/* Bounds what one text of a handle may be; all together stay below PROVIDER_HANDLE_MOST, or it is not handed out. */
#define TEXT_MOST 512

struct text_field {
	const char *key;
	const char **value;
};
struct number_field {
	const char *key;
	int64_t *value;
};

/* The fields of a work, by the short names that they have in a handle. */
#define TEXTS(work_)                                                                                        \
	{                                                                                                   \
		{ "s", &(work_)->stage }, { "t", &(work_)->task }, { "v", &(work_)->vm },                   \
		{ "r", &(work_)->resource }, { "i", &(work_)->image }, { "f", &(work_)->file }              \
	}
#define NUMBERS(work_) { { "d", &(work_)->disk_gib } }
#define COUNT_OF(table_) (sizeof(table_) / sizeof((table_)[0]))

const char *vsphere_work_print(struct arena *arena, const struct vsphere_work *work)
{
	struct vsphere_work copy = *work;
	const struct text_field texts[] = TEXTS(&copy);
	const struct number_field numbers[] = NUMBERS(&copy);
	struct json *json = json_object(arena);

	for (size_t i = 0; i < COUNT_OF(texts); i++)
		if (*texts[i].value)
			json_set_text(json, texts[i].key, *texts[i].value);
	for (size_t i = 0; i < COUNT_OF(numbers); i++)
		if (*numbers[i].value)
			json_set_int(json, numbers[i].key, *numbers[i].value);
	if (copy.is_image)
		json_set_bool(json, "g", true);
	return json_print(arena, json);
}

bool vsphere_work_read(struct arena *arena, const char *handle, struct vsphere_work *work)
{
	const struct json_limits limits = { .size_bytes = PROVIDER_HANDLE_MOST, .depth = 2, .values = 32 };
	struct vsphere_work read = { NULL };
	const struct text_field texts[] = TEXTS(&read);
	const struct number_field numbers[] = NUMBERS(&read);
	struct json *json;

	if (text_is_empty(handle) || !status_is_ok(json_parse(arena, slice_text(handle), &limits, &json)) ||
	    json_kind(json) != JSON_OBJECT)
		return false;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		const char *text = json_text(json_get(json, texts[i].key), NULL);
		if (text && strlen(text) > TEXT_MOST)
			return false;
		*texts[i].value = text;
	}
	for (size_t i = 0; i < COUNT_OF(numbers); i++)
		*numbers[i].value = json_int(json_get(json, numbers[i].key), 0);
	read.is_image = json_bool(json_get(json, "g"), false);
	if (!read.stage || (read.task && !vsphere_is_id(read.task)) || (read.vm && !vsphere_is_id(read.vm)))
		return false;
	*work = read;
	return true;
}

void vsphere_task_alone(struct provider_call *call, const char *task, const char *vm, struct provider_task *out)
{
	struct vsphere_work work = { .stage = "alone", .task = task, .vm = vm };

	out->handle = vsphere_work_print(call->arena, &work);
}

struct provider_result vsphere_begin(struct provider_session *session, struct provider_call *call, const struct xml *method,
				     const char **task, struct vsphere_fault *fault)
{
	const struct xml *response;

	struct provider_result result = vsphere_send(session, call, method, false, &response, fault);
	if (result.error != PROVIDER_OK)
		return result;
	*task = vsphere_ref_read(xml_child(response, "returnval")).id;
	if (!vsphere_is_id(*task))
		return provider_fail(call->arena, PROVIDER_UNKNOWN_OUTCOME, "vSphere took %s and named no task", method->name);
	return result;
}
