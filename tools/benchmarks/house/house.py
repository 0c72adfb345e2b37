# SPDX-License-Identifier: Apache-2.0
"""house.py: the gaond that is measured: seeded through its own API, by orders on the simulator."""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../tests/support/python"))
from gaond import Gaond, World

ITEMS_AN_ORDER = 20
RUNNING = 2


class House:
    def __init__(self, build, settings=(), concurrency=0, **simulator):
        # As it is delivered, but for the timers: nothing of the background shall fall into a measurement; and with rates that one
        # caller does not reach, so that they are counted and nobody is refused.
        limits = [word for kind in ("tenant", "principal", "stranger")
                  for word in ("--limit.%s_rate" % kind, "1000000", "--limit.%s_burst" % kind, "10000000")]
        self.gaond = Gaond(build, "--log.access", "failures", "--metering.interval", "1h", *limits, *settings)
        self.gaond.start()
        self.world = World(self.gaond)
        self.connection = self.world.connect("sim", "simulator", "sim://sim", dict(dict(work_ms=0, latency_ms=0), **simulator),
                                             concurrency=concurrency)
        self.product = self.world.product("vm", self.connection, self.world.image(self.connection), self.world.rate_card())
        self.quiet = self.world.tenant + "/projects/quiet"
        self.world.hong.iam.CreateProject(parent=self.world.tenant, project_id="quiet")
        people = {"rita": "requester", "olga": "operator"}
        self.world.bind(self.quiet, {self.world.tenant + "/users/" + who: "roles/" + role for who, role in people.items()})

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return self.gaond.__exit__(*error)

    @property
    def pid(self):
        return self.gaond.process.pid

    def order(self, project, count, name):
        items = [dict(product=self.product, parameters=dict(size="tiny", name="%s-%d" % (name, i))) for i in range(count)]
        return self.world.rita.request.CreateOrder(parent=project, order=dict(items=items, justification="a benchmark"))

    def machines(self, project, state=None):
        """How many, and the last of them."""
        count, last, token = 0, None, ""
        while True:
            reply = self.world.rita.lifecycle.ListMachines(parent=project, page_size=500, page_token=token)
            for machine in reply.machines:
                count += state is None or machine.state == state
                last = machine
            token = reply.next_page_token
            if not token:
                return count, last

    def seed(self, count, say):
        """Orders until there are so many running machines; machines a second."""
        began = time.monotonic()
        for number in range(0, count, ITEMS_AN_ORDER):
            self.order(self.world.project, min(ITEMS_AN_ORDER, count - number), "m%d" % number)
        say("%d machines ordered in %.1f s; waiting until they run" % (count, time.monotonic() - began))
        while self.machines(self.world.project, RUNNING)[0] < count:
            if time.monotonic() > began + 150:
                raise SystemExit("the engine did not make %d machines in 150 s" % count)
            time.sleep(0.5)
        return count / (time.monotonic() - began)
