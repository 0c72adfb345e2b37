/* SPDX-License-Identifier: Apache-2.0 */
/* volume_store.c: the SQL of volumes. */
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/lifecycle/volume.h"
#include "server/store/change.h"

#define VOLUME_COLUMNS                                                                                                 \
	"name, tenant, project, display_name, state, state_message, machine, connection, zone, kind, native_id, native_state," \
	" device, product_version, rate_card, size_gib, owner, operation, metered_us, created_us, updated_us, revision"
#define VOLUME_SELECT "SELECT " VOLUME_COLUMNS " FROM volume"
/* Not DELETED, and not FAILED before it ever was. */
#define IS_THERE "state <> 6 AND NOT (state = 7 AND native_id = '')"

static const char GET_VOLUME[] = VOLUME_SELECT " WHERE name = $1";
static const char LIST_VOLUMES[] =
	VOLUME_SELECT " WHERE project = $1 AND ($2 = '' OR machine = $2) AND name > $3 AND ($4 = 1 OR (" IS_THERE "))"
		      " ORDER BY name LIMIT $5";
static const char VOLUMES_OF_MACHINE[] = VOLUME_SELECT " WHERE machine = $1 AND " IS_THERE " ORDER BY name";
static const char VOLUMES_UNMETERED[] =
	VOLUME_SELECT " WHERE metered_us > 0 AND metered_us < $1 ORDER BY metered_us LIMIT $2";
static const char VOLUMES_EXIST[] =
	"SELECT 1 FROM volume WHERE (project = $1 OR tenant = $1 OR connection = $1) AND " IS_THERE " LIMIT 1";
static const char INSERT_VOLUME[] =
	"INSERT INTO volume (" VOLUME_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,"
	" $17, $18, $19, $20, $21, 1)";
static const char UPDATE_VOLUME[] =
	"UPDATE volume SET tenant = $2, project = $3, display_name = $4, state = $5, state_message = $6, machine = $7,"
	" connection = $8, zone = $9, kind = $10, native_id = $11, native_state = $12, device = $13, product_version = $14,"
	" rate_card = $15, size_gib = $16, owner = $17, operation = $18, metered_us = $19, created_us = $20, updated_us = $21,"
	" revision = revision + 1 WHERE name = $1";
static const char SET_METERED[] = "UPDATE volume SET metered_us = $2 WHERE name = $1";

static void read_row(const struct rows *rows, struct volume *volume)
{
	*volume = (struct volume){
		.name = row_text(rows, 0),
		.tenant = row_text(rows, 1),
		.project = row_text(rows, 2),
		.display_name = row_text(rows, 3),
		.state = (enum volume_state)row_int(rows, 4),
		.state_message = row_text(rows, 5),
		.machine = row_text(rows, 6),
		.connection = row_text(rows, 7),
		.zone = row_text(rows, 8),
		.type = row_text(rows, 9),
		.native_id = row_text(rows, 10),
		.native_state = row_text(rows, 11),
		.device = row_text(rows, 12),
		.product_version = row_text(rows, 13),
		.rate_card = row_text(rows, 14),
		.size_gib = row_int(rows, 15),
		.owner = row_text(rows, 16),
		.operation = row_text(rows, 17),
		.metered_us = row_int(rows, 18),
		.created_us = row_int(rows, 19),
		.updated_us = row_int(rows, 20),
		.revision = row_int(rows, 21),
	};
}

static struct status read_all(struct store_tx *tx, struct rows *rows, struct volume **volumes, size_t *count)
{
	struct volume *all = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows) + 1, struct volume);
	size_t at = 0;

	while (store_next(rows))
		read_row(rows, &all[at++]);
	*volumes = all;
	*count = at;
	return OK;
}

static struct status tell(struct store_tx *tx, const struct volume *volume, enum change_kind kind)
{
	struct change change = { .tenant = volume->tenant, .project = volume->project, .type = "volume", .name = volume->name,
				 .kind = kind, .at_us = volume->updated_us };
	return change_append(tx, &change);
}

static struct status write_row(struct store_tx *tx, const char *sql, const struct volume *volume)
{
	return store_execute(
		tx, sql,
		SQL_ARGS(sql_text(volume->name), sql_text(volume->tenant), sql_text(volume->project),
			 sql_text(text_or_empty(volume->display_name)), sql_int(volume->state),
			 sql_text(text_or_empty(volume->state_message)), sql_text(text_or_empty(volume->machine)),
			 sql_text(volume->connection), sql_text(text_or_empty(volume->zone)),
			 sql_text(text_or_empty(volume->type)), sql_text(text_or_empty(volume->native_id)),
			 sql_text(text_or_empty(volume->native_state)), sql_text(text_or_empty(volume->device)),
			 sql_text(volume->product_version), sql_text(text_or_empty(volume->rate_card)), sql_int(volume->size_gib),
			 sql_text(volume->owner), sql_text(text_or_empty(volume->operation)), sql_int(volume->metered_us),
			 sql_int(volume->created_us), sql_int(volume->updated_us)),
		NULL);
}

struct status volume_insert(struct store_tx *tx, const struct volume *volume)
{
	TRY(write_row(tx, INSERT_VOLUME, volume));
	return tell(tx, volume, CHANGE_CREATED);
}

struct status volume_update(struct store_tx *tx, struct volume *volume)
{
	TRY(write_row(tx, UPDATE_VOLUME, volume));
	volume->revision++;
	return tell(tx, volume, volume->state == VOLUME_DELETED ? CHANGE_DELETED : CHANGE_UPDATED);
}

struct status volume_get(struct store_tx *tx, const char *name, struct volume *volume)
{
	struct rows *rows;

	TRY(store_query(tx, GET_VOLUME, SQL_ARGS(sql_text(name)), &rows));
	if (!store_next(rows))
		return resource_not_found(store_arena(tx), "Volume", name);
	read_row(rows, volume);
	return OK;
}

struct status volume_list(struct store_tx *tx, const struct volume_query *query, struct volume **volumes, size_t *count)
{
	struct rows *rows;

	TRY(store_query(tx, LIST_VOLUMES,
			SQL_ARGS(sql_text(query->project), sql_text(text_or_empty(query->machine)),
				 sql_text(text_or_empty(query->after)), sql_bool(query->show_deleted), sql_int(query->most)),
			&rows));
	return read_all(tx, rows, volumes, count);
}

struct status volumes_of_machine(struct store_tx *tx, const char *machine, struct volume **volumes, size_t *count)
{
	struct rows *rows;

	TRY(store_query(tx, VOLUMES_OF_MACHINE, SQL_ARGS(sql_text(machine)), &rows));
	return read_all(tx, rows, volumes, count);
}

struct status volumes_unmetered(struct store_tx *tx, int64_t before_us, unsigned most, struct volume **volumes, size_t *count)
{
	struct rows *rows;

	TRY(store_query(tx, VOLUMES_UNMETERED, SQL_ARGS(sql_int(before_us), sql_int(most)), &rows));
	return read_all(tx, rows, volumes, count);
}

struct status volume_set_metered(struct store_tx *tx, const char *name, int64_t metered_us)
{
	return store_execute(tx, SET_METERED, SQL_ARGS(sql_text(name), sql_int(metered_us)), NULL);
}

struct status volumes_exist(struct store_tx *tx, const char *name, bool *do_exist)
{
	struct rows *rows;

	TRY(store_query(tx, VOLUMES_EXIST, SQL_ARGS(sql_text(name)), &rows));
	*do_exist = store_next(rows);
	return OK;
}
