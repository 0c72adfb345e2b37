# SPDX-License-Identifier: Apache-2.0
"""load.py: a proper gRPC load by h2load, and what a process cost while it ran."""
import os
import re
import subprocess
import tempfile

from watch import cpu_seconds

# Who measures must not wait for the processor that it measures on: it is as if it were another machine.
FIRST = ["chrt", "--fifo", "1"] if os.geteuid() == 0 else []


class Call:
    """One unary request, as bytes on the wire, and the size that each right answer has."""

    def __init__(self, pid, address, path, request, secret=None, reply=None):
        self.pid, self.url = pid, "http://%s%s" % (address, path)
        message = request.SerializeToString()
        self.body = tempfile.NamedTemporaryFile(prefix="gaon-bench.")
        self.body.write(b"\0" + len(message).to_bytes(4, "big") + message)
        self.body.flush()
        self.headers = ["content-type: application/grpc", "te: trailers"]
        if secret:
            self.headers.append("authorization: Bearer " + secret)
        self.answer_bytes = 5 + reply.ByteSize() if reply is not None else None

    def command(self, connections, seconds):
        words = ["h2load", "-c%d" % connections, "-m1", "-D%d" % seconds, "-d", self.body.name]
        for header in self.headers:
            words += ["-H", header]
        return words + [self.url]

    def run(self, connections, seconds):
        """requests/s, CPU microseconds a request of the server, and how many were done. h2load only knows of HTTP's 200; a gRPC
        failure has no DATA frame, so the bytes of DATA tell whether each answer was the message it had to be."""
        before = cpu_seconds(self.pid)
        out = subprocess.run(self.command(connections, seconds), capture_output=True, text=True, check=True).stdout
        used = cpu_seconds(self.pid) - before
        found = re.search(r"(\d+) done, (\d+) succeeded, (\d+) failed", out)
        done, good, failed = (int(one) for one in found.groups())
        if failed or done == 0 or good < done:
            raise SystemExit("the load failed:\n" + out)
        data = int(re.search(r"\((\d+)\) data", out)[1])
        if self.answer_bytes is not None and not done <= data / self.answer_bytes <= done + connections:
            raise SystemExit("%d answers should have %d bytes each, not %d in all:\n%s" % (done, self.answer_bytes, data, out))
        return {"rate": done / seconds, "cpu_us": used / done * 1e6, "done": done}

    def latencies(self, connections, rate, seconds):
        """Milliseconds of each answer, sorted, of a load that comes at its own pace, so many a second, whatever the server does."""
        with tempfile.TemporaryDirectory() as folder:
            log = os.path.join(folder, "log")
            words = self.command(connections, seconds)
            words[1:1] = ["--rps=%d" % max(rate // connections, 1), "--log-file=" + log]
            out = subprocess.run(FIRST + words, capture_output=True, text=True, check=True).stdout
            rows = [line.split("\t") for line in open(log)]
        bad = [one for one in rows if one[1] != "200"]
        data = int(re.search(r"\((\d+)\) data", out)[1])
        if bad or not rows or self.answer_bytes and not len(rows) <= data / self.answer_bytes <= len(rows) + connections:
            raise SystemExit("the load at a pace failed: %d bad of %d\n%s" % (len(bad), len(rows), out))
        return sorted(int(one[2]) / 1e3 for one in rows)
