# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: Apache-2.0
# vsphere.sh: VMware's own simulator as a vCenter or a standalone ESXi; VMware's own command line, govc, looks at it.
vsphere_outlives=yes

# vsphere_start vcenter|esxi
vsphere_start() {
	peer_start govc "$tools/peers/govc" path
	peer_start vcsim "$tools/peers/vcsim" start "$folder/cloud-vsphere" "$1"
	GOVC_URL=$(fact endpoint); GOVC_USERNAME=$(fact user); GOVC_PASSWORD=$(fact password); GOVC_TLS_CA_CERTS=$(fact ca)
	export GOVC_URL GOVC_USERNAME GOVC_PASSWORD GOVC_TLS_CA_CERTS
	python3 -c 'import json, sys; print(json.dumps({"hard_reboot": True, "ca_pem": open(sys.argv[1]).read()}))' "$GOVC_TLS_CA_CERTS" \
		>"$folder/cloud-vsphere/options.json"
	connection=(--provider vsphere --endpoint "$GOVC_URL" --option "@$folder/cloud-vsphere/options.json")
	credentials username "$GOVC_USERNAME" password "$GOVC_PASSWORD"
	[ "$1" = vcenter ] || adopts=no # the copy of a disk whose task was lost may be half a disk
	title="VMware's own simulator answers as a $1 at $GOVC_URL"
	looker="govc, VMware's own command line"
}
vsphere_look() { "$tools/peers/govc" vm.info -json '*' | python3 "$tools/demo/look/vsphere.py" "$@"; }
vsphere_machines() { vsphere_look machines; }
vsphere_volumes() { vsphere_look volumes; }
vsphere_state() { vsphere_look state "$1"; }
vsphere_stop() { "$tools/peers/vcsim" stop "$folder/cloud-vsphere"; }
