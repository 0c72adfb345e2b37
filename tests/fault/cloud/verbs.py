# SPDX-License-Identifier: Apache-2.0
"""verbs.py: what each verb of the matrix needs before it, is asked with, and must have done once after it."""
import time
import uuid

from driver import intent
from report import Failure, wait_for

RUNNING, STOPPED, SUSPENDED = "running", "stopped", "suspended"
SECONDS = 60


class Room:
    """One machine and one volume that the cases share; `direct` goes past the proxy."""

    def __init__(self, peer, direct, faulty):
        self.peer, self.direct, self.faulty = peer, direct, faulty
        self.resources = {}  # what was made, by resource: for the count at the end
        self.has_reached = False  # whether the last attempt's change reached the cloud

    def set_up(self):
        self.support = self.direct.must("probe")["support"]
        self.choice = self.peer.choice(self.direct)
        self.machine = self.make_machine()
        self.wait_state(self.machine, RUNNING)
        self.snapshot = self.volume = self.other = None

    def tear_down(self):
        if self.volume:
            self.detach()
            self.direct.must("volume-delete", native_id=self.volume)
        if self.other:
            self.direct.must("delete", native_id=self.other)
        self.direct.must("delete", native_id=self.machine)

    def patient(self, look):
        """As the engine: looks as long as what the last attempt may have made may still turn up."""
        def looked():
            until = time.monotonic() + (self.peer.visibility_s if self.has_reached else 0)
            found = look()
            while not found and time.monotonic() < until:
                time.sleep(0.5)
                found = look()
            return found
        return looked

    def left(self):
        """What still bears a mark of ours, once what is deleted is gone."""
        def looked():
            rows = [row for row in self.direct.must("list")["rows"] if row["installation"] == "fault-matrix" and row["state"] != "gone"]
            if "volume-list" in self.support:
                rows += [row for row in self.direct.must("volume-list")["rows"] if row["installation"] == "fault-matrix"]
            return rows
        until = time.monotonic() + 30
        while looked() and time.monotonic() < until:
            time.sleep(0.2)
        return looked()

    def can(self, verb):
        return all(need in self.support for need in verb.needs) and verb.name not in self.peer.cannot

    # ---- machines ----

    def spec(self, marks):
        return dict(marks, name="fault-" + marks["resource"][:8], image=self.choice["image"], size=self.choice["size"],
                    network=self.choice.get("network"), disk_gib=self.choice.get("disk_gib", 0))

    def make_machine(self):
        marks = intent()
        made = self.direct.must("create", **self.spec(marks))
        return made["native_id"] or self.direct.must("find", **marks)["native_id"]

    def state(self, machine):
        return self.direct.must("get", native_id=machine)["state"]

    def wait_state(self, machine, state):
        wait_for(lambda: self.state(machine) == state, "%s becomes %s" % (machine, state), SECONDS)

    def bring(self, machine, state):
        """Whatever it takes, past the proxy."""
        now = self.state(machine)
        if now == state:
            return
        if state == RUNNING:
            self.power(machine, "resume" if now == SUSPENDED else "start")
        elif state == STOPPED:
            self.power(machine, "stop")
        else:
            self.bring(machine, RUNNING)
            self.power(machine, "suspend")
        self.wait_state(machine, state)

    def power(self, machine, word):
        self.direct.must("power", native_id=machine, power=word)

    def machines_of(self, resource):
        return [row for row in self.direct.must("list")["rows"] if row["resource"] == resource and row["state"] != "gone"]

    def snapshots(self, name=None):
        rows = self.direct.must("snapshot-list", native_id=self.machine)["rows"]
        return [row for row in rows if name is None or row["name"] == name]

    # ---- volumes ----

    def need_volume(self):
        if not self.volume:
            made = self.direct.must("volume-create", name="fault-volume", size_gib=self.choice.get("volume_gib", 1),
                                    zone=self.choice.get("zone"), **intent())
            self.volume = made["native_id"]
            self.volume_gib = self.choice.get("volume_gib", 1)
            wait_for(lambda: self.look_volume()["state"] == "available", "the volume becomes available", SECONDS)

    def look_volume(self):
        return self.direct.must("volume-get", native_id=self.volume)

    def detach(self):
        if self.look_volume()["state"] != "available":
            self.direct.must("volume-detach", native_id=self.volume)
            wait_for(lambda: self.look_volume()["state"] == "available", "the volume is detached", SECONDS)

    def attach(self):
        if self.look_volume()["state"] != "attached":
            self.direct.must("volume-attach", native_id=self.volume, machine=self.machine)
            wait_for(lambda: self.look_volume()["state"] == "attached", "the volume is attached", SECONDS)


