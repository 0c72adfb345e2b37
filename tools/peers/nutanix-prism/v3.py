# SPDX-License-Identifier: Apache-2.0
"""API v3 on the world: what is asked for, checked and done. How it is told is v3_shapes.py's."""
import re
import time

import v3_shapes as shapes
from world import MIB, Refusal, new_id, stamp

UUID = r"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"


def refusal_body(refusal):
    return {"api_version": "3.1", "code": refusal.status, "state": "ERROR",
            "message_list": [{"message": refusal.message, "reason": refusal.reason}]}


class V3:
    def __init__(self, world):
        self.world = world
        self.routes = [(method, re.compile("^/api/nutanix/v3/" + path + "$"), function) for method, path, function in (
            ("GET", "users/me", self.users_me),
            ("POST", "(vms|clusters|subnets|images|hosts|vm_recovery_points|volume_groups)/list", self.list),
            ("GET", "(vms|clusters|subnets|images|vm_recovery_points|volume_groups|projects)/" + UUID, self.get),
            ("POST", "vms", self.vm_create),
            ("PUT", "vms/" + UUID, self.vm_update),
            ("DELETE", "vms/" + UUID, self.vm_delete),
            ("POST", "vms/" + UUID + "/(acpi_shutdown|acpi_reboot|reset|power_cycle|guest_shutdown|guest_reboot)", self.vm_action),
            ("POST", "vms/" + UUID + "/snapshot", self.vm_snapshot),
            ("POST", "vms/" + UUID + "/revert", self.vm_revert),
            ("DELETE", "vm_recovery_points/" + UUID, self.point_delete),
            ("POST", "volume_groups", self.group_create),
            ("PUT", "volume_groups/" + UUID, self.group_update),
            ("DELETE", "volume_groups/" + UUID, self.group_delete),
            ("POST", "images", self.image_create),
            ("DELETE", "images/" + UUID, self.image_delete),
            ("PUT", "categories/([^/]+)", self.category_key),
            ("PUT", "categories/([^/]+)/([^/]+)", self.category_value),
            ("POST", "idempotence_identifiers", self.identifiers_make),
            ("GET", "idempotence_identifiers/([^/]+)", self.identifiers_get),
            ("DELETE", "idempotence_identifiers/([^/]+)", self.identifiers_delete),
            ("GET", "tasks/" + UUID, self.task_get),
            ("POST", "groups", self.groups),
        )]

    def answer(self, method, path, body):
        """(status, body)"""
        for known, pattern, function in self.routes:
            match = pattern.match(path)
            if match and known == method:
                with self.world.lock:
                    self.world.settle()
                    try:
                        return function(body or {}, *match.groups())
                    except Refusal as refusal:
                        return refusal.status, refusal_body(refusal)
        return 404, refusal_body(Refusal(404, "ENTITY_NOT_FOUND", "There is no %s %s." % (method, path)))

    # ---- reading ----

    def users_me(self, _body):
        return 200, {"api_version": "3.1", "metadata": {"kind": "user", "uuid": self.world.owner},
                     "status": {"name": "admin", "state": "COMPLETE", "resources": {"user_type": "LOCAL"}}}

    def things(self, collection):
        world = self.world
        # "Entities that have not been created successfully are not listed."
        born = lambda things: [t for t in things.values() if t["state"] == "COMPLETE" or t["version"] > 0]
        return {"vms": lambda: born(world.vms), "clusters": lambda: world.clusters, "subnets": lambda: world.subnets,
                "images": lambda: [i for i in world.images.values() if i["state"] == "COMPLETE"], "hosts": lambda: world.hosts,
                "vm_recovery_points": lambda: list(world.points.values()), "volume_groups": lambda: born(world.groups),
                "projects": lambda: [world.project]}[collection]()

    def list(self, body, collection):
        kind = shapes.KINDS[collection]
        if body.get("kind", kind) != kind:
            raise Refusal(422, "INVALID_ARGUMENT", "The kind is not %s." % kind)
        offset, length = body.get("offset", 0), body.get("length", 20)
        if length < 1 or length > 500 or offset < 0:
            raise Refusal(422, "INVALID_ARGUMENT", "The length must be 1 to 500.")
        rows = self.things(collection)
        for key, value in re.findall(r"(\w+)==([^;]+)", body.get("filter", "")):
            if key not in ("vm_name", "name"):
                raise Refusal(422, "INVALID_ARGUMENT", "There is no filter attribute %s." % key)
            rows = [row for row in rows if row["name"] == value]
        page = rows[offset:offset + length]
        metadata = {"kind": kind, "total_matches": len(rows)}
        if collection != "clusters":
            metadata.update(offset=offset, length=len(page))
        metadata.update({key: body[key] for key in ("filter", "sort_attribute", "sort_order") if key in body})
        return 200, {"api_version": "3.1", "metadata": metadata,
                     "entities": [shapes.entity(self.world, kind, row, is_listed=True) for row in page]}

    def get(self, _body, collection, uuid):
        kind = shapes.KINDS[collection]
        source = {"vms": self.world.vms, "images": self.world.images, "volume_groups": self.world.groups,
                  "vm_recovery_points": self.world.points, "clusters": self.world.clusters, "subnets": self.world.subnets,
                  "projects": [self.world.project]}[collection]
        return 200, shapes.entity(self.world, kind, self.world.need(source, uuid, kind))

    def task_get(self, _body, uuid):
        return 200, shapes.task(self.world.need(self.world.tasks, uuid, "task"))

    # ---- identity ----

    def identifiers_make(self, body):
        name, count = body.get("client_identifier") or new_id(), body.get("count", 1)
        if name in self.world.identifiers:
            raise Refusal(409, "ENTITY_ALREADY_EXISTS", "The client identifier %s exists already." % name)
        minutes = body.get("valid_duration_in_minutes", 527040)
        self.world.identifiers[name] = {"uuids": [new_id() for _ in range(count)], "expires": time.time() + 60 * minutes}
        return self.identifiers_get(body, name)

    def identifiers_get(self, _body, name):
        kept = self.world.identifiers.get(name)
        if not kept:
            raise Refusal(404, "ENTITY_NOT_FOUND", "The client identifier %s does not exist." % name)
        return 200, {"client_identifier": name, "count": len(kept["uuids"]), "expiration_time": stamp(kept["expires"]),
                     "uuid_list": kept["uuids"]}

    def identifiers_delete(self, body, name):
        self.identifiers_get(body, name)
        del self.world.identifiers[name]
        return 200, None

    def identity_of(self, metadata):
        """By default no UUID of the caller's own is taken: only one that was reserved before."""
        uuid = metadata.get("uuid")
        if uuid is None:
            return new_id()
        if not any(uuid in kept["uuids"] for kept in self.world.identifiers.values()):
            raise Refusal(422, "INVALID_UUID", "The uuid %s was not given out by idempotence_identifiers." % uuid)
        return uuid

    # ---- categories ----

    def category_key(self, body, name):
        if body.get("name") != name:
            raise Refusal(422, "CATEGORY_NAME_VALUE_MISMATCH", "The name in the path is not that in the body.")
        is_new = name not in self.world.category_keys
        self.world.category_keys.setdefault(name, {"description": body.get("description", "")})
        return 201 if is_new else 200, {"name": name, "system_defined": False, "description": body.get("description", "")}

    def category_value(self, body, name, value):
        if name not in self.world.category_keys:
            raise Refusal(404, "ENTITY_NOT_FOUND", "The category %s does not exist." % name)
        if body.get("value", value) != value:
            raise Refusal(422, "CATEGORY_NAME_VALUE_MISMATCH", "The value in the path is not that in the body.")
        is_new = (name, value) not in self.world.categories
        self.world.category_make(name, value)
        return 201 if is_new else 200, {"name": name, "value": value, "system_defined": False}

    def categories_of(self, metadata):
        mapping = metadata.get("categories_mapping") if metadata.get("use_categories_mapping") else \
            {key: [value] for key, value in metadata.get("categories", {}).items()}
        for key, values in (mapping or {}).items():
            for value in values:
                if (key, value) not in self.world.categories:
                    raise Refusal(422, "INVALID_ARGUMENT", "The category %s:%s does not exist." % (key, value))
        return mapping or {}

    # ---- machines ----

    def disks_of(self, resources):
        disks = []
        for row in resources.get("disk_list", []):
            address = row.get("device_properties", {}).get("disk_address", {})
            source, size = row.get("data_source_reference"), row.get("disk_size_bytes")
            if size is not None and "disk_size_mib" in row and row["disk_size_mib"] != -(-size // MIB):
                raise Refusal(422, "INVALID_ARGUMENT", "disk_size_mib and disk_size_bytes do not match.")
            container = row.get("storage_config", {}).get("storage_container_reference", {}).get("uuid")
            disk = {"bytes": size or row.get("disk_size_mib", 0) * MIB, "container": container, "uuid": row.get("uuid")}
            if address:
                disk.update(index=address["device_index"], bus=address["adapter_type"])
            if source:
                disk["image" if source["kind"] == "image" else "source"] = source["uuid"]
            disks.append(disk)
        return disks

    def vm_create(self, body):
        spec, metadata = body["spec"], body["metadata"]
        resources = spec["resources"]
        vm, task = self.world.vm_make({
            "uuid": self.identity_of(metadata), "name": spec["name"], "description": spec.get("description"),
            "sockets": resources.get("num_sockets", 1), "cores": resources.get("num_vcpus_per_socket", 1),
            "memory_mib": resources.get("memory_size_mib", 1024), "power": resources.get("power_state", "OFF"),
            "disks": self.disks_of(resources), "nics": [{"subnet": nic["subnet_reference"]["uuid"]}
                                                        for nic in resources.get("nic_list", [])],
            "cluster": spec.get("cluster_reference", {}).get("uuid"),
            "boot": resources.get("boot_config", {}).get("boot_type", "LEGACY"), "categories": self.categories_of(metadata),
            "project": metadata.get("project_reference", {}).get("uuid", self.world.project["uuid"])})
        return 202, shapes.accepted("vm", vm["uuid"], spec, task)

    def stale(self, thing, metadata):
        """entity_version overrides spec_version; without it, only a version of before is refused (as recordings show)."""
        given = metadata.get("entity_version")
        is_old = metadata.get("spec_version", -1) < thing["version"] if given is None else given != str(thing["version"])
        if is_old or self.world.lose_edit():
            self.world.touch(thing)
            raise Refusal(409, "CONCURRENT_REQUESTS_NOT_ALLOWED", "Edit conflict: please retry change.")

    def vm_update(self, body, uuid):
        vm = self.world.need(self.world.vms, uuid, "vm")
        spec, metadata = body["spec"], body["metadata"]
        resources = spec["resources"]
        self.stale(vm, metadata)
        categories = self.categories_of(metadata)
        after = {"name": spec["name"], "description": spec.get("description"), "categories": categories,
                 "sockets": resources.get("num_sockets", 1), "cores": resources.get("num_vcpus_per_socket", 1),
                 "memory_mib": resources.get("memory_size_mib", 1024)}
        kept = {disk.get("uuid") for disk in self.disks_of(resources)}
        if kept != {disk["uuid"] for disk in vm["disks"]}:
            raise Refusal(422, "INVALID_ARGUMENT", "The disks of the spec are not those of the vm.")
        is_resize = any(after[member] != vm[member] for member in ("sockets", "cores", "memory_mib"))
        if is_resize and vm["power"] == "ON":
            raise Refusal(409, "INVALID_STATE", "The vm must be powered off for that.")
        power = resources.get("power_state", vm["power"])

        def effect():
            vm.update(after)
            self.world.vm_power(vm, power)

        return 202, shapes.accepted("vm", uuid, spec, self.world.vm_work(vm, "update_vm", effect))

    def vm_delete(self, _body, uuid):
        vm = self.world.need(self.world.vms, uuid, "vm")
        return 202, shapes.accepted("vm", uuid, None, self.world.vm_delete(vm))

    def vm_action(self, _body, uuid, name):
        vm = self.world.need(self.world.vms, uuid, "vm")
        name = {"acpi_shutdown": "shutdown", "guest_shutdown": "shutdown", "acpi_reboot": "reboot",
                "guest_reboot": "reboot", "power_cycle": "reset"}.get(name, name)
        return 202, {"task_uuid": self.world.vm_action(vm, name)["uuid"]}

    def vm_snapshot(self, body, uuid):
        vm = self.world.need(self.world.vms, uuid, "vm")
        _, task = self.world.point_make(vm, body.get("name"), body.get("vm_recovery_point_uuid"))
        return 202, {"task_uuid": task["uuid"]}

    def vm_revert(self, body, uuid):
        vm = self.world.need(self.world.vms, uuid, "vm")
        point = self.world.need(self.world.points, body["vm_recovery_point_uuid"], "vm_recovery_point")
        return 202, {"task_uuid": self.world.vm_revert(vm, point)["uuid"]}

    def point_delete(self, _body, uuid):
        point = self.world.need(self.world.points, uuid, "vm_recovery_point")
        return 202, shapes.accepted("vm_recovery_point", uuid, None, self.world.point_delete(point))

    # ---- volume groups, images ----

    def group_create(self, body):
        spec, resources = body["spec"], body["spec"]["resources"]
        disks = [{"bytes": disk.get("disk_size_bytes") or disk.get("disk_size_mib", 0) * MIB, "index": disk.get("index", 0),
                  "container": disk.get("storage_container_uuid")} for disk in resources.get("disk_list", [])]
        group, task = self.world.group_make({"uuid": self.identity_of(body["metadata"]), "name": spec["name"],
                                             "description": spec.get("description"), "disks": disks,
                                             "cluster": spec.get("cluster_reference", {}).get("uuid")})
        return 202, shapes.accepted("volume_group", group["uuid"], spec, task)

    def group_update(self, body, uuid):
        group = self.world.need(self.world.groups, uuid, "volume_group")
        spec, resources = body["spec"], body["spec"]["resources"]
        self.stale(group, body["metadata"])
        vms = [row["vm_reference"]["uuid"] for row in resources.get("attachment_list", [])]
        for vm in vms:
            self.world.reference(self.world.vms, vm, "vm")
        sizes = [disk.get("disk_size_bytes") or disk["disk_size_mib"] * MIB for disk in resources.get("disk_list", [])]
        if len(sizes) != len(group["disks"]) or any(new < old["bytes"] for new, old in zip(sizes, group["disks"])):
            raise Refusal(422, "INVALID_ARGUMENT", "The disks of a volume group stay, and grow only.")

        def effect():
            group.update(name=spec["name"], description=spec.get("description"), vm=vms[0] if vms else None)
            for disk, size in zip(group["disks"], sizes):
                disk["bytes"] = size

        return 202, shapes.accepted("volume_group", uuid, spec, self.world.group_work(group, "update_volume_group", effect))

    def group_delete(self, _body, uuid):
        group = self.world.need(self.world.groups, uuid, "volume_group")
        return 202, shapes.accepted("volume_group", uuid, None, self.world.group_delete(group))

    def image_create(self, body):
        spec = body["spec"]
        source = spec["resources"].get("data_source_reference", {})
        image, task = self.world.image_make({"uuid": self.identity_of(body["metadata"]), "name": spec["name"],
                                             "description": spec.get("description"), "disk": source.get("uuid")})
        return 202, shapes.accepted("image", image["uuid"], spec, task)

    def image_delete(self, _body, uuid):
        image = self.world.need(self.world.images, uuid, "image")
        return 202, shapes.accepted("image", uuid, None, self.world.image_delete(image))

    # ---- measurements ----

    def groups(self, body):
        names = {"hypervisor_cpu_usage_ppm": "cpu_ppm", "memory_usage_ppm": "memory_ppm",
                 "controller_read_io_bandwidth_kBps": "read_kbps", "controller_write_io_bandwidth_kBps": "write_kbps"}
        results = []
        for uuid in body.get("entity_ids", []):
            vm = self.world.vms.get(uuid)
            if body["entity_type"] != "vm" or not vm:
                continue
            points = list(self.world.measure(vm, body.get("interval_start_ms", 0) / 1000, body.get("interval_end_ms", 0) / 1000,
                                             body.get("downsampling_interval", 30)))
            data = [{"name": row["attribute"],
                     "values": [{"time": when * 1000000, "values": [str(what[names[row["attribute"]]])]}
                                for when, what in points if row["attribute"] in names]}
                    for row in body.get("group_member_attributes", [])]
            results.append({"entity_id": uuid, "data": data})
        return 200, {"entity_type": body["entity_type"], "filtered_group_count": 1, "total_group_count": 1,
                     "total_entity_count": len(results), "filtered_entity_count": len(results),
                     "group_results": [{"entity_results": results, "group_by_column_value": "",
                                        "total_entity_count": len(results), "group_summaries": {}}] if results else []}
