/* SPDX-License-Identifier: Apache-2.0 */
/* endpoint.c: where the APIs of a region are. */
#include "providers/aws/session.h"

#include <ctype.h>

#include "runtime/base/text.h"

#define REGION_MOST 32

/* The last row is everywhere else. Where a partition has no Cost Explorer or price list, its verbs are not there. */
static const struct aws_partition PARTITIONS[] = {
	{ "cn-", "amazonaws.com.cn", "cn-northwest-1", "cn-northwest-1" },
	{ "us-gov-", "amazonaws.com", NULL, NULL },
	{ "us-iso-", "c2s.ic.gov", NULL, NULL },
	{ "us-isob-", "sc2s.sgov.gov", NULL, NULL },
	{ "us-isof-", "csp.hci.ic.gov", NULL, NULL },
	{ "eu-isoe-", "cloud.adc-e.uk", NULL, NULL },
	{ "eusc-", "amazonaws.eu", NULL, NULL },
	{ "", "amazonaws.com", "us-east-1", "us-east-1" },
};

const struct aws_partition *aws_partition_of(const char *region)
{
	size_t i = 0;

	while (!text_starts_with(region, PARTITIONS[i].prefix))
		i++;
	return &PARTITIONS[i];
}

/* "eu-west-1": lower-case words and a number, with '-' between them. */
static bool is_region(const char *text)
{
	size_t size = strlen(text_or_empty(text));
	bool is_good = size >= 6 && size <= REGION_MOST && islower((unsigned char)text[0]) &&
		       isdigit((unsigned char)text[size - 1]);
	size_t hyphens = 0;

	for (size_t i = 0; is_good && i < size; i++) {
		hyphens += text[i] == '-';
		is_good = islower((unsigned char)text[i]) || isdigit((unsigned char)text[i]) ||
			  (text[i] == '-' && text[i - 1] != '-');
	}
	return is_good && hyphens >= 2;
}

static void by_default(struct arena *arena, const char *region, struct aws_endpoint *endpoints)
{
	const struct aws_partition *partition = aws_partition_of(region);
	const char *regions[AWS_SERVICE_COUNT] = {
		[AWS_EC2] = region,
		[AWS_STS] = region,
		[AWS_MONITORING] = region,
		[AWS_COST] = partition->cost_region,
		[AWS_PRICING] = partition->pricing_region,
		[AWS_QUOTAS] = region,
	};

	for (int i = 0; i < AWS_SERVICE_COUNT; i++) {
		const char *api = i == AWS_PRICING ? "api." : "";

		endpoints[i] = (struct aws_endpoint){ .region = regions[i] ? regions[i] : region };
		if (regions[i])
			endpoints[i].url = arena_printf(arena, "https://%s%s.%s.%s/", api, aws_services[i].name,
							regions[i], partition->suffix);
	}
}

static bool is_of_amazon(const char *url, const char *region)
{
	const char *suffix = aws_partition_of(region)->suffix;
	const char *host = strstr(url, "://") + 3;
	size_t size = strcspn(host, ":/"), suffix_size = strlen(suffix);

	return size > suffix_size && strncmp(host + size - suffix_size, suffix, suffix_size) == 0 &&
	       host[size - suffix_size - 1] == '.';
}

static struct provider_result own_urls(struct arena *arena, const struct provider_config *config,
				       struct aws_endpoint *endpoints)
{
	const struct json *option = json_get(config->options, "endpoints");
	const struct json *value;
	const char *key;

	if (option && json_kind(option) != JSON_OBJECT && json_kind(option) != JSON_NULL)
		return provider_fail(arena, PROVIDER_INVALID, "options.endpoints: give an object of URLs");
	for (size_t i = 0; json_member(option, i, &key, &value); i++) {
		int service = 0;

		while (service < AWS_SERVICE_COUNT && !text_equal(aws_services[service].name, key))
			service++;
		if (service == AWS_SERVICE_COUNT)
			return provider_fail(arena, PROVIDER_INVALID,
					     "options.endpoints.%.32s: no such service is asked for anything", key);
		struct provider_result result = cloud_endpoint_check(arena, config->options, json_text(value, ""));
		if (result.error != PROVIDER_OK)
			return provider_fail(arena, result.error, "options.endpoints.%s: %s", key, result.message);
		endpoints[service].url = arena_strdup(arena, json_text(value, ""));
	}
	return PROVIDER_DONE;
}

struct provider_result aws_endpoints_read(struct arena *arena, const struct provider_config *config,
					  struct provider_session *session)
{
	const char *endpoint = text_or_empty(config->endpoint);
	struct provider_result result = PROVIDER_DONE;

	if (!is_region(config->region))
		return provider_fail(arena, PROVIDER_INVALID, "give the connection a region, as in eu-west-1");
	by_default(arena, config->region, session->endpoints);
	session->is_default_endpoint = text_equal(endpoint, "aws");
	if (!session->is_default_endpoint) {
		result = cloud_endpoint_check(arena, config->options, endpoint);
		if (result.error != PROVIDER_OK)
			return provider_fail(arena, result.error,
					     "%s; or give the endpoint as aws, which is Amazon's own in the region",
					     result.message);
		/* One of Amazon's own hosts speaks EC2 only; something else (a proxy, a simulator) speaks for all. */
		int last = is_of_amazon(endpoint, config->region) ? AWS_EC2 : AWS_SERVICE_COUNT - 1;
		for (int i = AWS_EC2; i <= last; i++)
			session->endpoints[i].url = arena_strdup(arena, endpoint);
	}
	return own_urls(arena, config, session->endpoints);
}
