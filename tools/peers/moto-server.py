# SPDX-License-Identifier: Apache-2.0
"""Serves moto with users, rights and signatures, and does things behind the adapter's back. Run by tools/peers/moto.

moto is more forgiving than AWS where that would hide faults of ours, so here it is made as strict as AWS documents: a parameter that
the service's published definition does not have is an UnknownParameter; RunInstances and CreateVolume remember their ClientToken; a
subnet or security group that a machine uses is not deleted; an image's name is taken once. Everything else is moto as it comes.
"""
import datetime
import json
import os
import re
import sys
import threading
import urllib.parse
import urllib.request

ACCOUNT = "123456789012"
REGION = "eu-west-1"
EXTERNAL_ID = "gaon-external-4711"
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


# ---- as strict as AWS: parameters ----

def wire_name(service, name, shape):
    said = shape.serialization
    if service != "ec2":
        return said.get("name", name)
    return said.get("queryName") or (said["name"][0].upper() + said["name"][1:] if "name" in said else name)


def is_known(service, shape, parts):
    if not parts:
        return shape.type_name not in ("structure", "list", "map")
    if shape.type_name == "structure":
        return any(parts[0] == wire_name(service, name, member) and is_known(service, member, parts[1:])
                   for name, member in shape.members.items())
    if shape.type_name == "list":
        rest = parts if service == "ec2" else parts[1:] if parts[0] == "member" else []
        return bool(rest) and rest[0].isdigit() and is_known(service, shape.member, rest[1:])
    return False


def unknown_member(shape, value):
    """The first name in a JSON request that the definition does not have, or None."""
    if shape.type_name == "structure":
        for name, inner in value.items():
            if name not in shape.members:
                return name
            wrong = unknown_member(shape.members[name], inner)
            if wrong:
                return wrong
    if shape.type_name == "list":
        return next(filter(None, (unknown_member(shape.member, inner) for inner in value)), None)
    return None


class Strict:
    """WSGI: refuses what the service's definition does not have, then hands on."""

    def __init__(self, app):
        import botocore.session
        self.app = app
        self.session = botocore.session.Session()
        self.names = {"ec2": "ec2", "sts": "sts", "monitoring": "cloudwatch", "ce": "ce", "pricing": "pricing",
                      "servicequotas": "service-quotas"}
        self.models = {}

    def model(self, service):
        if service not in self.models:
            self.models[service] = self.session.get_service_model(self.names[service])
        return self.models[service]

    def unknown(self, service, body, target):
        if target:
            action = target.split(".")[-1]
            return unknown_member(self.model(service).operation_model(action).input_shape, json.loads(body))
        form = urllib.parse.parse_qs(body.decode(), keep_blank_values=True)
        shape = self.model(service).operation_model(form["Action"][0]).input_shape
        names = (key for key in form if key not in ("Action", "Version"))
        return next((key for key in names if not (shape and is_known(service, shape, key.split(".")))), None)

    def __call__(self, environ, start_response):
        import io
        service = re.search(r"Credential=[^/]*/\d+/[^/]+/([a-z0-9]+)/", environ.get("HTTP_AUTHORIZATION", ""))
        target = environ.get("HTTP_X_AMZ_TARGET")
        if service and service.group(1) in self.names and (target or "form" in environ.get("CONTENT_TYPE", "")):
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = io.BytesIO(body)
            wrong = self.unknown(service.group(1), body, target)
            if wrong:
                text = ("<Response><Errors><Error><Code>UnknownParameter</Code><Message>The parameter " + wrong +
                        " is not recognized</Message></Error></Errors><RequestID>strict</RequestID></Response>").encode()
                start_response("400 Bad Request", [("Content-Type", "text/xml"), ("Content-Length", str(len(text)))])
                return [text]
        return self.app(environ, start_response)


# ---- as strict as AWS: client tokens ----

def remember_tokens(handlers, name):
    """The same token and parameters get the first answer, other parameters an IdempotentParameterMismatch."""
    from moto.ec2.exceptions import EC2ClientError
    original = getattr(handlers, name)
    lock, seen = threading.Lock(), {}

    def remembering(self):
        token = self._get_param("ClientToken")
        parameters = {key: value for key, value in self.querystring.items() if key not in ("ClientToken", "DryRun")}
        if not token or self._get_param("DryRun"):
            return original(self)
        with lock:
            if token not in seen:
                result = original(self)
                seen[token] = (parameters, result)
            elif seen[token][0] != parameters:
                raise EC2ClientError("IdempotentParameterMismatch", "The client token was used with other parameters before")
            return seen[token][1]

    setattr(handlers, name, remembering)