class Verb:
    """A read, unless a subclass says more."""
    is_read, wanted = True, 1

    def __init__(self, name, verb=None, needs=None, **fixed):
        self.name, self.verb, self.fixed = name, verb or name, fixed
        self.needs = [name] if needs is None else needs

    def prepare(self, room):
        pass

    def arguments(self, room):
        return dict(self.fixed)

    def same(self, calm, again):
        """False: a read says something else than before."""
        return len(calm.get("rows", [])) == len(again.get("rows", []))

    def count(self, room, ended):
        """How many times its effect is there, past the proxy."""
        return 1

    def looker(self, room):
        """What the engine looks at before it repeats: gives an answer when it is done already."""
        return None

    def clean(self, room):
        pass


class OfMachine(Verb):
    def arguments(self, room):
        return dict(self.fixed, native_id=room.machine)

    def prepare(self, room):
        room.bring(room.machine, RUNNING)


class Find(Verb):
    def prepare(self, room):
        self.marks = {"resource": next(row["resource"] for row in room.direct.must("list")["rows"]
                                       if row["native_id"] == room.machine), "operation": str(uuid.uuid4())}

    def arguments(self, room):
        return self.marks


class OfVolume(Verb):
    def prepare(self, room):
        room.need_volume()

    def arguments(self, room):
        return dict(native_id=room.volume)


class Change(Verb):
    is_read = False


class Power(Change):
    def __init__(self, word, before, after):
        super().__init__(word, "power", power=word)
        self.before, self.after = before, after

    def prepare(self, room):
        room.bring(room.machine, self.before)

    def arguments(self, room):
        return dict(self.fixed, native_id=room.machine)

    def looker(self, room):
        if self.before == self.after:
            return None

        def look():
            seen = room.faulty.settle("get", dict(native_id=room.machine))
            return seen if seen["state"] == self.after else None
        return look

    def count(self, room, ended):
        room.wait_state(room.machine, self.after)
        return 1


class Create(Change):
    def prepare(self, room):
        self.marks = intent()

    def arguments(self, room):
        return room.spec(self.marks)

    def looker(self, room):
        def look():
            found = room.faulty.call("find", **self.marks)
            return found if found["error"] == "OK" else None
        return room.patient(look)

    def count(self, room, ended):
        wait_for(lambda: room.machines_of(self.marks["resource"]), "the new machine is in the list", SECONDS)
        return len(room.machines_of(self.marks["resource"]))

    def clean(self, room):
        for row in room.machines_of(self.marks["resource"]):
            wait_for(lambda: room.state(row["native_id"]) in (RUNNING, STOPPED, "failed"), "it can be deleted", SECONDS)
            room.direct.must("delete", native_id=row["native_id"])


class Delete(Change):
    wanted = 0

    def prepare(self, room):
        room.other = room.other or room.make_machine()
        self.machine = room.other
        room.wait_state(self.machine, RUNNING)

    def arguments(self, room):
        return dict(native_id=self.machine)

    def count(self, room, ended):
        def is_gone():
            seen = room.direct.call("get", native_id=self.machine)
            return seen["error"] == "NOT_FOUND" or seen.get("state") == "gone"
        wait_for(is_gone, "the machine is gone", SECONDS)
        room.other = None
        return 0


