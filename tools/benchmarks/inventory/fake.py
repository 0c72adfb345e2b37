# SPDX-License-Identifier: Apache-2.0
"""fake.py: answers as a cloud with many machines would, as fast as it can: each machine is made once, pages are joined from memory. It
keeps nothing that it is told, and checks nothing: it is there so that our side is measured. usage: fake.py KIND COUNT
Prints its port. KIND is a module beside this one, with a class Cloud."""
import asyncio
import importlib
import os
import sys
import urllib.parse

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
KINDS = {"aws": "amazon", "openstack": "nova", "vsphere": "vim", "nutanix-v3": "prism", "nutanix-v4": "prism"}


class Request:
    def __init__(self, head, body):
        lines = head.decode("latin-1").split("\r\n")
        self.method, target, _ = lines[0].split(" ")
        self.headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        self.path, _, query = target.partition("?")
        self.query = dict(urllib.parse.parse_qsl(query))
        self.host = self.headers.get("host", "")
        self.body = body

    def __str__(self):
        return "%s %s %s %s" % (self.method, self.path, self.query, self.body[:400])


class Connection(asyncio.Protocol):
    """HTTP/1.1 with Content-Length, kept open: what an adapter sends."""
    cloud = None

    def __init__(self):
        self.buffer = b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.buffer += data
        while True:
            head, gap, rest = self.buffer.partition(b"\r\n\r\n")
            if not gap:
                return
            size = 0
            for line in head.split(b"\r\n"):
                if line.lower().startswith(b"content-length:"):
                    size = int(line.split(b":")[1])
            if len(rest) < size:
                return
            self.buffer = rest[size:]
            self.answer(Request(head, rest[:size]))

    def answer(self, request):
        found = self.cloud.answer(request)
        if found is None:
            print("fake: nobody answers %s" % request, file=sys.stderr, flush=True)
            found = 404, {}, b""
        status, headers, body = found
        headers = {"Content-Type": self.cloud.content_type, "Content-Length": str(len(body)), **headers}
        head = "HTTP/1.1 %d Said\r\n%s\r\n" % (status, "".join("%s: %s\r\n" % pair for pair in headers.items()))
        self.transport.writelines([head.encode(), body])


async def serve(kind, count):
    Connection.cloud = importlib.import_module(KINDS[kind]).Cloud(kind, count)
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
