# SPDX-License-Identifier: Apache-2.0
"""nova.py: an OpenStack: servers in detail by limit and marker; tokens, versions, and the lists of a probe."""
import json

IMAGE, NETWORK, PROJECT = "70a599e0-31e7-49b7-b260-868f441e862b", "3b1f4d5c-1e0a-4c9e-9a8e-1d2c3b4a5f60", "6f70656e737461636b20342065766572"
SERVICES = {"compute": "/compute/v2.1", "network": "/network", "image": "/image", "volumev3": "/volume/v3/" + PROJECT, "identity": "/v3"}
VERSIONS = {"/compute/v2.1/": ("v2.1", "2.1", "2.90"), "/volume/v3/": ("v3.0", "3.0", "3.66")}


def uuid_of(number, kind=0):
    return "%08x-%04x-4000-8000-%012x" % (number, kind, number)


def server(number):
    """As Nova shows one at microversion 2.90, with one port, its image and two keys of metadata."""
    address = "10.%d.%d.%d" % (number >> 16, number >> 8 & 255, number & 255)
    return {
        "id": uuid_of(number), "name": "web-%d" % number, "status": "ACTIVE", "tenant_id": PROJECT, "user_id": "fake",
        "metadata": {"team": "shop-%d" % (number % 50), "environment": "production"},
        "hostId": "2091634baaccdc4c5a1d57069c833e402921df696b7f970791b12ec6", "image": {
            "id": IMAGE, "links": [{"rel": "bookmark", "href": "http://127.0.0.1/images/" + IMAGE}]},
        "flavor": {"vcpus": 1, "ram": 512, "disk": 1, "ephemeral": 0, "swap": 0, "original_name": "m1.tiny",
                   "extra_specs": {"hw:numa_nodes": "1"}},
        "created": "2026-10-01T09:12:33Z", "updated": "2026-10-01T09:12:53Z", "addresses": {"private": [
            {"version": 4, "addr": address, "OS-EXT-IPS:type": "fixed", "OS-EXT-IPS-MAC:mac_addr": "fa:16:3e:%02x:%02x:%02x" % (
                number >> 16 & 255, number >> 8 & 255, number & 255)}]},
        "accessIPv4": "", "accessIPv6": "", "links": [
            {"rel": "self", "href": "http://127.0.0.1/compute/v2.1/servers/" + uuid_of(number)},
            {"rel": "bookmark", "href": "http://127.0.0.1/compute/servers/" + uuid_of(number)}],
        "OS-DCF:diskConfig": "AUTO", "progress": 0, "OS-EXT-AZ:availability_zone": "nova", "config_drive": "", "key_name": "operators",
        "OS-SRV-USG:launched_at": "2026-10-01T09:12:52.000000", "OS-SRV-USG:terminated_at": None,
        "OS-EXT-SRV-ATTR:host": "compute-%d" % (number % 40), "OS-EXT-SRV-ATTR:instance_name": "instance-%08x" % number,
        "OS-EXT-SRV-ATTR:hypervisor_hostname": "compute-%d.example" % (number % 40), "OS-EXT-SRV-ATTR:reservation_id": "r-%08x" % number,
        "OS-EXT-SRV-ATTR:launch_index": 0, "OS-EXT-SRV-ATTR:hostname": "web-%d" % number, "OS-EXT-SRV-ATTR:kernel_id": "",
        "OS-EXT-SRV-ATTR:ramdisk_id": "", "OS-EXT-SRV-ATTR:root_device_name": "/dev/vda", "OS-EXT-SRV-ATTR:user_data": None,
        "OS-EXT-STS:task_state": None, "OS-EXT-STS:vm_state": "active", "OS-EXT-STS:power_state": 1,
        "os-extended-volumes:volumes_attached": [], "host_status": "UP", "locked": False, "locked_reason": None, "description": None,
        "tags": [], "trusted_image_certificates": None, "server_groups": [], "security_groups": [{"name": "default"}]}


