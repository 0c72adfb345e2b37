# SPDX-License-Identifier: Apache-2.0
"""gaond.py: a gaond of one's own: started, killed, started again on the same files."""
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

from report import Failure, check, wait_for
from stubs import Client, Refused, pages


class Gaond:
    """One server on files of its own. Use it with `with`: its folder goes when all went well."""

    def __init__(self, build, *settings, **environment):
        self.build = os.path.realpath(build)
        self.folder = tempfile.mkdtemp(prefix="gaon-e2e.", dir="/var/tmp")
        os.chmod(self.folder, 0o755)  # guests do not run as root, and must reach their disks
        self.settings = list(settings)
        self.environment = environment
        self.port = 0
        self.process = None
        self.token = None
        self.clients = []
        self.log = os.path.join(self.folder, "gaond.log")

    def path(self, name):
        return os.path.join(self.folder, name)

    @property
    def address(self):
        return "127.0.0.1:%d" % self.port

    def start(self, wait=True, **environment):
        """With `wait` until it serves; a failpoint may kill it before, so that can be told by is_running."""
        port_file = self.path("port")
        if os.path.exists(port_file):
            os.unlink(port_file)
        arguments = [self.build + "/server/gaond", "--store.url", "sqlite:" + self.path("gaon.db"),
                     "--server.address", "127.0.0.1:%d" % self.port, "--server.port_file", port_file,
                     "--metering.interval", "1s", "--sync.interval", "0", "--log.access", "all"] + self.settings
        said_at = os.path.getsize(self.path("gaond.out")) if os.path.exists(self.path("gaond.out")) else 0
        with open(self.path("gaond.out"), "ab") as out, open(self.log, "ab") as log:
            self.process = subprocess.Popen(arguments, stdout=out, stderr=log, stdin=subprocess.DEVNULL,
                                            env={**os.environ, **self.environment, **environment})
        if not wait:
            return self
        def serves():
            if self.process.poll() is not None:
                raise Failure("gaond does not start (exit %d):\n%s" % (self.process.returncode, self.tail()))
            return os.path.exists(port_file) and open(port_file).read().strip()
        self.port = int(wait_for(serves, "gaond serves", 20, 0.01))
        with open(self.path("gaond.out")) as out:
            out.seek(said_at)
            found = re.search(r"--token ([0-9a-f]+)", out.read())
        if found:
            self.token = found.group(1)
        return self

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """SIGKILL: nothing of it can be tidied up."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """SIGTERM, and it must end well."""
        if not self.is_running():
            return
        # An idle grpcio channel reads a GOAWAY only every five seconds; gaond's grace waits for it.
        for client in self.clients:
            client.close()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise Failure("gaond does not stop within 20 seconds of SIGTERM")
        if self.process.returncode != 0:
            raise Failure("gaond stopped with %d:\n%s" % (self.process.returncode, self.tail()))

    def tail(self, lines=15):
        return "".join(open(self.log, errors="replace").readlines()[-lines:])

    def log_events(self):
        for line in open(self.log, errors="replace"):
            try:
                yield json.loads(line)
            except ValueError:
                continue

    def client(self, secret=None):
        self.clients.append(Client(self.address, secret))
        return self.clients[-1]

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, error, trace):
        if kind is None:
            self.stop()
            shutil.rmtree(self.folder)
        else:
            if self.is_running():
                self.kill()
            print("what gaond said last:\n%s\nits folder is kept: %s" % (self.tail(), self.folder), flush=True)
        return False


def refused(code, reason, call, field=None):
    """The call must be refused, with this code and this reason, and, where given, naming this field."""
    try:
        answer = call()
        if not hasattr(answer, "DESCRIPTOR"):
            answer = list(answer)
    except Refused as refusal:
        check(refusal.code == code and refusal.reason == reason,
              "refused with %s / %s: got %s" % (code, reason, refusal))
        check(refusal.message != "" and refusal.domain != "", "the refusal %s has a sentence and a domain" % reason)
        if field is not None:
            check(field in refusal.fields, "the refusal %s names the field %s: %s" % (reason, field, refusal))
        return refusal
    raise Failure("not refused with %s / %s, but answered: %s" % (code, reason, answer))


def watched(caller, operation, seconds=60):
    """Streams an operation to its end; what comes must make sense: progress never goes back while it runs."""
    name = operation if isinstance(operation, str) else operation.name
    last, progress = None, 0
    for last in caller.lifecycle.WatchOperation(name=name, timeout=seconds):
        if last.state == 2:
            check(last.progress_percent >= progress, "the progress of %s goes back" % name)
            progress = last.progress_percent
    check(last is not None and last.done, "the stream of %s ends after its end" % name)
    return last


def succeeded(caller, operation, seconds=60):
    last = watched(caller, operation, seconds)
    check(last.state == 4, "%s %s succeeds: %s" % (last.kind, last.name, last.error))
    check(last.progress_percent == 100 and last.end_time.seconds > 0 and not last.HasField("error"),
          "%s ends at 100 percent, with a time and without an error" % last.name)
    return last


KRW = "KRW"
RATES = [dict(meter="METER_MACHINE_HOUR", unit_price="20"), dict(meter="METER_VCPU_HOUR", unit_price="12.5"),
         dict(meter="METER_MEMORY_GIB_HOUR", unit_price="8"), dict(meter="METER_DISK_GIB_HOUR", unit_price="0.15")]


class World:
    """A gaond with an administrator, a tenant, a project and its people: the ground of most tests."""

    def __init__(self, gaond, root="gaon", tenant="acme", project="web"):
        self.gaond = gaond
        self.root, self.tenant = "tenants/" + root, "tenants/" + tenant
        self.project = self.tenant + "/projects/" + project
        made = gaond.client().iam.Bootstrap(token=gaond.token, tenant_id=root, user_id="hong")
        self.secrets = {"hong": made.api_key}
        self.hong = gaond.client(made.api_key)
        self.hong.iam.CreateTenant(parent=self.root, tenant_id=tenant)
        self.hong.iam.CreateProject(parent=self.tenant, project_id=project)
        people = {"rita": "requester", "anton": "approver", "olga": "operator"}
        for person in people:
            self.person(person)
        self.bind(self.project, {self.tenant + "/users/" + person: "roles/" + role for person, role in people.items()})

    def person(self, name, tenant=None):
        tenant = tenant or self.tenant
        self.hong.iam.CreateUser(parent=tenant, user_id=name)
        self.secrets[name] = self.hong.iam.CreateApiKey(parent=tenant + "/users/" + name).secret
        setattr(self, name, self.gaond.client(self.secrets[name]))
        return getattr(self, name)

    def bind(self, resource, members):
        policy = self.hong.iam.GetIamPolicy(resource=resource)
        for member, role in members.items():
            policy.bindings.add(role=role, members=[member])
        return self.hong.iam.SetIamPolicy(resource=resource, policy=policy)

    def reconnect(self):
        """After a restart: the same people, fresh channels."""
        for name, secret in self.secrets.items():
            getattr(self, name).close()
            setattr(self, name, self.gaond.client(secret))

    def connect(self, name, provider, endpoint, options=None, **more):
        self.hong.catalog.CreateConnection(parent=self.root, connection_id=name, connection=dict(
            provider=provider, endpoint=endpoint, options=json.dumps(options or {}), **more))
        connection = self.root + "/connections/" + name
        succeeded(self.hong, self.hong.catalog.ProbeConnection(name=connection))
        return connection

    def simulator(self, name="sim", **options):
        options.setdefault("work_ms", 20)
        return self.connect(name, "simulator", "sim://" + name, options)

    def rate_card(self, name="standard"):
        return self.hong.cost.CreateRateCard(parent=self.root, rate_card_id=name,
                                             rate_card=dict(currency_code=KRW, rates=RATES)).name

    def product(self, name, connection, image, rate_card, disk_gib=10, **more):
        """A published machine product that the tenant may order; returns its name."""
        self.hong.catalog.CreateProduct(parent=self.root, product_id=name, product=dict(kind="machine", display_name=name))
        product = self.root + "/products/" + name
        version = self.hong.catalog.CreateProductVersion(parent=product, product_version=dict(
            parameters=[dict(parameter="name", type="PARAMETER_TYPE_STRING", required=True, least=1, most=40),
                        dict(parameter="size", type="PARAMETER_TYPE_SIZE", required=True),
                        dict(parameter="image", type="PARAMETER_TYPE_IMAGE", default_value=image),
                        dict(parameter="disk_gib", type="PARAMETER_TYPE_INTEGER", default_value=str(disk_gib), least=1, most=100),
                        dict(parameter="lease_days", type="PARAMETER_TYPE_INTEGER", default_value="30", least=1, most=90)],
            targets=[dict(connection=connection)], rate_card=rate_card, default_lease_days=30, max_lease_days=90, **more))
        self.hong.catalog.PublishProductVersion(name=version.name)
        self.hong.catalog.CreateProductGrant(parent=product, product_grant=dict(tenant=self.tenant))
        return product

    def image(self, connection):
        return self.hong.catalog.ListImages(parent=connection).images[0].image

    def order(self, product, name, caller=None, size="tiny", **more):
        return (caller or self.rita).request.CreateOrder(parent=self.project, order=dict(
            items=[dict(product=product, parameters=dict(size=size, name=name))], justification="a test"), **more)

    def approve(self, order, caller=None):
        return (caller or self.anton).request.ApproveOrder(name=order.name, plan_digest=order.plan_digest, comment="yes")

    def operation_of(self, order, seconds=20):
        """The operation that makes its first item's machine."""
        def found():
            return self.rita.request.GetOrder(name=order.name).items[0].operation
        return wait_for(found, "an operation works on %s" % order.name, seconds)

    def machine_named(self, name):
        for machine in pages(self.rita.lifecycle.ListMachines, "machines", parent=self.project):
            if machine.display_name == name:
                return machine
        return None

    def verify_audit(self):
        chain = self.hong.iam.VerifyAuditChain()
        check(chain.valid and chain.checked_count > 0 and chain.broken_sequence == 0,
              "the audit chain is whole: %s" % chain)
        return chain


class SimulatorFile:
    """The simulated cloud past gaond: its state file. The last line of each machine is what it is now."""

    STATES = ("UNKNOWN", "BUILDING", "RUNNING", "STOPPED", "SUSPENDED", "TRANSITION", "FAILED", "GONE")

    def __init__(self, path):
        self.path = path

    def machines(self):
        """What exists there, newest last."""
        newest = {}
        for line in open(self.path) if os.path.exists(self.path) else ():
            if line.endswith("\n"):
                row = json.loads(line)
                if "thing" not in row:  # a volume and the like
                    newest[row["number"]] = row
        now_us = time.time() * 1e6
        for row in newest.values():
            if row["due_us"] and row["due_us"] <= now_us:
                row["state"] = row["next_state"]
            row["is"] = self.STATES[row["state"]]
        return [row for row in newest.values() if row["is"] != "GONE"]
