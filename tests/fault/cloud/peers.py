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
    visibility_s = 0
    cannot = ()            # verbs of the row that this peer does not have, each with its reason in a comment
    timeout_s = 1          # of the matrix
    lossy_timeout_s = 5    # of lossy.py
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
        self.lines = peer_lines(os.path.join(folder, "peer"))
        try:
            yield
        finally:
            subprocess.run([script, "stop", folder], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def target(self):
        """What the proxy stands in front of: scheme, host and port."""
        return self.lines["url"]

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


class Aws(Peer):
    """moto, with users, rights and signatures: the adapter has just the rights that its documentation asks for."""
    name, kind, script, region = "aws", "aws", "moto", "eu-west-1"
    gives_request_ids = True
    more = (os.path.join(SCRIPTS, "../../docs/providers/aws.md"),)  # what this user may do
    cannot = ("console",  # moto has no GetConsoleOutput
              "probe", "sizes")  # moto takes longer for DescribeInstanceTypes than the cases give it

    def target(self):
        return self.lines["endpoint"]

    def config(self):
        return dict(kind="aws", endpoint=self.target(), region=self.region,
                    options=dict(image_names=["amzn2-ami-hvm-2.0*"], instance_types=["t3.*"]),
                    credentials=dict(access_key_id=self.lines["access_key_id"], secret_access_key=self.lines["secret_access_key"]))

    def choice(self, direct):
        zones = [row["native_id"] for row in direct.must("regions")["rows"] if row["parent"]]
        return dict(image=direct.must("images")["rows"][0]["native_id"], size="t3.micro", other_size="t3.small", zone=zones[0])

    def is_read(self, row):
        return bool(re.match("Describe|Get|List", row["action"]))

    def codes(self):
        def xml(code, status=400):
            body = ('<?xml version="1.0" encoding="UTF-8"?><Response><Errors><Error><Code>%s</Code><Message>said so</Message></Error>'
                    "</Errors><RequestID>00000000-0000-4000-8000-00000000abcd</RequestID></Response>" % code)
            return dict(status=status, headers={"Content-Type": "text/xml"}, body=body)
        rows = [("create", "InstanceLimitExceeded", 400, "QUOTA"), ("create", "VcpuLimitExceeded", 400, "QUOTA"),
                ("create", "InsufficientInstanceCapacity", 500, "CAPACITY"), ("create", "UnauthorizedOperation", 403, "FORBIDDEN"),
                ("create", "AuthFailure", 401, "AUTH"), ("create", "RequestLimitExceeded", 503, "THROTTLED"),
                ("create", "InvalidAMIID.NotFound", 400, None), ("create", "InternalError", 500, "UNKNOWN_OUTCOME"),
                ("stop", "IncorrectInstanceState", 400, "CONFLICT"), ("stop", "InvalidInstanceID.NotFound", 400, "NOT_FOUND"),
                ("get", "RequestLimitExceeded", 503, "THROTTLED"), ("get", "InternalError", 500, "UNAVAILABLE"),
                ("get", "InvalidInstanceID.NotFound", 400, "NOT_FOUND"), ("list", "ExpiredToken", 400, "AUTH"),
                ("list", "RequestExpired", 400, "AUTH")]
        return [{"verb": verb, "name": code, "reply": xml(code, status), "class": error,
                 "request_id": "00000000-0000-4000-8000-00000000abcd"} for verb, code, status, error in rows if error]


class NutanixV4(Peer):
    """A Prism Central of ours, held to Nutanix's own clients."""
    name, kind, script, api = "nutanix-v4", "nutanix", "nutanix", "v4"
    more = ("v4", "--calm")  # edits that somebody else was faster with would come and go with the number of requests
    gives_request_ids = True
    CLUSTER, NETWORK, IMAGE = (number + "-0000-4000-8000-000000000001" for number in ("00000002", "00000004", "00000006"))

    def config(self):
        sizes = [dict(id="small", vcpus=1, memory_mib=512), dict(id="medium", vcpus=2, memory_mib=1024)]
        return dict(kind="nutanix", endpoint=self.target(), options=dict(api=self.api, cluster=self.CLUSTER, sizes=sizes),
                    credentials=dict(username=self.lines["user"], password=self.lines["password"]))

    def choice(self, direct):
        return dict(image=self.IMAGE, size="small", other_size="medium", network=self.NETWORK)

    def also_allowed(self, verb, fault, hit):
        # Categories are there for all: whether this one or another request made them is seen by reading them.
        return {"OK"} if hit["method"] == "POST" and hit["path"].endswith("/categories") else set()

    def codes(self):
        def messages(status, code, group):
            error = dict(message="said so", severity="ERROR", code=code, errorGroup=group)
            return dict(status=status, headers={"Content-Type": "application/json", "X-Request-Id": "theirs-1"},
                        body=json.dumps(dict(data={"$objectType": "vmm.v4.error.ErrorResponse", "error": [error]})))
        rows = [("create", "POST", 409, "VMM-1", "RESOURCE_SHORTAGE", "CAPACITY"), ("create", "POST", 422, "VMM-2", "QUOTA_EXCEEDED", "QUOTA"),
                ("create", "POST", 403, "VMM-3", "ANYTHING", "FORBIDDEN"), ("create", "POST", 500, "VMM-4", "ANYTHING", "UNKNOWN_OUTCOME"),
                ("stop", "POST", 412, "VMM-30303", "VM_ETAG_MISMATCH", "CONFLICT"), ("stop", "POST", 404, "VMM-30100", "X", "NOT_FOUND"),
                ("get", "GET", 401, "X", "X", "AUTH"), ("get", "GET", 503, "X", "X", "UNAVAILABLE"),
                ("list", "GET", 429, "X", "RATE_LIMIT_EXCEEDED", "THROTTLED")]
        return [{"verb": verb, "name": "%d %s %s" % (status, code, group), "reply": messages(status, code, group), "class": error,
                 "match": {"method": method}, "request_id": "theirs-1"} for verb, method, status, code, group, error in rows]


class NutanixV3(NutanixV4):
    """The same by API v3, held to Nutanix's swagger."""
    name, api = "nutanix-v3", "v3"
    more = ("v3", "--calm")

    def is_read(self, row):
        return row["method"] == "GET" or row["path"].endswith(("/list", "/groups"))

    def also_allowed(self, verb, fault, hit):
        # Identifiers and categories are kept for all: whether this request made them is seen by reading them.
        is_kept = "/idempotence_identifiers" in hit["path"] or "/categories/" in hit["path"]
        return {"OK"} if is_kept else set()

    def codes(self):
        def reasons(status, reason):
            return dict(status=status, headers={"Content-Type": "application/json", "X-Request-Id": "theirs-1"},
                        body=json.dumps(dict(code=status, state="ERROR", message_list=[dict(message="said so", reason=reason)])))
        rows = [("create", "POST", "/vms$", 422, "RESOURCE_SHORTAGE", "CAPACITY"), ("create", "POST", "/vms$", 422, "QUOTA_EXCEEDED", "QUOTA"),
                ("create", "POST", "/vms$", 403, "ACCESS_DENIED", "FORBIDDEN"), ("create", "POST", "/vms$", 500, "X", "UNKNOWN_OUTCOME"),
                ("create", "POST", "/vms$", 422, "X", "INVALID"), ("stop", "PUT", "", 409, "CONCURRENT_REQUESTS_NOT_ALLOWED", "CONFLICT"),
                ("get", "GET", "", 404, "ENTITY_NOT_FOUND", "NOT_FOUND"), ("get", "GET", "", 401, "X", "AUTH"),
                ("list", "POST", "", 429, "RATE_LIMIT_EXCEEDED", "THROTTLED")]
        return [{"verb": verb, "name": "%d %s" % (status, reason), "reply": reasons(status, reason), "class": error,
                 "match": {"method": method, "path": path}, "request_id": "theirs-1"}
                for verb, method, path, status, reason, error in rows]


PEERS = {peer.name: peer for peer in (Aws, NutanixV3, NutanixV4)}
