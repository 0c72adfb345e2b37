/* SPDX-License-Identifier: Apache-2.0 */
/* probe.c: who we are there, whether the region is right, and which rights are missing. */
#include "providers/aws/machine.h"

#include "providers/aws/aws.h"
#include "providers/aws/mark.h"
#include "runtime/base/text.h"

struct provider_result aws_account(CALL, const char **account)
{
	struct aws_query query = aws_query_new(call->arena, AWS_GET_CALLER_IDENTITY);
	struct xml *root;

	pthread_mutex_lock(&session->mutex);
	*account = session->book.account;
	pthread_mutex_unlock(&session->mutex);
	if (*account)
		return PROVIDER_DONE;
	struct provider_result result = aws_ask(session, call, &query, &root);
	if (result.error != PROVIDER_OK)
		return result;
	const char *read = xml_text(xml_path(root, "GetCallerIdentityResult", "Account", NULL), NULL);
	if (text_is_empty(read) || strlen(read) > 32)
		return provider_fail(call->arena, PROVIDER_UNAVAILABLE,
				     "AWS STS did not say whose keys these are; see that the endpoint is its own");
	pthread_mutex_lock(&session->mutex);
	if (!session->book.account)
		session->book.account = arena_strdup(session->book.arena, read);
	*account = session->book.account;
	pthread_mutex_unlock(&session->mutex);
	return result;
}

/* ---- rights ---- */

struct parameter {
	const char *name, *value;
};

/*
 * Asked with DryRun: "DryRunOperation", or anything else but a missing right, leaves the verbs as they are. What names a machine is
 * not asked for: a policy may allow it for those with our tags only. Reads are asked for themselves.
 */
struct right_row {
	enum aws_action action;
	const char *kind;            /* of what is made, for its tags; NULL: nothing is */
	enum provider_verb verbs[7]; /* VERB_COUNT ends them */
	struct parameter parameters[3];
};

#define READS(action_, ...) { action_, NULL, { __VA_ARGS__, VERB_COUNT }, { { NULL, NULL } } }
/* "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE" */
#define SOME_KEY "c3NoLWVkMjU1MTkgQUFBQUMzTnphQzFsWkRJMU5URTVBQUFBSUU="

static const struct right_row RIGHTS[] = {
	READS(AWS_DESCRIBE_INSTANCES, VERB_FIND, VERB_GET, VERB_LIST, VERB_REBOOT, VERB_RESIZE, VERB_METRICS),
	READS(AWS_DESCRIBE_INSTANCE_TYPES, VERB_SIZES, VERB_CREATE),
	READS(AWS_DESCRIBE_IMAGES, VERB_IMAGES, VERB_IMAGE_LIST, VERB_IMAGE_DELETE, VERB_CREATE),
	READS(AWS_DESCRIBE_SUBNETS, VERB_NETWORKS, VERB_NETWORK_LIST, VERB_NETWORK_CREATE),
	READS(AWS_DESCRIBE_REGIONS, VERB_REGIONS),
	READS(AWS_DESCRIBE_VOLUMES, VERB_GET, VERB_VOLUME_GET, VERB_VOLUME_LIST, VERB_VOLUME_ATTACH, VERB_VOLUME_DETACH,
	      VERB_VOLUME_GROW),
	READS(AWS_DESCRIBE_SNAPSHOTS, VERB_SNAPSHOT_LIST, VERB_SNAPSHOT_CREATE, VERB_SNAPSHOT_REVERT, VERB_VOLUME_SNAPSHOT_LIST,
	      VERB_VOLUME_SNAPSHOT_CREATE),
	READS(AWS_DESCRIBE_SECURITY_GROUPS, VERB_SECURITY_GROUP_LIST, VERB_SECURITY_GROUP_CREATE, VERB_SECURITY_GROUP_RULES),
	READS(AWS_DESCRIBE_ADDRESSES, VERB_ADDRESS_LIST, VERB_ADDRESS_ALLOCATE, VERB_ADDRESS_ASSOCIATE, VERB_ADDRESS_DISASSOCIATE,
	      VERB_QUOTAS),
	READS(AWS_DESCRIBE_KEY_PAIRS, VERB_KEY_PAIR_LIST),
	{ AWS_CREATE_VOLUME, "volume", { VERB_VOLUME_CREATE, VERB_SNAPSHOT_REVERT, VERB_COUNT }, { { "Size", "1" } } },
	{ AWS_ALLOCATE_ADDRESS, "elastic-ip", { VERB_ADDRESS_ALLOCATE, VERB_COUNT }, { { "Domain", "vpc" } } },
	{ AWS_IMPORT_KEY_PAIR,
	  "key-pair",
	  { VERB_KEY_PAIR_IMPORT, VERB_COUNT },
	  { { "KeyName", "gaon-probe" }, { "PublicKeyMaterial", SOME_KEY } } },
	{ AWS_CREATE_SECURITY_GROUP,
	  "security-group",
	  { VERB_SECURITY_GROUP_CREATE, VERB_COUNT },
	  { { "GroupName", "gaon-probe" }, { "GroupDescription", "gaon-probe" } } },
	{ AWS_RUN_INSTANCES, "instance", { VERB_CREATE, VERB_COUNT }, { { "MinCount", "1" }, { "MaxCount", "1" } } },
};

