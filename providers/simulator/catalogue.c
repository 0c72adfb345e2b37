/* SPDX-License-Identifier: Apache-2.0 */
/* catalogue.c: what a simulated cloud offers: sizes, images, networks. */
#include "providers/simulator/world.h"
#include "runtime/base/text.h"

#define ROWS_MOST 10000

static const struct provider_image IMAGES[] = {
	{ "img-debian-12", "Debian 12", "linux", "x86_64", 2 },
	{ "img-ubuntu-24", "Ubuntu 24.04 LTS", "linux", "x86_64", 3 },
	{ "img-rocky-9", "Rocky Linux 9", "linux", "x86_64", 10 },
	{ "img-windows-2022", "Windows Server 2022", "windows", "x86_64", 40 },
};
static const struct provider_network NETWORKS[] = {
	{ .native_id = "net-default", .name = "default", .cidr = "10.0.0.0/8" },
	{ .native_id = "net-private", .name = "private", .cidr = "172.16.0.0/12" },
};
#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

static struct provider_result rows_check(struct arena *arena, const struct json *rows, const char *name)
{
	if (!rows)
		return PROVIDER_DONE;
	if (json_kind(rows) != JSON_ARRAY || json_size(rows) > ROWS_MOST)
		return provider_fail(arena, PROVIDER_INVALID, "options.%s: give an array of at most %d", name, ROWS_MOST);
	for (size_t i = 0; i < json_size(rows); i++)
		if (text_is_empty(json_text(json_get(json_at(rows, i), "id"), NULL)))
			return provider_fail(arena, PROVIDER_INVALID, "options.%s[%zu]: give it an id", name, i);
	return PROVIDER_DONE;
}

static const char *keep(struct sim_world *world, const struct json *row, const char *key, const char *otherwise)
{
	return sim_intern(world, json_text(json_get(row, key), otherwise));
}

static void images_read(struct sim_world *world, const struct json *rows)
{
	world->image_count = rows ? json_size(rows) : COUNT_OF(IMAGES);
	world->images = ARENA_ARRAY(world->arena, world->image_count, struct provider_image);
	for (size_t i = 0; i < world->image_count; i++) {
		const struct json *row = json_at(rows, i);
		world->images[i] = rows ? (struct provider_image){ .native_id = keep(world, row, "id", NULL),
								   .name = keep(world, row, "name", keep(world, row, "id", NULL)),
								   .os = keep(world, row, "os", "linux"),
								   .architecture = keep(world, row, "architecture", "x86_64"),
								   .min_disk_gib = json_int(json_get(row, "min_disk_gib"), 0) } :
					  IMAGES[i];
	}
}

static void networks_read(struct sim_world *world, const struct json *rows)
{
	world->network_count = rows ? json_size(rows) : COUNT_OF(NETWORKS);
	world->networks = ARENA_ARRAY(world->arena, world->network_count, struct provider_network);
	for (size_t i = 0; i < world->network_count; i++) {
		const struct json *row = json_at(rows, i);
		world->networks[i] = rows ? (struct provider_network){ .native_id = keep(world, row, "id", NULL),
								       .name = keep(world, row, "name", keep(world, row, "id", NULL)),
								       .cidr = keep(world, row, "cidr", NULL),
								       .parent = keep(world, row, "parent", NULL),
								       .zone = keep(world, row, "zone", NULL) } :
					    NETWORKS[i];
	}
}

struct provider_result sim_catalogue_check(struct arena *arena, const struct json *options)
{
	struct provider_size_table sizes;
	struct provider_result result = rows_check(arena, json_get(options, "images"), "images");
	if (result.error == PROVIDER_OK)
		result = rows_check(arena, json_get(options, "networks"), "networks");
	return result.error == PROVIDER_OK ? provider_sizes_read(arena, options, &sizes) : result;
}

