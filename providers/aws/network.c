/* SPDX-License-Identifier: Apache-2.0 */
/* network.c: subnets, and the family's table. */
#include "providers/aws/machine.h"

#include "providers/aws/mark.h"
#include "runtime/base/text.h"

static struct provider_result network_list(CALL, const struct provider_intent *intent, struct provider_page *page,
					   struct provider_made_network **networks, size_t *count)
{
	static const struct aws_listing LISTING = { .action = AWS_DESCRIBE_SUBNETS, .set = "subnetSet" };
	const struct xml **items;

	struct provider_result result = aws_list_page(session, call, &LISTING, intent, page, &items, count);
	if (result.error != PROVIDER_OK)
		return result;
	*networks = ARENA_ARRAY(call->arena, *count + 1, struct provider_made_network);
	for (size_t i = 0; i < *count; i++) {
		aws_network_read(call->arena, items[i], &(*networks)[i].network);
		(*networks)[i].marks = aws_marks_read(items[i]);
	}
	return result;
}

struct provider_result aws_networks(CALL, struct provider_page *page, struct provider_network **networks, size_t *count)
{
	struct provider_made_network *made;

	struct provider_result result = network_list(session, call, NULL, page, &made, count);
	if (result.error != PROVIDER_OK)
		return result;
	*networks = ARENA_ARRAY(call->arena, *count + 1, struct provider_network);
	for (size_t i = 0; i < *count; i++)
		(*networks)[i] = made[i].network;
	return result;
}

static struct provider_result vpc_default(CALL, const char **vpc)
{
	struct aws_query query = aws_query_new(call->arena, AWS_DESCRIBE_VPCS);
	const struct xml *item;
	struct xml *root;

	aws_query_filter(&query, "is-default", "true");
	struct provider_result result = aws_ask(session, call, &query, &root);
	if (result.error != PROVIDER_OK)
		return result;
	if (aws_items(root, "vpcSet", &item) == 0)
		return provider_fail(call->arena, PROVIDER_INVALID,
				     "the account has no default VPC here; name the VPC as parent");
	*vpc = xml_text(xml_child(item, "vpcId"), "");
	return result;
}

static struct provider_result spec_check(struct arena *arena, const struct provider_network_spec *spec)
{
	struct provider_result result = aws_intent_check(arena, &spec->intent, text_or_empty(spec->name));

	if (result.error != PROVIDER_OK)
		return result;
	if (!aws_is_subnet_range(text_or_empty(spec->cidr)))
		return provider_fail(arena, PROVIDER_INVALID,
				     "give the subnet a range of the VPC from /16 to /28, as in 10.0.3.0/24");
	if (spec->parent && !aws_is_id(spec->parent, "vpc-"))
		return provider_fail(arena, PROVIDER_INVALID, "AWS has no VPC \"%.64s\"; give its id, as in vpc-…",
				     spec->parent);
	return result;
}

static struct provider_result network_create(CALL, const struct provider_network_spec *spec, struct provider_task *task,
					     const char **native_id)
{
	struct aws_query query = aws_query_new(call->arena, AWS_CREATE_SUBNET);
	struct provider_page page = { NULL, 0 };
	struct provider_made_network *made;
	const char *vpc = spec->parent;
	struct xml *root;
	size_t count = 0;

	*task = (struct provider_task){ NULL };
	*native_id = NULL;
	struct provider_result result = spec_check(call->arena, spec);
	if (result.error == PROVIDER_OK)
		result = network_list(session, call, &spec->intent, &page, &made, &count);
	if (result.error == PROVIDER_OK && count > 0)
		*native_id = made[0].network.native_id;
	else if (result.error == PROVIDER_OK && !vpc)
		result = vpc_default(session, call, &vpc);
	if (result.error != PROVIDER_OK || *native_id)
		return result;
	aws_query_add(&query, "VpcId", vpc);
	aws_query_add(&query, "CidrBlock", spec->cidr);
	aws_query_add(&query, "AvailabilityZone", spec->zone);
	aws_mark(&query, session, "subnet", spec->name, &spec->intent, NULL);
	result = aws_named(aws_ask(session, call, &query, &root));
	if (result.error != PROVIDER_OK)
		return result;
	*native_id = xml_text(xml_path(root, "subnet", "subnetId", NULL), NULL);
	if (!aws_is_id(*native_id, "subnet-"))
		return provider_fail(call->arena, PROVIDER_UNKNOWN_OUTCOME,
				     "AWS made a subnet but did not say which; find it by its intent");
	task->handle = aws_handle(call->arena, "network", native_id, 1);
	return result;
}

struct provider_result aws_task_network(CALL, const char *const *parts, struct provider_task_status *status)
{
	struct aws_query query = aws_query_new(call->arena, AWS_DESCRIBE_SUBNETS);
	const struct xml *item;
	struct xml *root;

	if (!aws_is_id(parts[0], "subnet-"))
		return provider_fail(call->arena, PROVIDER_NOT_FOUND, "this task is none of AWS's");
	aws_query_add_at(&query, "SubnetId", 1, parts[0]);
	struct provider_result result = aws_ask(session, call, &query, &root);
	if (result.error != PROVIDER_OK)
		return result;
	status->native_id = parts[0];
	if (aws_items(root, "subnetSet", &item) > 0 &&
	    text_equal(xml_text(xml_child(item, "state"), ""), "available")) {
		status->state = TASK_DONE;
		status->progress_percent = 100;
	}
	return result;
}

static struct provider_result network_remove(CALL, const char *native_id, struct provider_task *task)
{
	struct aws_query query = aws_query_new(call->arena, AWS_DELETE_SUBNET);

	*task = (struct provider_task){ NULL };
	if (!aws_is_id(native_id, "subnet-"))
		return PROVIDER_DONE;
	aws_query_add(&query, "SubnetId", native_id);
	return aws_gone(aws_ask(session, call, &query, NULL));
}

const struct provider_network_ops aws_network_ops = {
	.create = network_create,
	.list = network_list,
	.remove = network_remove,
	.security_group_create = aws_group_create,
	.security_group_list = aws_group_list,
	.security_group_rules = aws_group_rules,
	.security_group_remove = aws_group_remove,
	.address_allocate = aws_address_allocate,
	.address_list = aws_address_list,
	.address_associate = aws_address_associate,
	.address_disassociate = aws_address_disassociate,
	.address_release = aws_address_release,
	.key_pair_import = aws_key_import,
	.key_pair_list = aws_key_list,
	.key_pair_remove = aws_key_remove,
};
