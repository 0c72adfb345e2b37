/* SPDX-License-Identifier: Apache-2.0 */
/* driver_machines.c: the verbs of machines, their snapshots, and what is asked of a cloud as a whole. */
#include "tests/fault/cloud/driver.h"

#include <string.h>

#include "runtime/base/text.h"

#define OPS(order_) ((order_)->provider->ops)

static void add_machine(struct json *row, const struct provider_machine *machine)
{
	json_set_text(row, "native_id", machine->native_id);
	json_set_text(row, "name", machine->name);
	json_set_text(row, "state", provider_machine_state_name(machine->state));
	json_set_text(row, "size", machine->size);
	json_set_int(row, "vcpus", machine->vcpus);
	json_set_int(row, "memory_mib", machine->memory_mib);
	answer_marks(row, &machine->marks);
}

static struct provider_result probe(struct order *order)
{
	struct provider_info info = { 0 };
	struct provider_result result = OPS(order)->probe(order->session, &order->call, &info);
	struct json *support = json_object(order->call.arena);

	for (int verb = 0; result.error == PROVIDER_OK && verb < VERB_COUNT; verb++)
		if (info.support[verb] != SUPPORT_NONE)
			json_set_bool(support, provider_verb_name((enum provider_verb)verb), true);
	json_set(order->answer, "support", support);
	json_set_text(order->answer, "product", info.product);
	return result;
}

static struct provider_result create(struct order *order)
{
	struct provider_machine_spec spec = {
		.intent = order_intent(order),
		.name = order_text(order, "name"),
		.image = order_text(order, "image"),
		.network = order_text(order, "network"),
		.size = order_text(order, "size"),
		.disk_gib = order_int(order, "disk_gib"),
	};
	struct provider_task task = { NULL };
	const char *native_id = NULL;
	struct provider_result result = OPS(order)->create(order->session, &order->call, &spec, &task, &native_id);

	answer_task(order, &task, native_id);
	return result;
}

static struct provider_result find(struct order *order)
{
	struct provider_intent intent = order_intent(order);
	struct provider_machine machine = { 0 };
	struct provider_result result = OPS(order)->find(order->session, &order->call, &intent, &machine);

	if (result.error == PROVIDER_OK)
		add_machine(order->answer, &machine);
	return result;
}

static struct provider_result get(struct order *order)
{
	struct provider_machine machine = { 0 };
	struct provider_result result =
		OPS(order)->get(order->session, &order->call, order_text(order, "native_id"), &machine);

	if (result.error == PROVIDER_OK)
		add_machine(order->answer, &machine);
	return result;
}

static struct provider_result list(struct order *order)
{
	struct json *rows = json_array(order->call.arena);
	struct provider_page page = { .size = (unsigned)order_int(order, "page_size") };
	struct provider_result result = PROVIDER_DONE;

	do {
		struct provider_machine *machines = NULL;
		size_t count = 0;

		result = OPS(order)->list(order->session, &order->call, &page, &machines, &count);
		for (size_t i = 0; result.error == PROVIDER_OK && i < count; i++) {
			struct json *row = json_object(order->call.arena);

			add_machine(row, &machines[i]);
			json_append(rows, row);
		}
	} while (result.error == PROVIDER_OK && page.token);
	json_set(order->answer, "rows", rows);
	return result;
}

static void append_choice(struct order *order, struct json *rows, const char *native_id, const char *name)
{
	struct json *row = json_object(order->call.arena);

	json_set_text(row, "native_id", native_id);
	json_set_text(row, "name", name);
	json_append(rows, row);
}

static struct provider_result sizes(struct order *order)
{
	struct json *rows = json_array(order->call.arena);
	struct provider_page page = { 0 };
	struct provider_result result = PROVIDER_DONE;

	do {
		struct provider_size *sizes_ = NULL;
		size_t count = 0;

		result = OPS(order)->sizes(order->session, &order->call, &page, &sizes_, &count);
		for (size_t i = 0; result.error == PROVIDER_OK && i < count; i++)
			append_choice(order, rows, sizes_[i].native_id, sizes_[i].name);
	} while (result.error == PROVIDER_OK && page.token);
	json_set(order->answer, "rows", rows);
	return result;
}

