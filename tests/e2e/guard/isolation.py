# SPDX-License-Identifier: Apache-2.0
"""isolation.py: made from the descriptors that gaond's reflection gives: each RPC × each field that names a resource × each resource of
tenant A, asked by somebody who holds every role in tenant B. The answer must be the one that a name of nothing gets, so that nobody
learns what A has, or that it is there. Then: without a credential nothing answers.
usage: isolation.py BUILD-FOLDER"""
import collections
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../support/python"))
import stubs
from database import Database
from gaond import Gaond, RATES, World, refused, succeeded
from report import check, done, equal, step, wait_for
from requests_of import fill, naming_fields, request_of, set_at
from stubs import MODULES, GetMessageClass, Refused, is_server_streaming

from google.protobuf import descriptor_pb2

ROLES = ["viewer", "requester", "approver", "operator", "catalog-admin", "finance", "tenant-admin", "auditor"]
# The P-256 key of RFC 7517, appendix A.1.
JWKS = ('{"keys":[{"kty":"EC","crv":"P-256","kid":"1","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",'
        '"y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}')
VOLATILE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|seconds: \d+|nanos: \d+|W/\\?\"\d+\\?\"|probe-\d+"
                      r"|iam_revision: \d+|gaon_\S+|umbra/products/box/versions/\d+")


def reflected(caller):
    """Every method that the server says it has, service by service, from its own descriptors."""
    module = MODULES["grpc/reflection/v1/reflection.proto"]
    call = caller.channel.stream_stream("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
                                        request_serializer=module.ServerReflectionRequest.SerializeToString,
                                        response_deserializer=module.ServerReflectionResponse.FromString)
    names = [one.name for answer in call(iter([module.ServerReflectionRequest(list_services="*")]), timeout=10)
             for one in answer.list_services_response.service]
    found = set()
    for answer in call(iter([module.ServerReflectionRequest(file_containing_symbol=name) for name in names]), timeout=10):
        for packed in answer.file_descriptor_response.file_descriptor_proto:
            file = descriptor_pb2.FileDescriptorProto.FromString(packed)
            found |= {"%s.%s/%s" % (file.package, service.name, method.name)
                      for service in file.service for method in service.method}
    return found


def furnish(world, tenant, connection_file):
    """One of everything, in a tenant; returns the names."""
    hong, project = world.hong, tenant + "/projects/web"
    names = [tenant, project]
    short = tenant.rpartition("/")[2]
    person = world.person("mina-" + short, tenant)
    user = tenant + "/users/mina-" + short
    world.bind(tenant, {user: "roles/" + role for role in ["requester"]})
    names += [user, hong.iam.ListApiKeys(parent=user).api_keys[0].name,
              hong.iam.CreateServiceAccount(parent=tenant, service_account_id="robot").name,
              hong.iam.CreateGroup(parent=tenant, group_id="crew").name,
              hong.iam.CreateRole(parent=tenant, role_id="dba", role=dict(permissions=["lifecycle.machines.get"])).name,
              hong.iam.CreateIdentityProvider(parent=tenant, identity_provider_id="corp", identity_provider=dict(
                  issuer="https://login.%s.example" % short, audience="gaon", jwks=JWKS)).name]
    connection = hong.catalog.CreateConnection(parent=tenant, connection_id="lab", connection=dict(
        provider="simulator", endpoint="sim://" + short, options='{"work_ms":20,"state_file":"%s"}' % connection_file)).name
    probe = succeeded(hong, hong.catalog.ProbeConnection(name=connection))
    card = hong.cost.CreateRateCard(parent=tenant, rate_card_id="standard", rate_card=dict(currency_code="KRW", rates=RATES)).name
    hong.catalog.CreateProduct(parent=tenant, product_id="box", product=dict(kind="machine"))
    product = tenant + "/products/box"
    version = hong.catalog.CreateProductVersion(parent=product, product_version=dict(
        parameters=[dict(parameter="name", type="PARAMETER_TYPE_STRING", required=True),
                    dict(parameter="size", type="PARAMETER_TYPE_SIZE", required=True),
                    dict(parameter="image", type="PARAMETER_TYPE_IMAGE", default_value=world.image(connection)),
                    dict(parameter="disk_gib", type="PARAMETER_TYPE_INTEGER", default_value="10")],
        targets=[dict(connection=connection)], rate_card=card)).name
    hong.catalog.PublishProductVersion(name=version)
    grant = hong.catalog.CreateProductGrant(parent=product, product_grant=dict(tenant="tenants/third")).name
    order = person.request.CreateOrder(parent=project, order=dict(items=[dict(
        product=product, parameters=dict(size="tiny", name="secret-" + short))]))
    operation = wait_for(lambda: person.request.GetOrder(name=order.name).items[0].operation, "an operation")
    succeeded(person, operation)
    machine = person.lifecycle.ListMachines(parent=project).machines[0]
    snapshot = machine.name + "/snapshots/first"
    succeeded(hong, hong.lifecycle.CreateSnapshot(parent=machine.name, snapshot_id="first"))
    image = succeeded(hong, hong.lifecycle.CreateMachineImage(parent=project, machine_image=dict(
        machine=machine.name, display_name="secret-image-" + short))).target
    screen = succeeded(hong, hong.lifecycle.CreateConsoleSession(parent=machine.name)).target
    succeeded(hong, hong.lifecycle.FetchMachineMetrics(name=machine.name))
    policy = hong.request.CreateApprovalPolicy(parent=tenant, approval_policy_id="all",
                                               approval_policy=dict(approvers=["roles/approver"], disabled=True)).name
    quota = hong.request.CreateQuota(parent=project, quota_id="machines", quota=dict(metric="QUOTA_METRIC_MACHINES", limit=9)).name
    names += [connection, probe.name, card, product, version, grant, order.name, operation, machine.name, machine.deployment,
              snapshot, image, screen, policy, quota]
    return names


