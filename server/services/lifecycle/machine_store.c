/* SPDX-License-Identifier: Apache-2.0 */
/* machine_store.c: the SQL of machines. */
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/lifecycle/machine.h"
#include "server/store/change.h"

static const char GET_MACHINE[] = MACHINE_SELECT " WHERE name = $1";
/* One that was let go, and imported again, has two rows. */
static const char MACHINE_OF_NATIVE[] =
	MACHINE_SELECT " WHERE connection = $1 AND native_id = $2 ORDER BY CASE WHEN state = 7 THEN 1 ELSE 0 END, name DESC LIMIT 1";
static const char MACHINES_BEING_MADE[] =
	MACHINE_SELECT " WHERE connection = $1 AND native_id = '' AND state = 1";
static const char MACHINES_OF_DEPLOYMENT[] = MACHINE_SELECT " WHERE deployment = $1 ORDER BY name";
static const char MACHINES_UNMETERED[] =
	MACHINE_SELECT " WHERE metered_us > 0 AND metered_us < $1 ORDER BY metered_us LIMIT $2";
static const char MACHINES_OF_CONNECTION[] =
	MACHINE_SELECT " WHERE connection = $1 AND name > $2 AND state NOT IN (7, 8) ORDER BY name LIMIT $3";
static const char INSERT_MACHINE[] =
	"INSERT INTO machine (" MACHINE_COLUMNS ", uid) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,"
	" $16, $17, $18, $19, $20, $21, $22, $23, $24, 1, $25, $26, $27,"
	" substr(CAST($1 AS TEXT), length(CAST($1 AS TEXT)) - 35))";
static const char UPDATE_MACHINE[] =
	"UPDATE machine SET tenant = $2, project = $3, display_name = $4, state = $5, state_message = $6, connection = $7,"
	" native_id = $8, native_state = $9, deployment = $10, product_version = $11, rate_card = $12, size = $13, image = $14,"
	" network = $15, vcpus = $16, memory_mib = $17, disk_gib = $18, addresses = $19, owner = $20, is_protected = $21,"
	" operation = $22, labels = $23, metered_us = $24, created_us = $25, updated_us = $26, is_running = $27, revision = revision + 1"
	" WHERE name = $1";
static const char SET_METERED[] = "UPDATE machine SET metered_us = $2 WHERE name = $1";
static const char CLEAR_LABELS[] = "DELETE FROM machine_label WHERE machine = $1";
static const char PUT_LABEL[] = "INSERT INTO machine_label (machine, key, value) VALUES ($1, $2, $3)";

struct status machine_read(struct store_tx *tx, const struct rows *rows, struct machine *machine)
{
	struct json *addresses, *labels;

	TRY(json_parse(store_arena(tx), slice_text(row_text(rows, 18)), NULL, &addresses));
	TRY(json_parse(store_arena(tx), slice_text(row_text(rows, 22)), NULL, &labels));
	*machine = (struct machine){
		.name = row_text(rows, 0),
		.tenant = row_text(rows, 1),
		.project = row_text(rows, 2),
		.display_name = row_text(rows, 3),
		.state = (enum machine_state)row_int(rows, 4),
		.state_message = row_text(rows, 5),
		.connection = row_text(rows, 6),
		.native_id = row_text(rows, 7),
		.native_state = row_text(rows, 8),
		.deployment = row_text(rows, 9),
		.product_version = row_text(rows, 10),
		.rate_card = row_text(rows, 11),
		.size = row_text(rows, 12),
		.image = row_text(rows, 13),
		.network = row_text(rows, 14),
		.vcpus = (int32_t)row_int(rows, 15),
		.memory_mib = row_int(rows, 16),
		.disk_gib = row_int(rows, 17),
		.addresses = addresses,
		.owner = row_text(rows, 19),
		.is_protected = row_bool(rows, 20),
		.operation = row_text(rows, 21),
		.labels = labels,
		.metered_us = row_int(rows, 23),
		.revision = row_int(rows, 24),
		.created_us = row_int(rows, 25),
		.updated_us = row_int(rows, 26),
		.is_running = row_bool(rows, 27),
		.lease_end_us = row_int(rows, 28),
	};
	return OK;
}

struct status machine_read_all(struct store_tx *tx, struct rows *rows, struct machine **machines, size_t *count)
{
	struct machine *all = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows) + 1, struct machine);
	size_t at = 0;

	while (store_next(rows))
		TRY(machine_read(tx, rows, &all[at++]));
	*machines = all;
	*count = at;
	return OK;
}

static struct status tell(struct store_tx *tx, const struct machine *machine, enum change_kind kind)
{
	struct change change = { .tenant = machine->tenant, .project = machine->project, .type = "machine",
				 .name = machine->name, .kind = kind, .at_us = machine->updated_us };
	return change_append(tx, &change);
}

