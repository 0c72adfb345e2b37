/* SPDX-License-Identifier: Apache-2.0 */
/* create.c: RunInstances. The client token is our id of the machine, so AWS itself refuses to make a second one. */
#include "providers/aws/machine.h"

#include "providers/aws/mark.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "runtime/crypto/digest.h"

#define USER_DATA_MOST 16384 /* "User data is limited to 16 KB, in raw form" */
#define DISK_GIB_MOST 65536
#define DISKS_MOST 20
#define NETWORKS_MOST 15
#define GROUPS_MOST 16

static struct provider_result parts_check(struct arena *arena, const struct provider_machine_spec *spec)
{
	if (!aws_is_id(spec->image, "ami-"))
		return provider_fail(arena, PROVIDER_INVALID,
				     "AWS has no image \"%.64s\"; list the images and choose one",
				     text_or_empty(spec->image));
	if (spec->network && !aws_is_id(spec->network, "subnet-"))
		return provider_fail(arena, PROVIDER_INVALID,
				     "AWS has no subnet \"%.64s\"; list the networks and choose one", spec->network);
	if (spec->more_network_count > NETWORKS_MOST || spec->disk_count > DISKS_MOST ||
	    spec->security_group_count > GROUPS_MOST)
		return provider_fail(arena, PROVIDER_INVALID,
				     "a machine takes at most %d disks, %d networks and %d security groups here",
				     DISKS_MOST, NETWORKS_MOST + 1, GROUPS_MOST);
	for (size_t i = 0; i < spec->more_network_count; i++)
		if (!aws_is_id(spec->more_networks[i], "subnet-"))
			return provider_fail(arena, PROVIDER_INVALID,
					     "AWS has no subnet \"%.64s\"; list the networks and choose one",
					     spec->more_networks[i]);
	if (spec->more_network_count > 0 && !spec->network)
		return provider_fail(arena, PROVIDER_INVALID, "name the first network too when there are more of them");
	for (size_t i = 0; i < spec->security_group_count; i++)
		if (!aws_is_id(spec->security_groups[i], "sg-"))
			return provider_fail(arena, PROVIDER_INVALID,
					     "AWS has no security group \"%.64s\"; give its id, as in sg-…",
					     spec->security_groups[i]);
	if (spec->zone && !aws_is_word(spec->zone))
		return provider_fail(arena, PROVIDER_INVALID,
				     "AWS has no zone \"%.64s\"; list the regions and choose one of its zones",
				     spec->zone);
	for (size_t i = 0; i < spec->disk_count; i++)
		if ((spec->disks[i].type && !aws_is_word(spec->disks[i].type)) || spec->disks[i].size_gib <= 0 ||
		    spec->disks[i].size_gib > DISK_GIB_MOST)
			return provider_fail(arena, PROVIDER_INVALID,
					     "disk %zu: give 1 to %d GiB, and a type as AWS calls it", i + 1,
					     DISK_GIB_MOST);
	return PROVIDER_DONE;
}

static struct provider_result spec_check(struct arena *arena, const struct provider_machine_spec *spec)
{
	struct provider_result result = aws_intent_check(arena, &spec->intent, text_or_empty(spec->name));

	if (result.error == PROVIDER_OK)
		result = aws_tags_check(arena, spec->tags);
	if (result.error != PROVIDER_OK)
		return result;
	if (text_is_empty(spec->size) || strlen(spec->size) > 64 || !text_is_printable(slice_text(spec->size)))
		return provider_fail(arena, PROVIDER_INVALID, "AWS has fixed sizes: list the sizes and choose one");
	if (spec->disk_gib < 0 || spec->disk_gib > DISK_GIB_MOST)
		return provider_fail(arena, PROVIDER_INVALID, "the disk must have at most %d GiB", DISK_GIB_MOST);
	if (spec->user_data && strlen(spec->user_data) > USER_DATA_MOST)
		return provider_fail(arena, PROVIDER_INVALID, "AWS takes at most %d bytes of user data",
				     USER_DATA_MOST);
	return parts_check(arena, spec);
}

/* ---- the request ---- */

static void disk_add(struct aws_query *query, size_t index, const char *device, int64_t size_gib, const char *type,
		     bool is_encrypted)
{
	const char *prefix = arena_printf(query->arena, "BlockDeviceMapping.%zu", index);

	aws_query_add(query, arena_printf(query->arena, "%s.DeviceName", prefix), device);
	aws_query_add_int(query, arena_printf(query->arena, "%s.Ebs.VolumeSize", prefix), size_gib);
	aws_query_add(query, arena_printf(query->arena, "%s.Ebs.VolumeType", prefix), type);
	aws_query_add(query, arena_printf(query->arena, "%s.Ebs.DeleteOnTermination", prefix), "true");
	if (is_encrypted)
		aws_query_add(query, arena_printf(query->arena, "%s.Ebs.Encrypted", prefix), "true");
}

static void disks_add(struct aws_query *query, const struct provider_session *session,
		      const struct provider_machine_spec *spec, const struct aws_image *image)
{
	const struct aws_options *options = &session->options;
	int64_t root_gib = spec->disk_gib > image->min_disk_gib ? spec->disk_gib : image->min_disk_gib;
	size_t count = 0;

	if (root_gib > 0 && !text_is_empty(image->root_device))
		disk_add(query, ++count, image->root_device, root_gib, options->disk_type, options->encrypts_disks);
	for (size_t i = 0; i < spec->disk_count; i++)
		disk_add(query, ++count, arena_printf(query->arena, "/dev/sd%c", (char)('f' + i)),
			 spec->disks[i].size_gib, spec->disks[i].type ? spec->disks[i].type : options->disk_type,
			 options->encrypts_disks);
}