def bases(b):
    """For requests with several names: what the others are, so that only the one in question is a stranger's."""
    project, product = b + "/projects/web", b + "/products/box"
    return {
        "CreateConnection": dict(parent=b, connection=dict(provider="simulator", endpoint="sim://x")),
        "CreateProduct": dict(parent=b, product=dict(kind="machine")),
        "CreateProductVersion": dict(parent=product),
        "UpdateProductVersion": dict(product_version=dict(name=product + "/versions/2")),
        "CreateProductGrant": dict(parent=product, product_grant=dict(tenant=b)),
        "GetAvailableProduct": dict(parent=project, product=product),
        "CreateRateCard": dict(parent=b, rate_card=dict(currency_code="KRW")),
        "EstimateCost": dict(parent=project, rate_card=b + "/rateCards/standard"),
        "RecordUsage": dict(parent=project, usage_records=[dict(
            source_key="k", resource=project + "/machines/x", meter="METER_VCPU_HOUR", quantity="1",
            rate_card=b + "/rateCards/standard", start_time=dict(seconds=1760000000), end_time=dict(seconds=1760003600))]),
        "ListUsageRecords": dict(parent=project), "ListCharges": dict(parent=project), "QueryCosts": dict(parent=project),
        "CreateTenant": dict(parent=b), "CreateProject": dict(parent=b), "CreateUser": dict(parent=b),
        "UpdateUser": dict(user=dict(name=b + "/users/mina-umbra", email="m@example.org")),
        "CreateServiceAccount": dict(parent=b), "CreateGroup": dict(parent=b),
        "AddGroupMember": dict(name=b + "/groups/crew", member=b + "/users/mina-umbra"),
        "RemoveGroupMember": dict(name=b + "/groups/crew", member=b + "/users/mina-umbra"),
        "CreateApiKey": dict(parent=b + "/users/mina-umbra"), "CreateRole": dict(parent=b),
        "SetIamPolicy": dict(resource=project, policy=dict(bindings=[dict(role="roles/viewer", members=[b + "/users/mina-umbra"])])),
        "CreateIdentityProvider": dict(parent=b, identity_provider=dict(issuer="https://x.example", audience="y")),
        "ListAuditEvents": dict(parent=b, page_size=1), "CreateSnapshot": dict(parent=project + "/machines/x"),
        "CreateConsoleSession": dict(parent=project + "/machines/x"), "ListMachineMetrics": dict(parent=project + "/machines/x"),
        "CreateMachineImage": dict(parent=project, machine_image=dict(machine=project + "/machines/x")),
        "ListMachineImages": dict(parent=project), "ListOperations": dict(parent=project),
        "PreviewOrder": dict(parent=project, items=[dict(parameters=dict(size="tiny", name="x"))]),
        "CreateOrder": dict(parent=project, order=dict(items=[dict(parameters=dict(size="tiny", name="x"))])),
        "CreateApprovalPolicy": dict(parent=b, approval_policy=dict(approvers=["roles/approver"])),
        "UpdateApprovalPolicy": dict(approval_policy=dict(name=b + "/approvalPolicies/all")),
        "CreateQuota": dict(parent=project, quota=dict(metric="QUOTA_METRIC_VCPUS", limit=1)),
    }


