# SPDX-License-Identifier: Apache-2.0
"""kill.py: gaond is killed with SIGKILL at each boundary of a create, a delete, an import and a sweep of orphans: before and after each
commit and each call to the cloud. Started again, it must end with exactly one machine, or none, the operation ended well, nothing left
over, the audit chain whole.
usage: kill.py BUILD-FOLDER create|delete|import|sweep"""
import os
import sqlite3
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../support/python"))
from gaond import Gaond, SimulatorFile, World, succeeded
from report import Failure, check, done, equal, step, wait_for
from stubs import Refused, pages

# The engine's boundaries, and the store's. `@n`: at the n-th time it is reached after the start.
ENGINE = ["engine.after_claim", "engine.before_prepare", "engine.after_prepare", "engine.before_act", "engine.after_act",
          "engine.before_record", "engine.after_record", "engine.before_end", "engine.after_end"]
STORE = ["store.before_commit", "store.after_commit"]


class Line:
    """A gaond with a simulated cloud in a file, started anew for each failpoint."""

    def __init__(self, gaond, foreign=0):
        self.gaond, self.world = gaond, World(gaond)
        self.cloud = SimulatorFile(gaond.path("sim.state"))
        sim = self.world.simulator(state_file=self.cloud.path, work_ms=60, foreign=foreign)
        self.connection = sim
        self.product = self.world.product("linux-machine", sim, self.world.image(sim), self.world.rate_card())
        self.number = 0

    def restart(self, failpoint=""):
        """An idle one is killed too: nothing may depend on an orderly end. False when it died already while starting."""
        if self.gaond.is_running():
            self.gaond.kill()
        try:
            self.gaond.start(GAON_FAILPOINT=failpoint)
        except Failure:
            check(failpoint.startswith("store.") and self.gaond.process.returncode == -9, "gaond starts: " + self.gaond.tail())
            return False
        self.world.reconnect()
        return True

    def await_death(self):
        """True when the failpoint was reached; False when all ended without it."""
        def died_or_ended():
            if not self.gaond.is_running():
                return True
            try:
                return self.quiet() and self.gaond.is_running()
            except Refused:
                return False
        wait_for(died_or_ended, "death or the end", 30, 0.02)
        # What follows the end of an operation may still reach it.
        if self.gaond.is_running():
            try:
                self.gaond.process.wait(0.3)
            except subprocess.TimeoutExpired:
                return False
        return True

    def quiet(self):
        """No operation is under way any more."""
        lifecycle = self.world.hong.lifecycle
        return all(one.done for parent in (self.world.project, self.world.root)
                   for one in pages(lifecycle.ListOperations, "operations", parent=parent, page_size=500))

    def order(self):
        """Orders; the answer may be lost with the server, then the same request_id asks again."""
        self.number += 1
        name = "m-%d" % self.number
        key = "01960000-0000-7000-8000-%012d" % self.number
        try:
            self.world.order(self.product, name, request_id=key)
        except Refused as refusal:
            check(refusal.code in ("UNAVAILABLE", "CANCELLED", "UNKNOWN"), "only the connection was lost: %s" % refusal)
        return name, key

    def settle(self, name, key):
        """After the restart: the same order again, then until everything has ended."""
        order = self.world.order(self.product, name, request_id=key)
        succeeded(self.world.rita, self.world.operation_of(order))
        wait_for(self.quiet, "every operation ends", 30)
        return order

    def check_one(self, name, where):
        world = self.world
        machines = [one for one in pages(world.rita.lifecycle.ListMachines, "machines", parent=world.project)
                    if one.display_name == name]
        equal([one.state for one in machines], [2], "one RUNNING machine, killed at " + where)
        there = [row for row in self.cloud.machines() if row["machine"] == machines[0].name.rpartition("/")[2]]
        equal([row["is"] for row in there], ["RUNNING"], "one at the cloud, killed at " + where)
        return machines[0]

    def call(self, method, **request):
        """A call whose answer may be lost with the server."""
        try:
            return method(**request)
        except Refused as refusal:
            check(refusal.code in ("UNAVAILABLE", "CANCELLED", "UNKNOWN"), "only the connection was lost: %s" % refusal)
            return None

    def look(self):
        succeeded(self.world.hong, self.world.hong.lifecycle.SyncConnection(name=self.connection, full=True))

    def observed(self, native_id):
        found = [one for one in pages(self.world.hong.lifecycle.ListObservedResources, "observed_resources", parent=self.connection,
                                      page_size=500) if one.native_id == native_id]
        equal(len(found), 1, "observed resources of %s" % native_id)
        return found[0]

    def lose(self, machine):
        """Past gaond: it knows nothing of the machine any more, and has not for long."""
        for state, after in (("UPDATE machine SET state = 7 WHERE name = ?", True),
                             ("UPDATE observed_resource SET suspect_since_us = 1, created_us = 1 WHERE state = 4 AND ? <> ''", False)):
            self.gaond.kill()
            with sqlite3.connect(self.gaond.path("gaon.db")) as store:
                store.execute(state, (machine.name,))
            store.close()
            self.restart()
            if after:
                self.look()

    def check_cloud(self, count, where):
        equal(len(self.cloud.machines()), count, "machines at the cloud, killed at " + where)
        self.world.verify_audit()


