/* SPDX-License-Identifier: Apache-2.0 */
/* machine.c: looking at machines. EC2 tells neither the memory nor the disk with the machine: those are looked up. */
#include "providers/aws/machine.h"

#include "providers/aws/mark.h"
#include "runtime/base/text.h"

static const char *const LIVING[] = { "pending", "running", "stopping", "stopped", "shutting-down" };

/* Reservations hold instances. */
static const struct xml **instances_of(struct arena *arena, const struct xml *root, size_t *count)
{
	const struct xml *reservation, *first, *item;
	size_t total = 0;

	*count = 0;
	for ((void)aws_items(root, "reservationSet", &reservation); reservation;
	     reservation = xml_next_child(reservation, "item"))
		total += aws_items(reservation, "instancesSet", &first);
	const struct xml **instances = ARENA_ARRAY(arena, total + 1, const struct xml *);
	for ((void)aws_items(root, "reservationSet", &reservation); reservation;
	     reservation = xml_next_child(reservation, "item"))
		for ((void)aws_items(reservation, "instancesSet", &item); item; item = xml_next_child(item, "item"))
			if (xml_child(item, "instanceId"))
				instances[(*count)++] = item;
	return instances;
}

static struct provider_result sizes_fill(CALL, struct provider_machine *machines, size_t count)
{
	const char **types = ARENA_ARRAY(call->arena, count + 1, const char *);

	for (size_t i = 0; i < count; i++)
		types[i] = machines[i].size;
	struct provider_result result = aws_sizes_learn(session, call, types, count);
	/* A size that AWS has no more, or does not show, is no reason to show no machine. */
	if (result.error != PROVIDER_OK && result.error != PROVIDER_INVALID && result.error != PROVIDER_NOT_FOUND)
		return result;
	for (size_t i = 0; i < count; i++) {
		struct provider_size size;

		if (!machines[i].size || !aws_size_known(session, machines[i].size, &size))
			continue;
		machines[i].memory_mib = size.memory_mib;
		if (machines[i].vcpus == 0)
			machines[i].vcpus = size.vcpus;
	}
	return PROVIDER_DONE;
}

static struct provider_result disks_fill(CALL, const struct xml *const *instances, struct provider_machine *machines,
					 size_t count)
{
	struct aws_query query = aws_query_new(call->arena, AWS_DESCRIBE_VOLUMES);
	const char **volumes = ARENA_ARRAY(call->arena, count + 1, const char *);
	const struct xml *item;
	struct xml *root;
	size_t asked = 0;

	for (size_t i = 0; i < count; i++)
		if (aws_root_volume(instances[i]))
			volumes[asked++] = aws_root_volume(instances[i]);
	if (asked == 0)
		return PROVIDER_DONE;
	/* As a filter: a volume that is gone meanwhile is no failure. */
	aws_query_filter_any(&query, "volume-id", volumes, asked);
	struct provider_result result = aws_ask(session, call, &query, &root);
	if (result.error != PROVIDER_OK)
		return result;
	for ((void)aws_items(root, "volumeSet", &item); item; item = xml_next_child(item, "item"))
		for (size_t i = 0; i < count; i++)
			if (text_equal(aws_root_volume(instances[i]), xml_text(xml_child(item, "volumeId"), "")))
				machines[i].disk_gib = xml_int(xml_child(item, "size"), 0);
	return result;
}

static struct provider_result machines_fill(CALL, const struct xml *const *instances, size_t count,
					    struct provider_machine *machines)
{
	for (size_t i = 0; i < count; i++)
		aws_machine_read(call->arena, instances[i], &machines[i]);
	struct provider_result result = sizes_fill(session, call, machines, count);
	if (result.error == PROVIDER_OK)
		result = disks_fill(session, call, instances, machines, count);
	return result;
}

static struct provider_result no_machine(struct provider_call *call, const char *native_id)
{
	return provider_fail(call->arena, PROVIDER_NOT_FOUND, "AWS has no machine \"%.64s\" in this region",
			     text_is_utf8(slice_text(native_id)) ? native_id : "?");
}

struct provider_result aws_instance(CALL, const char *native_id, const struct xml **instance)
{
	struct aws_query query = aws_query_new(call->arena, AWS_DESCRIBE_INSTANCES);
	struct xml *root;
	size_t count;

	if (!aws_is_id(native_id, "i-"))
		return no_machine(call, text_or_empty(native_id));
	aws_query_add_at(&query, "InstanceId", 1, native_id);
	struct provider_result result = aws_ask(session, call, &query, &root);
	if (result.error == PROVIDER_NOT_FOUND)
		result.message = no_machine(call, native_id).message;
	if (result.error != PROVIDER_OK)
		return result;
	const struct xml **instances = instances_of(call->arena, root, &count);
	/* A terminated one stays in view for an hour. */
	if (count == 0 || text_equal(aws_instance_state(instances[0]), "terminated"))
		return no_machine(call, native_id);
	*instance = instances[0];
	return result;
}

struct provider_result aws_get(CALL, const char *native_id, struct provider_machine *machine)
{
	const struct xml *instance;

	struct provider_result result = aws_instance(session, call, native_id, &instance);
	if (result.error == PROVIDER_OK)
		result = machines_fill(session, call, &instance, 1, machine);
	return result;
}

struct provider_result aws_find(CALL, const struct provider_intent *intent, struct provider_machine *machine)
{
	struct aws_query query = aws_query_new(call->arena, AWS_DESCRIBE_INSTANCES);
	struct xml *root;
	size_t count;

	aws_query_filter_intent(&query, session, intent);
	aws_query_filter_any(&query, "instance-state-name", LIVING, sizeof LIVING / sizeof LIVING[0]);
	struct provider_result result = aws_ask(session, call, &query, &root);
	if (result.error != PROVIDER_OK)
		return result;
	const struct xml **instances = instances_of(call->arena, root, &count);
	if (count == 0)
		return provider_fail(call->arena, PROVIDER_NOT_FOUND,
				     "AWS has no machine that was made with this intent");
	return machines_fill(session, call, instances, 1, machine);
}

struct provider_result aws_list(CALL, struct provider_page *page, struct provider_machine **machines, size_t *count)
{
	struct aws_query query = aws_query_new(call->arena, AWS_DESCRIBE_INSTANCES);
	struct aws_position position;
	struct xml *root;
	size_t total, first, size;

	struct provider_result result = aws_position_read(call->arena, page, &position);
	if (result.error != PROVIDER_OK)
		return result;
	aws_position_ask(&query, &position, aws_page_size(page));
	aws_query_filter_any(&query, "instance-state-name", LIVING, sizeof LIVING / sizeof LIVING[0]);
	result = aws_ask(session, call, &query, &root);
	if (result.error != PROVIDER_OK)
		return result;
	const struct xml **instances = instances_of(call->arena, root, &total);
	aws_position_cut(call->arena, &position, total, xml_text(xml_child(root, "nextToken"), NULL), false, page,
			 &first, &size);
	*machines = ARENA_ARRAY(call->arena, size + 1, struct provider_machine);
	*count = size;
	return machines_fill(session, call, instances + first, size, *machines);
}
