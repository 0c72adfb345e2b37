# SPDX-License-Identifier: Apache-2.0
"""bad_input.py: what people and programs send by mistake or on purpose: each a precise code, reason and field; nothing changes.
usage: bad_input.py BUILD-FOLDER"""
import concurrent.futures
import json
import os
import sys
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../support/python"))
from database import Database
from gaond import Gaond, World, refused, succeeded
from report import check, done, equal, step
from stubs import MODULES, Client, Refused, pages

NOBODY = "01960000-0000-7000-8000-000000000000"


def unknown_things(world, product):
    step("names of what is not there")
    rita, hong, project = world.rita, world.hong, world.project
    for call in (lambda: hong.iam.GetTenant(name="tenants/nowhere"),
                 lambda: hong.iam.GetProject(name=world.tenant + "/projects/nowhere"),
                 lambda: hong.iam.GetUser(name=world.tenant + "/users/nobody"),
                 lambda: hong.catalog.GetConnection(name=world.root + "/connections/nowhere"),
                 lambda: hong.catalog.ProbeConnection(name=world.root + "/connections/nowhere"),
                 lambda: hong.catalog.GetProduct(name=world.root + "/products/nothing"),
                 lambda: hong.catalog.GetProductVersion(name=product + "/versions/99"),
                 lambda: hong.cost.GetRateCard(name=world.root + "/rateCards/nothing"),
                 lambda: rita.request.GetOrder(name=project + "/orders/" + NOBODY),
                 lambda: hong.request.GetApprovalPolicy(name=world.tenant + "/approvalPolicies/nothing"),
                 lambda: rita.lifecycle.GetMachine(name=project + "/machines/" + NOBODY),
                 lambda: world.olga.lifecycle.StopMachine(name=project + "/machines/" + NOBODY),
                 lambda: rita.lifecycle.GetDeployment(name=project + "/deployments/" + NOBODY),
                 lambda: rita.lifecycle.GetOperation(name=project + "/operations/" + NOBODY),
                 lambda: rita.lifecycle.WatchOperation(name=project + "/operations/" + NOBODY),
                 lambda: rita.request.ListOrders(parent=world.tenant + "/projects/nowhere")):
        try:
            answer = call()
            check(not hasattr(answer, "DESCRIPTOR"), "answered: %s" % answer)
            list(answer)
            check(False, "a name of nothing was answered")
        except Refused as refusal:
            check(refusal.code == "NOT_FOUND" and refusal.reason.endswith("_NOT_FOUND") and refusal.resource,
                  "NOT_FOUND with the resource: %s" % refusal)


def bad_names(world):
    step("names and ids that are none")
    iam = world.hong.iam
    for name in ("Acme", "1st", "a_b", "-a", "a-", "a" * 64, "a/b", "..", "acme corp", "가온", "a\u202eb"):
        refused("INVALID_ARGUMENT", "INVALID_FIELD", lambda: iam.CreateTenant(parent=world.root, tenant_id=name), "tenant_id")
    for name in ("admin", "root", "administrator", "test", "guest"):
        refused("INVALID_ARGUMENT", "ACCOUNT_NAME_REFUSED", lambda: iam.CreateUser(parent=world.tenant, user_id=name), "user_id")
    for name in ("tenants", "tenants/", "/tenants/acme", "tenants//acme", "tenants/acme/", "users/rita", "tenants/acme/users",
                 "tenants/acme/groups/x", "tenants/acme/users/rita/apiKeys/x/y", "tenants/" + "a" * 300):
        refused("INVALID_ARGUMENT", "INVALID_FIELD", lambda: iam.GetUser(name=name), "name")
    # The wildcard is for lists that say so.
    for call in (lambda: iam.GetTenant(name="tenants/-"), lambda: world.rita.lifecycle.GetMachine(name=world.project + "/machines/-")):
        try:
            call()
            check(False, "the wildcard names one resource")
        except Refused as refusal:
            check(refusal.code in ("INVALID_ARGUMENT", "NOT_FOUND"), "the wildcard is no name: %s" % refusal)


