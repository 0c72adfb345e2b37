/* SPDX-License-Identifier: Apache-2.0 */
/* placed.h: one product on two simulated clouds, each with words of its own: for the tests of where it goes. */
#ifndef GAON_TESTS_REQUEST_PLACED_H
#define GAON_TESTS_REQUEST_PLACED_H

#include <string.h>

#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "tests/support/line_fixture.h"
#include "tests/unit/cost/cost_fixture.h"

#define SEOUL "tenants/acme/connections/seoul"
#define TOKYO "tenants/acme/connections/tokyo"
#define PLACED "tenants/acme/products/placed"
#define MACHINES GAON__QUOTA_METRIC__QUOTA_METRIC_MACHINES

/* Each cloud has words of its own. */
static const char SEOUL_HAS[] =
	"{\"sizes\": [{\"id\": \"kr.xl\", \"name\": \"kr-xl\", \"vcpus\": 8, \"memory_mib\": 16384},"
	" {\"id\": \"kr.m\", \"name\": \"kr-m\", \"vcpus\": 4, \"memory_mib\": 4096},"
	" {\"id\": \"kr.s\", \"name\": \"kr-s\", \"vcpus\": 2, \"memory_mib\": 1024}],"
	" \"images\": [{\"id\": \"ami-kr\", \"name\": \"Debian GNU 12\", \"os\": \"linux\", \"architecture\": \"x86_64\","
	" \"min_disk_gib\": 2}]";
static const char TOKYO_HAS[] =
	"{\"sizes\": [{\"id\": \"jp.m\", \"name\": \"jp-m\", \"vcpus\": 2, \"memory_mib\": 8192},"
	" {\"id\": \"jp.s\", \"name\": \"jp-s\", \"vcpus\": 1, \"memory_mib\": 1024}],"
	" \"images\": [{\"id\": \"ami-jp\", \"name\": \"debian-12\", \"os\": \"linux\", \"architecture\": \"x86_64\","
	" \"min_disk_gib\": 2}]";

static inline void label(void *state, const char *connection, const char *key, const char *value)
{
	Gaon__UpdateConnectionRequest request = GAON__UPDATE_CONNECTION_REQUEST__INIT;
	Gaon__Connection message = GAON__CONNECTION__INIT, reply;
	Gaon__Connection__LabelsEntry entry = GAON__CONNECTION__LABELS_ENTRY__INIT, *entries[] = { &entry };

	entry.key = key;
	entry.value = value;
	message.name = connection;
	message.labels = entries;
	message.n_labels = 1;
	request.connection = &message;
	assert_ok(catalog_call(state, "UpdateConnection", &request, &reply));
}

static inline struct status alias(void *state, const char *connection, Gaon__OfferingKind kind, const char *word, const char *offering)
{
	Gaon__CreateOfferingAliasRequest request = GAON__CREATE_OFFERING_ALIAS_REQUEST__INIT;
	Gaon__OfferingAlias message = GAON__OFFERING_ALIAS__INIT, reply;

	message.kind = kind;
	message.alias = word;
	message.offering = offering;
	request.parent = connection;
	request.offering_alias = &message;
	return catalog_call(state, "CreateOfferingAlias", &request, &reply);
}

/** seoul (residency=kr) and tokyo (residency=jp) beside lab; "debian-12" is an alias in seoul. `more` ends their options. */
static inline void make_places(void **state, const char *more_seoul, const char *more_tokyo)
{
	struct service_fixture *fixture = *state;

	line_as(*state, "pia");
	assert_ok(make_connection(*state, ACME, "seoul", arena_printf(fixture->arena, "%s%s}", SEOUL_HAS, more_seoul)));
	assert_ok(make_connection(*state, ACME, "tokyo", arena_printf(fixture->arena, "%s%s}", TOKYO_HAS, more_tokyo)));
	assert_int_equal(probe(*state, SEOUL), OPERATION_SUCCEEDED);
	assert_int_equal(probe(*state, TOKYO), OPERATION_SUCCEEDED);
	label(*state, SEOUL, "residency", "kr");
	label(*state, TOKYO, "residency", "jp");
	assert_ok(alias(*state, SEOUL, GAON__OFFERING_KIND__OFFERING_KIND_IMAGE, "debian-12", "debian-gnu-12"));
}

static const struct parameter_row PARAMETERS[] = {
	{ "size", GAON__PARAMETER_TYPE__PARAMETER_TYPE_SIZE, "small", "small,medium", false, 0, 0 },
	{ "image", GAON__PARAMETER_TYPE__PARAMETER_TYPE_IMAGE, "debian-12", NULL, false, 0, 0 },
	{ "disk_gib", GAON__PARAMETER_TYPE__PARAMETER_TYPE_INTEGER, "5", NULL, false, 1, 500 },
	{ "name", GAON__PARAMETER_TYPE__PARAMETER_TYPE_STRING, NULL, NULL, false, 1, 40 },
	{ "residency", GAON__PARAMETER_TYPE__PARAMETER_TYPE_CHOICE, NULL, "kr,jp,us", false, 0, 0 },
	{ "connection", GAON__PARAMETER_TYPE__PARAMETER_TYPE_STRING, NULL, NULL, false, 1, 256 },
};
static const struct version_row ON_BOTH = { PARAMETERS, 6, SEOUL "," TOKYO, PRICED, 0, 0 };

