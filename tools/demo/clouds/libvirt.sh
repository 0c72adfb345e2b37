# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: Apache-2.0
# libvirt.sh: a libvirtd with QEMU: this machine's where it answers, else one of our own, beside any other; virsh looks at it.
libvirt_outlives=yes

libvirt_start() {
	how=start-private
	[ "${GAON_DEMO_LIBVIRTD:-}" != private ] && timeout 20 virsh -q -c qemu:///system version >/dev/null 2>&1 && how=start
	said=$("$tools/peers/libvirtd" $how "$folder/cloud-libvirt" 2>&1) || skip libvirtd "$(printf '%s\n' "$said" | tail -n 1)"
	libvirt_uri=$(fact uri)
	"$tools/peers/guest-image" "$(fact pool_path)" >/dev/null || die "the guest image cannot be built"
	virsh -q -c "$libvirt_uri" pool-refresh default >/dev/null 2>&1
	connection=(--provider libvirt --endpoint "$libvirt_uri")
	image=gaon-guest
	title="libvirt with QEMU answers at $libvirt_uri: real machines, booted from Debian's kernel and busybox"
	looker=virsh
	libvirt_before=$(libvirt_data)
}
# Only ours: somebody else may use this libvirtd too.
libvirt_machines() {
	for domain in $(virsh -q -c "$libvirt_uri" list --all --uuid); do
		virsh -q -c "$libvirt_uri" dumpxml "$domain" 2>/dev/null | grep -q "$(installation)" && echo "$domain"
	done
}
# Volumes that live apart from machines.
libvirt_data() { virsh -q -c "$libvirt_uri" vol-list default | grep -o 'gaon-[0-9a-f-]*\.data\.qcow2' | sort -u; }
libvirt_volumes() { libvirt_data | grep -vxF "${libvirt_before:-none}"; }
libvirt_state() { virsh -q -c "$libvirt_uri" domstate "$1" 2>/dev/null; }
libvirt_stop() { "$tools/peers/libvirtd" stop "$folder/cloud-libvirt"; }
