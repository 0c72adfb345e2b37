/* SPDX-License-Identifier: Apache-2.0 */
/* commands_lifecycle.c: machines and all that happens to them. */
#include "client/cli/command.h"
#include "client/cli/special.h"
#include "gaon/lifecycle/v1/lifecycle.gaon.h"

static const char MACHINE_COLUMNS[] = "MACHINE=display_name STATE SIZE VCPUS MEMORY=memory_mib DISK=disk_gib ADDRESSES? CONNECTION=connection:id "
				      "LEASE?=lease_end_time CREATED=create_time ID=name";
static const char EVENT_COLUMNS[] = "EVENT=type MACHINE=machine.display_name STATE=machine.state OPERATION=machine.operation:id";
static const char DEPLOYMENT_COLUMNS[] = "DEPLOYMENT=display_name STATE VERSION=product_version LEASE?=lease_end_time OWNER CREATED=create_time ID=name";
static const char OPERATION_COLUMNS[] = "OPERATION=name KIND STATE PROGRESS=progress_percent TARGET BY=requested_by CREATED=create_time";
static const char OBSERVED_COLUMNS[] = "NAME=display_name STATE NATIVE_STATE VCPUS MEMORY=memory_mib MACHINE=machine:id LAST_SEEN=last_seen_time NATIVE_ID";

static const struct command_flag lease_flags[] = {
	{ "until", "TIME", "the new end: +30d, 2026-12-31; never: without end" },
	{ NULL, NULL, NULL },
};

static const struct command_flag console_flags[] = {
	{ "cached", NULL, "show what was fetched last, without asking the cloud again" },
	{ NULL, NULL, NULL },
};

