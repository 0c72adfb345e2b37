# SPDX-License-Identifier: Apache-2.0
"""lossy.py: orders through gaond on a real adapter, whose cloud is behind a proxy that loses requests and answers, resets, stalls,
throttles and talks nonsense; gaond is killed meanwhile. In the end each order has one machine or a reason; none is left over at the
cloud, none is there twice, nothing is stuck. Then the machines are stopped, started, resized, snapshotted and deleted likewise.
usage: lossy.py BUILD-FOLDER PEER"""
import collections
import json
import os
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../support/python"))
from driver import Driver
from faulty import Faulty
from gaond import Gaond, World, succeeded
from peers import PEERS
from report import Failure, check, done, equal, skip, step, wait_for
from stubs import Refused, pages

SEED = 20
RATE = 0.12
HARM = ["lost-reply", "lost-reply", "hang-up", "reset-before", "reset-after", "502-before", "502-after", "503-before", "504-after",
        "500-after", "truncated", "truncated", "garbage", "empty", "doctype", "429", "503-retry:1"]
SLOW_RATE, SLOW = 0.01, ["stall-before", "stall-after", "drip"]
FULFILLED, FAILED = 3, 4
RUNNING, DELETED = 2, 7
SUCCEEDED = 4


class Lossy:
    def __init__(self, peer, proxy, direct, gaond):
        self.peer, self.proxy, self.direct, self.gaond = peer, proxy, direct, gaond
        self.support = self.direct.must("probe")["support"]
        self.choice = peer.choice(self.direct)
        self.before = {row["native_id"] for row in self.direct.must("list")["rows"]}
        self.world = World(gaond)
        self.counted = collections.Counter()

    def set_up(self):
        config = self.peer.config_behind(self.proxy, timeout_s=self.peer.lossy_timeout_s)
        connection = self.world.root + "/connections/cloud"
        catalog = self.world.hong.catalog
        catalog.CreateConnection(parent=self.world.root, connection_id="cloud", connection=dict(
            provider=config["kind"], endpoint=config["endpoint"], region=config.get("region") or "", concurrency=16,
            options=json.dumps(config["options"]), credentials=json.dumps(config.get("credentials") or {})))
        succeeded(self.world.hong, catalog.ProbeConnection(name=connection), 300)
        images = {row.native_id: row.image for row in pages(catalog.ListImages, "images", parent=connection)}
        self.product = self.world.product("linux-machine", connection, images[self.choice["image"]], self.world.rate_card(),
                                          disk_gib=self.choice.get("disk_gib") or 10)
        harm = [name for name in HARM + ["401"] * self.peer.renews_tokens if name not in self.peer.no_harm]
        self.proxy.plan(dict(fault=SLOW, rate=SLOW_RATE), dict(fault=harm, rate=RATE), seed=SEED)

    def size_name(self, which):
        """As the catalog says it; the adapter itself is told the cloud's id."""
        return self.choice.get(which + "_name", self.choice[which])

    # ---- orders ----

    def order_all(self, count):
        for number in range(count):
            if number == count // 2:
                self.gaond.kill()
                self.gaond.start()
                self.world.reconnect()
            self.world.order(self.product, "m-%d" % number, size=self.size_name("size"),
                             request_id="01960000-0000-7000-8000-%012d" % number)

    def operations(self):
        return pages(self.world.rita.lifecycle.ListOperations, "operations", parent=self.world.project, page_size=500)

    def all_ended(self):
        operations = self.operations()
        return operations if all(one.done for one in operations) else None

    def wait_until_ended(self):
        try:
            return wait_for(self.all_ended, "every operation ends", self.peer.lossy_seconds, 0.5)
        except Failure:
            for operation in self.operations():
                if not operation.done:
                    self.counted["stuck"] += 1
                    print("STUCK: %s %s: %s" % (operation.kind, operation.name, self.journal(operation)))
            raise

    def journal(self, operation):
        got = self.world.rita.lifecycle.GetOperation(name=operation.name)
        return "; ".join("%s%s %s x%d: %s" % ("undo " * one.undo, one.step, one.outcome, one.attempts, one.note) for one in got.steps)

    # ---- what is there ----

    def machines(self):
        return pages(self.world.rita.lifecycle.ListMachines, "machines", parent=self.world.project, page_size=500)

    def at_cloud(self):
        """By resource: how many machines bear it. What was there before us does not count; what is new and bears no mark does."""
        rows = [row for row in self.direct.must("list")["rows"] if row["state"] != "gone" and row["native_id"] not in self.before]
        return collections.Counter(row["resource"] or row["native_id"] for row in rows)

    def compare(self, words):
        ours = {one.name.rpartition("/")[2] for one in self.machines() if one.state not in (DELETED, FAILED) and one.native_id}
        until = time.monotonic() + 20
        while set(self.at_cloud()) != ours and time.monotonic() < until:
            time.sleep(0.3)
        there = self.at_cloud()
        self.counted["orphans"] += len(set(there) - ours)
        self.counted["duplicates"] += sum(count - 1 for count in there.values())
        equal(set(there) - ours, set(), "orphans at the cloud %s" % words)
        equal([name for name, count in there.items() if count > 1], [], "duplicates at the cloud %s" % words)
        equal(ours - set(there), set(), "machines that the cloud does not have %s" % words)

    # ---- work on machines ----

    def for_all(self, words, machines, ask):
        """Asks all at once, waits for all; each must succeed."""
        step(words)
        asked = [ask(machine) for machine in machines]
        self.wait_until_ended()
        for operation in asked:
            ended = self.world.olga.lifecycle.GetOperation(name=operation.name)
            check(ended.state == SUCCEEDED, "%s succeeds: %s: %s" % (ended.kind, ended.error.message, self.journal(ended)))
        self.counted["operations"] += len(asked)

    def work(self):
        names = [one.name for one in self.machines() if one.state == RUNNING]
        olga = self.world.olga.lifecycle
        self.for_all("stop", names, lambda name: olga.StopMachine(name=name, force=True))
        self.for_all("start", names, lambda name: olga.StartMachine(name=name))
        if "reboot" in self.support:
            self.for_all("reboot", names, lambda name: olga.RebootMachine(name=name))
        if {"suspend", "resume"} <= set(self.support):
            self.for_all("suspend", names, lambda name: olga.SuspendMachine(name=name))
            self.for_all("start again", names, lambda name: olga.StartMachine(name=name))
        if "resize" in self.support:
            self.for_all("resize", names, lambda name: olga.ResizeMachine(name=name, size=self.size_name("other_size"),
                                                                          allow_restart=True))
        if "snapshot-create" in self.support:
            self.for_all("snapshot", names, lambda name: olga.CreateSnapshot(parent=name, snapshot_id="before"))
            snapshots = [name + "/snapshots/before" for name in names]
            if "snapshot-revert" in self.support:
                self.for_all("revert", snapshots, lambda name: olga.RevertSnapshot(name=name))
            for name in names:
                native = self.native(name)
                equal([row["name"] for row in self.direct.must("snapshot-list", native_id=native)["rows"]
                       if "before" in row["name"]].__len__(), 1, "snapshots of %s at the cloud" % native)
            self.for_all("delete the snapshots", snapshots, lambda name: olga.DeleteSnapshot(name=name))
        self.compare("after all that work")

    def native(self, name):
        return self.world.rita.lifecycle.GetMachine(name=name).native_id

    # ---- journal ----

    def request_ids(self):
        """The journal names the exchange as the cloud does, wherever the cloud gave it a name."""
        if not self.peer.gives_request_ids:
            return
        given = {row["request_id"] for row in self.proxy.log() if row["request_id"]}
        check(given, "the cloud gives request ids")
        named = creates = 0
        for operation in self.operations():
            got = self.world.rita.lifecycle.GetOperation(name=operation.name)
            ids = {one.provider_request_id for one in got.steps if one.provider_request_id}
            named += bool(ids)
            check(ids <= given, "the request ids of %s are the cloud's own: %s" % (operation.kind, ids - given))
            # A repeated one may have found what an earlier attempt made, whose answer nobody saw.
            if operation.kind == "machine-create" and got.state == SUCCEEDED and got.steps[0].attempts == 1 and not got.steps[0].note:
                check(ids, "the journal of %s names the cloud's exchange: %s" % (operation.kind, self.journal(got)))
                creates += 1
        check(named > 0 and creates > 0, "journals have request ids: %d, %d of them of creates" % (named, creates))

    def run(self):
        count = self.peer.orders
        step("%d orders; %d%% of the requests to the cloud meet a fault; gaond is killed once" % (count, 100 * (RATE + SLOW_RATE)))
        self.order_all(count)
        operations = self.wait_until_ended()
        orders = pages(self.world.rita.request.ListOrders, "orders", parent=self.world.project, page_size=500)
        equal(len(orders), count, "one order for each request_id")
        states = collections.Counter(one.state for one in orders)
        check(set(states) <= {FULFILLED, FAILED}, "each order is FULFILLED or FAILED: %s" % states)
        reasons = [one.state_message or one.items[0].message for one in orders if one.state == FAILED]
        check(all(reasons), "a failed one says why")
        check(states[FULFILLED] >= count * 0.9, "most are fulfilled: %s %s" % (states, reasons))
        self.counted["operations"] += len(operations)
        self.compare("after the orders")
        self.work()
        self.request_ids()
        names = [one.name for one in self.machines() if one.state != DELETED]
        self.for_all("delete them all", names, lambda name: self.world.olga.lifecycle.DeleteMachine(name=name))
        self.compare("after all were deleted")
        equal(sum(self.at_cloud().values()), 0, "machines at the cloud")
        self.world.verify_audit()
        faults = collections.Counter(row["fault"] for row in self.proxy.log())
        asked = sum(faults.values())
        harmed = asked - faults.pop(None, 0)
        check(harmed >= asked * RATE / 3, "the cloud was bad indeed: %d of %d requests" % (harmed, asked))
        print("%s: orders %d (failed %d), operations %d, requests %d, faults %d, orphans %d, duplicates %d, stuck %d" % (
            self.peer.name, count, states[FAILED], self.counted["operations"], asked, harmed, self.counted["orphans"],
            self.counted["duplicates"], self.counted["stuck"]))
        print("faults: " + ", ".join("%s %d" % pair for pair in sorted(faults.items())), flush=True)


def main():
    build, peer = os.path.realpath(sys.argv[1]), PEERS[sys.argv[2]]()
    with tempfile.TemporaryDirectory(prefix="gaon-lossy.", dir="/var/tmp") as folder:
        step("starting %s" % peer.name)
        with peer.started(os.path.join(folder, "peer")), \
                Faulty(peer.target(), os.path.join(folder, "proxy"), with_tls=peer.takes_tls) as proxy:
            direct = Driver(build, peer.config(), "lossy")
            if direct.opened["error"] == "UNSUPPORTED":
                skip(peer.name, direct.opened["message"])
            equal(direct.opened["error"], "OK", "%s is opened: %s" % (peer.name, direct.opened["message"]))
            with Gaond(build, "--metering.interval", "1h", "--log.access", "none", "--log.metrics_interval", "0",
                       "--network.allow", "127.0.0.0/8", "--engine.workers", "16") as gaond:
                lossy = Lossy(peer, proxy, direct, gaond)
                lossy.set_up()
                lossy.run()
            direct.close()
    done()


if __name__ == "__main__":
    main()
