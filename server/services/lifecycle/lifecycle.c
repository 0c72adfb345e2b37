/* SPDX-License-Identifier: Apache-2.0 */
/* lifecycle.c: registers the workflows and the periodic jobs. */
#include "server/services/lifecycle/lifecycle.h"

#include "runtime/base/text.h"
#include "server/services/catalog/catalog.h"
#include "server/services/iam/iam.h"
#include "server/services/lifecycle/machine_image.h"
#include "server/services/lifecycle/room.h"
#include "server/services/lifecycle/volume.h"
#include "server/services/request/request.h"

static const struct workflow *const workflows[] = {
	&workflow_fulfil_order,	    &workflow_machine_create,	 &workflow_machine_start,    &workflow_machine_stop,
	&workflow_machine_reboot,   &workflow_machine_suspend,	 &workflow_machine_resume,   &workflow_machine_resize,
	&workflow_machine_delete,   &workflow_snapshot_create,	 &workflow_snapshot_revert,  &workflow_snapshot_delete,
	&workflow_console_fetch,    &workflow_connection_sync,	 &workflow_machine_restore,  &workflow_machine_import,
	&workflow_machine_unmanage, &workflow_orphan_sweep,	 &workflow_volume_create,    &workflow_volume_attach,
	&workflow_volume_detach,    &workflow_volume_grow,	 &workflow_volume_delete,
	&workflow_machine_rename,   &workflow_machine_image_create, &workflow_machine_image_delete,
	&workflow_console_open,	    &workflow_metrics_fetch,    &workflow_machine_tag,
};

enum { METERING_MS = 3600 * 1000, METERING_LOOK_MS = 60 * 1000, LEASE_MS = 30 * 1000 };

static const char OWNS_MACHINES[] = "SELECT 1 FROM machine WHERE (project = $1 OR tenant = $1) AND state <> 7 LIMIT 1";

static struct status holds_disks(struct store_tx *tx, const char *name, bool *does)
{
	TRY(volumes_exist(tx, name, does));
	return *does ? OK : machine_images_exist(tx, name, does);
}

/** For iam: a project or tenant with machines is not empty. */
static struct status owns(struct store_tx *tx, const char *name, bool *does)
{
	struct rows *rows;

	TRY(store_query(tx, OWNS_MACHINES, SQL_ARGS(sql_text(name)), &rows));
	*does = store_next(rows);
	return *does ? OK : holds_disks(tx, name, does);
}

static const char USES_CATALOG[] =
	"SELECT 1 FROM machine WHERE (connection = $1 OR product_version LIKE $2) AND state <> 7 LIMIT 1";

/** For catalog: a connection or product that machines hang on is in use. */
static struct status uses(struct store_tx *tx, const char *name, bool *does)
{
	struct rows *rows;
	const char *versions = arena_printf(store_arena(tx), "%s/versions/%%", name);

	TRY(store_query(tx, USES_CATALOG, SQL_ARGS(sql_text(name), sql_text(versions)), &rows));
	*does = store_next(rows);
	return *does ? OK : holds_disks(tx, name, does);
}

static const char COUNT_MACHINES[] =
	"SELECT count(*) FROM machine WHERE connection = $1 AND state <> 7 AND NOT (state = 8 AND native_id = '')";
static const char SUM_NEW_MACHINES[] =
	"SELECT count(*), coalesce(sum(vcpus), 0), coalesce(sum(memory_mib), 0), coalesce(sum(disk_gib), 0) FROM machine"
	" WHERE connection = $1 AND created_us >= $2 AND state <> 7 AND NOT (state = 8 AND native_id = '')";

/** For catalog: what is on a connection, and what came after its last probe. */
static struct status look_at_load(struct store_tx *tx, const char *connection, int64_t since_us, struct catalog_load *load)
{
	struct rows *rows;

	TRY(store_query(tx, COUNT_MACHINES, SQL_ARGS(sql_text(connection)), &rows));
	load->machines = store_next(rows) ? row_int(rows, 0) : 0;
	TRY(store_query(tx, SUM_NEW_MACHINES, SQL_ARGS(sql_text(connection), sql_int(since_us)), &rows));
	if (!store_next(rows))
		return OK;
	load->new_machines = row_int(rows, 0);
	load->new_shape.vcpus = row_int(rows, 1);
	load->new_shape.memory_mib = row_int(rows, 2);
	load->new_shape.disk_gib = row_int(rows, 3);
	return OK;
}

/** For request: an order that changes a deployment is planned against what it is now. */
static struct status look_at(struct store_tx *tx, const char *deployment, struct request_deployment *found)
{
	struct machine *machines;
	size_t count;

	found->is_there = false;
	TRY(machines_of_deployment(tx, deployment, &machines, &count));
	for (size_t i = 0; i < count && !found->is_there; i++)
		if (machine_exists(&machines[i]))
			*found = (struct request_deployment){ true, machines[i].size, machines[i].vcpus, machines[i].memory_mib,
							      machines[i].disk_gib, machines[i].is_protected };
	return OK;
}

struct status lifecycle_prepare(struct arena *arena, const struct lifecycle_options *options)
{
	struct lifecycle_options *kept = arena_memdup(arena, options, sizeof *options);

	kept->metering_interval_ms = kept->metering_interval_ms ? kept->metering_interval_ms : METERING_MS;
	kept->lease_interval_ms = kept->lease_interval_ms ? kept->lease_interval_ms : LEASE_MS;
	for (size_t i = 0; i < sizeof workflows / sizeof workflows[0]; i++) {
		struct workflow *workflow = arena_memdup(arena, workflows[i], sizeof *workflow);
		workflow->context = kept;
		engine_register(options->engine, workflow);
	}
	engine_every(options->engine, "metering",
		     kept->metering_interval_ms < METERING_LOOK_MS ? kept->metering_interval_ms : METERING_LOOK_MS, metering_tick,
		     kept);
	engine_every(options->engine, "leases", kept->lease_interval_ms, lease_tick, kept);
	if (kept->sync_interval_ms > 0)
		engine_every(options->engine, "sync", kept->sync_interval_ms, sync_tick, kept);
	iam_register_owner(owns);
	catalog_register_user(uses);
	catalog_register_loads(look_at_load);
	catalog_register_images(machine_image_may_use);
	request_register_deployments(look_at);
	return OK;
}
