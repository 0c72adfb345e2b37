# SPDX-License-Identifier: Apache-2.0
"""main_job.py: the whole line from the first start to the last deletion, from Python with stubs of our protos.
usage: main_job.py BUILD-FOLDER simulator|test|qemu"""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../support/python"))
from clouds import CLOUDS, Simulated
from gaond import Gaond, RATES, SimulatorFile, World, refused, succeeded, watched
from report import check, done, equal, step, wait_for
from stubs import Client, Refused, health_pb2, pages


def bootstrap(gaond):
    """1: the one-time token makes the first administrator, once."""
    step(" 1. gaond starts on an empty file; its one-time token makes the first administrator")
    nobody = gaond.client()
    answer = nobody.unary("/grpc.health.v1.Health/Check", health_pb2.HealthCheckRequest(), health_pb2.HealthCheckResponse)
    equal(answer.status, 1, "the health service says SERVING")
    check(gaond.token, "gaond printed a bootstrap token")
    token = gaond.token
    for guessable in ("admin", "root"):
        refused("INVALID_ARGUMENT", "ACCOUNT_NAME_REFUSED",
                lambda: nobody.iam.Bootstrap(token=token, tenant_id="gaon", user_id=guessable), "user_id")
    refused("UNAUTHENTICATED", "BOOTSTRAP_TOKEN_INVALID",
            lambda: nobody.iam.Bootstrap(token="0" * len(token), tenant_id="gaon", user_id="hong"))
    refused("UNAUTHENTICATED", "CREDENTIAL_MISSING", lambda: nobody.iam.GetTenant(name="tenants/gaon"))
    world = World(gaond)
    refused("UNAUTHENTICATED", "BOOTSTRAP_TOKEN_INVALID",
            lambda: nobody.iam.Bootstrap(token=token, tenant_id="other", user_id="kim"))
    return world


def people(world):
    """2: who they are, and what they hold."""
    step(" 2. a tenant, a project, three people with keys and roles")
    for name, role in (("rita", "requester"), ("anton", "approver"), ("olga", "operator")):
        me = getattr(world, name).iam.WhoAmI()
        equal(me.principal, world.tenant + "/users/" + name, "WhoAmI names the caller")
        equal([(one.role, one.resource) for one in me.roles], [("roles/" + role, world.project)], "its roles")
    granted = world.rita.iam.TestIamPermissions(resource=world.project,
                                                permissions=["request.orders.create", "request.orders.approve"]).permissions
    equal(list(granted), ["request.orders.create"], "a requester may order, not approve")


def connect(world, cloud):
    """3: a connection, probed."""
    step(" 3. a connection to %s: probed, its offerings discovered" % cloud.title)
    connection = world.connect("lab", cloud.provider, cloud.endpoint, cloud.options)
    seen = world.hong.catalog.GetConnection(name=connection)
    equal(seen.state, 2, "the connection is READY")
    check(len(seen.capabilities) >= 5 and seen.product != "", "its product and capabilities are told")
    sizes = [one.size for one in world.hong.catalog.ListSizes(parent=connection).sizes]
    check("tiny" in sizes and "small" in sizes, "its sizes are listed: %s" % sizes)
    image = cloud.image(world, connection)
    check(image in [one.image for one in world.hong.catalog.ListImages(parent=connection).images], "its image is listed")
    check(world.hong.catalog.ListNetworks(parent=connection).networks, "its networks are listed")
    return connection, image


def product(world, connection, image, disk_gib):
    """4: something to order, that never changes."""
    step(" 4. a product with a published, immutable version, priced by a rate card")
    card = world.rate_card()
    name = world.product("linux-machine", connection, image, card, disk_gib)
    version = world.hong.catalog.GetProductVersion(name=name + "/versions/1")
    equal(version.state, 2, "the version is PUBLISHED")
    check(len(version.digest) == 64, "it has a digest")
    version.max_lease_days = 91
    refused("FAILED_PRECONDITION", "VERSION_IMMUTABLE", lambda: world.hong.catalog.UpdateProductVersion(
        product_version=version, update_mask=dict(paths=["max_lease_days"])))
    world.hong.request.CreateApprovalPolicy(parent=world.tenant, approval_policy_id="every-machine",
                                            approval_policy=dict(approvers=["roles/approver"]))
    world.hong.request.CreateQuota(parent=world.project, quota_id="machines",
                                   quota=dict(metric="QUOTA_METRIC_MACHINES", limit=5))
    offered = world.rita.catalog.ListAvailableProducts(parent=world.project).available_products
    equal([one.product for one in offered], [name], "the requester sees it")
    return name, card


