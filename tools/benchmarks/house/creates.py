# SPDX-License-Identifier: Apache-2.0
"""creates.py: what people who only look feel of a thousand machines that are being made."""
import time

import stubs
from house import House, ITEMS_AN_ORDER, RUNNING
from load import Call
from rows import row

lifecycle = stubs.MODULES["gaon/lifecycle/v1/lifecycle.proto"]
WORKERS, PACE, CONNECTIONS, IDLE_S, WINDOW_S, PATIENCE_S = 32, 400, 4, 4, 1, 120


def percentile(sorted_values, part):
    return sorted_values[min(len(sorted_values) - 1, int(len(sorted_values) * part))]


def creates(build, count):
    """GetMachine at a steady pace: idle, then while `count` machines are made by 32 workers at a cloud that takes its time."""
    with House(build, ["--engine.workers", str(WORKERS)], WORKERS, latency_ms=20, work_ms=500) as house:
        house.order(house.quiet, 1, "quiet")
        machine = running(house, house.quiet, 1)
        request = lifecycle.GetMachineRequest(name=machine.name)
        reply = house.world.olga.lifecycle.GetMachine(request)
        call = Call(house.pid, house.gaond.address, "/gaon.lifecycle.v1.LifecycleService/GetMachine", request,
                    house.world.secrets["olga"], reply)
        call.latencies(CONNECTIONS, PACE, 1)
        idle = call.latencies(CONNECTIONS, PACE, IDLE_S)
        began = time.monotonic()
        for number in range(0, count, ITEMS_AN_ORDER):
            house.order(house.world.project, min(ITEMS_AN_ORDER, count - number), "m%d" % number)
        busy = []
        while house.machines(house.world.project, RUNNING)[0] < count:
            if time.monotonic() > began + PATIENCE_S:
                raise SystemExit("%d machines were not made in %d s" % (count, PATIENCE_S))
            busy += call.latencies(CONNECTIONS, PACE, WINDOW_S)
        took = time.monotonic() - began
    busy.sort()
    if not busy:
        raise SystemExit("all machines ran before anybody could look")
    before, meanwhile = percentile(idle, 0.99), percentile(busy, 0.99)
    return row("GetMachine, p99 while %d machines are made by %d workers" % (count, WORKERS), meanwhile, "ms",
               "idle p99 %.2f ms: ratio %.2f; medians %.2f and %.2f ms; %d reads/s; the machines took %.1f s"
               % (before, meanwhile / before, percentile(busy, 0.5), percentile(idle, 0.5), PACE, took),
               "<= 2 x idle", meanwhile <= 2 * before, idle_p99_ms=before, ratio=meanwhile / before, creates_s=took)


def running(house, project, count):
    until = time.monotonic() + PATIENCE_S
    while True:
        found, machine = house.machines(project, RUNNING)
        if found >= count:
            return machine
        if time.monotonic() > until:
            raise SystemExit("the first machine does not run")
        time.sleep(0.1)
