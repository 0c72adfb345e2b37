# SPDX-License-Identifier: Apache-2.0
"""cloud.py: 200 orders on a cloud that loses requests and answers, shows new machines late, fails and throttles; gaond is killed
three times meanwhile. In the end: each order has one machine or a reason, none is left over at the cloud, none is there twice,
nothing is stuck; then all of it is deleted, and the cloud is empty.
usage: cloud.py BUILD-FOLDER"""
import collections
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../support/python"))
from gaond import Gaond, SimulatorFile, World
from report import check, done, equal, step, wait_for
from stubs import Refused, pages

ORDERS = 200
KILLS = 3
CLOUD = dict(work_ms=30, lost_reply_rate=0.10, lost_request_rate=0.05, failure_rate=0.05, late_visibility_ms=400, hang_rate=0,
             throttle_per_second=400, client_token=False)


class Flood:
    def __init__(self, gaond):
        self.gaond, self.world = gaond, World(gaond)
        self.cloud = SimulatorFile(gaond.path("sim.state"))
        sim = self.world.connect("sim", "simulator", "sim://bad", dict(CLOUD, state_file=self.cloud.path), concurrency=32)
        self.product = self.world.product("linux-machine", sim, self.world.image(sim), self.world.rate_card())

    def asked(self, call):
        """A call that is made again when the server died under it."""
        while True:
            try:
                return call()
            except Refused as refusal:
                check(refusal.code in ("UNAVAILABLE", "CANCELLED", "UNKNOWN"), "the server was lost: %s" % refusal)
                self.gaond.process.wait()
                self.gaond.start()
                self.world.reconnect()

    def order_all(self):
        for number in range(ORDERS):
            if number % (ORDERS // (KILLS + 1)) == ORDERS // (KILLS + 1) - 1 and number < ORDERS - 10:
                self.gaond.kill()
                self.gaond.start()
                self.world.reconnect()
            key = "01960000-0000-7000-8000-%012d" % number
            self.asked(lambda: self.world.order(self.product, "m-%d" % number, request_id=key))

    def all_ended(self):
        operations = pages(self.world.rita.lifecycle.ListOperations, "operations", parent=self.world.project, page_size=500)
        return operations if all(one.done for one in operations) else None

    def machines(self):
        return pages(self.world.rita.lifecycle.ListMachines, "machines", parent=self.world.project, page_size=500)


def main():
    with Gaond(sys.argv[1], "--metering.interval", "1h", "--log.access", "none", "--log.metrics_interval", "0",
               "--engine.workers", "32") as gaond:
        flood = Flood(gaond)
        step("%d orders on a bad cloud, gaond killed %d times" % (ORDERS, KILLS))
        flood.order_all()
        operations = wait_for(flood.all_ended, "every operation ends: stuck 0", 120, 0.5)
        step("all %d operations have ended" % len(operations))
        tried = sum(any(one.attempts > 1 for one in flood.world.rita.lifecycle.GetOperation(name=operation.name).steps)
                    for operation in operations if operation.kind == "machine-create")
        check(tried >= ORDERS / 20, "the cloud was bad indeed: %d creates needed another attempt" % tried)
        orders = pages(flood.world.rita.request.ListOrders, "orders", parent=flood.world.project, page_size=500)
        equal(len(orders), ORDERS, "one order for each request_id")
        states = collections.Counter(one.state for one in orders)
        check(set(states) <= {3, 4}, "each order is FULFILLED or FAILED: %s" % states)
        check(all(one.state_message or one.items[0].message for one in orders if one.state == 4), "a failed one says why")
        check(states[3] >= ORDERS * 0.9, "most are fulfilled: %s" % states)

        there = collections.Counter(row["machine"] for row in flood.cloud.machines())
        ours = {one.name.rpartition("/")[2] for one in flood.machines() if one.state == 2}
        equal(len(ours), states[3], "a RUNNING machine for each fulfilled order")
        equal([name for name, count in there.items() if count > 1], [], "duplicates at the cloud")
        equal(set(there) - ours, set(), "orphans at the cloud")
        equal(ours - set(there), set(), "machines that the cloud does not have")
        flood.world.verify_audit()

        step("orphans 0, duplicates 0, stuck 0; now all are deleted")
        for machine in flood.machines():
            if machine.state != 7:
                flood.world.olga.lifecycle.DeleteMachine(name=machine.name)
        wait_for(flood.all_ended, "every deletion ends", 120, 0.5)
        equal(collections.Counter(one.state for one in flood.machines()), {}, "machines that are not gone")
        equal(len(flood.cloud.machines()), 0, "machines at the cloud")
        flood.world.verify_audit()
    done()


if __name__ == "__main__":
    main()
