# SPDX-License-Identifier: Apache-2.0
"""canary.py: secrets that nobody may ever see again: cloud credentials, API keys, the bootstrap token, addresses of screens. They are
used in every way, right and wrong; then they are searched for, also in base64, hex and raw, in gaond's log, output, files, answers,
errors, audit events.
usage: canary.py BUILD-FOLDER"""
import base64
import json
import os
import secrets
import sys
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../support/python"))
import stubs
from gaond import Gaond, World, succeeded, watched
from report import check, done, equal, step
from requests_of import fill, request_of
from stubs import GetMessageClass, Refused, is_server_streaming, pages


def forms(secret):
    """The ways in which it could stand somewhere: as it is, encoded, and the bytes that it is the hex of."""
    raw = secret.encode()
    yield "plain", raw
    for cut in range(3):  # base64 looks different at each offset
        yield "base64", base64.b64encode(b"x" * cut + raw)[4 if cut else 0:-4]
    yield "hex", raw.hex().encode()
    try:
        yield "the bytes of its hex", bytes.fromhex(secret)
    except ValueError:
        pass


class Ears:
    """Keeps all that gaond ever answered."""

    def __init__(self):
        self.heard = []

    def ask(self, call):
        try:
            answer = call()
            answers = [answer] if hasattr(answer, "DESCRIPTOR") else list(answer)
            self.heard += [("answer", one.SerializeToString()) for one in answers]
            return answers[-1] if answers else None
        except Refused as refusal:
            self.heard += [("error", refusal.message.encode()), ("error details", refusal.raw)]
            return refusal


def misuse(world, ears, canary):
    """A secret in every wrong place where people put it."""
    catalog, root = world.hong.catalog, world.root
    good = json.dumps(dict(password=canary))
    def make(id="vault", request_id="", caller=None, dry=False, **connection):
        connection = dict(dict(provider="simulator", endpoint="sim://vault", credentials=good), **connection)
        return lambda: (caller or world.hong).catalog.CreateConnection(
            parent=root, connection_id=id, connection=connection, request_id=request_id, validate_only=dry)
    key = str(uuid.uuid4())
    ears.ask(make(dry=True))
    for bad in ("{\"password\":\"%s\"" % canary, "\"%s\"" % canary, "[\"%s\"]" % canary, "{\"%s\":1,\"%s\":2}" % (canary, canary),
                json.dumps(dict(password=canary, filler="x" * 70000)), "{\"a\":\"%s\x01\"}" % canary):
        ears.ask(make(credentials=bad))
    ears.ask(make(caller=world.rita))                                # a denial is audited with its request
    ears.ask(make(provider="nothing"))
    ears.ask(make(options=json.dumps(dict(latency_ms="soon"))))
    ears.ask(make(request_id=key))
    ears.ask(make(request_id=key))                                   # answered from what was kept
    ears.ask(make(request_id=key, id="other"))                       # and refused
    ears.ask(make())                                                 # exists already
    name = root + "/connections/vault"
    # No kind of cloud that is built in takes credentials yet: the canary is refused, and that must not tell it either.
    catalog.CreateConnection(parent=root, connection_id="vault", connection=dict(provider="simulator", endpoint="sim://vault"))
    watched(world.hong, catalog.ProbeConnection(name=name))
    fields = [one.name for one in GetMessageClass(stubs.services()["catalog"].methods_by_name[
        "RotateConnectionCredentials"].input_type).DESCRIPTOR.fields]
    check("credentials" in fields, "RotateConnectionCredentials takes credentials: %s" % fields)
    ears.ask(lambda: catalog.RotateConnectionCredentials(name=name, credentials=good))
    ears.ask(lambda: catalog.RotateConnectionCredentials(name=name, credentials=good[:-1]))
    ears.ask(lambda: catalog.RotateConnectionCredentials(name=root + "/connections/none", credentials=good))
    ears.ask(lambda: catalog.RotateConnectionCredentials(name=name, credentials=good, etag="W/\"99\""))
    # Fields of which only the server should speak, and a mask that asks for the secret.
    ears.ask(lambda: catalog.UpdateConnection(connection=dict(name=name, credentials=good), update_mask=dict(paths=["credentials"])))
    watched(world.hong, catalog.ProbeConnection(name=name))
    ears.ask(lambda: catalog.DeleteConnection(name=name))