# ---- as strict as AWS: what depends on what, and names ----

def refuse(code, message):
    from moto.ec2.exceptions import EC2ClientError
    raise EC2ClientError(code, message)


def keep_used(handlers, name, uses):
    """What a machine uses stays."""
    original = getattr(handlers, name)

    def keeping(self):
        if any(uses(self, instance) for instance in self.ec2_backend.all_instances() if instance.state != "terminated"):
            refuse("DependencyViolation", "resource has a dependent object")
        return original(self)

    setattr(handlers, name, keeping)


def name_images(handlers):
    """An account has an image's name once; tags for its snapshots reach them; what is made of a machine has an EBS root."""
    original, lock = handlers.create_image, threading.Lock()

    def naming(self):
        specifications = self._get_param("TagSpecifications", [])
        backend, get_param = self.ec2_backend, self._get_param
        with lock:
            if any(ami.name == get_param("Name") and ami.owner_id == backend.account_id for ami in backend.amis.values()):
                refuse("InvalidAMIName.Duplicate", "AMI name is already in use by an AMI")
            self._get_param = lambda name, otherwise=None: [
                each for each in specifications if each["ResourceType"] == "image"
            ] if name == "TagSpecifications" else get_param(name, otherwise)
            result = original(self)
        image = next(ami for ami in backend.amis.values() if ami.name == get_param("Name"))
        image.root_device_type = "ebs"
        for each in specifications:
            if each["ResourceType"] == "snapshot":
                image.ebs_snapshot.add_tags({tag["Key"]: tag["Value"] for tag in each["Tags"]})
        return result

    handlers.create_image = naming


# ---- users ----

def policy_of(path):
    text = open(path, encoding="utf-8").read()
    policy = json.loads(re.search(r"```json\n(\{\s*\"Version\".*?)```", text, re.S).group(1))
    # IAM says cloudwatch where the signature says monitoring; moto takes the latter for both.
    for statement in policy["Statement"]:
        statement["Action"] = [action.replace("cloudwatch:", "monitoring:") for action in statement["Action"]]
    return policy


def client(service, url, key="admin", secret="admin", region=REGION, token=None):
    import boto3
    from botocore.config import Config
    return boto3.client(service, endpoint_url=url, region_name=region, aws_access_key_id=key, aws_secret_access_key=secret,
                        aws_session_token=token, config=Config(retries={"max_attempts": 1}))


