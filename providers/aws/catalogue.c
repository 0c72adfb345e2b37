/* SPDX-License-Identifier: Apache-2.0 */
/* catalogue.c: where machines can be, what they can be made of, how many there may be. */
#include "providers/aws/machine.h"

#include "runtime/base/text.h"

struct provider_result aws_regions(CALL, struct provider_page *page, struct provider_region **regions, size_t *count)
{
	struct aws_query query = aws_query_new(call->arena, AWS_DESCRIBE_REGIONS);
	struct aws_query zone_query = aws_query_new(call->arena, AWS_DESCRIBE_ZONES);
	struct aws_position position;
	const struct xml *region, *zone;
	struct xml *root, *zone_root;
	size_t first, size, filled = 0;

	struct provider_result result = aws_position_read(call->arena, page, &position);
	if (result.error == PROVIDER_OK)
		result = aws_ask(session, call, &query, &root);
	if (result.error == PROVIDER_OK)
		result = aws_ask(session, call, &zone_query, &zone_root);
	if (result.error != PROVIDER_OK)
		return result;
	size_t total = aws_items(root, "regionInfo", &region) + aws_items(zone_root, "availabilityZoneInfo", &zone);
	struct provider_region *all = ARENA_ARRAY(call->arena, total + 1, struct provider_region);
	for (; region; region = xml_next_child(region, "item")) {
		const char *name = xml_text(xml_child(region, "regionName"), "");

		all[filled++] = (struct provider_region){ .native_id = name, .name = name };
	}
	for (; zone; zone = xml_next_child(zone, "item")) {
		const char *name = xml_text(xml_child(zone, "zoneName"), "");

		all[filled++] = (struct provider_region){ .native_id = name, .name = name, .parent = session->region };
	}
	aws_position_cut(call->arena, &position, filled, NULL, false, page, &first, &size);
	*regions = all + first;
	*count = size;
	return result;
}

static struct provider_result owner_ask(CALL, const struct aws_position *position, unsigned size, struct xml **root)
{
	struct aws_query query = aws_query_new(call->arena, AWS_DESCRIBE_IMAGES);
	const struct aws_options *options = &session->options;
	const char *owner = options->image_owners[position->part];

	aws_position_ask(&query, position, size);
	aws_query_add_at(&query, "Owner", 1, owner);
	aws_query_filter(&query, "image-type", "machine");
	aws_query_filter(&query, "root-device-type", "ebs");
	aws_query_filter(&query, "state", "available");
	/* Only the account's own images are all offered: others have tens of thousands. */
	if (!text_equal(owner, "self"))
		aws_query_filter_any(&query, "name", options->image_names, options->image_name_count);
	return aws_ask(session, call, &query, root);
}

/* Each owner is a part of the list. One that has nothing is passed over, so that no page is empty but the last. */
struct provider_result aws_images(CALL, struct provider_page *page, struct provider_image **images, size_t *count)
{
	size_t owners = session->options.image_owner_count;
	struct aws_position position;
	const struct xml *item = NULL;
	struct xml *root = NULL;
	size_t first, size, total = 0;

	struct provider_result result = aws_position_read(call->arena, page, &position);
	if (result.error == PROVIDER_OK && position.part >= owners)
		result = provider_fail(call->arena, PROVIDER_INVALID,
				       "the page token is none of AWS's; list again from the start");
	while (result.error == PROVIDER_OK) {
		result = owner_ask(session, call, &position, aws_page_size(page), &root);
		total = result.error == PROVIDER_OK ? aws_items(root, "imagesSet", &item) : 0;
		if (total > 0 || position.part + 1 >= owners ||
		    !text_is_empty(xml_text(xml_child(root, "nextToken"), NULL)))
			break;
		position = (struct aws_position){ position.part + 1, 0, NULL };
	}
	if (result.error != PROVIDER_OK)
		return result;
	aws_position_cut(call->arena, &position, total, xml_text(xml_child(root, "nextToken"), NULL),
			 position.part + 1 < owners, page, &first, &size);
	*images = ARENA_ARRAY(call->arena, size + 1, struct provider_image);
	*count = size;
	for (size_t i = 0; item && i < first + size; i++, item = xml_next_child(item, "item"))
		if (i >= first)
			aws_image_read(item, &(*images)[i - first]);
	return result;
}
