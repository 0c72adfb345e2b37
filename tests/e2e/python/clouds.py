# SPDX-License-Identifier: Apache-2.0
"""clouds.py: the three clouds that the main job is walked on, and how to look at them past gaond."""
import os
import subprocess

import stubs
from gaond import SimulatorFile
from report import check, skip, step, wait_for


class Simulated:
    """The simulator with its state in a file: it outlives gaond."""
    title = "the simulator"
    outlives_gaond = True
    has_console = True
    disk_gib = 10

    def __init__(self, gaond, build):
        self.endpoint, self.provider = "sim://main", "simulator"
        self.file = SimulatorFile(gaond.path("simulator.state"))
        self.options = dict(state_file=self.file.path, latency_ms=20, work_ms=300)

    def image(self, world, connection):
        return world.image(connection)

    def state(self, machine):
        return next((row["is"] for row in self.file.machines() if row["machine"] == id_of(machine)), "GONE")

    def size(self, machine):
        row = next(row for row in self.file.machines() if row["machine"] == id_of(machine))
        return row["vcpus"], row["memory_mib"]

    def snapshots(self, machine):
        row = next(row for row in self.file.machines() if row["machine"] == id_of(machine))
        return len(row["snapshots"])

    def count(self):
        return len(self.file.machines())

    def boot_line(self, text):
        return text.strip() != ""

    def close(self):
        pass


class TestDriver:
    """libvirt's test driver lives in gaond's process: nobody else can look at it, so only a sync can tell."""
    title = "libvirt's test driver"
    outlives_gaond = False
    has_console = False
    disk_gib = 1

    def __init__(self, gaond, build):
        self.endpoint, self.provider, self.options = "test:///default", "libvirt", {}
        self.world = None

    def image(self, world, connection):
        self.world, self.connection = world, connection
        return "test-linux"

    def _observed(self):
        from gaond import succeeded
        hong = self.world.hong
        succeeded(hong, hong.lifecycle.SyncConnection(name=self.connection))
        seen = stubs.pages(hong.lifecycle.ListObservedResources, "observed_resources", parent=self.connection)
        return [one for one in seen if one.state != 5]

    def _one(self, machine):
        return next((one for one in self._observed() if one.machine == machine.name), None)

    def state(self, machine):
        one = self._one(machine)
        return one.native_state.upper() if one else "GONE"

    def size(self, machine):
        one = self._one(machine)
        return one.vcpus, one.memory_mib

    def snapshots(self, machine):
        return None

    def count(self):
        return sum(one.state != 3 for one in self._observed())

    def close(self):
        pass


class Qemu:
    """libvirtd with QEMU: real guests; virsh looks at them past gaond."""
    title = "libvirtd with QEMU"
    outlives_gaond = True
    has_console = True
    disk_gib = 1
    STATES = {"running": "RUNNING", "shut off": "STOPPED", "paused": "SUSPENDED"}

    def __init__(self, gaond, build):
        peers = os.path.join(stubs.SOURCE, "tools/peers")
        self.stop_peer = [peers + "/libvirtd", "stop", gaond.path("libvirt")]
        self.provider, self.options = "libvirt", {}
        said = subprocess.run([peers + "/libvirtd", "start-private", gaond.path("libvirt")], capture_output=True, text=True)
        if said.returncode != 0:
            gaond.stop()
            skip("libvirtd", (said.stderr.strip().splitlines() or ["it cannot be started"])[-1])
        facts = dict(line.split("=", 1) for line in said.stdout.splitlines() if "=" in line)
        self.endpoint = facts["uri"]
        made = subprocess.run([peers + "/guest-image", facts["pool_path"]], capture_output=True, text=True)
        if made.returncode != 0:
            self.close()
            gaond.stop()
            skip("guest-image", (made.stderr.strip().splitlines() or ["it cannot be built"])[-1])
        self.virsh("pool-refresh", "default")
        self.others = set(self.domains())

    def virsh(self, *words):
        said = subprocess.run(["virsh", "-q", "-c", self.endpoint] + list(words), capture_output=True, text=True, timeout=60)
        return said.stdout.strip() if said.returncode == 0 else None

    def domains(self):
        return (self.virsh("list", "--all", "--uuid") or "").split()

    def image(self, world, connection):
        return "gaon-guest"

    def state(self, machine):
        said = self.virsh("domstate", machine.native_id)
        return "GONE" if said is None else self.STATES.get(said, said)

    def size(self, machine):
        facts = dict(line.split(":", 1) for line in self.virsh("dominfo", machine.native_id).splitlines() if ":" in line)
        return int(facts["CPU(s)"]), int(facts["Max memory"].split()[0]) // 1024

    def snapshots(self, machine):
        return len(self.virsh("snapshot-list", machine.native_id, "--name").split())

    def count(self):
        return len(set(self.domains()) - self.others)

    def boot_line(self, text):
        return "gaon-guest: booted" in text

    def close(self):
        subprocess.run(self.stop_peer, capture_output=True)


def id_of(machine):
    return machine.name.rpartition("/")[2]


CLOUDS = {"simulator": Simulated, "test": TestDriver, "qemu": Qemu}
