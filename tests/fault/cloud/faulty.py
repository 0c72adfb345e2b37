# SPDX-License-Identifier: Apache-2.0
"""faulty.py: a faulty-proxy of one's own, and what went through it."""
import json
import os
import subprocess
import urllib.error
import urllib.request

from report import Failure, wait_for

HERE = os.path.dirname(os.path.abspath(__file__))
PEERS = os.path.realpath(os.path.join(HERE, "../../../tools/peers"))


def peer_lines(path):
    """What a peer's script keeps in its folder: lines of name=value."""
    with open(path) as file:
        return dict(line.rstrip("\n").partition("=")[::2] for line in file if "=" in line)


class Faulty:
    """In front of `target`, a URL or several by their names; use it with `with`."""

    def __init__(self, target, folder, with_tls=False):
        self.target, self.folder, self.with_tls = target, folder, with_tls
        self.process = None

    def __enter__(self):
        targets = ["%s=%s" % pair for pair in self.target.items()] if isinstance(self.target, dict) else [self.target]
        command = ["/usr/bin/python3", "-B", os.path.join(PEERS, "faulty-proxy"), self.folder]
        for target in targets:
            command += ["--to", target]
        os.makedirs(self.folder, exist_ok=True)
        with open(os.path.join(self.folder, "out"), "wb") as out:
            self.process = subprocess.Popen(command + ["--tls"] * self.with_tls, stdout=out, stderr=subprocess.STDOUT)
        told = os.path.join(self.folder, "peer")

        def is_up():
            if self.process.poll() is not None:
                raise Failure("the faulty proxy ended: " + open(os.path.join(self.folder, "out")).read())
            return os.path.exists(told)
        wait_for(is_up, "the faulty proxy serves", 20, 0.02)
        lines = peer_lines(told)
        self.url, self.control, self.ca = lines["url"], lines["control"], lines.get("ca")
        return self

    def __exit__(self, *error):
        self.process.kill()
        self.process.wait()

    def ask(self, path, value=None):
        request = urllib.request.Request(self.control + path, None if value is None else json.dumps(value).encode())
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise Failure("the faulty proxy refused %s: %s" % (value, error.read().decode())) from None

    def plan(self, *rules, seed=1):
        self.ask("/plan", dict(seed=seed, rules=list(rules)))

    def log(self):
        return self.ask("/log")