class Resize(Change):
    def prepare(self, room):
        seen = room.direct.must("get", native_id=room.machine)
        self.size = room.choice["other_size"] if seen["size"] in (room.choice["size"], None) else room.choice["size"]
        if seen["size"] is None:
            self.size = room.choice["size"] if getattr(self, "size_now", "") == room.choice["other_size"] else room.choice["other_size"]
        room.bring(room.machine, STOPPED if room.peer.resizes_stopped else RUNNING)

    def arguments(self, room):
        return dict(native_id=room.machine, size=self.size)

    def count(self, room, ended):
        self.size_now = self.size
        if room.direct.must("get", native_id=room.machine)["size"] is None:
            return 1
        wait_for(lambda: room.direct.must("get", native_id=room.machine)["size"] == self.size, "it has the other size", SECONDS)
        return 1


class Rename(Change):
    def prepare(self, room):
        self.new = "renamed-" + uuid.uuid4().hex[:8]

    def arguments(self, room):
        return dict(native_id=room.machine, name=self.new)

    def count(self, room, ended):
        wait_for(lambda: room.direct.must("get", native_id=room.machine)["name"] == self.new, "it has the new name", SECONDS)
        return 1


class Tag(Change):
    def arguments(self, room):
        return dict(native_id=room.machine, tags=dict(purpose="fault"))

    def count(self, room, ended):
        # Our marks must outlive it: the machine is still found by them.
        return len([row for row in room.direct.must("list")["rows"] if row["native_id"] == room.machine and row["resource"]])


class SnapshotCreate(Change):
    def prepare(self, room):
        room.bring(room.machine, room.peer.snapshot_state)
        self.snapshot = "s-" + uuid.uuid4().hex[:8]

    def arguments(self, room):
        return dict(native_id=room.machine, name=self.snapshot)

    def count(self, room, ended):
        wait_for(lambda: room.snapshots(self.snapshot), "the snapshot is in the list", SECONDS)
        return len(room.snapshots(self.snapshot))

    def clean(self, room):
        for row in room.snapshots(self.snapshot):
            room.direct.must("snapshot-delete", native_id=room.machine, snapshot=row["native_id"])


class OfSnapshot(Change):
    def prepare(self, room):
        room.bring(room.machine, room.peer.snapshot_state)
        if not room.snapshots("keep"):
            room.direct.must("snapshot-create", native_id=room.machine, name="keep")
            wait_for(lambda: room.snapshots("keep"), "the snapshot is in the list", SECONDS)
        self.snapshot = room.snapshots("keep")[0]["native_id"]

    def arguments(self, room):
        return dict(native_id=room.machine, snapshot=self.snapshot)


class Revert(OfSnapshot):
    def prepare(self, room):
        super().prepare(room)
        room.bring(room.machine, room.peer.revert_state)

    def clean(self, room):
        wait_for(lambda: room.state(room.machine) in (RUNNING, STOPPED), "it has settled", SECONDS)


class SnapshotDelete(OfSnapshot):
    wanted = 0

    def count(self, room, ended):
        wait_for(lambda: not room.snapshots("keep"), "the snapshot is gone", SECONDS)
        return 0


class VolumeCreate(Change):
    def prepare(self, room):
        self.marks = intent()

    def arguments(self, room):
        return dict(self.marks, name="fault-" + self.marks["resource"][:8], size_gib=room.choice.get("volume_gib", 1),
                    zone=room.choice.get("zone"))

    def rows(self, room):
        return [row for row in room.direct.must("volume-list")["rows"] if row["resource"] == self.marks["resource"]]

    def looker(self, room):
        def look():
            found = room.faulty.settle("volume-list", self.marks)["rows"]
            return dict(found[0], error="OK") if found else None
        return room.patient(look)

    def count(self, room, ended):
        wait_for(lambda: self.rows(room), "the volume is in the list", SECONDS)
        return len(self.rows(room))

    def clean(self, room):
        for row in self.rows(room):
            wait_for(lambda: room.direct.must("volume-get", native_id=row["native_id"])["state"] == "available", "it settles", SECONDS)
            room.direct.must("volume-delete", native_id=row["native_id"])