static struct status write_row(struct store_tx *tx, const char *sql, const struct machine *machine)
{
	struct arena *arena = store_arena(tx);
	return store_execute(tx, sql,
			     SQL_ARGS(sql_text(machine->name), sql_text(machine->tenant), sql_text(machine->project),
				      sql_text(machine->display_name), sql_int(machine->state),
				      sql_text(text_or_empty(machine->state_message)), sql_text(machine->connection),
				      sql_text(text_or_empty(machine->native_id)), sql_text(text_or_empty(machine->native_state)),
				      sql_text(machine->deployment), sql_text(machine->product_version),
				      sql_text(text_or_empty(machine->rate_card)), sql_text(machine->size),
				      sql_text(machine->image), sql_text(text_or_empty(machine->network)),
				      sql_int(machine->vcpus), sql_int(machine->memory_mib), sql_int(machine->disk_gib),
				      sql_text(machine->addresses ? json_print(arena, machine->addresses) : "[]"),
				      sql_text(machine->owner), sql_bool(machine->is_protected),
				      sql_text(text_or_empty(machine->operation)),
				      sql_text(machine->labels ? json_print(arena, machine->labels) : "{}"),
				      sql_int(machine->metered_us), sql_int(machine->created_us), sql_int(machine->updated_us),
				      sql_bool(machine->is_running)),
			     NULL);
}

struct status machine_insert(struct store_tx *tx, const struct machine *machine)
{
	TRY(write_row(tx, INSERT_MACHINE, machine));
	TRY(machine_put_labels(tx, machine));
	return tell(tx, machine, CHANGE_CREATED);
}

struct status machine_update(struct store_tx *tx, struct machine *machine)
{
	TRY(write_row(tx, UPDATE_MACHINE, machine));
	machine->revision++;
	return tell(tx, machine, machine->state == MACHINE_DELETED ? CHANGE_DELETED : CHANGE_UPDATED);
}

struct status machine_set_metered(struct store_tx *tx, const char *name, int64_t metered_us)
{
	return store_execute(tx, SET_METERED, SQL_ARGS(sql_text(name), sql_int(metered_us)), NULL);
}

struct status machine_put_labels(struct store_tx *tx, const struct machine *machine)
{
	const char *key;
	const struct json *value;

	TRY(store_execute(tx, CLEAR_LABELS, SQL_ARGS(sql_text(machine->name)), NULL));
	for (size_t i = 0; machine->labels && json_member(machine->labels, i, &key, &value); i++)
		TRY(store_execute(tx, PUT_LABEL, SQL_ARGS(sql_text(machine->name), sql_text(key), sql_text(json_text(value, ""))),
				  NULL));
	return OK;
}

struct status machine_get(struct store_tx *tx, const char *name, struct machine *machine)
{
	struct rows *rows;

	TRY(store_query(tx, GET_MACHINE, SQL_ARGS(sql_text(name)), &rows));
	if (!store_next(rows))
		return resource_not_found(store_arena(tx), "Machine", name);
	return machine_read(tx, rows, machine);
}

struct status machine_of_native(struct store_tx *tx, const char *connection, const char *native_id, struct machine *machine,
				bool *is_found)
{
	struct rows *rows;

	TRY(store_query(tx, MACHINE_OF_NATIVE, SQL_ARGS(sql_text(connection), sql_text(native_id)), &rows));
	*is_found = store_next(rows);
	return *is_found ? machine_read(tx, rows, machine) : OK;
}

struct status machine_being_made(struct store_tx *tx, const char *connection, const char *id, struct machine *machine,
				 bool *is_found)
{
	struct rows *rows;

	*is_found = false;
	TRY(store_query(tx, MACHINES_BEING_MADE, SQL_ARGS(sql_text(connection)), &rows));
	while (!*is_found && store_next(rows))
		*is_found = text_equal(resource_leaf(row_text(rows, 0)), id);
	return *is_found ? machine_read(tx, rows, machine) : OK;
}

struct status machines_of_deployment(struct store_tx *tx, const char *deployment, struct machine **machines, size_t *count)
{
	struct rows *rows;

	TRY(store_query(tx, MACHINES_OF_DEPLOYMENT, SQL_ARGS(sql_text(deployment)), &rows));
	return machine_read_all(tx, rows, machines, count);
}

struct status machines_unmetered(struct store_tx *tx, int64_t before_us, unsigned most, struct machine **machines,
				 size_t *count)
{
	struct rows *rows;

	TRY(store_query(tx, MACHINES_UNMETERED, SQL_ARGS(sql_int(before_us), sql_int(most)), &rows));
	return machine_read_all(tx, rows, machines, count);
}

struct status machines_of_connection(struct store_tx *tx, const char *connection, const char *after, unsigned most,
				     struct machine **machines, size_t *count)
{
	struct rows *rows;

	TRY(store_query(tx, MACHINES_OF_CONNECTION, SQL_ARGS(sql_text(connection), sql_text(text_or_empty(after)), sql_int(most)),
			&rows));
	return machine_read_all(tx, rows, machines, count);
}
