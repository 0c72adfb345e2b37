# SPDX-License-Identifier: Apache-2.0
"""How v3 tells of things: as real Prism Centrals were recorded to, which is not always as the swagger says.

A GET and a list differ in small ways (flash_mode, storage_config), the answer to a change has only a state and its task in its
status, and there task_uuid is a text; everywhere else it is an array.
"""
from world import MIB, stamp

KINDS = {"vms": "vm", "clusters": "cluster", "subnets": "subnet", "images": "image", "hosts": "host",
         "vm_recovery_points": "vm_recovery_point", "volume_groups": "volume_group", "projects": "project"}
HASH = "0" * 50


def reference(kind, uuid, name=None):
    return {"kind": kind, "uuid": uuid} if name is None else {"kind": kind, "uuid": uuid, "name": name}


def cluster_reference(world, uuid):
    return reference("cluster", uuid, world.need(world.clusters, uuid, "cluster")["name"])


def accepted(kind, uuid, spec, task):
    """202: of what was asked for, the task alone is known."""
    answer = {"api_version": "3.1",
              "metadata": {"kind": kind, "uuid": uuid, "spec_version": 0, "use_categories_mapping": False},
              "status": {"state": "PENDING" if spec else "DELETE_PENDING", "execution_context": {"task_uuid": task["uuid"]}}}
    if spec:
        answer["spec"] = spec
    return answer


def task(row):
    answer = {"api_version": "3.1", "uuid": row["uuid"], "status": row["status"], "operation_type": row["operation"],
              "percentage_complete": 100 if row["completed"] else 0, "progress_message": row["operation"],
              "creation_time": stamp(row["created"]), "creation_time_usecs": int(row["created"] * 1e6), "logical_timestamp": 1,
              "last_update_time": stamp(row["completed"] or row["created"]),
              "entity_reference_list": [reference(kind, uuid) for kind, uuid, _ in row["entities"]],
              "subtask_reference_list": []}
    if row["completed"]:
        answer["completion_time"] = stamp(row["completed"])
    if row["failure"]:
        answer.update(error_code=row["failure"].reason, error_detail=row["failure"].message)
    return answer


def entity(world, kind, row, is_listed=False):
    shape = {"vm": vm, "cluster": cluster, "subnet": subnet, "image": image, "host": host, "vm_recovery_point": point,
             "volume_group": group, "project": project}[kind](world, row, is_listed)
    if not is_listed:
        shape["api_version"] = "3.1"
    return shape


def status(world, row, resources, with_cluster=True):
    told = {"name": row["name"], "state": row.get("state", "COMPLETE"), "resources": resources,
            "execution_context": {"task_uuid": [row.get("task", world.owner)]}}
    if with_cluster and row.get("cluster"):
        told["cluster_reference"] = cluster_reference(world, row["cluster"])
    return told


def times(row):
    return {"creation_time": stamp(row["created"]), "last_update_time": stamp(row.get("updated", row["created"]))}


# ---- machines ----

