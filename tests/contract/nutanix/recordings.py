#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""recordings.py: the Prism Central of tools/peers answers in the shapes that real ones were recorded with.

Same members, same types, same nesting, both ways. Needs peers/nutanix/v3-recordings.json in GAON_SHARED or ../shared.
"""
import json
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(ROOT, "tools", "peers", "nutanix-prism"))

import v3  # noqa: E402
from world import World  # noqa: E402

MAPS = ("categories", "categories_mapping")  # keys are data there
# What depends on a subnet's or a cluster's own settings, and not on the shape.
OPTIONAL = {"enable_nat", "advanced_networking", "external_connectivity_state", "is_external", "virtual_network_reference",
            "dhcp_options", "dhcp_server_address", "nodes", "vswitch_name", "vpc_reference"}


def find_recordings():
    for shared in (os.environ.get("GAON_SHARED"), os.path.join(os.path.dirname(ROOT), "shared")):
        path = os.path.join(shared or "/nowhere", "peers", "nutanix", "v3-recordings.json")
        if os.path.isfile(path):
            with open(path, encoding="utf-8") as file:
                return json.load(file)
    return None


RECORDINGS = find_recordings()


def recorded(name, method=None):
    return next(row for row in RECORDINGS if row["recording"] == name and method in (None, row["method"]))


def differences(real, ours, where=""):
    """What one has and the other has not."""
    if isinstance(real, dict) and isinstance(ours, dict):
        if where.rsplit(".", 1)[-1] in MAPS:
            return []
        found = ["%s.%s is only in the recording" % (where, key) for key in real if key not in ours and key not in OPTIONAL]
        found += ["%s.%s is only in ours" % (where, key) for key in ours if key not in real and key not in OPTIONAL]
        for key in real:
            if key in ours:
                found += differences(real[key], ours[key], where + "." + key)
        return found
    if isinstance(real, list) and isinstance(ours, list):
        return differences(real[0], ours[0], where + "[]") if real and ours else []
    if isinstance(real, (dict, list)) or isinstance(ours, (dict, list)) or type(real) is not type(ours):
        return ["%s is a %s in the recording and a %s in ours" % (where, type(real).__name__, type(ours).__name__)]
    return []


class TheServerIsLikeTheRecordings(unittest.TestCase):
    def setUp(self):
        self.world = World(work_s=0, edits_lost_every=0)
        self.api = v3.V3(self.world)
        request = recorded("CreateVM")["request"]["spec"]
        # The recordings' own cluster, subnet, image and container stand in our world under their ids.
        self.world.clusters[0]["uuid"] = request["cluster_reference"]["uuid"]
        self.world.containers[0]["cluster"] = request["cluster_reference"]["uuid"]
        self.world.subnets[0].update(uuid=request["resources"]["nic_list"][0]["subnet_reference"]["uuid"],
                                     cluster=request["cluster_reference"]["uuid"])
        self.world.subnets[1]["cluster"] = request["cluster_reference"]["uuid"]
        image = next(iter(self.world.images.values()))
        self.world.images[request["resources"]["disk_list"][0]["data_source_reference"]["uuid"]] = image

    def ask(self, row, path=None, body=None):
        status, answer = self.api.answer(row["method"], path or row["path"], body or row["request"])
        self.assertEqual(status, row["status"], answer)
        return answer

    def same(self, row, answer):
        self.assertEqual(differences(row["response"], answer), [])

    def made(self):
        answer = self.ask(recorded("CreateVM"))
        self.world.settle()
        return answer["metadata"]["uuid"]

    def test_a_machine_that_is_accepted_has_a_task_and_no_more(self):
        answer = self.ask(recorded("CreateVM"))
        self.same(recorded("CreateVM"), answer)
        self.assertIsInstance(answer["status"]["execution_context"]["task_uuid"], str)

    def test_a_machine_that_is_read(self):
        answer = self.ask(recorded("GetVM"), "/api/nutanix/v3/vms/" + self.made())
        # Ours is started as it is asked to be; that one was left off. An address is there either way.
        self.same(recorded("GetVM"), answer)
        self.assertIsInstance(answer["status"]["execution_context"]["task_uuid"], list)

    def test_machines_that_are_listed(self):
        self.made()
        self.same(recorded("ListVM"), self.ask(recorded("ListVM")))

    def test_a_machine_that_is_changed(self):
        uuid, row = self.made(), recorded("UpdateVM", "PUT")
        now = self.api.answer("GET", "/api/nutanix/v3/vms/" + uuid, None)[1]
        body = json.loads(json.dumps(row["request"]))
        body["spec"]["resources"]["disk_list"][0]["uuid"] = now["spec"]["resources"]["disk_list"][0]["uuid"]
        answer = self.ask(row, "/api/nutanix/v3/vms/" + uuid, body)
        self.same(row, answer)
        self.world.settle()
        after = self.api.answer("GET", "/api/nutanix/v3/vms/" + uuid, None)[1]
        self.assertEqual(after["spec"]["description"], body["spec"]["description"])

    def test_a_cluster(self):
        row = recorded("GetCluster")
        self.same(row, self.ask(row, "/api/nutanix/v3/clusters/" + self.world.clusters[0]["uuid"]))

    def test_clusters(self):
        row = recorded("ListCluster")
        self.same(row, self.ask(row))

    def test_a_subnet(self):
        row = recorded("GetSubnet")
        self.same(row, self.ask(row, "/api/nutanix/v3/subnets/" + self.world.subnets[0]["uuid"]))

    def test_subnets(self):
        row = recorded("ListSubnet")
        self.same(row, self.ask(row))

    def test_idempotence_identifiers(self):
        for name in ("CreateIdempotenceIdentifers", "GetIdempotenceIdentifers", "DeleteIdempotenceIdentifers"):
            answer = self.ask(recorded(name))
            if recorded(name)["response"] is not None:
                self.same(recorded(name), answer)

    def test_differences_are_found(self):
        self.assertEqual(len(differences({"a": 1, "b": [{"c": "x"}]}, {"a": "1", "b": [{"c": "x", "d": 1}], "e": 1})), 3)


if __name__ == "__main__":
    if RECORDINGS is None:
        print("SKIP: nutanix recordings: peers/nutanix/v3-recordings.json is not in GAON_SHARED or ../shared")
        sys.exit(77)
    unittest.main(argv=sys.argv[:1], verbosity=1)
