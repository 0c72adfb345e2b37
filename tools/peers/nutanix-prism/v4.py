# SPDX-License-Identifier: Apache-2.0
"""API v4 on the world: namespaces, OData, ETags, request ids. How it is told is v4_shapes.py's."""
import re
from datetime import datetime

import odata
import v4_shapes as shapes
from world import Refusal, new_id

UUID = r"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
VM = "vmm:ahv/config/vms"
# What v4.0 documents as filterable, by list.
FIELDS = {
    VM: ("extId", "name", "cluster", "cluster/extId", "powerState", "memorySizeBytes", "numSockets", "machineType"),
    "vmm:content/images": ("description", "name", "sizeBytes", "type"),
    "networking:config/subnets": ("clusterReference", "extId", "isExternal", "name", "subnetType", "vpcReference"),
    "clustermgmt:config/clusters": ("extId", "name"),
    "clustermgmt:config/hosts": ("extId", "hostName"),
    "prism:config/categories": ("extId", "key", "ownerUuid", "type", "value"),
    "dataprotection:config/recovery-points": ("creationTime", "extId", "name", "recoveryPointType", "vmRecoveryPoints"),
    "volumes:config/volume-groups": ("clusterReference", "extId", "name"),
}


def refusal_body(refusal):
    return {"data": {"$objectType": "prism.v4.error.ErrorResponse", "$errorItemDiscriminator": "List<prism.v4.error.AppMessage>",
                     "error": [{"$objectType": "prism.v4.error.AppMessage", "message": refusal.message, "severity": "ERROR",
                                "code": refusal.code, "errorGroup": refusal.group, "locale": "en-US"}]}}