def create_killed_at(line, failpoint):
    if not line.restart(failpoint):
        line.restart()
        return True
    name, key = line.order()
    died = line.await_death()
    line.restart()
    line.settle(name, key)
    line.check_one(name, failpoint)
    return died


def delete_killed_at(line, failpoint):
    line.restart()
    name, key = line.order()
    line.settle(name, key)
    machine = line.check_one(name, failpoint)
    if not line.restart(failpoint):
        line.restart()
        succeeded(line.world.olga, line.world.olga.lifecycle.DeleteMachine(name=machine.name))
        return True
    key = "01960000-0000-7000-9000-%012d" % line.number
    try:
        line.world.olga.lifecycle.DeleteMachine(name=machine.name, request_id=key)
    except Refused as refusal:
        check(refusal.code in ("UNAVAILABLE", "CANCELLED", "UNKNOWN"), "only the connection was lost: %s" % refusal)
    died = line.await_death()
    line.restart()
    again = line.world.olga.lifecycle.DeleteMachine(name=machine.name, request_id=key)
    succeeded(line.world.olga, again)
    wait_for(line.quiet, "every operation ends", 30)
    equal(line.world.rita.lifecycle.GetMachine(name=machine.name).state, 7, "DELETED, killed at " + failpoint)
    line.check_cloud(0, failpoint)
    return died


def import_killed_at(line, failpoint):
    line.number += 1
    native_id = line.foreign[line.number - 1]
    request = dict(parent=line.world.project, observed_resource="%s/observedResources/%s" % (line.connection, native_id),
                   display_name="i-%d" % line.number, request_id="01960000-0000-7000-8000-%012d" % line.number)
    died = True
    if line.restart(failpoint):
        line.call(line.world.hong.lifecycle.ImportMachine, **request)
        died = line.await_death()
    line.restart()
    operation = line.world.hong.lifecycle.ImportMachine(**request)
    succeeded(line.world.hong, operation)
    wait_for(line.quiet, "every operation ends", 30)
    machines = [one for one in pages(line.world.rita.lifecycle.ListMachines, "machines", parent=line.world.project, show_deleted=True)
                if one.native_id == native_id]
    equal([one.state for one in machines], [2], "one RUNNING machine, killed at " + failpoint)
    equal((line.observed(native_id).state, line.observed(native_id).operation), (2, ""), "IMPORTED and free, killed at " + failpoint)
    line.check_cloud(len(line.foreign), failpoint)
    return died


def sweep_killed_at(line, failpoint):
    line.restart()
    name, key = line.order()
    line.settle(name, key)
    machine = line.check_one(name, failpoint)
    line.lose(machine)
    equal(line.observed(machine.native_id).state, 4, "ORPHAN_SUSPECT before " + failpoint)
    request = dict(name=line.connection, remove=True, grace_seconds=1, request_id="01960000-0000-7000-9000-%012d" % line.number)
    died = True
    if line.restart(failpoint):
        line.call(line.world.hong.lifecycle.SweepOrphans, **request)
        died = line.await_death()
    line.restart()
    found = line.world.hong.lifecycle.SweepOrphans(**request)
    equal([one.native_id for one in found.orphans], [machine.native_id], "orphans found, killed at " + failpoint)
    succeeded(line.world.hong, found.operation)
    lines = [one.outcome for one in line.world.hong.lifecycle.GetOperation(name=found.operation.name).steps
             if one.step == machine.native_id]
    equal(lines, ["done"], "one line for it, killed at " + failpoint)
    equal((line.observed(machine.native_id).state, line.observed(machine.native_id).operation), (5, ""),
          "GONE and free, killed at " + failpoint)
    line.check_cloud(len(line.foreign), failpoint)
    return died


KILLS = {"create": create_killed_at, "delete": delete_killed_at, "import": import_killed_at, "sweep": sweep_killed_at}


def main():
    build, what = sys.argv[1:3]
    # The store's boundaries are also passed by what gaond does for itself at its start, so more turns of them.
    turns = {point: (1, 2) for point in ENGINE}
    turns.update({point: range(1, 26, 6) for point in STORE})
    with Gaond(build, "--metering.interval", "1h", "--log.access", "failures", "--log.metrics_interval", "0") as gaond:
        line = Line(gaond, foreign=sum(len(one) for one in turns.values()) if what == "import" else 3 if what == "sweep" else 0)
        line.look()
        line.foreign = [one.native_id for one in pages(line.world.hong.lifecycle.ListObservedResources, "observed_resources",
                                                       parent=line.connection, page_size=500)]
        reached = {}
        for point in ENGINE + STORE:
            for turn in turns[point]:
                failpoint = "%s:kill@%d" % (point, turn)
                reached[failpoint] = KILLS[what](line, failpoint)
                if not reached[failpoint]:
                    break
            step("%s: %d kills so far" % (point, sum(reached.values())))
        if what == "create":
            line.check_cloud(line.number, "all of them")
        for point in ENGINE + STORE:
            check(reached[point + ":kill@1"], "the failpoint %s is reached" % point)
        orders = pages(line.world.rita.request.ListOrders, "orders", parent=line.world.project)
        equal(len(orders), 0 if what == "import" else line.number, "one order for each request_id")
        check(all(one.state == 3 for one in orders), "each is FULFILLED")
        step("%d kills" % sum(reached.values()))
    done()


if __name__ == "__main__":
    main()
