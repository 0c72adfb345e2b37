# SPDX-License-Identifier: Apache-2.0
"""measures.py: what is measured, each as a row: name, figure, what it is held against, target."""
import os
import shutil
import statistics
import subprocess
import tempfile
import threading
import time

import stubs
from gaond import Gaond
from load import Call
from watch import resident_mib

lifecycle = stubs.MODULES["gaon/lifecycle/v1/lifecycle.proto"]
LIFECYCLE = "/gaon.lifecycle.v1.LifecycleService/"
NAME = "tenants/acme/projects/web/machines/01jd0000000000000000000000"


def row(name, figure, unit, against=None, target=None, met=None, **more):
    return dict(name=name, figure=figure, unit=unit, against=against, target=target, met=met, **more)


class Opponent:
    """gRPC's C++ callback API, echoing one string: no store, no authentication, no authorisation."""

    def __init__(self, build, port=27452):
        self.address = "127.0.0.1:%d" % port
        self.process = subprocess.Popen([build + "/tools/benchmarks/rpc/bench_rpc_callback", self.address])
        time.sleep(0.5)
        request = lifecycle.GetMachineRequest(name=NAME)  # the same bytes: one string in field 1
        self.call = Call(self.process.pid, self.address, "/gaon.bench.v1.BenchService/Echo", request, reply=request)

    def stop(self):
        self.process.terminate()
        self.process.wait()


def read(house, build, connections, rounds, seconds):
    """A B A B …; a ratio for each pair."""
    _, machine = house.machines(house.world.project)
    request = lifecycle.GetMachineRequest(name=machine.name)
    reply = house.world.olga.lifecycle.GetMachine(request)
    if reply.name != machine.name:
        raise SystemExit("GetMachine answers with another machine")
    ours = Call(house.pid, house.gaond.address, LIFECYCLE + "GetMachine", request, house.world.secrets["olga"], reply)
    opponent = Opponent(build)
    try:
        ours.run(connections, 1), opponent.call.run(connections, 1)
        pairs = [(ours.run(connections, seconds), opponent.call.run(connections, seconds)) for _ in range(rounds)]
    finally:
        opponent.stop()
    ratios = sorted(a["rate"] / b["rate"] for a, b in pairs)
    median = {key: [statistics.median(pair[side][key] for pair in pairs) for side in (0, 1)] for key in ("rate", "cpu_us")}
    ratio = statistics.median(ratios)
    return row("GetMachine, %d connections" % connections, median["rate"][0], "req/s",
               "C++ callback echo: %.0f req/s; ratio %.2f (%.2f to %.2f); CPU us a request %.1f to %.1f"
               % (median["rate"][1], ratio, ratios[0], ratios[-1], *median["cpu_us"]),
               "ratio >= 1.0", ratio >= 1.0, ratios=ratios, opponent_rate=median["rate"][1], cpu_us=median["cpu_us"])


def listing(house, connections, rounds, seconds):
    request = lifecycle.ListMachinesRequest(parent=house.world.project, page_size=100)
    reply = house.world.olga.lifecycle.ListMachines(request)
    if len(reply.machines) != 100 or not reply.next_page_token:
        raise SystemExit("the page does not have 100 machines")
    call = Call(house.pid, house.gaond.address, LIFECYCLE + "ListMachines", request, house.world.secrets["olga"], reply)
    runs = [call.run(connections, seconds) for _ in range(rounds)]
    rate = statistics.median(run["rate"] for run in runs)
    return row("ListMachines, a page of 100, %d connections" % connections, rate, "pages/s",
               "%.1f MB/s; CPU us a page %.0f" % (rate * call.answer_bytes / 1e6, statistics.median(r["cpu_us"] for r in runs)))


def fsyncs(folder, seconds=1.0):
    """What one commit for each write could reach on this disk at most."""
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        count, began = 0, time.monotonic()
        while time.monotonic() < began + seconds:
            file.write(b"x" * 4096)
            file.flush()
            os.fdatasync(file.fileno())
            count += 1
        return count / (time.monotonic() - began)


def revision(machine):
    return int(machine.etag.split('"')[1])