struct draft {
	Gaon__ProductVersion *version;
	Gaon__Placement placement;
	Gaon__PlacementRule rule, *rules[1];
	Gaon__SizeClass small, medium, *sizes[2];
};

/** small: 1 vCPU, 1 GiB; medium: 2 vCPUs, 2 GiB; no rule. */
static inline void draft(void **state, struct draft *draft, Gaon__PlacementStrategy strategy)
{
	*draft = (struct draft){ .version = version_message(*state, &ON_BOTH),
				 .placement = GAON__PLACEMENT__INIT, .rule = GAON__PLACEMENT_RULE__INIT,
				 .small = GAON__SIZE_CLASS__INIT, .medium = GAON__SIZE_CLASS__INIT };
	draft->small.size = "small";
	draft->small.least_vcpus = 1;
	draft->small.least_memory_mib = 1024;
	draft->medium.size = "medium";
	draft->medium.least_vcpus = 2;
	draft->medium.least_memory_mib = 2048;
	draft->sizes[0] = &draft->small;
	draft->sizes[1] = &draft->medium;
	draft->rules[0] = &draft->rule;
	draft->placement.strategy = strategy;
	draft->placement.rules = draft->rules;
	draft->version->placement = &draft->placement;
	draft->version->sizes = draft->sizes;
	draft->version->n_sizes = 2;
}

static inline void add_rule(struct draft *draft, const char *label_key, const char **value, const char *parameter)
{
	draft->rule.label = label_key;
	draft->rule.values = value;
	draft->rule.n_values = value ? 1 : 0;
	draft->rule.parameter = parameter;
	draft->placement.n_rules = 1;
}

static inline struct status create(void **state, const struct draft *draft, const char **name)
{
	Gaon__CreateProductVersionRequest request = GAON__CREATE_PRODUCT_VERSION_REQUEST__INIT;
	Gaon__ProductVersion reply;

	request.parent = PLACED;
	request.product_version = draft->version;
	TRY(catalog_call(*state, "CreateProductVersion", &request, &reply));
	*name = reply.name;
	return OK;
}

static inline void sell(void **state, const struct draft *draft)
{
	const char *name = NULL;

	assert_ok(make_product(*state, ACME, "placed"));
	assert_ok(create(state, draft, &name));
	assert_ok(publish(*state, name));
}

static inline struct status try_explain(void **state, const char *key, const char *value, Gaon__ExplainPlacementResponse *reply)
{
	Gaon__ExplainPlacementRequest request = GAON__EXPLAIN_PLACEMENT_REQUEST__INIT;
	Gaon__ExplainPlacementRequest__ParametersEntry entry = GAON__EXPLAIN_PLACEMENT_REQUEST__PARAMETERS_ENTRY__INIT,
						       *entries[] = { &entry };

	entry.key = key;
	entry.value = value;
	request.parent = WEB;
	request.product = PLACED;
	request.parameters = entries;
	request.n_parameters = key ? 1 : 0;
	return catalog_call(*state, "ExplainPlacement", &request, reply);
}

static inline Gaon__ExplainPlacementResponse *explain(void **state, const char *key, const char *value)
{
	struct service_fixture *fixture = *state;
	Gaon__ExplainPlacementResponse *reply = ARENA_NEW(fixture->arena, Gaon__ExplainPlacementResponse);

	assert_ok(try_explain(state, key, value, reply));
	return reply;
}

static inline const Gaon__PlacementCandidate *candidate(const Gaon__ExplainPlacementResponse *reply, const char *connection)
{
	for (size_t i = 0; i < reply->n_candidates; i++)
		if (strcmp(reply->candidates[i]->connection, connection) == 0)
			return reply->candidates[i];
	fail_msg("no candidate %s", connection);
	return NULL;
}

static inline struct line_item item(const char *parameters)
{
	return (struct line_item){ .action = ORDER_ADD, .parameters = parameters, .product = PLACED };
}

/** Where a preview would place it; NULL: nowhere, and `reason` says why. */
static inline const char *placed(void **state, const char *parameters, const char **reason)
{
	struct line_item one = item(parameters);
	Gaon__PreviewOrderResponse *preview = line_preview(*state, WEB, &one, 1);

	*reason = preview->n_blockers ? preview->blockers[0]->reason : "";
	return preview->n_blockers ? NULL : preview->items[0]->connection;
}

static inline Gaon__Machine *made(void **state, const char *parameters)
{
	struct line_item one = item(parameters);
	Gaon__Order *order = line_order(*state, WEB, &one, 1);

	line_run(*state);
	return line_machine_of(*state, order->items[0]->deployment);
}

#endif