def stale_etags(world, product):
    step("etags of yesterday")
    hong = world.hong
    project = hong.iam.GetProject(name=world.project)
    old = project.etag
    project.display_name = "newer"
    project = hong.iam.UpdateProject(project=project, update_mask=dict(paths=["display_name"]))
    check(project.etag != old, "a change makes a new etag")
    before = Database(world.gaond).content()
    for etag in (old, "W/\"999\"", "nonsense", "\"1\""):
        refused("ABORTED", "ETAG_STALE", lambda: hong.iam.UpdateProject(
            project=dict(name=project.name, etag=etag, display_name="lost update"), update_mask=dict(paths=["display_name"])), "etag")
    policy = hong.iam.GetIamPolicy(resource=world.project)
    policy.etag = old = "W/\"0\""
    refused("ABORTED", "ETAG_STALE", lambda: hong.iam.SetIamPolicy(resource=world.project, policy=policy), "etag")
    refused("ABORTED", "ETAG_STALE", lambda: hong.catalog.DeleteProduct(name=product, etag="W/\"77\""), "etag")
    equal(Database(world.gaond).content(), before, "nothing changed")


def masks(world):
    step("masks of fields that are none, immutable or set by the server")
    hong = world.hong
    for path in ("nothing", "name", "etag", "create_time", "display_name.x", ""):
        try:
            hong.iam.UpdateProject(project=dict(name=world.project, display_name="x"), update_mask=dict(paths=[path]))
            check(False, "the mask %r was taken" % path)
        except Refused as refusal:
            check(refusal.code == "INVALID_ARGUMENT" and any("update_mask" in field for field in refusal.fields),
                  "the mask %r is refused: %s" % (path, refusal))


def numbers(world):
    step("numbers beyond reason")
    hong = world.hong
    for size in (-1, -2 ** 31):
        refused("INVALID_ARGUMENT", "INVALID_FIELD", lambda: hong.iam.ListTenants(parent=world.root, page_size=size), "page_size")
    card = dict(currency_code="KRW", rates=[dict(meter="METER_VCPU_HOUR", unit_price="1")])
    for price in ("-1", "1" * 41, "0." + "1" * 13, "NaN", "inf", "0x10", "1,5", " 1", "9" * 30):
        card["rates"][0]["unit_price"] = price
        refused("INVALID_ARGUMENT", "INVALID_FIELD",
                lambda: hong.cost.CreateRateCard(parent=world.root, rate_card_id="absurd", rate_card=card))
    for seconds in (2 ** 62, -2 ** 62, 253402300800):
        card["rates"] = [dict(meter="METER_VCPU_HOUR", unit_price="1", effective_time=dict(seconds=seconds))]
        refused("INVALID_ARGUMENT", "INVALID_FIELD",
                lambda: hong.cost.CreateRateCard(parent=world.root, rate_card_id="absurd", rate_card=card))
    card["rates"] = [dict(meter="METER_VCPU_HOUR", unit_price="1", effective_time=dict(seconds=0, nanos=2 ** 31 - 1))]
    refused("INVALID_ARGUMENT", "INVALID_FIELD",
            lambda: hong.cost.CreateRateCard(parent=world.root, rate_card_id="absurd", rate_card=card))
    for currency in ("krw", "KR", "KRWW", "12A"):
        refused("INVALID_ARGUMENT", "INVALID_FIELD", lambda: hong.cost.CreateRateCard(
            parent=world.root, rate_card_id="absurd", rate_card=dict(currency_code=currency)), "rate_card.currency_code")
    for day in ("2026-13-01", "2026-02-30", "yesterday", "20261101"):
        refused("INVALID_ARGUMENT", "INVALID_FIELD",
                lambda: world.rita.cost.QueryCosts(parent=world.project, start_day=day), "start_day")


def orders(world, product):
    step("orders of what nobody sells")
    rita = world.rita
    def item(**parameters):
        return [dict(product=product, parameters=parameters)]
    for field, items in (("size", item(size="gigantic", name="x")), ("name", item(size="tiny", name="x" * 41)),
                         ("name", item(size="tiny")), ("disk_gib", item(size="tiny", name="x", disk_gib="-5")),
                         ("disk_gib", item(size="tiny", name="x", disk_gib="1e3")),
                         ("disk_gib", item(size="tiny", name="x", disk_gib="99999999999999999999")),
                         ("lease_days", item(size="tiny", name="x", lease_days="91")),
                         ("colour", item(size="tiny", name="x", colour="red")), ("image", item(size="tiny", name="x", image="none"))):
        blockers = rita.request.PreviewOrder(parent=world.project, items=items).blockers
        check([one for one in blockers if one.field.endswith("parameters." + field) and one.reason and one.message],
              "the preview names %s: %s" % (field, blockers))
        refusal = refused("FAILED_PRECONDITION", "ORDER_BLOCKED",
                          lambda: rita.request.CreateOrder(parent=world.project, order=dict(items=items)))
        check(any(one.endswith(field) for one in refusal.fields), "the refusal names %s: %s" % (field, refusal))
    refused("INVALID_ARGUMENT", "INVALID_FIELD", lambda: rita.request.CreateOrder(parent=world.project, order=dict()), "order.items")
    good = item(size="tiny", name="x")
    refused("ABORTED", "PLAN_CHANGED",
            lambda: rita.request.CreateOrder(parent=world.project, order=dict(items=good), plan_digest="f" * 64))
    try:
        rita.request.CreateOrder(parent=world.project, order=dict(items=[dict(product=world.root + "/products/nothing")]))
        check(False, "an order of nothing")
    except Refused as refusal:
        check(refusal.code in ("NOT_FOUND", "FAILED_PRECONDITION") and refusal.reason, "an order of nothing: %s" % refusal)


