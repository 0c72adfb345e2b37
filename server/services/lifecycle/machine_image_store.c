/* SPDX-License-Identifier: Apache-2.0 */
/* machine_image_store.c: the SQL of images made from machines. */
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/lifecycle/machine_image.h"
#include "server/store/change.h"

#define IMAGE_COLUMNS                                                                                                     \
	"name, tenant, project, display_name, state, state_message, machine, connection, native_id, image, os, architecture," \
	" product_version, rate_card, size_gib, quota_gib, owner, operation, metered_us, created_us, updated_us, revision"
#define IMAGE_SELECT "SELECT " IMAGE_COLUMNS " FROM machine_image"
/* Not DELETED, and not FAILED before it ever was. */
#define IS_THERE "state <> 4 AND NOT (state = 5 AND native_id = '')"

static const char GET_IMAGE[] = IMAGE_SELECT " WHERE name = $1";
static const char LIST_IMAGES[] =
	IMAGE_SELECT " WHERE project = $1 AND ($2 = '' OR machine = $2) AND name > $3 AND ($4 = 1 OR (" IS_THERE "))"
		     " ORDER BY name LIMIT $5";
static const char IMAGE_OF_NATIVE[] =
	IMAGE_SELECT " WHERE connection = $1 AND native_id = $2 AND state <> 4 ORDER BY name LIMIT 1";
static const char IMAGES_UNMETERED[] =
	IMAGE_SELECT " WHERE metered_us > 0 AND metered_us < $1 ORDER BY metered_us LIMIT $2";
static const char IMAGES_EXIST[] =
	"SELECT 1 FROM machine_image WHERE (project = $1 OR tenant = $1 OR connection = $1) AND " IS_THERE " LIMIT 1";
static const char INSERT_IMAGE[] =
	"INSERT INTO machine_image (" IMAGE_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,"
	" $16, $17, $18, $19, $20, $21, 1)";
static const char UPDATE_IMAGE[] =
	"UPDATE machine_image SET tenant = $2, project = $3, display_name = $4, state = $5, state_message = $6, machine = $7,"
	" connection = $8, native_id = $9, image = $10, os = $11, architecture = $12, product_version = $13, rate_card = $14,"
	" size_gib = $15, quota_gib = $16, owner = $17, operation = $18, metered_us = $19, created_us = $20, updated_us = $21,"
	" revision = revision + 1 WHERE name = $1";
static const char SET_METERED[] = "UPDATE machine_image SET metered_us = $2 WHERE name = $1";

static void read_row(const struct rows *rows, struct machine_image *image)
{
	*image = (struct machine_image){
		.name = row_text(rows, 0),
		.tenant = row_text(rows, 1),
		.project = row_text(rows, 2),
		.display_name = row_text(rows, 3),
		.state = (enum machine_image_state)row_int(rows, 4),
		.state_message = row_text(rows, 5),
		.machine = row_text(rows, 6),
		.connection = row_text(rows, 7),
		.native_id = row_text(rows, 8),
		.image = row_text(rows, 9),
		.os = row_text(rows, 10),
		.architecture = row_text(rows, 11),
		.product_version = row_text(rows, 12),
		.rate_card = row_text(rows, 13),
		.size_gib = row_int(rows, 14),
		.quota_gib = row_int(rows, 15),
		.owner = row_text(rows, 16),
		.operation = row_text(rows, 17),
		.metered_us = row_int(rows, 18),
		.created_us = row_int(rows, 19),
		.updated_us = row_int(rows, 20),
		.revision = row_int(rows, 21),
	};
}

static void read_all(struct store_tx *tx, struct rows *rows, struct machine_image **images, size_t *count)
{
	struct machine_image *all = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows) + 1, struct machine_image);
	size_t at = 0;

	while (store_next(rows))
		read_row(rows, &all[at++]);
	*images = all;
	*count = at;
}