def user_make(iam, name, policy):
    iam.create_user(UserName=name)
    if policy:
        iam.put_user_policy(UserName=name, PolicyName="rights", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


def people_make(url, policy):
    iam = client("iam", url)
    lines = {"endpoint": url, "region": REGION, "external_id": EXTERNAL_ID, "python": sys.executable}
    lines["access_key_id"], lines["secret_access_key"] = user_make(iam, "gaon", policy)
    lines["admin_key_id"], lines["admin_secret_key"] = user_make(iam, "admin", EVERYTHING)
    lines["reader_key_id"], lines["reader_secret_key"] = user_make(iam, "reader", {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["ec2:Describe*", "sts:GetCallerIdentity"], "Resource": "*"}]})
    assume = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]}
    lines["role_access_key_id"], lines["role_secret_access_key"] = user_make(iam, "guest", assume)
    trust = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/guest"},
        "Condition": {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}}}]}
    role = iam.create_role(RoleName="gaon", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    iam.put_role_policy(RoleName="gaon", PolicyName="rights", PolicyDocument=json.dumps(policy))
    lines["role_arn"] = role["Arn"]
    lines["vpc"] = client("ec2", url).create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
    return lines


def few_images(folder):
    """moto's short list of images; the long ones make each look at images and snapshots slow."""
    import gzip
    import importlib.util
    package = os.path.dirname(importlib.util.find_spec("moto").origin)
    path = os.path.join(folder, "amis.json")
    with gzip.open(os.path.join(package, "ec2/resources/amis.json.gz"), "rb") as packed, open(path, "wb") as file:
        file.write(packed.read())
    os.environ["MOTO_AMIS_PATH"] = path


def serve(folder, policy_path=None):
    os.environ["MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION"] = "true"
    os.environ["MOTO_ENABLE_AMI_VALIDATION"] = "true"
    few_images(folder)
    from moto.ec2.responses.amis import AmisResponse
    from moto.ec2.responses.elastic_block_store import ElasticBlockStore
    from moto.ec2.responses.instances import InstanceResponse
    from moto.ec2.responses.security_groups import SecurityGroups
    from moto.ec2.responses.subnets import Subnets
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server
    remember_tokens(InstanceResponse, "run_instances")
    remember_tokens(ElasticBlockStore, "create_volume")
    keep_used(Subnets, "delete_subnet", lambda self, instance: instance.subnet_id == self._get_param("SubnetId"))
    keep_used(SecurityGroups, "delete_security_group",
              lambda self, instance: self._get_param("GroupId") in [group.id for group in instance.security_groups])
    name_images(AmisResponse)
    server = make_server("127.0.0.1", 0, Strict(DomainDispatcherApplication(create_backend_app)), threaded=True)
    url = f"http://127.0.0.1:{server.server_port}"
    os.environ["MOTO_PORT"] = str(server.server_port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    lines = people_make(url, policy_of(policy_path) if policy_path else EVERYTHING)
    # From here on every signature and right is checked.
    urllib.request.urlopen(urllib.request.Request(url + "/moto-api/reset-auth", data=b"0", method="POST",
                                                  headers={"Content-Type": "text/plain"})).read()
    with open(os.path.join(folder, "peer.new"), "w", encoding="utf-8") as file:
        file.writelines(f"{key}={value}\n" for key, value in lines.items())
    os.rename(os.path.join(folder, "peer.new"), os.path.join(folder, "peer"))
    threading.Event().wait()


# ---- behind the adapter's back ----

def plant(peer, *_):
    """A machine that bears no marks."""
    ec2 = client("ec2", peer["endpoint"], peer["admin_key_id"], peer["admin_secret_key"])
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    made = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, InstanceType="t3.micro", TagSpecifications=[
        {"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "of-somebody-else"}]}])
    print(made["Instances"][0]["InstanceId"])


def metrics(peer, machine, *_):
    """An hour of measurements, each five minutes."""
    cloudwatch = client("cloudwatch", peer["endpoint"], peer["admin_key_id"], peer["admin_secret_key"])
    now = datetime.datetime.now(datetime.timezone.utc).replace(second=0, microsecond=0)
    now -= datetime.timedelta(minutes=now.minute % 5)
    for minutes in range(5, 65, 5):
        values = {"CPUUtilization": (12.5, "Percent"), "NetworkIn": (300000, "Bytes"), "NetworkOut": (600000, "Bytes"),
                  "EBSReadBytes": (900000, "Bytes"), "EBSWriteBytes": (1200000, "Bytes")}
        cloudwatch.put_metric_data(Namespace="AWS/EC2", MetricData=[
            {"MetricName": name, "Dimensions": [{"Name": "InstanceId", "Value": machine}], "Value": value, "Unit": unit,
             "Timestamp": now - datetime.timedelta(minutes=minutes)} for name, (value, unit) in values.items()])


def bill(peer, *_):
    """What the next question to Cost Explorer is answered with: yesterday, two services."""
    today = datetime.datetime.now(datetime.timezone.utc).date()
    yesterday = today - datetime.timedelta(days=1)

    def group(service, usage, amount, quantity, unit):
        return {"Keys": [service, usage], "Metrics": {"UnblendedCost": {"Amount": amount, "Unit": "USD"},
                                                      "UsageQuantity": {"Amount": quantity, "Unit": unit}}}
    result = {"ResultsByTime": [{"TimePeriod": {"Start": str(yesterday), "End": str(today)}, "Total": {}, "Estimated": True,
                                 "Groups": [group("Amazon Elastic Compute Cloud - Compute", "EU-BoxUsage:t3.micro", "0.2736",
                                                  "24", "Hrs"),
                                            group("EC2 - Other", "EU-EBS:VolumeUsage.gp3", "0.0234666667", "0.2666666667",
                                                  "GB-Mo")]}],
              "DimensionValueAttributes": []}
    urllib.request.urlopen(urllib.request.Request(
        peer["endpoint"] + "/moto-api/static/ce/cost-and-usage-results", method="POST", headers={"Content-Type": "application/json"},
        data=json.dumps({"account_id": ACCOUNT, "results": [result] * 20}).encode())).read()


def peer_of(folder):
    with open(os.path.join(folder, "peer"), encoding="utf-8") as file:
        return dict(line.rstrip("\n").split("=", 1) for line in file)


def disks(peer, machine="", *_):
    """How many volumes the machine has, or all together."""
    ec2 = client("ec2", peer["endpoint"], peer["admin_key_id"], peer["admin_secret_key"])
    filters = [{"Name": "attachment.instance-id", "Values": [machine]}] if machine else []
    print(len(ec2.describe_volumes(Filters=filters)["Volumes"]))


DEEDS = {"plant": plant, "metrics": metrics, "bill": bill, "disks": disks}

if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(*sys.argv[2:])
    else:
        DEEDS[sys.argv[3]](peer_of(sys.argv[2]), *sys.argv[4:])