def misuse_keys(world, ears, token, secret):
    for wrong in (token, token[:-1] + "0", token + "x"):
        ears.ask(lambda: world.gaond.client().iam.Bootstrap(token=wrong, tenant_id="gaon2", user_id="kim"))
    key = str(uuid.uuid4())
    made = [world.hong.iam.CreateApiKey(parent=world.tenant + "/users/rita", request_id=key).secret]
    ears.ask(lambda: world.hong.iam.CreateApiKey(parent=world.tenant + "/users/rita", request_id=key))
    for bad in (secret[:-1], secret + "0", secret.replace("gaon_", "goan_"), secret.upper()):
        ears.ask(lambda: world.gaond.client(bad).iam.WhoAmI())
    client = world.gaond.client()
    client.metadata = [("authorization", "Basic " + secret), ("x-request-id", "probe")]
    ears.ask(lambda: client.iam.WhoAmI())
    return made


def open_screens(world, ears, connection):
    """The address of a machine's screen: read once by whom asked for it; then nobody has it. Returns its secret part."""
    product = world.product("linux-machine", connection, world.image(connection), world.rate_card())
    succeeded(world.rita, world.operation_of(world.order(product, "screen-1")))
    machine = world.machine_named("screen-1").name
    operation = succeeded(world.olga, world.olga.lifecycle.CreateConsoleSession(parent=machine, request_id=str(uuid.uuid4())))
    for caller in (world.hong, world.rita):
        ears.ask(lambda: caller.lifecycle.GetConsoleSession(name=operation.target))
    url = world.olga.lifecycle.GetConsoleSession(name=operation.target).url
    check(len(url.rpartition("token=")[2]) > 20, "an address with a secret: %s" % url)
    ears.ask(lambda: world.olga.lifecycle.GetConsoleSession(name=operation.target))
    return url.rpartition("token=")[2]


def read_everything(world, ears):
    """Every read that there is, of everything that there is."""
    for service in stubs.services().values():
        for method in service.methods:
            if method.name.startswith(("List", "Get", "Query", "WhoAmI", "Test")) and not is_server_streaming(method):
                for parent in (world.root, world.tenant, world.project, world.tenant + "/users/rita", world.root + "/connections/sim"):
                    request = request_of(method)
                    for field in ("parent", "name", "resource"):
                        if field in request.DESCRIPTOR.fields_by_name:
                            setattr(request, field, parent)
                    if "page_size" in request.DESCRIPTOR.fields_by_name:
                        request.page_size = 500
                    path = "/%s/%s" % (service.full_name, method.name)
                    ears.ask(lambda: world.hong.unary(path, fill(request), GetMessageClass(method.output_type)))
    for event in pages(world.hong.iam.ListAuditEvents, "audit_events", parent=world.root, page_size=500):
        ears.heard.append(("audit event", event.SerializeToString()))


def files(gaond):
    for folder, _, names in os.walk(gaond.folder):
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                yield name, file.read()


def search(places, secret, what):
    for kind, form in forms(secret):
        for place, content in places:
            check(form not in content, "%s (%s) stands in %s" % (what, kind, place))


def main():
    with Gaond(sys.argv[1], "--log.level", "debug") as gaond:
        token = gaond.token
        world, ears = World(gaond), Ears()
        connection = world.connect("sim", "simulator", "sim://sim", dict(work_ms=20))
        canary = "canary-" + secrets.token_hex(16)
        step("credentials, keys and the token, used rightly and wrongly")
        misuse(world, ears, canary)
        made = misuse_keys(world, ears, token, world.secrets["hong"])
        screen = open_screens(world, ears, connection)
        read_everything(world, ears)
        check(len(ears.heard) > 150, "much was answered: %d" % len(ears.heard))
        step("searched in %d answers, the log, the output, the files" % len(ears.heard))
        gaond.stop()
        places = ears.heard + [(name, content) for name, content in files(gaond) if name != "gaond.out"]
        check(any(name == "gaon.db" and len(content) > 10000 for name, content in places), "the database is among them")
        check(any(name == "gaond.log" and b"RotateConnectionCredentials" in content for name, content in places), "the log is, too")
        search(places, canary, "the credential")
        search(places, token, "the bootstrap token")
        search(places, screen, "the address of a screen")
        for secret in list(world.secrets.values()) + made:
            search(places, secret, "an API key")
            search(places, secret.split("_", 2)[2], "the secret part of an API key")
        # The search itself can find something: the names of the people stand in the database.
        check(any(b"tenants/acme/users/rita" in content for name, content in places if name == "gaon.db"), "the search works")
        said = open(gaond.path("gaond.out")).read()
        equal((said.count(token), canary in said), (1, False), "the token is printed once, and nothing else")
        for name, content in files(gaond):
            if name.endswith(".key"):
                check(os.stat(gaond.path(name)).st_mode & 0o077 == 0, "the key file is for its owner only")
    done()


if __name__ == "__main__":
    main()