class Prober:
    def __init__(self, world, boss, known, base):
        self.world, self.boss, self.known, self.base = world, boss, known, base
        self.number = 0
        self.counted = collections.Counter()
        self.problems = []

    def ask(self, method, path, name):
        """(verdict, what is said), with all that differs from call to call taken out, and the name too."""
        request = request_of(method)
        base = self.base.get(method.name)
        if base:
            request = type(request)(**base)
        set_at(request, path, name)
        fill(request)
        self.number += 1
        for field in request.DESCRIPTOR.fields:
            if field.name.endswith("_id") and field.name != "request_id":
                setattr(request, field.name, "probe-%d" % self.number)
        for record in getattr(request, "usage_records", ()):
            record.source_key = "probe-%d" % self.number
        # Whatever is accepted must not change what the next answer is.
        if "validate_only" in request.DESCRIPTOR.fields_by_name:
            request.validate_only = True
        if method.name == "SetIamPolicy" and path[0].name != "resource":
            request.policy.etag = self.boss.iam.GetIamPolicy(resource=request.resource).etag
        where = "/%s/%s" % (method.containing_service.full_name, method.name)
        reply_class = GetMessageClass(method.output_type)
        try:
            if is_server_streaming(method):
                stream = self.boss.stream(where, request, reply_class, 2)
                answer = next(stream, None)
                stream.close()
            else:
                answer = self.boss.unary(where, request, reply_class)
            if method.name == "ListAuditEvents":
                # One's own questions about others stand in one's own trail, whether those others exist or not.
                return "OK", "%d events" % len(answer.audit_events)
            return "OK", self.plain(str(answer), name)
        except Refused as refusal:
            return refusal.code, self.plain("%s|%s|%s|%s" % (refusal.reason, refusal.message, sorted(refusal.fields.items()),
                                                             refusal.resource), name)

    @staticmethod
    def plain(text, name):
        text = text.replace("tenants/zcme", "tenants/acme").replace("zcme", "acme")
        return VOLATILE.sub("*", text)

    def probe(self, method, path):
        where = "%s with %s" % (method.name, ".".join(one.name for one in path))
        for name in self.known:
            self.counted["asked"] += 1
            got = self.ask(method, path, name)
            twin = self.ask(method, path, name.replace("tenants/acme", "tenants/zcme"))
            self.counted[got[0]] += 1
            if got != twin:
                self.problems.append("%s = %s: %s\n      but for nothing: %s" % (where, name, got, twin))
            elif got[0] == "OK" and "secret-acme" in got[1]:
                self.problems.append("%s = %s shows %s" % (where, name, got[1]))
            elif got[0] not in ("OK", "NOT_FOUND", "PERMISSION_DENIED", "INVALID_ARGUMENT", "FAILED_PRECONDITION"):
                self.problems.append("%s = %s: %s" % (where, name, got))


def without_credential(world):
    step("without a credential, and with bad ones: nothing but Bootstrap, health and reflection answers")
    for secret in (None, "gaon_nonsense", "gaon_0193_" + "0" * 64, world.secrets["hong"][:-1], world.secrets["hong"] + "0", "a.b.c"):
        nobody = world.gaond.client(secret)
        for service in stubs.services().values():
            for method in service.methods:
                if method.name == "Bootstrap":
                    continue
                path = "/%s/%s" % (service.full_name, method.name)
                try:
                    request = fill(request_of(method))
                    if is_server_streaming(method):
                        list(nobody.stream(path, request, GetMessageClass(method.output_type)))
                    else:
                        nobody.unary(path, request, GetMessageClass(method.output_type))
                    check(False, "%s answered somebody unknown" % method.name)
                except Refused as refusal:
                    check(refusal.code == "UNAUTHENTICATED" and refusal.reason, "%s: %s" % (method.name, refusal))
        nobody.close()


def main():
    with Gaond(sys.argv[1], "--metering.interval", "1h", "--log.access", "none", "--limit.stranger_rate", "0") as gaond:
        world = World(gaond)
        equal({one for one in reflected(world.hong) if one.startswith("gaon.")},
              {"%s/%s" % (service.full_name, method.name) for service in stubs.services().values() for method in service.methods},
              "reflection tells exactly the RPCs of the protos")
        step("two tenants with one of everything")
        world.hong.iam.CreateTenant(parent=world.root, tenant_id="umbra")
        world.hong.iam.CreateTenant(parent=world.root, tenant_id="third")
        world.hong.iam.CreateProject(parent="tenants/umbra", project_id="web")
        known = furnish(world, world.tenant, gaond.path("acme.state"))
        furnish(world, "tenants/umbra", gaond.path("umbra.state"))
        boss = world.person("boss", "tenants/umbra")
        policy = world.hong.iam.GetIamPolicy(resource="tenants/umbra")
        for role in ROLES:
            policy.bindings.add(role="roles/" + role, members=["tenants/umbra/users/boss"])
        world.hong.iam.SetIamPolicy(resource="tenants/umbra", policy=policy)

        step("each RPC × each field that names a resource × %d resources of the other tenant" % len(known))
        def of_acme():
            """What is kept of acme, but for denials."""
            return {table: [row for row in rows if any("acme" in str(value) for value in row) and "umbra" not in str(row)]
                    for table, rows in Database(gaond).content().items()}
        before = of_acme()
        prober = Prober(world, boss, known, bases("tenants/umbra"))
        for service in stubs.services().values():
            for method in service.methods:
                if method.name != "Bootstrap":
                    for path in naming_fields(method.input_type):
                        prober.probe(method, path)
        step("asked %d times: %s" % (prober.counted["asked"], dict(prober.counted)))
        for problem in prober.problems[:40]:
            print("  " + problem[:1000])
        check(prober.counted["asked"] > 2500, "there were questions enough")
        check(prober.counted["NOT_FOUND"] > 1000, "most questions reach the look-up")
        check(not prober.problems, "%d answers tell of the other tenant" % len(prober.problems))
        equal(of_acme() == before, True, "nothing of the other tenant changed")
        without_credential(world)
        world.verify_audit()
    done()


if __name__ == "__main__":
    main()
