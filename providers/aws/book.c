/* SPDX-License-Identifier: Apache-2.0 */
/* book.c: what a session keeps in mind: sizes, images, the zone for volumes. Nothing is asked while the mutex is held.
 */
#include "providers/aws/machine.h"

#include "providers/size.h"
#include "runtime/base/memory.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

#define SIZES_MOST 5000
#define SIZES_FRESH_US (6 * TIME_US_PER_HOUR)
#define PAGES_MOST 60
#define LEARN_MOST 100 /* InstanceType.N of one request, and MaxResults */
#define IMAGES_MOST 1000

/* ---- sizes that were met ---- */

static struct provider_size *size_find(struct aws_book *book, const char *type)
{
	for (size_t i = 0; i < book->size_count; i++)
		if (text_equal(book->sizes[i].native_id, type))
			return &book->sizes[i];
	return NULL;
}

/* With the mutex held. */
static void size_keep(struct aws_book *book, const struct provider_size *size)
{
	if (book->size_count == SIZES_MOST || size_find(book, size->native_id))
		return;
	if (book->size_count == book->size_capacity) {
		book->size_capacity = book->size_capacity * 2 + 64;
		book->sizes = memory_resize(book->sizes, book->size_capacity, sizeof *book->sizes);
	}
	struct provider_size *kept = &book->sizes[book->size_count++];
	*kept = *size;
	kept->native_id = kept->name = arena_strdup(book->arena, size->native_id);
}

bool aws_size_known(struct provider_session *session, const char *type, struct provider_size *size)
{
	pthread_mutex_lock(&session->mutex);
	const struct provider_size *found = size_find(&session->book, type);
	if (found) {
		*size = *found;
		size->native_id = size->name = type;
	}
	pthread_mutex_unlock(&session->mutex);
	return found != NULL;
}

struct provider_result aws_sizes_learn(CALL, const char *const *types, size_t count)
{
	struct aws_query query = aws_query_new(call->arena, AWS_DESCRIBE_INSTANCE_TYPES);
	const struct xml *item;
	struct xml *root;
	struct provider_size size;
	size_t asked = 0;

	for (size_t i = 0; i < count && asked < LEARN_MOST; i++) {
		bool is_again = false;

		for (size_t before = 0; before < i; before++)
			is_again = is_again || text_equal(types[before], types[i]);
		if (types[i] && !is_again && !aws_size_known(session, types[i], &size))
			aws_query_add_at(&query, "InstanceType", ++asked, types[i]);
	}
	if (asked == 0)
		return PROVIDER_DONE;
	struct provider_result result = aws_ask(session, call, &query, &root);
	if (result.error != PROVIDER_OK)
		return result;
	(void)aws_items(root, "instanceTypeSet", &item);
	pthread_mutex_lock(&session->mutex);
	for (; item; item = xml_next_child(item, "item"))
		if (aws_size_read(item, &size))
			size_keep(&session->book, &size);
	pthread_mutex_unlock(&session->mutex);
	return result;
}

/* ---- sizes that are offered ---- */

struct offer {
	struct arena *arena;
	struct provider_size *sizes;
	size_t count;
};

static void offer_add(struct offer *offer, const struct xml *root)
{
	const struct xml *item;
	size_t more = aws_items(root, "instanceTypeSet", &item);
	struct provider_size *grown = ARENA_ARRAY(offer->arena, offer->count + more + 1, struct provider_size);

	if (offer->count > 0)
		memcpy(grown, offer->sizes, offer->count * sizeof *grown);
	offer->sizes = grown;
	for (; item && offer->count < SIZES_MOST; item = xml_next_child(item, "item")) {
		struct provider_size *size = &grown[offer->count];

		if (!aws_size_read(item, size))
			continue;
		size->native_id = size->name = arena_strdup(offer->arena, size->native_id);
		offer->count++;
	}
}

static struct provider_result offer_read(CALL, struct offer *offer)
{
	const struct aws_options *options = &session->options;
	const char *token = NULL;

	for (int pages = 0; pages < PAGES_MOST; pages++) {
		struct aws_query query = aws_query_new(call->arena, AWS_DESCRIBE_INSTANCE_TYPES);
		struct xml *root;

		aws_query_add_int(&query, "MaxResults", LEARN_MOST);
		aws_query_add(&query, "NextToken", token);
		if (options->instance_type_count > 0)
			aws_query_filter_any(&query, "instance-type", options->instance_types,
					     options->instance_type_count);
		else
			aws_query_filter(&query, "current-generation", "true");
		struct provider_result result = aws_ask(session, call, &query, &root);
		if (result.error != PROVIDER_OK)
			return result;
		offer_add(offer, root);
		token = xml_text(xml_child(root, "nextToken"), NULL);
		if (text_is_empty(token))
			return PROVIDER_DONE;
	}
	return PROVIDER_DONE;
}

static bool is_fresh(const struct aws_book *book)
{
	return book->offered_arena && time_monotonic_us() - book->offered_us < SIZES_FRESH_US;
}

static void offer_keep(struct provider_session *session, const struct offer *offer)
{
	struct aws_book *book = &session->book;

	pthread_mutex_lock(&session->mutex);
	struct arena *old = book->offered_arena;
	book->offered_arena = offer->arena;
	book->offered = offer->sizes;
	book->offered_count = offer->count;
	book->offered_us = time_monotonic_us();
	for (size_t i = 0; i < offer->count; i++)
		size_keep(book, &offer->sizes[i]);
	pthread_mutex_unlock(&session->mutex);
	arena_free(old);
}

