# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: Apache-2.0
# test.sh: libvirt's test driver, in gaond's process: only a look through gaond can see it.
test_outlives=no

test_start() {
	connection=(--provider libvirt --endpoint test:///default)
	image=test-linux
	title="libvirt's test driver (test:///default): no console there, and its state dies with gaond"
	looker="gaond's own look, as nobody else can"
}
test_observed() {
	gaon hong observed sync lab --tenant gaon --full --wait >/dev/null 2>&1 </dev/null
	gaon hong observed list lab --tenant gaon --output json </dev/null | python3 -c '
import json, sys
for one in json.load(sys.stdin).get("observedResources", []):
    if one["state"] in ("OBSERVED_STATE_MANAGED", "OBSERVED_STATE_ORPHAN_SUSPECT"):
        print(one["nativeId"], one.get("nativeState", ""))'
}
test_machines() { test_observed | cut -d ' ' -f 1; }
test_volumes() { :; }
test_state() { test_observed | sed -n "s/^$1 //p"; }
test_stop() { :; }
