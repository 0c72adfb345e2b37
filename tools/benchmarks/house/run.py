# SPDX-License-Identifier: Apache-2.0
"""run.py: measures the whole house and prints one table, or JSON.
usage: run.py BUILD-FOLDER [--json] [--machines N] [--only NAME]…   NAME: start, calls, creates, parse, look, or look-aws and the like"""
import argparse
import json
import os
import platform
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from house import House
import creates
import inventory
import measures
import parsing

ROUNDS, SECONDS = 5, 2
CREATES, INVENTORY = 1000, 20000


def say(text):
    print("bench: " + text, file=sys.stderr, flush=True)


def processor():
    names = [line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    return "%d x %s" % (len(names), names[0] if names else platform.machine())


def calls(build, machines):
    """Everything that is asked of one house with many machines."""
    say("seeding %d machines" % machines)
    with House(build) as house:
        house.order(house.quiet, 1, "quiet")
        rate = house.seed(machines, say)
        yield measures.row("orders to RUNNING on the simulator (no latency), %d machines" % machines, rate, "machines/s")
        for connections in (16, 64):
            say("GetMachine and the C++ echo in turns, %d connections" % connections)
            yield measures.read(house, build, connections, ROUNDS, SECONDS)
        say("lists, writes, watches")
        yield measures.listing(house, 16, 3, SECONDS)
        yield measures.writes(house, 64, 3, SECONDS)
        yield measures.fan_out(house, 50, 20)
        yield measures.streams(house, 1000)


def groups(build, machines):
    """Name and what measures it: rows."""
    yield "start", lambda: measures.start(build, ROUNDS)
    yield "calls", lambda: calls(build, machines)
    yield "creates", lambda: [creates.creates(build, CREATES)]
    for kind in inventory.CLOUDS:
        yield "look-" + kind, lambda kind=kind: [inventory.sync(build, kind, INVENTORY)]
    yield "parse", lambda: parsing.parsing(build)


def measure(build, machines, only):
    rows, names = [], []
    for name, group in groups(build, machines):
        names.append(name)
        if not only or any(name == one or name.startswith(one + "-") for one in only):
            say(name)
            rows += group()
    if not rows:
        raise SystemExit("bench: there is nothing of that name; there are: " + " ".join(names))
    return rows


def table(rows):
    print("%-62s %12s %-10s %-16s %s" % ("what", "figure", "", "target", "against"))
    for one in rows:
        verdict = "" if one["met"] is None else "met" if one["met"] else "MISSED"
        print("%-62s %12.1f %-10s %-16s %-6s %s" % (one["name"], one["figure"], one["unit"], one["target"] or "-", verdict, one["against"] or ""))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--machines", type=int, default=10000)
    parser.add_argument("--only", action="append", metavar="NAME")
    arguments = parser.parse_args()
    began = time.monotonic()
    load_before = os.getloadavg()[0]
    rows = measure(os.path.realpath(arguments.build), arguments.machines, arguments.only)
    head = dict(date=time.strftime("%Y-%m-%d"), processor=processor(), kernel=platform.release(), seconds=round(time.monotonic() - began),
                load_before=round(load_before, 2), rounds=ROUNDS, seconds_a_run=SECONDS)
    if arguments.json:
        print(json.dumps(dict(head, rows=rows), indent=1))
        return
    print("%(date)s, %(processor)s, Linux %(kernel)s; medians of %(rounds)d runs of %(seconds_a_run)d s; load before: %(load_before)s; %(seconds)d s" % head)
    table(rows)


main()