/* One network and its groups stand in the request itself; several are cards, and then the groups are theirs. */
static void networks_add(struct aws_query *query, const struct provider_machine_spec *spec)
{
	for (size_t card = 0; spec->more_network_count > 0 && card <= spec->more_network_count; card++) {
		const char *prefix = arena_printf(query->arena, "NetworkInterface.%zu", card + 1);

		aws_query_add_int(query, arena_printf(query->arena, "%s.DeviceIndex", prefix), (int64_t)card);
		aws_query_add(query, arena_printf(query->arena, "%s.SubnetId", prefix),
			      card == 0 ? spec->network : spec->more_networks[card - 1]);
		aws_query_add(query, arena_printf(query->arena, "%s.DeleteOnTermination", prefix), "true");
		for (size_t i = 0; i < spec->security_group_count; i++)
			aws_query_add_at(query, arena_printf(query->arena, "%s.SecurityGroupId", prefix), i + 1,
					 spec->security_groups[i]);
	}
	if (spec->more_network_count > 0)
		return;
	aws_query_add(query, "SubnetId", spec->network);
	for (size_t i = 0; i < spec->security_group_count; i++)
		aws_query_add_at(query, "SecurityGroupId", i + 1, spec->security_groups[i]);
}

static struct aws_query request(CALL, const struct provider_machine_spec *spec, const struct aws_image *image,
				const char *key_name)
{
	struct aws_query query = aws_query_new(call->arena, AWS_RUN_INSTANCES);
	const struct aws_options *options = &session->options;

	aws_query_add(&query, "ClientToken", spec->intent.resource);
	aws_query_add(&query, "MinCount", "1");
	aws_query_add(&query, "MaxCount", "1");
	aws_query_add(&query, "ImageId", spec->image);
	aws_query_add(&query, "InstanceType", spec->size);
	aws_query_add(&query, "KeyName", key_name);
	aws_query_add(&query, "Placement.AvailabilityZone", spec->zone);
	if (!text_is_empty(spec->user_data))
		aws_query_add(&query, "UserData", text_to_base64(call->arena, slice_text(spec->user_data)));
	if (options->has_detailed_monitoring)
		aws_query_add(&query, "Monitoring.Enabled", "true");
	if (options->needs_metadata_token)
		aws_query_add(&query, "MetadataOptions.HttpTokens", "required");
	networks_add(&query, spec);
	disks_add(&query, session, spec, image);
	aws_mark(&query, session, "instance", spec->name, &spec->intent, spec->tags);
	aws_mark(&query, session, "volume", spec->name, &spec->intent, spec->tags);
	return query;
}

/* AWS wants keys by name: ours is made of the key, so that machines with one key share it. */
static struct provider_result key_name_find(CALL, const char *ssh_key, const char **name)
{
	struct provider_key_pair pair;

	*name = NULL;
	if (text_is_empty(ssh_key))
		return PROVIDER_DONE;
	const char *digest = digest_sha256_hex(call->arena, slice_text(aws_bare_key(call->arena, ssh_key)));
	*name = arena_printf(call->arena, "gaon-%.32s", digest);
	return aws_key_import(session, call, *name, ssh_key, &pair);
}

/* What the token remembered may be gone meanwhile. */
static struct provider_result answer_read(struct provider_call *call, const struct xml *root,
					  struct provider_task *task, const char **native_id)
{
	const struct xml *instance;

	if (aws_items(root, "instancesSet", &instance) == 0 || !xml_child(instance, "instanceId"))
		return provider_fail(call->arena, PROVIDER_UNKNOWN_OUTCOME,
				     "AWS made a machine but did not say which; find it by its intent");
	const char *state = aws_instance_state(instance);
	if (text_equal(state, "terminated") || text_equal(state, "shutting-down"))
		return provider_fail(
			call->arena, PROVIDER_CONFLICT,
			"the machine that was made with this intent was deleted; order it anew with another one");
	*native_id = xml_text(xml_child(instance, "instanceId"), "");
	const char *parts[] = { "running", *native_id, arena_printf(call->arena, "%lld", (long long)time_now_us()) };
	task->handle = text_equal(state, "running") ? NULL : aws_handle(call->arena, "state", parts, 3);
	return PROVIDER_DONE;
}

struct provider_result aws_create(CALL, const struct provider_machine_spec *spec, struct provider_task *task,
				  const char **native_id)
{
	struct aws_image image;
	struct provider_size size;
	const char *key_name;
	struct xml *root;

	*task = (struct provider_task){ NULL };
	*native_id = NULL;
	struct provider_result result = spec_check(call->arena, spec);
	if (result.error == PROVIDER_OK)
		result = aws_named(aws_sizes_learn(session, call, &spec->size, 1));
	if (result.error == PROVIDER_OK && !aws_size_known(session, spec->size, &size))
		result = provider_fail(call->arena, PROVIDER_INVALID,
				       "AWS has no size \"%s\" here; list the sizes and choose one", spec->size);
	if (result.error == PROVIDER_OK)
		result = aws_named(aws_image_find(session, call, spec->image, &image));
	if (result.error == PROVIDER_OK)
		result = key_name_find(session, call, spec->ssh_key, &key_name);
	if (result.error != PROVIDER_OK)
		return result;
	struct aws_query query = request(session, call, spec, &image, key_name);
	result = aws_named(aws_ask(session, call, &query, &root));
	if (result.error != PROVIDER_OK)
		return result;
	struct provider_result read = answer_read(call, root, task, native_id);
	read.request_id = result.request_id;
	return read;
}
