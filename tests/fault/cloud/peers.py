# SPDX-License-Identifier: Apache-2.0
"""peers.py: the clouds of the matrix: how each is started, reached and read, and what its own error codes are."""
import contextlib
import json
import os
import re
import subprocess

from faulty import PEERS as SCRIPTS, peer_lines
from report import Failure, skip


class Peer:
    name = kind = None
    takes_tls = True       # the adapter accepts https, so the proxy has it
    renews_tokens = False  # a 401 is answered with a new token and a second try
    resizes_stopped = True
    snapshot_state = revert_state = "running"
    visibility_s = 0       # how long this peer hides what it is making
    cannot = ()            # verbs of the row that this peer does not have, each with its reason in a comment
    timeout_s = 10         # what an exchange may take; stalls in the matrix have a second
    lossy_timeout_s = 5
    lossy_seconds = 120    # for what was ordered at once to end
    orders = 20
    no_harm = ()           # faults that lossy.py leaves out, each with its reason in a comment
    gives_request_ids = False
    script = None          # in tools/peers: `script start FOLDER` leaves name=value lines in FOLDER/peer
    more = ()              # words after FOLDER

    @contextlib.contextmanager
    def started(self, folder):
        os.makedirs(folder, exist_ok=True)
        script = os.path.join(SCRIPTS, self.script)
        if not os.path.exists(script):
            skip(self.name, "there is no tools/peers/%s" % self.script)
        with open(os.path.join(folder, "start.out"), "wb") as out:
            code = subprocess.run([script, "start", folder, *self.more], stdout=out, stderr=subprocess.STDOUT).returncode
        said = open(os.path.join(folder, "start.out"), errors="replace").read()
        if code == 77:
            skip(self.name, said.strip().rpartition("\n")[2])
        if code != 0:
            raise Failure("%s does not start: %s" % (self.name, said))
        self.lines = self.read_lines(folder)
        try:
            yield
        finally:
            subprocess.run([script, "stop", folder], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def read_lines(self, folder):
        return peer_lines(os.path.join(folder, "peer"))

    def target(self):
        """What the proxy stands in front of: scheme, host and port."""
        return self.lines["endpoint"]

    def config(self):
        """How the adapter is opened directly."""
        raise NotImplementedError

    def behind(self, config, url):
        """The same, with the proxy instead of the peer."""
        config["endpoint"] = url
        return config

    def config_behind(self, proxy, timeout_s=None):
        config = self.behind(self.config(), proxy.url)
        config["options"] = dict(config.get("options") or {}, timeout_s=timeout_s or self.timeout_s)
        if proxy.ca:
            with open(proxy.ca) as file:
                config["options"]["ca_pem"] = file.read()
        return config

    def secrets(self):
        return [text for text in (self.config().get("credentials") or {}).values() if isinstance(text, str) and len(text) >= 6]

    def choice(self, direct):
        raise NotImplementedError

    def is_read(self, row):
        return row["method"] in ("GET", "HEAD")

    def faults(self, names):
        return [name for name in names if self.takes_tls or name != "wrong-certificate"]

    def also_allowed(self, verb, fault, hit):
        """Classes that are true of this cloud where the common rule does not know it, each with its reason in a comment."""
        return set()

    def codes(self):
        """The cloud's own error codes as its documentation has them, and the class that each must be."""
        return []

    def expired(self):
        """What the cloud answers once the session has ended, though it was good a moment ago; the adapter must begin another one."""
        return None


class Aws(Peer):
    """moto, with users, rights and signatures: the adapter has just the rights that its documentation asks for."""
    name, kind, script, region = "aws", "aws", "moto", "eu-west-1"
    gives_request_ids = True
    more = (os.path.join(SCRIPTS, "../../docs/providers/aws.md"),)  # what this user may do
    cannot = ("console",)  # moto has no GetConsoleOutput
    lossy_timeout_s, lossy_seconds, orders = 30, 300, 8  # moto is one slow process

    def config(self):
        return dict(kind="aws", endpoint=self.target(), region=self.region,
                    options=dict(image_names=["amzn2-ami-hvm-2.0*"], instance_types=["t3.*"]),
                    credentials=dict(access_key_id=self.lines["access_key_id"], secret_access_key=self.lines["secret_access_key"]))

    def choice(self, direct):
        zones = [row["native_id"] for row in direct.must("regions")["rows"] if row["parent"]]
        return dict(image=direct.must("images")["rows"][0]["native_id"], size="t3.micro", other_size="t3.small", zone=zones[0],
                    disk_gib=20)

    def is_read(self, row):
        return bool(re.match("Describe|Get|List", row["action"]))

    @staticmethod
    def error(code, status=400):
        body = ('<?xml version="1.0" encoding="UTF-8"?><Response><Errors><Error><Code>%s</Code><Message>said so</Message></Error>'
                "</Errors><RequestID>00000000-0000-4000-8000-00000000abcd</RequestID></Response>" % code)
        return dict(status=status, headers={"Content-Type": "text/xml"}, body=body)

    def codes(self):
        rows = [("create", "InstanceLimitExceeded", 400, "QUOTA"), ("create", "VcpuLimitExceeded", 400, "QUOTA"),
                ("create", "InsufficientInstanceCapacity", 500, "CAPACITY"), ("create", "UnauthorizedOperation", 403, "FORBIDDEN"),
                ("create", "AuthFailure", 401, "AUTH"), ("create", "RequestLimitExceeded", 503, "THROTTLED"),
                ("create", "InvalidAMIID.NotFound", 400, None), ("create", "InternalError", 500, "UNKNOWN_OUTCOME"),
                ("stop", "IncorrectInstanceState", 400, "CONFLICT"), ("stop", "InvalidInstanceID.NotFound", 400, "NOT_FOUND"),
                ("get", "RequestLimitExceeded", 503, "THROTTLED"), ("get", "InternalError", 500, "UNAVAILABLE"),
                ("get", "InvalidInstanceID.NotFound", 400, "NOT_FOUND"), ("list", "ExpiredToken", 400, "AUTH"),
                ("list", "RequestExpired", 400, "AUTH")]
        return [{"verb": verb, "name": code, "reply": self.error(code, status), "class": error,
                 "request_id": "00000000-0000-4000-8000-00000000abcd"} for verb, code, status, error in rows if error]


class AwsRole(Aws):
    """The same with the keys of a role, which run out and are fetched anew."""
    name = "aws-role"
    renews_tokens = True

    def config(self):
        names = dict(access_key_id="role_access_key_id", secret_access_key="role_secret_access_key", role_arn="role_arn",
                     external_id="external_id")
        return dict(super().config(), credentials={name: self.lines[line] for name, line in names.items()})

    def secrets(self):
        return [self.lines["role_secret_access_key"], self.lines["external_id"]]

    def expired(self):
        return self.error("ExpiredToken")

    def codes(self):
        return []


class Vcenter(Peer):
    """VMware's own simulator; SOAP, so that only the method's name tells whether a request changes anything."""
    name, kind, script = "vsphere-vcenter", "vsphere", "vcsim"
    more = ("vcenter",)
    cannot = ("console-url",)  # the simulator has no screens
    READS = ("Retrieve", "ContinueRetrieve", "CreateContainerView", "DestroyView", "FindBy", "Query", "CurrentTime", "AcquireTicket",
             "Login")

    def target(self):
        return re.match("[a-z]+://[^/]+", self.lines["endpoint"]).group(0)

    def behind(self, config, url):
        config["endpoint"] = url + self.lines["endpoint"][len(self.target()):]
        return config

    def config(self):
        with open(self.lines["ca"]) as file:
            return dict(kind="vsphere", endpoint=self.lines["endpoint"], options=dict(ca_pem=file.read(), hard_reboot=True),
                        credentials=dict(username=self.lines["user"], password=self.lines["password"]))

    def choice(self, direct):
        return dict(image=direct.must("images")["rows"][0]["native_id"], size="small", other_size="medium", disk_gib=10)

    def is_read(self, row):
        return row["action"].startswith(self.READS)

    @staticmethod
    def fault(name, members=""):
        body = ('<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
                ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body><soapenv:Fault><faultcode>ServerFaultCode'
                '</faultcode><faultstring>said so</faultstring><detail><%sFault xmlns="urn:vim25" xsi:type="%s">%s</%sFault>'
                "</detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>" % (name, name, members, name))
        return dict(status=500, headers={"Content-Type": "text/xml"}, body=body)

    def expired(self):
        return self.fault("NotAuthenticated", '<object type="VirtualMachine">vm-1</object><privilegeId>System.View</privilegeId>')

    def codes(self):
        rows = [("create", "^C.*VM_Task$", "NoPermission", "FORBIDDEN", "<object type='Folder'>group-v3</object>"
                 "<privilegeId>VirtualMachine.Inventory.Create</privilegeId>"),
                ("create", "^C.*VM_Task$", "InsufficientStorageSpace", "CAPACITY", ""), ("create", "^C.*VM_Task$", "NoDiskSpace", "CAPACITY", ""),
                ("create", "^C.*VM_Task$", "InvalidDatastore", "INVALID", ""), ("create", "^C.*VM_Task$", "SystemError", "UNKNOWN_OUTCOME", ""),
                ("create", "^C.*VM_Task$", "RestrictedVersion", "UNSUPPORTED", ""),
                ("stop", "PowerOffVM_Task", "TaskInProgress", "UNAVAILABLE", ""), ("stop", "PowerOffVM_Task", "InvalidState", "CONFLICT", ""),
                ("stop", "PowerOffVM_Task", "ManagedObjectNotFound", "NOT_FOUND", ""), ("get", "Retrieve", "SystemError", "UNAVAILABLE", ""),
                ("get", "Retrieve", "NoPermission", "FORBIDDEN", ""), ("get", "Retrieve", "ManagedObjectNotFound", "NOT_FOUND", ""),
                ("list", "Retrieve", "InvalidLogin", "AUTH", "")]
        return [{"verb": verb, "name": name, "reply": self.fault(name, members), "class": error, "match": {"action": action}}
                for verb, action, name, error, members in rows] + [
            {"verb": "list", "name": "429", "class": "THROTTLED", "reply": dict(status=429, headers={"Retry-After": "1"}, body="")}]


class Esxi(Vcenter):
    """The same as a standalone host, where a disk is copied instead of a machine cloned."""
    name, more = "vsphere-esxi", ("esxi",)


class Nutanix(Peer):
    """A Prism Central that keeps what it is told; what is asked over v4 is held to Nutanix's own clients."""
    name, kind, script, more, api = "nutanix-v4", "nutanix", "nutanix", ("v4",), "auto"
    gives_request_ids = True

    def config(self):
        sizes = [dict(id="small", vcpus=1, memory_mib=512), dict(id="medium", vcpus=2, memory_mib=1024)]
        return dict(kind="nutanix", endpoint=self.target(),
                    options=dict(api=self.api, cluster="00000002-0000-4000-8000-000000000001", sizes=sizes),
                    credentials=dict(username=self.lines["user"], password=self.lines["password"]))

    def choice(self, direct):
        return dict(image="00000006-0000-4000-8000-000000000001", network="00000004-0000-4000-8000-000000000001", size="small",
                    other_size="medium")

    def is_read(self, row):
        return row["method"] in ("GET", "HEAD") or bool(re.search("/list$|/groups$|/query$", row["path"].split("?")[0]))

    @staticmethod
    def reply(status, body):
        return dict(status=status, headers={"Content-Type": "application/json", "X-Request-Id": "theirs-1"}, body=json.dumps(body))

    def refusal(self, status, word):
        error = {"message": "said so", "severity": "ERROR", "code": word, "errorGroup": word}
        return self.reply(status, {"data": {"$objectType": "vmm.v4.error.ErrorResponse", "error": [error]}})

    def also_allowed(self, verb, fault, hit):
        # A category is there for all: whether this request made it or another one did is seen by looking, and the verb goes on.
        return {"OK"} if "/categories" in hit["path"] else set()

    CREATE = dict(method="POST", path="/vms$")
    CODES = [("create", CREATE, 409, "RESOURCE_SHORTAGE", "CAPACITY"), ("create", CREATE, 422, "QUOTA_EXCEEDED", "QUOTA"),
             ("create", CREATE, 403, "ACCESS_DENIED", "FORBIDDEN"), ("create", CREATE, 500, "X", "UNKNOWN_OUTCOME"),
             ("create", CREATE, 422, "X", "INVALID"), ("stop", dict(method="POST"), 412, "VMM-30303", "CONFLICT"),
             ("stop", dict(method="POST"), 404, "VMM-30100", "NOT_FOUND"), ("get", {}, 404, "VM_NOT_FOUND", "NOT_FOUND"),
             ("get", {}, 401, "X", "AUTH"), ("list", {}, 503, "X", "UNAVAILABLE"), ("list", {}, 429, "RATE_LIMIT_EXCEEDED", "THROTTLED")]

    def codes(self):
        return [{"verb": verb, "name": "%d %s" % (status, word), "reply": self.refusal(status, word), "class": error, "match": match,
                 "request_id": "theirs-1"} for verb, match, status, word, error in self.CODES]


class NutanixV3(Nutanix):
    """Likewise over v3, held to Nutanix's swagger."""
    name, more, api = "nutanix-v3", ("v3",), "v3"
    gives_request_ids = False
    CODES = Nutanix.CODES[:5] + [("stop", dict(method="PUT"), 409, "CONCURRENT_REQUESTS_NOT_ALLOWED", "CONFLICT"),
                                 ("stop", dict(method="PUT"), 404, "ENTITY_NOT_FOUND", "NOT_FOUND")] + Nutanix.CODES[7:]

    def refusal(self, status, word):
        return self.reply(status, dict(code=status, state="ERROR", message_list=[dict(message="said so", reason=word)]))

    def also_allowed(self, verb, fault, hit):
        # Identifiers and categories can be asked for again, and only come before what the verb changes: then nothing has happened.
        is_before = "/idempotence_identifiers" in hit["path"] or "/categories/" in hit["path"]
        return {"OK", "UNAVAILABLE"} if is_before else set()


class OpenStack(Peer):
    """Real Keystone, Nova, Neutron, Cinder and Glance; one that runs already, as it takes minutes to start."""
    name = kind = "openstack"
    renews_tokens = gives_request_ids = True
    lossy_timeout_s, lossy_seconds, orders = 20, 400, 8
    visibility_s = 60  # a create that was given up may still come
    PORTS = ("keystone", "placement", "glance", "nova", "neutron", "cinder")  # one after the other

    @contextlib.contextmanager
    def started(self, folder):
        running = os.environ.get("GAON_OPENSTACK", "")
        if not os.path.exists(os.path.join(running, "peer")):
            skip(self.name, "no OpenStack runs; start one (tools/peers/openstack/peer start FOLDER) and give its folder as GAON_OPENSTACK")
        self.lines = peer_lines(os.path.join(running, "peer"))
        yield

    def target(self):
        host, port = re.match(r"http://([^:/]+):(\d+)", self.lines["auth_url"]).groups()
        return {name: "http://%s:%d" % (host, int(port) + index) for index, name in enumerate(self.PORTS)}

    def config(self):
        return dict(kind="openstack", endpoint=self.lines["auth_url"], region="RegionOne",
                    options=dict(project_id=self.lines["project"]), credentials=dict(username="gaon", password=self.lines["password"]))

    def behind(self, config, url):
        config["endpoint"] = url + "/keystone/v3"
        return config

    def choice(self, direct):
        return dict(image=direct.must("images")["rows"][0]["native_id"], network=self.lines["network"], size="gaon.small-id",
                    other_size="gaon.medium-id", size_name="gaon.small", other_size_name="gaon.medium", disk_gib=1)

    def is_read(self, row):
        return row["method"] in ("GET", "HEAD") or row["path"].endswith("/auth/tokens") or row["action"] == "os-getConsoleOutput" or \
            row["path"].endswith("/remote-consoles")

    @staticmethod
    def fault(name, code, message, **headers):
        return dict(status=code, headers=dict({"Content-Type": "application/json"}, **headers),
                    body='{"%s": {"code": %d, "message": "%s"}}' % (name, code, message))

    def expired(self):
        return self.fault("error", 401, "The request you have made requires authentication.")

    def codes(self):
        create, action = dict(method="POST", path="/servers$"), dict(method="POST", path="/action$")
        rows = [("create", create, "QUOTA", "forbidden", 403, "Quota exceeded for instances: Requested 1, but already used 10 of 10 instances"),
                ("create", create, "FORBIDDEN", "forbidden", 403, "Policy doesn't allow os_compute_api:servers:create to be performed."),
                ("create", create, "INVALID", "badRequest", 400, "Invalid key_name provided."),
                ("create", create, "UNKNOWN_OUTCOME", "computeFault", 500, "Unexpected API Error."),
                ("stop", action, "CONFLICT", "conflictingRequest", 409, "Cannot 'stop' instance while it is in vm_state stopped"),
                ("stop", action, "NOT_FOUND", "itemNotFound", 404, "Instance could not be found."),
                ("get", dict(path="/servers/"), "NOT_FOUND", "itemNotFound", 404, "Instance could not be found."),
                ("get", dict(path="/servers/"), "UNAVAILABLE", "computeFault", 500, "Unexpected API Error.")]
        over = self.fault("overLimit", 413, "This request was rate-limited.", **{"Retry-After": "1"})
        return [{"verb": verb, "name": name, "class": error, "match": match, "reply": self.fault(name, code, message)}
                for verb, match, error, name, code, message in rows] + [
            {"verb": "stop", "name": "overLimit", "class": "THROTTLED", "match": action, "reply": over}]


PEERS = {peer.name: peer for peer in (Aws, AwsRole, Vcenter, Esxi, Nutanix, NutanixV3, OpenStack)}
