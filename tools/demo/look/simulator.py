# SPDX-License-Identifier: Apache-2.0
"""simulator.py: what is in the simulated cloud, by its state file. usage: simulator.py FILE machines|volumes|state [ID]"""
import json
import os
import sys
import time

STATES = ("UNKNOWN", "BUILDING", "RUNNING", "STOPPED", "SUSPENDED", "TRANSITION", "FAILED", "GONE")
THING_GONE = 5


def rows(path):
    """The last line of each is what it is now, or becomes when its time comes."""
    newest, now_us = {}, time.time() * 1e6
    for line in open(path) if os.path.exists(path) else ():
        if line.endswith("\n"):
            row = json.loads(line)
            newest[row.get("thing", ""), row["number"]] = row
    for row in newest.values():
        if row["due_us"] and row["due_us"] <= now_us:
            row["state"] = row["next_state"]
        yield row


def main():
    path, what = sys.argv[1:3]
    for row in rows(path):
        name = "sim-%010d" % row["number"]
        is_machine = "thing" not in row
        if what == "machines" and is_machine and STATES[row["state"]] != "GONE":
            print(name)
        if what == "volumes" and row.get("thing") == "volume" and row["state"] != THING_GONE:
            print(row["resource"])
        if what == "state" and is_machine and name == sys.argv[3] and STATES[row["state"]] != "GONE":
            print(STATES[row["state"]])


if __name__ == "__main__":
    main()
