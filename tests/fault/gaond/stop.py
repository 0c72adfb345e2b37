# SPDX-License-Identifier: Apache-2.0
"""stop.py: SIGTERM while eight callers write and a stream is open: gaond ends well within its grace; what it had acknowledged is
there afterwards, and what it refused, it refused as a server does that goes away.
usage: stop.py BUILD-FOLDER"""
import os
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../support/python"))
from gaond import Gaond, World
from report import check, done, equal, step, wait_for
from stubs import Refused, pages

WRITERS = 8
ROUNDS = 3


class Writer(threading.Thread):
    def __init__(self, client, tenant, prefix):
        super().__init__(daemon=True)
        self.client, self.tenant, self.prefix = client, tenant, prefix
        self.acknowledged, self.refusal = [], None

    def run(self):
        for number in range(100000):
            try:
                self.acknowledged.append(self.client.iam.CreateProject(
                    parent=self.tenant, project_id="%s-%d" % (self.prefix, number), project={}).name)
            except Refused as refusal:
                self.refusal = refusal
                return


class Watcher(threading.Thread):
    def __init__(self, client, project):
        super().__init__(daemon=True)
        self.messages, self.refusal = client.lifecycle.WatchMachines(parent=project, timeout=60), None

    def run(self):
        try:
            list(self.messages)
        except Refused as refusal:
            self.refusal = refusal


def stop_under_load(gaond, world, number, acknowledged):
    writers = [Writer(gaond.client(world.secrets["hong"]), world.tenant, "r%d-w%d" % (number, one)) for one in range(WRITERS)]
    watcher = Watcher(gaond.client(world.secrets["rita"]), world.project)
    for thread in writers + [watcher]:
        thread.start()
    wait_for(lambda: all(len(writer.acknowledged) > 5 for writer in writers), "everybody writes")
    asked = time.monotonic()
    gaond.process.send_signal(signal.SIGTERM)
    code = gaond.process.wait(30)
    took = time.monotonic() - asked
    for thread in writers + [watcher]:
        thread.join(30)
    counted = sum(len(writer.acknowledged) for writer in writers)
    step("stopped with %d after %.1f s, %d writes acknowledged" % (code, took, counted))
    equal(code, 0, "the exit code")
    check(took < 12, "it ends within its grace of ten seconds")
    for thread in writers + [watcher]:
        check(not thread.is_alive() and thread.refusal is not None, "every caller is told")
        check(thread.refusal.code in ("UNAVAILABLE", "CANCELLED"), "as one who goes away says it: %s" % thread.refusal)
    for writer in writers:
        acknowledged += writer.acknowledged


def main():
    with Gaond(sys.argv[1], "--log.access", "none", "--limit.tenant_rate", "0", "--limit.principal_rate", "0") as gaond:
        world, acknowledged = World(gaond), []
        for number in range(ROUNDS):
            stop_under_load(gaond, world, number, acknowledged)
            gaond.start()
            world.hong = gaond.client(world.secrets["hong"])
            found = {one.name for one in pages(world.hong.iam.ListProjects, "projects", parent=world.tenant, page_size=500)}
            lost = set(acknowledged) - found
            check(not lost, "nothing acknowledged is lost: %s" % lost)
        world.verify_audit()
    done()


if __name__ == "__main__":
    main()