def order(world, product_name, card):
    """5: preview, submit, decide."""
    step(" 5. the requester previews and submits; the approver approves this very plan, nobody else and nothing else")
    items = [dict(product=product_name, parameters=dict(size="tiny", name="web-1"))]
    preview = world.rita.request.PreviewOrder(parent=world.project, items=items)
    check(not preview.blockers and len(preview.plan_digest) == 64, "nothing stands against it: %s" % preview.blockers)
    check(float(preview.hourly.amount) > 0 and preview.hourly.currency_code == "KRW", "it has an hourly price")
    equal([(one.used, one.added, one.limit) for one in preview.quota_effects], [(0, 1, 5)], "its effect on the quota")
    equal([list(stage.approvers) for stage in preview.approval_stages], [["roles/approver"]], "who must approve")
    wrong = [dict(product=product_name, parameters=dict(size="gigantic", name="web-1"))]
    blocked = world.rita.request.PreviewOrder(parent=world.project, items=wrong).blockers
    check(blocked and "size" in blocked[0].field, "a preview says what would be refused and where: %s" % blocked)
    refused("FAILED_PRECONDITION", "ORDER_BLOCKED",
            lambda: world.rita.request.CreateOrder(parent=world.project, order=dict(items=wrong)))

    made = world.order(product_name, "web-1", plan_digest=preview.plan_digest)
    equal(made.state, 1, "the order waits for approval")
    refused("PERMISSION_DENIED", "PERMISSION_DENIED", lambda: world.approve(made, world.rita))
    equal([one.name for one in world.anton.request.ListPendingApprovals(parent=world.project).orders], [made.name],
          "the approver sees it among the pending ones")
    refused("ABORTED", "PLAN_CHANGED", lambda: world.anton.request.ApproveOrder(name=made.name, plan_digest="0" * 64))

    soon = dict(seconds=int(time.time()) + 2)
    card_now = world.hong.cost.GetRateCard(name=card)
    card_now.rates.add(meter="METER_VCPU_HOUR", unit_price="15", effective_time=soon)
    world.hong.cost.UpdateRateCard(rate_card=card_now, update_mask=dict(paths=["rates"]))
    wait_for(lambda: time.time() > soon["seconds"] + 0.1, "the new price", 5)
    refused("ABORTED", "PLAN_CHANGED", lambda: world.approve(made))
    dearer = world.rita.request.GetOrder(name=made.name)
    check(dearer.plan_digest != made.plan_digest and float(dearer.hourly.amount) == float(made.hourly.amount) + 2.5,
          "the order has the new plan and price")
    equal(dearer.state, 1, "and waits for approval still")
    approved = world.approve(dearer)
    equal(approved.state, 3 if approved.state == 3 else 2, "the order is being fulfilled")
    equal([(one.principal, one.comment) for one in approved.approval_stages[0].decisions if not one.superseded],
          [(world.tenant + "/users/anton", "yes")], "the decision is kept with who and why")
    return made


def create(world, cloud, made):
    """6: the machine comes to be."""
    step(" 6. a durable operation makes the machine; its progress is streamed as it happens")
    last = succeeded(world.rita, world.operation_of(made), 120)
    check(last.steps and all(one.outcome in ("done", "skipped") for one in last.steps), "each step of the journal is done")
    machine = world.machine_named("web-1")
    equal(machine.state, 2, "the machine is RUNNING")
    equal(cloud.state(machine), "RUNNING", "and the cloud says so too")
    equal(cloud.count(), 1, "the cloud has one machine of ours")
    equal(wait_for(lambda: world.rita.request.GetOrder(name=made.name).state == 3, "the order is FULFILLED"), True, "order")
    if not cloud.has_console:
        refused("FAILED_PRECONDITION", "VERB_UNSUPPORTED", lambda: world.olga.lifecycle.FetchConsoleOutput(name=machine.name))
        return machine

    def boot_line():
        succeeded(world.olga, world.olga.lifecycle.FetchConsoleOutput(name=machine.name))
        return cloud.boot_line(world.olga.lifecycle.GetConsoleOutput(name=machine.name).output)
    check(wait_for(boot_line, "the guest's boot line on the console", 120, 1), "its console shows the boot line")
    return machine


def operate(world, cloud, machine):
    """7: its days."""
    step(" 7. the operator stops, starts, resizes, snapshots and reverts it")
    olga, name = world.olga.lifecycle, machine.name
    refused("PERMISSION_DENIED", "PERMISSION_DENIED", lambda: world.rita.lifecycle.StopMachine(name=name))
    succeeded(world.olga, olga.StopMachine(name=name, grace_seconds=20), 60)
    equal((olga.GetMachine(name=name).state, cloud.state(machine) in ("STOPPED", "SHUTOFF", "SHUT OFF")), (3, True), "stopped")
    refused("FAILED_PRECONDITION", "MACHINE_STATE", lambda: olga.StopMachine(name=name))
    succeeded(world.olga, olga.StartMachine(name=name), 60)
    equal((olga.GetMachine(name=name).state, cloud.state(machine)), (2, "RUNNING"), "started")
    succeeded(world.olga, olga.ResizeMachine(name=name, size="small", allow_restart=True), 120)
    seen = olga.GetMachine(name=name)
    equal((seen.vcpus, seen.memory_mib, seen.size), (1, 512, "small"), "resized")
    equal(cloud.size(machine), (1, 512), "the cloud's machine is resized")
    succeeded(world.olga, olga.CreateSnapshot(parent=name, snapshot_id="before"), 120)
    equal([one.state for one in olga.ListSnapshots(parent=name).snapshots], [2], "the snapshot is READY")
    check(cloud.snapshots(machine) in (None, 1), "the cloud has the snapshot")
    refused("ALREADY_EXISTS", "SNAPSHOT_EXISTS", lambda: olga.CreateSnapshot(parent=name, snapshot_id="before"))
    succeeded(world.olga, olga.RevertSnapshot(name=name + "/snapshots/before"), 120)
    equal(cloud.state(machine), "RUNNING", "it runs after the revert")


