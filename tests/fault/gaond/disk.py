# SPDX-License-Identifier: Apache-2.0
"""disk.py: the disk under gaond runs full. Writes are refused with a clear reason, reads go on, nothing that was acknowledged is
lost, and as soon as there is room again, writes go on without a restart.
usage: disk.py BUILD-FOLDER"""
import ctypes
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../support/python"))
from gaond import Gaond, World, refused
from report import check, done, equal, skip, step, wait_for
from stubs import Refused, pages

MIB = 1 << 20
CLONE_NEWNS = 0x20000


def small_disk():
    """A file system of 24 MiB that only this process and its children see, and that goes with them."""
    if os.getuid() != 0:
        skip("tmpfs", "only root may mount one")
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS) != 0:
        skip("tmpfs", "no mount namespace here: %s" % os.strerror(ctypes.get_errno()))
    folder = tempfile.mkdtemp(prefix="gaon-disk.", dir="/var/tmp")
    for words in (["mount", "--make-rprivate", "/"], ["mount", "-t", "tmpfs", "-o", "size=24m,mode=700", "none", folder]):
        if subprocess.run(words, stderr=subprocess.DEVNULL).returncode != 0:
            skip("tmpfs", "%s is not allowed here" % " ".join(words))
    return folder


def free_bytes(folder):
    facts = os.statvfs(folder)
    return facts.f_bavail * facts.f_frsize


def fill(folder, leave):
    """Takes all room but `leave` bytes; returns the file that has it."""
    ballast = os.path.join(folder, "ballast")
    with open(ballast, "ab") as file:
        file.write(b"\0" * max(0, free_bytes(folder) - leave))
    return ballast


def write_until_full(world, acknowledged, most=3000):
    for _ in range(most):
        name = "p-%d" % len(acknowledged)
        try:
            acknowledged.append(world.hong.iam.CreateProject(parent=world.tenant, project_id=name,
                                                             project=dict(display_name="x" * 60)).name)
        except Refused as refusal:
            return refusal
    return None


def projects(world):
    return {one.name for one in pages(world.hong.iam.ListProjects, "projects", parent=world.tenant, page_size=500)}


def main():
    folder = small_disk()
    try:
        with Gaond(sys.argv[1], "--store.url", "sqlite:" + folder + "/gaon.db", "--log.access", "none") as gaond:
            world, acknowledged = World(gaond), []
            step("the disk runs full")
            ballast = fill(folder, MIB)
            refusal = write_until_full(world, acknowledged)
            check(refusal is not None, "the disk is full at last")
            step("full after %d projects: %s" % (len(acknowledged), refusal))
            check(len(acknowledged) > 0, "some were written before")
            check(refusal.code == "RESOURCE_EXHAUSTED" and refusal.reason == "STORE_FULL", "the reason is clear: %s" % refusal)
            check("disk" in refusal.message or "space" in refusal.message, "the message tells what to do: %s" % refusal.message)
            refused("RESOURCE_EXHAUSTED", "STORE_FULL",
                    lambda: world.hong.iam.CreateProject(parent=world.tenant, project_id="once-more", project={}))
            equal(len(projects(world)), len(acknowledged) + 1, "reads go on, and show what was acknowledged and no more")
            check(gaond.is_running(), "gaond lives")

            step("kill -9 and a start, still full")
            gaond.kill()
            gaond.start(wait=False)
            wait_for(lambda: not gaond.is_running() or os.path.exists(gaond.path("port")), "it serves or says why not")
            if gaond.is_running():
                gaond.kill()
            else:
                check("STORE_FULL" in gaond.tail(), "it says why it does not start: %s" % gaond.tail())

            step("room again")
            os.unlink(ballast)
            gaond.start()
            world.hong, before = gaond.client(world.secrets["hong"]), set(acknowledged)
            check(before <= projects(world), "all that was acknowledged is there: lacking %s" % (before - projects(world)))
            ballast = fill(folder, MIB)
            check(write_until_full(world, acknowledged).reason == "STORE_FULL", "full once more")
            os.unlink(ballast)
            for number in range(20):
                world.hong.iam.CreateProject(parent=world.tenant, project_id="after-%d" % number, project={})
            equal(len(projects(world)), len(acknowledged) + 21, "writes go on without a restart")
            world.verify_audit()
    finally:
        subprocess.run(["umount", "-l", folder], check=False)
        os.rmdir(folder)
    done()


if __name__ == "__main__":
    main()
