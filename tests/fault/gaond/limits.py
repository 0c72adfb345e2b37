# SPDX-License-Identifier: Apache-2.0
"""limits.py: each limit on the wire that gaond's settings name is kept, and only just.
usage: limits.py BUILD-FOLDER"""
import os
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../support/python"))
from gaond import Gaond, World
from report import check, done, step, wait_for
from stubs import Client, Refused

MESSAGE_BYTES, METADATA_BYTES, STREAMS, CONNECTIONS = 8192, 8192, 3, 6


def answer(call):
    try:
        call()
        return "OK"
    except Refused as refusal:
        return refusal.code


def messages(world):
    step("messages")

    def create(size):
        # A request of exactly this many bytes on the wire; the rules of its fields refuse it later than the limit does.
        request = b"\x12" + varint(size - 3) + b"x" * (size - 3)
        return answer(lambda: world.hong.unary("/gaon.iam.v1.IamService/CreateProject", request, Reply))
    check(create(MESSAGE_BYTES) == "INVALID_ARGUMENT", "a message of the limit is read")
    check(create(MESSAGE_BYTES + 1) == "RESOURCE_EXHAUSTED", "one byte more is refused")


class Reply:
    FromString = staticmethod(bytes)


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out) + bytes([number])


def metadata(gaond, world):
    step("metadata")

    def who(size):
        client = Client(gaond.address, world.secrets["hong"], metadata=[("x-much", "m" * size)])
        code = answer(lambda: client.iam.WhoAmI())
        client.close()
        return code
    check(who(METADATA_BYTES // 2) == "OK", "half of it passes")
    check(who(METADATA_BYTES * 2) != "OK", "the double is refused")
    check(who(10) == "OK", "and does no harm")


def streams(gaond, world):
    step("calls of one connection")
    client = Client(gaond.address, world.secrets["hong"])
    watches = []
    path = "/gaon.lifecycle.v1.LifecycleService/WatchMachines"
    request = b"\x0a" + varint(len(world.project)) + world.project.encode()
    for _ in range(STREAMS):
        watch = client.channel.unary_stream(path)(request, metadata=client.metadata, timeout=60)
        watch.initial_metadata()
        watches.append(watch)
    check(answer(lambda: client.iam.WhoAmI(timeout=1.5)) == "DEADLINE_EXCEEDED", "one more has to wait")
    check(answer(lambda: world.hong.iam.WhoAmI()) == "OK", "other connections are not held up")
    watches.pop().cancel()
    check(answer(lambda: client.iam.WhoAmI(timeout=10)) == "OK", "where one ended, there is room")
    for watch in watches:
        watch.cancel()
    client.close()


def is_let_in(address, sockets):
    """A server that lets somebody in sends its settings at once; one that does not closes."""
    connection = socket.create_connection(address, timeout=5)
    try:
        connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0")
        let_in = connection.recv(1) != b""
    except OSError:
        let_in = False
    if let_in:
        sockets.append(connection)
    else:
        connection.close()
    return let_in


def connections(gaond):
    step("connections")
    address, sockets = ("127.0.0.1", gaond.port), []
    for _ in range(CONNECTIONS):
        wait_for(lambda: is_let_in(address, sockets), "up to the limit, everybody is let in", 10)
    check(not is_let_in(address, sockets), "one more is not")
    sockets.pop().close()
    wait_for(lambda: is_let_in(address, sockets), "where one went, another may come", 10)
    for connection in sockets:
        connection.close()


def main():
    settings = ("--limit.message", str(MESSAGE_BYTES), "--limit.metadata", str(METADATA_BYTES), "--limit.streams", str(STREAMS),
                "--limit.connections", str(CONNECTIONS), "--limit.keepalive", "10s")
    with Gaond(sys.argv[1], *settings) as gaond:
        world = World(gaond)
        for client in gaond.clients:
            if client is not world.hong:
                client.close()
        messages(world)
        metadata(gaond, world)
        streams(gaond, world)
        world.hong.close()
        connections(gaond)
        check(gaond.is_running(), "gaond lives")
    done()


if __name__ == "__main__":
    main()
