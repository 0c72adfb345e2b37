# SPDX-License-Identifier: Apache-2.0
"""nutanix.py: asks a Prism Central for its machines and volumes, with nothing of ours between.
usage: nutanix.py URL v3|v4 machines|volumes|state [ID]; the password in NUTANIX_PASSWORD"""
import base64
import json
import os
import sys
import urllib.error
import urllib.request


class Prism:
    def __init__(self, url):
        self.url = url
        self.header = "Basic " + base64.b64encode(("admin:" + os.environ["NUTANIX_PASSWORD"]).encode()).decode()

    def ask(self, path, body=None):
        request = urllib.request.Request(self.url + path, data=None if body is None else json.dumps(body).encode(),
                                         headers={"Authorization": self.header, "Content-Type": "application/json"})
        return json.load(urllib.request.urlopen(request, timeout=30))


def rows_v4(prism, what):
    path = "/api/volumes/v4.0/config/volume-groups" if what == "volumes" else "/api/vmm/v4.0/ahv/config/vms"
    for row in prism.ask(path + "?$page=0&$limit=100").get("data") or ():
        yield row["extId"], row.get("description") or "", row.get("powerState")


def rows_v3(prism, what):
    kind = "volume_group" if what == "volumes" else "vm"
    for row in prism.ask("/api/nutanix/v3/%ss/list" % kind, {"kind": kind, "length": 100})["entities"]:
        status = row["status"]
        yield row["metadata"]["uuid"], row["spec"].get("description") or "", (status.get("resources") or {}).get("power_state")


def main():
    url, api, what = sys.argv[1:4]
    for native_id, description, power in (rows_v3 if api == "v3" else rows_v4)(Prism(url), what):
        if what == "state" and native_id == sys.argv[4]:
            print(power)
        if what != "state" and "[gaon " in description:
            print(native_id)


if __name__ == "__main__":
    main()