def writes(house, connections, rounds, seconds):
    _, machine = house.machines(house.quiet)
    request = lifecycle.UpdateMachineRequest(machine=dict(name=machine.name, display_name="benchmarked"))
    request.update_mask.paths.append("display_name")
    caller = house.world.olga
    before = revision(caller.lifecycle.UpdateMachine(request))
    call = Call(house.pid, house.gaond.address, LIFECYCLE + "UpdateMachine", request, house.world.secrets["olga"])
    limits, runs = [], []
    for _ in range(rounds):
        limits.append(fsyncs(house.gaond.folder))
        runs.append(call.run(connections, seconds))
    done = sum(run["done"] for run in runs)
    grown = revision(caller.lifecycle.GetMachine(name=machine.name)) - before
    if not done <= grown <= done + connections * rounds:
        raise SystemExit("%d writes were answered, but the machine has %d revisions more" % (done, grown))
    rate, limit = statistics.median(run["rate"] for run in runs), statistics.median(limits)
    return row("UpdateMachine, %d connections" % connections, rate, "writes/s",
               "one fdatasync for each write, on this disk: %.0f/s" % limit, opponent_rate=limit)


class Watchers:
    """Streams of the quiet project's machines, spread over channels."""

    def __init__(self, house, streams, a_channel=100):
        self.house = house
        self.clients = [house.gaond.client(house.world.secrets["olga"]) for _ in range((streams + a_channel - 1) // a_channel)]
        self.streams = []
        for number in range(streams):
            stream = self.clients[number // a_channel].lifecycle.WatchMachines(parent=house.quiet, timeout=120)
            next(stream)  # the one machine that is there: now it is idle
            self.streams.append(stream)

    def close(self):
        for client in self.clients:
            client.close()


def streams(house, count):
    before = resident_mib(house.pid)
    watchers = Watchers(house, count)
    time.sleep(1)
    used = resident_mib(house.pid) - before
    watchers.close()
    return row("memory of %d idle watches on %d connections" % (count, len(watchers.clients)), used, "MiB")


def fan_out(house, count, rounds):
    """From before the write until each of the watchers has it; python reads them, so this is an upper bound."""
    _, machine = house.machines(house.quiet)
    watchers = Watchers(house, count, a_channel=10)
    arrivals, lock = [], threading.Lock()
    written = {}

    def follow(stream):
        try:
            for event in stream:
                now = time.monotonic()
                with lock:
                    if event.machine.display_name in written:
                        arrivals.append(now - written[event.machine.display_name])
        except stubs.Refused:
            pass
    threads = [threading.Thread(target=follow, args=(stream,), daemon=True) for stream in watchers.streams]
    for thread in threads:
        thread.start()
    for number in range(rounds):
        name = "round-%d" % number
        written[name] = time.monotonic()
        house.world.olga.lifecycle.UpdateMachine(machine=dict(name=machine.name, display_name=name),
                                                 update_mask=dict(paths=["display_name"]))
        deadline = time.monotonic() + 5
        while len(arrivals) < count * (number + 1) and time.monotonic() < deadline:
            time.sleep(0.005)
    watchers.close()
    if len(arrivals) < count * rounds:
        raise SystemExit("only %d of %d events arrived" % (len(arrivals), count * rounds))
    arrivals.sort()
    return row("watch fan-out: a committed write at %d watchers" % count, statistics.median(arrivals) * 1e3, "ms",
               "99th of 100: %.1f ms (read by Python threads)" % (arrivals[int(len(arrivals) * 0.99)] * 1e3))


def start(build, rounds):
    """On an empty store, by the port file, which is written once it serves."""
    times, sizes = [], []
    for _ in range(rounds):
        gaond = Gaond(build, "--log.access", "failures")
        began = time.monotonic()
        gaond.start(wait=False)
        while not os.path.exists(gaond.path("port")) or not open(gaond.path("port")).read().strip():
            if gaond.process.poll() is not None:
                raise SystemExit("gaond does not start: " + gaond.tail())
            time.sleep(0.001)
        times.append((time.monotonic() - began) * 1e3)
        time.sleep(0.5)
        sizes.append(resident_mib(gaond.process.pid))
        gaond.stop()
        shutil.rmtree(gaond.folder)
    took, size = statistics.median(times), statistics.median(sizes)
    return [row("start to SERVING, empty store", took, "ms", "%.0f to %.0f" % (min(times), max(times)), "<= 200 ms", took <= 200),
            row("idle memory (RSS), empty store", size, "MiB", None, "<= 32 MiB", size <= 32)]