def page_tokens(world):
    step("page tokens of another list, cut, bent")
    hong = world.hong
    for number in range(3):
        hong.iam.CreateGroup(parent=world.tenant, group_id="group-%d" % number)
    first = hong.iam.ListGroups(parent=world.tenant, page_size=1)
    token = first.next_page_token
    check(token, "there is a next page")
    equal(len(pages(hong.iam.ListGroups, "groups", parent=world.tenant, page_size=1)), 3, "page by page, all")
    for call in (lambda: hong.iam.ListUsers(parent=world.tenant, page_token=token),
                 lambda: hong.iam.ListGroups(parent=world.root, page_token=token),
                 lambda: hong.iam.ListGroups(parent=world.tenant, page_token="A" + token[1:]),
                 lambda: hong.iam.ListGroups(parent=world.tenant, page_token="not base64 !"),
                 lambda: hong.iam.ListGroups(parent=world.tenant, page_token="AAAA"),
                 lambda: world.rita.request.ListOrders(parent=world.project, page_token=token),
                 lambda: world.rita.lifecycle.ListMachines(parent=world.project, page_token=token)):
        refused("INVALID_ARGUMENT", "PAGE_TOKEN_INVALID", call, "page_token")
    machines = world.rita.lifecycle
    for words in ("state =", "state = RUNNING AND", "nothing = 1", "vcpus > many", "((((", "state = \"", "vcpus >= 99999999999999999999",
                  "(" * 1000 + "vcpus = 1" + ")" * 1000, "state = RUNNING; DROP TABLE machine"):
        refused("INVALID_ARGUMENT", "INVALID_FIELD", lambda: machines.ListMachines(parent=world.project, filter=words), "filter")
    for words in ("nothing", "vcpus sideways", "create_time desc desc", ",,", "name; --"):
        refused("INVALID_ARGUMENT", "INVALID_FIELD", lambda: machines.ListMachines(parent=world.project, order_by=words), "order_by")
    for token in ("nonsense", "999999999999", "-1"):
        try:
            next(machines.WatchMachines(parent=world.project, resume_token=token, timeout=5))
            check(False, "the resume token %r was taken" % token)
        except Refused as refusal:
            check(refusal.code in ("INVALID_ARGUMENT", "OUT_OF_RANGE") and refusal.reason, "resume token %r: %s" % (token, refusal))


def wire(world):
    step("bytes that are no message; messages beyond all limits; calls of nothing")
    hong = world.hong
    reply = MODULES["gaon/iam/v1/iam.proto"].Tenant
    path = "/gaon.iam.v1.IamService/GetTenant"
    for payload in (b"\xff", b"\x0a\xff\xff\xff\xff\x0f", b"\x0a\x05ab", b"\x0b", b"\x00\x00", os.urandom(64)):
        try:
            hong.unary(path, payload, reply)
            check(False, "%r was answered" % payload)
        except Refused as refusal:
            check(refusal.code == "INVALID_ARGUMENT" and refusal.reason, "%r: %s" % (payload, refusal))
    huge = MODULES["gaon/iam/v1/iam.proto"].GetTenantRequest(name="a" * (5 << 20))
    try:
        hong.unary(path, huge, reply)
        check(False, "5 MiB were taken")
    except Refused as refusal:
        check(refusal.code == "RESOURCE_EXHAUSTED", "5 MiB: %s" % refusal)
    # An unknown field is of a newer client: ignored. Deep nesting inside of it must cost nothing.
    name = MODULES["gaon/iam/v1/iam.proto"].GetTenantRequest(name=world.tenant).SerializeToString()
    equal(hong.unary(path, name + b"\xc2\x3e\x02hi", reply).name, world.tenant, "an unknown field is ignored")
    for depth in (50, 5000):
        try:
            hong.unary(path, name + b"\xc3\x3e" * depth + b"\xc4\x3e" * depth, reply)
        except Refused as refusal:
            check(refusal.code == "INVALID_ARGUMENT", "nested groups: %s" % refusal)
    for options in ("[" * 1000, "{\"a\":" * 400 + "1" + "}" * 400, "{\"a\":1,\"a\":2}", "[]", "null", "{\"latency_ms\": \"soon\"}",
                    "{\"latency_ms\": 1e400}", "{\"nothing_such\": 1}"):
        try:
            hong.catalog.CreateConnection(parent=world.root, connection_id="bent",
                                          connection=dict(provider="simulator", endpoint="sim://x", options=options))
            check(False, "options %s were taken" % options[:40])
        except Refused as refusal:
            check(refusal.code == "INVALID_ARGUMENT" and any("options" in one for one in refusal.fields),
                  "options %s: %s" % (options[:40], refusal))
    for unknown in ("/gaon.iam.v1.IamService/Nothing", "/nothing.Service/Method", "/", "/a/b/c"):
        try:
            hong.unary(unknown, b"", reply)
            check(False, "%s was answered" % unknown)
        except Refused as refusal:
            check(refusal.code == "UNIMPLEMENTED", "%s: %s" % (unknown, refusal))


