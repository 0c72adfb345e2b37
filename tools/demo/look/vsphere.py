# SPDX-License-Identifier: Apache-2.0
"""vsphere.py: reads what `govc vm.info -json '*'` says. usage: … | vsphere.py machines|volumes|state [ID]"""
import json
import sys


def main():
    what = sys.argv[1]
    for vm in json.load(sys.stdin)["virtualMachines"] or ():
        config = vm.get("config") or {}
        marks = {one["key"]: one["value"] for one in config.get("extraConfig") or () if one["key"].startswith("gaon.")}
        # While a clone is under way it has no configuration, so it is known by nothing but its name.
        is_ours = bool(marks.get("gaon.installation"))
        kind = marks.get("gaon.kind") or "machine"
        if what == "machines" and is_ours and kind not in ("volume", "image"):
            print(vm["self"]["value"])
        if what == "volumes" and is_ours and kind == "volume":
            print(vm["self"]["value"])
        if what == "state" and vm["self"]["value"] == sys.argv[2]:
            print(vm["runtime"]["powerState"])


if __name__ == "__main__":
    main()
