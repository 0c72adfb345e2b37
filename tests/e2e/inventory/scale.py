# SPDX-License-Identifier: Apache-2.0
"""scale.py: a cloud of 20,000 machines is looked at in a minute and in 64 MiB: first nobody's, then all of them managed; and a look
that only hears of changes costs next to nothing.
usage: scale.py BUILD-FOLDER"""
import os
import sqlite3
import sys
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../support/python"))
from gaond import Gaond, World, succeeded
from report import check, done, equal, step
from stubs import pages
from watch import Watch

MACHINES, SECONDS_MOST, MIB_MOST = 20000, 60, 64


def look(world, connection, what, **more):
    with Watch(world.gaond.process) as watch:
        succeeded(world.hong, world.hong.lifecycle.SyncConnection(name=connection, **more), SECONDS_MOST * 2)
    step("%s: %.1f s, %.1f MiB above %.1f MiB" % (what, watch.seconds, watch.mib, watch.before))
    check(watch.seconds <= SECONDS_MOST, "%s takes at most %d s: %.1f" % (what, SECONDS_MOST, watch.seconds))
    if "address" in os.environ.get("GAON_SANITIZE", ""):
        step("its memory is not judged: AddressSanitizer keeps what is freed")
    else:
        check(watch.mib <= MIB_MOST, "%s takes at most %d MiB: %.1f" % (what, MIB_MOST, watch.mib))
    return watch


def count(world, connection, state):
    return sum(1 for _ in pages(world.hong.lifecycle.ListObservedResources, "observed_resources", parent=connection, state=state,
                                page_size=500))


def manage(gaond, world, connection):
    """Past gaond: a deployment and a machine for each, as if every one had been ordered."""
    store = sqlite3.connect(gaond.path("gaon.db"))
    store.execute("INSERT INTO deployment VALUES (?, ?, ?, 'd', '', '', '{}', 2, 0, 'x', 1, 1, 1)",
                  (world.project + "/deployments/one", world.tenant, world.project))
    found = store.execute("SELECT native_id, vcpus, memory_mib, disk_gib FROM observed_resource WHERE connection = ?",
                          (connection,)).fetchall()
    for native_id, vcpus, memory_mib, disk_gib in found:
        identity = str(uuid.uuid4())
        store.execute(
            "INSERT INTO machine (name, tenant, project, display_name, state, state_message, connection, native_id, native_state,"
            " deployment, product_version, rate_card, size, image, network, vcpus, memory_mib, disk_gib, addresses, owner,"
            " is_protected, operation, labels, is_running, metered_us, revision, created_us, updated_us, uid)"
            " VALUES (?, ?, ?, 'm', 2, '', ?, ?, '', ?, '', '', '', '', '', ?, ?, ?, '[]', 'x', 0, '', '{}', 1, 0, 1, 1, 1, ?)",
            (world.project + "/machines/" + identity, world.tenant, world.project, connection, native_id,
             world.project + "/deployments/one", vcpus, memory_mib, disk_gib, identity))
    store.commit()
    store.close()


def main():
    build = sys.argv[1]
    with Gaond(build, "--metering.interval", "1h", "--log.access", "failures", "--log.metrics_interval", "0") as gaond:
        world = World(gaond)
        connection = world.simulator(foreign=MACHINES, work_ms=0, state_file=gaond.path("sim.state"))
        look(world, connection, "the first look")
        equal(count(world, connection, 3), MACHINES, "FOREIGN machines")
        gaond.stop()
        manage(gaond, world, connection)
        gaond.start()
        world.reconnect()
        # Opens the simulated cloud, whose 20,000 machines are in this process too.
        succeeded(world.hong, world.hong.catalog.ProbeConnection(name=connection))
        look(world, connection, "a full look at managed ones", full=True)
        equal(count(world, connection, 1), MACHINES, "MANAGED machines")
        again = look(world, connection, "a full look again", full=True)
        quick = look(world, connection, "a look at changes")
        check(quick.seconds < again.seconds / 5, "a look at changes is quick: %.2f s" % quick.seconds)
        with Watch(gaond.process) as watch:
            report = world.hong.lifecycle.GetDriftReport(parent=connection, page_size=500)
        equal(len(report.drifts), 0, "drifts")
        step("the drift report: %.3f s" % watch.seconds)
    done()


if __name__ == "__main__":
    main()
