# SPDX-License-Identifier: Apache-2.0
"""inventory.py: what a look at a cloud of many machines takes, through gaond, over each provider's own wire format."""
import json
import os
import subprocess
import sys

from gaond import Gaond, World, succeeded
from rows import row
from stubs import pages
from watch import Watch, cpu_seconds

FAKE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../inventory/fake.py")
sys.path.insert(0, os.path.dirname(FAKE))
import fake

# libvirt has none: it is asked by a library over a protocol of its own, and the machines of its test driver live in gaond's process.
CLOUDS = ["simulator"] + list(fake.KINDS)
FOREIGN = 3  # OBSERVED_STATE_FOREIGN
SECONDS_MOST, MIB_MOST, PATIENCE_S = 60, 64, 180


class Fake:
    """A cloud that answers from memory, in a process of its own."""

    def __init__(self, kind, count):
        self.process = subprocess.Popen([sys.executable, FAKE, kind, str(count)], stdout=subprocess.PIPE, text=True)
        self.url = "http://127.0.0.1:%d" % int(self.process.stdout.readline())

    def connect(self, world, kind, count):
        asked = __import__(fake.KINDS[kind]).Cloud(kind, 1).connection()
        return world.connect("many", asked.pop("provider"), self.url + asked.pop("path", ""), asked.pop("options", None),
                             credentials=json.dumps(asked.pop("credentials")), **asked)

    def stop(self):
        self.process.kill()
        self.process.wait()


class Simulated:
    """The simulator's machines live in gaond's own process: they are there before what a look takes is measured."""
    process = None

    def connect(self, world, kind, count):
        return world.simulator("many", foreign=count, work_ms=0)

    def stop(self):
        pass


def sync(build, kind, count):
    cloud = Simulated() if kind == "simulator" else Fake(kind, count)
    try:
        with Gaond(build, "--metering.interval", "1h", "--log.access", "failures", "--log.metrics_interval", "0",
                   "--network.allow", "127.0.0.1/32") as gaond:
            return look(World(gaond), cloud, kind, count)
    finally:
        cloud.stop()


def look(world, cloud, kind, count):
    process = world.gaond.process
    idle = Watch(process).before
    if kind == "simulator":
        connection = cloud.connect(world, kind, count)
        idle, probe_mib = Watch(process).before, 0
    else:
        with Watch(process) as probed:
            connection = cloud.connect(world, kind, count)
        probe_mib = probed.mib
    theirs = cpu_seconds(cloud.process.pid) if cloud.process else 0
    with Watch(process) as first:
        succeeded(world.hong, world.hong.lifecycle.SyncConnection(name=connection), PATIENCE_S)
    theirs = cpu_seconds(cloud.process.pid) - theirs if cloud.process else 0
    seen = sum(1 for _ in pages(world.hong.lifecycle.ListObservedResources, "observed_resources", parent=connection, state=FOREIGN,
                                page_size=500))
    if seen != count:
        raise SystemExit("%s has %d machines, and gaond saw %d" % (kind, count, seen))
    with Watch(process) as again:
        succeeded(world.hong, world.hong.lifecycle.SyncConnection(name=connection, full=True), PATIENCE_S)
    mib = max(first.most, again.most) - idle
    mib = max(mib, probe_mib)
    return row("a look at %d machines: %s" % (count, kind), first.seconds, "s",
               "%.0f MiB above idle; our CPU us a machine %.0f; once more, nothing new: %.1f s; the fake's CPU %.1f s"
               % (mib, first.cpu_s / count * 1e6, again.seconds, theirs),
               "<= %d s, %d MiB" % (SECONDS_MOST, MIB_MOST), first.seconds <= SECONDS_MOST and mib <= MIB_MOST,
               mib=mib, probe_mib=probe_mib, cpu_us_a_machine=first.cpu_s / count * 1e6, again_s=again.seconds, fake_cpu_s=theirs)