class Attach(OfVolume, Change):
    is_read = False

    def prepare(self, room):
        super().prepare(room)
        room.bring(room.machine, RUNNING)
        room.detach()

    def arguments(self, room):
        return dict(native_id=room.volume, machine=room.machine)

    def count(self, room, ended):
        wait_for(lambda: room.look_volume()["state"] == "attached", "the volume is attached", SECONDS)
        return 1


class Detach(Attach):
    def prepare(self, room):
        super().prepare(room)
        room.attach()

    def arguments(self, room):
        return dict(native_id=room.volume)

    def count(self, room, ended):
        wait_for(lambda: room.look_volume()["state"] == "available", "the volume is detached", SECONDS)
        return 1


class Grow(Attach):
    def prepare(self, room):
        super().prepare(room)
        self.size_gib = room.look_volume()["size_gib"] + 1

    def arguments(self, room):
        return dict(native_id=room.volume, size_gib=self.size_gib)

    def count(self, room, ended):
        wait_for(lambda: room.look_volume()["size_gib"] == self.size_gib, "the volume is larger", SECONDS)
        return 1


class VolumeDelete(Attach):
    wanted = 0

    def count(self, room, ended):
        wait_for(lambda: room.direct.call("volume-get", native_id=room.volume)["error"] == "NOT_FOUND", "the volume is gone", SECONDS)
        room.volume = None
        return 0


class VolumeSnapshotCreate(Attach):
    def prepare(self, room):
        super().prepare(room)
        self.snapshot = "v-" + uuid.uuid4().hex[:8]

    def arguments(self, room):
        return dict(native_id=room.volume, name=self.snapshot)

    def rows(self, room):
        return [row for row in room.direct.must("volume-snapshot-list", native_id=room.volume)["rows"] if row["name"] == self.snapshot]

    def count(self, room, ended):
        wait_for(lambda: self.rows(room), "the snapshot is in the list", SECONDS)
        return len(self.rows(room))

    def clean(self, room):
        for row in self.rows(room):
            room.direct.must("volume-snapshot-delete", snapshot=row["native_id"])


class VolumeSnapshotDelete(VolumeSnapshotCreate):
    wanted = 0

    def prepare(self, room):
        super().prepare(room)
        room.direct.must("volume-snapshot-create", native_id=room.volume, name=self.snapshot)
        self.native_id = wait_for(lambda: self.rows(room), "the snapshot is in the list", SECONDS)[0]["native_id"]

    def arguments(self, room):
        return dict(snapshot=self.native_id)

    def count(self, room, ended):
        wait_for(lambda: not self.rows(room), "the snapshot is gone", SECONDS)
        return 0


READS = [
    Verb("probe", needs=[]), Verb("sizes"), Verb("images"), Verb("networks"), Verb("list"), Find("find"),
    OfMachine("get"), OfMachine("console"), OfMachine("console-url"), OfMachine("usage"), OfMachine("snapshot-list"),
    Verb("volume-list"), OfVolume("volume-get"), OfVolume("volume-snapshot-list"),
]
CHANGES = [
    Create("create"), Power("stop", RUNNING, STOPPED), Power("start", STOPPED, RUNNING), Power("shutdown", RUNNING, STOPPED),
    Power("reboot", RUNNING, RUNNING), Power("reset", RUNNING, RUNNING), Power("suspend", RUNNING, SUSPENDED),
    Power("resume", SUSPENDED, RUNNING), Resize("resize"), Rename("rename"), Tag("tag"),
    SnapshotCreate("snapshot-create"), Revert("snapshot-revert"), SnapshotDelete("snapshot-delete"),
    VolumeCreate("volume-create"), Attach("volume-attach"), Detach("volume-detach"), Grow("volume-grow"),
    VolumeSnapshotCreate("volume-snapshot-create"), VolumeSnapshotDelete("volume-snapshot-delete"),
    VolumeDelete("volume-delete"), Delete("delete"),
]
