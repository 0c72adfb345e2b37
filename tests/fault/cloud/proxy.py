# SPDX-License-Identifier: Apache-2.0
"""proxy.py: the faulty proxy does the harm that it says, no other, and the same again for the same seed.
usage: proxy.py BUILD-FOLDER"""
import http.client
import http.server
import os
import socket
import ssl
import sys
import tempfile
import threading
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../support/python"))
from faulty import Faulty
from report import Failure, check, done, equal, step

BODY = b"<?xml version='1.0'?><list><item>1</item></list>"


class Peer(http.server.BaseHTTPRequestHandler):
    """Has an effect for each request, and says what it heard."""
    protocol_version = "HTTP/1.1"
    heard = []

    def log_message(self, *words):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        Peer.heard.append((self.command, self.path, self.headers.get("Host"), self.headers.get("X-Mark"), body))
        said = BODY
        if self.path == "/links":
            said = b'{"next": "http://%s/links?page=2"}' % self.headers["Host"].encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Location", "http://%s/elsewhere" % self.headers["Host"])
        self.send_header("X-Request-Id", "peer-%d" % len(Peer.heard))
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_GET = do_PUT = do_DELETE = do_POST


def ask(url, method="POST", path="/things", body=b"Action=RunInstances&Name=x", context=None, timeout=2.0, **headers):
    """What an asker gets: (status, headers, body), or the exception."""
    place = urllib.parse.urlsplit(url)
    connection = (http.client.HTTPSConnection(place.hostname, place.port, timeout=timeout, context=context)
                  if place.scheme == "https" else http.client.HTTPConnection(place.hostname, place.port, timeout=timeout))
    try:
        headers.setdefault("Content_Type", "application/x-www-form-urlencoded")
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read() if answer.length is not None else answer.read(1 << 20)
    except (OSError, http.client.HTTPException) as error:
        return error
    finally:
        connection.close()


def is_fine(answer):
    return not isinstance(answer, Exception) and answer[0] == 200 and answer[2] == BODY


# Fault, whether the peer heard of it, and what the asker must see.
FAULTS = [
    ("lost-reply", True, lambda got: isinstance(got, http.client.RemoteDisconnected)),
    ("hang-up", False, lambda got: isinstance(got, http.client.RemoteDisconnected)),
    ("reset-before", False, lambda got: type(got) is ConnectionResetError),
    ("reset-after", True, lambda got: type(got) is ConnectionResetError),
    ("502-before", False, lambda got: got[0] == 502),
    ("500-after", True, lambda got: got[0] == 500),
    ("429", False, lambda got: got[0] == 429 and got[1]["Retry-After"] == "1"),
    ("503-retry:7", False, lambda got: got[0] == 503 and got[1]["Retry-After"] == "7"),
    ("401", False, lambda got: got[0] == 401),
    ("stall-before", False, lambda got: isinstance(got, socket.timeout)),
    ("stall-after", True, lambda got: isinstance(got, socket.timeout)),
    ("truncated", True, lambda got: isinstance(got, http.client.IncompleteRead)),
    ("garbage", True, lambda got: got[0] == 200 and got[2] != BODY),
    ("empty", True, lambda got: got[0] == 200 and got[2] == b""),
    ("huge", True, lambda got: got[0] == 200 and len(got[2]) == 1 << 20),
    ("deep", True, lambda got: got[0] == 200 and got[2].count(b"<a>") == 100000),
    ("doctype", True, lambda got: got[0] == 200 and b"<!DOCTYPE" in got[2] and got[2].endswith(b"</list>")),
]


def each_fault(proxy):
    for fault, is_heard, is_seen in FAULTS:
        proxy.plan(dict(fault=fault, nth=2))
        before = len(Peer.heard)
        check(is_fine(ask(proxy.url)), "the first request before %s goes through" % fault)
        got = ask(proxy.url, timeout=0.5 if fault.startswith("stall") else 5)
        check(is_seen(got), "%s is seen as such: %r" % (fault, got))
        check(is_fine(ask(proxy.url)), "the third request after %s goes through" % fault)
        equal(len(Peer.heard) - before, 3 if is_heard else 2, "what the peer heard with %s" % fault)
        rows = proxy.log()
        equal([row["fault"] for row in rows], [None, fault, None], "the log of %s" % fault)
        equal(rows[1]["forwarded"], is_heard, "the log says whether the peer heard of %s" % fault)
        check(rows[0]["request_id"].startswith("peer-"), "the log has the peer's request id")
    proxy.plan(dict(fault="drip"))
    check(isinstance(ask(proxy.url, timeout=0.05), Exception), "a byte each 100 ms is too slow for 50")
    proxy.plan(dict(fault="custom", reply=dict(status=418, headers={"X-A": "b"}, body="tea")))
    got = ask(proxy.url)
    check(got[0] == 418 and got[1]["X-A"] == "b" and got[2] == b"tea", "a reply of the rule's own: %r" % (got,))


