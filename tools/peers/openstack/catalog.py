# SPDX-License-Identifier: Apache-2.0
"""catalog.py AUTH_URL PASSWORD HOST PORT: the services, their users and where they are, into a fresh Keystone."""
import sys

from rest import Cloud

auth_url, password, host, port = sys.argv[1:]
SERVICES = [
    ("placement", "placement", 1, ""),
    ("glance", "image", 2, ""),
    ("nova", "compute", 3, "/v2.1"),
    ("neutron", "network", 4, ""),
    ("cinder", "volumev3", 5, "/v3/$(project_id)s"),
]

cloud = Cloud(auth_url, "admin", password, "admin")
project = cloud.post("/projects", {"project": {"name": "service", "domain_id": "default"}})["project"]["id"]
roles = [cloud.get("/roles?name=admin")["roles"][0]["id"], cloud.post("/roles", {"role": {"name": "service"}})["role"]["id"]]
for name, kind, offset, path in SERVICES:
    user = cloud.post("/users", {"user": {"name": name, "domain_id": "default", "password": password}})["user"]["id"]
    for role in roles:
        cloud.put(f"/projects/{project}/users/{user}/roles/{role}")
    service = cloud.post("/services", {"service": {"name": name, "type": kind}})["service"]["id"]
    for interface in ("public", "internal", "admin"):
        cloud.post("/endpoints", {"endpoint": {"service_id": service, "interface": interface, "region_id": "RegionOne",
                                               "url": f"http://{host}:{int(port) + offset}{path}"}})