/* What a dry run needs besides what stands in the table; NULL: there is none to be had, and it is not asked. */
struct surroundings {
	const char *zone, *image;
};

static void take_away(struct provider_info *info, enum provider_verb verb, const char *note)
{
	if (info->support[verb] == SUPPORT_NONE)
		return;
	info->support[verb] = SUPPORT_NONE;
	info->notes[verb] = note;
}

static struct provider_result right_ask(CALL, const struct right_row *row, const struct surroundings *around,
					struct provider_info *info)
{
	struct aws_query query = aws_query_new(call->arena, row->action);

	aws_query_add(&query, "DryRun", "true");
	for (size_t i = 0; i < 3 && row->parameters[i].name; i++)
		aws_query_add(&query, row->parameters[i].name, row->parameters[i].value);
	if (row->action == AWS_CREATE_VOLUME)
		aws_query_add(&query, "AvailabilityZone", around->zone);
	if (row->action == AWS_RUN_INSTANCES)
		aws_query_add(&query, "ImageId", around->image);
	if (row->kind) {
		struct aws_tagging tagging = aws_tagging_begin(&query, row->kind);

		aws_tagging_ours(&tagging, session);
	}
	struct provider_result result = aws_ask(session, call, &query, NULL);
	for (size_t i = 0; result.error == PROVIDER_FORBIDDEN && row->verbs[i] != VERB_COUNT; i++)
		take_away(info, row->verbs[i], result.message);
	/* What says nothing about rights is no failure of the probe, as long as AWS answers. */
	return query.refusal ? PROVIDER_DONE : result;
}

static struct provider_result around_look(CALL, struct surroundings *around)
{
	struct provider_page page = { NULL, 1 };
	struct provider_image *images;
	size_t count = 0;

	struct provider_result result = aws_zone_default(session, call, &around->zone);
	if (result.error != PROVIDER_OK && result.error != PROVIDER_FORBIDDEN)
		return result;
	result = aws_images(session, call, &page, &images, &count);
	if (result.error == PROVIDER_OK && count > 0)
		around->image = images[0].native_id;
	return result.error == PROVIDER_FORBIDDEN ? PROVIDER_DONE : result;
}

static struct provider_result rights_ask(CALL, struct provider_info *info)
{
	struct surroundings around = { NULL, NULL };
	struct provider_result result = around_look(session, call, &around);

	for (size_t i = 0; i < sizeof RIGHTS / sizeof RIGHTS[0] && result.error == PROVIDER_OK; i++) {
		bool is_possible = (RIGHTS[i].action != AWS_CREATE_VOLUME || around.zone) &&
				   (RIGHTS[i].action != AWS_RUN_INSTANCES || around.image);

		if (is_possible)
			result = right_ask(session, call, &RIGHTS[i], &around, info);
	}
	return result;
}

/* ---- what there is not ---- */

static void services_look(CALL, struct provider_info *info)
{
	const struct {
		enum aws_service service;
		enum provider_verb verb;
	} rows[] = { { AWS_COST, VERB_BILL }, { AWS_PRICING, VERB_PRICES } };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (!session->endpoints[rows[i].service].url)
			take_away(info, rows[i].verb,
				  arena_printf(call->arena, "%s is not there in the region %s", aws_services[rows[i].service].title,
					       session->region));
}

/* What cannot be reached by its default name may be a region that there is not. */
static struct provider_result whose_fault(CALL, struct provider_result result)
{
	if (result.error != PROVIDER_UNAVAILABLE || !session->is_default_endpoint)
		return result;
	const char *request_id = result.request_id;
	result = provider_fail(call->arena, PROVIDER_UNAVAILABLE,
			       "%s; see that this host reaches %s, and that the region %s is spelt as AWS does", result.message,
			       session->endpoints[AWS_STS].url, session->region);
	result.request_id = request_id;
	return result;
}

struct provider_result aws_probe(CALL, struct provider_info *info)
{
	const char *account;

	*info = (struct provider_info){ .product = "Amazon EC2", .version = aws_services[AWS_EC2].version };
	for (int verb = 0; verb < VERB_COUNT; verb++)
		info->support[verb] = provider_aws.traits[verb].support;
	struct provider_result result = aws_account(session, call, &account);
	if (result.error == PROVIDER_OK)
		result = rights_ask(session, call, info);
	if (result.error != PROVIDER_OK)
		return whose_fault(session, call, result);
	services_look(session, call, info);
	return result;
}
