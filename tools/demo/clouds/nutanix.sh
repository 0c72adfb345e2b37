# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: Apache-2.0
# nutanix.sh: a Prism Central that keeps what it is told, held to Nutanix's clients (v4) or swagger (v3); its API is asked directly.
nutanix_outlives=yes

# nutanix_start v3|v4
nutanix_start() {
	nutanix_api=$1
	export NUTANIX_PASSWORD=nutanix/4u
	peer_start nutanix "$tools/peers/nutanix" start "$folder/cloud-nutanix" "$1"
	nutanix_url=$said
	connection=(--provider nutanix --endpoint "$nutanix_url" --option api="$1"
		--option cluster=00000002-0000-4000-8000-000000000001)
	credentials username admin password "$NUTANIX_PASSWORD"
	image=00000006-0000-4000-8000-000000000001
	network=00000004-0000-4000-8000-000000000001
	title="a Prism Central for tests answers over $1 at $nutanix_url; what its schemas forbid it refuses"
	looker="its own list over $1"
}
nutanix_look() { python3 "$tools/demo/look/nutanix.py" "$nutanix_url" "$nutanix_api" "$@"; }
nutanix_machines() { nutanix_look machines; }
nutanix_volumes() { nutanix_look volumes; }
nutanix_state() { nutanix_look state "$1"; }
nutanix_stop() { "$tools/peers/nutanix" stop "$folder/cloud-nutanix"; }