static const struct command rows[] = {
	{ .noun = "machine", .verb = "list", .method = &gaon_method_lifecycle_list_machines, .scope = SCOPE_PROJECT,
	  .columns = MACHINE_COLUMNS, .summary = "lists the project's machines",
	  .example = "machine list --filter 'state = RUNNING AND vcpus >= 2' --order-by \"memory_mib desc\"" },
	{ .noun = "machine", .verb = "get", .method = &gaon_method_lifecycle_get_machine, .words = "name:machine",
	  .summary = "shows a machine", .example = "machine get web-1" },
	{ .noun = "machine", .verb = "watch", .method = &gaon_method_lifecycle_watch_machines, .scope = SCOPE_PROJECT,
	  .columns = EVENT_COLUMNS, .summary = "shows the machines and then every change, until interrupted",
	  .example = "machine watch" },
	{ .noun = "machine", .verb = "start", .method = &gaon_method_lifecycle_start_machine, .words = "name:machine",
	  .summary = "starts a stopped machine", .example = "machine start web-1 --wait" },
	{ .noun = "machine", .verb = "stop", .method = &gaon_method_lifecycle_stop_machine, .words = "name:machine",
	  .summary = "shuts a machine down through its guest, and switches it off when that takes too long",
	  .example = "machine stop web-1 --grace-seconds 30 --wait" },
	{ .noun = "machine", .verb = "reboot", .method = &gaon_method_lifecycle_reboot_machine, .words = "name:machine",
	  .summary = "restarts a running machine", .example = "machine reboot web-1 --wait" },
	{ .noun = "machine", .verb = "suspend", .method = &gaon_method_lifecycle_suspend_machine, .words = "name:machine",
	  .summary = "freezes a running machine, its memory kept", .example = "machine suspend web-1 --wait" },
	{ .noun = "machine", .verb = "resume", .method = &gaon_method_lifecycle_resume_machine, .words = "name:machine",
	  .summary = "lets a suspended machine go on", .example = "machine resume web-1 --wait" },
	{ .noun = "machine", .verb = "resize", .method = &gaon_method_lifecycle_resize_machine, .words = "name:machine size",
	  .summary = "gives a machine another size", .example = "machine resize web-1 medium --allow-restart --wait" },
	{ .noun = "machine", .verb = "update", .method = &gaon_method_lifecycle_update_machine, .words = "machine.name:machine",
	  .summary = "changes its name for people or its labels", .example = "machine update web-1 --label env=prod" },
	{ .noun = "machine", .verb = "lock", .method = &gaon_method_lifecycle_update_machine, .words = "machine.name:machine",
	  .preset = "machine.deletion_protection=true", .summary = "protects a machine from deletion",
	  .example = "machine lock web-1" },
	{ .noun = "machine", .verb = "unlock", .method = &gaon_method_lifecycle_update_machine,
	  .words = "machine.name:machine", .preset = "machine.deletion_protection=false",
	  .summary = "lets a machine be deleted again", .example = "machine unlock web-1" },
	{ .noun = "machine", .verb = "lease", .method = &gaon_method_lifecycle_set_deployment_lease, .words = "name:machine",
	  .run = special_lease, .flags = lease_flags, .summary = "moves the end of the machine's lease",
	  .example = "machine lease web-1 --until +30d" },
	{ .noun = "machine", .verb = "console", .method = &gaon_method_lifecycle_get_console_output,
	  .words = "name:machine", .run = special_console, .flags = console_flags,
	  .summary = "fetches and prints what the machine wrote on its serial console", .example = "machine console web-1" },
	{ .noun = "machine", .verb = "delete", .method = &gaon_method_lifecycle_delete_machine, .words = "name:machine",
	  .summary = "deletes a machine with its disks and snapshots, and confirms at the cloud that it is gone",
	  .example = "machine delete web-1 --wait" },

	{ .noun = "deployment", .verb = "list", .method = &gaon_method_lifecycle_list_deployments, .scope = SCOPE_PROJECT,
	  .columns = DEPLOYMENT_COLUMNS, .summary = "lists what orders made", .example = "deployment list" },
	{ .noun = "deployment", .verb = "get", .method = &gaon_method_lifecycle_get_deployment, .words = "name:deployment",
	  .summary = "shows a deployment", .example = "deployment get 0193a5c2-6f4e-7c31-9a53-3f0c8b1d2e4f" },
	{ .noun = "deployment", .verb = "lease", .method = &gaon_method_lifecycle_set_deployment_lease,
	  .words = "name:deployment", .summary = "moves the end of its lease",
	  .example = "deployment lease 0193a5c2-6f4e-7c31-9a53-3f0c8b1d2e4f --lease-end-time +30d" },
	{ .noun = "deployment", .verb = "delete", .method = &gaon_method_lifecycle_delete_deployment,
	  .words = "name:deployment", .summary = "deletes all that belongs to it",
	  .example = "deployment delete 0193a5c2-6f4e-7c31-9a53-3f0c8b1d2e4f --wait" },

	{ .noun = "snapshot", .verb = "create", .method = &gaon_method_lifecycle_create_snapshot,
	  .words = "parent:machine snapshot_id", .summary = "takes a snapshot of a machine",
	  .example = "snapshot create web-1 before-upgrade --wait" },
	{ .noun = "snapshot", .verb = "list", .method = &gaon_method_lifecycle_list_snapshots, .words = "parent:machine",
	  .columns = "SNAPSHOT=name DISPLAY_NAME STATE CREATED=create_time", .summary = "lists a machine's snapshots",
	  .example = "snapshot list web-1" },
	{ .noun = "snapshot", .verb = "get", .method = &gaon_method_lifecycle_get_snapshot, .words = "name:machine/snapshots",
	  .summary = "shows a snapshot", .example = "snapshot get web-1 before-upgrade" },
	{ .noun = "snapshot", .verb = "revert", .method = &gaon_method_lifecycle_revert_snapshot,
	  .words = "name:machine/snapshots", .summary = "takes the machine back; what happened since is lost",
	  .example = "snapshot revert web-1 before-upgrade --wait" },
	{ .noun = "snapshot", .verb = "delete", .method = &gaon_method_lifecycle_delete_snapshot,
	  .words = "name:machine/snapshots", .summary = "deletes a snapshot",
	  .example = "snapshot delete web-1 before-upgrade --wait" },

	{ .noun = "operation", .verb = "list", .method = &gaon_method_lifecycle_list_operations, .scope = SCOPE_NEAREST,
	  .columns = OPERATION_COLUMNS, .summary = "lists the operations of the project (or tenant), newest first",
	  .example = "operation list --state running" },
	{ .noun = "operation", .verb = "get", .method = &gaon_method_lifecycle_get_operation, .words = "name:operation",
	  .summary = "shows an operation with its journal", .example = "operation get 0193a5c2-6f4e-7c31-9a53-3f0c8b1d2e4f" },
	{ .noun = "operation", .verb = "watch", .method = &gaon_method_lifecycle_watch_operation, .words = "name:operation",
	  .run = special_watch_operation, .summary = "follows an operation to its end; exit code 7 when it fails",
	  .example = "operation watch 0193a5c2-6f4e-7c31-9a53-3f0c8b1d2e4f" },
	{ .noun = "operation", .verb = "cancel", .method = &gaon_method_lifecycle_cancel_operation, .words = "name:operation",
	  .summary = "asks an operation to stop at its next step and undo what it did",
	  .example = "operation cancel 0193a5c2-6f4e-7c31-9a53-3f0c8b1d2e4f" },

	{ .noun = "observed", .verb = "sync", .method = &gaon_method_lifecycle_sync_connection, .words = "name:connection",
	  .summary = "reads what exists at a cloud and compares it with what should", .example = "observed sync lab --wait" },
	{ .noun = "observed", .verb = "list", .method = &gaon_method_lifecycle_list_observed_resources,
	  .words = "parent:connection", .columns = OBSERVED_COLUMNS, .summary = "lists what the last sync saw",
	  .example = "observed list lab --state foreign" },
	{ .noun = "drift", .verb = "get", .method = &gaon_method_lifecycle_get_drift_report, .words = "parent:connection",
	  .summary = "says what is missing, changed or foreign by the last sync", .example = "drift get lab" },
	{ .noun = "drift", .verb = "list", .method = &gaon_method_lifecycle_get_drift_report, .words = "parent:connection",
	  .summary = "the same as drift get", .example = "drift list lab" },
};

const struct command_table commands_lifecycle = { rows, sizeof(rows) / sizeof(rows[0]) };
