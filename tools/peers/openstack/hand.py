# SPDX-License-Identifier: Apache-2.0
"""hand.py FOLDER WHAT: what tests do at the peer by hand, as somebody else would.

plant NAME: a machine without anybody's marks.   unplant NAME: away with it.
disks [SERVER]: how many disks the machine has, its own one included; or how many there are in all."""
import sys
import time

from rest import Cloud

folder, what = sys.argv[1:3]
with open(folder + "/peer", encoding="utf-8") as lines:
    peer = dict(line.rstrip("\n").split("=", 1) for line in lines)
cloud = Cloud(peer["auth_url"], peer["user"], peer["password"], "gaon")
nova, cinder = cloud.endpoints["compute"], cloud.endpoints["volumev3"]


def servers_named(name):
    return [row for row in cloud.get(nova + "/servers")["servers"] if row["name"] == name]


def plant(name):
    image = cloud.get(cloud.endpoints["image"] + "/v2/images?name=gaon-linux")["images"][0]["id"]
    cloud.post(nova + "/servers", {"server": {"name": name, "flavorRef": "gaon.small-id", "imageRef": image,
                                              "networks": [{"uuid": peer["network"]}]}})


def unplant(name):
    for row in servers_named(name):
        cloud.ask("DELETE", f"{nova}/servers/{row['id']}")
    for _ in range(60):
        if not servers_named(name):
            return
        time.sleep(0.5)


def disks(server=None):
    if server:
        return 1 + len(cloud.get(f"{nova}/servers/{server}/os-volume_attachments")["volumeAttachments"])
    volumes = cloud.get(cinder + "/volumes")["volumes"]
    return len(volumes) + len(cloud.get(nova + "/servers")["servers"])


print({"plant": plant, "unplant": unplant, "disks": disks}[what](*sys.argv[3:]))