static struct provider_result images(struct order *order)
{
	struct json *rows = json_array(order->call.arena);
	struct provider_page page = { 0 };
	struct provider_result result = PROVIDER_DONE;

	do {
		struct provider_image *images_ = NULL;
		size_t count = 0;

		result = OPS(order)->images(order->session, &order->call, &page, &images_, &count);
		for (size_t i = 0; result.error == PROVIDER_OK && i < count; i++)
			append_choice(order, rows, images_[i].native_id, images_[i].name);
	} while (result.error == PROVIDER_OK && page.token);
	json_set(order->answer, "rows", rows);
	return result;
}

static struct provider_result networks(struct order *order)
{
	struct json *rows = json_array(order->call.arena);
	struct provider_page page = { 0 };
	struct provider_result result = PROVIDER_DONE;

	do {
		struct provider_network *networks_ = NULL;
		size_t count = 0;

		result = OPS(order)->networks(order->session, &order->call, &page, &networks_, &count);
		for (size_t i = 0; result.error == PROVIDER_OK && i < count; i++)
			append_choice(order, rows, networks_[i].native_id, networks_[i].name);
	} while (result.error == PROVIDER_OK && page.token);
	json_set(order->answer, "rows", rows);
	return result;
}

static struct provider_result regions(struct order *order)
{
	struct json *rows = json_array(order->call.arena);
	struct provider_page page = { 0 };
	struct provider_result result = PROVIDER_DONE;

	if (!OPS(order)->regions)
		return order_unsupported(order);
	do {
		struct provider_region *regions_ = NULL;
		size_t count = 0;

		result = OPS(order)->regions(order->session, &order->call, &page, &regions_, &count);
		for (size_t i = 0; result.error == PROVIDER_OK && i < count; i++) {
			append_choice(order, rows, regions_[i].native_id, regions_[i].name);
			json_set_text((struct json *)(uintptr_t)json_at(rows, json_size(rows) - 1), "parent",
				      regions_[i].parent);
		}
	} while (result.error == PROVIDER_OK && page.token);
	json_set(order->answer, "rows", rows);
	return result;
}

static struct provider_result power(struct order *order)
{
	struct provider_task task = { NULL };
	const char *name = text_or_empty(order_text(order, "power"));
	int verb = VERB_START;

	while (verb <= VERB_RESUME && strcmp(provider_verb_name((enum provider_verb)verb), name) != 0)
		verb++;
	if (verb > VERB_RESUME || !OPS(order)->power)
		return order_unsupported(order);

	struct provider_result result = OPS(order)->power(order->session, &order->call, order_text(order, "native_id"),
							  (enum provider_verb)verb, &task);
	answer_task(order, &task, NULL);
	return result;
}

static struct provider_result resize(struct order *order)
{
	struct provider_resize_spec spec = { .size = order_text(order, "size") };
	struct provider_task task = { NULL };

	if (!OPS(order)->resize)
		return order_unsupported(order);
	struct provider_result result =
		OPS(order)->resize(order->session, &order->call, order_text(order, "native_id"), &spec, &task);
	answer_task(order, &task, NULL);
	return result;
}

static struct provider_result rename_machine(struct order *order)
{
	struct provider_task task = { NULL };

	if (!OPS(order)->rename)
		return order_unsupported(order);
	struct provider_result result = OPS(order)->rename(order->session, &order->call, order_text(order, "native_id"),
							   order_text(order, "name"), &task);
	answer_task(order, &task, NULL);
	return result;
}

static struct provider_result tag(struct order *order)
{
	struct provider_task task = { NULL };

	if (!OPS(order)->tag)
		return order_unsupported(order);
	struct provider_result result = OPS(order)->tag(order->session, &order->call, order_text(order, "native_id"),
							json_get(order->arguments, "tags"), &task);
	answer_task(order, &task, NULL);
	return result;
}

static struct provider_result remove_machine(struct order *order)
{
	struct provider_task task = { NULL };
	struct provider_result result =
		OPS(order)->remove(order->session, &order->call, order_text(order, "native_id"), &task);

	answer_task(order, &task, NULL);
	return result;
}

