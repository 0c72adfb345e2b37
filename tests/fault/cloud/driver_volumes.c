/* SPDX-License-Identifier: Apache-2.0 */
/* driver_volumes.c: the verbs of volumes. */
#include "tests/fault/cloud/driver.h"

#include "runtime/base/text.h"

#define OPS(order_) ((order_)->provider->ops->volume)

static void add_volume(struct json *row, const struct provider_volume *volume)
{
	json_set_text(row, "native_id", volume->native_id);
	json_set_text(row, "name", volume->name);
	json_set_text(row, "state", provider_volume_state_name(volume->state));
	json_set_text(row, "machine", volume->machine);
	json_set_int(row, "size_gib", volume->size_gib);
	answer_marks(row, &volume->marks);
}

static struct provider_result create(struct order *order)
{
	struct provider_volume_spec spec = {
		.intent = order_intent(order),
		.name = order_text(order, "name"),
		.size_gib = order_int(order, "size_gib"),
		.zone = order_text(order, "zone"),
	};
	struct provider_task task = { NULL };
	const char *native_id = NULL;
	struct provider_result result = OPS(order)->create(order->session, &order->call, &spec, &task, &native_id);

	answer_task(order, &task, native_id);
	return result;
}

static struct provider_result get(struct order *order)
{
	struct provider_volume volume = { 0 };
	struct provider_result result =
		OPS(order)->get(order->session, &order->call, order_text(order, "native_id"), &volume);

	if (result.error == PROVIDER_OK)
		add_volume(order->answer, &volume);
	return result;
}

static struct provider_result list(struct order *order)
{
	struct json *rows = json_array(order->call.arena);
	struct provider_intent intent = order_intent(order);
	struct provider_page page = { 0 };
	struct provider_result result = PROVIDER_DONE;

	do {
		struct provider_volume *volumes = NULL;
		size_t count = 0;

		result = OPS(order)->list(order->session, &order->call, intent.resource ? &intent : NULL, &page,
					  &volumes, &count);
		for (size_t i = 0; result.error == PROVIDER_OK && i < count; i++) {
			struct json *row = json_object(order->call.arena);

			add_volume(row, &volumes[i]);
			json_append(rows, row);
		}
	} while (result.error == PROVIDER_OK && page.token);
	json_set(order->answer, "rows", rows);
	return result;
}

static struct provider_result attach(struct order *order)
{
	struct provider_task task = { NULL };
	struct provider_result result = OPS(order)->attach(order->session, &order->call, order_text(order, "native_id"),
							   order_text(order, "machine"), &task);

	answer_task(order, &task, NULL);
	return result;
}

static struct provider_result detach(struct order *order)
{
	struct provider_task task = { NULL };
	struct provider_result result =
		OPS(order)->detach(order->session, &order->call, order_text(order, "native_id"), &task);

	answer_task(order, &task, NULL);
	return result;
}

static struct provider_result grow(struct order *order)
{
	struct provider_task task = { NULL };
	struct provider_result result = OPS(order)->grow(order->session, &order->call, order_text(order, "native_id"),
							 order_int(order, "size_gib"), &task);

	answer_task(order, &task, NULL);
	return result;
}

static struct provider_result remove_volume(struct order *order)
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
	struct provider_result result = OPS(order)->snapshot_list(order->session, &order->call,
								  order_text(order, "native_id"), &snapshots, &count);

	if (result.error == PROVIDER_OK)
		answer_snapshots(order, snapshots, count);
	return result;
}

static struct provider_result snapshot_remove(struct order *order)
{
	struct provider_task task = { NULL };
	struct provider_result result =
		OPS(order)->snapshot_remove(order->session, &order->call, order_text(order, "snapshot"), &task);

	answer_task(order, &task, NULL);
	return result;
}

/* A member that the family lacks is NULL. */
#define GUARDED(member_, function_)                                                                                    \
	static struct provider_result guarded_##function_(struct order *order)                                         \
	{                                                                                                              \
		if (!OPS(order) || !OPS(order)->member_)                                                               \
			return order_unsupported(order);                                                               \
		return function_(order);                                                                               \
	}
GUARDED(create, create)
GUARDED(get, get)
GUARDED(list, list)
GUARDED(attach, attach)
GUARDED(detach, detach)
GUARDED(grow, grow)
GUARDED(remove, remove_volume)
GUARDED(snapshot_create, snapshot_create)
GUARDED(snapshot_list, snapshot_list)
GUARDED(snapshot_remove, snapshot_remove)

const struct verb_row volume_verbs[] = {
	{ "volume-create", guarded_create },
	{ "volume-get", guarded_get },
	{ "volume-list", guarded_list },
	{ "volume-attach", guarded_attach },
	{ "volume-detach", guarded_detach },
	{ "volume-grow", guarded_grow },
	{ "volume-delete", guarded_remove_volume },
	{ "volume-snapshot-create", guarded_snapshot_create },
	{ "volume-snapshot-list", guarded_snapshot_list },
	{ "volume-snapshot-delete", guarded_snapshot_remove },
	{ NULL, NULL },
};
