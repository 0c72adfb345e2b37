/* SPDX-License-Identifier: Apache-2.0 */
/* quota.c: how much there may be: of EC2's own attributes and of Service Quotas. */
#include "providers/aws/machine.h"

#include "runtime/base/text.h"

#define QUOTAS_MOST 8

struct quota_list {
	struct provider_quota *rows;
	size_t count;
};

static void quota_add(struct quota_list *list, const char *name, int64_t limit, int64_t used)
{
	if (list->count < QUOTAS_MOST)
		list->rows[list->count++] = (struct provider_quota){ name, limit, used };
}

/* "vpc-max-elastic-ips"; what is called max-instances has had no meaning since limits count vcpus. */
static struct provider_result addresses_ask(CALL, struct quota_list *list)
{
	struct aws_query query = aws_query_new(call->arena, AWS_DESCRIBE_ACCOUNT_ATTRIBUTES);
	struct aws_query used = aws_query_new(call->arena, AWS_DESCRIBE_ADDRESSES);
	const struct xml *item, *address;
	struct xml *root, *used_root;
	int64_t limit;

	aws_query_add_at(&query, "AttributeName", 1, "vpc-max-elastic-ips");
	struct provider_result result = aws_ask(session, call, &query, &root);
	if (result.error == PROVIDER_OK)
		result = aws_ask(session, call, &used, &used_root);
	if (result.error != PROVIDER_OK)
		return result;
	size_t count = aws_items(used_root, "addressesSet", &address);
	for ((void)aws_items(root, "accountAttributeSet", &item); item; item = xml_next_child(item, "item")) {
		const struct xml *value = xml_path(item, "attributeValueSet", "item", "attributeValue", NULL);

		if (text_equal(xml_text(xml_child(item, "attributeName"), ""), "vpc-max-elastic-ips") &&
		    text_to_int64(xml_text(value, ""), &limit) && limit >= 0)
			quota_add(list, "addresses", limit, (int64_t)count);
	}
	return result;
}

/* "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", in vcpus; the limits of other families are their
 * own. */
#define STANDARD_VCPUS "L-1216C47A"

static struct provider_result vcpus_ask(CALL, struct quota_list *list)
{
	struct json *body = json_object(call->arena), *answer;

	json_set_text(body, "ServiceCode", "ec2");
	json_set_text(body, "QuotaCode", STANDARD_VCPUS);
	struct provider_result result = aws_ask_json(session, call, AWS_GET_SERVICE_QUOTA, body, &answer);
	if (result.error != PROVIDER_OK)
		return result;
	double value = json_real(json_path(answer, "Quota", "Value", NULL), -1);
	if (value >= 0 && value < 1e12)
		quota_add(list, "vcpus", (int64_t)value, -1);
	return result;
}

struct provider_result aws_quotas(CALL, struct provider_quota **quotas, size_t *count)
{
	struct quota_list list = { ARENA_ARRAY(call->arena, QUOTAS_MOST, struct provider_quota), 0 };

	struct provider_result result = addresses_ask(session, call, &list);
	if (result.error != PROVIDER_OK)
		return result;
	/* A limit that is not shown is not known; what else there is, is told. */
	result = vcpus_ask(session, call, &list);
	if (result.error == PROVIDER_FORBIDDEN || result.error == PROVIDER_UNSUPPORTED ||
	    result.error == PROVIDER_NOT_FOUND)
		result = PROVIDER_DONE;
	*quotas = list.rows;
	*count = list.count;
	return result;
}