static struct provider_result snapshot_create(struct order *order)
{
	struct provider_task task = { NULL };
	const char *snapshot = NULL;

	if (!OPS(order)->snapshot_create)
		return order_unsupported(order);
	struct provider_result result =
		OPS(order)->snapshot_create(order->session, &order->call, order_text(order, "native_id"),
					    order_text(order, "name"), &task, &snapshot);
	answer_task(order, &task, snapshot);
	return result;
}

static struct provider_result snapshot_list(struct order *order)
{
	struct provider_snapshot *snapshots = NULL;
	size_t count = 0;

	if (!OPS(order)->snapshot_list)
		return order_unsupported(order);
	struct provider_result result = OPS(order)->snapshot_list(order->session, &order->call,
								  order_text(order, "native_id"), &snapshots, &count);
	if (result.error == PROVIDER_OK)
		answer_snapshots(order, snapshots, count);
	return result;
}

static struct provider_result snapshot_revert(struct order *order)
{
	struct provider_task task = { NULL };

	if (!OPS(order)->snapshot_revert)
		return order_unsupported(order);
	struct provider_result result = OPS(order)->snapshot_revert(
		order->session, &order->call, order_text(order, "native_id"), order_text(order, "snapshot"), &task);
	answer_task(order, &task, NULL);
	return result;
}

static struct provider_result snapshot_delete(struct order *order)
{
	struct provider_task task = { NULL };

	if (!OPS(order)->snapshot_delete)
		return order_unsupported(order);
	struct provider_result result = OPS(order)->snapshot_delete(
		order->session, &order->call, order_text(order, "native_id"), order_text(order, "snapshot"), &task);
	answer_task(order, &task, NULL);
	return result;
}

static struct provider_result console(struct order *order)
{
	struct slice output = { 0 };

	if (!OPS(order)->console)
		return order_unsupported(order);
	struct provider_result result =
		OPS(order)->console(order->session, &order->call, order_text(order, "native_id"), 4096, &output);
	json_set_int(order->answer, "bytes", (int64_t)output.size);
	return result;
}

static struct provider_result console_url(struct order *order)
{
	const char *url = NULL;
	int64_t expires_us = 0;

	if (!OPS(order)->console_url)
		return order_unsupported(order);
	return OPS(order)->console_url(order->session, &order->call, order_text(order, "native_id"), &url, &expires_us);
}

static struct provider_result usage(struct order *order)
{
	struct provider_usage usage_ = { 0 };

	if (!OPS(order)->usage)
		return order_unsupported(order);
	return OPS(order)->usage(order->session, &order->call, order_text(order, "native_id"), &usage_);
}

static struct provider_result task_of(struct order *order)
{
	static const char *const states[] = { "running", "done", "failed" };
	struct provider_task_status status = { 0 };

	if (!OPS(order)->task)
		return order_unsupported(order);
	struct provider_result result =
		OPS(order)->task(order->session, &order->call, order_text(order, "handle"), &status);
	if (result.error != PROVIDER_OK)
		return result;
	json_set_text(order->answer, "state", states[status.state]);
	json_set_text(order->answer, "next_handle", status.next_handle);
	json_set_text(order->answer, "native_id", status.native_id);
	json_set_text(order->answer, "stage", status.stage);
	if (status.state == TASK_FAILED) {
		json_set_text(order->answer, "failure", provider_error_name(status.failure.error));
		json_set_text(order->answer, "failure_message", status.failure.message);
	}
	return result;
}

const struct verb_row machine_verbs[] = {
	{ "probe", probe },
	{ "regions", regions },
	{ "sizes", sizes },
	{ "images", images },
	{ "networks", networks },
	{ "create", create },
	{ "find", find },
	{ "get", get },
	{ "list", list },
	{ "power", power },
	{ "resize", resize },
	{ "rename", rename_machine },
	{ "tag", tag },
	{ "delete", remove_machine },
	{ "snapshot-create", snapshot_create },
	{ "snapshot-list", snapshot_list },
	{ "snapshot-revert", snapshot_revert },
	{ "snapshot-delete", snapshot_delete },
	{ "console", console },
	{ "console-url", console_url },
	{ "usage", usage },
	{ "task", task_of },
	{ NULL, NULL },
};