def bad_connections(world):
    step("connections to nothing")
    catalog = world.hong.catalog
    def make(**connection):
        return lambda: catalog.CreateConnection(parent=world.root, connection_id="bent", connection=connection)
    refused("INVALID_ARGUMENT", "PROVIDER_UNKNOWN", make(provider="clouds-are-us", endpoint="x"), "connection.provider")
    check(refused("INVALID_ARGUMENT", "OPTION_UNKNOWN", make(
        provider="simulator", endpoint="sim://x", options="{\"speed\":9}")).fields, "the option is named")
    refused("ALREADY_EXISTS", "CONNECTION_EXISTS", lambda: catalog.CreateConnection(
        parent=world.root, connection_id="sim", connection=dict(provider="simulator", endpoint="sim://sim")))


def states(world, product):
    step("moves that the state does not allow")
    order = world.order(product, "states-1")
    anton, rita, olga = world.anton, world.rita, world.olga
    rejected = anton.request.RejectOrder(name=order.name, comment="no")
    equal(rejected.state, 5, "rejected")
    for call in (lambda: world.approve(order), lambda: anton.request.RejectOrder(name=order.name, comment="no"),
                 lambda: rita.request.CancelOrder(name=order.name)):
        refused("FAILED_PRECONDITION", "ORDER_STATE", call)
    order = world.order(product, "states-2")
    world.approve(order)
    operation = succeeded(rita, world.operation_of(order))
    refused("FAILED_PRECONDITION", "ORDER_STATE", lambda: world.approve(order))
    refused("FAILED_PRECONDITION", "OPERATION_ENDED", lambda: olga.lifecycle.CancelOperation(name=operation.name))
    machine = world.machine_named("states-2").name
    for call in (lambda: olga.lifecycle.StartMachine(name=machine), lambda: olga.lifecycle.ResumeMachine(name=machine)):
        refused("FAILED_PRECONDITION", "MACHINE_STATE", call)
    refused("INVALID_ARGUMENT", "SIZE_UNKNOWN", lambda: olga.lifecycle.ResizeMachine(name=machine, size="gigantic"), "size")
    olga.lifecycle.UpdateMachine(machine=dict(name=machine, deletion_protection=True), update_mask=dict(paths=["deletion_protection"]))
    refused("FAILED_PRECONDITION", "DELETION_PROTECTED", lambda: olga.lifecycle.DeleteMachine(name=machine))
    olga.lifecycle.UpdateMachine(machine=dict(name=machine), update_mask=dict(paths=["deletion_protection"]))
    stop = olga.lifecycle.StopMachine(name=machine, force=True)
    refused("FAILED_PRECONDITION", "MACHINE_BUSY", lambda: olga.lifecycle.DeleteMachine(name=machine))
    succeeded(olga, stop)
    succeeded(olga, olga.lifecycle.DeleteMachine(name=machine))
    for call in (lambda: olga.lifecycle.StartMachine(name=machine), lambda: olga.lifecycle.DeleteMachine(name=machine)):
        try:
            call()
            check(False, "a machine that is gone was taken")
        except Refused as refusal:
            check(refusal.code in ("FAILED_PRECONDITION", "NOT_FOUND") and refusal.reason, "a machine that is gone: %s" % refusal)