static struct status tell(struct store_tx *tx, const struct machine_image *image, enum change_kind kind)
{
	struct change change = { .tenant = image->tenant, .project = image->project, .type = "machineImage", .name = image->name,
				 .kind = kind, .at_us = image->updated_us };
	return change_append(tx, &change);
}

static struct status write_row(struct store_tx *tx, const char *sql, const struct machine_image *image)
{
	return store_execute(
		tx, sql,
		SQL_ARGS(sql_text(image->name), sql_text(image->tenant), sql_text(image->project),
			 sql_text(text_or_empty(image->display_name)), sql_int(image->state),
			 sql_text(text_or_empty(image->state_message)), sql_text(image->machine), sql_text(image->connection),
			 sql_text(text_or_empty(image->native_id)), sql_text(text_or_empty(image->image)),
			 sql_text(text_or_empty(image->os)), sql_text(text_or_empty(image->architecture)),
			 sql_text(image->product_version), sql_text(text_or_empty(image->rate_card)), sql_int(image->size_gib),
			 sql_int(image->quota_gib), sql_text(image->owner), sql_text(text_or_empty(image->operation)),
			 sql_int(image->metered_us), sql_int(image->created_us), sql_int(image->updated_us)),
		NULL);
}

struct status machine_image_insert(struct store_tx *tx, const struct machine_image *image)
{
	TRY(write_row(tx, INSERT_IMAGE, image));
	return tell(tx, image, CHANGE_CREATED);
}

struct status machine_image_update(struct store_tx *tx, struct machine_image *image)
{
	TRY(write_row(tx, UPDATE_IMAGE, image));
	image->revision++;
	return tell(tx, image, image->state == MACHINE_IMAGE_DELETED ? CHANGE_DELETED : CHANGE_UPDATED);
}

struct status machine_image_get(struct store_tx *tx, const char *name, struct machine_image *image)
{
	struct rows *rows;

	TRY(store_query(tx, GET_IMAGE, SQL_ARGS(sql_text(name)), &rows));
	if (!store_next(rows))
		return resource_not_found(store_arena(tx), "MachineImage", name);
	read_row(rows, image);
	return OK;
}

struct status machine_image_list(struct store_tx *tx, const struct machine_image_query *query, struct machine_image **images,
				 size_t *count)
{
	struct rows *rows;

	TRY(store_query(tx, LIST_IMAGES,
			SQL_ARGS(sql_text(query->project), sql_text(text_or_empty(query->machine)),
				 sql_text(text_or_empty(query->after)), sql_bool(query->show_deleted), sql_int(query->most)),
			&rows));
	read_all(tx, rows, images, count);
	return OK;
}

struct status machine_image_of_native(struct store_tx *tx, const char *connection, const char *native_id,
				      struct machine_image *image, bool *is_found)
{
	struct rows *rows;

	TRY(store_query(tx, IMAGE_OF_NATIVE, SQL_ARGS(sql_text(connection), sql_text(native_id)), &rows));
	*is_found = store_next(rows);
	if (*is_found)
		read_row(rows, image);
	return OK;
}

struct status machine_images_unmetered(struct store_tx *tx, int64_t before_us, unsigned most, struct machine_image **images,
				       size_t *count)
{
	struct rows *rows;

	TRY(store_query(tx, IMAGES_UNMETERED, SQL_ARGS(sql_int(before_us), sql_int(most)), &rows));
	read_all(tx, rows, images, count);
	return OK;
}

struct status machine_image_set_metered(struct store_tx *tx, const char *name, int64_t metered_us)
{
	return store_execute(tx, SET_METERED, SQL_ARGS(sql_text(name), sql_int(metered_us)), NULL);
}

struct status machine_images_exist(struct store_tx *tx, const char *name, bool *do_exist)
{
	struct rows *rows;

	TRY(store_query(tx, IMAGES_EXIST, SQL_ARGS(sql_text(name)), &rows));
	*do_exist = store_next(rows);
	return OK;
}
