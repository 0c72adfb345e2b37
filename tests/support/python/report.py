# SPDX-License-Identifier: Apache-2.0
"""report.py: how a test in Python says what it does, fails and skips."""
import sys
import time

began = time.monotonic()
counted = {"checks": 0}


class Failure(Exception):
    """Something was not as it must be."""


def step(words):
    print("[%5.1f s] %s" % (time.monotonic() - began, words), flush=True)


def check(is_true, words):
    """One statement about the product; the words say what must be true."""
    counted["checks"] += 1
    if not is_true:
        raise Failure(words)


def equal(got, wanted, words):
    check(got == wanted, "%s: got %r, wanted %r" % (words, got, wanted))


def skip(peer, why):
    print("SKIP: %s: %s" % (peer, why), flush=True)
    sys.exit(77)


def wait_for(what, words, seconds=30.0, pause=0.05):
    """Calls `what` until it gives something true, which is returned."""
    until = time.monotonic() + seconds
    while True:
        found = what()
        if found:
            return found
        if time.monotonic() > until:
            raise Failure("%s: not within %g seconds" % (words, seconds))
        time.sleep(pause)


def done():
    """The last line; a test that checked nothing is a defect."""
    if counted["checks"] == 0:
        raise Failure("nothing was checked")
    print("[%5.1f s] passed: %d checks" % (time.monotonic() - began, counted["checks"]), flush=True)