class Cloud:
    content_type = "application/json"

    def __init__(self, kind, count):
        self.servers = [json.dumps(server(number)).encode() for number in range(count)]
        self.place = {uuid_of(number): number for number in range(count)}

    @staticmethod
    def connection():
        return dict(provider="openstack", path="/v3", region="RegionOne", options=dict(project_id=PROJECT),
                    credentials=dict(username="gaon", password="benchmark"))

    def answer(self, request):
        if request.path == "/v3/auth/tokens":
            return 201, {"X-Subject-Token": "benchmark"}, json.dumps(self.token(request.host)).encode()
        if request.path in VERSIONS:
            name, least, most = VERSIONS[request.path]
            return self.said(version={"id": name, "status": "CURRENT", "version": most, "min_version": least, "links": []})
        if request.path == "/compute/v2.1/servers/detail":
            return 200, {}, self.page(request)
        small = {
            "/compute/v2.1/flavors/detail": dict(flavors=[dict(id="tiny", name="m1.tiny", vcpus=1, ram=512, disk=1)]),
            "/image/v2/images": dict(images=[dict(id=IMAGE, name="linux", status="active", min_disk=1, min_ram=0, size=1 << 20,
                                                  visibility="public", os_type="linux")]),
            "/network/v2.0/networks": dict(networks=[dict(id=NETWORK, name="private", status="ACTIVE", subnets=[], shared=False)]),
            "/network/v2.0/subnets": dict(subnets=[]), "/network/v2.0/extensions": dict(extensions=[]),
            "/compute/v2.1/os-availability-zone": dict(availabilityZoneInfo=[dict(zoneName="nova", zoneState=dict(available=True))]),
            "/compute/v2.1/limits": dict(limits=dict(rate=[], absolute=dict(maxTotalInstances=-1, maxTotalCores=-1, maxTotalRAMSize=-1,
                                                                            totalInstancesUsed=0, totalCoresUsed=0, totalRAMUsed=0))),
            "/volume/v3/%s/limits" % PROJECT: dict(limits=dict(rate=[], absolute=dict(maxTotalVolumes=-1, totalVolumesUsed=0))),
            "/network/v2.0/quotas/%s/details.json" % PROJECT: dict(quota=dict(floatingip=dict(limit=-1, used=0, reserved=0))),
        }
        return self.said(**small[request.path]) if request.path in small else None

    @staticmethod
    def said(**body):
        return 200, {}, json.dumps(body).encode()

    def page(self, request):
        if "changes-since" in request.query:
            return b'{"servers": []}'
        size, marker = int(request.query.get("limit", "1000")), request.query.get("marker")
        first = self.place[marker] + 1 if marker else 0
        rows, following = self.servers[first:first + size], first + size
        links = b""
        if following < len(self.servers):
            links = (b', "servers_links": [{"rel": "next", "href": "http://%s/compute/v2.1/servers/detail?limit=%d&marker=%s"}]'
                     % (request.host.encode(), size, uuid_of(following - 1).encode()))
        return b'{"servers": [' + b", ".join(rows) + b"]" + links + b"}"

    @staticmethod
    def token(host):
        def entry(kind, path):
            endpoint = dict(id=kind, interface="public", region="RegionOne", region_id="RegionOne", url="http://%s%s" % (host, path))
            return dict(id=kind, type=kind, name=kind, endpoints=[endpoint])
        return dict(token=dict(methods=["password"], expires_at="2036-01-01T00:00:00.000000Z", issued_at="2026-01-01T00:00:00.000000Z",
                               project=dict(id=PROJECT, name="gaon", domain=dict(id="default", name="Default")),
                               user=dict(id="fake", name="gaon", domain=dict(id="default", name="Default")),
                               catalog=[entry(kind, path) for kind, path in SERVICES.items()]))