def disks(world, row, is_status, is_listed):
    told = []
    for disk in row["disks"]:
        container = world.need(world.containers, disk["container"], "storage_container")
        storage = {"storage_container_reference": reference("storage_container", container["uuid"], container["name"])}
        shape = {"uuid": disk["uuid"], "disk_size_bytes": disk["bytes"], "disk_size_mib": -(-disk["bytes"] // MIB),
                 "device_properties": {"device_type": "DISK",
                                       "disk_address": {"adapter_type": disk["bus"], "device_index": disk["index"]}},
                 "storage_config": storage}
        if disk.get("image"):
            shape["data_source_reference"] = reference("image", disk["image"])
        if is_listed:
            storage["flash_mode"] = "DISABLED"
        if is_status:
            shape["is_migration_in_progress"] = False
        if is_status and is_listed:
            shape["is_encryption_in_progress"] = False
        told.append(shape)
    return told


def nics(world, row, is_listed):
    told = []
    for nic in row["nics"]:
        subnet_ = world.need(world.subnets, nic["subnet"], "subnet")
        shape = {"uuid": nic["uuid"], "nic_type": "NORMAL_NIC", "vlan_mode": "ACCESS", "trunked_vlan_list": [],
                 "mac_address": nic["mac"], "is_connected": True,
                 "ip_endpoint_list": [{"type": "ASSIGNED", "ip": nic["ip"]}] if nic["ip"] else [],
                 "subnet_reference": reference("subnet", subnet_["uuid"], subnet_["name"])}
        if not is_listed:
            shape["num_queues"] = 1
        told.append(shape)
    return told


def vm_resources(world, row, is_status, is_listed):
    told = {"num_sockets": row["sockets"], "num_vcpus_per_socket": row["cores"], "num_threads_per_core": 1,
            "memory_size_mib": row["memory_mib"], "memory_overcommit_enabled": False, "gpu_console_enabled": False,
            "is_vcpu_hard_pinned": False, "power_state": row["power"],
            "power_state_mechanism": {"mechanism": "HARD", "guest_transition_config": {
                "enable_script_exec": False, "should_fail_on_script_failure": False}},
            "hardware_clock_timezone": "UTC", "is_agent_vm": False, "disable_branding": False, "enable_cpu_passthrough": False,
            "machine_type": "PC", "hardware_virtualization_enabled": False, "disk_list": disks(world, row, is_status, is_listed),
            "nic_list": nics(world, row, is_listed), "gpu_list": [], "vga_console_enabled": True,
            "boot_config": {"boot_device_order_list": ["CDROM", "DISK", "NETWORK"], "boot_type": row["boot"]},
            "vnuma_config": {"num_vnuma_nodes": 0}, "serial_port_list": [], "cpu_hotplug_enabled": True,
            "scsi_controller_enabled": True}
    if not is_listed:
        told.update(apc_config={"enabled": False}, vtpm_config={"vtpm_enabled": False})
    if is_status:
        told.update(generation_uuid=row["generation"], bios_uuid=row["uuid"], hypervisor_type="AHV",
                    protection_type="UNPROTECTED")
        if not is_listed:
            told["vtpm_config"]["version"] = ""
        else:
            told["storage_config"] = {}
    return told


def vm(world, row, is_listed):
    described = {} if row["description"] is None else {"description": row["description"]}
    told = {"metadata": dict(times(row), kind="vm", uuid=row["uuid"], spec_version=row["version"],
                             entity_version=str(row["version"]), categories_mapping=row["categories"],
                             categories={key: values[0] for key, values in row["categories"].items() if values},
                             project_reference=reference("project", row["project"], world.project["name"]),
                             owner_reference=reference("user", world.owner, "admin")),
            "spec": dict(described, name=row["name"], resources=vm_resources(world, row, False, is_listed),
                         cluster_reference=cluster_reference(world, row["cluster"])),
            "status": dict(status(world, row, vm_resources(world, row, True, is_listed)), **described)}
    if is_listed:
        told["metadata"]["spec_hash"] = HASH
    if row["state"] == "PENDING" and row["version"] == 0:
        # Accepted and not made: nothing of it is known but what was asked for.
        told["status"]["resources"] = {}
    return told


# ---- the rest ----

def cluster(world, row, is_listed):
    software = lambda kind, version: {"software_type": kind, "status": "INSTALLED", "version": version}
    config = {"software_map": {"NOS": software("NOS", row["version"]), "NCC": software("NCC", "ncc-5.0.0")},
              "encryption_status": "NOT_SUPPORTED", "redundancy_factor": 2, "operation_mode": "NORMAL", "timezone": "UTC",
              "enabled_feature_list": [], "domain_awareness_level": "NODE", "authorized_public_key_list": [],
              "supported_information_verbosity": "BASIC_PLUS_CORE_DUMP"}
    network = {"external_ip": "10.40.231.131", "ntp_server_ip_list": [], "external_subnet": "10.40.224.0/255.255.240.0",
               "external_data_services_ip": "10.40.231.132", "name_server_ip_list": [],
               "internal_subnet": "192.168.5.0/255.255.255.128"}
    signing = {name: "" for name in ("country_code", "state", "city", "organization", "common_name", "email_address")}
    told = dict(config, service_list=row["functions"], is_available=True, cluster_arch="X86_64",
                ssl_key={"key_type": "RSA_4096", "expire_datetime": "2030-01-01T00:00:00Z", "signing_info": signing},
                build={"build_type": "release", "version": row["version"], "full_version": row["version"], "commit_id": "0",
                       "short_commit_id": "0", "is_long_term_support": True})
    resources = {"config": told, "network": network}
    if row["hosts"]:
        resources["nodes"] = {"hypervisor_server_list": [{"ip": "10.40.231.%d" % (130 + n), "type": "AHV", "version": "el8"}
                                                         for n in range(row["hosts"])]}
    return {"metadata": {"kind": "cluster", "uuid": row["uuid"], "categories": {}, "categories_mapping": {}, "spec_version": 1,
                         "spec_hash": HASH, "creation_time": stamp(0), "last_update_time": stamp(0)},
            "spec": {"name": row["name"], "resources": {"config": config, "network": network}},
            "status": {"name": row["name"], "state": "COMPLETE", "resources": resources}}


def subnet(world, row, is_listed):
    ip = {"subnet_ip": row["prefix"] + ".0", "prefix_length": 24, "default_gateway_ip": row["prefix"] + ".1",
          "pool_list": [{"range": "%s.50 %s.250" % (row["prefix"], row["prefix"])}],
          "dhcp_options": {"domain_name_server_list": [row["prefix"] + ".2"]},
          "dhcp_server_address": {"ip": row["prefix"] + ".254"}}
    resources = {"subnet_type": "OVERLAY" if row["vpc"] else "VLAN", "ip_config": ip}
    if row["vpc"]:
        resources["vpc_reference"] = reference("vpc", row["vpc"])
    else:
        resources.update(vswitch_name="br0", vlan_id=row["vlan"], virtual_switch_uuid=world.owner)
    usage = {"num_free_ips": 150, "num_macs": 1, "num_assigned_ips": 1,
             "ip_pools_stats": [{"num_total_ips": 201, "num_free_ips": 150, "range": ip["pool_list"][0]["range"]}]}
    named = {} if row["vpc"] else {"cluster_reference": cluster_reference(world, row["cluster"])}
    told = {"metadata": {"kind": "subnet", "uuid": row["uuid"], "spec_version": 1, "categories": {}, "categories_mapping": {},
                         "owner_reference": reference("user", world.owner, "admin"), "creation_time": stamp(0),
                         "last_update_time": stamp(0), "spec_hash": HASH},
            "spec": dict(named, name=row["name"], resources=resources)}
    state = {"state": "COMPLETE", "execution_context": {"task_uuid": [world.owner]}}
    told["status"] = dict(named, name=row["name"], resources=dict(resources, ip_usage_stats=usage))
    told["status"].update(state)
    return told


def image(world, row, is_listed):
    resources = {"image_type": row["type"], "architecture": "X86_64"}
    told = {"metadata": dict(times(row), kind="image", uuid=row["uuid"], spec_version=row["version"], categories={},
                             categories_mapping={}, owner_reference=reference("user", world.owner, "admin")),
            "spec": {"name": row["name"], "description": row["description"], "resources": resources},
            "status": dict(status(world, row, dict(resources, retrieval_uri_list=[], current_cluster_reference_list=[]), False),
                           description=row["description"])}
    if row["state"] == "COMPLETE":
        told["status"]["resources"]["size_bytes"] = row["bytes"]
    return told


def host(world, row, is_listed):
    resources = {"num_cpu_cores": row["cores"], "num_cpu_sockets": 2, "memory_capacity_mib": row["memory_mib"],
                 "host_type": "HYPER_CONVERGED", "hypervisor": {"ip": "10.40.231.130", "num_vms": 1}}
    return {"metadata": {"kind": "host", "uuid": row["uuid"], "spec_version": 1, "categories": {}, "categories_mapping": {},
                         "creation_time": stamp(0), "last_update_time": stamp(0)},
            "spec": {"name": row["name"], "resources": {}}, "status": status(world, row, resources)}


def point(world, row, is_listed):
    resources = {"parent_vm_reference": reference("vm", row["vm"]), "recovery_point_type": "CRASH_CONSISTENT",
                 "creation_time": stamp(row["created"])}
    return {"metadata": dict(times(row), kind="vm_recovery_point", uuid=row["uuid"], spec_version=row["version"], categories={},
                             categories_mapping={}),
            "spec": {"name": row["name"], "resources": resources}, "status": status(world, row, resources)}


def group(world, row, is_listed):
    made = row["state"] == "COMPLETE" or row["version"] > 0
    shapes = [{"uuid": disk["uuid"], "index": disk["index"], "disk_size_bytes": disk["bytes"],
               "disk_size_mib": -(-disk["bytes"] // MIB), "storage_container_uuid": disk["container"]} for disk in row["disks"]]
    attached = [{"vm_reference": reference("vm", row["vm"])}] if row["vm"] else []
    resources = {"usage_type": "USER", "sharing_status": "NOT_SHARED", "disk_list": shapes, "attachment_list": attached}
    told = {"metadata": dict(times(row), kind="volume_group", uuid=row["uuid"], spec_version=row["version"], categories={},
                             categories_mapping={}),
            "spec": {"name": row["name"], "description": row["description"], "resources": resources,
                     "cluster_reference": cluster_reference(world, row["cluster"])},
            "status": dict(status(world, row, dict(resources) if made else {}), description=row["description"])}
    return told


def project(world, row, is_listed):
    used = lambda measure: sum(measure(vm_) for vm_ in world.vms.values())
    rows = [{"resource_type": "VCPUS", "units": "COUNT", "limit": 400, "value": used(lambda v: v["sockets"] * v["cores"])},
            {"resource_type": "MEMORY", "units": "BYTES", "limit": 1 << 40, "value": used(lambda v: v["memory_mib"] * MIB)},
            {"resource_type": "STORAGE", "units": "BYTES", "value": used(lambda v: sum(d["bytes"] for d in v["disks"]))}]
    return {"metadata": {"kind": "project", "uuid": row["uuid"], "spec_version": 1, "categories": {}, "categories_mapping": {}},
            "spec": {"name": row["name"], "resources": {}},
            "status": {"name": row["name"], "state": "COMPLETE", "resources": {"resource_domain": {"resources": rows}}}}