def kill_and_recover(world, cloud, gaond, product_name):
    """8: SIGKILL in the middle of a second create. Returns the cloud on which it was."""
    step(" 8. gaond is killed (kill -9) in the middle of a second create, and started again")
    others = 1
    if not cloud.outlives_gaond:
        step("    its state dies with its process, so this step goes to the simulator, whose state is in a file")
        cloud, others = Simulated(gaond, None), 0
        sim = world.connect("sim", "simulator", "sim://second", dict(cloud.options))
        product_name = world.product("simulated-machine", sim, world.image(sim), world.root + "/rateCards/standard")
    made = world.order(product_name, "web-2")
    world.approve(made)
    time.sleep(0.15)
    gaond.kill()
    gaond.start()
    world.reconnect()
    succeeded(world.rita, world.operation_of(made), 120)
    equal(world.machine_named("web-2").state, 2, "the second machine is RUNNING")
    equal(cloud.state(world.machine_named("web-2")), "RUNNING", "and the cloud says so")
    equal(cloud.count(), others + 1, "the cloud has exactly one machine for that order")
    return cloud


def costs(world, killed):
    """9: what it cost."""
    step(" 9. usage was metered and rated")
    def metered():
        charges = world.rita.cost.ListCharges(parent=world.project, page_size=500).charges
        return charges if {one.resource_display_name for one in charges} >= {"web-1", "web-2"} else None
    charges = wait_for(metered, "both machines are charged", 20, 0.3)
    rows = world.rita.cost.QueryCosts(parent=world.project, granularity="GRANULARITY_DAY",
                                      group_by=["DIMENSION_RESOURCE"])
    check({one.resource_display_name for one in rows.rows} >= {"web-1", "web-2"}, "the cost by day and machine")
    check(all(float(one.billed_cost.amount) > 0 for one in rows.rows), "each costs something")
    from decimal import Decimal
    equal(sum(Decimal(one.billed_cost.amount) for one in rows.rows), Decimal(rows.totals[0].amount),
          "the rows sum to the total, exactly")
    for one in charges:
        exact = Decimal(one.pricing_quantity) * Decimal(one.list_unit_price)
        check(abs(exact - Decimal(one.billed_cost.amount)) <= Decimal("0.000000000001"), "a charge is quantity × price: %s" % one)


def remove(world, clouds, gone):
    """10: all of it is deleted, verified, audited."""
    step("10. the machines are deleted, that is verified at the cloud, and the audit trail is whole")
    for machine in pages(world.olga.lifecycle.ListMachines, "machines", parent=world.project):
        if machine.name in gone:
            continue
        succeeded(world.olga, world.olga.lifecycle.DeleteMachine(name=machine.name), 120)
        equal([cloud.state(machine) for cloud in clouds], ["GONE"] * len(clouds), "the cloud has it no more")
        equal(world.olga.lifecycle.GetMachine(name=machine.name).state, 7, "it is DELETED, kept for the record")
    equal([cloud.count() for cloud in clouds], [0] * len(clouds), "the cloud has nothing of ours")
    events = pages(world.hong.iam.ListAuditEvents, "audit_events", parent=world.root, page_size=500)
    methods = {one.method.rpartition("/")[2] for one in events}
    wanted = {"CreateTenant", "CreateConnection", "CreateOrder", "ApproveOrder", "StopMachine", "ResizeMachine",
              "CreateSnapshot", "RevertSnapshot", "DeleteMachine"}
    check(methods >= wanted, "the audit trail has all of it: %s" % (wanted - methods))
    check(any(one.reason == "PERMISSION_DENIED" for one in events), "and the denials")
    check(any(one.method.startswith("engine/") for one in events), "and what operations did")
    equal(world.verify_audit().head_sequence, max(one.sequence for one in events), "the newest event is the chain's head")


def main():
    build, kind = sys.argv[1:3]
    with Gaond(build) as gaond:
        cloud = CLOUDS[kind](gaond, build)
        try:
            walk(gaond, cloud)
        finally:
            cloud.close()
    done()


def walk(gaond, cloud):
    world = bootstrap(gaond)
    people(world)
    connection, image = connect(world, cloud)
    product_name, card = product(world, connection, image, cloud.disk_gib)
    made = order(world, product_name, card)
    machine = create(world, cloud, made)
    operate(world, cloud, machine)
    second = kill_and_recover(world, cloud, gaond, product_name)
    costs(world, second)
    # What died with the process cannot be deleted at its cloud; on all others everything can.
    remove(world, [second], set() if cloud.outlives_gaond else {machine.name})


if __name__ == "__main__":
    main()
