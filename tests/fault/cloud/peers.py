# SPDX-License-Identifier: Apache-2.0
"""peers.py: the clouds of the matrix: how each is started, reached and read, and what its own error codes are."""
import contextlib
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


class OpenStack(Peer):
    """A real one, told by its options where Nova is: the proxy stands before that alone."""
    name = kind = "openstack"
    script = "openstack/peer"
    renews_tokens = gives_request_ids = True
    visibility_s, timeout_s = 2, 5

    @contextlib.contextmanager
    def started(self, folder):
        running = os.environ.get("GAON_OPENSTACK")
        if not running:
            with super().started(folder):
                yield
            return
        self.lines = peer_lines(os.path.join(running, "peer"))
        yield

    def target(self):
        return self.lines["compute_url"]

    def config(self):
        return dict(kind="openstack", endpoint=self.lines["auth_url"], region="RegionOne",
                    options=dict(project_id=self.lines["project"], network=self.lines["network"]),
                    credentials=dict(username=self.lines["user"], password=self.lines["password"]))

    def behind(self, config, url):
        config["options"] = dict(config["options"], compute_endpoint=url + "/v2.1")
        return config

    def choice(self, direct):
        return dict(image=direct.must("images")["rows"][0]["native_id"], size="gaon.small-id", other_size="gaon.medium-id", disk_gib=1)

    def also_allowed(self, verb, fault, hit):
        # Both are asked by POST, and change nothing.
        return {"UNAVAILABLE"} if verb in ("console", "console-url") else set()

    def codes(self):
        def json(status, kind, message):
            return dict(status=status, headers={"Content-Type": "application/json", "x-openstack-request-id": "req-abcd"},
                        body='{"%s": {"code": %d, "message": "%s"}}' % (kind, status, message))
        server = {"path": "/servers$", "method": "POST"}
        rows = [("create", 403, "forbidden", "Quota exceeded for cores: Requested 8, but already used 20 of 20 cores", "QUOTA", server),
                ("create", 403, "forbidden", "Policy doesn't allow os_compute_api:servers:create to be performed.", "FORBIDDEN", server),
                ("create", 400, "badRequest", "No valid host was found. There are not enough hosts available.", "CAPACITY", server),
                ("create", 500, "computeFault", "Unexpected API Error.", "UNKNOWN_OUTCOME", server),
                ("get", 404, "itemNotFound", "Instance 5 could not be found.", "NOT_FOUND", {}),
                ("get", 500, "computeFault", "Unexpected API Error.", "UNAVAILABLE", {}),
                ("get", 429, "overLimit", "This request was rate-limited.", "THROTTLED", {}),
                ("rename", 409, "conflictingRequest", "Instance 5 is in an invalid state for 'update'", "CONFLICT", {})]
        return [{"verb": verb, "name": "%d %s" % (status, message[:20]), "reply": json(status, kind, message), "class": error,
                 "match": match, "request_id": "req-abcd"} for verb, status, kind, message, error, match in rows]


PEERS = {peer.name: peer for peer in (Aws, OpenStack)}
