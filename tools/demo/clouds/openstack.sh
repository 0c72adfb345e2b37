# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: Apache-2.0
# openstack.sh: a real OpenStack on loopback, with Nova's own fake hypervisor below; the openstack command looks at it.
# GAON_OPENSTACK is the folder of one that runs already, which is left as it was.
openstack_outlives=yes

openstack_start() {
	command -v openstack >/dev/null || skip openstack "there is no openstack command; install python3-openstackclient"
	if [ -n "${GAON_OPENSTACK:-}" ] && said=$("$tools/peers/openstack/peer" status "$GAON_OPENSTACK" 2>/dev/null); then
		openstack_folder=""
	else
		# Its folder's name is short, as there are sockets in it.
		openstack_folder=$(mktemp -d /var/tmp/gaon-os.XXXXXX)
		note "starting OpenStack: Keystone, Glance, Nova, Neutron, Cinder; this takes minutes …"
		peer_start openstack "$tools/peers/openstack/peer" start "$openstack_folder"
	fi
	unset OS_CLOUD
	OS_AUTH_URL=$(fact auth_url); OS_USERNAME=$(fact user); OS_PASSWORD=$(fact password); OS_PROJECT_ID=$(fact project)
	OS_USER_DOMAIN_ID=default; OS_IDENTITY_API_VERSION=3
	export OS_AUTH_URL OS_USERNAME OS_PASSWORD OS_PROJECT_ID OS_USER_DOMAIN_ID OS_IDENTITY_API_VERSION
	connection=(--provider openstack --endpoint "$OS_AUTH_URL" --region RegionOne --option project_id="$OS_PROJECT_ID"
		--option boot=volume)
	credentials username "$OS_USERNAME" password "$OS_PASSWORD"
	network=$(fact network)
	title="OpenStack's own services answer at $OS_AUTH_URL; below Nova is its fake hypervisor"
	looker="the openstack command"
}
# Only ours: others may use this one too.
openstack_look() {
	openstack "$1" list --long -f json | python3 -c '
import json, sys
for row in json.load(sys.stdin):
    if (row.get("Properties") or {}).get("gaon_installation") == sys.argv[1]:
        print(row["ID"])' "$(installation)"
}
openstack_machines() { openstack_look server; }
openstack_volumes() { openstack_look volume; }
openstack_state() { openstack server show "$1" -f value -c status 2>/dev/null; }
openstack_stop() {
	[ -z "$openstack_folder" ] || "$tools/peers/openstack/peer" remove "$openstack_folder"
}
