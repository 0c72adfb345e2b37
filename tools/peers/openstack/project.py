# SPDX-License-Identifier: Apache-2.0
"""project.py AUTH_URL PASSWORD: what tests find: a project with an ordinary user, flavors, images, networks; printed as name=value."""
import secrets
import sys
import time

from rest import Cloud

auth_url, admin_password = sys.argv[1:]
admin = Cloud(auth_url, "admin", admin_password, "admin")
nova, neutron = admin.endpoints["compute"], admin.endpoints["network"] + "/v2.0"
glance, cinder = admin.endpoints["image"] + "/v2", admin.endpoints["volumev3"]


def say(name, value):
    print(f"{name}={value}")


def member_make(name):
    """A user who may do what every owner of machines may, and no more."""
    password = secrets.token_hex(12)
    user = admin.post("/users", {"user": {"name": name, "domain_id": "default", "password": password}})["user"]["id"]
    for role in ("member", "reader"):
        role_id = admin.get(f"/roles?name={role}")["roles"][0]["id"]
        admin.put(f"/projects/{project}/users/{user}/roles/{role_id}")
    return password


def application_credential_make(password):
    member = Cloud(auth_url, "gaon", password, "gaon")
    user = admin.get("/users?name=gaon")["users"][0]["id"]
    made = member.post(f"/users/{user}/application_credentials", {"application_credential": {"name": "gaon"}})
    return made["application_credential"]


def network_make(body, cidr):
    network = admin.post(neutron + "/networks", {"network": body})["network"]
    subnet = {"network_id": network["id"], "cidr": cidr, "ip_version": 4, "project_id": network["project_id"]}
    return network["id"], admin.post(neutron + "/subnets", {"subnet": subnet})["subnet"]["id"]


def image_make(name, min_disk):
    body = {"name": name, "disk_format": "raw", "container_format": "bare", "visibility": "public", "os_type": "linux",
            "architecture": "x86_64", "min_disk": min_disk}
    image = admin.post(glance + "/images", body)["id"]
    admin.ask("PUT", f"{glance}/images/{image}/file", raw=b"a disk that nobody boots")
    return image


def machine_wait(seconds):
    """Nova takes no order before its compute node has told the placement service of itself."""
    for _ in range(seconds):
        statistics = admin.get(nova + "/os-hypervisors/detail")["hypervisors"]
        if statistics and statistics[0]["state"] == "up":
            return
        time.sleep(1)
    raise SystemExit("the hypervisor does not come up")


def agent_wait(seconds):
    """Neutron binds no port of a machine before its agent has told of itself."""
    for _ in range(seconds):
        if any(agent["alive"] for agent in admin.get(neutron + "/agents")["agents"]):
            return
        time.sleep(1)
    raise SystemExit("Neutron's agent does not come up")


project = admin.post("/projects", {"project": {"name": "gaon", "domain_id": "default"}})["project"]["id"]
user_password = member_make("gaon")
credential = application_credential_make(user_password)
for flavor, vcpus, ram, disk in (("gaon.small", 1, 512, 1), ("gaon.medium", 2, 1024, 2), ("gaon.huge", 100000, 1 << 26, 1)):
    admin.post(nova + "/flavors", {"flavor": {"id": flavor + "-id", "name": flavor, "vcpus": vcpus, "ram": ram, "disk": disk}})
image_make("gaon-linux", 0)
image_make("gaon-linux-large", 1)
network, subnet = network_make({"name": "gaon-net", "project_id": project}, "10.77.0.0/24")
external, _ = network_make({"name": "outside", "router:external": True, "provider:network_type": "flat",
                            "provider:physical_network": "physnet1"}, "203.0.113.0/24")
router = admin.post(neutron + "/routers", {"router": {"name": "gaon-router", "project_id": project,
                                                      "external_gateway_info": {"network_id": external}}})["router"]["id"]
admin.put(f"{neutron}/routers/{router}/add_router_interface", {"subnet_id": subnet})
machine_wait(120)
agent_wait(120)

say("project", project)
say("user", "gaon")
say("password", user_password)
say("application_credential_id", credential["id"])
say("application_credential_secret", credential["secret"])
say("network", network)
say("external_network", external)
say("router", router)