struct provider_result aws_sizes(CALL, struct provider_page *page, struct provider_size **sizes, size_t *count)
{
	struct aws_book *book = &session->book;
	size_t first = 0, size = 0;
	struct provider_result result;

	pthread_mutex_lock(&session->mutex);
	bool has_table = is_fresh(book);
	pthread_mutex_unlock(&session->mutex);
	if (!has_table) {
		struct offer offer = { .arena = arena_new(0) };

		result = offer_read(session, call, &offer);
		if (result.error != PROVIDER_OK) {
			arena_free(offer.arena);
			return result;
		}
		offer_keep(session, &offer);
	}
	pthread_mutex_lock(&session->mutex);
	result = provider_page_cut(call->arena, page, book->offered_count, &first, &size);
	if (result.error == PROVIDER_OK) {
		*sizes = ARENA_ARRAY(call->arena, size, struct provider_size);
		*count = size;
		for (size_t i = 0; i < size; i++) {
			(*sizes)[i] = book->offered[first + i];
			(*sizes)[i].native_id = (*sizes)[i].name =
				arena_strdup(call->arena, book->offered[first + i].native_id);
		}
	}
	pthread_mutex_unlock(&session->mutex);
	return result;
}

/* ---- images ---- */

/* With the mutex held. */
static void image_keep(struct aws_book *book, const struct aws_image *image)
{
	if (book->image_count == IMAGES_MOST)
		return;
	if (book->image_count == book->image_capacity) {
		book->image_capacity = book->image_capacity * 2 + 16;
		book->images = memory_resize(book->images, book->image_capacity, sizeof *book->images);
	}
	book->images[book->image_count++] =
		(struct aws_image){ .native_id = arena_strdup(book->arena, image->native_id),
				    .root_device = arena_strdup(book->arena, image->root_device),
				    .min_disk_gib = image->min_disk_gib };
}

static bool image_known(CALL, const char *native_id, struct aws_image *image)
{
	struct aws_book *book = &session->book;
	bool is_known = false;

	pthread_mutex_lock(&session->mutex);
	for (size_t i = 0; i < book->image_count && !is_known; i++) {
		is_known = text_equal(book->images[i].native_id, native_id);
		if (is_known)
			*image = (struct aws_image){ native_id, arena_strdup(call->arena, book->images[i].root_device),
						     book->images[i].min_disk_gib };
	}
	pthread_mutex_unlock(&session->mutex);
	return is_known;
}

struct provider_result aws_image_find(CALL, const char *native_id, struct aws_image *image)
{
	struct aws_query query = aws_query_new(call->arena, AWS_DESCRIBE_IMAGES);
	struct provider_image read;
	const struct xml *item;
	struct xml *root;

	if (image_known(session, call, native_id, image))
		return PROVIDER_DONE;
	aws_query_add_at(&query, "ImageId", 1, native_id);
	struct provider_result result = aws_ask(session, call, &query, &root);
	if (result.error != PROVIDER_OK)
		return result;
	if (aws_items(root, "imagesSet", &item) == 0)
		return provider_fail(call->arena, PROVIDER_NOT_FOUND, "AWS has no image %s", native_id);
	aws_image_read(item, &read);
	*image = (struct aws_image){ native_id, xml_text(xml_child(item, "rootDeviceName"), ""), read.min_disk_gib };
	pthread_mutex_lock(&session->mutex);
	image_keep(&session->book, image);
	pthread_mutex_unlock(&session->mutex);
	return result;
}

void aws_image_forget(struct provider_session *session, const char *native_id)
{
	struct aws_book *book = &session->book;

	pthread_mutex_lock(&session->mutex);
	for (size_t i = 0; i < book->image_count; i++)
		if (text_equal(book->images[i].native_id, native_id))
			book->images[i--] = book->images[--book->image_count];
	pthread_mutex_unlock(&session->mutex);
}

/* ---- the zone for volumes ---- */

struct provider_result aws_zone_default(CALL, const char **zone)
{
	struct aws_query query = aws_query_new(call->arena, AWS_DESCRIBE_ZONES);
	const struct xml *item;
	struct xml *root;

	pthread_mutex_lock(&session->mutex);
	*zone = session->book.zone;
	pthread_mutex_unlock(&session->mutex);
	if (*zone)
		return PROVIDER_DONE;
	struct provider_result result = aws_ask(session, call, &query, &root);
	if (result.error != PROVIDER_OK)
		return result;
	for ((void)aws_items(root, "availabilityZoneInfo", &item); item; item = xml_next_child(item, "item"))
		if (text_equal(xml_text(xml_child(item, "zoneState"), ""), "available") &&
		    text_equal(xml_text(xml_child(item, "zoneType"), "availability-zone"), "availability-zone"))
			break;
	if (!item)
		return provider_fail(call->arena, PROVIDER_INVALID, "the region %s shows no available zone; name one",
				     session->region);
	pthread_mutex_lock(&session->mutex);
	if (!session->book.zone)
		session->book.zone = arena_strdup(session->book.arena, xml_text(xml_child(item, "zoneName"), ""));
	*zone = session->book.zone;
	pthread_mutex_unlock(&session->mutex);
	return result;
}
