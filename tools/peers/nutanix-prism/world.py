# SPDX-License-Identifier: Apache-2.0
"""What this Prism Central has: clusters, subnets, images, machines, recovery points, volume groups, categories, tasks.

Both APIs stand on it, so a machine that was made over v3 is there in v4, as it is with a real one. Work takes its time: a task is
QUEUED, then RUNNING, then its effect happens and it is SUCCEEDED. Everything is under one lock; time moves when somebody asks.
"""
import base64
import copy
import threading
import time
import uuid
from datetime import datetime, timezone

GIB = 1024 ** 3
MIB = 1024 ** 2


class Refusal(Exception):
    """No, in the words of either API: an HTTP status, a v3 reason, a v4 group and code, a sentence."""

    def __init__(self, status, reason, message, group=None, code=None):
        super().__init__(message)
        self.status, self.reason, self.message = status, reason, message
        self.group, self.code = group or reason, code or "SRV-%d" % status


def new_id():
    return str(uuid.uuid4())


def stamp(when=None):
    when = datetime.now(timezone.utc) if when is None else datetime.fromtimestamp(when, timezone.utc)
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def stamp_fine(when=None):
    when = datetime.now(timezone.utc) if when is None else datetime.fromtimestamp(when, timezone.utc)
    return when.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class World:
    def __init__(self, work_s=0.05, edits_lost_every=7):
        self.lock = threading.RLock()
        self.work_s, self.edits_lost_every = work_s, edits_lost_every
        self.edits = 0
        self.tasks, self.vms, self.points, self.groups, self.images = {}, {}, {}, {}, {}
        self.categories = {}   # (key, value): id
        self.category_keys = {}
        self.identifiers = {}  # client identifier: {"uuids", "expires"}
        self.requests = {}     # NTNX-Request-Id: the answer that it was given
        self.disks = {}        # uuid: bytes, of machines
        self.seed()

    def seed(self):
        fixed = lambda kind, number: "0%07d-0000-4000-8000-%012d" % (kind, number)
        self.owner = fixed(1, 1)
        self.clusters = [
            {"uuid": fixed(2, 1), "name": "east", "functions": ["AOS"], "version": "6.10.1", "hosts": 3},
            {"uuid": fixed(2, 2), "name": "west", "functions": ["AOS"], "version": "6.10.1", "hosts": 2},
            {"uuid": fixed(2, 3), "name": "central", "functions": ["PRISM_CENTRAL"], "version": "pc.2024.3.1", "hosts": 0},
        ]
        self.containers = [{"uuid": fixed(3, i + 1), "name": "default-container-%d" % i, "cluster": self.clusters[i]["uuid"]}
                           for i in range(2)]
        self.subnets = []
        for number, (cluster, vpc) in enumerate([(0, None), (0, None), (1, None), (None, fixed(5, 1))]):
            self.subnets.append({"uuid": fixed(4, number + 1), "name": "net-%d" % number, "vlan": 100 + number, "vpc": vpc,
                                 "cluster": None if cluster is None else self.clusters[cluster]["uuid"],
                                 "prefix": "10.9%d.0" % number, "next": 50})
        for number, name in enumerate(("debian-12", "rocky-9")):
            image = {"uuid": fixed(6, number + 1), "name": name, "description": "", "bytes": (number + 1) * GIB,
                     "type": "DISK_IMAGE", "created": time.time(), "state": "COMPLETE", "version": 1, "task": new_id()}
            self.images[image["uuid"]] = image
        self.images[fixed(6, 9)] = {"uuid": fixed(6, 9), "name": "tools.iso", "description": "", "bytes": 400 * MIB,
                                    "type": "ISO_IMAGE", "created": time.time(), "state": "COMPLETE", "version": 1,
                                    "task": new_id()}
        self.hosts = [{"uuid": fixed(7, n + 1), "name": "host-%d" % n, "cluster": self.clusters[0 if n < 3 else 1]["uuid"],
                       "memory_mib": 262144, "cores": 32} for n in range(5)]
        self.project = {"uuid": fixed(8, 1), "name": "default"}

    # ---- time and tasks ----

    def task(self, operation, entities, effect=None, parent=None):
        """Begins a piece of work; `effect` happens when it is over, and may raise a Refusal: then it has failed."""
        now = time.time()
        task = {"uuid": new_id(), "operation": operation, "entities": entities, "effect": effect, "created": now,
                "due": now + self.work_s, "completed": None, "status": "QUEUED", "failure": None}
        self.tasks[task["uuid"]] = task
        return task

    def settle(self):
        now = time.time()
        for task in sorted((t for t in self.tasks.values() if t["completed"] is None), key=lambda t: t["due"]):
            if task["due"] > now:
                task["status"] = "RUNNING"
                continue
            try:
                if task["effect"]:
                    task["effect"]()
                task["status"] = "SUCCEEDED"
            except Refusal as refusal:
                task["status"], task["failure"] = "FAILED", refusal
            task["completed"] = task["due"]

    def lose_edit(self):
        """True now and then: somebody else was faster, so the writer must read again."""
        self.edits += 1
        return self.edits_lost_every > 0 and self.edits % self.edits_lost_every == 0

    # ---- finding ----

    @staticmethod
    def need(things, uuid_, kind, group=None):
        if isinstance(things, dict):
            thing = things.get(uuid_)
        else:
            thing = next((t for t in things if t["uuid"] == uuid_), None)
        if thing is None:
            raise Refusal(404, "ENTITY_NOT_FOUND", "The %s %s does not exist." % (kind, uuid_), group)
        return thing

    def reference(self, things, uuid_, kind):
        """What a new thing refers to must be there, else it is refused."""
        try:
            return self.need(things, uuid_, kind)
        except Refusal as refusal:
            raise Refusal(422, "INVALID_ARGUMENT", refusal.message, "VALIDATION_ERROR") from refusal

    def settled(self, things):
        return [thing for thing in things.values() if thing.get("state") == "COMPLETE"]

    # ---- machines ----

    def vm_make(self, spec):
        if spec["uuid"] in self.vms:
            raise Refusal(409, "ENTITY_ALREADY_EXISTS", "A vm with the uuid %s exists already." % spec["uuid"])
        if not spec["name"] or len(spec["name"]) > 80 or len(spec["description"] or "") > 1000:
            raise Refusal(422, "INVALID_ARGUMENT", "The name or the description is too long, or empty.", "VALIDATION_ERROR")
        self.reference(self.clusters, spec["cluster"], "cluster")
        for nic in spec["nics"]:
            self.reference(self.subnets, nic["subnet"], "subnet")
            nic.update(uuid=new_id(), mac="50:6b:8d:%02x:%02x:%02x" % tuple(uuid.uuid4().bytes[:3]), ip=None)
        for number, disk in enumerate(spec["disks"]):
            self.disk_make(disk, number, spec["cluster"])
        now = time.time()
        vm = dict(spec, created=now, updated=now, version=0, state="PENDING", power="OFF", generation=new_id())
        wanted = spec["power"]

        def effect():
            vm["state"] = "COMPLETE"
            self.vm_power(vm, wanted)

        task = self.task("create_vm", [("vm", vm["uuid"], vm["name"])], effect)
        vm["task"] = task["uuid"]
        self.vms[vm["uuid"]] = vm
        return vm, task

    def disk_make(self, disk, number, cluster):
        size = disk.get("bytes") or 0
        if disk.get("image"):
            image = self.reference(self.images, disk["image"], "image")
            size = max(size, image["bytes"])
        elif disk.get("source"):
            source = next((d for vm in self.vms.values() for d in vm["disks"] if d["uuid"] == disk["source"]), None)
            if source is None:
                raise Refusal(422, "INVALID_ARGUMENT", "The vm_disk %s does not exist." % disk["source"], "VALIDATION_ERROR")
            size = max(size, source["bytes"])
        if size <= 0:
            raise Refusal(422, "INVALID_ARGUMENT", "A disk needs a size or a source.", "VALIDATION_ERROR")
        if disk.get("container"):
            self.reference(self.containers, disk["container"], "storage_container")
        else:
            own = [c for c in self.containers if c["cluster"] == cluster]
            disk["container"] = (own or self.containers)[0]["uuid"]
        disk.update(uuid=new_id(), bytes=size, index=disk.get("index", number), bus=disk.get("bus", "SCSI"))

    def vm_power(self, vm, power):
        vm["power"] = power
        for nic in vm["nics"]:
            subnet = self.need(self.subnets, nic["subnet"], "subnet")
            if power == "ON" and nic["ip"] is None:
                nic["ip"] = "%s.%d" % (subnet["prefix"], subnet["next"])
                subnet["next"] = 50 + (subnet["next"] - 49) % 190
        self.touch(vm)

    @staticmethod
    def touch(thing):
        thing["version"] += 1
        thing["updated"] = time.time()

    def vm_work(self, vm, operation, effect):
        """A change of a machine that is there; it is PENDING until it is over."""
        def whole():
            if vm["uuid"] not in self.vms:
                raise Refusal(404, "ENTITY_NOT_FOUND", "The vm %s does not exist." % vm["uuid"], "VM_NOT_FOUND", "VMM-30100")
            vm["state"] = "COMPLETE"
            effect()
            self.touch(vm)

        task = self.task(operation, [("vm", vm["uuid"], vm["name"])], whole)
        vm["task"], vm["state"] = task["uuid"], "PENDING"
        return task

    def vm_delete(self, vm):
        def effect():
            self.vms.pop(vm["uuid"], None)
            for group in self.groups.values():
                if group["vm"] == vm["uuid"]:
                    group["vm"] = None

        task = self.task("delete_vm", [("vm", vm["uuid"], vm["name"])], effect)
        vm["task"], vm["state"] = task["uuid"], "DELETE_PENDING"
        return task

    def vm_action(self, vm, name):
        """power_on power_off shutdown reboot reset; the guest obeys."""
        if vm["power"] != "ON" and name not in ("power_on", "power_off"):
            raise Refusal(409, "INVALID_STATE", "The vm is not powered on.", "INVALID_STATE")
        after = {"power_on": "ON", "power_off": "OFF"}.get(name, "ON")
        task = self.vm_work(vm, name, lambda: self.vm_power(vm, after))
        if name == "shutdown":
            # The signal is delivered at once; the guest takes a little longer.
            self.task("guest_goes_down", [], lambda: self.vm_power(vm, "OFF"))["due"] += 2 * self.work_s
        return task

    # ---- recovery points ----

    def point_make(self, vm, name, uuid_=None):
        if not name or len(name) > 64:
            raise Refusal(422, "INVALID_ARGUMENT", "A recovery point has a name of 1 to 64 characters.", "VALIDATION_ERROR")
        point = {"uuid": uuid_ or new_id(), "part": new_id(), "name": name, "vm": vm["uuid"], "created": time.time(),
                 "state": "PENDING", "version": 1, "kept": None, "cluster": vm["cluster"]}

        def effect():
            point.update(state="COMPLETE", kept=copy.deepcopy(vm))
            self.points[point["uuid"]] = point

        task = self.task("create_recovery_point", [("vm_recovery_point", point["uuid"], name), ("vm", vm["uuid"], vm["name"])],
                         effect)
        point["task"] = task["uuid"]
        return point, task

    def point_delete(self, point):
        point["state"] = "DELETE_PENDING"
        return self.task("delete_recovery_point", [("vm_recovery_point", point["uuid"], point["name"])],
                         lambda: self.points.pop(point["uuid"], None))

    def vm_revert(self, vm, point):
        if vm["power"] == "ON":
            raise Refusal(409, "INVALID_STATE", "The vm must be powered off to be reverted in place.", "INVALID_STATE")
        if point["vm"] != vm["uuid"]:
            raise Refusal(422, "INVALID_ARGUMENT", "The recovery point is of another vm.", "VALIDATION_ERROR")

        def effect():
            kept = copy.deepcopy(point["kept"])
            for member in ("name", "description", "sockets", "cores", "memory_mib", "disks", "categories"):
                vm[member] = kept[member]
            vm["power"] = "OFF"

        return self.vm_work(vm, "revert_vm", effect)

    # ---- volume groups, images ----

    def group_make(self, spec):
        if spec["uuid"] in self.groups:
            raise Refusal(409, "ENTITY_ALREADY_EXISTS", "A volume_group with the uuid %s exists already." % spec["uuid"])
        self.reference(self.clusters, spec["cluster"], "cluster")
        for disk in spec["disks"]:
            if disk["container"]:
                self.reference(self.containers, disk["container"], "storage_container")
            else:
                disk["container"] = self.containers[0]["uuid"]
            disk.update(uuid=new_id(), version=1)
        group = dict(spec, vm=None, created=time.time(), updated=time.time(), version=0, state="PENDING")
        task = self.task("create_volume_group", [("volume_group", group["uuid"], group["name"])],
                         lambda: group.update(state="COMPLETE"))
        group["task"] = task["uuid"]
        self.groups[group["uuid"]] = group
        return group, task

    def group_work(self, group, operation, effect):
        def whole():
            group["state"] = "COMPLETE"
            effect()
            self.touch(group)

        task = self.task(operation, [("volume_group", group["uuid"], group["name"])], whole)
        group["task"], group["state"] = task["uuid"], "PENDING"
        return task

    def group_delete(self, group):
        if group["vm"]:
            raise Refusal(409, "INVALID_STATE", "The volume group is attached to a vm.", "INVALID_STATE")
        group["state"] = "DELETE_PENDING"
        return self.task("delete_volume_group", [("volume_group", group["uuid"], group["name"])],
                         lambda: self.groups.pop(group["uuid"], None))

    def image_make(self, spec):
        if spec["uuid"] in self.images:
            raise Refusal(409, "ENTITY_ALREADY_EXISTS", "An image with the uuid %s exists already." % spec["uuid"])
        disk = next((d for vm in self.vms.values() for d in vm["disks"] if d["uuid"] == spec["disk"]), None)
        if disk is None:
            raise Refusal(422, "INVALID_ARGUMENT", "The vm_disk %s does not exist." % spec["disk"], "VALIDATION_ERROR")
        image = dict(spec, type="DISK_IMAGE", bytes=0, created=time.time(), state="PENDING", version=1)
        task = self.task("create_image", [("image", image["uuid"], image["name"])],
                         lambda: image.update(state="COMPLETE", bytes=disk["bytes"]))
        image["task"] = task["uuid"]
        self.images[image["uuid"]] = image
        return image, task

    def image_delete(self, image):
        image["state"] = "DELETE_PENDING"
        return self.task("delete_image", [("image", image["uuid"], image["name"])],
                         lambda: self.images.pop(image["uuid"], None))

    # ---- categories ----

    def category_make(self, key, value):
        for text in (key, value):
            if not text or len(text.encode()) > 64 or text[0] == "$" or "/" in text:
                raise Refusal(422, "INVALID_ARGUMENT", "A category's key and value have 1 to 64 characters.", "VALIDATION_ERROR")
        self.category_keys.setdefault(key, {"description": ""})
        return self.categories.setdefault((key, value), new_id())

    def category_of(self, id_):
        for (key, value), each in self.categories.items():
            if each == id_:
                return key, value
        raise Refusal(404, "ENTITY_NOT_FOUND", "The category %s does not exist." % id_)

    # ---- measurements: made up, but steady ----

    def measure(self, vm, start, end, period):
        """(time, what) every `period` seconds of the vm's life within start and end."""
        first = int(max(start, vm["created"] - 120) // period + 1) * period
        for when in range(first, int(min(end, time.time() + period)) + 1, period):
            if start <= when < end:
                yield when, {"cpu_ppm": 125000 + when % 7 * 1000, "memory_ppm": 400000, "read_kbps": 120, "write_kbps": 80,
                             "memory_bytes": vm["memory_mib"] * MIB * 2 // 5}


def basic_auth(header, user, password):
    try:
        kind, blob = (header or "").split(" ", 1)
        return kind == "Basic" and base64.b64decode(blob).decode() == "%s:%s" % (user, password)
    except (ValueError, UnicodeDecodeError):
        return False