def request_ids(world, product):
    step("one request_id: one effect, one answer; also from 64 threads, also after a restart")
    hong, key = world.hong, str(uuid.uuid4())
    first = hong.iam.CreateGroup(parent=world.tenant, group_id="once", request_id=key)
    equal(hong.iam.CreateGroup(parent=world.tenant, group_id="once", request_id=key), first, "the same answer")
    refused("INVALID_ARGUMENT", "REQUEST_ID_REUSED",
            lambda: hong.iam.CreateGroup(parent=world.tenant, group_id="twice", request_id=key), "request_id")
    refused("ALREADY_EXISTS", "GROUP_EXISTS", lambda: hong.iam.CreateGroup(parent=world.tenant, group_id="once"))
    refused("INVALID_ARGUMENT", "INVALID_FIELD",
            lambda: hong.iam.CreateGroup(parent=world.tenant, group_id="other", request_id="not-a-uuid"), "request_id")
    # The ids of one caller are not those of another.
    items = [dict(product=product, parameters=dict(size="tiny", name="once"))]
    order = dict(items=items, justification="once")
    shared = str(uuid.uuid4())
    made = world.rita.request.CreateOrder(parent=world.project, order=order, request_id=shared)

    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        key2 = str(uuid.uuid4())
        callers = [Client(world.gaond.address, world.secrets["rita"]) for _ in range(8)]
        answers = list(pool.map(lambda n: callers[n % 8].request.CreateOrder(
            parent=world.project, order=dict(items=items, justification="many"), request_id=key2).SerializeToString(), range(64)))
    equal(len(set(answers)), 1, "64 threads on one request_id get one answer")
    many = [one for one in pages(world.rita.request.ListOrders, "orders", parent=world.project) if one.justification == "many"]
    equal(len(many), 1, "and made one order")
    for caller in callers:
        caller.close()

    # A key's secret is in the first answer only.
    key3 = str(uuid.uuid4())
    who = world.tenant + "/users/rita"
    secret = hong.iam.CreateApiKey(parent=who, request_id=key3)
    again = hong.iam.CreateApiKey(parent=who, request_id=key3)
    check(secret.secret and again.secret in ("", "[redacted]") and again.api_key == secret.api_key, "a repeat never tells the secret again")

    world.gaond.kill()
    world.gaond.start()
    world.reconnect()
    equal(world.hong.iam.CreateGroup(parent=world.tenant, group_id="once", request_id=key), first, "the same answer after a kill")
    equal(world.rita.request.CreateOrder(parent=world.project, order=order, request_id=shared), made, "also of an order")
    refused("INVALID_ARGUMENT", "REQUEST_ID_REUSED",
            lambda: world.hong.iam.CreateGroup(parent=world.tenant, group_id="twice", request_id=key), "request_id")


def dry_runs(world, product):
    step("validate_only changes nothing")
    before = Database(world.gaond).content()
    hong = world.hong
    equal(hong.iam.CreateTenant(parent=world.root, tenant_id="dry", validate_only=True).name, "tenants/dry", "the answer that would be")
    hong.iam.CreateProject(parent=world.tenant, project_id="dry", validate_only=True)
    hong.catalog.CreateProduct(parent=world.root, product_id="dry", product=dict(kind="machine"), validate_only=True)
    world.order(product, "dry", validate_only=True)
    refused("ALREADY_EXISTS", "PROJECT_EXISTS", lambda: hong.iam.CreateProject(
        parent=world.tenant, project_id="web", validate_only=True))
    equal(Database(world.gaond).content(), before, "nothing changed")


def unchanged(world, words, function, *arguments):
    """Runs a part of which nothing may remain."""
    before = Database(world.gaond).content()
    function(world, *arguments)
    equal(Database(world.gaond).content() == before, True, "nothing changed by " + words)


def main():
    with Gaond(sys.argv[1], "--metering.interval", "1h", "--log.access", "none") as gaond:
        world = World(gaond)
        sim = world.simulator(state_file=gaond.path("sim.state"))
        product = world.product("linux-machine", sim, world.image(sim), world.rate_card())
        world.hong.request.CreateApprovalPolicy(parent=world.tenant, approval_policy_id="every-machine",
                                                approval_policy=dict(approvers=["roles/approver"]))
        unchanged(world, "names of nothing", unknown_things, product)
        unchanged(world, "bad names", bad_names)
        stale_etags(world, product)
        unchanged(world, "bad masks", masks)
        unchanged(world, "absurd numbers", numbers)
        unchanged(world, "bad orders", orders, product)
        page_tokens(world)
        unchanged(world, "bad messages", wire)
        unchanged(world, "bad connections", bad_connections)
        dry_runs(world, product)
        states(world, product)
        request_ids(world, product)
        world.verify_audit()
    done()


if __name__ == "__main__":
    main()
