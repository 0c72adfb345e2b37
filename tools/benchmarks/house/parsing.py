# SPDX-License-Identifier: Apache-2.0
"""parsing.py: how fast the pages of clouds become trees, against other parsers in the same run."""
import os
import subprocess
import sys
import tempfile

from rows import row

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../inventory"))
import amazon
import fake
import nova
import prism
import vim

A_PAGE = 200


def asked(path, body=b""):
    return fake.Request(b"POST %s HTTP/1.1\r\nHost: cloud.example" % path, body)


def documents():
    """What a page of machines is on the wire."""
    many = vim.Cloud("vsphere", A_PAGE)
    return {"EC2.xml": amazon.Cloud("aws", A_PAGE).page({}),
            "vim25.xml": many.page("RetrievePropertiesEx", 0, A_PAGE, many.machines(many.known))[2],
            "Nova.json": nova.Cloud("openstack", A_PAGE).page(asked(b"/servers/detail")),
            "Prism-v3.json": prism.Cloud("nutanix-v3", A_PAGE).answer(asked(b"/api/nutanix/v3/vms/list", b'{"length": 200}'))[2]}


def parsing(build):
    with tempfile.TemporaryDirectory() as folder:
        paths = {}
        for name, document in documents().items():
            paths[name] = os.path.join(folder, name)
            with open(paths[name], "wb") as file:
                file.write(document)
        said = subprocess.run([build + "/tools/benchmarks/parse/bench_parse", *paths.values()], capture_output=True, text=True)
        if said.returncode != 0:
            raise SystemExit("bench_parse: " + said.stderr)
    rates = {}
    for line in said.stdout.splitlines():
        path, parser, rate = line.split("\t")
        rates.setdefault(os.path.basename(path), {})[parser] = float(rate)
    for name, each in rates.items():
        others = {parser: rate for parser, rate in each.items() if parser != "ours"}
        yield row("parse a page of %d machines: %s" % (A_PAGE, name), each["ours"], "MB/s", "; ".join(
            "%s %.1f MB/s: ratio %.2f" % (parser, rate, each["ours"] / rate) for parser, rate in others.items()),
                  ratios={parser: each["ours"] / rate for parser, rate in others.items()})