class V4:
    def __init__(self, world):
        self.world = world
        actions = "(power-on|power-off|shutdown|reboot|reset|power-cycle|guest-shutdown|guest-reboot)"
        self.routes = [(method, name_space, re.compile("^" + path + "$"), function) for method, name_space, path, function in (
            ("GET", "vmm", "(ahv/config/vms|content/images)", self.list),
            ("GET", "networking", "(config/subnets)", self.list),
            ("GET", "clustermgmt", "(config/clusters|config/hosts)", self.list),
            ("GET", "prism", "(config/categories)", self.list),
            ("GET", "dataprotection", "(config/recovery-points)", self.list),
            ("GET", "volumes", "(config/volume-groups)", self.list),
            ("GET", "vmm", "(ahv/config/vms|content/images)/" + UUID, self.get),
            ("GET", "networking", "(config/subnets)/" + UUID, self.get),
            ("GET", "clustermgmt", "(config/clusters)/" + UUID, self.get),
            ("GET", "prism", "(config/categories)/" + UUID, self.get),
            ("GET", "dataprotection", "(config/recovery-points)/" + UUID, self.get),
            ("GET", "volumes", "(config/volume-groups)/" + UUID, self.get),
            ("GET", "prism", "config/tasks/ZXJnb24=:" + UUID, self.task_get),
            ("POST", "vmm", "ahv/config/vms", self.vm_create),
            ("PUT", "vmm", "ahv/config/vms/" + UUID, self.vm_update),
            ("DELETE", "vmm", "ahv/config/vms/" + UUID, self.vm_delete),
            ("POST", "vmm", "ahv/config/vms/" + UUID + r"/\$actions/" + actions, self.vm_action),
            ("POST", "vmm", "ahv/config/vms/" + UUID + r"/\$actions/revert", self.vm_revert),
            ("POST", "vmm", "ahv/config/vms/" + UUID + r"/\$actions/(associate|disassociate)-categories", self.vm_categories),
            ("GET", "vmm", "ahv/stats/vms/" + UUID, self.stats),
            ("POST", "vmm", "content/images", self.image_create),
            ("DELETE", "vmm", "content/images/" + UUID, self.image_delete),
            ("POST", "prism", "config/categories", self.category_create),
            ("POST", "dataprotection", "config/recovery-points", self.point_create),
            ("DELETE", "dataprotection", "config/recovery-points/" + UUID, self.point_delete),
            ("POST", "volumes", "config/volume-groups", self.group_create),
            ("DELETE", "volumes", "config/volume-groups/" + UUID, self.group_delete),
            ("GET", "volumes", "config/volume-groups/" + UUID + "/(disks|vm-attachments)", self.group_parts),
            ("GET", "volumes", "config/volume-groups/" + UUID + "/disks/" + UUID, self.group_disk),
            ("PUT", "volumes", "config/volume-groups/" + UUID + "/disks/" + UUID, self.group_disk_update),
            ("POST", "volumes", "config/volume-groups/" + UUID + r"/\$actions/(attach|detach)-vm", self.group_attach),
        )]

    def answer(self, request):
        """request: method, name_space, rest, query, headers (lower case), body. Gives (status, body, headers)."""
        for method, name_space, pattern, function in self.routes:
            match = pattern.match(request["rest"])
            if method == request["method"] and name_space == request["name_space"] and match:
                with self.world.lock:
                    self.world.settle()
                    return self.once(request, function, match.groups())
        return 404, refusal_body(Refusal(404, "NOT_FOUND", "There is no %s %s." % (request["method"], request["rest"]))), {}

    def once(self, request, function, groups):
        """A change with a request id that was seen before gets the answer of then."""
        is_change = request["method"] != "GET"
        id_ = request["headers"].get("ntnx-request-id")
        if is_change and not id_:
            return 400, refusal_body(Refusal(400, "VALIDATION_ERROR", "The header NTNX-Request-Id is missing.")), {}
        if is_change and id_ in self.world.requests:
            return self.world.requests[id_]
        try:
            answer = function(request, *groups)
        except Refusal as refusal:
            # v4 says 400 where v3 says 422, and has a number of its own for what is stale.
            return {422: 400}.get(refusal.status, refusal.status), refusal_body(refusal), {}
        except odata.BadFilter as error:
            return 400, refusal_body(Refusal(400, "VALIDATION_ERROR", str(error))), {}
        if is_change:
            self.world.requests[id_] = answer
        return answer

    # ---- reading ----

    def things(self, kind):
        world = self.world
        born = lambda things: [t for t in things.values() if t["state"] == "COMPLETE" or t["version"] > 0]
        return {VM: lambda: born(world.vms), "vmm:content/images": lambda: list(world.images.values()),
                "networking:config/subnets": lambda: world.subnets, "clustermgmt:config/clusters": lambda: world.clusters,
                "clustermgmt:config/hosts": lambda: world.hosts,
                "prism:config/categories": lambda: [{"uuid": id_, "key": key, "value": value}
                                                    for (key, value), id_ in world.categories.items()],
                "dataprotection:config/recovery-points": lambda: [p for p in world.points.values() if p["state"] == "COMPLETE"],
                "volumes:config/volume-groups": lambda: born(world.groups)}[kind]()

    def list(self, request, path):
        kind, query = request["name_space"] + ":" + path, request["query"]
        rows = [shapes.entity(self.world, kind, row) for row in self.things(kind)]
        test = odata.matcher(query.get("$filter"), FIELDS[kind])
        return self.page([row for row in rows if test(row)], query, shapes.LISTS[kind])

    @staticmethod
    def page(rows, query, type_):
        page, limit = int(query.get("$page", 0)), int(query.get("$limit", 50))
        if not 1 <= limit <= 100 or page < 0:
            raise Refusal(400, "VALIDATION_ERROR", "$limit must be 1 to 100.")
        part = rows[page * limit:(page + 1) * limit]
        if "$select" in query:
            wanted = query["$select"].split(",") + ["extId", "$objectType"]
            part = [{key: value for key, value in row.items() if key in wanted} for row in part]
        return 200, shapes.answer(type_, part or None, len(rows)), {}

    def get(self, request, path, uuid):
        kind = request["name_space"] + ":" + path
        row = next((row for row in self.things(kind) if row["uuid"] == uuid), None)
        if row is None:
            raise Refusal(404, "ENTITY_NOT_FOUND", "The entity %s does not exist." % uuid)
        return 200, shapes.answer(shapes.GETS[kind], shapes.entity(self.world, kind, row)), {"ETag": shapes.etag(row)}

    def task_get(self, _request, uuid):
        task = self.world.need(self.world.tasks, uuid, "task")
        return 200, shapes.answer("prism.v4.config.GetTaskApiResponse", shapes.task(task)), {}

    def stats(self, request, uuid):
        vm, query = self.vm(uuid), request["query"]
        missing = [name for name in ("$startTime", "$endTime", "$samplingInterval", "$statType", "$select") if not query.get(name)]
        if missing or query["$select"] == "*":
            raise Refusal(400, "VM_INVALID_ARGUMENT", "Parameters are missing: %s" % missing, code="VMM-30102")
        when = lambda name: datetime.fromisoformat(query[name].replace("Z", "+00:00")).timestamp()
        rows = self.world.measure(vm, when("$startTime"), when("$endTime"), int(query["$samplingInterval"]))
        wanted = [name[len("stats/"):] for name in query["$select"].split(",")]
        return 200, shapes.answer("vmm.v4.ahv.stats.GetVmStatsApiResponse", shapes.stats(vm, rows, wanted)), {}

    # ---- changes ----

    def vm(self, uuid):
        vm = self.world.vms.get(uuid)
        if vm is None or (vm["state"] == "PENDING" and vm["version"] == 0):
            raise Refusal(404, "VM_NOT_FOUND", "The VM %s does not exist." % uuid, "VM_NOT_FOUND", "VMM-30100")
        return vm

    def matched(self, request, thing):
        given = request["headers"].get("if-match")
        if not given:
            raise Refusal(428, "PRECONDITION_FAILED", "The header If-Match is missing.")
        if given != shapes.etag(thing) or self.world.lose_edit():
            self.world.touch(thing)
            raise Refusal(412, "VM_ETAG_MISMATCH", "If-Match header value passed is not the present one.", "VM_ETAG_MISMATCH",
                          "VMM-30303")

    def category(self, id_):
        try:
            return self.world.category_of(id_)
        except Refusal as refusal:
            raise Refusal(400, "VALIDATION_ERROR", refusal.message) from refusal

    @staticmethod
    def accepted(type_, task):
        return 202, shapes.answer(type_, shapes.task_reference(task)), {}

    def vm_create(self, request):
        body = request["body"]
        if not body.get("cluster", {}).get("extId"):
            raise Refusal(400, "VALIDATION_ERROR", "A cluster is needed.")
        categories = {}
        for row in body.get("categories", []):
            key, value = self.category(row["extId"])
            categories.setdefault(key, []).append(value)
        disks = []
        for row in body.get("disks", []):
            backing, address = row["backingInfo"], row.get("diskAddress", {})
            source = backing.get("dataSource", {}).get("reference", {})
            disks.append({"bytes": backing.get("diskSizeBytes", 0), "container": backing.get("storageContainer", {}).get("extId"),
                          "image": source.get("imageExtId"), "source": source.get("diskExtId"),
                          "index": address.get("index", len(disks)), "bus": address.get("busType", "SCSI")})
        boot = body.get("bootConfig", {}).get("$objectType", "")
        vm, task = self.world.vm_make({
            "uuid": new_id(), "name": body.get("name"), "description": body.get("description"), "power": "OFF",
            "sockets": body.get("numSockets", 1), "cores": body.get("numCoresPerSocket", 1), "disks": disks,
            "memory_mib": body.get("memorySizeBytes", 1 << 30) >> 20, "cluster": body["cluster"]["extId"],
            "nics": [{"subnet": nic["networkInfo"]["subnet"]["extId"]} for nic in body.get("nics", [])],
            "boot": "UEFI" if boot.endswith("UefiBoot") else "LEGACY", "categories": categories,
            "project": self.world.project["uuid"]})
        return self.accepted("vmm.v4.ahv.config.CreateVmApiResponse", task)

    def vm_update(self, request, uuid):
        vm, body = self.vm(uuid), request["body"]
        self.matched(request, vm)
        after = {"name": body["name"], "description": body.get("description"), "sockets": body["numSockets"],
                 "cores": body["numCoresPerSocket"], "memory_mib": body["memorySizeBytes"] >> 20}
        if len(after["name"]) > 80 or len(after["description"] or "") > 1000:
            raise Refusal(400, "VALIDATION_ERROR", "The name or the description is too long.")
        if any(after[m] != vm[m] for m in ("sockets", "cores", "memory_mib")) and vm["power"] == "ON":
            raise Refusal(409, "INVALID_STATE", "The VM must be powered off for that.")
        task = self.world.vm_work(vm, "update_vm", lambda: vm.update(after))
        return self.accepted("vmm.v4.ahv.config.UpdateVmApiResponse", task)

    def vm_delete(self, request, uuid):
        vm = self.vm(uuid)
        self.matched(request, vm)
        return self.accepted("vmm.v4.ahv.config.DeleteVmApiResponse", self.world.vm_delete(vm))

    def vm_action(self, request, uuid, name):
        vm = self.vm(uuid)
        self.matched(request, vm)
        type_ = {"power-on": "PowerOnVm", "power-off": "PowerOffVm", "shutdown": "ShutdownVm", "reboot": "RebootVm",
                 "reset": "ResetVm", "power-cycle": "PowerCycleVm", "guest-shutdown": "ShutdownGuestVm",
                 "guest-reboot": "RebootGuestVm"}[name]
        task = self.world.vm_action(vm, name.replace("guest-", "").replace("-", "_"))
        return self.accepted("vmm.v4.ahv.config.%sApiResponse" % type_, task)

    def vm_revert(self, request, uuid):
        vm = self.vm(uuid)
        self.matched(request, vm)
        part = request["body"]["vmRecoveryPointExtId"]
        point = next((p for p in self.world.points.values() if p["part"] == part), None)
        if point is None:
            raise Refusal(404, "ENTITY_NOT_FOUND", "The VM recovery point %s does not exist." % part)
        return self.accepted("vmm.v4.ahv.config.RevertVmApiResponse", self.world.vm_revert(vm, point))

    def vm_categories(self, request, uuid, what):
        vm = self.vm(uuid)
        self.matched(request, vm)
        pairs = [self.category(row["extId"]) for row in request["body"]["categories"]]

        def effect():
            for key, value in pairs:
                values = [v for v in vm["categories"].get(key, []) if v != value]
                if what == "associate":
                    values.append(value)
                vm["categories"].pop(key, None)
                if values:
                    vm["categories"][key] = values

        task = self.world.vm_work(vm, what + "_categories", effect)
        return self.accepted("vmm.v4.ahv.config.%sCategoriesApiResponse" % what.capitalize(), task)

    def category_create(self, request):
        body = request["body"]
        if (body["key"], body["value"]) in self.world.categories:
            raise Refusal(409, "CATEGORY_ALREADY_EXISTS", "The category %s:%s exists already." % (body["key"], body["value"]))
        row = {"uuid": self.world.category_make(body["key"], body["value"]), "key": body["key"], "value": body["value"]}
        shape = shapes.entity(self.world, "prism:config/categories", row)
        return 201, shapes.answer("prism.v4.config.CreateCategoryApiResponse", shape), {"ETag": shapes.etag(row)}

    def point_create(self, request):
        body = request["body"]
        if len(body.get("vmRecoveryPoints", [])) != 1:
            raise Refusal(400, "VALIDATION_ERROR", "This server takes recovery points of one VM.")
        _, task = self.world.point_make(self.vm(body["vmRecoveryPoints"][0]["vmExtId"]), body.get("name"))
        return self.accepted("dataprotection.v4.config.CreateRecoveryPointApiResponse", task)

    def point_delete(self, request, uuid):
        point = self.world.need(self.world.points, uuid, "recovery point")
        self.matched(request, point)
        return self.accepted("dataprotection.v4.config.DeleteRecoveryPointApiResponse", self.world.point_delete(point))

    def image_create(self, request):
        body = request["body"]
        if len(body.get("description", "")) > 1000:
            raise Refusal(400, "VALIDATION_ERROR", "The description is too long.")
        _, task = self.world.image_make({"uuid": new_id(), "name": body["name"], "description": body.get("description"),
                                         "disk": body.get("source", {}).get("extId")})
        return self.accepted("vmm.v4.content.CreateImageApiResponse", task)

    def image_delete(self, request, uuid):
        image = self.world.need(self.world.images, uuid, "image")
        self.matched(request, image)
        return self.accepted("vmm.v4.content.DeleteImageApiResponse", self.world.image_delete(image))

    # ---- volume groups ----

    def group(self, uuid):
        group = self.world.need(self.world.groups, uuid, "volume group")
        if group["state"] == "PENDING" and group["version"] == 0:
            raise Refusal(404, "ENTITY_NOT_FOUND", "The volume group %s does not exist." % uuid)
        return group

    def group_create(self, request):
        body = request["body"]
        disks = [{"bytes": disk["diskSizeBytes"], "index": disk.get("index", 0),
                  "container": disk.get("diskDataSourceReference", {}).get("extId")} for disk in body.get("disks", [])]
        _, task = self.world.group_make({"uuid": new_id(), "name": body.get("name"), "description": body.get("description"),
                                         "disks": disks, "cluster": body.get("clusterReference")})
        return self.accepted("volumes.v4.config.CreateVolumeGroupApiResponse", task)

    def group_delete(self, request, uuid):
        group = self.group(uuid)
        self.matched(request, group)
        return self.accepted("volumes.v4.config.DeleteVolumeGroupApiResponse", self.world.group_delete(group))

    def group_parts(self, request, uuid, what):
        group = self.group(uuid)
        if what == "disks":
            rows = [shapes.group_disk(disk) for disk in group["disks"]]
            return self.page(rows, request["query"], "volumes.v4.config.ListVolumeDisksApiResponse")
        rows = [shapes.typed("volumes.v4.config.VmAttachment", extId=group["vm"], index=0)] if group["vm"] else []
        return self.page(rows, request["query"], "volumes.v4.config.ListVmAttachmentsApiResponse")

    def disk_of(self, uuid, disk):
        return self.world.need({d["uuid"]: d for d in self.group(uuid)["disks"]}, disk, "volume disk")

    def group_disk(self, _request, uuid, disk):
        row = self.disk_of(uuid, disk)
        return 200, shapes.answer("volumes.v4.config.GetVolumeDiskApiResponse", shapes.group_disk(row)), {"ETag": shapes.etag(row)}

    def group_disk_update(self, request, uuid, disk):
        group, row, size = self.group(uuid), self.disk_of(uuid, disk), request["body"]["diskSizeBytes"]
        self.matched(request, row)
        if size < row["bytes"]:
            raise Refusal(400, "VALIDATION_ERROR", "A disk grows only.")

        def effect():
            row.update(bytes=size, version=row["version"] + 1)

        task = self.world.group_work(group, "update_volume_disk", effect)
        return self.accepted("volumes.v4.config.UpdateVolumeDiskApiResponse", task)

    def group_attach(self, request, uuid, what):
        group, vm = self.group(uuid), self.vm(request["body"]["extId"])
        self.matched(request, group)
        if what == "attach" and group["vm"] not in (None, vm["uuid"]):
            raise Refusal(409, "INVALID_STATE", "The volume group is attached to another VM.")
        after = vm["uuid"] if what == "attach" else None
        task = self.world.group_work(group, what + "_vm", lambda: group.update(vm=after))
        return self.accepted("volumes.v4.config.%sVmApiResponse" % what.capitalize(), task)
