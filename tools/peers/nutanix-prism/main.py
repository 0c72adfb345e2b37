# SPDX-License-Identifier: Apache-2.0
"""A Prism Central on loopback that keeps what it is told: API v3, API v4, or both, on one world.

usage: main.py <port> <v3|v4|both> [--prism <port of prism-cli>] [--work-ms N] [--calm]
  Requests for v3 go through Stoplight's prism, which holds them to Nutanix's swagger; those for v4 are held to Nutanix's Python
  clients. What violates them is refused with 422, and counted: GET /-/violations. Answers of v4 are held to the clients too.
  Port 0: any. Prints "front <port> back <port>" when it listens.
"""
import argparse
import http.client
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit

import v3
import v4
from world import Refusal, World, basic_auth

USER, PASSWORD, KEY = "admin", "nutanix/4u", "gaon-test-key"


class Peer:
    def __init__(self, arguments):
        self.world = World(arguments.work_ms / 1000, 0 if arguments.calm else 7)
        self.v3 = v3.V3(self.world) if arguments.api in ("v3", "both") else None
        self.v4 = v4.V4(self.world) if arguments.api in ("v4", "both") else None
        self.prism, self.vendor, self.violations = arguments.prism, None, []
        if self.v4:
            import vendor
            self.vendor, self.violation = vendor.Vendor(), vendor.Violation
        self.plant()

    def plant(self):
        """A machine of somebody else."""
        image = next(i["uuid"] for i in self.world.images.values() if i["type"] == "DISK_IMAGE")
        self.world.category_make("AppType", "Default")
        self.world.vm_make({"uuid": "f0000000-0000-4000-8000-000000000001", "name": "of-somebody-else", "description": "keep this",
                            "sockets": 2, "cores": 2, "memory_mib": 2048, "power": "ON", "disks": [{"image": image}],
                            "nics": [{"subnet": self.world.subnets[0]["uuid"]}], "cluster": self.world.clusters[0]["uuid"],
                            "boot": "LEGACY", "categories": {"AppType": ["Default"]}, "project": self.world.project["uuid"]})

    def violates(self, what):
        self.violations.append(what)
        print("violation: " + what, file=sys.stderr, flush=True)
        refusal = Refusal(422, "VALIDATION_ERROR", "This violates the vendor's schema: " + what)
        return 422, v3.refusal_body(refusal)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    is_front = True

    def log_message(self, *_):
        pass

    def send(self, status, body, headers=()):
        raw = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def read(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def may(self):
        return basic_auth(self.headers.get("Authorization"), USER, PASSWORD) or self.headers.get("X-ntnx-api-key") == KEY

    def handle_all(self):
        peer, raw, url = self.server.peer, self.read(), urlsplit(self.path)
        if url.path.startswith("/-/"):
            return self.send(*self.control(peer, url.path))
        if not self.may():
            refusal = Refusal(401, "AUTHENTICATION_REQUIRED", "Authentication required.")
            return self.send(401, v3.refusal_body(refusal))
        if url.path.startswith("/api/nutanix/v3/") and peer.v3:
            if self.is_front and peer.prism:
                return self.through_prism(peer, raw)
            try:
                return self.send(*peer.v3.answer(self.command, unquote(url.path), json.loads(raw) if raw else None))
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                # Prism forwards what it found wrong too, and says so beside the answer.
                return self.send(422, v3.refusal_body(Refusal(422, "DESERIALIZATION_FAILED", repr(error))))
        parts = url.path.split("/", 4)
        if peer.v4 and len(parts) == 5 and parts[1] == "api" and parts[3].startswith("v4."):
            return self.send(*self.speak_v4(peer, url, parts, raw))
        return self.send(404, v3.refusal_body(Refusal(404, "ENTITY_NOT_FOUND", "There is nothing at " + url.path)))

    do_GET = do_POST = do_PUT = do_DELETE = do_OPTIONS = handle_all

    @staticmethod
    def control(peer, path):
        if path == "/-/violations":
            return 200, peer.violations
        if path.startswith("/-/disks"):
            vms = [vm for id_, vm in peer.world.vms.items() if path.endswith(id_) or path == "/-/disks"]
            return 200, sum(len(vm["disks"]) for vm in vms)
        return 404, None

    def through_prism(self, peer, raw):
        link = http.client.HTTPConnection("127.0.0.1", peer.prism, timeout=60)
        # Prism leaves the base path of the swagger away.
        path = self.path[len("/api/nutanix/v3"):]
        keep = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection", "content-length")}
        try:
            link.request(self.command, path, raw or None, keep)
            response = link.getresponse()
            body, violations = response.read(), response.getheader("sl-violations")
        finally:
            link.close()
        # Of the answers, recordings show that real ones violate the swagger: those are let pass.
        asked = [v for v in json.loads(violations or "[]") if v.get("location", [""])[0] == "request"]
        if asked:
            return self.send(*peer.violates("%s %s: %s" % (self.command, self.path, json.dumps(asked))))
        if response.status >= 500 or response.getheader("Content-Type", "").startswith("application/problem"):
            return self.send(*peer.violates("%s %s: prism says %s" % (self.command, self.path, body.decode()[:400])))
        return self.send(response.status, json.loads(body) if body else None, {"X-Request-Id": "prism-%x" % id(response)})

    def speak_v4(self, peer, url, parts, raw):
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        body, path = json.loads(raw) if raw else None, unquote(url.path)
        try:
            operation = peer.vendor.check_request(self.command, path, query, body)
        except peer.violation as error:
            return peer.violates("%s %s: %s" % (self.command, path, error))
        status, answer, headers = peer.v4.answer({
            "method": self.command, "name_space": parts[2], "rest": unquote(parts[4]), "query": query, "body": body,
            "headers": {name.lower(): value for name, value in self.headers.items()}})
        if status < 300:
            try:
                peer.vendor.check_answer(operation, answer)
            except peer.violation as error:
                print("this server's own answer: %s: %s" % (path, error), file=sys.stderr, flush=True)
                return 500, None
        return status, answer, dict(headers, **{"X-Request-Id": "v4-%x" % id(answer)})


class Back(Handler):
    is_front = False


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("api", choices=("v3", "v4", "both"))
    parser.add_argument("--back", type=int, default=0)
    parser.add_argument("--prism", type=int)
    parser.add_argument("--work-ms", type=float, default=40)
    parser.add_argument("--calm", action="store_true")
    arguments = parser.parse_args()
    peer = Peer(arguments)
    front, back = Server(("127.0.0.1", arguments.port), Handler), Server(("127.0.0.1", arguments.back), Back)
    front.peer = back.peer = peer
    threading.Thread(target=back.serve_forever, daemon=True).start()
    print("front %d back %d" % (front.server_address[1], back.server_address[1]), flush=True)
    front.serve_forever()


if __name__ == "__main__":
    main()
