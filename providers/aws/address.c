/* SPDX-License-Identifier: Apache-2.0 */
/* address.c: elastic addresses. EC2 gives them all at once: pages are cut here. */
#include "providers/aws/machine.h"

#include "providers/aws/mark.h"
#include "runtime/base/text.h"

static struct provider_result no_address(struct provider_call *call)
{
	return provider_fail(call->arena, PROVIDER_NOT_FOUND,
			     "AWS has no such address in this region; give its id, as in eipalloc-…");
}

struct provider_result aws_address_list(CALL, const struct provider_intent *intent, struct provider_page *page,
					struct provider_address **addresses, size_t *count)
{
	static const struct aws_listing LISTING = { .action = AWS_DESCRIBE_ADDRESSES,
						    .set = "addressesSet",
						    .filter = "domain",
						    .value = "vpc",
						    .is_unpaged = true };
	const struct xml **items;

	struct provider_result result = aws_list_page(session, call, &LISTING, intent, page, &items, count);
	if (result.error != PROVIDER_OK)
		return result;
	*addresses = ARENA_ARRAY(call->arena, *count + 1, struct provider_address);
	for (size_t i = 0; i < *count; i++)
		aws_address_read(items[i], &(*addresses)[i]);
	return result;
}

struct provider_result aws_address_allocate(CALL, const struct provider_intent *intent, const char *network,
					    struct provider_address *address)
{
	struct aws_query query = aws_query_new(call->arena, AWS_ALLOCATE_ADDRESS);
	struct provider_page page = { NULL, 0 };
	struct provider_address *addresses;
	struct xml *root;
	size_t count = 0;

	struct provider_result result = aws_intent_check(call->arena, intent, NULL);
	if (result.error == PROVIDER_OK && network)
		return provider_fail(call->arena, PROVIDER_INVALID,
				     "an address of AWS comes from no network of the account; name none");
	if (result.error == PROVIDER_OK)
		result = aws_address_list(session, call, intent, &page, &addresses, &count);
	if (result.error != PROVIDER_OK)
		return result;
	if (count > 0) {
		*address = addresses[0];
		return result;
	}
	aws_query_add(&query, "Domain", "vpc");
	aws_mark(&query, session, "elastic-ip", NULL, intent, NULL);
	result = aws_ask(session, call, &query, &root);
	if (result.error != PROVIDER_OK)
		return result;
	*address =
		(struct provider_address){ .native_id = xml_text(xml_child(root, "allocationId"), NULL),
					   .address = xml_text(xml_child(root, "publicIp"), ""),
					   .marks = { text_or_empty(intent->resource), text_or_empty(intent->operation),
						      session->connection, session->installation } };
	return address->native_id ? result
				  : provider_fail(call->arena, PROVIDER_UNKNOWN_OUTCOME,
						  "AWS gave an address but did not say which; find it by its intent");
}

static struct provider_result address_get(CALL, const char *native_id, struct provider_address *address,
					  const char **association)
{
	struct aws_query query = aws_query_new(call->arena, AWS_DESCRIBE_ADDRESSES);
	const struct xml *item;
	struct xml *root;

	if (!aws_is_id(native_id, "eipalloc-"))
		return no_address(call);
	aws_query_add_at(&query, "AllocationId", 1, native_id);
	struct provider_result result = aws_ask(session, call, &query, &root);
	if (result.error != PROVIDER_OK)
		return result;
	if (aws_items(root, "addressesSet", &item) == 0)
		return no_address(call);
	aws_address_read(item, address);
	*association = xml_text(xml_child(item, "associationId"), NULL);
	return result;
}

struct provider_result aws_address_associate(CALL, const char *native_id, const char *machine)
{
	struct aws_query query = aws_query_new(call->arena, AWS_ASSOCIATE_ADDRESS);
	struct provider_address address;
	const char *association;

	struct provider_result result = address_get(session, call, native_id, &address, &association);
	if (result.error != PROVIDER_OK || text_equal(address.machine, machine))
		return result;
	if (!aws_is_id(machine, "i-"))
		return provider_fail(call->arena, PROVIDER_NOT_FOUND, "AWS has no such machine in this region");
	if (association && association[0] != '\0')
		return provider_fail(call->arena, PROVIDER_CONFLICT,
				     "the address %s belongs to %s; take it away there first", address.address,
				     address.machine ? address.machine : "a network card");
	aws_query_add(&query, "AllocationId", native_id);
	aws_query_add(&query, "InstanceId", machine);
	aws_query_add(&query, "AllowReassociation", "false");
	return aws_ask(session, call, &query, NULL);
}

struct provider_result aws_address_disassociate(CALL, const char *native_id)
{
	struct aws_query query = aws_query_new(call->arena, AWS_DISASSOCIATE_ADDRESS);
	struct provider_address address;
	const char *association;

	struct provider_result result = address_get(session, call, native_id, &address, &association);
	if (result.error != PROVIDER_OK || text_is_empty(association))
		return result;
	aws_query_add(&query, "AssociationId", association);
	return aws_gone(aws_ask(session, call, &query, NULL));
}

struct provider_result aws_address_release(CALL, const char *native_id)
{
	struct aws_query query = aws_query_new(call->arena, AWS_RELEASE_ADDRESS);

	if (!aws_is_id(native_id, "eipalloc-"))
		return PROVIDER_DONE;
	aws_query_add(&query, "AllocationId", native_id);
	return aws_gone(aws_ask(session, call, &query, NULL));
}