def what_goes_through(proxy):
    proxy.plan()
    check(is_fine(ask(proxy.url, "PUT", "/a%20b?c=d%2Fe&f", b"{}", X_Mark="m")), "a PUT goes through")
    place = urllib.parse.urlsplit(proxy.url).netloc
    equal(Peer.heard[-1], ("PUT", "/a%20b?c=d%2Fe&f", place, "m", b"{}"), "path, query, host, headers and body as they came")


def who_is_meant(proxy):
    soap = b"<E:Envelope><E:Header/><E:Body>\n<v:CreateVM_Task xmlns='urn:vim25'/></E:Body></E:Envelope>"
    asked = [("POST", "/", b"Name=x&Action=DescribeInstances", {}, "DescribeInstances"),
             ("POST", "/", b"{}", dict(X_Amz_Target="AWS.GetCostAndUsage", Content_Type="json"), "GetCostAndUsage"),
             ("POST", "/sdk", soap, dict(Content_Type="text/xml"), "CreateVM_Task"),
             ("POST", "/servers/7/action", b'{"os-stop": null}', dict(Content_Type="application/json"), "os-stop"),
             ("GET", "/servers", b"", {}, "")]
    for method, path, body, headers, action in asked:
        proxy.plan(dict(fault="502-before", action="^%s$" % action, method=method))
        ask(proxy.url, method, path, body, **headers)
        rows = proxy.log()
        equal((rows[0]["action"], rows[0]["fault"]), (action, "502-before"), "the action of %s" % body)
    proxy.plan(dict(fault="502-before", path="^/b", count=0), dict(fault="401", method="GET", body="needle"))
    got = [ask(proxy.url, "GET", "/a"), ask(proxy.url, "GET", "/b"), ask(proxy.url, "GET", "/b"),
           ask(proxy.url, "GET", "/a", b"a needle"), ask(proxy.url, "POST", "/a", b"a needle")]
    equal([answer[0] for answer in got], [200, 502, 502, 401, 200], "who is meant by path, method and body")
    try:
        proxy.plan(dict(fault="lost-replay"))
        raise Failure("a fault that does not exist is accepted")
    except Failure as refusal:
        check("lost-replay" in str(refusal), "a fault that does not exist is named")


def a_seed_is_a_seed(proxy):
    def one_run(seed):
        proxy.plan(dict(fault=["502-before", "401"], rate=0.3), seed=seed)
        return [ask(proxy.url, "GET", "/things/%d" % number)[0] for number in range(60)]
    first, again, other = one_run(7), one_run(7), one_run(8)
    equal(first, again, "the same seed, the same harm")
    check(first != other, "another seed, other harm")
    check(8 <= 60 - first.count(200) <= 30 and 502 in first and 401 in first, "about three in ten, of both kinds: %s" % first)


def several_servers(proxy):
    check(is_fine(ask(proxy.url, "GET", "/compute/servers?x=1")), "a path goes to the server of its first part")
    equal(Peer.heard[-1][1:3], ("/servers?x=1", urllib.parse.urlsplit(proxy.target["compute"]).netloc), "path and Host there")
    got = ask(proxy.url, "GET", "/compute/links")
    equal(got[2].decode(), '{"next": "%s/compute/links?page=2"}' % proxy.url, "the peer's own address becomes the proxy's")
    equal(got[1]["Location"], proxy.url + "/compute/elsewhere", "in headers too")
    equal(ask(proxy.url, "GET", "/identity/links")[2].decode(), '{"next": "%s/identity/links?page=2"}' % proxy.url, "of each server")
    equal(ask(proxy.url, "GET", "/volume/links")[0], 404, "a server that is not there")


def certificates(proxy):
    trusting = ssl.create_default_context(cafile=proxy.ca)
    proxy.plan(dict(fault="wrong-certificate"))
    got = ask(proxy.url, context=trusting)
    check(isinstance(got, ssl.SSLCertVerificationError), "the wrong certificate is seen as such: %r" % (got,))
    check(is_fine(ask(proxy.url, context=trusting)), "the next connection gets the right one")
    proxy.plan(dict(fault="reset-after"))
    check(isinstance(ask(proxy.url, context=trusting), ConnectionResetError), "a reset inside TLS")


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Peer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    target = "http://127.0.0.1:%d" % server.server_port
    with tempfile.TemporaryDirectory(prefix="gaon-proxy.") as folder:
        with Faulty(target, os.path.join(folder, "plain")) as proxy:
            for part in (what_goes_through, each_fault, who_is_meant, a_seed_is_a_seed):
                step(part.__name__.replace("_", " "))
                part(proxy)
        second = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Peer)
        threading.Thread(target=second.serve_forever, daemon=True).start()
        both = dict(compute=target, identity="http://127.0.0.1:%d" % second.server_port)
        with Faulty(both, os.path.join(folder, "both")) as proxy:
            step("several servers")
            several_servers(proxy)
        with Faulty(target, os.path.join(folder, "tls"), with_tls=True) as proxy:
            step("certificates")
            certificates(proxy)
    done()


if __name__ == "__main__":
    main()
