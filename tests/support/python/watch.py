# SPDX-License-Identifier: Apache-2.0
"""watch.py: what a process holds and uses while something goes on."""
import os
import threading
import time

TICKS = os.sysconf("SC_CLK_TCK")


def resident_mib(pid):
    for line in open("/proc/%d/status" % pid):
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0


def cpu_seconds(pid):
    fields = open("/proc/%d/stat" % pid).read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


class Watch:
    """The most memory that a process holds meanwhile, above what it held before, and the time and CPU that it took."""

    def __init__(self, process):
        self.pid, self.before = process.pid, resident_mib(process.pid)
        self.most, self.is_over = self.before, False
        self.thread = threading.Thread(target=self.look)

    def look(self):
        while not self.is_over:
            self.most = max(self.most, resident_mib(self.pid))
            time.sleep(0.02)

    def __enter__(self):
        self.began, self.cpu_before = time.monotonic(), cpu_seconds(self.pid)
        self.thread.start()
        return self

    def __exit__(self, *error):
        self.seconds, self.cpu_s = time.monotonic() - self.began, cpu_seconds(self.pid) - self.cpu_before
        self.is_over = True
        self.thread.join()
        self.mib = self.most - self.before