struct provider_result sim_catalogue_read(struct sim_world *world, struct arena *arena, const struct json *options)
{
	const struct json *images = json_get(options, "images"), *networks = json_get(options, "networks");
	bool is_own = images || networks || json_get(options, "sizes");
	/* Each session brings the options again: the usual ones must not make the world grow. */
	if (!is_own && !world->has_own_catalogue && world->sizes.count > 0)
		return PROVIDER_DONE;
	struct provider_result result = rows_check(arena, images, "images");
	if (result.error == PROVIDER_OK)
		result = rows_check(arena, networks, "networks");
	struct provider_size_table sizes;
	if (result.error == PROVIDER_OK)
		result = provider_sizes_read(world->arena, options, &sizes);
	if (result.error != PROVIDER_OK)
		return (struct provider_result){ .error = result.error, .message = arena_strdup(arena, result.message) };
	world->sizes = sizes;
	images_read(world, images);
	networks_read(world, networks);
	world->has_own_catalogue = is_own;
	return PROVIDER_DONE;
}

bool sim_image_find(struct sim_visit *visit, const char *native_id, struct provider_image *image)
{
	const struct sim_world *world = visit->world;
	for (size_t i = 0; i < world->image_count; i++) {
		if (!text_equal(world->images[i].native_id, native_id))
			continue;
		*image = world->images[i];
		return true;
	}
	return sim_made_image(visit, native_id, image);
}

bool sim_network_exists(struct sim_visit *visit, const char *native_id)
{
	const struct sim_world *world = visit->world;
	for (size_t i = 0; i < world->network_count; i++)
		if (text_equal(world->networks[i].native_id, native_id))
			return true;
	return sim_made_network(visit, native_id);
}

struct provider_result sim_page_cut(struct sim_visit *visit, struct provider_page *page, size_t total, size_t *first,
				    size_t *count)
{
	unsigned most = (unsigned)visit->world->options.page_size;
	if (page->size == 0 || page->size > most)
		page->size = page->size == 0 && most > 100 ? 100 : most;
	return provider_page_cut(visit->call->arena, page, total, first, count);
}

struct provider_result sim_sizes(struct provider_session *session, struct provider_call *call, struct provider_page *page,
				 struct provider_size **sizes, size_t *count)
{
	struct sim_visit visit;
	size_t first;
	struct provider_result result = sim_enter(session, call, VERB_SIZES, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	const struct provider_size_table *table = &visit.world->sizes;
	result = sim_page_cut(&visit, page, table->count, &first, count);
	if (result.error == PROVIDER_OK)
		*sizes = arena_memdup(call->arena, table->sizes + first, *count * sizeof **sizes);
	return sim_leave(&visit, result);
}

struct provider_result sim_images(struct provider_session *session, struct provider_call *call, struct provider_page *page,
				  struct provider_image **images, size_t *count)
{
	struct sim_visit visit;
	size_t first;
	struct provider_result result = sim_enter(session, call, VERB_IMAGES, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	/* The catalogue's, then those that were made. */
	size_t fixed = visit.world->image_count;
	struct provider_image *made;
	size_t total = fixed + sim_made_images(&visit, &made);
	result = sim_page_cut(&visit, page, total, &first, count);
	if (result.error != PROVIDER_OK)
		return sim_leave(&visit, result);
	*images = ARENA_ARRAY(call->arena, *count, struct provider_image);
	for (size_t i = 0; i < *count; i++)
		(*images)[i] = first + i < fixed ? visit.world->images[first + i] : made[first + i - fixed];
	return sim_leave(&visit, result);
}

struct provider_result sim_networks(struct provider_session *session, struct provider_call *call,
				    struct provider_page *page, struct provider_network **networks, size_t *count)
{
	struct sim_visit visit;
	size_t first;
	struct provider_result result = sim_enter(session, call, VERB_NETWORKS, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	size_t fixed = visit.world->network_count;
	struct provider_network *made;
	size_t total = fixed + sim_made_networks(&visit, &made);
	result = sim_page_cut(&visit, page, total, &first, count);
	if (result.error != PROVIDER_OK)
		return sim_leave(&visit, result);
	*networks = ARENA_ARRAY(call->arena, *count, struct provider_network);
	for (size_t i = 0; i < *count; i++)
		(*networks)[i] = first + i < fixed ? visit.world->networks[first + i] : made[first + i - fixed];
	return sim_leave(&visit, result);
}
